//! Which program a command line means, and how it is to be run.

use super::ProgramFailed;
use ::load::{FailureKind, ProbeError};
use anyhow::{Context, bail};
use clap::Args;
use node::ports::ListenError;
use runs::{Config, RunError};
use std::path::{Path, PathBuf};

/// Options of every command that starts a program.
#[derive(Debug, Args)]
pub(super) struct ProgramArgs {
    /// The project's folder; by default the nearest one upwards of the entry with a tickmark.json or package.json.
    #[arg(long, value_name = "DIR")]
    workspace: Option<PathBuf>,
    /// The Node binary.
    #[arg(long, value_name = "FILE")]
    node: Option<PathBuf>,
    /// A flag for Node, before the entry. May be given several times.
    #[arg(long = "node-arg", value_name = "FLAG", allow_hyphen_values = true)]
    node_args: Vec<String>,
    /// An environment variable for the program; without `=` it is removed. May be given several times.
    #[arg(long, value_name = "NAME[=VALUE]")]
    env: Vec<String>,
    /// The port the program listens on, when it cannot be found or there are several.
    #[arg(long)]
    port: Option<u16>,
}

/// Options of every command that drives a route.
#[derive(Debug, Args)]
pub(super) struct LoadArgs {
    /// Connections at the same time [default: 10].
    #[arg(short = 'c', long, value_name = "N", value_parser = connections)]
    connections: Option<usize>,
    /// Length of each measured window, such as `5s` or `800ms` [default: 5s].
    #[arg(short = 'd', long, value_name = "TIME", value_parser = milliseconds)]
    duration: Option<u64>,
    /// Longest warm-up [default: 10s].
    #[arg(long, value_name = "TIME", value_parser = milliseconds)]
    warm_up: Option<u64>,
    /// Longest time for one request [default: 10s].
    #[arg(long, value_name = "TIME", value_parser = milliseconds)]
    timeout: Option<u64>,
    /// Longest time for the program to listen [default: 30s].
    #[arg(long, value_name = "TIME", value_parser = milliseconds)]
    start_timeout: Option<u64>,
    /// A request header. May be given several times.
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
    /// The request body.
    #[arg(short = 'b', long, value_name = "TEXT")]
    body: Option<String>,
    /// Value of a `:name` in the route. May be given several times.
    #[arg(long = "param", value_name = "NAME=VALUE")]
    params: Vec<String>,
    /// The status to expect, when it is not a 2xx.
    #[arg(long)]
    status: Option<u16>,
}

/// A program of a project.
#[derive(Debug)]
pub(super) struct Program {
    /// The project's folder, absolute.
    pub(super) workspace: PathBuf,
    /// The program's file, relative to it.
    pub(super) entry: PathBuf,
    /// The settings, with those of the command line on top.
    pub(super) config: Config,
}

/// A route as it is given on a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RouteArg {
    /// HTTP method in capitals.
    pub(super) method: String,
    /// Pattern.
    pub(super) path: String,
}

impl ProgramArgs {
    /// Finds the project of an entry and reads its settings. Without an entry, the settings or package.json name it.
    pub(super) fn program(&self, entry: Option<&Path>, load: Option<&LoadArgs>, routes: &[RouteArg]) -> anyhow::Result<Program> {
        let cwd = std::env::current_dir().context("the current folder cannot be found")?;
        let entry = entry.map(|entry| cwd.join(entry));
        if let Some(entry) = &entry
            && !entry.exists()
        {
            bail!(RunError::NoEntry(entry.clone()));
        }
        let workspace = match (&self.workspace, &entry) {
            (Some(workspace), _) => cwd.join(workspace),
            (None, Some(entry)) => project_of(entry).unwrap_or(cwd),
            (None, None) => cwd,
        };
        let workspace = workspace.canonicalize().with_context(|| format!("there is no folder {}", workspace.display()))?;
        let mut config = Config::load(&workspace)?;
        self.apply(&mut config)?;
        if let Some(load) = load {
            load.apply(&mut config, routes)?;
        }
        let entry = match entry.or_else(|| config.entry.as_ref().map(|entry| workspace.join(entry))) {
            Some(entry) if entry.is_file() => entry,
            Some(folder) if folder.is_dir() => first_entry(&folder)?,
            Some(missing) => bail!(RunError::NoEntry(missing)),
            None => first_entry(&workspace)?,
        };
        let entry = entry.canonicalize().with_context(|| format!("{} cannot be read", entry.display()))?;
        let entry = entry.strip_prefix(&workspace).map_or_else(|_| entry.clone(), Path::to_owned);
        Ok(Program { workspace, entry, config })
    }

    /// The first of these options that was given.
    pub(super) fn given(&self) -> Option<&'static str> {
        let given = [
            ("--workspace", self.workspace.is_some()),
            ("--node", self.node.is_some()),
            ("--node-arg", !self.node_args.is_empty()),
            ("--env", !self.env.is_empty()),
            ("--port", self.port.is_some()),
        ];
        given.into_iter().find(|(_, is_given)| *is_given).map(|(option, _)| option)
    }

    fn apply(&self, config: &mut Config) -> anyhow::Result<()> {
        if let Some(node) = &self.node {
            config.node = Some(std::path::absolute(node)?);
        }
        config.node_args.extend(self.node_args.iter().cloned());
        config.port = self.port.or(config.port);
        for variable in &self.env {
            let (name, value) = match variable.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (variable.as_str(), None),
            };
            if name.is_empty() {
                bail!("--env {variable}: the name of the variable is missing");
            }
            config.env.insert(name.to_owned(), value);
        }
        Ok(())
    }
}

impl LoadArgs {
    fn apply(&self, config: &mut Config, routes: &[RouteArg]) -> anyhow::Result<()> {
        let load = &mut config.load;
        load.connections = self.connections.unwrap_or(load.connections);
        load.duration_ms = self.duration.unwrap_or(load.duration_ms);
        load.warm_up_ms = self.warm_up.unwrap_or(load.warm_up_ms);
        load.timeout_ms = self.timeout.unwrap_or(load.timeout_ms);
        load.start_timeout_ms = self.start_timeout.unwrap_or(load.start_timeout_ms);
        for route in routes {
            let sample = config.routes.entry(format!("{} {}", route.method, route.path)).or_default();
            for header in &self.headers {
                let (name, value) = header.split_once(':').with_context(|| format!("--header {header}: write it as `Name: value`"))?;
                sample.headers.insert(name.trim().to_owned(), value.trim().to_owned());
            }
            for param in &self.params {
                let (name, value) = param.split_once('=').with_context(|| format!("--param {param}: write it as `name=value`"))?;
                sample.params.insert(name.trim_start_matches(':').to_owned(), value.to_owned());
            }
            if let Some(body) = &self.body {
                sample.body = Some(serde_json::Value::String(body.clone()));
            }
            sample.status = self.status.or(sample.status);
        }
        Ok(())
    }
}

impl std::str::FromStr for RouteArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (method, path) = match text.trim().split_once(char::is_whitespace) {
            Some((method, path)) => (method.to_uppercase(), path.trim()),
            None => ("GET".to_owned(), text.trim()),
        };
        if !path.starts_with('/') || !method.chars().all(|char| char.is_ascii_alphabetic()) {
            return Err("write it as 'GET /path'".to_owned());
        }
        Ok(Self { method, path: path.to_owned() })
    }
}

/// Exit code 1 for what is the measured program's doing, 2 for what the user asked wrongly or the machine does not allow.
pub(super) fn failed(error: RunError) -> anyhow::Error {
    let is_of_program = match &error {
        RunError::Load(error) => error.report().is_some(),
        RunError::Cancelled
        | RunError::Listen(_)
        | RunError::Probe(ProbeError::Failed { .. })
        | RunError::Status { .. }
        | RunError::Died { .. }
        | RunError::NoLog { .. } => true,
        _ => false,
    };
    if is_of_program { ProgramFailed(error).into() } else { error.into() }
}

/// Which options of the command line help against an error.
pub(super) fn hint(error: &RunError) -> Option<String> {
    match error {
        RunError::Listen(ListenError::NoPort { .. }) => {
            Some("`--start-timeout 60s` gives it longer; `--env NAME=VALUE` and `-- ARGUMENTS` give it what it needs.".to_owned())
        }
        RunError::Listen(ListenError::SeveralPorts { .. } | ListenError::OtherPort { .. } | ListenError::Unsupported) => {
            Some("`--port N` names the port, and gives it to the program as PORT; \"port\" in tickmark.json does the same.".to_owned())
        }
        RunError::MissingSample { missing, .. } => {
            let params: Vec<String> = missing.iter().map(|name| format!("--param {name}=1")).collect();
            Some(format!("or on the command line: {}", params.join(" ")))
        }
        RunError::Status { status, .. } => Some(format!(
            "on the command line: -H 'NAME: VALUE', --body TEXT, --param NAME=VALUE, or --status {status} if that is its answer."
        )),
        RunError::Probe(ProbeError::Failed { failure, .. }) if failure.kind == FailureKind::Timeout => {
            Some("`--timeout 60s` gives it longer.".to_owned())
        }
        RunError::Probe(ProbeError::Failed { failure, .. }) if failure.is_of_protocol => Some(
            "start the program yourself, and give `tickmark load` its address (`--ca FILE` or `--insecure` for its certificate)."
                .to_owned(),
        ),
        _ => None,
    }
}

fn first_entry(folder: &Path) -> anyhow::Result<PathBuf> {
    let entries = node::entry::entries(folder, None)?;
    match entries.found.into_iter().next() {
        Some(entry) => Ok(entry.path),
        None => bail!("nothing in {} says which file to run: name it, or set \"entry\" in tickmark.json", folder.display()),
    }
}

fn project_of(entry: &Path) -> Option<PathBuf> {
    let start = if entry.is_dir() { entry } else { entry.parent()? };
    let is_project = |folder: &&Path| folder.join("tickmark.json").is_file() || folder.join("package.json").is_file();
    start.ancestors().find(is_project).map(Path::to_owned)
}

/// `5s`, `800ms`, `2m` or a number of seconds, in ms.
pub(super) fn milliseconds(text: &str) -> Result<u64, String> {
    let (number, factor) = match text.trim() {
        text if text.ends_with("ms") => (&text[..text.len() - 2], 1.0),
        text if text.ends_with('s') => (&text[..text.len() - 1], 1e3),
        text if text.ends_with('m') => (&text[..text.len() - 1], 60e3),
        text => (text, 1e3),
    };
    match number.trim().parse::<f64>() {
        Ok(number) if number.is_finite() && number * factor >= 1.0 && number * factor < 1e12 => Ok((number * factor).round() as u64),
        _ => Err("write it as `5s`, `800ms` or `2m`".to_owned()),
    }
}

/// A number of connections.
pub(super) fn connections(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("a number of connections is 1 or more".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        fn check(text: &str, expected: Option<u64>) {
            assert_eq!(milliseconds(text).ok(), expected, "{text}");
        }
        check("5s", Some(5_000));
        check("800ms", Some(800));
        check("1.5s", Some(1_500));
        check("2m", Some(120_000));
        check("3", Some(3_000));
        for bad in ["", "s", "-1s", "0", "x", "1e30s", "NaN"] {
            check(bad, None);
        }
    }

    #[test]
    fn routes() {
        fn check(text: &str, expected: Option<(&str, &str)>) {
            let parsed = text.parse::<RouteArg>().ok();
            assert_eq!(parsed.as_ref().map(|route| (route.method.as_str(), route.path.as_str())), expected, "{text}");
        }
        check("GET /hello", Some(("GET", "/hello")));
        check("post  /echo ", Some(("POST", "/echo")));
        check("/hello", Some(("GET", "/hello")));
        check("hello", None);
        check("GET http://x/", None);
    }
}
