//! Bytes to the server and from it.

use std::io;
use std::time::Instant;

use http::Method;

use super::Connection;
use crate::h1::context::Context;
use crate::h1::exchange::Taking;
use crate::h1::response::invalid;
use crate::h1::socket::broken;

impl Connection {
    /// Reads in a row before other connections have their turn.
    const READS: usize = 16;
    /// Whether a read that does not fill the buffer has emptied the socket, and the next bytes make an
    /// event: so with epoll and kqueue, elsewhere the system must say that it would block.
    const SHORT_READ_DRAINS: bool = cfg!(any(
        target_os = "linux",
        target_os = "android",
        target_vendor = "apple",
        target_os = "freebsd",
        target_os = "netbsd",
        target_os = "openbsd"
    ));
    /// Largest buffer of unsent bytes that is kept.
    const KEPT: usize = 4 << 10;

    /// Writes as many of `bytes` as the socket takes.
    pub(super) fn write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> usize {
        let Some(stream) = &mut self.stream else { return 0 };
        let mut at = 0;
        while at < bytes.len() {
            match stream.write(&bytes[at..]) {
                Ok(taken) if taken > 0 => at += taken,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => {
                    let error = result.err().unwrap_or_else(|| io::ErrorKind::WriteZero.into());
                    self.write_failed = Some(Box::new(broken(&error)));
                    cx.again.push(self.index);
                    break;
                }
            }
        }
        at
    }

    /// Goes on writing what the socket did not take.
    pub(super) fn flush(&mut self, cx: &mut Context<'_>) {
        if let Some(stream) = &mut self.stream
            && let Err(error) = stream.flush()
        {
            self.write_failed = Some(Box::new(broken(&error)));
            cx.again.push(self.index);
            return;
        }
        if self.unsent.is_empty() {
            return;
        }
        let mut unsent = std::mem::take(&mut self.unsent);
        let taken = self.write(cx, &unsent);
        if self.write_failed.is_none() && taken < unsent.len() {
            unsent.drain(..taken);
            self.unsent = unsent;
        } else {
            if unsent.capacity() <= Self::KEPT {
                unsent.clear();
                self.unsent = unsent;
            }
            self.advance(cx);
        }
    }

    pub(super) fn read(&mut self, cx: &mut Context<'_>) {
        if cx.input.is_empty() {
            // Within the handling of another read.
            cx.again.push(self.index);
            return;
        }
        let mut input = std::mem::take(&mut cx.input);
        let generation = self.generation;
        for round in 0.. {
            let Some(stream) = &mut self.stream else { break };
            match stream.read(&mut input) {
                Ok(0) => {
                    self.ended(cx);
                    break;
                }
                Ok(length) => {
                    let now = Instant::now();
                    let is_drained = Self::SHORT_READ_DRAINS && length < input.len() && !self.is_read_closed && !stream.is_tls();
                    self.take(cx, &input[..length], now);
                    if self.generation != generation || is_drained {
                        break;
                    }
                    if round == Self::READS {
                        cx.again.push(self.index);
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.lost(cx, &broken(&error));
                    break;
                }
            }
        }
        cx.input = input;
    }

    /// Takes bytes of responses, which came at `now`.
    pub(super) fn take(&mut self, cx: &mut Context<'_>, bytes: &[u8], now: Instant) {
        let mut at = 0;
        let mut has_ended = false;
        while at < bytes.len() && self.spoiled.is_none() {
            if self.written == 0 {
                let when = if self.answered > 0 { "after the end of a response" } else { "before any request" };
                self.spoiled = Some(Box::new(invalid(&format!("bytes {when}"), &bytes[at..])));
                break;
            }
            let requests = &cx.shared.requests;
            let spec = requests.spec(requests.index(self.exchanges[0].number));
            let mut sink = Taking {
                check: &mut self.check,
                expect: &spec.expect,
                max_body_bytes: cx.shared.plan.max_body_bytes,
                cookies: self.cookies.as_deref_mut(),
            };
            let fed = match self.response.feed(&bytes[at..], spec.method == Method::HEAD, &mut sink) {
                Ok(fed) => fed,
                Err(failure) => return self.lost(cx, &failure),
            };
            at += fed.consumed;
            if !fed.complete {
                break;
            }
            self.complete_front(cx, now);
            has_ended = true;
            if !self.response.keeps_alive() || !cx.shared.plan.keep_alive || self.write_failed.is_some() {
                return self.closed_by_response(cx);
            }
        }
        // A server that has ended its side answers nothing more: the end is read next.
        if has_ended && !self.is_read_closed {
            if !self.unsent.is_empty() {
                self.since = now;
            }
            self.advance(cx);
        }
    }

    /// The response to the first exchange is complete since `now`.
    pub(super) fn complete_front(&mut self, cx: &mut Context<'_>, now: Instant) {
        let Some(exchange) = self.exchanges.pop_front() else { return };
        self.written -= 1;
        self.answered += 1;
        if std::mem::take(&mut self.is_fresh) {
            cx.fresh = cx.fresh.saturating_sub(1);
        }
        self.silent_failures = 0;
        let requests = &cx.shared.requests;
        let expect = &requests.spec(requests.index(exchange.number)).expect;
        match self.check.end(expect) {
            Ok(()) => cx.completed(&exchange, self.check.status(), self.check.received(), now),
            Err(failure) => cx.failed(&failure, self.check.status(), self.check.received(), self.check.sample()),
        }
        self.check.begin();
    }
}
