//! What a run measured in one file, in the text that ran.

mod calls;
mod decided;
mod findings;
mod sites;

pub use decided::Decided;
pub use findings::{FoundHere, PlaceHere};
pub use sites::{CallTarget, Site};

use std::collections::HashMap;
use std::sync::Arc;

use profile::totals::{Cost, FunctionTotal, LineTotal};
use profile::{Frame, FrameId, SourceId, Tier};
use source::anchor::Marks;
use source::document::Document;
use source::functions::{Function, FunctionKind, Functions, functions};
use source::position::{ByteOffset, ByteRange, V8Position};
use source::v8_lines::{ByteOrderMark, V8Lines};

use crate::results::RunResults;

/// Results of one file, joined with the code that was measured.
#[derive(Clone, Debug)]
pub struct MeasuredFile {
    /// The run.
    pub results: Arc<RunResults>,
    /// The file as the run names it.
    pub path: String,
    /// The text that was measured.
    pub document: Document,
    /// Functions that ran or were compiled, most self time first.
    pub functions: Vec<MeasuredFunction>,
    /// Lines that ran, most self time first.
    pub lines: Vec<MeasuredLine>,
    /// Places with an inline cache, a deoptimization, or a call of which something is known, in the order of the text.
    pub sites: Vec<Site>,
    /// Findings that lie in this file, the dearest first.
    pub findings: Vec<FoundHere>,
    /// Functions of the profile that are not in this text: the text is another one than was measured, or code made at run time.
    pub unplaced: usize,
    /// Whether the text was written after the profile, so that it may be another one than was measured: all of it is stale.
    pub written_since: bool,
    rows: HashMap<FrameId, usize>,
    /// Lines at which shapes got their properties.
    shape_lines: Vec<u32>,
}

/// A function that ran or was compiled.
#[derive(Clone, Debug)]
pub struct MeasuredFunction {
    /// The profile's function; the one with most self time, if V8 made several of the same code.
    pub frame: FrameId,
    /// Name as V8 shows it; empty for an anonymous function.
    pub name: String,
    /// The kind of code.
    pub kind: FunctionKind,
    /// Bytes of the whole function in the measured text.
    pub range: ByteRange,
    /// From its name to its body, there.
    pub header: ByteRange,
    /// Its cost; nothing when no sample hit it.
    pub cost: Cost,
    /// The tier with most self time.
    pub tier: Tier,
    /// Self time by tier, in µs, in the order of [`Tier::ALL`].
    pub tier_us: [u64; 5],
    /// What V8 decided about it.
    pub decided: Decided,
}

/// A line that ran.
#[derive(Clone, Copy, Debug)]
pub struct MeasuredLine {
    /// 1-based line of the measured text, as V8 counts.
    pub line: u32,
    /// Its cost.
    pub cost: Cost,
    /// Time in calls that are made on it, in µs, where they leave the file or are one of several lines of their function: those of a
    /// line that only hands on to code of this file are 0. Bytes of a profile of allocations.
    pub calls: u64,
}

impl MeasuredFile {
    /// Joins the results of the file at `path` with `measured`, the text that ran. None when the run has none of this file.
    pub fn new(results: Arc<RunResults>, path: &str, measured: &Document) -> Option<Self> {
        if !results.tells_of(path) {
            return None;
        }
        let code = functions(measured.syntax(), measured.text());
        let mut joined = Joined::new(&results, path, measured, &code);
        for total in results.index.functions_in(path) {
            match joined.row_of(total.frame) {
                Some(row) => joined.add(row, total),
                None => joined.unplaced += 1,
            }
        }
        decided::join(&mut joined);
        joined.sort();
        let sites = sites::join(&joined);
        let findings = findings::join(&joined);
        joined.shape_lines = shape_lines(&joined);
        let calls = calls::calls_of_lines(&joined);
        let line = |total: &LineTotal| {
            let calls = calls.get(&(total.source, total.line)).copied().unwrap_or(0);
            MeasuredLine { line: total.line, cost: total.cost, calls }
        };
        let lines: Vec<MeasuredLine> = results.index.lines_in(path).map(line).collect();
        let rows = joined.by_frame.iter().filter_map(|(frame, row)| Some((*frame, (*row)?))).collect();
        let (functions, unplaced) = (joined.functions, joined.unplaced);
        if functions.is_empty() && lines.is_empty() && findings.is_empty() && unplaced == 0 {
            return None;
        }
        let (path, shape_lines) = (path.to_owned(), joined.shape_lines);
        let (document, written_since) = (measured.clone(), false);
        Some(Self { path, shape_lines, document, functions, lines, sites, findings, unplaced, written_since, rows, results })
    }

    /// The same of a text that was written after the profile.
    pub fn written_since(self) -> Self {
        Self { written_since: true, ..self }
    }

    /// The places to anchor.
    pub fn marks(&self) -> Marks {
        let found = || self.findings.iter().flat_map(FoundHere::places);
        let sites = self.sites.iter().map(|site| site.token.range.start);
        let around = self.sites.iter().filter_map(|site| site.function).chain(found().filter_map(|place| place.function));
        Marks {
            lines: self.lines.iter().map(|line| line.line).chain(self.shape_lines.iter().copied()).collect(),
            positions: sites.chain(found().map(|place| place.token.start)).collect(),
            functions: self.functions.iter().flat_map(|function| [function.range, function.header]).chain(around).collect(),
        }
    }

    /// Share of active time, or of all bytes, 0 to 1.
    pub fn share(&self, value: u64) -> f64 {
        self.results.share(value)
    }

    /// Share of a function or line itself.
    pub fn own_share(&self, cost: &Cost) -> f64 {
        self.share(self.results.own(cost))
    }

    /// Share of a line's [`calls`](MeasuredLine::calls).
    pub fn calls_share(&self, line: &MeasuredLine) -> f64 {
        self.share(line.calls)
    }

    /// The same with all it calls.
    pub fn total_share(&self, cost: &Cost) -> f64 {
        self.share(self.results.total(cost))
    }

    /// Index in [`Self::functions`] of a function of the profile.
    pub fn row_of(&self, frame: FrameId) -> Option<usize> {
        self.rows.get(&frame).copied()
    }
}

/// A file while it is being joined.
struct Joined<'a> {
    results: &'a RunResults,
    path: &'a str,
    measured: &'a Document,
    code: &'a Functions,
    functions: Vec<MeasuredFunction>,
    unplaced: usize,
    by_frame: HashMap<FrameId, Option<usize>>,
    by_code: HashMap<(usize, usize, FunctionKind), usize>,
    /// How V8 counted lines in each source that is this file.
    v8_lines: HashMap<SourceId, V8Lines>,
    shape_lines: Vec<u32>,
}

impl<'a> Joined<'a> {
    fn new(results: &'a RunResults, path: &'a str, measured: &'a Document, code: &'a Functions) -> Self {
        let sources = results.index.profile().sources.iter().enumerate();
        let v8_lines = sources
            .filter(|(_, source)| source.path.as_deref() == Some(path))
            .map(|(row, source)| (SourceId::new(row), measured.v8_lines(ByteOrderMark::of_script(&source.url))))
            .collect();
        let (by_frame, by_code) = (HashMap::new(), HashMap::new());
        Self { results, path, measured, code, functions: Vec::new(), unplaced: 0, by_frame, by_code, v8_lines, shape_lines: Vec::new() }
    }

    /// The row of a function of the profile, made when it lies in this file.
    fn row_of(&mut self, frame_id: FrameId) -> Option<usize> {
        if let Some(row) = self.by_frame.get(&frame_id) {
            return *row;
        }
        let row = self.placed(frame_id);
        self.by_frame.insert(frame_id, row);
        row
    }

    fn placed(&mut self, frame_id: FrameId) -> Option<usize> {
        let frame = self.results.index.profile().frames.get(frame_id.index())?;
        let v8_lines = self.v8_lines.get(&frame.source?)?;
        let function = function_of(frame, self.code, v8_lines)?;
        let key = (function.range.start.0, function.range.end.0, function.kind);
        let row = *self.by_code.entry(key).or_insert(self.functions.len());
        if row == self.functions.len() {
            self.functions.push(MeasuredFunction {
                frame: frame_id,
                name: frame.name.clone(),
                kind: function.kind,
                range: function.range,
                header: function.header,
                cost: Cost::default(),
                tier: Tier::Unknown,
                tier_us: [0; 5],
                decided: Decided::default(),
            });
        }
        Some(row)
    }

    /// Adds a compilation of the same code. Their stacks may overlap, so the total is at most the active time.
    fn add(&mut self, row: usize, total: &FunctionTotal) {
        let active_us = self.results.index.attribution().active_us();
        let function = &mut self.functions[row];
        let cost = &mut function.cost;
        // Rows come with most self time first.
        if *cost == Cost::default() {
            (function.frame, function.tier) = (total.frame, total.tier());
        }
        cost.self_us += total.cost.self_us;
        cost.self_samples += total.cost.self_samples;
        cost.total_us = (cost.total_us + total.cost.total_us).min(active_us);
        cost.total_samples += total.cost.total_samples;
        cost.self_bytes = cost.self_bytes.saturating_add(total.cost.self_bytes);
        cost.total_bytes = cost.total_bytes.saturating_add(total.cost.total_bytes);
        for (sum, us) in function.tier_us.iter_mut().zip(total.tier_us) {
            *sum += us;
        }
    }

    fn sort(&mut self) {
        let mut order: Vec<usize> = (0..self.functions.len()).collect();
        let key = |row: &usize| {
            let cost = &self.functions[*row].cost;
            std::cmp::Reverse((self.results.own(cost), self.results.total(cost), std::cmp::Reverse(*row)))
        };
        order.sort_by_key(key);
        let mut now = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            now[*old] = new;
        }
        let mut functions: Vec<Option<MeasuredFunction>> = std::mem::take(&mut self.functions).into_iter().map(Some).collect();
        self.functions = order.iter().filter_map(|old| functions[*old].take()).collect();
        for row in self.by_frame.values_mut().flatten() {
            *row = now[*row];
        }
        self.by_code.clear();
    }

    /// The byte of a place in this file; none for a place in another file, or without an exact position.
    fn byte_of(&self, source: Option<SourceId>, position: Option<profile::Position>) -> Option<ByteOffset> {
        let v8_lines = self.v8_lines.get(&source?)?;
        byte_of(v8_lines, position?)
    }

    /// The same of a place of V8's decisions.
    fn byte_of_place(&self, place: &profile::decisions::Place) -> Option<ByteOffset> {
        let own = || self.results.index.profile().frames.get(place.function?.index())?.source;
        self.byte_of(place.source.or_else(own), place.position)
    }

    /// The measured function around a byte; the innermost one of the text, if it was measured.
    fn function_at(&self, offset: ByteOffset) -> Option<ByteRange> {
        let function = self.code.at(offset)?;
        (function.kind != FunctionKind::Toplevel).then_some(function.range)
    }
}

/// The lines of this file at which shapes were made and got their properties.
fn shape_lines(joined: &Joined<'_>) -> Vec<u32> {
    let shapes = &joined.results.index.profile().decisions.shapes;
    let places = shapes.iter().flat_map(|shape| {
        let added = shape.properties.iter().filter_map(|property| property.added_at.as_ref());
        shape.created_at.iter().chain(added)
    });
    let mut lines: Vec<u32> =
        places.filter(|place| joined.byte_of_place(place).is_some()).filter_map(|place| Some(place.position?.line)).collect();
    lines.sort_unstable();
    lines.dedup();
    lines
}

/// The byte of a position that the text has, with a column.
fn byte_of(v8_lines: &V8Lines, position: profile::Position) -> Option<ByteOffset> {
    let line = v8_lines.line_bytes(position.line)?;
    let byte = v8_lines.to_byte(V8Position { line: position.line, column: position.column });
    (position.column > 0 && byte <= line.end).then_some(byte)
}

/// The code of a profile's function.
fn function_of<'a>(frame: &Frame, code: &'a Functions, v8_lines: &V8Lines) -> Option<&'a Function> {
    let Some(start) = frame.start else {
        return only(code.iter().filter(|function| !frame.name.is_empty() && function.has_v8_name(&frame.name)));
    };
    if start.line as usize > v8_lines.len() {
        return None;
    }
    if start.column == 0 {
        let begins_there = |function: &&Function| v8_lines.to_position(function.v8_start).line == start.line;
        return only(code.iter().filter(begins_there).filter(|function| function.has_v8_name(&frame.name)));
    }
    let offset = v8_lines.to_byte(V8Position { line: start.line, column: start.column });
    code.by_v8_name(&frame.name, offset)
}

/// The only item: with two of the same name, neither is known to be the one.
fn only<'a>(mut items: impl Iterator<Item = &'a Function>) -> Option<&'a Function> {
    let first = items.next()?;
    items.next().is_none().then_some(first)
}
