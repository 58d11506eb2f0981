//! A measured window: a server under load, with the processor time that it takes.

use super::server::Server;
use super::{Phase, Steps};
use crate::error::RunError;
use crate::record::ServerCpu;
use load::{Bytes, ExpectedBody, Limit, Plan, Report};
use std::time::Duration;

/// A measured window.
pub(super) struct Window {
    pub(super) report: Report,
    /// Processor time the server used in it.
    pub(super) cpu: Duration,
    /// Processor time per request, in ms, of parts of about half a second.
    pub(super) cpu_ms_per_request: Vec<f64>,
}

/// Length of the parts of a window.
const PART: Duration = Duration::from_millis(500);

/// Where a window's progress is told: from which percent to which.
pub(super) struct Shown<'a> {
    pub(super) steps: &'a Steps<'a>,
    pub(super) phase: Phase,
    pub(super) percent: [u32; 2],
}

/// Loads a warmed-up server for one window; `stop` ends it before its limit.
pub(super) async fn window(server: &Server, plan: &Plan, stop: impl Future<Output = ()>, shown: &Shown<'_>) -> Result<Window, RunError> {
    let before = server.cpu_time()?;
    let mut cpu_ms_per_request = Vec::new();
    let mut part = (Duration::ZERO, before, 0);
    let observer = |progress: &load::Progress<'_>| {
        let elapsed = progress.elapsed.as_secs_f64();
        let share = match plan.limit {
            Limit::Duration(length) => elapsed / length.as_secs_f64(),
            Limit::Requests(n) => (progress.totals.completed + progress.totals.failed) as f64 / n as f64,
        };
        let rate = progress.totals.completed as f64 / elapsed.max(1e-3);
        let [from, to] = shown.percent;
        shown.steps.at(shown.phase, from + (f64::from(to - from) * share.min(1.0)) as u32, format!("{rate:.0} requests/s"));
        if progress.elapsed.saturating_sub(part.0) >= PART
            && let Ok(cpu) = server.cpu_time()
        {
            let completed = progress.totals.completed - part.2;
            if completed > 0 {
                cpu_ms_per_request.push(cpu.saturating_sub(part.1).as_secs_f64() * 1e3 / completed as f64);
            }
            part = (progress.elapsed, cpu, progress.totals.completed);
        }
    };
    let report = server.load(plan, stop, observer).await?;
    Ok(Window { report, cpu: server.cpu_time()?.saturating_sub(before), cpu_ms_per_request })
}

impl Window {
    /// What the server took per request; none where the system does not tell, or nothing completed.
    pub(super) fn server_cpu(&self) -> Option<ServerCpu> {
        if self.report.completed == 0 || self.cpu.is_zero() {
            return None;
        }
        let parts: Vec<f64> = self.cpu_ms_per_request.iter().map(|ms| ms * 1e3).collect();
        let sd = stats::Summary::new(&parts).ok().filter(|summary| summary.n() > 1).map(|summary| summary.sd);
        Some(ServerCpu { mean: self.cpu.as_secs_f64() * 1e6 / self.report.completed as f64, sd, parts })
    }
}

/// The plan of a warm-up: as many requests as the server takes, whatever the window's pace.
pub(super) fn warming(plan: &Plan, longest: Duration) -> Plan {
    Plan { pace: load::Pace::Closed, limit: Limit::Duration(longest), max_failures: None, ..plan.clone() }
}

/// The note on a warm-up that did not do.
pub(super) fn unsteady(warm_up: &load::WarmUp) -> Option<String> {
    (!warm_up.steadiness.is_stable()).then(|| {
        format!(
            "The latency was not steady after {:.0} s of warm-up: figures may still change with time.",
            warm_up.report.duration_ms / 1e3
        )
    })
}

/// How often a route is asked again whether its body is always the same. The workers of a cluster take turns, each with answers of its
/// own.
const PROBES: usize = 6;

/// The body that the first request is always answered with, before and after the warm-up; none of a route whose answers differ.
pub(super) async fn constant_body(server: &Server) -> Result<Option<Bytes>, RunError> {
    let mut is_same = true;
    for _ in 0..PROBES {
        let again = server.probe().await?;
        is_same &= again.status == server.first.status && again.body == server.first.body;
    }
    Ok(is_same.then(|| server.first.body.clone()))
}

/// The plan of the measured window: a route that has always given the same body must go on giving it.
pub(super) fn expecting(plan: &Plan, body: Option<Bytes>) -> Plan {
    let mut plan = plan.clone();
    plan.first_mut().expect.body = body.map(ExpectedBody::Exact).into_iter().collect();
    plan
}
