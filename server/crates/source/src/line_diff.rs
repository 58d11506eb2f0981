//! Which line of one text is which line of another.

use std::collections::HashMap;
use std::ops::Range;
use std::time::{Duration, Instant};

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};

use crate::edit::{TextEdit, common_ends};
use crate::position::saturate;

/// Time after which a search for equal lines stops and takes what it has; the rest counts as replaced. Two texts of 50,000 lines that
/// share none take a few milliseconds; only long texts of few distinct lines, shuffled, come near.
const DEADLINE: Duration = Duration::from_millis(150);

/// Replaced runs of as many new lines as old ones are read as changes of each line only up to this length: a longer one is a
/// rewrite, in which the n-th line has nothing to do with the n-th line.
const PAIRED_LINES: usize = 256;

/// Where the lines of an old text are in a new one. Lines are 1-based and end where V8 ends them.
#[derive(Clone, Debug)]
pub struct LineMap {
    /// 0-based new line + 1 per old line; 0 for none.
    new_lines: Vec<u32>,
}

impl LineMap {
    /// Compares two texts line by line.
    pub fn new(old: &str, new: &str) -> Self {
        Self::within(DEADLINE, old, new)
    }

    fn within(limit: Duration, old: &str, new: &str) -> Self {
        let deadline = Instant::now().checked_add(limit);
        let (old, new) = (Lines::of(old), Lines::of(new));
        let mut new_lines = vec![0; old.ends.len()];
        for op in diff(&old, &new, deadline) {
            if let DiffOp::Equal { old_index, new_index, len } = op {
                for n in 0..len {
                    new_lines[old_index + n] = saturate(new_index + n + 1);
                }
            }
        }
        Self { new_lines }
    }

    /// The line of the new text that is `old_line` unchanged; none when it was changed or removed, or never was.
    pub fn new_line(&self, old_line: u32) -> Option<u32> {
        let line = *self.new_lines.get((old_line as usize).checked_sub(1)?)?;
        (line > 0).then_some(line)
    }
}

/// The edits that make `new` of `old`, ascending: none touches a line that both have, one line changed is one edit of what differs
/// in it, and runs of lines are split where only the space around the words changed.
pub(crate) fn edits_between(old: &str, new: &str) -> Vec<TextEdit> {
    edits_within(DEADLINE, old, new)
}

fn edits_within(limit: Duration, old: &str, new: &str) -> Vec<TextEdit> {
    if old == new {
        return Vec::new();
    }
    let deadline = Instant::now().checked_add(limit);
    let (old_lines, new_lines) = (Lines::of(old), Lines::of(new));
    let mut edits = Edits { old, new, list: Vec::new() };
    for op in diff(&old_lines, &new_lines, deadline) {
        if let DiffOp::Equal { .. } = op {
            continue;
        }
        let (old_run, new_run) = (op.old_range(), op.new_range());
        if old_run.is_empty() || new_run.is_empty() {
            edits.push(old_lines.bytes(&old_run), new_lines.bytes(&new_run));
            continue;
        }
        for op in diff_runs(&old_lines, old_run, &new_lines, new_run, deadline, str::trim) {
            let (old_run, new_run) = (op.old_range(), op.new_range());
            let paired = matches!(op, DiffOp::Equal { .. }) || old_run.len() <= PAIRED_LINES;
            if paired && old_run.len() == new_run.len() {
                for (old_line, new_line) in old_run.zip(new_run) {
                    edits.push(old_lines.bytes(&(old_line..old_line + 1)), new_lines.bytes(&(new_line..new_line + 1)));
                }
            } else {
                edits.push(old_lines.bytes(&old_run), new_lines.bytes(&new_run));
            }
        }
    }
    edits.list
}

struct Edits<'a> {
    old: &'a str,
    new: &'a str,
    list: Vec<TextEdit>,
}

impl Edits<'_> {
    /// Replaces bytes of the old text by bytes of the new one. Everything before is done, so the new text's count is the one the
    /// edit needs.
    fn push(&mut self, old: Range<usize>, new: Range<usize>) {
        let (old_text, new_text) = (&self.old[old], &self.new[new.clone()]);
        if old_text != new_text {
            let (prefix, suffix) = common_ends(old_text.into(), new_text);
            let start = new.start + prefix;
            self.list.push(TextEdit { start, old_end: new.start + old_text.len() - suffix, new_end: new.end - suffix });
        }
    }
}

/// Lines of a text, terminators included; a last line that is empty is not one.
struct Lines<'a> {
    text: &'a str,
    ends: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let mut ends = Vec::with_capacity(bytes.len() / 32);
        for (at, &byte) in bytes.iter().enumerate() {
            let ended = match byte {
                b'\n' => true,
                b'\r' => bytes.get(at + 1) != Some(&b'\n'),
                // The last byte of U+2028 (E2 80 A8) or U+2029 (E2 80 A9).
                0xa8 | 0xa9 => at >= 2 && bytes[at - 2..at] == [0xe2, 0x80],
                _ => false,
            };
            if ended {
                ends.push(at + 1);
            }
        }
        if ends.last().copied().unwrap_or(0) < text.len() {
            ends.push(text.len());
        }
        Self { text, ends }
    }

    fn bytes(&self, lines: &Range<usize>) -> Range<usize> {
        let start_of = |line: usize| line.checked_sub(1).map_or(0, |before| self.ends[before]);
        start_of(lines.start)..start_of(lines.end)
    }

    fn line(&self, line: usize) -> &'a str {
        &self.text[self.bytes(&(line..line + 1))]
    }
}

fn diff(old: &Lines<'_>, new: &Lines<'_>, deadline: Option<Instant>) -> Vec<DiffOp> {
    diff_runs(old, 0..old.ends.len(), new, 0..new.ends.len(), deadline, |line| line)
}

/// Compares runs of lines by a key of each, as small numbers.
fn diff_runs<'a>(
    old: &Lines<'a>,
    old_run: Range<usize>,
    new: &Lines<'a>,
    new_run: Range<usize>,
    deadline: Option<Instant>,
    key: impl Fn(&'a str) -> &'a str,
) -> Vec<DiffOp> {
    let mut ids: HashMap<&str, u32> = HashMap::new();
    let mut number = |lines: &Lines<'a>, run: &Range<usize>| -> Vec<u32> {
        run.clone()
            .map(|line| {
                let next = saturate(ids.len());
                *ids.entry(key(lines.line(line))).or_insert(next)
            })
            .collect()
    };
    let (old_ids, new_ids) = (number(old, &old_run), number(new, &new_run));
    let mut ops = capture_diff_slices_deadline(Algorithm::Histogram, &old_ids, &new_ids, deadline);
    for op in &mut ops {
        let (DiffOp::Equal { old_index, new_index, .. }
        | DiffOp::Delete { old_index, new_index, .. }
        | DiffOp::Insert { old_index, new_index, .. }
        | DiffOp::Replace { old_index, new_index, .. }) = op;
        *old_index += old_run.start;
        *new_index += new_run.start;
    }
    ops
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_of_the_new_text() {
        fn check(old: &str, new: &str, expected: &[Option<u32>]) {
            let map = LineMap::new(old, new);
            let lines: Vec<_> = (1..=expected.len() as u32).map(|line| map.new_line(line)).collect();
            assert_eq!(lines, expected, "{old:?} {new:?}");
            assert_eq!(map.new_line(0), None);
            assert_eq!(map.new_line(expected.len() as u32 + 1), None);
        }
        check("", "a\n", &[]);
        check("a\nb\n", "a\nb\n", &[Some(1), Some(2)]);
        check("a\nb\n", "x\na\nb\n", &[Some(2), Some(3)]);
        check("a\nb\nc\n", "a\nc\n", &[Some(1), None, Some(2)]);
        check("a\nb\nc\n", "a\nB\nc\n", &[Some(1), None, Some(3)]);
        check("a\u{2028}b\rc\r\n", "x\na\u{2028}b\rc\r\n", &[Some(2), Some(3), Some(4)]);
        check("a\n", "", &[None]);
    }

    fn apply(old: &str, new: &str, edits: &[TextEdit]) -> String {
        let mut text = old.to_owned();
        for edit in edits {
            text.replace_range(edit.start..edit.old_end, &new[edit.start..edit.new_end]);
        }
        text
    }

    #[test]
    fn edits_spare_what_is_the_same() {
        fn check(old: &str, new: &str, expected: &[(usize, usize, usize)]) {
            let edits = edits_between(old, new);
            let found: Vec<_> = edits.iter().map(|edit| (edit.start, edit.old_end, edit.new_end)).collect();
            assert_eq!(found, expected, "{old:?} {new:?}");
            assert_eq!(apply(old, new, &edits), new);
        }
        check("same\n", "same\n", &[]);
        check("a;\nlet x = 1;\nb;\n", "a;\nlet x = 22;\nb;\n", &[(11, 12, 13)]);
        check("a\nb\nc\n", "a\nc\n", &[(2, 4, 2)]);
        // Wrapped and indented: the lines stay lines.
        check("a\nb\n", "{\n  a\n  b\n}\n", &[(0, 0, 2), (2, 2, 4), (6, 6, 8), (10, 10, 12)]);
        check("one();\ntwo();\n", "uno();\ndos();\n", &[(0, 3, 3), (7, 10, 10)]);
    }

    // Quadratic work would keep these from ending.
    #[test]
    fn long_texts_that_share_nothing_or_little() {
        let numbered = |word: &str| (0..50_000).map(|n| format!("{word} {n}\n")).collect::<String>();
        let (old, new) = (numbered("old"), numbered("new"));
        let map = LineMap::new(&old, &new);
        assert!((1..=50_000).all(|line| map.new_line(line).is_none()));
        assert_eq!(apply(&old, &new, &edits_between(&old, &new)), new);

        let shuffled = |step: usize| (0..50_000usize).map(|n| format!("line {}\n", n * step % 50_021 % 97)).collect::<String>();
        let (old, new) = (shuffled(7), shuffled(31));
        assert_eq!(apply(&old, &new, &edits_between(&old, &new)), new);

        let (old, new) = (numbered("same"), format!("first\n{}", numbered("same")));
        let map = LineMap::new(&old, &new);
        assert!((1..=50_000).all(|line| map.new_line(line) == Some(line + 1)));
    }

    #[test]
    fn a_search_out_of_time_is_coarse_and_right() {
        let text = |step: usize| (0..5_000usize).map(|n| format!("line {}\n", n * step % 5_003)).collect::<String>();
        let (old, new) = (format!("first\n{}last\n", text(7)), format!("first\n{}last\n", text(31)));
        let in_time = LineMap::new(&old, &new);
        let out_of_time = LineMap::within(Duration::ZERO, &old, &new);
        let known = |map: &LineMap| (1..=5_002).filter(|&line| map.new_line(line).is_some()).count();
        assert!(known(&out_of_time) < known(&in_time), "{} {}", known(&out_of_time), known(&in_time));
        assert_eq!((out_of_time.new_line(1), out_of_time.new_line(5_002)), (Some(1), Some(5_002)));
        let edits = edits_within(Duration::ZERO, &old, &new);
        assert_eq!(apply(&old, &new, &edits), new);
    }

    proptest! {
        #[test]
        fn edits_make_the_new_text(old in "([abé ]{0,2}(\n|\r\n|\u{2028})){0,12}[ab]?", new in "([abé ]{0,2}(\n|\r\n|\u{2028})){0,12}[ab]?") {
            prop_assert_eq!(apply(&old, &new, &edits_between(&old, &new)), new.clone());
            let map = LineMap::new(&old, &new);
            let (old_lines, new_lines) = (Lines::of(&old), Lines::of(&new));
            let mut last = 0;
            for line in 1..=old_lines.ends.len() as u32 {
                if let Some(found) = map.new_line(line) {
                    prop_assert!(found > last, "ascending");
                    last = found;
                    prop_assert_eq!(old_lines.line(line as usize - 1), new_lines.line(found as usize - 1));
                }
            }
        }
    }
}
