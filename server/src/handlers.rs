//! Answers to the editor, one module per family of requests. Each takes its snapshot before its first `.await`.

pub mod actions;
pub mod call_tree;
pub mod commands;
pub mod focus;
pub mod reading;
pub mod runs;
pub mod texts;
pub mod views;
pub mod workspace;

#[cfg(debug_assertions)]
pub mod probes;

use tower_lsp::jsonrpc::{Error, ErrorCode};

/// `RequestFailed` of the protocol: the request was right and could not be done.
fn refused(message: impl Into<String>) -> Error {
    Error { code: ErrorCode::ServerError(-32803), message: message.into().into(), data: None }
}
