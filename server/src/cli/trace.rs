//! `tickmark trace`

use super::entry::{LoadArgs, ProgramArgs, RouteArg};
use super::measuring::{Printing, measure_all, targets};
use super::trace_text::Shown;
use super::{Format, Outcome, trace_json, trace_text};
use anyhow::bail;
use runs::Instruments;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Arguments of `tickmark trace`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The program's file; by default what tickmark.json or package.json names.
    entry: Option<PathBuf>,
    /// A route to drive meanwhile, such as 'GET /hello'. May be given several times.
    #[arg(short, long = "route", value_name = "METHOD /PATH")]
    routes: Vec<RouteArg>,
    #[command(flatten)]
    program: ProgramArgs,
    #[command(flatten)]
    load: LoadArgs,
    /// Start a program only once. Otherwise it is executed twice: first for deoptimizations, tiers, inlined calls and time, then, its
    /// output thrown away, for inline caches, shapes and refused inlining. In one run inline caches disturb the times, and refused inlining
    /// is left out. A route's server is started afresh for each in any case.
    #[arg(long, conflicts_with = "routes")]
    once: bool,
    /// Sampling interval in µs [default: 5000].
    #[arg(long, value_name = "µs", value_parser = clap::value_parser!(u32).range(50..=1_000_000))]
    interval: Option<u32>,
    /// Only findings of these categories, such as `deopt,ic,inlining,tier`.
    #[arg(long = "category", value_name = "CATEGORY", value_delimiter = ',', value_parser = category)]
    categories: Vec<String>,
    /// Only findings in functions with at least this share of the time, in percent [default: 0.5, of defects 0.1].
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    min_share: Option<f64>,
    /// Do not pass on what the program prints.
    #[arg(short, long)]
    quiet: bool,
    /// How many findings to print.
    #[arg(long, default_value_t = 25, value_name = "N")]
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
        program.config.explain.interval_us = interval;
    }
    program.config.explain.once |= args.once;
    let targets = targets(&mut program, &args.routes, &args.args);
    let shown = Shown { categories: args.categories, min_share: args.min_share, top: args.top };
    let printing = Printing {
        format: args.format,
        text: &|run| trace_text::text(run, &program.workspace, &shown),
        json: &|run| trace_json::json(run, &program.workspace, &shown),
        list: ("tickmark/trace-list@1", "traces"),
    };
    measure_all(&program, targets, Instruments::Explain, args.quiet, &printing).await
}

/// A category of codes: what stands before their slash.
fn category(text: &str) -> anyhow::Result<String> {
    let known: BTreeSet<&str> = ide::explanations::all().filter_map(|page| page.code.split('/').next()).collect();
    let text = text.trim().to_lowercase();
    if !known.contains(text.as_str()) {
        bail!("there is no category {text}: there are {}", known.into_iter().collect::<Vec<_>>().join(", "));
    }
    Ok(text)
}

/// A percentage, as a share of 1.
fn percent(text: &str) -> Result<f64, String> {
    match text.trim().trim_end_matches('%').trim().parse::<f64>() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent / 100.0),
        _ => Err("write a number from 0 to 100".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares() {
        fn check(text: &str, expected: Option<f64>) {
            assert_eq!(percent(text).ok(), expected, "{text}");
        }
        check("0", Some(0.0));
        check("2.5", Some(0.025));
        check("12 %", Some(0.12));
        check("100", Some(1.0));
        for bad in ["", "-1", "101", "NaN", "x"] {
            check(bad, None);
        }
    }

    #[test]
    fn categories() {
        assert_eq!(category(" Deopt").unwrap(), "deopt");
        assert!(category("deopts").unwrap_err().to_string().contains("there are "));
    }
}
