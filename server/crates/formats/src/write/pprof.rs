//! pprof's profile.proto, compressed: for `pprof`, and services that take its profiles.
//!
//! A sample is a stack with its own `samples/count`, `cpu/microseconds` and, where recorded, `alloc_space/bytes`; a profile with no time at
//! all has no `cpu`. The label `tier` is the compiler of the innermost code. A location has the exact line, 0 where only the function is
//! known. Waiting is left out: it takes no CPU. The profile's notes are its comments. There is no order in time.

mod proto;

use super::labels::name;
use flate2::Compression;
use flate2::write::GzEncoder;
use profile::{Category, FrameId, NodeId, Profile, SourceId, Tier};
use prost::Message;
use rustc_hash::FxHashMap;
use std::io::{self, Write};

/// The only mapping: all names and lines are known, so a reader looks for none.
const MAPPING: u64 = 1;

/// Writes a profile.
///
/// # Errors
/// When `out` takes no more.
pub fn write(profile: &Profile, out: &mut impl Write) -> io::Result<()> {
    let mut out = Pieces { out: GzEncoder::new(out, Compression::default()), bytes: Vec::new() };
    let mut texts = Texts::default();
    let columns = Columns::of(profile);
    out.write(&head(profile, &columns, &mut texts))?;
    functions_and_locations(profile, &mut texts, &mut out)?;
    let tier_key = texts.number("tier");
    let tiers = Tier::ALL.map(|tier| texts.number(tier.label()));
    for node in profile.tree.ids().filter(|node| profile.category_of(*node) != Category::Idle) {
        let value = columns.values(node);
        if value.iter().all(|value| *value == 0) {
            continue;
        }
        let location_id = profile.tree.stack(node).map(|node| id(profile.tree.location(node).index())).collect();
        let tier = profile.location(profile.tree.location(node)).tier;
        let is_known = |(known, _): &(&Tier, &i64)| **known == tier && tier != Tier::Unknown;
        let label = Tier::ALL.iter().zip(&tiers).find(is_known).map(|(_, str)| proto::Label { key: tier_key, str: *str });
        let sample = proto::Sample { location_id, value, label: label.into_iter().collect() };
        out.write(&proto::Profile { sample: vec![sample], ..Default::default() })?;
    }
    out.write(&proto::Profile { string_table: texts.rows, ..Default::default() })?;
    out.out.finish()?;
    Ok(())
}

/// Writes a message in pieces: readers join the lists of messages that follow each other. Stacks need not be in memory all at once.
struct Pieces<W: Write> {
    out: GzEncoder<W>,
    bytes: Vec<u8>,
}

impl<W: Write> Pieces<W> {
    fn write(&mut self, piece: &proto::Profile) -> io::Result<()> {
        self.bytes.clear();
        piece.encode(&mut self.bytes).map_err(io::Error::other)?;
        self.out.write_all(&self.bytes)
    }
}

/// The table of strings. Its first row is the empty one.
struct Texts {
    rows: Vec<String>,
    numbers: FxHashMap<String, i64>,
}

impl Default for Texts {
    fn default() -> Self {
        Self { rows: vec![String::new()], numbers: FxHashMap::from_iter([(String::new(), 0)]) }
    }
}

impl Texts {
    fn number(&mut self, text: &str) -> i64 {
        if let Some(known) = self.numbers.get(text) {
            return *known;
        }
        let number = self.rows.len() as i64;
        self.rows.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }
}

/// What is recorded of each stack.
struct Columns<'a> {
    profile: &'a Profile,
    has_cpu: bool,
    has_bytes: bool,
}

impl<'a> Columns<'a> {
    fn of(profile: &'a Profile) -> Self {
        let has_bytes = profile.tree.has_bytes();
        Self { profile, has_cpu: !has_bytes || profile.tree.self_us.iter().any(|us| *us > 0), has_bytes }
    }

    fn values(&self, node: NodeId) -> Vec<i64> {
        let (tree, row) = (&self.profile.tree, node.index());
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let mut values = vec![i64::from(tree.self_samples[row])];
        values.extend(self.has_cpu.then(|| number(tree.self_us[row])));
        values.extend(self.has_bytes.then(|| number(tree.self_bytes[row])));
        values
    }
}

fn head(profile: &Profile, columns: &Columns<'_>, texts: &mut Texts) -> proto::Profile {
    let mut kind = |r#type, unit| proto::ValueType { r#type: texts.number(r#type), unit: texts.number(unit) };
    let mut sample_type = vec![kind("samples", "count")];
    let cpu = kind("cpu", "microseconds");
    sample_type.extend(columns.has_cpu.then_some(cpu));
    if columns.has_bytes {
        sample_type.push(kind("alloc_space", "bytes"));
    }
    let main = sample_type[1];
    let samples = &profile.samples;
    let begin_us = samples.time_us.first().copied().unwrap_or(0);
    let end_us = samples.time_us.last().zip(samples.duration_us.last()).map_or(0, |(time, duration)| time.saturating_add(*duration));
    let nanos = end_us.saturating_sub(begin_us).saturating_mul(1000);
    proto::Profile {
        sample_type,
        default_sample_type: main.r#type,
        duration_nanos: i64::try_from(nanos).unwrap_or(i64::MAX),
        period_type: (profile.interval_us > 0).then_some(cpu),
        period: i64::try_from(profile.interval_us).unwrap_or(i64::MAX),
        comment: profile.notes.iter().map(|note| texts.number(note)).collect(),
        mapping: vec![proto::Mapping {
            id: MAPPING,
            filename: texts.number("node"),
            has_functions: true,
            has_filenames: true,
            has_line_numbers: true,
            has_inline_frames: true,
        }],
        ..Default::default()
    }
}

/// Functions, and each location of the profile under its number plus one.
fn functions_and_locations<W: Write>(profile: &Profile, texts: &mut Texts, out: &mut Pieces<W>) -> io::Result<()> {
    // A function has one file there: one whose code came from several sources is several.
    let mut functions: FxHashMap<(FrameId, Option<SourceId>), u64> = FxHashMap::default();
    for (row, location) in profile.locations.iter().enumerate() {
        let frame = profile.frame(location.frame);
        let source = location.source.filter(|_| location.position.is_some()).or(frame.source);
        let next = id(functions.len());
        let function_id = *functions.entry((location.frame, source)).or_insert(next);
        let mut piece = proto::Profile::default();
        if function_id == next {
            let file = source.map(|source| profile.source(source)).map_or("", |source| source.path.as_ref().unwrap_or(&source.url));
            let name = texts.number(name(frame));
            let start = frame.start.filter(|_| source == frame.source);
            piece.function.push(proto::Function {
                id: function_id,
                name,
                system_name: name,
                filename: texts.number(file),
                start_line: start.map_or(0, |start| i64::from(start.line)),
            });
        }
        let (line, column) = location.position.map_or((0, 0), |position| (position.line, position.column));
        let line = proto::Line { function_id, line: i64::from(line), column: i64::from(column) };
        piece.location.push(proto::Location { id: id(row), mapping_id: MAPPING, line: vec![line] });
        out.write(&piece)?;
    }
    Ok(())
}

/// Numbers begin at 1: 0 is none.
fn id(row: usize) -> u64 {
    row as u64 + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::sample;
    use flate2::read::GzDecoder;
    use std::io::Read;

    fn written(profile: &Profile) -> proto::Profile {
        let mut out = Vec::new();
        write(profile, &mut out).unwrap();
        let mut bytes = Vec::new();
        GzDecoder::new(&*out).read_to_end(&mut bytes).unwrap();
        proto::Profile::decode(&*bytes).unwrap()
    }

    /// Each sample as its stack, outermost first, values, and labels.
    fn shown(pprof: &proto::Profile) -> Vec<String> {
        let text = |number: i64| &*pprof.string_table[number as usize];
        let frame = |id: &u64| {
            let location = pprof.location.iter().find(|location| location.id == *id).unwrap();
            let line = location.line[0];
            let function = pprof.function.iter().find(|function| function.id == line.function_id).unwrap();
            let file = text(function.filename).rsplit('/').next().unwrap();
            format!("{}@{file}:{}:{}", text(function.name).chars().take(14).collect::<String>(), function.start_line, line.line)
        };
        let sample = |sample: &proto::Sample| {
            let stack: Vec<String> = sample.location_id.iter().rev().map(frame).collect();
            let labels: Vec<String> = sample.label.iter().map(|label| format!(" {}={}", text(label.key), text(label.str))).collect();
            format!("{} {:?}{}", stack.join(";"), sample.value, labels.concat())
        };
        pprof.sample.iter().map(sample).collect()
    }

    fn types(pprof: &proto::Profile) -> Vec<String> {
        let text = |number: i64| &*pprof.string_table[number as usize];
        pprof.sample_type.iter().map(|kind| format!("{}/{}", text(kind.r#type), text(kind.unit))).collect()
    }

    #[test]
    fn samples_functions_and_lines() {
        let mut profile = sample::profile();
        profile.interval_us = 1000;
        profile.notes.push("a note".into());
        let pprof = written(&profile);
        assert_eq!(types(&pprof), ["samples/count", "cpu/microseconds"]);
        let top = "(anonymous)@main.js:1:0";
        let handle = format!("{top};emit@:500:0;handle@routes.js:10:0").replace("emit@:", "emit@node:events:");
        let handle_12 = handle.replace("10:0", "10:12");
        let expected = [
            format!("{top} [1, 100] tier=ignition"),
            format!("{handle} [1, 300] tier=turbofan"),
            format!("{handle};</script><scri@a.js:3:4 [1, 700] tier=maglev"),
            format!("{handle};</script><scri@a.js:3:4;RegExp: a;b@:0:0 [1, 50]"),
            "(gc)@:0:0 [1, 25]".to_owned(),
            "(program)@:0:0 [1, 10]".to_owned(),
            format!("{handle_12} [1, 200] tier=turbofan"),
        ];
        assert_eq!(shown(&pprof), expected);
        let text = |number: i64| &*pprof.string_table[number as usize];
        assert_eq!((text(0), text(pprof.default_sample_type), text(pprof.comment[0])), ("", "cpu", "a note"));
        assert_eq!((pprof.period, pprof.duration_nanos), (1000, 2_385_000));
        assert!(pprof.string_table.iter().any(|text| text == sample::EVIL_NAME));
    }

    #[test]
    fn allocations_are_a_sample_type() {
        let mut profile = sample::profile();
        profile.tree.self_bytes = vec![0; profile.tree.len()];
        profile.tree.self_bytes[1] = 4096;
        let pprof = written(&profile);
        assert_eq!(types(&pprof), ["samples/count", "cpu/microseconds", "alloc_space/bytes"]);
        assert_eq!(pprof.sample.iter().map(|sample| sample.value[2]).sum::<i64>(), 4096);
        profile.tree.self_us.fill(0);
        profile.tree.self_samples.fill(0);
        let pprof = written(&profile);
        assert_eq!(types(&pprof), ["samples/count", "alloc_space/bytes"]);
        assert_eq!(shown(&pprof), ["(anonymous)@main.js:1:0;emit@node:events:500:0 [0, 4096] tier=sparkplug"]);
        assert_eq!(pprof.string_table[pprof.default_sample_type as usize], "alloc_space");
    }

    #[test]
    fn an_empty_profile_has_its_types() {
        let pprof = written(&Profile::default());
        assert_eq!((types(&pprof).len(), pprof.sample.len()), (2, 0));
    }

    #[test]
    fn a_full_disk_is_told() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert_eq!(write(&sample::profile(), &mut Full).unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
