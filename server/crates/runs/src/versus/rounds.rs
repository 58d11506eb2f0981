//! Benchmarks in turns.

use super::Placed;
use crate::error::RunError;
use crate::measure::{Benchmark, Cancel, Prepared, Progress, Steps, benchmark};

/// How many rounds, and what watches them.
pub(crate) struct Schedule<'a> {
    pub(crate) rounds: usize,
    pub(crate) cancel: &'a Cancel,
    pub(crate) progress: &'a (dyn Fn(Progress) + Send + Sync),
}

/// Benchmarks two sides in turns. Who goes first changes from round to round, so that what the first leaves behind for the second (a warm
/// file cache, a hot processor) meets both.
pub(crate) async fn rounds(
    sides: [&Placed; 2],
    prepared: &[Prepared<'_>; 2],
    schedule: &Schedule<'_>,
) -> Result<Vec<[Benchmark; 2]>, RunError> {
    let mut all = Vec::with_capacity(schedule.rounds);
    for round in 0..schedule.rounds {
        let turn = async |side: usize, second: usize| {
            let at = [round * 2 + second, schedule.rounds * 2];
            one(&sides[side].label, &prepared[side], round, at, schedule).await
        };
        let is_swapped = round % 2 == 1;
        let (first, second) = (turn(usize::from(is_swapped), 0).await?, turn(usize::from(!is_swapped), 1).await?);
        all.push(if is_swapped { [second, first] } else { [first, second] });
    }
    if all.is_empty() { Err(RunError::NoRounds) } else { Ok(all) }
}

/// One benchmark, the `at[0]`-th of `at[1]` in all. Every request of it has succeeded.
pub(crate) async fn one(
    label: &str,
    prepared: &Prepared<'_>,
    round: usize,
    at: [usize; 2],
    schedule: &Schedule<'_>,
) -> Result<Benchmark, RunError> {
    let tell = |progress: Progress| {
        let percent = (at[0] as u32 * 100 + progress.percent) / at[1] as u32;
        let message = format!("Round {} of {}, {label}: {}", round + 1, schedule.rounds, progress.message);
        (schedule.progress)(Progress { percent, message, ..progress });
    };
    let steps = Steps { report: &tell };
    let result = benchmark(prepared, schedule.cancel, &steps).await.and_then(all_succeeded);
    match result {
        // A part of a round is no round.
        _ if schedule.cancel.is_finishing() => Err(RunError::Cancelled),
        Err(RunError::Cancelled) => Err(RunError::Cancelled),
        result => result.map_err(|source| RunError::Round { side: label.to_owned(), round: round + 1, source: Box::new(source) }),
    }
}

fn all_succeeded(benchmark: Benchmark) -> Result<Benchmark, RunError> {
    let report = benchmark.report();
    if report.failed == 0 {
        return if report.completed > 0 { Ok(benchmark) } else { Err(RunError::NothingCompleted { sent: report.sent }) };
    }
    let example = report.failures.first().map(|failure| failure.message.clone());
    Err(RunError::RequestsFailed { failed: report.failed, sent: report.sent, example })
}
