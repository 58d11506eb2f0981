//! How long each sample stands for.

use super::stacks::RawSample;

/// Time of a sample: what is its own, and what was waiting until the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weight {
    /// Time of the sample, in µs.
    pub(super) own_us: u64,
    /// Waiting behind it, in µs.
    pub(super) idle_us: u64,
}

/// A gap between two ticks of more intervals than this is waiting, whatever V8 says: the operating system did not run the thread, or not
/// the one that samples it. Either way it is not known what ran.
const LONGEST_GAP_INTERVALS: f64 = 5.0;

/// The same for a V8 that does not write idle ticks, where a gap is all there is to see of waiting, however short.
const LONGEST_GAP_WITHOUT_IDLE_INTERVALS: f64 = 1.5;

/// Longest time of all samples together, 285 years: times of a broken log must not add up to more than a number holds.
const MAX_TOTAL_US: u64 = 1 << 53;

/// Weighs samples by the time to the next one; the last lasts one interval.
///
/// V8 does not tick while the event loop waits. Up to V8 13 the first tick afterwards is marked idle; V8 14 (Node 25 and later) only
/// leaves a gap, so there a late tick of a busy thread looks like waiting too. A thread that is blocked in a system call or busy in native code goes on ticking.
pub(super) fn weigh(samples: &[RawSample], interval_us: u64, writes_idle_ticks: bool) -> Vec<Weight> {
    let longest = if writes_idle_ticks { LONGEST_GAP_INTERVALS } else { LONGEST_GAP_WITHOUT_IDLE_INTERVALS };
    let longest = (longest * interval_us as f64) as u64;
    let mut weights = Vec::with_capacity(samples.len());
    let mut left_us = MAX_TOTAL_US;
    for (row, sample) in samples.iter().enumerate() {
        let Some(next) = samples.get(row + 1) else {
            weights.push(Weight { own_us: interval_us, idle_us: 0 });
            break;
        };
        let gap = next.time_us.saturating_sub(sample.time_us).min(left_us);
        left_us -= gap;
        let waits = !sample.is_idle && (gap > longest || next.is_idle && gap > interval_us);
        weights.push(if waits { Weight { own_us: interval_us, idle_us: gap - interval_us } } else { Weight { own_us: gap, idle_us: 0 } });
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use profile::NodeId;

    /// Samples as `time` or `time i` for idle ones.
    fn check(samples: &str, writes_idle_ticks: bool, expected: &[(u64, u64)]) {
        let samples: Vec<RawSample> = samples
            .split(", ")
            .map(|sample| RawSample {
                time_us: sample.trim_end_matches(" i").parse().unwrap(),
                node: NodeId(0),
                is_idle: sample.ends_with('i'),
            })
            .collect();
        let weights: Vec<_> = weigh(&samples, 1000, writes_idle_ticks).iter().map(|weight| (weight.own_us, weight.idle_us)).collect();
        assert_eq!(weights, expected);
    }

    #[test]
    fn time_to_the_next_sample() {
        check("0, 1000, 2500, 3000", true, &[(1000, 0), (1500, 0), (500, 0), (1000, 0)]);
        check("0, 5000", true, &[(5000, 0), (1000, 0)]);
        check("5000, 4000", true, &[(0, 0), (1000, 0)]);
    }

    #[test]
    fn broken_times_stay_summable() {
        let end = 9_999_999_999_999_999_999u64;
        let samples = vec![format!("0, {end}"); 100].join(", ");
        let weights = [(1000, MAX_TOTAL_US - 1000)].into_iter().chain([(0, 0); 198]).chain([(1000, 0)]);
        check(&samples, true, &weights.collect::<Vec<_>>());
    }

    #[test]
    fn a_gap_is_waiting() {
        check("0, 900000", true, &[(1000, 899_000), (1000, 0)]);
        check("0, 4000 i, 5000", true, &[(1000, 3000), (1000, 0), (1000, 0)]);
        check("0, 1600, 3100", false, &[(1000, 600), (1500, 0), (1000, 0)]);
        check("0, 5001", true, &[(1000, 4001), (1000, 0)]);
    }
}
