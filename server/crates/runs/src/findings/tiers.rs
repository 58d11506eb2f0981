//! Hot functions that V8 never optimises, and why.

use super::evidence::Evidence;
use super::words::{counted, duration, number, sentence};
use profile::finding::FindingSeverity;
use profile::{Category, Finding, FrameId, NodeId, Tier};
use std::collections::{HashMap, HashSet};

/// The longest bytecode that V8 optimises (`--max-optimized-bytecode-size`, src/flags/flag-definitions.h; the same in Node 18 to 26).
const MAX_OPTIMISED_BYTES: u32 = 60 << 10;
/// Samples of unoptimised code that tell a hot function from one that was seen by chance before it was optimised: V8 optimises what ran
/// for a few milliseconds.
const LEAST_SAMPLES: u64 = 20;

/// `explained` is told of already.
pub(super) fn find(evidence: &Evidence<'_>, explained: &HashSet<FrameId>) -> Vec<Finding> {
    if !evidence.decisions.recorded.code {
        return Vec::new();
    }
    let (optimised, slow) = (evidence.optimised(), unoptimised(evidence));
    let unexplained = slow.iter().filter(|(function, _)| !optimised.contains_key(function) && !explained.contains(function));
    let hot = unexplained.filter(|(_, cost)| cost.samples >= LEAST_SAMPLES);
    let mut hot: Vec<(FrameId, Unoptimised)> = hot.map(|(function, cost)| (*function, *cost)).collect();
    hot.sort_by_key(|(function, _)| *function);
    hot.into_iter().filter_map(|(function, cost)| finding(evidence, function, cost)).collect()
}

/// Time of a function's own unoptimised code, native code it calls left out: that is not slower for it.
#[derive(Clone, Copy, Default)]
struct Unoptimised {
    us: u64,
    samples: u64,
}

fn unoptimised(evidence: &Evidence<'_>) -> HashMap<FrameId, Unoptimised> {
    let profile = evidence.profile;
    let mut sums: HashMap<FrameId, Unoptimised> = HashMap::new();
    for node in profile.tree.ids().filter(|node| profile.tree.self_samples[node.index()] > 0) {
        // Sparkplug's code leaves each operation to a builtin.
        let own = if is_operation(evidence, node) { profile.tree.parent(node) } else { Some(node) };
        let Some(location) = own.map(|own| profile.location(profile.tree.location(own))) else { continue };
        let is_slow = matches!(location.tier, Tier::Ignition | Tier::Sparkplug) && !location.inlined;
        if is_slow && evidence.is_users(location.frame) {
            let sum = sums.entry(location.frame).or_default();
            sum.us += profile.tree.self_us[node.index()];
            sum.samples += u64::from(profile.tree.self_samples[node.index()]);
        }
    }
    sums
}

/// Whether a node is a builtin that does one operation of unoptimised code: `Add_Baseline`, `LoadICBaseline`, `KeyedLoadIC_Megamorphic`.
fn is_operation(evidence: &Evidence<'_>, node: NodeId) -> bool {
    let frame = evidence.profile.frame(evidence.profile.frame_of(node));
    frame.category == Category::Native && (frame.name.ends_with("Baseline") || frame.name.contains("IC"))
}

fn finding(evidence: &Evidence<'_>, function: FrameId, cost: Unoptimised) -> Option<Finding> {
    let facts = evidence.facts(function);
    let bytes = facts.and_then(|facts| facts.bytecode_bytes);
    let place = evidence.function_place(function)?;
    let called = evidence.called(function);
    let too_big = bytes.filter(|bytes| *bytes > MAX_OPTIMISED_BYTES);
    let (code, message) = match too_big {
        Some(bytes) => (
            "tier/too-big-to-optimise",
            format!(
                "{called} is never optimised: its bytecode has {}, and V8 optimises functions of at most {}.",
                counted(u64::from(bytes), "byte", "bytes"),
                number(u64::from(MAX_OPTIMISED_BYTES))
            ),
        ),
        None => {
            ("tier/never-optimised", format!("{called} ran {} and was never optimised{}.", duration(cost.us), why(evidence, function)?))
        }
    };
    Some(Finding {
        code: code.to_owned(),
        severity: FindingSeverity::Warning,
        message: sentence(&message),
        share: evidence.index.share(cost.us),
        place: Some(place),
        ..Finding::default()
    })
}

/// How the sentence goes on. None for the top level of a file: it runs once, and V8 optimises what runs again.
fn why(evidence: &Evidence<'_>, function: FrameId) -> Option<String> {
    if let Some(disabled) = evidence.facts(function).and_then(|facts| facts.disabled.as_ref()) {
        return Some(format!(": V8 says “{disabled}”"));
    }
    if evidence.is_top_level(function) {
        return None;
    }
    let optimised_any = evidence.decisions.compilations.iter().any(|code| matches!(code.tier, Tier::Maglev | Tier::Turbofan));
    if !optimised_any {
        return Some(", as nothing was in this run: flags such as `--no-opt` or `--jitless` turn V8's optimising compilers off".to_owned());
    }
    if !evidence.decisions.recorded.inline_caches {
        return Some("; a run with inline caches can tell whether it is made anew again and again".to_owned());
    }
    Some("; V8's log does not tell why".to_owned())
}

#[cfg(test)]
mod tests {
    use crate::findings::fixture::{Fixture, shown};
    use profile::Tier;
    use profile::decisions::FunctionFacts;

    /// A function that ran 50 ms in `tier`, with this much bytecode, and got code of these tiers.
    fn check(tier: Tier, bytes: u32, compiled: &[Tier], expected: &[&str]) {
        let mut fixture = Fixture::new();
        let f = fixture.function("f", "/app/a.js", (1, 11), tier, 50_000);
        let facts = FunctionFacts { function: f, bytecode_bytes: Some(bytes), instances: 1, enclosing: None, disabled: None };
        fixture.decisions.functions.push(facts);
        for tier in compiled {
            fixture.compiled(f, *tier, &[1]);
        }
        assert_eq!(shown(&fixture.found()), expected, "{tier:?} {bytes} {compiled:?}");
    }

    #[test]
    fn functions_that_stay_slow() {
        check(Tier::Ignition, 100, &[Tier::Ignition], &["tier/never-optimised W 1:11"]);
        check(Tier::Sparkplug, 100, &[Tier::Ignition, Tier::Sparkplug], &["tier/never-optimised W 1:11"]);
        check(Tier::Sparkplug, 61_441, &[Tier::Ignition, Tier::Sparkplug], &["tier/too-big-to-optimise W 1:11"]);
        check(Tier::Sparkplug, 61_440, &[Tier::Ignition, Tier::Sparkplug], &["tier/never-optimised W 1:11"]);
        check(Tier::Ignition, 100, &[Tier::Ignition, Tier::Maglev], &[]);
        check(Tier::Turbofan, 100, &[], &[]);
    }

    #[test]
    fn few_samples_tell_nothing() {
        let mut fixture = Fixture::new();
        fixture.function("f", "/app/a.js", (1, 11), Tier::Ignition, 19_000);
        assert_eq!(shown(&fixture.found()), [""; 0]);
    }

    #[test]
    fn what_was_not_recorded_is_not_claimed() {
        let mut fixture = Fixture::new();
        fixture.function("f", "/app/a.js", (1, 11), Tier::Ignition, 50_000);
        fixture.decisions.recorded.code = false;
        assert_eq!(shown(&fixture.found()), [""; 0]);
    }
}
