//! The call tree: interned stacks.

use crate::handles::{LocationId, NodeId};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

const NO_PARENT: u32 = u32::MAX;

/// Interned stacks, as columns of equal length. A node's parent has a smaller handle than the node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallTree {
    /// Parent of each node, `u32::MAX` at the outermost frame.
    parent: Vec<u32>,
    /// Where each node executes.
    location: Vec<LocationId>,
    /// Time in which the node was the innermost one, in µs.
    pub self_us: Vec<u64>,
    /// Samples in which the node was the innermost one.
    pub self_samples: Vec<u32>,
    /// Bytes allocated while the node was the innermost one; empty when not recorded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub self_bytes: Vec<u64>,
}

impl CallTree {
    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.parent.len()
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.parent.is_empty()
    }

    /// All handles, parents first.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
        (0..self.parent.len()).map(NodeId::new)
    }

    /// The caller's node.
    pub fn parent(&self, node: NodeId) -> Option<NodeId> {
        match self.parent[node.index()] {
            NO_PARENT => None,
            parent => Some(NodeId(parent)),
        }
    }

    /// Where the node executes.
    pub fn location(&self, node: NodeId) -> LocationId {
        self.location[node.index()]
    }

    /// The stack of a node, innermost first, the node itself included.
    pub fn stack(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(Some(node), |node| self.parent(*node))
    }

    /// Adds self time to a node.
    pub fn add_self(&mut self, node: NodeId, us: u64, samples: u32) {
        self.self_us[node.index()] += us;
        self.self_samples[node.index()] += samples;
    }

    /// Adds allocated bytes to a node. From then on allocations count as recorded.
    pub fn add_self_bytes(&mut self, node: NodeId, bytes: u64) {
        self.self_bytes.resize(self.parent.len(), 0);
        let sum = &mut self.self_bytes[node.index()];
        *sum = sum.saturating_add(bytes);
    }

    /// Whether allocations were recorded.
    pub fn has_bytes(&self) -> bool {
        !self.self_bytes.is_empty()
    }

    /// Bytes of all nodes; 0 when not recorded.
    pub fn whole_bytes(&self) -> u64 {
        self.self_bytes.iter().fold(0, |sum, bytes| sum.saturating_add(*bytes))
    }

    /// Renames every node's location: for a table of locations that was made anew.
    pub fn relocate(&mut self, renamed: impl Fn(LocationId) -> LocationId) {
        for location in &mut self.location {
            *location = renamed(*location);
        }
    }

    /// Time of each node and everything below it, in µs.
    pub fn subtree_us(&self) -> Vec<u64> {
        self.subtree(self.self_us.clone())
    }

    /// Samples of each node and everything below it.
    pub fn subtree_samples(&self) -> Vec<u64> {
        self.subtree(self.self_samples.iter().map(|n| u64::from(*n)).collect())
    }

    /// Bytes allocated by each node and everything below it; empty when not recorded.
    pub fn subtree_bytes(&self) -> Vec<u64> {
        self.subtree(self.self_bytes.clone())
    }

    /// Adds every node's amount to its callers'.
    fn subtree(&self, mut total: Vec<u64>) -> Vec<u64> {
        for node in (0..total.len()).rev() {
            if self.parent[node] != NO_PARENT {
                let caller = self.parent[node] as usize;
                total[caller] = total[caller].saturating_add(total[node]);
            }
        }
        total
    }

    /// Whether the columns fit together, as they must in a tree read from disk: equal lengths, parents first, locations below
    /// `n_locations`.
    pub fn is_consistent(&self, n_locations: usize) -> bool {
        let n = self.parent.len();
        self.location.len() == n
            && self.self_us.len() == n
            && self.self_samples.len() == n
            && (self.self_bytes.is_empty() || self.self_bytes.len() == n)
            && self.location.iter().all(|location| location.index() < n_locations)
            && self.parent.iter().enumerate().all(|(node, parent)| *parent == NO_PARENT || (*parent as usize) < node)
    }

    /// Visits every node depth-first, calling `enter` on the way down and `leave` on the way up. Iterative: depth is not limited by the
    /// thread's stack.
    pub fn walk(&self, mut visit: impl FnMut(NodeId, Visit)) {
        let (first_child, next_sibling) = self.links();
        let mut current = first_child[0];
        let mut path: Vec<u32> = Vec::new();
        while current != NO_PARENT || !path.is_empty() {
            if current == NO_PARENT {
                let Some(done) = path.pop() else { break };
                visit(NodeId(done), Visit::Leave);
                current = next_sibling[done as usize];
                continue;
            }
            visit(NodeId(current), Visit::Enter);
            path.push(current);
            current = first_child[current as usize + 1];
        }
    }

    /// First child of each node (row 0: of the root; row n+1: of node n) and the next sibling of each node.
    fn links(&self) -> (Vec<u32>, Vec<u32>) {
        let n = self.parent.len();
        let mut first_child = vec![NO_PARENT; n + 1];
        let mut next_sibling = vec![NO_PARENT; n];
        for node in (0..n).rev() {
            let slot = match self.parent[node] {
                NO_PARENT => 0,
                parent => parent as usize + 1,
            };
            next_sibling[node] = first_child[slot];
            first_child[slot] = NodeId::new(node).0;
        }
        (first_child, next_sibling)
    }
}

/// The direction of a visit of [`CallTree::walk`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit {
    /// On the way down.
    Enter,
    /// On the way up, after all children.
    Leave,
}

/// Builds a [`CallTree`] by interning.
///
/// Most nodes have one or two children, mostly made right after their parent: a short list is found in the cache where a hash table
/// would miss it. Children beyond the list's limit are hashed.
#[derive(Debug, Default)]
pub struct CallTreeBuilder {
    tree: CallTree,
    /// Newest listed child of the root, then of each node.
    first_child: Vec<u32>,
    /// By node.
    siblings: Vec<Sibling>,
    /// Children that are in no list, by parent and location in one number.
    overflow: FxHashMap<u64, NodeId>,
}

#[derive(Clone, Copy, Debug)]
struct Sibling {
    location: LocationId,
    next: u32,
}

/// Longest list of children.
const MAX_LISTED: usize = 8;

const NO_NODE: u32 = u32::MAX;

impl CallTreeBuilder {
    /// The node for `location` called from `parent`; made when there is none.
    pub fn child(&mut self, parent: Option<NodeId>, location: LocationId) -> NodeId {
        if self.first_child.is_empty() {
            self.first_child.push(NO_NODE);
        }
        let list = parent.map_or(0, |parent| parent.index() + 1);
        let mut at = self.first_child[list];
        let mut length = 0;
        while at != NO_NODE {
            let sibling = self.siblings[at as usize];
            if sibling.location == location {
                return NodeId(at);
            }
            at = sibling.next;
            length += 1;
        }
        let parent = parent.map_or(NO_PARENT, |parent| parent.0);
        let node = NodeId::new(self.tree.len());
        let mut next = NO_NODE;
        if length < MAX_LISTED {
            next = std::mem::replace(&mut self.first_child[list], node.0);
        } else {
            let known = *self.overflow.entry(u64::from(parent) << 32 | u64::from(location.0)).or_insert(node);
            if known != node {
                return known;
            }
        }
        self.siblings.push(Sibling { location, next });
        self.first_child.push(NO_NODE);
        self.tree.parent.push(parent);
        self.tree.location.push(location);
        self.tree.self_us.push(0);
        self.tree.self_samples.push(0);
        node
    }

    /// Adds self time to a node.
    pub fn add_self(&mut self, node: NodeId, us: u64, samples: u32) {
        self.tree.add_self(node, us, samples);
    }

    /// Adds allocated bytes to a node. From then on allocations count as recorded.
    pub fn add_self_bytes(&mut self, node: NodeId, bytes: u64) {
        self.tree.add_self_bytes(node, bytes);
    }

    /// The finished tree.
    pub fn finish(mut self) -> CallTree {
        if self.tree.has_bytes() {
            self.tree.self_bytes.resize(self.tree.len(), 0);
        }
        self.tree
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[(&[u32], u64)]) -> CallTree {
        let mut builder = CallTreeBuilder::default();
        for (path, us) in paths {
            let mut node = None;
            for location in *path {
                node = Some(builder.child(node, LocationId(*location)));
            }
            builder.add_self(node.unwrap(), *us, 1);
        }
        builder.finish()
    }

    #[test]
    fn stacks_are_interned() {
        let tree = tree(&[(&[1, 2, 3], 5), (&[1, 2], 7), (&[1, 2, 3], 1)]);
        assert_eq!(tree.len(), 3);
        assert_eq!(tree.self_us, [0, 7, 6]);
        assert_eq!(tree.subtree_us(), [13, 13, 6]);
        assert_eq!(tree.subtree_samples(), [3, 3, 2]);
    }

    #[test]
    fn many_children_are_interned_too() {
        let mut builder = CallTreeBuilder::default();
        for _ in 0..2 {
            for location in 0..50 {
                let node = builder.child(None, LocationId(location));
                builder.child(Some(node), LocationId(location % 3));
                builder.add_self(node, 1, 1);
            }
        }
        let tree = builder.finish();
        assert_eq!(tree.len(), 100);
        assert!(tree.ids().all(|node| tree.parent(node).is_some() || tree.self_us[node.index()] == 2));
    }

    #[test]
    fn walk_is_depth_first_and_balanced() {
        let tree = tree(&[(&[1, 2], 1), (&[1, 3], 1), (&[4], 1)]);
        let mut seen = String::new();
        tree.walk(|node, visit| match visit {
            Visit::Enter => seen.push_str(&format!("({}", tree.location(node).0)),
            Visit::Leave => seen.push(')'),
        });
        assert_eq!(seen, "(1(2)(3))(4)");
        CallTree::default().walk(|_, _| panic!("nothing to visit"));
    }

    #[test]
    fn bytes_are_added_up_where_recorded() {
        let mut builder = CallTreeBuilder::default();
        let outer = builder.child(None, LocationId(0));
        let inner = builder.child(Some(outer), LocationId(1));
        builder.add_self_bytes(outer, 3);
        builder.add_self_bytes(inner, u64::MAX - 1);
        builder.child(Some(inner), LocationId(2));
        let tree = builder.finish();
        assert_eq!(tree.self_bytes, [3, u64::MAX - 1, 0]);
        assert_eq!(tree.subtree_bytes(), [u64::MAX, u64::MAX - 1, 0]);
        assert!(tree.is_consistent(3));
        let without = self::tree(&[(&[0], 1)]);
        assert!(!without.has_bytes() && without.subtree_bytes().is_empty());
        let stored = serde_json::to_string(&without).unwrap();
        assert!(!stored.contains("selfBytes"), "as stored before allocations were in the model: {stored}");
        assert_eq!(serde_json::from_str::<CallTree>(&stored).unwrap(), without);
    }

    #[test]
    fn inconsistent_columns_are_found() {
        let good = tree(&[(&[0, 1], 1)]);
        assert!(good.is_consistent(2));
        assert!(!good.is_consistent(1));
        let mut bad = good.clone();
        bad.parent[0] = 1;
        assert!(!bad.is_consistent(2));
        let mut bad = good.clone();
        bad.self_bytes = vec![1];
        assert!(!bad.is_consistent(2));
        let mut bad = good;
        bad.self_us.pop();
        assert!(!bad.is_consistent(2));
    }
}
