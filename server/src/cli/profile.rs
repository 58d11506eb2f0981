//! `tickmark profile`

use super::entry::{LoadArgs, ProgramArgs, RouteArg};
use super::measuring::{Printing, measure_all, targets};
use super::{Format, Outcome, profile_json, profile_text};
use runs::Instruments;
use std::path::PathBuf;

/// Arguments of `tickmark profile`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The program's file; by default what tickmark.json or package.json names.
    entry: Option<PathBuf>,
    /// A route to drive while profiling, such as 'GET /hello'. May be given several times.
    #[arg(short, long = "route", value_name = "METHOD /PATH")]
    routes: Vec<RouteArg>,
    #[command(flatten)]
    program: ProgramArgs,
    #[command(flatten)]
    load: LoadArgs,
    /// Sampling interval in µs [default: 1000].
    #[arg(long, value_name = "µs", value_parser = clap::value_parser!(u32).range(50..=1_000_000))]
    interval: Option<u32>,
    /// Leave V8's baseline compiler on where its code has no line table (Node 18 to 24).
    #[arg(long)]
    keep_sparkplug: bool,
    /// Do not pass on what the program prints.
    #[arg(short, long)]
    quiet: bool,
    /// How many functions and lines to print.
    #[arg(long, default_value_t = 15, value_name = "N")]
    top: usize,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Arguments for the program.
    #[arg(last = true)]
    args: Vec<String>,
}

pub(super) async fn run(args: Args) -> anyhow::Result<Outcome> {
    let mut program = args.program.program(args.entry.as_deref(), Some(&args.load), &args.routes)?;
    if let Some(interval) = args.interval {
        program.config.profile.interval_us = interval;
    }
    program.config.profile.keep_sparkplug |= args.keep_sparkplug;
    let targets = targets(&mut program, &args.routes, &args.args);
    let printing = Printing {
        format: args.format,
        text: &|run| profile_text::text(run, &program.workspace, args.top),
        json: &|run| profile_json::json(run, &program.workspace),
        list: ("tickmark/profile-list@1", "profiles"),
    };
    measure_all(&program, targets, Instruments::Profile, args.quiet, &printing).await
}
