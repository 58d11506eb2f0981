//! A run's results, or those of a profile file, as far as they are shown in a text.

use profile::Finding;
use profile::index::ProfileIndex;
use profile::totals::{CallEdge, Cost};
use std::sync::Arc;

use crate::wording;

/// Figures of one run or profile file, without its profile.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunFigures {
    /// The run's name; none of a file.
    pub run_id: Option<String>,
    /// What was measured, for a person: `GET /hello`, `server.js`; of a file, its name.
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
    /// Such as `22.23.3`; empty when not known.
    pub node_version: String,
    /// When it ended, in ms since 1970-01-01 UTC; of a file, when it was written.
    pub finished_at_ms: u64,
    /// Defects that the profile shows.
    pub findings: Vec<Finding>,
    /// Sentences about what the run cannot tell.
    pub notes: Vec<String>,
}

/// What shares and amounts are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// CPU time, in µs.
    Cpu,
    /// Allocations, in bytes: of a profile without CPU time.
    Allocated,
}

/// A run or profile file with its profile. Immutable; made once per run.
#[derive(Clone, Debug)]
pub struct RunResults {
    /// Figures.
    pub figures: Arc<RunFigures>,
    /// The profile, in terms of original sources.
    pub index: Arc<ProfileIndex>,
    /// Independent samples of equal weight that would tell as much as those of active time: what confidence refers to.
    pub effective_samples: f64,
    /// What shares and amounts are of.
    pub measure: Measure,
    /// All bytes that were allocated; 0 when not recorded.
    pub allocated_bytes: u64,
}

impl RunResults {
    /// Prepares a run.
    pub fn new(figures: Arc<RunFigures>, index: Arc<ProfileIndex>) -> Self {
        let effective_samples = index.effective_samples();
        let allocated_bytes = index.profile().tree.self_bytes.iter().fold(0u64, |sum, bytes| sum.saturating_add(*bytes));
        // Samples alone are no CPU time: allocations are sampled, too.
        let has_cpu = index.attribution().active_us() > 0;
        let measure = if allocated_bytes > 0 && !has_cpu { Measure::Allocated } else { Measure::Cpu };
        Self { figures, index, effective_samples, measure, allocated_bytes }
    }

    /// Whether anything is known of the file at `path`: samples, V8's decisions, or findings.
    pub fn tells_of(&self, path: &str) -> bool {
        let is_this = |file: &str| file == path;
        self.index.profile().sources.iter().any(|source| source.path.as_deref().is_some_and(is_this))
            || self.figures.findings.iter().any(|finding| finding.place.as_ref().is_some_and(|place| is_this(&place.file)))
    }

    /// Whether time or bytes of the file at `path` are known.
    pub fn has_costs_of(&self, path: &str) -> bool {
        self.index.functions_in(path).next().is_some() || self.index.lines_in(path).next().is_some()
    }

    /// Time or bytes of a function or line itself.
    pub fn own(&self, cost: &Cost) -> u64 {
        match self.measure {
            Measure::Cpu => cost.self_us,
            Measure::Allocated => cost.self_bytes,
        }
    }

    /// The same with all it calls.
    pub fn total(&self, cost: &Cost) -> u64 {
        match self.measure {
            Measure::Cpu => cost.total_us,
            Measure::Allocated => cost.total_bytes,
        }
    }

    /// Time or bytes of a call.
    pub fn called(&self, edge: &CallEdge) -> u64 {
        match self.measure {
            Measure::Cpu => edge.total_us,
            Measure::Allocated => edge.total_bytes,
        }
    }

    /// Share of active time, or of all bytes, 0 to 1.
    pub fn share(&self, value: u64) -> f64 {
        match self.measure {
            Measure::Cpu => self.index.share(value),
            Measure::Allocated if self.allocated_bytes == 0 => 0.0,
            Measure::Allocated => value as f64 / self.allocated_bytes as f64,
        }
    }

    /// A time or a number of bytes for a person.
    pub fn amount(&self, value: u64) -> String {
        match self.measure {
            Measure::Cpu => wording::time(value),
            Measure::Allocated => wording::bytes(value),
        }
    }

    /// Whether so many samples are enough. Not every profile of allocations tells how many there were.
    pub fn is_sampled(&self, samples: u64, at_least: u64) -> bool {
        self.measure == Measure::Allocated || samples >= at_least
    }
}
