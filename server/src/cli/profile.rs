//! `tickmark profile`

use super::entry::{LoadArgs, ProgramArgs, RouteArg, failed};
use super::progress::Line;
use super::{Format, Outcome, print_json, print_text, profile_json, profile_text};
use runs::{Cancel, Request, Run, RunError, Target};
use std::path::PathBuf;
use std::sync::Arc;

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
    let targets: Vec<Target> = match args.routes.is_empty() {
        true => vec![Target::Program { entry: program.entry.clone(), args: args.args.clone() }],
        false => {
            if !args.args.is_empty() {
                program.config.args.clone_from(&args.args);
            }
            let route =
                |route: &RouteArg| Target::Route { entry: program.entry.clone(), method: route.method.clone(), path: route.path.clone() };
            args.routes.iter().map(route).collect()
        }
    };
    let mut measured = Vec::new();
    for target in targets {
        let request = Request { workspace: program.workspace.clone(), target, config: program.config.clone(), output: None };
        let run = measure(request, args.quiet).await.map_err(failed)?;
        if args.format == Format::Text {
            print_text(&profile_text::text(&run, &program.workspace, args.top))?;
        }
        measured.push(run);
    }
    if args.format == Format::Json {
        let mut all: Vec<_> = measured.iter().map(|run| profile_json::json(run, &program.workspace)).collect();
        match all.len() {
            1 => print_json(&all.remove(0))?,
            _ => print_json(&serde_json::json!({ "schema": "tickmark/profile-list@1", "profiles": all }))?,
        }
    }
    Ok(if measured.iter().all(ended_well) { Outcome::Success } else { Outcome::Failure })
}

fn ended_well(run: &Run) -> bool {
    run.record.program.as_ref().is_none_or(|program| program.exit_code == Some(0) || program.ended_by_user)
}

/// Measures with progress, and with Ctrl-C: the first ends a program's measurement, or a route's run; the second ends everything, and so
/// does SIGTERM.
async fn measure(mut request: Request, quiet: bool) -> Result<Run, RunError> {
    let line = Arc::new(Line::new());
    if !quiet {
        let line = Arc::clone(&line);
        request.output = Some(Arc::new(move |_, text| line.print_above(text)));
    }
    let is_route = matches!(request.target, Target::Route { .. });
    let cancel = Cancel::default();
    let interrupts = {
        let cancel = cancel.clone();
        tokio::spawn(async move {
            while let Some(asked) = asked_to_end().await {
                if is_route || cancel.is_finishing() || asked == Ask::Terminate {
                    cancel.cancel();
                } else {
                    cancel.finish();
                }
            }
        })
    };
    let result = runs::measure(request, cancel, |progress| line.show(&progress)).await;
    interrupts.abort();
    result
}

/// How somebody outside wants us to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

/// Waits until we are asked to end; none when the system cannot tell.
async fn asked_to_end() -> Option<Ask> {
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<Option<()>>();
    tokio::select! {
        result = tokio::signal::ctrl_c() => result.ok().map(|()| Ask::Interrupt),
        _ = terminated => Some(Ask::Terminate),
    }
}
