//! What a server speaks when it is not what it was asked in.

use memchr::memmem;

use crate::failure::{Failure, FailureKind};

/// What a server speaks instead of the plan's protocol: no further request can do better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spoken {
    /// TLS, where it was asked without.
    Tls,
    /// No TLS, where it was asked with it.
    Plain,
    /// HTTP/1.1, where it was asked in HTTP/2.
    Http1,
    /// HTTP/2, where it was asked in HTTP/1.1.
    Http2,
}

impl Spoken {
    /// How servers answer a request without TLS at a port with it, in a response without TLS: nginx, Apache, Go, Tomcat.
    const REFUSALS: [&str; 4] = [
        "plain HTTP request was sent to HTTPS port",
        "speaking plain HTTP to an SSL-enabled server port",
        "Client sent an HTTP request to an HTTPS server",
        "This combination of host and port requires TLS",
    ];

    /// By the first bytes that came over a connection without TLS.
    pub(crate) fn of_start(start: &[u8]) -> Option<Self> {
        match start {
            // An alert, or a part of the handshake (RFC 8446 §5.1).
            [0x15 | 0x16, 3, ..] => Some(Self::Tls),
            // SETTINGS, of the whole connection (RFC 9113 §3.4, §6.5).
            [0, _, _, 4, _, 0, 0, 0, 0, ..] => Some(Self::Http2),
            [b'H', b'T', b'T', b'P', b'/', b'1', ..] => Some(Self::Http1),
            _ => None,
        }
    }

    /// By a response to a request without TLS, and the start of its body.
    pub(crate) fn of_response(status: u16, body: &[u8]) -> Option<Self> {
        let is_refusal = status == 400 && Self::REFUSALS.iter().any(|text| memmem::find(body, text.as_bytes()).is_some());
        is_refusal.then_some(Self::Tls)
    }

    /// What is wrong, and what to do.
    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::Tls => "this port speaks TLS; use https://",
            Self::Plain => "this port does not speak TLS; use http://",
            Self::Http1 => "the server does not speak HTTP/2 but HTTP/1.1; leave --http2 out",
            Self::Http2 => "the server does not speak HTTP/1.1 but HTTP/2; use --http2",
        }
    }

    /// The failure of a request that was answered so.
    pub(crate) fn failure(self, kind: FailureKind) -> Failure {
        Failure { is_of_protocol: true, ..Failure::new(kind, self.advice()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_the_first_bytes() {
        fn check(start: &[u8], expected: Option<Spoken>) {
            assert_eq!(Spoken::of_start(start), expected, "{start:?}");
        }
        check(b"\x15\x03\x01\x00\x02\x02\x46", Some(Spoken::Tls));
        check(b"\x16\x03", Some(Spoken::Tls));
        check(b"\x15", None);
        check(b"\0\0\x12\x04\0\0\0\0\0\0\x03", Some(Spoken::Http2));
        // DATA before SETTINGS, SETTINGS of a stream, half a frame.
        check(b"\0\0\0\0\0\0\0\0\x01", None);
        check(b"\0\0\0\x04\0\0\0\0\x01", None);
        check(b"\0\0\x06", None);
        check(b"HTTP/1.1 400 Bad Request\r\n", Some(Spoken::Http1));
        check(b"HTTP/2", None);
        check(b"SSH-2.0", None);
        check(b"", None);
    }

    #[test]
    fn by_a_response() {
        fn check(status: u16, body: &str, expected: Option<Spoken>) {
            assert_eq!(Spoken::of_response(status, body.as_bytes()), expected, "{body}");
        }
        check(400, "<center>The plain HTTP request was sent to HTTPS port</center>", Some(Spoken::Tls));
        check(400, "Client sent an HTTP request to an HTTPS server.\n", Some(Spoken::Tls));
        check(400, "Bad Request", None);
        check(200, "The plain HTTP request was sent to HTTPS port", None);
    }
}
