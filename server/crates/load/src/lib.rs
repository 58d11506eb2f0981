//! HTTP load generator: closed loop, HTTP/1.1 over plain TCP.
//!
//! Every connection sends its next request when the response of the last one is
//! complete and checked, so the latency is that of a server with `connections`
//! clients, not that of one with a fixed arrival rate (which is an open loop).
//!
//! - [`Plan`]: what to send, how much of it, what to expect back;
//! - [`probe`]: one request, to learn what to expect;
//! - [`warm_up`]: load until the latency is steady;
//! - [`run`]: the measurement; [`Report`] is what comes out, as JSON too.
//!
//! The generator runs on threads of its own ([`Plan::threads`]), so that the
//! caller's runtime neither disturbs it nor is disturbed, and its processor time
//! can be told apart.

mod connection;
mod distribution;
mod error;
mod expect;
mod failure;
mod in_flight;
mod plan;
mod probe;
mod record;
mod report;
mod request;
mod run;
mod schedule;
mod target;
mod thread_clock;
mod warm_up;
mod worker;

pub use bytes::Bytes;
pub use distribution::Distribution;
pub use error::LoadError;
pub use expect::{Expect, ExpectedBody, ExpectedStatus};
pub use failure::{Failure, FailureKind};
pub use hyper::http::{HeaderMap, HeaderName, HeaderValue, Method};
pub use plan::{Limit, Plan, PlanError, Protocol, TlsOptions};
pub use probe::{Probe, ProbeError, probe};
pub use record::Totals;
pub use report::{ConnectMs, FailureSample, Generator, LagMs, LatencyMs, Machine, Report, Slice};
pub use request::{RequestSpec, Rows};
pub use run::{Progress, run};
pub use schedule::{Pace, Rate};
pub use target::{Target, TargetError};
pub use warm_up::{WarmUp, warm_up};
