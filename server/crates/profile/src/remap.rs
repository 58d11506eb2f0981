//! Applying source maps to a profile, once, as a result is made.

use crate::decisions::{DecisionsBuilder, Handles, Place};
use crate::model::{Frame, Location, Position, Profile, ProfileBuilder, Source};
use crate::{FrameId, LocationId, NodeId, SourceId};

/// An original place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    /// The original source.
    pub source: Source,
    /// The place in it.
    pub position: Position,
}

/// The source maps of the generated files of a profile.
pub trait OriginalPositions {
    /// Whether a generated source has a map.
    fn has_map(&self, generated: &Source) -> bool;

    /// The original of a generated place; none where the map has no segment, which is code the bundler added.
    fn original(&self, generated: &Source, position: Position) -> Option<Original>;

    /// The name in the original source of the function that begins there; none to keep V8's.
    fn function_name(&self, original: &Original) -> Option<String>;
}

/// The profile in terms of original sources.
///
/// A place that its map does not cover keeps its function and loses its line: it is never painted on a neighbouring one.
pub fn remap(profile: &Profile, maps: &impl OriginalPositions) -> Profile {
    let mut mapped = ProfileBuilder::default();
    mapped.interval_us = profile.interval_us;
    mapped.notes.clone_from(&profile.notes);
    for (kind, n) in &profile.dropped {
        mapped.drop_records(kind, *n);
    }
    let has_map: Vec<bool> = profile.sources.iter().map(|source| maps.has_map(source)).collect();
    let original = |source: Option<SourceId>, position: Option<Position>| {
        let (source, position) = (source?, position?);
        if has_map[source.index()] { maps.original(profile.source(source), position) } else { None }
    };
    let keep_source = |mapped: &mut ProfileBuilder, source: Option<SourceId>| source.map(|id| mapped.source(profile.source(id).clone()));

    let frames: Vec<FrameId> = profile
        .frames
        .iter()
        .map(|frame| {
            let frame = match original(frame.source, frame.start) {
                Some(original) => Frame {
                    name: maps.function_name(&original).unwrap_or_else(|| frame.name.clone()),
                    category: crate::Category::of_script(&original.source.url),
                    start: Some(original.position),
                    source: Some(mapped.source(original.source)),
                },
                None => Frame { source: keep_source(&mut mapped, frame.source), ..frame.clone() },
            };
            mapped.frame(frame)
        })
        .collect();
    let locations: Vec<LocationId> = profile
        .locations
        .iter()
        .map(|location| {
            let frame = frames[location.frame.index()];
            let is_mapped = location.source.is_some_and(|source| has_map[source.index()]);
            let location = match original(location.source, location.position) {
                Some(original) => {
                    Location { frame, source: Some(mapped.source(original.source)), position: Some(original.position), ..*location }
                }
                None => {
                    let source = keep_source(&mut mapped, location.source);
                    Location { frame, source, position: location.position.filter(|_| !is_mapped), ..*location }
                }
            };
            mapped.location(location)
        })
        .collect();

    let mut nodes: Vec<NodeId> = Vec::with_capacity(profile.tree.len());
    for node in profile.tree.ids() {
        let parent = profile.tree.parent(node).map(|parent| nodes[parent.index()]);
        let moved = mapped.node(parent, locations[profile.tree.location(node).index()]);
        mapped.add_self(moved, profile.tree.self_us[node.index()], profile.tree.self_samples[node.index()]);
        if let Some(bytes) = profile.tree.self_bytes.get(node.index()) {
            mapped.add_self_bytes(moved, *bytes);
        }
        nodes.push(moved);
    }
    let mut decisions = DecisionsBuilder::default();
    decisions.add(&profile.decisions, 0, &mut Mapped { profile, maps, has_map: &has_map, frames: &frames, mapped: &mut mapped });
    mapped.decisions = decisions.finish();
    mapped.samples = profile.samples.clone();
    for node in &mut mapped.samples.node {
        *node = nodes[node.index()];
    }
    mapped.finish()
}

/// Handles of generated code, in terms of original sources.
struct Mapped<'a, M> {
    profile: &'a Profile,
    maps: &'a M,
    has_map: &'a [bool],
    frames: &'a [FrameId],
    mapped: &'a mut ProfileBuilder,
}

impl<M: OriginalPositions> Handles for Mapped<'_, M> {
    fn frame(&mut self, frame: FrameId) -> FrameId {
        self.frames[frame.index()]
    }

    fn place(&mut self, place: Place) -> Place {
        let function = place.function.map(|function| self.frames[function.index()]);
        let Some(source) = place.source else { return Place { function, ..place } };
        let generated = self.profile.source(source);
        if !self.has_map[source.index()] {
            return Place { function, source: Some(self.mapped.source(generated.clone())), position: place.position };
        }
        match place.position.and_then(|position| self.maps.original(generated, position)) {
            Some(original) => Place { function, source: Some(self.mapped.source(original.source)), position: Some(original.position) },
            None => Place { function, source: Some(self.mapped.source(generated.clone())), position: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::totals::Totals;
    use crate::{Category, Tier};

    /// Lines below 10 of `/app/out.js` come from `/app/src/a.ts`, ten lines further down.
    struct Map;

    impl OriginalPositions for Map {
        fn has_map(&self, generated: &Source) -> bool {
            generated.url == "/app/out.js"
        }

        fn original(&self, _: &Source, position: Position) -> Option<Original> {
            let source = Source { url: "/app/src/a.ts".into(), path: Some("/app/src/a.ts".into()) };
            (position.line < 10).then_some(Original { source, position: Position { line: position.line + 10, column: 1 } })
        }

        fn function_name(&self, _: &Original) -> Option<String> {
            Some("original".into())
        }
    }

    fn check(url: &str, line: u32, expected: &str) {
        let mut builder = ProfileBuilder::default();
        let source = Some(builder.source(Source { url: url.into(), path: Some(url.into()) }));
        let start = Some(Position { line: 1, column: 1 });
        let frame = builder.frame(Frame { name: "f".into(), source, start, category: Category::App });
        let position = Some(Position { line, column: 3 });
        let location = builder.location(Location { frame, source, position, tier: Tier::Maglev, inlined: false });
        let node = builder.node(None, location);
        builder.sample(0, 5, node);
        builder.add_self_bytes(node, 64);
        let mapped = remap(&builder.finish(), &Map);
        assert!(mapped.is_consistent());
        let totals = Totals::of(&mapped);
        let function = mapped.frame(totals.functions[0].frame);
        let lines: Vec<String> = totals.lines.iter().map(|row| format!("{}:{}", mapped.source(row.source).url, row.line)).collect();
        assert_eq!(format!("{} {}", function.name, lines.join(" ")), expected);
        assert_eq!((totals.functions[0].cost.self_us, totals.functions[0].cost.self_bytes), (5, 64));
    }

    #[test]
    fn places_move_to_the_original_source() {
        check("/app/out.js", 3, "original /app/src/a.ts:13");
        check("/app/other.js", 3, "f /app/other.js:3");
    }

    #[test]
    fn an_unmapped_place_keeps_its_function_and_loses_its_line() {
        check("/app/out.js", 12, "original ");
    }
}
