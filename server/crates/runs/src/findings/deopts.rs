//! Optimised code that was given up: single facts, and loops of giving up and making again.

use super::evidence::Evidence;
use super::words::{because, duration, sentence, times};
use profile::decisions::{DecisionSeverity, Deopt, Place, deopt_code, severity_of};
use profile::finding::FindingSeverity;
use profile::{Finding, FrameId};
use source::expressions::Meant;
use std::collections::{BTreeMap, HashMap, HashSet};

/// How often code must be given up and made again, for the same reason and in one isolate, to be a loop: V8's own warm-up gives code up
/// once or twice.
const LEAST_ROUNDS: usize = 3;

/// How often code must be given up at one place and for one reason to be more than a hint, if it was not made again for a loop.
const LEAST_REPEATED: u64 = 3;

pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let optimised = evidence.optimised();
    let loops = loops(evidence, &optimised);
    let mut in_loops: HashSet<(Place, &str)> = HashSet::new();
    let mut by_place: BTreeMap<(Place, &str), Vec<&DeoptLoop>> = BTreeMap::new();
    for found in &loops {
        for row in &found.rows {
            let deopt = &evidence.decisions.deopts[*row];
            in_loops.extend(told_place(evidence, deopt).map(|place| (place, deopt.reason.as_str())));
        }
        let deopt = &evidence.decisions.deopts[found.rows[0]];
        if let Some(place) = told_place(evidence, deopt) {
            by_place.entry((place, &deopt.reason)).or_default().push(found);
        }
    }
    let mut found: Vec<Finding> = by_place.iter().map(|((place, _), loops)| loop_finding(evidence, *place, loops)).collect();
    found.extend(facts(evidence, &optimised, &in_loops));
    found
}

/// When each function got optimised code.
type Optimised = HashMap<FrameId, Vec<(u16, u64)>>;

/// Code of one function that was given up and made again for one reason.
struct DeoptLoop {
    /// Rows of `deopts`, at least one, the most frequent first.
    rows: Vec<usize>,
    /// How often it was given up.
    n_deopts: u64,
    /// Over what time: the longest of all isolates.
    span_us: u64,
}

fn loops(evidence: &Evidence<'_>, optimised: &Optimised) -> Vec<DeoptLoop> {
    let deopts = &evidence.decisions.deopts;
    // What must be the same for a loop, then the isolate, then the moments.
    let mut groups: BTreeMap<LoopKey<'_>, BTreeMap<u16, Vec<(u64, usize)>>> = BTreeMap::new();
    for event in &evidence.decisions.deopt_events {
        let row = event.deopt as usize;
        if let Some(deopt) = deopts.get(row).filter(|deopt| severity_of(&deopt_code(&deopt.reason)) >= DecisionSeverity::DefectIfRepeated) {
            groups.entry(LoopKey::of(deopt)).or_default().entry(event.thread).or_default().push((event.at_us, row));
        }
    }
    let mut loops = Vec::new();
    for (key, threads) in groups {
        // The same source in many functions, each with code of its own, is given up once in each.
        let n_instances = evidence.facts(key.function).map_or(1, |facts| facts.instances.max(1)) as usize;
        let made = optimised.get(&key.function).map_or(&[][..], Vec::as_slice);
        let rounds = |thread: u16, events: &[(u64, usize)]| {
            let ends = events.iter().skip(1).map(|(at, _)| *at).chain([u64::MAX]);
            let is_made = |from: u64, to: u64| {
                made.get(made.partition_point(|made| *made < (thread, from))).is_some_and(|made| *made <= (thread, to))
            };
            events.iter().zip(ends).filter(|((from, _), to)| is_made(*from, *to)).count()
        };
        let mut n_rounds = 0;
        let mut span_us = 0;
        let mut by_row: HashMap<usize, u64> = HashMap::new();
        let mut n_deopts = 0;
        for (thread, mut events) in threads {
            events.sort_unstable();
            n_rounds = n_rounds.max(rounds(thread, &events));
            if let (Some((first, _)), Some((last, _))) = (events.first(), events.last()) {
                span_us = span_us.max(last - first);
            }
            n_deopts += events.len() as u64;
            for (_, row) in events {
                *by_row.entry(row).or_default() += 1;
            }
        }
        if n_rounds >= LEAST_ROUNDS * n_instances {
            let mut rows: Vec<usize> = by_row.keys().copied().collect();
            rows.sort_by_key(|row| (std::cmp::Reverse(by_row[row]), *row));
            loops.push(DeoptLoop { rows, n_deopts, span_us });
        }
    }
    loops
}

/// What is the same in all rounds of a loop: the function and the reason; and the place where code that had not run before was reached,
/// since every new place is met once.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct LoopKey<'a> {
    function: FrameId,
    reason: &'a str,
    place: Option<Place>,
}

impl<'a> LoopKey<'a> {
    fn of(deopt: &'a Deopt) -> Self {
        let place = if is_first_use(deopt) { deopt.stack.first().copied() } else { None };
        Self { function: deopt.function, reason: &deopt.reason, place }
    }
}

/// Loops of one place and reason: one of each function whose code has it.
fn loop_finding(evidence: &Evidence<'_>, place: Place, loops: &[&DeoptLoop]) -> Finding {
    let deopt_of = |row: &usize| &evidence.decisions.deopts[*row];
    let mut related = Vec::new();
    for found in loops {
        related.extend(stack(evidence, deopt_of(&found.rows[0]), place));
        let others = found.rows[1..].iter().filter_map(|row| told_place(evidence, deopt_of(row)));
        related.extend(others.filter(|other| *other != place).map(|other| (other, "It is given up here as well.".to_owned())));
    }
    let count = loops.iter().map(|found| found.n_deopts).sum();
    let span_us = loops.iter().map(|found| found.span_us).max().unwrap_or(0);
    let deopt = deopt_of(&loops[0].rows[0]);
    let subject = match (loops, place.function) {
        ([_, _, ..], Some(function)) => format!("code that has {} in it", evidence.called(function)),
        _ => subject(evidence, deopt, place),
    };
    let message = format!(
        "{subject} was optimised and given up {} within {}, each time because {}.",
        times(count),
        duration(span_us),
        because(&deopt.reason, code_of(evidence, deopt).as_deref()),
    );
    Finding {
        code: "deopt/loop".to_owned(),
        repeats: Some(deopt_code(&deopt.reason)),
        severity: FindingSeverity::Warning,
        message: sentence(&message),
        share: loops.iter().map(|found| share(evidence, deopt_of(&found.rows[0]), place)).fold(0.0, f64::max),
        count,
        place: evidence.place(&place),
        related: evidence.related(related),
        ..Finding::default()
    }
}

/// Whose code it was.
fn subject(evidence: &Evidence<'_>, deopt: &Deopt, place: Place) -> String {
    let outer = evidence.called(deopt.function);
    match place.function.filter(|inner| *inner != deopt.function) {
        Some(inner) => format!("{outer}, with {} inlined,", evidence.called(inner)),
        None => outer,
    }
}

/// One finding per place and reason.
fn facts(evidence: &Evidence<'_>, optimised: &Optimised, in_loops: &HashSet<(Place, &str)>) -> Vec<Finding> {
    let mut groups: BTreeMap<(Place, &str), Vec<&Deopt>> = BTreeMap::new();
    for deopt in evidence.decisions.deopts.iter().filter(|deopt| !is_benign(deopt)) {
        let place = told_place(evidence, deopt);
        if let Some(place) = place.filter(|place| !in_loops.contains(&(*place, &deopt.reason))) {
            groups.entry((place, &deopt.reason)).or_default().push(deopt);
        }
    }
    groups.into_iter().filter_map(|((place, _), deopts)| fact(evidence, optimised, place, &deopts)).collect()
}

fn fact(evidence: &Evidence<'_>, optimised: &Optimised, place: Place, deopts: &[&Deopt]) -> Option<Finding> {
    let count: u64 = deopts.iter().map(|deopt| u64::from(deopt.count)).sum();
    let deopt = deopts.iter().max_by_key(|deopt| deopt.count)?;
    // Code that had not run before is met once wherever a program warms up.
    if count == 1 && is_first_use(deopt) {
        return None;
    }
    let code = deopt_code(&deopt.reason);
    let pattern = pattern(&code);
    let severity = match severity_of(&code) {
        DecisionSeverity::Benign => return None,
        DecisionSeverity::Fact => FindingSeverity::Hint,
        // Normal while a program warms up.
        DecisionSeverity::DefectIfRepeated if pattern.is_none() && count < LEAST_REPEATED => FindingSeverity::Hint,
        DecisionSeverity::DefectIfRepeated | DecisionSeverity::Defect => FindingSeverity::Information,
    };
    // Code of a loop is not thrown away when it is left behind the loop (V8: `Deoptimizer::DeoptExitIsInsideOsrLoop`).
    let n_made: usize = deopts.iter().map(|deopt| optimised.get(&deopt.function).map_or(0, Vec::len)).sum();
    let is_kept = evidence.decisions.recorded.code && count > n_made as u64;
    let message = format!(
        "{} {} {}, because {}.",
        subject(evidence, deopt, place),
        if is_kept { "left its optimised code" } else { "was optimised and given up" },
        times(count),
        because(&deopt.reason, code_of(evidence, deopt).as_deref()),
    );
    Some(Finding {
        code: pattern.map_or(code, str::to_owned),
        severity,
        message: sentence(&message),
        share: deopts.iter().map(|deopt| share(evidence, deopt, place)).fold(0.0, f64::max),
        count,
        place: evidence.place(&place),
        related: evidence.related(deopts.iter().flat_map(|deopt| stack(evidence, deopt, place))),
        ..Finding::default()
    })
}

/// The pattern that a reason alone shows.
fn pattern(code: &str) -> Option<&'static str> {
    match code {
        "deopt/out-of-bounds" => Some(super::bounds::CODE),
        "deopt/overflow" => Some("number/smi-overflow"),
        _ => None,
    }
}

/// Where to tell of it: the innermost place of the project or a dependency. None when all of it is Node's own, or has no name.
fn told_place(evidence: &Evidence<'_>, deopt: &Deopt) -> Option<Place> {
    if deopt.stack.is_empty() {
        return evidence.is_users(deopt.function).then(|| evidence.place_of(deopt.function));
    }
    deopt.stack.iter().find(|place| evidence.is_users_place(place)).copied()
}

/// The other places of the inlining stack.
fn stack(evidence: &Evidence<'_>, deopt: &Deopt, told: Place) -> Vec<(Place, String)> {
    let innermost_is_told = deopt.stack.first() == Some(&told);
    let inner = deopt.stack.first().filter(|_| !innermost_is_told).map(|place| (*place, "It happened here, in inlined code.".to_owned()));
    let outer = deopt.stack.windows(2).filter(|pair| pair[1] != told).map(|pair| {
        let callee = pair[0].function.map_or_else(|| "A call".to_owned(), |callee| evidence.called(callee));
        (pair[1], format!("{} was inlined here.", sentence(&callee)))
    });
    inner.into_iter().chain(outer).collect()
}

/// The expression at the innermost place. A dependency change, and a return from a call, do not happen at the expression.
fn code_of(evidence: &Evidence<'_>, deopt: &Deopt) -> Option<String> {
    let is_operation =
        ["overflow", "minus zero", "division by zero", "not a Smi", "not int32", "lost precision"].contains(&deopt.reason.as_str());
    let meant = if is_operation { Meant::Operation } else { Meant::Any };
    (deopt.kind == "eager").then(|| evidence.code_at(deopt.stack.first()?, meant)).flatten()
}

/// What the code costs that was given up: the time of its function, or that of the inlined one in which it happened.
fn share(evidence: &Evidence<'_>, deopt: &Deopt, told: Place) -> f64 {
    let inner = told.function.map_or(0.0, |function| evidence.share(function));
    evidence.share(deopt.function).max(inner)
}

fn is_benign(deopt: &Deopt) -> bool {
    severity_of(&deopt_code(&deopt.reason)) == DecisionSeverity::Benign
}

fn is_first_use(deopt: &Deopt) -> bool {
    deopt.reason.starts_with("Insufficient type feedback") || deopt.reason == "First use of catch block"
}

#[cfg(test)]
mod tests;
