use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::client::SendRequest;
use tokio::sync::Notify;

use super::connect::{ConnectionState, Made};
use crate::cookies::Cookies;
use crate::failure::{Failure, FailureKind};

/// One of the connections of a plan, through all those that are made for it one after the
/// other, with the slots that send over it.
pub(super) struct Link {
    state: Mutex<State>,
    changed: Notify,
    /// Those that the server has given, over whatever connection; None when they are not kept.
    pub(super) cookies: Option<Mutex<Cookies>>,
}

struct State {
    /// Whether no slot has another request to send.
    is_over: bool,
    phase: Phase,
    /// Connections tried so far.
    attempts: u64,
    /// Of the last attempts, those without success.
    failures: u32,
    /// After failures: when to try again.
    retry_at: Option<Instant>,
    last: Option<Failure>,
}

enum Phase {
    Down,
    Connecting,
    Up(Lane),
}

/// A connection that can be used.
#[derive(Clone)]
pub(super) struct Lane {
    pub(super) sender: SendRequest<Bytes>,
    pub(super) connection: Arc<ConnectionState>,
    /// Streams that may be used at a time.
    streams: usize,
}

/// What a slot can do about a connection.
pub(super) enum Turn {
    /// Use it.
    Use(Lane),
    /// Make it: nobody else does.
    Connect(Connecting),
}

impl Lane {
    pub(super) fn new(made: Made) -> Self {
        // A server that allows none keeps requests waiting, which is then seen.
        Self { sender: made.sender, connection: made.state, streams: made.max_streams.max(1) }
    }

    pub(super) fn is_over(&self) -> bool {
        self.connection.has_ended()
    }
}

impl Link {
    pub(super) fn new(keep_cookies: bool) -> Self {
        let state = State { is_over: false, phase: Phase::Down, attempts: 0, failures: 0, retry_at: None, last: None };
        Self { state: Mutex::new(state), changed: Notify::new(), cookies: keep_cookies.then(Mutex::default) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For a slot that has no request yet: resolves when the connection has a stream for it
    /// or has to be made, after a pause when that failed before. None when the link is over.
    pub(super) async fn turn(self: &Arc<Self>, slot: usize) -> Option<Turn> {
        loop {
            let changed = self.changed.notified();
            if self.lock().is_over {
                return None;
            }
            if let Some(turn) = self.take_turn(slot).await {
                return Some(turn);
            }
            changed.await;
        }
    }

    /// For a slot whose request lost its connection: the next one, or why there is none. What
    /// the server allows of streams does not keep a request waiting that has begun: `h2` does.
    pub(super) async fn turn_again(self: &Arc<Self>) -> Result<Turn, Failure> {
        let seen = self.lock().attempts;
        loop {
            let changed = self.changed.notified();
            if let Some(turn) = self.take_turn(0).await {
                return Ok(turn);
            }
            changed.await;
            let state = self.lock();
            if state.attempts > seen
                && matches!(state.phase, Phase::Down)
                && let Some(failure) = &state.last
            {
                return Err(failure.clone());
            }
        }
    }

    /// There is no further request: slots that wait end.
    pub(super) fn close(&self) {
        self.lock().is_over = true;
        self.changed.notify_waiters();
    }

    async fn take_turn(self: &Arc<Self>, slot: usize) -> Option<Turn> {
        let (turn, retry_at) = {
            let mut state = self.lock();
            if matches!(&state.phase, Phase::Up(lane) if lane.is_over()) {
                state.phase = Phase::Down;
            }
            match &state.phase {
                Phase::Up(lane) if slot < lane.streams => (Turn::Use(lane.clone()), None),
                Phase::Up(_) | Phase::Connecting => return None,
                Phase::Down => {
                    state.phase = Phase::Connecting;
                    (Turn::Connect(Connecting { link: Arc::clone(self), is_settled: false }), state.retry_at)
                }
            }
        };
        if let Some(at) = retry_at {
            tokio::time::sleep_until(at.into()).await;
        }
        Some(turn)
    }
}

/// The right to make the connection of a link; dropped, it goes to another slot.
pub(super) struct Connecting {
    link: Arc<Link>,
    is_settled: bool,
}

impl Connecting {
    pub(super) fn made(mut self, lane: &Lane) {
        self.settle(|state| {
            state.phase = Phase::Up(lane.clone());
            state.failures = 0;
            state.retry_at = None;
            state.last = None;
        });
    }

    pub(super) fn failed(mut self, failure: &Failure) {
        self.settle(|state| {
            state.phase = Phase::Down;
            state.retry_at = Some(Instant::now() + pause(state.failures));
            state.failures += 1;
            state.last = Some(failure.clone());
        });
    }

    fn settle(&mut self, change: impl FnOnce(&mut State)) {
        self.is_settled = true;
        let mut state = self.link.lock();
        state.attempts += 1;
        change(&mut state);
        drop(state);
        self.link.changed.notify_waiters();
    }
}

impl Drop for Connecting {
    fn drop(&mut self) {
        if !self.is_settled {
            self.link.lock().phase = Phase::Down;
            self.link.changed.notify_waiters();
        }
    }
}

/// 10 ms, doubling up to 250 ms.
pub(super) fn pause(failures: u32) -> Duration {
    Duration::from_millis(10 << failures.min(5)).min(Duration::from_millis(250))
}

/// Whether a server that fails so is given a pause.
pub(super) fn needs_pause(failure: &Failure) -> bool {
    failure.kind.is_connecting() || matches!(failure.kind, FailureKind::Closed | FailureKind::Reset)
}
