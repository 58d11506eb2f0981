mod json;
mod measured;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::distribution::Distribution;
use crate::failure::FailureKind;
use crate::plan::Protocol;

pub(crate) use measured::{Measured, Merged};

/// Result of a run. As JSON: camelCase keys, times in milliseconds unless the key
/// says otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Completed requests per second of the run.
    pub requests_per_second: f64,
    /// To the last byte of the response, of the completed requests; None when there are
    /// none. In a closed loop from the start of writing the request (of a retried one, of
    /// its second attempt), in an open loop from the time it was due.
    pub latency_ms: Option<LatencyMs>,
    /// The distribution behind `latency_ms`.
    #[serde(default)]
    pub latency_counts: Distribution,
    /// Open loop: from the start of writing, whenever that was. Latency less the time that
    /// a request waited for a free connection or for the generator.
    #[serde(default)]
    pub service_ms: Option<LatencyMs>,
    /// The distribution behind `service_ms`; empty in a closed loop.
    #[serde(default)]
    pub service_counts: Distribution,
    /// Closed or open loop.
    #[serde(default)]
    pub open_loop: bool,
    /// What was spoken.
    #[serde(default)]
    pub protocol: Protocol,
    /// Requests in flight on one connection.
    #[serde(default = "one")]
    pub in_flight: usize,
    /// Whether the caller ended the run before its limit.
    #[serde(default)]
    pub interrupted: bool,
    /// Requests begun, and in an open loop those that were due before its end and never sent:
    /// always completed + failed + unfinished.
    pub sent: u64,
    /// Requests with the expected response.
    pub completed: u64,
    /// Requests without, by kind in `errors`.
    pub failed: u64,
    /// Requests in flight when the run ended; in an open loop also those that were due by then
    /// and never sent, because no connection was free.
    pub unfinished: u64,
    /// Requests sent again because the server had closed the idle connection.
    pub retried: u64,
    /// Responses by status, whatever became of them.
    pub statuses: BTreeMap<u16, u64>,
    /// Failed requests by kind; sums to `failed`.
    pub errors: BTreeMap<FailureKind, u64>,
    /// Whether the generator itself was the limit: one of its threads was busy for
    /// more than 85 % of the run. At that load a response waits on average for more
    /// than five others to be handled (ρ/(1-ρ)), which the latency then shows. Never
    /// said of a run below 100 ms, in which starting weighs too much.
    pub client_limited: bool,
    /// Requests per second asked for, of a ramp the mean; None in a closed loop.
    pub requested_rate: Option<f64>,
    /// Requests per second asked for at the start and at the end of a ramp; None without one.
    #[serde(default)]
    pub ramp: Option<[f64; 2]>,
    /// Open loop: requests that were due while every connection was busy, and so were sent
    /// later. Their wait is part of their latency.
    #[serde(default)]
    pub waited: u64,
    /// HTTP/2: streams that the server allowed on a connection, when they were fewer than
    /// `in_flight`: that many requests were in flight on it then.
    #[serde(default)]
    pub streams_allowed: Option<usize>,
    /// Requests really sent per second. Of an open loop that the server could not keep up with
    /// this is less than `requested_rate`.
    pub achieved_rate: f64,
    /// Length of the run.
    pub duration_ms: f64,
    /// Connections used at a time.
    pub connections: usize,
    /// Connections made; more than `connections` when the server closes them.
    pub connects: u64,
    /// Time to make them, which no latency includes; None when none was made.
    pub connect_ms: Option<ConnectMs>,
    /// Time of TLS handshakes, which is not in `connect_ms`; None without TLS.
    #[serde(default)]
    pub tls_ms: Option<ConnectMs>,
    /// Bytes of bodies received.
    pub received_bytes: u64,
    /// What the generator used.
    pub generator: Generator,
    /// All processors of this machine during the run; None where the system does not tell.
    #[serde(default)]
    pub machine: Option<Machine>,
    /// First failures, and the first of each kind.
    pub failures: Vec<FailureSample>,
    /// The run in slices of equal length, the last one shorter.
    pub slices: Vec<Slice>,
}

/// Distribution of latencies in milliseconds. Percentiles are nearest-rank, to
/// three significant digits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LatencyMs {
    /// Least.
    pub min: f64,
    /// Arithmetic mean.
    pub mean: f64,
    /// Median.
    pub p50: f64,
    /// 90th percentile.
    pub p90: f64,
    /// 99th percentile.
    pub p99: f64,
    /// 99.9th percentile.
    pub p999: f64,
    /// Greatest.
    pub max: f64,
}

/// Times to connect, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectMs {
    /// Arithmetic mean.
    pub mean: f64,
    /// Median.
    pub p50: f64,
    /// 99th percentile.
    pub p99: f64,
    /// Greatest.
    pub max: f64,
}

/// What the generator used.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Generator {
    /// Its threads.
    pub threads: usize,
    /// Processor time of its threads; None where the system cannot tell.
    pub cpu_ms: Option<f64>,
    /// The same as a share of one core; up to `threads`.
    pub cpu_share: Option<f64>,
    /// Share of the run in which its busiest thread was not waiting for the network.
    /// Unlike `cpu_share` it includes waiting for a processor that others use.
    pub busy_share: f64,
    /// Processor time per request that ended, in microseconds.
    #[serde(default)]
    pub cpu_us_per_request: Option<f64>,
    /// Share of the run in which its threads were ready to work and other work had the
    /// processors, of the thread that waited longest; None where the system does not tell.
    #[serde(default)]
    pub waiting_share: Option<f64>,
    /// How much later than asked a timer woke its threads; in an open loop how much later
    /// than due a request was sent though a connection was free.
    pub lag_ms: LagMs,
}

/// All processors of this machine during a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Machine {
    /// Processors there are.
    pub processors: usize,
    /// Share of their time that was used, by anything, 0 to 1.
    pub busy_share: f64,
}

/// Scheduling lag in milliseconds. In a closed loop its timers have a resolution of 1 ms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LagMs {
    /// Arithmetic mean.
    pub mean: f64,
    /// Greatest.
    pub max: f64,
}

/// A failure, kept as an example.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailureSample {
    /// When, from the start of the run.
    pub at_ms: f64,
    /// Kind.
    pub kind: FailureKind,
    /// Status, if the response had come so far.
    pub status: Option<u16>,
    /// What happened.
    pub message: String,
    /// Start of the body, at most 2 KiB; bytes that are not UTF-8 are replaced.
    pub body: String,
}

/// One slice of a run; requests belong to the slice in which they ended.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Slice {
    /// Start, from the start of the run.
    pub start_ms: f64,
    /// Length.
    pub duration_ms: f64,
    /// Requests completed.
    pub completed: u64,
    /// Requests failed.
    pub failed: u64,
    /// Mean latency in microseconds; None when nothing completed.
    pub mean_us: Option<f64>,
    /// Median latency in microseconds.
    pub p50_us: Option<f64>,
    /// 99th percentile of latency in microseconds.
    pub p99_us: Option<f64>,
}

fn one() -> usize {
    1
}
