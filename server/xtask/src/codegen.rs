//! `cargo xtask codegen`: writes what is made from other files of the repository.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use crate::{
    dist::platforms,
    process::{npm, stream},
    setup,
};

/// Writes the VS Code extension's table of platforms, and the settings, languages and grammars of its package.json from the server's
/// schemas and from syntaxes/package.json. That they are current is checked by a test here and by `npm run check` there, which
/// `cargo xtask test` runs.
pub(crate) fn run(root: &Path) -> Result<()> {
    let table = root.join(platforms::JSON);
    fs::write(&table, platforms::json()?).with_context(|| format!("cannot write {}", table.display()))?;
    let folder = root.join("editors/vscode");
    setup::locked_packages(&folder)?;
    stream(&mut npm(&folder, ["run", "--silent", "codegen"])?)
}
