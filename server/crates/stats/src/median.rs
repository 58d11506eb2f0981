use crate::distributions::binomial_half_lower;
use crate::error::{StatsError, check_confidence, check_count};
use crate::interval::Interval;
use crate::summary::Summary;

/// A median with an interval that holds for every continuous distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MedianInterval {
    /// Median of the values.
    pub median: f64,
    /// Interval between two of the values.
    pub interval: Interval,
    /// Probability with which such an interval covers the true median: at least
    /// the confidence asked for, more because order statistics come in steps.
    pub coverage: f64,
}

/// Median with the distribution-free interval between order statistics (sign test).
///
/// # Errors
/// [`StatsError::TooFew`] when even the whole range of so few values does not
/// reach `confidence` (95 % needs 6; [`crate::bootstrap_interval`] answers with
/// fewer, under assumptions), [`StatsError::NotFinite`], [`StatsError::Confidence`].
pub fn median_interval(values: &[f64], confidence: f64) -> Result<MedianInterval, StatsError> {
    check_confidence(confidence)?;
    // The range of n values misses the median with probability 2 · ½ⁿ.
    let needed = (1.0 - (1.0 - confidence).log2()).ceil() as usize;
    check_count(needed.max(2), values.len())?;
    let summary = Summary::new(values)?;
    let (rank, missed) = binomial_half_lower(summary.n(), 0.5 * (1.0 - confidence));
    // At a tiny confidence the two ranks would cross the middle.
    let rank = rank.clamp(1, summary.n().div_ceil(2));
    Ok(MedianInterval {
        median: summary.median(),
        interval: Interval { low: summary.sorted()[rank - 1], high: summary.sorted()[summary.n() - rank] },
        coverage: 1.0 - 2.0 * missed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use proptest::prelude::*;

    #[test]
    fn ranks_follow_the_sign_test() {
        let values: Vec<f64> = (1..=10).map(f64::from).collect();
        let got = median_interval(&values, 0.95).unwrap();
        assert_eq!(got.median, 5.5);
        assert_eq!((got.interval.low, got.interval.high), (2.0, 9.0));
        assert!((got.coverage - 0.978_515_625).abs() < 1e-12);
    }

    #[test]
    fn says_how_many_values_it_needs() {
        for (confidence, needed) in [(0.95, 6), (0.99, 8), (0.5, 2)] {
            let values = vec![1.0; needed];
            assert!(median_interval(&values, confidence).is_ok());
            assert_eq!(median_interval(&values[1..], confidence), Err(StatsError::TooFew { needed, got: needed - 1 }));
        }
    }

    #[test]
    fn covers_the_median_of_a_skewed_distribution() {
        let mut random = Random::new(5);
        for n in [6, 15, 40] {
            let rounds = 3000;
            let mut promised = 0.0;
            let covered = (0..rounds)
                .filter(|_| {
                    let values: Vec<f64> = (0..n).map(|_| -(1.0 - random.unit()).ln()).collect();
                    let got = median_interval(&values, 0.95).unwrap();
                    promised = got.coverage;
                    got.interval.contains(std::f64::consts::LN_2)
                })
                .count();
            let coverage = covered as f64 / f64::from(rounds);
            assert!(promised >= 0.95);
            assert!((coverage - promised).abs() < 0.015, "{n}: {coverage}");
        }
    }

    proptest! {
        #[test]
        fn contains_the_median(values in prop::collection::vec(-1e6f64..1e6, 11..80), confidence in 0.01f64..0.999) {
            let got = median_interval(&values, confidence).unwrap();
            prop_assert!(got.interval.contains(got.median));
        }
    }
}
