//! Sessions against a server in memory, over wires that pass on a few bytes at a time.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::rc::Rc;

use proptest::prelude::*;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{HandshakeKind, ServerConfig, ServerConnection, SupportedProtocolVersion};

use super::*;
use crate::failure::{Failure, FailureKind};

#[test]
fn authorities_that_cannot_be_trusted() {
    let check = |pem: &[u8], part: &str| {
        let options = TlsOptions { ca_pem: Some(pem.to_vec()), insecure: false };
        let error = client_config(&options, Protocol::Http1).unwrap_err();
        assert_eq!(error.field, "tls.ca_pem");
        assert!(error.problem.contains(part), "{error}");
    };
    check(b"", "holds no certificate");
    check(b"\x30\x82\x01\x0a", "holds no certificate");
    check(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "but a private key");
    check(b"-----BEGIN CERTIFICATE-----\nAAAA\n", "not PEM");
    check(b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", "not PEM");
    check(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "certificate 1");
}

#[test]
fn certificates_that_are_taken() {
    let authority = Authority::new();
    let check = |server: &Shown, options: TlsOptions| {
        let config = client_config(&options, Protocol::Http1).unwrap();
        Pair::new(&config, &server.config(&[b"http/1.1"])).handshake().unwrap();
    };
    let insecure = || TlsOptions { ca_pem: None, insecure: true };
    check(&authority.shows("localhost"), authority.trusted());
    check(&authority.shows("elsewhere"), insecure());
    check(&Shown::expired(), insecure());
    // As `openssl req -x509` makes them.
    let own = Shown::own_authority("localhost");
    check(&own, insecure());
    check(&own, TlsOptions { ca_pem: Some(own.pem.clone().into_bytes()), insecure: false });
    let both = own.pem.clone() + &authority.pem;
    check(&authority.shows("localhost"), TlsOptions { ca_pem: Some(both.into_bytes()), insecure: false });
}

#[test]
fn certificates_that_are_refused_and_what_to_do() {
    let authority = Authority::new();
    let check = |server: &Shown, options: TlsOptions, parts: &[&str]| {
        let config = client_config(&options, Protocol::Http1).unwrap();
        let failure = Pair::new(&config, &server.config(&[b"http/1.1"])).handshake().unwrap_err();
        assert_eq!(failure.kind, FailureKind::Tls);
        for part in parts.iter().chain(&["--insecure"]) {
            assert!(failure.message.contains(part), "{failure}");
        }
    };
    let trusting = |server: &Shown| TlsOptions { ca_pem: Some(server.pem.clone().into_bytes()), insecure: false };
    check(&authority.shows("localhost"), TlsOptions::default(), &["issuer", "--ca FILE"]);
    check(&authority.shows("elsewhere"), authority.trusted(), &["not for localhost but for elsewhere"]);
    let expired = Shown::expired();
    check(&expired, trusting(&expired), &["expired", "days ago"]);
    let elsewhere = Shown::own_authority("elsewhere");
    check(&elsewhere, trusting(&elsewhere), &["not for localhost but for elsewhere"]);
    check(&Shown::own_authority("localhost"), TlsOptions::default(), &["--ca FILE"]);
    let nameless = Shown::signed_by_itself(CertificateParams::new(Vec::new()).unwrap());
    check(&nameless, trusting(&nameless), &["names no host"]);
}

#[test]
fn protocols_that_the_server_must_choose() {
    let authority = Authority::new();
    let handshake = |protocol, offered: &[&[u8]]| {
        let config = client_config(&authority.trusted(), protocol).unwrap();
        Pair::new(&config, &authority.shows("localhost").config(offered)).handshake()
    };
    handshake(Protocol::Http1, &[]).unwrap();
    handshake(Protocol::Http1, &[b"h2", b"http/1.1"]).unwrap();
    handshake(Protocol::Http2, &[b"http/1.1", b"h2"]).unwrap();
    for offered in [&[][..], &[&b"http/1.1"[..]]] {
        let failure = handshake(Protocol::Http2, offered).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Tls);
        assert!(failure.message.contains("does not speak HTTP/2"), "{failure}");
    }
    let failure = handshake(Protocol::Http1, &[b"h2"]).unwrap_err();
    assert!(failure.message.contains("use --http2"), "{failure}");
}

#[test]
fn servers_without_tls() {
    let check = |answer: &[u8], part: &str| {
        let config = client_config(&TlsOptions::default(), Protocol::Http1).unwrap();
        let mut client = TlsSession::new(&config, name()).unwrap();
        let failure = client.handshake(&mut Script { answer, written: Vec::new() }).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Tls);
        assert!(failure.message.contains(part), "{failure}");
    };
    check(b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak TLS; use http://");
    check(b"", "closed the connection in the TLS handshake");
    // A fatal alert: protocol_version.
    check(b"\x15\x03\x03\x00\x02\x02\x46", "neither TLS 1.2 nor TLS 1.3");
    // handshake_failure.
    check(b"\x15\x03\x03\x00\x02\x02\x28", "refused the TLS handshake");
}

#[test]
fn sessions_are_resumed() {
    let authority = Authority::new();
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let config = client_config(&authority.trusted(), Protocol::Http1).unwrap();
        let server = authority.shows("localhost").config_of(&[version], &[b"http/1.1"]);
        let kind = || {
            let mut pair = Pair::new(&config, &server);
            pair.handshake().unwrap();
            // The tickets of TLS 1.3 come with the first bytes.
            pair.echo(b"a");
            pair.client.connection.handshake_kind()
        };
        assert_eq!(kind(), Some(HandshakeKind::Full), "{version:?}");
        assert_eq!(kind(), Some(HandshakeKind::Resumed), "{version:?}");
    }
}

#[test]
fn ends_with_and_without_goodbye() {
    let authority = Authority::new();
    let config = client_config(&authority.trusted(), Protocol::Http1).unwrap();
    for goodbye in [true, false] {
        let mut pair = Pair::new(&config, &authority.shows("localhost").config(&[]));
        pair.handshake().unwrap();
        pair.server.writer().write_all(b"last").unwrap();
        if goodbye {
            pair.server.send_close_notify();
        }
        pair.server_io();
        pair.wire.borrow_mut().closed = true;
        let mut into = [0; 16];
        assert_eq!(pair.read(&mut into).unwrap(), 4);
        assert_eq!(&into[..4], b"last");
        assert_eq!(pair.read(&mut into).unwrap(), 0, "goodbye: {goodbye}");
        assert_eq!(pair.read(&mut into).unwrap(), 0, "and again");
    }
}

#[test]
fn bytes_that_are_no_records() {
    let authority = Authority::new();
    let config = client_config(&authority.trusted(), Protocol::Http1).unwrap();
    let mut pair = Pair::new(&config, &authority.shows("localhost").config(&[]));
    pair.handshake().unwrap();
    pair.wire.borrow_mut().to_client.extend(b"HTTP/1.1 200 OK\r\n\r\n");
    let error = loop {
        match pair.read(&mut [0; 16]) {
            Ok(read) => panic!("{read} bytes of nonsense"),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert_eq!(failure_of(&error).unwrap().kind, FailureKind::Tls);
    assert_eq!(failure_of(&io::ErrorKind::ConnectionReset.into()), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// However few bytes the socket takes and gives at a time, and however often it does not, what
    /// one end writes the other one reads.
    #[test]
    fn any_wire(
        steps in prop::collection::vec(0usize..40, 1..20),
        messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40_000), 1..4),
        tls12 in any::<bool>(),
    ) {
        let authority = Authority::new();
        let config = client_config(&authority.trusted(), Protocol::Http1).unwrap();
        let version = if tls12 { &rustls::version::TLS12 } else { &rustls::version::TLS13 };
        let mut pair = Pair::new(&config, &authority.shows("localhost").config_of(&[version], &[b"http/1.1"]));
        // At least one step passes something on.
        pair.wire.borrow_mut().steps = steps.into_iter().chain([1]).collect();
        pair.handshake().unwrap();
        for message in &messages {
            prop_assert_eq!(&pair.echo(message), message);
        }
    }
}

fn name() -> ServerName<'static> {
    ServerName::try_from("localhost").unwrap()
}

/// What a server shows.
struct Shown {
    certificate: CertificateDer<'static>,
    pem: String,
    key: PrivateKeyDer<'static>,
}

impl Shown {
    fn signed_by_itself(params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { certificate: certificate.der().clone(), pem: certificate.pem(), key: key.into() }
    }

    fn own_authority(name: &str) -> Self {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self::signed_by_itself(params)
    }

    fn expired() -> Self {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.not_after = date_time_ymd(2020, 1, 1);
        Self::signed_by_itself(params)
    }

    fn config(&self, alpn: &[&[u8]]) -> Arc<ServerConfig> {
        self.config_of(rustls::ALL_VERSIONS, alpn)
    }

    fn config_of(&self, versions: &[&'static SupportedProtocolVersion], alpn: &[&[u8]]) -> Arc<ServerConfig> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], self.key.clone_key())
            .unwrap();
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        Arc::new(config)
    }
}

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    fn shows(&self, name: &str) -> Shown {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &self.issuer).unwrap();
        Shown { certificate: certificate.der().clone(), pem: certificate.pem(), key: key.into() }
    }

    fn trusted(&self) -> TlsOptions {
        TlsOptions { ca_pem: Some(self.pem.clone().into_bytes()), insecure: false }
    }
}

/// Bytes under way. `steps` are how many of them one call passes on at most, in turns; 0 would block.
#[derive(Default)]
struct Wire {
    to_client: VecDeque<u8>,
    to_server: VecDeque<u8>,
    steps: Vec<usize>,
    step: usize,
    closed: bool,
}

impl Wire {
    fn step(&mut self) -> io::Result<usize> {
        if self.steps.is_empty() {
            return Ok(usize::MAX);
        }
        self.step = (self.step + 1) % self.steps.len();
        match self.steps[self.step] {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            most => Ok(most),
        }
    }
}

/// The client's end of a wire.
#[derive(Clone)]
struct Socket(Rc<RefCell<Wire>>);

impl Read for Socket {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut wire = self.0.borrow_mut();
        if wire.to_client.is_empty() {
            return if wire.closed { Ok(0) } else { Err(io::ErrorKind::WouldBlock.into()) };
        }
        let most = wire.step()?.min(into.len());
        wire.to_client.read(&mut into[..most])
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut wire = self.0.borrow_mut();
        let most = wire.step()?.min(bytes.len());
        wire.to_server.write(&bytes[..most])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A socket whose other end says one thing and then closes.
struct Script<'a> {
    answer: &'a [u8],
    written: Vec<u8>,
}

impl Read for Script<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.answer.read(into)
    }
}

impl Write for Script<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Pair {
    client: TlsSession,
    server: ServerConnection,
    wire: Rc<RefCell<Wire>>,
}

impl Pair {
    fn new(client: &Arc<ClientConfig>, server: &Arc<ServerConfig>) -> Self {
        let client = TlsSession::new(client, name()).unwrap();
        let mut server = ServerConnection::new(Arc::clone(server)).unwrap();
        server.set_buffer_limit(None);
        Self { client, server, wire: Rc::default() }
    }

    fn handshake(&mut self) -> Result<(), Failure> {
        let mut socket = Socket(Rc::clone(&self.wire));
        while !self.client.handshake(&mut socket)? {
            self.server_io();
        }
        self.server_io();
        Ok(())
    }

    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.client.read(&mut Socket(Rc::clone(&self.wire)), into)
    }

    /// The server takes what there is and sends it back; its own end never blocks.
    fn server_io(&mut self) {
        let mut wire = self.wire.borrow_mut();
        let mut buffer = [0; 4096];
        while !wire.to_server.is_empty() {
            self.server.read_tls(&mut wire.to_server).unwrap();
            // What it refuses it tells the client.
            let _ = self.server.process_new_packets();
            while let Ok(read) = self.server.reader().read(&mut buffer) {
                self.server.writer().write_all(&buffer[..read]).unwrap();
            }
        }
        while self.server.wants_write() {
            self.server.write_tls(&mut wire.to_client).unwrap();
        }
    }

    /// What the client reads of what it wrote, sent back by the server.
    fn echo(&mut self, message: &[u8]) -> Vec<u8> {
        let mut socket = Socket(Rc::clone(&self.wire));
        let (mut written, mut back) = (0, Vec::new());
        let mut buffer = [0; 1000];
        while back.len() < message.len() {
            if written < message.len() {
                match self.client.write(&mut socket, &message[written..]) {
                    Ok(taken) => written += taken,
                    Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
                }
            }
            self.client.flush(&mut socket).unwrap();
            self.server_io();
            match self.client.read(&mut socket, &mut buffer) {
                Ok(read) => back.extend_from_slice(&buffer[..read]),
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
            }
        }
        back
    }
}
