//! Categories that are switched off.

use profile::Category;

/// A set of categories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Hidden(u16);

impl Hidden {
    /// The set of these.
    pub(crate) fn new(categories: &[Category]) -> Self {
        Self(categories.iter().fold(0, |set, category| set | bit(*category)))
    }

    /// Whether the category is code that is folded into its caller: its time stays.
    pub(crate) fn folds(self, category: Category) -> bool {
        self.holds(category) && !is_vm_state(category)
    }

    /// Whether the category is a state of the VM that is left out with its time.
    pub(crate) fn leaves_out(self, category: Category) -> bool {
        self.holds(category) && is_vm_state(category)
    }

    fn holds(self, category: Category) -> bool {
        self.0 & bit(category) != 0
    }
}

fn bit(category: Category) -> u16 {
    Category::ALL.iter().position(|known| *known == category).map_or(0, |at| 1 << at)
}

fn is_vm_state(category: Category) -> bool {
    matches!(category, Category::Gc | Category::Compiler | Category::Program | Category::Idle)
}
