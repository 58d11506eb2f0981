//! Inlined calls, counted by place.

use crate::read::v8_log::code::{FunctionId, OptimizedCode};
use crate::read::v8_log::source_positions::InlinedFunction;
use profile::Tier;
use rustc_hash::FxHashMap;

/// An inlined call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct RawInlining {
    /// The function whose code holds it.
    pub(super) into: FunctionId,
    pub(super) tier: Tier,
    /// The function that makes the call; none when V8 does not name it.
    pub(super) caller: Option<FunctionId>,
    /// Offset of the call in the caller's script.
    pub(super) call_offset: u32,
    /// What was inlined; none when V8 does not name it.
    pub(super) callee: Option<FunctionId>,
    pub(super) depth: u16,
}

#[derive(Debug)]
struct Count {
    row: u32,
    /// The code object that was counted last: a function that is inlined twice may itself inline a call twice.
    last_code: u32,
}

/// All inlined calls of a log.
#[derive(Debug, Default)]
pub(super) struct Inlinings {
    /// Calls, and in how many code objects.
    pub(super) rows: Vec<(RawInlining, u32)>,
    index: FxHashMap<RawInlining, Count>,
    n_codes: u32,
}

impl Inlinings {
    /// Adds the calls that a code object has inlined.
    pub(super) fn add(&mut self, code: &OptimizedCode<'_>) {
        let Some(positions) = &code.positions else { return };
        self.n_codes = self.n_codes.saturating_add(1);
        for call in positions.inlined_calls() {
            let caller = match call.caller {
                InlinedFunction::Outer => Some(code.function),
                InlinedFunction::Inlined(function) => Some(function),
                InlinedFunction::Unknown => None,
            };
            let row = RawInlining {
                into: code.function,
                tier: code.tier,
                caller,
                call_offset: call.call_offset,
                callee: call.callee,
                depth: call.depth,
            };
            let next = self.rows.len() as u32;
            let count = self.index.entry(row).or_insert(Count { row: next, last_code: 0 });
            if count.row == next {
                self.rows.push((row, 0));
            }
            if count.last_code != self.n_codes {
                count.last_code = self.n_codes;
                self.rows[count.row as usize].1 += 1;
            }
        }
    }

    /// The functions that make the calls.
    pub(super) fn callers(&self) -> impl Iterator<Item = FunctionId> {
        self.rows.iter().filter_map(|(row, _)| row.caller)
    }
}
