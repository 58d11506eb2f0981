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
    /// The server reset the connection.
    Reset,
    /// The server closed the connection without a byte of response.
    Closed,
    /// The connection ended in the middle of a response.
    Truncated,
    /// What came is not HTTP/1.1.
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
            Self::Reset => "reset",
            Self::Closed => "closed",
            Self::Truncated => "truncated",
            Self::InvalidResponse => "invalidResponse",
        }
    }

    /// Whether the server did not even take the connection.
    pub(crate) fn is_connecting(self) -> bool {
        matches!(self, Self::Refused | Self::ConnectTimeout | Self::Connect)
    }
}

/// A failed request: the kind, and what exactly happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Kind of failure.
    pub kind: FailureKind,
    /// What happened, for people.
    pub message: String,
}

impl Failure {
    pub(crate) fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(crate) fn from_connect(error: &io::Error, address: impl fmt::Display) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::ConnectionRefused => FailureKind::Refused,
            io::ErrorKind::TimedOut => FailureKind::ConnectTimeout,
            _ => FailureKind::Connect,
        };
        Self::new(kind, format!("connecting to {address}: {error}"))
    }

    /// Classifies an error of hyper; `received` is the number of bytes of this
    /// response that had come.
    pub(crate) fn from_hyper(error: &hyper::Error, received: u64) -> Self {
        let kind = match io_kind(error) {
            Some(
                io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe | io::ErrorKind::NotConnected,
            ) => FailureKind::Reset,
            Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => FailureKind::InvalidResponse,
            _ if error.is_parse() => FailureKind::InvalidResponse,
            _ if received == 0 => FailureKind::Closed,
            _ => FailureKind::Truncated,
        };
        Self::new(kind, chain(error))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Failure {}

fn io_kind(error: &hyper::Error) -> Option<io::ErrorKind> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            return Some(io.kind());
        }
        source = error.source();
    }
    None
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let cause = error.to_string();
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
        source = error.source();
    }
    text
}

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
            FailureKind::Reset,
            FailureKind::Closed,
            FailureKind::Truncated,
            FailureKind::InvalidResponse,
        ] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }
}
