//! The files that are, or would be, tracked.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result};

use crate::process::capture;

/// A text file of the repository.
pub(crate) struct SourceFile {
    /// Relative to the repository, with forward slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// All text files that git tracks or would add. Files that are not UTF-8 are left out: no rule reads them.
pub(crate) fn load(root: &Path) -> Result<Vec<SourceFile>> {
    let listed = capture(Command::new("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root))
        .context("tidy asks git for the files to check")?;
    let mut files = Vec::new();
    for path in listed.split('\0').filter(|path| !path.is_empty()) {
        let full = root.join(path);
        // A tracked file may be deleted, and a link may lead to a folder.
        if !full.is_file() {
            continue;
        }
        let bytes = fs::read(&full).with_context(|| format!("cannot read {path}"))?;
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(SourceFile { path: path.to_owned(), text });
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tracked_and_new_files_are_read_and_ignored_ones_are_not() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let root = folder.path();
        assert!(load(root).is_err(), "it is no repository");
        capture(Command::new("git").args(["init", "--quiet"]).current_dir(root)).expect("git");
        let written: [(&str, &[u8]); 4] = [(".gitignore", b"ignored\n"), ("ignored", b"x"), ("new, ä.txt", b"y"), ("binary", b"\xff")];
        for (name, bytes) in written {
            fs::write(root.join(name), bytes).expect("writable");
        }
        let mut files = load(root).expect("readable");
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let found: Vec<_> = files.iter().map(|file| (file.path.as_str(), file.text.as_str())).collect();
        assert_eq!(found, [(".gitignore", "ignored\n"), ("new, ä.txt", "y")]);
    }
}
