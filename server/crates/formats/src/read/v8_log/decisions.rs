//! Decisions as the log tells them, before texts and labels are known; `assemble` makes them rows of a profile.

mod assemble;
mod deopts;
mod inline_caches;
mod inlinings;
mod location;
mod shapes;
#[cfg(test)]
mod tests;

pub(super) use assemble::assemble;
pub(super) use inline_caches::Miss;

use super::code::{CodeTable, FunctionId, OptimizedCode};
use deopts::Deopts;
use inline_caches::InlineCaches;
use inlinings::Inlinings;
use profile::decisions::Recorded;
use profile::{Position, Tier};
use shapes::Shapes;

/// A function got code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compiled {
    pub(super) function: FunctionId,
    pub(super) tier: Tier,
    /// Whether it replaces code in a running loop; none when V8 does not tell.
    pub(super) osr: Option<bool>,
    pub(super) at_us: u64,
    pub(super) code_bytes: u32,
}

/// What the log told so far. Everything but compilations and moments of deopts is counted by place, so a flood of records of one place
/// takes no memory.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    compilations: Vec<Compiled>,
    deopts: Deopts,
    inlinings: Inlinings,
    inline_caches: InlineCaches,
    pub(super) shapes: Shapes,
    /// Name of a function, and why V8 will not optimise it.
    disabled: Vec<(String, String)>,
}

impl Recorder {
    /// A function got code.
    pub(super) fn compiled(&mut self, compiled: Compiled) {
        self.compilations.push(compiled);
    }

    /// Code has inlined calls.
    pub(super) fn inlined(&mut self, code: &OptimizedCode<'_>) {
        self.inlinings.add(code);
    }

    /// Code was given up. `what` are kind, location and reason. None when they are not.
    pub(super) fn deoptimized(
        &mut self,
        code: Option<&OptimizedCode<'_>>,
        at_us: u64,
        inlining: Option<u32>,
        script_offset: Option<u32>,
        what: &[u8],
    ) -> Option<()> {
        self.deopts.add(code, at_us, inlining, script_offset, what)
    }

    /// V8 will not optimise a function.
    pub(super) fn disabled(&mut self, name: String, reason: String) {
        self.disabled.push((name, reason));
    }

    /// An inline cache missed. Returns whether it is known where.
    pub(super) fn missed(&mut self, kind: &[u8], pc: u64, position: Option<Position>, miss: &Miss<'_>, code: &mut CodeTable) -> bool {
        let shape = self.shapes.at(miss.map);
        self.inline_caches.add(kind, pc, position, miss, shape, code)
    }

    /// Functions of places that are known by their offset in the script only.
    pub(super) fn functions_with_offsets(&self) -> impl Iterator<Item = FunctionId> {
        self.inlinings.callers().chain(self.inline_caches.functions_with_offsets()).chain(self.deopts.functions_with_offsets())
    }

    /// What V8 was asked to tell, as far as the log shows it.
    fn recorded(&self) -> Recorded {
        Recorded {
            code: !self.compilations.is_empty(),
            deopts: !self.deopts.is_empty(),
            inline_caches: self.inline_caches.has_misses(),
            shapes: !self.shapes.is_empty(),
            refusals: false,
        }
    }
}
