//! Runs on disk: `.tickmark/runs/<id>/` in the workspace.
//!
//! A run is written to a folder of its own beside the others and renamed when it is complete, so that several processes may write and
//! read at the same time and none ever sees half a run. What the user says of a run lies beside it in `label.json`.

mod draft;
mod error;
mod label;
mod removal;

use crate::record::{Instruments, Run, RunId, RunRecord};
use crate::target::Target;
pub(crate) use draft::Draft;
pub use draft::own_folder;
pub use error::HistoryError;
pub(crate) use error::advice;
pub use label::{LabelChange, Labelled, MAX_NAME_CHARS, RunLabel};
use profile::Profile;
pub(crate) use removal::size_of;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

const RECORD: &str = "run.json";
/// Begins the name of a folder that is being written; the process and the run follow.
const PARTIAL: &str = ".partial-";
/// Begins the name of a folder that is being removed; the process and the run follow.
const DELETED: &str = ".deleted-";

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
    /// What the user said of them, where something was said.
    pub labels: BTreeMap<RunId, RunLabel>,
    /// Folders that hold no readable run, and why.
    pub broken: Vec<(PathBuf, String)>,
    /// Runs whose label cannot be read, and why. They are listed as if nobody had said anything of them.
    pub broken_labels: Vec<(RunId, String)>,
}

impl Listing {
    /// What the user said of a run.
    pub fn label(&self, id: &RunId) -> RunLabel {
        self.labels.get(id).cloned().unwrap_or_default()
    }

    /// The newest run that has a profile: what is shown on source lines. A benchmark has none, and would take the results off them.
    pub fn newest_profiled(&self) -> Option<&RunRecord> {
        self.runs.iter().find(|record| record.instruments != Instruments::Load)
    }

    /// The baseline of a target for these instruments.
    pub fn baseline(&self, target: &Target, instruments: Instruments) -> Option<&RunRecord> {
        let is_pinned = |record: &&RunRecord| self.labels.get(&record.id).is_some_and(|label| label.pinned);
        self.runs.iter().filter(|record| record.target == *target && record.instruments == instruments).find(is_pinned)
    }
}

impl History {
    /// The history of a workspace. Nothing is read or made yet.
    pub fn new(workspace: &Path) -> Self {
        Self { folder: workspace.join(".tickmark").join("runs") }
    }

    /// The workspace.
    fn workspace(&self) -> &Path {
        self.folder.ancestors().nth(2).unwrap_or(&self.folder)
    }

    /// The folder of a run, be it there or not.
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
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') || !path.is_dir() {
                continue;
            }
            match read_json::<RunRecord>(&path.join(RECORD)) {
                // Whoever removes or labels a run goes by its name, which must lead to it and nowhere else.
                Ok(record) if record.id.0 != name => {
                    let problem = format!("its {RECORD} is of the run {:?}: the folder was copied or renamed", record.id.0);
                    listing.broken.push((path, problem));
                }
                Ok(record) => listing.add(record, label::read(&path)),
                Err(_) if !path.exists() => {}
                Err(error) => listing.broken.push((path, error.to_string())),
            }
        }
        listing.runs.sort_by(|a, b| b.id.cmp(&a.id));
        listing.broken.sort();
        listing.broken_labels.sort();
        Ok(listing)
    }

    /// A run by its name, by what the user calls it, or by how its name begins or ends where that means one run; `latest` is the newest.
    ///
    /// # Errors
    /// When there is none, or more than one, or it is being measured.
    pub fn find(&self, name: &str) -> Result<RunId, HistoryError> {
        let listing = self.list()?;
        if name == "latest" {
            return listing.runs.first().map(|record| record.id.clone()).ok_or_else(|| self.unknown(name));
        }
        if name.is_empty() {
            return Err(HistoryError::BadId { id: String::new() });
        }
        let ids = || listing.runs.iter().map(|record| &record.id);
        let called_so = |id: &&RunId| listing.labels.get(*id).is_some_and(|label| label.name.as_deref() == Some(name));
        let ways: [Vec<&RunId>; 3] = [
            ids().filter(|id| id.0 == name).collect(),
            ids().filter(called_so).collect(),
            ids().filter(|id| id.0.starts_with(name) || id.0.ends_with(name)).collect(),
        ];
        match ways.into_iter().find(|found| !found.is_empty()).as_deref() {
            Some([id]) => Ok((*id).clone()),
            Some(several) => {
                Err(HistoryError::Ambiguous { name: name.to_owned(), candidates: several.iter().map(ToString::to_string).collect() })
            }
            None => Err(self.not_stored(&RunId(name.to_owned()))),
        }
    }

    /// A run with its profile, which is empty of a benchmark.
    ///
    /// # Errors
    /// When there is none of that name, or its files are broken.
    pub fn load(&self, id: &RunId) -> Result<Run, HistoryError> {
        let folder = self.stored_folder(id)?;
        let record: RunRecord = read_json(&folder.join(RECORD))?;
        if record.artifacts.model.is_none() && record.instruments == Instruments::Load {
            return Ok(Run { record, profile: Profile::default(), folder: Some(folder) });
        }
        let path = folder.join(record.artifacts.model.as_deref().unwrap_or(Path::new("model.json")));
        let profile: Profile = read_json(&path)?;
        if !profile.is_consistent() {
            return Err(HistoryError::Broken { path, problem: "its tables do not fit together".to_owned() });
        }
        Ok(Run { record, profile, folder: Some(folder) })
    }

    /// What a run of a target is compared with: the target's baseline, else the newest run of it before. Runs of other instruments differ
    /// in their sampling, so they are no candidates.
    pub fn compared_with(&self, target: &Target, instruments: Instruments, id: &RunId) -> Option<(RunRecord, RunLabel)> {
        let Listing { runs, mut labels, .. } = self.list().ok()?;
        let mut alike: Vec<RunRecord> =
            runs.into_iter().filter(|record| record.target == *target && record.instruments == instruments && record.id != *id).collect();
        let is_pinned = |record: &RunRecord| labels.get(&record.id).is_some_and(|label| label.pinned);
        let chosen = alike.iter().position(is_pinned).or_else(|| alike.iter().position(|record| record.id < *id))?;
        let record = alike.swap_remove(chosen);
        let label = labels.remove(&record.id).unwrap_or_default();
        Some((record, label))
    }

    /// The folder of a run that is there, readable or not.
    ///
    /// # Errors
    /// When there is none, or it is being measured.
    pub fn stored_folder(&self, id: &RunId) -> Result<PathBuf, HistoryError> {
        let folder = self.folder_of(id);
        if is_name(&id.0) && folder.is_dir() { Ok(folder) } else { Err(self.not_stored(id)) }
    }

    /// Why there is no run of that name.
    fn not_stored(&self, id: &RunId) -> HistoryError {
        match () {
            () if !is_name(&id.0) => HistoryError::BadId { id: id.0.clone() },
            () if self.is_being_measured(id) => HistoryError::BeingMeasured { id: id.clone() },
            () => self.unknown(&id.0),
        }
    }

    fn unknown(&self, name: &str) -> HistoryError {
        HistoryError::Unknown { id: name.to_owned(), folder: self.folder.clone() }
    }

    /// Whether a process is writing that run.
    fn is_being_measured(&self, id: &RunId) -> bool {
        fs::read_dir(&self.folder).into_iter().flatten().flatten().any(|entry| {
            let name = entry.file_name();
            let written = name.to_str().and_then(|name| owner_and_run(name, PARTIAL));
            written.is_some_and(|(owner, run)| run == id.0 && is_alive(owner))
        })
    }
}

impl Listing {
    fn add(&mut self, record: RunRecord, label: Result<RunLabel, HistoryError>) {
        match label {
            Ok(label) if label == RunLabel::default() => {}
            Ok(label) => {
                self.labels.insert(record.id.clone(), label);
            }
            Err(error) => self.broken_labels.push((record.id.clone(), error.to_string())),
        }
        self.runs.push(record);
    }
}

/// Whether a text can be the name of a run: that of one folder, never a way to another place.
fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('.') && !text.contains(['/', '\\', ':', '\0'])
}

/// The process and the run of a hidden folder's name.
fn owner_and_run<'a>(name: &'a str, prefix: &str) -> Option<(u32, &'a str)> {
    let (owner, run) = name.strip_prefix(prefix)?.split_once('-')?;
    Some((owner.parse().ok()?, run))
}

pub(crate) fn is_alive(process: u32) -> bool {
    let processes = Path::new("/proc");
    // Without /proc nothing tells, so nothing is removed.
    !processes.join("self").exists() || processes.join(process.to_string()).exists()
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, HistoryError> {
    let file = File::open(path).map_err(|source| HistoryError::Io { action: "read", path: path.to_owned(), source })?;
    let broken = |error: serde_json::Error| HistoryError::Broken { path: path.to_owned(), problem: error.to_string() };
    serde_json::from_reader(BufReader::new(file)).map_err(broken)
}

#[cfg(test)]
mod tests;
