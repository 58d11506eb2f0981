use crate::distributions::{normal_cdf, t_quantile};
use crate::error::{StatsError, check_confidence, check_count, check_finite};
use crate::interval::Interval;
use crate::random::Random;
use crate::summary::{PercentileDefinition, sorted_percentile};

/// How to resample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BootstrapOptions {
    /// Confidence of the interval, in (0, 1).
    pub confidence: f64,
    /// Number of resamples, at least 100; 2000 keep the ends stable to about 1 %
    /// of the interval's width.
    pub resamples: usize,
    /// Seed of the resampling: the same seed gives the same interval.
    pub seed: u64,
}

impl Default for BootstrapOptions {
    fn default() -> Self {
        Self { confidence: 0.95, resamples: 2000, seed: 0x7469_636b }
    }
}

/// Interval of any statistic of independent `values` by the bootstrap; [`crate::mean_interval`] is better for means.
///
/// Percentile interval, widened for small samples so that its ends match
/// Student's t where the statistic is a mean ("expanded percentile", Hesterberg
/// 2015, *What Teachers Should Know about the Bootstrap*, §5.3). Plain percentile
/// intervals of 10 values cover 90 % where they promise 95 %; these cover 90 % with 5
/// values and close to 95 % from 10 on.
///
/// # Errors
/// [`StatsError::TooFew`] with fewer than 3 values or 100 resamples,
/// [`StatsError::NotFinite`] (also when `statistic` returns such a value, with the
/// number of the resample), [`StatsError::Confidence`].
pub fn bootstrap_interval(values: &[f64], statistic: impl Fn(&[f64]) -> f64, options: &BootstrapOptions) -> Result<Interval, StatsError> {
    check_confidence(options.confidence)?;
    check_count(3, values.len())?;
    check_count(100, options.resamples)?;
    check_finite(values)?;
    let mut random = Random::new(options.seed);
    let bound = u32::try_from(values.len()).unwrap_or(u32::MAX);
    let mut resample = vec![0.0; values.len()];
    let mut estimates = Vec::with_capacity(options.resamples);
    for _ in 0..options.resamples {
        for slot in &mut resample {
            *slot = values[random.below(bound) as usize];
        }
        estimates.push(statistic(&resample));
    }
    check_finite(&estimates)?;
    estimates.sort_unstable_by(f64::total_cmp);
    let n = values.len() as f64;
    let t = t_quantile(0.5 + 0.5 * options.confidence, n - 1.0);
    let tail = 100.0 * normal_cdf(-t * (n / (n - 1.0)).sqrt());
    let at = |percent| sorted_percentile(&estimates, percent, PercentileDefinition::Linear);
    Ok(Interval { low: at(tail), high: at(100.0 - tail) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::{mean_and_sd, median};

    fn mean(values: &[f64]) -> f64 {
        mean_and_sd(values).0
    }

    #[test]
    fn a_seed_fixes_the_interval() {
        let values = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0];
        let with = |seed| {
            let options = BootstrapOptions { seed, ..BootstrapOptions::default() };
            bootstrap_interval(&values, mean, &options).unwrap()
        };
        assert_eq!(with(1), with(1));
        assert_ne!(with(1), with(2));
        assert!(with(1).contains(mean(&values)));
    }

    #[test]
    fn covers_means_of_small_samples() {
        let mut random = Random::new(21);
        for (n, least) in [(5, 0.88), (10, 0.93), (30, 0.935)] {
            let rounds = 1500;
            let covered = (0..rounds)
                .filter(|round| {
                    // Sum of uniforms: close to normal, mean 2.
                    let values: Vec<f64> = (0..n).map(|_| (0..4).map(|_| random.unit()).sum()).collect();
                    let options = BootstrapOptions { resamples: 400, seed: *round, ..BootstrapOptions::default() };
                    bootstrap_interval(&values, mean, &options).unwrap().contains(2.0)
                })
                .count();
            let coverage = covered as f64 / rounds as f64;
            assert!((least..=0.97).contains(&coverage), "n {n}: {coverage}");
        }
    }

    #[test]
    fn any_statistic_and_typed_errors() {
        let options = BootstrapOptions::default();
        let got = bootstrap_interval(&[1.0, 2.0, 3.0, 4.0, 100.0], |values| median(values).unwrap_or(f64::NAN), &options).unwrap();
        assert!(got.contains(3.0));
        assert_eq!(bootstrap_interval(&[1.0, 2.0], mean, &options), Err(StatsError::TooFew { needed: 3, got: 2 }));
        assert!(matches!(bootstrap_interval(&[1.0, 2.0, 3.0], |_| f64::NAN, &options), Err(StatsError::NotFinite { .. })));
        let few = BootstrapOptions { resamples: 5, ..options };
        assert!(bootstrap_interval(&[1.0, 2.0, 3.0], mean, &few).is_err());
    }
}
