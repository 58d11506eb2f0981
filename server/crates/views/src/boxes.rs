//! The boxes that a screen can show.

use crate::frames::FrameTable;
use crate::layout::{Layout, NO_BOX, gallop};
use crate::wire::{Boxes, BoxesRequest};
use rustc_hash::FxHashMap;
use std::ops::Range;
use std::sync::Arc;

/// Marks of a function: it matches the query.
pub(crate) const MATCHES: u8 = 1;

/// Marks of a function: it is the one below the editor's cursor.
pub(crate) const HIGHLIGHTED: u8 = 2;

/// Of narrow boxes with a mark, one per this many smallest widths is answered: a mark is as easy to see, and `.` matches every box.
const MARK_SPACING: u64 = 4;

/// The boxes of marked functions, and those that hold one.
#[derive(Debug, Default)]
pub(crate) struct Marked {
    boxes: Vec<u32>,
}

impl Marked {
    /// Finds them in a layout.
    pub(crate) fn new(layout: &Layout, is_marked: impl Fn(u32) -> bool) -> Self {
        let mut holds: Vec<bool> = layout.frame.iter().map(|frame| is_marked(*frame)).collect();
        for at in (1..layout.len()).rev() {
            if holds[at] && layout.parent[at] != NO_BOX {
                holds[layout.parent[at] as usize] = true;
            }
        }
        Self { boxes: (0..layout.len() as u32).filter(|at| holds[*at as usize]).collect() }
    }

    fn n_rows(&self, layout: &Layout) -> usize {
        self.boxes.last().map_or(0, |deepest| layout.row_of(*deepest as usize) + 1)
    }

    /// Those in a range of boxes.
    fn within(&self, boxes: &Range<usize>) -> &[u32] {
        let place = |at: usize| self.boxes.partition_point(|marked| (*marked as usize) < at);
        &self.boxes[place(boxes.start)..place(boxes.end)]
    }
}

/// What is seen, in whole units: a box is in it when its right edge is beyond `from` and its left edge before `to`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    from: Option<u64>,
    to: Option<u64>,
    min_width: u64,
}

impl Screen {
    /// What a request asks for; a number that is none counts as left out.
    pub(crate) fn of(request: &BoxesRequest) -> Self {
        Self {
            from: (request.from > 0.0).then(|| request.from.floor() as u64),
            to: request.to.filter(|to| !to.is_nan()).map(|to| to.ceil() as u64),
            min_width: request.min_width.ceil() as u64,
        }
    }

    /// The boxes to answer, by row: those that are wide enough, and of each kind of marks at least one per [`MARK_SPACING`]; with the boxes
    /// above. The root is always there.
    fn chosen(self, layout: &Layout, kinds: &[Arc<Marked>]) -> Vec<Vec<u32>> {
        let mut rows: Vec<Vec<u32>> = Vec::new();
        for row in 0..layout.n_rows() {
            let wide = self.wide(layout, row);
            if wide.is_empty() {
                break;
            }
            rows.push(wide);
        }
        let n_marked = kinds.iter().map(|marked| marked.n_rows(layout)).max().unwrap_or(0);
        rows.resize(rows.len().max(n_marked).max(1), Vec::new());
        for marked in kinds {
            let mut holding: Vec<u32> = Vec::new();
            for (row, chosen) in rows.iter_mut().enumerate().rev() {
                holding.extend(self.marks(layout, marked, row, &holding));
                chosen.extend(&holding);
                for at in &mut holding {
                    *at = layout.parent[*at as usize];
                }
                holding.retain(|above| *above != NO_BOX);
                holding.sort_unstable();
                holding.dedup();
            }
        }
        rows[0].push(0);
        for chosen in &mut rows {
            chosen.sort_unstable();
            chosen.dedup();
        }
        rows
    }

    fn wide(self, layout: &Layout, row: usize) -> Vec<u32> {
        let mut boxes = layout.between(row, self.from, self.to);
        let mut wide = Vec::new();
        while let Some(at) = layout.next_as_wide(boxes.clone(), self.min_width) {
            wide.push(at as u32);
            boxes.start = at + 1;
        }
        wide
    }

    /// Narrow marked boxes, one per [`MARK_SPACING`]; none where one of `holding`, which hold one, is as near.
    fn marks(self, layout: &Layout, marked: &Marked, row: usize, holding: &[u32]) -> Vec<u32> {
        let boxes = layout.between(row, self.from, self.to);
        let mut left = marked.within(&boxes);
        let mut holding = holding;
        let mut marks = Vec::new();
        while let Some((first, rest)) = left.split_first() {
            let at = *first as usize;
            left = rest;
            let x0 = layout.x0[at];
            if layout.x1[at].saturating_sub(x0) >= self.min_width {
                continue;
            }
            let next = layout.next_from(at + 1..boxes.end, x0.saturating_add(self.min_width.saturating_mul(MARK_SPACING)));
            left = &left[gallop(left, |marked| (*marked as usize) < next)..];
            holding = &holding[gallop(holding, |holding| (*holding as usize) < at)..];
            if holding.first().is_none_or(|holding| *holding as usize >= next) {
                marks.push(at as u32);
            }
        }
        marks
    }
}

/// Answers the boxes of a screen.
pub(crate) fn boxes(
    layout: &Layout,
    screen: Screen,
    kinds: &[Arc<Marked>],
    mark_of: impl Fn(u32) -> u8,
    frames: &FrameTable,
    before_scale: f64,
) -> Boxes {
    let mut out = Boxes { width: layout.width() as f64, n_rows: layout.n_rows() as u32, ..Boxes::default() };
    let mut place_of_frame: FxHashMap<u32, i32> = FxHashMap::default();
    let mut above: (usize, Vec<u32>) = (0, Vec::new());
    for (row, chosen) in screen.chosen(layout, kinds).into_iter().enumerate() {
        let first = out.node.len();
        for at in &chosen {
            let at = *at as usize;
            let parent = above.1.binary_search(&layout.parent[at]).map_or(-1, |place| (above.0 + place) as i32);
            let frame = frames.get(layout.frame[at]).map_or(-1, |frame| {
                *place_of_frame.entry(frame.id).or_insert_with(|| {
                    out.frames.push(frame.clone());
                    (out.frames.len() - 1) as i32
                })
            });
            out.node.push(layout.node[at]);
            out.row.push(row as u32);
            out.x0.push(layout.x0[at] as f64);
            out.x1.push(layout.x1[at] as f64);
            out.parent.push(parent);
            out.frame.push(frame);
            out.self_value.push(layout.self_value[at] as f64);
            out.total_value.push(layout.total_value[at] as f64);
            out.samples.push(layout.samples[at]);
            if !layout.tiers.is_empty() {
                out.tier_value.extend(layout.tiers.get(at, layout.total_value[at]).map(|us| us as f64));
            }
            out.mark.push(mark_of(layout.frame[at]));
            if let Some(before) = layout.before.get(at) {
                out.before.push(*before as f64 * before_scale);
            }
        }
        above = (first, chosen);
    }
    out.left_out = (layout.len() - out.node.len()) as u64;
    out
}
