//! What a program prints: the end is kept, everything is counted, lines are looked at.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::LineSink;

/// Which of the two outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// The end of both outputs, with how much there was altogether.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutputTail {
    /// Last part of standard output; invalid UTF-8 is replaced.
    pub stdout: String,
    /// Last part of standard error.
    pub stderr: String,
    /// Bytes printed to standard output so far.
    pub stdout_bytes: u64,
    /// Bytes printed to standard error so far.
    pub stderr_bytes: u64,
}

impl OutputTail {
    /// The last `count` lines of standard error, or of standard output if that is empty.
    pub fn last_lines(&self, count: usize) -> String {
        let text = if self.stderr.trim().is_empty() { &self.stdout } else { &self.stderr };
        let lines: Vec<&str> = text.trim_end().lines().collect();
        lines[lines.len().saturating_sub(count)..].join("\n")
    }
}

/// A line longer than this is cut into pieces: a program may print without line ends.
const LONGEST_LINE: usize = 64 * 1024;

/// How many interesting lines are remembered.
const MOST_NOTES: usize = 64;

/// Both outputs of one program.
pub(super) struct Output {
    state: Mutex<State>,
    keep: usize,
    sink: Option<LineSink>,
}

#[derive(Default)]
struct State {
    streams: [Kept; 2],
    inspector_urls: Vec<String>,
    address_in_use: Vec<String>,
}

#[derive(Default)]
struct Kept {
    tail: VecDeque<u8>,
    total: u64,
    partial: Vec<u8>,
}

impl Output {
    pub(super) fn new(keep: usize, sink: Option<LineSink>) -> Self {
        Self { state: Mutex::default(), keep, sink }
    }

    pub(super) fn push(&self, stream: Stream, bytes: &[u8]) {
        let mut lines = Vec::new();
        {
            let mut state = self.lock();
            let state = &mut *state;
            let kept = &mut state.streams[stream as usize];
            kept.total += bytes.len() as u64;
            kept.tail.extend(&bytes[bytes.len().saturating_sub(self.keep)..]);
            let excess = kept.tail.len().saturating_sub(self.keep);
            kept.tail.drain(..excess);
            for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
                kept.partial.extend_from_slice(piece);
                if kept.partial.ends_with(b"\n") || kept.partial.len() >= LONGEST_LINE {
                    lines.push(take_line(&mut kept.partial));
                }
            }
            for line in &lines {
                state.note(line);
            }
        }
        self.report(stream, &lines);
    }

    /// The stream has ended; a last line without line end counts as a line.
    pub(super) fn end(&self, stream: Stream) {
        let mut lines = Vec::new();
        {
            let mut state = self.lock();
            let partial = &mut state.streams[stream as usize].partial;
            if !partial.is_empty() {
                lines.push(take_line(partial));
                state.note(&lines[0]);
            }
        }
        self.report(stream, &lines);
    }

    pub(super) fn tail(&self) -> OutputTail {
        let state = self.lock();
        let text = |kept: &Kept| {
            let (first, second) = kept.tail.as_slices();
            String::from_utf8_lossy(&[first, second].concat()).into_owned()
        };
        let [stdout, stderr] = &state.streams;
        OutputTail { stdout: text(stdout), stderr: text(stderr), stdout_bytes: stdout.total, stderr_bytes: stderr.total }
    }

    pub(super) fn inspector_urls(&self) -> Vec<String> {
        self.lock().inspector_urls.clone()
    }

    pub(super) fn address_in_use(&self) -> Vec<String> {
        self.lock().address_in_use.clone()
    }

    fn report(&self, stream: Stream, lines: &[String]) {
        if let Some(sink) = &self.sink {
            for line in lines {
                sink(stream, line);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn note(&mut self, line: &str) {
        if let Some(url) = line.strip_prefix("Debugger listening on ")
            && url.starts_with("ws://")
            && self.inspector_urls.len() < MOST_NOTES
        {
            self.inspector_urls.push(url.trim().to_owned());
        }
        if line.contains("EADDRINUSE") && self.address_in_use.len() < MOST_NOTES {
            self.address_in_use.push(line.trim().to_owned());
        }
    }
}

fn take_line(partial: &mut Vec<u8>) -> String {
    let mut line = std::mem::take(partial);
    if line.ends_with(b"\n") {
        line.pop();
        if line.ends_with(b"\r") {
            line.pop();
        }
    }
    String::from_utf8_lossy(&line).into_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn check(pieces: &[&str], keep: usize, tail: &str, expected: &[&str]) {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&lines);
        let sink: LineSink = Arc::new(move |_, line| seen.lock().unwrap().push(line.to_owned()));
        let output = Output::new(keep, Some(sink));
        for piece in pieces {
            output.push(Stream::Stdout, piece.as_bytes());
        }
        output.end(Stream::Stdout);
        assert_eq!(output.tail().stdout, tail);
        assert_eq!(output.tail().stdout_bytes, pieces.concat().len() as u64);
        assert_eq!(*lines.lock().unwrap(), expected);
    }

    #[test]
    fn keeps_the_end_and_splits_lines() {
        check(&["a\nb", "c\r\nd"], 100, "a\nbc\r\nd", &["a", "bc", "d"]);
        check(&["0123456789", "ab"], 4, "89ab", &["0123456789ab"]);
        check(&["x"], 0, "", &["x"]);
        check(&["\n\n"], 9, "\n\n", &["", ""]);
    }

    #[test]
    fn a_line_without_end_is_bounded() {
        let output = Output::new(10, None);
        for _ in 0..100 {
            output.push(Stream::Stderr, &[b'x'; 10_000]);
        }
        assert!(output.lock().streams[1].partial.len() <= LONGEST_LINE + 10_000);
        assert_eq!(output.tail().stderr_bytes, 1_000_000);
    }

    #[test]
    fn notes_survive_a_flood() {
        let output = Output::new(10, None);
        output.push(Stream::Stderr, b"Debugger listening on ws://127.0.0.1:9/a-b\nError: listen EADDRINUSE: x :::1\n");
        output.push(Stream::Stderr, &[b'.'; 100]);
        assert_eq!(output.inspector_urls(), ["ws://127.0.0.1:9/a-b"]);
        assert_eq!(output.address_in_use(), ["Error: listen EADDRINUSE: x :::1"]);
    }
}
