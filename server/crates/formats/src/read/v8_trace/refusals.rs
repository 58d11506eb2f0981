//! Decisions of a trace in terms of a profile of the same process.

use super::V8Trace;
use profile::decisions::{Inlining, Place, Refusal};
use profile::{FrameId, Profile, Tier};
use rustc_hash::FxHashMap;

/// Decisions in terms of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Joined {
    /// Calls that were refused.
    pub refusals: Vec<Refusal>,
    /// Calls that were inlined, without their places: V8's log tells those.
    pub inlinings: Vec<Inlining>,
    /// Decisions about functions that the profile does not know, or not for sure.
    pub n_unknown: u64,
}

/// Joins a trace with a profile of the log that the same process wrote.
///
/// `functions` are the SharedFunctionInfos of that log: every address that each of them ever had, as the log has it, and its frame in
/// `profile`. The trace prints addresses with a tag of 1. An address can belong to several functions one after the other; the name has to
/// agree, and if it does for more than one, the decision is counted as unknown.
pub fn refusals(trace: &V8Trace, functions: &[(u64, FrameId)], profile: &Profile) -> Joined {
    let mut by_address: FxHashMap<u64, Vec<FrameId>> = FxHashMap::default();
    for (address, frame) in functions {
        let frames = by_address.entry(*address).or_default();
        if frame.index() < profile.frames.len() && !frames.contains(frame) {
            frames.push(*frame);
        }
    }
    let frames: Vec<Option<FrameId>> = trace
        .profile
        .frames
        .iter()
        .zip(&trace.addresses)
        .map(|(frame, address)| {
            let candidates = by_address.get(&address.checked_sub(1)?)?;
            let mut named = candidates.iter().filter(|candidate| profile.frame(**candidate).name == frame.name);
            let found = named.next()?;
            named.next().is_none().then_some(*found)
        })
        .collect();
    let frame = |id: FrameId| frames.get(id.index()).copied().flatten();
    let sizes: FxHashMap<FrameId, u32> =
        profile.decisions.functions.iter().filter_map(|facts| Some((facts.function, facts.bytecode_bytes?))).collect();

    let mut joined = Joined::default();
    let mut refusal_rows: FxHashMap<(Option<FrameId>, FrameId, Tier, String), usize> = FxHashMap::default();
    for refusal in &trace.refusals {
        let into = refusal.into.map(frame);
        let (Some(callee), into) = (frame(refusal.callee), into) else {
            joined.n_unknown += refusal.n_lines;
            continue;
        };
        let into = match into {
            Some(None) => {
                joined.n_unknown += refusal.n_lines;
                continue;
            }
            Some(Some(into)) => Some(into),
            None => None,
        };
        // A function that moved is two in the trace and one here.
        let rows = &mut joined.refusals;
        let at = *refusal_rows.entry((into, callee, refusal.tier, refusal.reason.clone())).or_insert_with(|| {
            rows.push(Refusal {
                into,
                callee,
                tier: refusal.tier,
                reason: refusal.reason.clone(),
                bytecode_bytes: refusal.bytecode_bytes.or_else(|| sizes.get(&callee).copied()),
                call: None,
                count: 0,
            });
            rows.len() - 1
        });
        rows[at].count = rows[at].count.saturating_add(refusal.n_compilations);
    }
    let mut inlining_rows: FxHashMap<(FrameId, FrameId, Tier), usize> = FxHashMap::default();
    for inlining in &trace.inlinings {
        let Some(into) = inlining.into else { continue };
        let (Some(into), Some(callee)) = (frame(into), frame(inlining.callee)) else {
            joined.n_unknown += inlining.n_calls;
            continue;
        };
        let rows = &mut joined.inlinings;
        let at = *inlining_rows.entry((into, callee, inlining.tier)).or_insert_with(|| {
            let call = Place { function: None, source: None, position: None };
            rows.push(Inlining { into, tier: inlining.tier, call, callee: Some(callee), depth: 0, count: 0 });
            rows.len() - 1
        });
        rows[at].count = rows[at].count.saturating_add(inlining.n_compilations);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use profile::{Category, Frame};

    const TRACE: &str = "\
[compiling method 0x10 <JSFunction f (sfi = 0x201)> (target TURBOFAN), mode: ConcurrencyMode::kSynchronous]
Cannot consider 0x7 {0x301 <SharedFunctionInfo big>} for inlining (reason: 5)
Inlining 0x7 {0x401 <SharedFunctionInfo g>} into 0x7 {0x201 <SharedFunctionInfo f>}
[completed compiling 0x10 <JSFunction f (sfi = 0x201)> (target TURBOFAN) - took 0.002, 0.583, 0.010 ms]
";

    /// Frames `f`, `big`, `g` and these addresses.
    fn check(functions: &[(u64, u32)], expected: &[(Option<u32>, u32)], n_inlinings: usize, n_unknown: u64) {
        let frame = |name: &str| Frame { name: name.to_owned(), source: None, start: None, category: Category::App };
        let profile = Profile { frames: ["f", "big", "g", "big"].map(frame).to_vec(), ..Profile::default() };
        let functions: Vec<_> = functions.iter().map(|(address, frame)| (*address, FrameId(*frame))).collect();
        let joined = refusals(&read(TRACE.as_bytes()).unwrap(), &functions, &profile);
        let found: Vec<_> = joined.refusals.iter().map(|refusal| (refusal.into.map(|into| into.0), refusal.callee.0)).collect();
        assert_eq!((found.as_slice(), joined.inlinings.len(), joined.n_unknown), (expected, n_inlinings, n_unknown), "{functions:?}");
    }

    #[test]
    fn functions_are_found_by_address_and_name() {
        check(&[(0x200, 0), (0x300, 1), (0x400, 2)], &[(Some(0), 1)], 1, 0);
        // Reused by `f` before or after `big`.
        check(&[(0x200, 0), (0x300, 0), (0x300, 1), (0x400, 2)], &[(Some(0), 1)], 1, 0);
        // Two of that name at that address.
        check(&[(0x200, 0), (0x300, 1), (0x300, 3), (0x400, 2)], &[], 1, 1);
        // Another function.
        check(&[(0x200, 0), (0x300, 2), (0x400, 2)], &[], 1, 1);
        check(&[(0x300, 1), (0x400, 2)], &[], 0, 2);
        check(&[(0x200, 99)], &[], 0, 2);
    }
}
