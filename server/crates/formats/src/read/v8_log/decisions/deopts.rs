//! Code that was given up, counted by place.

use crate::read::v8_log::code::{FunctionId, OptimizedCode};
use crate::read::v8_log::source_positions::InlinedFunction;
use profile::Tier;
use rustc_hash::FxHashMap;

/// A place where code was given up.
#[derive(Debug)]
pub(super) struct RawDeopt {
    /// The function whose code it was, and its tier; none when the log does not hold the code.
    pub(super) code: Option<(FunctionId, Tier)>,
    /// The functions of the location and the script offsets in them, innermost first, from the code's tables.
    pub(super) levels: Vec<(Option<FunctionId>, u32)>,
    /// V8's kind, location and reason, as they stand in the log.
    what: Box<[u8]>,
    pub(super) count: u32,
    pub(super) first_us: u64,
    pub(super) last_us: u64,
}

impl RawDeopt {
    /// Kind, location and reason. Commas in a location are escaped; the two others have none.
    pub(super) fn what(&self) -> (&[u8], &[u8], &[u8]) {
        let mut fields = self.what.splitn(3, |byte| *byte == b',');
        let mut next = || fields.next().unwrap_or_default();
        (next(), next(), next())
    }

    /// Whether V8 says nothing of the place but its function.
    pub(super) fn is_of_function(&self) -> bool {
        self.what().0 == b"dependency-change"
    }
}

/// All deopts of a log.
#[derive(Debug, Default)]
pub(super) struct Deopts {
    pub(super) rows: Vec<RawDeopt>,
    /// Row and time of every deopt.
    pub(super) events: Vec<(u32, u64)>,
    index: FxHashMap<Key, u32>,
}

/// Code, levels and text of a deopt.
type Key = (Option<(FunctionId, Tier)>, Vec<(Option<FunctionId>, u32)>, Box<[u8]>);

impl Deopts {
    pub(super) fn add(
        &mut self,
        code: Option<&OptimizedCode<'_>>,
        at_us: u64,
        inlining: Option<u32>,
        script_offset: Option<u32>,
        what: &[u8],
    ) -> Option<()> {
        if what.iter().filter(|byte| **byte == b',').count() != 2 {
            return None;
        }
        let levels = match (code.and_then(|code| Some((code.function, code.positions.as_ref()?))), script_offset) {
            (Some((outer, positions)), Some(offset)) => {
                let function = |function| match function {
                    InlinedFunction::Outer => Some(outer),
                    InlinedFunction::Inlined(function) => Some(function),
                    InlinedFunction::Unknown => None,
                };
                positions.stack_of(inlining, offset).iter().map(|level| (function(level.function), level.script_offset)).collect()
            }
            _ => Vec::new(),
        };
        let code = code.map(|code| (code.function, code.tier));
        let what: Box<[u8]> = what.into();
        let next = self.rows.len() as u32;
        let row = *self.index.entry((code, levels.clone(), what.clone())).or_insert(next);
        if row == next {
            self.rows.push(RawDeopt { code, levels, what, count: 0, first_us: at_us, last_us: at_us });
        }
        let known = &mut self.rows[row as usize];
        known.count = known.count.saturating_add(1);
        known.last_us = known.last_us.max(at_us);
        self.events.push((row, at_us));
        Some(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Functions of places that V8 gave no line.
    pub(super) fn functions_with_offsets(&self) -> impl Iterator<Item = FunctionId> {
        let without_line = self.rows.iter().filter(|row| !row.what().1.contains(&b':'));
        without_line.flat_map(|row| row.levels.iter().filter_map(|(function, _)| *function))
    }
}
