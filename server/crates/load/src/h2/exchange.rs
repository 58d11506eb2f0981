use std::future::poll_fn;

use bytes::Bytes;
use h2::client::SendRequest;
use h2::{Reason, RecvStream};
use http::response::Parts;
use http::{Method, Request};

use super::connect::ConnectionState;
use super::failure::{self, Broken};
use crate::failure::{Failure, FailureKind};

/// Takes a response as it comes.
pub(super) trait Sink {
    /// Status and headers have come.
    fn head(&mut self, parts: &Parts);
    /// A part of the body has come; an error ends the stream.
    fn chunk(&mut self, bytes: &[u8]) -> Result<(), Failure>;
}

/// Waits until the connection takes a stream.
pub(super) async fn ready(sender: &mut SendRequest<Bytes>, state: &ConnectionState) -> Result<(), Broken> {
    match state.has_ended() {
        true => Err(Broken::Unsent(failure::closed(false))),
        false => poll_fn(|cx| sender.poll_ready(cx)).await.map_err(|error| unsent(&error, state)),
    }
}

/// Sends a request and feeds `sink` with the response to its last byte.
///
/// Dropped, it resets the stream.
pub(super) async fn exchange(
    sender: &mut SendRequest<Bytes>,
    state: &ConnectionState,
    request: Request<Bytes>,
    sink: &mut impl Sink,
) -> Result<(), Broken> {
    let is_head = request.method() == Method::HEAD;
    let (parts, body) = request.into_parts();
    let (response, mut stream) =
        sender.send_request(Request::from_parts(parts, ()), body.is_empty()).map_err(|error| unsent(&error, state))?;
    if !body.is_empty() {
        // Kept until the windows let it go; a server may answer and reset before that.
        stream.send_data(body, true).map_err(|error| failure::of_stream(&error, false, state))?;
    }
    let response = response.await.map_err(|error| {
        let broken = failure::of_stream(&error, false, state);
        // After GOAWAY no further request is taken, though some may still be answered.
        if error.is_go_away() {
            state.end();
        }
        broken
    })?;
    let (parts, mut body) = response.into_parts();
    state.answered();
    sink.head(&parts);
    if is_head || body.is_end_stream() {
        return Ok(());
    }
    match receive(&mut body, sink).await {
        Ok(()) => Ok(()),
        Err(End::Unwanted(failure)) => Err(Broken::Failed(failure)),
        // A whole response, and no interest in the rest of the request (RFC 9113 §8.1).
        Err(End::Error(error)) if error.is_reset() && error.reason() == Some(Reason::NO_ERROR) => Ok(()),
        Err(End::Error(error)) => Err(failure::of_stream(&error, true, state)),
    }
}

enum End {
    Unwanted(Failure),
    Error(h2::Error),
}

async fn receive(body: &mut RecvStream, sink: &mut impl Sink) -> Result<(), End> {
    while let Some(chunk) = poll_fn(|cx| body.poll_data(cx)).await {
        let chunk = chunk.map_err(End::Error)?;
        sink.chunk(&chunk).map_err(End::Unwanted)?;
        if body.is_end_stream() {
            return Ok(());
        }
        body.flow_control().release_capacity(chunk.len()).map_err(End::Error)?;
    }
    // Trailers end a response too.
    body.trailers().await.map(|_| ()).map_err(End::Error)
}

fn unsent(error: &h2::Error, state: &ConnectionState) -> Broken {
    let is_connection = error.is_go_away() || error.is_io();
    match is_connection || state.has_ended() {
        true => {
            state.end();
            Broken::Unsent(failure::of_connection(error, false, &state.sniff))
        }
        // Of the request itself.
        false => Broken::Failed(Failure::new(FailureKind::InvalidResponse, format!("the request cannot be sent in HTTP/2: {error}"))),
    }
}
