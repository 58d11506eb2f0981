use std::time::Duration;

use crate::request::{RequestSpec, Rows};
use crate::requests::Compiled;
use crate::schedule::Pace;
use crate::target::Target;

mod rules;

/// What to send, how much of it, and what to expect back.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where connections go. Its path is not used: each request has its own.
    pub target: Target,
    /// What is sent, in rotation; never empty.
    pub requests: Vec<RequestSpec>,
    /// Values for the placeholders of requests; some request uses them, if there are any.
    pub rows: Rows,
    /// Closed or open loop.
    pub pace: Pace,
    /// Connections kept open, 1 to 50,000.
    pub connections: usize,
    /// Requests in flight on one connection, 1 to 10,000: pipelining of HTTP/1.1, streams of
    /// HTTP/2. Non-idempotent requests are pipelined too, although a client that wants each
    /// to happen once should not (RFC 9112 §9.3.2): those lost with their connection
    /// count as failed and are not sent again.
    pub in_flight: usize,
    /// Whether a connection is used again; else each request makes one, and says
    /// `connection: close`.
    pub keep_alive: bool,
    /// What is spoken.
    pub protocol: Protocol,
    /// How `https:` servers are trusted.
    pub tls: TlsOptions,
    /// Whether each connection sends back the cookies it was given, as a browser would
    /// (RFC 6265 without domains and paths: there is one server).
    pub keep_cookies: bool,
    /// When the run ends.
    pub limit: Limit,
    /// Longest time from the start of a request to the end of its response.
    pub timeout: Duration,
    /// Failures tolerated: one more ends the run with an error. None: any number.
    pub max_failures: Option<u64>,
    /// The run ends with an error when nothing has succeeded for so long although
    /// every connection had its chance (refused ones after a fifth of it).
    pub give_up_after: Duration,
    /// Longest body read, in bytes.
    pub max_body_bytes: u64,
    /// Length of the slices of the report.
    pub slice: Duration,
    /// Threads of the generator, 1 to the number of connections. One is enough for a server
    /// on one thread; the report says when it was not.
    pub threads: usize,
    /// Hosts other than this machine that may be loaded, as the target spells them.
    pub allowed_hosts: Vec<String>,
}

/// When a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// After this time; what is then in flight is dropped and counted as unfinished.
    Duration(Duration),
    /// When this many requests have been sent and have ended, well or not.
    Requests(u64),
}

/// What is spoken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Protocol {
    /// HTTP/1.1 (RFC 9112).
    #[default]
    #[serde(rename = "HTTP/1.1")]
    Http1,
    /// HTTP/2 (RFC 9113): over TLS by ALPN, else with prior knowledge.
    #[serde(rename = "HTTP/2")]
    Http2,
}

/// How an `https:` server is trusted. Without options: by the certificates of this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// Certificates of authorities that are trusted besides, as PEM.
    pub ca_pem: Option<Vec<u8>>,
    /// Take any certificate.
    pub insecure: bool,
}

/// Why a plan cannot be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct PlanError {
    /// Field of [`Plan`].
    pub field: &'static str,
    /// What is wrong with it, and what would do.
    pub problem: String,
}

impl Plan {
    /// A GET of the target's path with 10 connections for 10 s, as other load generators
    /// do by default.
    pub fn get(target: Target) -> Self {
        Self {
            requests: vec![RequestSpec::get(target.path())],
            target,
            rows: Rows::default(),
            pace: Pace::Closed,
            connections: 10,
            in_flight: 1,
            keep_alive: true,
            protocol: Protocol::Http1,
            tls: TlsOptions::default(),
            keep_cookies: false,
            limit: Limit::Duration(Duration::from_secs(10)),
            timeout: Duration::from_secs(10),
            max_failures: None,
            give_up_after: Duration::from_secs(5),
            max_body_bytes: 64 << 20,
            slice: Duration::from_millis(250),
            threads: 1,
            allowed_hosts: Vec::new(),
        }
    }

    /// The first of the requests.
    pub fn first(&self) -> &RequestSpec {
        &self.requests[0]
    }

    /// The first of the requests.
    pub fn first_mut(&mut self) -> &mut RequestSpec {
        &mut self.requests[0]
    }

    /// Whether the plan can be carried out, as far as that is known before anything is sent.
    ///
    /// # Errors
    /// The first thing that contradicts itself or cannot be sent.
    pub fn check(&self) -> Result<(), PlanError> {
        Compiled::new(self).map(drop)
    }

    /// What does not concern single requests.
    pub(crate) fn check_whole(&self) -> Result<(), PlanError> {
        rules::check(self)
    }
}

#[cfg(test)]
mod tests;
