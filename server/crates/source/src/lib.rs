//! Text and code: documents, positions, edit anchors, syntax, functions, routes, source maps.
//!
//! Nothing here reads files, starts processes or knows the language-server protocol.

pub mod anchor;
pub mod arguments;
pub mod calls;
pub mod document;
pub mod edit;
pub mod expressions;
pub mod functions;
pub mod line_diff;
pub mod position;
pub mod routes;
pub mod source_map;
pub mod syntax;
pub mod tokens;
pub mod v8_lines;

pub use ropey::Rope;
