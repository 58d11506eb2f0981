use crate::error::{StatsError, check_count, check_finite};
use crate::summary::{Summary, median};

/// When consecutive measurements count as steady.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SteadinessCriteria {
    /// Number of last slices to look at, at least 4.
    pub slices: usize,
    /// Largest coefficient of variation (standard deviation over mean) over them.
    pub max_variation: f64,
    /// Largest relative change from the first to the last of them along their trend.
    pub max_drift: f64,
}

impl Default for SteadinessCriteria {
    /// Two seconds of 250 ms slices. 10 % of scatter is what an idle laptop shows
    /// between slices; 5 % of drift is the resolution of a comparison.
    fn default() -> Self {
        Self { slices: 8, max_variation: 0.10, max_drift: 0.05 }
    }
}

/// Whether a warm-up is over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Steadiness {
    /// No trend, little scatter.
    Stable {
        /// Coefficient of variation over the last slices.
        variation: f64,
        /// Relative change over the last slices along their trend.
        drift: f64,
    },
    /// The values still rise or fall.
    Trending {
        /// Coefficient of variation over the last slices.
        variation: f64,
        /// Relative change over the last slices along their trend; negative when falling.
        drift: f64,
    },
    /// The values scatter too much, without a clear trend.
    Noisy {
        /// Coefficient of variation over the last slices.
        variation: f64,
        /// Relative change over the last slices along their trend.
        drift: f64,
    },
    /// Not enough slices yet.
    TooFew {
        /// Slices needed.
        needed: usize,
        /// Slices given.
        got: usize,
    },
}

impl Steadiness {
    /// Whether measuring may begin.
    pub fn is_stable(&self) -> bool {
        matches!(self, Self::Stable { .. })
    }
}

/// Judges the last slices of consecutive `values`: one latency or throughput per
/// slice of equal length (as 250 ms), oldest first.
///
/// A trend is a Theil–Sen slope (robust against a slice with a garbage collection)
/// that changes the value by more than `max_drift` over the slices and is unlikely
/// by chance (Mann–Kendall, 20 %: missing a trend spoils the measurement, a false
/// one costs a slice more of warm-up).
///
/// # Errors
/// [`StatsError::NotFinite`]; [`StatsError::TooFew`] when the criteria ask for
/// fewer than 4 slices.
pub fn steadiness(values: &[f64], criteria: &SteadinessCriteria) -> Result<Steadiness, StatsError> {
    check_count(4, criteria.slices)?;
    check_finite(values)?;
    let Some(start) = values.len().checked_sub(criteria.slices) else {
        return Ok(Steadiness::TooFew { needed: criteria.slices, got: values.len() });
    };
    let window = &values[start..];
    let summary = Summary::new(window)?;
    let variation = summary.variation();
    let trend = trend(window)?;
    let drift = match summary.median().abs() {
        0.0 => 0.0,
        middle => trend.slope * (window.len() - 1) as f64 / middle,
    };
    Ok(if drift.abs() > criteria.max_drift && trend.unlikely {
        Steadiness::Trending { variation, drift }
    } else if variation > criteria.max_variation {
        Steadiness::Noisy { variation, drift }
    } else {
        Steadiness::Stable { variation, drift }
    })
}

struct Trend {
    /// Change per slice.
    slope: f64,
    /// Whether chance alone seldom gives such an order.
    unlikely: bool,
}

fn trend(window: &[f64]) -> Result<Trend, StatsError> {
    let mut slopes = Vec::with_capacity(window.len() * (window.len() - 1) / 2);
    let mut concordance = 0.0;
    for (index, earlier) in window.iter().enumerate() {
        for (step, later) in window[index + 1..].iter().enumerate() {
            let rise = later - earlier;
            slopes.push(rise / (step + 1) as f64);
            if rise != 0.0 {
                concordance += rise.signum();
            }
        }
    }
    let n = window.len() as f64;
    let sd = (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt();
    Ok(Trend {
        slope: median(&slopes)?,
        // Normal approximation with continuity correction; 1.2816 is its 90 % quantile.
        unlikely: (f64::abs(concordance) - 1.0) / sd > 1.2816,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use proptest::prelude::*;

    fn judge(values: &[f64]) -> Steadiness {
        steadiness(values, &SteadinessCriteria::default()).unwrap()
    }

    #[test]
    fn kinds() {
        assert_eq!(judge(&[1.0; 7]), Steadiness::TooFew { needed: 8, got: 7 });
        assert!(judge(&[5.0; 8]).is_stable());
        assert!(judge(&[0.0; 8]).is_stable());
        let falling: Vec<f64> = (0..8).map(|i| 100.0 - 2.0 * f64::from(i)).collect();
        assert!(matches!(judge(&falling), Steadiness::Trending { drift, .. } if drift < -0.1), "{:?}", judge(&falling));
        let scattered = [1.0, 2.0, 1.0, 2.0, 2.0, 1.0, 2.0, 1.0];
        assert!(matches!(judge(&scattered), Steadiness::Noisy { .. }));
        // Only the last slices count.
        let warmed: Vec<f64> = [900.0, 400.0, 200.0].into_iter().chain([100.0; 8]).collect();
        assert!(judge(&warmed).is_stable());
        // One slow slice is noise, not a trend.
        let hiccup = [10.0, 10.1, 9.9, 10.0, 10.05, 10.0, 9.95, 14.0];
        assert!(matches!(judge(&hiccup), Steadiness::Noisy { .. }));
    }

    #[test]
    fn refuses_useless_criteria_and_nan() {
        let criteria = SteadinessCriteria { slices: 2, ..SteadinessCriteria::default() };
        assert!(steadiness(&[1.0; 9], &criteria).is_err());
        assert!(steadiness(&[f64::NAN; 9], &SteadinessCriteria::default()).is_err());
    }

    /// Latencies of a program that gets faster: `1 + excess · e^(-slice / decay)`, with noise.
    fn warm_up(random: &mut Random, slice: usize, excess: f64, decay: f64) -> f64 {
        let noise = 1.0 + 0.06 * (random.unit() - 0.5);
        (1.0 + excess * (-(slice as f64) / decay).exp()) * noise
    }

    #[test]
    fn waits_for_the_end_of_a_warm_up_and_not_much_longer() {
        let mut random = Random::new(42);
        let mut early = 0;
        let mut total_wait = 0;
        let rounds = 300;
        for _ in 0..rounds {
            let mut values = Vec::new();
            while !judge(&values).is_stable() {
                values.push(warm_up(&mut random, values.len(), 3.0, 5.0));
                assert!(values.len() < 200, "never stable");
            }
            let left = 3.0 * (-(values.len() as f64) / 5.0).exp();
            early += u32::from(left > 0.05);
            total_wait += values.len();
        }
        assert!(early <= rounds / 20, "{early} of {rounds} ended too early");
        // The excess falls below 5 % at slice 20.5; the window adds up to 8.
        let mean_wait = total_wait as f64 / f64::from(rounds);
        assert!((20.0..34.0).contains(&mean_wait), "{mean_wait}");
    }

    #[test]
    fn steady_noise_is_seldom_called_a_trend() {
        let mut random = Random::new(8);
        let rounds = 2000;
        let stable = (0..rounds)
            .filter(|_| {
                let values: Vec<f64> = (0..8).map(|_| warm_up(&mut random, 0, 0.0, 1.0)).collect();
                judge(&values).is_stable()
            })
            .count();
        assert!(stable > rounds * 90 / 100, "{stable} of {rounds}");
    }

    proptest! {
        #[test]
        fn scale_does_not_matter(values in prop::collection::vec(1.0f64..2.0, 8..20), scale in 0.01f64..100.0) {
            let scaled: Vec<f64> = values.iter().map(|value| value * scale).collect();
            let kind = |verdict: Steadiness| std::mem::discriminant(&verdict);
            prop_assert_eq!(kind(judge(&values)), kind(judge(&scaled)));
        }
    }
}
