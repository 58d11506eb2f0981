//! Which code has no place of its own: categories that are switched off, and what JavaScript calls.

use profile::Category;

/// What is hidden of a profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Hidden {
    /// A bit per category, in the order of [`Category::ALL`].
    categories: u16,
    folds_callees: bool,
}

impl Hidden {
    /// These categories.
    pub(crate) fn new(categories: &[Category]) -> Self {
        Self { categories: categories.iter().fold(0, |set, category| set | bit(*category)), folds_callees: false }
    }

    /// The same, and native code and compilers folded into the JavaScript that calls them, as on source lines.
    #[must_use]
    pub(crate) fn with_callees_folded(self) -> Self {
        Self { folds_callees: true, ..self }
    }

    /// Whether native code and compilers are folded into the JavaScript that calls them.
    pub(crate) fn folds_callees(self) -> bool {
        self.folds_callees
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
        self.categories & bit(category) != 0
    }
}

fn bit(category: Category) -> u16 {
    Category::ALL.iter().position(|known| *known == category).map_or(0, |at| 1 << at)
}

fn is_vm_state(category: Category) -> bool {
    matches!(category, Category::Gc | Category::Compiler | Category::Program | Category::Idle)
}
