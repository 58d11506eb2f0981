//! Filling the tables of decisions: rows that say the same are one row.

use super::{Compilation, Decisions, Deopt, DeoptEvent, FunctionFacts, InlineCache, Inlining, Place, Recorded, Refusal, Shape};
use crate::handles::{FrameId, ShapeId};
use crate::model::Tier;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::hash::Hash;

/// Most transitions that a merged inline cache keeps.
const MAX_TRANSITIONS: usize = 64;

/// Most shapes that a merged inline cache keeps.
const MAX_SHAPES: usize = 16;

/// Builds [`Decisions`]. Deopts, inlinings, refusals and inline caches of one place are one row, whose counts add up: of several
/// isolates, of a function that V8 compiled afresh, or of generated code that comes from one original place.
#[derive(Debug, Default)]
pub struct DecisionsBuilder {
    decisions: Decisions,
    functions: FxHashMap<FrameId, u32>,
    deopts: FxHashMap<DeoptKey, u32>,
    inlinings: FxHashMap<InliningKey, u32>,
    refusals: FxHashMap<RefusalKey, u32>,
    /// With the property where the place alone does not tell accesses apart.
    inline_caches: FxHashMap<(Place, String, Option<String>), u32>,
}

/// Function, tier, kind, reason and stack.
type DeoptKey = (FrameId, Tier, String, String, Vec<Place>);

/// Function, tier, call, callee and depth.
type InliningKey = (FrameId, Tier, Place, Option<FrameId>, u16);

/// Function, callee, tier, reason and call.
type RefusalKey = (Option<FrameId>, FrameId, Tier, String, Option<Place>);

/// How the handles of some [`Decisions`] become those of the profile they are added to.
pub trait Handles {
    /// The function.
    fn frame(&mut self, frame: FrameId) -> FrameId;

    /// The place; an unmapped one keeps its function and loses its position.
    fn place(&mut self, place: Place) -> Place;
}

impl DecisionsBuilder {
    /// What V8 was asked to tell, besides what is known so far.
    pub fn record(&mut self, recorded: Recorded) {
        let known = &mut self.decisions.recorded;
        known.code |= recorded.code;
        known.deopts |= recorded.deopts;
        known.inline_caches |= recorded.inline_caches;
        known.shapes |= recorded.shapes;
        known.refusals |= recorded.refusals;
    }

    /// Adds facts about a function: of several rows about one, the largest numbers and the first names stay.
    pub fn function(&mut self, facts: FunctionFacts) {
        let rows = &mut self.decisions.functions;
        let Some(row) = existing(&mut self.functions, facts.function, rows.len()) else {
            rows.push(facts);
            return;
        };
        let known = &mut rows[row];
        known.bytecode_bytes = known.bytecode_bytes.max(facts.bytecode_bytes);
        known.instances = known.instances.max(facts.instances);
        known.enclosing = known.enclosing.or(facts.enclosing);
        known.disabled = known.disabled.take().or(facts.disabled);
    }

    /// Adds a compilation.
    pub fn compilation(&mut self, compilation: Compilation) {
        self.decisions.compilations.push(compilation);
    }

    /// Adds a place where code was given up. Returns its row, for its events.
    pub fn deopt(&mut self, deopt: Deopt) -> u32 {
        let rows = &mut self.decisions.deopts;
        let key = (deopt.function, deopt.tier, deopt.kind.clone(), deopt.reason.clone(), deopt.stack.clone());
        let Some(row) = existing(&mut self.deopts, key, rows.len()) else {
            rows.push(deopt);
            return rows.len() as u32 - 1;
        };
        let known = &mut rows[row];
        known.count = known.count.saturating_add(deopt.count);
        known.first_us = known.first_us.min(deopt.first_us);
        known.last_us = known.last_us.max(deopt.last_us);
        row as u32
    }

    /// Adds a moment of a deopt.
    pub fn deopt_event(&mut self, event: DeoptEvent) {
        self.decisions.deopt_events.push(event);
    }

    /// Adds an inlined call.
    pub fn inlining(&mut self, inlining: Inlining) {
        let rows = &mut self.decisions.inlinings;
        let key = (inlining.into, inlining.tier, inlining.call, inlining.callee, inlining.depth);
        match existing(&mut self.inlinings, key, rows.len()) {
            Some(row) => rows[row].count = rows[row].count.saturating_add(inlining.count),
            None => rows.push(inlining),
        }
    }

    /// Adds a refused call.
    pub fn refusal(&mut self, refusal: Refusal) {
        let rows = &mut self.decisions.refusals;
        let key = (refusal.into, refusal.callee, refusal.tier, refusal.reason.clone(), refusal.call);
        match existing(&mut self.refusals, key, rows.len()) {
            Some(row) => {
                rows[row].count = rows[row].count.saturating_add(refusal.count);
                rows[row].bytecode_bytes = rows[row].bytecode_bytes.max(refusal.bytecode_bytes);
            }
            None => rows.push(refusal),
        }
    }

    /// Adds an inline cache. Of one place in several isolates, the one that degraded most tells its history; misses add up.
    pub fn inline_cache(&mut self, mut cache: InlineCache) {
        let rows = &mut self.decisions.inline_caches;
        let property = cache.place.position.is_none().then(|| cache.key.clone());
        let Some(row) = existing(&mut self.inline_caches, (cache.place, cache.kind.clone(), property), rows.len()) else {
            rows.push(cache);
            return;
        };
        let known = &mut rows[row];
        if cache.state > known.state {
            std::mem::swap(known, &mut cache);
        }
        known.misses = known.misses.saturating_add(cache.misses);
        known.first_uses = known.first_uses.saturating_add(cache.first_uses);
        known.out_of_bounds = known.out_of_bounds.saturating_add(cache.out_of_bounds);
        known.n_keys = known.n_keys.max(cache.n_keys);
        known.n_shapes = known.n_shapes.max(cache.n_shapes);
        if known.transitions.is_empty() {
            known.transitions = cache.transitions;
            known.transitions.truncate(MAX_TRANSITIONS);
        }
        for shape in cache.shapes {
            if known.shapes.len() < MAX_SHAPES && !known.shapes.contains(&shape) {
                known.shapes.push(shape);
            }
        }
    }

    /// Adds a shape.
    pub fn shape(&mut self, shape: Shape) -> ShapeId {
        self.decisions.shapes.push(shape);
        ShapeId::new(self.decisions.shapes.len() - 1)
    }

    /// Adds all rows of `decisions`, whose first isolate becomes row `first_thread` of this run.
    pub fn add(&mut self, decisions: &Decisions, first_thread: u16, handles: &mut impl Handles) {
        self.record(decisions.recorded);
        for facts in &decisions.functions {
            let function = handles.frame(facts.function);
            // Two functions of the generated code can come from one of the original.
            let enclosing = facts.enclosing.map(|frame| handles.frame(frame)).filter(|enclosing| *enclosing != function);
            self.function(FunctionFacts { function, enclosing, ..facts.clone() });
        }
        for row in &decisions.compilations {
            let thread = row.thread.saturating_add(first_thread);
            self.compilation(Compilation { function: handles.frame(row.function), thread, ..row.clone() });
        }
        let mut deopts = Vec::with_capacity(decisions.deopts.len());
        for row in &decisions.deopts {
            let stack = row.stack.iter().map(|place| handles.place(*place)).collect();
            deopts.push(self.deopt(Deopt { function: handles.frame(row.function), stack, ..row.clone() }));
        }
        for event in &decisions.deopt_events {
            if let Some(deopt) = deopts.get(event.deopt as usize) {
                self.deopt_event(DeoptEvent { deopt: *deopt, thread: event.thread.saturating_add(first_thread), ..*event });
            }
        }
        for row in &decisions.inlinings {
            let (into, callee) = (handles.frame(row.into), row.callee.map(|callee| handles.frame(callee)));
            self.inlining(Inlining { into, call: handles.place(row.call), callee, ..row.clone() });
        }
        for row in &decisions.refusals {
            let into = row.into.map(|into| handles.frame(into));
            let call = row.call.map(|call| handles.place(call));
            self.refusal(Refusal { into, callee: handles.frame(row.callee), call, ..row.clone() });
        }
        let mut shapes = Vec::with_capacity(decisions.shapes.len());
        // Every isolate has its own shapes; those made in the same way are one to a reader. Within an isolate they differ in what is not
        // recorded, such as the prototype.
        let mut same: FxHashMap<Shape, VecDeque<ShapeId>> = FxHashMap::default();
        for (row, shape) in self.decisions.shapes.iter().enumerate() {
            same.entry(shape.clone()).or_default().push_back(ShapeId::new(row));
        }
        for shape in &decisions.shapes {
            let mut shape = shape.clone();
            shape.created_at = shape.created_at.map(|place| handles.place(place));
            for property in &mut shape.properties {
                property.added_at = property.added_at.map(|place| handles.place(place));
            }
            let known = same.get_mut(&shape).and_then(VecDeque::pop_front);
            shapes.push(known.unwrap_or_else(|| self.shape(shape)));
        }
        for row in &decisions.inline_caches {
            let mut row = row.clone();
            row.place = handles.place(row.place);
            row.shapes = row.shapes.iter().filter_map(|shape| shapes.get(shape.index()).copied()).collect();
            for transition in &mut row.transitions {
                transition.shape = transition.shape.and_then(|shape| shapes.get(shape.index()).copied());
            }
            self.inline_cache(row);
        }
    }

    /// The finished tables.
    pub fn finish(self) -> Decisions {
        self.decisions
    }
}

/// The row of a key; none for a new key, which gets the row `next`.
fn existing<K: Eq + Hash>(rows: &mut FxHashMap<K, u32>, key: K, next: usize) -> Option<usize> {
    match rows.entry(key) {
        std::collections::hash_map::Entry::Occupied(row) => Some(*row.get() as usize),
        std::collections::hash_map::Entry::Vacant(row) => {
            row.insert(u32::try_from(next).unwrap_or(u32::MAX));
            None
        }
    }
}
