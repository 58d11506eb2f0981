use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper::http::{HeaderValue, Method, header};

use crate::request::{RequestSpec, Rows};
use crate::schedule::Pace;
use crate::target::Target;

/// What to send, how much of it, and what to expect back.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where connections go. Its path is not used: each request has its own.
    pub target: Target,
    /// What is sent, in rotation; never empty.
    pub requests: Vec<RequestSpec>,
    /// Values for the placeholders of requests.
    pub rows: Rows,
    /// Closed or open loop.
    pub pace: Pace,
    /// Connections kept open.
    pub connections: usize,
    /// Requests in flight on one connection: pipelining of HTTP/1.1, streams of HTTP/2.
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
    /// Threads of the generator, at most one per connection. One is enough for a server
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

    /// The request every connection sends.
    pub(crate) fn request(&self) -> Result<Request<Full<Bytes>>, PlanError> {
        self.check()?;
        let spec = self.first();
        let mut request = Request::new(Full::new(spec.body.clone()));
        *request.method_mut() = spec.method.clone();
        *request.uri_mut() = spec.path.parse().map_err(|error: hyper::http::uri::InvalidUri| problem("path", error.to_string()))?;
        let headers = request.headers_mut();
        // `Host` comes first, as RFC 9110 §7.2 asks.
        if !spec.headers.contains_key(header::HOST) {
            let host = HeaderValue::try_from(self.target.authority()).map_err(|error| problem("target", error.to_string()))?;
            headers.insert(header::HOST, host);
        }
        for (name, value) in &spec.headers {
            headers.append(name, value.clone());
        }
        Ok(request)
    }

    /// The first of the requests.
    pub fn first(&self) -> &RequestSpec {
        &self.requests[0]
    }

    /// The first of the requests.
    pub fn first_mut(&mut self) -> &mut RequestSpec {
        &mut self.requests[0]
    }

    /// Whether sending the request twice does no more than sending it once
    /// (RFC 9110 §9.2.2).
    pub(crate) fn is_idempotent(&self) -> bool {
        self.first().method.is_idempotent()
    }

    fn check(&self) -> Result<(), PlanError> {
        let most = 10_000;
        let checks = [
            ((1..=most).contains(&self.connections), "connections", "must be from 1 to 10000"),
            (self.threads > 0, "threads", "must be at least 1"),
            (!self.timeout.is_zero(), "timeout", "must be above zero"),
            (self.slice >= Duration::from_millis(1), "slice", "must be at least 1 ms"),
            (self.limit != Limit::Requests(0) && self.limit != Limit::Duration(Duration::ZERO), "limit", "must be above zero"),
            (self.first().method != Method::CONNECT, "method", "CONNECT opens a tunnel and cannot be measured"),
        ];
        for (holds, field, text) in checks {
            if !holds {
                return Err(problem(field, text));
            }
        }
        for name in [header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
            if self.first().headers.contains_key(&name) {
                return Err(problem("headers", format!("{name} follows from the body and must not be given")));
            }
        }
        Ok(())
    }
}

fn problem(field: &'static str, problem: impl Into<String>) -> PlanError {
    PlanError { field, problem: problem.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan::get(Target::parse("http://localhost:3000/a").unwrap())
    }

    #[test]
    fn refuses_what_cannot_be_done() {
        let check = |change: fn(&mut Plan), field: &str| {
            let mut plan = plan();
            change(&mut plan);
            assert_eq!(plan.request().unwrap_err().field, field);
        };
        check(|plan| plan.connections = 0, "connections");
        check(|plan| plan.connections = 10_001, "connections");
        check(|plan| plan.threads = 0, "threads");
        check(|plan| plan.timeout = Duration::ZERO, "timeout");
        check(|plan| plan.limit = Limit::Requests(0), "limit");
        check(|plan| plan.slice = Duration::from_micros(1), "slice");
        check(|plan| plan.first_mut().method = Method::CONNECT, "method");
        let length = |plan: &mut Plan| {
            plan.first_mut().headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("3"));
        };
        check(length, "headers");
    }

    #[test]
    fn adds_the_host_unless_given() {
        assert_eq!(plan().request().unwrap().headers()[header::HOST], "localhost:3000");
        let mut plan = plan();
        plan.first_mut().headers.insert(header::HOST, HeaderValue::from_static("example"));
        let request = plan.request().unwrap();
        assert_eq!(request.headers().get_all(header::HOST).iter().count(), 1);
        assert_eq!(request.headers()[header::HOST], "example");
    }
}
