//! The engine for HTTP/2, on the `h2` crate and a tokio runtime of one thread.
//!
//! Each connection of the plan is a [`link::Link`] with as many [`slot::Slot`]s as requests may be in
//! flight on it; a slot sends one request after the other. What HTTP/1.1 says of connections holds
//! for streams: a timeout or an unwanted body resets the stream, and the connection lives.
//!
//! A request is sent again once: when the server says that it has not processed it (GOAWAY below its
//! stream, REFUSED_STREAM), and when a used connection ended without a word before its response
//! began, if it is idempotent.

mod connect;
mod deadline;
mod exchange;
mod failure;
mod link;
mod pacer;
mod probe;
mod slot;
mod sniff;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use tokio::task::JoinSet;

use crate::arrivals::{Arrivals, WorkerIndex};
use crate::cookies::Cookies;
use crate::record::{Published, Recorder};
use crate::request::RequestSpec;
use crate::run_state::Shared;
use crate::schedule::Pace;
use crate::worker::Worked;

use link::Link;
use pacer::Pacer;
use slot::Slot;

pub(crate) use probe::probe;

/// Largest head of a response that is accepted.
const MAX_HEAD_BYTES: u32 = 256 << 10;

/// What the tasks of one thread share.
struct Worker {
    shared: Arc<Shared>,
    recorder: Mutex<Recorder>,
    arrivals: Mutex<Arrivals>,
    pacer: Pacer,
    /// The requests of the plan, those that are always the same.
    fixed: Vec<Option<Request<Bytes>>>,
}

/// Sends this thread's part of the run, until the run ends.
///
/// # Errors
/// When the system refuses what the thread needs to work at all.
pub(crate) fn work(shared: &Arc<Shared>, index: WorkerIndex, recorder: &mut Recorder, published: &Published) -> io::Result<Worked> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let is_open = matches!(shared.plan.pace, Pace::Open(_));
    let empty = Recorder::new(shared.origin, shared.plan.slice, is_open);
    let worker = Arc::new(Worker {
        shared: Arc::clone(shared),
        recorder: Mutex::new(std::mem::replace(recorder, empty)),
        arrivals: Mutex::new(Arrivals::new(shared.plan.pace, shared.plan.limit, index)),
        pacer: Pacer::default(),
        fixed: fixed(shared),
    });
    let until = runtime.block_on(drive(&worker, index, published));
    let busy = busy_time(&runtime);
    std::mem::swap(recorder, &mut lock(&worker.recorder));
    Ok(Worked { until: until?, busy })
}

/// What a copy costs less than making it anew.
fn fixed(shared: &Shared) -> Vec<Option<Request<Bytes>>> {
    let plan = &shared.plan;
    let request =
        |(number, spec): (u64, &RequestSpec)| (!spec.placeholders && !plan.keep_cookies).then(|| shared.requests.http2(number, None));
    (0..).zip(&plan.requests).map(request).collect()
}

impl Worker {
    /// Request `number` of the run.
    fn request(&self, number: u64, cookies: Option<&Mutex<Cookies>>) -> Request<Bytes> {
        let requests = &self.shared.requests;
        match (&self.fixed[requests.index(number)], cookies) {
            (Some(fixed), _) => fixed.clone(),
            (None, Some(cookies)) => requests.http2(number, Some(&lock(cookies))),
            (None, None) => requests.http2(number, None),
        }
    }
}

#[cfg(target_has_atomic = "64")]
fn busy_time(runtime: &tokio::runtime::Runtime) -> Duration {
    runtime.metrics().worker_total_busy_duration(0)
}

#[cfg(not(target_has_atomic = "64"))]
fn busy_time(_runtime: &tokio::runtime::Runtime) -> Duration {
    Duration::ZERO
}

async fn drive(worker: &Arc<Worker>, index: WorkerIndex, published: &Published) -> io::Result<Instant> {
    let plan = &worker.shared.plan;
    let mut slots = JoinSet::new();
    for _ in 0..index.share(plan.connections) {
        let link = Arc::new(Link::new(plan.keep_cookies));
        for slot in 0..plan.in_flight.max(1) {
            slots.spawn(Slot::new(Arc::clone(worker), Arc::clone(&link), slot).run());
        }
    }
    let limit = async {
        match worker.shared.ends_at() {
            Some(at) => tokio::time::sleep_until(at.into()).await,
            None => std::future::pending().await,
        }
    };
    let all_done = async {
        while let Some(done) = slots.join_next().await {
            done.map_err(io::Error::other)?;
        }
        Ok(())
    };
    let result = tokio::select! {
        result = all_done => result,
        () = limit => Ok(()),
        () = worker.shared.stopped() => Ok(()),
        result = worker.pacer.run() => result,
        () = publish(worker, published) => Ok(()),
    };
    let until = Instant::now();
    // Drops what is in flight, which then counts as unfinished.
    slots.shutdown().await;
    let never_sent = lock(&worker.arrivals).take_due_before(until.saturating_duration_since(worker.shared.origin));
    lock(&worker.recorder).never_sent(never_sent);
    result.map(|()| until)
}

/// Lets the run be seen; in a closed loop the timer that it takes tells the lag.
async fn publish(worker: &Worker, published: &Published) {
    let is_closed = worker.shared.plan.pace == Pace::Closed;
    loop {
        let due = Instant::now() + Recorder::PUBLISHED_EVERY;
        tokio::time::sleep_until(due.into()).await;
        let mut recorder = lock(&worker.recorder);
        if is_closed {
            recorder.lag(due.elapsed());
        }
        recorder.publish(published, Instant::now());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
