//! Positions in a text, one type per way of counting, so that they cannot be mixed up.

use ropey::Rope;
use serde::{Deserialize, Serialize};

/// Offset in bytes of UTF-8 from the start of the text, 0-based.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ByteOffset(pub usize);

/// Half-open byte range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ByteRange {
    /// First byte.
    pub start: ByteOffset,
    /// One past the last byte.
    pub end: ByteOffset,
}

/// How a language client counts columns: the position encoding negotiated at `initialize`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Encoding {
    /// UTF-8 code units (bytes).
    Utf8,
    /// UTF-16 code units, the protocol's default.
    #[default]
    Utf16,
}

/// Position as the language-server protocol counts: 0-based line (ended by `\n`, `\r\n` or `\r`), 0-based column in units of the
/// negotiated [`Encoding`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LspPosition {
    /// 0-based line.
    pub line: u32,
    /// 0-based column in units of the encoding.
    pub character: u32,
}

/// Position as V8 counts: 1-based line (ended by `\n`, `\r\n`, `\r`, U+2028 or U+2029), 1-based column in UTF-16 code units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct V8Position {
    /// 1-based line.
    pub line: u32,
    /// 1-based column in UTF-16 code units.
    pub column: u32,
}

impl Encoding {
    /// The byte `position` names in `text`.
    ///
    /// Any position has an answer, as the protocol wants it: a column past the end of its line means the line's end (before its
    /// terminator), a line past the last one means the end of the text, and a column inside a surrogate pair or a UTF-8 sequence
    /// means the start of that character. O(log n), plus the length of the line's last few bytes.
    pub fn to_byte(self, text: &Rope, position: LspPosition) -> ByteOffset {
        let line = position.line as usize;
        if line >= text.len_lines() {
            return ByteOffset(text.len_bytes());
        }
        let (start, end) = line_content(text, line);
        let column = position.character as usize;
        let byte = match self {
            Self::Utf8 => floor_char(text, start.saturating_add(column).min(end)),
            Self::Utf16 => {
                let start_unit = text.char_to_utf16_cu(text.byte_to_char(start));
                let end_unit = text.char_to_utf16_cu(text.byte_to_char(end));
                // ropey answers the character that holds the unit, so half a pair is its start.
                text.char_to_byte(text.utf16_cu_to_char(start_unit.saturating_add(column).min(end_unit)))
            }
        };
        ByteOffset(byte)
    }

    /// The position of a byte of `text`. An offset past the end means the end; one inside a character, its start; one between `\r`
    /// and `\n`, the end of the line, for no position names that place. O(log n).
    pub fn to_position(self, text: &Rope, offset: ByteOffset) -> LspPosition {
        let byte = floor_char(text, offset.0.min(text.len_bytes()));
        let line = text.byte_to_line(byte);
        let (start, end) = line_content(text, line);
        let byte = byte.min(end);
        let character = match self {
            Self::Utf8 => byte - start,
            Self::Utf16 => text.char_to_utf16_cu(text.byte_to_char(byte)) - text.char_to_utf16_cu(text.byte_to_char(start)),
        };
        LspPosition { line: saturate(line), character: saturate(character) }
    }
}

/// First byte of the 0-based line (as the protocol and ropey count) and the byte after its last, its terminator not included.
/// `line` must be less than `text.len_lines()`.
pub(crate) fn line_content(text: &Rope, line: usize) -> (usize, usize) {
    let start = text.line_to_byte(line);
    let mut end = text.line_to_byte(line + 1);
    if end > start && text.byte(end - 1) == b'\n' {
        end -= 1;
        if end > start && text.byte(end - 1) == b'\r' {
            end -= 1;
        }
    } else if end > start && text.byte(end - 1) == b'\r' {
        end -= 1;
    }
    (start, end)
}

/// The start of the character that holds `byte`; `byte` must not be past the end.
pub(crate) fn floor_char(text: &Rope, byte: usize) -> usize {
    text.char_to_byte(text.byte_to_char(byte))
}

pub(crate) fn saturate(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(line: u32, character: u32) -> LspPosition {
        LspPosition { line, character }
    }

    #[test]
    fn position_to_byte() {
        fn check(encoding: Encoding, text: &str, position: (u32, u32), expected: usize) {
            let byte = encoding.to_byte(&Rope::from_str(text), at(position.0, position.1));
            assert_eq!(byte, ByteOffset(expected), "{encoding:?} {text:?} {position:?}");
        }
        use Encoding::{Utf8, Utf16};
        for encoding in [Utf8, Utf16] {
            check(encoding, "", (0, 0), 0);
            check(encoding, "", (7, 7), 0);
            check(encoding, "ab\ncd", (1, 1), 4);
            check(encoding, "ab\ncd", (0, u32::MAX), 2);
            check(encoding, "ab\r\ncd", (0, 3), 2);
            check(encoding, "ab\rcd", (1, 0), 3);
            check(encoding, "ab\rcd", (0, 9), 2);
            check(encoding, "ab\n", (1, 0), 3);
            check(encoding, "ab\n", (1, 5), 3);
            check(encoding, "ab\n", (2, 0), 3);
            check(encoding, "ab", (u32::MAX, u32::MAX), 2);
            // Not a line end to the protocol.
            check(encoding, "a\u{2028}b", (1, 0), 5);
        }
        check(Utf16, "é💥x", (0, 1), 2);
        check(Utf16, "é💥x", (0, 2), 2);
        check(Utf16, "é💥x", (0, 3), 6);
        check(Utf8, "é💥x", (0, 1), 0);
        check(Utf8, "é💥x", (0, 2), 2);
        check(Utf8, "é💥x", (0, 5), 2);
        check(Utf8, "é💥x", (0, 6), 6);
        check(Utf16, "💥\n💥", (0, 1), 0);
        check(Utf16, "💥\n💥", (0, 5), 4);
    }

    #[test]
    fn byte_to_position() {
        fn check(encoding: Encoding, text: &str, byte: usize, expected: (u32, u32)) {
            let position = encoding.to_position(&Rope::from_str(text), ByteOffset(byte));
            assert_eq!(position, at(expected.0, expected.1), "{encoding:?} {text:?} {byte}");
        }
        use Encoding::{Utf8, Utf16};
        check(Utf16, "é💥x", 6, (0, 3));
        check(Utf16, "é💥x", 4, (0, 1));
        check(Utf8, "é💥x", 4, (0, 2));
        check(Utf8, "é💥x", 99, (0, 7));
        for encoding in [Utf8, Utf16] {
            check(encoding, "a\r\nb", 2, (0, 1));
            check(encoding, "a\r\nb", 3, (1, 0));
            check(encoding, "a\n", 2, (1, 0));
        }
    }

    proptest! {
        #[test]
        fn round_trip(text in "([a-z]|é|💥|\u{2028}|\r\n|\n|\r|\u{feff}){0,60}", utf16: bool) {
            let encoding = if utf16 { Encoding::Utf16 } else { Encoding::Utf8 };
            let rope = Rope::from_str(&text);
            let bytes = text.char_indices().map(|(byte, _)| byte).chain([text.len()]);
            for byte in bytes.filter(|&byte| !(text[..byte].ends_with('\r') && text[byte..].starts_with('\n'))) {
                let position = encoding.to_position(&rope, ByteOffset(byte));
                prop_assert_eq!(encoding.to_byte(&rope, position), ByteOffset(byte));
                // The same, counted by hand.
                let before = text[..byte].replace("\r\n", "\n").replace('\r', "\n");
                let (line, column) = (before.matches('\n').count(), before.rsplit('\n').next().unwrap_or(""));
                let units = if utf16 { column.encode_utf16().count() } else { column.len() };
                prop_assert_eq!((position.line as usize, position.character as usize), (line, units));
            }
        }

        #[test]
        fn any_position_is_on_a_char(text in "([a-z]|é|💥|\r\n|\n|\r){0,40}", line in 0u32..50, character in 0u32..50, utf16: bool) {
            let encoding = if utf16 { Encoding::Utf16 } else { Encoding::Utf8 };
            let byte = encoding.to_byte(&Rope::from_str(&text), at(line, character)).0;
            prop_assert!(text.is_char_boundary(byte));
        }
    }
}
