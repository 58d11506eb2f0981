use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hdrhistogram::{Counter, Histogram};

use crate::distribution::Distribution;
use crate::failure::{Failure, FailureKind};
use crate::report::FailureSample;

/// Counts of requests; `sent = completed + failed + unfinished` once a run is over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Requests begun, including those whose connection could not be made.
    pub sent: u64,
    /// Requests with the expected response.
    pub completed: u64,
    /// Requests without.
    pub failed: u64,
    /// Requests in flight when the run ended.
    pub unfinished: u64,
    /// Requests sent a second time, because the server had closed the idle
    /// connection; each still counts once in `sent`.
    pub retried: u64,
}

/// What one thread of the generator has seen.
pub(crate) struct Recorder {
    origin: Instant,
    slice: Duration,
    pub(crate) totals: Totals,
    pub(crate) latency: Durations<u64>,
    pub(crate) connects: Durations<u64>,
    pub(crate) statuses: BTreeMap<u16, u64>,
    pub(crate) errors: BTreeMap<FailureKind, u64>,
    pub(crate) samples: Vec<FailureSample>,
    pub(crate) received_bytes: u64,
    pub(crate) since_success: SinceSuccess,
    current: SliceCount,
    finished: Vec<SliceCount>,
}

/// What happened since the last success.
#[derive(Debug, Clone)]
pub(crate) struct SinceSuccess {
    /// When that was, or the start of the run.
    pub(crate) at: Instant,
    pub(crate) failed: u64,
    /// Of these, how many were refused.
    pub(crate) refused: u64,
    pub(crate) last: Option<Failure>,
}

/// Counts of one slice of time.
pub(crate) struct SliceCount {
    pub(crate) index: u64,
    pub(crate) completed: u64,
    pub(crate) failed: u64,
    /// Latencies of the completed requests.
    pub(crate) latency: Durations<u32>,
}

/// Distribution of durations, 3 significant digits from 1 ns to an hour; count,
/// mean, least and greatest are exact.
pub(crate) struct Durations<C: Counter> {
    histogram: Histogram<C>,
    sum_ns: u128,
    min_ns: u64,
    max_ns: u64,
}

/// First failures kept besides the first of every kind.
const SAMPLES: usize = 3;

impl Recorder {
    pub(crate) fn new(origin: Instant, slice: Duration) -> Self {
        Self {
            origin,
            slice,
            totals: Totals::default(),
            latency: Durations::new(),
            connects: Durations::new(),
            statuses: BTreeMap::new(),
            errors: BTreeMap::new(),
            samples: Vec::new(),
            received_bytes: 0,
            since_success: SinceSuccess { at: origin, failed: 0, refused: 0, last: None },
            current: SliceCount::new(0),
            finished: Vec::new(),
        }
    }

    /// Start of the run.
    pub(crate) fn origin(&self) -> Instant {
        self.origin
    }

    pub(crate) fn status(&mut self, status: Option<u16>) {
        if let Some(status) = status {
            *self.statuses.entry(status).or_default() += 1;
        }
    }

    pub(crate) fn completed(&mut self, latency: Duration, now: Instant) {
        self.roll(now);
        self.totals.completed += 1;
        self.latency.record(latency);
        self.current.completed += 1;
        self.current.latency.record(latency);
        self.since_success.at = now;
        if self.since_success.failed > 0 {
            self.since_success.failed = 0;
            self.since_success.refused = 0;
            self.since_success.last = None;
        }
    }

    pub(crate) fn failed(&mut self, failure: &Failure, status: Option<u16>, body: &[u8], now: Instant) {
        self.roll(now);
        self.totals.failed += 1;
        self.current.failed += 1;
        self.since_success.failed += 1;
        self.since_success.refused += u64::from(failure.kind == FailureKind::Refused);
        self.since_success.last = Some(failure.clone());
        let known = self.errors.contains_key(&failure.kind);
        *self.errors.entry(failure.kind).or_default() += 1;
        if self.wants_sample() || !known {
            self.samples.push(FailureSample {
                at_ms: millis(now.saturating_duration_since(self.origin)),
                kind: failure.kind,
                status,
                message: failure.message.clone(),
                body: String::from_utf8_lossy(body).into_owned(),
            });
        }
    }

    fn wants_sample(&self) -> bool {
        self.samples.len() < SAMPLES
    }

    /// Ends the slices before the one `now` lies in.
    pub(crate) fn roll(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.origin).as_nanos();
        let index = u64::try_from(elapsed / self.slice.as_nanos()).unwrap_or(u64::MAX);
        if index > self.current.index {
            let ended = std::mem::replace(&mut self.current, SliceCount::new(index));
            if ended.completed + ended.failed > 0 {
                self.finished.push(ended);
            }
        }
    }

    /// The slices that have ended since the last call; those without events are left out.
    pub(crate) fn take_finished(&mut self) -> Vec<SliceCount> {
        std::mem::take(&mut self.finished)
    }

    /// Ends the recording: the last slices, the current one among them.
    pub(crate) fn take_all(&mut self) -> Vec<SliceCount> {
        let mut slices = self.take_finished();
        let next = SliceCount::new(self.current.index);
        slices.push(std::mem::replace(&mut self.current, next));
        slices
    }
}

impl SliceCount {
    pub(crate) fn new(index: u64) -> Self {
        Self { index, completed: 0, failed: 0, latency: Durations::new() }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.completed += other.completed;
        self.failed += other.failed;
        self.latency.add(&other.latency);
    }
}

impl<C: Counter> Durations<C> {
    /// 2 × 10³ distinguishable values at every scale; grows with what it holds.
    const DIGITS: u8 = 3;
    const MAX_NS: u64 = 3_600_000_000_000;

    pub(crate) fn new() -> Self {
        // Bounds that are always valid: the library fails only for other digits.
        let mut histogram = match Histogram::new_with_bounds(1, 2, Self::DIGITS) {
            Ok(histogram) => histogram,
            Err(_) => unreachable!("constant bounds"),
        };
        histogram.auto(true);
        Self { histogram, sum_ns: 0, min_ns: u64::MAX, max_ns: 0 }
    }

    pub(crate) fn record(&mut self, duration: Duration) {
        let ns = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX).clamp(1, Self::MAX_NS);
        // Cannot fail: the histogram grows, and 64 bits hold every bucket below an hour.
        let recorded = self.histogram.record(ns);
        debug_assert!(recorded.is_ok());
        self.sum_ns += u128::from(ns);
        self.min_ns = self.min_ns.min(ns);
        self.max_ns = self.max_ns.max(ns);
    }

    pub(crate) fn add(&mut self, other: &Self) {
        let added = self.histogram.add(&other.histogram);
        debug_assert!(added.is_ok());
        self.sum_ns += other.sum_ns;
        self.min_ns = self.min_ns.min(other.min_ns);
        self.max_ns = self.max_ns.max(other.max_ns);
    }

    pub(crate) fn count(&self) -> u64 {
        self.histogram.len()
    }

    pub(crate) fn min_ms(&self) -> f64 {
        self.min_ns as f64 / 1e6
    }

    pub(crate) fn max_ms(&self) -> f64 {
        self.max_ns as f64 / 1e6
    }

    pub(crate) fn mean_ms(&self) -> f64 {
        self.sum_ns as f64 / self.count().max(1) as f64 / 1e6
    }

    pub(crate) fn distribution(&self) -> Distribution {
        let counts = self.histogram.iter_recorded().map(|value| {
            let ns = value.value_iterated_to().clamp(self.min_ns.min(self.max_ns), self.max_ns);
            (ns as f64 / 1e3, value.count_at_value().as_u64())
        });
        Distribution { counts: counts.collect() }
    }

    pub(crate) fn percentile_ms(&self, percent: f64) -> f64 {
        // The histogram answers with the upper end of a bucket.
        let ns = self.histogram.value_at_percentile(percent);
        ns.clamp(self.min_ns.min(self.max_ns), self.max_ns) as f64 / 1e6
    }
}

pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn slices_by_time_of_completion() {
        let origin = Instant::now();
        let at = |ms| origin + Duration::from_millis(ms);
        let mut recorder = Recorder::new(origin, Duration::from_millis(100));
        recorder.completed(Duration::from_micros(60), at(10));
        recorder.completed(Duration::from_micros(80), at(99));
        recorder.failed(&Failure::new(FailureKind::Reset, "x"), None, b"", at(350));
        let summary = |slices: Vec<SliceCount>| -> Vec<(u64, u64, u64)> {
            slices.iter().map(|slice| (slice.index, slice.completed, slice.failed)).collect()
        };
        assert_eq!(summary(recorder.take_finished()), [(0, 2, 0)]);
        recorder.roll(at(1000));
        assert_eq!(summary(recorder.take_finished()), [(3, 0, 1)]);
        recorder.completed(Duration::from_micros(80), at(1001));
        assert_eq!(summary(recorder.take_all()), [(10, 1, 0)]);
    }

    #[test]
    fn keeps_the_first_of_every_kind() {
        let now = Instant::now();
        let mut recorder = Recorder::new(now, Duration::from_secs(1));
        for _ in 0..10 {
            recorder.failed(&Failure::new(FailureKind::Status, "s"), Some(500), b"b", now);
        }
        recorder.failed(&Failure::new(FailureKind::Reset, "r"), None, b"", now);
        let kinds: Vec<_> = recorder.samples.iter().map(|sample| sample.kind).collect();
        use FailureKind::{Reset, Status};
        assert_eq!(kinds, [Status, Status, Status, Reset]);
        assert_eq!(recorder.errors[&Status], 10);
    }

    proptest! {
        #[test]
        fn percentiles_within_a_thousandth(mut ns in prop::collection::vec(1u64..10_000_000_000, 1..200), percent in 1.0f64..=100.0) {
            let mut durations = Durations::<u64>::new();
            for value in &ns {
                durations.record(Duration::from_nanos(*value));
            }
            ns.sort_unstable();
            let rank = ((percent / 100.0 * ns.len() as f64 - 1e-9).ceil() as usize).clamp(1, ns.len());
            let expected = ns[rank - 1] as f64 / 1e6;
            let got = durations.percentile_ms(percent);
            prop_assert!((got - expected).abs() <= expected * 1.01e-3 + 1e-6, "{got} {expected}");
            prop_assert_eq!(durations.min_ms(), ns[0] as f64 / 1e6);
            prop_assert_eq!(durations.max_ms(), ns[ns.len() - 1] as f64 / 1e6);
        }
    }
}
