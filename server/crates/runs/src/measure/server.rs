//! A server under measurement: started, found, and stopped.

use super::prepared::Prepared;
use crate::error::RunError;
use load::{Plan, Probe, Report, Target};
use node::ports::{ListenError, Listening, reachable, wait_for_listen};
use node::process::{Child, Launch, StopSignal};
use std::net::SocketAddr;
use std::time::Duration;

/// How long a server may take to end by itself before it is killed.
const GRACE: Duration = Duration::from_secs(2);

/// A server that listens.
pub(super) struct Server {
    child: Child,
    /// Where its route answers.
    pub(super) plan: Plan,
    /// The answer to the first request.
    pub(super) first: Probe,
}

impl Server {
    /// Starts the program and finds the port on which the route answers.
    pub(super) async fn start(prepared: &Prepared<'_>, launch: Launch, plan: &Plan, route: &str) -> Result<Self, RunError> {
        let config = &prepared.request.config;
        let child = launch.spawn().await?;
        let timeout = Duration::from_millis(config.load.start_timeout_ms);
        let listening = wait_for_listen(&child, timeout, config.port).await?;
        let (plan, first) = match listening.address(config.port) {
            Ok(address) => {
                let plan = at(plan, address)?;
                let first = load::probe(&plan).await;
                (plan, died_or(&child, first).await?)
            }
            Err(ListenError::SeveralPorts { .. }) => one_that_answers(&listening, plan).await?,
            Err(error) => return Err(error.into()),
        };
        if !plan.first().expect.status.accepts(first.status) {
            let name = if plan.requests.len() == 1 { route.to_owned() } else { nth_request(&plan, 0) };
            return Err(unexpected_status(&name, &first));
        }
        let server = Self { child, plan, first };
        server.ask_others().await?;
        Ok(server)
    }

    /// Asks each request after the first once. With cookies they may need what an earlier one was given, which these connections do not
    /// have.
    async fn ask_others(&self) -> Result<(), RunError> {
        let others = if self.plan.keep_cookies { &[] } else { &self.plan.requests[1..] };
        for (at, request) in others.iter().enumerate() {
            let plan = Plan { requests: vec![request.clone()], ..self.plan.clone() };
            let name = nth_request(&self.plan, at + 1);
            match died_or(&self.child, load::probe(&plan).await).await {
                Ok(probe) if request.expect.status.accepts(probe.status) => {}
                Ok(probe) => return Err(unexpected_status(&name, &probe)),
                Err(source) => return Err(RunError::Request { name, source: Box::new(source) }),
            }
        }
        Ok(())
    }

    /// Processor time of the server's processes so far.
    pub(super) fn cpu_time(&self) -> Result<Duration, RunError> {
        Ok(self.child.cpu_time()?)
    }

    /// Loads the server until the plan's limit, or until `stop` comes; when that fails because the program has ended, says so.
    pub(super) async fn load(
        &self,
        plan: &Plan,
        stop: impl Future<Output = ()>,
        observer: impl FnMut(&load::Progress<'_>),
    ) -> Result<Report, RunError> {
        let result = tokio::select! {
            result = load::run(plan, stop, observer) => result.map_err(RunError::from),
            exit = self.child.exited() => Err(self.died(exit)),
        };
        self.explain(result).await
    }

    /// Drives the server until its latency is steady, or `stop` comes.
    pub(super) async fn warm_up(&self, plan: &Plan, stop: impl Future<Output = ()>) -> Result<load::WarmUp, RunError> {
        let criteria = stats::SteadinessCriteria::default();
        let result = tokio::select! {
            result = load::warm_up(plan, &criteria, stop) => result.map_err(RunError::from),
            exit = self.child.exited() => Err(self.died(exit)),
        };
        self.explain(result).await
    }

    /// Asks the route once more.
    pub(super) async fn probe(&self) -> Result<Probe, RunError> {
        died_or(&self.child, load::probe(&self.plan).await).await
    }

    /// Ends the server and everything it started.
    pub(super) async fn stop(self) {
        let report = self.child.stop(StopSignal::Terminate, GRACE).await;
        if !report.survivors.is_empty() {
            tracing::warn!(survivors = ?report.survivors, "processes of the measured program survived SIGKILL");
        }
    }

    fn died(&self, exit: node::process::Exit) -> RunError {
        RunError::Died { exit, output: self.child.output().last_lines(20) }
    }

    async fn explain<T>(&self, result: Result<T, RunError>) -> Result<T, RunError> {
        match (result, self.child.try_exited()) {
            (Err(RunError::Load(_)), Some(exit)) => Err(self.died(exit)),
            (result, _) => result,
        }
    }
}

fn nth_request(plan: &Plan, at: usize) -> String {
    let request = &plan.requests[at];
    format!("request {} of {}, {} {},", at + 1, plan.requests.len(), request.method, request.path)
}

fn at(plan: &Plan, address: SocketAddr) -> Result<Plan, RunError> {
    let address = reachable(address);
    let scheme = if plan.target.is_tls() { "https" } else { "http" };
    let target = Target::parse(&format!("{scheme}://{address}{}", plan.target.path())).map_err(load::LoadError::from)?;
    Ok(Plan { target, ..plan.clone() })
}

/// A request that fails because the program has just ended is told as that.
async fn died_or(child: &Child, probe: Result<Probe, load::ProbeError>) -> Result<Probe, RunError> {
    match probe {
        Ok(probe) => Ok(probe),
        Err(error) => match tokio::time::timeout(Duration::from_millis(500), child.exited()).await {
            Ok(exit) => Err(RunError::Died { exit, output: child.output().last_lines(20) }),
            Err(_) => Err(error.into()),
        },
    }
}

async fn one_that_answers(listening: &Listening, plan: &Plan) -> Result<(Plan, Probe), RunError> {
    let mut answering = Vec::new();
    for address in &listening.ports {
        let plan = at(plan, *address)?;
        if let Ok(probe) = load::probe(&plan).await
            && plan.first().expect.status.accepts(probe.status)
        {
            answering.push((plan, probe));
        }
    }
    match answering.pop() {
        Some(one) if answering.is_empty() => Ok(one),
        _ => Err(ListenError::SeveralPorts { found: listening.ports.clone() }.into()),
    }
}

fn unexpected_status(route: &str, probe: &Probe) -> RunError {
    let advice = match probe.status {
        401 | 403 => "Give the headers it needs as \"headers\" of its sample in tickmark.json",
        404 => "Check the path, and the values of its parameters in tickmark.json",
        300..=399 => "Profile the route it leads to, or set \"status\" of its sample in tickmark.json if that is its answer",
        400 | 415 | 422 => "Give the body and headers it needs in its sample in tickmark.json",
        _ => "Correct the route, or set \"status\" of its sample in tickmark.json if that is its answer",
    };
    RunError::Status {
        route: route.to_owned(),
        status: probe.status,
        body: String::from_utf8_lossy(&probe.body[..probe.body.len().min(2048)]).into_owned(),
        advice: advice.to_owned(),
    }
}
