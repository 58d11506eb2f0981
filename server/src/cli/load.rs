//! `tickmark load`

mod args;
mod drawing;
mod output;
mod plan;
mod requests;
mod running;
mod started;
mod stored;
mod text;
mod values;
mod versus;

pub(super) use args::Args;
pub(super) use stored::{stored_json, stored_text};

use super::Outcome;
use super::entry::failed;
use ::load::{LoadError, Plan};
use anyhow::bail;
use args::ResultArgs;
use output::Printed;
use running::Ended;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

pub(super) async fn run(args: Args) -> anyhow::Result<Outcome> {
    args.result.check()?;
    match Server::of(&args)? {
        Server::Running(urls) => {
            refuse_what_needs_a_program(&args)?;
            running(&args, &urls).await
        }
        Server::Started(entry) if args.comparison.is_asked_for() => versus::run(&args, entry.as_deref()).await,
        Server::Started(entry) => {
            args.comparison.refuse_without_comparison()?;
            started::run(&args, entry.as_deref()).await
        }
    }
}

/// Which server is loaded.
#[derive(Debug, PartialEq, Eq)]
enum Server {
    /// The one that listens at these addresses.
    Running(Vec<String>),
    /// One that this program starts; none for what the settings name.
    Started(Option<PathBuf>),
}

impl Server {
    fn of(args: &Args) -> anyhow::Result<Self> {
        let is_program = |target: &String| !target.contains("://") && Path::new(target).exists();
        match (&args.targets[..], &args.entry) {
            ([], None) if args.routes.is_empty() && args.requests.request_file.is_none() && args.requests.har.is_none() => {
                bail!(
                    "what should be loaded? Give the address of a running server, such as http://localhost:3000/, or --entry FILE with --route 'GET /'"
                )
            }
            ([], entry) => Ok(Self::Started(entry.clone())),
            ([file], None) if is_program(file) => Ok(Self::Started(Some(file.into()))),
            (_, Some(entry)) => bail!(
                "{} and --entry {}: give either the address of a running server or a program to start, and the path with --route",
                args.targets[0],
                entry.display()
            ),
            (urls, None) => match urls.iter().find(|url| is_program(url)) {
                Some(file) => bail!("{file} is a file: one program is loaded at a time, and its requests are named by --route"),
                None => Ok(Self::Running(urls.to_vec())),
            },
        }
    }
}

fn refuse_what_needs_a_program(args: &Args) -> anyhow::Result<()> {
    let (started, comparison) = (&args.started, &args.comparison);
    let given = [
        ("--start-timeout", started.start_timeout.is_some()),
        ("--param", !started.params.is_empty()),
        ("--no-save", started.no_save),
        ("--compare", comparison.compare.is_some()),
        ("--compare-env", !comparison.compare_env.is_empty()),
        ("--rounds", comparison.rounds.is_some()),
        ("--fail-if-slower", comparison.fail_if_slower),
        ("arguments after --", !args.args.is_empty()),
    ];
    let given = given.into_iter().find(|(_, is_given)| *is_given).map(|(option, _)| option);
    match args.program.given().or(given) {
        Some(option) => bail!("{option}: this needs a program that is started. Give --entry FILE and --route instead of an address"),
        None => Ok(()),
    }
}

async fn running(args: &Args, urls: &[String]) -> anyhow::Result<Outcome> {
    let mut plan = plan::running(urls, args)?;
    requests::complete(args, &mut plan)?;
    plan::apply(args, &mut plan)?;
    let started = SystemTime::now();
    let warm_up = args.load.warm_up.filter(|ms| *ms > 0).map(Duration::from_millis);
    let ended = running::measure(&plan, warm_up, args.result.quiet).await.map_err(|error| failed(error.into()))?;
    let Ended::Report(report, error) = ended else { return Ok(Outcome::Interrupted) };
    let heading = format!("{} · {}\n\n", name(&plan), text::describe(&report));
    match error {
        None => {
            let printed = Printed {
                report: &report,
                started,
                facts: vec![("target", target(&plan))],
                notes: Vec::new(),
                heading,
                below: String::new(),
            };
            printed.deliver(&args.result)?;
            Ok(printed.outcome())
        }
        Some(error) => {
            failed_with_report(&error, target(&plan), heading, started, &args.result)?;
            Err(failed(error.into()))
        }
    }
}

/// Prints what was measured until a run failed. Of a server that never answered there is nothing for a person to read.
fn failed_with_report(error: &LoadError, target: Value, heading: String, started: SystemTime, args: &ResultArgs) -> anyhow::Result<()> {
    let Some(report) = error.report() else { return Ok(()) };
    let is_text = args.format() == values::Output::Text;
    if report.statuses.is_empty() && is_text {
        return Ok(());
    }
    // A person reads it below the report, as the command's error.
    let notes = if is_text { Vec::new() } else { vec![error.to_string()] };
    let printed = Printed { report, started, facts: vec![("target", target)], notes, heading, below: String::new() };
    printed.deliver(args)
}

/// Each request with its method and path, and the server.
fn target(plan: &Plan) -> Value {
    let requests: Vec<String> = plan.requests.iter().map(|request| format!("{} {}", request.method, request.path)).collect();
    json!({ "kind": "url", "url": plan.target.to_string(), "requests": requests })
}

/// The only request, or the first one and how many there are.
fn name(plan: &Plan) -> String {
    let url = match plan.requests.len() {
        1 => plan.target.to_string(),
        n => format!("{} and {} more requests", plan.target, n - 1),
    };
    format!("{} {url}", plan.first().method)
}
