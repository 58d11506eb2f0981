//! V8's lines of one text: between V8 positions, script offsets and bytes.

use std::sync::Arc;

use ropey::Rope;

use crate::position::{ByteOffset, ByteRange, V8Position, floor_char, line_content, saturate};

/// Whether V8 saw the byte-order mark at the start of the file, if it has one: only then is it a column of line 1 and one UTF-16
/// unit of every script offset.
///
/// Measured on Node 18, 20, 22, 24 and 26 by stack traces and `--log-code`: CommonJS that is run or required keeps it (`require`d ES
/// modules of 20 and 22, too); ES modules, TypeScript, and CommonJS that is *imported* (22 and later) have lost it. Nothing in a
/// script's name tells the last case from the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ByteOrderMark {
    /// It counts.
    Kept,
    /// It does not; positions are relative to the text after it.
    Stripped,
}

impl ByteOrderMark {
    /// What Node most likely did with the mark of a script, by its name as V8 gives it (`file://…` for ES modules, a path for
    /// CommonJS). Only column 1 of line 1 depends on it, and only in a file that starts with a mark.
    pub fn of_script(name: &str) -> Self {
        let typescript = [".ts", ".mts", ".cts"].iter().any(|extension| name.ends_with(extension));
        if name.starts_with("file:") || typescript { Self::Stripped } else { Self::Kept }
    }
}

/// Line table of one text as V8 counts: lines end at `\n`, `\r\n`, `\r`, U+2028 and U+2029. Cheap to clone.
///
/// The text's own tree knows all but the last two, so only the lines those two begin are held here: most texts have none.
#[derive(Clone, Debug)]
pub struct V8Lines {
    text: Rope,
    /// Lines begun by U+2028 or U+2029: (first byte, 0-based V8 line), ascending in both.
    separated: Arc<[(usize, usize)]>,
    /// Bytes of a stripped mark.
    skipped: usize,
}

impl V8Lines {
    /// Finds the lines of `text`: one pass over it, then O(log n) each.
    pub fn new(text: &Rope, mark: ByteOrderMark) -> Self {
        let mut separated = Vec::new();
        let mut chunk_start = 0;
        for chunk in text.chunks() {
            if !chunk.is_ascii() {
                for (byte, separator) in chunk.match_indices(['\u{2028}', '\u{2029}']) {
                    let first = chunk_start + byte + separator.len();
                    separated.push((first, text.byte_to_line(first) + separated.len() + 1));
                }
            }
            chunk_start += chunk.len();
        }
        Self { text: text.clone(), separated: separated.into(), skipped: 0 }.with_mark(mark)
    }

    /// The same lines with another answer to what became of the byte-order mark.
    pub fn with_mark(mut self, mark: ByteOrderMark) -> Self {
        let starts_with_mark = self.text.get_char(0) == Some('\u{feff}');
        self.skipped = if mark == ByteOrderMark::Stripped && starts_with_mark { '\u{feff}'.len_utf8() } else { 0 };
        self
    }

    /// Number of lines, at least 1.
    pub fn len(&self) -> usize {
        self.text.len_lines() + self.separated.len()
    }

    /// Never: an empty text has one line.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The byte a V8 position names. A column past the end of its line means the line's end, a line past the last one the end of
    /// the text, and 0 is read as 1.
    pub fn to_byte(&self, position: V8Position) -> ByteOffset {
        let Some(line) = self.line_bytes(position.line.max(1)) else {
            return ByteOffset(self.text.len_bytes());
        };
        let unit_of = |byte: usize| self.text.char_to_utf16_cu(self.text.byte_to_char(byte));
        let unit = unit_of(line.start.0).saturating_add(position.column.saturating_sub(1) as usize);
        ByteOffset(self.text.char_to_byte(self.text.utf16_cu_to_char(unit.min(unit_of(line.end.0)))))
    }

    /// The V8 position of a byte; past the end means the end, inside a character its start.
    ///
    /// Terminators have columns, too: V8 reports an implicit return at the end of a line there.
    pub fn to_position(&self, offset: ByteOffset) -> V8Position {
        let byte = floor_char(&self.text, offset.0.min(self.text.len_bytes())).max(self.skipped);
        let line = self.line_of(byte);
        let start = self.start_of(line).max(self.skipped);
        let text = &self.text;
        let units = text.char_to_utf16_cu(text.byte_to_char(byte)) - text.char_to_utf16_cu(text.byte_to_char(start));
        V8Position { line: saturate(line + 1), column: saturate(units + 1) }
    }

    /// The V8 position of a script offset (0-based, UTF-16 units, as in `code-source-info` of a V8 log); past the end means the end.
    pub fn script_offset_to_position(&self, script_offset: usize) -> V8Position {
        self.to_position(self.script_offset_to_byte(script_offset))
    }

    /// The byte of a script offset (0-based, UTF-16 units); past the end means the end.
    pub fn script_offset_to_byte(&self, script_offset: usize) -> ByteOffset {
        let unit = script_offset.saturating_add(usize::from(self.skipped > 0)).min(self.text.len_utf16_cu());
        ByteOffset(self.text.char_to_byte(self.text.utf16_cu_to_char(unit)))
    }

    /// The script offset (0-based, UTF-16 units) of a byte.
    pub fn byte_to_script_offset(&self, offset: ByteOffset) -> usize {
        let char = self.text.byte_to_char(offset.0.min(self.text.len_bytes()));
        self.text.char_to_utf16_cu(char).saturating_sub(usize::from(self.skipped > 0))
    }

    /// The bytes of a 1-based V8 line, its terminator not included; none when there is no such line.
    pub fn line_bytes(&self, line: u32) -> Option<ByteRange> {
        let line = (line as usize).checked_sub(1).filter(|&line| line < self.len())?;
        let start = self.start_of(line);
        let (_, mut end) = line_content(&self.text, self.text.byte_to_line(start));
        // A separator is never the last thing before another terminator of the same V8 line, so the nearer end is the right one.
        if let Some(&(next, next_line)) = self.separated.get(self.separated.partition_point(|&(_, l)| l <= line))
            && next_line == line + 1
        {
            end = next - '\u{2028}'.len_utf8();
        }
        Some(ByteRange { start: ByteOffset(start.max(self.skipped).min(end)), end: ByteOffset(end) })
    }

    /// 0-based line of a byte.
    fn line_of(&self, byte: usize) -> usize {
        self.text.byte_to_line(byte) + self.separated.partition_point(|&(first, _)| first <= byte)
    }

    /// First byte of a 0-based line that exists.
    fn start_of(&self, line: usize) -> usize {
        let before = self.separated.partition_point(|&(_, l)| l <= line);
        match before.checked_sub(1).and_then(|last| self.separated.get(last)) {
            Some(&(first, l)) if l == line => first,
            _ => self.text.line_to_byte(line - before),
        }
    }
}

/// The V8 line of `text` that holds `byte`, terminator not included, without a table: for a single look-up in a text just changed.
pub(crate) fn line_around(text: &Rope, byte: usize) -> (usize, usize) {
    let byte = byte.min(text.len_bytes());
    let (mut start, mut end) = line_content(text, text.byte_to_line(byte));
    // On a `\r\n`, the byte is past the content.
    let byte = floor_char(text, byte).min(end);
    let mut chunk_start = start;
    for chunk in text.byte_slice(start..end).chunks() {
        if !chunk.is_ascii() {
            for (at, separator) in chunk.match_indices(['\u{2028}', '\u{2029}']) {
                let at = chunk_start + at;
                if at < byte {
                    start = at + separator.len();
                } else {
                    end = end.min(at);
                }
            }
        }
        chunk_start += chunk.len();
        if chunk_start > end {
            break;
        }
    }
    (start, end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn v8(line: u32, column: u32) -> V8Position {
        V8Position { line, column }
    }

    #[test]
    fn position_to_byte() {
        fn check(text: &str, position: (u32, u32), expected: usize) {
            let lines = V8Lines::new(&Rope::from_str(text), ByteOrderMark::Kept);
            assert_eq!(lines.to_byte(v8(position.0, position.1)), ByteOffset(expected), "{text:?} {position:?}");
        }
        check("", (1, 1), 0);
        check("ab\ncd", (2, 2), 4);
        check("ab\r\ncd", (2, 1), 4);
        check("ab\rcd", (2, 1), 3);
        check("a\u{2028}b\u{2029}c\nd", (2, 1), 4);
        check("a\u{2028}b\u{2029}c\nd", (3, 1), 8);
        check("a\u{2028}b\u{2029}c\nd", (4, 1), 10);
        check("a\u{2028}b", (1, 9), 1);
        check("a\u{2028}\nb", (2, 1), 4);
        check("a\u{2028}\nb", (3, 1), 5);
        check("💥x", (1, 2), 0);
        check("💥x", (1, 3), 4);
        check("ab", (0, 0), 0);
        check("ab", (9, 9), 2);
    }

    // The figures are those of Node 22: boom at 1:15 and offset 14 in bom.cjs, 1:14 and 13 in bom.mjs; hot at 3:17 after U+2028.
    #[test]
    fn byte_order_mark_and_separator_as_node_counts() {
        let text = "\u{feff}function boom(){ throw new Error('x'); }\n/* \u{2028} */ function hot(n){}\n";
        let (boom, hot) = (text.find("(){ throw"), text.find("(n)"));
        let check = |mark, boom_position, boom_offset, hot_position, hot_offset| {
            let lines = V8Lines::new(&Rope::from_str(text), mark);
            for (byte, position, offset) in [(boom, boom_position, boom_offset), (hot, hot_position, hot_offset)] {
                let byte = ByteOffset(byte.unwrap());
                assert_eq!(lines.to_position(byte), position);
                assert_eq!(lines.to_byte(position), byte);
                assert_eq!(lines.script_offset_to_byte(offset), byte);
                assert_eq!(lines.byte_to_script_offset(byte), offset);
                assert_eq!(lines.script_offset_to_position(offset), position);
            }
        };
        check(ByteOrderMark::Kept, v8(1, 15), 14, v8(3, 17), 62);
        check(ByteOrderMark::Stripped, v8(1, 14), 13, v8(3, 17), 61);
    }

    /// The binaries to test with.
    fn nodes() -> Vec<std::path::PathBuf> {
        let listed = std::env::var_os("TICKMARK_TEST_NODES").unwrap_or_else(|| "node".into());
        std::env::split_paths(&listed).collect()
    }

    #[test]
    fn stack_traces_of_node_are_where_the_lines_say() {
        // The error on the first line is what the mark moves.
        let text = "\u{feff}let first = new Error(); const at = make => make().stack.match(/\\d+:\\d+(?=\\)?$)/m)[0];\n\
            const a = `\u{2028}💥\u{2029}`;\r\
            const b = at(() => /*é💥*/new Error());\r\n\
            console.log(at(() => first), b, at(() => new Error()));\n";
        let expected = |mark| {
            let lines = V8Lines::new(&Rope::from_str(text), mark);
            let found: Vec<_> = text.match_indices("new Error").map(|(byte, _)| lines.to_position(ByteOffset(byte))).collect();
            found.iter().map(|position| format!("{}:{}", position.line, position.column)).collect::<Vec<_>>()
        };
        let folder = tempfile::tempdir().unwrap();
        for node in nodes() {
            for (name, mark) in [("a.cjs", ByteOrderMark::Kept), ("a.mjs", ByteOrderMark::Stripped)] {
                let file = folder.path().join(name);
                std::fs::write(&file, text).unwrap();
                let output = std::process::Command::new(&node).arg(&file).output();
                let output = output.unwrap_or_else(|error| panic!("{} does not run: {error}; set TICKMARK_TEST_NODES", node.display()));
                let printed = String::from_utf8_lossy(&output.stdout).into_owned();
                let found: Vec<_> = printed.split_whitespace().collect();
                assert_eq!(found, expected(mark), "{} {name}: {output:?}", node.display());
            }
        }
    }

    #[test]
    fn mark_by_script_name() {
        fn check(name: &str, expected: ByteOrderMark) {
            assert_eq!(ByteOrderMark::of_script(name), expected, "{name}");
        }
        check("/app/a.js", ByteOrderMark::Kept);
        check("file:///app/a.js", ByteOrderMark::Stripped);
        check("/app/a.cts", ByteOrderMark::Stripped);
    }

    #[test]
    fn large_texts_answer_from_the_tables() {
        let text: String = (0..100_000).map(|n| format!("line {n}{}", if n % 3 == 0 { "\u{2028}" } else { "\r\n" })).collect();
        let lines = V8Lines::new(&Rope::from_str(&text), ByteOrderMark::Kept);
        assert_eq!(lines.len(), 100_001);
        for n in (0..100_000u32).step_by(37) {
            let bytes = lines.line_bytes(n + 1).unwrap();
            assert_eq!(&text[bytes.start.0..bytes.end.0], format!("line {n}"));
            assert_eq!(lines.to_position(bytes.start), v8(n + 1, 1));
        }
    }

    proptest! {
        #[test]
        fn agrees_with_counting(text in "\u{feff}?([a-z]|é|💥|\u{2028}|\u{2029}|\r\n|\n|\r){0,60}", stripped: bool) {
            let mark = if stripped { ByteOrderMark::Stripped } else { ByteOrderMark::Kept };
            let rope = Rope::from_str(&text);
            let lines = V8Lines::new(&rope, mark);
            let skipped = if stripped && text.starts_with('\u{feff}') { 3 } else { 0 };
            let bytes = text.char_indices().map(|(byte, _)| byte).chain([text.len()]);
            for byte in bytes.filter(|&byte| byte >= skipped && !(text[..byte].ends_with('\r') && text[byte..].starts_with('\n'))) {
                let before = text[skipped..byte].replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n");
                let column = before.rsplit('\n').next().unwrap_or("").encode_utf16().count();
                let expected = v8(before.matches('\n').count() as u32 + 1, column as u32 + 1);
                prop_assert_eq!(lines.to_position(ByteOffset(byte)), expected);
                prop_assert_eq!(lines.to_byte(expected), ByteOffset(byte));
                let offset = text[skipped..byte].encode_utf16().count();
                prop_assert_eq!(lines.script_offset_to_position(offset), expected);
                let line = lines.line_bytes(expected.line).unwrap();
                prop_assert!(line.start.0 <= byte && byte <= line.end.0);
                if skipped == 0 {
                    prop_assert_eq!(line_around(&rope, byte), (line.start.0, line.end.0));
                }
            }
            prop_assert!(lines.line_bytes(lines.len() as u32 + 1).is_none());
        }
    }
}
