//! What is kept of a run.

use crate::target::Target;
use crate::versus::{Figure, Versus};
use load::Report;
use profile::{Attribution, Finding, Profile};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// Name of a run: the UTC time it started and a few letters, such as `20261121-101530-k3f9`. Sorts by time; names a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub String);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `run.json`: everything of a run but its bulk.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunRecord {
    /// `tickmark/run@1`.
    pub schema: String,
    /// The run's name.
    pub id: RunId,
    /// What was measured.
    pub target: Target,
    /// What the run was to find out.
    #[serde(default)]
    pub instruments: Instruments,
    /// When it started, in ms since 1970-01-01 UTC.
    pub started_at_ms: u64,
    /// How long it took, in ms.
    pub duration_ms: u64,
    /// Node and V8, the flags given to them, and the environment that matters.
    pub node: NodeFacts,
    /// The machine.
    pub host: HostFacts,
    /// The workspace's commit; none outside git.
    pub git: Option<GitFacts>,
    /// The load and its latencies, measured without the profiler; none for a program.
    pub load: Option<Report>,
    /// How the program ended; none for a route, whose server is stopped.
    pub program: Option<ProgramFacts>,
    /// Processor time of the server per request, measured without the profiler; none for a program.
    #[serde(default)]
    pub server_cpu_us: Option<ServerCpu>,
    /// The comparison in turns with its baseline that this run is of; its rounds are without their distributions and slices.
    #[serde(default)]
    pub versus: Option<Versus>,
    /// What profiling cost; none when it could not be measured.
    pub overhead: Option<Overhead>,
    /// How exactly the profile's time is placed.
    pub attribution: Attribution,
    /// Samples in the profile's window, waiting left out.
    pub samples: u64,
    /// What could not be read, by kind.
    pub dropped: BTreeMap<String, u64>,
    /// Sentences about what this run cannot tell.
    pub notes: Vec<String>,
    /// Defects that the profile shows, with advice.
    pub findings: Vec<Finding>,
    /// Against the baseline of the target, else its previous run.
    pub comparison: Option<RunComparison>,
    /// Files of the run's folder.
    pub artifacts: Artifacts,
    /// Copies of the workspace's files as they were measured: path relative to the workspace → file in the run's folder.
    pub sources: BTreeMap<String, PathBuf>,
}

/// What a run is to find out. Runs of different instruments differ in their sampling, so they are not compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Instruments {
    /// Where time goes, exactly; deoptimizations, tiers and inlined calls come with it.
    #[default]
    Profile,
    /// Why: in addition inline caches, shapes and refused inlining, for which the program is started once more.
    Explain,
    /// How fast a route answers: latencies and throughput, nothing recorded inside the program.
    Load,
}

/// What ran.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeFacts {
    /// The binary.
    pub path: PathBuf,
    /// Such as `22.23.3`.
    pub version: String,
    /// Such as `12.4.254.21-node.57`.
    pub v8_version: String,
    /// Flags before the entry, in the profiled process.
    pub flags: Vec<String>,
    /// `NODE_ENV` as the program saw it.
    pub node_env: Option<String>,
}

/// The machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HostFacts {
    /// Such as `linux`.
    pub os: String,
    /// Such as `x86_64`.
    pub arch: String,
    /// Processors this process may use.
    pub cpus: usize,
    /// Such as `AMD EPYC 7763 64-Core Processor`.
    #[serde(default)]
    pub cpu_model: Option<String>,
    /// How the processors' clocks are governed, such as `performance`; none where the system does not tell.
    #[serde(default)]
    pub governor: Option<String>,
    /// Load average over one minute before the run.
    #[serde(default)]
    pub load_average: Option<f64>,
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProgramFacts {
    /// From start to end, in ms.
    pub wall_ms: f64,
    /// Exit code; none when a signal ended it.
    pub exit_code: Option<i32>,
    /// Whether the user ended the measurement, and Tickmark with it the program.
    pub ended_by_user: bool,
    /// Whether Tickmark ended the program, since its log of inline caches had reached the limit.
    #[serde(default)]
    pub ended_at_limit: bool,
    /// Whether V8's own sampler killed the program when it had ended ([`node::process::Exit::by_sampler`]).
    #[serde(default)]
    pub ended_by_sampler: bool,
    /// Such as `exit code 0` or `signal 15 (SIGTERM)`.
    pub exit: String,
}

impl ProgramFacts {
    /// Whether it is not known to have failed.
    pub fn ended_well(&self) -> bool {
        self.exit_code == Some(0) || self.ended_by_user || self.ended_at_limit || self.ended_by_sampler
    }
}

/// The state of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GitFacts {
    /// Full hash of the commit.
    pub commit: String,
    /// Whether tracked files differ from it.
    pub dirty: bool,
    /// Commit of the tracked files as they were measured, when they differed from `commit`; what a later run is compared with in turns.
    #[serde(default)]
    pub snapshot: Option<String>,
}

/// Processor time of a server's processes per completed request, in µs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerCpu {
    /// Over the whole window.
    pub mean: f64,
    /// Standard deviation of `parts`; none with fewer than two.
    pub sd: Option<f64>,
    /// Of parts of the window of about half a second, in their order; those in which nothing completed are left out.
    pub parts: Vec<f64>,
}

/// CPU time of the server per request, in ms, without and with the profiler.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Overhead {
    /// Without profiling flags.
    pub plain_cpu_ms_per_request: f64,
    /// With them.
    pub profiled_cpu_ms_per_request: f64,
    /// 95 % interval of [`Overhead::ratio`] over parts of the two windows; how much two processes differ anyway is not in it. None when
    /// the windows are too short for one.
    #[serde(default)]
    pub interval: Option<[f64; 2]>,
}

impl Overhead {
    /// By how much profiling made a request dearer: 0.05 is 5 %. Negative is noise.
    pub fn ratio(&self) -> f64 {
        self.profiled_cpu_ms_per_request / self.plain_cpu_ms_per_request - 1.0
    }
}

/// A run against another one, as a rule of the same target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunComparison {
    /// The run compared with.
    pub with: RunId,
    /// What the user called it then.
    #[serde(default)]
    pub name: Option<String>,
    /// Whether it was the baseline of its target; else it is the previous run, or one that the user chose.
    #[serde(default)]
    pub baseline: bool,
    /// Requests per second; none for a program.
    pub requests_per_second: Option<Change>,
    /// Median latency, in ms.
    pub p50_ms: Option<Change>,
    /// 99th percentile of the latency, in ms.
    pub p99_ms: Option<Change>,
    /// CPU time of the server per request without the profiler, in ms.
    #[serde(default)]
    pub cpu_ms_per_request: Option<Change>,
    /// Active time of a program, in ms; none for a route.
    pub active_ms: Option<Change>,
}

impl RunComparison {
    /// The figures of a route, the headline first. An open loop gets the requests per second it asks for, so there it is the latency, and
    /// the requests are left out; the tail of a closed loop is not what clients would see, and comes after the median.
    pub fn of_route(&self, is_open_loop: bool) -> Vec<(Figure, Change)> {
        let cpu_us = self.cpu_ms_per_request.map(|ms| Change { before: ms.before * 1e3, after: ms.after * 1e3 });
        let [requests, p50, p99, cpu] = [
            (Figure::RequestsPerSecond, self.requests_per_second),
            (Figure::P50Ms, self.p50_ms),
            (Figure::P99Ms, self.p99_ms),
            (Figure::ServerCpuUs, cpu_us),
        ];
        let figures = if is_open_loop { vec![p50, p99, cpu] } else { vec![requests, p50, p99, cpu] };
        figures.into_iter().filter_map(|(figure, change)| Some((figure, change?))).collect()
    }
}

/// A figure before and after.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// In the run compared with.
    pub before: f64,
    /// In this run.
    pub after: f64,
}

impl Change {
    /// Relative change: −0.12 is 12 % less. 0 when there was nothing before.
    pub fn relative(&self) -> f64 {
        if self.before == 0.0 { 0.0 } else { self.after / self.before - 1.0 }
    }
}

/// Files of a run's folder, relative to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Artifacts {
    /// The report with the flamegraph, one self-contained file.
    pub html: Option<PathBuf>,
    /// The flamegraph as SVG.
    pub svg: Option<PathBuf>,
    /// The profile in Tickmark's own columns.
    pub model: Option<PathBuf>,
    /// What V8 wrote.
    pub raw: Vec<PathBuf>,
}

/// A run with its profile.
#[derive(Clone, Debug)]
pub struct Run {
    /// Everything but its bulk.
    pub record: RunRecord,
    /// The profile, in terms of original sources.
    pub profile: Profile,
    /// The run's folder; none when it could not be stored (`record.notes` tells why).
    pub folder: Option<PathBuf>,
}

impl RunId {
    /// The name of a run that starts now. Of its letters two count milliseconds, so that names sort by time, and two are random.
    pub fn new(started: SystemTime) -> Self {
        use std::hash::{BuildHasher, RandomState};
        const LETTERS: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";
        let since = started.duration_since(UNIX_EPOCH).unwrap_or_default();
        let seconds = since.as_secs();
        let (days, of_day) = (seconds / 86_400, seconds % 86_400);
        let (year, month, day) = civil_date(days);
        let milliseconds = u64::from(since.subsec_millis());
        let random = RandomState::new().hash_one(started);
        let letters: String =
            [milliseconds / 32, milliseconds, random / 32, random].iter().map(|value| char::from(LETTERS[(value % 32) as usize])).collect();
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        Self(format!("{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}-{letters}"))
    }
}

impl RunId {
    /// When the run started, such as `2026-11-21 10:15:30 UTC`; the name itself when it was not made by [`RunId::new`].
    pub fn date(&self) -> String {
        let digits: Vec<&str> = self.0.splitn(3, '-').take(2).collect();
        match digits[..] {
            [date, time] if date.len() == 8 && time.len() == 6 && date.is_ascii() && time.is_ascii() => {
                format!("{}-{}-{} {}:{}:{} UTC", &date[..4], &date[4..6], &date[6..], &time[..2], &time[2..4], &time[4..])
            }
            _ => self.0.clone(),
        }
    }
}

/// Year, month and day of a number of days since 1970-01-01 (H. Hinnant, "chrono-compatible low-level date algorithms").
fn civil_date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn name_of_a_run() {
        fn check(seconds: u64, expected: &str) {
            let id = RunId::new(UNIX_EPOCH + Duration::from_secs(seconds));
            assert_eq!(&id.0[..15], expected);
            assert_eq!(id.0.len(), 20);
        }
        check(0, "19700101-000000");
        check(951_827_696, "20000229-123456");
        check(1_795_255_530, "20261121-100530");
    }

    #[test]
    fn names_sort_by_time() {
        let names: Vec<RunId> = (0..3000).map(|ms| RunId::new(UNIX_EPOCH + Duration::from_millis(ms))).collect();
        assert!(names.is_sorted());
    }
}
