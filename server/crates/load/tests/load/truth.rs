//! Servers whose latencies are known, so that a wrong measurement shows.
//!
//! A busy machine may disturb one measurement, a generator that is wrong is wrong in all: each truth has
//! a few attempts.

use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::{OK, Server, run};
use load::{Limit, Pace, Plan, Rate, Report};

const ATTEMPTS: usize = 4;

/// Measures until `holds` gives no objection, and fails with all objections otherwise.
async fn eventually(mut measure: impl AsyncFnMut() -> Result<(), String>) {
    let mut objections = Vec::new();
    for _ in 0..ATTEMPTS {
        match measure().await {
            Ok(()) => return,
            Err(objection) => objections.push(objection),
        }
    }
    panic!("{objections:#?}");
}

fn within(what: &str, got: f64, expected: f64, tolerance: f64) -> Result<(), String> {
    let holds = (got - expected).abs() <= tolerance;
    if holds { Ok(()) } else { Err(format!("{what} is {got:.3}, not {expected:.3} ± {tolerance}")) }
}

/// A server that answers at once, but nothing in these milliseconds after its first request.
fn stalling(stall_ms: Range<u64>) -> Server {
    let begun: Arc<Mutex<Option<Instant>>> = Arc::default();
    Server::start(move |mut client| {
        let (begun, stall_ms) = (Arc::clone(&begun), stall_ms.clone());
        async move {
            while client.request().await.is_some() {
                let begun = *begun.lock().unwrap().get_or_insert_with(Instant::now);
                let stall = begun + Duration::from_millis(stall_ms.start)..begun + Duration::from_millis(stall_ms.end);
                if stall.contains(&Instant::now()) {
                    tokio::time::sleep_until(stall.end.into()).await;
                }
                client.send(OK).await;
            }
        }
    })
}

fn open_loop(server: &Server, rate: f64, seconds: u64) -> Plan {
    let mut plan = server.plan(1);
    plan.connections = 10;
    plan.pace = Pace::Open(Rate::Constant(rate));
    plan.limit = Limit::Duration(Duration::from_secs(seconds));
    plan
}

/// Every request of a rate must be accounted for, and the rate must have been kept.
fn check_rate(report: &Report, rate: f64, seconds: u64) {
    assert!(report.open_loop);
    assert_eq!(report.requested_rate, Some(rate));
    assert_eq!(report.sent as f64, rate * seconds as f64);
    assert_eq!(report.failed, 0, "{:?}", report.failures);
}

#[tokio::test]
async fn a_route_of_50_ms() {
    eventually(async || {
        let delays = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&delays);
        let server = Server::start(move |mut client| {
            let seen = Arc::clone(&seen);
            async move {
                while client.request().await.is_some() {
                    let start = Instant::now();
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    seen.lock().unwrap().push(start.elapsed().as_secs_f64() * 1e3);
                    client.send(OK).await;
                }
            }
        });
        let (report, _) = run(&open_loop(&server, 100.0, 2)).await;
        check_rate(&report, 100.0, 2);
        let mut delays = delays.lock().unwrap().clone();
        delays.sort_by(f64::total_cmp);
        let truth = delays[delays.len() / 2];
        within("p50", report.latency_ms.unwrap().p50, truth, 1.0)?;
        within("p50 of the service time", report.service_ms.unwrap().p50, truth, 1.0)
    })
    .await;
}

/// 1200 requests are due, 300 of them in the 1.5 s in which nothing is answered: they wait for what is left
/// of it, evenly from 1.5 s to nothing. So a tenth of all waits longer than 0.9 s, a hundredth longer than 1.44 s.
#[tokio::test]
async fn a_server_that_stalls() {
    eventually(async || {
        let server = stalling(2000..3500);
        let (report, _) = run(&open_loop(&server, 200.0, 6)).await;
        check_rate(&report, 200.0, 6);
        let (latency, service) = (report.latency_ms.unwrap(), report.service_ms.unwrap());
        within("p50", latency.p50, 0.2, 2.0)?;
        within("p90", latency.p90, 900.0, 30.0)?;
        within("p99", latency.p99, 1440.0, 30.0)?;
        // Ten connections were caught by the stall; what the others waited is no service time.
        within("p90 of the service time", service.p90, 0.2, 5.0)?;
        assert!(report.waited > 250, "{}", report.waited);
        Ok(())
    })
    .await;
}

/// The same stall in a closed loop hides: ten requests of thousands were slow. That is why its tail is no headline.
#[tokio::test]
async fn a_closed_loop_does_not_see_a_stall() {
    let server = stalling(500..1000);
    let mut plan = server.plan(1);
    plan.connections = 10;
    plan.limit = Limit::Duration(Duration::from_secs(2));
    let (report, _) = run(&plan).await;
    let latency = report.latency_ms.unwrap();
    assert!(latency.max > 300.0 && latency.p99 < 100.0, "{latency:?}");
    assert!(!report.open_loop && report.service_ms.is_none() && report.requested_rate.is_none());
}

#[tokio::test]
async fn a_quick_route_is_not_rounded() {
    let server = Server::answering(OK);
    let (report, _) = run(&server.plan(2000)).await;
    let latency = report.latency_ms.unwrap();
    assert!(latency.min > 0.0, "{latency:?}");
    // Whole milliseconds, or even whole microseconds, would leave one value or few.
    assert!(report.latency_counts.counts.len() > 20, "{:?}", report.latency_counts);
    assert_eq!(report.latency_counts.len(), report.completed);
}

#[tokio::test]
async fn a_ramp() {
    eventually(async || {
        let server = Server::answering(OK);
        let mut plan = open_loop(&server, 1.0, 2);
        plan.pace = Pace::Open(Rate::Ramp { from: 0.0, to: 400.0, over: Duration::from_secs(2) });
        plan.slice = Duration::from_millis(500);
        let (report, _) = run(&plan).await;
        let completed: Vec<f64> = report.slices.iter().map(|slice| slice.completed as f64).collect();
        // 100·t² requests by the time t.
        for (slice, expected) in completed.iter().zip([25.0, 75.0, 125.0, 175.0]) {
            within("a slice", *slice, expected, 3.0)?;
        }
        within("the requested rate", report.requested_rate.unwrap(), 200.0, 1e-6)
    })
    .await;
}

/// No bursts: the gaps between the requests of a rate are all the same.
#[tokio::test]
async fn requests_of_a_rate_are_evenly_apart() {
    eventually(async || {
        for threads in [1, 3] {
            let arrivals = Arc::new(Mutex::new(Vec::new()));
            let seen = Arc::clone(&arrivals);
            let server = Server::start(move |mut client| {
                let seen = Arc::clone(&seen);
                async move {
                    while client.request().await.is_some() {
                        seen.lock().unwrap().push(Instant::now());
                        client.send(OK).await;
                    }
                }
            });
            let mut plan = open_loop(&server, 250.0, 1);
            plan.threads = threads;
            let (report, _) = run(&plan).await;
            check_rate(&report, 250.0, 1);
            let arrivals = arrivals.lock().unwrap();
            let mut gaps: Vec<f64> = arrivals.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64() * 1e3).collect();
            gaps.sort_by(f64::total_cmp);
            within("the gap at 10 %", gaps[gaps.len() / 10], 4.0, 1.0)?;
            within("the gap at 90 %", gaps[gaps.len() * 9 / 10], 4.0, 1.0)?;
        }
        Ok(())
    })
    .await;
}
