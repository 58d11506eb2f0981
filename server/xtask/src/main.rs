//! Project tasks: `cargo xtask test | tidy | codegen | bench | demo`.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod bench;
mod binary;
mod codegen;
mod demo;
mod process;
mod setup;
mod test;
mod tidy;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Project tasks")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what the tests need, then run every check and test.
    Test {
        /// One Node version, no editor tests, no clippy.
        #[arg(long)]
        quick: bool,
        /// Only the Rust tests whose names contain this; nothing else is run.
        filter: Option<String>,
    },
    /// Check the rules of the code base.
    Tidy {
        /// Only these rules.
        #[arg(long, value_enum, value_delimiter = ',')]
        only: Vec<tidy::Rule>,
    },
    /// Write what is made from other files: the settings of the VS Code extension.
    Codegen,
    /// Profile the example server.
    Demo,
    /// Measure side by side with other tools; all benches without a name.
    Bench {
        #[arg(value_enum)]
        names: Vec<bench::Name>,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// `Ok(false)` if a check failed that has already been reported.
fn run(task: Task) -> Result<bool> {
    let root = root()?;
    match task {
        Task::Test { quick, filter } => test::run(&root, quick, filter.as_deref()),
        Task::Tidy { only } => tidy::run(&root, &only),
        Task::Codegen => codegen::run(&root).map(|()| true),
        Task::Demo => demo::run(&root).map(|()| true),
        Task::Bench { names } => bench::run(&root, &names).map(|()| true),
    }
}

/// The root of the repository: two folders above this package.
fn root() -> Result<PathBuf> {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .map(Path::to_path_buf)
        .context("this package is not at server/xtask of the repository")
}
