//! Hidden classes, each with the one it was made from.

use crate::read::v8_log::code::Access;
use rustc_hash::{FxHashMap, FxHashSet};

/// Most hidden classes that are kept; further ones are counted.
const MAX_SHAPES: usize = 1 << 20;

/// Most steps back from a hidden class. V8 makes a dictionary of an object with more properties than 1020.
const MAX_PATH: usize = 4096;

/// What made a hidden class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// It is the first one of a constructor, whose name it has.
    Initial,
    /// A property was added, whose name it has.
    Property,
    /// The object became a dictionary.
    Dictionary,
    /// A dictionary became fast again.
    Fast,
    /// Anything else: another prototype, other representations of fields, frozen, …
    Other,
}

#[derive(Debug)]
struct Node {
    /// The row it was made from; rows are older than those made from them.
    parent: Option<u32>,
    /// Row of [`Shapes::names`].
    name: u32,
    change: Change,
    place: Option<Access>,
}

/// A shape, taken together from where it came.
#[derive(Debug, Default)]
pub(super) struct RawShape<'a> {
    pub(super) constructor: Option<&'a [u8]>,
    pub(super) created_at: Option<Access>,
    /// Properties in the order in which they were added, and where.
    pub(super) properties: Vec<(&'a [u8], Option<Access>)>,
    pub(super) is_dictionary: bool,
}

/// All hidden classes of a log.
#[derive(Debug, Default)]
pub(in crate::read::v8_log) struct Shapes {
    nodes: Vec<Node>,
    by_address: FxHashMap<u64, u32>,
    names: Vec<Box<[u8]>>,
    name_rows: FxHashMap<Box<[u8]>, u32>,
}

impl Shapes {
    /// A hidden class was made at `to`. `reason` and `name` as the log has them. Returns whether there was room for it.
    pub(in crate::read::v8_log) fn changed(
        &mut self,
        change: &[u8],
        from: u64,
        to: u64,
        place: Option<Access>,
        reason: &[u8],
        name: &[u8],
    ) -> bool {
        // `Deprecate` has no new class.
        if to == 0 {
            return true;
        }
        if self.nodes.len() >= MAX_SHAPES {
            self.by_address.remove(&to);
            return false;
        }
        let change = match change {
            // A class has two of its own: that of the constructor function itself and that of its prototype.
            b"InitialMap" if reason.is_empty() => Change::Initial,
            b"Transition" if is_property(name) => Change::Property,
            b"ReplaceDescriptors" if is_property(name) && reason.ends_with(b"Descriptor") => Change::Property,
            b"SlowToFast" => Change::Fast,
            change if change.starts_with(b"Normalize") => Change::Dictionary,
            _ => Change::Other,
        };
        let parent = if change == Change::Initial { None } else { self.by_address.get(&from).copied() };
        let name = self.name(if matches!(change, Change::Initial | Change::Property) { name } else { b"" });
        self.nodes.push(Node { parent, name, change, place });
        self.by_address.insert(to, self.nodes.len() as u32 - 1);
        true
    }

    fn name(&mut self, name: &[u8]) -> u32 {
        if let Some(known) = self.name_rows.get(name) {
            return *known;
        }
        let row = self.names.len() as u32;
        self.names.push(name.into());
        self.name_rows.insert(name.into(), row);
        row
    }

    /// A hidden class was moved by the garbage collector.
    pub(in crate::read::v8_log) fn relocate(&mut self, from: u64, to: u64) {
        if let Some(row) = self.by_address.remove(&from) {
            self.by_address.insert(to, row);
        }
    }

    /// There is a new hidden class at an address, of which the log has not yet told where it came from.
    pub(in crate::read::v8_log) fn created(&mut self, map: u64) {
        self.by_address.remove(&map);
    }

    /// The row of the hidden class at an address now.
    pub(super) fn at(&self, map: u64) -> Option<u32> {
        self.by_address.get(&map).copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// A row with all that it came from.
    pub(super) fn shape(&self, row: u32) -> RawShape<'_> {
        let mut shape = RawShape { is_dictionary: self.is_dictionary(row), ..RawShape::default() };
        for node in self.path(row) {
            let name = &*self.names[node.name as usize];
            match node.change {
                Change::Initial => (shape.constructor, shape.created_at) = (Some(name).filter(|name| !name.is_empty()), node.place),
                Change::Property => shape.properties.push((name, node.place)),
                _ => {}
            }
        }
        shape.properties.reverse();
        // A property whose attributes changed is told twice; the first time it was added.
        let mut known = FxHashSet::default();
        shape.properties.retain(|(name, _)| known.insert(*name));
        shape
    }

    fn is_dictionary(&self, row: u32) -> bool {
        self.path(row)
            .find(|node| matches!(node.change, Change::Dictionary | Change::Fast))
            .is_some_and(|node| node.change == Change::Dictionary)
    }

    /// A row and all it was made from, newest first.
    fn path(&self, row: u32) -> impl Iterator<Item = &Node> {
        std::iter::successors(self.nodes.get(row as usize), |node| self.nodes.get(node.parent? as usize)).take(MAX_PATH)
    }
}

/// Whether a transition's name is that of a property. Transitions that change something else, such as the kind of elements or whether the
/// object is frozen, have none, or one of V8's private symbols, which have no description. (Neither has what a program calls `Symbol()`.)
fn is_property(name: &[u8]) -> bool {
    !name.is_empty() && !name.starts_with(b"symbol(hash ")
}
