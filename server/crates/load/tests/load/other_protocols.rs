//! Servers that speak another protocol than they are asked in: the run ends at once and says what to do.

use std::time::Duration;

use load::{Limit, LoadError, Plan, Protocol, Target, TlsOptions};

use crate::support::{Client, OK, Server, run};
use crate::tls::Identity;

/// Without an end of its own.
fn plan(server: &Server, scheme: &str, protocol: Protocol) -> Plan {
    let mut plan = Plan::get(Target::parse(&format!("{scheme}://localhost:{}/", server.address.port())).unwrap());
    plan.protocol = protocol;
    plan.connections = 3;
    plan.limit = Limit::Duration(Duration::from_secs(600));
    plan.timeout = Duration::from_secs(20);
    plan.give_up_after = Duration::from_secs(600);
    plan
}

/// The run ends with this advice, and so does a single request.
async fn check(plan: &Plan, expected: &str) {
    let (report, error) = run(plan).await;
    let error = error.unwrap();
    let message = error.to_string();
    assert!(matches!(error, LoadError::OtherProtocol { .. }), "{message}");
    assert!(message.contains(&format!("{} cannot be loaded: ", plan.target)) && message.ends_with(expected), "{message}");
    assert_eq!(report.completed, 0, "{report:#?}");
    let few = Plan { limit: Limit::Requests(1), connections: 1, ..plan.clone() };
    let message = run(&few).await.1.unwrap().to_string();
    assert!(message.ends_with(expected), "{message}");
}

async fn check_probe(plan: &Plan, expected: &str) {
    let message = load::probe(plan).await.unwrap_err().to_string();
    assert!(message.ends_with(expected), "{message}");
}

const USE_HTTPS: &str = "this port speaks TLS; use https://";

#[tokio::test]
async fn tls_that_answers_with_an_alert() {
    let server = Identity::new(&[]).answering(OK.as_bytes());
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let plan = plan(&server, "http", protocol);
        check(&plan, USE_HTTPS).await;
        check_probe(&plan, USE_HTTPS).await;
    }
}

/// As OpenSSL does, and so Node.
#[tokio::test]
async fn tls_that_closes_connections_without_it() {
    let identity = Identity::new(&[]);
    let acceptor = identity.acceptor();
    let server = Server::start(move |client: Client| {
        let acceptor = acceptor.clone();
        async move {
            let stream = client.into_stream();
            let mut first = [0];
            if stream.peek(&mut first).await.is_ok() && first == [0x16] {
                let _ = acceptor.accept(stream).await;
            }
        }
    });
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let mut plan = plan(&server, "http", protocol);
        plan.give_up_after = Duration::from_secs(1);
        check(&plan, USE_HTTPS).await;
        check_probe(&plan, USE_HTTPS).await;
    }
}

#[tokio::test]
async fn tls_that_says_so_in_plain_text() {
    let body = "<html><center>The plain HTTP request was sent to HTTPS port</center></html>";
    let answer = format!("HTTP/1.1 400 Bad Request\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    let server = Server::answering(answer.leak());
    let plan = plan(&server, "http", Protocol::Http1);
    check(&plan, USE_HTTPS).await;
    check_probe(&plan, USE_HTTPS).await;
}

#[tokio::test]
async fn no_tls() {
    let refusing = Server::start(|mut client| async move {
        client.send("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n").await;
        client.gone().await;
    });
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let plan = plan(&refusing, "https", protocol);
        check(&plan, "this port does not speak TLS; use http://").await;
        check_probe(&plan, "this port does not speak TLS; use http://").await;
    }
}

#[tokio::test]
async fn no_http2() {
    let expected = "the server does not speak HTTP/2 but HTTP/1.1; leave --http2 out";
    let plain = Server::answering("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
    let plain = plan(&plain, "http", Protocol::Http2);
    check(&plain, expected).await;
    check_probe(&plain, expected).await;
    for alpn in [&[&b"http/1.1"[..]][..], &[]] {
        let identity = Identity::new(alpn);
        let server = identity.answering(OK.as_bytes());
        let mut secure = plan(&server, "https", Protocol::Http2);
        secure.tls = identity.trusted();
        check(&secure, expected).await;
        check_probe(&secure, expected).await;
    }
}

#[tokio::test]
async fn http2_that_asks_for_http1() {
    let expected = "the server does not speak HTTP/2 but HTTP/1.1; leave --http2 out";
    let of_stream = Server::start(|client| async move {
        let Ok(mut connection) = h2::server::handshake(client.into_stream()).await else { return };
        while let Some(Ok((_, mut respond))) = connection.accept().await {
            respond.send_reset(h2::Reason::HTTP_1_1_REQUIRED);
        }
    });
    let of_connection = Server::start(|client| async move {
        let Ok(mut connection) = h2::server::handshake(client.into_stream()).await else { return };
        let _ = connection.accept().await;
        connection.abrupt_shutdown(h2::Reason::HTTP_1_1_REQUIRED);
        while connection.accept().await.is_some() {}
    });
    for server in [of_stream, of_connection] {
        let plan = plan(&server, "http", Protocol::Http2);
        check(&plan, expected).await;
        check_probe(&plan, expected).await;
    }
}

#[tokio::test]
async fn nothing_but_http2() {
    let expected = "the server does not speak HTTP/1.1 but HTTP/2; use --http2";
    let plain = Server::start(|client| async move {
        let Ok(mut connection) = h2::server::handshake(client.into_stream()).await else { return };
        while connection.accept().await.is_some() {}
    });
    check(&plan(&plain, "http", Protocol::Http1), expected).await;
    let identity = Identity::new(&[b"h2"]);
    let server = identity.http2();
    let mut secure = plan(&server, "https", Protocol::Http1);
    secure.tls = TlsOptions { ca_pem: None, insecure: true };
    check(&secure, expected).await;
}

#[tokio::test]
async fn a_server_that_only_closes_connections() {
    let server = Server::start(|client| async move { drop(client) });
    for (protocol, expected) in [(Protocol::Http1, "the last failure: "), (Protocol::Http2, "leave --http2 out")] {
        let mut plan = plan(&server, "http", protocol);
        plan.give_up_after = Duration::from_secs(1);
        let (_, error) = run(&plan).await;
        assert!(matches!(&error, Some(LoadError::NothingSucceeds { .. })), "{error:?}");
        let message = error.unwrap().to_string();
        assert!(message.contains(expected) && !message.ends_with(USE_HTTPS), "{message}");
    }
}

/// One that has answered before may fail in any way: that is no reason to end at once.
#[tokio::test]
async fn a_server_that_has_spoken_the_protocol() {
    let server = Server::start(|mut client| async move {
        client.request().await;
        client.send(OK).await;
        client.request().await;
        client.send(b"\x15\x03\x01\x00\x02\x02\x46").await;
    });
    let mut plan = plan(&server, "http", Protocol::Http1);
    plan.limit = Limit::Requests(30);
    plan.connections = 1;
    let (report, error) = run(&plan).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!((report.completed, report.failed), (15, 15), "{report:#?}");
}
