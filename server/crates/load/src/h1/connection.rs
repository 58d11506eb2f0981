mod connecting;
mod ending;
mod transfer;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::context::Context;
use super::exchange::Exchange;
use super::response::Response;
use super::socket::Stream;
use crate::check::Check;
use crate::cookies::Cookies;
use crate::failure::Failure;

use connecting::Attempt;

/// One of the connections of the plan, made anew whenever it ends.
pub(super) struct Connection {
    index: usize,
    state: State,
    stream: Option<Stream>,
    response: Response,
    check: Check,
    /// In the order in which they are answered.
    exchanges: VecDeque<Exchange>,
    /// How many of them have been written, as far as `unsent` does not hold the rest.
    written: usize,
    /// What the socket did not take yet.
    unsent: Vec<u8>,
    cookies: Option<Box<Cookies>>,
    /// Responses that have come over this connection.
    answered: u64,
    /// Counts connections, to notice that one has ended.
    generation: u64,
    /// Start of what is under way besides exchanges: connecting, a handshake, sending the rest of
    /// a request that has been answered.
    since: Instant,
    connect_took: Duration,
    attempt: Attempt,
    /// Failures in a row in which the server said nothing.
    silent_failures: u8,
    /// The server sends nothing more.
    is_read_closed: bool,
    /// Whether it stands in `Context::idle`.
    is_listed: bool,
    /// Whether a connection has ever been made.
    was_open: bool,
    /// Whether the server has never answered.
    is_fresh: bool,
    /// What makes the connection useless, to be told of the next request.
    spoiled: Option<Box<Failure>>,
    /// The server does not take any more of the request; its response may have come though.
    write_failed: Option<Box<Failure>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed,
    /// Closed, and not to be used until an instant in `Context::pauses`.
    Paused,
    Connecting,
    Handshaking,
    Open,
}

/// What an event says of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Readiness {
    pub(super) is_readable: bool,
    pub(super) is_writable: bool,
    pub(super) is_read_closed: bool,
}

impl Connection {
    pub(super) fn new(index: usize, keep_cookies: bool, now: Instant) -> Self {
        Self {
            index,
            state: State::Closed,
            stream: None,
            response: Response::default(),
            check: Check::default(),
            exchanges: VecDeque::new(),
            written: 0,
            unsent: Vec::new(),
            cookies: keep_cookies.then(Box::default),
            answered: 0,
            generation: 0,
            since: now,
            connect_took: Duration::ZERO,
            attempt: Attempt::default(),
            silent_failures: 0,
            is_read_closed: false,
            is_listed: false,
            was_open: false,
            is_fresh: true,
            spoiled: None,
            write_failed: None,
        }
    }

    /// Begins its part of the run.
    pub(super) fn start(&mut self, cx: &mut Context<'_>) {
        match cx.is_open_loop && cx.shared.plan.keep_alive {
            true => self.connect(cx),
            false => self.advance(cx),
        }
    }

    /// Open loop: takes a request that is due, if it can take one.
    pub(super) fn take_due(&mut self, cx: &mut Context<'_>, now: Instant) {
        self.is_listed = false;
        if self.can_take(cx)
            && let Some(exchange) = cx.next_due(now)
        {
            self.exchanges.push_back(exchange);
            self.send(cx);
        }
        self.list(cx);
    }

    /// The pause is over.
    pub(super) fn resume(&mut self, cx: &mut Context<'_>) {
        if self.state == State::Paused {
            self.state = State::Closed;
            self.advance(cx);
        }
    }

    /// Does what an event makes possible.
    pub(super) fn ready(&mut self, cx: &mut Context<'_>, readiness: Readiness) {
        match self.state {
            State::Closed | State::Paused => return,
            State::Connecting => self.finish_connecting(cx),
            State::Handshaking => self.handshake(cx),
            State::Open if readiness.is_writable => self.flush(cx),
            State::Open => {}
        }
        if self.state == State::Open && (readiness.is_readable || readiness.is_read_closed) {
            self.is_read_closed |= readiness.is_read_closed;
            self.read(cx);
        }
    }

    /// Does what no event will tell of: the rest of a long response, and what came before the
    /// server refused the rest of a request.
    pub(super) fn again(&mut self, cx: &mut Context<'_>) {
        if self.state != State::Open {
            return;
        }
        let generation = self.generation;
        self.read(cx);
        if self.generation == generation
            && let Some(failure) = self.write_failed.take()
        {
            self.lost(cx, &failure);
        }
    }

    /// Whether it could send one more request now.
    fn can_take(&self, cx: &Context<'_>) -> bool {
        matches!(self.state, State::Open | State::Closed) && self.unsent.is_empty() && self.exchanges.len() < cx.depth
    }

    /// Open loop: lets itself be found for the next request.
    fn list(&mut self, cx: &mut Context<'_>) {
        if cx.is_open_loop && !self.is_listed && self.can_take(cx) {
            self.is_listed = true;
            cx.idle.push_back(self.index);
        }
    }

    /// Takes up as many requests as it may, and sends what is not sent.
    fn advance(&mut self, cx: &mut Context<'_>) {
        if !self.can_take(cx) {
            if self.exchanges.len() > self.written && self.unsent.is_empty() {
                self.send(cx);
            }
            return;
        }
        let now = Instant::now();
        while self.exchanges.len() < cx.depth {
            let next = match cx.is_open_loop {
                false => cx.next(now),
                true => self.next_waiting(cx, now),
            };
            let Some(exchange) = next else { break };
            self.exchanges.push_back(exchange);
        }
        if self.exchanges.len() > self.written {
            self.send(cx);
        }
        self.list(cx);
    }

    /// Open loop: a request that was due while no connection could take it.
    fn next_waiting(&mut self, cx: &mut Context<'_>, now: Instant) -> Option<Exchange> {
        let was_free = !cx.idle.is_empty();
        let mut exchange = cx.next_due(now)?;
        // Connections that are made for the first time were not busy.
        if self.was_open && !was_free {
            cx.recorder.waited();
        }
        exchange.waited = !was_free;
        Some(exchange)
    }

    /// Writes the requests that have not been written; connects before that where needed.
    fn send(&mut self, cx: &mut Context<'_>) {
        match self.state {
            State::Closed => return self.connect(cx),
            State::Paused | State::Connecting | State::Handshaking => return,
            State::Open => {}
        }
        if let Some(failure) = self.spoiled.take() {
            self.fail_front(cx, &failure);
            self.close();
            return self.advance(cx);
        }
        let now = Instant::now();
        let mut output = std::mem::take(&mut cx.output);
        output.clear();
        for exchange in self.exchanges.range_mut(self.written..) {
            cx.write(exchange, self.cookies.as_deref(), now, &mut output);
        }
        self.written = self.exchanges.len();
        let taken = self.write(cx, &output);
        if taken < output.len() && self.write_failed.is_none() {
            self.unsent.extend_from_slice(&output[taken..]);
            self.since = now;
        }
        cx.output = output;
    }
}
