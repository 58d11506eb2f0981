//! Programs of Debian's packages.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};

use crate::process::{on_path, stream};

/// A program: one on PATH, or on Debian as root that of the package of the same name, newly installed.
/// `purpose` is what needs it, for people.
pub(crate) fn program(name: &str, purpose: &str) -> Result<PathBuf> {
    if let Some(path) = on_path(name) {
        return Ok(path);
    }
    install(name).with_context(|| format!("{purpose} needs {name} and none is on PATH"))?;
    on_path(name).with_context(|| format!("apt-get installed no {name}; install it by hand"))
}

/// Installs a package.
pub(super) fn install(package: &str) -> Result<()> {
    if on_path("apt-get").is_none() || !is_root() {
        bail!("only root on Debian can install {package} with apt-get; install it by hand");
    }
    println!("installing {package} with apt-get");
    stream(Command::new("apt-get").arg("update"))?;
    stream(Command::new("apt-get").args(["install", "--yes", "--no-install-recommends", package]).env("DEBIAN_FRONTEND", "noninteractive"))
}

#[cfg(unix)]
fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}
