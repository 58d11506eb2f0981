//! From what was read to a profile.

use super::decisions::assemble;
use super::functions::Functions;
use super::reader::Reader;
use super::records::{NEWEST_KNOWN, V8Version};
use super::stacks::RawLocation;
use super::weights::weigh;
use super::{Options, V8Log};
use crate::read::Scripts;
use profile::{Category, Location, Profile, ProfileBuilder};

/// The first V8 that leaves a gap instead of writing idle ticks.
const FIRST_V8_WITHOUT_IDLE_TICKS: V8Version = (14, 0);

pub(super) fn finish(mut reader: Reader, options: &Options, scripts: &dyn Scripts) -> V8Log {
    let mut builder = ProfileBuilder::default();
    let mut functions = Functions::resolve(&reader, scripts);
    let mut mapped = Vec::with_capacity(reader.stacks.locations.len());
    for location in &reader.stacks.locations {
        let id = match location {
            RawLocation::Plain { name, category } => builder.plain_location(name, *category),
            RawLocation::Function { function, script_offset, tier, inlined } => {
                let frame = functions.frame(*function, &mut builder);
                let resolved = functions.get(*function);
                let source = Some(builder.source(resolved.source.clone()));
                let position = script_offset.and_then(|offset| resolved.lines.as_ref()?.position(offset));
                builder.location(Location { frame, source, position, tier: *tier, inlined: *inlined })
            }
        };
        mapped.push(id);
    }
    assemble(&mut reader, options.recorded, &mut functions, &mut builder);
    let addresses = reader.code.addresses.take().unwrap_or_default();
    let functions_by_sfi = addresses.into_iter().map(|(address, function)| (address, functions.frame(function, &mut builder))).collect();

    let writes_idle_ticks = reader.v8_version.is_none_or(|version| version < FIRST_V8_WITHOUT_IDLE_TICKS);
    let idle = (!reader.stacks.samples.is_empty()).then(|| reader.stacks.idle_node());
    while mapped.len() < reader.stacks.locations.len() {
        mapped.push(builder.plain_location("(idle)", Category::Idle));
    }
    let stacks = std::mem::take(&mut reader.stacks);
    let mut tree = stacks.tree.finish();
    tree.relocate(|location| mapped[location.index()]);
    let weights = weigh(&stacks.samples, reader.interval_us, writes_idle_ticks);
    for (sample, weight) in stacks.samples.iter().zip(weights) {
        tree.add_self(sample.node, weight.own_us, 1);
        builder.samples.push(sample.time_us, weight.own_us, sample.node);
        if let Some(idle) = idle.filter(|_| weight.idle_us > 0) {
            tree.add_self(idle, weight.idle_us, 0);
            builder.samples.push(sample.time_us + weight.own_us, weight.idle_us, idle);
        }
    }

    builder.interval_us = reader.interval_us;
    for (kind, n) in &reader.dropped {
        builder.drop_records(kind, *n);
    }
    builder.drop_records("unresolvedCallers", stacks.n_unresolved_callers);
    builder.notes = functions.notes(reader.n_ticks, stacks.samples.is_empty());
    builder.notes.extend(note_of_version(&reader));
    V8Log {
        profile: Profile { tree, ..builder.finish() },
        logged_texts: functions.logged_texts,
        v8_version: reader.v8_version_text,
        isolate: reader.isolate,
        n_ticks: reader.n_ticks,
        functions_by_sfi,
        ticks: None,
    }
}

/// What to say when the log's V8 is newer than any known, and writes what is not understood.
fn note_of_version(reader: &Reader) -> Option<String> {
    let is_newer = reader.v8_version.is_some_and(|version| version > NEWEST_KNOWN);
    let count = |kind| reader.dropped.get(kind).copied().unwrap_or_default();
    let n_unknown = count("unknownRecords") + count("unknownMarkers");
    let version = reader.v8_version_text.as_deref().filter(|_| is_newer && n_unknown > 0)?;
    let kinds: Vec<&str> = reader.unknown_kinds.iter().map(String::as_str).collect();
    let kinds = if kinds.is_empty() { "code of a new tier".to_owned() } else { kinds.join(", ") };
    Some(format!(
        "The log is of V8 {version}, newer than any that is known here: {n_unknown} of its records are not understood ({kinds}), so \
         decisions may be missing."
    ))
}
