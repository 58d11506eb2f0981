//! A timer that is more exact than the milliseconds in which waiting for events counts.

use std::io;
use std::time::Instant;

use mio::{Registry, Token};

/// Ends a wait for events at a given time, within some ten microseconds.
#[cfg(target_os = "linux")]
pub(super) struct Timer {
    timer: nix::sys::timerfd::TimerFd,
    armed: Option<Instant>,
}

#[cfg(target_os = "linux")]
impl Timer {
    /// Whether the system has such a timer.
    pub(super) const IS_EXACT: bool = true;

    pub(super) fn new(registry: &Registry, token: Token) -> io::Result<Self> {
        use nix::sys::timerfd::{ClockId, TimerFd, TimerFlags};
        use std::os::fd::{AsFd as _, AsRawFd as _};
        let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC)?;
        let source = timer.as_fd().as_raw_fd();
        registry.register(&mut mio::unix::SourceFd(&source), token, mio::Interest::READABLE)?;
        Ok(Self { timer, armed: None })
    }

    /// Wakes at `at`, and no more at the time set before.
    pub(super) fn set(&mut self, at: Instant, now: Instant) -> io::Result<()> {
        use nix::sys::time::TimeSpec;
        use nix::sys::timerfd::{Expiration, TimerSetTimeFlags};
        if self.armed == Some(at) {
            return Ok(());
        }
        // A time of zero would disarm it.
        let left = at.saturating_duration_since(now).max(std::time::Duration::from_nanos(1));
        self.timer.set(Expiration::OneShot(TimeSpec::from(left)), TimerSetTimeFlags::empty())?;
        self.armed = Some(at);
        Ok(())
    }
}

/// Elsewhere the wait for events itself has to do.
#[cfg(not(target_os = "linux"))]
pub(super) struct Timer;

#[cfg(not(target_os = "linux"))]
impl Timer {
    /// Whether the system has such a timer.
    pub(super) const IS_EXACT: bool = false;

    pub(super) fn new(_: &Registry, _: Token) -> io::Result<Self> {
        Ok(Self)
    }

    /// Does nothing.
    pub(super) fn set(&mut self, _: Instant, _: Instant) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn wakes_when_set_and_not_before() {
        let mut poll = mio::Poll::new().unwrap();
        let mut events = mio::Events::with_capacity(4);
        let mut timer = Timer::new(poll.registry(), Token(7)).unwrap();
        // Longer waits first, so that the earlier time must replace the later one; nobody reads the timer.
        for ms in [600_000, 3, 1] {
            let now = Instant::now();
            let at = now + Duration::from_millis(ms);
            timer.set(at, now).unwrap();
            if ms < 1000 {
                poll.poll(&mut events, Some(Duration::from_secs(600))).unwrap();
                assert_eq!(events.iter().map(|event| event.token()).collect::<Vec<_>>(), [Token(7)]);
                assert!(Instant::now() >= at);
            }
        }
    }
}
