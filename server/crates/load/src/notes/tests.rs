use super::*;
use crate::distribution::Distribution;
use crate::failure::FailureKind;
use crate::report::tests::report;
use crate::report::{Machine, Slice};

/// A second of slices with these completions and medians in µs.
fn slices(of: impl Fn(u32) -> (u64, f64)) -> Vec<Slice> {
    let slice = |index: u32| {
        let (completed, p50) = of(index);
        let (mean_us, p50_us, p99_us) = (Some(p50), Some(p50), Some(p50));
        Slice { start_ms: f64::from(index) * 250.0, duration_ms: 250.0, completed, failed: 0, mean_us, p50_us, p99_us }
    };
    (0..40).map(slice).collect()
}

fn open(report: &mut Report) {
    report.open_loop = true;
    report.requested_rate = Some(100.0);
    report.achieved_rate = 100.0;
}

#[test]
fn what_is_told() {
    use NoteKind::{
        ClientLimited, ClosedLoopTail, ConnectionsBusy, Failures, FewForTail, FewerStreams, Interrupted, RateNotAchieved, Redirects,
        SharesCores, Unsteady,
    };
    fn check(change: fn(&mut Report), expected: &[(NoteKind, &str)]) {
        let mut report = report();
        report.latency_counts = Distribution { counts: vec![(100.0, 100_000)] };
        change(&mut report);
        let notes = report.notes();
        assert_eq!(notes.iter().map(|note| note.kind).collect::<Vec<_>>(), expected.iter().map(|(kind, _)| *kind).collect::<Vec<_>>());
        assert!(notes.is_sorted_by_key(|note| note.kind), "{notes:?}");
        for (note, (_, part)) in notes.iter().zip(expected) {
            assert!(note.text.contains(part), "{part:?} is not in {:?}", note.text);
        }
    }
    let tail = (ClosedLoopTail, "--rate 400.");
    check(|_| {}, &[tail]);
    check(open, &[]);
    let limited = |report: &mut Report| {
        report.client_limited = true;
        report.generator.busy_share = 0.97;
    };
    check(limited, &[(ClientLimited, "97 % of the run"), tail]);
    check(
        |report| {
            report.client_limited = true;
            report.machine = Some(Machine { processors: 4, busy_share: 0.5 });
        },
        &[(ClientLimited, "(--threads)"), tail],
    );
    check(|report| report.machine = Some(Machine { processors: 2, busy_share: 0.9 }), &[tail]);
    check(
        |report| report.machine = Some(Machine { processors: 2, busy_share: 0.91 }),
        &[(SharesCores, "all 2 processors were 91 % busy"), tail],
    );
    check(|report| report.generator.waiting_share = Some(0.06), &[(SharesCores, "6.0 % of the run"), tail]);
    check(
        |report| {
            open(report);
            report.achieved_rate = 98.0;
            report.waited = 500;
        },
        &[(RateNotAchieved, "98.0 of the 100 requests/s")],
    );
    check(
        |report| {
            open(report);
            report.waited = 500;
        },
        &[(ConnectionsBusy, "50 % of the requests")],
    );
    check(
        |report| {
            open(report);
            report.achieved_rate = 98.9;
        },
        &[(RateNotAchieved, "could not send it")],
    );
    check(
        |report| {
            open(report);
            report.in_flight = 200;
            report.streams_allowed = Some(100);
        },
        &[(FewerStreams, "only 100 of the 200 streams")],
    );
    check(
        |report| {
            open(report);
            report.achieved_rate = 99.1;
            report.waited = 10;
        },
        &[],
    );
    check(
        |report| {
            report.failed = 50;
            report.errors = [(FailureKind::Status, 50)].into();
            report.statuses = [(200, 900), (302, 30), (304, 20)].into();
        },
        &[(Failures, "50 of 1000 requests failed (5.0 %): 50 status"), (Redirects, "30 answers"), tail],
    );
    check(
        |report| {
            report.interrupted = true;
            report.requested_rate = Some(1e6);
        },
        &[(Interrupted, "after 1.0 s"), tail],
    );
    check(|report| report.slices = slices(|n| (100 + u64::from(n % 3), 100.0)), &[tail]);
    check(|report| report.slices = slices(|n| (100 + u64::from(n), 100.0)), &[(Unsteady, "rose by about"), tail]);
    check(|report| report.slices = slices(|n| (200 - u64::from(n), 100.0)), &[(Unsteady, "fell by about"), tail]);
    let queue = |report: &mut Report| {
        open(report);
        report.slices = slices(|n| (100, 100.0 + 20.0 * f64::from(n)));
    };
    check(queue, &[(Unsteady, "Lower --rate")]);
    let ramp = |report: &mut Report| {
        open(report);
        report.ramp = Some([100.0, 500.0]);
        report.slices = slices(|n| (100 + 10 * u64::from(n), 100.0 + 20.0 * f64::from(n)));
    };
    check(ramp, &[]);
    let few = |report: &mut Report| report.latency_counts = Distribution { counts: vec![(100.0, 500)] };
    check(few, &[(FewForTail, "5 of 500 requests lie beyond p99"), tail]);
    let nothing = |report: &mut Report| report.latency_counts = Distribution::default();
    check(nothing, &[]);
}

#[test]
fn chosen_percentiles() {
    let mut report = report();
    report.latency_counts = Distribution { counts: vec![(100.0, 500)] };
    let kinds = |percentiles: &[f64]| report.notes_for(percentiles).iter().map(|note| note.kind).collect::<Vec<_>>();
    assert_eq!(kinds(&[50.0, 100.0]), [NoteKind::ClosedLoopTail]);
    assert_eq!(kinds(&[50.0, 98.5]), [NoteKind::FewForTail, NoteKind::ClosedLoopTail]);
}

#[test]
fn suggested_rates() {
    let check = |rate, expected| assert_eq!(round_down(rate), expected, "{rate}");
    check(0.2, 1);
    check(9.9, 9);
    check(481.0, 400);
    check(22_345.0, 20_000);
}
