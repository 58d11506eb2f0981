use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::arrivals::WorkerIndex;
use crate::plan::Protocol;
use crate::record::{Durations, Published, Recorder};
use crate::run_state::Shared;
use crate::schedule::Pace;
use crate::thread_clock::{thread_cpu_time, thread_waiting_time};
use crate::{h1, h2};

/// What an engine says of its work.
pub(crate) struct Worked {
    /// When it stopped sending.
    pub(crate) until: Instant,
    /// Time in which it did not wait for events.
    pub(crate) busy: Duration,
}

/// What a thread used.
pub(crate) struct Usage {
    /// Time between start and end of its work.
    pub(crate) wall: Duration,
    /// When it stopped sending.
    pub(crate) until: Instant,
    pub(crate) cpu: Option<Duration>,
    /// Time in which it could have worked and had no processor.
    pub(crate) waiting: Option<Duration>,
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

    /// Share of the time in which the thread could have worked and had no processor.
    pub(crate) fn waiting_share(&self) -> Option<f64> {
        let waiting = self.waiting?.as_secs_f64();
        Some((waiting / self.wall.as_secs_f64().max(1e-9)).min(1.0))
    }
}

/// Sends this thread's part of the run, until the run ends.
///
/// # Errors
/// When the system refuses what the thread needs to work at all.
pub(crate) fn work(shared: &Arc<Shared>, worker: WorkerIndex, published: &Published) -> io::Result<(Usage, Recorder)> {
    let open_loop = matches!(shared.plan.pace, Pace::Open(_));
    let mut recorder = Recorder::new(shared.origin, shared.plan.slice, open_loop);
    let (started, cpu, waiting) = (Instant::now(), thread_cpu_time(), thread_waiting_time());
    let worked = match shared.plan.protocol {
        Protocol::Http1 => h1::work(shared, worker, &mut recorder, published)?,
        Protocol::Http2 => h2::work(shared, worker, &mut recorder, published)?,
    };
    let since = |end: Option<Duration>, start: Option<Duration>| end.zip(start).map(|(end, start)| end.saturating_sub(start));
    recorder.finish(published);
    let usage = Usage {
        wall: started.elapsed(),
        until: worked.until,
        cpu: since(thread_cpu_time(), cpu),
        waiting: since(thread_waiting_time(), waiting),
        busy: worked.busy,
        lag: std::mem::replace(&mut recorder.lag, Durations::new()),
    };
    Ok((usage, recorder))
}
