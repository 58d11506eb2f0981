//! Why a run gave no result.

use std::path::PathBuf;

/// Why a run gave no result. Messages say what happened, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The user stopped it.
    #[error("the run was stopped")]
    Cancelled,
    /// The settings are not valid.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
    /// The entry is not a file.
    #[error("{} is not a file: give the program's file, or set `entry` in tickmark.json", .0.display())]
    NoEntry(PathBuf),
    /// Anything that is told completely by its message.
    #[error("{0}")]
    Failed(String),
}
