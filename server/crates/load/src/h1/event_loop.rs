use std::cmp::Reverse;
use std::io;
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token, Waker};

use super::connection::{Connection, Readiness};
use super::context::Context;
use super::timer::Timer;
use crate::arrivals::{Arrivals, WorkerIndex};
use crate::plan::Limit;
use crate::record::{Published, Recorder};
use crate::run_state::Shared;
use crate::worker::Worked;

const WAKER: Token = Token(usize::MAX);
const TIMER: Token = Token(usize::MAX - 1);

/// Events taken at a time.
const EVENTS: usize = 1024;

/// Connections begun that the server has not answered yet: twice as many fit in the queue of a usual
/// listener (511), and what does not is tried again only after a second.
const FRESH: usize = 250;
/// A server that takes its time to answer is given as many again, so often.
const FRESH_FOR: Duration = Duration::from_millis(50);

/// Sends this thread's part of the run over its connections.
///
/// # Errors
/// When the system refuses what the loop needs to work at all.
pub(crate) fn work(shared: &Shared, worker: WorkerIndex, recorder: &mut Recorder, published: &Published) -> io::Result<Worked> {
    let poll = Poll::new()?;
    shared.wake_at_end(Waker::new(poll.registry(), WAKER)?);
    let timer = Timer::new(poll.registry(), TIMER)?;
    let arrivals = Arrivals::new(shared.plan.pace, shared.plan.limit, worker);
    let cx = Context::new(shared, poll.registry().try_clone()?, recorder, arrivals);
    let now = Instant::now();
    let connections =
        (0..worker.share(shared.plan.connections)).map(|index| Connection::new(index, shared.plan.keep_cookies, now)).collect();
    let scan_every = (shared.plan.timeout / 20).clamp(Duration::from_millis(1), Duration::from_millis(100));
    let mut event_loop = EventLoop {
        poll,
        timer,
        cx,
        connections,
        started: 0,
        settled_at: now,
        scan_every,
        scan_at: now,
        publish_at: now,
        waited: Duration::ZERO,
    };
    let until = event_loop.run(published)?;
    Ok(Worked { until, busy: now.elapsed().saturating_sub(event_loop.waited) })
}

struct EventLoop<'a> {
    poll: Poll,
    timer: Timer,
    cx: Context<'a>,
    connections: Vec<Connection>,
    /// How many connections have begun.
    started: usize,
    /// When those begun last are no longer taken for fresh.
    settled_at: Instant,
    scan_every: Duration,
    /// When to look for timeouts.
    scan_at: Instant,
    publish_at: Instant,
    /// Time spent waiting for events.
    waited: Duration,
}

impl EventLoop<'_> {
    /// Runs to the end; the time of that.
    fn run(&mut self, published: &Published) -> io::Result<Instant> {
        let mut events = Events::with_capacity(EVENTS);
        let ends_at = self.cx.shared.ends_at();
        loop {
            let mut now = Instant::now();
            if self.needs_care(now) {
                self.care(now, published);
                now = Instant::now();
            }
            if ends_at.is_some_and(|at| now >= at) || self.cx.shared.is_stopping() || self.is_done() {
                self.end(now);
                return Ok(now);
            }
            let timeout = self.timeout(now, ends_at)?;
            if let Err(error) = self.poll.poll(&mut events, Some(timeout))
                && error.kind() != io::ErrorKind::Interrupted
            {
                return Err(error);
            }
            self.waited += now.elapsed();
            for event in &events {
                let readiness = Readiness {
                    is_readable: event.is_readable() || event.is_error(),
                    is_writable: event.is_writable(),
                    is_read_closed: event.is_read_closed(),
                };
                // Waker and timer have done their work by waking.
                if let Some(connection) = self.connections.get_mut(event.token().0) {
                    connection.ready(&mut self.cx, readiness);
                }
            }
        }
    }

    /// Whether there is something to do besides events.
    fn needs_care(&self, now: Instant) -> bool {
        now >= self.scan_at
            || now >= self.publish_at
            || !self.cx.again.is_empty()
            || self.may_start()
            || (self.is_starting() && now >= self.settled_at)
            || self.is_due(now)
            || self.cx.pauses.peek().is_some_and(|Reverse((until, _))| now >= *until)
    }

    fn care(&mut self, now: Instant, published: &Published) {
        if now >= self.settled_at {
            self.cx.fresh = 0;
            self.settled_at = now + FRESH_FOR;
        }
        while self.may_start() {
            let index = self.started;
            self.started += 1;
            self.cx.fresh += 1;
            self.connections[index].start(&mut self.cx);
        }
        for index in std::mem::take(&mut self.cx.again) {
            self.connections[index].again(&mut self.cx);
        }
        // One at a time, with a look at the events between them: a response that is there does not wait for connections.
        if let Some(Reverse((until, index))) = self.cx.pauses.peek().copied()
            && now >= until
        {
            self.cx.pauses.pop();
            self.connections[index].resume(&mut self.cx);
        }
        if now >= self.scan_at {
            for connection in &mut self.connections {
                connection.check_time(&mut self.cx, now);
            }
            self.scan_at = now + self.scan_every;
        }
        if now >= self.publish_at {
            // In an open loop it is requests that are to be in time.
            if !self.cx.is_open_loop {
                self.cx.recorder.lag(now - self.publish_at);
            }
            self.cx.recorder.publish(published, now);
            self.publish_at = now + Recorder::PUBLISHED_EVERY;
        }
        while self.is_due(now)
            && let Some(index) = self.cx.idle.pop_front()
        {
            self.connections[index].take_due(&mut self.cx, now);
        }
    }

    fn is_starting(&self) -> bool {
        self.started < self.connections.len() && !self.cx.is_exhausted
    }

    fn may_start(&self) -> bool {
        self.is_starting() && self.cx.fresh < FRESH
    }

    /// Open loop: whether a request is due and a connection may be free.
    fn is_due(&self, now: Instant) -> bool {
        // At the end nobody takes them any more.
        self.next_due().is_some_and(|due| now >= due) && !self.cx.shared.is_stopping()
    }

    /// When the next request can be sent that is not waiting for a connection.
    fn next_due(&self) -> Option<Instant> {
        match self.cx.idle.is_empty() {
            true => None,
            false => self.cx.arrivals.due().and_then(|due| self.cx.shared.origin.checked_add(due)),
        }
    }

    /// Whether all requests of a run of so many are settled.
    fn is_done(&self) -> bool {
        let is_exhausted = match self.cx.is_open_loop {
            false => self.cx.is_exhausted,
            true => self.cx.arrivals.due().is_none(),
        };
        is_exhausted && self.cx.outstanding == 0 && matches!(self.cx.shared.plan.limit, Limit::Requests(_))
    }

    /// How long to wait for events; sets the timer where that is too coarse.
    fn timeout(&mut self, now: Instant, ends_at: Option<Instant>) -> io::Result<Duration> {
        if !self.cx.again.is_empty() || self.may_start() {
            return Ok(Duration::ZERO);
        }
        let mut wake = self.scan_at.min(self.publish_at);
        let pause = self.cx.pauses.peek().map(|Reverse((until, _))| *until);
        let settled = self.is_starting().then_some(self.settled_at);
        for at in [ends_at, pause, settled].into_iter().flatten() {
            wake = wake.min(at);
        }
        if let Some(due) = self.next_due() {
            match Timer::IS_EXACT {
                true => self.timer.set(due, now)?,
                false => wake = wake.min(due),
            }
        }
        Ok(wake.saturating_duration_since(now))
    }

    fn end(&mut self, now: Instant) {
        let cx = &mut self.cx;
        cx.recorder.unfinished(cx.outstanding);
        let never_sent = cx.arrivals.take_due_before(now.saturating_duration_since(cx.shared.origin));
        cx.recorder.never_sent(never_sent);
    }
}
