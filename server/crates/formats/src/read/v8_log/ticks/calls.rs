//! The tree of calls by name, and the bottom-up profile that is made of it.

use super::{BOTTOM_UP_CUTOFF_PERCENT, BOTTOM_UP_LEVELS, CallerTicks, LabelId};
use profile::tree::{CallTree, CallTreeBuilder};
use profile::{LocationId, NodeId};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::sync::Arc;

/// Interned stacks of names, and how often each was seen. The tree's locations are rows of names.
#[derive(Debug, Default)]
pub(super) struct Calls {
    tree: CallTreeBuilder,
}

impl Calls {
    /// The node of a callee; of an outermost function when there is no caller.
    pub(super) fn child(&mut self, caller: Option<NodeId>, label: LabelId) -> NodeId {
        self.tree.child(caller, LocationId::new(label as usize))
    }

    /// A tick with a node innermost.
    pub(super) fn add(&mut self, node: NodeId) {
        self.tree.add_self(node, 0, 1);
    }

    pub(super) fn finish(self) -> Stacks {
        Stacks { tree: self.tree.finish() }
    }
}

/// All stacks of a log.
#[derive(Debug)]
pub(super) struct Stacks {
    tree: CallTree,
}

impl Stacks {
    /// Nodes that were innermost, and how often.
    fn innermost(&self) -> impl Iterator<Item = (NodeId, u32)> + '_ {
        self.tree.ids().map(|node| (node, self.tree.self_samples[node.index()])).filter(|(_, ticks)| *ticks > 0)
    }

    fn label(&self, node: NodeId) -> LabelId {
        self.tree.location(node).index() as LabelId
    }

    /// Ticks of each name that was innermost.
    pub(super) fn by_label(&self) -> FxHashMap<LabelId, u64> {
        let mut sums = FxHashMap::default();
        for (node, ticks) in self.innermost() {
            *sums.entry(self.label(node)).or_default() += u64::from(ticks);
        }
        sums
    }

    /// The bottom-up profile; of `total` ticks.
    pub(super) fn bottom_up(&self, total: u64, name: &impl Fn(LabelId) -> Arc<str>) -> Vec<CallerTicks> {
        self.callers(self.innermost().collect(), total, 1, name)
    }

    /// Rows of the nodes reached so far, each with the ticks that came through it.
    fn callers(&self, nodes: Vec<(NodeId, u32)>, parent_ticks: u64, level: usize, name: &impl Fn(LabelId) -> Arc<str>) -> Vec<CallerTicks> {
        let mut groups: FxHashMap<LabelId, (u64, Vec<(NodeId, u32)>)> = FxHashMap::default();
        for (node, ticks) in nodes {
            let group = groups.entry(self.label(node)).or_default();
            group.0 += u64::from(ticks);
            if let Some(caller) = self.tree.parent(node) {
                group.1.push((caller, ticks));
            }
        }
        let mut rows = Vec::new();
        for (label, (ticks, callers)) in groups {
            let percent = ticks as f64 / parent_ticks as f64 * 100.0;
            if percent < BOTTOM_UP_CUTOFF_PERCENT {
                continue;
            }
            let callers = if level < BOTTOM_UP_LEVELS { self.callers(callers, ticks, level + 1, name) } else { Vec::new() };
            rows.push(CallerTicks { label: name(label), ticks, percent, callers });
        }
        rows.sort_by(|a, b| (Reverse(a.ticks), Reverse(&a.label)).cmp(&(Reverse(b.ticks), Reverse(&b.label))));
        rows
    }
}
