//! The project's settings: `tickmark.json`, or the `tickmark` key of package.json.

mod samples;

pub use samples::keep_params;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// How to run and measure the project. Every field may be left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Config {
    /// Ignored; lets editors find the JSON schema.
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The file that starts the program, relative to the project's folder.
    pub entry: Option<PathBuf>,
    /// Arguments for the program.
    pub args: Vec<String>,
    /// The Node binary; found by version files and PATH when left out.
    pub node: Option<PathBuf>,
    /// Flags for Node, before the entry.
    pub node_args: Vec<String>,
    /// Environment variables for the program; null removes one.
    pub env: BTreeMap<String, Option<String>>,
    /// Working directory, relative to the project's folder; that folder when left out.
    pub cwd: Option<PathBuf>,
    /// The port the program listens on, when it cannot be found from outside or there are several.
    pub port: Option<u16>,
    /// Sample values for routes, by `METHOD /pattern`.
    pub routes: BTreeMap<String, RouteSample>,
    /// How to drive a route.
    pub load: LoadConfig,
    /// How to profile.
    pub profile: ProfileConfig,
    /// How to record V8's decisions.
    pub explain: ExplainConfig,
    /// How many runs to keep.
    pub history: HistoryConfig,
}

/// Sample values of a route.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct RouteSample {
    /// Values of `:name` parameters.
    pub params: BTreeMap<String, String>,
    /// Query string without `?`.
    pub query: Option<String>,
    /// Request headers.
    pub headers: BTreeMap<String, String>,
    /// Request body: a text is sent as it is, anything else as JSON.
    pub body: Option<serde_json::Value>,
    /// The status to expect, when it is not a 2xx.
    pub status: Option<u16>,
}

/// How to drive a route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct LoadConfig {
    /// Connections at the same time.
    pub connections: usize,
    /// Length of each measured window, in ms.
    pub duration_ms: u64,
    /// Longest time to wait for a steady latency, in ms.
    pub warm_up_ms: u64,
    /// Longest time for one request, in ms.
    pub timeout_ms: u64,
    /// Longest time for the program to listen, in ms.
    pub start_timeout_ms: u64,
}

impl Default for LoadConfig {
    fn default() -> Self {
        Self { connections: 10, duration_ms: 5_000, warm_up_ms: 10_000, timeout_ms: 10_000, start_timeout_ms: 30_000 }
    }
}

/// How to profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ProfileConfig {
    /// Sampling interval, in µs.
    pub interval_us: u32,
    /// Leave V8's baseline compiler on where its code has no line table (Node 18 to 24): figures of such code are by function.
    pub keep_sparkplug: bool,
    /// Have V8 log the scripts' texts, for loaders that change them.
    pub log_source: bool,
}

impl Default for ProfileConfig {
    fn default() -> Self {
        Self { interval_us: 1_000, keep_sparkplug: false, log_source: false }
    }
}

/// How to record V8's decisions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ExplainConfig {
    /// Sampling interval, in µs. The samples only have to rank functions, and every one has a price.
    pub interval_us: u32,
    /// Most bytes that V8 may write about inline caches, shapes and inlining: the process that writes more is ended.
    pub max_log_bytes: u64,
    /// Start a program only once: inline caches and shapes are then recorded in its one process, refused inlining is not.
    pub once: bool,
}

impl Default for ExplainConfig {
    fn default() -> Self {
        Self { interval_us: 5_000, max_log_bytes: 64_000_000, once: false }
    }
}

/// How many runs to keep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct HistoryConfig {
    /// Most runs.
    pub max_runs: usize,
    /// Most bytes of all runs together.
    pub max_bytes: u64,
}

impl Default for HistoryConfig {
    fn default() -> Self {
        Self { max_runs: 100, max_bytes: 2_000_000_000 }
    }
}

/// Why the settings could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", .file.display())]
pub struct ConfigError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong, where, and what to do.
    pub problem: String,
}

impl Config {
    /// Reads the settings of a workspace: `tickmark.json`, else the `tickmark` key of package.json, else the defaults.
    ///
    /// # Errors
    /// When the file is there but cannot be read or is not valid.
    pub fn load(workspace: &Path) -> Result<Self, ConfigError> {
        let file = workspace.join("tickmark.json");
        if let Some(text) = read(&file)? {
            let config = serde_json::from_str::<Self>(&text).map_err(|error| error.to_string()).and_then(Self::checked);
            return config.map_err(|problem| ConfigError { file, problem });
        }
        let file = workspace.join("package.json");
        let Some(text) = read(&file)? else { return Ok(Self::default()) };
        let package: Package = match serde_json::from_str(&text) {
            Ok(package) => package,
            // A package.json that is broken elsewhere is reported where it matters: when entries are looked for.
            Err(error) if error.is_data() && text.contains("\"tickmark\"") => {
                return Err(ConfigError { file, problem: format!("in the `tickmark` key: {error}") });
            }
            Err(_) => return Ok(Self::default()),
        };
        let config = package.tickmark.unwrap_or_default();
        config.checked().map_err(|problem| ConfigError { file, problem: format!("in the `tickmark` key: {problem}") })
    }

    /// Refuses numbers with which nothing can be measured.
    fn checked(self) -> Result<Self, String> {
        const INTERVAL_US: RangeInclusive<u32> = 50..=1_000_000;
        const LEAST_LOG_BYTES: u64 = 4_000_000;
        for (section, interval) in [("profile", self.profile.interval_us), ("explain", self.explain.interval_us)] {
            if !INTERVAL_US.contains(&interval) {
                return Err(format!(
                    "`{section}.intervalUs` is {interval}: write a number from {} to {}",
                    INTERVAL_US.start(),
                    INTERVAL_US.end()
                ));
            }
        }
        if self.explain.max_log_bytes < LEAST_LOG_BYTES {
            let bytes = self.explain.max_log_bytes;
            return Err(format!(
                "`explain.maxLogBytes` is {bytes}: write a number from {LEAST_LOG_BYTES} up, of which Node's start alone takes half"
            ));
        }
        let LoadConfig { connections, duration_ms, warm_up_ms, timeout_ms, start_timeout_ms } = self.load;
        let numbers = [
            ("connections", connections as u64),
            ("durationMs", duration_ms),
            ("warmUpMs", warm_up_ms),
            ("timeoutMs", timeout_ms),
            ("startTimeoutMs", start_timeout_ms),
        ];
        match numbers.iter().find(|(_, number)| *number == 0) {
            Some((key, _)) => Err(format!("`load.{key}` is 0: write a number from 1 up")),
            None => Ok(self),
        }
    }
}

#[derive(Deserialize)]
struct Package {
    tickmark: Option<Config>,
}

fn read(file: &Path) -> Result<Option<String>, ConfigError> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ConfigError { file: file.to_owned(), problem: format!("cannot be read: {error}") }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(files: &[(&str, &str)], expected: Result<&str, &str>) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        match (Config::load(folder.path()), expected) {
            (Ok(config), Ok(entry)) => assert_eq!(config.entry.unwrap_or_default(), Path::new(entry)),
            (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}"),
            (found, _) => panic!("{files:?}: {found:?}"),
        }
    }

    #[test]
    fn settings_of_a_workspace() {
        check(&[], Ok(""));
        check(&[("tickmark.json", r#"{"entry":"a.js"}"#), ("package.json", r#"{"tickmark":{"entry":"b.js"}}"#)], Ok("a.js"));
        check(&[("package.json", r#"{"name":"x","tickmark":{"entry":"b.js"}}"#)], Ok("b.js"));
        check(&[("package.json", r#"{"name":"x"}"#)], Ok(""));
        check(&[("package.json", "{")], Ok(""));
        check(&[("tickmark.json", r#"{"entri":"a.js"}"#)], Err("unknown field `entri`"));
        check(&[("tickmark.json", "{")], Err("line 1"));
        check(&[("package.json", r#"{"tickmark":{"port":"x"}}"#)], Err("`tickmark` key"));
        check(&[("package.json", r#"{"tickmark":{"load":{"durationMs":0}}}"#)], Err("`tickmark` key: `load.durationMs` is 0"));
        check(&[("tickmark.json", r#"{"profile":{"intervalUs":20}}"#)], Err("`profile.intervalUs` is 20: write a number from 50 to"));
        check(&[("tickmark.json", r#"{"explain":{"intervalUs":0}}"#)], Err("`explain.intervalUs` is 0: write a number from 50 to"));
        check(&[("tickmark.json", r#"{"explain":{"maxLogBytes":9}}"#)], Err("`explain.maxLogBytes` is 9: write a number from 4000000 up"));
    }
}
