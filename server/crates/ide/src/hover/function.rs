//! What is known of a function.

use std::collections::BTreeMap;

use profile::decisions::{Deopt, known_inlining_code};
use profile::totals::{CallEdge, Cost};
use profile::{FrameId, Tier};

use super::{costs, links, place_of, place_today, stale};
use crate::explanations::explanation;
use crate::measured::{Decided, MeasuredFile, MeasuredFunction};
use crate::rich_text::{Block, RichText};
use crate::timeline::{is_benign, timeline};
use crate::view::{FileView, PlacedFunction};
use crate::wording::{counted, number, percent};

/// Most functions and places named in a row.
const MAX_NAMED: usize = 5;

/// Everything about a function, the most important first.
pub(super) fn tell(text: &mut RichText, view: &FileView, measured: &MeasuredFile, placed: &PlacedFunction, function: &MeasuredFunction) {
    if placed.stale {
        text.blocks.push(Block::Paragraph(stale(measured, "this function was changed since it was measured")));
    }
    if function.cost != Cost::default() {
        text.blocks.push(costs(view, measured, &function.cost));
    } else {
        text.blocks.push(Block::Paragraph("No sample hit it.".to_owned()));
    }
    text.blocks.extend(callers_and_callees(view, measured, function));
    let decided = &function.decided;
    text.blocks.extend(deopts(view, measured, decided));
    text.blocks.extend(refused(view, measured, decided));
    text.blocks.extend(inlined(view, measured, decided));
    tiers(text, measured, function);
}

fn callers_and_callees(view: &FileView, measured: &MeasuredFile, function: &MeasuredFunction) -> Vec<Block> {
    let index = &measured.results.index;
    let named = |caption: &str, edges: Vec<(FrameId, &CallEdge)>| {
        let item = |(frame, edge): (FrameId, &CallEdge)| {
            let (what, place) = place_of(view, measured, frame);
            (format!("{what} {}", percent(measured.share(measured.results.called(edge)))), place)
        };
        links(caption, edges.into_iter().map(item).collect(), MAX_NAMED)
    };
    let callers: Vec<_> = index.callers_of(function.frame).map(|edge| (edge.caller, edge)).collect();
    let callees: Vec<_> = index.callees_of(function.frame).map(|edge| (edge.callee, edge)).collect();
    let both = [("Called by", callers), ("Calls", callees)];
    both.into_iter().filter(|(_, edges)| !edges.is_empty()).map(|(caption, edges)| named(caption, edges)).collect()
}

/// Time by tier, then tiers over time.
fn tiers(text: &mut RichText, measured: &MeasuredFile, function: &MeasuredFunction) {
    let decisions = &measured.results.index.profile().decisions;
    let sum: u64 = function.tier_us.iter().sum();
    let tiers: Vec<String> = Tier::ALL
        .iter()
        .zip(function.tier_us)
        .filter(|(_, us)| *us > 0 && sum > 0)
        .map(|(tier, us)| format!("{} {}", tier.label(), percent(us as f64 / sum as f64)))
        .collect();
    if !tiers.is_empty() {
        text.blocks.push(Block::Paragraph(format!("Self time by tier: {}.", tiers.join(", "))));
    }
    let decided = &function.decided;
    if let Some(timeline) = timeline(decisions, decided) {
        let threads = match timeline.n_threads {
            1 => String::new(),
            n => format!(" (of {n} threads, the one with most compilations)"),
        };
        text.blocks.push(Block::Paragraph(format!("Tiers over time{threads}: {}", timeline.text)));
    }
    let mut notes = Vec::new();
    let compilations = || decided.compilations.iter().filter_map(|row| decisions.compilations.get(*row as usize));
    let osr = compilations().filter(|compilation| compilation.osr == Some(true)).count() as u64;
    if osr > 0 {
        notes.push(format!("replaced in a running loop (OSR) {}", times(osr)));
    }
    let facts = || decided.facts.iter().filter_map(|row| decisions.functions.get(*row as usize));
    if let Some(bytes) = facts().filter_map(|facts| facts.bytecode_bytes).max() {
        notes.push(counted(bytes.into(), "byte of bytecode", "bytes of bytecode"));
    }
    let instances: u32 = facts().map(|facts| facts.instances).max().unwrap_or(0);
    if instances > 1 {
        notes.push(format!("its source was compiled {} times over", number(instances.into())));
    }
    if let Some(why) = facts().find_map(|facts| facts.disabled.as_deref()) {
        notes.push(format!("never optimised: {why}"));
    }
    if !notes.is_empty() {
        text.blocks.push(Block::Paragraph(format!("Code: {}.", notes.join("; "))));
    }
}

/// `once`, `twice`, `37 times`.
pub(super) fn times(count: u64) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{} times", number(count)),
    }
}

/// ` ×37`; nothing for once.
pub(super) fn repeated(count: u32) -> String {
    if count > 1 { format!(" ×{}", number(count.into())) } else { String::new() }
}

/// Reasons and places, the commonest first; of its own code, then of code it was inlined into.
fn deopts(view: &FileView, measured: &MeasuredFile, decided: &Decided) -> Vec<Block> {
    let profile = measured.results.index.profile();
    let named = |caption: &str, rows: &[u32]| {
        let deopts = rows.iter().filter_map(|row| profile.decisions.deopts.get(*row as usize));
        let mut deopts: Vec<&Deopt> = deopts.filter(|deopt| !is_benign(&deopt.reason)).collect();
        deopts.sort_by_key(|deopt| std::cmp::Reverse(deopt.count));
        let count: u64 = deopts.iter().map(|deopt| u64::from(deopt.count)).sum();
        let item = |deopt: &&Deopt| {
            let reason = if deopt.reason.is_empty() { "no reason given" } else { &deopt.reason };
            let place = deopt.stack.first();
            let at = place.and_then(|place| place.position).map(|at| format!(" at {}:{}", at.line, at.column)).unwrap_or_default();
            let today = place.and_then(|place| place_today(view, measured, place));
            (format!("{reason}{} ({}{at})", repeated(deopt.count), deopt.tier.label()), today)
        };
        (count > 0).then(|| links(&format!("{caption} {}", times(count)), deopts.iter().map(item).collect(), MAX_NAMED))
    };
    let own = named("Deoptimised", &decided.deopts);
    own.into_iter().chain(named("Deoptimised where it was inlined", &decided.inner_deopts)).collect()
}

/// Callees that were refused, with reason and size; then where it was refused itself.
fn refused(view: &FileView, measured: &MeasuredFile, decided: &Decided) -> Vec<Block> {
    let block = |caption: &str, rows: &[u32], other: fn(&Refused) -> Option<FrameId>| {
        let item = |refused: &Refused| {
            let unknown = || ("(unknown)".to_owned(), None);
            let (what, place) = other(refused).map_or_else(unknown, |frame| place_of(view, measured, frame));
            (format!("{what}: {}", refused.why), place)
        };
        let all = refusals(measured, rows);
        (!all.is_empty()).then(|| links(caption, all.iter().map(item).collect(), MAX_NAMED))
    };
    let here = block("Refused to inline here", &decided.refused_here, |refused| Some(refused.callee));
    here.into_iter().chain(block("Refused to be inlined into", &decided.refused_into, |refused| refused.into)).collect()
}

/// A refused call, of all compilers that refused it for the same reason.
pub(super) struct Refused {
    pub(super) into: Option<FrameId>,
    pub(super) callee: FrameId,
    /// `function too big to inline, 213 bytes of bytecode (maglev, turbofan ×2)`.
    pub(super) why: String,
}

/// Refused calls in the order of the rows, the same of several compilers as one.
pub(super) fn refusals(measured: &MeasuredFile, rows: &[u32]) -> Vec<Refused> {
    let decisions = &measured.results.index.profile().decisions;
    let mut order: Vec<(Option<FrameId>, FrameId, String)> = Vec::new();
    let mut tiers: BTreeMap<(Option<FrameId>, FrameId, String), BTreeMap<Tier, u64>> = BTreeMap::new();
    for refusal in rows.iter().filter_map(|row| decisions.refusals.get(*row as usize)) {
        // A reason of a later V8 speaks for itself.
        let page = known_inlining_code(&refusal.reason).and_then(|code| explanation(&code));
        let mut why = match page {
            Some(page) => lower(page.title),
            None => refusal.reason.clone(),
        };
        if let Some(bytes) = refusal.bytecode_bytes {
            why = format!("{why}, {}", counted(bytes.into(), "byte of bytecode", "bytes of bytecode"));
        }
        let key = (refusal.into, refusal.callee, why);
        if !order.contains(&key) {
            order.push(key.clone());
        }
        *tiers.entry(key).or_default().entry(refusal.tier).or_default() += u64::from(refusal.count);
    }
    let one = |key: (Option<FrameId>, FrameId, String)| {
        let by = by_tiers(tiers.remove(&key).unwrap_or_default());
        Refused { into: key.0, callee: key.1, why: format!("{} ({by})", key.2) }
    };
    order.into_iter().map(one).collect()
}

/// As it stands within a sentence: without the capital letter, unless it is all capitals.
fn lower(title: &str) -> String {
    let mut chars = title.chars();
    let (first, second) = (chars.next(), chars.clone().next());
    match first {
        Some(first) if !second.is_some_and(char::is_uppercase) => first.to_lowercase().chain(chars).collect(),
        _ => title.to_owned(),
    }
}

/// `maglev, turbofan ×3`.
pub(super) fn by_tiers(tiers: BTreeMap<Tier, u64>) -> String {
    let by: Vec<String> = tiers.into_iter().map(|(tier, count)| by_tier(tier, count)).collect();
    by.join(", ")
}

/// `turbofan ×3`.
fn by_tier(tier: Tier, count: u64) -> String {
    if count > 1 { format!("{} ×{}", tier.label(), number(count)) } else { tier.label().to_owned() }
}

/// What it was inlined into, and what was inlined into it: compilations by tier.
fn inlined(view: &FileView, measured: &MeasuredFile, decided: &Decided) -> Vec<Block> {
    let decisions = &measured.results.index.profile().decisions;
    let named = |caption: &str, rows: &[u32], other: fn(&profile::decisions::Inlining) -> Option<FrameId>| {
        let mut counts: BTreeMap<Option<FrameId>, BTreeMap<Tier, u64>> = BTreeMap::new();
        for inlining in rows.iter().filter_map(|row| decisions.inlinings.get(*row as usize)) {
            *counts.entry(other(inlining)).or_default().entry(inlining.tier).or_default() += u64::from(inlining.count);
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, tiers)| std::cmp::Reverse(tiers.values().sum::<u64>()));
        let item = |(frame, tiers): (Option<FrameId>, BTreeMap<Tier, u64>)| {
            let (what, place) = frame.map_or(("(unknown)".to_owned(), None), |frame| place_of(view, measured, frame));
            (format!("{what} ({})", by_tiers(tiers)), place)
        };
        (!counts.is_empty()).then(|| links(caption, counts.into_iter().map(item).collect(), MAX_NAMED))
    };
    let into = named("Inlined into", &decided.inlined_into, |inlining| Some(inlining.into));
    into.into_iter().chain(named("Inlined here", &decided.inlined_here, |inlining| inlining.callee)).collect()
}

#[cfg(test)]
mod tests {
    use profile::Tier;
    use profile::decisions::Compilation;

    use crate::fixture::{Fixture, SERVER, decisions};
    use crate::hover::tests::{at, check, lines};

    fn decided() -> Fixture {
        Fixture::new(SERVER).decided(decisions::of_render)
    }

    #[test]
    fn all_that_v8_decided() {
        check(
            at(decided(), "render|(items) {"),
            &[
                "Tiers over time: ignition 0–12 ms → maglev at 12 ms → turbofan (OSR) at 31 ms ✕ wrong map at 48 ms → \
                 turbofan at 60 ms ✕ not a Smi at 70 ms\n",
                "Code: replaced in a running loop (OSR) once; 213 bytes of bytecode.\n",
                "Deoptimised 39 times: wrong map ×37 (turbofan at 4:15) (/app/server.js:4), \
                 not a Smi ×2 (turbofan at 3:16) (/app/server.js:3)\n",
                "Refused to be inlined into: hello: ",
                "Inlined into: hello (turbofan ×3) (/app/server.js:7)\n",
            ],
        );
        check(
            at(decided(), "hello|(req, res) {"),
            &[
                "Refused to inline here: render: ",
                ", 213 bytes of bytecode (maglev ×2) (/app/server.js:2)\n",
                "Inlined here: render (turbofan ×3) (/app/server.js:2)\n",
            ],
        );
    }

    #[test]
    fn a_reason_of_a_later_v8_speaks_for_itself() {
        let refused = |decisions: &mut profile::decisions::Decisions, about: &crate::fixture::Measured| {
            let (into, callee) = (Some(about.function("hello")), about.function("render"));
            let reason = "phase of the moon".to_owned();
            for tier in [Tier::Maglev, Tier::Turbofan] {
                let (call, count, reason) = (None, 1, reason.clone());
                decisions.refusals.push(profile::decisions::Refusal { into, callee, tier, reason, bytecode_bytes: None, call, count });
            }
        };
        let hover = at(Fixture::new(SERVER).decided(refused), "hello|(req, res) {");
        check(hover, &["Refused to inline here: render: phase of the moon (maglev, turbofan) (/app/server.js:2)\n"]);
    }

    #[test]
    fn short_enough_to_read() {
        assert!(lines(decided(), "render|(items) {") <= 25);
    }

    #[test]
    fn places_are_those_of_today() {
        let moved = decided().edited(Some(("function render", "\n\nfunction render")));
        check(at(moved, "render|(items) {"), &["wrong map ×37 (turbofan at 4:15) (/app/server.js:6)"]);
    }

    #[test]
    fn several_threads() {
        let worker = |decisions: &mut profile::decisions::Decisions, about: &crate::fixture::Measured| {
            let (function, tier) = (about.function("render"), Tier::Ignition);
            decisions.compilations.push(Compilation { function, tier, osr: None, at_us: 5_000, code_bytes: 1, thread: 3 });
        };
        check(
            at(decided().decided(worker), "render|(items) {"),
            &["Tiers over time (of 2 threads, the one with most compilations): ignition 0–12 ms → maglev"],
        );
    }

    #[test]
    fn function_that_no_sample_hit() {
        let text = format!("{SERVER}function cold() {{}}\n");
        let compiled = |decisions: &mut profile::decisions::Decisions, about: &crate::fixture::Measured| {
            let function = about.function("cold");
            decisions.compilations.push(Compilation { function, tier: Tier::Ignition, osr: None, at_us: 500, code_bytes: 1, thread: 0 });
        };
        check(
            at(Fixture::new(&text).with_cold().decided(compiled), "cold|()"),
            &["ƒ cold", "No sample hit it.", "Tiers over time: ignition at 0.5 ms"],
        );
    }
}
