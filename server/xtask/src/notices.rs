//! `cargo xtask notices`: what third-party code asks to be said wherever it is shipped, in one file that goes with the program and with
//! the VS Code extension.
//!
//! The page is made for each distribution from what is in it, and is not kept in the repository: it depends on the platform and on the
//! toolchain, and could not be out of date. `cargo-about` makes such pages of crates only, and takes minutes to build; what cargo and
//! esbuild tell anyway suffices.

mod crates;
mod licence_files;
mod npm;
mod page;
pub(crate) mod policy;
mod rust_library;

use std::{
    collections::BTreeSet,
    fmt, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::{
    dist::platforms::{PLATFORMS, Platform},
    process::{npm as npm_in, stream},
    setup,
};
use licence_files::Text;

/// The name of the file, wherever it is shipped.
pub(crate) const FILE: &str = "THIRD-PARTY-NOTICES.txt";

/// The npm package that is shipped, relative to the repository, and the one whose bundle it holds.
const EXTENSION: &str = "editors/vscode";
const PAGE: &str = "editors/webview";

/// What holds a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// The program, through its dependencies.
    Program,
    /// The program, through the compiler's libraries.
    Libraries,
    /// The scripts of the VS Code extension.
    Extension,
}

/// A third-party package that is shipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    part: Part,
    /// An SPDX expression, as the package's manifest has it.
    licence: Option<String>,
    /// An address, as the package's manifest has it.
    repository: Option<String>,
    /// The name of the registry that has its source; none of what comes with the compiler.
    registry: Option<String>,
    /// As the package's manifest has them, or as the compiler names the copyright holders.
    authors: Vec<String>,
    texts: Vec<Text>,
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

/// Makes the page for a platform and says where it is. Fails for a package that may not be shipped.
pub(crate) fn write(root: &Path, platform: &Platform) -> Result<PathBuf> {
    let mut packages = crates::linked(root, &[platform.triple])?;
    packages.extend(rust_library::packages(platform)?);
    packages.extend(bundled(root)?);
    let refused: Vec<String> =
        packages.iter().filter_map(|package| policy::refused(package).map(|why| format!("{package}: {why}"))).collect();
    if !refused.is_empty() {
        bail!("packages that may not be shipped:\n- {}", refused.join("\n- "));
    }
    let text = page::render(platform.name, &packages)?;
    let folder = root.join("target/dist");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let file = folder.join(format!("THIRD-PARTY-NOTICES-{}.txt", platform.name));
    fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    println!("{} packages in {}", packages.len(), file.strip_prefix(root).unwrap_or(&file).display());
    Ok(file)
}

/// Every package that is shipped for any platform, or may be bundled: what can be told without building anything.
pub(crate) fn shipped(root: &Path) -> Result<Vec<Package>> {
    let mut packages = crates::linked(root, &PLATFORMS.map(|platform| platform.triple))?;
    let mut names = BTreeSet::new();
    for folder in [EXTENSION, PAGE] {
        packages.extend(npm::locked(&root.join(folder))?.into_iter().filter(|one| names.insert((one.name.clone(), one.version.clone()))));
    }
    Ok(packages)
}

/// The packages in the scripts of the extension, which it builds to see them.
fn bundled(root: &Path) -> Result<Vec<Package>> {
    let folder = root.join(EXTENSION);
    setup::locked_packages(&folder)?;
    stream(&mut npm_in(&folder, ["run", "--silent", "build"])?)?;
    npm::bundled(&folder)
}

#[cfg(test)]
mod tests;
