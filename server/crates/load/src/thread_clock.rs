//! Processor time of the calling thread, and the time it waited for a processor.

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

/// Time in which the calling thread could have run while others had the processors; None
/// where the system does not tell.
#[cfg(target_os = "linux")]
pub(crate) fn thread_waiting_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    waiting_time(&text)
}

/// Time in which the calling thread could have run while others had the processors; None
/// where the system does not tell.
#[cfg(not(target_os = "linux"))]
pub(crate) fn thread_waiting_time() -> Option<Duration> {
    None
}

/// Of `schedstat`: time on a processor, time waiting for one (both in ns), time slices.
#[cfg(target_os = "linux")]
fn waiting_time(schedstat: &str) -> Option<Duration> {
    schedstat.split_whitespace().nth(1)?.parse().ok().map(Duration::from_nanos)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn reads_schedstat() {
        assert_eq!(waiting_time("2503 1042 3\n"), Some(Duration::from_nanos(1042)));
        assert_eq!(waiting_time("2503"), None);
        assert_eq!(waiting_time("a b c"), None);
    }

    #[test]
    fn clocks_advance() {
        let (cpu, waiting) = (thread_cpu_time().unwrap(), thread_waiting_time().unwrap());
        while thread_cpu_time().unwrap() == cpu {}
        assert!(thread_waiting_time().unwrap() >= waiting);
    }
}
