//! Load of a program that is started for it.

use super::super::Outcome;
use super::super::entry::{Program, failed};
use super::super::interrupts::{Ask, Interrupts};
use super::super::progress::Line;
use super::args::Args;
use super::{plan, requests, stored};
use ::load::{Limit, Method, Plan, Target as Address};
use ::runs::{Cancel, History, Instruments, Progress, Request, RunError, Target};
use anyhow::bail;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Runs that are kept while a run is measured that will not be: it is no reason to remove another one.
const UNLIMITED: (usize, u64) = (usize::MAX, u64::MAX);

pub(super) async fn run(args: &Args, entry: Option<&Path>) -> anyhow::Result<Outcome> {
    let request = request(args, entry)?;
    let (workspace, target) = (request.workspace.clone(), request.target.clone());
    let started = SystemTime::now();
    match watched(request, args.result.quiet, ::runs::measure).await {
        Ok(mut run) => {
            if args.started.no_save && run.folder.take().is_some() {
                History::new(&workspace).remove(&run.record.id)?;
            }
            let Some(printed) = stored::printed(&run) else { bail!("run {} has no load", run.record.id) };
            printed.deliver(&args.result)?;
            Ok(printed.outcome())
        }
        Err(RunError::Cancelled) => Ok(Outcome::Interrupted),
        Err(RunError::Load(error)) if error.report().is_some() => {
            let heading = format!("{}\n\n", target.title());
            super::failed_with_report(&error, json!(target), heading, started, &args.result)?;
            Err(failed(RunError::Load(error)))
        }
        Err(error) => Err(failed(error)),
    }
}

/// The program of a command line, and its benchmark.
pub(super) fn request(args: &Args, entry: Option<&Path>) -> anyhow::Result<Request> {
    refuse_what_needs_an_address(args)?;
    let mut program = args.program.program(entry, None, &[])?;
    let config = &mut program.config;
    config.load.start_timeout_ms = args.started.start_timeout.unwrap_or(config.load.start_timeout_ms);
    config.load.warm_up_ms = args.load.warm_up.unwrap_or(config.load.warm_up_ms);
    if args.started.no_save {
        (config.history.max_runs, config.history.max_bytes) = UNLIMITED;
    }
    if !args.args.is_empty() {
        config.args.clone_from(&args.args);
    }
    for route in &args.routes {
        let sample = config.routes.entry(format!("{} {}", route.method, route.path)).or_default();
        sample.params.extend(args.started.params.iter().map(|param| (param.name.trim_start_matches(':').to_owned(), param.value.clone())));
    }
    let (plan, asked) = planned(args, &program)?;
    let (method, path) = name(&asked);
    let target = Target::Route { entry: program.entry.clone(), method, path };
    let (workspace, config) = (program.workspace, program.config);
    Ok(Request { workspace, target, instruments: Instruments::Load, config, plan: Some(plan), output: None })
}

/// The plan, and the requests as the user names them.
fn planned(args: &Args, program: &Program) -> anyhow::Result<(Plan, Vec<(String, String)>)> {
    let config = &program.config;
    let mut plans = Vec::new();
    for route in &args.routes {
        let name = format!("{} {}", route.method, route.path);
        plans.push(::runs::plan_of_route(&name, &route.method, &route.path, config).map_err(failed)?);
    }
    let mut plan = match plans.is_empty() {
        true => Plan::get(Address::new("127.0.0.1", 1, "/")?),
        false => plans.remove(0),
    };
    plan.requests.extend(plans.into_iter().flat_map(|plan| plan.requests));
    plan.connections = config.load.connections;
    plan.limit = Limit::Duration(Duration::from_millis(config.load.duration_ms));
    plan.timeout = Duration::from_millis(config.load.timeout_ms);
    let of_file = requests::of_files(args, &plan.target)?;
    if args.routes.is_empty() && of_file.is_none() {
        bail!(
            "what should {} be asked for? Name a route, such as --route 'GET /', or give --request-file or --har",
            program.entry.display()
        );
    }
    let mut asked: Vec<(String, String)> = args.routes.iter().map(|route| (route.method.clone(), route.path.clone())).collect();
    if let Some(requests) = of_file {
        asked = requests.iter().map(|request| (request.method.to_string(), request.path.clone())).collect();
        plan.requests = requests;
    }
    requests::complete(args, &mut plan)?;
    plan::apply(args, &mut plan)?;
    Ok((plan, asked))
}

/// What a run is called: its only request, or all in rotation, which is another target than each of them.
fn name(asked: &[(String, String)]) -> (String, String) {
    const MOST: usize = 3;
    let (method, path) = asked.first().cloned().unwrap_or_else(|| (Method::GET.to_string(), "/".to_owned()));
    let others: Vec<String> = asked.iter().skip(1).take(MOST - 1).map(|(method, path)| format!(" + {method} {path}")).collect();
    let more = asked.len().saturating_sub(MOST);
    let more = if more > 0 { format!(" + {more} more") } else { String::new() };
    (method, path + &others.concat() + &more)
}

fn refuse_what_needs_an_address(args: &Args) -> anyhow::Result<()> {
    let connection = &args.connection;
    let given = [
        ("--allow-host", !args.load.allow_host.is_empty()),
        ("--unix-socket", connection.unix_socket.is_some()),
        ("--ca", connection.ca.is_some()),
        ("--insecure", connection.insecure),
        ("--method", args.requests.method.is_some()),
    ];
    match given.into_iter().find(|(_, is_given)| *is_given) {
        Some(("--method", _)) => bail!("--method goes with an address; a route names its method, as in --route 'POST /echo'"),
        Some((option, _)) => bail!(
            "{option} is for a server that runs already, given by its address. A program that is started is asked at http:// and at the port \
             that it listens on"
        ),
        None => Ok(()),
    }
}

/// Does `work` with progress and Ctrl-C: the first ends the load and keeps its figures, the second ends everything, and so does SIGTERM.
pub(super) async fn watched<T, F, W>(mut request: Request, quiet: bool, work: W) -> Result<T, RunError>
where
    W: FnOnce(Request, Cancel, Box<dyn Fn(Progress) + Send + Sync>) -> F,
    F: Future<Output = Result<T, RunError>>,
{
    let line = (!quiet).then(|| Arc::new(Line::new()));
    if let Some(line) = line.clone() {
        request.output = Some(Arc::new(move |_, text| line.print_above(text)));
    }
    let cancel = Cancel::default();
    let watching = tokio::spawn({
        let cancel = cancel.clone();
        async move {
            let mut interrupts = Interrupts::default();
            while let Some(asked) = interrupts.next().await {
                if cancel.is_finishing() || asked == Ask::Terminate {
                    cancel.cancel();
                } else {
                    cancel.finish();
                }
            }
        }
    });
    let progress = Box::new(move |progress: Progress| {
        if let Some(line) = &line {
            line.show(&progress);
        }
    });
    let result = work(request, cancel, progress).await;
    watching.abort();
    result
}
