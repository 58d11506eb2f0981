//! The boxes that a screen can show.

use crate::frames::FrameTable;
use crate::layout::{Layout, NO_BOX, gallop};
use crate::runs::{Narrow, Run, Runs};
use crate::wire::{Boxes, BoxesRequest};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Marks of a function: it matches the query.
pub(crate) const MATCHES: u8 = 1;

/// Marks of a function: it is the one below the editor's cursor.
pub(crate) const HIGHLIGHTED: u8 = 2;

/// Narrow neighbours are to be seen from this part of the smallest width on: alone they may fill a pixel.
const SEEN_PART: u64 = 4;

/// The boxes of marked functions.
#[derive(Debug, Default)]
pub(crate) struct Marked {
    boxes: Vec<u32>,
}

impl Marked {
    /// Finds them in a layout.
    pub(crate) fn new(layout: &Layout, is_marked: impl Fn(u32) -> bool) -> Self {
        Self { boxes: (0..layout.len() as u32).filter(|at| is_marked(layout.frame[*at as usize])).collect() }
    }
}

/// What is seen, in whole units: a box is in it when its right edge is beyond `from` and its left edge before `to`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    pub(crate) from: Option<u64>,
    pub(crate) to: Option<u64>,
    pub(crate) narrow: Narrow,
}

impl Screen {
    /// What a request asks for; a number that is none counts as left out.
    pub(crate) fn of(request: &BoxesRequest) -> Self {
        Self {
            from: (request.from > 0.0).then(|| request.from.floor() as u64),
            to: request.to.filter(|to| !to.is_nan()).map(|to| to.ceil() as u64),
            narrow: Narrow::up_to(request.min_width.ceil() as u64),
        }
    }

    /// How many boxes are in it.
    pub(crate) fn n_boxes(self, layout: &Layout) -> usize {
        (0..layout.n_rows()).map(|row| layout.between(row, self.from, self.to).len()).sum()
    }

    /// The runs to answer by row, each with its mark: those that are to be seen, and those that hold a mark or lead to what is answered.
    fn chosen(self, layout: &Layout, runs: &Runs, kinds: &[(u8, Arc<Marked>)]) -> Vec<Vec<(u32, u8)>> {
        let all = runs.all();
        let mut rows: Vec<Vec<((u32, bool), u8)>> = Vec::new();
        for row in runs.rows_between(layout, self.from, self.to) {
            if row.is_empty() {
                break;
            }
            let seen = self.seen(layout, &all[row.clone()]);
            let marks = marks_of(&all[row.clone()], kinds);
            rows.push(row.map(|run| run as u32).zip(seen).zip(marks).collect());
        }
        let mut leading: Vec<u32> = Vec::new();
        for runs in rows.iter_mut().rev() {
            let mut below = std::mem::take(&mut leading).into_iter().peekable();
            runs.retain(|((run, is_seen), mark)| {
                while below.next_if(|led_to| led_to < run).is_some() {}
                let Run { parent, .. } = all[*run as usize];
                let is_chosen = below.next_if_eq(run).is_some() || *is_seen || *mark != 0 || parent == NO_BOX;
                if is_chosen && parent != NO_BOX && leading.last() != Some(&parent) {
                    leading.push(parent);
                }
                is_chosen
            });
        }
        rows.into_iter().map(|runs| runs.into_iter().map(|((run, _), mark)| (run, mark)).collect()).collect()
    }

    /// Whether runs of a row are to be seen: alone, or together with narrow neighbours, which other boxes above keep apart.
    fn seen(self, layout: &Layout, row: &[Run]) -> Vec<bool> {
        let is_wide = |from: u64, to: u64| self.narrow.is_wide(to.saturating_sub(from));
        let is_seen = |from: u64, to: u64| self.narrow.is_wide(to.saturating_sub(from).saturating_mul(SEEN_PART));
        let is_wide_box = |run: &Run| run.len() == 1 && is_wide(run.x0(layout), run.x1(layout));
        let mut seen = Vec::with_capacity(row.len());
        let is_next_to = |a: &Run, b: &Run| !is_wide_box(a) && !is_wide_box(b) && !is_wide(a.x1(layout), b.x0(layout));
        for neighbours in row.chunk_by(is_next_to) {
            let edges = neighbours.first().zip(neighbours.last());
            let is_seen = edges.is_some_and(|(first, last)| is_seen(first.x0(layout), last.x1(layout)));
            seen.resize(seen.len() + neighbours.len(), is_seen);
        }
        seen
    }
}

/// Whether runs of a row hold boxes with marks.
fn marks_of(row: &[Run], kinds: &[(u8, Arc<Marked>)]) -> Vec<u8> {
    let mut marks = vec![0; row.len()];
    for (mark, marked) in kinds {
        let Some(first) = row.first() else { break };
        let mut left = &marked.boxes[marked.boxes.partition_point(|at| *at < first.first)..];
        let mut place = 0;
        while let Some(at) = left.first() {
            place += gallop(&row[place..], |run| run.end <= *at);
            let Some(run) = row.get(place) else { break };
            if run.boxes().contains(&(*at as usize)) {
                marks[place] |= mark;
            }
            left = &left[gallop(left, |at| *at < run.end)..];
        }
    }
    marks
}

/// Answers the boxes of a screen.
pub(crate) fn boxes(
    layout: &Layout,
    runs: &Runs,
    screen: Screen,
    kinds: &[(u8, Arc<Marked>)],
    frames: &FrameTable,
    before_scale: f64,
) -> Boxes {
    let mut out = Boxes { width: layout.width() as f64, n_rows: layout.n_rows() as u32, ..Boxes::default() };
    let mut place_of_frame: FxHashMap<u32, i32> = FxHashMap::default();
    let mut above: (usize, Vec<(u32, u8)>) = (0, Vec::new());
    for (row, chosen) in screen.chosen(layout, runs, kinds).into_iter().enumerate() {
        let first = out.node.len();
        for (place, mark) in &chosen {
            let run = &runs.all()[*place as usize];
            let at = run.heaviest as usize;
            let parent = above.1.binary_search_by_key(&run.parent, |(above, _)| *above).map_or(-1, |place| (above.0 + place) as i32);
            let frame = frames.get(layout.frame[at]).map_or(-1, |frame| {
                *place_of_frame.entry(frame.id).or_insert_with(|| {
                    out.frames.push(frame.clone());
                    (out.frames.len() - 1) as i32
                })
            });
            out.node.push(layout.node[at]);
            out.row.push(row as u32);
            out.x0.push(run.x0(layout) as f64);
            out.x1.push(run.x1(layout) as f64);
            out.merged.push(run.len());
            out.parent.push(parent);
            out.frame.push(frame);
            out.self_value.push(run.self_value as f64);
            out.total_value.push(run.total_value as f64);
            out.samples.push(run.samples);
            if !layout.tiers.is_empty() {
                out.tier_value.extend(layout.tiers.get(at, layout.total_value[at]).map(|us| us as f64));
            }
            out.mark.push(*mark);
            if let Some(before) = layout.before.get(run.boxes()) {
                out.before.push(before.iter().map(|before| *before as f64).sum::<f64>() * before_scale);
            }
        }
        above = (first, chosen);
    }
    out.left_out = (layout.len() - out.node.len()) as u64;
    out
}
