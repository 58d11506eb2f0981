//! Runs on disk: `.tickmark/runs/<id>/` in the workspace.
//!
//! A run is written to a folder of its own beside the others and renamed when it is complete, so that several processes may write and
//! read at the same time and none ever sees half a run.

use crate::config::HistoryConfig;
use crate::record::{Instruments, Run, RunId, RunRecord};
use crate::target::Target;
use profile::Profile;
use serde::de::DeserializeOwned;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

const RECORD: &str = "run.json";
const PARTIAL: &str = ".partial-";

/// Why runs could not be kept or found.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// A file or folder could not be read or written.
    #[error("cannot {action} {}: {source}{}", .path.display(), advice(.source))]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no such run.
    #[error("there is no run {id} in {}: `tickmark runs list` shows what there is", .folder.display())]
    Unknown {
        /// Its name.
        id: String,
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// A file of a run is not what was written.
    #[error("{}: {problem}", .path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// The runs of a workspace.
#[derive(Clone, Debug)]
pub struct History {
    folder: PathBuf,
}

/// The runs of a workspace, newest first, and those that cannot be read.
#[derive(Debug, Default)]
pub struct Listing {
    /// Readable runs, newest first.
    pub runs: Vec<RunRecord>,
    /// Folders that hold no readable run, and why.
    pub broken: Vec<(PathBuf, String)>,
}

impl History {
    /// The history of a workspace. Nothing is read or made yet.
    pub fn new(workspace: &Path) -> Self {
        Self { folder: workspace.join(".tickmark").join("runs") }
    }

    /// The folder of a run.
    pub fn folder_of(&self, id: &RunId) -> PathBuf {
        self.folder.join(&id.0)
    }

    /// All runs. A workspace without any has an empty list; a run that vanishes meanwhile is not in it.
    ///
    /// # Errors
    /// When the folder is there and cannot be read.
    pub fn list(&self) -> Result<Listing, HistoryError> {
        let mut listing = Listing::default();
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(listing),
            Err(source) => return Err(HistoryError::Io { action: "read", path: self.folder.clone(), source }),
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if entry.file_name().to_string_lossy().starts_with('.') || !path.is_dir() {
                continue;
            }
            match read_json::<RunRecord>(&path.join(RECORD)) {
                Ok(record) => listing.runs.push(record),
                Err(_) if !path.exists() => {}
                Err(error) => listing.broken.push((path, error.to_string())),
            }
        }
        listing.runs.sort_by(|a, b| b.id.cmp(&a.id));
        listing.broken.sort();
        Ok(listing)
    }

    /// A run by its name or the only one whose name begins or ends so; `latest` is the newest.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn find(&self, name: &str) -> Result<RunId, HistoryError> {
        let listing = self.list()?;
        let mut similar = listing.runs.iter().filter(|record| record.id.0.starts_with(name) || record.id.0.ends_with(name));
        let exact = listing.runs.iter().find(|record| record.id.0 == name);
        let found = match (name, exact) {
            ("latest", _) => listing.runs.first(),
            (_, Some(exact)) => Some(exact),
            (_, None) => similar.next().filter(|_| similar.next().is_none()),
        };
        let unknown = || HistoryError::Unknown { id: name.to_owned(), folder: self.folder.clone() };
        found.map(|record| record.id.clone()).ok_or_else(unknown)
    }

    /// A run with its profile.
    ///
    /// # Errors
    /// When there is none of that name, or its files are broken.
    pub fn load(&self, id: &RunId) -> Result<Run, HistoryError> {
        let folder = self.folder_of(id);
        if !folder.is_dir() {
            return Err(HistoryError::Unknown { id: id.0.clone(), folder: self.folder.clone() });
        }
        let record: RunRecord = read_json(&folder.join(RECORD))?;
        let path = folder.join(record.artifacts.model.as_deref().unwrap_or(Path::new("model.json")));
        let profile: Profile = read_json(&path)?;
        if !profile.is_consistent() {
            return Err(HistoryError::Broken { path, problem: "its tables do not fit together".to_owned() });
        }
        Ok(Run { record, profile, folder: Some(folder) })
    }

    /// The newest run of a target, with the same instruments, before another run.
    pub fn previous(&self, target: &Target, instruments: Instruments, before: &RunId) -> Option<RunRecord> {
        let listing = self.list().ok()?;
        let is_alike = |record: &RunRecord| record.target == *target && record.instruments == instruments;
        listing.runs.into_iter().find(|record| record.id < *before && is_alike(record))
    }

    /// Removes a run.
    ///
    /// # Errors
    /// When there is none of that name, or its folder cannot be removed.
    pub fn remove(&self, id: &RunId) -> Result<(), HistoryError> {
        let path = self.folder_of(id);
        if !path.is_dir() {
            return Err(HistoryError::Unknown { id: id.0.clone(), folder: self.folder.clone() });
        }
        fs::remove_dir_all(&path).map_err(|source| HistoryError::Io { action: "remove", path, source })
    }

    /// Begins a run: a folder to write to. Where the workspace cannot be written, a folder for temporary files serves, and the second
    /// answer says so.
    pub(crate) fn begin(&self, id: &RunId) -> Result<(Draft, Option<String>), HistoryError> {
        self.sweep();
        let name = format!("{PARTIAL}{}-{id}", std::process::id());
        let inside = make_ignored(&self.folder).and_then(|()| Draft::make(self.folder.join(&name), self.folder_of(id)));
        match inside {
            Ok(draft) => Ok((draft, None)),
            Err(error) if is_about_the_workspace(&error) => {
                let elsewhere = std::env::temp_dir().join(format!("tickmark-{id}"));
                let draft = Draft::make(std::env::temp_dir().join(name), elsewhere.clone()).map_err(|source| HistoryError::Io {
                    action: "make",
                    path: elsewhere.clone(),
                    source,
                })?;
                let folder = self.folder.display();
                Ok((draft, Some(format!("{folder} cannot be written ({error}): the run is kept in {} only.", elsewhere.display()))))
            }
            Err(source) => Err(HistoryError::Io { action: "make a folder in", path: self.folder.clone(), source }),
        }
    }

    /// Removes the oldest runs beyond the limits; the newest stays.
    pub(crate) fn prune(&self, limits: &HistoryConfig) {
        let Ok(listing) = self.list() else { return };
        let mut bytes = 0;
        for (row, record) in listing.runs.iter().enumerate() {
            let folder = self.folder_of(&record.id);
            bytes += size_of(&folder);
            let is_over = row >= limits.max_runs.max(1) || bytes > limits.max_bytes;
            // Somebody else may be removing it too.
            if is_over && row > 0 {
                let _ = fs::remove_dir_all(&folder);
            }
        }
    }

    /// Removes what processes that are gone have left half-written.
    fn sweep(&self) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let owner = name.to_str().and_then(|name| name.strip_prefix(PARTIAL)).and_then(|rest| rest.split_once('-')?.0.parse().ok());
            if owner.is_some_and(|owner: u32| !is_alive(owner)) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

/// A run that is being written. Dropping it removes what was written.
#[derive(Debug)]
pub(crate) struct Draft {
    folder: PathBuf,
    raw: PathBuf,
    destination: PathBuf,
}

impl Draft {
    fn make(folder: PathBuf, destination: PathBuf) -> io::Result<Self> {
        let raw = folder.join("raw");
        fs::create_dir_all(&raw)?;
        Ok(Self { folder, raw, destination })
    }

    /// Where V8 writes.
    pub(crate) fn raw_folder(&self) -> &Path {
        &self.raw
    }

    /// A text in which the run's folder is named as it is called when the run is complete.
    pub(crate) fn in_place(&self, text: &str) -> String {
        text.replace(&*self.folder.to_string_lossy(), &self.destination.to_string_lossy())
    }

    /// Writes a file of the run.
    pub(crate) fn write(
        &self,
        name: impl AsRef<Path>,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), HistoryError> {
        let path = self.folder.join(name);
        let result = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| {
            let mut out = BufWriter::new(File::create(&path)?);
            write(&mut out)?;
            out.flush()
        });
        result.map_err(|source| HistoryError::Io { action: "write", path, source })
    }

    /// Writes the record and makes the run visible.
    pub(crate) fn publish(self, record: &RunRecord) -> Result<PathBuf, HistoryError> {
        self.write(RECORD, |out| serde_json::to_writer_pretty(out, record).map_err(io::Error::from))?;
        let destination = self.destination.clone();
        fs::rename(&self.folder, &destination).map_err(|source| HistoryError::Io { action: "make", path: destination.clone(), source })?;
        Ok(destination)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After `publish` there is nothing left at this path.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The folder of a workspace that is Tickmark's own, made if need be and kept out of git.
///
/// # Errors
/// When it cannot be made.
pub fn own_folder(workspace: &Path) -> io::Result<PathBuf> {
    let folder = workspace.join(".tickmark");
    make_ignored(&folder.join("runs"))?;
    Ok(folder)
}

/// Makes the folder of runs, and keeps it out of git by a file of its own.
fn make_ignored(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let ignore = folder.parent().unwrap_or(folder).join(".gitignore");
    if !ignore.exists() {
        fs::write(ignore, "*\n")?;
    }
    Ok(())
}

fn is_about_the_workspace(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists
    )
}

fn is_alive(process: u32) -> bool {
    let processes = Path::new("/proc");
    // Without /proc nothing tells, so nothing is removed.
    !processes.join("self").exists() || processes.join(process.to_string()).exists()
}

/// What to do against an error of the file system, as the end of its message.
pub(crate) fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ": free some space, for example with `tickmark runs rm`",
        _ => "",
    }
}

/// Bytes of the files of a folder, and of those below it.
pub(crate) fn size_of(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(facts) if facts.is_dir() => size_of(&entry.path()),
            Ok(facts) => facts.len(),
            Err(_) => 0,
        })
        .sum()
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, HistoryError> {
    let file = File::open(path).map_err(|source| HistoryError::Io { action: "read", path: path.to_owned(), source })?;
    let broken = |error: serde_json::Error| HistoryError::Broken { path: path.to_owned(), problem: error.to_string() };
    serde_json::from_reader(BufReader::new(file)).map_err(broken)
}

#[cfg(test)]
mod tests;
