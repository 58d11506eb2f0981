//! The language server, end to end, as an editor sees it.

#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs, unreachable_pub, reason = "tests")]

mod benchmark;
mod benchmark_stored;
mod commands;
mod explain;
mod focus;
mod folders;
mod heat;
mod launching;
mod lifecycle;
mod profile_route;
mod results;
mod robustness;
mod runs;
mod settings;
mod stdio;
#[path = "../support/mod.rs"]
mod support;
mod texts;
mod views;
mod views_apply;
mod views_workspace;
