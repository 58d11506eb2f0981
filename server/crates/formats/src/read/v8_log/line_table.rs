//! Script offsets to lines and columns.

use profile::Position;

/// Where the lines of a script begin. V8 ends lines at `\n`, `\r`, `\r\n`, U+2028 and U+2029 (`String::CalculateLineEnds`).
#[derive(Debug)]
pub(super) struct LineTable {
    /// Offset of each line's start, in UTF-16 code units.
    starts: Vec<u32>,
    length: u32,
}

impl LineTable {
    pub(super) fn new(text: &str) -> Self {
        let mut starts = vec![0];
        let mut offset = 0u32;
        let mut chars = text.chars().peekable();
        while let Some(char) = chars.next() {
            offset = offset.saturating_add(char.len_utf16() as u32);
            let is_line_end = match char {
                '\n' | '\u{2028}' | '\u{2029}' => true,
                '\r' => chars.peek() != Some(&'\n'),
                _ => false,
            };
            if is_line_end {
                starts.push(offset);
            }
        }
        Self { starts, length: offset }
    }

    /// The place at an offset in UTF-16 code units; none beyond the end.
    pub(super) fn position(&self, offset: u32) -> Option<Position> {
        if offset > self.length {
            return None;
        }
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts[line - 1];
        Some(Position { line: line as u32, column: offset - start + 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn position_of_offset() {
        fn check(text: &str, offset: u32, expected: Option<(u32, u32)>) {
            let position = LineTable::new(text).position(offset);
            assert_eq!(position.map(|position| (position.line, position.column)), expected, "{text:?} {offset}");
        }
        check("ab\ncd", 0, Some((1, 1)));
        check("ab\ncd", 2, Some((1, 3)));
        check("ab\ncd", 3, Some((2, 1)));
        check("ab\ncd", 5, Some((2, 3)));
        check("ab\ncd", 6, None);
        check("a\r\nb\rc\u{2028}d\u{2029}e", 3, Some((2, 1)));
        check("a\r\nb\rc\u{2028}d\u{2029}e", 5, Some((3, 1)));
        check("a\r\nb\rc\u{2028}d\u{2029}e", 7, Some((4, 1)));
        check("a\r\nb\rc\u{2028}d\u{2029}e", 9, Some((5, 1)));
        check("😀\n😀x", 5, Some((2, 3)));
        check("", 0, Some((1, 1)));
    }
}
