//! The options of `tickmark load`.

use super::super::entry::{ProgramArgs, RouteArg, connections, milliseconds};
use super::values::{
    JsonExpectation, NameValue, Output, Percentiles, RateArg, Statuses, json_expectation, name_value, percentiles, rate, statuses, warm_up,
};
use clap::ArgAction::SetTrue;
use std::path::PathBuf;

/// Arguments of `tickmark load`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    /// Address of a running server of this machine, such as http://localhost:3000/hello; several of one server are sent in rotation. Or the
    /// file of a program to start, which --route goes with.
    #[arg(value_name = "URL|FILE")]
    pub(super) targets: Vec<String>,
    /// The file of a program to start, load and end. Without it and without an address: what tickmark.json or package.json names.
    #[arg(short = 'e', long, value_name = "FILE")]
    pub(super) entry: Option<PathBuf>,
    /// What to ask for, such as 'POST /echo'. Given several times, the requests are sent in rotation.
    #[arg(short, long = "route", value_name = "METHOD /PATH")]
    pub(super) routes: Vec<RouteArg>,
    #[command(flatten)]
    pub(super) requests: RequestArgs,
    #[command(flatten)]
    pub(super) load: LoadArgs,
    #[command(flatten)]
    pub(super) connection: ConnectionArgs,
    #[command(flatten)]
    pub(super) success: SuccessArgs,
    #[command(flatten)]
    pub(super) result: ResultArgs,
    #[command(flatten, next_help_heading = "A program that is started")]
    pub(super) program: ProgramArgs,
    #[command(flatten)]
    pub(super) started: StartedArgs,
    #[command(flatten)]
    pub(super) comparison: ComparisonArgs,
    /// Arguments for the program.
    #[arg(last = true)]
    pub(super) args: Vec<String>,
}

/// What is sent.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Requests")]
pub(super) struct RequestArgs {
    /// HTTP method [default: GET, with a body POST].
    #[arg(short, long, value_name = "METHOD", conflicts_with_all = ["routes", "request_file", "har"])]
    pub(super) method: Option<String>,
    /// A request header. May be given several times.
    #[arg(short = 'H', long = "header", visible_alias = "headers", value_name = "NAME: VALUE")]
    pub(super) headers: Vec<String>,
    /// The request body. One that begins as JSON does is sent as application/json, unless a header says otherwise.
    #[arg(short, long, value_name = "TEXT", conflicts_with_all = ["body_file", "request_file", "har"])]
    pub(super) body: Option<String>,
    /// A file with the request body; `-` is standard input.
    #[arg(short = 'i', long, alias = "input", value_name = "FILE", conflicts_with_all = ["request_file", "har"])]
    pub(super) body_file: Option<PathBuf>,
    /// A CSV file whose rows fill placeholders in paths, headers and bodies: the column `id` fills {{id}}. Each request takes the next row
    /// (of several in rotation, each round of them), the first one again after the last. Without any file there are {{uuid}}, a random
    /// UUID, and a lone n in such braces, the number of the request from 0.
    #[arg(long, value_name = "FILE")]
    pub(super) data: Option<PathBuf>,
    /// Send {{…}} as it stands.
    #[arg(long)]
    pub(super) no_placeholders: bool,
    /// A JSON file with the requests, sent in rotation: an array of { "method", "path", "headers", "body", "status" }.
    #[arg(long, alias = "requests-file", value_name = "FILE", conflicts_with_all = ["routes", "har"])]
    pub(super) request_file: Option<PathBuf>,
    /// A HAR file, as browsers save it: its requests to the target's host are sent in rotation.
    #[arg(long, value_name = "FILE", conflicts_with = "routes")]
    pub(super) har: Option<PathBuf>,
    /// A cookie, sent with every request. May be given several times.
    #[arg(long = "cookie", value_name = "NAME=VALUE", value_parser = name_value)]
    pub(super) cookies: Vec<NameValue>,
    /// Keep the cookies that answers set, each connection its own, and send them back.
    #[arg(long)]
    pub(super) keep_cookies: bool,
}

/// How much is sent, and when.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Load")]
pub(super) struct LoadArgs {
    /// Connections at the same time [default: 10].
    #[arg(short, long, value_name = "N", value_parser = connections)]
    pub(super) connections: Option<usize>,
    /// How long, such as `10s` or `800ms` [default: 10s; for a program that is started, 5s or what tickmark.json says].
    #[arg(short, long, value_name = "TIME", value_parser = milliseconds, conflicts_with = "requests")]
    pub(super) duration: Option<u64>,
    /// How many requests, instead of how long.
    #[arg(short = 'n', long, alias = "amount", value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) requests: Option<u64>,
    /// Requests per second, sent on schedule whether the server keeps up or not (an open loop); FROM..TO changes the rate from the one to
    /// the other. Without it, each connection waits for its answer (a closed loop), which finds the maximum throughput.
    #[arg(short = 'R', long, alias = "overall-rate", alias = "qps", value_name = "N|FROM..TO", value_parser = rate)]
    pub(super) rate: Option<RateArg>,
    /// How long the rate changes, from 0 if --rate is one number; then it stays [default: the whole duration].
    #[arg(long, value_name = "TIME", value_parser = milliseconds, requires = "rate")]
    pub(super) ramp: Option<u64>,
    /// Load before measuring until the latency is steady, for this time at most; 0 is none [default: none for a running server, which may
    /// have been in use; 10s for a program that is started].
    #[arg(long, alias = "warmup", value_name = "TIME", value_parser = warm_up)]
    pub(super) warm_up: Option<u64>,
    /// End when N requests have failed, with exit code 1.
    #[arg(long, alias = "bailout", value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) bail: Option<u64>,
    /// Threads of the load generator [default: 1].
    #[arg(short, long, alias = "workers", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
    /// Hosts other than this machine that may be loaded. Only do this to your own. May be given several times.
    #[arg(long, value_name = "HOST")]
    pub(super) allow_host: Vec<String>,
}

/// How connections are made and used.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Connections")]
pub(super) struct ConnectionArgs {
    /// Longest time for one request [default: 10s].
    #[arg(long, value_name = "TIME", value_parser = milliseconds)]
    pub(super) timeout: Option<u64>,
    /// Requests in flight on each connection: pipelining of HTTP/1.1, streams of HTTP/2 [default: 1].
    #[arg(short, long, visible_alias = "streams", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) pipelining: Option<u16>,
    /// Make a connection for each request.
    #[arg(long, visible_alias = "disable-keepalive", action = SetTrue, conflicts_with_all = ["pipelining", "http2"])]
    pub(super) no_keepalive: bool,
    /// Speak HTTP/2: over TLS as negotiated, else with prior knowledge.
    #[arg(long)]
    pub(super) http2: bool,
    /// Certificates (PEM) of an authority to trust besides those of this machine.
    #[arg(long, alias = "cacert", value_name = "FILE", conflicts_with = "insecure")]
    pub(super) ca: Option<PathBuf>,
    /// Take any certificate of the server.
    #[arg(short = 'k', long)]
    pub(super) insecure: bool,
    /// Connect to this socket instead of the host of the address.
    #[arg(long, alias = "socket-path", value_name = "FILE")]
    pub(super) unix_socket: Option<PathBuf>,
}

/// Which answers are a success.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Expected answers")]
pub(super) struct SuccessArgs {
    /// Statuses that are a success, such as `200,404`, `2xx` or `200-204` [default: 2xx].
    #[arg(long, alias = "status", value_name = "STATUS", value_parser = statuses)]
    pub(super) expect_status: Option<Statuses>,
    /// The body must be this text.
    #[arg(long, value_name = "TEXT")]
    pub(super) expect_body: Option<String>,
    /// The body must have this text somewhere. May be given several times.
    #[arg(long, value_name = "TEXT")]
    pub(super) expect_contains: Vec<String>,
    /// The body must be JSON with this value at this place, such as '/items/0/id=7' or '/name="x"'. May be given several times.
    #[arg(long, value_name = "/POINTER=VALUE", value_parser = json_expectation)]
    pub(super) expect_json: Vec<JsonExpectation>,
}

/// What is printed, and where it goes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Result")]
pub(super) struct ResultArgs {
    /// Percentiles to tell, from 0 to 100 [default: 50,75,90,99,99.9].
    #[arg(long, value_name = "LIST", value_parser = percentiles)]
    pub(super) percentiles: Option<Percentiles>,
    /// How to print the result [default: text, or what the name of --output ends in].
    #[arg(long, value_enum)]
    pub(super) format: Option<Output>,
    /// Write the result to this file; one that is there is replaced. The text is printed besides, unless --quiet.
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Print nothing but the result: no heading, no progress, nothing of what the program prints.
    #[arg(short, long)]
    pub(super) quiet: bool,
}

/// Options of a program that is started.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "A program that is started")]
pub(super) struct StartedArgs {
    /// Longest time for the program to listen [default: 30s].
    #[arg(long, value_name = "TIME", value_parser = milliseconds)]
    pub(super) start_timeout: Option<u64>,
    /// Value of a `:name` in a route. May be given several times.
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = name_value)]
    pub(super) params: Vec<NameValue>,
    /// Do not keep the run in .tickmark/runs.
    #[arg(long)]
    pub(super) no_save: bool,
}

/// Two versions of the program, in turns.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Comparison")]
pub(super) struct ComparisonArgs {
    /// Compare the working tree with this git revision: both are measured in turns, each round in fresh processes.
    #[arg(long, value_name = "REVISION", conflicts_with = "compare_env")]
    pub(super) compare: Option<String>,
    /// Compare the program with itself under this environment variable, such as NODE_ENV=production; without `=` it is removed. May be given
    /// several times.
    #[arg(long, value_name = "NAME[=VALUE]")]
    pub(super) compare_env: Vec<String>,
    /// Rounds of a comparison; fewer than 3 give no verdict [default: 8].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(2..=1000))]
    pub(super) rounds: Option<u16>,
    /// End with exit code 1 when the comparison shows that the working tree, or the program under the variable, is slower.
    #[arg(long)]
    pub(super) fail_if_slower: bool,
}

const AFTER_HELP: &str = "\
Examples:
  tickmark load http://localhost:3000/hello                        maximum throughput of a running server
  tickmark load http://localhost:3000/hello --rate 2000 -d 30s     latencies at 2,000 requests/s
  tickmark load --entry server.js --route 'POST /echo' -b '{\"id\":\"{{uuid}}\"}'
  tickmark load server.js --route 'GET /hello' --compare HEAD~1    is the working tree faster than the last commit?

Exit codes: 0 all requests had the expected answer; 1 some had not, or the server failed; 2 wrong usage; 130 ended by Ctrl-C, with the
figures until then. A rate that was not achieved is told and changes no exit code.";

impl ComparisonArgs {
    pub(super) fn is_asked_for(&self) -> bool {
        self.compare.is_some() || !self.compare_env.is_empty()
    }

    pub(super) fn refuse_without_comparison(&self) -> anyhow::Result<()> {
        let given = [("--rounds", self.rounds.is_some()), ("--fail-if-slower", self.fail_if_slower)];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => anyhow::bail!("{option} is about a comparison: give --compare REVISION or --compare-env NAME=VALUE, too"),
            None => Ok(()),
        }
    }
}
