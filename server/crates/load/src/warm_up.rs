use std::future::Future;

use stats::{StatsError, Steadiness, SteadinessCriteria, steadiness};
use tokio::sync::Notify;

use crate::error::LoadError;
use crate::plan::Plan;
use crate::report::{Report, Slice};
use crate::run::run;

/// A finished warm-up.
#[derive(Debug, Clone)]
pub struct WarmUp {
    /// How steady the latency was at the end; not stable when the plan's limit (or
    /// `stop`) came first, which is for the caller to tell the user.
    pub steadiness: Steadiness,
    /// The load sent.
    pub report: Report,
}

/// Loads a server as planned until the median latency of consecutive slices is
/// steady, at most until the plan's limit or until `stop` resolves.
///
/// Slices in which nothing completed are left out, so that a route slower than
/// [`Plan::slice`] can become steady too.
///
/// # Errors
/// [`LoadError`], as [`run`].
pub async fn warm_up(plan: &Plan, criteria: &SteadinessCriteria, stop: impl Future<Output = ()>) -> Result<WarmUp, LoadError> {
    let steady = Notify::new();
    let mut seen = 0;
    let either = async {
        tokio::select! {
            () = steady.notified() => {}
            () = stop => {}
        }
    };
    let report = run(plan, either, |progress| {
        if progress.slices.len() > seen {
            seen = progress.slices.len();
            if judge(progress.slices, criteria).is_ok_and(|verdict| verdict.is_stable()) {
                steady.notify_one();
            }
        }
    })
    .await?;
    // The last slice is cut short by the end of the run.
    let whole = report.slices.len().saturating_sub(1);
    let steadiness = judge(&report.slices[..whole], criteria)
        .or_else(|_| judge(&[], criteria))
        .unwrap_or(Steadiness::TooFew { needed: criteria.slices, got: whole });
    Ok(WarmUp { steadiness, report })
}

fn judge(slices: &[Slice], criteria: &SteadinessCriteria) -> Result<Steadiness, StatsError> {
    let medians: Vec<f64> = slices.iter().filter_map(|slice| slice.p50_us).collect();
    steadiness(&medians, criteria)
}
