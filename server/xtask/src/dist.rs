//! `cargo xtask dist`: the program and the VS Code extension for one platform, as files to hand out, in `target/dist`.

mod package;
pub(crate) mod platforms;
pub(crate) mod toolchain;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::{
    notices,
    process::{npm, stream},
    setup,
};
use package::Shipped;
use platforms::Platform;

/// Of the program and, by a test, of the extension.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Prints the table of platforms.
pub(crate) fn list() {
    print!("{}", platforms::listed());
}

/// The platform of this name, by default this machine.
pub(crate) fn platform(target: Option<&str>) -> Result<&'static Platform> {
    match target {
        Some(name) => Platform::by_name(name),
        None => Platform::by_triple(&toolchain::host()?),
    }
}

/// Builds for the platform of this name, by default for this machine, checks what was built, and prints sizes and digests.
pub(crate) fn run(root: &Path, target: Option<&str>) -> Result<()> {
    let platform = platform(target)?;
    same_version(root)?;
    let notices = notices::write(root, platform)?;
    let binary = toolchain::build(root, platform)?;
    let folder = root.join("target/dist");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;

    let shipped = Shipped { platform, binary, licence: root.join("LICENSE"), notices, page: root.join("editors/webview/dist") };
    let archive = folder.join(archive_name(platform));
    package::write_archive(&archive, &archive_folder(platform), &contents(root, &shipped))?;
    package::check_archive(&archive, &archive_folder(platform), &shipped)?;

    let vsix = folder.join(format!("tickmark-{}-{VERSION}.vsix", platform.name));
    extension(root, &shipped, &vsix)?;
    package::check_vsix(&vsix, &shipped)?;

    if platform.needs_glibc() {
        match package::newest_glibc(&fs::read(&shipped.binary)?) {
            Some((major, minor)) => println!("{} needs glibc {major}.{minor} or newer", platform.binary),
            None => bail!("{} names no version of glibc", shipped.binary.display()),
        }
    }
    for file in [&archive, &vsix] {
        let size = file.metadata()?.len();
        println!("{:>6.1} MB  {}  {}", size as f64 / 1e6, sha256(file)?, file.strip_prefix(root).unwrap_or(file).display());
    }
    Ok(())
}

fn archive_folder(platform: &Platform) -> String {
    format!("tickmark-{VERSION}-{}", platform.name)
}

fn archive_name(platform: &Platform) -> String {
    archive_folder(platform) + ".tar.gz"
}

/// What is in the archive: name there, file here, whether it can be run.
fn contents(root: &Path, shipped: &Shipped) -> [(&'static str, PathBuf, bool); 4] {
    [
        (shipped.platform.binary, shipped.binary.clone(), true),
        ("LICENSE", shipped.licence.clone(), false),
        (notices::FILE, shipped.notices.clone(), false),
        ("README.md", root.join("README.md"), false),
    ]
}

/// Makes the `.vsix` with this program and these notices in it.
fn extension(root: &Path, shipped: &Shipped, vsix: &Path) -> Result<()> {
    let platform = shipped.platform;
    let folder = root.join("editors/vscode");
    setup::locked_packages(&folder)?;
    let mut package = npm(&folder, ["run", "--silent", "package"])?;
    package.env("TICKMARK_BIN", &shipped.binary).env("TICKMARK_TARGET", platform.name).env("TICKMARK_NOTICES", &shipped.notices);
    stream(&mut package)?;
    let made = folder.join("build").join(format!("tickmark-{}.vsix", platform.name));
    fs::copy(&made, vsix).with_context(|| format!("`npm run package` made no {}", made.display()))?;
    Ok(())
}

/// The extension compares its version with the server's: both are released together.
fn same_version(root: &Path) -> Result<()> {
    #[derive(Deserialize)]
    struct Manifest {
        version: String,
    }
    let path = root.join("editors/vscode/package.json");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let manifest: Manifest = serde_json::from_str(&text).with_context(|| format!("cannot parse {}", path.display()))?;
    if manifest.version != VERSION {
        bail!("{} has version {} and Cargo.toml {VERSION}: make them the same", path.display(), manifest.version);
    }
    Ok(())
}

/// In hexadecimal.
fn sha256(file: &Path) -> Result<String> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(format!("{:x}", Sha256::digest(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_has_the_version_of_the_program() {
        same_version(&crate::root().expect("the repository")).expect("the same version");
    }

    #[test]
    fn files_are_named_for_version_and_platform() {
        let platform = Platform::by_name("alpine-arm64").expect("known");
        assert_eq!(archive_name(platform), format!("tickmark-{VERSION}-alpine-arm64.tar.gz"));
    }

    #[test]
    fn digests_are_in_hexadecimal() {
        let file = tempfile::NamedTempFile::new().expect("temporary file");
        fs::write(file.path(), "abc").expect("writable");
        let digest = sha256(file.path()).expect("readable");
        assert_eq!(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
