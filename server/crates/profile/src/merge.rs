//! One profile from several isolates.

use crate::category::Category;
use crate::decisions::{DecisionsBuilder, Handles, Place};
use crate::handles::{FrameId, LocationId, NodeId, SourceId};
use crate::model::{Profile, ProfileBuilder};

/// Merges the profiles of several threads or processes, each under a frame that carries its label. A single profile stays as it is.
///
/// In decisions the row of a profile becomes its `thread`.
pub fn merge(mut profiles: Vec<(String, Profile)>) -> Profile {
    if profiles.len() == 1 {
        return profiles.remove(0).1;
    }
    let mut merged = ProfileBuilder::default();
    let mut decisions = DecisionsBuilder::default();
    for (thread, (label, profile)) in profiles.into_iter().enumerate() {
        let label = merged.plain_location(&label, Category::Program);
        let root = merged.node(None, label);
        merged.interval_us = merged.interval_us.max(profile.interval_us);
        let (frames, sources) = add(&mut merged, &profile, root);
        let thread = u16::try_from(thread).unwrap_or(u16::MAX);
        decisions.add(&profile.decisions, thread, &mut Moved { frames: &frames, sources: &sources });
    }
    merged.decisions = decisions.finish();
    let order = time_order(&merged);
    for column in [&mut merged.samples.time_us, &mut merged.samples.duration_us] {
        *column = order.iter().map(|row| column[*row]).collect();
    }
    merged.samples.node = order.iter().map(|row| merged.samples.node[*row]).collect();
    merged.finish()
}

/// Handles of a profile that was added, in the merged one.
struct Moved<'a> {
    frames: &'a [FrameId],
    sources: &'a [SourceId],
}

impl Handles for Moved<'_> {
    fn frame(&mut self, frame: FrameId) -> FrameId {
        self.frames[frame.index()]
    }

    fn place(&mut self, place: Place) -> Place {
        let function = place.function.map(|function| self.frames[function.index()]);
        Place { function, source: place.source.map(|source| self.sources[source.index()]), ..place }
    }
}

/// Adds tables and stacks. Returns the new handles of frames and sources.
fn add(merged: &mut ProfileBuilder, profile: &Profile, root: NodeId) -> (Vec<FrameId>, Vec<SourceId>) {
    let sources: Vec<SourceId> = profile.sources.iter().map(|source| merged.source(source.clone())).collect();
    let moved = |source: Option<SourceId>| source.map(|source| sources[source.index()]);
    let frames: Vec<FrameId> = profile
        .frames
        .iter()
        .map(|frame| {
            let mut frame = frame.clone();
            frame.source = moved(frame.source);
            merged.frame(frame)
        })
        .collect();
    let locations: Vec<LocationId> = profile
        .locations
        .iter()
        .map(|location| {
            let mut location = *location;
            location.frame = frames[location.frame.index()];
            location.source = moved(location.source);
            merged.location(location)
        })
        .collect();
    let mut nodes: Vec<NodeId> = Vec::with_capacity(profile.tree.len());
    for node in profile.tree.ids() {
        let parent = profile.tree.parent(node).map_or(root, |parent| nodes[parent.index()]);
        let moved = merged.node(Some(parent), locations[profile.tree.location(node).index()]);
        merged.add_self(moved, profile.tree.self_us[node.index()], profile.tree.self_samples[node.index()]);
        if let Some(bytes) = profile.tree.self_bytes.get(node.index()) {
            merged.add_self_bytes(moved, *bytes);
        }
        nodes.push(moved);
    }
    for row in 0..profile.samples.len() {
        let node = nodes[profile.samples.node[row].index()];
        merged.samples.push(profile.samples.time_us[row], profile.samples.duration_us[row], node);
    }
    for (kind, n) in &profile.dropped {
        merged.drop_records(kind, *n);
    }
    for note in &profile.notes {
        if !merged.notes.contains(note) {
            merged.notes.push(note.clone());
        }
    }
    (frames, sources)
}

fn time_order(merged: &ProfileBuilder) -> Vec<usize> {
    let mut order: Vec<usize> = (0..merged.samples.len()).collect();
    order.sort_by_key(|row| merged.samples.time_us[*row]);
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::totals::Totals;

    fn one(us: u64, at: u64) -> Profile {
        let mut builder = ProfileBuilder::default();
        let location = builder.plain_location("work", Category::App);
        let node = builder.node(None, location);
        builder.sample(at, us, node);
        builder.drop_records("truncatedLines", 1);
        builder.finish()
    }

    #[test]
    fn allocations_of_one_thread_are_kept() {
        let mut builder = ProfileBuilder::default();
        let location = builder.plain_location("work", Category::App);
        let node = builder.node(None, location);
        builder.add_self_bytes(node, 70);
        let merged = merge(vec![("main".into(), one(3, 9)), ("worker 1".into(), builder.finish()), ("worker 2".into(), one(1, 1))]);
        assert!(merged.is_consistent());
        assert_eq!(Totals::of(&merged).functions[0].cost.self_bytes, 70);
    }

    #[test]
    fn threads_stay_apart_and_functions_add_up() {
        let merged = merge(vec![("main".into(), one(3, 9)), ("worker 1".into(), one(4, 2))]);
        assert!(merged.is_consistent());
        assert_eq!(merged.tree.len(), 4);
        assert_eq!(Totals::of(&merged).functions[0].cost.self_us, 7);
        assert_eq!(merged.samples.time_us, [2, 9]);
        assert_eq!(merged.dropped["truncatedLines"], 2);
    }
}
