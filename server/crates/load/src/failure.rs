use std::error::Error;
use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};

/// Why a request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FailureKind {
    /// The response has another status than expected.
    Status,
    /// The body differs from the expected one.
    BodyMismatch,
    /// The body is longer than [`crate::Plan::max_body_bytes`].
    BodyTooLarge,
    /// No complete response within [`crate::Plan::timeout`].
    Timeout,
    /// Nothing listens: the connection was refused.
    Refused,
    /// The connection was not made within [`crate::Plan::timeout`].
    ConnectTimeout,
    /// The connection could not be made for another reason.
    Connect,
    /// The TLS handshake failed, or the TLS connection broke.
    Tls,
    /// The server reset the connection.
    Reset,
    /// The server closed the connection without a byte of response.
    Closed,
    /// The connection ended in the middle of a response.
    Truncated,
    /// What came is not HTTP, or not of the protocol's version.
    InvalidResponse,
}

impl FailureKind {
    /// The kind as spelled in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::BodyMismatch => "bodyMismatch",
            Self::BodyTooLarge => "bodyTooLarge",
            Self::Timeout => "timeout",
            Self::Refused => "refused",
            Self::ConnectTimeout => "connectTimeout",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Reset => "reset",
            Self::Closed => "closed",
            Self::Truncated => "truncated",
            Self::InvalidResponse => "invalidResponse",
        }
    }

    /// Whether the server did not even take the connection.
    pub(crate) fn is_connecting(self) -> bool {
        matches!(self, Self::Refused | Self::ConnectTimeout | Self::Connect | Self::Tls)
    }
}

/// A failed request: the kind, and what exactly happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Kind of failure.
    pub kind: FailureKind,
    /// What happened, for people.
    pub message: String,
    /// Whether the server speaks another protocol, so that no further request can do better.
    pub is_of_protocol: bool,
}

impl Failure {
    pub(crate) fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), is_of_protocol: false }
    }

    /// Whether the server ended the connection, for whatever reason.
    pub(crate) fn is_closing(&self) -> bool {
        matches!(self.kind, FailureKind::Closed | FailureKind::Reset)
    }

    pub(crate) fn from_connect(error: &io::Error, address: impl fmt::Display) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::ConnectionRefused => FailureKind::Refused,
            io::ErrorKind::TimedOut => FailureKind::ConnectTimeout,
            _ => FailureKind::Connect,
        };
        Self::new(kind, format!("connecting to {address}: {error}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_json() {
        for kind in [
            FailureKind::Status,
            FailureKind::BodyMismatch,
            FailureKind::BodyTooLarge,
            FailureKind::Timeout,
            FailureKind::Refused,
            FailureKind::ConnectTimeout,
            FailureKind::Connect,
            FailureKind::Tls,
            FailureKind::Reset,
            FailureKind::Closed,
            FailureKind::Truncated,
            FailureKind::InvalidResponse,
        ] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }
}
