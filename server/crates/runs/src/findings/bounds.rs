//! Reads beyond the end of an array or string that inline caches met. Those that cost optimised code are told by [`super::deopts`].

use super::caches::accessed;
use super::evidence::Evidence;
use super::words::sentence;
use profile::Finding;
use profile::finding::{FindingPlace, FindingSeverity};

/// The code of both.
pub(super) const CODE: &str = "array/out-of-bounds";

/// `told` has findings of the same code already.
pub(super) fn find(evidence: &Evidence<'_>, told: &[Finding]) -> Vec<Finding> {
    let told: Vec<&FindingPlace> =
        told.iter().filter(|finding| finding.code == CODE).filter_map(|finding| finding.place.as_ref()).collect();
    let caches = evidence.decisions.inline_caches.iter().filter(|cache| cache.out_of_bounds > 0 && evidence.is_users_place(&cache.place));
    let mut found: Vec<Finding> = Vec::new();
    for cache in caches {
        let place = evidence.place(&evidence.exact(cache));
        // A deopt is where V8 says.
        let as_v8_says = evidence.place(&cache.place);
        let is_same = |one: &Option<FindingPlace>, other: &FindingPlace| {
            one.as_ref().is_some_and(|one| (&one.file, one.position) == (&other.file, other.position))
        };
        let others = found.iter().filter_map(|finding| finding.place.as_ref());
        if told.iter().any(|known| is_same(&as_v8_says, known)) || others.into_iter().any(|known| is_same(&place, known)) {
            continue;
        }
        let message = format!(
            "{} was used with an index beyond the end, so V8 has to look for the element in the prototypes as well.",
            accessed(evidence, cache)
        );
        found.push(Finding {
            code: CODE.to_owned(),
            severity: FindingSeverity::Hint,
            message: sentence(&message),
            share: cache.place.function.map_or(0.0, |function| evidence.share(function)),
            place,
            ..Finding::default()
        });
    }
    found
}
