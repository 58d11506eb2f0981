//! Facts that are shown only where the user asked for them.

/// Which facts a switch is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FactsCategory {
    /// Calls that were inlined or refused.
    Inlining,
    /// Compilers that ran a function.
    Tier,
}

impl FactsCategory {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Inlining, Self::Tier];

    /// As codes, settings and commands name it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Inlining => "inlining",
            Self::Tier => "tier",
        }
    }

    /// By that word.
    pub fn by_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.word() == word)
    }
}

/// How far a switch reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FactsScope {
    /// One file.
    File,
    /// The folder that holds it, with all below.
    Folder,
    /// The whole workspace.
    Workspace,
}

impl FactsScope {
    /// All of them, the narrowest first.
    pub const ALL: [Self; 3] = [Self::File, Self::Folder, Self::Workspace];

    /// As commands name it.
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Folder => "folder",
            Self::Workspace => "workspace",
        }
    }

    /// By that word.
    pub fn by_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.word() == word)
    }

    /// For a person.
    pub(crate) fn here(self) -> &'static str {
        match self {
            Self::File => "this file",
            Self::Folder => "this folder",
            Self::Workspace => "the workspace",
        }
    }
}

/// The switches that reach a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FactsShown {
    /// Calls that were inlined or refused.
    pub inlining: ScopedSwitch,
    /// Compilers that ran a function.
    pub tier: ScopedSwitch,
}

impl FactsShown {
    /// The switch of a category.
    pub fn of(&self, category: FactsCategory) -> ScopedSwitch {
        match category {
            FactsCategory::Inlining => self.inlining,
            FactsCategory::Tier => self.tier,
        }
    }
}

/// What the user said at each scope; none: nothing, so that the next wider scope decides, and the setting after the widest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScopedSwitch {
    /// For the file.
    pub file: Option<bool>,
    /// For its folder, or the nearest one above with a switch.
    pub folder: Option<bool>,
    /// For the workspace.
    pub workspace: Option<bool>,
}

impl ScopedSwitch {
    /// Whether the facts of the file are shown; `setting` is what the settings say.
    pub fn is_on(self, setting: bool) -> bool {
        self.state(FactsScope::File, setting)
    }

    /// The state of everything in a scope that no narrower switch decides.
    pub fn state(self, scope: FactsScope, setting: bool) -> bool {
        let folder = self.folder.or(self.workspace);
        let said = match scope {
            FactsScope::File => self.file.or(folder),
            FactsScope::Folder => folder,
            FactsScope::Workspace => self.workspace,
        };
        said.unwrap_or(setting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_scope_decides() {
        let check = |[file, folder, workspace]: [Option<bool>; 3], setting, expected: [bool; 3]| {
            let switch = ScopedSwitch { file, folder, workspace };
            assert_eq!(FactsScope::ALL.map(|scope| switch.state(scope, setting)), expected, "{switch:?}");
            assert_eq!(switch.is_on(setting), expected[0]);
        };
        check([None, None, None], false, [false; 3]);
        check([None, None, None], true, [true; 3]);
        check([Some(true), None, None], false, [true, false, false]);
        check([None, Some(true), None], false, [true, true, false]);
        check([Some(false), Some(true), None], false, [false, true, false]);
        check([None, None, Some(true)], false, [true; 3]);
        check([None, Some(false), Some(true)], true, [false, false, true]);
    }

    #[test]
    fn words_are_read_back() {
        for scope in FactsScope::ALL {
            assert_eq!(FactsScope::by_word(scope.word()), Some(scope));
        }
        for category in FactsCategory::ALL {
            assert_eq!(FactsCategory::by_word(category.word()), Some(category));
        }
    }
}
