use std::io;

use h2::Reason;

use super::connect::ConnectionState;
use super::sniff::Sniff;
use crate::failure::{Failure, FailureKind};
use crate::spoken::Spoken;

/// How an exchange ended without a whole response.
pub(super) enum Broken {
    /// Nothing was sent: the connection had ended before.
    Unsent(Failure),
    /// The server says that it has not processed the request (GOAWAY, REFUSED_STREAM).
    Refused(Failure),
    /// The connection ended.
    Lost(Failure),
    /// Anything else; the connection may live.
    Failed(Failure),
}

impl Broken {
    pub(super) fn into_failure(self) -> Failure {
        match self {
            Self::Unsent(failure) | Self::Refused(failure) | Self::Lost(failure) | Self::Failed(failure) => failure,
        }
    }
}

/// Classifies an error of a stream; `has_head` is whether the head of its response had come.
pub(super) fn of_stream(error: &h2::Error, has_head: bool, connection: &ConnectionState) -> Broken {
    if error.is_remote() && error.reason() == Some(Reason::HTTP_1_1_REQUIRED) {
        return Broken::Failed(Spoken::Http1.failure(FailureKind::Reset));
    }
    if error.is_go_away() && error.is_remote() {
        // Streams that the server does process go on after a GOAWAY, and end with the connection.
        let goodbye = go_away(error.reason().unwrap_or(Reason::NO_ERROR));
        return Broken::Refused(Failure::new(FailureKind::Closed, format!("{goodbye} before it processed the request")));
    }
    if error.is_reset() && error.is_remote() {
        let reason = error.reason().unwrap_or(Reason::NO_ERROR);
        let failure = Failure::new(FailureKind::Reset, format!("the server reset the stream: {}", name(reason)));
        return match reason {
            Reason::REFUSED_STREAM => Broken::Refused(failure),
            _ => Broken::Failed(failure),
        };
    }
    if error.is_reset() {
        let reason = name(error.reason().unwrap_or(Reason::PROTOCOL_ERROR));
        let message = format!("the response is malformed, or its headers take more than {} KiB ({reason})", super::MAX_HEAD_BYTES >> 10);
        return Broken::Failed(Failure::new(FailureKind::InvalidResponse, message));
    }
    match error.get_io().is_some() || error.is_go_away() {
        true => Broken::Lost(match connection.goodbye.get() {
            Some(reason) => said_goodbye(*reason, has_head),
            None => of_connection(error, has_head, &connection.sniff),
        }),
        false => Broken::Failed(Failure::new(FailureKind::InvalidResponse, format!("HTTP/2: {error}"))),
    }
}

/// Classifies what ended a connection.
pub(super) fn of_connection(error: &h2::Error, has_head: bool, sniff: &Sniff) -> Failure {
    use io::ErrorKind as E;
    if error.is_go_away() && error.is_remote() {
        return said_goodbye(error.reason().unwrap_or(Reason::NO_ERROR), has_head);
    }
    match error.get_io().map(io::Error::kind) {
        Some(E::ConnectionReset | E::ConnectionAborted) => sniff.reset(),
        // h2 keeps only the text of what TLS says.
        Some(E::InvalidData) => Failure::new(FailureKind::Tls, format!("the TLS connection broke: {error}")),
        kind => match sniff.not_http2().filter(|_| !has_head) {
            Some(failure) => failure,
            // BrokenPipe is what h2 says to streams at the end of a connection.
            None if matches!(kind, Some(E::BrokenPipe | E::UnexpectedEof | E::NotConnected)) => closed(has_head),
            None if kind.is_some() => Failure::new(ended(has_head), format!("the connection broke: {error}")),
            None => {
                let reason = name(error.reason().unwrap_or(Reason::PROTOCOL_ERROR));
                Failure::new(FailureKind::InvalidResponse, format!("the server does not keep to HTTP/2 ({reason})"))
            }
        },
    }
}

/// The server closed the connection without a word.
pub(super) fn closed(has_head: bool) -> Failure {
    let when = if has_head { "in the middle of a response" } else { "without a response" };
    Failure::new(ended(has_head), format!("the server closed the connection {when}"))
}

fn ended(has_head: bool) -> FailureKind {
    if has_head { FailureKind::Truncated } else { FailureKind::Closed }
}

/// The server ended the connection and said why.
fn said_goodbye(reason: Reason, has_head: bool) -> Failure {
    match reason {
        Reason::HTTP_1_1_REQUIRED => Spoken::Http1.failure(ended(has_head)),
        reason => Failure::new(ended(has_head), go_away(reason)),
    }
}

fn go_away(reason: Reason) -> String {
    format!("the server ended the connection (GOAWAY, {})", name(reason))
}

/// As RFC 9113 §7 spells it.
fn name(reason: Reason) -> String {
    format!("{reason:?}")
}
