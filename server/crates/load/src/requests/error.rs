use std::io;
use std::path::PathBuf;

/// Why a file gives no requests.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestsError {
    /// It is not JSON, or not of the shape that is expected.
    #[error("{0}")]
    Syntax(String),
    /// There is nothing in it that can be sent.
    #[error("{0}")]
    Empty(String),
    /// One of the requests cannot be used.
    #[error("request {number}, {key:?}: {problem}")]
    Request {
        /// Which one, from 1.
        number: usize,
        /// Key of the request, empty for the request itself.
        key: String,
        /// What is wrong with its value, and what would do.
        problem: String,
    },
    /// The file of a body cannot be read.
    #[error("request {number}, \"bodyFile\": {} cannot be read: {error}; a relative path starts at the folder of the requests file", path.display())]
    BodyFile {
        /// Which one, from 1.
        number: usize,
        /// Path of the file.
        path: PathBuf,
        /// What the system says.
        #[source]
        error: io::Error,
    },
}
