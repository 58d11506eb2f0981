//! Load of a server that runs already.

use super::super::interrupts::Interrupts;
use super::super::progress::Line;
use super::super::table::time;
use super::text::rate;
use ::load::{Limit, LoadError, Pace, Plan, Progress, Rate, Report};
use stats::SteadinessCriteria;
use std::cell::Cell;
use std::time::Duration;

/// How a run of the load generator ended.
pub(super) enum Ended {
    /// With a report, and with an error where there is one.
    Report(Box<Report>, Option<LoadError>),
    /// Without anything: asked twice to end, or during the warm-up.
    Stopped,
}

/// Loads as planned. The first Ctrl-C ends the load and gives what was measured until then, the second ends everything.
pub(super) async fn measure(plan: &Plan, warm_up: Option<Duration>, quiet: bool) -> Result<Ended, LoadError> {
    let line = (!quiet).then(Line::new);
    let mut interrupts = Interrupts::default();
    if let Some(limit) = warm_up {
        let warming = Plan { limit: Limit::Duration(limit), pace: steady(plan.pace), ..plan.clone() };
        if let Some(line) = &line {
            line.tell(0, "Warming up".to_owned());
        }
        let criteria = SteadinessCriteria::default();
        tokio::select! {
            warmed = ::load::warm_up(&warming, &criteria, std::future::pending()) => warmed.map(drop)?,
            () = interrupts.asked() => return Ok(Ended::Stopped),
        }
    }
    let asked = tokio::sync::Notify::new();
    let is_asked = Cell::new(false);
    let stop = asked.notified();
    let run = ::load::run(plan, stop, |progress| {
        if let Some(line) = &line {
            line.tell(percent(plan.limit, progress), told(progress));
        }
    });
    let ends = async {
        interrupts.asked().await;
        is_asked.set(true);
        asked.notify_one();
        interrupts.asked().await;
    };
    tokio::select! {
        result = run => match result {
            Ok(mut report) => {
                report.interrupted |= is_asked.get();
                Ok(Ended::Report(Box::new(report), None))
            }
            Err(error) => match error.report() {
                Some(report) => Ok(Ended::Report(Box::new(report.clone()), Some(error))),
                None => Err(error),
            },
        },
        () = ends => Ok(Ended::Stopped),
    }
}

/// The rate of a warm-up, which has no ramp: the one that the ramp starts with.
fn steady(pace: Pace) -> Pace {
    match pace {
        Pace::Open(Rate::Ramp { from, to, .. }) => Pace::Open(Rate::Constant(if from > 0.0 { from } else { to / 10.0 })),
        pace => pace,
    }
}

fn percent(limit: Limit, progress: &Progress<'_>) -> u64 {
    let share = match limit {
        Limit::Duration(duration) => progress.elapsed.as_secs_f64() / duration.as_secs_f64().max(1e-9),
        Limit::Requests(requests) => (progress.totals.completed + progress.totals.failed) as f64 / requests.max(1) as f64,
    };
    (share.min(1.0) * 100.0) as u64
}

/// Elapsed time, and of the last second the rate and the median; failures when there are some.
fn told(progress: &Progress<'_>) -> String {
    let mut out = format!("{:.0} s", progress.elapsed.as_secs_f64());
    let (mut ms, mut completed, mut medians) = (0.0, 0, Vec::new());
    for slice in progress.slices.iter().rev() {
        if ms >= 1e3 {
            break;
        }
        ms += slice.duration_ms;
        completed += slice.completed;
        medians.extend(slice.p50_us);
    }
    if ms > 0.0 {
        out.push_str(&format!(" · {} requests/s", rate(completed as f64 / ms * 1e3)));
    }
    if let Ok(median) = stats::median(&medians) {
        out.push_str(&format!(" · p50 {}", time(median / 1e3)));
    }
    if progress.totals.failed > 0 {
        out.push_str(&format!(" · {} failed", progress.totals.failed));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::load::{Slice, Totals};

    #[test]
    fn progress_of_the_last_second() {
        let slice =
            |completed, p50_us| Slice { start_ms: 0.0, duration_ms: 250.0, completed, failed: 0, mean_us: p50_us, p50_us, p99_us: p50_us };
        let told = |slices: &[Slice], failed| {
            told(&Progress { elapsed: Duration::from_millis(2100), totals: Totals { failed, ..Totals::default() }, slices })
        };
        assert_eq!(told(&[], 0), "2 s");
        assert_eq!(told(&[slice(7, Some(9.0))], 2), "2 s · 28.0 requests/s · p50 9.00 µs · 2 failed");
        let slices = [slice(9000, Some(1.0)), slice(10, Some(61.5)), slice(10, Some(61.5)), slice(10, Some(70.0)), slice(0, None)];
        assert_eq!(told(&slices, 0), "2 s · 30.0 requests/s · p50 61.5 µs");
    }

    #[test]
    fn a_warm_up_has_no_ramp() {
        let over = Duration::from_secs(1);
        let check = |pace, expected| assert_eq!(steady(pace), expected);
        check(Pace::Closed, Pace::Closed);
        check(Pace::Open(Rate::Ramp { from: 0.0, to: 50.0, over }), Pace::Open(Rate::Constant(5.0)));
        check(Pace::Open(Rate::Ramp { from: 9.0, to: 50.0, over }), Pace::Open(Rate::Constant(9.0)));
    }
}
