//! The language server and the plugin in a real Neovim: headless, and on the screen of a terminal.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, unreachable_pub, reason = "tests")]

mod editor;
/// `cargo xtask test --quick` leaves out what is in here, by this name.
mod in_neovim;
#[path = "../support/measured.rs"]
mod measured;
#[path = "../support/project.rs"]
#[allow(dead_code, reason = "the command line's tests use more of it")]
mod project;
mod terminal;
