//! Samples in order of time: consecutive samples that share a stack's outer part share its boxes.

use super::tier_mix::TierMixes;
use super::{Layout, NO_BOX};
use crate::tree::{Mapping, MergedTree, N_TIERS, NO_NODE, tier_rows};
use profile::{NodeId, Profile};

/// Between samples when the profile does not tell, in µs.
const USUAL_INTERVAL_US: u64 = 1000;

/// Lays out the samples of a profile. A pause of more than two intervals, or a sample that is left out, ends the boxes.
///
/// A box knows the time and samples that passed while it was open. Its tiers change only when a node of the stack does, so a sample costs as
/// much as its stack differs from the one before, however deep both are.
pub(crate) fn time_order(profile: &Profile, tree: &MergedTree) -> Layout {
    let interval_us = if profile.interval_us == 0 { USUAL_INTERVAL_US } else { profile.interval_us };
    let gap_us = interval_us.saturating_mul(2);
    let samples = &profile.samples;
    let order = in_order(&samples.time_us);
    let origin = order.first().map_or(0, |first| samples.time_us[*first as usize]);
    let began = |at: usize| order.get(at).map_or(u64::MAX, |sample| samples.time_us[*sample as usize] - origin);
    let mut boxes = Open::new(profile, tree);
    let mut last_end = 0u64;
    for (at, sample) in order.iter().enumerate() {
        let (begin, duration_us) = (began(at), samples.duration_us[*sample as usize]);
        let leaf = boxes.shown[samples.node[*sample as usize].index()];
        if leaf == Shown::LeftOut || begin.saturating_sub(last_end) > gap_us {
            boxes.close_below(0, last_end);
        }
        last_end = begin.saturating_add(duration_us).min(began(at + 1)).max(begin);
        if leaf != Shown::LeftOut {
            boxes.enter(leaf, begin);
            boxes.spend(duration_us);
        }
    }
    boxes.close_below(0, last_end);
    boxes.finish(last_end)
}

/// The rows of the samples by time: as they are stored, if they were stored so.
fn in_order(time_us: &[u64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..time_us.len()).map(|row| NodeId::new(row).0).collect();
    if !time_us.is_sorted() {
        order.sort_by_key(|row| time_us[*row as usize]);
    }
    order
}

/// The innermost node of a stack that has a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    LeftOut,
    /// Everything was folded.
    Root,
    Node(NodeId),
}

fn shown_nodes(profile: &Profile, mapping: &Mapping) -> Vec<Shown> {
    let mut shown: Vec<Shown> = Vec::with_capacity(profile.tree.len());
    for node in profile.tree.ids() {
        shown.push(if mapping.of_node[node.index()] == NO_NODE {
            Shown::LeftOut
        } else if mapping.folded[node.index()] {
            profile.tree.parent(node).map_or(Shown::Root, |parent| shown[parent.index()])
        } else {
            Shown::Node(node)
        });
    }
    shown
}

/// The boxes by row, and those that are open: always the last of their rows.
struct Open<'a> {
    profile: &'a Profile,
    tree: &'a MergedTree,
    shown: Vec<Shown>,
    tier_of: Vec<usize>,
    /// One per depth, the root first.
    stack: Vec<OpenBox>,
    path: Vec<NodeId>,
    spent_us: u64,
    spent_samples: u64,
    rows: Vec<Vec<Made>>,
    tiers: TierMixes,
}

struct OpenBox {
    merged: u32,
    /// The node that runs in it now; none at the root.
    node: Option<NodeId>,
    /// Time spent when that node began to run.
    node_from_us: u64,
    x0: u64,
    from_us: u64,
    from_samples: u64,
    own_us: u64,
    tier_us: [u64; N_TIERS],
}

/// A box, its parent by its place in the row above.
struct Made {
    x0: u64,
    x1: u64,
    own_us: u64,
    total_us: u64,
    samples: u64,
    merged: u32,
    parent: u32,
    tier_code: u32,
}

impl<'a> Open<'a> {
    fn new(profile: &'a Profile, tree: &'a MergedTree) -> Self {
        let mut open = Self {
            profile,
            tree,
            shown: shown_nodes(profile, &tree.after),
            tier_of: tier_rows(profile),
            stack: Vec::new(),
            path: Vec::new(),
            spent_us: 0,
            spent_samples: 0,
            rows: Vec::new(),
            tiers: TierMixes::default(),
        };
        open.begin(0, None, 0);
        open
    }

    /// Makes this stack the open one.
    fn enter(&mut self, leaf: Shown, x: u64) {
        let mut at = leaf;
        self.path.clear();
        while let Shown::Node(node) = at {
            let depth = self.tree.depth[self.tree.after.of_node[node.index()] as usize] as usize;
            if self.stack.get(depth).is_some_and(|open| open.node == Some(node)) {
                break;
            }
            self.path.push(node);
            at = self.profile.tree.parent(node).map_or(Shown::Root, |parent| self.shown[parent.index()]);
        }
        let mut depth = self.depth_of(at);
        while let Some(node) = self.path.pop() {
            depth += 1;
            let merged = self.tree.after.of_node[node.index()];
            if self.stack.get(depth).is_some_and(|open| open.merged == merged) {
                self.count_tier(depth);
                self.stack[depth].node = Some(node);
            } else {
                self.close_below(depth - 1, x);
                self.begin(merged, Some(node), x);
            }
        }
        self.close_below(depth, x);
    }

    fn depth_of(&self, shown: Shown) -> usize {
        match shown {
            Shown::Node(node) => self.tree.depth[self.tree.after.of_node[node.index()] as usize] as usize,
            Shown::Root | Shown::LeftOut => 0,
        }
    }

    /// The open stack lasts.
    fn spend(&mut self, duration_us: u64) {
        self.spent_us = self.spent_us.saturating_add(duration_us);
        self.spent_samples += 1;
        if let Some(innermost) = self.stack.last_mut() {
            innermost.own_us = innermost.own_us.saturating_add(duration_us);
        }
    }

    fn begin(&mut self, merged: u32, node: Option<NodeId>, x0: u64) {
        let (from_us, from_samples) = (self.spent_us, self.spent_samples);
        let tier_us = [0; N_TIERS];
        self.stack.push(OpenBox { merged, node, node_from_us: from_us, x0, from_us, from_samples, own_us: 0, tier_us });
        if self.rows.len() < self.stack.len() {
            self.rows.push(Vec::new());
        }
    }

    fn count_tier(&mut self, depth: usize) {
        let open = &mut self.stack[depth];
        if let Some(node) = open.node {
            let tier = self.tier_of[self.profile.tree.location(node).index()];
            open.tier_us[tier] = open.tier_us[tier].saturating_add(self.spent_us - open.node_from_us);
        }
        open.node_from_us = self.spent_us;
    }

    /// Ends the boxes deeper than this.
    fn close_below(&mut self, depth: usize, x1: u64) {
        while self.stack.len() > depth + 1 {
            self.close_innermost(x1);
        }
    }

    fn close_innermost(&mut self, x1: u64) {
        let depth = self.stack.len() - 1;
        self.count_tier(depth);
        let Some(closed) = self.stack.pop() else { return };
        let total_us = self.spent_us - closed.from_us;
        // The box above is open still: it comes behind those of its row that are closed.
        let parent = depth.checked_sub(1).map_or(NO_BOX, |above| NodeId::new(self.rows[above].len()).0);
        self.rows[depth].push(Made {
            x0: closed.x0,
            x1,
            own_us: closed.own_us,
            total_us,
            samples: self.spent_samples - closed.from_samples,
            merged: closed.merged,
            parent,
            tier_code: self.tiers.code_of(closed.tier_us, total_us),
        });
    }

    fn finish(mut self, end: u64) -> Layout {
        self.close_innermost(end);
        let mut out = Layout { row_start: vec![0], tiers: self.tiers, ..Layout::default() };
        let n_boxes = self.rows.iter().map(Vec::len).sum();
        for column in [&mut out.x0, &mut out.x1, &mut out.self_value, &mut out.total_value, &mut out.samples] {
            column.reserve_exact(n_boxes);
        }
        for column in [&mut out.node, &mut out.frame, &mut out.parent] {
            column.reserve_exact(n_boxes);
        }
        let mut above_start = 0;
        for row in self.rows {
            let start = NodeId::new(out.x0.len()).0;
            for made in row {
                out.x0.push(made.x0);
                out.x1.push(made.x1);
                out.self_value.push(made.own_us);
                out.total_value.push(made.total_us);
                out.samples.push(made.samples);
                out.node.push(made.merged);
                out.frame.push(self.tree.frame[made.merged as usize]);
                out.parent.push(if made.parent == NO_BOX { NO_BOX } else { above_start + made.parent });
                out.tiers.push_code(made.tier_code);
            }
            out.row_start.push(NodeId::new(out.x0.len()).0);
            above_start = start;
        }
        out
    }
}
