//! A benchmark: a route under load in a process in which nothing is recorded.

use super::prepared::Prepared;
use super::request::plan_of_route;
use super::server::Server;
use super::store::Finished;
use super::window::{Shown, Window, constant_body, expecting, unsteady, warming, window};
use super::{Cancel, Phase, Steps};
use crate::environment::dependencies_of_server;
use crate::error::RunError;
use crate::target::Target;
use load::{Bytes, Probe};
use profile::Profile;
use std::time::Duration;

/// What a benchmark found.
pub(crate) struct Benchmark {
    pub(super) window: Window,
    /// The answer to the first request.
    pub(super) first: Probe,
    /// The body of the first request's answers, where that is always the same.
    pub(crate) body: Option<Bytes>,
    /// Sentences about this process.
    pub(crate) notes: Vec<String>,
}

/// Starts the program, warms it up and measures it. [`Cancel::finish`] ends the window, which gives what was measured so far; before the
/// window there is nothing to give.
pub(crate) async fn benchmark(prepared: &Prepared<'_>, cancel: &Cancel, steps: &Steps<'_>) -> Result<Benchmark, RunError> {
    let config = &prepared.request.config;
    let Target::Route { method, path, .. } = &prepared.request.target else {
        return Err(RunError::NotARoute(prepared.request.target.to_string()));
    };
    let route = format!("{method} {path}");
    let plan = match &prepared.request.plan {
        Some(plan) => plan.clone(),
        None => plan_of_route(&route, method, path, config)?,
    };
    let mut notes = Vec::new();
    steps.at(Phase::Start, 3, "Starting the program");
    let server = Server::start(prepared, prepared.launch(&[]), &plan, &route).await?;
    // Who starts a process without a warm-up wants to see its first requests.
    if config.load.warm_up_ms > 0 {
        steps.at(Phase::WarmUp, 10, format!("Warming up {route}"));
        let warming = warming(&server.plan, Duration::from_millis(config.load.warm_up_ms));
        notes.extend(unsteady(&server.warm_up(&warming, cancel.finished()).await?));
    }
    if cancel.is_finishing() {
        return Err(RunError::Cancelled);
    }
    let body = constant_body(&server).await?;
    // A plan says itself what is expected.
    let measured = if prepared.request.plan.is_some() { server.plan.clone() } else { expecting(&server.plan, body.clone()) };
    steps.at(Phase::Load, 40, format!("Measuring {route}"));
    let window = window(&server, &measured, cancel.finished(), &Shown { steps, phase: Phase::Load, percent: [40, 95] }).await?;
    let first = server.first.clone();
    server.stop().await;
    if cancel.is_finishing() && window.report.completed == 0 {
        return Err(RunError::Cancelled);
    }
    Ok(Benchmark { window, first, body, notes })
}

impl Benchmark {
    /// The load that was sent, and what came back.
    pub(crate) fn report(&self) -> &load::Report {
        &self.window.report
    }

    /// Processor time of the server per request, in µs.
    pub(crate) fn server_cpu_us(&self) -> Option<f64> {
        self.window.server_cpu().map(|cpu| cpu.mean)
    }

    /// The measurement to be stored. What the report says of itself ([`load::Report::notes`]) is not said again.
    pub(crate) fn finished(self, prepared: &Prepared<'_>) -> Finished {
        let packages = dependencies_of_server(&prepared.request.workspace, &prepared.entry);
        let development = prepared.development_note(&self.first, |package| packages.iter().any(|used| used == package));
        let notes = prepared.notes.iter().cloned().chain(self.notes).collect();
        let server_cpu = self.window.server_cpu();
        Finished { load: Some(self.window.report), server_cpu, development, ..Finished::new(Profile::default(), notes, Vec::new()) }
    }
}
