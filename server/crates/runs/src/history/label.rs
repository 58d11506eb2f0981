//! What the user says of a run: a name, and whether it is the baseline of its target. Kept in `label.json` in the run's folder.

use super::error::NameProblem;
use super::{History, HistoryError, Listing, RECORD, read_json};
use crate::git;
use crate::record::{RunId, RunRecord};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

const LABEL: &str = "label.json";
const SCHEMA: &str = "tickmark/label@1";
/// Held by whoever changes labels, in `.tickmark`: a change of one run may take the pin off another, and two servers may run.
const LOCK: &str = "labels.lock";

/// Most characters of a run's name.
pub const MAX_NAME_CHARS: usize = 120;

/// What the user says of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunLabel {
    /// What the user calls it: one line, at most [`MAX_NAME_CHARS`] characters.
    #[serde(default)]
    pub name: Option<String>,
    /// Whether it is the baseline of its target: comparisons are with it instead of the previous run.
    #[serde(default)]
    pub pinned: bool,
}

/// What is to be said of a run from now on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelChange {
    /// Its name, or none any more; left as it is when none is given. A name of white space is none.
    pub name: Option<Option<String>>,
    /// Whether it is the baseline of its target; left as it is when not given.
    pub pinned: Option<bool>,
}

/// A label that was changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labelled {
    /// The run's label now.
    pub label: RunLabel,
    /// Runs that were baselines of the same target before.
    pub unpinned: Vec<RunId>,
}

/// `label.json`.
#[derive(Serialize, Deserialize)]
struct Stored {
    schema: String,
    #[serde(flatten)]
    label: RunLabel,
}

impl History {
    /// What the user said of a run.
    ///
    /// # Errors
    /// When there is no such run, or its label cannot be read.
    pub fn label(&self, id: &RunId) -> Result<RunLabel, HistoryError> {
        read(&self.stored_folder(id)?)
    }

    /// Names or pins a run. A target has one baseline for each kind of instruments, so pinning a run takes the pin off the one before. A
    /// label that cannot be read counts as empty and is written anew. Waits while another process changes labels.
    ///
    /// # Errors
    /// When there is no such run, the name cannot be one, or a label cannot be written; then all labels are as they were.
    pub fn set_label(&self, id: &RunId, change: LabelChange) -> Result<Labelled, HistoryError> {
        let folder = self.stored_folder(id)?;
        let name = change.name.map(|name| name.as_deref().map(checked_name).transpose()).transpose()?.map(Option::flatten);
        let not_labelled = |source| HistoryError::NotLabelled { id: id.clone(), path: folder.join(LABEL), source };
        let _turn = self.lock_labels().map_err(not_labelled)?;
        let stored = read(&folder);
        let old = stored.as_ref().cloned().unwrap_or_default();
        let label = RunLabel { name: name.unwrap_or_else(|| old.name.clone()), pinned: change.pinned.unwrap_or(old.pinned) };
        if stored.ok().as_ref() != Some(&label) {
            write(&folder, &label).map_err(not_labelled)?;
        }
        let mut unpinned = Vec::new();
        if change.pinned == Some(true)
            && let Err(error) = self.unpin_others(id, &mut unpinned)
        {
            // Else the target would have two baselines, or none.
            let _ = write(&folder, &old);
            for (other, label) in unpinned {
                let _ = write(&self.folder_of(&other), &label);
            }
            return Err(error);
        }
        let unpinned: Vec<RunId> = unpinned.into_iter().map(|(other, _)| other).collect();
        if label.pinned != old.pinned {
            self.keep_snapshot(id, label.pinned);
        }
        unpinned.iter().for_each(|other| self.keep_snapshot(other, false));
        Ok(Labelled { label, unpinned })
    }

    /// Has git keep the changes that a baseline was measured with, or not any more.
    fn keep_snapshot(&self, id: &RunId, is_kept: bool) {
        let Some(snapshot) = self.snapshot_of(id) else { return };
        if is_kept { git::keep(self.workspace(), id, &snapshot) } else { git::forget(self.workspace(), id) }
    }

    /// The commit of the changes that a run was measured with.
    pub(super) fn snapshot_of(&self, id: &RunId) -> Option<String> {
        read_json::<RunRecord>(&self.folder_of(id).join(RECORD)).ok()?.git?.snapshot
    }

    /// Takes the pin off all other runs of the same target and instruments, and tells which, with their labels before.
    fn unpin_others(&self, id: &RunId, unpinned: &mut Vec<(RunId, RunLabel)>) -> Result<(), HistoryError> {
        let Listing { runs, labels, .. } = self.list()?;
        let Some(pinned) = runs.iter().find(|record| record.id == *id) else { return Err(self.not_stored(id)) };
        let is_alike = |other: &RunRecord| other.target == pinned.target && other.instruments == pinned.instruments && other.id != *id;
        for other in runs.iter().filter(|other| is_alike(other)) {
            let Some(label) = labels.get(&other.id).filter(|label| label.pinned) else { continue };
            let folder = self.folder_of(&other.id);
            let not_labelled = |source| HistoryError::NotLabelled { id: other.id.clone(), path: folder.join(LABEL), source };
            write(&folder, &RunLabel { pinned: false, ..label.clone() }).map_err(not_labelled)?;
            unpinned.push((other.id.clone(), label.clone()));
        }
        Ok(())
    }

    /// The right to change labels, until the file is dropped.
    fn lock_labels(&self) -> io::Result<File> {
        let path = self.folder.parent().unwrap_or(&self.folder).join(LOCK);
        let file = File::options().create(true).truncate(false).write(true).open(path)?;
        match file.lock() {
            // A file system without locks: a change is whole all the same.
            Err(error) if error.kind() != io::ErrorKind::Unsupported => Err(error),
            _ => Ok(file),
        }
    }
}

/// The label of the run in that folder; the empty one where nothing was said.
pub(super) fn read(folder: &Path) -> Result<RunLabel, HistoryError> {
    match read_json::<Stored>(&folder.join(LABEL)) {
        Ok(stored) => Ok(stored.label),
        Err(HistoryError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(RunLabel::default()),
        Err(error) => Err(error),
    }
}

/// Writes a label beside its place and renames it, so that nobody ever reads half of it.
fn write(folder: &Path, label: &RunLabel) -> io::Result<()> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let partial: PathBuf = folder.join(format!(".label-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    let text = serde_json::to_vec_pretty(&Stored { schema: SCHEMA.to_owned(), label: label.clone() })?;
    let written = fs::write(&partial, text).and_then(|()| fs::rename(&partial, folder.join(LABEL)));
    if written.is_err() {
        let _ = fs::remove_file(&partial);
    }
    written
}

/// A name without the white space around it; none when there is nothing else.
fn checked_name(name: &str) -> Result<Option<String>, HistoryError> {
    let name = name.trim();
    let n_chars = name.chars().count();
    let problem = match name.chars().find(|char| is_control(*char)) {
        Some(control) => Some(NameProblem::Control(control)),
        None if n_chars > MAX_NAME_CHARS => Some(NameProblem::TooLong(n_chars)),
        None => None,
    };
    match problem {
        Some(problem) => Err(HistoryError::BadName { name: name.chars().take(40).collect(), problem }),
        None => Ok(Some(name.to_owned()).filter(|name| !name.is_empty())),
    }
}

/// Also the characters that begin a line or turn the direction of writing: a name stands within other text.
fn is_control(char: char) -> bool {
    char.is_control() || matches!(char, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
