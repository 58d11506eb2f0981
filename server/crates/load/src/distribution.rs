use serde::{Deserialize, Serialize};

/// A distribution of durations, exact to three significant digits: what percentiles,
/// histograms and HdrHistogram logs are made of. As JSON: pairs of microseconds and count.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Distribution {
    /// Microseconds (the upper end of what the histogram tells apart) and how often;
    /// ascending, counts above 0.
    pub counts: Vec<(f64, u64)>,
}

/// A row of a histogram: the durations above `from_us`, up to `to_us`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// Lower end in microseconds.
    pub from_us: f64,
    /// Upper end in microseconds, which belongs to the bin.
    pub to_us: f64,
    /// How many durations.
    pub count: u64,
}

/// Bins per factor of ten that a histogram may have, coarsest first.
const BINS_PER_DECADE: [u32; 10] = [1, 2, 3, 5, 10, 20, 40, 80, 160, 320];

impl Distribution {
    /// How many durations there are.
    pub fn len(&self) -> u64 {
        self.counts.iter().map(|(_, count)| count).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Nearest-rank percentile in milliseconds, `percent` from 0 to 100; None of nothing.
    pub fn percentile_ms(&self, percent: f64) -> Option<f64> {
        let wanted = self.rank(percent);
        let mut below = 0;
        for (us, count) in &self.counts {
            below += count;
            if below >= wanted {
                return Some(us / 1e3);
            }
        }
        self.counts.last().map(|(us, _)| us / 1e3)
    }

    /// How many durations rank above a percentile: those that decide where it lies.
    /// Fewer than ten of them make it a matter of chance.
    pub fn beyond(&self, percent: f64) -> u64 {
        self.len().saturating_sub(self.rank(percent))
    }

    fn rank(&self, percent: f64) -> u64 {
        (percent / 100.0 * self.len() as f64 - 1e-9).ceil().max(1.0) as u64
    }

    /// A histogram in at most `most` bins of equal ratio, as fine as they allow, from the
    /// least to the greatest duration. Its ends are the same in every run.
    pub fn bins(&self, most: usize) -> Vec<Bin> {
        let (Some((least, _)), Some((greatest, _))) = (self.counts.first(), self.counts.last()) else { return Vec::new() };
        let ends = |per_decade| -> (i64, i64) { (first_at_least(*least, per_decade) - 1, first_at_least(*greatest, per_decade)) };
        let fits = |per_decade: &&u32| {
            let (from, to) = ends(**per_decade);
            to - from <= most as i64
        };
        let per_decade = BINS_PER_DECADE.iter().rev().find(fits).copied().unwrap_or(BINS_PER_DECADE[0]);
        let (from, to) = ends(per_decade);
        let mut counts = self.counts.iter().peekable();
        (from..to)
            .map(|step| {
                let to_us = boundary(step + 1, per_decade);
                let mut count = 0;
                while let Some((_, more)) = counts.next_if(|(us, _)| *us <= to_us) {
                    count += more;
                }
                Bin { from_us: boundary(step, per_decade), to_us, count }
            })
            .collect()
    }
}

/// Boundary `step` between bins, in microseconds: 1 µs is step 0.
fn boundary(step: i64, per_decade: u32) -> f64 {
    let per_decade = i64::from(per_decade);
    let (decade, within) = (step.div_euclid(per_decade), step.rem_euclid(per_decade));
    let mantissa = match (per_decade, within) {
        (3, 1) => 2.0,
        (3, 2) => 5.0,
        (2, 1) => 3.0,
        _ => {
            // As many digits as tell neighbours apart.
            let digits = if per_decade > 40 { 1e4 } else { 1e2 };
            (10f64.powf(within as f64 / per_decade as f64) * digits).round() / digits
        }
    };
    mantissa * 10f64.powi(decade as i32)
}

/// The first boundary that is not below `us`.
fn first_at_least(us: f64, per_decade: u32) -> i64 {
    let mut step = (us.max(1e-3).log10() * f64::from(per_decade)).floor() as i64 - 1;
    while boundary(step, per_decade) < us {
        step += 1;
    }
    step
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn percentiles() {
        let distribution = Distribution { counts: vec![(10.0, 1), (20.0, 8), (500.0, 1)] };
        let check = |percent, expected| assert_eq!(distribution.percentile_ms(percent), Some(expected), "{percent}");
        check(0.0, 0.01);
        check(10.0, 0.01);
        check(10.1, 0.02);
        check(90.0, 0.02);
        check(90.1, 0.5);
        check(100.0, 0.5);
        assert_eq!(Distribution::default().percentile_ms(50.0), None);
    }

    #[test]
    fn requests_beyond_a_percentile() {
        let check = |count, percent, expected| {
            let distribution = Distribution { counts: vec![(10.0, count)] };
            assert_eq!(distribution.beyond(percent), expected, "{count} {percent}");
        };
        check(1000, 99.0, 10);
        check(999, 99.0, 9);
        check(1000, 99.9, 1);
        check(1000, 100.0, 0);
        check(1, 0.0, 0);
        assert_eq!(Distribution::default().beyond(50.0), 0);
    }

    #[test]
    fn bins_of_equal_ratio() {
        fn check(counts: &[(f64, u64)], most: usize, expected: &[(f64, f64, u64)]) {
            let bins = Distribution { counts: counts.to_vec() }.bins(most);
            let bins: Vec<_> = bins.iter().map(|bin| (bin.from_us, bin.to_us, bin.count)).collect();
            assert_eq!(bins, expected, "{counts:?} {most}");
        }
        check(&[], 10, &[]);
        check(&[(150.0, 3), (900.0, 1)], 3, &[(100.0, 200.0, 3), (200.0, 500.0, 0), (500.0, 1000.0, 1)]);
        check(&[(150.0, 3), (90_000.0, 1)], 3, &[(100.0, 1000.0, 3), (1000.0, 10_000.0, 0), (10_000.0, 100_000.0, 1)]);
        // On a boundary: in the bin that it ends.
        check(&[(200.0, 1), (500.0, 2)], 2, &[(100.0, 200.0, 1), (200.0, 500.0, 2)]);
        // More decades than rows: as few as there can be.
        check(&[(5.0, 1), (50.0, 1)], 1, &[(1.0, 10.0, 1), (10.0, 100.0, 1)]);
    }

    #[test]
    fn as_json() {
        let distribution = Distribution { counts: vec![(61.5, 2)] };
        assert_eq!(serde_json::to_string(&distribution).unwrap(), "[[61.5,2]]");
    }

    proptest! {
        #[test]
        fn bins_hold_every_duration(ns in prop::collection::btree_set(1u64..3_600_000_000_000, 1..60), most in 1usize..30) {
            let distribution = Distribution { counts: ns.iter().map(|ns| (*ns as f64 / 1e3, 2)).collect() };
            let bins = distribution.bins(most);
            prop_assert_eq!(bins.iter().map(|bin| bin.count).sum::<u64>(), distribution.len());
            prop_assert!(bins[0].count > 0 && bins[bins.len() - 1].count > 0);
            for (bin, next) in bins.iter().zip(&bins[1..]) {
                prop_assert!(bin.from_us < bin.to_us && bin.to_us == next.from_us);
            }
        }
    }
}
