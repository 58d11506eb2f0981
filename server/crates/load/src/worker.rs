use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Sleep;

use crate::connection::{Addresses, Broken, Connection};
use crate::failure::{Failure, FailureKind};
use crate::in_flight::InFlight;
use crate::plan::{Limit, Plan};
use crate::record::{Durations, Recorder};
use crate::thread_clock::thread_cpu_time;

/// What all threads of a run share.
pub(crate) struct Shared {
    pub(crate) plan: Plan,
    pub(crate) request: Request<Full<Bytes>>,
    pub(crate) addresses: Addresses,
    /// Start of the run.
    pub(crate) origin: Instant,
    begun: AtomicU64,
    failed: AtomicU64,
    stopping: AtomicBool,
    ended: watch::Sender<Option<End>>,
}

/// Why a run ends before its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The caller wants it.
    Stopped,
    /// More failures than the plan tolerates.
    TooManyFailures,
    /// Nothing succeeds any more.
    NothingSucceeds,
}

/// What a thread used.
pub(crate) struct Usage {
    /// Time between start and end of its work.
    pub(crate) wall: Duration,
    /// When it stopped sending.
    pub(crate) until: Instant,
    pub(crate) cpu: Option<Duration>,
    pub(crate) busy: Duration,
    pub(crate) lag: Durations<u64>,
}

impl Usage {
    /// Share of the time in which the thread worked or wanted to: it was handling
    /// events (also while it waited for a processor), or in the system's calls that
    /// wait for them, which take processor time too.
    pub(crate) fn busy_share(&self) -> f64 {
        let busy = self.busy.max(self.cpu.unwrap_or_default());
        (busy.as_secs_f64() / self.wall.as_secs_f64().max(1e-9)).min(1.0)
    }
}

impl Shared {
    pub(crate) fn new(plan: Plan, request: Request<Full<Bytes>>, addresses: Addresses) -> Self {
        Self {
            plan,
            request,
            addresses,
            origin: Instant::now(),
            begun: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            stopping: AtomicBool::new(false),
            ended: watch::Sender::new(None),
        }
    }

    /// Ends the run; the first reason counts.
    pub(crate) fn end(&self, why: End) {
        self.stopping.store(true, Ordering::Relaxed);
        self.ended.send_if_modified(|end| {
            let first = end.is_none();
            if first {
                *end = Some(why);
            }
            first
        });
    }

    pub(crate) fn why_ended(&self) -> Option<End> {
        *self.ended.borrow()
    }

    /// Whether another request may be sent.
    fn may_send(&self) -> bool {
        if self.stopping.load(Ordering::Relaxed) {
            return false;
        }
        match self.plan.limit {
            Limit::Duration(_) => true,
            Limit::Requests(most) => self.begun.fetch_add(1, Ordering::Relaxed) < most,
        }
    }

    fn count_failure(&self) {
        let failed = self.failed.fetch_add(1, Ordering::Relaxed) + 1;
        if self.plan.max_failures.is_some_and(|most| failed > most) {
            self.end(End::TooManyFailures);
        }
    }
}

/// Runs `connections` closed loops on the calling thread until the run ends.
pub(crate) fn work(shared: &Arc<Shared>, recorder: &Arc<Mutex<Recorder>>, connections: usize) -> io::Result<Usage> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let (started, cpu) = (Instant::now(), thread_cpu_time());
    let (until, lag) = runtime.block_on(drive(shared, recorder, connections))?;
    let wall = started.elapsed();
    let cpu = thread_cpu_time().zip(cpu).map(|(end, start)| end.saturating_sub(start));
    Ok(Usage { wall, until, cpu, busy: busy_time(&runtime), lag })
}

#[cfg(target_has_atomic = "64")]
fn busy_time(runtime: &tokio::runtime::Runtime) -> Duration {
    runtime.metrics().worker_total_busy_duration(0)
}

#[cfg(not(target_has_atomic = "64"))]
fn busy_time(_runtime: &tokio::runtime::Runtime) -> Duration {
    Duration::ZERO
}

async fn drive(shared: &Arc<Shared>, recorder: &Arc<Mutex<Recorder>>, connections: usize) -> io::Result<(Instant, Durations<u64>)> {
    let mut loops = JoinSet::new();
    for _ in 0..connections {
        loops.spawn(closed_loop(Arc::clone(shared), Arc::clone(recorder)));
    }
    let mut ended = shared.ended.subscribe();
    let limit = async {
        match shared.plan.limit {
            Limit::Duration(duration) => {
                tokio::time::sleep_until((shared.origin + duration).into()).await;
            }
            Limit::Requests(_) => std::future::pending().await,
        }
    };
    let mut lag = Durations::new();
    let all_done = async {
        while let Some(done) = loops.join_next().await {
            done.map_err(io::Error::other)?;
        }
        Ok(())
    };
    let result = tokio::select! {
        result = all_done => result,
        () = limit => Ok(()),
        // The sender lives in `shared`, so an error cannot come.
        _ = ended.wait_for(Option::is_some) => Ok(()),
        () = watch_lag(&mut lag) => Ok(()),
    };
    let until = Instant::now();
    // Drops what is in flight, which then counts as unfinished.
    loops.shutdown().await;
    result.map(|()| (until, lag))
}

/// Measures for ever how late timers fire.
async fn watch_lag(lag: &mut Durations<u64>) {
    loop {
        let due = Instant::now() + Duration::from_millis(20);
        tokio::time::sleep_until(due.into()).await;
        lag.record(due.elapsed());
    }
}

/// One connection's loop: request, response, next request.
async fn closed_loop(shared: Arc<Shared>, recorder: Arc<Mutex<Recorder>>) {
    let mut connection = None;
    let mut deadline = Deadline::new(shared.plan.timeout);
    let mut backoff = Backoff::default();
    while shared.may_send() {
        let outcome = request(&shared, &recorder, &mut connection, &mut deadline).await;
        match outcome {
            Ok(()) => backoff = Backoff::default(),
            Err(failure) => {
                shared.count_failure();
                backoff.after(&failure).await;
            }
        }
    }
}

async fn request(
    shared: &Shared,
    recorder: &Mutex<Recorder>,
    slot: &mut Option<Connection>,
    deadline: &mut Deadline,
) -> Result<(), Failure> {
    let mut in_flight = InFlight::begin(&shared.plan, recorder);
    deadline.start(shared.plan.timeout);
    let mut retried = false;
    loop {
        let connection = match live(shared, slot, &in_flight, deadline).await {
            Ok(connection) => connection,
            Err(failure) => return Err(in_flight.failed(failure, Instant::now())),
        };
        let request = shared.request.clone();
        let reused = connection.is_reused();
        let started = Instant::now();
        let exchange = connection.exchange(request, &mut in_flight);
        let failure = match deadline.within(exchange).await {
            Some(Ok(())) => {
                let now = Instant::now();
                return in_flight.answered(now - started, now);
            }
            Some(Err(Broken::Unsent)) if reused => {
                *slot = None;
                continue;
            }
            Some(Err(Broken::Unsent)) => {
                Failure::new(FailureKind::Closed, "the server closed the new connection before the request was sent")
            }
            Some(Err(Broken::Failed(failure))) => failure,
            None => Failure::new(FailureKind::Timeout, format!("no complete response within {:?}", shared.plan.timeout)),
        };
        // A server may close an idle connection at any time, also while the next
        // request is on its way (RFC 9112 §9.3.1).
        let silent = connection.received() == 0 && failure.kind != FailureKind::Timeout;
        *slot = None;
        if silent && reused && !retried && shared.plan.is_idempotent() {
            retried = true;
            in_flight.retried();
            continue;
        }
        return Err(in_flight.failed(failure, Instant::now()));
    }
}

/// The connection in `slot` if the server keeps it open, else a new one.
async fn live<'a>(
    shared: &Shared,
    slot: &'a mut Option<Connection>,
    in_flight: &InFlight<'_>,
    deadline: &mut Deadline,
) -> Result<&'a mut Connection, Failure> {
    if let Some(mut connection) = slot.take() {
        let ready = deadline.within(connection.ready()).await;
        if ready.unwrap_or(Ok(false))? {
            return Ok(slot.insert(connection));
        }
    }
    let started = Instant::now();
    let mut connection = deadline
        .within(shared.addresses.connect())
        .await
        .unwrap_or_else(|| Err(Failure::new(FailureKind::ConnectTimeout, format!("no connection within {:?}", shared.plan.timeout))))?;
    in_flight.connected(started.elapsed());
    // A new connection is not ready before its driver has run once.
    deadline.within(connection.ready()).await.transpose()?;
    Ok(slot.insert(connection))
}

/// Pause after failures in which the server said nothing: 10 ms, doubling up to 250 ms.
#[derive(Default)]
struct Backoff {
    failures: u32,
}

impl Backoff {
    async fn after(&mut self, failure: &Failure) {
        let silent = failure.kind.is_connecting() || matches!(failure.kind, FailureKind::Closed | FailureKind::Reset);
        if !silent {
            self.failures = 0;
            return;
        }
        let pause = Duration::from_millis(10 << self.failures.min(5)).min(Self::LONGEST);
        self.failures += 1;
        tokio::time::sleep(pause).await;
    }

    const LONGEST: Duration = Duration::from_millis(250);
}

/// A timeout per request over one timer, which is moved only when it fires: setting
/// a timer for every request would cost more than the rest of the bookkeeping.
struct Deadline {
    at: Instant,
    timer: Pin<Box<Sleep>>,
}

impl Deadline {
    fn new(timeout: Duration) -> Self {
        let at = far(timeout);
        Self { at, timer: Box::pin(tokio::time::sleep_until(at.into())) }
    }

    fn start(&mut self, timeout: Duration) {
        self.at = far(timeout);
    }

    /// The result of `future`, or None when the deadline passes first.
    async fn within<F: Future>(&mut self, future: F) -> Option<F::Output> {
        let mut future = std::pin::pin!(future);
        std::future::poll_fn(|cx| {
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(Some(output));
            }
            self.poll_passed(cx).map(|()| None)
        })
        .await
    }

    fn poll_passed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.timer.as_mut().poll(cx).is_ready() {
            if Instant::now() >= self.at {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(self.at.into());
        }
        Poll::Pending
    }
}

/// Now plus `timeout`, or a year where clocks cannot count that far.
fn far(timeout: Duration) -> Instant {
    let now = Instant::now();
    let year = Duration::from_secs(365 * 24 * 3600);
    now + timeout.min(year)
}
