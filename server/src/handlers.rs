//! Answers to the editor, one module per family of requests. Each takes its snapshot before its first `.await`.

pub mod actions;
pub mod call_tree;
pub mod commands;
pub mod reading;
pub mod texts;
pub mod workspace;

#[cfg(debug_assertions)]
pub mod probes;
