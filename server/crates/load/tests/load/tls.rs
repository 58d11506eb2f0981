//! `https:` targets, of both protocols.

use std::sync::Arc;
use std::time::Duration;

use http::Response;
use load::{Bytes, ExpectedBody, FailureKind, Limit, Pace, Plan, Protocol, Rate, Report, Target, TlsOptions};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::support::{Client, OK, Server, run};

/// A server's certificate, signed by itself, for `localhost`.
pub(crate) struct Identity {
    config: Arc<ServerConfig>,
    pem: Vec<u8>,
}

impl Identity {
    pub(crate) fn new(alpn: &[&[u8]]) -> Self {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let pem = certificate.pem().into_bytes();
        let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.into())
            .unwrap();
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        Self { config: Arc::new(config), pem }
    }

    pub(crate) fn trusted(&self) -> TlsOptions {
        TlsOptions { ca_pem: Some(self.pem.clone()), insecure: false }
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }

    fn serve<F>(&self, serve: impl Fn(TlsStream<tokio::net::TcpStream>) -> F + Clone + Send + 'static) -> Server
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let acceptor = self.acceptor();
        Server::start(move |client: Client| {
            let (acceptor, serve) = (acceptor.clone(), serve.clone());
            async move {
                // What the client refuses is told by its report.
                if let Ok(stream) = acceptor.accept(client.into_stream()).await {
                    serve(stream).await;
                }
            }
        })
    }

    /// HTTP/1.1 that answers every request with the same bytes.
    pub(crate) fn answering(&self, answer: &'static [u8]) -> Server {
        self.serve(move |mut stream| async move {
            while request(&mut stream).await {
                if stream.write_all(answer).await.is_err() {
                    return;
                }
            }
        })
    }

    pub(crate) fn http2(&self) -> Server {
        self.serve(|stream| async move {
            let Ok(mut connection) = h2::server::handshake(stream).await else { return };
            while let Some(Ok((request, mut respond))) = connection.accept().await {
                assert_eq!(request.uri().scheme_str(), Some("https"));
                let mut stream = respond.send_response(Response::new(()), false).unwrap();
                stream.send_data(Bytes::from_static(b"hello"), true).unwrap();
            }
        })
    }
}

/// Reads the head of a request to its end; false when the client is gone.
async fn request(stream: &mut TlsStream<tokio::net::TcpStream>) -> bool {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return false,
        }
    }
    true
}

fn plan(server: &Server, tls: TlsOptions, requests: u64) -> Plan {
    let mut plan = Plan::get(Target::parse(&format!("https://localhost:{}/", server.address.port())).unwrap());
    plan.connections = 2;
    plan.limit = Limit::Requests(requests);
    plan.timeout = Duration::from_secs(20);
    plan.tls = tls;
    plan
}

async fn all_complete(plan: &Plan, requests: u64) -> Report {
    let (report, error) = run(plan).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!((report.completed, report.failed), (requests, 0), "{report:#?}");
    let tls = report.tls_ms.expect("handshakes take time");
    assert!(tls.mean > 0.0, "{tls:?}");
    report
}

async fn all_fail(plan: &Plan, parts: &[&str]) {
    let (report, error) = run(plan).await;
    let message = error.expect("nothing succeeds").to_string();
    assert_eq!(report.errors.keys().collect::<Vec<_>>(), [&FailureKind::Tls], "{report:#?}");
    for part in parts {
        assert!(message.contains(part), "{message}");
    }
}

#[tokio::test]
async fn http1() {
    let identity = Identity::new(&[b"http/1.1"]);
    let server = identity.answering(OK.as_bytes());
    let mut plan = plan(&server, identity.trusted(), 300);
    plan.first_mut().expect.body = vec![ExpectedBody::Exact(Bytes::from_static(b"hello"))];
    let report = all_complete(&plan, 300).await;
    assert_eq!((server.accepted(), report.connects, report.received_bytes), (2, 2, 1500));
}

#[tokio::test]
async fn http1_with_large_bodies() {
    let identity = Identity::new(&[]);
    let mut answer = b"HTTP/1.1 200 OK\r\ncontent-length: 3000000\r\n\r\n".to_vec();
    answer.resize(answer.len() + 3_000_000, b'x');
    let server = identity.answering(answer.leak());
    let plan = plan(&server, identity.trusted(), 10);
    let report = all_complete(&plan, 10).await;
    assert_eq!(report.received_bytes, 30_000_000);
}

#[tokio::test]
async fn http1_with_pipelining() {
    let identity = Identity::new(&[b"http/1.1"]);
    let server = identity.answering(OK.as_bytes());
    let mut plan = plan(&server, identity.trusted(), 500);
    plan.in_flight = 8;
    all_complete(&plan, 500).await;
    assert_eq!(server.accepted(), 2);
}

#[tokio::test]
async fn http1_without_keep_alive_resumes_sessions() {
    let identity = Identity::new(&[b"http/1.1"]);
    let server = identity.serve(|mut stream| async move {
        let is_resumed = stream.get_ref().1.handshake_kind() == Some(rustls::HandshakeKind::Resumed);
        if request(&mut stream).await {
            let status = if is_resumed { 200 } else { 204 };
            let answer = format!("HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    let mut plan = plan(&server, identity.trusted(), 20);
    plan.connections = 1;
    plan.keep_alive = false;
    let report = all_complete(&plan, 20).await;
    assert_eq!((server.accepted(), report.statuses[&204], report.statuses[&200]), (20, 1, 19));
}

#[tokio::test]
async fn http2() {
    let identity = Identity::new(&[b"h2", b"http/1.1"]);
    let server = identity.http2();
    let mut plan = plan(&server, identity.trusted(), 300);
    plan.protocol = Protocol::Http2;
    plan.in_flight = 5;
    plan.first_mut().expect.body = vec![ExpectedBody::Exact(Bytes::from_static(b"hello"))];
    let report = all_complete(&plan, 300).await;
    assert_eq!((server.accepted(), report.connects), (2, 2));
    let probe = load::probe(&plan).await.unwrap();
    assert_eq!((probe.status, &probe.body[..]), (200, &b"hello"[..]));
}

#[tokio::test]
async fn open_loops_of_both_protocols() {
    let identity = Identity::new(&[b"h2"]);
    let server = identity.http2();
    let mut second = plan(&server, identity.trusted(), 40);
    second.protocol = Protocol::Http2;
    let identity = Identity::new(&[b"http/1.1"]);
    let server = identity.answering(OK.as_bytes());
    let first = plan(&server, identity.trusted(), 40);
    for mut plan in [first, second] {
        plan.pace = Pace::Open(Rate::Constant(400.0));
        let report = all_complete(&plan, 40).await;
        assert!(report.duration_ms >= 97.5, "{}", report.duration_ms);
        assert!(report.service_ms.is_some());
    }
}

#[tokio::test]
async fn servers_that_are_not_trusted() {
    let identity = Identity::new(&[b"http/1.1", b"h2"]);
    let server = identity.answering(OK.as_bytes());
    let unknown = ["--ca FILE", "--insecure"];
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let mut plan = plan(&server, TlsOptions::default(), 3);
        plan.protocol = protocol;
        all_fail(&plan, &unknown).await;
        let error = load::probe(&plan).await.unwrap_err().to_string();
        assert!(unknown.iter().all(|part| error.contains(part)), "{error}");
    }
    let mut by_address = plan(&server, identity.trusted(), 3);
    by_address.target = Target::parse(&format!("https://127.0.0.1:{}/", server.address.port())).unwrap();
    all_fail(&by_address, &["not for 127.0.0.1 but for localhost"]).await;
    by_address.tls = TlsOptions { ca_pem: None, insecure: true };
    all_complete(&by_address, 3).await;
}

#[tokio::test]
async fn a_server_that_waits_for_the_rest_of_a_head() {
    let plain = Server::answering("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
    for protocol in [Protocol::Http1, Protocol::Http2] {
        // The server takes the greeting of TLS for the head of a request that never ends.
        let mut plan = plan(&plain, TlsOptions::default(), 2);
        plan.protocol = protocol;
        plan.timeout = Duration::from_millis(200);
        let (report, _) = run(&plan).await;
        assert_eq!(report.errors.keys().collect::<Vec<_>>(), [&FailureKind::ConnectTimeout], "{report:#?}");
    }
}

#[tokio::test]
async fn certificates_of_the_plan_that_cannot_be_read() {
    let identity = Identity::new(&[]);
    let server = identity.answering(OK.as_bytes());
    let plan = plan(&server, TlsOptions { ca_pem: Some(b"nonsense".to_vec()), insecure: false }, 1);
    let error = load::run(&plan, std::future::pending(), |_| {}).await.unwrap_err().to_string();
    assert!(error.contains("tls.ca_pem") && error.contains("BEGIN CERTIFICATE"), "{error}");
    let error = load::probe(&plan).await.unwrap_err().to_string();
    assert!(error.contains("tls.ca_pem"), "{error}");
}
