//! Functions wherever they were called, and who calls them.

use super::links::Links;
use super::rows::{Entry, Figures};
use crate::frames::NO_FRAME;
use crate::tree::MergedTree;
use rustc_hash::{FxHashMap, FxHashSet};

/// Every function that occurs, in the order of their numbers.
#[derive(Debug)]
pub(super) struct Functions {
    pub(super) entries: Vec<Entry>,
}

impl Functions {
    pub(super) fn new(tree: &MergedTree, links: &Links) -> Self {
        let mut groups = Groups::default();
        for node in links.walk() {
            let caller = tree.parent[*node as usize];
            groups.add(tree, links, tree.frame[*node as usize], *node, caller);
        }
        let mut entries = groups.entries();
        entries.sort_unstable_by_key(|entry| entry.frame);
        Self { entries }
    }
}

/// Who calls the function at the end of a path of functions, each the caller of the one before it. Figures are those of the path's first
/// function, of the stacks that the path and the caller lead to. None when no stack has this path.
pub(super) fn callers(tree: &MergedTree, links: &Links, path: &[u32]) -> Option<Vec<Entry>> {
    let (first, rest) = path.split_first()?;
    // A node of the first function, and how far up the path leads from it.
    let mut stacks: Vec<(u32, u32)> = links.nodes_of(*first).iter().map(|node| (*node, *node)).collect();
    for frame in rest {
        stacks.retain_mut(|(_, at)| {
            *at = tree.parent[*at as usize];
            tree.frame[*at as usize] == *frame
        });
    }
    if stacks.is_empty() || path.contains(&NO_FRAME) {
        return None;
    }
    let mut groups = Groups::default();
    for (node, at) in stacks {
        let caller = tree.parent[at as usize];
        if caller != 0 {
            groups.add(tree, links, tree.frame[caller as usize], node, tree.parent[caller as usize]);
        }
    }
    Some(groups.entries())
}

/// Nodes grouped by function, each stack counted once per group.
#[derive(Default)]
struct Groups {
    groups: FxHashMap<u32, (Figures, u32)>,
    /// Distinct callers, as (group, function).
    callers: FxHashSet<(u32, u32)>,
}

impl Groups {
    /// Adds a node, in the order of the walk.
    fn add(&mut self, tree: &MergedTree, links: &Links, group: u32, node: u32, caller: u32) {
        let (sum, taken_until) = self.groups.entry(group).or_default();
        let figures = Figures::of(tree, node);
        sum.add_self(&figures);
        if links.outermost(taken_until, node) {
            sum.add_total(&figures);
        }
        if caller != 0 {
            self.callers.insert((group, tree.frame[caller as usize]));
        }
    }

    fn entries(self) -> Vec<Entry> {
        let mut n_callers: FxHashMap<u32, usize> = FxHashMap::default();
        for (group, _) in &self.callers {
            *n_callers.entry(*group).or_default() += 1;
        }
        let entry = |(frame, (figures, _)): (u32, (Figures, u32))| Entry {
            frame,
            place: 0,
            figures,
            children: n_callers.get(&frame).copied().unwrap_or(0),
        };
        self.groups.into_iter().map(entry).collect()
    }
}
