//! What V8 decided about the code that ran, and why: tiers, deoptimizations, inlining, inline caches, shapes.
//!
//! Functions are frames of the profile that holds these tables, so a decision and the time it costs are joined by [`FrameId`]. Every
//! isolate counts time from its own start; `thread` tells them apart.

mod builder;
mod codes;
mod severity;
#[cfg(test)]
mod tests;

pub use builder::{DecisionsBuilder, Handles};
pub use codes::{deopt_code, inlineability, inlining_code, inlining_codes, known_inlining_code};
pub use severity::{DecisionSeverity, severity_of};

use crate::handles::{FrameId, ShapeId, SourceId};
use crate::model::{Position, Tier};
use serde::{Deserialize, Serialize};

/// Decisions of all isolates of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Decisions {
    /// What V8 was asked to tell: an empty table of what was not asked for means nothing.
    pub recorded: Recorded,
    /// Facts about functions that were compiled; at most one row per function.
    pub functions: Vec<FunctionFacts>,
    /// Every time a function got code, in time order per thread.
    pub compilations: Vec<Compilation>,
    /// Places where code was given up, each once.
    pub deopts: Vec<Deopt>,
    /// Every time code was given up, in time order per thread.
    pub deopt_events: Vec<DeoptEvent>,
    /// Calls that were inlined, each once per compiler.
    pub inlinings: Vec<Inlining>,
    /// Calls that an optimising compiler considered and refused, each once per reason.
    pub refusals: Vec<Refusal>,
    /// Property accesses and the like whose cache missed. Not those of functions that ran too rarely to have feedback.
    pub inline_caches: Vec<InlineCache>,
    /// Hidden classes that inline caches saw; empty unless maps were recorded.
    pub shapes: Vec<Shape>,
}

/// What V8 was asked to tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Recorded {
    /// Compilations: tiers over time, and positive inlining.
    pub code: bool,
    /// Deoptimizations.
    pub deopts: bool,
    /// Inline-cache transitions.
    pub inline_caches: bool,
    /// Hidden classes.
    pub shapes: bool,
    /// Refused inlining.
    pub refusals: bool,
}

/// A place in code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The function around it; none when V8 does not name it.
    pub function: Option<FrameId>,
    /// The source of `position`; differs from the function's only where a source map says so.
    pub source: Option<SourceId>,
    /// Where; none when only the function is known.
    pub position: Option<Position>,
}

/// What is known of a compiled function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionFacts {
    /// The function.
    pub function: FrameId,
    /// Length of its bytecode, what V8's inlining budgets count; none when it was compiled before the log began.
    pub bytecode_bytes: Option<u32>,
    /// How many functions V8 knew at this place: above 1, the same source was compiled afresh, by `eval`, `new Function`, `vm` or a
    /// module loaded again.
    pub instances: u32,
    /// The function whose text is around it.
    pub enclosing: Option<FrameId>,
    /// Why V8 will not optimise it, where V8 tells (Node 18).
    pub disabled: Option<String>,
}

/// A function got code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Compilation {
    /// The function.
    pub function: FrameId,
    /// Which compiler.
    pub tier: Tier,
    /// Whether it replaces code in a running loop; none where the log does not tell (before V8 14.6).
    pub osr: Option<bool>,
    /// When, in µs since its isolate's start.
    pub at_us: u64,
    /// Size of the code; of [`Tier::Ignition`] the length of the bytecode.
    pub code_bytes: u32,
    /// Row of the isolate in the run: 0 is the first.
    pub thread: u16,
}

/// A place where optimised code was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deopt {
    /// The function whose code was given up.
    pub function: FrameId,
    /// The tier of that code.
    pub tier: Tier,
    /// How: V8's word without its prefix: `eager`, `lazy`, `dependency-change`, or what a later V8 writes.
    pub kind: String,
    /// Why, in V8's words.
    pub reason: String,
    /// Where, innermost first: the last place is in `function`. Exact for `eager`, and the call that was active for `lazy`; a dependency
    /// change only names the function.
    pub stack: Vec<Place>,
    /// How often.
    pub count: u32,
    /// First time, in µs since the isolate's start.
    pub first_us: u64,
    /// Last time, in µs since the isolate's start.
    pub last_us: u64,
}

/// Optimised code was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeoptEvent {
    /// Row of [`Decisions::deopts`].
    pub deopt: u32,
    /// When, in µs since its isolate's start.
    pub at_us: u64,
    /// Row of the isolate in the run: 0 is the first.
    pub thread: u16,
}

/// A call that was inlined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Inlining {
    /// The function whose code holds it.
    pub into: FrameId,
    /// The compiler.
    pub tier: Tier,
    /// The call: its function is the caller, `into` itself or a function that was inlined as well.
    pub call: Place,
    /// What was inlined; none when V8 does not name it.
    pub callee: Option<FrameId>,
    /// How many calls are around it in `into`: 0 is a call that `into` makes itself.
    pub depth: u16,
    /// In how many compilations.
    pub count: u32,
}

/// A call that was considered for inlining and refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// The function that was compiled; none when the trace does not tell.
    pub into: Option<FrameId>,
    /// What was to be inlined.
    pub callee: FrameId,
    /// The compiler.
    pub tier: Tier,
    /// Why not, in V8's words.
    pub reason: String,
    /// Length of the callee's bytecode.
    pub bytecode_bytes: Option<u32>,
    /// The call, where it is known: traces do not tell it, the caller's text may.
    pub call: Option<Place>,
    /// In how many compilations.
    pub count: u32,
}

/// State of an inline cache, in the order in which it degrades (V8: `InlineCacheState`, src/common/globals.h; the letters are those of
/// `TransitionMarkFromState`, src/ic/ic.cc).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum IcState {
    /// `X`: there is no feedback vector yet.
    NoFeedback,
    /// `0`: not yet executed.
    Uninitialized,
    /// `1`: one shape.
    Monomorphic,
    /// `^`: to be computed again, since its prototype changed.
    RecomputeHandler,
    /// `P`: two to four shapes.
    Polymorphic,
    /// `D`: several shapes of DOM objects.
    MegaDom,
    /// `N`: more shapes than V8 keeps.
    Megamorphic,
    /// `G`: no caching at all.
    Generic,
}

/// A place with an inline cache that missed at least once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InlineCache {
    /// The place.
    pub place: Place,
    /// V8's word: `LoadIC`, `KeyedStoreIC`, …
    pub kind: String,
    /// The property, or the first one of a keyed access.
    pub key: String,
    /// How many different keys were seen, as far as they were counted.
    pub n_keys: u32,
    /// The last state.
    pub state: IcState,
    /// Misses: every one is slow.
    pub misses: u64,
    /// Misses of a cache that had not been used before, where V8 had begun to count: a function has one cache at a place, so more than one
    /// per isolate tell of as many functions made from the same code.
    #[serde(default)]
    pub first_uses: u64,
    /// Misses by an index outside of its array or string: V8's modifiers `IGNORE_OOB` (up to V8 11) and `OOB`.
    #[serde(default)]
    pub out_of_bounds: u64,
    /// Changes of state in time order; the first few of each kind.
    pub transitions: Vec<IcTransition>,
    /// Shapes that missed, each once, in the order in which they came; the first few.
    pub shapes: Vec<ShapeId>,
    /// How many different shapes missed.
    pub n_shapes: u32,
}

/// An inline cache changed its state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IcTransition {
    /// When, in µs since its isolate's start.
    pub at_us: u64,
    /// The state before.
    pub from: IcState,
    /// The state after.
    pub to: IcState,
    /// The shape of the object; none when maps were not recorded.
    pub shape: Option<ShapeId>,
    /// V8's word for what made it slow; empty for none.
    pub slow_reason: String,
}

/// A hidden class, as V8's `map` records tell it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shape {
    /// The constructor, where V8 names one.
    pub constructor: Option<String>,
    /// Where the first object of the family was made.
    pub created_at: Option<Place>,
    /// Its properties in the order in which they were added.
    pub properties: Vec<ShapeProperty>,
    /// Whether it left fast mode: V8 keeps such an object as a dictionary.
    pub is_dictionary: bool,
}

/// A property of a shape.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShapeProperty {
    /// Its name.
    pub name: String,
    /// Where it was added.
    pub added_at: Option<Place>,
}

impl Decisions {
    /// Whether nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.recorded == Recorded::default()
    }
    /// Whether all handles point into their tables, of a profile with so many frames and sources.
    pub fn is_consistent(&self, n_frames: usize, n_sources: usize) -> bool {
        let frame_ok = |frame: FrameId| frame.index() < n_frames;
        let shape_ok = |shape: &ShapeId| shape.index() < self.shapes.len();
        let place_ok = |place: &Place| place.function.is_none_or(frame_ok) && place.source.is_none_or(|source| source.index() < n_sources);
        self.functions.iter().all(|row| frame_ok(row.function) && row.enclosing.is_none_or(frame_ok))
            && self.compilations.iter().all(|row| frame_ok(row.function))
            && self.deopts.iter().all(|row| frame_ok(row.function) && row.stack.iter().all(place_ok))
            && self.deopt_events.iter().all(|event| (event.deopt as usize) < self.deopts.len())
            && self.inlinings.iter().all(|row| frame_ok(row.into) && place_ok(&row.call) && row.callee.is_none_or(frame_ok))
            && self
                .refusals
                .iter()
                .all(|row| row.into.is_none_or(frame_ok) && frame_ok(row.callee) && row.call.as_ref().is_none_or(place_ok))
            && self.inline_caches.iter().all(|row| {
                place_ok(&row.place)
                    && row.shapes.iter().all(shape_ok)
                    && row.transitions.iter().all(|transition| transition.shape.as_ref().is_none_or(shape_ok))
            })
            && self.shapes.iter().all(|shape| {
                shape.created_at.as_ref().is_none_or(place_ok)
                    && shape.properties.iter().all(|property| property.added_at.as_ref().is_none_or(place_ok))
            })
    }
}
