use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::time::Sleep;

/// A timeout per request over one timer, which is moved only when it fires: setting
/// a timer for every request would cost more than the rest of the bookkeeping.
pub(super) struct Deadline {
    timeout: Duration,
    at: Instant,
    timer: Pin<Box<Sleep>>,
}

impl Deadline {
    pub(super) fn new(timeout: Duration) -> Self {
        // Clocks cannot count much further than a century.
        let timeout = timeout.min(Duration::from_secs(100 * 365 * 24 * 3600));
        let at = Instant::now() + timeout;
        Self { timeout, at, timer: Box::pin(tokio::time::sleep_until(at.into())) }
    }

    /// A new request begins.
    pub(super) fn start(&mut self, now: Instant) {
        self.at = now + self.timeout;
    }

    /// The result of `future`, or None when the deadline passes first.
    pub(super) async fn within<F: Future>(&mut self, future: F) -> Option<F::Output> {
        let mut future = std::pin::pin!(future);
        std::future::poll_fn(|cx| {
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(Some(output));
            }
            self.poll_passed(cx).map(|()| None)
        })
        .await
    }

    fn poll_passed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.timer.as_mut().poll(cx).is_ready() {
            if Instant::now() >= self.at {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(self.at.into());
        }
        Poll::Pending
    }
}
