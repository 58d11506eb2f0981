//! What a run shows that is worth telling: V8's decisions and the patterns in them, ranked by the time they cost.
//!
//! Each part looks for one kind of thing and gives every place and reason once:
//!
//! | part | codes |
//! |---|---|
//! | [`templates`] | `template/recompiled` |
//! | [`deopts`] | `deopt/…`, `deopt/loop`, `array/out-of-bounds`, `number/smi-overflow` |
//! | [`bounds`] | `array/out-of-bounds` |
//! | [`caches`] | `ic/megamorphic`, `ic/polymorphic` |
//! | [`shapes`] | `shape/property-order`, `shape/property-added-later` |
//! | [`refusals`] | `inlining/…` |
//! | [`closures`] | `closure/recreated` |
//! | [`arguments`] | `arguments/leaked` |
//! | [`tiers`] | `tier/never-optimised`, `tier/too-big-to-optimise` |
//!
//! **Who is blamed.** Findings lie in the project's own code and in its dependencies, which a project chooses; Node's own modules are
//! shown only as related places. **What is silent.** See [`Thresholds`]. **Order.** By share of active time, then by count, then by
//! severity; a run without samples has no shares, so its findings are ranked by count and none is silent.

mod arguments;
mod bounds;
mod caches;
mod closures;
mod deopts;
mod evidence;
mod refusals;
mod shapes;
mod templates;
mod texts;
mod tiers;
mod words;

use evidence::Evidence;
use profile::Finding;
use profile::decisions::Place;
use profile::finding::FindingSeverity;
use profile::index::ProfileIndex;
pub(crate) use templates::package_of;

/// What is known besides the profile.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// `NODE_ENV` as the program saw it.
    pub node_env: Option<&'a str>,
    /// The text of a file by its absolute path, as it was measured; none when it is not at hand.
    pub text_of: &'a dyn Fn(&str) -> Option<String>,
    /// Which findings are silent.
    pub thresholds: Thresholds,
}

/// Least shares of active time, 0 to 1, that the function of a finding must have for it to be told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Of facts: half a percent is about what a 95 % interval over a thousand samples still tells from nothing.
    pub fact_share: f64,
    /// Of defects, which are told earlier since they cost more than the time of their function: compiling, collecting garbage.
    pub defect_share: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { fact_share: 0.005, defect_share: 0.001 }
    }
}

impl Thresholds {
    /// Nothing is silent.
    pub const NONE: Self = Self { fact_share: 0.0, defect_share: 0.0 };
}

/// Everything worth telling, most important first.
pub fn findings(index: &ProfileIndex, surroundings: &Surroundings<'_>) -> Vec<Finding> {
    let evidence = Evidence::new(index, surroundings);
    let mut found = Vec::new();
    found.extend(templates::templates_recompiled(index, surroundings.node_env));
    found.extend(deopts::find(&evidence));
    found.extend(bounds::find(&evidence, &found));
    found.extend(caches::find(&evidence));
    found.extend(shapes::find(&evidence));
    found.extend(refusals::find(&evidence));
    found.extend(arguments::find(&evidence));
    let (recreated, explained) = closures::find(&evidence);
    found.extend(recreated);
    found.extend(tiers::find(&evidence, &explained));
    found.retain(|finding| evidence.is_told(finding));
    rank(&mut found);
    found
}

/// The call of each row of the profile's `refusals`, which V8 does not tell: known where the caller's text has one call of that name.
pub fn refused_calls(index: &ProfileIndex, surroundings: &Surroundings<'_>) -> Vec<Option<Place>> {
    let evidence = Evidence::new(index, surroundings);
    let rows = evidence.decisions.refusals.iter();
    rows.map(|row| refusals::call_place(&evidence, row).filter(|(_, n_calls)| *n_calls == 1).map(|(place, _)| place)).collect()
}

fn rank(found: &mut [Finding]) {
    found.sort_by(|a, b| {
        let place = |finding: &Finding| finding.place.as_ref().map(|place| (place.file.clone(), place.position));
        b.share
            .total_cmp(&a.share)
            .then(b.count.cmp(&a.count))
            .then(b.severity.cmp(&a.severity))
            .then_with(|| a.code.cmp(&b.code))
            .then_with(|| place(a).cmp(&place(b)))
    });
}

impl Evidence<'_> {
    /// Whether a finding is above the threshold of its kind. A defect is silent only when the samples rule out that it has its share: with
    /// `n` samples and none of it, the 95 % bound of a share is 3 ÷ n (the "rule of three": J. A. Hanley, A. Lippman-Hand, 1983). So a
    /// short run, which hardly sees a tenth of a percent, does not hide what V8's log tells for certain.
    fn is_told(&self, finding: &Finding) -> bool {
        let is_defect = finding.severity == FindingSeverity::Warning;
        let possible = if is_defect { finding.share + 3.0 / self.n_samples.max(1.0) } else { finding.share };
        let least = if is_defect { self.thresholds.defect_share } else { self.thresholds.fact_share };
        !self.has_samples || possible >= least
    }
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod real;
