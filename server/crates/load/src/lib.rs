//! HTTP load generator: HTTP/1.1 and HTTP/2, over TCP, TLS or Unix sockets.
//!
//! In a **closed loop** every connection sends its next request when the response of the last
//! one is complete and checked: as much as the server takes. In an **open loop** requests are
//! sent at the times of a schedule ([`Rate`]), and latency counts from these times, so that
//! a server that stalls cannot hide it by slowing the generator down.
//!
//! - [`Plan`]: what to send, how much of it, what to expect back;
//! - [`probe()`]: one request, to learn what to expect;
//! - [`warm_up()`]: load until the latency is steady;
//! - [`run()`]: the measurement; [`Report`] is what comes out, as JSON too.
//!
//! The generator runs on threads of its own ([`Plan::threads`]), so that the
//! caller's runtime neither disturbs it nor is disturbed, and its processor time
//! can be told apart. `worker` is such a thread; `h1` and `h2` are what it runs; each keeps
//! a `record` of its own and publishes it a few times a second to `run`.

mod arrivals;
mod check;
mod cookies;
mod distribution;
mod endpoint;
mod error;
mod expect;
mod failure;
mod h1;
mod h2;
mod hdr;
mod limits;
mod machine;
mod notes;
mod plan;
mod probe;
mod record;
mod report;
mod request;
pub mod requests;
mod run;
mod run_state;
mod schedule;
mod series;
mod spoken;
mod target;
mod thread_clock;
mod tls;
mod warm_up;
mod worker;

pub use bytes::Bytes;
pub use distribution::{Bin, Distribution};
pub use error::LoadError;
pub use expect::{Expect, ExpectedBody, ExpectedStatus};
pub use failure::{Failure, FailureKind};
pub use hdr::HdrError;
pub use http::{HeaderMap, HeaderName, HeaderValue, Method};
pub use notes::{FEWEST_BEYOND, Note, NoteKind, PERCENTILES};
pub use plan::{Limit, Plan, PlanError, Protocol, TlsOptions};
pub use probe::{Probe, ProbeError, probe};
pub use record::Totals;
pub use report::{ConnectMs, FailureSample, Generator, LagMs, LatencyMs, Machine, Report, Slice};
pub use request::{RequestSpec, Rows};
pub use run::{Progress, run};
pub use schedule::{Pace, Rate};
pub use target::{Target, TargetError};
pub use warm_up::{WarmUp, warm_up};
