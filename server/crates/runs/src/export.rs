//! Profiles as files for other tools and other people.

use crate::history::advice;
use crate::record::{Instruments, RunRecord};
use crate::report;
use formats::write::{collapsed, cpuprofile, pprof, speedscope, svg};
use profile::index::ProfileIndex;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A format that a profile can be exported as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ExportFormat {
    /// `.cpuprofile`, of V8's inspector: Chrome, VS Code.
    Cpuprofile,
    /// `.speedscope.json`.
    Speedscope,
    /// `.pb.gz`: pprof's compressed protocol buffer.
    Pprof,
    /// `.folded`: a line per stack.
    Folded,
    /// The flamegraph as an image.
    Svg,
    /// The report with the flamegraph, or of a benchmark: one self-contained page.
    Html,
    /// The figures of a benchmark: `tickmark/load@1`.
    Json,
}

impl ExportFormat {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::Cpuprofile, Self::Speedscope, Self::Pprof, Self::Folded, Self::Svg, Self::Html, Self::Json];

    /// Its name, as the protocol and the command line have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpuprofile => "cpuprofile",
            Self::Speedscope => "speedscope",
            Self::Pprof => "pprof",
            Self::Folded => "folded",
            Self::Svg => "svg",
            Self::Html => "html",
            Self::Json => "json",
        }
    }

    /// By its name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Endings that are understood besides [`Self::ending`].
    const OTHER_ENDINGS: [(&'static str, Self); 1] = [(".pprof", Self::Pprof)];

    /// How names of such files end.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Cpuprofile => ".cpuprofile",
            Self::Speedscope => ".speedscope.json",
            Self::Pprof => ".pb.gz",
            Self::Folded => ".folded",
            Self::Svg => ".svg",
            Self::Html => ".html",
            Self::Json => ".json",
        }
    }

    /// The format that a file's name asks for, whatever the case of its letters.
    pub fn of_path(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_string_lossy().to_lowercase();
        let endings = Self::ALL.map(|format| (format.ending(), format)).into_iter().chain(Self::OTHER_ENDINGS);
        endings.into_iter().find(|(ending, _)| name.len() > ending.len() && name.ends_with(ending)).map(|(_, format)| format)
    }
}

/// What an exported profile is of.
#[derive(Clone, Copy, Debug)]
pub enum Origin<'a> {
    /// A stored run. Files are shown relative to the workspace.
    Run {
        /// The run.
        record: &'a RunRecord,
        /// The workspace's folder.
        workspace: &'a Path,
    },
    /// Anything else, such as a file that was opened.
    Titled(&'a str),
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Where it is.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
}

/// Why a profile could not be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The folder of the file to write is not there.
    #[error("there is no folder {}: make it first, or name another file", .0.display())]
    NoFolder(PathBuf),
    /// The file to write is a folder, a device or a pipe.
    #[error("{} is no ordinary file and is not written over: name another one", .0.display())]
    NotAFile(PathBuf),
    /// The format cannot hold what is in the profile.
    #[error("{0}")]
    Unfit(io::Error),
    /// A benchmark has no profile.
    #[error("a benchmark has no profile, which {} would hold: write it as {} or {}", .0.name(), ExportFormat::Json.name(), ExportFormat::Html.name())]
    NoProfile(ExportFormat),
    /// Only benchmarks are written so.
    #[error("json holds the figures of a benchmark, and this is none: choose another format")]
    NoBenchmark,
    /// The file could not be written. What was there before is still there.
    #[error("cannot write {}: {source}{}", .path.display(), advice(.source))]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Writes a profile to a file. It is written beside its place and renamed, so that nobody ever reads half of it; a file that is there is
/// replaced. A link is followed.
///
/// # Errors
/// See [`ExportError`].
pub fn export(index: &ProfileIndex, origin: Origin<'_>, format: ExportFormat, to: &Path) -> Result<Exported, ExportError> {
    let is_benchmark = matches!(origin, Origin::Run { record, .. } if record.instruments == Instruments::Load && record.load.is_some());
    match format {
        ExportFormat::Json if !is_benchmark => return Err(ExportError::NoBenchmark),
        ExportFormat::Json | ExportFormat::Html => {}
        format if is_benchmark => return Err(ExportError::NoProfile(format)),
        _ => {}
    }
    let place = place(to)?;
    let partial = partial(&place);
    let mut is_unfit = false;
    let written = write_partial(&partial, |out| {
        let written = write(index, origin, format, out);
        is_unfit = matches!(&written, Err(error) if error.kind() == io::ErrorKind::InvalidInput);
        written
    });
    let renamed = written.and_then(|bytes| fs::rename(&partial, &place).map(|()| bytes));
    match renamed {
        Ok(bytes) => Ok(Exported { path: to.to_owned(), bytes }),
        Err(source) => {
            let _ = fs::remove_file(&partial);
            Err(if is_unfit { ExportError::Unfit(source) } else { ExportError::Write { path: to.to_owned(), source } })
        }
    }
}

/// Writes a profile. Give a buffered writer.
///
/// # Errors
/// When `out` cannot be written; `InvalidInput` for what the format cannot hold, such as an image of nothing but waiting, `Unsupported` for the figures of what is no
/// run.
pub fn write(index: &ProfileIndex, origin: Origin<'_>, format: ExportFormat, out: &mut impl Write) -> io::Result<()> {
    let profile = index.profile();
    let title = match origin {
        Origin::Run { record, .. } => report::titles(record).0,
        Origin::Titled(title) => title.to_owned(),
    };
    match (format, origin) {
        (ExportFormat::Cpuprofile, _) => cpuprofile::write(profile, out),
        (ExportFormat::Speedscope, _) => speedscope::write(profile, &title, out),
        (ExportFormat::Pprof, _) => pprof::write(profile, out),
        (ExportFormat::Folded, _) => collapsed::write(profile, collapsed::Weight::main_of(profile), out),
        (ExportFormat::Svg, Origin::Run { record, .. }) => report::write_svg(index, record, out),
        (ExportFormat::Svg, Origin::Titled(_)) => svg::write(profile, &title, None, out),
        (ExportFormat::Html, Origin::Run { record, workspace }) => report::write_html(index, record, workspace, out),
        (ExportFormat::Json, Origin::Run { record, .. }) => write_figures(record, out),
        (ExportFormat::Json, Origin::Titled(_)) => Err(io::ErrorKind::Unsupported.into()),
        (ExportFormat::Html, Origin::Titled(_)) => report::write_report(index, &title, out),
    }
}

/// `tickmark/load@1`.
fn write_figures(record: &RunRecord, out: &mut impl Write) -> io::Result<()> {
    let Some(report) = &record.load else { return Err(io::ErrorKind::Unsupported.into()) };
    let mut figures = report.json(&load::PERCENTILES, &record.notes)?;
    for (key, fact) in benchmark_facts(record) {
        figures[key] = fact;
    }
    serde_json::to_writer_pretty(&mut *out, &figures)?;
    writeln!(out)
}

/// What `tickmark/load@1` says of a stored benchmark besides its report ([`load::Report::json`]).
pub fn benchmark_facts(record: &RunRecord) -> [(&'static str, Value); 8] {
    [
        ("target", json!(record.target)),
        ("runId", json!(record.id)),
        ("node", json!(record.node)),
        ("host", json!(record.host)),
        ("git", json!(record.git)),
        ("serverCpuUs", json!(record.server_cpu_us)),
        ("comparison", json!(record.comparison)),
        ("versus", json!(record.versus)),
    ]
}

/// The file to replace: what `to` leads to.
fn place(to: &Path) -> Result<PathBuf, ExportError> {
    let folder = match to.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => return Err(ExportError::NotAFile(to.to_owned())),
    };
    if !folder.is_dir() {
        return Err(ExportError::NoFolder(folder.to_owned()));
    }
    match fs::metadata(to) {
        // Renaming over a device would replace the device.
        Ok(facts) if !facts.is_file() => Err(ExportError::NotAFile(to.to_owned())),
        Ok(_) => fs::canonicalize(to).map_err(|source| ExportError::Write { path: to.to_owned(), source }),
        // A name that ends in `..` or a slash.
        Err(_) if to.file_name().is_none() => Err(ExportError::NotAFile(to.to_owned())),
        Err(_) => Ok(to.to_owned()),
    }
}

/// A hidden file beside another one, of this export alone.
fn partial(place: &Path) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    // The file's own name may be as long as names can be.
    place.with_file_name(format!(".tickmark-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)))
}

/// Bytes of the file that was made.
fn write_partial(partial: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<u64> {
    let mut out = BufWriter::new(File::create_new(partial)?);
    write(&mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok(file.metadata()?.len())
}

#[cfg(test)]
mod tests;
