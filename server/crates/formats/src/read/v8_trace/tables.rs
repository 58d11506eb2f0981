//! Rows of a trace, each once.

use super::scan::{Function, place};
use super::{TracedCompilation, TracedInlining, TracedRefusal};
use crate::read::source_of_url;
use profile::decisions::{Compilation, Deopt, DeoptEvent, FunctionFacts, Place};
use profile::{Category, Frame, FrameId, Position, Profile, Source, SourceId, Tier};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// Most rows of a table that grows with every event of a trace, and most functions: what a hostile trace may cost.
const MAX_ROWS: usize = 1 << 20;

/// Most places of an inlining stack that are kept, outermost last.
const MAX_STACK: usize = 64;

/// The tables.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) profile: Profile,
    pub(super) addresses: Vec<u64>,
    pub(super) compilations: Vec<TracedCompilation>,
    pub(super) inlinings: Vec<TracedInlining>,
    /// What V8 13 tells of small functions, which later versions tell once more.
    pub(super) small_inlinings: Vec<TracedInlining>,
    pub(super) refusals: Vec<TracedRefusal>,
    pub(super) dropped: BTreeMap<&'static str, u64>,
    /// By address and name.
    functions: FxHashMap<u64, FxHashMap<Box<[u8]>, FrameId>>,
    disabled: FxHashSet<FrameId>,
    sources: FxHashMap<Source, SourceId>,
    deopts: FxHashMap<DeoptKey, u32>,
    inlining_rows: FxHashMap<(Option<FrameId>, FrameId, Tier, bool), Row>,
    refusal_rows: FxHashMap<(Option<FrameId>, FrameId, Tier, String), Row>,
}

type DeoptKey = (FrameId, Tier, Box<[u8]>, Box<[u8]>, Vec<Place>);

#[derive(Debug)]
struct Row {
    at: usize,
    /// The compilation that was counted last.
    compilation: Option<u64>,
}

impl Tables {
    /// Counts something that could not be used.
    pub(super) fn drop_record(&mut self, kind: &'static str) {
        *self.dropped.entry(kind).or_default() += 1;
    }

    /// The row of a function: the same address and the same name.
    pub(super) fn function(&mut self, function: &Function<'_>) -> Option<FrameId> {
        let known = self.functions.entry(function.address).or_default();
        let frames = &mut self.profile.frames;
        let id = match known.get(function.name) {
            Some(id) => *id,
            None => {
                if frames.len() == MAX_ROWS {
                    self.drop_record("functionsBeyondLimit");
                    return None;
                }
                let id = FrameId::new(frames.len());
                let name = String::from_utf8_lossy(function.name).into_owned();
                // A trace does not tell where a function is from, mostly.
                frames.push(Frame { name, source: None, start: None, category: Category::App });
                self.addresses.push(function.address);
                known.insert(function.name.into(), id);
                id
            }
        };
        if let Some(file) = function.file {
            self.set_file(id, file);
        }
        Some(id)
    }

    fn set_file(&mut self, function: FrameId, file: &[u8]) {
        if self.profile.frames[function.index()].source.is_none() {
            let url = String::from_utf8_lossy(file);
            let category = Category::of_script(&url);
            let source = self.source(&url);
            let frame = &mut self.profile.frames[function.index()];
            (frame.source, frame.category) = (Some(source), category);
        }
    }

    fn source(&mut self, url: &str) -> SourceId {
        let source = source_of_url(url);
        let sources = &mut self.profile.sources;
        *self.sources.entry(source).or_insert_with_key(|source| {
            sources.push(source.clone());
            SourceId::new(sources.len() - 1)
        })
    }

    /// A function got optimised code.
    pub(super) fn compilation(&mut self, compilation: TracedCompilation) {
        self.profile.decisions.recorded.code = true;
        if self.compilations.len() == MAX_ROWS {
            self.drop_record("eventsBeyondLimit");
            return;
        }
        self.profile.decisions.compilations.push(Compilation {
            function: compilation.function,
            tier: compilation.tier,
            osr: compilation.osr,
            at_us: 0,
            code_bytes: 0,
            thread: 0,
        });
        self.compilations.push(compilation);
    }

    /// Code was given up, at `places` (`<f:l:c> inlined at <f:l:c>`) where they are told.
    pub(super) fn deopt(&mut self, function: FrameId, tier: Tier, kind: &[u8], reason: &[u8], places: Option<&[u8]>) {
        let stack = places.map_or_else(Vec::new, |places| self.stack(function, places));
        let stack = if stack.is_empty() { vec![Place { function: Some(function), source: None, position: None }] } else { stack };
        let decisions = &mut self.profile.decisions;
        decisions.recorded.deopts = true;
        let key = (function, tier, Box::from(kind), Box::from(reason), stack);
        let row = match self.deopts.get(&key) {
            Some(row) => *row,
            None if decisions.deopts.len() == MAX_ROWS => {
                self.drop_record("eventsBeyondLimit");
                return;
            }
            None => {
                let row = decisions.deopts.len() as u32;
                decisions.deopts.push(Deopt {
                    function,
                    tier,
                    kind: String::from_utf8_lossy(kind).into_owned(),
                    reason: String::from_utf8_lossy(reason).into_owned(),
                    stack: key.4.clone(),
                    count: 0,
                    first_us: 0,
                    last_us: 0,
                });
                self.deopts.insert(key, row);
                row
            }
        };
        let count = &mut decisions.deopts[row as usize].count;
        *count = count.saturating_add(1);
        if decisions.deopt_events.len() == MAX_ROWS {
            self.drop_record("eventsBeyondLimit");
        } else {
            decisions.deopt_events.push(DeoptEvent { deopt: row, at_us: 0, thread: 0 });
        }
    }

    /// The places, innermost first. The outermost one is in `function` and tells its file.
    fn stack(&mut self, function: FrameId, places: &[u8]) -> Vec<Place> {
        let mut stack = Vec::new();
        let mut rest = places;
        loop {
            let (one, next) = match memchr::memmem::find(rest, b"> inlined at <") {
                Some(at) => (&rest[..=at], Some(&rest[at + "> inlined at ".len()..])),
                None => (rest, None),
            };
            let found = place(one);
            if found.is_none() {
                self.drop_record("unknownPlaces");
            }
            let position = found.map(|(_, line, column)| Position { line, column });
            let source = found.map(|(file, ..)| self.source(&String::from_utf8_lossy(file)));
            let is_outermost = next.is_none();
            if is_outermost && let Some((file, ..)) = found {
                self.set_file(function, file);
            }
            stack.push(Place { function: is_outermost.then_some(function), source, position });
            match next {
                Some(next) if stack.len() < MAX_STACK => rest = next,
                Some(next) => rest = memchr::memmem::rfind(next, b"> inlined at <").map_or(next, |at| &next[at + "> inlined at ".len()..]),
                None => return stack,
            }
        }
    }

    /// A callee was inlined, in the compilation of `into` that has this number.
    pub(super) fn inlining(&mut self, into: Option<FrameId>, compilation: Option<u64>, callee: FrameId, tier: Tier, is_small: bool) {
        let rows = if is_small { &mut self.small_inlinings } else { &mut self.inlinings };
        self.profile.decisions.recorded.code = true;
        let row = match self.inlining_rows.get_mut(&(into, callee, tier, is_small)) {
            Some(row) => row,
            None if rows.len() == MAX_ROWS => return self.drop_record("eventsBeyondLimit"),
            None => {
                rows.push(TracedInlining { into, callee, tier, n_calls: 0, n_compilations: 0 });
                let row = Row { at: rows.len() - 1, compilation: None };
                self.inlining_rows.entry((into, callee, tier, is_small)).or_insert(row)
            }
        };
        let known = &mut rows[row.at];
        known.n_calls += 1;
        if compilation.is_none() || row.compilation != compilation {
            known.n_compilations = known.n_compilations.saturating_add(1);
        }
        row.compilation = compilation;
    }

    /// A callee was refused, in the compilation of `into` that has this number. Reasons that differ in their figures are one.
    pub(super) fn refusal(
        &mut self,
        into: Option<FrameId>,
        compilation: Option<u64>,
        callee: FrameId,
        tier: Tier,
        reason: &str,
        bytecode_bytes: Option<u32>,
    ) {
        let words = reason.chars().filter(|char| !char.is_ascii_digit() && *char != '.').collect();
        let key = (into, callee, tier, words);
        let row = match self.refusal_rows.get_mut(&key) {
            Some(row) => row,
            None if self.refusals.len() == MAX_ROWS => return self.drop_record("eventsBeyondLimit"),
            None => {
                let reason = reason.to_owned();
                self.refusals.push(TracedRefusal { into, callee, tier, reason, bytecode_bytes, n_lines: 0, n_compilations: 0 });
                let row = Row { at: self.refusals.len() - 1, compilation: None };
                self.refusal_rows.entry(key).or_insert(row)
            }
        };
        let known = &mut self.refusals[row.at];
        known.n_lines += 1;
        known.bytecode_bytes = known.bytecode_bytes.max(bytecode_bytes);
        if compilation.is_none() || row.compilation != compilation {
            known.n_compilations = known.n_compilations.saturating_add(1);
        }
        row.compilation = compilation;
    }

    /// V8 will not optimise a function any more.
    pub(super) fn disabled(&mut self, function: FrameId, reason: &[u8]) {
        let rows = &mut self.profile.decisions.functions;
        if self.disabled.insert(function) {
            if rows.len() == MAX_ROWS {
                return self.drop_record("eventsBeyondLimit");
            }
            let disabled = Some(String::from_utf8_lossy(reason).into_owned());
            rows.push(FunctionFacts { function, bytecode_bytes: None, instances: 1, enclosing: None, disabled });
        }
    }
}
