use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

/// Wakes requests when they are due.
///
/// One alarm for all of them: the timers of the runtime go off up to 1 ms late, which would be
/// in every latency of an open loop.
#[derive(Default)]
pub(super) struct Pacer {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// In the order in which they are due.
    waiting: VecDeque<(Instant, Waker)>,
    /// Of [`Pacer::run`].
    runner: Option<Waker>,
}

impl Pacer {
    /// Resolves at `due`.
    pub(super) async fn wait(&self, due: Instant) {
        let mut is_waiting = false;
        poll_fn(|cx| {
            if Instant::now() >= due {
                return Poll::Ready(());
            }
            if !is_waiting {
                is_waiting = true;
                self.insert(due, cx.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }

    fn insert(&self, due: Instant, waker: Waker) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let at = state.waiting.iter().rposition(|(other, _)| *other <= due).map_or(0, |before| before + 1);
        state.waiting.insert(at, (due, waker));
        if at == 0
            && let Some(runner) = &state.runner
        {
            runner.wake_by_ref();
        }
    }

    /// Wakes for ever.
    ///
    /// # Errors
    /// Those of the alarm.
    pub(super) async fn run(&self) -> io::Result<()> {
        let mut alarm = Alarm::new()?;
        let mut armed = None;
        poll_fn(|cx| {
            loop {
                let Some(next) = self.wake_due(cx) else { return Poll::Pending };
                if armed != Some(next) {
                    alarm.set(next)?;
                    armed = Some(next);
                }
                match alarm.poll(cx) {
                    Poll::Ready(rung) => rung?,
                    Poll::Pending => return Poll::Pending,
                }
                armed = None;
            }
        })
        .await
    }

    /// Wakes those that are due; when the next one is.
    fn wake_due(&self, cx: &Context<'_>) -> Option<Instant> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.runner.as_ref().is_none_or(|runner| !runner.will_wake(cx.waker())) {
            state.runner = Some(cx.waker().clone());
        }
        let now = Instant::now();
        while state.waiting.front().is_some_and(|(due, _)| *due <= now) {
            if let Some((_, waker)) = state.waiting.pop_front() {
                waker.wake();
            }
        }
        state.waiting.front().map(|(due, _)| *due)
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
use timer_fd::Alarm;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod timer_fd {
    use std::io;
    use std::os::fd::{AsFd, AsRawFd, RawFd};
    use std::task::{Context, Poll, ready};
    use std::time::{Duration, Instant};

    use nix::sys::time::TimeSpec;
    use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    /// A timer of the kernel, exact to microseconds.
    pub(super) struct Alarm(AsyncFd<Descriptor>);

    struct Descriptor(TimerFd);

    impl AsRawFd for Descriptor {
        fn as_raw_fd(&self) -> RawFd {
            self.0.as_fd().as_raw_fd()
        }
    }

    impl Alarm {
        pub(super) fn new() -> io::Result<Self> {
            let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC)?;
            // SAFETY: the descriptor owns the timer, always gives the same one, and lives in the AsyncFd.
            let registered = unsafe { AsyncFd::register_with_interest(Descriptor(timer), Interest::READABLE) };
            Ok(Self(registered?))
        }

        pub(super) fn set(&mut self, at: Instant) -> io::Result<()> {
            // Zero would switch it off.
            let left = at.saturating_duration_since(Instant::now()).max(Duration::from_nanos(1));
            let timer = &self.0.get_ref().0;
            Ok(timer.set(Expiration::OneShot(TimeSpec::from_duration(left)), TimerSetTimeFlags::empty())?)
        }

        /// Ready once it has rung.
        pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            loop {
                let mut guard = ready!(self.0.poll_read_ready(cx))?;
                match guard.try_io(|descriptor| Ok(descriptor.get_ref().0.wait()?)) {
                    Ok(rung) => return Poll::Ready(rung),
                    Err(_would_block) => {}
                }
            }
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
struct Alarm(std::pin::Pin<Box<tokio::time::Sleep>>);

/// The runtime's timer, up to 1 ms late.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
impl Alarm {
    fn new() -> io::Result<Self> {
        Ok(Self(Box::pin(tokio::time::sleep_until(Instant::now().into()))))
    }

    fn set(&mut self, at: Instant) -> io::Result<()> {
        self.0.as_mut().reset(at.into());
        Ok(())
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        std::future::Future::poll(self.0.as_mut(), cx).map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn wakes_all_and_none_early() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let pacer = Pacer::default();
            let start = Instant::now();
            let woken = Mutex::new(Vec::new());
            let wait = async |ms: u64| {
                let due = start + Duration::from_millis(ms);
                pacer.wait(due).await;
                assert!(Instant::now() >= due, "{ms}");
                woken.lock().unwrap().push(ms);
            };
            let all = async { tokio::join!(wait(3), wait(9), wait(0), wait(6), wait(1)) };
            tokio::select! {
                _ = all => {}
                ended = pacer.run() => panic!("{ended:?}"),
            }
            // Those that are due at the same time, since the machine was busy, are polled in any order.
            let mut woken = woken.into_inner().unwrap();
            woken.sort_unstable();
            assert_eq!(woken, [0, 1, 3, 6, 9]);
        });
    }
}
