//! What a run of a well-behaved server reports.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::{OK, Server, check_balance, run};
use load::{Bytes, ExpectedBody, FailureKind, HeaderValue, Limit, LoadError, Method, ProbeError, Report, TargetError, probe, warm_up};
use stats::SteadinessCriteria;
use tokio::sync::Notify;

#[tokio::test]
async fn counts_requests_over_connections_and_threads() {
    for (connections, threads, requests) in [(1, 1, 1), (4, 1, 500), (5, 2, 333), (3, 8, 100)] {
        let server = Server::answering(OK);
        let mut plan = server.plan(requests);
        plan.connections = connections;
        plan.threads = threads;
        plan.first_mut().expect.body = vec![ExpectedBody::Exact(Bytes::from("hello"))];
        let (report, error) = run(&plan).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!((report.sent, report.completed), (requests, requests));
        assert_eq!(report.statuses, [(200, requests)].into());
        assert_eq!(report.received_bytes, 5 * requests);
        // A late connection may find all requests taken, and a late count too.
        assert!((1..=connections as u64).contains(&report.connects));
        assert!(server.accepted() <= report.connects as usize);
        assert_eq!(report.generator.threads, threads.min(connections));
        let rate = requests as f64 / (report.duration_ms / 1e3);
        assert!((report.requests_per_second / rate - 1.0).abs() < 1e-9);
    }
}

#[tokio::test]
async fn latency_is_that_of_the_server() {
    let delay = Duration::from_millis(50);
    let delays = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&delays);
    let server = Server::start(move |mut client| {
        let seen = Arc::clone(&seen);
        async move {
            while client.request().await.is_some() {
                let start = Instant::now();
                tokio::time::sleep(delay).await;
                seen.lock().unwrap().push(start.elapsed().as_secs_f64() * 1e3);
                client.send(OK).await;
            }
        }
    });
    let mut plan = server.plan(40);
    plan.connections = 4;
    let (report, _) = run(&plan).await;
    let latency = report.latency_ms.unwrap();
    let mut delays = delays.lock().unwrap().clone();
    delays.sort_by(f64::total_cmp);
    let (shortest, typical) = (delays[0], delays[delays.len() / 2]);
    assert!(latency.min >= 50.0 && latency.min >= shortest, "{latency:?}");
    // The client sees the server's own delay and little more.
    assert!(latency.p50 >= 50.0 && latency.p50 < typical * 1.5, "{latency:?} {typical}");
    // Four at a time, each again and again: 10 rounds of at least 50 ms.
    assert!(report.duration_ms >= 500.0);
    assert!(!report.client_limited, "{:?}", report.generator);
}

#[tokio::test]
async fn connecting_is_no_part_of_latency() {
    // The server takes the connection, and is slow only with the first byte.
    let server = Server::start(|mut client| async move {
        if client.request().await.is_some() {
            client.send("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").await;
        }
    });
    let (report, _) = run(&server.plan(50)).await;
    assert_eq!((report.completed, report.connects), (50, 50));
    let (latency, connect) = (report.latency_ms.unwrap(), report.connect_ms.unwrap());
    let total = 50.0 * (latency.mean + connect.mean);
    assert!(total <= report.duration_ms, "{total} of {}", report.duration_ms);
}

#[tokio::test]
async fn stopping_leaves_requests_unfinished() {
    let reached = Arc::new(Notify::new());
    let count = Arc::new(Mutex::new(0));
    let (notify, seen) = (Arc::clone(&reached), Arc::clone(&count));
    let server = Server::start(move |mut client| {
        let (notify, seen) = (Arc::clone(&notify), Arc::clone(&seen));
        async move {
            client.request().await;
            *seen.lock().unwrap() += 1;
            if *seen.lock().unwrap() == 3 {
                notify.notify_one();
            }
            client.gone().await;
        }
    });
    let mut plan = server.plan(u64::MAX);
    plan.connections = 3;
    let report = load::run(&plan, reached.notified(), |_| {}).await.unwrap();
    check_balance(&report);
    assert_eq!((report.sent, report.unfinished), (3, 3));
    assert!(report.interrupted);
}

#[tokio::test]
async fn a_run_for_a_time_takes_that_time() {
    let server = Server::answering(OK);
    let mut plan = server.plan(1);
    plan.connections = 2;
    plan.limit = Limit::Duration(Duration::from_millis(330));
    plan.slice = Duration::from_millis(50);
    let mut seen = 0;
    let report = load::run(&plan, std::future::pending(), |progress| {
        assert!(progress.slices.len() >= seen);
        seen = progress.slices.len();
        assert!(progress.totals.completed <= progress.totals.sent);
    })
    .await
    .unwrap();
    check_balance(&report);
    assert!(report.duration_ms >= 330.0, "{}", report.duration_ms);
    assert!(seen > 0, "progress with slices");
    assert!(report.completed > 0);
    assert!(report.slices.len() >= 7);
    let (last, whole) = report.slices.split_last().unwrap();
    assert!(whole.iter().all(|slice| slice.duration_ms == 50.0));
    assert!(last.duration_ms <= 50.0);
    for (index, slice) in report.slices.iter().enumerate() {
        assert_eq!(slice.start_ms, 50.0 * index as f64);
        assert_eq!(slice.p50_us.is_some(), slice.completed > 0);
    }
    if cfg!(unix) {
        assert!(report.generator.cpu_ms.unwrap() > 0.0);
    }
    assert!((0.0..=1.05).contains(&report.generator.busy_share));
    assert!(!report.interrupted && !report.open_loop);
    if cfg!(target_os = "linux") {
        assert!((0.0..=1.0).contains(&report.generator.waiting_share.unwrap()));
        assert!((0.0..=1.0).contains(&report.machine.unwrap().busy_share));
    }
}

#[tokio::test]
async fn dropping_a_run_ends_its_connections() {
    let gone = Arc::new(Notify::new());
    let notify = Arc::clone(&gone);
    let server = Server::start(move |mut client| {
        let notify = Arc::clone(&notify);
        async move {
            while client.request().await.is_some() && client.send(OK).await {}
            notify.notify_one();
        }
    });
    let plan = server.plan(u64::MAX);
    let begun = Notify::new();
    tokio::select! {
        result = load::run(&plan, std::future::pending(), |progress| {
            if progress.totals.completed > 0 {
                begun.notify_one();
            }
        }) => panic!("{result:?}"),
        () = begun.notified() => {}
    }
    let gone = tokio::time::timeout(Duration::from_secs(60), gone.notified());
    gone.await.expect("the connection must be closed");
}

#[tokio::test]
async fn sends_what_was_planned() {
    let heads = Arc::new(Mutex::new(HashSet::new()));
    let seen = Arc::clone(&heads);
    let server = Server::start(move |mut client| {
        let seen = Arc::clone(&seen);
        async move {
            while let Some(head) = client.request().await {
                seen.lock().unwrap().insert(head);
                client.send("HTTP/1.1 204 No Content\r\n\r\n").await;
            }
        }
    });
    let mut plan = server.plan(5);
    plan.first_mut().method = Method::DELETE;
    plan.first_mut().headers.insert("x-key", HeaderValue::from_static("1"));
    let (report, _) = run(&plan).await;
    assert_eq!(report.completed, 5);
    let heads = heads.lock().unwrap();
    let expected = format!("DELETE /path?x=1 HTTP/1.1\r\nhost: {}\r\nx-key: 1\r\n\r\n", server.address);
    assert_eq!(heads.iter().collect::<Vec<_>>(), [&expected]);
}

#[tokio::test]
async fn sends_bodies() {
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&bodies);
    let server = Server::start(move |mut client| {
        let seen = Arc::clone(&seen);
        async move {
            while let Some(head) = client.request().await {
                assert!(head.contains("content-length: 100000\r\n"), "{head}");
                let body = client.body(100_000).await;
                seen.lock().unwrap().push(body);
                client.send("HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n").await;
            }
        }
    });
    let sent: Vec<u8> = (0..100_000u32).map(|index| index as u8).collect();
    let mut plan = server.plan(3);
    plan.first_mut().method = Method::POST;
    plan.first_mut().body = Bytes::from(sent.clone());
    let (report, _) = run(&plan).await;
    assert_eq!(report.statuses, [(201, 3)].into());
    let bodies = bodies.lock().unwrap();
    assert_eq!(bodies.len(), 3);
    assert!(bodies.iter().all(|body| *body == sent));
}

#[tokio::test]
async fn head_has_no_body() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n");
    let mut plan = server.plan(3);
    plan.first_mut().method = Method::HEAD;
    let (report, error) = run(&plan).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!((report.completed, report.received_bytes), (3, 0));
}

#[tokio::test]
async fn probe_tells_status_headers_and_body() {
    let server = Server::answering("HTTP/1.1 418 Teapot\r\nx-a: b\r\ncontent-length: 5\r\n\r\nshort");
    let got = probe(&server.plan(1)).await.unwrap();
    assert_eq!((got.status, &got.body[..]), (418, &b"short"[..]));
    assert_eq!(got.headers["x-a"], "b");
    assert!(got.elapsed > Duration::ZERO);
    let mut plan = server.plan(4);
    plan.first_mut().expect = got.expectation(true);
    assert_eq!(run(&plan).await.0.completed, 4);

    let mut plan = server.plan(1);
    drop(server);
    let kind = |error| match error {
        ProbeError::Failed { failure, .. } => failure.kind,
        other => panic!("{other}"),
    };
    // The listener goes with its runtime, which ends in the background.
    let refused = loop {
        let kind = kind(probe(&plan).await.unwrap_err());
        if kind == FailureKind::Refused {
            break kind;
        }
    };
    assert_eq!(refused, FailureKind::Refused);

    let silent = Server::start(|client| client.gone());
    plan.target = silent.plan(1).target;
    plan.timeout = Duration::from_millis(30);
    assert_eq!(kind(probe(&plan).await.unwrap_err()), FailureKind::Timeout);

    plan.target = load::Target::parse("http://192.0.2.1/").unwrap();
    assert!(matches!(probe(&plan).await, Err(ProbeError::Target(TargetError::NotLoopback { .. }))));
    assert!(matches!(load::run(&plan, std::future::pending(), |_| {}).await, Err(LoadError::Target(TargetError::NotLoopback { .. }))));
}

#[tokio::test]
async fn warm_up_ends_when_steady_or_at_the_limit() {
    let server = Server::answering(OK);
    let mut plan = server.plan(1);
    plan.slice = Duration::from_millis(20);
    let criteria = SteadinessCriteria { slices: 4, max_variation: 1e9, max_drift: 1e9 };
    plan.limit = Limit::Duration(Duration::from_secs(60));
    let easy = warm_up(&plan, &criteria, std::future::pending()).await.unwrap();
    assert!(easy.steadiness.is_stable(), "{:?}", easy.steadiness);
    assert!(easy.report.duration_ms < 30_000.0);
    assert!(easy.report.slices.len() >= 4);

    plan.limit = Limit::Duration(Duration::from_millis(300));
    let impossible = SteadinessCriteria { max_variation: 0.0, max_drift: 0.0, ..criteria };
    let hard = warm_up(&plan, &impossible, std::future::pending()).await.unwrap();
    assert!(!hard.steadiness.is_stable(), "{:?}", hard.steadiness);
    assert!(hard.report.duration_ms >= 300.0);
}

#[tokio::test]
async fn json_has_the_documented_keys_and_reads_back() {
    let server = Server::answering(OK);
    let (report, _) = run(&server.plan(20)).await;
    let json = serde_json::to_value(&report).unwrap();
    for key in [
        "requestsPerSecond",
        "latencyMs",
        "sent",
        "completed",
        "failed",
        "unfinished",
        "retried",
        "statuses",
        "errors",
        "clientLimited",
        "requestedRate",
        "achievedRate",
        "durationMs",
        "connections",
        "connectMs",
        "generator",
        "slices",
        "failures",
    ] {
        assert!(json.get(key).is_some(), "{key} is missing in {json:#}");
    }
    assert!(json["requestedRate"].is_null());
    assert_eq!(json["statuses"]["200"], 20);
    for key in ["min", "mean", "p50", "p90", "p99", "p999", "max"] {
        assert!(json["latencyMs"][key].is_f64(), "{key}");
    }
    let text = serde_json::to_string(&report).unwrap();
    let back: Report = serde_json::from_str(&text).unwrap();
    // JSON readers may be off in the last digit of a number.
    let close = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-12;
    assert!(close(back.requests_per_second, report.requests_per_second));
    let (latency, known) = (back.latency_ms.unwrap(), report.latency_ms.unwrap());
    assert!(close(latency.mean, known.mean) && close(latency.p999, known.p999));
    assert!(close(back.slices[0].duration_ms, report.slices[0].duration_ms));
    assert_eq!((back.sent, &back.statuses), (report.sent, &report.statuses));
}

#[tokio::test]
async fn failures_read_back() {
    let server = Server::answering("HTTP/1.1 500 No\r\ncontent-length: 2\r\n\r\nno");
    let (report, _) = run(&server.plan(2)).await;
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["errors"], serde_json::json!({ "status": 2 }));
    assert!(json["latencyMs"].is_null());
    let back: Report = serde_json::from_value(json).unwrap();
    assert_eq!((back.errors, back.failures), (report.errors, report.failures));
}
