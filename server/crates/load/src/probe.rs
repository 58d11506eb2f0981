use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::http::HeaderMap;
use hyper::http::response::Parts;

use crate::connection::{Addresses, Broken, Sink};
use crate::expect::{Expect, ExpectedBody, ExpectedStatus};
use crate::failure::{Failure, FailureKind};
use crate::plan::{Plan, PlanError};
use crate::target::TargetError;

/// Response to a single request.
#[derive(Debug, Clone)]
pub struct Probe {
    /// Status, whatever it is.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
    /// From the start of writing the request to the last byte of the response.
    pub elapsed: Duration,
}

/// Why a single request got no response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// The target cannot be asked.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The plan makes no sense.
    #[error("invalid load plan: {0}")]
    Plan(#[from] PlanError),
    /// No complete response came; [`Failure::kind`] tells a server that is not up
    /// yet (refused) from one that misbehaves.
    #[error("the request to {target} failed: {failure}")]
    Failed {
        /// Address asked.
        target: String,
        /// What happened.
        failure: Failure,
    },
}

impl Probe {
    /// Expectation that later responses are like this one: the same status and, if
    /// `body` is set, the same bytes.
    pub fn expectation(&self, body: bool) -> Expect {
        Expect {
            status: ExpectedStatus::OneOf(vec![self.status]),
            body: body.then(|| ExpectedBody::Exact(self.body.clone())).into_iter().collect(),
        }
    }
}

/// Sends the plan's request once, over a connection of its own, in the caller's task.
///
/// Any status is an answer here; `plan.expect` is not looked at.
///
/// # Errors
/// [`ProbeError`].
pub async fn probe(plan: &Plan) -> Result<Probe, ProbeError> {
    let request = plan.request()?;
    let addresses = Addresses::new(plan.target.resolve(&plan.allowed_hosts).await?);
    let mut response = Collected { most: plan.max_body_bytes, head: None, body: Vec::new() };
    let exchange = async {
        let mut connection = addresses.connect().await?;
        connection.ready().await?;
        let started = Instant::now();
        match connection.exchange(request, &mut response).await {
            Ok(()) => Ok(started.elapsed()),
            Err(Broken::Failed(failure)) => Err(failure),
            Err(Broken::Unsent) => Err(Failure::new(FailureKind::Closed, "the server closed the connection before the request was sent")),
        }
    };
    let outcome = match tokio::time::timeout(plan.timeout, exchange).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Failure::new(FailureKind::Timeout, format!("no complete response within {:?}", plan.timeout))),
    };
    let failed = |failure| ProbeError::Failed { target: plan.target.to_string(), failure };
    let elapsed = outcome.map_err(failed)?;
    let Some((status, headers)) = response.head else {
        let failure = Failure::new(FailureKind::InvalidResponse, "the response has no head");
        return Err(failed(failure));
    };
    Ok(Probe { status, headers, body: response.body.into(), elapsed })
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
