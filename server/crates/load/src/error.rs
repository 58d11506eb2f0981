use std::io;
use std::time::Duration;

use crate::plan::PlanError;
use crate::report::Report;
use crate::target::TargetError;

/// Why a run has no clean result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The target cannot be loaded.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The plan makes no sense.
    #[error("invalid load plan: {0}")]
    Plan(#[from] PlanError),
    /// Nothing has succeeded for a while, or at all.
    #[error("{}", nothing_succeeds(.target, .silence, .report, .last))]
    NothingSucceeds {
        /// Address loaded.
        target: String,
        /// Time since the last success or the start.
        silence: Duration,
        /// The last failure.
        last: String,
        /// What was measured until then.
        report: Box<Report>,
    },
    /// The server speaks another protocol than the plan's: TLS or none, HTTP/1.1 or HTTP/2.
    #[error("{target} cannot be loaded: {advice}")]
    OtherProtocol {
        /// Address loaded.
        target: String,
        /// What it speaks, and what to do.
        advice: String,
        /// What was measured until then.
        report: Box<Report>,
    },
    /// More failures than tolerated.
    #[error(
        "{} of {} requests to {target} failed, more than the {tolerated} tolerated; the last: {last}",
        .report.failed, .report.sent
    )]
    TooManyFailures {
        /// Address loaded.
        target: String,
        /// Failures tolerated.
        tolerated: u64,
        /// The last failure.
        last: String,
        /// What was measured until then.
        report: Box<Report>,
    },
    /// The generator itself could not work.
    #[error("the load generator could not run: {0}")]
    Generator(#[source] io::Error),
}

impl LoadError {
    /// What was measured until the run ended, if it began.
    pub fn report(&self) -> Option<&Report> {
        match self {
            Self::NothingSucceeds { report, .. } | Self::OtherProtocol { report, .. } | Self::TooManyFailures { report, .. } => {
                Some(report)
            }
            _ => None,
        }
    }
}

fn nothing_succeeds(target: &str, silence: &Duration, report: &Report, last: &str) -> String {
    let seconds = silence.as_secs_f64();
    let before = match report.completed {
        0 => String::new(),
        completed => format!(" after {completed} that did"),
    };
    format!("no request to {target} has succeeded for {seconds:.1} s{before}; the last failure: {last}")
}
