use super::response::{Fed, Response, invalid};
use crate::failure::Failure;

/// Reader of a chunked body (RFC 9112 §7.1), from pieces cut anywhere.
#[derive(Debug, Default)]
pub(crate) struct Chunked {
    state: State,
    /// Of the chunk under way: its size while it is read, then what is missing of it.
    left: u64,
    /// Bytes of extensions and trailers so far.
    overhead: u32,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the first digit of a size.
    #[default]
    Start,
    Size,
    /// White space behind a size.
    AfterSize,
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    /// At the start of a line behind the last chunk.
    TrailerStart,
    Trailer,
    TrailerLf,
    EndLf,
}

impl Chunked {
    /// As the limit of a head: extensions and trailers say no more.
    const MAX_OVERHEAD: u32 = Response::MAX_HEAD as u32;

    /// Takes bytes up to the end of the body, and gives `take` what is in the chunks.
    ///
    /// # Errors
    /// What is not chunked, and what `take` says.
    pub(crate) fn feed(&mut self, bytes: &[u8], mut take: impl FnMut(&[u8]) -> Result<(), Failure>) -> Result<Fed, Failure> {
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            if self.state == State::Data {
                let length = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len() - at);
                take(&bytes[at..at + length])?;
                at += length;
                self.left -= length as u64;
                if self.left == 0 {
                    self.state = State::DataCr;
                }
                continue;
            }
            if self.state == State::EndLf && *byte == b'\n' {
                return Ok(Fed { consumed: at + 1, complete: true });
            }
            self.state = self.step(*byte).map_err(|problem| invalid(problem, &bytes[at..]))?;
            at += 1;
        }
        Ok(Fed { consumed: at, complete: false })
    }

    fn step(&mut self, byte: u8) -> Result<State, &'static str> {
        const SIZE: &str = "the size of a chunk is not a hexadecimal number";
        Ok(match (self.state, byte) {
            (State::Start | State::Size, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                let digit = u64::from(char::from(byte).to_digit(16).unwrap_or_default());
                self.left = self.left.checked_mul(16).map(|size| size | digit).ok_or("the size of a chunk is above 2^64")?;
                State::Size
            }
            (State::Size | State::AfterSize, b' ' | b'\t') => self.overhead(State::AfterSize)?,
            (State::Size | State::AfterSize, b';') => self.overhead(State::Extension)?,
            (State::Size | State::AfterSize | State::Extension, b'\r') => State::SizeLf,
            (State::Start | State::Size | State::AfterSize, _) => return Err(SIZE),
            (State::Extension, b'\n') => return Err("a line of a chunk's size does not end with CR LF"),
            (State::Extension, _) => self.overhead(State::Extension)?,
            (State::SizeLf, b'\n') if self.left == 0 => State::TrailerStart,
            (State::SizeLf, b'\n') => State::Data,
            (State::SizeLf, _) => return Err("a line of a chunk's size does not end with CR LF"),
            (State::DataCr, b'\r') => State::DataLf,
            (State::DataLf, b'\n') => State::Start,
            (State::DataCr | State::DataLf, _) => return Err("a chunk is longer than its size"),
            (State::TrailerStart, b'\r') => State::EndLf,
            (State::Trailer, b'\r') => State::TrailerLf,
            (State::TrailerLf, b'\n') => State::TrailerStart,
            (State::TrailerStart | State::Trailer, b'\n') | (State::TrailerLf | State::EndLf, _) => {
                return Err("a line behind the last chunk does not end with CR LF");
            }
            (State::TrailerStart | State::Trailer, _) => self.overhead(State::Trailer)?,
            (State::Data, _) => State::Data,
        })
    }

    fn overhead(&mut self, next: State) -> Result<State, &'static str> {
        self.overhead += 1;
        match self.overhead > Self::MAX_OVERHEAD {
            true => Err("extensions of chunks and trailers are too long"),
            false => Ok(next),
        }
    }

    /// Where the body stands, for messages.
    pub(crate) fn place(&self) -> &'static str {
        match self.state {
            State::Data | State::DataCr | State::DataLf => "in the middle of a chunk",
            State::Start | State::Size | State::AfterSize | State::Extension | State::SizeLf => "before its last chunk",
            State::TrailerStart | State::Trailer | State::TrailerLf | State::EndLf => {
                "behind its last chunk, before the end of its trailers"
            }
        }
    }
}
