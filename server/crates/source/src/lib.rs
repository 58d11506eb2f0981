//! Text and code: documents, positions, edit anchors, syntax, functions, routes, source maps.
//!
//! Nothing here reads files, starts processes or knows the language-server protocol.

pub mod anchor;
pub mod document;
pub mod edit;
pub mod functions;
pub mod line_diff;
pub mod position;
pub mod routes;
pub mod source_map;
pub mod syntax;
pub mod v8_lines;

pub use ropey::Rope;
