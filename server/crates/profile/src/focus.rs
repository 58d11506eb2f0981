//! One function's part of a profile.

use crate::handles::{FrameId, NodeId};
use crate::model::{Profile, Samples};
use crate::tree::CallTreeBuilder;

/// The stacks of `profile` that pass through a function, each from the outermost occurrence of it downwards: its callers are gone, and
/// what is below it is whole, so shares of the result are shares of that function. All tables but the tree and the samples are kept, and
/// with them every handle but those of nodes. Without any such stack, the result has no node.
pub fn focus(profile: &Profile, frame: FrameId) -> Profile {
    let tree = &profile.tree;
    let mut below = CallTreeBuilder::default();
    // Parents come before their children.
    let mut kept: Vec<Option<NodeId>> = Vec::with_capacity(tree.len());
    for node in tree.ids() {
        let parent = tree.parent(node).and_then(|parent| kept[parent.index()]);
        let moved = (parent.is_some() || profile.frame_of(node) == frame).then(|| below.child(parent, tree.location(node)));
        if let Some(moved) = moved {
            below.add_self(moved, tree.self_us[node.index()], tree.self_samples[node.index()]);
            if let Some(bytes) = tree.self_bytes.get(node.index()) {
                below.add_self_bytes(moved, *bytes);
            }
        }
        kept.push(moved);
    }
    let mut samples = Samples::default();
    for (row, node) in profile.samples.node.iter().enumerate() {
        if let Some(node) = kept[node.index()] {
            samples.push(profile.samples.time_us[row], profile.samples.duration_us[row], node);
        }
    }
    Profile {
        sources: profile.sources.clone(),
        frames: profile.frames.clone(),
        locations: profile.locations.clone(),
        tree: below.finish(),
        samples,
        interval_us: profile.interval_us,
        dropped: profile.dropped.clone(),
        notes: profile.notes.clone(),
        decisions: profile.decisions.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::ProfileIndex;
    use crate::model::{Frame, Location, Position, ProfileBuilder, Source, Tier};
    use crate::{Attribution, Category};

    /// Stacks, outermost first: `name:line` is JavaScript, `~name` native, `(gc)` a pseudo-frame. Each lasts so many µs, and allocates
    /// as many bytes.
    fn profile(stacks: &[(&str, u64)]) -> Profile {
        let mut builder = ProfileBuilder::default();
        let source = builder.source(Source { url: "/app/a.js".into(), path: Some("/app/a.js".into()) });
        for (at, (stack, us)) in stacks.iter().enumerate() {
            let mut node = None;
            for part in stack.split(' ') {
                let location = if let Some(name) = part.strip_prefix('~') {
                    builder.plain_location(name, Category::Native)
                } else if part.starts_with('(') {
                    builder.plain_location(part, Category::Gc)
                } else {
                    let (name, line) = part.split_once(':').unwrap();
                    let frame = builder.frame(Frame { name: name.into(), source: Some(source), start: None, category: Category::App });
                    let position = line.parse().ok().map(|line| Position { line, column: 1 });
                    builder.location(Location { frame, source: Some(source), position, tier: Tier::Turbofan, inlined: false })
                };
                node = Some(builder.node(node, location));
            }
            builder.sample(at as u64, *us, node.unwrap());
            builder.add_self_bytes(node.unwrap(), *us);
        }
        builder.finish()
    }

    /// `caller < callee µs` of every node with self time.
    fn stacks(profile: &Profile) -> Vec<String> {
        let tree = &profile.tree;
        let with_time = tree.ids().filter(|node| tree.self_us[node.index()] > 0);
        let name = |node: NodeId| {
            let location = profile.location(tree.location(node));
            let line = location.position.map(|position| format!(":{}", position.line)).unwrap_or_default();
            format!("{}{line}", profile.frame(location.frame).name)
        };
        let shown = |node: NodeId| {
            let mut names: Vec<String> = tree.stack(node).map(name).collect();
            names.reverse();
            format!("{} {}", names.join(" < "), tree.self_us[node.index()])
        };
        with_time.map(shown).collect()
    }

    fn check(all: &[(&str, u64)], function: &str, expected: &[&str]) {
        let whole = profile(all);
        let frame = FrameId::new(whole.frames.iter().position(|frame| frame.name == function).unwrap());
        let focused = focus(&whole, frame);
        assert_eq!(stacks(&focused), expected);
        assert!(focused.is_consistent());
        // What the focus is on is all there is, and as much as the function took before; nothing of it twice.
        let is_it = |part: &str| part.trim_start_matches('~').split(':').next() == Some(function);
        let before: u64 = all.iter().filter(|(stack, _)| stack.split(' ').any(is_it)).map(|(_, us)| us).sum();
        assert_eq!(Attribution::of(&focused).active_us(), before);
        assert_eq!(focused.samples.duration_us.iter().sum::<u64>(), before);
        assert_eq!(focused.tree.self_bytes.iter().sum::<u64>(), before);
    }

    #[test]
    fn callers_are_gone_and_callees_stay() {
        check(
            &[("main:1 render:2 join:3", 5), ("main:1 render:2", 2), ("main:1 load:9", 7)],
            "render",
            &["render:2 2", "render:2 < join:3 5"],
        );
    }

    #[test]
    fn stacks_that_differ_only_in_callers_are_one() {
        check(&[("a:1 f:2 g:3", 5), ("b:1 f:2 g:3", 6), ("f:4", 1)], "f", &["f:2 < g:3 11", "f:4 1"]);
    }

    #[test]
    fn recursion_counts_from_the_outermost_call() {
        check(&[("a:1 f:2 g:3 f:4 f:2", 5), ("f:2 g:3", 1)], "f", &["f:2 < g:3 1", "f:2 < g:3 < f:4 < f:2 5"]);
    }

    #[test]
    fn leaf() {
        check(&[("a:1 f:2", 5), ("a:1", 6), ("b:2 f:2", 3)], "f", &["f:2 8"]);
    }

    #[test]
    fn native_code_and_garbage_collection_below_stay_and_elsewhere_do_not() {
        check(&[("a:1 f:2 ~slice", 4), ("f:2 (gc)", 3), ("(gc)", 9), ("a:1 ~slice", 1)], "f", &["f:2 < slice 4", "f:2 < (gc) 3"]);
        check(&[("a:1 f:2 ~slice", 4)], "slice", &["slice 4"]);
    }

    #[test]
    fn function_that_no_stack_has() {
        let mut whole = profile(&[("a:1", 4)]);
        whole.frames.push(Frame { name: "cold".into(), source: None, start: None, category: Category::App });
        for frame in [FrameId::new(whole.frames.len() - 1), FrameId::new(99)] {
            let focused = focus(&whole, frame);
            assert!(focused.tree.is_empty() && focused.samples.is_empty());
            assert!(focused.is_consistent());
            assert_eq!(ProfileIndex::new(focused).share(1), 0.0);
        }
    }

    #[test]
    fn nothing_of_nothing() {
        assert_eq!(focus(&Profile::default(), FrameId::new(0)), Profile::default());
    }
}
