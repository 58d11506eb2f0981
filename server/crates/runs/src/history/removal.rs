//! Runs that are removed: because somebody asks for it, or because there are too many.
//!
//! A run is renamed to a hidden folder first and emptied then, so that nobody ever sees half of it.

use super::{DELETED, History, HistoryError, Listing, PARTIAL, RECORD, is_alive, is_name, label, owner_and_run};
use crate::config::HistoryConfig;
use crate::git;
use crate::record::RunId;
use std::fs;
use std::io;
use std::path::Path;

impl History {
    /// Removes a run, pinned or not: whoever asks has looked at its label. Nothing outside the folder of runs is ever removed.
    ///
    /// # Errors
    /// When there is none of that name, it is being measured, or its folder is a link or cannot be removed. A folder that cannot be
    /// changed at all stays a run; one that can be emptied only in part is none any more.
    pub fn remove(&self, id: &RunId) -> Result<(), HistoryError> {
        let path = self.folder_of(id);
        let facts = if is_name(&id.0) { fs::symlink_metadata(&path) } else { Err(io::ErrorKind::NotFound.into()) };
        match facts {
            Ok(facts) if facts.is_symlink() => return Err(HistoryError::Link { path }),
            Ok(facts) if facts.is_dir() => {}
            _ => return Err(self.not_stored(id)),
        }
        // A label that cannot be read may be of a baseline.
        let may_be_pinned = label::read(&path).map_or(true, |label| label.pinned);
        let kept = self.snapshot_of(id).filter(|_| may_be_pinned);
        let hidden = self.folder.join(format!("{DELETED}{}-{id}", std::process::id()));
        let cannot = |path: &Path, source| HistoryError::Io { action: "remove", path: path.to_owned(), source };
        fs::rename(&path, &hidden).map_err(|source| cannot(&path, source))?;
        // Tells whether the folder can be changed; without its record it is no run.
        match fs::remove_file(hidden.join(RECORD)) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                fs::rename(&hidden, &path).map_err(|source| cannot(&hidden, source))?;
                return Err(cannot(&path, source));
            }
            _ => {}
        }
        if kept.is_some() {
            git::forget(self.workspace(), id);
        }
        fs::remove_dir_all(&hidden).map_err(|source| cannot(&hidden, source))
    }

    /// As [`History::find`], and also a folder that holds no readable run, by its whole name.
    ///
    /// # Errors
    /// As [`History::find`].
    pub fn find_to_remove(&self, name: &str) -> Result<RunId, HistoryError> {
        let found = self.find(name);
        let is_broken = matches!(found, Err(HistoryError::Unknown { .. })) && is_name(name) && self.folder.join(name).is_dir();
        if is_broken { Ok(RunId(name.to_owned())) } else { found }
    }

    /// Removes the oldest runs beyond the limits. The newest stays, and so do pinned ones, which do not count; a run whose label cannot be
    /// read may be pinned.
    pub(crate) fn prune(&self, limits: &HistoryConfig) {
        let Ok(listing) = self.list() else { return };
        let (mut n_runs, mut bytes) = (0, 0);
        for record in &listing.runs {
            if may_be_pinned(&listing, &record.id) {
                continue;
            }
            n_runs += 1;
            bytes += size_of(&self.folder_of(&record.id));
            let is_over = n_runs > limits.max_runs.max(1) || bytes > limits.max_bytes;
            if is_over && record.id != listing.runs[0].id {
                // Somebody else may be removing it too.
                let _ = self.remove(&record.id);
            }
        }
    }

    /// Removes what processes that are gone have left half-written or half-removed.
    pub(super) fn sweep(&self) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let half = name.to_str().and_then(|name| [PARTIAL, DELETED].iter().find_map(|prefix| owner_and_run(name, prefix)));
            if half.is_some_and(|(owner, _)| !is_alive(owner)) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

fn may_be_pinned(listing: &Listing, id: &RunId) -> bool {
    listing.labels.get(id).is_some_and(|label| label.pinned) || listing.broken_labels.iter().any(|(broken, _)| broken == id)
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
