//! `tickmark load`

use super::entry::{connections, milliseconds};
use super::profile_text::load_text;
use super::{Format, Outcome, print_json, print_text};
use ::load::{Bytes, HeaderName, HeaderValue, Limit, LoadError, Method, Plan, Target, TargetError};
use anyhow::Context;
use std::time::Duration;

/// Arguments of `tickmark load`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Address of a running server on this machine, such as http://localhost:3000/hello.
    url: String,
    /// HTTP method.
    #[arg(short, long, default_value = "GET")]
    method: String,
    /// A request header. May be given several times.
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
    /// The request body.
    #[arg(short, long, default_value = "")]
    body: String,
    /// Connections at the same time.
    #[arg(short, long, default_value = "10", value_parser = connections)]
    connections: usize,
    /// How long, such as `10s` or `800ms`.
    #[arg(short, long, default_value = "10s", value_parser = milliseconds, conflicts_with = "requests")]
    duration: u64,
    /// How many requests, instead of how long.
    #[arg(short = 'n', long)]
    requests: Option<u64>,
    /// Longest time for one request.
    #[arg(long, default_value = "10s", value_parser = milliseconds)]
    timeout: u64,
    /// Allow this host, which is another machine. Only do this to your own. May be given several times.
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
    /// Print nothing but the result.
    #[arg(short, long)]
    quiet: bool,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) async fn run(args: Args) -> anyhow::Result<Outcome> {
    let plan = plan(&args)?;
    let stop = async {
        // Without a handler for Ctrl-C the run ends by its limit.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let report = ::load::run(&plan, stop, |_| {}).await.map_err(failed)?;
    match args.format {
        Format::Json => {
            let mut value = serde_json::to_value(&report)?;
            value["schema"] = "tickmark/load@1".into();
            print_json(&value)?;
        }
        Format::Text => {
            let heading =
                if args.quiet { String::new() } else { format!("{} {} · maximum throughput\n\n", plan.first().method, args.url) };
            print_text(&(heading + &load_text(&report)))?;
        }
    }
    Ok(if report.failed == 0 { Outcome::Success } else { Outcome::Failure })
}

/// Exit code 1 for what is the server's doing, 2 for what the user asked wrongly.
fn failed(error: LoadError) -> anyhow::Error {
    match error {
        LoadError::Target(TargetError::NotLoopback { .. }) => anyhow::Error::new(error).context("--allow-host is needed"),
        error => super::entry::failed(error.into()),
    }
}

fn plan(args: &Args) -> anyhow::Result<Plan> {
    let mut plan = Plan::get(Target::parse(&args.url)?);
    let request = plan.first_mut();
    request.method = args.method.to_uppercase().parse::<Method>().with_context(|| format!("--method {}", args.method))?;
    for header in &args.headers {
        let (name, value) = header.split_once(':').with_context(|| format!("--header {header}: write it as `Name: value`"))?;
        let name: HeaderName = name.trim().parse().with_context(|| format!("--header {header}"))?;
        let value: HeaderValue = value.trim().parse().with_context(|| format!("--header {header}"))?;
        request.headers.append(name, value);
    }
    request.body = Bytes::from(args.body.clone().into_bytes());
    plan.connections = args.connections;
    plan.limit = args.requests.map_or(Limit::Duration(Duration::from_millis(args.duration)), Limit::Requests);
    plan.timeout = Duration::from_millis(args.timeout);
    plan.allowed_hosts.clone_from(&args.allow_host);
    Ok(plan)
}
