//! The tables of a profile and the builder that fills them.

use crate::category::Category;
use crate::decisions::Decisions;
use crate::handles::{FrameId, LocationId, NodeId, SourceId};
use crate::tree::{CallTree, CallTreeBuilder};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A place in a source. Lines are 1-based; the column is 1-based in UTF-16 code units, 0 when the profile does not tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// 1-based line.
    pub line: u32,
    /// 1-based column in UTF-16 code units; 0: not known.
    pub column: u32,
}

/// A script or original source.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Source {
    /// As V8 or the source map names it: a path, a `file://` or `node:` URL, or empty for `eval`.
    pub url: String,
    /// The file on this machine, where the URL names one.
    pub path: Option<String>,
}

/// The compiler that produced the code that ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Tier {
    /// Bytecode, interpreted.
    Ignition,
    /// Baseline machine code.
    Sparkplug,
    /// Mid-tier optimised code.
    Maglev,
    /// Top-tier optimised code.
    Turbofan,
    /// Not JavaScript, or the profile does not tell.
    Unknown,
}

impl Tier {
    /// Every tier, slowest first, then [`Tier::Unknown`].
    pub const ALL: [Self; 5] = [Self::Ignition, Self::Sparkplug, Self::Maglev, Self::Turbofan, Self::Unknown];

    /// Name for a person.
    pub fn label(self) -> &'static str {
        match self {
            Self::Ignition => "ignition",
            Self::Sparkplug => "sparkplug",
            Self::Maglev => "maglev",
            Self::Turbofan => "turbofan",
            Self::Unknown => "unknown",
        }
    }
}

/// A function, or a pseudo-frame such as `(gc)`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Frame {
    /// Name as V8 shows it; empty for an anonymous function.
    pub name: String,
    /// The source that defines it.
    pub source: Option<SourceId>,
    /// Where it begins: for JavaScript the position V8 gives a function, its parameter list.
    pub start: Option<Position>,
    /// What kind of code it is.
    pub category: Category,
}

/// A place in a function where it was executing: the sampled instruction, or the call of the next inner frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Location {
    /// The function.
    pub frame: FrameId,
    /// The source of `position`. Differs from the frame's only where a source map says so.
    pub source: Option<SourceId>,
    /// The exact place; none when only the function is known.
    pub position: Option<Position>,
    /// The compiler of the executing code.
    pub tier: Tier,
    /// Whether the function was inlined into its caller's code.
    pub inlined: bool,
}

/// Samples in time order, as columns of equal length.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Samples {
    /// When each began, in µs since the origin of its source (isolate start).
    pub time_us: Vec<u64>,
    /// How long each lasted, in µs.
    pub duration_us: Vec<u64>,
    /// The innermost node of each.
    pub node: Vec<NodeId>,
}

impl Samples {
    /// Number of samples.
    pub fn len(&self) -> usize {
        self.node.len()
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.node.is_empty()
    }

    /// Adds a sample.
    pub fn push(&mut self, time_us: u64, duration_us: u64, node: NodeId) {
        self.time_us.push(time_us);
        self.duration_us.push(duration_us);
        self.node.push(node);
    }
}

/// A profile: of CPU time, of allocations, or of both.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// Scripts and original sources.
    pub sources: Vec<Source>,
    /// Functions.
    pub frames: Vec<Frame>,
    /// Places in functions.
    pub locations: Vec<Location>,
    /// Stacks, with self times and allocated bytes.
    pub tree: CallTree,
    /// Moments.
    pub samples: Samples,
    /// The sampling interval asked for, in µs; 0 when not known.
    pub interval_us: u64,
    /// What could not be read, by kind: records dropped, truncated or unknown. Kinds are stable camelCase words.
    pub dropped: BTreeMap<String, u64>,
    /// Sentences for the user about what this profile cannot tell, and why.
    pub notes: Vec<String>,
    /// What V8 decided about the code.
    #[serde(default)]
    pub decisions: Decisions,
}

impl Profile {
    /// A function.
    pub fn frame(&self, id: FrameId) -> &Frame {
        &self.frames[id.index()]
    }

    /// A place in a function.
    pub fn location(&self, id: LocationId) -> &Location {
        &self.locations[id.index()]
    }

    /// A script or original source.
    pub fn source(&self, id: SourceId) -> &Source {
        &self.sources[id.index()]
    }

    /// The function of a node.
    pub fn frame_of(&self, node: NodeId) -> FrameId {
        self.location(self.tree.location(node)).frame
    }

    /// The category of a node's function.
    pub fn category_of(&self, node: NodeId) -> Category {
        self.frame(self.frame_of(node)).category
    }

    /// Whether all handles point into their tables, as they must in a profile read from disk.
    pub fn is_consistent(&self) -> bool {
        let source_ok = |source: Option<SourceId>| source.is_none_or(|source| source.index() < self.sources.len());
        self.frames.iter().all(|frame| source_ok(frame.source))
            && self.locations.iter().all(|location| source_ok(location.source) && location.frame.index() < self.frames.len())
            && self.tree.is_consistent(self.locations.len())
            && self.samples.time_us.len() == self.samples.len()
            && self.samples.duration_us.len() == self.samples.len()
            && self.samples.node.iter().all(|node| node.index() < self.tree.len())
            && self.decisions.is_consistent(self.frames.len(), self.sources.len())
    }
}

/// Builds a [`Profile`], interning every row.
#[derive(Debug, Default)]
pub struct ProfileBuilder {
    sources: Interner<Source>,
    frames: Interner<Frame>,
    locations: Interner<Location>,
    tree: CallTreeBuilder,
    /// Samples in time order.
    pub samples: Samples,
    /// See [`Profile::interval_us`].
    pub interval_us: u64,
    /// See [`Profile::dropped`].
    pub dropped: BTreeMap<String, u64>,
    /// See [`Profile::notes`].
    pub notes: Vec<String>,
    /// See [`Profile::decisions`].
    pub decisions: Decisions,
}

impl ProfileBuilder {
    /// Interns a source.
    pub fn source(&mut self, source: Source) -> SourceId {
        SourceId::new(self.sources.intern(source))
    }

    /// A source that was interned.
    pub fn source_row(&self, id: SourceId) -> &Source {
        &self.sources.rows[id.index()]
    }

    /// Interns a function.
    pub fn frame(&mut self, frame: Frame) -> FrameId {
        FrameId::new(self.frames.intern(frame))
    }

    /// Interns a place.
    pub fn location(&mut self, location: Location) -> LocationId {
        LocationId::new(self.locations.intern(location))
    }

    /// Interns a pseudo-frame or native function with no source, and its only place.
    pub fn plain_location(&mut self, name: &str, category: Category) -> LocationId {
        let frame = self.frame(Frame { name: name.to_owned(), source: None, start: None, category });
        self.location(Location { frame, source: None, position: None, tier: Tier::Unknown, inlined: false })
    }

    /// Interns the node for `location` called from `parent`.
    pub fn node(&mut self, parent: Option<NodeId>, location: LocationId) -> NodeId {
        self.tree.child(parent, location)
    }

    /// Adds a sample, and its time to its node.
    pub fn sample(&mut self, time_us: u64, duration_us: u64, node: NodeId) {
        self.tree.add_self(node, duration_us, 1);
        self.samples.push(time_us, duration_us, node);
    }

    /// Adds self time to a node without a moment.
    pub fn add_self(&mut self, node: NodeId, us: u64, samples: u32) {
        self.tree.add_self(node, us, samples);
    }

    /// Adds allocated bytes to a node. From then on allocations count as recorded.
    pub fn add_self_bytes(&mut self, node: NodeId, bytes: u64) {
        self.tree.add_self_bytes(node, bytes);
    }

    /// Counts `n` records of a kind that could not be used.
    pub fn drop_records(&mut self, kind: &str, n: u64) {
        if n > 0 {
            *self.dropped.entry(kind.to_owned()).or_default() += n;
        }
    }

    /// The finished profile.
    pub fn finish(self) -> Profile {
        Profile {
            sources: self.sources.rows,
            frames: self.frames.rows,
            locations: self.locations.rows,
            tree: self.tree.finish(),
            samples: self.samples,
            interval_us: self.interval_us,
            dropped: self.dropped,
            notes: self.notes,
            decisions: self.decisions,
        }
    }
}

#[derive(Debug)]
struct Interner<T> {
    rows: Vec<T>,
    index: FxHashMap<T, usize>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), index: FxHashMap::default() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Interner<T> {
    fn intern(&mut self, row: T) -> usize {
        if let Some(found) = self.index.get(&row) {
            return *found;
        }
        let id = self.rows.len();
        self.index.insert(row.clone(), id);
        self.rows.push(row);
        id
    }
}
