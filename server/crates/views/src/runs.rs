//! Boxes as a screen shows them: neighbours that are too narrow to be seen are one.

use crate::layout::{Layout, NO_BOX};
use std::ops::Range;

/// Runs are cut at multiples of this many smallest widths, so that one of many colours does not become one of a single colour.
const CELL_WIDTHS: u32 = 16;

/// The width below which boxes are too narrow: 0, or a power of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Narrow {
    below: u64,
}

impl Narrow {
    /// The largest power of two up to a width: requests of about the same sharpness have one answer in common.
    pub(crate) fn up_to(min_width: u64) -> Self {
        Self { below: min_width.checked_ilog2().map_or(0, |level| 1 << level) }
    }

    /// Whether all boxes are wide enough.
    pub(crate) fn is_none(self) -> bool {
        self.below == 0
    }

    /// Whether so much is to be seen.
    pub(crate) fn is_wide(self, width: u64) -> bool {
        width >= self.below
    }

    fn cell_of(self, x: u64) -> u64 {
        x / self.below.saturating_mul(u64::from(CELL_WIDTHS)).max(1)
    }
}

/// A wide box, or narrow neighbours of one row whose boxes above are in one run too.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    /// The first box.
    pub(crate) first: u32,
    /// Behind the last box.
    pub(crate) end: u32,
    /// The box with the greatest total value, of equal ones the first.
    pub(crate) heaviest: u32,
    /// The run above, [`NO_BOX`] at the root.
    pub(crate) parent: u32,
    /// Sums of the boxes.
    pub(crate) self_value: u64,
    pub(crate) total_value: u64,
    pub(crate) samples: u64,
}

impl Run {
    fn of(layout: &Layout, at: usize, parent: u32) -> Self {
        let (self_value, total_value, samples) = (layout.self_value[at], layout.total_value[at], layout.samples[at]);
        Self { first: at as u32, end: at as u32 + 1, heaviest: at as u32, parent, self_value, total_value, samples }
    }

    fn add(&mut self, layout: &Layout, at: usize) {
        self.end = at as u32 + 1;
        if layout.total_value[at] > layout.total_value[self.heaviest as usize] {
            self.heaviest = at as u32;
        }
        self.self_value = self.self_value.saturating_add(layout.self_value[at]);
        self.total_value = self.total_value.saturating_add(layout.total_value[at]);
        self.samples = self.samples.saturating_add(layout.samples[at]);
    }

    /// How many boxes it stands for.
    pub(crate) fn len(&self) -> u32 {
        self.end - self.first
    }

    /// The boxes it stands for.
    pub(crate) fn boxes(&self) -> Range<usize> {
        self.first as usize..self.end as usize
    }

    /// Left edge.
    pub(crate) fn x0(&self, layout: &Layout) -> u64 {
        layout.x0[self.first as usize]
    }

    /// Right edge.
    pub(crate) fn x1(&self, layout: &Layout) -> u64 {
        layout.x1[self.end as usize - 1]
    }
}

/// Runs in the order of their boxes: both edges ascend in a row. Run 0 is the root.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    row_start: Vec<u32>,
    runs: Vec<Run>,
}

impl Runs {
    /// The runs of boxes between two edges.
    pub(crate) fn new(layout: &Layout, narrow: Narrow, from: Option<u64>, to: Option<u64>) -> Self {
        let mut out = Self { row_start: vec![0], runs: Vec::new() };
        let mut above = 0..0;
        for row in 0..layout.n_rows() {
            let boxes = if row == 0 { layout.row(0) } else { layout.between(row, from, to) };
            let first = out.runs.len();
            out.add_row(layout, narrow, boxes, above);
            above = first..out.runs.len();
            if above.is_empty() {
                break;
            }
            out.row_start.push(out.runs.len() as u32);
        }
        out
    }

    fn add_row(&mut self, layout: &Layout, narrow: Narrow, boxes: Range<usize>, above: Range<usize>) {
        let first = self.runs.len();
        let mut parent = above.start;
        for at in boxes {
            let box_above = layout.parent[at];
            while parent + 1 < above.end && self.runs[parent].end <= box_above {
                parent += 1;
            }
            let run_above = if box_above == NO_BOX { NO_BOX } else { parent as u32 };
            if self.runs.len() > first && self.belongs_to_last(layout, narrow, at, run_above) {
                if let Some(last) = self.runs.last_mut() {
                    last.add(layout, at);
                }
            } else {
                self.runs.push(Run::of(layout, at, run_above));
            }
        }
    }

    /// A run above that is narrow itself is cut at cells already: below it only gaps cut, so that what is below lies within it.
    fn belongs_to_last(&self, layout: &Layout, narrow: Narrow, at: usize, run_above: u32) -> bool {
        let Some(last) = self.runs.last() else { return false };
        let (x0, last_at) = (layout.x0[at], last.end as usize - 1);
        let width_of = |at: usize| layout.x1[at].saturating_sub(layout.x0[at]);
        if last.parent != run_above || narrow.is_wide(width_of(at)) || narrow.is_wide(width_of(last_at)) {
            return false;
        }
        let is_gap = narrow.is_wide(x0.saturating_sub(layout.x1[last_at]));
        let is_above_wide = self.runs.get(run_above as usize).is_none_or(|above| narrow.is_wide(width_of(above.first as usize)));
        !is_gap && (!is_above_wide || narrow.cell_of(x0) == narrow.cell_of(last.x0(layout)))
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[Run] {
        &self.runs
    }

    /// Rows that have runs, as places of runs, those with a right edge beyond `from` and a left edge before `to`. The root is always there.
    pub(crate) fn rows_between(&self, layout: &Layout, from: Option<u64>, to: Option<u64>) -> impl Iterator<Item = Range<usize>> {
        self.row_start.windows(2).enumerate().map(move |(row, edges)| {
            let (start, end) = (edges[0] as usize, edges[1] as usize);
            let runs = &self.runs[start..end];
            let first = from.map_or(start, |from| start + runs.partition_point(|run| run.x1(layout) <= from));
            let last = to.map_or(end, |to| start + runs.partition_point(|run| run.x0(layout) < to));
            if row == 0 { start..end } else { first..last.max(first) }
        })
    }
}
