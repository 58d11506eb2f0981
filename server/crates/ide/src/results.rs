//! A run's results, as far as they are shown in a text.

use profile::Finding;
use profile::index::ProfileIndex;
use std::sync::Arc;

/// Figures of one run, without its profile.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunFigures {
    /// The run's name.
    pub run_id: String,
    /// What was measured, for a person: `GET /hello`, `server.js`.
    pub target: String,
    /// Method and path of the measured route; none for a program.
    pub route: Option<(String, String)>,
    /// The file that was started, relative to the workspace, with forward slashes.
    pub entry: String,
    /// Completed requests per second, measured without the profiler.
    pub requests_per_second: Option<f64>,
    /// 99th percentile of the latency, in ms, measured without the profiler.
    pub p99_ms: Option<f64>,
    /// Relative change of `requests_per_second` against the run before: −0.12 is 12 % less.
    pub requests_per_second_change: Option<f64>,
    /// Relative change of `p99_ms` against the run before.
    pub p99_change: Option<f64>,
    /// Time the program was active, in ms; of a program that ran to its end.
    pub active_ms: Option<f64>,
    /// Relative change of the active time against the run before.
    pub active_change: Option<f64>,
    /// Such as `22.23.3`.
    pub node_version: String,
    /// When it ended, in ms since 1970-01-01 UTC.
    pub finished_at_ms: u64,
    /// Defects that the profile shows.
    pub findings: Vec<Finding>,
    /// Sentences about what the run cannot tell.
    pub notes: Vec<String>,
}

/// A run with its profile. Immutable; made once per run.
#[derive(Clone, Debug)]
pub struct RunResults {
    /// Figures.
    pub figures: Arc<RunFigures>,
    /// The profile, in terms of original sources.
    pub index: Arc<ProfileIndex>,
    /// Independent samples of equal weight that would tell as much as those of active time: what confidence refers to.
    pub effective_samples: f64,
}

impl RunResults {
    /// Prepares a run.
    pub fn new(figures: RunFigures, index: Arc<ProfileIndex>) -> Self {
        let effective_samples = index.effective_samples();
        Self { figures: Arc::new(figures), index, effective_samples }
    }

    /// Whether anything is known of the file at `path`: samples, V8's decisions, or findings.
    pub fn tells_of(&self, path: &str) -> bool {
        let is_this = |file: &str| file == path;
        self.index.profile().sources.iter().any(|source| source.path.as_deref().is_some_and(is_this))
            || self.figures.findings.iter().any(|finding| finding.place.as_ref().is_some_and(|place| is_this(&place.file)))
    }
}
