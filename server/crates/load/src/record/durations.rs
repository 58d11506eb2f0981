use std::time::Duration;

use hdrhistogram::{Counter, Histogram};

use crate::distribution::Distribution;

/// Distribution of durations, 3 significant digits from 1 ns to an hour; count,
/// mean, least and greatest are exact.
pub(crate) struct Durations<C: Counter> {
    histogram: Histogram<C>,
    sum_ns: u128,
    min_ns: u64,
    max_ns: u64,
}

impl Durations<u64> {
    /// Adds all that `other` holds.
    pub(crate) fn absorb(&mut self, other: &Durations<u32>) {
        for value in other.histogram.iter_recorded() {
            // Cannot fail, as below.
            let added = self.histogram.record_n(value.value_iterated_to(), u64::from(value.count_at_value()));
            debug_assert!(added.is_ok());
        }
        self.sum_ns += other.sum_ns;
        self.min_ns = self.min_ns.min(other.min_ns);
        self.max_ns = self.max_ns.max(other.max_ns);
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn absorbs_smaller_counters() {
        let (mut all, mut some) = (Durations::<u64>::new(), Durations::<u32>::new());
        all.record(Duration::from_micros(10));
        for us in [7, 7, 3000] {
            some.record(Duration::from_micros(us));
        }
        all.absorb(&some);
        assert_eq!((all.count(), all.min_ms(), all.max_ms()), (4, 0.007, 3.0));
        assert!((all.mean_ms() - 0.756).abs() < 1e-9);
        assert_eq!(all.distribution().counts.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [2, 1, 1]);
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
