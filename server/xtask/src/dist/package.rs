//! The files that are handed out, written and checked.

use std::{
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use zip::ZipArchive;

use super::{VERSION, platforms::Platform};
use crate::{notices, process::capture};

/// The views' page: the extension ships these files of `editors/webview/dist`, wherever it keeps them.
const PAGE: [&str; 2] = ["report.js", "report.css"];

/// What is handed out for a platform, as files here.
pub(crate) struct Shipped {
    pub(crate) platform: &'static Platform,
    pub(crate) binary: PathBuf,
    pub(crate) licence: PathBuf,
    pub(crate) notices: PathBuf,
    /// The folder with the views' page.
    pub(crate) page: PathBuf,
}

/// Writes a `.tar.gz` with these files (name there, file here, whether it can be run) in one folder. The same files give the same bytes.
pub(crate) fn write_archive(archive: &Path, folder: &str, files: &[(&str, PathBuf, bool)]) -> Result<()> {
    let file = File::create(archive).with_context(|| format!("cannot write {}", archive.display()))?;
    let mut tar = tar::Builder::new(GzEncoder::new(BufWriter::new(file), Compression::best()));
    for (name, path, runs) in files {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(if *runs { 0o755 } else { 0o644 });
        tar.append_data(&mut header, format!("{folder}/{name}"), bytes.as_slice())?;
    }
    tar.into_inner()?.finish()?.flush()?;
    Ok(())
}

/// That it holds the program, as it was built and to be run, the licence and the notices.
pub(crate) fn check_archive(archive: &Path, folder: &str, shipped: &Shipped) -> Result<()> {
    let file = File::open(archive).with_context(|| format!("cannot read {}", archive.display()))?;
    let mut files = Vec::new();
    for entry in tar::Archive::new(GzDecoder::new(BufReader::new(file))).entries()? {
        let mut entry = entry?;
        let name = entry.path()?.display().to_string().replace('\\', "/");
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        files.push(Packed { name, mode: entry.header().mode()?, bytes });
    }
    let packed = Packing { files, place: archive };
    packed.check_program(&format!("{folder}/{}", shipped.platform.binary), shipped)?;
    packed.check_same(&format!("{folder}/LICENSE"), &shipped.licence)?;
    packed.check_same(&format!("{folder}/{}", notices::FILE), &shipped.notices)
}

/// The same of an extension, and that it has the page of the views and is for this platform.
pub(crate) fn check_vsix(vsix: &Path, shipped: &Shipped) -> Result<()> {
    let file = File::open(vsix).with_context(|| format!("cannot read {}", vsix.display()))?;
    let mut zip = ZipArchive::new(BufReader::new(file)).with_context(|| format!("{} is no .vsix", vsix.display()))?;
    let mut files = Vec::new();
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at)?;
        let mut bytes = Vec::new();
        io::copy(&mut entry, &mut bytes)?;
        files.push(Packed { name: entry.name().to_owned(), mode: entry.unix_mode().unwrap_or(0), bytes });
    }
    let packed = Packing { files, place: vsix };
    let manifest = String::from_utf8_lossy(&packed.file("extension.vsixmanifest")?.bytes);
    for attribute in [format!("TargetPlatform=\"{}\"", shipped.platform.name), format!("Version=\"{VERSION}\"")] {
        if !manifest.contains(&attribute) {
            bail!("{}: its manifest has no {attribute}", vsix.display());
        }
    }
    packed.check_program(&format!("extension/server/{}", shipped.platform.binary), shipped)?;
    packed.file("extension/package.json")?;
    // vsce names it so.
    packed.check_same("extension/LICENSE.txt", &shipped.licence)?;
    packed.check_same(&format!("extension/{}", notices::FILE), &shipped.notices)?;
    for name in PAGE {
        let Some(file) = packed.files.iter().find(|file| file.name.ends_with(&format!("/{name}"))) else {
            bail!("{} holds no {name}: its views would be empty", vsix.display());
        };
        packed.check_same(&file.name, &shipped.page.join(name))?;
    }
    Ok(())
}

/// The newest version of glibc that a program asks for, as `(2, 34)`; none of a program that does without.
pub(crate) fn newest_glibc(program: &[u8]) -> Option<(u32, u32)> {
    const PREFIX: &[u8] = b"GLIBC_";
    program
        .windows(PREFIX.len())
        .enumerate()
        .filter(|(_, window)| *window == PREFIX)
        .filter_map(|(at, _)| {
            let rest = &program[at + PREFIX.len()..];
            let version = &rest[..rest.iter().position(|byte| !byte.is_ascii_digit() && *byte != b'.')?];
            let mut numbers = std::str::from_utf8(version).ok()?.split('.').map(str::parse);
            Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
        })
        .max()
}

struct Packed {
    /// With forward slashes.
    name: String,
    /// Permissions, as Unix knows them.
    mode: u32,
    bytes: Vec<u8>,
}

struct Packing<'a> {
    files: Vec<Packed>,
    /// The archive, for messages.
    place: &'a Path,
}

impl Packing<'_> {
    fn file(&self, name: &str) -> Result<&Packed> {
        self.files.iter().find(|file| file.name == name).with_context(|| format!("{} holds no {name}", self.place.display()))
    }

    /// That the file of this name is the one here.
    fn check_same(&self, name: &str, file: &Path) -> Result<()> {
        if self.file(name)?.bytes != fs::read(file).with_context(|| format!("cannot read {}", file.display()))? {
            bail!("{}: {name} is not the one of {}", self.place.display(), file.display());
        }
        Ok(())
    }

    /// That the program of this name is the one that was built, may be run and, where it can be, tells our version.
    fn check_program(&self, name: &str, shipped: &Shipped) -> Result<()> {
        let platform = shipped.platform;
        let program = self.file(name)?;
        if program.mode & 0o111 != 0o111 && platform.node_platform != "win32" {
            bail!("{}: {name} has mode {:o} and cannot be run", self.place.display(), program.mode);
        }
        self.check_same(name, &shipped.binary)?;
        if !platform.runs_here() {
            println!("{}: {name} is of another platform and was not run", self.place.display());
            return Ok(());
        }
        let folder = tempfile::tempdir()?;
        let unpacked = folder.path().join(platform.binary);
        fs::write(&unpacked, &program.bytes)?;
        permit(&unpacked, program.mode)?;
        let told = capture(Command::new(&unpacked).arg("--version"))?;
        if told.trim() != format!("tickmark {VERSION}") {
            bail!("{}: {name} says it is `{}`, not `tickmark {VERSION}`", self.place.display(), told.trim());
        }
        Ok(())
    }
}

#[cfg(unix)]
fn permit(file: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(mode & 0o777))
}

#[cfg(not(unix))]
fn permit(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
