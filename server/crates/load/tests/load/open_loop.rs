//! What an open loop counts when servers or connections cannot keep up.

use std::time::Duration;

use crate::support::{OK, Server, check_balance, run};
use load::{FailureKind, Limit, Pace, Rate};

fn slow() -> Server {
    Server::start(|mut client| async move {
        while client.request().await.is_some() {
            tokio::time::sleep(Duration::from_millis(50)).await;
            client.send(OK).await;
        }
    })
}

#[tokio::test]
async fn a_server_that_cannot_keep_up() {
    let server = slow();
    let mut plan = server.plan(1);
    plan.connections = 2;
    plan.pace = Pace::Open(Rate::Constant(200.0));
    plan.limit = Limit::Duration(Duration::from_secs(1));
    let (report, _) = run(&plan).await;
    // All 200 were owed; two connections that take 50 ms send 40 at most.
    assert_eq!((report.sent, report.failed), (200, 0));
    assert!(report.completed <= 40 && report.unfinished >= 160, "{report:#?}");
    assert!(report.achieved_rate <= 42.0, "{}", report.achieved_rate);
    assert_eq!(report.requested_rate, Some(200.0));
    assert!(report.waited > 0 && report.waited <= report.completed + 2, "{}", report.waited);
    let (latency, service) = (report.latency_ms.unwrap(), report.service_ms.unwrap());
    assert!(latency.max > 2.0 * service.max, "{latency:?} {service:?}");
    assert_eq!(report.service_counts.len(), report.completed);
}

#[tokio::test]
async fn so_many_requests_of_a_rate() {
    let server = Server::answering(OK);
    for (threads, keep_alive, in_flight) in [(1, true, 1), (3, true, 1), (1, false, 1), (1, true, 4)] {
        let mut plan = server.plan(60);
        plan.connections = 3;
        plan.threads = threads;
        plan.keep_alive = keep_alive;
        plan.in_flight = in_flight;
        plan.pace = Pace::Open(Rate::Constant(300.0));
        let (report, error) = run(&plan).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!((report.sent, report.completed, report.unfinished), (60, 60, 0));
        // The last is due after 59 of 60 intervals.
        assert!(report.duration_ms >= 59.0 / 300.0 * 1e3, "{}", report.duration_ms);
        assert_eq!(report.connects, if keep_alive { 3 } else { 60 });
    }
}

#[tokio::test]
async fn more_in_flight_than_connections() {
    let server = slow();
    let mut plan = server.plan(20);
    plan.connections = 2;
    plan.in_flight = 10;
    plan.pace = Pace::Open(Rate::Constant(2000.0));
    let (report, error) = run(&plan).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!((report.completed, report.waited), (20, 0));
}

#[tokio::test]
async fn nobody_listens() {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut plan = crate::support::plan(address, u64::MAX);
    plan.connections = 4;
    plan.pace = Pace::Open(Rate::Constant(100.0));
    plan.limit = Limit::Duration(Duration::from_secs(30));
    plan.give_up_after = Duration::from_millis(500);
    let (report, error) = run(&plan).await;
    assert!(error.expect("must give up").to_string().contains("refused"));
    assert_eq!(report.errors, [(FailureKind::Refused, report.failed)].into());
    assert!(report.duration_ms < 20_000.0);
}

#[tokio::test]
async fn idle_connections_that_the_server_closes_are_made_again() {
    // Each connection lives for three answers.
    let server = Server::start(|mut client| async move {
        for _ in 0..3 {
            client.request().await;
            client.send(OK).await;
        }
    });
    let mut plan = server.plan(60);
    plan.connections = 2;
    plan.pace = Pace::Open(Rate::Constant(500.0));
    let (report, error) = run(&plan).await;
    assert!(error.is_none(), "{error:?} {report:#?}");
    assert_eq!((report.completed, report.failed), (60, 0));
    assert!((20..=22).contains(&report.connects), "{}", report.connects);
}

#[tokio::test]
async fn stopping() {
    let server = slow();
    let mut plan = server.plan(1);
    plan.connections = 1;
    plan.pace = Pace::Open(Rate::Constant(100.0));
    plan.limit = Limit::Duration(Duration::from_secs(600));
    let enough = tokio::sync::Notify::new();
    let report = load::run(&plan, enough.notified(), |progress| {
        if progress.totals.completed >= 2 {
            enough.notify_one();
        }
    })
    .await
    .unwrap();
    check_balance(&report);
    assert!(report.interrupted && report.completed >= 2);
    // What was due until then, and no more.
    let due = (report.duration_ms / 10.0).ceil();
    assert!((report.sent as f64 - due).abs() <= 1.0, "{} {due}", report.sent);
}
