//! Installs what tests and benches need, into folders that git ignores. Each installation leaves a stamp
//! with what it was made from, and is skipped while the stamp is right.

mod apt;
mod neovim;

use std::{
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::process::{capture, npm, on_path, stream};

pub(crate) use apt::program;
pub(crate) use neovim::neovim;

/// The Node.js versions that the tests run on, oldest first.
pub(crate) const NODES: [&str; 5] = ["18.20.8", "20.20.2", "22.23.3", "24.21.0", "26.10.0"];

/// The one that suffices for a quick test.
pub(crate) const QUICK_NODE: &str = "24.21.0";

/// Packages that only benches use.
pub(crate) const BENCH_PACKAGES: [&str; 2] = ["typescript@5.9.3", "autocannon@9.0.0"];

/// Folders of our own npm packages, apart from the example projects.
pub(crate) const EDITOR_PACKAGES: [&str; 3] = ["editors/webview", "editors/vscode", "syntaxes"];

/// Installs these Node.js versions under `.tools` and returns their binaries in the same order.
pub(crate) fn nodes(root: &Path, versions: &[&str]) -> Result<Vec<PathBuf>> {
    versions.iter().map(|version| node(root, version)).collect()
}

/// The binary of one exact Node.js version.
pub(crate) fn node(root: &Path, version: &str) -> Result<PathBuf> {
    let package = node_package()?;
    let major = version.split('.').next().unwrap_or(version);
    let folder = root.join(".tools").join(format!("node-{major}"));
    install_exact(&folder, &[&format!("{package}@{version}")])?;
    let binary = folder.join("node_modules").join(&package).join("bin").join(if cfg!(windows) { "node.exe" } else { "node" });
    let found = capture(Command::new(&binary).arg("--version"))?;
    if found.trim() != format!("v{version}") {
        bail!("{} is {}, not v{version}; remove {} and try again", binary.display(), found.trim(), folder.display());
    }
    Ok(binary)
}

/// TypeScript and autocannon; returns the folder with their `node_modules`.
pub(crate) fn bench_packages(root: &Path) -> Result<PathBuf> {
    let folder = root.join(".tools").join("bench-packages");
    install_exact(&folder, &BENCH_PACKAGES)?;
    Ok(folder)
}

/// Installs and builds every example project of `tests/projects` that has dependencies.
pub(crate) fn projects(root: &Path) -> Result<()> {
    let projects = root.join("tests/projects");
    let mut folders: Vec<PathBuf> = fs::read_dir(&projects)
        .with_context(|| format!("cannot read {}", projects.display()))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    folders.sort();
    for folder in folders.iter().filter(|folder| folder.join("package.json").is_file()) {
        locked_packages(folder)?;
        for script in ["build", "build:min"] {
            if has_script(folder, script)? {
                stream(&mut npm(folder, ["run", "--silent", script])?)?;
            }
        }
    }
    Ok(())
}

/// `npm ci` if the folder has a lock file and was not installed from the same one.
pub(crate) fn locked_packages(folder: &Path) -> Result<()> {
    let lock = folder.join("package-lock.json");
    if !lock.is_file() {
        return Ok(());
    }
    let stamp = folder.join("node_modules").join(".xtask-stamp");
    let wanted = digest(&[lock, folder.join("package.json"), folder.join(".npmrc")]);
    if stamped(&stamp, &wanted) {
        return Ok(());
    }
    stream(&mut npm(folder, ["ci", "--no-audit", "--no-fund"])?)?;
    write_stamp(&stamp, &wanted)
}

/// Whether package.json in the folder has this script.
pub(crate) fn has_script(folder: &Path, script: &str) -> Result<bool> {
    #[derive(Deserialize)]
    struct Manifest {
        #[serde(default)]
        scripts: std::collections::BTreeMap<String, String>,
    }
    let path = folder.join("package.json");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let manifest: Manifest = serde_json::from_str(&text).with_context(|| format!("cannot parse {}", path.display()))?;
    Ok(manifest.scripts.contains_key(script))
}

/// A Chromium for the tests of the views: `CHROMIUM_PATH`, one on PATH, or on Debian as root a new one.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(path) = env::var_os("CHROMIUM_PATH").map(PathBuf::from) {
        if !path.is_file() {
            bail!("CHROMIUM_PATH is {}, which is no file", path.display());
        }
        return Ok(path);
    }
    if let Some(path) = chromium_on_path() {
        return Ok(path);
    }
    let by_hand = "install Chromium, or set CHROMIUM_PATH to its binary";
    apt::install("chromium").with_context(|| format!("the tests of the views need Chromium and none is on PATH; {by_hand}"))?;
    chromium_on_path().with_context(|| format!("apt-get installed no Chromium; {by_hand}"))
}

fn chromium_on_path() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].iter().find_map(|name| on_path(name))
}

/// The npm package that holds nothing but a Node.js binary for this machine.
fn node_package() -> Result<String> {
    let os = match env::consts::OS {
        "linux" => "linux",
        "macos" => "darwin",
        "windows" => "win",
        other => bail!("there is no npm package with Node.js for {other}"),
    };
    let arch = match env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => bail!("there is no npm package with Node.js for {other}"),
    };
    Ok(format!("node-{os}-{arch}"))
}

/// Installs packages at exact versions into a folder of their own.
fn install_exact(folder: &Path, packages: &[&str]) -> Result<()> {
    let stamp = folder.join(".stamp");
    let wanted = packages.join("\n");
    if stamped(&stamp, &wanted) {
        return Ok(());
    }
    println!("installing {} into {}", packages.join(", "), folder.display());
    // What is there was installed for another stamp, or half.
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let mut command = npm(folder, ["install", "--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--prefix", "."])?;
    stream(command.args(packages))?;
    write_stamp(&stamp, &wanted)
}

fn stamped(stamp: &Path, wanted: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|found| found == wanted)
}

fn write_stamp(stamp: &Path, content: &str) -> Result<()> {
    if let Some(folder) = stamp.parent() {
        // `npm ci` of a lock without packages makes no node_modules.
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    fs::write(stamp, content).with_context(|| format!("cannot write {}", stamp.display()))
}

/// A digest of the contents of files; a missing one counts as such.
fn digest(files: &[PathBuf]) -> String {
    let mut hasher = DefaultHasher::new();
    for file in files {
        fs::read(file).ok().hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_changes_with_contents_and_existence() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let file = folder.path().join("file");
        let files = [file.clone()];
        let missing = digest(&files);
        fs::write(&file, "").expect("writable");
        let empty = digest(&files);
        fs::write(&file, "x").expect("writable");
        let full = digest(&files);
        assert_eq!(full, digest(&files));
        assert!(missing != empty && empty != full && missing != full);
    }

    #[test]
    fn stamps_hold_until_they_differ() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let stamp = folder.path().join("new/.stamp");
        assert!(!stamped(&stamp, "one"));
        write_stamp(&stamp, "one").expect("writable");
        assert!(stamped(&stamp, "one"));
        assert!(!stamped(&stamp, "two"));
    }

    #[test]
    fn scripts_are_read_from_the_manifest() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let manifest = folder.path().join("package.json");
        assert!(has_script(folder.path(), "test").is_err(), "there is no manifest");
        fs::write(&manifest, r#"{"scripts":{"test":"node --test"}}"#).expect("writable");
        assert!(has_script(folder.path(), "test").expect("readable"));
        assert!(!has_script(folder.path(), "build").expect("readable"));
        fs::write(&manifest, "{").expect("writable");
        assert!(has_script(folder.path(), "test").is_err(), "it does not parse");
    }

    #[test]
    fn the_quick_node_is_one_of_all() {
        assert!(NODES.contains(&QUICK_NODE));
    }
}
