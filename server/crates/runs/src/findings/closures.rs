//! Functions that are made again and again, so that V8 begins from nothing with each.
//!
//! That a function creates a closure at every call is no such case: measured on Node 18, 20, 22, 24 and 26, all closures of one function
//! expression share their feedback and their optimised code, however short each lives, as long as the function around them is the same
//! one. It goes wrong when *that* is not so: code made from text (`eval`, `new Function`, `vm`) whose text differs, a script or module
//! that is run again. Three things in V8's log tell it for certain:
//!
//! - **compiled afresh**: V8 knew several functions at one place ([`FunctionFacts::instances`](profile::decisions::FunctionFacts));
//! - **warmed up afresh**: an inline cache saw its first object many times, but an access of a function has one cache;
//! - **optimised afresh**: optimised code was made many times and never given up in between.
//!
//! A class that is made again shows as well: an access meets many shapes of one constructor that got the same properties at the same
//! place.

use super::evidence::Evidence;
use super::words::{counted, sentence, times};
use profile::decisions::{IcState, Place, Shape};
use profile::finding::{FindingPlace, FindingSeverity};
use profile::{Category, Finding, FrameId, Position, SourceId, Tier};
use source::calls::calls_of;
use source::functions::FunctionKind;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// How many functions at one place are worth telling: a module is loaded twice by two versions of its loader, a script by each worker.
const LEAST_INSTANCES: u64 = 10;
/// How often optimised code must be made without being given up. On-stack replacement makes code for each loop of a function, and V8
/// before 14.6 does not tell it from other code. Top levels, which have the most loops, are not looked at: what they make tells it as well.
const LEAST_OPTIMISED: u64 = 20;

/// How many functions are named that are made at one place.
const MAX_RELATED: usize = 8;

/// What tells that a function is made again and again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Evident {
    /// Optimised code was made so often for it and not given up.
    Optimised(u64),
    /// One of its inline caches was used for the first time so often.
    WarmedUp(u64),
    /// V8 knew so many functions at its place.
    Compiled(u64),
}

impl Evident {
    fn count(self) -> u64 {
        match self {
            Self::Compiled(count) | Self::WarmedUp(count) | Self::Optimised(count) => count,
        }
    }
}

/// The findings, and the functions they explain.
pub(super) fn find(evidence: &Evidence<'_>) -> (Vec<Finding>, HashSet<FrameId>) {
    let remade = remade(evidence);
    let optimised: HashSet<FrameId> = evidence.optimised().into_keys().collect();
    let mut makers = Makers::default();
    let mut groups: BTreeMap<Option<FrameId>, Vec<(FrameId, Evident)>> = BTreeMap::new();
    let mut by_maker: BTreeMap<Place, (Maker, Vec<(FrameId, Evident)>)> = BTreeMap::new();
    for (function, evident) in &remade {
        // What is inside a function that is made again is made again with it.
        let root = outermost(evidence, &remade, *function);
        match makers.of(evidence, root, *function) {
            Some(maker) => by_maker.entry(maker.place).or_insert((maker, Vec::new())).1.push((*function, *evident)),
            // Code made from text lies nowhere by itself.
            None => groups.entry(Some(root).filter(|root| evidence.is_users(*root))).or_default().push((*function, *evident)),
        }
    }
    // A module's parts are loaded together, but not each was seen to be called.
    let source = |function: FrameId| evidence.profile.frame(function).source;
    groups.retain(|root, group| {
        let together = |members: &[(FrameId, Evident)]| members.iter().any(|(member, _)| Some(source(*member)) == root.map(source));
        match by_maker.values_mut().find(|(_, members)| together(members)) {
            Some((_, members)) => members.append(group),
            None => return true,
        }
        false
    });
    let made = by_maker.values().filter_map(|(maker, group)| finding(evidence, &optimised, Some(maker), maker.place, group));
    let mut found: Vec<Finding> = made.collect();
    let alone = groups.iter().filter_map(|(root, group)| finding(evidence, &optimised, None, evidence.place_of((*root)?), group));
    found.extend(alone);
    found.extend(classes(evidence));
    (found, remade.into_keys().collect())
}

fn remade(evidence: &Evidence<'_>) -> BTreeMap<FrameId, Evident> {
    let decisions = evidence.decisions;
    let mut remade: BTreeMap<FrameId, Evident> = BTreeMap::new();
    let mut note = |function: FrameId, evident: Evident| {
        if evidence.is_javascript_of_users(function) {
            remade.entry(function).and_modify(|known| *known = (*known).max(evident)).or_insert(evident);
        }
    };
    for (function, count) in optimised_afresh(evidence) {
        note(function, Evident::Optimised(count));
    }
    let threads = 1 + decisions.compilations.iter().map(|compilation| u64::from(compilation.thread)).max().unwrap_or(0);
    for cache in &decisions.inline_caches {
        if let Some(function) = cache.place.function.filter(|_| cache.first_uses >= LEAST_INSTANCES * threads) {
            note(function, Evident::WarmedUp(cache.first_uses));
        }
    }
    for facts in &decisions.functions {
        if u64::from(facts.instances) >= LEAST_INSTANCES {
            note(facts.function, Evident::Compiled(u64::from(facts.instances)));
        }
    }
    remade
}

/// How often each function got optimised code without having lost it, in the isolate where that happened most.
fn optimised_afresh(evidence: &Evidence<'_>) -> Vec<(FrameId, u64)> {
    let decisions = evidence.decisions;
    let mut balance: BTreeMap<(FrameId, u16), i64> = BTreeMap::new();
    let optimised = decisions.compilations.iter().filter(|code| matches!(code.tier, Tier::Maglev | Tier::Turbofan));
    for code in optimised.filter(|code| !evidence.is_top_level(code.function)) {
        *balance.entry((code.function, code.thread)).or_default() += 1;
    }
    for event in &decisions.deopt_events {
        if let Some(deopt) = decisions.deopts.get(event.deopt as usize) {
            *balance.entry((deopt.function, event.thread)).or_default() -= 1;
        }
    }
    let mut most: BTreeMap<FrameId, u64> = BTreeMap::new();
    for ((function, _), times) in balance {
        let times = u64::try_from(times).unwrap_or(0);
        let known = most.entry(function).or_default();
        *known = times.max(*known);
    }
    most.into_iter().filter(|(_, times)| *times >= LEAST_OPTIMISED).collect()
}

/// The outermost function around `function` that is made again as well.
fn outermost(evidence: &Evidence<'_>, remade: &BTreeMap<FrameId, Evident>, function: FrameId) -> FrameId {
    let mut outermost = function;
    // As many steps as there are functions: a table read from disk may hold a circle.
    for _ in 0..remade.len() {
        match evidence.facts(outermost).and_then(|facts| facts.enclosing).filter(|around| remade.contains_key(around)) {
            Some(around) => outermost = around,
            None => break,
        }
    }
    outermost
}

/// `group` is made again, at `place`.
fn finding(
    evidence: &Evidence<'_>,
    optimised: &HashSet<FrameId>,
    maker: Option<&Maker>,
    place: Place,
    group: &[(FrameId, Evident)],
) -> Option<Finding> {
    let self_us = |function: FrameId| evidence.index.function(function).map_or(0, |total| total.cost.self_us);
    let (hottest, evident) = *group.iter().max_by_key(|(function, evident)| (self_us(*function), *evident))?;
    let count = count(evidence, group);
    let n_times = times(count);
    let called = evidence.called(hottest);
    let by = maker.map(|maker| format!(" by {}", maker.words)).unwrap_or_default();
    let is_never_optimised = evidence.decisions.recorded.code && group.iter().all(|(function, _)| !optimised.contains(function));
    let never = if is_never_optimised { ", so that it was never optimised" } else { "" };
    let message = match evident {
        Evident::Compiled(_) => format!("{called} was made anew {n_times}{by}, and V8 compiled it afresh each time{never}."),
        Evident::WarmedUp(_) => format!("{called} was made anew {n_times}{by}, and V8 knew nothing of it each time{never}."),
        Evident::Optimised(_) => format!("{called} was made anew again and again{by}, and V8 optimised it {n_times} over."),
    };
    let related = group.iter().take(MAX_RELATED).map(|(function, _)| (evidence.place_of(*function), "This is made anew.".to_owned()));
    let us: u64 = group.iter().map(|(function, _)| self_us(*function)).sum();
    let compiling_us = maker.map_or(0, |maker| compiling_us(evidence, maker.function));
    Some(Finding {
        code: "closure/recreated".to_owned(),
        repeats: None,
        severity: FindingSeverity::Warning,
        message: sentence(&message),
        advice: "Make the function once, keep it, and call it with what changes as arguments.".to_owned(),
        share: evidence.index.share(us + compiling_us).min(1.0),
        count,
        place: evidence.place(&place),
        related: evidence.related(related.filter(|(other, _)| evidence.is_users_place(other) && *other != place)),
    })
}

/// How often the group was made: of its functions, the one that was made most. Code made from text is a source of its own each time, and
/// V8's log only counts what has the same size: those add up.
fn count(evidence: &Evidence<'_>, group: &[(FrameId, Evident)]) -> u64 {
    // By name, start and source.
    type Key<'a> = (&'a str, Option<Position>, Option<SourceId>);
    let mut counts: BTreeMap<Key<'_>, BTreeSet<u64>> = BTreeMap::new();
    for (function, evident) in group {
        let frame = evidence.profile.frame(*function);
        let source = frame.source.filter(|_| evidence.is_users(*function));
        counts.entry((&frame.name, frame.start, source)).or_default().insert(evident.count());
    }
    counts.values().map(|counts| counts.iter().sum()).max().unwrap_or(0)
}

/// What makes a function again and again.
#[derive(Clone)]
struct Maker {
    function: FrameId,
    place: Place,
    /// Whether it makes code from text, rather than load a module.
    is_of_text: bool,
    /// In a sentence: "`eval(…)` in `handler`".
    words: String,
}

/// What each function makes, looked up once.
#[derive(Default)]
struct Makers {
    known: HashMap<FrameId, Option<Maker>>,
    /// Once it was looked for, the only one that makes code from text.
    of_text: Option<Option<Maker>>,
}

/// Ways to make functions from text, or to run a script again: the last name of what is called.
const OF_TEXT: [&str; 9] =
    ["eval", "Function", "AsyncFunction", "runInThisContext", "runInNewContext", "runInContext", "compileFunction", "Script", "_compile"];
/// Ways to load a module, which may have been loaded before.
const OF_MODULES: [&str; 2] = ["require", "import"];

impl Makers {
    /// The function that makes `root` and `function` in it, as far as it is certain: the caller whose text says so; of code made from text
    /// the only function that makes code from text and waited for V8 to compile it.
    fn of(&mut self, evidence: &Evidence<'_>, root: FrameId, function: FrameId) -> Option<Maker> {
        let mut seen: HashSet<FrameId> = HashSet::from([root, function]);
        let mut callers: Vec<FrameId> = evidence.facts(root).and_then(|facts| facts.enclosing).into_iter().collect();
        callers.extend([root, function].iter().flat_map(|callee| evidence.index.callers_of(*callee)).map(|edge| edge.caller));
        // Node's loader lies between a module and who loads it.
        for _ in 0..MAX_DISTANCE {
            let mut next = Vec::new();
            for caller in callers {
                if !seen.insert(caller) {
                    continue;
                }
                if let Some(maker) = self.known.entry(caller).or_insert_with(|| makes(evidence, caller)) {
                    return Some(maker.clone());
                }
                if !evidence.is_users(caller) {
                    next.extend(evidence.index.callers_of(caller).map(|edge| edge.caller));
                }
            }
            callers = next;
        }
        if evidence.is_users(root) { None } else { self.of_text(evidence) }
    }

    fn of_text(&mut self, evidence: &Evidence<'_>) -> Option<Maker> {
        if self.of_text.is_none() {
            let profile = evidence.profile;
            let compiling = profile.tree.ids().filter(|node| profile.category_of(*node) == Category::Compiler);
            let waiting: BTreeSet<FrameId> =
                compiling.filter_map(|node| profile.tree.parent(node)).map(|parent| profile.frame_of(parent)).collect();
            let mut makers = waiting.into_iter().filter_map(|function| makes(evidence, function)).filter(|maker| maker.is_of_text);
            self.of_text = Some(makers.next().filter(|_| makers.next().is_none()));
        }
        self.of_text.clone().flatten()
    }
}

/// How many of Node's own functions may lie between a script and who runs it.
const MAX_DISTANCE: usize = 12;

fn makes(evidence: &Evidence<'_>, function: FrameId) -> Option<Maker> {
    let frame = evidence.profile.frame(function);
    let text = evidence.texts.of(evidence.source_path(&evidence.place_of(function)).filter(|_| evidence.is_users(function))?)?;
    let found = text.function(&frame.name, frame.start?)?;
    let calls = calls_of(text.document.syntax(), text.document.text(), text.functions(), found);
    let named = |names: &[&str]| calls.iter().find(|call| names.contains(&call.name.as_str()));
    let of_text = named(&OF_TEXT);
    let call = of_text.or_else(|| named(&OF_MODULES))?;
    let place = Place { position: Some(text.position(call.callee.start)), ..evidence.place_of(function) };
    let code = format!("{}{}(…)", if call.is_new { "new " } else { "" }, call.name);
    Some(Maker { function, place, is_of_text: of_text.is_some(), words: format!("`{code}` in {}", evidence.called(function)) })
}

/// Time of V8's compilers that a function waited for itself.
fn compiling_us(evidence: &Evidence<'_>, function: FrameId) -> u64 {
    let profile = evidence.profile;
    let is_maker = |node| profile.tree.parent(node).is_some_and(|parent| profile.frame_of(parent) == function);
    let compiling = profile.tree.ids().filter(|node| profile.category_of(*node) == Category::Compiler && is_maker(*node));
    compiling.map(|node| profile.tree.self_us[node.index()]).sum()
}

/// Classes that are made again: shapes of one constructor, with the same properties from the same places, that V8 tells apart.
fn classes(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut makes: BTreeMap<(Place, String), Remade> = BTreeMap::new();
    for cache in &evidence.decisions.inline_caches {
        if !matches!(cache.state, IcState::Megamorphic | IcState::Generic) || !evidence.is_users_place(&cache.place) {
            continue;
        }
        let shapes: Vec<&Shape> = cache.shapes.iter().filter_map(|id| evidence.decisions.shapes.get(id.index())).collect();
        let Some(first) = shapes.first().filter(|_| shapes.len() >= 5) else { continue };
        let is_named = first.constructor.as_deref().is_some_and(|name| !name.is_empty() && name != "Object" && name != "Array");
        if !is_named || !shapes.iter().all(|shape| is_alike(first, shape)) {
            continue;
        }
        // The first property is stored by the constructor itself.
        let Some(site) = first.properties.first().and_then(|property| property.added_at).or(first.created_at) else { continue };
        let remade = makes.entry((site, first.constructor.clone().unwrap_or_default())).or_default();
        remade.n_shapes = remade.n_shapes.max(u64::from(cache.n_shapes));
        remade.accesses.push(evidence.exact(cache));
    }
    makes.into_iter().filter_map(|((site, name), remade)| class_finding(evidence, site, &name, remade)).collect()
}

#[derive(Default)]
struct Remade {
    n_shapes: u64,
    accesses: Vec<Place>,
}

fn is_alike(one: &Shape, other: &Shape) -> bool {
    one.constructor == other.constructor && one.created_at == other.created_at && one.properties == other.properties && !other.is_dictionary
}

/// None when the class is not inside a function: its objects then differ in their prototypes for another reason.
fn class_finding(evidence: &Evidence<'_>, site: Place, name: &str, remade: Remade) -> Option<Finding> {
    let text = evidence.texts.of(evidence.source_path(&site).filter(|_| evidence.is_users_place(&site))?)?;
    let functions = text.functions();
    let is_class = |kind| matches!(kind, FunctionKind::Constructor | FunctionKind::DefaultConstructor | FunctionKind::Function);
    let class = functions.iter().find(|function| {
        let around = function.parent.and_then(|parent| functions.get(parent));
        function.name == name && is_class(function.kind) && around.is_some_and(|around| around.kind != FunctionKind::Toplevel)
    })?;
    let maker = functions.get(class.parent?).filter(|maker| !maker.name.is_empty());
    let by = maker.map_or_else(|| "a function".to_owned(), |maker| format!("`{}`", maker.name));
    let start = text.position(class.v8_start);
    let place = FindingPlace {
        file: evidence.source_path(&site)?.to_owned(),
        function: name.to_owned(),
        function_start: Some(start),
        position: Some(start),
    };
    let functions: HashSet<FrameId> = remade.accesses.iter().filter_map(|place| place.function).collect();
    let share: f64 = functions.into_iter().map(|function| evidence.share(function)).sum();
    let message = format!(
        "`{name}` is made anew inside {by}: objects of {} that differ in nothing else were met, more than V8 caches at one place.",
        counted(remade.n_shapes, "shape", "shapes")
    );
    Some(Finding {
        code: "closure/recreated".to_owned(),
        repeats: None,
        severity: FindingSeverity::Warning,
        message,
        advice: format!("Define `{name}` once, outside of {by}, and give it what changes as arguments."),
        share: share.min(1.0),
        count: remade.n_shapes,
        place: Some(place),
        related: evidence.related(remade.accesses.into_iter().map(|place| (place, "Its objects are used here.".to_owned()))),
    })
}

#[cfg(test)]
mod tests;
