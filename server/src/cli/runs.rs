//! `tickmark runs`

use super::table::{Align, grouped, ms, table};
use super::trace_text::Shown;
use super::{Format, Outcome, print_json, print_text, profile_json, profile_text, trace_json, trace_text};
use ::runs::{History, Instruments, RunRecord};
use anyhow::Context;
use std::fmt::Write;
use std::path::PathBuf;

/// Arguments of `tickmark runs`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The project's folder.
    #[arg(long, value_name = "DIR", default_value = ".", global = true)]
    workspace: PathBuf,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t, global = true)]
    format: Format,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the runs, newest first.
    List,
    /// Show a run.
    Show {
        /// Its name, or how it begins or ends.
        #[arg(default_value = "latest")]
        run: String,
        /// How many functions and lines, or findings, to print.
        #[arg(long, default_value_t = 15, value_name = "N")]
        top: usize,
    },
    /// Remove runs.
    Rm {
        /// Their names, or how they begin or end.
        #[arg(required = true)]
        runs: Vec<String>,
    },
}

pub(super) fn run(args: Args) -> anyhow::Result<Outcome> {
    let workspace = args.workspace.canonicalize().with_context(|| format!("there is no folder {}", args.workspace.display()))?;
    let history = History::new(&workspace);
    match args.command {
        Command::List => list(&history, args.format),
        Command::Show { run, top } => {
            let run = history.load(&history.find(&run)?)?;
            let shown = Shown { top, ..Shown::default() };
            match (args.format, run.record.instruments) {
                (Format::Json, Instruments::Profile) => print_json(&profile_json::json(&run, &workspace))?,
                (Format::Text, Instruments::Profile) => print_text(&profile_text::text(&run, &workspace, top))?,
                (Format::Json, Instruments::Explain) => print_json(&trace_json::json(&run, &workspace, &shown))?,
                (Format::Text, Instruments::Explain) => print_text(&trace_text::text(&run, &workspace, &shown))?,
            }
            Ok(Outcome::Success)
        }
        Command::Rm { runs } => {
            // All names are looked up first: a mistyped one must not leave the rest half done.
            let ids = runs.iter().map(|run| history.find(run)).collect::<Result<Vec<_>, _>>()?;
            ids.iter().try_for_each(|id| history.remove(id))?;
            Ok(Outcome::Success)
        }
    }
}

fn list(history: &History, format: Format) -> anyhow::Result<Outcome> {
    let listing = history.list()?;
    if format == Format::Json {
        let broken: Vec<_> =
            listing.broken.iter().map(|(folder, problem)| serde_json::json!({ "folder": folder, "problem": problem })).collect();
        print_json(&serde_json::json!({ "schema": "tickmark/runs@1", "runs": listing.runs, "broken": broken }))?;
        return Ok(Outcome::Success);
    }
    let mut text = String::new();
    if listing.runs.is_empty() {
        text.push_str("There are no runs here yet: `tickmark profile` makes one.\n");
    } else {
        let columns =
            [("run", Align::Left), ("target", Align::Left), ("req/s", Align::Right), ("p99", Align::Right), ("Node", Align::Left)];
        text.push_str(&table(&columns, &listing.runs.iter().map(row).collect::<Vec<_>>()));
    }
    for (folder, problem) in &listing.broken {
        let _ = writeln!(text, "  {} cannot be read: {problem}", folder.display());
    }
    print_text(&text)?;
    Ok(Outcome::Success)
}

fn row(record: &RunRecord) -> Vec<String> {
    let load = record.load.as_ref();
    vec![
        record.id.to_string(),
        record.target.to_string(),
        load.map(|load| grouped(load.requests_per_second.round() as u64)).unwrap_or_default(),
        load.and_then(|load| load.latency_ms).map(|latency| ms(latency.p99)).unwrap_or_default(),
        record.node.version.clone(),
    ]
}
