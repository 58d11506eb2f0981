//! What a run measured in one file, in the text that ran.

use std::collections::HashMap;
use std::sync::Arc;

use profile::totals::{Cost, FunctionTotal};
use profile::{Frame, FrameId, Tier};
use source::anchor::Marks;
use source::document::Document;
use source::functions::{Function, FunctionKind, Functions, functions};
use source::position::{ByteRange, V8Position};
use source::v8_lines::{ByteOrderMark, V8Lines};

use crate::results::RunResults;

/// Results of one file, joined with the code that was measured.
#[derive(Clone, Debug)]
pub struct MeasuredFile {
    /// The run.
    pub results: Arc<RunResults>,
    /// The text that was measured.
    pub document: Document,
    /// Functions that ran, most self time first.
    pub functions: Vec<MeasuredFunction>,
    /// Lines that ran, most self time first.
    pub lines: Vec<MeasuredLine>,
    /// Functions of the profile that are not in this text: the text is another one than was measured, or code made at run time.
    pub unplaced: usize,
}

/// A function that ran.
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
    /// Its cost.
    pub cost: Cost,
    /// The tier with most self time.
    pub tier: Tier,
    /// Self time by tier, in µs, in the order of [`Tier::ALL`].
    pub tier_us: [u64; 5],
}

/// A line that ran.
#[derive(Clone, Copy, Debug)]
pub struct MeasuredLine {
    /// 1-based line of the measured text, as V8 counts.
    pub line: u32,
    /// Its cost.
    pub cost: Cost,
}

impl MeasuredFile {
    /// Joins the results of the file at `path` with `measured`, the text that ran. None when the run has none of this file.
    pub fn new(results: Arc<RunResults>, path: &str, measured: &Document) -> Option<Self> {
        let index = &results.index;
        let lines: Vec<MeasuredLine> = index.lines_in(path).map(|total| MeasuredLine { line: total.line, cost: total.cost }).collect();
        let totals: Vec<&FunctionTotal> = index.functions_in(path).collect();
        if lines.is_empty() && totals.is_empty() {
            return None;
        }
        let code = functions(measured.syntax(), measured.text());
        let mut found: Vec<MeasuredFunction> = Vec::with_capacity(totals.len());
        let mut rows: HashMap<(usize, usize, FunctionKind), usize> = HashMap::new();
        let mut unplaced = 0;
        for total in totals {
            let frame = index.profile().frame(total.frame);
            let url = frame.source.map_or("", |source| index.profile().source(source).url.as_str());
            let v8_lines = measured.v8_lines(ByteOrderMark::of_script(url));
            let Some(function) = function_of(frame, &code, &v8_lines) else {
                unplaced += 1;
                continue;
            };
            let key = (function.range.start.0, function.range.end.0, function.kind);
            match rows.get(&key) {
                Some(row) => add(&mut found[*row], total, index.attribution().active_us()),
                None => {
                    rows.insert(key, found.len());
                    found.push(MeasuredFunction {
                        frame: total.frame,
                        name: frame.name.clone(),
                        kind: function.kind,
                        range: function.range,
                        header: function.header,
                        cost: total.cost,
                        tier: total.tier(),
                        tier_us: total.tier_us,
                    });
                }
            }
        }
        found.sort_by(|a, b| b.cost.self_us.cmp(&a.cost.self_us).then(b.cost.total_us.cmp(&a.cost.total_us)));
        Some(Self { results, document: measured.clone(), functions: found, lines, unplaced })
    }

    /// The places to anchor.
    pub fn marks(&self) -> Marks {
        Marks {
            lines: self.lines.iter().map(|line| line.line).collect(),
            positions: Vec::new(),
            functions: self.functions.iter().flat_map(|function| [function.range, function.header]).collect(),
        }
    }

    /// Share of active time, 0 to 1.
    pub fn share(&self, us: u64) -> f64 {
        self.results.index.share(us)
    }
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

/// Adds another compilation of the same code. Their stacks may overlap, so the total is at most the active time.
fn add(function: &mut MeasuredFunction, total: &FunctionTotal, active_us: u64) {
    let cost = &mut function.cost;
    cost.self_us += total.cost.self_us;
    cost.self_samples += total.cost.self_samples;
    cost.total_us = (cost.total_us + total.cost.total_us).min(active_us);
    cost.total_samples += total.cost.total_samples;
    for (sum, us) in function.tier_us.iter_mut().zip(total.tier_us) {
        *sum += us;
    }
}
