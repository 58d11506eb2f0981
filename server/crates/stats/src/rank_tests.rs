//! Distribution-free intervals of a shift: Mann–Whitney for two samples,
//! Wilcoxon's signed ranks for pairs, with the Hodges–Lehmann estimate of each
//! (Hollander, Wolfe & Chicken, *Nonparametric Statistical Methods*, §4.2, §3.2).

use crate::distributions::normal_quantile;
use crate::interval::Interval;
use crate::summary::{PercentileDefinition, sorted_percentile};

/// A shift between two samples, with its interval if the samples allow one.
pub(crate) struct Shift {
    /// Hodges–Lehmann estimate: median of all differences (or Walsh averages).
    pub(crate) estimate: f64,
    /// None when so few values cannot reach the confidence.
    pub(crate) interval: Option<Interval>,
}

/// Beyond this many products of sample sizes the normal approximation is exact
/// enough (error of the tail below 1e-4) and the recurrence too slow.
const EXACT_LIMIT: usize = 2500;

/// Shift of `b` against `a` (both non-empty): median of all `b - a`.
pub(crate) fn two_sample_shift(a: &[f64], b: &[f64], confidence: f64) -> Shift {
    let mut differences: Vec<f64> = b.iter().flat_map(|y| a.iter().map(move |x| y - x)).collect();
    differences.sort_unstable_by(f64::total_cmp);
    let (n, m) = (a.len(), b.len());
    let alpha_half = 0.5 * (1.0 - confidence);
    let rank = if n * m <= EXACT_LIMIT {
        lower_rank(&mann_whitney_counts(n, m), alpha_half)
    } else {
        let (n, m) = (n as f64, m as f64);
        normal_rank(n * m / 2.0, n * m * (n + m + 1.0) / 12.0, alpha_half)
    };
    shift(&differences, rank)
}

/// Shift of paired differences (non-empty): median of all Walsh averages.
pub(crate) fn paired_shift(differences: &[f64], confidence: f64) -> Shift {
    let n = differences.len();
    let mut averages = Vec::with_capacity(n * (n + 1) / 2);
    for (index, x) in differences.iter().enumerate() {
        averages.extend(differences[index..].iter().map(|y| 0.5 * (x + y)));
    }
    averages.sort_unstable_by(f64::total_cmp);
    let alpha_half = 0.5 * (1.0 - confidence);
    let rank = if n * n <= EXACT_LIMIT {
        lower_rank(&signed_rank_counts(n), alpha_half)
    } else {
        let n = n as f64;
        normal_rank(n * (n + 1.0) / 4.0, n * (n + 1.0) * (2.0 * n + 1.0) / 24.0, alpha_half)
    };
    shift(&averages, rank)
}

fn shift(sorted: &[f64], rank: usize) -> Shift {
    let interval = (rank > 0).then(|| {
        let rank = rank.min(sorted.len().div_ceil(2));
        Interval { low: sorted[rank - 1], high: sorted[sorted.len() - rank] }
    });
    Shift { estimate: sorted_percentile(sorted, 50.0, PercentileDefinition::Linear), interval }
}

/// Largest rank whose lower tail does not exceed `alpha_half`; 0 if there is none.
fn lower_rank(counts: &[f64], alpha_half: f64) -> usize {
    let total: f64 = counts.iter().sum();
    let mut tail = 0.0;
    for (rank, count) in counts.iter().enumerate() {
        tail += count / total;
        // The tails of small samples are fractions like 1/40 that meet the bound exactly.
        if tail > alpha_half * (1.0 + 1e-9) {
            return rank;
        }
    }
    counts.len()
}

fn normal_rank(mean: f64, variance: f64, alpha_half: f64) -> usize {
    let rank = mean + 0.5 + normal_quantile(alpha_half) * variance.sqrt();
    rank.floor().max(0.0) as usize
}

/// Number of arrangements with each value of U, 0..=n·m: the coefficients of the
/// Gaussian binomial, ∏ (1 - q^(m+i)) / (1 - q^i).
///
/// Only the lower half is computed, where the coefficients of every step stay small
/// next to their neighbours; the upper half mirrors it. Computed in doubles, its
/// ones would drown in the rounding of a middle of 10²⁹.
fn mann_whitney_counts(n: usize, m: usize) -> Vec<f64> {
    let top = n * m;
    let half = top / 2 + 1;
    let mut counts = vec![0.0; half];
    counts[0] = 1.0;
    for i in 1..=n {
        for u in (m + i..half).rev() {
            counts[u] -= counts[u - m - i];
        }
        for u in i..half {
            counts[u] += counts[u - i];
        }
    }
    (0..=top).map(|u| counts[u.min(top - u)]).collect()
}

/// Number of sign patterns with each sum of positive ranks, 0..=n(n+1)/2.
fn signed_rank_counts(n: usize) -> Vec<f64> {
    let size = n * (n + 1) / 2 + 1;
    let mut counts = vec![0.0; size];
    counts[0] = 1.0;
    for rank in 1..=n {
        for sum in (rank..size).rev() {
            counts[sum] += counts[sum - rank];
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_distributions_by_hand() {
        assert_eq!(mann_whitney_counts(2, 2), [1.0, 1.0, 2.0, 1.0, 1.0]);
        assert_eq!(mann_whitney_counts(1, 3), [1.0, 1.0, 1.0, 1.0]);
        assert_eq!(signed_rank_counts(3), [1.0, 1.0, 1.0, 2.0, 1.0, 1.0, 1.0]);
        assert_eq!(mann_whitney_counts(10, 10).iter().sum::<f64>(), 184_756.0);
    }

    #[test]
    fn ranks_of_published_tables() {
        // Critical values of U (two-sided 5 %): the rank is one more.
        for (n, m, critical) in [(4, 4, 0), (5, 5, 2), (8, 8, 13), (10, 10, 23), (20, 20, 127)] {
            assert_eq!(lower_rank(&mann_whitney_counts(n, m), 0.025), critical + 1);
        }
        assert_eq!(lower_rank(&mann_whitney_counts(3, 3), 0.025), 0);
        // Critical values of W (two-sided 5 %).
        for (n, critical) in [(6, 0), (8, 3), (10, 8), (20, 52)] {
            assert_eq!(lower_rank(&signed_rank_counts(n), 0.025), critical + 1);
        }
        assert_eq!(lower_rank(&signed_rank_counts(5), 0.025), 0);
    }

    #[test]
    fn approximation_meets_the_exact_rank() {
        let exact = lower_rank(&mann_whitney_counts(50, 50), 0.025);
        let approximate = normal_rank(1250.0, 2500.0 * 101.0 / 12.0, 0.025);
        assert!(exact.abs_diff(approximate) <= 1, "{exact} {approximate}");
        // Subtractions must not have eaten the digits.
        let counts = mann_whitney_counts(50, 50);
        assert!(counts.iter().all(|count| *count >= 1.0));
    }
}
