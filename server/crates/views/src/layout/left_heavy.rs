//! The merged tree with the heaviest child leftmost; idle comes last.

use super::{Layout, NO_BOX, Weighted};
use crate::frames::FrameTable;
use crate::tree::{N_TIERS, NO_NODE, is_idle};
use std::cmp::Reverse;

/// Lays out a tree. A node without value has no place.
pub(crate) fn left_heavy(tree: Weighted<'_>, frames: &FrameTable) -> Layout {
    let mut children = Children::new(tree);
    children.sort(|node| (is_idle(frames, tree.frame[node]), Reverse(tree.total[node]), tree.frame[node]));
    let mut out = Layout { row_start: vec![0], ..Layout::default() };
    out.node.push(0);
    out.parent.push(NO_BOX);
    out.x0.push(0);
    out.x1.push(tree.total[0]);
    let mut row = 0..1;
    while !row.is_empty() {
        for above in row.clone() {
            let mut x = out.x0[above];
            for child in children.of(out.node[above] as usize) {
                out.node.push(*child);
                out.parent.push(above as u32);
                out.x0.push(x);
                x = x.saturating_add(tree.total[*child as usize]);
                out.x1.push(x);
            }
        }
        out.row_start.push(row.end as u32);
        row = row.end..out.node.len();
    }
    let column = |of: &[u64]| out.node.iter().map(|node| of[*node as usize]).collect::<Vec<u64>>();
    out.frame = out.node.iter().map(|node| tree.frame[*node as usize]).collect();
    out.self_value = column(tree.own);
    out.total_value = column(tree.total);
    out.samples = column(tree.samples);
    if !tree.before.is_empty() {
        out.before = column(tree.before);
    }
    if !tree.tiers.is_empty() {
        for node in &out.node {
            let node = *node as usize;
            let mut mix = [0; N_TIERS];
            mix.copy_from_slice(&tree.tiers[node * N_TIERS..(node + 1) * N_TIERS]);
            out.tiers.push(mix, tree.total[node]);
        }
    }
    out
}

/// Children with a value of every node.
struct Children {
    start: Vec<u32>,
    items: Vec<u32>,
}

impl Children {
    fn new(tree: Weighted<'_>) -> Self {
        let count = tree.parent.len();
        let placed = || (0..count).filter(|node| tree.parent[*node] != NO_NODE && tree.total[*node] > 0);
        let mut start = vec![0u32; count + 1];
        for node in placed() {
            start[tree.parent[node] as usize + 1] += 1;
        }
        for node in 0..count {
            start[node + 1] += start[node];
        }
        let mut next = start.clone();
        let mut items = vec![0u32; start[count] as usize];
        for node in placed() {
            let at = &mut next[tree.parent[node] as usize];
            items[*at as usize] = node as u32;
            *at += 1;
        }
        Self { start, items }
    }

    fn of(&self, node: usize) -> &[u32] {
        &self.items[self.start[node] as usize..self.start[node + 1] as usize]
    }

    fn sort<K: Ord>(&mut self, key: impl Fn(usize) -> K) {
        for range in self.start.windows(2) {
            if range[1] - range[0] > 1 {
                self.items[range[0] as usize..range[1] as usize].sort_unstable_by_key(|node| key(*node as usize));
            }
        }
    }
}
