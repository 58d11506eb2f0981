//! V8's decisions about each function of a file.

use profile::FrameId;

use super::Joined;

/// Rows of a run's [`Decisions`](profile::decisions::Decisions) that are about one function, in the order of their tables.
#[derive(Clone, Debug, Default)]
pub struct Decided {
    /// Of `functions`.
    pub facts: Vec<u32>,
    /// Of `compilations`.
    pub compilations: Vec<u32>,
    /// Of `deopts`: its own code was given up.
    pub deopts: Vec<u32>,
    /// Of `deopts`: code it was inlined into was given up at a place in it.
    pub inner_deopts: Vec<u32>,
    /// Of `deopt_events`: of its own code.
    pub deopt_events: Vec<u32>,
    /// Of `inlinings`: calls inlined into its code.
    pub inlined_here: Vec<u32>,
    /// Of `inlinings`: its calls that were inlined elsewhere.
    pub inlined_into: Vec<u32>,
    /// Of `refusals`: calls refused in its code.
    pub refused_here: Vec<u32>,
    /// Of `refusals`: calls of it that were refused.
    pub refused_into: Vec<u32>,
}

impl Decided {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
            && self.compilations.is_empty()
            && self.deopts.is_empty()
            && self.inner_deopts.is_empty()
            && self.inlined_here.is_empty()
            && self.inlined_into.is_empty()
            && self.refused_here.is_empty()
            && self.refused_into.is_empty()
    }
}

/// Finds the rows of every function.
pub(super) fn join(joined: &mut Joined<'_>) {
    let results = joined.results;
    let decisions = &results.index.profile().decisions;
    let mut add = |frame: Option<FrameId>, rows: fn(&mut Decided) -> &mut Vec<u32>, row: usize| {
        if let Some(function) = frame.and_then(|frame| joined.row_of(frame))
            && let Ok(row) = u32::try_from(row)
        {
            let rows = rows(&mut joined.functions[function].decided);
            if rows.last() != Some(&row) {
                rows.push(row);
            }
        }
    };
    for (row, facts) in decisions.functions.iter().enumerate() {
        add(Some(facts.function), |decided| &mut decided.facts, row);
    }
    for (row, compilation) in decisions.compilations.iter().enumerate() {
        add(Some(compilation.function), |decided| &mut decided.compilations, row);
    }
    for (row, deopt) in decisions.deopts.iter().enumerate() {
        add(Some(deopt.function), |decided| &mut decided.deopts, row);
        if let Some(innermost) = deopt.stack.first().and_then(|place| place.function).filter(|inner| *inner != deopt.function) {
            add(Some(innermost), |decided| &mut decided.inner_deopts, row);
        }
    }
    for (row, event) in decisions.deopt_events.iter().enumerate() {
        let function = decisions.deopts.get(event.deopt as usize).map(|deopt| deopt.function);
        add(function, |decided| &mut decided.deopt_events, row);
    }
    for (row, inlining) in decisions.inlinings.iter().enumerate() {
        add(Some(inlining.into), |decided| &mut decided.inlined_here, row);
        add(inlining.callee, |decided| &mut decided.inlined_into, row);
    }
    for (row, refusal) in decisions.refusals.iter().enumerate() {
        add(refusal.into, |decided| &mut decided.refused_here, row);
        add(Some(refusal.callee), |decided| &mut decided.refused_into, row);
    }
}
