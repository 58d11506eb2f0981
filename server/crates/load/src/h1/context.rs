use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::{Duration, Instant};

use mio::Registry;

use super::exchange::Exchange;
use crate::arrivals::Arrivals;
use crate::failure::{Failure, FailureKind};
use crate::record::Recorder;
use crate::run_state::Shared;
use crate::schedule::Pace;
use crate::spoken::Spoken;

/// What the connections of a thread share.
pub(super) struct Context<'a> {
    pub(super) shared: &'a Shared,
    pub(super) registry: Registry,
    pub(super) recorder: &'a mut Recorder,
    pub(super) arrivals: Arrivals,
    pub(super) is_open_loop: bool,
    /// Requests in flight on one connection.
    pub(super) depth: usize,
    /// Open loop: connections that can take a request, the one that has waited longest first.
    pub(super) idle: VecDeque<usize>,
    /// Empty while it is in use.
    pub(super) input: Box<[u8]>,
    pub(super) output: Vec<u8>,
    /// Connections that pause, by the end of the pause.
    pub(super) pauses: BinaryHeap<Reverse<(Instant, usize)>>,
    /// Connections with something to do although no event will tell.
    pub(super) again: Vec<usize>,
    /// Requests begun and not ended.
    pub(super) outstanding: u64,
    /// Connections begun of which the server may not have heard yet.
    pub(super) fresh: usize,
    /// Closed loop: whether there are no more requests to send.
    pub(super) is_exhausted: bool,
}

impl<'a> Context<'a> {
    /// Size of the buffer that is read into.
    const INPUT_BYTES: usize = 64 << 10;

    pub(super) fn new(shared: &'a Shared, registry: Registry, recorder: &'a mut Recorder, arrivals: Arrivals) -> Self {
        let plan = &shared.plan;
        Self {
            shared,
            registry,
            recorder,
            arrivals,
            is_open_loop: matches!(plan.pace, Pace::Open(_)),
            depth: if plan.keep_alive { plan.in_flight.max(1) } else { 1 },
            idle: VecDeque::new(),
            input: vec![0; Self::INPUT_BYTES].into_boxed_slice(),
            output: Vec::new(),
            pauses: BinaryHeap::new(),
            again: Vec::new(),
            outstanding: 0,
            fresh: 0,
            is_exhausted: false,
        }
    }

    /// Closed loop: the next request.
    pub(super) fn next(&mut self, now: Instant) -> Option<Exchange> {
        let Some(number) = self.arrivals.next(self.shared) else {
            self.is_exhausted = true;
            return None;
        };
        Some(self.begin(number, None, now))
    }

    /// Open loop: the next request if it is due.
    pub(super) fn next_due(&mut self, now: Instant) -> Option<Exchange> {
        let elapsed = now.saturating_duration_since(self.shared.origin);
        if self.arrivals.due().is_none_or(|due| due > elapsed) || self.shared.is_stopping() {
            return None;
        }
        let (number, due) = self.arrivals.take()?;
        Some(self.begin(number, Some(due), now))
    }

    fn begin(&mut self, number: u64, due: Option<Duration>, now: Instant) -> Exchange {
        self.recorder.sent();
        self.outstanding += 1;
        Exchange::new(number, due, now)
    }

    /// Settles a request that failed.
    pub(super) fn failed(&mut self, failure: &Failure, status: Option<u16>, received_bytes: u64, sample: &[u8]) {
        self.outstanding -= 1;
        let is_plain = !self.shared.plan.target.is_tls();
        let spoken = status.filter(|_| is_plain).and_then(|status| Spoken::of_response(status, sample));
        let of_protocol = spoken.map(|spoken| spoken.failure(FailureKind::Status));
        let failure = of_protocol.as_ref().unwrap_or(failure);
        self.recorder.failed(failure, status, received_bytes, sample, Instant::now());
        self.shared.count_failure();
    }

    /// Settles a request that has its expected response.
    pub(super) fn completed(&mut self, exchange: &Exchange, status: Option<u16>, received_bytes: u64, now: Instant) {
        self.outstanding -= 1;
        let service = now - exchange.started;
        let latency = match exchange.due {
            None => service,
            Some(due) => now.saturating_duration_since(self.shared.origin).saturating_sub(due),
        };
        self.recorder.completed(status, received_bytes, latency, service, now);
    }

    /// Writes the request and takes note of when.
    pub(super) fn write(&mut self, exchange: &mut Exchange, cookies: Option<&crate::cookies::Cookies>, now: Instant, out: &mut Vec<u8>) {
        exchange.started = now;
        if let Some(due) = exchange.due
            && !exchange.waited
            && !exchange.retried
        {
            self.recorder.lag(now.saturating_duration_since(self.shared.origin).saturating_sub(due));
        }
        self.shared.requests.write_http1(exchange.number, cookies, out);
    }
}
