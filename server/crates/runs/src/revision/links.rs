//! What git ignores, linked from the working tree into the folder of another version.

use super::RevisionError;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Folders that builds are written to, as a rule.
const BUILDS: [&str; 8] = ["dist", "build", "out", "lib", ".next", ".nuxt", ".output", "generated"];
const PACKAGES: &str = "node_modules";

/// Links everything of the list, relative to `top`; what the version has itself stays. Tickmark's own folders are left out.
pub(super) fn link_all(top: &Path, folder: &Path, ignored: &[String]) -> Result<(), RevisionError> {
    for path in ignored {
        let path = Path::new(path.trim_end_matches('/'));
        if path.components().any(|part| matches!(part.as_os_str().to_str(), Some(".tickmark" | ".git"))) {
            continue;
        }
        let (from, to) = (top.join(path), folder.join(path));
        let linked = if path.file_name().is_some_and(|name| name == PACKAGES) && from.is_dir() {
            link_packages(top, folder, &from, &to)
        } else {
            link(&from, &to)
        };
        linked.map_err(|source| RevisionError::Link { path: from, source })?;
    }
    Ok(())
}

/// The names of folders of builds in the list.
pub(super) fn builds(ignored: &[String]) -> Vec<&str> {
    let folders = ignored.iter().filter_map(|path| path.strip_suffix('/'));
    let is_build = |path: &&str| BUILDS.contains(&path.rsplit('/').next().unwrap_or(path));
    let found: BTreeSet<&str> = folders.filter(is_build).filter(|path| !path.contains(PACKAGES)).collect();
    found.into_iter().take(3).collect()
}

/// A folder of packages, each of them linked. A package of the repository itself, which npm, yarn and pnpm link to from there, is the
/// version's own.
fn link_packages(top: &Path, folder: &Path, from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        let is_scope = entry.file_name().to_string_lossy().starts_with('@');
        if is_scope && entry.file_type()?.is_dir() {
            link_packages(top, folder, &from, &to)?;
        } else {
            let own = own_package(top, &from);
            link(&own.map_or(from, |own| folder.join(own)), &to)?;
        }
    }
    Ok(())
}

/// Where in the repository a package lies that is a link to there.
fn own_package(top: &Path, package: &Path) -> Option<PathBuf> {
    if !package.symlink_metadata().ok()?.is_symlink() {
        return None;
    }
    let inside = package.canonicalize().ok()?.strip_prefix(top.canonicalize().ok()?).ok()?.to_owned();
    let is_installed = inside.components().any(|part| part == Component::Normal(PACKAGES.as_ref()));
    (!is_installed).then_some(inside)
}

fn link(from: &Path, to: &Path) -> io::Result<()> {
    if to.symlink_metadata().is_ok() {
        return Ok(());
    }
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    #[cfg(unix)]
    return std::os::unix::fs::symlink(from, to);
    #[cfg(windows)]
    return if from.is_dir() { std::os::windows::fs::symlink_dir(from, to) } else { std::os::windows::fs::symlink_file(from, to) };
}
