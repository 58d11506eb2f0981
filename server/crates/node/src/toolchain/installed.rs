//! Node.js binaries on this machine: in `PATH` and in the directories of version managers.

use std::path::{Path, PathBuf};

use semver::Version;

use super::Env;

/// A version some manager keeps, not run yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Installed {
    pub(super) manager: &'static str,
    pub(super) version: Version,
    pub(super) path: PathBuf,
}

/// What the setting names: a binary, or a directory of an installation.
pub(super) fn from_setting(workspace_dir: &Path, setting: &Path) -> Option<PathBuf> {
    let path = workspace_dir.join(setting);
    if path.is_dir() { binary(&path) } else { path.is_file().then_some(path) }
}

/// First `node` in `PATH`.
pub(super) fn on_path(env: &Env) -> Option<PathBuf> {
    std::env::split_paths(env.get("PATH")?)
        // A relative entry would depend on where we happen to run.
        .filter(|dir| dir.is_absolute())
        .map(|dir| dir.join(NODE))
        .find(|path| is_executable(path))
}

/// All versions of all managers, in no particular order.
pub(super) fn all(env: &Env) -> Vec<Installed> {
    let mut found = Vec::new();
    for (manager, dir, inner) in version_dirs(env) {
        let Ok(entries) = std::fs::read_dir(&dir) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name();
            // Aliases such as `20` or `lts` link to versions that are listed themselves.
            let Some(version) = name.to_str().and_then(|name| Version::parse(name.strip_prefix('v').unwrap_or(name)).ok()) else {
                continue;
            };
            if let Some(path) = binary(&entry.path().join(inner)) {
                found.push(Installed { manager, version, path });
            }
        }
    }
    found
}

/// Directory whose entries are versions, per manager, with the folder inside an entry.
fn version_dirs(env: &Env) -> Vec<(&'static str, PathBuf, &'static str)> {
    let home = env.home();
    let named = |variable: &str| env.get(variable).map(PathBuf::from);
    let in_home = |path: &str| home.as_ref().map(|home| home.join(path));
    let mut dirs = Vec::new();
    let mut add = |manager, roots: Vec<Option<PathBuf>>, below: &str, inner| {
        let mut roots: Vec<PathBuf> = roots.into_iter().flatten().collect();
        roots.dedup();
        dirs.extend(roots.into_iter().map(|root| (manager, root.join(below), inner)));
    };
    add("nvm", vec![named("NVM_DIR").or_else(|| in_home(".nvm"))], "versions/node", "");
    add("nvm", vec![named("NVM_HOME")], "", "");
    add(
        "fnm",
        match named("FNM_DIR") {
            Some(dir) => vec![Some(dir)],
            None => vec![
                named("XDG_DATA_HOME").map(|dir| dir.join("fnm")),
                in_home(".local/share/fnm"),
                in_home(".fnm"),
                in_home("Library/Application Support/fnm"),
            ],
        },
        "node-versions",
        "installation",
    );
    add("volta", vec![named("VOLTA_HOME").or_else(|| in_home(".volta"))], "tools/image/node", "");
    add("n", vec![named("N_PREFIX").or_else(|| Some("/usr/local".into()))], "n/versions/node", "");
    add("asdf", vec![named("ASDF_DATA_DIR").or_else(|| in_home(".asdf"))], "installs/nodejs", "");
    add("mise", vec![named("MISE_DATA_DIR").or_else(|| in_home(".local/share/mise"))], "installs/node", "");
    add("nodenv", vec![named("NODENV_ROOT").or_else(|| in_home(".nodenv"))], "versions", "");
    dirs
}

const NODE: &str = if cfg!(windows) { "node.exe" } else { "node" };

fn binary(dir: &Path) -> Option<PathBuf> {
    [dir.join("bin").join(NODE), dir.join(NODE)].into_iter().find(|path| is_executable(path))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}
