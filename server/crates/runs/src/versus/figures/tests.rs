use super::*;
use stats::Random;

/// Normal, with variance 1 and mean 0.
fn normal(random: &mut Random) -> f64 {
    (0..12).map(|_| random.unit()).sum::<f64>() - 6.0
}

fn compared(figure: Figure, ratios: &[f64]) -> FigureComparison {
    let pairs: Vec<[f64; 2]> = ratios.iter().map(|ratio| [200.0, 200.0 * ratio]).collect();
    compare(figure, &pairs).unwrap()
}

#[test]
fn verdicts() {
    fn check(figure: Figure, ratios: &[f64], expected: Verdict) {
        let comparison = compared(figure, ratios);
        assert_eq!(comparison.verdict, expected, "{comparison:?}");
    }
    let twice = [2.0, 2.1, 1.9, 2.05, 1.95];
    check(Figure::RequestsPerSecond, &twice, Verdict::Better);
    check(Figure::P50Ms, &twice, Verdict::Worse);
    check(Figure::ServerCpuUs, &twice.map(|ratio| 1.0 / ratio), Verdict::Better);
    // Fewer rounds give no interval, however clear.
    check(Figure::RequestsPerSecond, &[2.0; 2], Verdict::Undecided);
    check(Figure::RequestsPerSecond, &twice[..3], Verdict::Better);
    // One round that differs leaves no doubt, and neither do rounds that are all equal, to the digit that is measured.
    check(Figure::P50Ms, &[1105.0, 1100.0, 1108.0, 1102.0, 190.0], Verdict::Worse);
    check(Figure::P50Ms, &[1.05; 5], Verdict::Worse);
    check(Figure::P50Ms, &[1.0; 5], Verdict::NoDifferenceShown);
    check(Figure::RequestsPerSecond, &[1.001, 0.999, 1.002, 0.998, 1.0], Verdict::NoDifferenceShown);
    // Certain, but too small to matter.
    check(Figure::RequestsPerSecond, &[1.004, 1.005, 1.006, 1.005, 1.0045], Verdict::NoDifferenceShown);
    check(Figure::RequestsPerSecond, &[1.2, 0.8, 1.1, 0.9, 1.0], Verdict::Undecided);
}

#[test]
fn intervals_hold_the_ratio_and_have_a_width() {
    for ratios in [&[1.05; 8][..], &[1105.0, 1100.0, 1108.0, 1102.0, 190.0], &[1e-200, 1e200, 1.0]] {
        let comparison = compared(Figure::P50Ms, ratios);
        let [low, high] = comparison.interval.unwrap();
        assert!(low < comparison.ratio && comparison.ratio < high && high.is_finite(), "{comparison:?}");
    }
}

#[test]
fn figures_that_cannot_be_compared_are_left_out() {
    assert!(compare(Figure::P50Ms, &[[0.0, 1.0]; 6]).is_none());
    assert!(compare(Figure::P50Ms, &[[1.0, f64::NAN]; 6]).is_none());
    assert!(compare(Figure::P50Ms, &[]).is_none());
}

#[test]
fn rounds_that_are_missing_are_told() {
    fn check(ratios: &[f64], expected: &str) {
        let note = more_rounds(&compared(Figure::RequestsPerSecond, ratios), ratios.len());
        assert!(note.contains(expected), "{note}");
    }
    check(&[1.1; 2], "too few rounds to tell (2)");
    check(&[1.2, 0.8, 1.1, 0.9, 1.0, 1.0], "more than 200");
    let note = more_rounds(&compared(Figure::P50Ms, &[1.0, 1.2, 1.0, 1.2, 0.95, 1.25]), 6);
    let about: usize = note.split("about ").nth(1).and_then(|text| text.split(' ').next()).unwrap().parse().unwrap();
    assert!((7..40).contains(&about), "{note}");
}

/// The interval holds what it promises, of rounds that share drift and have a log-normal luck of their own.
#[test]
fn intervals_cover_the_true_ratio() {
    let mut random = Random::new(31);
    for n in [3, 6, 20] {
        let (trials, truth) = (600, 0.9);
        let mut covered = 0;
        for _ in 0..trials {
            let pairs: Vec<[f64; 2]> = (0..n)
                .map(|_| {
                    let drift = 1000.0 * (0.2 * normal(&mut random)).exp();
                    [drift * (0.05 * normal(&mut random)).exp(), drift * truth * (0.05 * normal(&mut random)).exp()]
                })
                .collect();
            let [low, high] = compare(Figure::P50Ms, &pairs).unwrap().interval.unwrap();
            covered += u32::from((low..=high).contains(&truth));
        }
        let coverage = f64::from(covered) / f64::from(trials);
        assert!((0.93..=0.97).contains(&coverage), "{n} rounds: {coverage}");
    }
}

/// Of versions that do not differ, a verdict is as rare as promised; of those that do, it comes.
#[test]
fn verdicts_are_as_sure_as_promised() {
    let mut random = Random::new(17);
    let mut decided = |truth: f64| {
        let trials = 400;
        let found = (0..trials)
            .filter(|_| {
                let ratios: Vec<f64> = (0..8).map(|_| truth * (0.03 * normal(&mut random)).exp()).collect();
                matches!(compared(Figure::P50Ms, &ratios).verdict, Verdict::Better | Verdict::Worse)
            })
            .count();
        found as f64 / f64::from(trials)
    };
    let (same, faster) = (decided(1.0), decided(0.9));
    assert!(same <= 0.07, "{same}");
    assert!(faster >= 0.95, "{faster}");
}
