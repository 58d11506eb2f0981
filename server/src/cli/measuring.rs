//! A measurement at a terminal: targets of a command line, progress, Ctrl-C.

use super::entry::{Program, RouteArg, failed};
use super::interrupts::{Ask, Interrupts};
use super::progress::Line;
use super::{Format, Outcome, print_json, print_text};
use runs::record::ProgramFacts;
use runs::{Cancel, Instruments, Request, Run, RunError, Target};
use serde_json::{Value, json};
use std::sync::Arc;

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
            let mut interrupts = Interrupts::default();
            while let Some(asked) = interrupts.next().await {
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
