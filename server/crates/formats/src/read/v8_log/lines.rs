//! Lines of a log, without copying and with a bound on memory.

use crate::read::buffer::Buffer;
use memchr::memchr;
use std::io::{self, Read};

const CHUNK_BYTES: usize = 1 << 20;

/// Longest line that is kept: V8 writes whole script texts as one line.
const MAX_LINE_BYTES: usize = 128 << 20;

/// One line, without its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// The bytes; empty when the line was too long to keep.
    pub(super) bytes: &'a [u8],
    /// Where it starts in the input.
    pub(super) offset: u64,
    /// Whether the input ended before the line did, or the line was too long.
    pub(super) is_truncated: bool,
}

/// Reads lines from any input.
pub(super) struct Lines<R> {
    buffer: Buffer<R>,
    /// Where the unused bytes begin in the input.
    offset: u64,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self { buffer: Buffer::new(input, CHUNK_BYTES), offset: 0 }
    }

    /// The next line; none at the end of the input.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut searched = 0;
        loop {
            if let Some(length) = memchr(b'\n', &self.buffer.bytes[self.buffer.start + searched..self.buffer.end]) {
                let length = searched + length;
                return Ok(Some(self.take(length, length + 1, false)));
            }
            searched = self.buffer.end - self.buffer.start;
            if searched > MAX_LINE_BYTES {
                return self.skip_long_line().map(Some);
            }
            if self.buffer.at_end {
                if searched == 0 {
                    return Ok(None);
                }
                return Ok(Some(self.take(searched, searched, true)));
            }
            self.buffer.fill()?;
        }
    }

    fn take(&mut self, length: usize, consumed: usize, is_truncated: bool) -> Line<'_> {
        let (from, offset) = (self.buffer.start, self.offset);
        self.buffer.start += consumed;
        self.offset += consumed as u64;
        let bytes = &self.buffer.bytes[from..from + length];
        Line { bytes: bytes.strip_suffix(b"\r").unwrap_or(bytes), offset, is_truncated }
    }

    fn skip_long_line(&mut self) -> io::Result<Line<'_>> {
        let offset = self.offset;
        loop {
            if let Some(length) = memchr(b'\n', &self.buffer.bytes[self.buffer.start..self.buffer.end]) {
                self.buffer.start += length + 1;
                self.offset += length as u64 + 1;
                break;
            }
            self.offset += (self.buffer.end - self.buffer.start) as u64;
            (self.buffer.start, self.buffer.end) = (0, 0);
            if self.buffer.at_end {
                break;
            }
            self.buffer.fill()?;
        }
        Ok(Line { bytes: &[], offset, is_truncated: true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &[u8], expected: &[(&str, u64, bool)]) {
        let mut lines = Lines::new(input);
        for (text, offset, is_truncated) in expected {
            let line = lines.next().unwrap().unwrap();
            assert_eq!((line.bytes, line.offset, line.is_truncated), (text.as_bytes(), *offset, *is_truncated));
        }
        assert_eq!(lines.next().unwrap(), None);
    }

    #[test]
    fn lines_and_their_offsets() {
        check(b"", &[]);
        check(b"a\nbc\r\n\nd\n", &[("a", 0, false), ("bc", 2, false), ("", 6, false), ("d", 7, false)]);
        check(b"a\nhalf", &[("a", 0, false), ("half", 2, true)]);
    }

    #[test]
    fn a_line_longer_than_the_buffer() {
        let long = "x".repeat(3 * CHUNK_BYTES + 17);
        let input = format!("{long}\nend\n");
        check(input.as_bytes(), &[(&long, 0, false), ("end", long.len() as u64 + 1, false)]);
    }
}
