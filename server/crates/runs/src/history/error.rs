//! Why runs could not be kept, found, labelled or removed.

use super::MAX_NAME_CHARS;
use crate::record::RunId;
use std::io;
use std::path::PathBuf;

/// Why runs could not be kept, found, labelled or removed.
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
    /// A shortened name, or a name that the user gave, means more than one run.
    #[error("{name} may be any of {}: write more of its name", .candidates.join(", "))]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// The runs it may be.
        candidates: Vec<String>,
    },
    /// A text that names no run: empty, hidden, or a way to another place.
    #[error("{id:?} is not the name of a run: `tickmark runs list` shows the names")]
    BadId {
        /// What was asked for.
        id: String,
    },
    /// The run is not complete.
    #[error("the run {id} is being measured: stop it, or wait for its end")]
    BeingMeasured {
        /// The run.
        id: RunId,
    },
    /// A file of a run is not what was written.
    #[error("{}: {problem}", .path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The folder of a run is a link, and what it leads to is not ours to remove.
    #[error("{} is a link to another place: remove it yourself", .path.display())]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// A run cannot be given that name.
    #[error("a run cannot be called {name:?}: {problem}")]
    BadName {
        /// The name, shortened.
        name: String,
        /// What is wrong with it, and what to do.
        problem: NameProblem,
    },
    /// The label of a run cannot be written.
    #[error("cannot name or pin the run {id}: {} cannot be written: {source}{}", .path.display(), advice_for_labels(.source))]
    NotLabelled {
        /// The run.
        id: RunId,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What is wrong with a name that the user gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameProblem {
    /// Too many characters.
    #[error("it has {0} characters, and {MAX_NAME_CHARS} is the most")]
    TooLong(usize),
    /// A line end, a tab, an escape.
    #[error("it has the control character U+{:04X}; write it on one line", u32::from(*.0))]
    Control(char),
}

/// What to do against an error of the file system, as the end of its message.
pub(crate) fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ": free some space, for example with `tickmark runs delete`",
        _ => "",
    }
}

fn advice_for_labels(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => ". The label lies in the run's folder: make that writable",
        _ => advice(error),
    }
}
