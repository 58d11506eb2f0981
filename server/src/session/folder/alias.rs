//! Files as the editor names them: Node names files without symbolic links, so those of a folder that was opened through one have other
//! names in a profile than in the editor.

use crate::session::real;
use profile::{Finding, Profile};
use std::path::{Path, PathBuf};

/// A folder that the editor reached through a symbolic link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    named: PathBuf,
    real: PathBuf,
}

impl Alias {
    /// That of the folder at `root`; none when it is there without a symbolic link. Asks the file system.
    pub fn of(root: &Path) -> Option<Self> {
        let real = real(root);
        (real != root).then(|| Self { named: root.to_owned(), real })
    }

    /// Where the folder is without symbolic links.
    pub fn real(&self) -> &Path {
        &self.real
    }

    /// A path as the editor names it.
    pub fn named(&self, path: PathBuf) -> PathBuf {
        match path.strip_prefix(&self.real) {
            Ok(rest) => self.named.join(rest),
            Err(_) => path,
        }
    }

    /// Has a profile name the folder's files as the editor does.
    pub fn rename_in_profile(&self, profile: &mut Profile) {
        profile.sources.iter_mut().filter_map(|source| source.path.as_mut()).for_each(|path| self.rename(path));
    }

    /// The same of what was found.
    pub fn rename_in_findings(&self, findings: &mut [Finding]) {
        for finding in findings {
            finding.place.iter_mut().for_each(|place| self.rename(&mut place.file));
            finding.related.iter_mut().for_each(|related| self.rename(&mut related.place.file));
        }
    }

    fn rename(&self, path: &mut String) {
        if let Some(named) = self.named(PathBuf::from(&*path)).to_str() {
            *path = named.to_owned();
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn files_below_a_link_are_named_through_it() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().canonicalize().unwrap();
        let (there, link) = (top.join("real"), top.join("link"));
        std::fs::create_dir(&there).unwrap();
        std::os::unix::fs::symlink(&there, &link).unwrap();
        assert_eq!(Alias::of(&there), None);
        let alias = Alias::of(&link).unwrap();
        let check = |before: &Path, expected: &Path| {
            let mut path = before.to_str().unwrap().to_owned();
            alias.rename(&mut path);
            assert_eq!(Path::new(&path), expected);
        };
        check(&there.join("a/b.js"), &link.join("a/b.js"));
        check(&link.join("b.js"), &link.join("b.js"));
        check(&top.join("really/b.js"), &top.join("really/b.js"));
        check(Path::new("node:fs"), Path::new("node:fs"));
    }
}
