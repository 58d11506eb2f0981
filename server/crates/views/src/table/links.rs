//! The call tree's links downwards, and its nodes in the order of a walk.

use crate::frames::NO_FRAME;
use crate::tree::{MergedTree, NO_NODE};

/// Derived of a [`MergedTree`].
#[derive(Debug)]
pub(super) struct Links {
    children: Lists,
    /// Nodes of each function, in the order of the walk.
    by_frame: Lists,
    /// All nodes but the root, depth-first, callers first.
    walk: Vec<u32>,
    /// Place of each node in the walk.
    begin: Vec<u32>,
    /// Place behind the last node below each node.
    end: Vec<u32>,
}

/// Lists of numbers, one after the other.
#[derive(Debug)]
struct Lists {
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    /// Divides items by their list's number; those of one list keep their order.
    fn new(n_lists: usize, items: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0u32; n_lists + 1];
        for (list, _) in items.clone() {
            starts[list as usize + 1] += 1;
        }
        for list in 0..n_lists {
            starts[list + 1] += starts[list];
        }
        let mut next = starts.clone();
        let mut all = vec![0; starts[n_lists] as usize];
        for (list, item) in items {
            all[next[list as usize] as usize] = item;
            next[list as usize] += 1;
        }
        Self { starts, items: all }
    }

    fn get(&self, list: usize) -> &[u32] {
        match (self.starts.get(list), self.starts.get(list + 1)) {
            (Some(start), Some(end)) => &self.items[*start as usize..*end as usize],
            _ => &[],
        }
    }
}

impl Links {
    pub(super) fn new(tree: &MergedTree, n_frames: usize) -> Self {
        let nodes = 0..tree.len() as u32;
        let with_parent = nodes.clone().map(|node| (tree.parent[node as usize], node)).filter(|(parent, _)| *parent != NO_NODE);
        let children = Lists::new(tree.len(), with_parent);
        let (mut begin, mut end) = (vec![0u32; tree.len()], vec![0u32; tree.len()]);
        let mut walk = Vec::with_capacity(tree.len());
        let mut left: Vec<u32> = children.get(0).iter().rev().copied().collect();
        while let Some(node) = left.pop() {
            begin[node as usize] = walk.len() as u32;
            walk.push(node);
            left.extend(children.get(node as usize).iter().rev());
        }
        // Callers come first, so everything below a node is behind it in the walk: the last one below it ends it.
        for node in walk.iter().rev() {
            let own = (begin[*node as usize] + 1).max(end[*node as usize]);
            end[*node as usize] = own;
            let above = tree.parent[*node as usize] as usize;
            end[above] = end[above].max(own);
        }
        let framed = walk.iter().map(|node| (tree.frame[*node as usize], *node)).filter(|(frame, _)| *frame != NO_FRAME);
        let by_frame = Lists::new(n_frames, framed);
        Self { children, by_frame, walk, begin, end }
    }

    /// The nodes below.
    pub(super) fn children(&self, node: u32) -> &[u32] {
        self.children.get(node as usize)
    }

    /// The nodes of a function, in the order of the walk.
    pub(super) fn nodes_of(&self, frame: u32) -> &[u32] {
        self.by_frame.get(frame as usize)
    }

    /// All nodes but the root, callers first.
    pub(super) fn walk(&self) -> &[u32] {
        &self.walk
    }

    /// Tells in a walk whether nodes lie below one that was taken.
    pub(super) fn outermost(&self, taken_until: &mut u32, node: u32) -> bool {
        let is_outermost = self.begin[node as usize] >= *taken_until;
        if is_outermost {
            *taken_until = self.end[node as usize];
        }
        is_outermost
    }
}
