//! Stacks merged by function: siblings of one function are one node.

use crate::frames::{FrameTable, NO_FRAME};
use crate::hidden::Hidden;
use profile::attribution::owners;
use profile::{Category, FrameId, NodeId, Profile, Tier};
use rustc_hash::FxHashMap;

/// Stands for no node: above the root, or left out.
pub(crate) const NO_NODE: u32 = u32::MAX;

/// Length of every list of tiers.
pub(crate) const N_TIERS: usize = Tier::ALL.len();

/// The call tree merged by function, as columns of equal length. Node 0 is the root of everything; parents come before their children. With
/// a comparison it is the union of both trees: a node that only the compared profile has is 0 in all columns but those of before.
#[derive(Debug, Default)]
pub(crate) struct MergedTree {
    /// [`NO_NODE`] at the root.
    pub(crate) parent: Vec<u32>,
    /// The function's number in the model; [`NO_FRAME`] at the root.
    pub(crate) frame: Vec<u32>,
    /// 0 at the root.
    pub(crate) depth: Vec<u32>,
    pub(crate) self_us: Vec<u64>,
    /// With everything below.
    pub(crate) total_us: Vec<u64>,
    pub(crate) self_samples: Vec<u64>,
    /// With everything below.
    pub(crate) samples: Vec<u64>,
    /// Empty when not recorded.
    pub(crate) self_bytes: Vec<u64>,
    /// With everything below; empty when not recorded.
    pub(crate) total_bytes: Vec<u64>,
    /// Time with the function on the stack by the tier it ran in, [`N_TIERS`] numbers per node.
    pub(crate) tier_us: Vec<u64>,
    /// As measured, not scaled; empty without comparison.
    pub(crate) before_self_us: Vec<u64>,
    /// As measured, not scaled; empty without comparison.
    pub(crate) before_total_us: Vec<u64>,
    /// As measured, not scaled; empty when not recorded in both.
    pub(crate) before_self_bytes: Vec<u64>,
    /// As measured, not scaled; empty when not recorded in both.
    pub(crate) before_total_bytes: Vec<u64>,
    /// Where the profile's nodes went.
    pub(crate) after: Mapping,
    /// Where the compared profile's nodes went.
    pub(crate) before: Mapping,
}

/// Where the nodes of a profile went.
#[derive(Debug, Default)]
pub(crate) struct Mapping {
    /// Merged node of each node, [`NO_NODE`] when left out.
    pub(crate) of_node: Vec<u32>,
    /// Whether the node's function was folded into its caller.
    pub(crate) folded: Vec<bool>,
}

impl MergedTree {
    /// Merges the tree of a profile, and that of the one it is compared with.
    pub(crate) fn new(after: &Profile, before: Option<&Profile>, frames: &FrameTable, hidden: Hidden) -> Self {
        let mut tree = Self { parent: vec![NO_NODE], frame: vec![NO_FRAME], depth: vec![0], ..Self::default() };
        let mut known = FxHashMap::with_capacity_and_hasher(after.tree.len(), Default::default());
        tree.after = tree.add(after, |frame| frames.id_of(frame), hidden, &mut known);
        if let Some(before) = before {
            tree.before = tree.add(before, |frame| frames.id_of_before(frame), hidden, &mut known);
        }
        let count = tree.len();
        let samples: Vec<u64> = after.tree.self_samples.iter().map(|n| u64::from(*n)).collect();
        tree.self_us = tree.after.sums(&after.tree.self_us, count);
        tree.self_samples = tree.after.sums(&samples, count);
        if after.tree.has_bytes() {
            tree.self_bytes = tree.after.sums(&after.tree.self_bytes, count);
        }
        tree.tier_us = tree.tiers(after);
        if let Some(before) = before {
            tree.before_self_us = tree.before.sums(&before.tree.self_us, count);
            if after.tree.has_bytes() && before.tree.has_bytes() {
                tree.before_self_bytes = tree.before.sums(&before.tree.self_bytes, count);
            }
        }
        tree.total_us = tree.totals(&tree.self_us);
        tree.samples = tree.totals(&tree.self_samples);
        tree.total_bytes = tree.totals(&tree.self_bytes);
        tree.before_total_us = tree.totals(&tree.before_self_us);
        tree.before_total_bytes = tree.totals(&tree.before_self_bytes);
        tree
    }

    /// Number of nodes, the root's included.
    pub(crate) fn len(&self) -> usize {
        self.parent.len()
    }

    /// Adds the nodes of a profile.
    fn add(
        &mut self,
        profile: &Profile,
        id_of: impl Fn(FrameId) -> Option<u32>,
        hidden: Hidden,
        known: &mut FxHashMap<u64, u32>,
    ) -> Mapping {
        let sole_root = sole_root(profile);
        let owners = if hidden.folds_callees() { owners(profile) } else { Vec::new() };
        let is_callers = |node: NodeId| owners.get(node.index()).copied().flatten().is_some_and(|owner| owner != node);
        let mut mapping = Mapping { of_node: Vec::with_capacity(profile.tree.len()), folded: vec![false; profile.tree.len()] };
        for node in profile.tree.ids() {
            let above = profile.tree.parent(node).map_or(0, |parent| mapping.of_node[parent.index()]);
            let frame = profile.frame_of(node);
            let category = profile.frame(frame).category;
            let merged = if above == NO_NODE || hidden.leaves_out(category) {
                NO_NODE
            } else if hidden.folds(category) || is_callers(node) || sole_root == Some(node) {
                mapping.folded[node.index()] = true;
                above
            } else {
                let frame = id_of(frame).unwrap_or(NO_FRAME);
                *known.entry(u64::from(above) << 32 | u64::from(frame)).or_insert_with(|| {
                    self.parent.push(above);
                    self.frame.push(frame);
                    self.depth.push(self.depth[above as usize] + 1);
                    NodeId::new(self.parent.len() - 1).0
                })
            };
            mapping.of_node.push(merged);
        }
        mapping
    }

    /// Sums with everything below.
    fn totals(&self, own: &[u64]) -> Vec<u64> {
        let mut total = own.to_vec();
        for node in (1..total.len()).rev() {
            let above = self.parent[node] as usize;
            total[above] = total[above].saturating_add(total[node]);
        }
        total
    }

    fn tiers(&self, profile: &Profile) -> Vec<u64> {
        let mut tier_us = vec![0u64; self.len() * N_TIERS];
        let below = self.after.subtree(profile, &profile.tree.self_us);
        let tier_of = tier_rows(profile);
        for node in profile.tree.ids() {
            let merged = self.after.of_node[node.index()];
            if merged != NO_NODE && !self.after.folded[node.index()] {
                let at = merged as usize * N_TIERS + tier_of[profile.tree.location(node).index()];
                tier_us[at] = tier_us[at].saturating_add(below[node.index()]);
            }
        }
        tier_us
    }
}

impl Mapping {
    /// A column of the profile's nodes, added up by merged node.
    fn sums(&self, own: &[u64], count: usize) -> Vec<u64> {
        let mut sums = vec![0u64; count];
        for (merged, own) in self.of_node.iter().zip(own) {
            if *merged != NO_NODE {
                let sum = &mut sums[*merged as usize];
                *sum = sum.saturating_add(*own);
            }
        }
        sums
    }

    /// A column of the profile's nodes with everything below that is not left out.
    pub(crate) fn subtree(&self, profile: &Profile, own: &[u64]) -> Vec<u64> {
        let mut total: Vec<u64> = own.to_vec();
        for node in profile.tree.ids().rev().filter(|node| node.index() < own.len()) {
            if self.of_node[node.index()] == NO_NODE {
                total[node.index()] = 0;
            } else if let Some(parent) = profile.tree.parent(node) {
                total[parent.index()] = total[parent.index()].saturating_add(total[node.index()]);
            }
        }
        total
    }
}

/// Place in a list of tiers, by location.
pub(crate) fn tier_rows(profile: &Profile) -> Vec<usize> {
    let row = |tier| Tier::ALL.iter().position(|known| *known == tier).unwrap_or(N_TIERS - 1);
    profile.locations.iter().map(|location| row(location.tier)).collect()
}

/// A recorded "(root)" that holds everything: it would only repeat ours.
fn sole_root(profile: &Profile) -> Option<NodeId> {
    let mut roots = profile.tree.ids().filter(|node| profile.tree.parent(*node).is_none());
    let first = roots.next()?;
    (roots.next().is_none() && profile.frame(profile.frame_of(first)).name == "(root)").then_some(first)
}

/// Whether a node of a tree of the model waits; the root does not.
pub(crate) fn is_idle(frames: &FrameTable, frame: u32) -> bool {
    frames.get(frame).is_some_and(|frame| frame.category == Category::Idle)
}
