//! How much of a change is noise.

use super::Table;
use super::rows::Entry;
use profile::Category;
use profile::index::ProfileIndex;

/// Of the intervals of changes.
const CONFIDENCE: f64 = 0.95;

/// Which share of a row changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChangedShare {
    OfSelf,
    OfTotal,
}

/// How many independent samples the active time of a profile is known from. Stacks without moments count as they are.
pub(super) fn samples_behind(index: &ProfileIndex) -> f64 {
    let effective = index.effective_samples();
    if effective > 0.0 { effective } else { index.active_samples() as f64 }
}

impl Table<'_> {
    /// See [`crate::wire::Row::change_interval`].
    pub(super) fn change_interval(&self, entry: &Entry) -> Option<[[f64; 2]; 2]> {
        Some([self.interval(ChangedShare::OfSelf, entry)?, self.interval(ChangedShare::OfTotal, entry)?])
    }

    /// Whether a change is beyond the noise, and its size in µs.
    pub(super) fn change_size(&self, share: ChangedShare, entry: &Entry) -> (bool, u64) {
        let (before_us, us) = self.compared_us(share, entry);
        let is_change = self.interval(share, entry).is_some_and(|[low, high]| low > 0.0 || high < 0.0);
        (is_change, us.abs_diff(before_us))
    }

    fn interval(&self, share: ChangedShare, entry: &Entry) -> Option<[f64; 2]> {
        let [samples_before, samples] = self.whole.samples?;
        let is_idle = self.model.frames().get(entry.frame).is_some_and(|frame| frame.category == Category::Idle);
        if is_idle || self.whole.base_us == 0 || samples_before < 1.0 || samples < 1.0 {
            return None;
        }
        let (before_us, us) = self.compared_us(share, entry);
        let successes = |us: u64, samples: f64| (us as f64 / self.whole.base_us as f64 * samples).min(samples);
        let before = (successes(before_us, samples_before), samples_before);
        let interval = stats::proportion_difference_interval(before, (successes(us, samples), samples), CONFIDENCE).ok()?;
        Some([interval.low, interval.high])
    }

    /// Before, scaled to the same active time, and now.
    fn compared_us(&self, share: ChangedShare, entry: &Entry) -> (u64, u64) {
        let figures = &entry.figures;
        match share {
            ChangedShare::OfSelf => (self.scaled(figures.before_self_us), figures.self_us),
            ChangedShare::OfTotal => (self.scaled(figures.before_total_us), figures.total_us),
        }
    }
}
