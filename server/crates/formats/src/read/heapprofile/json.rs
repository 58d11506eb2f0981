//! JSON piece by piece: a heap profile is as deep as its stacks, deeper than a recursive parser may go.

use super::FORMAT;
use crate::read::ReadError;
use crate::read::json_text::Text;
use serde_json::from_slice;

/// A place in JSON text.
pub(super) struct Json<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Json<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// An error that names this place.
    pub(super) fn error<T>(&self, problem: &str) -> Result<T, ReadError> {
        let before = &self.bytes[..self.at.min(self.bytes.len())];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let column = 1 + before.len() - before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        let hint = if self.at >= self.bytes.len() { ". The file is cut off: was the program killed while it wrote?" } else { "" };
        Err(ReadError::Format { format: FORMAT, problem: format!("{problem} at line {line} column {column}{hint}") })
    }

    /// The next byte that is no white space, without taking it.
    pub(super) fn peek(&mut self) -> Option<u8> {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    /// Takes the byte if it is next.
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    pub(super) fn expect(&mut self, byte: u8) -> Result<(), ReadError> {
        if self.take(byte) { Ok(()) } else { self.error(&format!("expected `{}`", char::from(byte))) }
    }

    /// After a member or element: whether another one follows, or `close`, which is taken.
    pub(super) fn has_next(&mut self, close: u8) -> Result<bool, ReadError> {
        if self.take(b',') {
            return Ok(true);
        }
        if self.take(close) { Ok(false) } else { self.error(&format!("expected `,` or `{}`", char::from(close))) }
    }

    /// A member's name and the colon behind it.
    pub(super) fn key(&mut self) -> Result<&'a [u8], ReadError> {
        let quoted = self.quoted("a key")?;
        self.expect(b':')?;
        Ok(&quoted[1..quoted.len() - 1])
    }

    /// A string with its quotes, escapes as they are.
    fn quoted(&mut self, what: &str) -> Result<&'a [u8], ReadError> {
        if self.peek() != Some(b'"') {
            return self.error(&format!("expected {what} in quotes"));
        }
        let start = self.at;
        let mut at = start + 1;
        while let Some(found) = self.bytes.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
            at += found;
            if self.bytes[at] == b'"' {
                self.at = at + 1;
                return Ok(&self.bytes[start..self.at]);
            }
            at += 2;
        }
        self.at = self.bytes.len();
        self.error("expected the end of a text")
    }

    /// A text.
    pub(super) fn text(&mut self) -> Result<Text<'a>, ReadError> {
        let start = self.at;
        let quoted = self.quoted("a text")?;
        from_slice(quoted).or_else(|_| {
            self.at = start;
            self.error("a text that is no JSON string")
        })
    }

    /// A number; beyond what a number can hold it is infinite.
    pub(super) fn number(&mut self) -> Result<f64, ReadError> {
        self.peek();
        let length = self.bytes[self.at..].iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')).count();
        let text = std::str::from_utf8(&self.bytes[self.at..self.at + length]).unwrap_or_default();
        // Rust reads more than JSON allows, but no other number.
        match text.parse() {
            Ok(number) => {
                self.at += length;
                Ok(number)
            }
            Err(_) => self.error("expected a number"),
        }
    }

    /// A number rounded, saturating.
    pub(super) fn whole(&mut self) -> Result<i64, ReadError> {
        Ok(self.number()?.round() as i64)
    }

    /// Passes over a value of any kind and depth.
    pub(super) fn skip(&mut self) -> Result<(), ReadError> {
        // What closes the objects and lists that are open.
        let mut open: Vec<u8> = Vec::new();
        loop {
            match self.peek() {
                Some(b'{') => {
                    self.at += 1;
                    if !self.take(b'}') {
                        self.key()?;
                        open.push(b'}');
                        continue;
                    }
                }
                Some(b'[') => {
                    self.at += 1;
                    if !self.take(b']') {
                        open.push(b']');
                        continue;
                    }
                }
                Some(b'"') => {
                    self.quoted("a text")?;
                }
                Some(b'-' | b'0'..=b'9') => {
                    self.number()?;
                }
                _ => self.literal()?,
            }
            // A value has ended, and with it what it was the last value of.
            loop {
                match open.last() {
                    None => return Ok(()),
                    Some(close) if self.has_next(*close)? => {
                        if *close == b'}' {
                            self.key()?;
                        }
                        break;
                    }
                    Some(_) => {
                        open.pop();
                    }
                }
            }
        }
    }

    fn literal(&mut self) -> Result<(), ReadError> {
        let rest = &self.bytes[self.at..];
        match [&b"true"[..], b"false", b"null"].into_iter().find(|literal| rest.starts_with(literal)) {
            Some(literal) => {
                self.at += literal.len();
                Ok(())
            }
            None => self.error("expected a value"),
        }
    }
}
