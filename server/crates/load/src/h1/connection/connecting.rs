//! From an endpoint to a connection that is open.

use std::io;
use std::time::{Duration, Instant};

use mio::Token;

use super::{Connection, State};
use crate::failure::{Failure, FailureKind};
use crate::h1::context::Context;
use crate::h1::socket::{Stream, connect_failure};
use crate::tls::TlsSession;

/// Which endpoints have been tried.
#[derive(Default)]
pub(super) struct Attempt {
    endpoint: usize,
    failed: usize,
    /// Refused says more than "no IPv6 here".
    worst: Option<Box<Failure>>,
}

impl Connection {
    /// Pause while a Unix socket takes no more connections.
    const CROWDED: Duration = Duration::from_millis(2);

    pub(super) fn connect(&mut self, cx: &mut Context<'_>) {
        self.since = Instant::now();
        self.attempt = Attempt { endpoint: cx.shared.endpoints.preferred(), ..Attempt::default() };
        self.connect_next(cx);
    }

    pub(super) fn connect_next(&mut self, cx: &mut Context<'_>) {
        loop {
            let endpoint = cx.shared.endpoints.get(self.attempt.endpoint);
            let tls = match self.tls_session(cx) {
                Ok(tls) => tls,
                Err(failure) => return self.connect_failed(cx, failure),
            };
            match Stream::connect(endpoint, tls, &cx.registry, Token(self.index)) {
                Ok(stream) => {
                    self.stream = Some(stream);
                    self.state = State::Connecting;
                    return;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return self.pause_for(cx, Self::CROWDED),
                Err(error) => {
                    let failure = connect_failure(&error, endpoint);
                    if let Some(failure) = self.attempt_failed(cx, failure) {
                        return self.connect_failed(cx, failure);
                    }
                }
            }
        }
    }

    pub(super) fn tls_session(&self, cx: &Context<'_>) -> Result<Option<Box<TlsSession>>, Failure> {
        let Some(config) = &cx.shared.tls else { return Ok(None) };
        let name = cx.shared.plan.target.server_name().map_err(|error| Failure::new(FailureKind::Tls, error.to_string()))?;
        Ok(Some(Box::new(TlsSession::new(config, name)?)))
    }

    /// Turns to the next endpoint; the failure to tell when there is none.
    pub(super) fn attempt_failed(&mut self, cx: &Context<'_>, failure: Failure) -> Option<Failure> {
        let attempt = &mut self.attempt;
        attempt.failed += 1;
        attempt.endpoint += 1;
        if attempt.worst.as_ref().is_none_or(|worst| worst.kind != FailureKind::Refused) {
            attempt.worst = Some(Box::new(failure));
        }
        match attempt.failed < cx.shared.endpoints.len() {
            true => None,
            false => attempt.worst.take().map(|failure| *failure),
        }
    }

    pub(super) fn finish_connecting(&mut self, cx: &mut Context<'_>) {
        let Some(stream) = &self.stream else { return };
        match stream.is_connected() {
            Ok(false) => {}
            Ok(true) => {
                cx.shared.endpoints.worked(self.attempt.endpoint);
                let now = Instant::now();
                self.connect_took = now - self.since;
                match stream.is_tls() {
                    false => self.opened(cx, None),
                    true => {
                        self.state = State::Handshaking;
                        self.since = now;
                        self.handshake(cx);
                    }
                }
            }
            Err(error) => {
                let failure = connect_failure(&error, cx.shared.endpoints.get(self.attempt.endpoint));
                self.close();
                match self.attempt_failed(cx, failure) {
                    None => self.connect_next(cx),
                    Some(failure) => self.connect_failed(cx, failure),
                }
            }
        }
    }

    pub(super) fn handshake(&mut self, cx: &mut Context<'_>) {
        let Some(stream) = &mut self.stream else { return };
        match stream.handshake() {
            Ok(false) => {}
            Ok(true) => self.opened(cx, Some(self.since.elapsed())),
            Err(failure) => self.connect_failed(cx, failure),
        }
    }

    pub(super) fn opened(&mut self, cx: &mut Context<'_>, tls: Option<Duration>) {
        cx.recorder.connected(self.connect_took, tls);
        self.state = State::Open;
        self.advance(cx);
        self.was_open = true;
    }

    /// No connection can be made: what was to go over it fails.
    pub(super) fn connect_failed(&mut self, cx: &mut Context<'_>, failure: Failure) {
        self.close();
        if self.exchanges.is_empty() {
            // Open loop: the connection was made for the request that is due next.
            self.exchanges.extend(cx.next_due(Instant::now()));
        }
        while !self.exchanges.is_empty() {
            self.fail_front(cx, &failure);
        }
        self.pause(cx);
    }
}
