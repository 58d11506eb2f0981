//! Project tasks: `cargo xtask test | tidy | codegen | dist | notices | bench | demo`.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod bench;
mod binary;
mod codegen;
mod demo;
mod dist;
mod notices;
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
    /// Write what is made from other files: settings and platforms of the VS Code extension.
    Codegen,
    /// Build the program and the VS Code extension to be handed out, in `target/dist`.
    Dist {
        /// Print the table of platforms, and build nothing.
        #[arg(long)]
        list: bool,
        /// For another platform than this machine, by its name in the table.
        #[arg(long, value_name = "NAME")]
        target: Option<String>,
    },
    /// Write what third-party code asks to be said where it is shipped, in `target/dist`; `dist` does it, too.
    Notices {
        /// For another platform than this machine, by its name in the table of `dist --list`.
        #[arg(long, value_name = "NAME")]
        target: Option<String>,
    },
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
        Task::Dist { list: true, .. } => {
            dist::list();
            Ok(true)
        }
        Task::Dist { target, .. } => dist::run(&root, target.as_deref()).map(|()| true),
        Task::Notices { target } => notices::write(&root, dist::platform(target.as_deref())?).map(|_| true),
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
