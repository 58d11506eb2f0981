//! Ticks counted as V8's own tick processor counts them (`node --prof-process`: `deps/v8/tools/tickprocessor.mjs`, `profile.mjs` and
//! `codemap.mjs`), so that its sections can be compared number by number on the same log.
//!
//! This is another way to count than the profile's: a tick belongs to the code object around its program counter, whatever that is, and
//! an inlined function to the one it was inlined into. A function is one row per tier.
//!
//! Counts are equal to those of the processor that comes with the Node that wrote the log, its slips included; what we know better is
//! told beside them and adds to no count:
//!
//! - **Executables that are mapped in pieces** (Node 20, 22 and 24). V8 logs a `shared-library` row per piece, all with one start, and its
//!   processor keeps the first: ticks in the others are unaccounted there. [`TickCounts::unaccounted_in`] says whose they are.
//! - **Functions of Node's executable.** The processor reads about the first MiB of what `nm` prints (`spawnSync`'s `maxBuffer`; where
//!   exactly it stops differs from run to run) and adds file offsets where the executable is not relocatable, so it counts nearly all C++
//!   of Node under the executable. [`LibraryTicks::functions`] has them by name.
//!
//! Only here counts differ, because the log says more than the processor reads:
//!
//! - **Markers of tiers.** The processor throws on a marker it does not know and forgets the code, whose ticks are unaccounted. Here they
//!   are counted with the marker as it is. `+'`, `*'` and `o*` are `+` and `*` for both.
//! - **An empty line** ends the processor's reading. Here it does not.
//! - **A tick row that is cut** counts there as unaccounted. Here it is no tick, but is counted among the records that could not be read.
//! - **Names of C++ functions** may be spelt otherwise (`nm` demangles with libiberty), and need no `nm`: without binutils the processor
//!   counts them under their library.

mod calls;
mod code;
mod counter;
mod finish;
mod libraries;
#[cfg(test)]
mod tests;

pub use libraries::{Libraries, Library, Mapping, NoLibraries, Symbol};

pub(super) use counter::TickCounter;

use profile::{Position, Source, Tier};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What is counted of a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Only what was executing: [`TickCounts::bottom_up`] has no callers, [`TickCounts::cpp_entry_points`] nothing.
    Innermost,
    /// Callers as well.
    Callers,
}

/// What V8's tick processor counts in a log. Rows are in its order: most ticks first, then by name, backwards.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TickCounts {
    /// All ticks, waiting included.
    pub total: u64,
    /// Ticks whose program counter lies in nothing the log tells of.
    pub unaccounted: u64,
    /// Ticks during garbage collection; they are also counted where they are.
    pub gc: u64,
    /// Ticks in code that V8 made: JavaScript, builtins, regular expressions.
    pub javascript: u64,
    /// Ticks in C++ functions known by name.
    pub cpp: u64,
    /// Ticks elsewhere in libraries and the executable.
    pub shared_libraries: u64,
    /// Code that V8 made.
    pub functions: Vec<FunctionTicks>,
    /// Libraries and the executable.
    pub libraries: Vec<LibraryTicks>,
    /// C++ functions.
    pub cpp_functions: Vec<NamedTicks>,
    /// C++ functions by which code that V8 made came to where the tick was.
    pub cpp_entry_points: Vec<NamedTicks>,
    /// Where ticks were, each with its callers: at most [`BOTTOM_UP_LEVELS`] levels, and no caller with less than
    /// [`BOTTOM_UP_CUTOFF_PERCENT`] of its parent's ticks.
    pub bottom_up: Vec<CallerTicks>,
    /// Unaccounted ticks that lie in a mapping of a library nevertheless.
    pub unaccounted_in: Vec<LibraryTicks>,
    /// Libraries with ticks whose functions are not known, and why.
    pub without_symbols: Vec<(String, String)>,
}

/// Depth of [`TickCounts::bottom_up`].
pub const BOTTOM_UP_LEVELS: usize = 6;

/// Least share of the parent's ticks in [`TickCounts::bottom_up`].
pub const BOTTOM_UP_CUTOFF_PERCENT: f64 = 1.0;

/// Ticks of code that V8 made.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionTicks {
    /// The name as V8's tick processor gives it: `JS: *fib /a.js:1:13`.
    pub label: Arc<str>,
    /// V8's type: `JS`, `Builtin`, `RegExp`, …; `LazyCompile`, `Function` and `Script` in Node 18.
    pub kind: Arc<str>,
    /// The tier; none when it is no function.
    pub tier: Option<Tier>,
    /// The function's name, a pattern, or a builtin's name; empty for an anonymous function.
    pub name: String,
    /// Where a function begins.
    pub place: Option<(Source, Position)>,
    /// Ticks in it.
    pub ticks: u64,
}

/// Ticks of anything with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedTicks {
    /// The name.
    pub name: Arc<str>,
    /// Ticks in it.
    pub ticks: u64,
}

/// Ticks in a library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryTicks {
    /// Its path.
    pub name: Arc<str>,
    /// Ticks in it.
    pub ticks: u64,
    /// The functions they lie in, as far as the file on this machine tells: a part of `ticks`.
    pub functions: Vec<NamedTicks>,
}

/// A row of the bottom-up profile.
#[derive(Clone, Debug, PartialEq)]
pub struct CallerTicks {
    /// The name as V8's tick processor gives it.
    pub label: Arc<str>,
    /// Ticks with this row's callees innermost.
    pub ticks: u64,
    /// Share of the parent's ticks; of all ticks at the first level.
    pub percent: f64,
    /// Callers.
    pub callers: Vec<CallerTicks>,
}

/// Row of [`Labels`].
type LabelId = u32;

/// What a name is the name of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum LabelKind {
    Unknown,
    /// `type: marker` and name.
    Code {
        kind: Arc<str>,
        tier: Option<Tier>,
        name: String,
    },
    Cpp,
    Library,
}

#[derive(Debug, Default)]
struct Labels {
    rows: Vec<(Arc<str>, LabelKind)>,
    by_text: FxHashMap<Arc<str>, LabelId>,
}

impl Labels {
    fn intern(&mut self, text: &str, kind: impl FnOnce() -> LabelKind) -> LabelId {
        if let Some(known) = self.by_text.get(text) {
            return *known;
        }
        let id = self.rows.len() as LabelId;
        let text: Arc<str> = text.into();
        self.rows.push((text.clone(), kind()));
        self.by_text.insert(text, id);
        id
    }
}
