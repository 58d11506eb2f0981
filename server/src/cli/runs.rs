//! `tickmark runs`

mod compare;
mod export;
mod label;

use super::table::{Align, grouped, ms, table, time};
use super::trace_text::Shown;
use super::{Format, Outcome, load, print_json, print_text, profile_json, profile_text, trace_json, trace_text};
use ::runs::export::ExportFormat;
use ::runs::{History, Instruments, RunId, RunLabel, RunRecord};
use anyhow::{Context, bail};
use serde_json::json;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Arguments of `tickmark runs`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The project's folder.
    #[arg(long, value_name = "DIR", default_value = ".", global = true)]
    workspace: PathBuf,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t, global = true)]
    format: Format,
    /// What to do; without it, the runs are listed.
    #[command(subcommand)]
    command: Option<Command>,
}

// RUN is a run's name, or how it begins or ends, or what it was called with `rename`; `latest` is the newest.
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
    /// Compare two runs: their figures, and the functions whose share of the time changed most.
    Compare {
        /// The run before: its name, or how it begins or ends.
        before: String,
        /// The run after.
        #[arg(default_value = "latest")]
        after: String,
        /// How many functions to print.
        #[arg(long, default_value_t = 15, value_name = "N")]
        top: usize,
    },
    /// Make a run the baseline of its target: new runs are compared with it, and it is kept when old runs are removed.
    Pin {
        /// Its name, or how it begins or ends.
        run: String,
    },
    /// Take the pin off a run: new runs are compared with the previous one again.
    Unpin {
        /// Its name, or how it begins or ends.
        run: String,
    },
    /// Give a run a name.
    Rename {
        /// Its name, or how it begins or ends.
        run: String,
        /// What to call it; without it, the name is taken away.
        name: Option<String>,
    },
    /// Write a run's profile to a file for other tools.
    Export {
        /// Its name, or how it begins or ends.
        #[arg(default_value = "latest")]
        run: String,
        /// The file to write; one that is there is replaced.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// The format; by default, what the file's name ends in.
        #[arg(long = "as", value_name = "FORMAT", value_parser = export::format)]
        written_as: Option<ExportFormat>,
    },
    /// Remove runs.
    #[command(visible_alias = "rm")]
    Delete {
        /// Their names, or how they begin or end.
        #[arg(required = true)]
        runs: Vec<String>,
        /// Remove pinned runs, too.
        #[arg(long)]
        force: bool,
    },
}

pub(super) fn run(args: Args) -> anyhow::Result<Outcome> {
    let workspace = args.workspace.canonicalize().with_context(|| format!("there is no folder {}", args.workspace.display()))?;
    let history = History::new(&workspace);
    let format = args.format;
    match args.command.unwrap_or(Command::List) {
        Command::List => list(&history, format),
        Command::Show { run, top } => show(&history, &workspace, &run, top, format),
        Command::Compare { before, after, top } => compare::run(&history, &workspace, [&before, &after], top, format),
        Command::Pin { run } => label::pin(&history, &run, true, format),
        Command::Unpin { run } => label::pin(&history, &run, false, format),
        Command::Rename { run, name } => label::rename(&history, &run, name, format),
        Command::Export { run, to, written_as } => export::run(&history, &workspace, &run, &to, written_as, format),
        Command::Delete { runs, force } => delete(&history, &runs, force, format),
    }
}

fn show(history: &History, workspace: &Path, run: &str, top: usize, format: Format) -> anyhow::Result<Outcome> {
    let run = history.load(&history.find(run)?)?;
    let shown = Shown { top, ..Shown::default() };
    match (format, run.record.instruments) {
        (Format::Json, Instruments::Profile) => print_json(&profile_json::json(&run, workspace))?,
        (Format::Text, Instruments::Profile) => print_text(&profile_text::text(&run, workspace, top))?,
        (Format::Json, Instruments::Load) => print_json(&load::stored_json(&run)?)?,
        (Format::Text, Instruments::Load) => print_text(&load::stored_text(&run))?,
        (Format::Json, Instruments::Explain) => print_json(&trace_json::json(&run, workspace, &shown))?,
        (Format::Text, Instruments::Explain) => print_text(&trace_text::text(&run, workspace, &shown))?,
    }
    Ok(Outcome::Success)
}

fn list(history: &History, format: Format) -> anyhow::Result<Outcome> {
    let listing = history.list()?;
    if format == Format::Json {
        let broken: Vec<_> = listing.broken.iter().map(|(folder, problem)| json!({ "folder": folder, "problem": problem })).collect();
        let broken_labels: Vec<_> = listing.broken_labels.iter().map(|(id, problem)| json!({ "run": id, "problem": problem })).collect();
        let runs = listing.runs.iter().map(|record| {
            let mut run = serde_json::to_value(record)?;
            run["label"] = json!(listing.label(&record.id));
            Ok(run)
        });
        let runs = runs.collect::<serde_json::Result<Vec<_>>>()?;
        print_json(&json!({ "schema": "tickmark/runs@1", "runs": runs, "broken": broken, "brokenLabels": broken_labels }))?;
        return Ok(Outcome::Success);
    }
    let mut text = String::new();
    if listing.runs.is_empty() {
        text.push_str("There are no runs here yet: `tickmark profile` and `tickmark load --entry` make one.\n");
    } else {
        let columns = [
            ("run", Align::Left),
            ("target", Align::Left),
            ("req/s", Align::Right),
            ("p50", Align::Right),
            ("p99", Align::Right),
            ("active", Align::Right),
            ("Node", Align::Left),
            (if listing.labels.is_empty() { "" } else { "name" }, Align::Left),
        ];
        let rows: Vec<Vec<String>> = listing.runs.iter().map(|record| row(record, &listing.label(&record.id))).collect();
        text.push_str(&table(&columns, &rows));
    }
    for (folder, problem) in &listing.broken {
        let _ = writeln!(text, "  {} cannot be read: {problem}", folder.display());
    }
    for (id, problem) in &listing.broken_labels {
        let _ = writeln!(text, "  What {id} is called, and whether it is a baseline, cannot be read: {problem}");
    }
    print_text(&text)?;
    Ok(Outcome::Success)
}

fn row(record: &RunRecord, label: &RunLabel) -> Vec<String> {
    let load = record.load.as_ref();
    let latency = load.and_then(|load| load.latency_ms);
    // A benchmark records nothing inside the program.
    let active = (record.instruments != Instruments::Load).then(|| ms(record.attribution.active_us() as f64 / 1e3));
    vec![
        record.id.to_string(),
        record.target.to_string(),
        load.map(|load| grouped(load.requests_per_second.round() as u64)).unwrap_or_default(),
        latency.map(|latency| time(latency.p50)).unwrap_or_default(),
        latency.map(|latency| time(latency.p99)).unwrap_or_default(),
        active.unwrap_or_default(),
        record.node.version.clone(),
        called(label),
    ]
}

/// What the user says of a run: `before the cache (baseline)`.
fn called(label: &RunLabel) -> String {
    let name = label.name.as_deref().unwrap_or_default();
    let parts = [name, if label.pinned { "(baseline)" } else { "" }];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Removes all or, where a name is wrong or a run is pinned, none.
fn delete(history: &History, names: &[String], force: bool, format: Format) -> anyhow::Result<Outcome> {
    let mut ids = names.iter().map(|name| history.find_to_remove(name)).collect::<Result<Vec<_>, _>>()?;
    ids.sort();
    ids.dedup();
    let labels = history.list()?.labels;
    let pinned: Vec<&str> = ids.iter().filter(|id| labels.get(id).is_some_and(|label| label.pinned)).map(|id| id.0.as_str()).collect();
    if !pinned.is_empty() && !force {
        let (is, it) = if pinned.len() == 1 { ("is a pinned baseline", "it") } else { ("are pinned baselines", "them") };
        bail!("{} {is}: unpin {it} first, or add --force. Nothing was removed", pinned.join(", "));
    }
    let (mut deleted, mut failed): (Vec<RunId>, Vec<String>) = Default::default();
    for id in ids {
        match history.remove(&id) {
            Ok(()) => deleted.push(id),
            Err(error) => failed.push(error.to_string()),
        }
    }
    match format {
        Format::Json => print_json(&json!({ "schema": "tickmark/deleted@1", "deleted": deleted }))?,
        Format::Text => print_text(&deleted.iter().map(|id| format!("Removed {id}\n")).collect::<String>())?,
    }
    if !failed.is_empty() {
        bail!("{}", failed.join("\n"));
    }
    Ok(Outcome::Success)
}
