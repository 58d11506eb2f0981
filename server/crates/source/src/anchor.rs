//! Where measured lines, positions and functions are in the text as it is being edited.
//!
//! Results name places in the text that ran. [`Anchors`] knows that text and carries the places through every edit; what became of
//! each is decided by comparing texts, not by whether an edit came near: an undone change is no change.

mod place;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ropey::Rope;

use crate::edit::{Batch, TextEdit};
use crate::line_diff::edits_between;
use crate::position::{ByteOffset, ByteRange};
use crate::v8_lines::{ByteOrderMark, V8Lines};
use place::{FunctionPlace, LinePlace, PositionPlace};

/// What became of a measured place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AnchorState {
    /// The line (of a position: its line; of a function: all of it) reads as it did when it was measured.
    Intact,
    /// It is still there and reads differently: figures about it are stale.
    Changed,
    /// It was removed.
    Gone,
}

/// A measured place in today's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Its bytes today: of a line, all but its terminator; of a position, none; of what is gone, none, where it was.
    pub range: ByteRange,
    /// What became of it.
    pub state: AnchorState,
}

/// The places of one file that results speak of, in the text that was measured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Lines, 1-based, as V8 counts.
    pub lines: Vec<u32>,
    /// Bytes.
    pub positions: Vec<ByteOffset>,
    /// Bytes of whole functions.
    pub functions: Vec<ByteRange>,
}

/// The measured places of one file, in its text of today. Immutable: an edit makes the next one, at the cost of copying a few words
/// per place.
#[derive(Clone, Debug)]
pub struct Anchors {
    measured: Arc<Measured>,
    lines: Vec<LinePlace>,
    positions: Vec<PositionPlace>,
    functions: Vec<FunctionPlace>,
}

/// What was measured; the lists are sorted and those of [`Anchors`] run beside them.
#[derive(Debug)]
struct Measured {
    text: Rope,
    lines: Vec<MeasuredLine>,
    /// With the index of its line in `lines`.
    positions: Vec<(ByteOffset, usize)>,
    functions: Vec<ByteRange>,
    outside: usize,
}

#[derive(Debug)]
struct MeasuredLine {
    number: u32,
    /// Bytes of its content.
    start: usize,
    end: usize,
    /// Bytes of space before its first word.
    indent: usize,
}

impl Anchors {
    /// Anchors for a text that is still as it was measured.
    pub fn new(measured: &Rope, marks: &Marks) -> Self {
        Self::as_measured(Arc::new(Measured::new(measured, marks)))
    }

    /// Anchors for a text of which only the measured version and today's are known, by comparing them line by line.
    pub fn from_disk_diff(measured: &Rope, current: &Rope, marks: &Marks) -> Self {
        Self::new(measured, marks).resynced(current)
    }

    /// The anchors after `edits`, which lead from the text these are for to `text`.
    ///
    /// Costs a copy of the places and, for those an edit touches, a comparison with the measured text.
    pub fn edited(&self, edits: &[TextEdit], text: &Rope) -> Self {
        let batches = Batch::all(edits);
        let measured = &self.measured;
        let mut next = self.clone();
        for (place, line) in next.lines.iter_mut().zip(&measured.lines) {
            place.carry(&batches, line, &measured.text, text);
        }
        for place in &mut next.positions {
            place.carry(&batches);
        }
        for (place, function) in next.functions.iter_mut().zip(&measured.functions) {
            place.carry(&batches, *function, &measured.text, text);
        }
        next
    }

    /// The anchors for `text`, found by comparing it with the measured text as if nothing were known of the edits between. Brings
    /// back what edits lost track of (code cut, changed elsewhere and pasted back); for saves and pauses, not for every key.
    pub fn resynced(&self, text: &Rope) -> Self {
        let measured = &self.measured;
        let fresh = Self::as_measured(Arc::clone(measured));
        if measured.text == *text {
            return fresh;
        }
        fresh.edited(&edits_between(&measured.text.to_string(), &text.to_string()), text)
    }

    /// Where a measured line is; none when it was not among the marks.
    pub fn line(&self, measured_line: u32) -> Option<Anchor> {
        let n = self.measured.lines.binary_search_by_key(&measured_line, |line| line.number).ok()?;
        Some(self.lines[n].anchor())
    }

    /// Where a measured position is; none when it was not among the marks.
    pub fn position(&self, measured: ByteOffset) -> Option<Anchor> {
        let n = self.measured.positions.binary_search_by_key(&measured, |&(offset, _)| offset).ok()?;
        Some(self.position_at(n))
    }

    /// Where a measured function is; none when it was not among the marks.
    pub fn function(&self, measured: ByteRange) -> Option<Anchor> {
        let key = |range: &ByteRange| (range.start, range.end);
        let n = self.measured.functions.binary_search_by_key(&key(&measured), key).ok()?;
        Some(self.functions[n].anchor())
    }

    /// Every measured line, ascending, and where it is.
    pub fn lines(&self) -> impl Iterator<Item = (u32, Anchor)> {
        self.measured.lines.iter().zip(&self.lines).map(|(line, place)| (line.number, place.anchor()))
    }

    /// Every measured position, ascending, and where it is.
    pub fn positions(&self) -> impl Iterator<Item = (ByteOffset, Anchor)> {
        self.measured.positions.iter().enumerate().map(|(n, &(offset, _))| (offset, self.position_at(n)))
    }

    /// Every measured function by where it started, and where it is.
    pub fn functions(&self) -> impl Iterator<Item = (ByteRange, Anchor)> {
        self.measured.functions.iter().zip(&self.functions).map(|(&range, place)| (range, place.anchor()))
    }

    /// The text that was measured.
    pub fn measured_text(&self) -> &Rope {
        &self.measured.text
    }

    /// Number of marks that lie outside the measured text and have no anchor: more than 0 means the marks are of another text.
    pub fn outside(&self) -> usize {
        self.measured.outside
    }

    fn as_measured(measured: Arc<Measured>) -> Self {
        Self {
            lines: measured.lines.iter().map(LinePlace::new).collect(),
            positions: measured.positions.iter().map(|&(offset, _)| PositionPlace::new(offset.0)).collect(),
            functions: measured.functions.iter().map(FunctionPlace::new).collect(),
            measured,
        }
    }

    fn position_at(&self, n: usize) -> Anchor {
        let (offset, line) = self.measured.positions[n];
        self.positions[n].anchor(offset.0 - self.measured.lines[line].start, self.lines[line].anchor())
    }
}

impl Measured {
    fn new(text: &Rope, marks: &Marks) -> Self {
        // Lines are the same with and without a mark, but for where the first one starts.
        let v8_lines = V8Lines::new(text, ByteOrderMark::Kept);
        let len = text.len_bytes();
        let mut positions: Vec<_> = marks.positions.iter().copied().filter(|offset| offset.0 <= len).collect();
        let mut functions: Vec<_> =
            marks.functions.iter().copied().filter(|range| range.start <= range.end && range.end.0 <= len).collect();
        let mut outside = marks.positions.len() - positions.len() + marks.functions.len() - functions.len();

        positions.sort_unstable();
        positions.dedup();
        functions.sort_unstable_by_key(|range| (range.start, range.end));
        functions.dedup();
        let mut numbers = marks.lines.clone();
        numbers.extend(positions.iter().map(|&offset| v8_lines.to_position(offset).line));
        numbers.sort_unstable();
        numbers.dedup();

        let mut lines = Vec::with_capacity(numbers.len());
        for number in numbers {
            let Some(bytes) = v8_lines.line_bytes(number) else {
                outside += 1;
                continue;
            };
            let (start, end) = (bytes.start.0, bytes.end.0);
            let content = text.byte_slice(start..end);
            let indent = content.chars().take_while(|char| char.is_whitespace()).map(char::len_utf8).sum::<usize>();
            // A blank line has no word; its start is as good.
            let indent = if start + indent == end { 0 } else { indent };
            lines.push(MeasuredLine { number, start, end, indent });
        }
        let line_of =
            |offset: ByteOffset| lines.partition_point(|line| line.number < v8_lines.to_position(offset).line).min(lines.len() - 1);
        let positions = positions.into_iter().map(|offset| (offset, line_of(offset))).collect();
        Self { text: text.clone(), lines, positions, functions, outside }
    }
}
