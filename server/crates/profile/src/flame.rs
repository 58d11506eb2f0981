//! The tree as a flamegraph shows it: one node per function below the same callers.

use crate::category::Category;
use crate::handles::FrameId;
use crate::model::{Profile, Tier};
use rustc_hash::FxHashMap;

/// One box of a flamegraph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlameNode {
    /// The function.
    pub frame: FrameId,
    /// Row of the caller; none for an outermost function.
    pub parent: Option<u32>,
    /// Time in this function itself, in µs.
    pub self_us: u64,
    /// Bytes allocated in this function itself; 0 when not recorded.
    pub self_bytes: u64,
    /// Time in this function and what it calls, in µs.
    pub total_us: u64,
    /// Samples behind `total_us`.
    pub samples: u64,
    /// The tier with most self time.
    pub tier: Tier,
}

/// Stacks merged by function, children sorted by total time.
#[derive(Clone, Debug, Default)]
pub struct FlameTree {
    nodes: Vec<FlameNode>,
    children: Vec<Vec<u32>>,
    roots: Vec<u32>,
}

impl FlameTree {
    /// Merges a profile's stacks by function. `keep` chooses the outermost frames' categories, so that waiting can be left out.
    pub fn of(profile: &Profile, keep: impl Fn(Category) -> bool) -> Self {
        let subtree_us = profile.tree.subtree_us();
        let subtree_samples = profile.tree.subtree_samples();
        let mut tree = Self::default();
        let mut rows: FxHashMap<(Option<u32>, FrameId), u32> = FxHashMap::default();
        let mut row_of_node: Vec<Option<u32>> = Vec::with_capacity(profile.tree.len());
        let mut tiers: Vec<[u64; Tier::ALL.len()]> = Vec::new();
        for node in profile.tree.ids() {
            let parent = profile.tree.parent(node);
            let parent_row = parent.and_then(|parent| row_of_node[parent.index()]);
            let frame = profile.frame_of(node);
            let is_left_out = match parent {
                None => !keep(profile.frame(frame).category),
                Some(_) => parent_row.is_none(),
            };
            if is_left_out {
                row_of_node.push(None);
                continue;
            }
            let row = *rows.entry((parent_row, frame)).or_insert_with(|| {
                let row = u32::try_from(tree.nodes.len()).unwrap_or(u32::MAX);
                let empty =
                    FlameNode { frame, parent: parent_row, self_us: 0, self_bytes: 0, total_us: 0, samples: 0, tier: Tier::Unknown };
                tree.nodes.push(empty);
                tree.children.push(Vec::new());
                tiers.push(Default::default());
                match parent_row {
                    Some(parent) => tree.children[parent as usize].push(row),
                    None => tree.roots.push(row),
                }
                row
            });
            let merged = &mut tree.nodes[row as usize];
            let self_us = profile.tree.self_us[node.index()];
            merged.self_us += self_us;
            let self_bytes = profile.tree.self_bytes.get(node.index()).copied().unwrap_or(0);
            merged.self_bytes = merged.self_bytes.saturating_add(self_bytes);
            merged.total_us += subtree_us[node.index()];
            merged.samples += subtree_samples[node.index()];
            let tier = profile.location(profile.tree.location(node)).tier;
            if let Some(column) = Tier::ALL.iter().position(|known| *known == tier) {
                tiers[row as usize][column] += self_us;
            }
            row_of_node.push(Some(row));
        }
        for (node, us) in tree.nodes.iter_mut().zip(&tiers) {
            let hottest = (0..us.len()).rev().max_by_key(|tier| us[*tier]).filter(|tier| us[*tier] > 0);
            node.tier = hottest.map_or(Tier::Unknown, |tier| Tier::ALL[tier]);
        }
        let nodes = &tree.nodes;
        let by_total = |a: &u32, b: &u32| nodes[*b as usize].total_us.cmp(&nodes[*a as usize].total_us).then(a.cmp(b));
        tree.roots.sort_by(by_total);
        for children in &mut tree.children {
            children.sort_by(by_total);
        }
        tree
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// A node by its row; none for a row that does not exist.
    pub fn node(&self, row: u32) -> Option<&FlameNode> {
        self.nodes.get(row as usize)
    }

    /// Rows of a node's callees, or of the outermost functions, most total time first. Empty for a row that does not exist.
    pub fn children(&self, row: Option<u32>) -> &[u32] {
        match row {
            None => &self.roots,
            Some(row) => self.children.get(row as usize).map_or(&[], Vec::as_slice),
        }
    }

    /// Time of everything in the tree, in µs.
    pub fn total_us(&self) -> u64 {
        self.roots.iter().map(|root| self.nodes[*root as usize].total_us).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Frame, Location, Position, ProfileBuilder};

    #[test]
    fn call_sites_and_tiers_merge_by_function() {
        let mut builder = ProfileBuilder::default();
        let frame = builder.frame(Frame { name: "f".into(), source: None, start: None, category: Category::App });
        let mut at = |line, tier| {
            let position = Some(Position { line, column: 0 });
            builder.location(Location { frame, source: None, position, tier, inlined: false })
        };
        let (one, two) = (at(1, Tier::Ignition), at(2, Tier::Turbofan));
        let idle = builder.plain_location("(idle)", Category::Idle);
        for (location, us) in [(one, 3), (two, 9), (idle, 100)] {
            let node = builder.node(None, location);
            builder.sample(0, us, node);
        }
        let tree = FlameTree::of(&builder.finish(), |category| category != Category::Idle);
        assert_eq!(tree.len(), 1);
        assert_eq!(tree.total_us(), 12);
        let node = tree.node(tree.children(None)[0]).unwrap();
        assert_eq!((node.self_us, node.samples, node.tier), (12, 2, Tier::Turbofan));
        assert_eq!(tree.children(Some(99)), [0u32; 0]);
    }
}
