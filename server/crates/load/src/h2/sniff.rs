use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::failure::{Failure, FailureKind};
use crate::spoken::Spoken;

/// The first bytes that came over a connection, to tell a server that does not speak HTTP/2.
#[derive(Default)]
pub(super) struct Sniff {
    start: Mutex<Vec<u8>>,
}

/// Of servers that end the connection without a byte.
const HINT: &str = "it may not speak HTTP/2 (leave --http2 out), or only over TLS (use https://)";

/// Bytes kept, enough to recognise what is spoken instead.
const KEPT: usize = 64;
/// Of a frame (RFC 9113 §4.1).
const FRAME_HEADER: usize = 9;

impl Sniff {
    /// What is wrong when it is not HTTP/2 that came.
    pub(super) fn not_http2(&self) -> Option<Failure> {
        let start = self.start.lock().unwrap_or_else(PoisonError::into_inner);
        if start.is_empty() {
            return Some(Failure::new(FailureKind::Closed, format!("the server closed the connection: {HINT}")));
        }
        match Spoken::of_start(&start) {
            Some(Spoken::Http2) => None,
            Some(spoken) => Some(spoken.failure(FailureKind::InvalidResponse)),
            None => {
                let message = format!("the server does not speak HTTP/2; what came starts with {:?}", String::from_utf8_lossy(&start));
                Some(Failure::new(FailureKind::InvalidResponse, message))
            }
        }
    }

    /// The failure of a connection that the server reset.
    pub(super) fn reset(&self) -> Failure {
        let is_silent = self.start.lock().unwrap_or_else(PoisonError::into_inner).is_empty();
        let hint = if is_silent { format!(": {HINT}") } else { String::new() };
        Failure::new(FailureKind::Reset, format!("the server reset the connection{hint}"))
    }

    fn add(&self, bytes: &[u8]) -> bool {
        let mut start = self.start.lock().unwrap_or_else(PoisonError::into_inner);
        let room = KEPT - start.len();
        start.extend_from_slice(&bytes[..room.min(bytes.len())]);
        start.len() >= FRAME_HEADER
    }
}

/// A stream whose first bytes are kept.
pub(super) struct Sniffed<S> {
    stream: S,
    sniff: Arc<Sniff>,
    is_done: bool,
}

impl<S> Sniffed<S> {
    pub(super) fn new(stream: S, sniff: Arc<Sniff>) -> Self {
        Self { stream, sniff, is_done: false }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Sniffed<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let poll = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if !self.is_done {
            self.is_done = self.sniff.add(&buffer.filled()[before..]);
        }
        poll
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Sniffed<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, slices: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_http2_from_the_rest() {
        let check = |parts: &[&[u8]], expected: Option<&str>| {
            let sniff = Sniff::default();
            for part in parts {
                sniff.add(part);
            }
            let failure = sniff.not_http2();
            assert_eq!(failure.is_some(), expected.is_some(), "{parts:?}: {failure:?}");
            if let (Some(failure), Some(expected)) = (failure, expected) {
                assert!(failure.message.contains(expected), "{failure}");
            }
        };
        check(&[b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64"], None);
        check(&[b"\0\0\0\x04", b"\0\0\0\0\0"], None);
        check(&[b"HTTP/1.1 400 Bad Request\r\n\r\n"], Some("not speak HTTP/2 but HTTP/1.1"));
        check(&[b"+OK POP3"], Some("starts with \"+OK POP3\""));
        // DATA before SETTINGS, SETTINGS of a stream, half a frame.
        check(&[b"\0\0\0\0\0\0\0\0\x01"], Some("does not speak HTTP/2"));
        check(&[b"\0\0\0\x04\0\0\0\0\x01"], Some("does not speak HTTP/2"));
        check(&[b"\0\0\x06"], Some("does not speak HTTP/2"));
        check(&[], Some("closed the connection"));
        check(&[&[b'x'; 100], &[b'y'; 100]], Some("xxx"));
    }
}
