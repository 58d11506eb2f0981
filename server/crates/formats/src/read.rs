//! Readers: bytes to model.

mod buffer;
mod call_frame;
pub mod collapsed;
pub mod cpuprofile;
pub mod heapprofile;
mod json_text;
mod script_url;
pub mod scripts;
pub mod v8_log;
pub mod v8_trace;

pub use script_url::source_of_url;
pub use scripts::{NoScripts, ScriptFunction, Scripts};

/// Why a file could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The bytes could not be had.
    #[error("cannot read: {0}")]
    Io(#[from] std::io::Error),
    /// The bytes are not of the expected format.
    #[error("not a {format}: {problem}")]
    Format {
        /// Name of the expected format, for a person.
        format: &'static str,
        /// What is wrong, and where.
        problem: String,
    },
}
