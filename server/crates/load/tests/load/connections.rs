//! How connections are used: pipelining, one request each, Unix sockets, cookies, many of them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::{Client, OK, Server, run};
use load::{Bytes, FailureKind, Limit, Method};

/// Answers when `batch` requests are there.
async fn answer_in_batches(mut client: Client, batch: usize) {
    loop {
        for _ in 0..batch {
            if client.request().await.is_none() {
                return;
            }
        }
        if !client.send(OK.repeat(batch)).await {
            return;
        }
    }
}

#[tokio::test]
async fn pipelined_requests_do_not_wait_for_answers() {
    // With fewer than four in flight nothing would ever be answered.
    let server = Server::start(|client| answer_in_batches(client, 4));
    for connections in [1, 3] {
        let mut plan = server.plan(120);
        plan.connections = connections;
        plan.in_flight = 4;
        let (report, error) = run(&plan).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!((report.completed, report.in_flight), (120, 4));
        assert_eq!(report.connects, connections as u64);
    }
}

#[tokio::test]
async fn pipelined_answers_belong_to_their_requests() {
    let server = Server::start(|mut client| async move {
        while let Some(head) = client.request().await {
            let path = head.split(' ').nth(1).unwrap();
            // In pieces, so that several answers and parts of them come at once.
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{path}", path.len());
            let (start, end) = answer.split_at(answer.len() / 2);
            client.send(start).await;
            tokio::task::yield_now().await;
            client.send(end).await;
        }
    });
    let mut plan = server.plan(300);
    plan.in_flight = 7;
    plan.connections = 2;
    plan.requests = (0..5)
        .map(|index| {
            let mut request = plan.first().clone();
            request.path = format!("/{}", "x".repeat(index * 10));
            request.expect.body = vec![load::ExpectedBody::Exact(Bytes::from(request.path.clone()))];
            request
        })
        .collect();
    let (report, error) = run(&plan).await;
    assert!(error.is_none(), "{error:?} {report:?}");
    assert_eq!(report.completed, 300);
}

#[tokio::test]
async fn pipelined_requests_behind_the_last_answer_are_sent_again() {
    let server = Server::start(|mut client| async move {
        if client.request().await.is_some() {
            client.send("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok").await;
        }
    });
    let mut plan = server.plan(12);
    plan.in_flight = 4;
    let (report, error) = run(&plan).await;
    assert!(error.is_none(), "{error:?} {report:#?}");
    assert_eq!((report.completed, report.connects), (12, 12));
    assert!(report.retried >= 11, "{}", report.retried);
    assert_eq!(server.accepted(), 12);

    plan.first_mut().method = Method::POST;
    let (report, _) = run(&plan).await;
    assert_eq!((report.completed, report.retried), (3, 0), "{report:#?}");
    assert_eq!(report.errors, [(FailureKind::Closed, 9)].into());
}

#[tokio::test]
async fn pipelined_requests_on_a_connection_that_breaks() {
    let accepted = Arc::new(AtomicUsize::new(0));
    // The first connection closes without a word after two answers.
    let server = Server::start(move |mut client| {
        let accepted = Arc::clone(&accepted);
        async move {
            let answers = if accepted.fetch_add(1, Ordering::SeqCst) == 0 { 2 } else { usize::MAX };
            for _ in 0..answers {
                if client.request().await.is_none() {
                    return;
                }
                client.send(OK).await;
            }
        }
    });
    let mut plan = server.plan(9);
    plan.in_flight = 3;
    let (report, _) = run(&plan).await;
    assert_eq!((report.completed, report.failed, report.connects), (9, 0, 2), "{report:#?}");
    // One that was sent at first, and up to two that followed the answers.
    assert!((1..=3).contains(&report.retried), "{}", report.retried);
}

#[tokio::test]
async fn a_connection_for_every_request() {
    let closes = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&closes);
    // The server would keep the connections.
    let server = Server::start(move |mut client| {
        let seen = Arc::clone(&seen);
        async move {
            while let Some(head) = client.request().await {
                seen.fetch_add(usize::from(head.contains("connection: close\r\n")), Ordering::SeqCst);
                client.send(OK).await;
            }
        }
    });
    let mut plan = server.plan(30);
    plan.keep_alive = false;
    plan.connections = 3;
    let (report, error) = run(&plan).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!((report.completed, report.connects, report.retried), (30, 30, 0));
    assert_eq!(closes.load(Ordering::SeqCst), 30);
    assert!(report.connect_ms.unwrap().mean > 0.0);
}

#[tokio::test]
async fn an_early_answer_to_a_long_request() {
    // Closing with unread bytes resets the connection: the answer is there before.
    let server = Server::start(|mut client| async move {
        client.request().await;
        client.send("HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 4\r\n\r\nlong").await;
        client.gone_unread().await;
    });
    let mut plan = server.plan(3);
    plan.first_mut().method = Method::POST;
    plan.first_mut().body = Bytes::from(vec![b'x'; 20 << 20]);
    let (report, _) = run(&plan).await;
    assert_eq!(report.errors, [(FailureKind::Status, 3)].into(), "{report:#?}");
    assert_eq!(report.failures[0].body, "long");
}

#[tokio::test]
async fn cookies_are_kept_per_connection() {
    let number = Arc::new(AtomicUsize::new(0));
    let wrong = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&wrong);
    let server = Server::start(move |mut client| {
        let (number, seen) = (number.fetch_add(1, Ordering::SeqCst), Arc::clone(&seen));
        async move {
            let mut expected = None;
            while let Some(head) = client.request().await {
                let cookie = head.lines().find_map(|line| line.strip_prefix("cookie: ")).map(str::to_owned);
                if cookie != expected {
                    seen.lock().unwrap().push(head.clone());
                }
                let value = format!("id={number}");
                client.send(format!("HTTP/1.1 200 OK\r\nset-cookie: {value}; Path=/\r\ncontent-length: 0\r\n\r\n")).await;
                expected = Some(value);
            }
        }
    });
    let mut plan = server.plan(40);
    plan.connections = 4;
    plan.keep_cookies = true;
    let (report, error) = run(&plan).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(report.completed, 40);
    assert!(wrong.lock().unwrap().is_empty(), "{wrong:?}");
}

#[tokio::test]
async fn many_connections() {
    let server = Server::answering(OK);
    let mut plan = server.plan(2000);
    plan.connections = 500;
    plan.threads = 2;
    let (report, error) = run(&plan).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(report.completed, 2000);
    assert!(report.connects <= 500);
}

#[cfg(unix)]
#[tokio::test]
async fn more_connections_than_files() {
    use nix::sys::resource::{Resource, getrlimit};
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    let connections = 50_000;
    let server = Server::answering(OK);
    let mut plan = server.plan(1);
    plan.connections = connections;
    let result = load::run(&plan, std::future::pending(), |_| {}).await;
    match hard < connections as u64 {
        true => {
            let message = result.unwrap_err().to_string();
            assert!(message.contains("ulimit -n"), "{message}");
        }
        false => assert_eq!(result.unwrap().completed, 1),
    }
}

#[cfg(unix)]
mod unix_sockets {
    use super::*;
    use load::{LoadError, Target};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    fn plan(path: &std::path::Path) -> load::Plan {
        let target = Target::parse("http://localhost/path").unwrap().with_unix_socket(path);
        let mut plan = load::Plan::get(target);
        plan.limit = Limit::Requests(200);
        plan
    }

    #[tokio::test]
    async fn through_a_unix_socket() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.sock");
        let listener = tokio::net::UnixListener::bind(&path).unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut buffer = [0; 4096];
                    while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) && stream.write_all(OK.as_bytes()).await.is_ok() {}
                });
            }
        });
        let plan = plan(&path);
        assert_eq!(load::probe(&plan).await.unwrap().body, "hello");
        let (report, error) = run(&plan).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!((report.completed, report.connects), (200, 10));
    }

    #[tokio::test]
    async fn nobody_listens() {
        let folder = tempfile::tempdir().unwrap();
        let mut plan = plan(&folder.path().join("missing.sock"));
        plan.give_up_after = Duration::from_millis(200);
        let error = load::run(&plan, std::future::pending(), |_| {}).await.unwrap_err();
        assert!(matches!(error, LoadError::NothingSucceeds { .. }), "{error:?}");
        assert!(error.to_string().contains("missing.sock"), "{error}");
    }
}
