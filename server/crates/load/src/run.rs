use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::arrivals::WorkerIndex;
use crate::endpoint::Endpoints;
use crate::error::LoadError;
use crate::failure::Failure;
use crate::limits;
use crate::machine::MachineTime;
use crate::plan::Plan;
use crate::record::{Published, Recorder, SinceSuccess, Totals};
use crate::report::{Measured, Merged, Report, Slice};
use crate::requests::Compiled;
use crate::run_state::{End, Shared};
use crate::series::Series;
use crate::spoken::Spoken;
use crate::tls;
use crate::worker::{Usage, work};

/// How far a run has come.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// Time since its start.
    pub elapsed: Duration,
    /// Requests so far; what is missing to `sent` is in flight.
    pub totals: Totals,
    /// All slices that are over.
    pub slices: &'a [Slice],
}

/// Loads a server as planned, until the plan's limit or until `stop` resolves.
///
/// `observer` is called about ten times a second, in the caller's task. The requests
/// are made by threads of their own; dropping the future ends them. Needs a tokio
/// runtime with time and I/O.
///
/// # Errors
/// [`LoadError`]; when the run had begun, what was measured is in it.
pub async fn run(plan: &Plan, stop: impl Future<Output = ()>, mut observer: impl FnMut(&Progress<'_>)) -> Result<Report, LoadError> {
    let requests = Compiled::new(plan)?;
    let endpoints = Endpoints::of(&plan.target, &plan.allowed_hosts).await?;
    let tls = match plan.target.is_tls() {
        true => Some(tls::client_config(&plan.tls, plan.protocol)?),
        false => None,
    };
    let threads = plan.threads.min(plan.connections);
    limits::make_room(plan.connections, threads)?;
    let machine = MachineTime::now();
    let shared = Arc::new(Shared::new(plan.clone(), requests, endpoints, tls));
    let _end_on_drop = EndOnDrop(Arc::clone(&shared));
    let mut published = Vec::with_capacity(threads);
    let mut results = Vec::with_capacity(threads);
    for index in 0..threads {
        let glimpse = Arc::new(Published::new(shared.origin));
        results.push(spawn(&shared, WorkerIndex { index, of: threads }, &glimpse)?);
        published.push(glimpse);
    }

    let workers = async {
        let mut all = Vec::with_capacity(threads);
        for result in results {
            // Without an answer the thread has panicked.
            let gone = |_| io::Error::other("a thread ended unexpectedly");
            all.push(result.await.map_err(gone)??);
        }
        Ok::<Vec<(Usage, Recorder)>, io::Error>(all)
    };
    let mut workers = std::pin::pin!(workers);
    let mut stop = std::pin::pin!(stop);
    let mut stopped = false;
    let mut series = Series::new(plan.slice);
    let mut ticks = tokio::time::interval(plan.slice.min(Duration::from_millis(100)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let workers = loop {
        tokio::select! {
            workers = &mut workers => break workers.map_err(LoadError::Generator)?,
            () = &mut stop, if !stopped => {
                stopped = true;
                shared.end(End::Stopped);
            }
            _ = ticks.tick() => {
                let now = Instant::now();
                let state = collect(&published, &mut series, shared.origin, now);
                if let Some(why) = gives_up(plan, &state, now) {
                    shared.end(why);
                }
                observer(&Progress {
                    elapsed: now - shared.origin,
                    totals: state.totals,
                    slices: &series.done,
                });
            }
        }
    };
    conclude(plan, &shared, &published, workers, machine, series).await
}

struct EndOnDrop(Arc<Shared>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.end(End::Stopped);
    }
}

type Outcome = io::Result<(Usage, Recorder)>;

fn spawn(shared: &Arc<Shared>, worker: WorkerIndex, published: &Arc<Published>) -> Result<oneshot::Receiver<Outcome>, LoadError> {
    let (sender, receiver) = oneshot::channel();
    let (shared, published) = (Arc::clone(shared), Arc::clone(published));
    std::thread::Builder::new()
        .name(format!("load-{}", worker.index))
        .spawn(move || {
            // The receiver is gone when the run was dropped; nobody asks then.
            let _ = sender.send(work(&shared, worker, &published));
        })
        .map_err(LoadError::Generator)?;
    Ok(receiver)
}

struct State {
    totals: Totals,
    since_success: SinceSuccess,
}

impl State {
    /// The failure by which the server speaks another protocol.
    fn other_protocol(&self) -> Option<&Failure> {
        self.since_success.of_protocol.as_ref().filter(|_| self.totals.completed == 0)
    }
}

fn collect(published: &[Arc<Published>], series: &mut Series, origin: Instant, now: Instant) -> State {
    let mut totals = Totals::default();
    let mut since: Option<SinceSuccess> = None;
    let mut told = now;
    for published in published {
        let mut glimpse = published.lock();
        series.add(std::mem::take(&mut glimpse.slices));
        totals.add(&glimpse.totals);
        told = told.min(glimpse.at);
        let other = &glimpse.since_success;
        match &mut since {
            None => since = Some(other.clone()),
            Some(since) => {
                since.at = since.at.max(other.at);
                since.failed += other.failed;
                since.unheard += other.unheard;
                since.of_protocol = since.of_protocol.take().or_else(|| other.of_protocol.clone());
                since.last = since.last.take().or_else(|| other.last.clone());
            }
        }
    }
    series.finish_before(told.saturating_duration_since(origin));
    State { totals, since_success: since.unwrap_or_else(|| SinceSuccess::nothing(now)) }
}

/// Whether to go on makes no sense: the server speaks another protocol, or is taken to be gone.
/// A slow route alone is no reason for that, nor one that fails now and then: every connection
/// must have failed (on average), and three requests in a row, since the last success.
fn gives_up(plan: &Plan, state: &State, now: Instant) -> Option<End> {
    let since = &state.since_success;
    if state.other_protocol().is_some() {
        return Some(End::OtherProtocol);
    }
    let silence = now.saturating_duration_since(since.at);
    let all_failed = since.failed >= (plan.connections as u64).max(3);
    let all_unheard = all_failed && since.unheard == since.failed;
    let is_gone = (all_failed && silence >= plan.give_up_after) || (all_unheard && silence >= plan.give_up_after / 5);
    is_gone.then_some(End::NothingSucceeds)
}

/// What to do about a server that speaks another protocol, if that is why nothing succeeds.
/// One that has only closed connections without TLS is asked whether it speaks TLS.
async fn other_protocol(plan: &Plan, shared: &Shared, state: &State, report: &Report) -> Option<String> {
    if let Some(failure) = state.other_protocol() {
        return Some(failure.message.clone());
    }
    let is_silent = report.failed > 0 && report.completed == 0 && report.statuses.is_empty();
    let is_closing = state.since_success.last.as_ref().is_some_and(Failure::is_closing);
    let is_tls = is_silent && is_closing && !plan.target.is_tls() && tls::is_spoken(&plan.target, &shared.endpoints).await;
    is_tls.then(|| Spoken::Tls.advice().to_owned())
}

async fn conclude(
    plan: &Plan,
    shared: &Shared,
    published: &[Arc<Published>],
    workers: Vec<(Usage, Recorder)>,
    machine: Option<MachineTime>,
    mut series: Series,
) -> Result<Report, LoadError> {
    let machine = machine.and_then(|start| Some(MachineTime::now()?.since(&start)));
    let until = workers.iter().map(|(usage, _)| usage.until).max();
    let until = until.unwrap_or_else(Instant::now);
    let state = collect(published, &mut series, shared.origin, until);
    let mut merged = Merged::new();
    let mut usages = Vec::with_capacity(workers.len());
    for (usage, recorder) in workers {
        merged.add(&recorder);
        usages.push(usage);
    }
    let duration = until - shared.origin;
    let report = Report::new(Measured {
        recorder: merged,
        usages,
        duration,
        slices: series.end(duration),
        interrupted: shared.why_ended() == Some(End::Stopped),
        machine,
        plan,
    });
    let target = plan.target.to_string();
    let why = shared.why_ended();
    if why != Some(End::Stopped)
        && let Some(advice) = other_protocol(plan, shared, &state, &report).await
    {
        return Err(LoadError::OtherProtocol { target, advice, report: Box::new(report) });
    }
    let last = || {
        let last = state.since_success.last.as_ref();
        last.map_or_else(|| "unknown".to_owned(), ToString::to_string)
    };
    match why {
        Some(End::TooManyFailures) => Err(LoadError::TooManyFailures {
            target,
            tolerated: plan.max_failures.unwrap_or_default(),
            last: last(),
            report: Box::new(report),
        }),
        Some(End::Stopped) => Ok(report),
        why if why == Some(End::NothingSucceeds) || (report.completed == 0 && report.failed > 0) => Err(LoadError::NothingSucceeds {
            target,
            silence: until.saturating_duration_since(state.since_success.at),
            last: last(),
            report: Box::new(report),
        }),
        _ => Ok(report),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    #[test]
    fn gives_up_only_when_everything_fails() {
        let mut plan = Plan::get(Target::new("localhost", 1, "/").unwrap());
        plan.give_up_after = Duration::from_secs(5);
        let check = |connections, silence_ms, failed, unheard, expected: bool| {
            plan.connections = connections;
            let at = Instant::now();
            let state = State { totals: Totals::default(), since_success: SinceSuccess { failed, unheard, ..SinceSuccess::nothing(at) } };
            let now = at + Duration::from_millis(silence_ms);
            let expected = expected.then_some(End::NothingSucceeds);
            assert_eq!(gives_up(&plan, &state, now), expected, "{connections} {silence_ms} {failed} {unheard}");
        };
        let mut check = check;
        // A slow route: nothing came yet, nothing failed.
        check(10, 60_000, 0, 0, false);
        // One of ten connections failed.
        check(10, 60_000, 9, 9, false);
        check(10, 5_000, 10, 0, true);
        check(10, 4_999, 10, 9, false);
        check(10, 1_000, 10, 10, true);
        check(10, 999, 10, 10, false);
        // A slow route that fails every other time.
        check(1, 12_000, 2, 0, false);
        check(1, 18_000, 3, 0, true);
    }

    #[test]
    fn gives_up_at_once_on_another_protocol() {
        let plan = Plan::get(Target::new("localhost", 1, "/").unwrap());
        let check = |completed, expected| {
            let at = Instant::now();
            let of_protocol = Some(Spoken::Tls.failure(crate::failure::FailureKind::InvalidResponse));
            let since_success = SinceSuccess { failed: 1, of_protocol, ..SinceSuccess::nothing(at) };
            let state = State { totals: Totals { completed, ..Totals::default() }, since_success };
            assert_eq!(gives_up(&plan, &state, at), expected, "{completed} completed");
        };
        check(0, Some(End::OtherProtocol));
        // It has spoken the plan's before.
        check(1, None);
    }
}
