use crate::distributions::t_quantile;
use crate::error::{StatsError, check_confidence, check_count, check_finite};
use crate::interval::Interval;
use crate::summary::mean_and_sd;

/// How the interval of a mean is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanOptions {
    /// Confidence of the interval, in (0, 1).
    pub confidence: f64,
    /// The most by which rounding can have moved a value, in the values' unit, at least 0. The interval reaches at least so far from the
    /// mean: the rounding errors of values that hardly scatter do not average out, and values that are all equal have no spread to go by.
    pub rounding: f64,
}

impl Default for MeanOptions {
    fn default() -> Self {
        Self { confidence: 0.95, rounding: 0.0 }
    }
}

/// Interval of the mean of at least 2 independent `values` by Student's t. It is finite and contains the mean. Of ratios, give logarithms.
///
/// # Why no bootstrap
/// Two programs that are measured in turns have noise of the same kind. In the logarithm of their ratio its skewness cancels out while the
/// programs do not differ, which is when a verdict would be wrong; of heavy tails that are left, the t-test of 5 % errs no more often than
/// promised (Bakirov & Székely 2005, *Student's t-test for Gaussian scale mixtures*; Cressie 1980, *Relaxing Assumptions in the One Sample
/// t-Test*). A bootstrap-t of few values has resamples of nearly one value, whose standard error is next to nothing: intervals of any
/// width (Owen 2025, *Better Bootstrap t Confidence Intervals for the Mean*); percentile intervals are too narrow then (Hesterberg 2015,
/// *What Teachers Should Know about the Bootstrap*).
///
/// Simulated coverage of the mean of ln(B/A) in percent where 95 is promised, Student's t / bootstrap-t, 4000 times each (standard error
/// 0.3), by the number of rounds:
///
/// | times | 3 | 4 | 5 | 6 | 8 | 12 | 20 |
/// |---|---|---|---|---|---|---|---|
/// | log-normal, or drifting together | 95/81 | 95/95 | 95/95 | 95/94 | 95/95 | 95/95 | 95/95 |
/// | Student's t with 3 degrees of freedom | 96/81 | 96/94 | 96/95 | 96/94 | 96/93 | 96/93 | 95/93 |
/// | one in 20 is three times as long | 96/78 | 96/96 | 97/97 | 97/95 | 98/96 | 98/93 | 98/87 |
/// | 30 % of processes are 10 % slower | 97/83 | 97/98 | 97/98 | 96/94 | 96/93 | 95/93 | 95/94 |
/// | the same of B only | 79/71 | 80/86 | 83/87 | 88/89 | 94/95 | 93/98 | 94/98 |
/// | A normal, B exponential | 90/79 | 89/92 | 89/92 | 90/92 | 91/93 | 91/94 | 92/94 |
///
/// Nine intervals in ten of log-normal times are narrower than these multiples of the noise of one side: 10.7/13.6, 6.4/36, 4.9/8.2,
/// 4.0/5.2, 3.1/3.6, 2.3/2.4, 1.6/1.6. Bootstrap-t with weights (Owen) and Hall's transformed t are wider than Student's t, too, cover
/// 89–90 % of 20 rounds with outliers, and are better only where one side alone is skewed (93 % in the last row, of 8 rounds). Where one
/// side alone has an outlier in 20, nothing covers the mean of 8 rounds more often than 76 %: most samples have none. Of values that
/// scatter by 0.1 to 0.5 steps of their rounding, Student's t without `rounding` covers 15–95 %, with it 96–100 %.
///
/// # Errors
/// [`StatsError::TooFew`] with fewer than 2 values, [`StatsError::NotFinite`], [`StatsError::Confidence`], [`StatsError::Rounding`].
pub fn mean_interval(values: &[f64], options: &MeanOptions) -> Result<Interval, StatsError> {
    let half_width_in_sds = half_width_in_sds(values.len(), options.confidence)?;
    check_finite(values)?;
    if !(0.0..f64::INFINITY).contains(&options.rounding) {
        return Err(StatsError::Rounding(options.rounding));
    }
    Ok(around_mean(values, half_width_in_sds, options.rounding))
}

fn around_mean(values: &[f64], half_width_in_sds: f64, rounding: f64) -> Interval {
    // Squares of the values themselves could overflow.
    let largest = values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let scale = if largest > 0.0 { largest } else { 1.0 };
    let (mean, sd) = mean_and_sd(&values.iter().map(|value| value / scale).collect::<Vec<f64>>());
    let half = (half_width_in_sds * sd).max(rounding / scale);
    let end = |scaled: f64| (scaled * scale).clamp(f64::MIN, f64::MAX);
    Interval { low: end(mean - half), high: end(mean + half) }
}

/// Half the width of [`mean_interval`] in standard deviations of the values, for so many `values`: t/√n. It tells how many more values make
/// an interval narrow enough, if they scatter like those so far.
///
/// # Errors
/// [`StatsError::TooFew`] with fewer than 2 values, [`StatsError::Confidence`].
pub fn half_width_in_sds(values: usize, confidence: f64) -> Result<f64, StatsError> {
    check_confidence(confidence)?;
    check_count(2, values)?;
    let n = values as f64;
    Ok(t_quantile(0.5 + 0.5 * confidence, n - 1.0) / n.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use proptest::prelude::*;

    fn of(values: &[f64]) -> Interval {
        mean_interval(values, &MeanOptions::default()).unwrap()
    }

    #[test]
    fn known_intervals() {
        fn check(values: &[f64], rounding: f64, [low, high]: [f64; 2]) {
            let got = mean_interval(values, &MeanOptions { rounding, ..MeanOptions::default() }).unwrap();
            assert!((got.low - low).abs() < 1e-3 && (got.high - high).abs() < 1e-3, "{values:?}: {got:?}");
        }
        // R: t.test(c(…))$conf.int
        check(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.0, [1.0368, 4.9632]);
        check(&[1.0, 2.0], 0.0, [-4.8531, 7.8531]);
        check(&[0.0, 0.0, 0.0], 0.0, [0.0, 0.0]);
        check(&[2.0; 5], 0.01, [1.99, 2.01]);
        // Rounding is less than what they scatter by.
        check(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.5, [1.0368, 4.9632]);
    }

    /// Four rounds much alike and one that is not: a bootstrap-t gave 0 to 1380, undecided, for a program that was 190 times as slow
    /// in its best round.
    #[test]
    fn one_round_that_differs_does_not_open_the_interval() {
        let ratios = [1105.0f64, 1100.0, 1108.0, 1102.0, 190.0];
        let got = of(&ratios.map(f64::ln));
        let (low, high) = (got.low.exp(), got.high.exp());
        assert!((291.0..294.0).contains(&low) && (2050.0..2075.0).contains(&high), "{low} to {high}");
    }

    #[test]
    fn typed_errors() {
        fn check(values: &[f64], options: MeanOptions, expected: StatsError) {
            assert_eq!(mean_interval(values, &options), Err(expected));
        }
        let options = MeanOptions::default();
        check(&[1.0], options, StatsError::TooFew { needed: 2, got: 1 });
        check(&[1.0, f64::INFINITY], options, StatsError::NotFinite { index: 1, value: f64::INFINITY });
        check(&[1.0, 2.0], MeanOptions { confidence: 1.0, ..options }, StatsError::Confidence(1.0));
        check(&[1.0, 2.0], MeanOptions { rounding: -1.0, ..options }, StatsError::Rounding(-1.0));
    }

    #[test]
    fn more_values_make_it_narrower() {
        let widths: Vec<f64> = (2..40).map(|values| half_width_in_sds(values, 0.95).unwrap()).collect();
        assert!(widths.is_sorted_by(|fewer, more| fewer > more), "{widths:?}");
        assert!((half_width_in_sds(8, 0.95).unwrap() - 0.836).abs() < 1e-3);
    }

    /// Normal, with variance 1 and mean 0 (Box & Muller).
    fn normal(random: &mut Random) -> f64 {
        (-2.0 * (1.0 - random.unit()).ln()).sqrt() * (std::f64::consts::TAU * random.unit()).cos()
    }

    /// How often, in percent, the interval of `n` values that `draw` gives covers `truth`.
    fn coverage(n: usize, truth: f64, rounding: f64, mut draw: impl FnMut() -> f64) -> f64 {
        let half_width_in_sds = half_width_in_sds(n, 0.95).unwrap();
        let trials = 2000;
        let covered = (0..trials).filter(|_| {
            let values: Vec<f64> = (0..n).map(|_| draw()).collect();
            around_mean(&values, half_width_in_sds, rounding).contains(truth)
        });
        100.0 * covered.count() as f64 / f64::from(trials)
    }

    #[test]
    fn covers_what_it_promises_from_three_rounds_on() {
        let log_normal: fn(&mut Random) -> f64 = |random| 0.05 * normal(random);
        let heavy_tailed: fn(&mut Random) -> f64 = |random| {
            let spread = (0..3).map(|_| normal(random).powi(2)).sum::<f64>() / 3.0;
            0.05 * normal(random) / spread.sqrt()
        };
        let outliers: fn(&mut Random) -> f64 = |random| 0.05 * normal(random) + if random.unit() < 0.05 { 3f64.ln() } else { 0.0 };
        let two_modes: fn(&mut Random) -> f64 = |random| 0.01 * normal(random) + if random.unit() < 0.3 { 0.1 } else { 0.0 };
        let mut random = Random::new(1908);
        for (time, most) in [(log_normal, 96.7), (heavy_tailed, 97.7), (outliers, 99.2), (two_modes, 98.7)] {
            for n in [3, 5, 8, 20] {
                let got = coverage(n, 0.1, 0.0, || 0.1 + time(&mut random) - time(&mut random));
                assert!((93.3..=most).contains(&got), "{n} rounds, at most {most}: {got} %");
            }
        }
    }

    #[test]
    fn covers_means_of_rounded_values() {
        let mut random = Random::new(11);
        for (n, sd, least_without, least) in [(3, 0.001, 0.0, 95.0), (8, 0.001, 0.0, 99.0), (8, 0.005, 85.0, 96.0), (8, 0.02, 93.0, 93.0)] {
            let truth = 0.0137;
            let mut draw = || ((truth + sd * normal(&mut random)) * 100.0).round() / 100.0;
            let without = coverage(n, truth, 0.0, &mut draw);
            let with = coverage(n, truth, 0.005, &mut draw);
            assert!(without >= least_without && with >= least, "{n} rounds, sd {sd}: {without} %, {with} %");
        }
    }

    proptest! {
        #[test]
        fn finite_and_around_the_mean(
            values in prop::collection::vec(prop::num::f64::NORMAL | prop::num::f64::ZERO | prop::num::f64::SUBNORMAL, 2..12),
            rounding in 0.0f64..10.0,
            confidence in 0.01f64..0.999,
        ) {
            let got = mean_interval(&values, &MeanOptions { confidence, rounding }).unwrap();
            prop_assert!(got.low.is_finite() && got.high.is_finite(), "{:?}", got);
            let mean = values.iter().map(|value| value / values.len() as f64).sum::<f64>();
            let slack = 1e-9 * values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
            prop_assert!(got.low <= mean + slack && mean - slack <= got.high, "{:?} {}", got, mean);
        }
    }
}
