//! `cargo xtask codegen`: writes what is made from other files of the repository.

use std::path::Path;

use anyhow::Result;

use crate::{
    process::{npm, stream},
    setup,
};

/// Writes the settings, languages and grammars of the VS Code extension's package.json from the server's schemas and from
/// syntaxes/package.json. That they are current is checked by `npm run check` there, which `cargo xtask test` runs.
pub(crate) fn run(root: &Path) -> Result<()> {
    let folder = root.join("editors/vscode");
    setup::locked_packages(&folder)?;
    stream(&mut npm(&folder, ["run", "--silent", "codegen"])?)
}
