use std::time::{Duration, Instant};

use super::*;
use crate::plan::Plan;
use crate::record::Durations;
use crate::worker::Usage;

fn plan() -> Plan {
    Plan::get(crate::target::Target::new("localhost", 1, "/").unwrap())
}

/// A closed loop of 1,000 requests in a second, 10 of them unfinished.
pub(crate) fn report() -> Report {
    let recorder = Merged::new();
    let duration = Duration::from_secs(1);
    let report = Report::new(Measured {
        recorder,
        usages: Vec::new(),
        duration,
        slices: Vec::new(),
        interrupted: false,
        machine: None,
        plan: &plan(),
    });
    Report { sent: 1000, completed: 990, unfinished: 10, requests_per_second: 990.0, achieved_rate: 1000.0, ..report }
}

#[test]
fn the_busiest_thread_tells_whether_the_client_was_the_limit() {
    let check = |threads: &[(u64, Option<u64>)], duration_ms, expected| {
        let usages = threads
            .iter()
            .map(|(busy_ms, cpu_ms)| Usage {
                wall: Duration::from_millis(duration_ms),
                until: Instant::now(),
                cpu: cpu_ms.map(Duration::from_millis),
                waiting: None,
                busy: Duration::from_millis(*busy_ms),
                lag: Durations::new(),
            })
            .collect();
        let report = Report::new(Measured {
            recorder: Merged::new(),
            usages,
            duration: Duration::from_millis(duration_ms),
            slices: Vec::new(),
            interrupted: false,
            machine: None,
            plan: &plan(),
        });
        assert_eq!(report.client_limited, expected, "{threads:?}");
        report.generator
    };
    check(&[(850, Some(300))], 1000, false);
    check(&[(851, Some(300))], 1000, true);
    // Polling costs processor time outside of handling events.
    check(&[(500, Some(900))], 1000, true);
    check(&[(100, None), (900, None)], 1000, true);
    check(&[(99, Some(99))], 99, false);
    let generator = check(&[(100, Some(200)), (300, Some(400))], 1000, false);
    assert_eq!(generator.cpu_ms, Some(600.0));
    assert!((generator.cpu_share.unwrap() - 0.6).abs() < 1e-9);
    assert!((generator.busy_share - 0.4).abs() < 1e-9);
    // A sum without one of its parts would be wrong.
    let unknown = check(&[(100, Some(200)), (300, None)], 1000, false);
    assert_eq!(unknown.cpu_ms, None);
}
