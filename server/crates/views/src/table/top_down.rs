//! The call tree from above.

use super::links::Links;
use super::rows::{Entry, Figures};
use crate::tree::{MergedTree, NO_NODE};

/// The node that a path of functions leads to, from the root down; none when there is no such path.
pub(super) fn node_at(tree: &MergedTree, links: &Links, path: &[u32]) -> Option<u32> {
    path.iter().try_fold(0, |node, frame| links.children(node).iter().copied().find(|child| tree.frame[*child as usize] == *frame))
}

/// A node as a row, its children not counted.
pub(super) fn entry(tree: &MergedTree, node: u32) -> Entry {
    Entry { frame: tree.frame[node as usize], place: 0, figures: Figures::of(tree, node), children: 0 }
}

/// Whether each node is shown: it matches, leads to one that does, or lies below one.
pub(super) fn shown(tree: &MergedTree, matches: impl Fn(u32) -> bool) -> Vec<bool> {
    let mut shown = vec![false; tree.len()];
    for node in 1..tree.len() {
        shown[node] = shown[tree.parent[node] as usize] || matches(node as u32);
    }
    for node in (1..tree.len()).rev().filter(|node| tree.parent[*node] != NO_NODE) {
        shown[tree.parent[node] as usize] |= shown[node];
    }
    shown
}
