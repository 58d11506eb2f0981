//! HTTP/2 against servers that keep to it, and against others.

mod misbehaving;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use h2::RecvStream;
use h2::server::{Builder, Connection, SendResponse, handshake};
use http::{HeaderMap, Method, Request, Response};
use load::{Bytes, ExpectedBody, ExpectedStatus, FailureKind, Limit, Pace, Plan, Protocol, Rate, Report, probe};
use tokio::net::TcpStream;

use crate::support::{Client, Server, run};

type Http2 = Connection<TcpStream, Bytes>;

fn plan(server: &Server, requests: u64) -> Plan {
    let mut plan = server.plan(requests);
    plan.protocol = Protocol::Http2;
    plan
}

/// A request with its place in the connection, from 0.
struct Call {
    number: usize,
    request: Request<RecvStream>,
    respond: SendResponse<Bytes>,
}

impl Call {
    /// The whole body of the request.
    async fn body(&mut self) -> Vec<u8> {
        let body = self.request.body_mut();
        let mut whole = Vec::new();
        while let Some(chunk) = body.data().await {
            let chunk = chunk.unwrap();
            body.flow_control().release_capacity(chunk.len()).unwrap();
            whole.extend_from_slice(&chunk);
        }
        whole
    }

    fn answer(&mut self, status: u16, body: &'static str) {
        let response = Response::builder().status(status).body(()).unwrap();
        let mut stream = self.respond.send_response(response, body.is_empty()).unwrap();
        if !body.is_empty() {
            stream.send_data(Bytes::from_static(body.as_bytes()), true).unwrap();
        }
    }

    /// Sends as much as the client takes; whether it took all.
    async fn stream(&mut self, length: usize) -> bool {
        let mut stream = self.respond.send_response(Response::new(()), false).unwrap();
        let mut left = length;
        while left > 0 {
            stream.reserve_capacity(left.min(64 << 10));
            let Some(Ok(capacity)) = std::future::poll_fn(|cx| stream.poll_capacity(cx)).await else { return false };
            let part = capacity.min(left);
            if stream.send_data(Bytes::from(vec![b'x'; part]), part == left).is_err() {
                return false;
            }
            left -= part;
        }
        true
    }
}

/// Serves every request of every connection with a task of `answer`.
fn serving<F>(answer: impl Fn(Call) -> F + Clone + Send + 'static) -> Server
where
    F: Future<Output = ()> + Send + 'static,
{
    built(Builder::new(), answer)
}

fn built<F>(builder: Builder, answer: impl Fn(Call) -> F + Clone + Send + 'static) -> Server
where
    F: Future<Output = ()> + Send + 'static,
{
    Server::start(move |client: Client| {
        let (builder, answer) = (builder.clone(), answer.clone());
        async move {
            // A client that goes away is no failure of the server.
            let Ok(mut connection) = builder.handshake::<_, Bytes>(client.into_stream()).await else { return };
            let mut number = 0;
            while let Some(Ok((request, respond))) = connection.accept().await {
                tokio::spawn(answer(Call { number, request, respond }));
                number += 1;
            }
        }
    })
}

fn hello() -> Server {
    serving(|mut call| async move { call.answer(200, "hello") })
}

/// Runs `connection` for each that is made.
fn connections<F>(serve: impl Fn(Http2) -> F + Clone + Send + 'static) -> Server
where
    F: Future<Output = ()> + Send + 'static,
{
    Server::start(move |client: Client| {
        let serve = serve.clone();
        async move {
            if let Ok(connection) = handshake(client.into_stream()).await {
                serve(connection).await;
            }
        }
    })
}

async fn all_complete(plan: &Plan, requests: u64) -> Report {
    let (report, error) = run(plan).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!((report.completed, report.failed), (requests, 0), "{report:#?}");
    report
}

async fn all_fail(plan: &Plan, kind: FailureKind, part: &str) -> Report {
    let (report, error) = run(plan).await;
    assert!(error.is_some());
    assert_eq!(report.completed, 0, "{report:#?}");
    assert_eq!(report.errors.get(&kind), Some(&report.failed), "{report:#?}");
    assert!(report.failures[0].message.contains(part), "{:?}", report.failures);
    report
}

#[tokio::test]
async fn streams_share_connections() {
    let server = hello();
    let mut plan = plan(&server, 1000);
    plan.connections = 2;
    plan.in_flight = 10;
    plan.first_mut().expect.body = vec![ExpectedBody::Exact(Bytes::from_static(b"hello"))];
    let report = all_complete(&plan, 1000).await;
    assert_eq!(server.accepted(), 2);
    assert_eq!((report.connects, report.statuses[&200], report.received_bytes), (2, 1000, 5000));
}

#[tokio::test]
async fn as_many_in_flight_as_planned() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&most);
    let server = serving(move |mut call| {
        let (now, most) = (Arc::clone(&now), Arc::clone(&most));
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(5)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            call.answer(200, "");
        }
    });
    let mut plan = plan(&server, 60);
    plan.in_flight = 12;
    let report = all_complete(&plan, 60).await;
    assert_eq!(seen.load(Ordering::SeqCst), 12);
    assert_eq!(report.streams_allowed, None);
}

#[tokio::test]
async fn no_more_streams_than_the_server_allows() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&most);
    let mut builder = Builder::new();
    builder.max_concurrent_streams(3);
    let server = built(builder, move |mut call| {
        let (now, most) = (Arc::clone(&now), Arc::clone(&most));
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(20)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            call.answer(200, "");
        }
    });
    let mut plan = plan(&server, 30);
    plan.in_flight = 10;
    let report = all_complete(&plan, 30).await;
    assert_eq!((seen.load(Ordering::SeqCst), report.streams_allowed), (3, Some(3)));
    assert!(report.notes().iter().any(|note| note.text.contains("only 3 of the 10 streams")), "{:?}", report.notes());
    // As many are in flight on average as the latencies add up to (Little): from sending, not from waiting for a stream.
    let in_flight = report.latency_ms.unwrap().mean * 30.0 / report.duration_ms;
    assert!(in_flight <= 3.5, "{in_flight}");
}

#[tokio::test]
async fn bodies_both_ways() {
    let server = serving(|mut call| async move {
        let body = call.body().await;
        let is_whole = body.len() == 300_000 && body.iter().all(|byte| *byte == b'u');
        assert_eq!(call.request.method(), Method::POST);
        match is_whole {
            true => assert!(call.stream(20 << 20).await),
            false => call.answer(400, "what came is not what was sent"),
        }
    });
    let mut plan = plan(&server, 4);
    plan.in_flight = 2;
    plan.first_mut().method = Method::POST;
    plan.first_mut().body = Bytes::from(vec![b'u'; 300_000]);
    let report = all_complete(&plan, 4).await;
    assert_eq!(report.received_bytes, 4 * (20 << 20));
}

#[tokio::test]
async fn trailers_and_heads_without_body() {
    let server = serving(|mut call| async move {
        if call.request.method() == Method::HEAD {
            let response = Response::builder().header("content-length", "5").body(()).unwrap();
            call.respond.send_response(response, true).unwrap();
            return;
        }
        let mut stream = call.respond.send_response(Response::new(()), false).unwrap();
        stream.send_data(Bytes::from_static(b"hello"), false).unwrap();
        let mut trailers = HeaderMap::new();
        trailers.insert("x-sum", "1".parse().unwrap());
        stream.send_trailers(trailers).unwrap();
    });
    let mut plan = plan(&server, 10);
    plan.requests = vec![plan.first().clone(), plan.first().clone()];
    plan.requests[1].method = Method::HEAD;
    let report = all_complete(&plan, 10).await;
    assert_eq!(report.received_bytes, 25);
}

#[tokio::test]
async fn statuses_and_bodies_are_checked() {
    let server = serving(|mut call| async move {
        match call.number % 3 {
            0 => call.answer(200, "hello"),
            1 => call.answer(200, "hullo"),
            _ => call.answer(503, "down"),
        }
    });
    let mut plan = plan(&server, 30);
    plan.first_mut().expect.body = vec![ExpectedBody::Exact(Bytes::from_static(b"hello"))];
    let (report, _) = run(&plan).await;
    assert_eq!(report.completed, 10);
    assert_eq!(report.errors[&FailureKind::BodyMismatch], 10);
    assert_eq!(report.errors[&FailureKind::Status], 10);
    assert_eq!((report.statuses[&200], report.statuses[&503]), (20, 10));
    assert!(report.failures.iter().any(|failure| failure.body == "down"));
    assert_eq!(server.accepted(), 1);
    plan.first_mut().expect.body.clear();
    plan.first_mut().expect.status = ExpectedStatus::OneOf(vec![200, 503]);
    all_complete(&plan, 30).await;
}

#[tokio::test]
async fn requests_in_rotation_with_placeholders_and_cookies() {
    let server = serving(|mut call| async move {
        let path = call.request.uri().path_and_query().unwrap().as_str().to_owned();
        let cookie = call.request.headers().get("cookie").map(|cookie| cookie.to_str().unwrap().to_owned());
        assert_eq!(call.request.uri().scheme_str(), Some("http"));
        assert!(call.request.uri().authority().unwrap().as_str().starts_with("127.0.0.1:"));
        let is_expected = match call.number {
            0 => path == "/a?n=0" && cookie.is_none(),
            number if number % 2 == 0 => path == format!("/a?n={number}") && cookie.as_deref() == Some("sid=7"),
            _ => path == "/b" && cookie.as_deref() == Some("sid=7"),
        };
        let response =
            Response::builder().status(if is_expected { 200 } else { 500 }).header("set-cookie", "sid=7; Path=/").body(()).unwrap();
        call.respond.send_response(response, true).unwrap();
    });
    let mut plan = plan(&server, 20);
    plan.keep_cookies = true;
    plan.requests = vec![plan.first().clone(), plan.first().clone()];
    plan.requests[0].path = "/a?n={{n}}".into();
    plan.requests[0].placeholders = true;
    plan.requests[1].path = "/b".into();
    all_complete(&plan, 20).await;
}

#[tokio::test]
async fn open_loop_counts_from_the_intended_time() {
    // Two streams and 40 ms per response: 50/s, of 100/s that are due. The last of the 20 waits for 200 ms.
    let server = serving(|mut call| async move {
        tokio::time::sleep(Duration::from_millis(40)).await;
        call.answer(200, "hello");
    });
    let mut plan = plan(&server, 20);
    plan.in_flight = 2;
    plan.pace = Pace::Open(Rate::Constant(100.0));
    let report = all_complete(&plan, 20).await;
    let (latency, service) = (report.latency_ms.unwrap(), report.service_ms.unwrap());
    assert!(latency.max >= 200.0, "{latency:?}");
    assert!(service.min >= 40.0 && service.p50 < latency.p50, "{service:?}");
    assert!(report.waited >= 10, "{}", report.waited);
}

#[tokio::test]
async fn open_loop_keeps_its_schedule() {
    let server = hello();
    let mut plan = plan(&server, 100);
    plan.in_flight = 4;
    plan.pace = Pace::Open(Rate::Constant(500.0));
    let report = all_complete(&plan, 100).await;
    // From the first to the last there are 99 gaps of 2 ms.
    assert!(report.duration_ms >= 198.0, "{}", report.duration_ms);
}

#[tokio::test]
async fn the_end_leaves_requests_unfinished() {
    let server = serving(|call| async move {
        let _call = call;
        std::future::pending::<()>().await;
    });
    let mut plan = plan(&server, 1);
    plan.in_flight = 5;
    plan.limit = Limit::Duration(Duration::from_millis(200));
    let (report, _) = run(&plan).await;
    assert_eq!((report.sent, report.unfinished), (5, 5), "{report:#?}");
}

#[tokio::test]
async fn a_probe_gets_everything() {
    let server = serving(|mut call| async move {
        let response = Response::builder().status(404).header("x-a", "b").body(()).unwrap();
        let mut stream = call.respond.send_response(response, false).unwrap();
        stream.send_data(Bytes::from_static(b"not here"), true).unwrap();
    });
    let probe = probe(&plan(&server, 1)).await.unwrap();
    assert_eq!((probe.status, &probe.headers["x-a"], &probe.body[..]), (404, &"b".parse().unwrap(), &b"not here"[..]));
    let not_http2 = Server::answering("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
    let error = load::probe(&plan(&not_http2, 1)).await.unwrap_err().to_string();
    assert!(error.contains("does not speak HTTP/2"), "{error}");
}
