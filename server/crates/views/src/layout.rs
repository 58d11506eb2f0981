//! Where every box of a flamegraph lies.

mod left_heavy;
mod sandwich;
mod tier_mix;
mod time_order;

pub(crate) use left_heavy::left_heavy;
pub(crate) use sandwich::{callees, callers};
pub(crate) use time_order::time_order;

use crate::tree::MergedTree;
use crate::wire::Measure;
use std::ops::Range;
use tier_mix::TierMixes;

/// Stands for no box: above the root.
pub(crate) const NO_BOX: u32 = u32::MAX;

/// Boxes in order of row, then of x, as columns of equal length. Boxes of a row do not overlap, so both edges ascend. Box 0 is the root.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// Row r holds the boxes from `row_start[r]` to `row_start[r + 1]`.
    row_start: Vec<u32>,
    pub(crate) x0: Vec<u64>,
    pub(crate) x1: Vec<u64>,
    /// Several boxes may show one node in time order.
    pub(crate) node: Vec<u32>,
    /// The function's number in the model; [`crate::frames::NO_FRAME`] at the root of everything.
    pub(crate) frame: Vec<u32>,
    /// [`NO_BOX`] at the root.
    pub(crate) parent: Vec<u32>,
    pub(crate) self_value: Vec<u64>,
    pub(crate) total_value: Vec<u64>,
    /// Samples of the box and everything below.
    pub(crate) samples: Vec<u64>,
    /// Empty for allocations.
    pub(crate) tiers: TierMixes,
    /// Total before, not scaled; empty where there is nothing to compare.
    pub(crate) before: Vec<u64>,
}

impl Layout {
    /// Number of boxes.
    pub(crate) fn len(&self) -> usize {
        self.x0.len()
    }

    /// Right edge of everything.
    pub(crate) fn width(&self) -> u64 {
        self.x1.first().copied().unwrap_or(0)
    }

    /// Rows, the root's included.
    pub(crate) fn n_rows(&self) -> usize {
        self.row_start.len().saturating_sub(1)
    }

    /// The boxes of a row.
    pub(crate) fn row(&self, row: usize) -> Range<usize> {
        self.row_start[row] as usize..self.row_start[row + 1] as usize
    }

    /// The row of a box.
    pub(crate) fn row_of(&self, at: usize) -> usize {
        self.row_start.partition_point(|start| *start as usize <= at).saturating_sub(1)
    }

    /// The boxes of a row with a right edge beyond `from` and a left edge before `to`.
    pub(crate) fn between(&self, row: usize, from: Option<u64>, to: Option<u64>) -> Range<usize> {
        let Range { start, end } = self.row(row);
        let first = from.map_or(start, |from| start + self.x1[start..end].partition_point(|x1| *x1 <= from));
        let last = to.map_or(end, |to| start + self.x0[start..end].partition_point(|x0| *x0 < to));
        first..last.max(first)
    }
}

/// How many items at the front are as they should be, as `partition_point` tells, in a time that grows with the answer and not with the slice.
pub(crate) fn gallop<T>(items: &[T], is_before: impl Fn(&T) -> bool) -> usize {
    let mut step = 1;
    while step < items.len() && is_before(&items[step - 1]) {
        step *= 2;
    }
    let known = step / 2;
    known + items[known..step.min(items.len())].partition_point(is_before)
}

/// A tree whose nodes have widths. Parents come before their children; node 0 is the root.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weighted<'a> {
    pub(crate) parent: &'a [u32],
    pub(crate) frame: &'a [u32],
    pub(crate) own: &'a [u64],
    pub(crate) total: &'a [u64],
    pub(crate) samples: &'a [u64],
    /// [`crate::tree::N_TIERS`] numbers per node; empty for allocations.
    pub(crate) tiers: &'a [u64],
    /// Empty without comparison.
    pub(crate) before: &'a [u64],
}

impl<'a> Weighted<'a> {
    /// A merged tree by a measure that was recorded.
    pub(crate) fn of(tree: &'a MergedTree, measure: Measure) -> Self {
        let (own, total, tiers, before) = match measure {
            Measure::Cpu => (&tree.self_us, &tree.total_us, &tree.tier_us[..], &tree.before_total_us),
            Measure::Allocated => (&tree.self_bytes, &tree.total_bytes, &[][..], &tree.before_total_bytes),
        };
        Self { parent: &tree.parent, frame: &tree.frame, own, total, samples: &tree.samples, tiers, before }
    }
}
