//! What the rounds of a comparison show, and how surely.

use super::{Figure, FigureComparison, Verdict};
use crate::measure::Benchmark;
use load::{LatencyMs, Report};
use stats::{Better, Interval, MeanOptions, half_width_in_sds, mean_interval, median};

/// Least relative difference that is called one: moving code about changes times by as much (see [`stats::ComparisonOptions`]).
const SMALLEST_EFFECT: f64 = 0.01;
/// Where the whole interval is as near to 1, a difference that matters is ruled out.
const RESOLUTION: f64 = 0.02;
/// Fewest rounds of which there is an interval.
const FEWEST: usize = 3;
/// Beyond so many rounds nobody waits.
const MOST: usize = 200;
/// Of the logarithm of a ratio, whose two sides are histograms' figures with three significant digits.
const ROUNDING: f64 = 0.001;

impl Figure {
    /// What it is called in texts.
    pub fn title(self) -> &'static str {
        match self {
            Self::RequestsPerSecond => "requests/s",
            Self::P50Ms => "p50",
            Self::P99Ms => "p99",
            Self::ServerCpuUs => "server CPU per request",
        }
    }

    fn better(self) -> Better {
        match self {
            Self::RequestsPerSecond => Better::Higher,
            Self::P50Ms | Self::P99Ms | Self::ServerCpuUs => Better::Lower,
        }
    }

    fn of(self, benchmark: &Benchmark) -> Option<f64> {
        let latency = |of: fn(LatencyMs) -> f64| benchmark.report().latency_ms.map(of);
        match self {
            Self::RequestsPerSecond => Some(benchmark.report().requests_per_second),
            Self::P50Ms => latency(|ms| ms.p50),
            Self::P99Ms => latency(|ms| ms.p99),
            Self::ServerCpuUs => benchmark.server_cpu_us(),
        }
    }

    /// What a benchmark is told by first.
    pub(crate) fn headline(benchmark: &Benchmark) -> Option<f64> {
        Self::of_load(benchmark.report()).first()?.of(benchmark)
    }

    /// Those that a load tells, the headline first. In a closed loop that is the throughput, and its tail is not what clients would see; an
    /// open loop gets the throughput it asks for.
    fn of_load(report: &Report) -> &'static [Self] {
        if report.open_loop {
            &[Self::P50Ms, Self::P99Ms, Self::ServerCpuUs]
        } else {
            &[Self::RequestsPerSecond, Self::P50Ms, Self::ServerCpuUs]
        }
    }
}

/// Compares the figures of rounds, and tells how many rounds would decide what is undecided. A figure that a round lacks is left out.
pub(super) fn figures(rounds: &[[Benchmark; 2]]) -> (Vec<FigureComparison>, Vec<String>) {
    let Some([first, _]) = rounds.first() else { return Default::default() };
    let mut all = Vec::new();
    let mut notes = Vec::new();
    for figure in Figure::of_load(first.report()) {
        let pair = |round: &[Benchmark; 2]| Some([figure.of(&round[0])?, figure.of(&round[1])?]);
        let Some(pairs) = rounds.iter().map(pair).collect::<Option<Vec<[f64; 2]>>>() else { continue };
        let Some(comparison) = compare(*figure, &pairs) else { continue };
        if comparison.verdict == Verdict::Undecided {
            notes.push(more_rounds(&comparison, rounds.len()));
        }
        all.push(comparison);
    }
    (all, notes)
}

/// Compares a figure of A with that of B, round by round. None unless all are above zero.
///
/// The interval is of the mean of ln(B/A), by Student's t: [`stats::mean_interval`] tells why, and how often it covers.
fn compare(figure: Figure, pairs: &[[f64; 2]]) -> Option<FigureComparison> {
    let logs: Vec<f64> = pairs.iter().map(|[a, b]| (b / a).ln()).collect();
    if pairs.is_empty() || pairs.iter().flatten().any(|value| *value <= 0.0) || logs.iter().any(|log| !log.is_finite()) {
        return None;
    }
    let of_side = |side: usize| median(&pairs.iter().map(|pair| pair[side]).collect::<Vec<f64>>()).ok();
    let ratio = (logs.iter().sum::<f64>() / logs.len() as f64).exp();
    let options = MeanOptions { rounding: ROUNDING, ..MeanOptions::default() };
    let interval = if logs.len() < FEWEST { None } else { mean_interval(&logs, &options).ok() };
    let interval = interval.map(|logs| Interval { low: logs.low.exp(), high: logs.high.exp().min(f64::MAX) });
    let verdict = interval.map_or(Verdict::Undecided, |interval| verdict(figure.better(), ratio, interval));
    let interval = interval.map(|interval| [interval.low, interval.high]);
    Some(FigureComparison { figure, a: of_side(0)?, b: of_side(1)?, ratio, interval, verdict })
}

fn verdict(better: Better, ratio: f64, interval: Interval) -> Verdict {
    let within = |bound: f64, value: f64| (1.0 / (1.0 + bound)..=1.0 + bound).contains(&value);
    if !interval.contains(1.0) && !within(SMALLEST_EFFECT, ratio) {
        if (ratio > 1.0) == (better == Better::Higher) { Verdict::Better } else { Verdict::Worse }
    } else if within(RESOLUTION, interval.low) && within(RESOLUTION, interval.high) {
        Verdict::NoDifferenceShown
    } else {
        Verdict::Undecided
    }
}

/// The note on a figure that is undecided: how many rounds would probably do, if they scatter as those so far. Their interval has to leave
/// 1 out, or to lie within the resolution, whichever is nearer.
fn more_rounds(comparison: &FigureComparison, rounds: usize) -> String {
    let title = comparison.figure.title();
    let Some([low, high]) = comparison.interval else {
        return format!("{title}: too few rounds to tell ({rounds}); {FEWEST} give an interval, {} a useful one.", super::ROUNDS);
    };
    let effect = comparison.ratio.ln().abs();
    let room = (RESOLUTION.ln_1p() - effect).max(if effect >= SMALLEST_EFFECT.ln_1p() { effect } else { 0.0 });
    let width_in_sds = |rounds| half_width_in_sds(rounds, MeanOptions::default().confidence).unwrap_or(f64::INFINITY);
    let sd = (high / low).ln() / 2.0 / width_in_sds(rounds);
    let wanted = match (rounds + 1..=MOST).find(|rounds| sd * width_in_sds(*rounds) <= room) {
        Some(needed) => format!("about {needed}"),
        None => format!("more than {MOST}"),
    };
    format!("{title}: {rounds} rounds do not decide; {wanted} rounds probably would.")
}

#[cfg(test)]
mod tests;
