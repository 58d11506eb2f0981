//! Call frames into frames and locations of the model.

use super::json::Raw;
use crate::read::call_frame::RawFrame;
use crate::read::{ScriptFunction, source_of_url};
use profile::{Category, Frame, Location, LocationId, Position, ProfileBuilder, SourceId, Tier};
use rustc_hash::FxHashMap;

const NO_FRAME: u32 = u32::MAX;

/// What a call frame is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// V8's root, no node of the model.
    Root,
    Gc,
    Native,
    /// A function that may have lines.
    JavaScript,
    /// Anything else: a node with no lines.
    Plain,
}

/// The call frames in the model.
pub(super) struct Frames {
    kinds: Vec<Kind>,
    locations: Vec<LocationId>,
    /// The place of each function with lines, with no line yet.
    bases: FxHashMap<LocationId, Location>,
    /// By URL and start, for functions that are found by their text.
    by_start: FxHashMap<(SourceId, Position), LocationId>,
    /// Of nodes without a call frame.
    unknown: Option<LocationId>,
    pub(super) program: LocationId,
}

impl Frames {
    pub(super) fn of(raw: &Raw, builder: &mut ProfileBuilder) -> Self {
        let mut frames = Self {
            kinds: Vec::with_capacity(raw.frames.len()),
            locations: Vec::with_capacity(raw.frames.len()),
            bases: FxHashMap::default(),
            by_start: FxHashMap::default(),
            unknown: raw.frame.contains(&NO_FRAME).then(|| builder.plain_location("(unknown)", Category::Unresolved)),
            program: builder.plain_location("(program)", Category::Program),
        };
        for frame in &raw.frames {
            let (kind, location) = frames.add(frame, builder);
            frames.kinds.push(kind);
            frames.locations.push(location);
        }
        frames
    }

    fn add(&mut self, raw: &RawFrame, builder: &mut ProfileBuilder) -> (Kind, LocationId) {
        if !raw.has_script {
            return match raw.name.as_str() {
                "(root)" => (Kind::Root, self.program),
                "(program)" => (Kind::Plain, self.program),
                "(idle)" => (Kind::Plain, builder.plain_location("(idle)", Category::Idle)),
                "(garbage collector)" => (Kind::Gc, builder.plain_location("(gc)", Category::Gc)),
                "(unresolved function)" => (Kind::Plain, builder.plain_location(&raw.name, Category::Unresolved)),
                name => (Kind::Native, builder.plain_location(name, Category::Native)),
            };
        }
        let (base, start) = raw.of_script(builder);
        let location = builder.location(base);
        self.bases.insert(location, base);
        if let (Some(source), Some(start)) = (base.source, start) {
            self.by_start.entry((source, start)).or_insert(location);
        }
        let has_lines = !raw.url.is_empty() && !raw.is_wasm();
        (if has_lines { Kind::JavaScript } else { Kind::Plain }, location)
    }

    pub(super) fn kind(&self, frame: u32) -> Kind {
        if frame == NO_FRAME { Kind::Plain } else { self.kinds[frame as usize] }
    }

    pub(super) fn location(&self, frame: u32) -> LocationId {
        self.locations.get(frame as usize).copied().or(self.unknown).unwrap_or(self.program)
    }

    /// The place of a function on a line of its own; none for a function that has no lines.
    pub(super) fn on_line(&self, frame: u32, line: u32) -> Option<Location> {
        let base = self.bases.get(&self.location(frame))?;
        Some(Location { position: Some(Position { line, column: 0 }), ..*base })
    }

    /// The place on a line of a function inlined into another, known from the text of the script at `url`.
    pub(super) fn inlined_on_line(&self, url: &str, function: &ScriptFunction, line: u32, builder: &mut ProfileBuilder) -> Location {
        let source = builder.source(source_of_url(url));
        let start = function.start;
        let known = self.by_start.get(&(source, start)).and_then(|location| self.bases.get(location));
        let frame = match known {
            Some(base) => base.frame,
            None => {
                let category = Category::of_script(url);
                builder.frame(Frame { name: function.name.clone(), source: Some(source), start: Some(start), category })
            }
        };
        Location { frame, source: Some(source), position: Some(Position { line, column: 0 }), tier: Tier::Unknown, inlined: true }
    }
}
