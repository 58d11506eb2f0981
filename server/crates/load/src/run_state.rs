use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::endpoint::Endpoints;
use crate::plan::{Limit, Plan};
use crate::requests::Compiled;

/// What all threads of a run share.
pub(crate) struct Shared {
    pub(crate) plan: Plan,
    pub(crate) requests: Compiled,
    pub(crate) endpoints: Endpoints,
    /// Of an `https:` target.
    pub(crate) tls: Option<Arc<rustls::ClientConfig>>,
    /// Start of the run.
    pub(crate) origin: Instant,
    begun: AtomicU64,
    failed: AtomicU64,
    stopping: AtomicBool,
    ended: watch::Sender<Option<End>>,
    wakers: Mutex<Vec<mio::Waker>>,
}

/// Why a run ends before its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The caller wants it.
    Stopped,
    /// More failures than the plan tolerates.
    TooManyFailures,
    /// Nothing succeeds any more.
    NothingSucceeds,
    /// The server speaks another protocol.
    OtherProtocol,
}

impl Shared {
    pub(crate) fn new(plan: Plan, requests: Compiled, endpoints: Endpoints, tls: Option<Arc<rustls::ClientConfig>>) -> Self {
        Self {
            plan,
            requests,
            endpoints,
            tls,
            origin: Instant::now(),
            begun: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            stopping: AtomicBool::new(false),
            ended: watch::Sender::new(None),
            wakers: Mutex::new(Vec::new()),
        }
    }

    /// Ends the run; the first reason counts.
    pub(crate) fn end(&self, why: End) {
        self.ended.send_if_modified(|end| {
            let first = end.is_none();
            if first {
                *end = Some(why);
            }
            first
        });
        self.stopping.store(true, Ordering::Relaxed);
        for waker in self.wakers.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            // A thread that cannot be woken sees the end when it publishes next.
            let _ = waker.wake();
        }
    }

    pub(crate) fn why_ended(&self) -> Option<End> {
        *self.ended.borrow()
    }

    /// Whether [`Self::end`] has been called: threads stop sending and give up what is in flight.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Resolves when [`Self::end`] has been called.
    pub(crate) async fn stopped(&self) {
        // The sender lives in `self`, so an error cannot come.
        let _ = self.ended.subscribe().wait_for(Option::is_some).await;
    }

    /// Wakes `waker` when the run ends.
    pub(crate) fn wake_at_end(&self, waker: mio::Waker) {
        self.wakers.lock().unwrap_or_else(PoisonError::into_inner).push(waker);
    }

    /// When the run ends by its limit; None when it is not limited in time.
    pub(crate) fn ends_at(&self) -> Option<Instant> {
        match self.plan.limit {
            // Clocks cannot count much further than a century.
            Limit::Duration(duration) => self.origin.checked_add(duration.min(Duration::from_secs(100 * 365 * 24 * 3600))),
            Limit::Requests(_) => None,
        }
    }

    /// The number of the next request of a closed loop limited to `most` of them.
    pub(crate) fn claim(&self, most: u64) -> Option<u64> {
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        (number < most).then_some(number)
    }

    /// Counts a failed request, which may be one too many. To be called after it is recorded.
    pub(crate) fn count_failure(&self) {
        if let Some(most) = self.plan.max_failures
            && self.failed.fetch_add(1, Ordering::Relaxed) >= most
        {
            self.end(End::TooManyFailures);
        }
    }
}
