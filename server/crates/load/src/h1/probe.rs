use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use httparse::Header;
use mio::{Events, Poll, Token};
use rustls::ClientConfig;

use super::response::{Response, Sink};
use super::socket::{Stream, broken, connect_failure};
use crate::endpoint::Endpoints;
use crate::failure::{Failure, FailureKind};
use crate::plan::Plan;
use crate::probe::Probe;
use crate::requests::Compiled;
use crate::tls::TlsSession;

/// Sends the first request of the plan over a connection of its own, and waits for the response on the
/// calling thread while it `is_wanted`.
///
/// # Errors
/// [`Failure`] when no complete response comes within the plan's timeout.
pub(crate) fn probe(
    plan: &Plan,
    requests: &Compiled,
    endpoints: &Endpoints,
    tls: Option<&Arc<ClientConfig>>,
    is_wanted: impl Fn() -> bool,
) -> Result<Probe, Failure> {
    let refused = |error: io::Error| Failure::new(FailureKind::Connect, format!("waiting for sockets: {error}"));
    let mut wait = Wait {
        poll: Poll::new().map_err(refused)?,
        events: Events::with_capacity(16),
        timeout: plan.timeout,
        until: Instant::now().checked_add(plan.timeout),
        is_wanted,
    };
    let mut stream = wait.connect(plan, endpoints, tls)?;
    while !stream.handshake()? {
        wait.ready(FailureKind::ConnectTimeout, "no TLS connection")?;
    }
    let mut request = Vec::new();
    requests.write_http1(0, None, &mut request);
    let is_head = requests.spec(0).method == Method::HEAD;
    let mut collected = Collected { most: plan.max_body_bytes, head: None, body: Vec::new() };
    let mut response = Response::default();
    let started = Instant::now();
    let mut unsent: &[u8] = &request;
    let mut write_failed = None;
    let mut input = vec![0; 64 << 10];
    loop {
        if write_failed.is_none() {
            write_failed = write(&mut stream, &mut unsent).err();
        }
        loop {
            match stream.read(&mut input) {
                Ok(0) => {
                    response.end().map_err(|failure| write_failed.take().unwrap_or(failure))?;
                    return collected.answer(started);
                }
                Ok(length) => {
                    if response.feed(&input[..length], is_head, &mut collected)?.complete {
                        return collected.answer(started);
                    }
                    wait.check(FailureKind::Timeout, "no complete response")?;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(broken(&error)),
            }
        }
        if let Some(failure) = write_failed {
            return Err(failure);
        }
        wait.ready(FailureKind::Timeout, "no complete response")?;
    }
}

fn write(stream: &mut Stream, unsent: &mut &[u8]) -> Result<(), Failure> {
    stream.flush().map_err(|error| broken(&error))?;
    while !unsent.is_empty() {
        match stream.write(unsent) {
            Ok(taken) if taken > 0 => *unsent = &unsent[taken..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return Err(broken(&result.err().unwrap_or_else(|| io::ErrorKind::WriteZero.into()))),
        }
    }
    Ok(())
}

/// Waits for one connection.
struct Wait<W> {
    poll: Poll,
    events: Events,
    timeout: Duration,
    /// None: a time that clocks cannot tell.
    until: Option<Instant>,
    is_wanted: W,
}

impl<W: Fn() -> bool> Wait<W> {
    /// How often it is asked whether the answer is still wanted.
    const STEP: Duration = Duration::from_millis(50);

    fn check(&self, kind: FailureKind, what: &str) -> Result<(), Failure> {
        if self.until.is_some_and(|until| Instant::now() >= until) || !(self.is_wanted)() {
            return Err(Failure::new(kind, format!("{what} within {:?}", self.timeout)));
        }
        Ok(())
    }

    /// Waits until the connection is ready, or may be.
    fn ready(&mut self, kind: FailureKind, what: &str) -> Result<(), Failure> {
        self.check(kind, what)?;
        let left = self.until.map_or(Self::STEP, |until| until.saturating_duration_since(Instant::now()));
        match self.poll.poll(&mut self.events, Some(left.min(Self::STEP))) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(broken(&error)),
            _ => Ok(()),
        }
    }

    /// A connection to the first endpoint that accepts.
    fn connect(&mut self, plan: &Plan, endpoints: &Endpoints, tls: Option<&Arc<ClientConfig>>) -> Result<Stream, Failure> {
        let mut worst: Option<Failure> = None;
        for index in 0..endpoints.len() {
            let endpoint = endpoints.get(index);
            let session = match tls {
                None => None,
                Some(config) => {
                    let name = plan.target.server_name().map_err(|error| Failure::new(FailureKind::Tls, error.to_string()))?;
                    Some(Box::new(TlsSession::new(config, name)?))
                }
            };
            let made = Stream::connect(endpoint, session, self.poll.registry(), Token(index)).and_then(|stream| {
                loop {
                    match stream.is_connected() {
                        Ok(true) => return Ok(Ok(stream)),
                        Ok(false) => {}
                        Err(error) => return Err(error),
                    }
                    if let Err(failure) = self.ready(FailureKind::ConnectTimeout, "no connection") {
                        return Ok(Err(failure));
                    }
                }
            });
            match made {
                Ok(stream) => return stream,
                Err(error) => {
                    let failure = connect_failure(&error, endpoint);
                    // Refused says more than "no IPv6 here".
                    if worst.as_ref().is_none_or(|worst| worst.kind != FailureKind::Refused) {
                        worst = Some(failure);
                    }
                }
            }
        }
        Err(worst.unwrap_or_else(|| Failure::new(FailureKind::Connect, "no address")))
    }
}

/// Keeps a whole response.
struct Collected {
    most: u64,
    head: Option<(u16, HeaderMap)>,
    body: Vec<u8>,
}

impl Collected {
    fn answer(self, started: Instant) -> Result<Probe, Failure> {
        let elapsed = started.elapsed();
        let Some((status, headers)) = self.head else {
            return Err(Failure::new(FailureKind::InvalidResponse, "the response has no head"));
        };
        Ok(Probe { status, headers, body: self.body.into(), elapsed })
    }
}

impl Sink for Collected {
    fn head(&mut self, status: u16, headers: &[Header<'_>]) {
        let mut map = HeaderMap::with_capacity(headers.len());
        for header in headers {
            // httparse has checked both.
            if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(header.name.as_bytes()), HeaderValue::from_bytes(header.value)) {
                map.append(name, value);
            }
        }
        self.head = Some((status, map));
    }

    fn chunk(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.body.extend_from_slice(bytes);
        if self.body.len() as u64 > self.most {
            return Err(Failure::new(FailureKind::BodyTooLarge, format!("the body is longer than {} bytes", self.most)));
        }
        Ok(())
    }
}
