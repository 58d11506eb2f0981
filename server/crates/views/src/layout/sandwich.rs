//! Callers and callees of one function, all its calls merged.
//!
//! Recursion counts once per stack: what is merged are the outermost calls of the function in their stacks, so the root's total is the
//! function's total. Below the root of callees the function may come again; callers are those from outside of the recursion.

use super::Weighted;
use crate::frames::FrameTable;
use crate::tree::{Mapping, MergedTree, N_TIERS, NO_NODE, tier_rows};
use crate::wire::Measure;
use profile::{FrameId, NodeId, Profile};
use rustc_hash::FxHashMap;

/// The most calls that are followed to their callers: stacks of recursion in many depths would otherwise take minutes. Rows beyond that are
/// left out.
const MOST_STEPS: usize = 20_000_000;

/// A tree whose root is one function.
#[derive(Debug)]
pub(crate) struct Sandwich {
    parent: Vec<u32>,
    frame: Vec<u32>,
    own: Vec<u64>,
    total: Vec<u64>,
    samples: Vec<u64>,
    tiers: Vec<u64>,
    before: Vec<u64>,
    known: FxHashMap<(u32, u32), u32>,
}

impl Sandwich {
    fn new(frame: u32) -> Self {
        let empty = || vec![0];
        Self {
            parent: vec![NO_NODE],
            frame: vec![frame],
            own: empty(),
            total: empty(),
            samples: empty(),
            tiers: vec![0; N_TIERS],
            before: empty(),
            known: FxHashMap::default(),
        }
    }

    fn child(&mut self, parent: u32, frame: u32) -> u32 {
        *self.known.entry((parent, frame)).or_insert_with(|| {
            self.parent.push(parent);
            self.frame.push(frame);
            for column in [&mut self.own, &mut self.total, &mut self.samples, &mut self.before] {
                column.push(0);
            }
            self.tiers.extend([0; N_TIERS]);
            NodeId::new(self.parent.len() - 1).0
        })
    }

    /// As a tree with widths; with `is_compared`, with what was before.
    pub(crate) fn weighted(&self, measure: Measure, is_compared: bool) -> Weighted<'_> {
        Weighted {
            parent: &self.parent,
            frame: &self.frame,
            own: &self.own,
            total: &self.total,
            samples: &self.samples,
            tiers: if measure == Measure::Cpu { &self.tiers } else { &[] },
            before: if is_compared { &self.before } else { &[] },
        }
    }
}

/// What a function calls. Nothing is there of a function that is hidden.
pub(crate) fn callees(tree: &MergedTree, frame: u32, measure: Measure) -> Sandwich {
    let all = Weighted::of(tree, measure);
    let mut out = Sandwich::new(frame);
    let mut of_node = vec![NO_NODE; tree.len()];
    for node in 1..tree.len() {
        let above = of_node[tree.parent[node] as usize];
        let to = match above {
            NO_NODE if tree.frame[node] == frame => 0,
            NO_NODE => continue,
            above => out.child(above, tree.frame[node]),
        };
        of_node[node] = to;
        let to = to as usize;
        add(&mut out.own[to], all.own[node]);
        add(&mut out.total[to], all.total[node]);
        add(&mut out.samples[to], all.samples[node]);
        add(&mut out.before[to], all.before.get(node).copied().unwrap_or(0));
        for (sum, us) in out.tiers[to * N_TIERS..].iter_mut().zip(&tree.tier_us[node * N_TIERS..(node + 1) * N_TIERS]) {
            add(sum, *us);
        }
    }
    out
}

/// Who calls a function: its callers are below it. The root's self value is the function's in all its calls; a caller's value is what reached
/// the function through it, and nothing of that is its own. Nothing is there of a function that is hidden.
pub(crate) fn callers(
    after: &Profile,
    before: Option<&Profile>,
    tree: &MergedTree,
    frames: &FrameTable,
    frame: u32,
    measure: Measure,
) -> Sandwich {
    let mut out = Sandwich::new(frame);
    let tier_of = tier_rows(after);
    let calls = Calls::new(after, &tree.after, |frame| frames.id_of(frame), measure);
    calls.follow(frame, &mut out, |out, to, call| {
        let to = to as usize;
        add(&mut out.total[to], call.value);
        add(&mut out.samples[to], call.samples);
        add(&mut out.tiers[to * N_TIERS + tier_of[after.tree.location(call.node).index()]], call.value);
    });
    let all = Weighted::of(tree, measure);
    for node in (1..tree.len()).filter(|node| tree.frame[*node] == frame) {
        add(&mut out.own[0], all.own[node]);
    }
    if let Some(before) = before {
        let calls = Calls::new(before, &tree.before, |frame| frames.id_of_before(frame), measure);
        calls.follow(frame, &mut out, |out, to, call| add(&mut out.before[to as usize], call.value));
    }
    out
}

fn add(sum: &mut u64, value: u64) {
    *sum = sum.saturating_add(value);
}

/// The value that goes through a node of a profile.
struct Call {
    node: NodeId,
    value: u64,
    samples: u64,
}

struct Calls<'a, F> {
    profile: &'a Profile,
    mapping: &'a Mapping,
    id_of: F,
    /// The nearest caller of each node that is not folded.
    callers: Vec<Option<NodeId>>,
    /// With everything below.
    values: Vec<u64>,
    /// With everything below.
    samples: Vec<u64>,
}

impl<'a, F: Fn(FrameId) -> Option<u32>> Calls<'a, F> {
    fn new(profile: &'a Profile, mapping: &'a Mapping, id_of: F, measure: Measure) -> Self {
        let own = match measure {
            Measure::Cpu => &profile.tree.self_us,
            Measure::Allocated => &profile.tree.self_bytes,
        };
        let mut values = mapping.subtree(profile, own);
        values.resize(profile.tree.len(), 0);
        let samples: Vec<u64> = profile.tree.self_samples.iter().map(|n| u64::from(*n)).collect();
        let mut callers: Vec<Option<NodeId>> = Vec::with_capacity(profile.tree.len());
        for node in profile.tree.ids() {
            let caller = profile.tree.parent(node);
            let is_folded = caller.is_some_and(|caller| mapping.folded[caller.index()]);
            callers.push(if is_folded { caller.and_then(|caller| callers[caller.index()]) } else { caller });
        }
        Self { profile, mapping, id_of, callers, values, samples: mapping.subtree(profile, &samples) }
    }

    /// Goes from the outermost calls of a function to their callers, row by row. Calls that were merged and have one caller go on as one.
    fn follow(&self, frame: u32, out: &mut Sandwich, mut count: impl FnMut(&mut Sandwich, u32, &Call)) {
        let mut row: Vec<(u32, NodeId, u64, u64)> =
            self.outermost(frame).into_iter().map(|node| (0, node, self.values[node.index()], self.samples[node.index()])).collect();
        let mut n_steps = 0;
        while !row.is_empty() {
            n_steps += row.len();
            let mut above = Vec::with_capacity(row.len());
            for (to, node, value, samples) in row {
                count(out, to, &Call { node, value, samples });
                if n_steps < MOST_STEPS
                    && let Some(caller) = self.callers[node.index()]
                    && let Some(id) = (self.id_of)(self.profile.frame_of(caller))
                {
                    above.push((out.child(to, id), caller, value, samples));
                }
            }
            above.sort_unstable_by_key(|(to, node, ..)| (*to, *node));
            above.dedup_by(|next, first| {
                let is_same = (next.0, next.1) == (first.0, first.1);
                if is_same {
                    add(&mut first.2, next.2);
                    add(&mut first.3, next.3);
                }
                is_same
            });
            row = above;
        }
    }

    /// Nodes of the function with none of it further out.
    fn outermost(&self, frame: u32) -> Vec<NodeId> {
        let tree = &self.profile.tree;
        let mut is_inside = vec![false; tree.len()];
        let mut found = Vec::new();
        for node in tree.ids() {
            let at = node.index();
            let is_shown = self.mapping.of_node[at] != NO_NODE && !self.mapping.folded[at];
            let below = tree.parent(node).is_some_and(|parent| is_inside[parent.index()]);
            let is_it = is_shown && (self.id_of)(self.profile.frame_of(node)) == Some(frame);
            is_inside[at] = below || is_it;
            if is_it && !below {
                found.push(node);
            }
        }
        found
    }
}
