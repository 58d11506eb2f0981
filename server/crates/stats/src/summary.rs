use crate::error::{StatsError, check_count, check_finite};

/// How a percentile between two values is defined (numbering of Hyndman & Fan 1996).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PercentileDefinition {
    /// Type 1, inverse of the empirical distribution: always a value that was measured.
    NearestRank,
    /// Type 7, linear between order statistics (R's and NumPy's default).
    #[default]
    Linear,
    /// Type 8, approximately median-unbiased whatever the distribution.
    MedianUnbiased,
}

/// Summary of a list of finite values, in their unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Arithmetic mean.
    pub mean: f64,
    /// Sample standard deviation (divisor n - 1); 0 for a single value.
    pub sd: f64,
    sorted: Vec<f64>,
}

impl Summary {
    /// Summarises `values`, in any order.
    ///
    /// # Errors
    /// [`StatsError::TooFew`] without values, [`StatsError::NotFinite`].
    pub fn new(values: &[f64]) -> Result<Self, StatsError> {
        check_count(1, values.len())?;
        check_finite(values)?;
        let (mean, sd) = mean_and_sd(values);
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        Ok(Self { mean, sd, sorted })
    }

    /// Number of values, at least 1.
    pub fn n(&self) -> usize {
        self.sorted.len()
    }

    /// Smallest value.
    pub fn min(&self) -> f64 {
        self.sorted[0]
    }

    /// Largest value.
    pub fn max(&self) -> f64 {
        self.sorted[self.sorted.len() - 1]
    }

    /// Middle value, or the mean of the two middle ones.
    pub fn median(&self) -> f64 {
        sorted_percentile(&self.sorted, 50.0, PercentileDefinition::Linear)
    }

    /// Percentile for `percent` in 0..=100 (clamped to that) by `definition`.
    pub fn percentile(&self, percent: f64, definition: PercentileDefinition) -> f64 {
        sorted_percentile(&self.sorted, percent, definition)
    }

    /// Standard deviation over mean; infinite when the mean is zero and the values differ.
    pub fn variation(&self) -> f64 {
        if self.sd == 0.0 { 0.0 } else { self.sd / self.mean.abs() }
    }

    /// The values in ascending order.
    pub fn sorted(&self) -> &[f64] {
        &self.sorted
    }
}

/// Percentile of `values`, in any order, for `percent` in 0..=100 (clamped to that).
///
/// # Errors
/// [`StatsError::TooFew`] without values, [`StatsError::NotFinite`].
pub fn percentile(values: &[f64], percent: f64, definition: PercentileDefinition) -> Result<f64, StatsError> {
    Ok(Summary::new(values)?.percentile(percent, definition))
}

/// Median of `values`, in any order.
///
/// # Errors
/// [`StatsError::TooFew`] without values, [`StatsError::NotFinite`].
pub fn median(values: &[f64]) -> Result<f64, StatsError> {
    Ok(Summary::new(values)?.median())
}

/// Percentile of a non-empty ascending list.
pub(crate) fn sorted_percentile(sorted: &[f64], percent: f64, definition: PercentileDefinition) -> f64 {
    let n = sorted.len() as f64;
    // NaN counts as 0 too.
    let p = if percent > 0.0 { percent.min(100.0) / 100.0 } else { 0.0 };
    // 1-based position among the order statistics.
    let position = match definition {
        PercentileDefinition::NearestRank => (n * p - 1e-9).ceil(),
        PercentileDefinition::Linear => (n - 1.0) * p + 1.0,
        PercentileDefinition::MedianUnbiased => (n + 1.0 / 3.0) * p + 1.0 / 3.0,
    }
    .clamp(1.0, n);
    let below = sorted[position.floor() as usize - 1];
    let above = sorted[position.ceil() as usize - 1];
    let weight = position.fract();
    // Not `below + weight * (above - below)`, whose difference can overflow.
    below * (1.0 - weight) + above * weight
}

/// Mean and sample standard deviation (Welford's recurrence) of a non-empty list.
pub(crate) fn mean_and_sd(values: &[f64]) -> (f64, f64) {
    let mut mean = 0.0;
    let mut squares = 0.0;
    for (index, value) in values.iter().enumerate() {
        let difference = value - mean;
        mean += difference / (index + 1) as f64;
        squares += difference * (value - mean);
    }
    let divisor = values.len().saturating_sub(1).max(1) as f64;
    (mean, (squares / divisor).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn summary_of_known_values() {
        let summary = Summary::new(&[4.0, 2.0, 4.0, 5.0, 4.0, 7.0, 5.0, 9.0]).unwrap();
        assert_eq!(summary.n(), 8);
        assert!((summary.mean - 5.0).abs() < 1e-12);
        assert!((summary.sd - (32.0f64 / 7.0).sqrt()).abs() < 1e-12);
        assert_eq!((summary.min(), summary.median(), summary.max()), (2.0, 4.5, 9.0));
        let one = Summary::new(&[3.0]).unwrap();
        assert_eq!((one.sd, one.median(), one.variation()), (0.0, 3.0, 0.0));
    }

    #[test]
    fn percentile_definitions() {
        // R: quantile(c(1,2,3,4,10), c(.25,.5,.9), type = 1 | 7 | 8)
        let values = [10.0, 1.0, 3.0, 2.0, 4.0];
        let check = |definition, expected: [f64; 3]| {
            for (percent, expected) in [25.0, 50.0, 90.0].into_iter().zip(expected) {
                let got = percentile(&values, percent, definition).unwrap();
                assert!((got - expected).abs() < 1e-9, "{definition:?} {percent}: {got}");
            }
        };
        check(PercentileDefinition::NearestRank, [2.0, 3.0, 10.0]);
        check(PercentileDefinition::Linear, [2.0, 3.0, 7.6]);
        check(PercentileDefinition::MedianUnbiased, [1.666_666_667, 3.0, 10.0]);
    }

    #[test]
    fn refuses_nothing_and_nan() {
        assert_eq!(Summary::new(&[]), Err(StatsError::TooFew { needed: 1, got: 0 }));
        assert!(matches!(Summary::new(&[1.0, f64::NAN]), Err(StatsError::NotFinite { index: 1, .. })));
    }

    proptest! {
        #[test]
        fn percentiles_are_ordered_and_within_range(
            values in prop::collection::vec(-1e12f64..1e12, 1..60),
            low in 0.0f64..100.0,
            step in 0.0f64..100.0,
        ) {
            let summary = Summary::new(&values).unwrap();
            for definition in [PercentileDefinition::NearestRank, PercentileDefinition::Linear, PercentileDefinition::MedianUnbiased] {
                let (a, b) = (summary.percentile(low, definition), summary.percentile(low + step, definition));
                let slack = 1e-3;
                prop_assert!(a <= b + slack);
                prop_assert!(summary.min() - slack <= a && b <= summary.max() + slack);
            }
            prop_assert!(summary.min() - 1e-3 <= summary.mean && summary.mean <= summary.max() + 1e-3);
        }
    }
}
