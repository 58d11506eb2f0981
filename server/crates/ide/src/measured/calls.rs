//! Lines at whose calls the time goes: where a call leaves the file, or where a function fans out.

use std::collections::HashMap;

use profile::tree::Visit;
use profile::{Category, FrameId, LocationId, SourceId};

use super::Joined;
use crate::results::Measure;

/// A line whose total is at least this part of its function's is all that the function does.
const ALL_OF_FUNCTION: f64 = 0.9;

/// Time, in µs, of calls of a line to other functions of JavaScript, by source and line; bytes of a profile of allocations. Of several
/// functions that are on one line, that of the one that calls most.
///
/// Total time lights up every line of a chain of callers. Kept are the lines that tell something their callee does not: those that call
/// code of another file, and those that are one of several lines of their function. A line that is all its function does and calls code
/// of the same file is left out, and the lines of that code speak. So are calls of a function by itself, and lines of dependencies and of
/// Node: they hand on what the user's own code has them do.
pub(super) fn calls_of_lines(joined: &Joined<'_>) -> HashMap<(SourceId, u32), u64> {
    let results = joined.results;
    let profile = results.index.profile();
    let lines: Vec<Option<(SourceId, u32)>> = profile
        .locations
        .iter()
        .map(|location| {
            let source = location.source.filter(|source| joined.v8_lines.contains_key(source))?;
            let is_own = profile.frame(location.frame).category == Category::App;
            Some((source, location.position.filter(|_| is_own)?.line))
        })
        .collect();
    if lines.iter().all(Option::is_none) {
        return HashMap::new();
    }
    let subtree = match results.measure {
        Measure::Cpu => profile.tree.subtree_us(),
        Measure::Allocated => profile.tree.subtree_bytes(),
    };
    let line_of = |location: LocationId| lines.get(location.index()).copied().flatten();
    let mut calls: HashMap<(SourceId, u32, FrameId), Calls> = HashMap::new();
    profile.tree.walk(|node, visit| {
        let Some(caller) = profile.tree.parent(node) else { return };
        let Some((source, line)) = line_of(profile.tree.location(caller)) else { return };
        let (caller, callee) = (profile.frame_of(caller), profile.frame_of(node));
        // Native code is time of the line itself.
        let Some(callee_source) = profile.frame(callee).source.filter(|_| caller != callee) else { return };
        let value = subtree.get(node.index()).copied().unwrap_or(0);
        let line = calls.entry((source, line, caller)).or_default();
        line.all.visit(visit, value);
        if !joined.v8_lines.contains_key(&callee_source) {
            line.leaving.visit(visit, value);
        }
    });
    let totals: HashMap<(SourceId, u32), u64> =
        results.index.lines_in(joined.path).map(|line| ((line.source, line.line), results.total(&line.cost))).collect();
    let mut kept: HashMap<(SourceId, u32), u64> = HashMap::new();
    for ((source, line, caller), calls) in calls {
        let total = totals.get(&(source, line)).copied().unwrap_or(0);
        let of_function = results.index.function(caller).map_or(0, |function| results.total(&function.cost));
        let is_all = total as f64 >= of_function as f64 * ALL_OF_FUNCTION;
        let leaves = calls.leaving.sum as f64 > calls.all.sum as f64 * (1.0 - ALL_OF_FUNCTION);
        if leaves || !is_all {
            let most = kept.entry((source, line)).or_default();
            *most = calls.all.sum.max(*most);
        }
    }
    kept
}

/// Calls of one function on one line.
#[derive(Default)]
struct Calls {
    all: OncePerStack,
    /// To code of other files.
    leaving: OncePerStack,
}

/// A sum to which a stack adds once, however often it has what is summed.
#[derive(Default)]
struct OncePerStack {
    on_path: u32,
    sum: u64,
}

impl OncePerStack {
    fn visit(&mut self, visit: Visit, value: u64) {
        match visit {
            Visit::Enter => {
                if self.on_path == 0 {
                    self.sum = self.sum.saturating_add(value);
                }
                self.on_path += 1;
            }
            Visit::Leave => self.on_path = self.on_path.saturating_sub(1),
        }
    }
}
