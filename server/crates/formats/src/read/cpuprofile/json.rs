//! JSON into columns, with no tree of values in between.

mod scalars;

use self::scalars::{ScriptId, Ticks, Whole, Wholes};
use super::{FORMAT, INLINED_LEAVES, OWN_NODE};
use crate::read::ReadError;
use crate::read::call_frame::RawFrame;
use crate::read::json_text::Text;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// The file as it is, in columns. Rows of `id`, `frame`, `hits`, `children_end`, `ticks_end` are nodes.
#[derive(Debug, Default)]
pub(super) struct Raw {
    pub(super) frames: Vec<RawFrame>,
    pub(super) id: Vec<i64>,
    /// Row of `frames`; `u32::MAX` when the node has no call frame.
    pub(super) frame: Vec<u32>,
    pub(super) hits: Vec<u64>,
    /// Ids of the children of all nodes; those of a node end at its `children_end`, where those of the next node begin.
    pub(super) children: Vec<i64>,
    pub(super) children_end: Vec<usize>,
    /// `(line, ticks)` of all nodes, divided like `children`.
    pub(super) ticks: Vec<(u32, u32)>,
    pub(super) ticks_end: Vec<usize>,
    /// `(row, id of its parent)` of the nodes that say so.
    pub(super) parent_ids: Vec<(usize, i64)>,
    pub(super) samples: Vec<i64>,
    pub(super) deltas: Vec<i64>,
    pub(super) start_us: Option<i64>,
    pub(super) end_us: Option<i64>,
    /// The writer says that every inlined function has a node.
    pub(super) is_own_node: bool,
    pub(super) dropped: BTreeMap<&'static str, u64>,
}

impl Raw {
    /// Counts `n` records of a kind that could not be used.
    pub(super) fn drop_records(&mut self, kind: &'static str, n: u64) {
        if n > 0 {
            *self.dropped.entry(kind).or_default() += n;
        }
    }

    /// The text; counts it when it was invalid.
    fn counted<'de>(&mut self, text: Text<'de>) -> Cow<'de, str> {
        self.drop_records("invalidText", u64::from(text.was_invalid));
        text.text
    }

    pub(super) fn children_of(&self, row: usize) -> &[i64] {
        &self.children[start_of(&self.children_end, row)..self.children_end[row]]
    }

    pub(super) fn ticks_of(&self, row: usize) -> &[(u32, u32)] {
        &self.ticks[start_of(&self.ticks_end, row)..self.ticks_end[row]]
    }
}

fn start_of(ends: &[usize], row: usize) -> usize {
    if row == 0 { 0 } else { ends[row - 1] }
}

/// Parses the text of a profile.
pub(super) fn parse(bytes: &[u8]) -> Result<Raw, ReadError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let fail = |problem: String| ReadError::Format { format: FORMAT, problem };
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => return Err(fail("the file is empty. Was the program killed before it ended?".into())),
        Some(b'[') => return Err(fail("it is a JSON array: this looks like a Chrome trace. Save a CPU profile instead".into())),
        Some(b'{') => {}
        Some(_) => return Err(fail("it does not begin as a JSON object".into())),
    }
    let mut state = State { raw: Raw::default(), frame_rows: FxHashMap::default(), has_nodes: false };
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let parsed = Top { state: &mut state, depth: 0 }.deserialize(&mut json).and_then(|()| json.end());
    if let Err(error) = parsed {
        let hint = if error.is_eof() { ". The file is cut off: was the program killed while it wrote?" } else { "" };
        return Err(fail(format!("{error}{hint}")));
    }
    if !state.has_nodes {
        return Err(fail("it has no `nodes`".into()));
    }
    Ok(state.raw)
}

#[derive(PartialEq, Eq, Hash)]
struct FrameKey<'de> {
    name: Cow<'de, str>,
    url: Cow<'de, str>,
    line: i64,
    column: i64,
    has_script: bool,
}

struct State<'de> {
    raw: Raw,
    frame_rows: FxHashMap<FrameKey<'de>, u32>,
    has_nodes: bool,
}

macro_rules! seed_by {
    ($seed:ty, $value:ty, $method:ident) => {
        impl<'de> DeserializeSeed<'de> for $seed {
            type Value = $value;
            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
                deserializer.$method(self)
            }
        }
    };
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum TopKey {
    Nodes,
    StartTime,
    EndTime,
    Samples,
    TimeDeltas,
    Profile,
    Result,
    TraceEvents,
    Head,
    #[serde(rename = "$tickmark")]
    Tickmark,
    #[serde(other)]
    Other,
}

/// The object with the profile's fields, or a wrapper around it.
struct Top<'a, 'de> {
    state: &'a mut State<'de>,
    depth: u8,
}
seed_by!(Top<'_, 'de>, (), deserialize_map);

impl<'de> Visitor<'de> for Top<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a CPU profile object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let state = self.state;
        while let Some(key) = map.next_key()? {
            match key {
                TopKey::Nodes => {
                    state.has_nodes = true;
                    map.next_value_seed(Nodes(&mut *state))?;
                }
                TopKey::StartTime => state.raw.start_us = Some(map.next_value::<Whole>()?.0),
                TopKey::EndTime => state.raw.end_us = Some(map.next_value::<Whole>()?.0),
                TopKey::Samples => map.next_value_seed(Wholes(&mut state.raw.samples))?,
                TopKey::TimeDeltas => map.next_value_seed(Wholes(&mut state.raw.deltas))?,
                // Two levels of wrapping exist; a bound keeps made-up input from recursing.
                TopKey::Profile | TopKey::Result if self.depth < 2 => {
                    map.next_value_seed(Top { state: &mut *state, depth: self.depth + 1 })?;
                }
                TopKey::Tickmark => {
                    let said = map.next_value::<serde_json::Value>()?;
                    state.raw.is_own_node = said.get(INLINED_LEAVES).is_some_and(|said| said == OWN_NODE);
                }
                TopKey::TraceEvents => return Err(A::Error::custom("it is a Chrome trace (`traceEvents`). Save a CPU profile instead")),
                TopKey::Head => {
                    return Err(A::Error::custom(
                        "it has a `head`, as a heap profile has, or a CPU profile from before Node 8, which is not supported",
                    ));
                }
                TopKey::Profile | TopKey::Result | TopKey::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

struct Nodes<'a, 'de>(&'a mut State<'de>);
seed_by!(Nodes<'_, 'de>, (), deserialize_seq);

impl<'de> Visitor<'de> for Nodes<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list of nodes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Node(&mut *self.0))?.is_some() {}
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum NodeKey {
    Id,
    CallFrame,
    HitCount,
    Children,
    Parent,
    PositionTicks,
    #[serde(other)]
    Other,
}

struct Node<'a, 'de>(&'a mut State<'de>);
seed_by!(Node<'_, 'de>, (), deserialize_map);

impl<'de> Visitor<'de> for Node<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a node object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let state = self.0;
        let (mut id, mut parent, mut frame, mut hits) = (None, None, None, 0);
        let (n_children, n_ticks) = (state.raw.children.len(), state.raw.ticks.len());
        while let Some(key) = map.next_key()? {
            match key {
                NodeKey::Id => id = Some(map.next_value::<Whole>()?.0),
                NodeKey::CallFrame => frame = Some(map.next_value_seed(CallFrame(&mut *state))?),
                NodeKey::HitCount => hits = u64::try_from(map.next_value::<Whole>()?.0).unwrap_or(0),
                NodeKey::Children => map.next_value_seed(Wholes(&mut state.raw.children))?,
                NodeKey::Parent => parent = map.next_value::<Option<Whole>>()?,
                NodeKey::PositionTicks => map.next_value_seed(Ticks(&mut state.raw.ticks))?,
                NodeKey::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let raw = &mut state.raw;
        let Some(id) = id else {
            raw.children.truncate(n_children);
            raw.ticks.truncate(n_ticks);
            raw.drop_records("nodesWithoutId", 1);
            return Ok(());
        };
        if frame.is_none() {
            raw.drop_records("nodesWithoutFrame", 1);
        }
        if let Some(parent) = parent {
            raw.parent_ids.push((raw.id.len(), parent.0));
        }
        raw.id.push(id);
        raw.frame.push(frame.unwrap_or(u32::MAX));
        raw.hits.push(hits);
        raw.children_end.push(raw.children.len());
        raw.ticks_end.push(raw.ticks.len());
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum FrameKeyName {
    FunctionName,
    ScriptId,
    Url,
    LineNumber,
    ColumnNumber,
    #[serde(other)]
    Other,
}

struct CallFrame<'a, 'de>(&'a mut State<'de>);
seed_by!(CallFrame<'_, 'de>, u32, deserialize_map);

impl<'de> Visitor<'de> for CallFrame<'_, 'de> {
    type Value = u32;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a call frame object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<u32, A::Error> {
        let mut key = FrameKey { name: Cow::Borrowed(""), url: Cow::Borrowed(""), line: -1, column: -1, has_script: false };
        let raw = &mut self.0.raw;
        while let Some(field) = map.next_key()? {
            match field {
                FrameKeyName::FunctionName => key.name = raw.counted(map.next_value()?),
                FrameKeyName::Url => key.url = raw.counted(map.next_value()?),
                FrameKeyName::ScriptId => key.has_script = map.next_value::<ScriptId>()?.0,
                FrameKeyName::LineNumber => key.line = map.next_value::<Whole>()?.0,
                FrameKeyName::ColumnNumber => key.column = map.next_value::<Whole>()?.0,
                FrameKeyName::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if let Some(row) = self.0.frame_rows.get(&key) {
            return Ok(*row);
        }
        let row = u32::try_from(raw.frames.len()).unwrap_or(u32::MAX);
        raw.frames.push(RawFrame {
            name: key.name.as_ref().to_owned(),
            url: key.url.as_ref().to_owned(),
            line: key.line,
            column: key.column,
            has_script: key.has_script || !key.url.is_empty(),
        });
        self.0.frame_rows.insert(key, row);
        Ok(row)
    }
}
