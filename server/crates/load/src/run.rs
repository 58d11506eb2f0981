use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::connection::Addresses;
use crate::error::LoadError;
use crate::in_flight::lock;
use crate::plan::Plan;
use crate::record::{Recorder, SinceSuccess, SliceCount, Totals};
use crate::report::{Measured, Merged, Report, Slice};
use crate::worker::{End, Shared, Usage, work};

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
    let request = plan.request()?;
    let addresses = plan.target.resolve(&plan.allowed_hosts).await?;
    let shared = Arc::new(Shared::new(plan.clone(), request, Addresses::new(addresses)));
    let _end_on_drop = EndOnDrop(Arc::clone(&shared));
    let threads = plan.threads.min(plan.connections);
    let mut recorders = Vec::with_capacity(threads);
    let mut results = Vec::with_capacity(threads);
    for index in 0..threads {
        let recorder = Arc::new(Mutex::new(Recorder::new(shared.origin, plan.slice)));
        let connections = share(plan.connections, threads, index);
        results.push(spawn(&shared, &recorder, connections, index)?);
        recorders.push(recorder);
    }

    let usages = async {
        let mut usages = Vec::with_capacity(threads);
        for result in results {
            // Without an answer the thread has panicked.
            let gone = |_| io::Error::other("a thread ended unexpectedly");
            usages.push(result.await.map_err(gone)??);
        }
        Ok::<Vec<Usage>, io::Error>(usages)
    };
    let mut usages = std::pin::pin!(usages);
    let mut stop = std::pin::pin!(stop);
    let mut stopped = false;
    let mut series = Series::new(plan.slice);
    let mut ticks = tokio::time::interval(plan.slice.min(Duration::from_millis(100)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let usages = loop {
        tokio::select! {
            usages = &mut usages => break usages.map_err(LoadError::Generator)?,
            () = &mut stop, if !stopped => {
                stopped = true;
                shared.end(End::Stopped);
            }
            _ = ticks.tick() => {
                let now = Instant::now();
                let state = collect(&recorders, &mut series, now);
                if gives_up(plan, &state.since_success, now) {
                    shared.end(End::NothingSucceeds);
                }
                observer(&Progress {
                    elapsed: now - shared.origin,
                    totals: state.totals,
                    slices: &series.done,
                });
            }
        }
    };
    conclude(plan, &shared, &recorders, usages, series)
}

struct EndOnDrop(Arc<Shared>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.end(End::Stopped);
    }
}

fn spawn(
    shared: &Arc<Shared>,
    recorder: &Arc<Mutex<Recorder>>,
    connections: usize,
    index: usize,
) -> Result<oneshot::Receiver<io::Result<Usage>>, LoadError> {
    let (sender, receiver) = oneshot::channel();
    let (shared, recorder) = (Arc::clone(shared), Arc::clone(recorder));
    std::thread::Builder::new()
        .name(format!("load-{index}"))
        .spawn(move || {
            // The receiver is gone when the run was dropped; nobody asks then.
            let _ = sender.send(work(&shared, &recorder, connections));
        })
        .map_err(LoadError::Generator)?;
    Ok(receiver)
}

/// Connections of thread `index`: as equal shares as there are.
fn share(connections: usize, threads: usize, index: usize) -> usize {
    connections / threads + usize::from(index < connections % threads)
}

struct State {
    totals: Totals,
    since_success: SinceSuccess,
}

fn collect(recorders: &[Arc<Mutex<Recorder>>], series: &mut Series, now: Instant) -> State {
    let mut totals = Totals::default();
    let mut since: Option<SinceSuccess> = None;
    for recorder in recorders {
        let mut recorder = lock(recorder);
        recorder.roll(now);
        series.add(recorder.take_finished());
        totals.add(&recorder.totals);
        let other = &recorder.since_success;
        match &mut since {
            None => since = Some(other.clone()),
            Some(since) => {
                since.at = since.at.max(other.at);
                since.failed += other.failed;
                since.refused += other.refused;
                since.last = since.last.take().or_else(|| other.last.clone());
            }
        }
        series.origin = Some(recorder.origin());
    }
    series.finish_before(now);
    State { totals, since_success: since.unwrap_or(SinceSuccess { at: now, failed: 0, refused: 0, last: None }) }
}

/// Whether the server is taken to be gone. A slow route alone is no reason, nor one
/// that fails now and then: every connection must have failed (on average), and
/// three requests in a row, since the last success.
fn gives_up(plan: &Plan, since: &SinceSuccess, now: Instant) -> bool {
    let silence = now.saturating_duration_since(since.at);
    let all_failed = since.failed >= (plan.connections as u64).max(3);
    let all_refused = all_failed && since.refused == since.failed;
    (all_failed && silence >= plan.give_up_after) || (all_refused && silence >= plan.give_up_after / 5)
}

fn conclude(
    plan: &Plan,
    shared: &Shared,
    recorders: &[Arc<Mutex<Recorder>>],
    usages: Vec<Usage>,
    mut series: Series,
) -> Result<Report, LoadError> {
    let until = usages.iter().map(|usage| usage.until).max();
    let until = until.unwrap_or_else(Instant::now);
    let state = collect(recorders, &mut series, until);
    let mut merged = Merged::new();
    for recorder in recorders {
        let mut recorder = lock(recorder);
        series.add(recorder.take_all());
        merged.add(&recorder);
    }
    let duration = until - shared.origin;
    let report = Report::new(Measured { recorder: merged, usages, duration, connections: plan.connections, slices: series.end(duration) });
    let target = plan.target.to_string();
    let last = || {
        let last = state.since_success.last.as_ref();
        last.map_or_else(|| "unknown".to_owned(), ToString::to_string)
    };
    match shared.why_ended() {
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

/// The slices of all threads, put together.
struct Series {
    slice: Duration,
    origin: Option<Instant>,
    done: Vec<Slice>,
    open: BTreeMap<u64, SliceCount>,
}

impl Series {
    fn new(slice: Duration) -> Self {
        Self { slice, origin: None, done: Vec::new(), open: BTreeMap::new() }
    }

    fn add(&mut self, counts: Vec<SliceCount>) {
        for count in counts {
            match self.open.get_mut(&count.index) {
                Some(known) => known.add(&count),
                None => {
                    self.open.insert(count.index, count);
                }
            }
        }
    }

    /// Closes the slices before `now`, those without events included.
    fn finish_before(&mut self, now: Instant) {
        let Some(origin) = self.origin else { return };
        let elapsed = now.saturating_duration_since(origin).as_nanos();
        while (self.done.len() as u128 + 1) * self.slice.as_nanos() <= elapsed {
            self.close(self.slice);
        }
    }

    fn close(&mut self, duration: Duration) {
        let index = self.done.len() as u64;
        let count = self.open.remove(&index);
        let count = count.unwrap_or_else(|| SliceCount::new(index));
        self.done.push(Slice::new(&count, self.slice, duration));
    }

    /// The series of a run of this duration: its last slice ends with the run.
    fn end(mut self, duration: Duration) -> Vec<Slice> {
        let slice = self.slice.as_nanos();
        while (self.done.len() as u128) * slice < duration.as_nanos() {
            let start = self.done.len() as u128 * slice;
            let left = u64::try_from(duration.as_nanos() - start).unwrap_or(u64::MAX);
            self.close(Duration::from_nanos(left).min(self.slice));
        }
        self.done
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
        let check = |connections, silence_ms, failed, refused, expected| {
            plan.connections = connections;
            let at = Instant::now();
            let since = SinceSuccess { at, failed, refused, last: None };
            let now = at + Duration::from_millis(silence_ms);
            let got = gives_up(&plan, &since, now);
            assert_eq!(got, expected, "{connections} {silence_ms} {failed} {refused}");
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
    fn connections_are_shared_out() {
        for (connections, threads) in [(1, 1), (7, 3), (8, 4), (5, 4)] {
            let shares: Vec<_> = (0..threads).map(|index| share(connections, threads, index)).collect();
            assert_eq!(shares.iter().sum::<usize>(), connections);
            assert!(shares.iter().all(|share| *share >= 1), "{shares:?}");
        }
    }

    #[test]
    fn slices_cover_the_run_without_gaps() {
        let origin = Instant::now();
        let mut series = Series::new(Duration::from_millis(100));
        series.origin = Some(origin);
        let mut busy = SliceCount::new(2);
        busy.completed = 7;
        series.add(vec![busy]);
        let mut again = SliceCount::new(2);
        again.completed = 1;
        series.add(vec![again]);
        series.finish_before(origin + Duration::from_millis(399));
        assert_eq!(series.done.len(), 3);
        let slices = series.end(Duration::from_millis(450));
        let counts: Vec<_> = slices.iter().map(|slice| slice.completed).collect();
        assert_eq!(counts, [0, 0, 8, 0, 0]);
        assert_eq!(slices[4].duration_ms, 50.0);
        assert_eq!(slices[4].start_ms, 400.0);
    }
}
