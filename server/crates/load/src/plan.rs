use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper::http::{HeaderMap, HeaderValue, Method, header};

use crate::target::Target;

/// What to send, how much of it, and what to expect back.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where requests go.
    pub target: Target,
    /// Method.
    pub method: Method,
    /// Headers besides `host` and `content-length`, which are added.
    pub headers: HeaderMap,
    /// Body, empty for none.
    pub body: Bytes,
    /// Connections kept open, each with one request at a time.
    pub connections: usize,
    /// When the run ends.
    pub limit: Limit,
    /// Longest time from the start of a request to the end of its response.
    pub timeout: Duration,
    /// What makes a response a success.
    pub expect: Expect,
    /// Failures tolerated: one more ends the run with an error. None: any number.
    pub max_failures: Option<u64>,
    /// The run ends with an error when nothing has succeeded for so long although
    /// every connection had its chance (refused ones after a fifth of it).
    pub give_up_after: Duration,
    /// Longest body read, in bytes.
    pub max_body_bytes: u64,
    /// Length of the slices of the report.
    pub slice: Duration,
    /// Threads of the generator, at most one per connection. A request costs one
    /// about 10 µs, so one is enough for a server on one thread; the report says
    /// when it was not.
    pub threads: usize,
    /// Whether hosts other than this machine may be loaded.
    pub allow_remote: bool,
}

/// When a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// After this time; what is then in flight is dropped and counted as unfinished.
    Duration(Duration),
    /// When this many requests have been sent and have ended, well or not.
    Requests(u64),
}

/// What makes a response a success.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expect {
    /// Expected status.
    pub status: ExpectedStatus,
    /// Exact body expected; None accepts every body (of a route that answers with
    /// the time, say).
    pub body: Option<Bytes>,
}

/// Statuses that are a success.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ExpectedStatus {
    /// 200 to 299.
    #[default]
    Any2xx,
    /// One of these.
    OneOf(Vec<u16>),
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
    /// A GET with 10 connections for 10 s, as other load generators do by default.
    pub fn get(target: Target) -> Self {
        Self {
            target,
            method: Method::GET,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            connections: 10,
            limit: Limit::Duration(Duration::from_secs(10)),
            timeout: Duration::from_secs(10),
            expect: Expect::default(),
            max_failures: None,
            give_up_after: Duration::from_secs(5),
            max_body_bytes: 64 << 20,
            slice: Duration::from_millis(250),
            threads: 1,
            allow_remote: false,
        }
    }

    /// The request every connection sends.
    pub(crate) fn request(&self) -> Result<Request<Full<Bytes>>, PlanError> {
        self.check()?;
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.target.path_and_query().clone().into();
        let headers = request.headers_mut();
        // `Host` comes first, as RFC 9110 §7.2 asks.
        if !self.headers.contains_key(header::HOST) {
            let host = HeaderValue::try_from(self.target.authority()).map_err(|error| problem("target", error.to_string()))?;
            headers.insert(header::HOST, host);
        }
        for (name, value) in &self.headers {
            headers.append(name, value.clone());
        }
        Ok(request)
    }

    /// Whether sending the request twice does no more than sending it once
    /// (RFC 9110 §9.2.2).
    pub(crate) fn is_idempotent(&self) -> bool {
        self.method.is_idempotent()
    }

    fn check(&self) -> Result<(), PlanError> {
        let most = 10_000;
        let checks = [
            ((1..=most).contains(&self.connections), "connections", "must be from 1 to 10000"),
            (self.threads > 0, "threads", "must be at least 1"),
            (!self.timeout.is_zero(), "timeout", "must be above zero"),
            (self.slice >= Duration::from_millis(1), "slice", "must be at least 1 ms"),
            (self.limit != Limit::Requests(0) && self.limit != Limit::Duration(Duration::ZERO), "limit", "must be above zero"),
            (self.method != Method::CONNECT, "method", "CONNECT opens a tunnel and cannot be measured"),
        ];
        for (holds, field, text) in checks {
            if !holds {
                return Err(problem(field, text));
            }
        }
        for name in [header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
            if self.headers.contains_key(&name) {
                return Err(problem("headers", format!("{name} follows from the body and must not be given")));
            }
        }
        Ok(())
    }
}

impl ExpectedStatus {
    /// Whether `status` is one of them.
    pub fn accepts(&self, status: u16) -> bool {
        match self {
            Self::Any2xx => (200..300).contains(&status),
            Self::OneOf(statuses) => statuses.contains(&status),
        }
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
        check(|plan| plan.method = Method::CONNECT, "method");
        let length = |plan: &mut Plan| {
            plan.headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("3"));
        };
        check(length, "headers");
    }

    #[test]
    fn adds_the_host_unless_given() {
        assert_eq!(plan().request().unwrap().headers()[header::HOST], "localhost:3000");
        let mut plan = plan();
        plan.headers.insert(header::HOST, HeaderValue::from_static("example"));
        let request = plan.request().unwrap();
        assert_eq!(request.headers().get_all(header::HOST).iter().count(), 1);
        assert_eq!(request.headers()[header::HOST], "example");
    }
}
