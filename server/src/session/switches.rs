//! Which facts the user asked for, per file, folder and workspace; kept in `.tickmark/switches.json`.

use super::{Shared, relative};
use ide::{FactsCategory, FactsScope, FactsShown, ScopedSwitch};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

const SCHEMA: &str = "tickmark/switches@1";

/// The switches of a workspace folder. Read from disk when first asked for.
#[derive(Debug, Default)]
pub(super) struct Switches {
    read: OnceLock<()>,
    said: Shared<Said>,
    writing: Mutex<()>,
}

/// What the user said, by paths relative to the workspace folder with forward slashes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Said {
    schema: String,
    inlining: Scopes,
    tier: Scopes,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Scopes {
    files: BTreeMap<String, bool>,
    /// The workspace folder itself is the empty path.
    folders: BTreeMap<String, bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace: Option<bool>,
}

impl Switches {
    /// The switches that reach a file of the workspace folder at `root`.
    pub(super) fn of(&self, root: &Path, path: &Path) -> FactsShown {
        self.read(root);
        let said = self.said.get();
        let Some(name) = relative(root, path) else { return FactsShown::default() };
        FactsShown { inlining: said.inlining.of(&name), tier: said.tier.of(&name) }
    }

    /// Sets a switch. Narrower ones inside the scope that say otherwise are taken back: the user asked for all of it.
    ///
    /// # Errors
    /// When it cannot be kept on disk; it holds all the same.
    pub(super) fn set(&self, root: &Path, path: &Path, scope: FactsScope, category: FactsCategory, on: bool) -> Result<(), String> {
        self.read(root);
        let name = relative(root, path).ok_or_else(|| format!("{} is not in {}", path.display(), root.display()))?;
        let _turn = super::lineage::locked(&self.writing);
        // Another server of this folder may have said something meanwhile. What nobody can read is not written over.
        let stored = read(&file(root));
        let said = self.said.update(|said| {
            if let Ok(Some(stored)) = &stored {
                said.clone_from(stored);
            }
            SCHEMA.clone_into(&mut said.schema);
            let scopes = match category {
                FactsCategory::Inlining => &mut said.inlining,
                FactsCategory::Tier => &mut said.tier,
            };
            scopes.set(&name, scope, on);
            said.clone()
        });
        let written = stored.and_then(|_| write(root, &said));
        written.map_err(|error| format!("{}: {error}", file(root).display()))
    }

    fn read(&self, root: &Path) {
        self.read.get_or_init(|| match read(&file(root)) {
            Ok(Some(said)) => self.said.set(said),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "{} is not used", file(root).display()),
        });
    }
}

impl Scopes {
    fn of(&self, name: &str) -> ScopedSwitch {
        let nearest = folders_of(name).find_map(|folder| self.folders.get(folder));
        ScopedSwitch { file: self.files.get(name).copied(), folder: nearest.copied(), workspace: self.workspace }
    }

    fn set(&mut self, name: &str, scope: FactsScope, on: bool) {
        let folder = folders_of(name).next().unwrap_or_default().to_owned();
        let is_inside =
            |other: &str| folder.is_empty() || other == folder || other.strip_prefix(&folder).is_some_and(|rest| rest.starts_with('/'));
        match scope {
            FactsScope::File => {
                self.files.insert(name.to_owned(), on);
            }
            FactsScope::Folder => {
                self.files.retain(|file, said| *said == on || !is_inside(file));
                self.folders.retain(|other, said| *said == on || !is_inside(other));
                self.folders.insert(folder, on);
            }
            FactsScope::Workspace => {
                self.files.retain(|_, said| *said == on);
                self.folders.retain(|_, said| *said == on);
                self.workspace = Some(on);
            }
        }
    }
}

/// The folders around a file, the innermost first, at last the empty one.
fn folders_of(name: &str) -> impl Iterator<Item = &str> {
    let parents = name.rmatch_indices('/').map(|(at, _)| &name[..at]);
    parents.chain(std::iter::once(""))
}

fn file(root: &Path) -> PathBuf {
    root.join(".tickmark").join("switches.json")
}

fn read(file: &Path) -> io::Result<Option<Said>> {
    match std::fs::read(file) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn write(root: &Path, said: &Said) -> io::Result<()> {
    let draft = runs::history::own_folder(root)?.join(format!("switches-{}.json", std::process::id()));
    std::fs::write(&draft, serde_json::to_vec_pretty(said)?)?;
    std::fs::rename(&draft, file(root))
}

#[cfg(test)]
mod tests {
    use super::*;
    use FactsCategory::{Inlining, Tier};
    use FactsScope::{File, Folder, Workspace};

    /// Sets switches one after the other, and asks for the state of files, in this session and in the next one.
    fn check(set: &[(&str, FactsScope, FactsCategory, bool)], expected: &[(&str, bool, bool)]) {
        let root = tempfile::tempdir().unwrap();
        let switches = Switches::default();
        for (name, scope, category, on) in set {
            switches.set(root.path(), &root.path().join(name), *scope, *category, *on).unwrap();
        }
        for switches in [switches, Switches::default()] {
            for (name, inlining, tier) in expected {
                let shown = switches.of(root.path(), &root.path().join(name));
                assert_eq!((shown.inlining.is_on(false), shown.tier.is_on(false)), (*inlining, *tier), "{name} after {set:?}");
            }
        }
    }

    #[test]
    fn scopes() {
        check(&[], &[("a.js", false, false)]);
        check(&[("a.js", File, Inlining, true)], &[("a.js", true, false), ("b.js", false, false)]);
        check(
            &[("src/x/a.js", Folder, Tier, true)],
            &[("src/x/a.js", false, true), ("src/x/deep/b.js", false, true), ("src/c.js", false, false), ("src/xy.js", false, false)],
        );
        check(&[("src/a.js", Workspace, Inlining, true)], &[("other/b.js", true, false)]);
        check(
            &[("src/a.js", Workspace, Inlining, true), ("src/a.js", File, Inlining, false)],
            &[("src/a.js", false, false), ("b.js", true, false)],
        );
    }

    #[test]
    fn the_wider_scope_that_was_set_last_takes_narrower_ones_back() {
        let narrow = ("src/a.js", File, Tier, true);
        check(&[narrow, ("src/b.js", Folder, Tier, false)], &[("src/a.js", false, false)]);
        check(&[narrow, ("lib/b.js", Folder, Tier, false)], &[("src/a.js", false, true)]);
        check(&[narrow, ("b.js", Workspace, Tier, false)], &[("src/a.js", false, false)]);
        check(&[narrow, ("b.js", Folder, Tier, false)], &[("src/a.js", false, false)]);
    }

    #[test]
    fn two_sessions_keep_what_the_other_said() {
        let root = tempfile::tempdir().unwrap();
        let (first, second) = (Switches::default(), Switches::default());
        let path = |name: &str| root.path().join(name);
        assert_eq!(second.of(root.path(), &path("a.js")), FactsShown::default());
        first.set(root.path(), &path("a.js"), File, Tier, true).unwrap();
        second.set(root.path(), &path("b.js"), File, Tier, true).unwrap();
        let third = Switches::default();
        assert!(["a.js", "b.js"].iter().all(|name| third.of(root.path(), &path(name)).tier.is_on(false)));
    }

    #[test]
    fn a_broken_file_is_not_used_and_a_folder_that_cannot_be_written_is_told() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join(".tickmark")).unwrap();
        std::fs::write(file(root.path()), "{").unwrap();
        let switches = Switches::default();
        let path = root.path().join("a.js");
        assert_eq!(switches.of(root.path(), &path), FactsShown::default());
        assert!(switches.set(root.path(), &path, File, Tier, true).is_err());
        assert_eq!(std::fs::read_to_string(file(root.path())).unwrap(), "{", "what somebody may repair is kept");
        let blocked = tempfile::tempdir().unwrap();
        std::fs::write(blocked.path().join(".tickmark"), "").unwrap();
        let path = blocked.path().join("a.js");
        let problem = switches.set(blocked.path(), &path, File, Tier, true).unwrap_err();
        assert!(problem.contains("switches.json"), "{problem}");
        assert!(switches.of(blocked.path(), &path).tier.is_on(false));
    }
}
