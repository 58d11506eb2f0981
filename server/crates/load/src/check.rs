use bytes::Bytes;
use memchr::memmem;
use serde_json::Value;

use crate::expect::{Expect, ExpectedBody};
use crate::failure::{Failure, FailureKind};

mod json;

/// Longest part of a body kept as an example of a failure.
const SAMPLE_BYTES: usize = 2 << 10;

/// Longest part of a location or of a value that is quoted in a message.
const QUOTED_BYTES: usize = 100;

/// Largest buffer that is taken over to the next response: with thousands of connections,
/// one large body each would otherwise stay in memory.
const BUFFER_BYTES: usize = 64 << 10;

/// Judges responses as they come, one after the other: [`Check::begin`], [`Check::head`],
/// [`Check::content_encoding`] where there is that header, [`Check::chunk`] for every part
/// of the body, [`Check::end`].
///
/// The verdict does not depend on how the body is split into chunks. Only what is judged
/// as a whole (JSON) is kept; for text that must occur somewhere, as much as it is long.
/// A response that is accepted whatever its body allocates nothing.
#[derive(Debug, Default)]
pub(crate) struct Check {
    status: Option<u16>,
    accepted: bool,
    received: u64,
    /// What is wrong with the body so far.
    mismatch: Option<String>,
    /// Where a redirect leads.
    location: Option<String>,
    /// How the body is compressed.
    encoding: Option<String>,
    sample: Vec<u8>,
    /// The body, when JSON is expected.
    body: Vec<u8>,
    /// Whether the text of an [`ExpectedBody::Contains`] has come, by index in `Expect::body`.
    found: Vec<bool>,
    /// The last bytes of the body so far: text may begin in one chunk and end in another.
    tail: Vec<u8>,
}

impl Check {
    /// Forgets the last response.
    pub(crate) fn begin(&mut self) {
        self.status = None;
        self.accepted = false;
        self.received = 0;
        self.mismatch = None;
        self.location = None;
        self.encoding = None;
        self.found.clear();
        for buffer in [&mut self.sample, &mut self.body, &mut self.tail] {
            buffer.clear();
            if buffer.capacity() > BUFFER_BYTES {
                *buffer = Vec::new();
            }
        }
    }

    /// The head of the final response (not of a 1xx) is here; `location` is that header's value.
    pub(crate) fn head(&mut self, expect: &Expect, status: u16, location: Option<&[u8]>) {
        self.status = Some(status);
        self.accepted = expect.status.accepts(status);
        if !self.accepted && (300..400).contains(&status) {
            self.location = location.map(quoted);
        }
    }

    /// The response has this `content-encoding`, which messages about its body name.
    pub(crate) fn content_encoding(&mut self, value: &[u8]) {
        if !value.is_empty() && !value.eq_ignore_ascii_case(b"identity") {
            self.encoding = Some(quoted(value));
        }
    }

    /// A part of the body is here.
    ///
    /// # Errors
    /// The body is longer than `max_body_bytes`: the exchange and its connection end here.
    pub(crate) fn chunk(&mut self, expect: &Expect, max_body_bytes: u64, bytes: &[u8]) -> Result<(), Failure> {
        let at = self.received;
        self.received += bytes.len() as u64;
        if !self.accepted || !expect.body.is_empty() {
            let room = SAMPLE_BYTES - self.sample.len();
            self.sample.extend_from_slice(&bytes[..room.min(bytes.len())]);
        }
        if self.received > max_body_bytes {
            return Err(self.wrong_status().unwrap_or_else(|| {
                Failure::new(FailureKind::BodyTooLarge, format!("the body is longer than the {max_body_bytes} bytes that are read"))
            }));
        }
        if self.accepted && !expect.body.is_empty() && self.mismatch.is_none() {
            self.judge_chunk(expect, at, bytes);
        }
        Ok(())
    }

    /// The whole response is here.
    ///
    /// # Errors
    /// It is not the expected one.
    pub(crate) fn end(&mut self, expect: &Expect) -> Result<(), Failure> {
        if let Some(failure) = self.wrong_status() {
            return Err(failure);
        }
        if expect.body.is_empty() {
            return Ok(());
        }
        match self.mismatch.take().or_else(|| self.judge_whole(expect)) {
            None => Ok(()),
            Some(mismatch) => Err(Failure::new(FailureKind::BodyMismatch, self.with_encoding(mismatch))),
        }
    }

    /// Status of the response, when its head is here.
    pub(crate) fn status(&self) -> Option<u16> {
        self.status
    }

    /// Bytes of the body so far.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// The first 2 KiB of the body of an unexpected response.
    pub(crate) fn sample(&self) -> &[u8] {
        &self.sample
    }

    fn wrong_status(&self) -> Option<Failure> {
        if self.accepted {
            return None;
        }
        let status = self.status.unwrap_or_default();
        let message = match &self.location {
            Some(location) => format!("unexpected status {status}: the redirect to {location} is not followed"),
            None => format!("unexpected status {status}"),
        };
        Some(Failure::new(FailureKind::Status, message))
    }

    fn judge_chunk(&mut self, expect: &Expect, at: u64, bytes: &[u8]) {
        let mut needs_tail = 0;
        let mut is_json_expected = false;
        self.found.resize(expect.body.len(), false);
        for (expected, found) in expect.body.iter().zip(&mut self.found) {
            match expected {
                ExpectedBody::Exact(expected) => {
                    if let Some(difference) = difference(expected, at, bytes) {
                        self.mismatch = Some(difference);
                        return;
                    }
                }
                ExpectedBody::Contains(text) => {
                    *found = *found || contains(&mut self.tail, bytes, text);
                    if !*found {
                        needs_tail = needs_tail.max(text.len() - 1);
                    }
                }
                ExpectedBody::Json { .. } => is_json_expected = true,
            }
        }
        if is_json_expected {
            self.body.extend_from_slice(bytes);
        }
        keep_end(&mut self.tail, bytes, needs_tail);
    }

    fn judge_whole(&self, expect: &Expect) -> Option<String> {
        let mut value: Option<Value> = None;
        for (index, expected) in expect.body.iter().enumerate() {
            let wrong = match expected {
                ExpectedBody::Exact(expected) if expected.len() as u64 != self.received => {
                    Some(format!("the body has {} bytes, {} were expected", self.received, expected.len()))
                }
                ExpectedBody::Exact(_) => None,
                ExpectedBody::Contains(text) if text.is_empty() || self.found.get(index) == Some(&true) => None,
                ExpectedBody::Contains(text) => Some(format!("the body of {} bytes does not contain {:?}", self.received, quoted(text))),
                ExpectedBody::Json { pointer, value: wanted } => {
                    if value.is_none() {
                        match serde_json::from_slice(&self.body) {
                            Ok(parsed) => value = Some(parsed),
                            Err(error) => return Some(format!("the body of {} bytes is not JSON: {error}", self.received)),
                        }
                    }
                    value.as_ref().and_then(|value| json::difference(value, pointer, wanted))
                }
            };
            if wrong.is_some() {
                return wrong;
            }
        }
        None
    }

    /// What is wrong with a body is most likely its compression, when it has one.
    fn with_encoding(&self, mismatch: String) -> String {
        match &self.encoding {
            None => mismatch,
            Some(encoding) => format!(
                "{mismatch}; the body is compressed ({encoding}) and is compared as it came: send accept-encoding: identity to compare its text"
            ),
        }
    }
}

/// How `bytes`, which come at offset `at`, differ from the expected body.
fn difference(expected: &Bytes, at: u64, bytes: &[u8]) -> Option<String> {
    let rest = usize::try_from(at).ok().and_then(|at| expected.get(at..)).unwrap_or_default();
    if rest.starts_with(bytes) {
        return None;
    }
    let same = rest.iter().zip(bytes).take_while(|(a, b)| a == b).count();
    let offset = at + same as u64;
    Some(if same == rest.len() {
        format!("the body is longer than the {offset} bytes expected")
    } else {
        format!("the body differs from the expected one at byte {offset}")
    })
}

/// Whether `text` is in `bytes`, or begins in `tail` (what came before) and ends in `bytes`.
/// Leaves `tail` as it was.
fn contains(tail: &mut Vec<u8>, bytes: &[u8], text: &[u8]) -> bool {
    if text.is_empty() || memmem::find(bytes, text).is_some() {
        return true;
    }
    if tail.is_empty() {
        return false;
    }
    let known = tail.len();
    tail.extend_from_slice(&bytes[..bytes.len().min(text.len() - 1)]);
    let start = known.saturating_sub(text.len() - 1);
    let is_across = memmem::find(&tail[start..], text).is_some();
    tail.truncate(known);
    is_across
}

/// Makes `tail` the last `length` bytes of all that came, of which `bytes` are the newest.
fn keep_end(tail: &mut Vec<u8>, bytes: &[u8], length: usize) {
    if bytes.len() >= length {
        tail.clear();
        tail.extend_from_slice(&bytes[bytes.len() - length..]);
    } else {
        let surplus = (tail.len() + bytes.len()).saturating_sub(length);
        tail.drain(..surplus);
        tail.extend_from_slice(bytes);
    }
}

/// Bytes for a message: as text, and shortened.
fn quoted(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(QUOTED_BYTES)]);
    match bytes.len() > QUOTED_BYTES {
        true => format!("{text}…"),
        false => text.into_owned(),
    }
}

#[cfg(test)]
mod tests;
