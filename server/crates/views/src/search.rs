//! What matches a query in a flamegraph.

use crate::layout::{Layout, NO_BOX};
use crate::query::Matches;
use crate::wire::{Hit, SearchResult};
use rustc_hash::FxHashSet;
use std::cmp::Reverse;

/// The most boxes that are answered.
const MOST_HITS: usize = 500;

/// The boxes that match, heaviest first, and the value of their stacks.
pub(crate) fn found(layout: &Layout, matches: &Matches) -> SearchResult {
    let mut is_under = vec![false; layout.len()];
    let mut hits: Vec<u32> = Vec::new();
    let mut functions = FxHashSet::default();
    let mut value = 0u64;
    for at in 0..layout.len() {
        let is_below = layout.parent[at] != NO_BOX && is_under[layout.parent[at] as usize];
        let is_hit = matches.holds(layout.frame[at]);
        if is_hit {
            hits.push(at as u32);
            functions.insert(layout.frame[at]);
        }
        if is_hit && !is_below {
            value = value.saturating_add(layout.total_value[at]);
        }
        is_under[at] = is_hit || is_below;
    }
    let rank = |at: &u32| (Reverse(layout.total_value[*at as usize]), *at);
    if hits.len() > MOST_HITS {
        hits.select_nth_unstable_by_key(MOST_HITS, rank);
        hits.truncate(MOST_HITS);
    }
    hits.sort_unstable_by_key(rank);
    let hit = |at: &u32| {
        let at = *at as usize;
        Hit { node: layout.node[at], row: layout.row_of(at) as u32, x0: layout.x0[at] as f64, x1: layout.x1[at] as f64 }
    };
    SearchResult { functions: functions.len() as u32, value: value as f64, hits: hits.iter().map(hit).collect(), error: None }
}
