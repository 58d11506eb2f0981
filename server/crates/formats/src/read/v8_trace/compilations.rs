//! Which compilation a line belongs to.

use profile::{FrameId, Tier};

/// More compilations than this at a time are not kept apart.
const MAX_OPEN: usize = 64;

/// A compilation that has begun.
#[derive(Debug)]
pub(super) struct Open {
    /// Distinguishes compilations of a trace.
    pub(super) id: u64,
    pub(super) function: FrameId,
    pub(super) tier: Tier,
    pub(super) osr: bool,
    is_concurrent: bool,
}

/// The compilations that run.
///
/// V8 names the function of a compilation when it begins and when it ends; what it prints in between does not say where it belongs. It
/// belongs to the one compilation that runs. When several do, on threads of the compiler or of workers, nobody knows.
#[derive(Debug, Default)]
pub(super) struct Compilations {
    open: Vec<Open>,
    n_begun: u64,
    /// More ran than are kept: from then on nothing can be attributed.
    is_lost: bool,
}

impl Compilations {
    /// A compilation begins.
    pub(super) fn begin(&mut self, function: FrameId, tier: Tier, osr: bool, concurrent: Option<bool>) {
        self.n_begun += 1;
        if self.open.len() == MAX_OPEN {
            self.is_lost = true;
            return;
        }
        // Before V8 11 traces do not tell; there, too, exactly one that runs is exactly one.
        self.open.push(Open { id: self.n_begun, function, tier, osr, is_concurrent: concurrent == Some(true) });
    }

    /// A compilation ends. None when its beginning was not seen.
    pub(super) fn end(&mut self, function: FrameId, tier: Tier, osr: Option<bool>) -> Option<Open> {
        let is_it = |open: &Open| open.function == function && open.tier == tier && osr.is_none_or(|osr| open.osr == osr);
        let at = self.open.iter().position(is_it)?;
        Some(self.open.remove(at))
    }

    /// The compilation that prints now; none when that is not certain.
    pub(super) fn current(&self) -> Option<&Open> {
        match self.open.as_slice() {
            [open] if !open.is_concurrent && !self.is_lost => Some(open),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_belongs_to_the_only_compilation_that_runs() {
        let (f, g) = (FrameId(0), FrameId(1));
        let mut compilations = Compilations::default();
        let current = |compilations: &Compilations| compilations.current().map(|open| open.function);
        compilations.begin(f, Tier::Turbofan, false, Some(false));
        assert_eq!(current(&compilations), Some(f));
        compilations.begin(g, Tier::Maglev, false, Some(false));
        assert_eq!(current(&compilations), None, "a worker compiles as well");
        assert!(compilations.end(f, Tier::Maglev, None).is_none());
        assert!(compilations.end(f, Tier::Turbofan, Some(false)).is_some());
        assert_eq!(current(&compilations), Some(g));
        assert!(compilations.end(g, Tier::Maglev, None).is_some());
        compilations.begin(f, Tier::Turbofan, false, Some(true));
        assert_eq!(current(&compilations), None, "on a thread of the compiler");
    }

    #[test]
    fn too_many_compilations_are_given_up() {
        let mut compilations = Compilations::default();
        for n in 0..100 {
            compilations.begin(FrameId(n), Tier::Turbofan, false, None);
        }
        for n in 0..63 {
            compilations.end(FrameId(n), Tier::Turbofan, None);
        }
        assert_eq!(compilations.open.len(), 1);
        assert!(compilations.current().is_none());
    }
}
