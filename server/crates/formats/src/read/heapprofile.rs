//! V8's sampling heap profiles (`.heapprofile`): what `node --heap-prof` writes and what the inspector's `HeapProfiler.stopSampling` answers.
//!
//! How the parts of the format become parts of the model:
//!
//! - A node's `selfSize` are its bytes. V8 scales each sample to what it stands for; the sizes of `samples` are rounded one by one and do not
//!   add up to it, so only their number is used. There is no time, and no order in time.
//! - `(root)` is not a node of the model; bytes on it are `(program)`'s. `(GC)` becomes `(gc)`. V8's other states (`(V8 API)`, `(PARSER)`, …)
//!   are outermost frames of its own work. Functions with no script are native.
//! - The format knows functions and no lines.
//!
//! Kinds of [`Profile::dropped`]: `negativeSizes`, `sizesTooLarge` (beyond what all memory of a process can hold), `nodesWithoutFrame`,
//! `samplesOfUnknownNodes`, `duplicateIds`, `invalidText`.

mod json;
mod parse;

use crate::read::ReadError;
use crate::read::call_frame::RawFrame;
use parse::RawHeap;
use profile::{Category, LocationId, NodeId, Profile, ProfileBuilder};
use rustc_hash::FxHashMap;
use std::io::Read;

/// Name of the format, for errors.
const FORMAT: &str = "V8 heap profile";

/// Largest sum of sizes, 2⁵³: a JavaScript number is exact up to here.
const MOST_BYTES: u64 = 1 << 53;

const ABOUT_BYTES: &str = "Bytes are estimated from samples. Unless V8 was told otherwise they are of what was still alive when the profile was \
                           taken, not of everything that was allocated.";

const NO_SAMPLES: &str = "This heap profile has no list of samples, so it does not tell how many are behind a figure.";

/// Reads a heap profile. Also takes it wrapped as the inspector sends it: `{"profile": …}` or `{"result": {"profile": …}}`.
///
/// The whole input is held in memory while it is read; nesting is not limited.
///
/// # Errors
/// When the input cannot be had, or is no heap profile: what is wrong, and where.
pub fn read(mut input: impl Read) -> Result<Profile, ReadError> {
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    let raw = parse::parse(&bytes)?;
    drop(bytes);
    Ok(build(raw))
}

/// Whether the beginning of a file is that of a heap profile: of the keys that tell JSON profiles apart, `head` is the first.
pub fn is_heap_profile(start: &[u8]) -> bool {
    let mut at = 0;
    while let Some(quote) = memchr::memchr(b'"', &start[at..]) {
        let key = &start[at + quote + 1..];
        let Some(end) = memchr::memchr(b'"', key) else { return false };
        at += quote + 1 + end + 1;
        let is_key = start[at..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
        match &key[..end] {
            b"head" if is_key => return true,
            b"nodes" | b"traceEvents" | b"snapshot" if is_key => return false,
            _ => {}
        }
    }
    false
}

fn build(raw: RawHeap) -> Profile {
    let mut builder = ProfileBuilder::default();
    let locations: Vec<LocationId> = raw.frames.iter().map(|frame| location(frame, &mut builder)).collect();
    let mut dropped = raw.dropped;
    let mut rows: FxHashMap<i64, usize> = FxHashMap::default();
    let mut nodes: Vec<Option<NodeId>> = Vec::with_capacity(raw.parent.len());
    let mut left = MOST_BYTES;
    for row in 0..raw.parent.len() {
        let parent = raw.parent[row].and_then(|parent| nodes[parent as usize]);
        let is_root = raw.parent[row].is_none();
        // Bytes of the root itself are of no function.
        let location = match raw.frame[row] {
            _ if is_root => (raw.size[row] > 0).then(|| builder.plain_location("(program)", Category::Program)),
            Some(frame) => Some(locations[frame as usize]),
            None => {
                *dropped.entry("nodesWithoutFrame").or_default() += 1;
                Some(builder.plain_location("(unknown)", Category::Unresolved))
            }
        };
        let node = location.map(|location| builder.node(parent, location));
        nodes.push(node.filter(|_| !is_root));
        if let Some(node) = node {
            let size = if raw.size[row] <= left { raw.size[row] } else { 0 };
            if size < raw.size[row] {
                *dropped.entry("sizesTooLarge").or_default() += 1;
            }
            left -= size;
            builder.add_self_bytes(node, size);
        }
        if let Some(id) = raw.id[row]
            && rows.insert(id, row).is_some()
        {
            *dropped.entry("duplicateIds").or_default() += 1;
        }
    }
    for id in &raw.samples {
        match rows.get(id).map(|row| nodes[*row]) {
            Some(Some(node)) => builder.add_self(node, 0, 1),
            Some(None) => {
                let program = builder.plain_location("(program)", Category::Program);
                let node = builder.node(None, program);
                builder.add_self(node, 0, 1);
            }
            None => *dropped.entry("samplesOfUnknownNodes").or_default() += 1,
        }
    }
    for (kind, n) in dropped {
        builder.drop_records(kind, n);
    }
    builder.notes.push(ABOUT_BYTES.to_owned());
    if !raw.has_samples {
        builder.notes.push(NO_SAMPLES.to_owned());
    }
    builder.finish()
}

fn location(raw: &RawFrame, builder: &mut ProfileBuilder) -> LocationId {
    if !raw.has_script {
        let (name, category) = match &*raw.name {
            "(GC)" => ("(gc)", Category::Gc),
            "(PARSER)" | "(COMPILER)" | "(BYTECODE_COMPILER)" => (&*raw.name, Category::Compiler),
            "(V8 API)" | "(EXTERNAL)" | "(OTHER)" | "(LOGGING)" | "(IDLE)" | "(JS)" | "(ATOMICS_WAIT)" | "(IDLE_EXTERNAL)" => {
                (&*raw.name, Category::Program)
            }
            name => (name, Category::Native),
        };
        return builder.plain_location(name, category);
    }
    let (location, _) = raw.of_script(builder);
    builder.location(location)
}

#[cfg(test)]
mod tests;
