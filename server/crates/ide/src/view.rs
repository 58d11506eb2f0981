//! A text of today with everything that is known about it.

use std::sync::{Arc, OnceLock};

use profile::FrameId;
use source::anchor::{AnchorState, Anchors};
use source::document::Document;
use source::functions::{Function, FunctionKind, Functions};
use source::position::{ByteOffset, ByteRange};
use source::routes::Route;

use crate::benchmark::BenchmarkHere;
use crate::focus::Focus;
use crate::measured::{MeasuredFile, MeasuredFunction, MeasuredLine, Site};
use crate::placed::{self, PlacedSite};
use crate::results::RunFigures;
use crate::switches::FactsShown;

/// What a view is made of.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The text.
    pub document: Document,
    /// Its functions; none while it is being analysed: then headers are where the edits moved them.
    pub functions: Option<Arc<Functions>>,
    /// Its routes.
    pub routes: Arc<Vec<Route>>,
    /// The name to call the file by when it is a program's entry: its path relative to the workspace; none for other files.
    pub entry: Option<String>,
    /// The file that is started to measure this file's routes, relative to the workspace; none when not known.
    pub starts: Option<String>,
    /// The newest run of each target.
    pub targets: Arc<Vec<Arc<RunFigures>>>,
    /// The newest benchmark of each route.
    pub benchmarks: Vec<BenchmarkHere>,
    /// What is being measured.
    pub running: Vec<Running>,
    /// Which facts the user asked for here.
    pub facts: FactsShown,
    /// What was measured in this file, and where it is in this text.
    pub measured: Option<(Arc<MeasuredFile>, Anchors)>,
    /// The function that shares are of; none: of everything, or nothing is known of this file.
    pub focus: Option<Arc<Focus>>,
}

/// A run that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// Its name.
    pub id: String,
    /// What is measured, for a person.
    pub target: String,
    /// Method and path of a route; none for a program.
    pub route: Option<(String, String)>,
    /// The file that is started, relative to the workspace.
    pub entry: Option<String>,
}

/// A text of today with the measured places found in it. Immutable.
#[derive(Clone, Debug)]
pub struct FileView {
    /// What it is made of.
    pub subject: Subject,
    /// Functions that ran or were compiled and are still there, most self time first.
    pub functions: Vec<PlacedFunction>,
    /// Lines that ran and are still there, in the order of the text.
    pub lines: Vec<PlacedLine>,
    /// Functions that ran or were compiled and were removed since.
    pub gone: usize,
    /// Row of [`Self::functions`] by row of [`MeasuredFile::functions`].
    by_measured: Vec<Option<usize>>,
    /// Found when they are first asked for.
    sites: OnceLock<Vec<PlacedSite>>,
}

/// A measured function in today's text.
#[derive(Clone, Debug)]
pub struct PlacedFunction {
    /// Index in [`MeasuredFile::functions`].
    pub measured: usize,
    /// All of it.
    pub range: ByteRange,
    /// From its name to its body.
    pub header: ByteRange,
    /// Whether it reads differently since, or may do so: its figures are stale.
    pub stale: bool,
}

/// A measured line in today's text.
#[derive(Clone, Copy, Debug)]
pub struct PlacedLine {
    /// Index in [`MeasuredFile::lines`].
    pub measured: usize,
    /// Its bytes, without the terminator.
    pub range: ByteRange,
    /// Whether the line itself reads differently since.
    pub changed: bool,
    /// Whether the function around it does.
    pub in_stale: bool,
}

impl FileView {
    /// Finds the measured places.
    pub fn new(subject: Subject) -> Self {
        let (by_measured, sites) = (Vec::new(), OnceLock::new());
        let mut view = Self { subject, functions: Vec::new(), lines: Vec::new(), gone: 0, by_measured, sites };
        let Some((measured, anchors)) = view.subject.measured.clone() else { return view };
        view.by_measured = vec![None; measured.functions.len()];
        for (row, function) in measured.functions.iter().enumerate() {
            let Some(anchor) = anchors.function(function.range).filter(|anchor| anchor.state != AnchorState::Gone) else {
                view.gone += 1;
                continue;
            };
            let analysed = view.subject.functions.as_ref().and_then(|functions| code_of(functions, function, anchor.range));
            let carried = || anchors.function(function.header).filter(|header| header.state != AnchorState::Gone);
            let header = analysed
                .map(|code| code.header)
                .or_else(|| carried().map(|header| header.range))
                .unwrap_or(ByteRange { start: anchor.range.start, end: anchor.range.start });
            view.by_measured[row] = Some(view.functions.len());
            view.functions.push(PlacedFunction {
                measured: row,
                range: anchor.range,
                header,
                stale: (anchor.state == AnchorState::Changed || measured.written_since) && function.kind != FunctionKind::Toplevel,
            });
        }
        let stale = merged(view.functions.iter().filter(|placed| placed.stale).map(|placed| placed.range).collect());
        for (row, line) in measured.lines.iter().enumerate() {
            let Some(anchor) = anchors.line(line.line).filter(|anchor| anchor.state != AnchorState::Gone) else { continue };
            let before = stale.partition_point(|range| range.start <= anchor.range.start);
            let in_changed = before.checked_sub(1).is_some_and(|last| anchor.range.start < stale[last].end);
            let in_stale = measured.written_since || in_changed;
            let changed = anchor.state == AnchorState::Changed;
            view.lines.push(PlacedLine { measured: row, range: anchor.range, changed, in_stale });
        }
        view.lines.sort_by_key(|line| line.range.start);
        view
    }

    /// What was measured in this file.
    pub fn measured(&self) -> Option<&MeasuredFile> {
        self.subject.measured.as_ref().map(|(measured, _)| measured.as_ref())
    }

    /// What shares are of, behind a share: ` of render()`; nothing when they are of everything.
    pub fn of_focus(&self) -> String {
        self.subject.focus.as_ref().map_or_else(String::new, |focus| format!(" of {}", focus.label))
    }

    /// Functions with what was measured of them.
    pub fn measured_functions(&self) -> impl Iterator<Item = (&PlacedFunction, &MeasuredFunction)> {
        let measured = self.measured();
        self.functions.iter().filter_map(move |placed| Some((placed, measured?.functions.get(placed.measured)?)))
    }

    /// A function of the profile that is in this file, in today's text.
    pub fn function_of(&self, frame: FrameId) -> Option<(&PlacedFunction, &MeasuredFunction)> {
        let measured = self.measured()?;
        let row = measured.row_of(frame)?;
        Some((self.functions.get((*self.by_measured.get(row)?)?)?, measured.functions.get(row)?))
    }

    /// Places of which something is known and that are still there, in the order of today's text.
    pub fn sites(&self) -> &[PlacedSite] {
        self.sites.get_or_init(|| placed::sites(self))
    }

    /// What is known of the token at an offset, else of the access whose names lead over it.
    pub fn site_at(&self, offset: ByteOffset) -> Option<(&PlacedSite, &Site)> {
        let measured = self.measured()?;
        let placed = placed::site_at(self.sites(), offset)?;
        Some((placed, measured.sites.get(placed.measured)?))
    }

    /// Lines with what was measured of them.
    pub fn measured_lines(&self) -> impl Iterator<Item = (&PlacedLine, &MeasuredLine)> {
        let measured = self.measured();
        self.lines.iter().filter_map(move |placed| Some((placed, measured?.lines.get(placed.measured)?)))
    }

    /// The innermost measured function around an offset, the top level left out.
    pub fn function_around(&self, offset: ByteOffset) -> Option<(&PlacedFunction, &MeasuredFunction)> {
        self.measured_functions()
            .filter(|(_, measured)| measured.kind != FunctionKind::Toplevel)
            .filter(|(placed, _)| placed.range.start <= offset && offset <= placed.range.end)
            .min_by_key(|(placed, _)| placed.range.end.0 - placed.range.start.0)
    }

    /// The measured line that holds an offset.
    pub fn line_at(&self, offset: ByteOffset) -> Option<(&PlacedLine, &MeasuredLine)> {
        let after = self.lines.partition_point(|line| line.range.start <= offset);
        let placed = self.lines.get(after.checked_sub(1)?).filter(|line| offset <= line.range.end)?;
        Some((placed, self.measured()?.lines.get(placed.measured)?))
    }

    /// First byte of the line (as the editor counts) of an offset, and the byte after its last, terminator left out.
    pub fn editor_line(&self, offset: ByteOffset) -> ByteRange {
        let text = self.subject.document.text();
        let line = text.byte_to_line(offset.0.min(text.len_bytes()));
        let start = text.line_to_byte(line);
        let end = if line + 1 < text.len_lines() { text.line_to_byte(line + 1) } else { text.len_bytes() };
        let content = text.byte_slice(start..end);
        let terminator = content.bytes_at(content.len_bytes()).reversed().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
        ByteRange { start: ByteOffset(start), end: ByteOffset(end - terminator) }
    }
}

/// Today's code of a measured function, of which the anchor gave the place: the function that begins there, else one of its name
/// inside.
fn code_of<'a>(functions: &'a Functions, measured: &MeasuredFunction, place: ByteRange) -> Option<&'a Function> {
    let rank = |function: &Function| {
        let exact = function.range == place;
        let same_kind = function.kind == measured.kind;
        let same_name = function.has_v8_name(&measured.name);
        (exact && same_kind, same_name && same_kind, same_name, same_kind)
    };
    // Functions are sorted by where they begin, so the candidates are neighbours.
    let all = functions.iter().as_slice();
    let from = all.partition_point(|function| function.range.start < place.start);
    let until = all.partition_point(|function| function.range.start <= place.end);
    let begins_there = |function: &&Function| function.range.start == place.start;
    all.get(from..until)?
        .iter()
        .filter(|function| begins_there(function) || function.has_v8_name(&measured.name))
        .max_by_key(|function| (rank(function), std::cmp::Reverse(function.range.start)))
}

/// Ranges without overlaps, ascending, that cover the same.
fn merged(mut ranges: Vec<ByteRange>) -> Vec<ByteRange> {
    ranges.sort_by_key(|range| (range.start, range.end));
    ranges.dedup_by(|next, last| {
        let overlaps = next.start <= last.end;
        if overlaps {
            last.end = last.end.max(next.end);
        }
        overlaps
    });
    ranges
}

#[cfg(test)]
mod tests {
    use crate::fixture::{Fixture, SERVER};

    use super::*;

    #[test]
    fn places_are_the_same_while_the_text_is_being_analysed() {
        fn check(old: &str, new: &str) {
            let places = |fixture: Fixture| {
                let view = fixture.edited(Some((old, new))).view();
                let all: Vec<_> =
                    view.functions.iter().map(|placed| (placed.measured, placed.range, placed.header, placed.stale)).collect();
                (all, view.gone)
            };
            let analysed = places(Fixture::new(SERVER));
            assert_eq!(places(Fixture::new(SERVER).not_analysed()), analysed, "{old:?} {new:?}");
            assert!(!analysed.0.is_empty());
        }
        check("function", "// a\n\nfunction");
        check("heavy(items)", "light(items)");
        check("(items) {", "(items, more) {");
        check("function render", "async function render");
        check("function hello(req, res) {\n  res.send(render(req.items));\n}\n", "");
    }

    #[test]
    fn ranges_are_merged() {
        let range = |(start, end): (usize, usize)| ByteRange { start: ByteOffset(start), end: ByteOffset(end) };
        let found = merged([(5, 9), (0, 4), (1, 2), (8, 12), (20, 21)].map(range).to_vec());
        assert_eq!(found, [(0, 4), (5, 12), (20, 21)].map(range));
    }
}
