//! A measurement at a terminal: targets of a command line, progress, Ctrl-C.

use super::entry::{Program, RouteArg, failed};
use super::progress::Line;
use super::{Format, Outcome, print_json, print_text};
use runs::record::ProgramFacts;
use runs::{Cancel, Instruments, Request, Run, RunError, Target};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What comes so soon after a Ctrl-C is the same one: a terminal sends it to all processes, and `npx` or `timeout` once more to us.
const ECHO: Duration = Duration::from_millis(250);

/// What a command line measures: each route of the program, or the program itself. Arguments for a server go into its settings.
pub(super) fn targets(program: &mut Program, routes: &[RouteArg], args: &[String]) -> Vec<Target> {
    if routes.is_empty() {
        return vec![Target::Program { entry: program.entry.clone(), args: args.to_vec() }];
    }
    if !args.is_empty() {
        program.config.args = args.to_vec();
    }
    let route = |route: &RouteArg| Target::Route { entry: program.entry.clone(), method: route.method.clone(), path: route.path.clone() };
    routes.iter().map(route).collect()
}

/// How runs are printed.
pub(super) struct Printing<'a> {
    pub(super) format: Format,
    pub(super) text: &'a dyn Fn(&Run) -> String,
    pub(super) json: &'a dyn Fn(&Run) -> Value,
    /// Schema of a list of them, and the list's key.
    pub(super) list: (&'static str, &'static str),
}

/// Measures one target after the other. Texts are printed as they come, JSON as one object at the end.
pub(super) async fn measure_all(
    program: &Program,
    targets: Vec<Target>,
    instruments: Instruments,
    quiet: bool,
    printing: &Printing<'_>,
) -> anyhow::Result<Outcome> {
    let mut measured = Vec::new();
    for target in targets {
        let (workspace, config) = (program.workspace.clone(), program.config.clone());
        let run = measure(Request { workspace, target, instruments, config, plan: None, output: None }, quiet).await.map_err(failed)?;
        if printing.format == Format::Text {
            print_text(&(printing.text)(&run))?;
        }
        measured.push(run);
    }
    if printing.format == Format::Json {
        let mut all: Vec<Value> = measured.iter().map(printing.json).collect();
        let (schema, key) = printing.list;
        match all.len() {
            1 => print_json(&all.remove(0))?,
            _ => print_json(&json!({ "schema": schema, key: all }))?,
        }
    }
    Ok(if measured.iter().all(ended_well) { Outcome::Success } else { Outcome::Failure })
}

/// Whether the program did not fail, as far as a run tells.
fn ended_well(run: &Run) -> bool {
    run.record.program.as_ref().is_none_or(ProgramFacts::ended_well)
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
            let mut last: Option<Instant> = None;
            while let Some(asked) = asked_to_end().await {
                let is_echo = asked == Ask::Interrupt && last.is_some_and(|last| last.elapsed() < ECHO);
                last = Some(Instant::now());
                if is_echo {
                    continue;
                }
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
