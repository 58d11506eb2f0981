//! One place each, and how an edit moves it.

use ropey::Rope;

use super::{Anchor, AnchorState, MeasuredLine};
use crate::edit::{Batch, TextEdit};
use crate::position::{ByteOffset, ByteRange};
use crate::v8_lines::line_around;

/// A line is where its first word is: indenting it, or breaking the line before it, leaves it the same line.
#[derive(Clone, Copy, Debug)]
pub(super) enum LinePlace {
    Here {
        start: usize,
        word: usize,
        end: usize,
        changed: bool,
    },
    /// Removed from `point`; its start was `behind` bytes behind that, so there it will be when the removal is undone.
    Gone {
        point: usize,
        behind: isize,
    },
}

impl LinePlace {
    pub(super) fn new(line: &MeasuredLine) -> Self {
        Self::Here { start: line.start, word: line.start + line.indent, end: line.end, changed: false }
    }

    pub(super) fn anchor(&self) -> Anchor {
        match *self {
            Self::Here { start, end, changed, .. } => anchor(start, end, state(changed)),
            Self::Gone { point, .. } => anchor(point, point, AnchorState::Gone),
        }
    }

    pub(super) fn carry(&mut self, batches: &[Batch], line: &MeasuredLine, measured: &Rope, text: &Rope) {
        let mut touched = false;
        for batch in batches {
            let (first, last) = match *self {
                Self::Here { start, end, .. } => (start, end),
                Self::Gone { point, .. } => (point, point),
            };
            let (moved, edits) = batch.around(first, last);
            self.shift(moved);
            for edit in edits {
                touched = true;
                self.through(edit);
            }
        }
        if touched {
            self.look(line, measured, text);
        }
    }

    fn shift(&mut self, by: isize) {
        let places: &mut [&mut usize] = match self {
            Self::Here { start, word, end, .. } => &mut [start, word, end],
            Self::Gone { point, .. } => &mut [point],
        };
        for place in places {
            **place = place.saturating_add_signed(by);
        }
    }

    /// Follows an edit; start and end are only near the truth afterwards.
    fn through(&mut self, edit: TextEdit) {
        match self {
            Self::Here { start, word, end, .. } => {
                let within = *start <= edit.start && edit.old_end <= *end && edit.start < edit.new_end;
                if edit.old_end <= *word {
                    *word = word.saturating_add_signed(edit.delta());
                } else if edit.start <= *word {
                    if edit.old_end < *end {
                        *word = edit.new_end;
                    } else if within {
                        *word = edit.start;
                    } else {
                        let behind = *start as isize - edit.start as isize;
                        *self = Self::Gone { point: edit.start, behind };
                        return;
                    }
                }
                *start = point_through(*start, edit).min(*word);
                *end = point_through(*end, edit).max(*word);
            }
            Self::Gone { point, .. } => {
                *point = if *point > edit.old_end { point.saturating_add_signed(edit.delta()) } else { edit.start.min(*point) };
            }
        }
    }

    /// Reads today's line and compares it with the measured one.
    fn look(&mut self, line: &MeasuredLine, measured: &Rope, text: &Rope) {
        let found = match *self {
            Self::Here { word, .. } => Some(word),
            Self::Gone { point, behind } => point.checked_add_signed(behind).filter(|&start| start <= text.len_bytes()),
        };
        let Some(found) = found else { return };
        let (start, end) = line_around(text, found);
        let same = same_text(text, start, end, measured, line.start, line.end);
        match self {
            _ if same => *self = Self::Here { start, word: start + line.indent, end, changed: false },
            Self::Here { word, .. } => *self = Self::Here { start, word: (*word).clamp(start, end), end, changed: true },
            Self::Gone { .. } => {}
        }
    }
}

/// A byte. Text put in at it goes before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct PositionPlace {
    at: usize,
    gone: bool,
}

impl PositionPlace {
    pub(super) fn new(at: usize) -> Self {
        Self { at, gone: false }
    }

    /// On a line that reads as it did, a position is where it was in it, even if it was cut out and put back.
    pub(super) fn anchor(&self, column_bytes: usize, line: Anchor) -> Anchor {
        match line.state {
            AnchorState::Intact => {
                // A place within its terminator is at its end: the terminator may be another, or none.
                let at = (line.range.start.0 + column_bytes).min(line.range.end.0);
                anchor(at, at, AnchorState::Intact)
            }
            AnchorState::Changed if !self.gone => anchor(self.at, self.at, AnchorState::Changed),
            AnchorState::Changed | AnchorState::Gone => anchor(self.at, self.at, AnchorState::Gone),
        }
    }

    pub(super) fn carry(&mut self, batches: &[Batch]) {
        for batch in batches {
            let (moved, edits) = batch.around(self.at, self.at);
            self.at = self.at.saturating_add_signed(moved);
            for edit in edits {
                if edit.start <= self.at && self.at < edit.old_end {
                    self.gone = true;
                    self.at = edit.start;
                } else if edit.old_end <= self.at {
                    self.at = self.at.saturating_add_signed(edit.delta());
                }
            }
        }
    }
}

/// A function's text.
#[derive(Clone, Copy, Debug)]
pub(super) enum FunctionPlace {
    Here {
        start: usize,
        end: usize,
        changed: bool,
    },
    /// As with lines.
    Gone {
        point: usize,
        behind: usize,
    },
}

impl FunctionPlace {
    pub(super) fn new(range: &ByteRange) -> Self {
        Self::Here { start: range.start.0, end: range.end.0, changed: false }
    }

    pub(super) fn anchor(&self) -> Anchor {
        match *self {
            Self::Here { start, end, changed } => anchor(start, end, state(changed)),
            Self::Gone { point, .. } => anchor(point, point, AnchorState::Gone),
        }
    }

    pub(super) fn carry(&mut self, batches: &[Batch], measured_range: ByteRange, measured: &Rope, text: &Rope) {
        let mut touched = false;
        for batch in batches {
            let (first, last) = match *self {
                Self::Here { start, end, .. } => (start, end),
                Self::Gone { point, .. } => (point, point),
            };
            let (moved, edits) = batch.around(first, last);
            match self {
                Self::Here { start, end, .. } => {
                    *start = start.saturating_add_signed(moved);
                    *end = end.saturating_add_signed(moved);
                }
                Self::Gone { point, .. } => *point = point.saturating_add_signed(moved),
            }
            for edit in edits {
                touched = true;
                self.through(edit);
            }
        }
        if touched {
            self.look(measured_range, measured, text);
        }
    }

    fn through(&mut self, edit: TextEdit) {
        match self {
            Self::Here { start, end, .. } => {
                if edit.old_end <= *start {
                    *start = start.saturating_add_signed(edit.delta());
                    *end = end.saturating_add_signed(edit.delta());
                } else if edit.start >= *end {
                    // Behind it.
                } else if edit.start <= *start && *end <= edit.old_end {
                    *self = Self::Gone { point: edit.start, behind: *start - edit.start };
                } else {
                    if edit.start < *start {
                        *start = edit.new_end;
                    }
                    *end = if edit.old_end <= *end { end.saturating_add_signed(edit.delta()) } else { edit.start };
                    *end = (*end).max(*start);
                }
            }
            Self::Gone { point, .. } => {
                *point = if *point > edit.old_end { point.saturating_add_signed(edit.delta()) } else { edit.start.min(*point) };
            }
        }
    }

    fn look(&mut self, range: ByteRange, measured: &Rope, text: &Rope) {
        let len = range.end.0 - range.start.0;
        let same =
            |start: usize| start.checked_add(len).is_some_and(|end| same_text(text, start, end, measured, range.start.0, range.end.0));
        let found = match *self {
            // When one end was cut off and is back, the other end tells where.
            Self::Here { start, end, .. } => {
                Some(start).filter(|&start| same(start)).or_else(|| end.checked_sub(len).filter(|&start| same(start)))
            }
            Self::Gone { point, behind } => point.checked_add(behind).filter(|&start| same(start)),
        };
        match (found, &mut *self) {
            (Some(start), _) => *self = Self::Here { start, end: start + len, changed: false },
            (None, Self::Here { start, end, changed }) => {
                *changed = true;
                *end = (*end).min(text.len_bytes());
                *start = (*start).min(*end);
            }
            (None, Self::Gone { .. }) => {}
        }
    }
}

fn anchor(start: usize, end: usize, state: AnchorState) -> Anchor {
    Anchor { range: ByteRange { start: ByteOffset(start), end: ByteOffset(end) }, state }
}

fn state(changed: bool) -> AnchorState {
    if changed { AnchorState::Changed } else { AnchorState::Intact }
}

fn point_through(at: usize, edit: TextEdit) -> usize {
    if edit.old_end <= at {
        at.saturating_add_signed(edit.delta())
    } else if edit.start < at {
        edit.new_end
    } else {
        at
    }
}

/// Whether bytes of one text read as those of another; lengths first, as nearly every edit changes them.
fn same_text(text: &Rope, start: usize, end: usize, other: &Rope, other_start: usize, other_end: usize) -> bool {
    end - start == other_end - other_start
        && text.get_byte_slice(start..end).is_some_and(|slice| slice == other.byte_slice(other_start..other_end))
}
