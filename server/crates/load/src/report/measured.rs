//! From what the threads of a run have recorded to its report.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{ConnectMs, FailureSample, Generator, LagMs, LatencyMs, Machine, Report, Slice};
use crate::failure::FailureKind;
use crate::plan::{Limit, Plan};
use crate::record::{Durations, Recorder, SliceCount, Totals, millis};
use crate::schedule::{Pace, Rate};
use crate::worker::Usage;

/// Busy share above which the generator is taken to be the limit.
const CLIENT_LIMIT: f64 = 0.85;
/// Shortest run of which that can be said.
const CLIENT_LIMIT_AFTER: Duration = Duration::from_millis(100);

/// Everything a report is made of.
pub(crate) struct Measured<'a> {
    pub(crate) recorder: Merged,
    pub(crate) usages: Vec<Usage>,
    pub(crate) duration: Duration,
    pub(crate) slices: Vec<Slice>,
    pub(crate) interrupted: bool,
    pub(crate) machine: Option<Machine>,
    pub(crate) plan: &'a Plan,
}

/// Sums over the threads.
pub(crate) struct Merged {
    totals: Totals,
    latency: Durations<u64>,
    service: Durations<u64>,
    connects: Durations<u64>,
    tls: Durations<u64>,
    waited: u64,
    streams_allowed: Option<usize>,
    never_sent: u64,
    statuses: BTreeMap<u16, u64>,
    errors: BTreeMap<FailureKind, u64>,
    samples: Vec<FailureSample>,
    received_bytes: u64,
}

impl Merged {
    pub(crate) fn new() -> Self {
        Self {
            totals: Totals::default(),
            latency: Durations::new(),
            service: Durations::new(),
            connects: Durations::new(),
            tls: Durations::new(),
            waited: 0,
            streams_allowed: None,
            never_sent: 0,
            statuses: BTreeMap::new(),
            errors: BTreeMap::new(),
            samples: Vec::new(),
            received_bytes: 0,
        }
    }

    pub(crate) fn add(&mut self, recorder: &Recorder) {
        self.totals.add(&recorder.totals);
        self.latency.add(&recorder.latency);
        if let Some(service) = &recorder.service {
            self.service.add(service);
        }
        self.connects.add(&recorder.connects);
        self.tls.add(&recorder.tls);
        self.waited += recorder.waited;
        self.streams_allowed = self.streams_allowed.into_iter().chain(recorder.streams_allowed).min();
        self.never_sent += recorder.never_sent;
        for (status, count) in recorder.statuses() {
            *self.statuses.entry(status).or_default() += count;
        }
        for (kind, count) in &recorder.errors {
            *self.errors.entry(*kind).or_default() += count;
        }
        self.samples.extend_from_slice(&recorder.samples);
        self.received_bytes += recorder.received_bytes;
    }
}

impl Totals {
    pub(crate) fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.completed += other.completed;
        self.failed += other.failed;
        self.unfinished += other.unfinished;
        self.retried += other.retried;
    }
}

impl Report {
    pub(crate) fn new(measured: Measured<'_>) -> Self {
        let Measured { recorder, usages, duration, slices, interrupted, machine, plan } = measured;
        // The end of a run is noticed a moment late.
        let asked = match plan.limit {
            Limit::Duration(limit) => duration.min(limit),
            Limit::Requests(_) => duration,
        };
        let rate = match plan.pace {
            Pace::Closed => None,
            Pace::Open(rate) => Some(rate.mean(asked)),
        };
        let ramp = match plan.pace {
            Pace::Open(Rate::Ramp { from, to, .. }) => Some([from, to]),
            _ => None,
        };
        let waiting: Option<Vec<f64>> = usages.iter().map(Usage::waiting_share).collect();
        let seconds = duration.as_secs_f64().max(1e-9);
        let totals = recorder.totals;
        let cpu: Option<Duration> = usages.iter().map(|usage| usage.cpu).sum();
        let busy_share = usages.iter().map(Usage::busy_share).fold(0.0, f64::max);
        let lags: u64 = usages.iter().map(|usage| usage.lag.count()).sum();
        let lag_sum: f64 = usages.iter().map(|usage| usage.lag.mean_ms() * usage.lag.count() as f64).sum();
        let mut failures = recorder.samples;
        failures.sort_by(|a, b| a.at_ms.total_cmp(&b.at_ms));
        Self {
            requests_per_second: totals.completed as f64 / seconds,
            latency_ms: LatencyMs::of(&recorder.latency),
            latency_counts: recorder.latency.distribution(),
            service_ms: LatencyMs::of(&recorder.service),
            service_counts: recorder.service.distribution(),
            open_loop: rate.is_some(),
            protocol: plan.protocol,
            in_flight: plan.in_flight,
            interrupted,
            sent: totals.sent,
            completed: totals.completed,
            failed: totals.failed,
            unfinished: totals.unfinished,
            retried: totals.retried,
            statuses: recorder.statuses,
            errors: recorder.errors,
            client_limited: busy_share > CLIENT_LIMIT && duration >= CLIENT_LIMIT_AFTER,
            requested_rate: rate,
            ramp,
            waited: recorder.waited,
            streams_allowed: recorder.streams_allowed,
            achieved_rate: totals.sent.saturating_sub(recorder.never_sent) as f64 / seconds,
            duration_ms: millis(duration),
            connections: plan.connections,
            connects: recorder.connects.count(),
            connect_ms: ConnectMs::of(&recorder.connects),
            tls_ms: ConnectMs::of(&recorder.tls),
            received_bytes: recorder.received_bytes,
            machine,
            generator: Generator {
                threads: usages.len(),
                cpu_ms: cpu.map(millis),
                cpu_share: cpu.map(|cpu| cpu.as_secs_f64() / seconds),
                busy_share,
                cpu_us_per_request: cpu.map(|cpu| cpu.as_secs_f64() * 1e6 / (totals.completed + totals.failed).max(1) as f64),
                waiting_share: waiting.map(|shares| shares.into_iter().fold(0.0, f64::max)),
                lag_ms: LagMs {
                    mean: lag_sum / lags.max(1) as f64,
                    max: usages.iter().map(|usage| usage.lag.max_ms()).fold(0.0, f64::max),
                },
            },
            failures,
            slices,
        }
    }
}

impl LatencyMs {
    fn of(durations: &Durations<u64>) -> Option<Self> {
        (durations.count() > 0).then(|| Self {
            min: durations.min_ms(),
            mean: durations.mean_ms(),
            p50: durations.percentile_ms(50.0),
            p90: durations.percentile_ms(90.0),
            p99: durations.percentile_ms(99.0),
            p999: durations.percentile_ms(99.9),
            max: durations.max_ms(),
        })
    }
}

impl ConnectMs {
    fn of(durations: &Durations<u64>) -> Option<Self> {
        (durations.count() > 0).then(|| Self {
            mean: durations.mean_ms(),
            p50: durations.percentile_ms(50.0),
            p99: durations.percentile_ms(99.0),
            max: durations.max_ms(),
        })
    }
}

impl Slice {
    pub(crate) fn new(count: &SliceCount, slice: Duration, duration: Duration) -> Self {
        let latency = &count.latency;
        let known = |ms: f64| (latency.count() > 0).then_some(ms * 1e3);
        Self {
            start_ms: millis(slice) * count.index as f64,
            duration_ms: millis(duration),
            completed: count.completed,
            failed: count.failed,
            mean_us: known(latency.mean_ms()),
            p50_us: known(latency.percentile_ms(50.0)),
            p99_us: known(latency.percentile_ms(99.0)),
        }
    }
}
