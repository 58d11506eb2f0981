//! Neovim for the tests of the editor: a new one where the system has none or an old one.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use super::{stamped, write_stamp};
use crate::process::{capture, on_path, stream};

/// Debian's suite whose Neovim is new enough. Released: its version does not drift.
const SUITE: &str = "trixie";

/// Oldest minor version of Neovim 0 that is supported.
const OLDEST_MINOR: u32 = 10;

const BY_HAND: &str = "install Neovim 0.10 or newer, or set TICKMARK_TEST_NVIM to its binary";

/// Neovim: `TICKMARK_TEST_NVIM`, one on PATH that is new enough, or on Debian one of a newer suite, unpacked below
/// `.tools` with the libraries that it needs. The system is not changed.
pub(crate) fn neovim(root: &Path) -> Result<PathBuf> {
    if let Some(path) = env::var_os("TICKMARK_TEST_NVIM").map(PathBuf::from) {
        let version = version(&path).context("TICKMARK_TEST_NVIM is no Neovim")?;
        println!("Neovim is {version}: {}", path.display());
        return Ok(path);
    }
    if let Some(path) = on_path("nvim")
        && let Ok(version) = version(&path)
        && is_new(&version)
    {
        println!("Neovim is {version}: {}", path.display());
        return Ok(path);
    }
    let prefix = root.join(".tools").join("neovim");
    let binary = prefix.join("usr/bin/nvim");
    // The prefix holds its own absolute path: it is of no use elsewhere.
    let wanted = format!("neovim of {SUITE} at {}", prefix.display());
    let stamp = prefix.join(".stamp");
    if !stamped(&stamp, &wanted) || !binary.is_file() {
        unpack(&prefix).with_context(|| format!("cannot install Neovim; {BY_HAND}"))?;
        write_stamp(&stamp, &wanted)?;
    }
    let version = version(&binary).with_context(|| format!("remove {} and try again", prefix.display()))?;
    if !is_new(&version) {
        bail!("{} is {version}, which is too old; {BY_HAND}", binary.display());
    }
    println!("Neovim is {version}: {}", binary.display());
    Ok(binary)
}

/// `NVIM v0.10.4`
fn version(binary: &Path) -> Result<String> {
    let printed = capture(Command::new(binary).arg("--version"))?;
    let first = printed.lines().next().unwrap_or_default().trim();
    if !first.starts_with("NVIM v") {
        bail!("{} prints {first:?} for its version", binary.display());
    }
    Ok(first.to_owned())
}

/// Whether a line as of [`version`] is of a supported one.
fn is_new(version: &str) -> bool {
    let numbers = version.trim_start_matches("NVIM v");
    let mut parts = numbers.split(['.', '-', '+']).map(str::parse::<u32>);
    match (parts.next(), parts.next()) {
        (Some(Ok(0)), Some(Ok(minor))) => minor >= OLDEST_MINOR,
        (Some(Ok(major)), Some(Ok(_))) => major > 0,
        _ => false,
    }
}

/// Downloads Neovim with everything below it, libc included, by an apt that has lists and a database of its own, unpacks it,
/// and has the binary use that libc. Programs that Neovim starts keep the system's.
fn unpack(prefix: &Path) -> Result<()> {
    for tool in ["apt-get", "dpkg-deb"] {
        if on_path(tool).is_none() {
            bail!("none is on PATH, and without {tool} (of Debian) there is none to download");
        }
    }
    println!("installing Neovim of Debian {SUITE} into {}", prefix.display());
    if prefix.exists() {
        fs::remove_dir_all(prefix).with_context(|| format!("cannot remove {}", prefix.display()))?;
    }
    let apt = prefix.join("apt");
    let archives = download(&apt)?;
    for archive in &archives {
        capture(Command::new("dpkg-deb").arg("-x").arg(archive).arg(prefix))?;
    }
    let loader = find(prefix, &|name| name.starts_with("ld-linux") && name.contains(".so"))?;
    let libc = find(prefix, &|name| name == "libc.so.6")?;
    let libraries = libc.parent().context("a library is in a folder")?;
    let binary = prefix.join("usr/bin/nvim");
    let binary = binary.canonicalize().with_context(|| format!("the packages hold no {}", binary.display()))?;
    // The unpacked patchelf needs the unpacked libc, too.
    capture(
        Command::new(&loader)
            .arg("--library-path")
            .arg(libraries)
            .arg(prefix.join("usr/bin/patchelf"))
            .arg("--set-interpreter")
            .arg(&loader)
            .args(["--force-rpath", "--set-rpath"])
            .arg(libraries)
            .arg(&binary),
    )?;
    fs::remove_dir_all(&apt).with_context(|| format!("cannot remove {}", apt.display()))
}

/// Downloads the packages into a folder and returns their files.
fn download(apt: &Path) -> Result<Vec<PathBuf>> {
    for folder in ["etc/apt.conf.d", "etc/sources.list.d", "etc/preferences.d", "state/lists/partial", "cache/archives/partial"] {
        fs::create_dir_all(apt.join(folder)).with_context(|| format!("cannot create {}", apt.join(folder).display()))?;
    }
    let uris = capture(Command::new("apt-get").args(["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]))?;
    let mirror = mirror(&uris).context("this machine's apt uses no mirror of Debian")?;
    let architecture = capture(Command::new("dpkg").arg("--print-architecture"))?;
    let write = |name: &str, text: String| {
        let path = apt.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    };
    let keys = "/usr/share/keyrings/debian-archive-keyring.gpg";
    if !Path::new(keys).is_file() {
        bail!("{keys} is missing: install debian-archive-keyring");
    }
    write("status", String::new())?;
    write("etc/sources.list", format!("deb [signed-by={keys}] {mirror} {SUITE} main\n"))?;
    write("apt.conf", configuration(apt, architecture.trim()))?;
    let isolated = |words: &[&str]| {
        let mut command = Command::new("apt-get");
        command.arg("--quiet").args(words).env("APT_CONFIG", apt.join("apt.conf")).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    stream(&mut isolated(&["update"]))?;
    stream(&mut isolated(&["--yes", "--download-only", "install", "neovim", "patchelf"]))?;
    let archives = apt.join("cache/archives");
    let mut found: Vec<PathBuf> = fs::read_dir(&archives)
        .with_context(|| format!("cannot read {}", archives.display()))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    found.retain(|path| path.extension().is_some_and(|extension| extension == "deb"));
    found.sort();
    if found.is_empty() {
        bail!("apt-get downloaded nothing into {}", archives.display());
    }
    Ok(found)
}

/// The mirror of Debian's main archive among the addresses that apt uses, one in each line.
fn mirror(uris: &str) -> Option<&str> {
    uris.lines().map(str::trim).find(|uri| uri.trim_end_matches('/').ends_with("/debian"))
}

/// An apt that knows of nothing but what is below its folder.
fn configuration(apt: &Path, architecture: &str) -> String {
    let at = apt.display();
    format!(
        r#"Dir::Etc "{at}/etc";
Dir::Etc::sourcelist "{at}/etc/sources.list";
Dir::Etc::sourceparts "{at}/etc/sources.list.d";
Dir::Etc::preferences "{at}/etc/preferences";
Dir::Etc::preferencesparts "{at}/etc/preferences.d";
Dir::State "{at}/state";
Dir::State::status "{at}/status";
Dir::Cache "{at}/cache";
APT::Install-Recommends "false";
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
APT::Sandbox::User "root";
APT::Keep-Downloaded-Packages "true";
Binary::apt-get::APT::Keep-Downloaded-Packages "true";
Acquire::Languages "none";
"#
    )
}

/// The first file below the libraries' folders whose name is right. Links are not followed into other folders.
fn find(prefix: &Path, is_right: &dyn Fn(&str) -> bool) -> Result<PathBuf> {
    let mut folders = vec![prefix.join("lib64"), prefix.join("lib"), prefix.join("usr/lib64"), prefix.join("usr/lib")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            } else if entry.file_name().to_str().is_some_and(is_right) && path.is_file() {
                return Ok(path);
            }
        }
    }
    bail!("the packages in {} lack a library", prefix.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        for (version, expected) in [
            ("NVIM v0.10.4", true),
            ("NVIM v0.12.0-dev-1234+gabc", true),
            ("NVIM v1.0.0", true),
            ("NVIM v0.9.5", false),
            ("NVIM v0.7.2", false),
            ("NVIM vnext", false),
        ] {
            assert_eq!(is_new(version), expected, "{version}");
        }
    }

    #[test]
    fn the_mirror_is_that_of_the_main_archive() {
        let uris = "http://example.org/node/\nhttp://example.org/debian-security/\nhttp://example.org/debian/\n";
        assert_eq!(mirror(uris), Some("http://example.org/debian/"));
        assert_eq!(mirror("http://example.org/ubuntu/\n"), None);
    }

    #[test]
    fn libraries_are_found_in_deep_folders_and_their_lack_is_told() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let deep = folder.path().join("usr/lib/some-linux-gnu");
        fs::create_dir_all(&deep).expect("writable");
        assert!(find(folder.path(), &|name| name == "libc.so.6").is_err());
        fs::write(deep.join("libc.so.6"), "").expect("writable");
        assert_eq!(find(folder.path(), &|name| name == "libc.so.6").expect("there"), deep.join("libc.so.6"));
    }
}
