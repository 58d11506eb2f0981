//! Quantiles and distribution functions the intervals are made of.

/// Quantile of the standard normal distribution for `p` in (0, 1)
/// (Acklam's rational approximation, relative error below 1.2e-9).
pub(crate) fn normal_quantile(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 5] =
        [-5.447_609_879_822_406e1, 1.615_858_368_580_409e2, -1.556_989_798_598_866e2, 6.680_131_188_771_972e1, -1.328_068_155_288_572e1];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 4] = [7.784_695_709_041_462e-3, 3.224_671_290_700_398e-1, 2.445_134_137_142_996, 3.754_408_661_907_416];
    const LOW: f64 = 0.024_25;
    let horner = |coefficients: &[f64], x: f64| coefficients.iter().fold(0.0, |sum, c| sum * x + c);
    let tail = |p: f64| {
        let q = (-2.0 * p.ln()).sqrt();
        horner(&C, q) / (horner(&D, q) * q + 1.0)
    };
    if p < LOW {
        tail(p)
    } else if p > 1.0 - LOW {
        -tail(1.0 - p)
    } else {
        let q = p - 0.5;
        let r = q * q;
        horner(&A, r) * q / (horner(&B, r) * r + 1.0)
    }
}

/// Distribution function of the standard normal (Abramowitz & Stegun 26.2.17,
/// absolute error below 7.5e-8).
pub(crate) fn normal_cdf(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 5] = [1.330_274_429, -1.821_255_978, 1.781_477_937, -0.356_563_782, 0.319_381_530];
    let k = 1.0 / (1.0 + 0.231_641_9 * x.abs());
    let density = (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let upper = density * k * COEFFICIENTS.iter().fold(0.0, |sum, c| sum * k + c);
    if x > 0.0 { 1.0 - upper } else { upper }
}

/// Quantile of Student's t distribution for `p` in [0.5, 1) and `degrees` ≥ 1.
pub(crate) fn t_quantile(p: f64, degrees: f64) -> f64 {
    let mut high = 1.0;
    while t_cdf(high, degrees) < p && high < 1e9 {
        high *= 2.0;
    }
    let mut low = 0.0;
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if t_cdf(middle, degrees) < p {
            low = middle;
        } else {
            high = middle;
        }
        if high - low <= 1e-14 * high {
            break;
        }
    }
    0.5 * (low + high)
}

/// Largest `k` with P(X < k) ≤ `alpha_half` for X ~ Binomial(n, ½), and that
/// probability: the order statistic at which a median's interval starts.
pub(crate) fn binomial_half_lower(n: usize, alpha_half: f64) -> (usize, f64) {
    let mut ln_term = n as f64 * 0.5f64.ln();
    let mut below = 0.0;
    for k in 0..n {
        let next = below + ln_term.exp();
        if next > alpha_half {
            return (k, below);
        }
        below = next;
        ln_term += ((n - k) as f64 / (k + 1) as f64).ln();
    }
    (n, below)
}

fn t_cdf(t: f64, degrees: f64) -> f64 {
    let x = degrees / (degrees + t * t);
    1.0 - 0.5 * incomplete_beta(x, 0.5 * degrees, 0.5)
}

/// Regularised incomplete beta function by its continued fraction (Lentz's method).
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    if x < (a + 1.0) / (a + b + 2.0) { front * beta_fraction(x, a, b) / a } else { 1.0 - front * beta_fraction(1.0 - x, b, a) / b }
}

fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for step in 1..=500 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        let change = d * c;
        fraction *= change;
        if (change - 1.0).abs() < 1e-14 {
            break;
        }
    }
    fraction
}

/// Logarithm of the gamma function for `x` > 0 (Lanczos, g = 5).
fn ln_gamma(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 6] = [
        76.180_091_729_471_46,
        -86.505_320_329_416_77,
        24.014_098_240_830_91,
        -1.231_739_572_450_155,
        0.120_865_097_386_617_9e-2,
        -0.539_523_938_495_3e-5,
    ];
    let base = x + 5.5;
    let mut denominator = x;
    let mut series = 1.000_000_000_190_015;
    for coefficient in COEFFICIENTS {
        denominator += 1.0;
        series += coefficient / denominator;
    }
    (x + 0.5) * base.ln() - base + (2.506_628_274_631_000_5 * series / x).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(got: f64, expected: f64, tolerance: f64) {
        assert!((got - expected).abs() <= tolerance, "got {got}, expected {expected}");
    }

    #[test]
    fn normal_tables() {
        for (p, z) in [(0.5, 0.0), (0.975, 1.959_963_985), (0.995, 2.575_829_304), (0.001, -3.090_232_306)] {
            check(normal_quantile(p), z, 1e-7);
            check(normal_cdf(z), p, 1e-7);
        }
    }

    #[test]
    fn student_tables() {
        for (degrees, t) in [(1.0, 12.7062), (2.0, 4.3027), (9.0, 2.2622), (100.0, 1.9840)] {
            check(t_quantile(0.975, degrees), t, 1e-4);
        }
        check(t_quantile(0.5, 5.0), 0.0, 1e-9);
    }

    #[test]
    fn order_statistics_of_the_median() {
        // Tables of the sign test: n = 6 → the extremes (P = 2/64), n = 10 → 2nd and 9th.
        assert_eq!(binomial_half_lower(5, 0.025).0, 0);
        let (k, below) = binomial_half_lower(6, 0.025);
        assert_eq!(k, 1);
        check(below, 1.0 / 64.0, 1e-12);
        assert_eq!(binomial_half_lower(10, 0.025).0, 2);
        assert_eq!(binomial_half_lower(20, 0.025).0, 6);
        // 0.5^n underflows here; the normal approximation gives n/2 - 0.98·√n.
        let (k, _) = binomial_half_lower(10_000, 0.025);
        assert!((4899..=4903).contains(&k), "{k}");
    }
}
