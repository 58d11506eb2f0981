//! Lines of any text, without copying and with a bound on memory.

use crate::read::buffer::Buffer;
use memchr::memchr;
use std::io::{self, Read};

const CHUNK_BYTES: usize = 256 << 10;

/// Longest line that is kept. A trace line holds little more than the name of a function; what is longer is the program's.
pub(super) const MAX_LINE_BYTES: usize = 1 << 20;

/// One line, without its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// The bytes; of a line that is too long, its beginning.
    pub(super) bytes: &'a [u8],
    /// Whether it was too long to keep.
    pub(super) is_cut: bool,
    /// Whether the input ended before the line did.
    pub(super) is_unfinished: bool,
}

/// Reads lines from any input.
pub(super) struct Lines<R> {
    buffer: Buffer<R>,
    /// The rest of a line that is too long is being passed over.
    is_skipping: bool,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self { buffer: Buffer::new(input, CHUNK_BYTES), is_skipping: false }
    }

    /// The next line; none at the end of the input.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut searched = 0;
        loop {
            if let Some(length) = memchr(b'\n', &self.buffer.bytes[self.buffer.start + searched..self.buffer.end]) {
                let length = searched + length;
                let from = self.buffer.start;
                self.buffer.start += length + 1;
                if std::mem::take(&mut self.is_skipping) {
                    searched = 0;
                    continue;
                }
                return Ok(Some(Line {
                    bytes: without_return(&self.buffer.bytes[from..from + length]),
                    is_cut: false,
                    is_unfinished: false,
                }));
            }
            searched = self.buffer.end - self.buffer.start;
            if self.is_skipping {
                self.buffer.start = self.buffer.end;
                searched = 0;
            } else if searched >= MAX_LINE_BYTES {
                let from = self.buffer.start;
                self.buffer.start = self.buffer.end;
                self.is_skipping = true;
                return Ok(Some(Line { bytes: &self.buffer.bytes[from..from + searched], is_cut: true, is_unfinished: false }));
            }
            if self.buffer.at_end {
                if searched == 0 {
                    return Ok(None);
                }
                let from = self.buffer.start;
                self.buffer.start = self.buffer.end;
                return Ok(Some(Line {
                    bytes: without_return(&self.buffer.bytes[from..from + searched]),
                    is_cut: false,
                    is_unfinished: true,
                }));
            }
            self.buffer.fill()?;
        }
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Vec<(String, bool, bool)> {
        let mut lines = Lines::new(bytes);
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            let text = String::from_utf8_lossy(line.bytes);
            let text = if text.len() > 20 { format!("{}…{}", &text[..3], text.len()) } else { text.into_owned() };
            all.push((text, line.is_cut, line.is_unfinished));
        }
        all
    }

    #[test]
    fn lines_of_a_text() {
        let line = |text: &str, is_cut, is_unfinished| (text.to_owned(), is_cut, is_unfinished);
        assert_eq!(all(b""), []);
        assert_eq!(all(b"a\r\n\nb"), [line("a", false, false), line("", false, false), line("b", false, true)]);
    }

    #[test]
    fn a_line_without_end_keeps_memory_bounded() {
        let mut bytes = vec![b'x'; 5 * MAX_LINE_BYTES + 17];
        bytes.extend_from_slice(b"\nnext\n");
        let mut lines = Lines::new(bytes.as_slice());
        let first = lines.next().unwrap().unwrap();
        assert!(first.is_cut && first.bytes.starts_with(b"xxx"));
        assert_eq!(lines.next().unwrap().unwrap().bytes, b"next");
        assert!(lines.next().unwrap().is_none());
        assert!(lines.buffer.bytes.len() <= 4 * MAX_LINE_BYTES, "{}", lines.buffer.bytes.len());
    }
}
