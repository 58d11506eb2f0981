//! Ends of connections, and what becomes of their exchanges.

use std::cmp::Reverse;
use std::time::{Duration, Instant};

use super::{Connection, State};
use crate::failure::{Failure, FailureKind};
use crate::h1::context::Context;
use crate::h1::response::Response;

impl Connection {
    /// Pauses after failures in which the server said nothing: doubling from the first to the second.
    const PAUSES_MS: (u64, u64) = (10, 250);

    /// Ends what takes too long.
    pub(in crate::h1) fn check_time(&mut self, cx: &mut Context<'_>, now: Instant) {
        let timeout = cx.shared.plan.timeout;
        let is_connecting = matches!(self.state, State::Connecting | State::Handshaking);
        let since = match self.exchanges.front() {
            Some(exchange) => exchange.begun,
            None if is_connecting || !self.unsent.is_empty() => self.since,
            None => return,
        };
        if now.saturating_duration_since(since) < timeout {
            return;
        }
        if is_connecting {
            let message = match self.state {
                State::Handshaking => format!("no TLS connection within {timeout:?}; if the server speaks HTTP without TLS, use http://"),
                _ => format!("no connection within {timeout:?}"),
            };
            self.connect_failed(cx, Failure::new(FailureKind::ConnectTimeout, message));
        } else if self.exchanges.is_empty() {
            self.close();
            self.advance(cx);
        } else {
            self.lost(cx, &Failure::new(FailureKind::Timeout, format!("no complete response within {timeout:?}")));
        }
    }

    pub(super) fn fail_front(&mut self, cx: &mut Context<'_>, failure: &Failure) {
        if self.exchanges.pop_front().is_some() {
            self.written = self.written.saturating_sub(1);
            cx.failed(failure, self.check.status(), self.check.received(), self.check.sample());
            self.check.begin();
        }
    }

    /// A response said that it was the last of the connection. Requests behind it have not been
    /// looked at (RFC 9112 §9.6) and are sent again as often as needed: each connection answers one.
    pub(super) fn closed_by_response(&mut self, cx: &mut Context<'_>) {
        self.close_with(cx, &Failure::new(FailureKind::Closed, "the server closed the connection after the response before"), true);
        // Making a connection takes longer than all the rest: responses that are there go first.
        self.pause_for(cx, Duration::ZERO);
    }

    /// Closes the connection; exchanges that have been written fail, unless they may be sent again.
    /// `is_announced` says that the server told before that it would not answer.
    pub(super) fn close_with(&mut self, cx: &mut Context<'_>, failure: &Failure, is_announced: bool) {
        let written = self.written;
        self.close();
        if written == 0 {
            return;
        }
        for (position, mut exchange) in std::mem::take(&mut self.exchanges).into_iter().enumerate() {
            let requests = &cx.shared.requests;
            let may_repeat = requests.is_idempotent(requests.index(exchange.number)) && (is_announced || !exchange.retried);
            if position >= written {
                self.exchanges.push_back(exchange);
            } else if may_repeat {
                exchange.retried |= !is_announced;
                cx.recorder.retried();
                self.exchanges.push_back(exchange);
            } else {
                cx.failed(failure, None, 0, b"");
            }
        }
    }

    /// The server has closed the connection.
    pub(super) fn ended(&mut self, cx: &mut Context<'_>) {
        if self.spoiled.is_some() {
            return;
        }
        if self.written == 0 {
            let was_reused = self.answered > 0;
            self.close();
            // Kept open for the requests to come, unless the server does not want that.
            return match cx.is_open_loop && was_reused && cx.shared.plan.keep_alive && self.exchanges.is_empty() {
                true => self.connect(cx),
                false => self.advance(cx),
            };
        }
        match self.response.end() {
            Ok(()) => {
                self.complete_front(cx, Instant::now());
                self.closed_by_response(cx);
            }
            Err(failure) => {
                let failure = self.write_failed.take().map_or(failure, |failure| *failure);
                self.lost(cx, &failure);
            }
        }
    }

    /// The connection is useless by `failure`.
    pub(super) fn lost(&mut self, cx: &mut Context<'_>, failure: &Failure) {
        let is_closing = matches!(failure.kind, FailureKind::Closed | FailureKind::Reset);
        // A server may close an idle connection at any time, also while the next
        // request is on its way (RFC 9112 §9.3.1).
        let is_idle_close = is_closing && self.answered > 0 && !self.response.has_begun();
        let mut has_failed = false;
        if let Some(front) = self.exchanges.front() {
            let requests = &cx.shared.requests;
            let may_repeat = is_idle_close && !front.retried && requests.is_idempotent(requests.index(front.number));
            if !may_repeat {
                self.fail_front(cx, failure);
                has_failed = true;
            }
        }
        let behind = Failure::new(FailureKind::Closed, format!("the connection ended before this response: {failure}"));
        self.close_with(cx, &behind, false);
        match has_failed && is_closing {
            true => self.pause(cx),
            false => self.advance(cx),
        }
    }

    /// Ends the connection and forgets all of it but its exchanges.
    pub(super) fn close(&mut self) {
        if let Some(mut stream) = self.stream.take()
            && self.state == State::Open
        {
            stream.say_goodbye();
        }
        self.state = State::Closed;
        self.generation += 1;
        self.response = Response::default();
        self.check.begin();
        self.unsent.clear();
        self.written = 0;
        self.answered = 0;
        self.is_read_closed = false;
        self.spoiled = None;
        self.write_failed = None;
    }

    /// Leaves the server alone for a while, longer after every failure in a row.
    pub(super) fn pause(&mut self, cx: &mut Context<'_>) {
        let (shortest, longest) = Self::PAUSES_MS;
        let pause = (shortest << self.silent_failures.min(5)).min(longest);
        self.silent_failures = self.silent_failures.saturating_add(1);
        self.pause_for(cx, Duration::from_millis(pause));
    }

    pub(super) fn pause_for(&mut self, cx: &mut Context<'_>, pause: Duration) {
        self.state = State::Paused;
        cx.pauses.push(Reverse((Instant::now() + pause, self.index)));
    }
}
