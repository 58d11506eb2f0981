use std::mem::MaybeUninit;

use httparse::{EMPTY_HEADER, Header};

use super::chunked::Chunked;
use crate::failure::{Failure, FailureKind};
use crate::spoken::Spoken;

/// Takes a response as it comes.
pub(crate) trait Sink {
    /// Status and headers of the final response (or of a 101) have come.
    fn head(&mut self, status: u16, headers: &[Header<'_>]);
    /// A part of the body has come, without its framing; an error ends the exchange and the connection.
    fn chunk(&mut self, bytes: &[u8]) -> Result<(), Failure>;
}

/// What one piece of input has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fed {
    /// Bytes that belong to this response; all of them unless it is complete.
    pub(crate) consumed: usize,
    /// Whether the response is complete.
    pub(crate) complete: bool,
}

/// Reader of one HTTP/1.1 response after the other (RFC 9112 §6.3), from pieces cut anywhere.
#[derive(Debug, Default)]
pub(crate) struct Response {
    state: State,
    /// Whether any byte of this response has come.
    begun: bool,
    /// Whether the connection may be used after this response.
    keep_alive: bool,
    /// Start of a head whose end has not come.
    partial: Vec<u8>,
    /// Length of `partial` when it was parsed last.
    parsed: usize,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Head,
    /// A body of known length.
    Length {
        announced: u64,
        left: u64,
    },
    Chunked(Chunked),
    /// The body ends with the connection.
    UntilClose,
}

/// What a head says of what follows it.
struct Head {
    length: usize,
    framing: Option<State>,
    keep_alive: bool,
    /// An interim response: another head follows.
    is_interim: bool,
}

impl Response {
    /// Largest head (status line and headers) accepted, in bytes.
    pub(crate) const MAX_HEAD: usize = 256 << 10;
    /// Most headers in it: none is shorter than 4 bytes.
    const MAX_HEADERS: usize = Self::MAX_HEAD / 4;
    /// Headers there is room for at once.
    const FEW_HEADERS: usize = 48;
    /// Start of what came, in messages.
    const QUOTED: usize = 128;
    /// Largest buffer that is kept for the next response.
    const KEPT: usize = 4 << 10;

    /// Takes bytes from the connection, up to the end of the response. `is_head` says that the
    /// request was HEAD. Not to be called after an error.
    ///
    /// # Errors
    /// [`FailureKind::InvalidResponse`] for what is not HTTP/1.1, and what the sink says.
    pub(crate) fn feed(&mut self, bytes: &[u8], is_head: bool, sink: &mut impl Sink) -> Result<Fed, Failure> {
        self.begun |= !bytes.is_empty();
        let mut at = 0;
        while matches!(self.state, State::Head) {
            let Some(consumed) = self.feed_head(&bytes[at..], is_head, sink)? else {
                return Ok(Fed { consumed: bytes.len(), complete: false });
            };
            at += consumed.length;
            if consumed.complete {
                return Ok(self.complete(at));
            }
        }
        let rest = &bytes[at..];
        let complete = match &mut self.state {
            State::Head => false,
            State::Length { left, .. } => {
                let take = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                *left -= take as u64;
                at += take;
                let complete = *left == 0;
                if take > 0 {
                    sink.chunk(&rest[..take])?;
                }
                complete
            }
            State::Chunked(chunked) => {
                let fed = chunked.feed(rest, |part| sink.chunk(part))?;
                at += fed.consumed;
                fed.complete
            }
            State::UntilClose => {
                at = bytes.len();
                if !rest.is_empty() {
                    sink.chunk(rest)?;
                }
                false
            }
        };
        Ok(if complete { self.complete(at) } else { Fed { consumed: at, complete } })
    }

    /// The connection has ended: whether the response is complete with that.
    ///
    /// # Errors
    /// It is not; [`FailureKind::Closed`] when nothing of it has come.
    pub(crate) fn end(&mut self) -> Result<(), Failure> {
        let truncated = |message: String| Err(Failure::new(FailureKind::Truncated, message));
        match &self.state {
            State::UntilClose => {
                self.complete(0);
                Ok(())
            }
            State::Head if !self.begun => {
                Err(Failure::new(FailureKind::Closed, "the server closed the connection without a byte of response"))
            }
            State::Head => {
                if let Some(spoken @ (Spoken::Tls | Spoken::Http2)) = Spoken::of_start(&self.partial) {
                    return Err(spoken.failure(FailureKind::InvalidResponse));
                }
                if let Err(problem) = parse(&self.partial, false, |_, _| ()) {
                    return Err(invalid(&problem, &self.partial));
                }
                truncated(format!("the connection ended in the head of the response, after {} bytes", self.partial.len()))
            }
            State::Length { announced, left } => truncated(format!("the body ended after {} of {announced} bytes", announced - left)),
            State::Chunked(chunked) => truncated(format!("the body ended {}", chunked.place())),
        }
    }

    /// Whether any byte of the response under way has come.
    pub(crate) fn has_begun(&self) -> bool {
        self.begun
    }

    /// Whether the connection may be used again, of the last complete response.
    pub(crate) fn keeps_alive(&self) -> bool {
        self.keep_alive
    }

    fn complete(&mut self, consumed: usize) -> Fed {
        self.state = State::Head;
        self.begun = false;
        Fed { consumed, complete: true }
    }

    fn feed_head(&mut self, bytes: &[u8], is_head: bool, sink: &mut impl Sink) -> Result<Option<Consumed>, Failure> {
        if !self.partial.is_empty() {
            return self.feed_partial(bytes, is_head, sink);
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        let head = parse(bytes, is_head, |status, headers| sink.head(status, headers)).map_err(|problem| invalid(&problem, bytes))?;
        match head {
            Some(head) if head.length <= Self::MAX_HEAD => {
                let length = head.length;
                Ok(Some(Consumed { length, complete: self.begin_body(head) }))
            }
            None if bytes.len() < Self::MAX_HEAD => {
                self.partial.extend_from_slice(bytes);
                self.parsed = bytes.len();
                Ok(None)
            }
            _ => Err(too_long(bytes)),
        }
    }

    /// A head that came in several pieces.
    fn feed_partial(&mut self, bytes: &[u8], is_head: bool, sink: &mut impl Sink) -> Result<Option<Consumed>, Failure> {
        let known = self.partial.len();
        let room = Self::MAX_HEAD - known;
        self.partial.extend_from_slice(&bytes[..room.min(bytes.len())]);
        // A head that drips in is not parsed again for every byte.
        let is_due = self.partial.len() < 1024 || self.partial.len() >= self.parsed + self.parsed / 8;
        let may_end = self.partial[known.saturating_sub(3)..].windows(2).any(|pair| pair == b"\n\n" || pair == b"\n\r");
        if !is_due && !may_end && bytes.len() < room {
            return Ok(None);
        }
        let partial = std::mem::take(&mut self.partial);
        let head = parse(&partial, is_head, |status, headers| sink.head(status, headers)).map_err(|problem| invalid(&problem, &partial))?;
        let Some(head) = head else {
            if bytes.len() >= room {
                return Err(too_long(&partial));
            }
            self.parsed = partial.len();
            self.partial = partial;
            return Ok(None);
        };
        if partial.capacity() <= Self::KEPT {
            self.partial = partial;
            self.partial.clear();
        }
        let length = head.length.saturating_sub(known);
        Ok(Some(Consumed { length, complete: self.begin_body(head) }))
    }

    /// Whether the response is complete without a body.
    fn begin_body(&mut self, head: Head) -> bool {
        if head.is_interim {
            return false;
        }
        self.keep_alive = head.keep_alive;
        match head.framing {
            Some(state) => {
                self.state = state;
                false
            }
            None => true,
        }
    }
}

struct Consumed {
    length: usize,
    complete: bool,
}

/// Reads a head; None when its end has not come. `tell` gets that of a final response.
fn parse(bytes: &[u8], is_head: bool, tell: impl FnOnce(u16, &[Header<'_>])) -> Result<Option<Head>, String> {
    let mut few = [MaybeUninit::uninit(); Response::FEW_HEADERS];
    let mut response = httparse::Response::new(&mut []);
    let config = httparse::ParserConfig::default();
    let mut many;
    let status = match config.parse_response_with_uninit_headers(&mut response, bytes, &mut few) {
        Err(httparse::Error::TooManyHeaders) => {
            let mut room = 16 * Response::FEW_HEADERS;
            loop {
                many = vec![EMPTY_HEADER; room];
                response = httparse::Response::new(&mut many);
                match response.parse(bytes) {
                    Err(httparse::Error::TooManyHeaders) if room < Response::MAX_HEADERS => room *= 4,
                    status => break status,
                }
            }
        }
        status => status,
    };
    let length = match status {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => return Err(problem(error)),
    };
    let code = response.code.unwrap_or_default();
    let is_interim = (100..200).contains(&code) && code != 101;
    let (framing, keep_alive) = framing(code, response.version.unwrap_or_default(), response.headers, is_head)?;
    if !is_interim {
        tell(code, response.headers);
    }
    Ok(Some(Head { length, framing, keep_alive, is_interim }))
}

/// How the body is delimited, None when there is none; whether the connection may be used after it.
fn framing(code: u16, version: u8, headers: &[Header<'_>], is_head: bool) -> Result<(Option<State>, bool), String> {
    let mut announced: Option<u64> = None;
    let mut coding: Option<&[u8]> = None;
    let (mut close, mut stay) = (false, false);
    for header in headers {
        match header.name.len() {
            10 if header.name.eq_ignore_ascii_case("connection") => {
                for option in header.value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
                    close |= option.eq_ignore_ascii_case(b"close");
                    stay |= option.eq_ignore_ascii_case(b"keep-alive");
                }
            }
            14 if header.name.eq_ignore_ascii_case("content-length") => {
                for value in header.value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
                    let length = content_length(value)?;
                    if announced.is_some_and(|announced| announced != length) {
                        return Err("two different values of content-length".to_owned());
                    }
                    announced = Some(length);
                }
            }
            17 if header.name.eq_ignore_ascii_case("transfer-encoding") => coding = Some(header.value),
            _ => {}
        }
    }
    let keep_alive = !close && (version == 1 || stay) && code != 101;
    if is_head || code < 200 || code == 204 || code == 304 {
        return Ok((None, keep_alive));
    }
    if let Some(coding) = coding {
        let last = coding.rsplit(|byte| *byte == b',').next().unwrap_or_default();
        // Together with content-length, or in HTTP/1.0, the connection cannot be trusted (RFC 9112 §6.1, §6.3).
        return Ok(match last.trim_ascii().eq_ignore_ascii_case(b"chunked") {
            true => (Some(State::Chunked(Chunked::default())), keep_alive && version == 1 && announced.is_none()),
            false => (Some(State::UntilClose), false),
        });
    }
    Ok(match announced {
        Some(0) => (None, keep_alive),
        Some(announced) => (Some(State::Length { announced, left: announced }), keep_alive),
        None => (Some(State::UntilClose), false),
    })
}

fn content_length(value: &[u8]) -> Result<u64, String> {
    let digits = std::str::from_utf8(value).ok().filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()));
    let number = digits.and_then(|digits| digits.parse().ok());
    number.ok_or_else(|| format!("content-length {:?} is not a number", String::from_utf8_lossy(value)))
}

fn problem(error: httparse::Error) -> String {
    match error {
        httparse::Error::Version => "this is not HTTP/1.1".to_owned(),
        httparse::Error::TooManyHeaders => "too many headers".to_owned(),
        error => format!("this is not a response of HTTP/1.1: {error}"),
    }
}

/// The failure of a response that is none, with its start.
pub(crate) fn invalid(problem: &str, came: &[u8]) -> Failure {
    if let Some(spoken @ (Spoken::Tls | Spoken::Http2)) = Spoken::of_start(came) {
        return spoken.failure(FailureKind::InvalidResponse);
    }
    let start = String::from_utf8_lossy(&came[..came.len().min(Response::QUOTED)]);
    Failure::new(FailureKind::InvalidResponse, format!("{problem}; what came starts with {start:?}"))
}

fn too_long(came: &[u8]) -> Failure {
    invalid(&format!("the head is longer than {} KiB", Response::MAX_HEAD >> 10), came)
}

#[cfg(test)]
mod tests;
