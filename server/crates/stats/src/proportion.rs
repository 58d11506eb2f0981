use crate::distributions::normal_quantile;
use crate::error::{StatsError, check_confidence};
use crate::interval::Interval;

/// Wilson score interval of a share, such as the share of samples a function has.
///
/// `successes` and `trials` are counts (weighted counts may be fractional),
/// `confidence` is in (0, 1). With no trials nothing is known: `[0, 1]`.
///
/// # Errors
/// [`StatsError::Proportion`] when `successes` exceeds `trials` or a count is
/// negative or not finite; [`StatsError::Confidence`].
pub fn proportion_interval(successes: f64, trials: f64, confidence: f64) -> Result<Interval, StatsError> {
    check_confidence(confidence)?;
    if !(trials.is_finite() && (0.0..=trials).contains(&successes)) {
        return Err(StatsError::Proportion { successes, trials });
    }
    if trials == 0.0 {
        return Ok(Interval { low: 0.0, high: 1.0 });
    }
    let z = normal_quantile(0.5 + 0.5 * confidence);
    let share = successes / trials;
    let z2n = z * z / trials;
    let centre = share + 0.5 * z2n;
    let spread = (z2n * (share * (1.0 - share) + 0.25 * z2n)).sqrt();
    // At the ends the exact bound is the share itself; rounding must not push it out.
    Ok(Interval { low: ((centre - spread) / (1.0 + z2n)).clamp(0.0, share), high: ((centre + spread) / (1.0 + z2n)).clamp(share, 1.0) })
}

/// Interval of the difference of two shares, `after` less `before`, each as `(successes, trials)`, from the Wilson interval of each
/// (R. Newcombe, "Interval estimation for the difference between independent proportions", 1998, method 10).
///
/// With no trials on one side nothing is known: `[-1, 1]`.
///
/// # Errors
/// As [`proportion_interval`].
pub fn proportion_difference_interval(before: (f64, f64), after: (f64, f64), confidence: f64) -> Result<Interval, StatsError> {
    let of = |(successes, trials): (f64, f64)| proportion_interval(successes, trials, confidence);
    let (old, new) = (of(before)?, of(after)?);
    if before.1 == 0.0 || after.1 == 0.0 {
        return Ok(Interval { low: -1.0, high: 1.0 });
    }
    let (was, is) = (before.0 / before.1, after.0 / after.1);
    let low = (is - was) - (is - new.low).hypot(old.high - was);
    let high = (is - was) + (new.high - is).hypot(was - old.low);
    Ok(Interval { low, high })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use proptest::prelude::*;

    #[test]
    fn known_intervals() {
        // Newcombe 1998, table I (Wilson without continuity correction).
        let check = |successes: f64, trials: f64, low: f64, high: f64| {
            let got = proportion_interval(successes, trials, 0.95).unwrap();
            assert!((got.low - low).abs() < 5e-5, "{got:?}");
            assert!((got.high - high).abs() < 5e-5, "{got:?}");
        };
        check(81.0, 263.0, 0.2553, 0.3662);
        check(15.0, 148.0, 0.0624, 0.1605);
        check(0.0, 20.0, 0.0, 0.1611);
        check(1.0, 29.0, 0.0061, 0.1718);
        check(29.0, 29.0, 0.8830, 1.0);
        check(0.0, 0.0, 0.0, 1.0);
    }

    #[test]
    fn known_intervals_of_differences() {
        // Newcombe 1998, table II, method 10.
        let check = |before: (f64, f64), after: (f64, f64), low: f64, high: f64| {
            let got = proportion_difference_interval(before, after, 0.95).unwrap();
            assert!((got.low - low).abs() < 5e-5 && (got.high - high).abs() < 5e-5, "{got:?}");
        };
        check((48.0, 80.0), (56.0, 70.0), 0.0524, 0.3339);
        check((3.0, 10.0), (9.0, 10.0), 0.1705, 0.8090);
        check((2.0, 7.0), (6.0, 7.0), 0.0582, 0.8062);
        check((0.0, 29.0), (5.0, 56.0), -0.0381, 0.1926);
        check((0.0, 0.0), (1.0, 2.0), -1.0, 1.0);
        assert!(proportion_difference_interval((2.0, 1.0), (1.0, 2.0), 0.95).is_err());
    }

    #[test]
    fn refuses_what_is_no_share() {
        for (successes, trials) in [(2.0, 1.0), (-1.0, 3.0), (f64::NAN, 3.0), (1.0, f64::INFINITY)] {
            assert!(matches!(proportion_interval(successes, trials, 0.95), Err(StatsError::Proportion { .. })));
        }
        for confidence in [0.0, 1.0, -0.5, 95.0, f64::NAN] {
            assert!(matches!(proportion_interval(1.0, 2.0, confidence), Err(StatsError::Confidence(_))));
        }
    }

    #[test]
    fn covers_the_true_share_about_as_often_as_it_says() {
        let mut random = Random::new(11);
        for (share, trials) in [(0.02, 400), (0.1, 100), (0.5, 40), (0.9, 200)] {
            let rounds = 4000;
            let covered = (0..rounds)
                .filter(|_| {
                    let hits = (0..trials).filter(|_| random.unit() < share).count();
                    proportion_interval(hits as f64, f64::from(trials), 0.95).unwrap().contains(share)
                })
                .count();
            let coverage = covered as f64 / f64::from(rounds);
            assert!((0.925..=0.975).contains(&coverage), "{share} of {trials}: {coverage}");
        }
    }

    proptest! {
        #[test]
        fn contains_the_observed_share_and_mirrors(trials in 1u32..100_000, part in 0.0f64..=1.0, confidence in 0.01f64..0.999) {
            let trials = f64::from(trials);
            let successes = (trials * part).floor();
            let interval = proportion_interval(successes, trials, confidence).unwrap();
            prop_assert!(0.0 <= interval.low && interval.high <= 1.0);
            prop_assert!(interval.contains(successes / trials));
            let mirrored = proportion_interval(trials - successes, trials, confidence).unwrap();
            prop_assert!((mirrored.low - (1.0 - interval.high)).abs() < 1e-9);
            let more = proportion_interval(successes * 4.0, trials * 4.0, confidence).unwrap();
            prop_assert!(more.width() < interval.width());
        }
    }
}
