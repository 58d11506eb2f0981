//! Decisions of another isolate or process, joined to a profile by function.

use super::{DecisionFiles, logs, read_log};
use crate::scripts::ScriptTexts;
use formats::read::{ReadError, v8_log, v8_trace};
use profile::decisions::{DecisionsBuilder, Handles, Inlining, Place, Recorded};
use profile::{Decisions, Frame, FrameId, Profile, Source, SourceId};
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::hash::Hash;
use v8_trace::V8Trace;

/// Adds what the process for decisions tells: inline caches, shapes, refused inlining, and inlined calls that no log can tell. Its
/// compilations and other inlined calls are left out, for they would be counted twice. What cannot be read is told, and costs nothing else.
///
/// A log that was read is removed: it can be ten times as large as all the rest of a run, most of it one miss like the other, and the model
/// has what it tells.
pub(super) fn add_files(profile: &mut Profile, files: &DecisionFiles, texts: &ScriptTexts) {
    let options = v8_log::Options {
        window: Some(0..0),
        recorded: Some(Recorded { code: true, inline_caches: true, shapes: true, deopts: false, refusals: false }),
        shapes: true,
        functions_by_sfi: true,
    };
    let trace = match File::open(&files.traces).map_err(ReadError::from).and_then(v8_trace::read_output) {
        Ok(trace) => Some(trace),
        Err(error) => {
            profile.notes.push(format!("Refused inlining is missing: {}: {error}", files.traces.display()));
            None
        }
    };
    let mut unknown = Unknown::default();
    for file in logs(&files.folder) {
        let log = match read_log(&file, &options, texts) {
            Ok(log) => {
                // Where it cannot be removed it is one file more.
                let _ = std::fs::remove_file(&file);
                log
            }
            Err(error) => {
                profile.notes.push(format!("Inline caches and shapes of one isolate are missing: {}: {error}", file.display()));
                continue;
            }
        };
        let all = &log.profile.decisions;
        let mut told = Decisions {
            recorded: Recorded { code: false, ..all.recorded },
            inline_caches: all.inline_caches.clone(),
            shapes: all.shapes.clone(),
            ..Decisions::default()
        };
        if let Some(trace) = &trace {
            let joined = v8_trace::refusals(trace, &log.functions_by_sfi, &log.profile);
            unknown.add(trace, joined.n_unknown, &log.profile);
            told.refusals = joined.refusals;
            told.inlinings = only_traced(joined.inlinings, &all.inlinings);
            told.recorded.refusals = true;
        }
        add(profile, &log.profile, &told, 0);
        count(profile, &log.profile.dropped);
    }
    if let Some(trace) = trace {
        count(profile, &trace.profile.dropped);
        count(profile, &[("refusalsOfUnknownFunction".to_owned(), unknown.lines())].into());
    }
}

/// Inlined calls that are in the trace and not in the log of the same process: those that left no instruction with a position of theirs,
/// since all of the callee was reduced away.
fn only_traced(traced: Vec<Inlining>, logged: &[Inlining]) -> Vec<Inlining> {
    let logged: HashSet<_> = logged.iter().map(|inlining| (inlining.into, inlining.callee)).collect();
    traced.into_iter().filter(|inlining| !logged.contains(&(inlining.into, inlining.callee))).collect()
}

fn count(profile: &mut Profile, dropped: &std::collections::BTreeMap<String, u64>) {
    for (kind, n) in dropped.iter().filter(|(_, n)| **n > 0) {
        *profile.dropped.entry(kind.clone()).or_default() += n;
    }
}

/// Lines of a trace that are about a function of none of the logs. All isolates of a program print into one text, so what one log does
/// not know, another one may.
#[derive(Default)]
struct Unknown {
    all: u64,
    known: u64,
}

impl Unknown {
    fn add(&mut self, trace: &V8Trace, unknown: u64, profile: &Profile) {
        self.all = v8_trace::refusals(trace, &[], profile).n_unknown;
        self.known += self.all.saturating_sub(unknown);
    }

    fn lines(&self) -> u64 {
        self.all.saturating_sub(self.known)
    }
}

/// Adds decisions that are told in terms of `other`, whose first isolate becomes row `first_thread`. Functions are the same if they have
/// the same name and place.
pub(super) fn add(profile: &mut Profile, other: &Profile, told: &Decisions, first_thread: u16) {
    let mut sources = Rows::of(std::mem::take(&mut profile.sources));
    let mut frames = Rows::of(std::mem::take(&mut profile.frames));
    let mut moved = Moved { sources: &mut sources, frames: &mut frames, other };
    let mut decisions = DecisionsBuilder::default();
    decisions.add(&profile.decisions, 0, &mut AsTheyAre);
    decisions.add(told, first_thread, &mut moved);
    profile.decisions = decisions.finish();
    profile.sources = sources.rows;
    profile.frames = frames.rows;
}

/// Handles of the profile that is added to.
struct AsTheyAre;

impl Handles for AsTheyAre {
    fn frame(&mut self, frame: FrameId) -> FrameId {
        frame
    }

    fn place(&mut self, place: Place) -> Place {
        place
    }
}

/// Handles of the other profile: rows that are new get in.
struct Moved<'a> {
    sources: &'a mut Rows<Source>,
    frames: &'a mut Rows<Frame>,
    other: &'a Profile,
}

impl Moved<'_> {
    fn source(&mut self, source: SourceId) -> SourceId {
        SourceId::new(self.sources.row(self.other.source(source)))
    }
}

impl Handles for Moved<'_> {
    fn frame(&mut self, frame: FrameId) -> FrameId {
        let mut frame = self.other.frame(frame).clone();
        frame.source = frame.source.map(|source| self.source(source));
        FrameId::new(self.frames.row(&frame))
    }

    fn place(&mut self, place: Place) -> Place {
        let function = place.function.map(|function| self.frame(function));
        Place { function, source: place.source.map(|source| self.source(source)), ..place }
    }
}

/// Rows of a table, each once.
struct Rows<T> {
    rows: Vec<T>,
    index: HashMap<T, usize>,
}

impl<T: Clone + Eq + Hash> Rows<T> {
    fn of(rows: Vec<T>) -> Self {
        let index = rows.iter().enumerate().map(|(at, row)| (row.clone(), at)).collect();
        Self { rows, index }
    }

    fn row(&mut self, row: &T) -> usize {
        if let Some(at) = self.index.get(row) {
            return *at;
        }
        self.rows.push(row.clone());
        self.index.insert(row.clone(), self.rows.len() - 1);
        self.rows.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use profile::decisions::{Compilation, IcState, InlineCache, Shape};
    use profile::{Category, Position, ProfileBuilder, ShapeId, Tier};

    /// A profile of these functions of `/a.js`, each compiled once; `cache` has an inline cache.
    fn profile(functions: &[(&str, u32)], cache: Option<&str>) -> Profile {
        let mut builder = ProfileBuilder::default();
        // Handles differ between the profiles.
        builder.source(Source { url: format!("{functions:?}"), path: None });
        let source = builder.source(Source { url: "/a.js".into(), path: Some("/a.js".into()) });
        let mut decisions = Decisions { recorded: Recorded { code: true, ..Recorded::default() }, ..Decisions::default() };
        for (name, line) in functions {
            let start = Some(Position { line: *line, column: 1 });
            let function = builder.frame(Frame { name: (*name).into(), source: Some(source), start, category: Category::App });
            let tier = Tier::Turbofan;
            decisions.compilations.push(Compilation { function, tier, osr: None, at_us: 1, code_bytes: 1, thread: 0 });
            if cache == Some(name) {
                decisions.recorded.inline_caches = true;
                let shape = Shape { constructor: None, created_at: None, properties: vec![], is_dictionary: false };
                decisions.shapes.push(shape);
                decisions.inline_caches.push(InlineCache {
                    place: Place { function: Some(function), source: Some(source), position: Some(Position { line: 9, column: 3 }) },
                    kind: "LoadIC".into(),
                    key: "x".into(),
                    n_keys: 1,
                    state: IcState::Megamorphic,
                    misses: 5,
                    first_uses: 0,
                    out_of_bounds: 0,
                    transitions: vec![],
                    shapes: vec![ShapeId::new(0)],
                    n_shapes: 1,
                });
            }
        }
        builder.decisions = decisions;
        builder.finish()
    }

    #[track_caller]
    fn check(functions: &[(&str, u32)], other: &[(&str, u32)], expected_frames: usize) {
        let mut joined = profile(functions, None);
        let other = profile(other, Some("f"));
        let told = Decisions { compilations: vec![], ..other.decisions.clone() };
        add(&mut joined, &other, &told, 0);
        assert!(joined.is_consistent());
        assert_eq!(joined.frames.len(), expected_frames);
        assert_eq!(joined.decisions.compilations.len(), functions.len());
        let cache = &joined.decisions.inline_caches[0];
        let function = joined.frame(cache.place.function.unwrap());
        assert_eq!((function.name.as_str(), cache.misses), ("f", 5));
        assert_eq!(joined.source(function.source.unwrap()).url, "/a.js");
        assert_eq!(cache.place.source, function.source);
        assert!(joined.decisions.recorded.inline_caches && joined.decisions.recorded.code);
    }

    #[test]
    fn functions_are_joined_by_name_and_place() {
        check(&[("f", 1)], &[("f", 1)], 1);
        check(&[("g", 5), ("f", 1)], &[("h", 7), ("f", 1)], 2);
        check(&[("f", 1)], &[("f", 2)], 2);
        check(&[], &[("f", 2)], 1);
    }

    #[test]
    fn calls_that_no_log_tells_of_are_taken_from_the_trace() {
        let inlining = |into: u32, callee: u32, line: Option<u32>| Inlining {
            into: FrameId(into),
            tier: Tier::Turbofan,
            call: Place { function: None, source: None, position: line.map(|line| Position { line, column: 1 }) },
            callee: Some(FrameId(callee)),
            depth: 0,
            count: 1,
        };
        let traced = vec![inlining(0, 1, None), inlining(0, 2, None)];
        assert_eq!(only_traced(traced, &[inlining(0, 1, Some(7)), inlining(2, 2, Some(9))]), [inlining(0, 2, None)]);
    }
}
