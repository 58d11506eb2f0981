//! Columns of the file into the model.

use super::divide::Divider;
use super::frames::{Frames, Kind};
use super::json::Raw;
use super::times::{hit_interval_us, moments};
use super::tree::{Forest, NO_ROW};
use super::{InlinedLeaves, Options};
use crate::read::Scripts;
use profile::{LocationId, NodeId, Profile, ProfileBuilder};

const NO_NODE: u32 = u32::MAX;

pub(super) fn build(mut raw: Raw, options: Options, scripts: &dyn Scripts) -> Profile {
    let forest = Forest::of(&mut raw);
    let inlined_leaves = match options.inlined_leaves {
        InlinedLeaves::Unknown if raw.is_own_node || has_repeated_lines(&raw) => InlinedLeaves::OwnNode,
        known => known,
    };
    let (self_us, n_samples, moments) = self_times(&mut raw, &forest);

    let mut builder = ProfileBuilder::default();
    for (kind, n) in &raw.dropped {
        builder.drop_records(kind, *n);
    }
    let frames = Frames::of(&raw, &mut builder);
    let nodes = Nodes::of(&raw, &forest, &frames, &mut builder);
    for (time_us, duration_us, row) in moments {
        let node = nodes.place_of(row, &mut builder);
        builder.samples.push(time_us, duration_us, node);
    }

    let mut divider = Divider::new(&raw, &forest, &nodes, &frames, inlined_leaves, scripts);
    for row in 0..raw.id.len() {
        let (us, samples) = (self_us[row], n_samples[row]);
        if us == 0 && samples == 0 {
            continue;
        }
        let (rest_us, rest_samples) = divider.divide(row, us, samples, &mut builder);
        let node = nodes.place_of(row as u32, &mut builder);
        builder.add_self(node, rest_us, rest_samples);
    }
    builder.notes.extend(divider.note());
    builder.finish()
}

/// V8 14 keys ticks by more than the line, so that lines repeat; older versions never do that.
fn has_repeated_lines(raw: &Raw) -> bool {
    (0..raw.id.len()).any(|row| {
        let ticks = raw.ticks_of(row);
        ticks.iter().enumerate().any(|(i, (line, _))| ticks[..i.min(16)].iter().any(|(earlier, _)| earlier == line))
    })
}

/// Time and samples of each node's row, and `(time, duration, row)` of each sample.
#[allow(clippy::type_complexity, reason = "three columns that are taken apart at once")]
fn self_times(raw: &mut Raw, forest: &Forest) -> (Vec<u64>, Vec<u32>, Vec<(u64, u64, u32)>) {
    let n = raw.id.len();
    let (mut self_us, mut n_samples) = (vec![0u64; n], vec![0u32; n]);
    let mut timeline = Vec::with_capacity(raw.samples.len());
    if raw.samples.is_empty() {
        let n_hits = raw.hits.iter().fold(0u64, |sum, hits| sum.saturating_add(*hits));
        let interval_us = hit_interval_us(raw, n_hits);
        let mut left = u32::MAX;
        for row in 0..n {
            let hits = u32::try_from(raw.hits[row]).unwrap_or(u32::MAX).min(left);
            left -= hits;
            n_samples[row] = hits;
            self_us[row] = interval_us.min(1 << 31) * u64::from(hits);
        }
        raw.drop_records("hitsTooLarge", n_hits - u64::from(u32::MAX - left));
        return (self_us, n_samples, timeline);
    }
    let mut n_unknown = 0;
    for moment in moments(raw) {
        match forest.rows.get(raw.samples[moment.sample]) {
            Some(row) => {
                self_us[row as usize] += moment.duration_us;
                n_samples[row as usize] = n_samples[row as usize].saturating_add(1);
                timeline.push((moment.time_us, moment.duration_us, row));
            }
            None => n_unknown += 1,
        }
    }
    raw.drop_records("samplesOfUnknownNodes", n_unknown);
    (self_us, n_samples, timeline)
}

/// The node of each row; `u32::MAX` where that is the root.
pub(super) struct Nodes {
    node: Vec<u32>,
    program: LocationId,
}

impl Nodes {
    fn of(raw: &Raw, forest: &Forest, frames: &Frames, builder: &mut ProfileBuilder) -> Self {
        let mut node = vec![NO_NODE; raw.id.len()];
        for row in &forest.order {
            let row = *row as usize;
            let parent = match forest.parent[row] {
                NO_ROW => None,
                parent => Some(NodeId(node[parent as usize])).filter(|parent| parent.0 != NO_NODE),
            };
            let frame = raw.frame[row];
            node[row] = match frames.kind(frame) {
                Kind::Root => parent.map_or(NO_NODE, |parent| parent.0),
                Kind::Gc => builder.node(None, frames.location(frame)).0,
                _ => builder.node(parent, frames.location(frame)).0,
            };
        }
        Self { node, program: frames.program }
    }

    pub(super) fn get(&self, row: usize) -> Option<NodeId> {
        Some(NodeId(self.node[row])).filter(|node| node.0 != NO_NODE)
    }

    /// The node of a row's parent.
    pub(super) fn parent_of(&self, row: usize, forest: &Forest) -> Option<NodeId> {
        match forest.parent[row] {
            NO_ROW => None,
            parent => self.get(parent as usize),
        }
    }

    /// The node that time of a row belongs to: time on the root is the program's.
    fn place_of(&self, row: u32, builder: &mut ProfileBuilder) -> NodeId {
        self.get(row as usize).unwrap_or_else(|| builder.node(None, self.program))
    }
}
