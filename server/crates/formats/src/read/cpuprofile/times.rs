//! When each sample was, and how long it lasted.

use super::json::Raw;

/// No sum of times in a profile goes beyond this many µs (some 36,000 years), so that nothing overflows.
const MAX_US: i64 = 1 << 60;

/// V8's sampling interval unless told otherwise, in µs.
const DEFAULT_INTERVAL_US: u64 = 1000;

/// A sample in order of time.
pub(super) struct Moment {
    /// Since `startTime`.
    pub(super) time_us: u64,
    pub(super) duration_us: u64,
    /// Index in the file.
    pub(super) sample: usize,
}

/// The samples in order of time. Counts what is wrong with the deltas.
pub(super) fn moments(raw: &mut Raw) -> Vec<Moment> {
    let n = raw.samples.len();
    let n_deltas = raw.deltas.len();
    let start_us = raw.start_us.unwrap_or(0).clamp(-MAX_US, MAX_US);
    let end_us = raw.end_us.map(|end| (end.clamp(-MAX_US, MAX_US) - start_us).clamp(0, MAX_US));
    raw.drop_records("missingTimeDeltas", n.saturating_sub(n_deltas) as u64);
    raw.drop_records("extraTimeDeltas", n_deltas.saturating_sub(n) as u64);
    let n_negative = raw.deltas.iter().take(n).filter(|delta| **delta < 0).count();
    raw.drop_records("negativeDeltas", n_negative as u64);

    let typical_us = typical_delta(&raw.deltas, end_us, n);
    let mut now_us = 0i64;
    let mut moments: Vec<Moment> = (0..n)
        .map(|sample| {
            let delta = raw.deltas.get(sample).copied().unwrap_or(typical_us);
            now_us = (now_us + delta.clamp(-MAX_US, MAX_US)).clamp(-MAX_US, MAX_US);
            Moment { time_us: u64::try_from(now_us).unwrap_or(0), duration_us: 0, sample }
        })
        .collect();
    moments.sort_by_key(|moment| moment.time_us);
    for i in 1..moments.len() {
        moments[i - 1].duration_us = moments[i].time_us - moments[i - 1].time_us;
    }
    if let Some(last) = moments.last_mut() {
        last.duration_us = match end_us {
            Some(end_us) => (end_us as u64).saturating_sub(last.time_us),
            None => typical_us as u64,
        };
    }
    moments
}

/// The delta to assume where there is none: the median, or with no deltas at all an equal share of the whole.
fn typical_delta(deltas: &[i64], end_us: Option<i64>, n_samples: usize) -> i64 {
    let mut positive: Vec<i64> = deltas.iter().copied().filter(|delta| *delta > 0).collect();
    if positive.is_empty() {
        let share = end_us.and_then(|end_us| end_us.checked_div(n_samples as i64));
        return share.unwrap_or(DEFAULT_INTERVAL_US as i64);
    }
    let middle = positive.len() / 2;
    (*positive.select_nth_unstable(middle).1).min(MAX_US)
}

/// The time one hit stands for in a profile with no samples, in µs.
pub(super) fn hit_interval_us(raw: &Raw, n_hits: u64) -> u64 {
    let whole = match (raw.start_us, raw.end_us) {
        (Some(start), Some(end)) => u64::try_from(end.saturating_sub(start)).unwrap_or(0).min(MAX_US as u64),
        _ => 0,
    };
    match whole.checked_div(n_hits) {
        Some(share) if share > 0 => share,
        _ => DEFAULT_INTERVAL_US,
    }
}
