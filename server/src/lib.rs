//! Tickmark.

pub mod cli;
pub mod handlers;
pub mod lsp;
pub mod session;
