use std::sync::Arc;
use std::time::{Duration, Instant};

use http::HeaderMap;
use http::response::Parts;

use super::connect::Connector;
use super::exchange::{Sink, exchange};
use crate::endpoint::Endpoints;
use crate::failure::{Failure, FailureKind};
use crate::plan::Plan;
use crate::requests::Compiled;

/// The response to a single request.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// From the start of writing the request to the last byte of the response.
    pub(crate) elapsed: Duration,
}

/// Sends the first request of the plan over a connection of its own, in the caller's task;
/// `plan.timeout` is the caller's to keep.
///
/// # Errors
/// [`Failure`] when no complete response comes.
pub(crate) async fn probe(
    plan: &Plan,
    requests: &Compiled,
    endpoints: &Endpoints,
    tls: Option<&Arc<rustls::ClientConfig>>,
) -> Result<Answer, Failure> {
    let mut made = Connector { endpoints, target: &plan.target, tls }.connect().await?;
    let mut response = Collected { most: plan.max_body_bytes, head: None, body: Vec::new() };
    let started = Instant::now();
    exchange(&mut made.sender, &made.state, requests.http2(0, None), &mut response).await.map_err(super::failure::Broken::into_failure)?;
    let elapsed = started.elapsed();
    let Some((status, headers)) = response.head else {
        return Err(Failure::new(FailureKind::InvalidResponse, "the response has no head"));
    };
    Ok(Answer { status, headers, body: response.body, elapsed })
}

struct Collected {
    most: u64,
    head: Option<(u16, HeaderMap)>,
    body: Vec<u8>,
}

impl Sink for Collected {
    fn head(&mut self, parts: &Parts) {
        self.head = Some((parts.status.as_u16(), parts.headers.clone()));
    }

    fn chunk(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.body.extend_from_slice(bytes);
        if self.body.len() as u64 > self.most {
            return Err(Failure::new(FailureKind::BodyTooLarge, format!("the body is longer than {} bytes", self.most)));
        }
        Ok(())
    }
}
