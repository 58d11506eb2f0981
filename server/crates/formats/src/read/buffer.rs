//! A window on an input that slides forward and grows only for a line that does not fit.

use std::io::{self, Read};

/// The bytes `start..end` are read and not yet used.
pub(super) struct Buffer<R> {
    input: R,
    pub(super) bytes: Vec<u8>,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether the input has ended.
    pub(super) at_end: bool,
}

impl<R: Read> Buffer<R> {
    pub(super) fn new(input: R, chunk_bytes: usize) -> Self {
        Self { input, bytes: vec![0; chunk_bytes], start: 0, end: 0, at_end: false }
    }

    /// Reads more, in place of what was used; twice as much room when nothing was.
    pub(super) fn fill(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.bytes.len() {
            self.bytes.resize(self.bytes.len() * 2, 0);
        }
        loop {
            match self.input.read(&mut self.bytes[self.end..]) {
                Ok(0) => self.at_end = true,
                Ok(n) => self.end += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            return Ok(());
        }
    }
}
