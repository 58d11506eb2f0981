use std::time::Duration;

/// When requests are sent.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Pace {
    /// The next request of a connection goes out when its last response is complete: as
    /// many as the server takes, which gives its maximum throughput.
    #[default]
    Closed,
    /// At fixed times, whether the server keeps up or not; latency counts from them.
    Open(Rate),
}

/// Requests per second over time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rate {
    /// Always the same, in requests/s.
    Constant(f64),
    /// Linear from one rate to another in requests/s, then constant.
    Ramp {
        /// At the start.
        from: f64,
        /// At the end of the ramp and after it.
        to: f64,
        /// Length of the ramp.
        over: Duration,
    },
}

impl Rate {
    /// When request `n` (from 0) is due, from the start of the run. Never bursts: the
    /// requests of a rate are as far apart as it says.
    pub fn due(&self, n: u64) -> Duration {
        let n = n as f64;
        let seconds = match *self {
            Self::Constant(rate) => n / rate,
            Self::Ramp { from, to, over } => {
                let over = over.as_secs_f64();
                let in_ramp = (from + to) / 2.0 * over;
                let slope = (to - from) / over;
                if over <= 0.0 || n >= in_ramp {
                    over.max(0.0) + (n - in_ramp.max(0.0)) / to
                } else if slope.abs() < 1e-9 {
                    n / from
                } else {
                    // n = from·t + slope·t²/2, in the form that stays exact for small slopes.
                    2.0 * n / (from + (from * from + 2.0 * slope * n).max(0.0).sqrt())
                }
            }
        };
        Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)
    }

    /// Mean rate in requests/s of a run of this length.
    pub fn mean(&self, duration: Duration) -> f64 {
        match *self {
            Self::Constant(rate) => rate,
            Self::Ramp { from, to, over } => {
                let (over, duration) = (over.as_secs_f64(), duration.as_secs_f64());
                if duration <= 0.0 {
                    return from;
                }
                let within = over.min(duration);
                let at = from + (to - from) * if over > 0.0 { within / over } else { 1.0 };
                ((from + at) / 2.0 * within + to * (duration - within)) / duration
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_requests_are_due() {
        fn check(rate: Rate, expected_ms: &[(u64, f64)]) {
            for (n, expected) in expected_ms {
                let got = rate.due(*n).as_secs_f64() * 1e3;
                assert!((got - expected).abs() < 1e-3, "{rate:?} {n}: {got} and not {expected}");
            }
        }
        check(Rate::Constant(200.0), &[(0, 0.0), (1, 5.0), (1000, 5000.0)]);
        let over = Duration::from_secs(2);
        // 0 → 100/s over 2 s: 100 requests by then, 25 after one second.
        check(Rate::Ramp { from: 0.0, to: 100.0, over }, &[(0, 0.0), (25, 1000.0), (100, 2000.0), (200, 3000.0)]);
        check(Rate::Ramp { from: 100.0, to: 0.1, over }, &[(0, 0.0), (75, 999.5006)]);
        check(Rate::Ramp { from: 50.0, to: 50.0, over }, &[(50, 1000.0), (150, 3000.0)]);
        check(Rate::Ramp { from: 1.0, to: 10.0, over: Duration::ZERO }, &[(0, 0.0), (10, 1000.0)]);
    }

    #[test]
    fn mean_of_a_rate() {
        let ramp = Rate::Ramp { from: 0.0, to: 100.0, over: Duration::from_secs(2) };
        assert_eq!(ramp.mean(Duration::from_secs(1)), 25.0);
        assert_eq!(ramp.mean(Duration::from_secs(4)), 75.0);
        assert_eq!(Rate::Constant(7.0).mean(Duration::from_secs(1)), 7.0);
    }
}
