//! The command line.

mod entry;
mod explain;
mod interrupts;
mod load;
mod measuring;
mod profile;
mod profile_json;
mod profile_text;
mod progress;
mod report;
mod report_heap;
mod report_ticks;
mod runs;
mod table;
mod trace;
mod trace_json;
mod trace_tables;
mod trace_text;

use anyhow::Context;
use clap::{Parser, Subcommand, ValueEnum};
use std::io::{self, Write};
use std::process::ExitCode;

/// Profiles Node.js programs and marks the answers on their source lines.
#[derive(Debug, Parser)]
#[command(name = "tickmark", version, about, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the language server on standard input and output.
    Lsp,
    /// Profile a program, or a route of a server under load.
    Profile(Box<profile::Args>),
    /// Record V8's decisions: deoptimizations, tiers, inlining and inline caches, ranked by the time they cost. Executes a program twice.
    Trace(Box<trace::Args>),
    /// Say what a code of a finding means, such as `deopt/wrong-map`, or list all codes.
    Explain(explain::Args),
    /// Read a .cpuprofile, a V8 log or what V8's --trace-… flags printed, and print or convert it.
    Report(report::Args),
    /// Benchmark a server over HTTP: maximum throughput, or latencies at a rate. It may run already, or is started and ended.
    Load(Box<load::Args>),
    /// Show, compare and remove the runs of a project.
    Runs(runs::Args),
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a person.
    #[default]
    Text,
    /// One JSON object, documented in the README.
    Json,
}

/// How a command ended, for the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Everything went well: 0.
    Success,
    /// The measured program or a budget failed: 1.
    Failure,
    /// The user ended it before its end: 130, as shells say of Ctrl-C.
    Interrupted,
}

/// Exit code for wrong usage and unreadable input.
const USAGE: u8 = 2;
/// Exit code of what Ctrl-C ended: 128 and the number of SIGINT.
const INTERRUPTED: u8 = 130;

/// A failure of the measured program rather than of what the user asked: exit code 1.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct ProgramFailed(#[from] ::runs::RunError);

/// Runs the command line.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Clap prints help to standard output and errors to standard error, each with its own code.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(USAGE));
        }
    };
    let is_server = matches!(cli.command, Command::Lsp);
    init_log(if is_server { "info" } else { "error" });
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&anyhow::Error::new(error).context("cannot start")),
    };
    let result = runtime.block_on(async {
        match cli.command {
            Command::Lsp => Ok(if crate::lsp::serve_stdio().await { Outcome::Success } else { Outcome::Failure }),
            Command::Profile(args) => profile::run(*args).await,
            Command::Trace(args) => trace::run(*args).await,
            Command::Explain(args) => explain::run(args),
            Command::Report(args) => report::run(args),
            Command::Load(args) => load::run(*args).await,
            Command::Runs(args) => runs::run(args),
        }
    });
    runtime.shutdown_background();
    match result {
        Ok(Outcome::Success) => ExitCode::SUCCESS,
        Ok(Outcome::Failure) => ExitCode::FAILURE,
        Ok(Outcome::Interrupted) => ExitCode::from(INTERRUPTED),
        Err(error) => fail(&error),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    if let Some(error) = error.downcast_ref::<io::Error>()
        && error.kind() == io::ErrorKind::BrokenPipe
    {
        return ExitCode::SUCCESS;
    }
    let _ = writeln!(io::stderr(), "error: {}", message(error));
    let failed = error.downcast_ref::<ProgramFailed>();
    if let Some(hint) = failed.map(|ProgramFailed(error)| error).or(error.downcast_ref()).and_then(entry::hint) {
        let _ = writeln!(io::stderr(), "hint: {hint}");
    }
    match failed {
        Some(_) => ExitCode::FAILURE,
        None => ExitCode::from(USAGE),
    }
}

/// The error and its causes. Most of our errors name their cause themselves: what was said is not said again.
fn message(error: &anyhow::Error) -> String {
    let mut message = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if message.is_empty() {
            message = cause;
        } else if !message.contains(&cause) {
            message = format!("{message}: {cause}");
        }
    }
    message
}

fn init_log(default: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("TICKMARK_LOG").unwrap_or_else(|_| default.into());
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(false).try_init();
}

/// Prints one JSON object.
fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    // Standard output writes every line by itself.
    let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
    serde_json::to_writer_pretty(&mut out, value).map_err(io::Error::from)?;
    writeln!(out)?;
    out.flush().context("cannot write to standard output")
}

/// Prints a text.
fn print_text(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}
