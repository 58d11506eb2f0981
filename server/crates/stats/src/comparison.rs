use crate::error::{StatsError, check_confidence, check_count, check_positive};
use crate::interval::Interval;
use crate::rank_tests::{Shift, paired_shift, two_sample_shift};

/// Which direction of the measured value is an improvement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Times, latencies, bytes.
    Lower,
    /// Throughputs.
    Higher,
}

/// What a comparison is allowed to conclude.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ComparisonOptions {
    /// Confidence of the interval, in (0, 1).
    pub confidence: f64,
    /// Which direction is an improvement.
    pub better: Better,
    /// Relative differences below this are not called a difference, however sure:
    /// moving code or the environment about changes times by as much (Mytkowicz et
    /// al. 2009, *Producing Wrong Data Without Doing Anything Obviously Wrong*).
    pub smallest_effect: f64,
    /// An interval which reaches further than this from 1 is too wide to say that
    /// there is no difference.
    pub resolution: f64,
}

impl Default for ComparisonOptions {
    fn default() -> Self {
        Self { confidence: 0.95, better: Better::Lower, smallest_effect: 0.01, resolution: 0.05 }
    }
}

/// Conclusion about `b` against `a`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// `b` is better.
    Faster,
    /// `b` is worse.
    Slower,
    /// The measurements are precise enough, and show no difference that matters.
    NoDifferenceShown,
    /// Too few or too scattered values: a difference may hide in them.
    Undecided,
}

/// Comparison of two lists of measurements.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// Typical `b` over `a` (Hodges–Lehmann estimate on logarithms).
    pub ratio: f64,
    /// Interval of the ratio; None when so few values cannot give one.
    pub interval: Option<Interval>,
    /// What follows.
    pub verdict: Verdict,
    /// Number of values of `a` and of `b`.
    pub counts: (usize, usize),
}

/// Compares independent values of `b` with those of the baseline `a`, all above 0.
///
/// One value per process or round, never per iteration: iterations in one process
/// share its luck, and would make every difference look certain. The interval
/// inverts the exact Mann–Whitney test on logarithms, so it assumes no distribution
/// and holds its error rate from the smallest samples on; 95 % needs 4 values each
/// (or 3 and 5), fewer give [`Verdict::Undecided`] and no interval.
///
/// # Errors
/// [`StatsError::TooFew`] when a list is empty, [`StatsError::NotFinite`],
/// [`StatsError::NotPositive`], [`StatsError::Confidence`].
pub fn ratio_comparison(a: &[f64], b: &[f64], options: &ComparisonOptions) -> Result<Comparison, StatsError> {
    check(a, b, options)?;
    let shift = two_sample_shift(&logarithms(a), &logarithms(b), options.confidence);
    Ok(conclude(&shift, (a.len(), b.len()), options))
}

/// Compares values measured in pairs: `a[i]` and `b[i]` in the same round.
///
/// What drifts from round to round (temperature, other load) cancels out. The
/// interval inverts Wilcoxon's signed-rank test on the logarithms of the ratios;
/// 95 % needs 6 rounds.
///
/// # Errors
/// As [`ratio_comparison`], and [`StatsError::Unpaired`].
pub fn paired_ratio_comparison(a: &[f64], b: &[f64], options: &ComparisonOptions) -> Result<Comparison, StatsError> {
    check(a, b, options)?;
    if a.len() != b.len() {
        return Err(StatsError::Unpaired { first: a.len(), second: b.len() });
    }
    let differences: Vec<f64> = a.iter().zip(b).map(|(x, y)| y.ln() - x.ln()).collect();
    let shift = paired_shift(&differences, options.confidence);
    Ok(conclude(&shift, (a.len(), b.len()), options))
}

fn check(a: &[f64], b: &[f64], options: &ComparisonOptions) -> Result<(), StatsError> {
    check_confidence(options.confidence)?;
    for values in [a, b] {
        check_count(1, values.len())?;
        check_positive(values)?;
    }
    Ok(())
}

fn logarithms(values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| value.ln()).collect()
}

fn conclude(shift: &Shift, counts: (usize, usize), options: &ComparisonOptions) -> Comparison {
    let interval = shift.interval.map(|interval| Interval { low: interval.low.exp(), high: interval.high.exp() });
    Comparison {
        ratio: shift.estimate.exp(),
        interval,
        verdict: interval.map_or(Verdict::Undecided, |interval| verdict(interval, options)),
        counts,
    }
}

fn verdict(interval: Interval, options: &ComparisonOptions) -> Verdict {
    let within = |bound: f64| interval.low >= 1.0 / (1.0 + bound) && interval.high <= 1.0 + bound;
    let rose = interval.low > 1.0;
    let fell = interval.high < 1.0;
    if within(options.smallest_effect) {
        Verdict::NoDifferenceShown
    } else if rose || fell {
        if rose == (options.better == Better::Higher) { Verdict::Faster } else { Verdict::Slower }
    } else if within(options.resolution) {
        Verdict::NoDifferenceShown
    } else {
        Verdict::Undecided
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use proptest::prelude::*;

    fn compare(a: &[f64], b: &[f64]) -> Comparison {
        ratio_comparison(a, b, &ComparisonOptions::default()).unwrap()
    }

    #[test]
    fn verdicts() {
        let check = |a: &[f64], b: &[f64], expected: Verdict| {
            assert_eq!(compare(a, b).verdict, expected, "{a:?} {b:?}");
        };
        let base = [100.0, 101.0, 99.0, 100.5, 99.5];
        let scaled = |factor: f64| base.map(|value| value * factor);
        check(&base, &scaled(0.8), Verdict::Faster);
        check(&base, &scaled(1.2), Verdict::Slower);
        check(&base, &base, Verdict::NoDifferenceShown);
        // Certain, but too small to matter.
        check(&[100.0; 5], &[100.4; 5], Verdict::NoDifferenceShown);
        check(&base, &[80.0, 130.0, 95.0, 110.0, 99.0], Verdict::Undecided);
        // Three against three cannot reach 95 %, however far apart.
        check(&base[..3], &scaled(0.1)[..3], Verdict::Undecided);
    }

    #[test]
    fn higher_is_better_for_throughput() {
        let options = ComparisonOptions { better: Better::Higher, ..ComparisonOptions::default() };
        let (a, b) = ([100.0, 101.0, 99.0, 100.0], [200.0, 202.0, 198.0, 200.0]);
        let got = ratio_comparison(&a, &b, &options).unwrap();
        assert_eq!(got.verdict, Verdict::Faster);
        assert!((got.ratio - 2.0).abs() < 1e-9);
    }

    #[test]
    fn pairs_cancel_drift() {
        // Every round is twice as slow as the one before; b is always 10 % faster.
        let a: Vec<f64> = (0..8).map(|round| f64::from(1 << round)).collect();
        let b: Vec<f64> = a.iter().map(|value| value * 0.9).collect();
        let options = ComparisonOptions::default();
        assert_eq!(compare(&a, &b).verdict, Verdict::Undecided);
        let paired = paired_ratio_comparison(&a, &b, &options).unwrap();
        assert_eq!(paired.verdict, Verdict::Faster);
        assert!((paired.ratio - 0.9).abs() < 1e-9);
        assert!(matches!(paired_ratio_comparison(&a, &b[1..], &options), Err(StatsError::Unpaired { .. })));
    }

    #[test]
    fn typed_errors() {
        let options = ComparisonOptions::default();
        assert!(matches!(ratio_comparison(&[1.0], &[0.0], &options), Err(StatsError::NotPositive { index: 0, .. })));
        assert!(matches!(ratio_comparison(&[], &[1.0], &options), Err(StatsError::TooFew { .. })));
    }

    /// Times as processes give them: log-normal, and now and then one far too slow.
    fn process_time(random: &mut Random, outliers: f64) -> f64 {
        let normal: f64 = (0..12).map(|_| random.unit()).sum::<f64>() - 6.0;
        let time = (0.05 * normal).exp();
        if random.unit() < outliers { time * 1.5 } else { time }
    }

    #[test]
    fn same_against_same_errs_as_rarely_as_promised() {
        let mut random = Random::new(77);
        let options = ComparisonOptions { smallest_effect: 0.0, ..ComparisonOptions::default() };
        for (n, outliers) in [(4, 0.0), (5, 0.1), (10, 0.0), (10, 0.2), (20, 0.1)] {
            let rounds = 3000;
            let mut wrong = [0u32; 2];
            for _ in 0..rounds {
                let mut draw = || -> Vec<f64> { (0..n).map(|_| process_time(&mut random, outliers)).collect() };
                let (a, b) = (draw(), draw());
                let called = |comparison: Comparison| u32::from(matches!(comparison.verdict, Verdict::Faster | Verdict::Slower));
                wrong[0] += called(ratio_comparison(&a, &b, &options).unwrap());
                wrong[1] += called(paired_ratio_comparison(&a, &b, &options).unwrap());
            }
            for (paired, wrong) in [(false, wrong[0]), (true, wrong[1])] {
                let rate = f64::from(wrong) / f64::from(rounds);
                // Steps of the exact test: 4 against 4 can only err in 2.9 % of cases.
                let least = match (n, paired) {
                    (4 | 5, true) => 0.0,
                    (4, false) => 0.018,
                    (5, false) => 0.02,
                    _ => 0.033,
                };
                assert!((least..=0.06).contains(&rate), "n {n}, outliers {outliers}, paired {paired}: {rate}");
            }
        }
    }

    #[test]
    fn intervals_cover_the_true_ratio() {
        let mut random = Random::new(99);
        let rounds = 2000;
        let covered = (0..rounds)
            .filter(|_| {
                let a: Vec<f64> = (0..8).map(|_| process_time(&mut random, 0.1)).collect();
                let b: Vec<f64> = (0..8).map(|_| 1.3 * process_time(&mut random, 0.1)).collect();
                compare(&a, &b).interval.unwrap().contains(1.3)
            })
            .count();
        let coverage = covered as f64 / f64::from(rounds);
        assert!((0.94..=0.975).contains(&coverage), "{coverage}");
    }

    #[test]
    fn finds_a_real_difference() {
        let mut random = Random::new(123);
        let rounds = 300;
        let found = (0..rounds)
            .filter(|_| {
                let a: Vec<f64> = (0..10).map(|_| process_time(&mut random, 0.1)).collect();
                let b: Vec<f64> = (0..10).map(|_| 0.85 * process_time(&mut random, 0.1)).collect();
                compare(&a, &b).verdict == Verdict::Faster
            })
            .count();
        assert!(found > rounds * 85 / 100, "{found} of {rounds}");
    }

    proptest! {
        #[test]
        fn mirrored_and_scale_free(
            a in prop::collection::vec(0.1f64..10.0, 4..12),
            b in prop::collection::vec(0.1f64..10.0, 4..12),
            scale in 0.001f64..1000.0,
        ) {
            let there = compare(&a, &b);
            let back = compare(&b, &a);
            prop_assert!((there.ratio * back.ratio - 1.0).abs() < 1e-9);
            let (x, y) = (there.interval.unwrap(), back.interval.unwrap());
            prop_assert!((x.low * y.high - 1.0).abs() < 1e-9);
            prop_assert!(x.low <= there.ratio && there.ratio <= x.high);
            let stretched = |values: &[f64]| values.iter().map(|value| value * scale).collect::<Vec<_>>();
            let scaled = compare(&stretched(&a), &stretched(&b));
            prop_assert!((scaled.ratio / there.ratio - 1.0).abs() < 1e-9);
        }
    }
}
