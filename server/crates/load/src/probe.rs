use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use rustls::ClientConfig;
use tokio::sync::oneshot;

use crate::endpoint::Endpoints;
use crate::expect::{Expect, ExpectedBody, ExpectedStatus};
use crate::failure::{Failure, FailureKind};
use crate::plan::{Plan, PlanError, Protocol};
use crate::requests::Compiled;
use crate::spoken::Spoken;
use crate::target::TargetError;
use crate::{h1, h2, tls};

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

/// Sends the first request of the plan once, over a connection of its own.
///
/// Any status is an answer here; what the plan expects is not looked at. Needs a tokio
/// runtime with time and I/O.
///
/// # Errors
/// [`ProbeError`].
pub async fn probe(plan: &Plan) -> Result<Probe, ProbeError> {
    let requests = Compiled::new(plan)?;
    let endpoints = Arc::new(Endpoints::of(&plan.target, &plan.allowed_hosts).await?);
    let config = match plan.target.is_tls() {
        true => Some(tls::client_config(&plan.tls, plan.protocol)?),
        false => None,
    };
    let outcome = match plan.protocol {
        Protocol::Http1 => http1(plan, requests, Arc::clone(&endpoints), config).await,
        Protocol::Http2 => http2(plan, &requests, &endpoints, config.as_ref()).await,
    };
    let spoken = match &outcome {
        _ if plan.target.is_tls() => None,
        Ok(probe) => Spoken::of_response(probe.status, &probe.body),
        Err(failure) if failure.is_closing() && tls::is_spoken(&plan.target, &endpoints).await => Some(Spoken::Tls),
        Err(_) => None,
    };
    let outcome = spoken.map_or(outcome, |spoken| Err(spoken.failure(FailureKind::InvalidResponse)));
    outcome.map_err(|failure| ProbeError::Failed { target: plan.target.to_string(), failure })
}

/// On a thread of its own, because it blocks; a request that nobody waits for any more is given up.
async fn http1(plan: &Plan, requests: Compiled, endpoints: Arc<Endpoints>, tls: Option<Arc<ClientConfig>>) -> Result<Probe, Failure> {
    let (sender, receiver) = oneshot::channel();
    let plan = plan.clone();
    let failed = |problem: &dyn std::fmt::Display| Failure::new(FailureKind::Connect, format!("the request's thread: {problem}"));
    std::thread::Builder::new()
        .name("load-probe".to_owned())
        .spawn(move || {
            let outcome = h1::probe(&plan, &requests, &endpoints, tls.as_ref(), || !sender.is_closed());
            // Nobody may be there to take it.
            let _ = sender.send(outcome);
        })
        .map_err(|error| failed(&error))?;
    receiver.await.map_err(|error| failed(&error))?
}

async fn http2(plan: &Plan, requests: &Compiled, endpoints: &Endpoints, tls: Option<&Arc<ClientConfig>>) -> Result<Probe, Failure> {
    let answer = tokio::time::timeout(plan.timeout, h2::probe(plan, requests, endpoints, tls)).await;
    let late = |_| Failure::new(FailureKind::Timeout, format!("no complete response within {:?}", plan.timeout));
    let answer = answer.map_err(late)??;
    Ok(Probe { status: answer.status, headers: answer.headers, body: answer.body.into(), elapsed: answer.elapsed })
}
