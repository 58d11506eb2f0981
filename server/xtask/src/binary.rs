//! The program itself, built for tests and benches.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Result, bail};

use crate::process::{cargo, stream};

/// How it is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Build {
    /// As the Rust tests build it.
    Debug,
    /// Optimised.
    Release,
}

/// Builds `tickmark` and says where it is.
pub(crate) fn tickmark(root: &Path, build: Build) -> Result<PathBuf> {
    let (folder, flags): (_, &[&str]) = match build {
        Build::Debug => ("debug", &[]),
        Build::Release => ("release", &["--release"]),
    };
    stream(cargo(root, ["build", "--package", "tickmark"]).args(flags))?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let binary = root.join(target).join(folder).join(format!("tickmark{}", env::consts::EXE_SUFFIX));
    if !binary.is_file() {
        bail!("cargo built no {}", binary.display());
    }
    Ok(binary)
}
