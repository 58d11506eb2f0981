//! Processor time of the calling thread.

use std::time::Duration;

/// User and system time the calling thread has used so far; None where the system
/// does not tell threads apart.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd", target_vendor = "apple"))]
pub(crate) fn thread_cpu_time() -> Option<Duration> {
    nix::time::clock_gettime(nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID).ok().map(Duration::from)
}

/// User and system time the calling thread has used so far; None where the system
/// does not tell threads apart.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd", target_vendor = "apple")))]
pub(crate) fn thread_cpu_time() -> Option<Duration> {
    None
}
