mod durations;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::failure::{Failure, FailureKind};
use crate::report::FailureSample;

pub(crate) use durations::Durations;

/// Counts of requests; `sent = completed + failed + unfinished` once a run is over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Requests begun, including those whose connection could not be made, and those of an
    /// open loop that were due and never got a connection.
    pub sent: u64,
    /// Requests with the expected response.
    pub completed: u64,
    /// Requests without.
    pub failed: u64,
    /// Requests in flight when the run ended, or due by then and never sent.
    pub unfinished: u64,
    /// Requests sent a second time, because the server had closed the idle
    /// connection; each still counts once in `sent`.
    pub retried: u64,
}

/// What one thread of the generator has seen. The thread owns it, and publishes the part
/// that is of interest during the run.
pub(crate) struct Recorder {
    origin: Instant,
    slice: Duration,
    pub(crate) totals: Totals,
    /// Of the slices that are over; of all after [`Recorder::finish`].
    pub(crate) latency: Durations<u64>,
    /// Open loop only.
    pub(crate) service: Option<Durations<u64>>,
    pub(crate) connects: Durations<u64>,
    pub(crate) tls: Durations<u64>,
    pub(crate) lag: Durations<u64>,
    /// Requests that were due while every connection was busy.
    pub(crate) waited: u64,
    /// HTTP/2: fewest streams that the server allowed on a connection, when they were too few.
    pub(crate) streams_allowed: Option<usize>,
    /// Of the unfinished requests, those that were due and never sent.
    pub(crate) never_sent: u64,
    /// How often each status below 1000 has come.
    statuses: Vec<u64>,
    pub(crate) errors: BTreeMap<FailureKind, u64>,
    pub(crate) samples: Vec<FailureSample>,
    pub(crate) received_bytes: u64,
    since_success: SinceSuccess,
    current: SliceCount,
    finished: Vec<SliceCount>,
    /// When the slice ends, from the start of the run.
    slice_end: Duration,
}

/// What a thread lets be seen of its recorder during the run.
pub(crate) struct Published(Mutex<Glimpse>);

/// The state of a recorder a moment ago.
pub(crate) struct Glimpse {
    pub(crate) totals: Totals,
    pub(crate) since_success: SinceSuccess,
    /// Slices that have ended and that nobody has taken yet; those without events are left out.
    pub(crate) slices: Vec<SliceCount>,
    /// When this was: no slice before it is missing.
    pub(crate) at: Instant,
}

/// What happened since the last success.
#[derive(Debug, Clone)]
pub(crate) struct SinceSuccess {
    /// When that was, or the start of the run.
    pub(crate) at: Instant,
    pub(crate) failed: u64,
    /// Of these, how many failed before the server had said anything: refused, and as long as nothing has ever succeeded also
    /// closed, reset and without TLS.
    pub(crate) unheard: u64,
    /// The first one by which the server speaks another protocol.
    pub(crate) of_protocol: Option<Failure>,
    pub(crate) last: Option<Failure>,
}

/// Counts of one slice of time.
pub(crate) struct SliceCount {
    pub(crate) index: u64,
    pub(crate) completed: u64,
    pub(crate) failed: u64,
    /// Latencies of the completed requests.
    pub(crate) latency: Durations<u32>,
}

/// First failures kept besides the first of every kind.
const SAMPLES: usize = 3;

impl Recorder {
    /// How often a thread publishes.
    pub(crate) const PUBLISHED_EVERY: Duration = Duration::from_millis(50);

    pub(crate) fn new(origin: Instant, slice: Duration, open_loop: bool) -> Self {
        Self {
            origin,
            slice,
            totals: Totals::default(),
            latency: Durations::new(),
            service: open_loop.then(Durations::new),
            connects: Durations::new(),
            tls: Durations::new(),
            lag: Durations::new(),
            waited: 0,
            streams_allowed: None,
            never_sent: 0,
            statuses: vec![0; 1000],
            errors: BTreeMap::new(),
            samples: Vec::new(),
            received_bytes: 0,
            since_success: SinceSuccess::nothing(origin),
            current: SliceCount::new(0),
            finished: Vec::new(),
            slice_end: slice,
        }
    }

    /// A request is begun; it ends with `completed`, `failed` or `unfinished`.
    pub(crate) fn sent(&mut self) {
        self.totals.sent += 1;
    }

    /// A begun request of an open loop had to wait for a connection.
    pub(crate) fn waited(&mut self) {
        self.waited += 1;
    }

    /// The server allows fewer streams on a connection than planned.
    pub(crate) fn streams_allowed(&mut self, streams: usize) {
        self.streams_allowed = Some(self.streams_allowed.map_or(streams, |fewest| fewest.min(streams)));
    }

    /// A request is sent again because the server had closed the idle connection.
    pub(crate) fn retried(&mut self) {
        self.totals.retried += 1;
    }

    /// How late a timer fired, or a request went out though a connection was free.
    pub(crate) fn lag(&mut self, late: Duration) {
        self.lag.record(late);
    }

    /// A connection is made.
    pub(crate) fn connected(&mut self, tcp: Duration, tls: Option<Duration>) {
        self.connects.record(tcp);
        if let Some(tls) = tls {
            self.tls.record(tls);
        }
    }

    /// A request has its expected response. `service` is from the start of writing; `latency`
    /// is the same in a closed loop, and from the intended time in an open one.
    pub(crate) fn completed(&mut self, status: Option<u16>, received_bytes: u64, latency: Duration, service: Duration, now: Instant) {
        self.roll(now);
        self.response(status, received_bytes);
        self.totals.completed += 1;
        self.current.completed += 1;
        self.current.latency.record(latency);
        if let Some(services) = &mut self.service {
            services.record(service);
        }
        self.since_success.at = now;
        if self.since_success.failed > 0 {
            self.since_success = SinceSuccess::nothing(now);
        }
    }

    /// A request has no response, or another than expected; `sample` is the start of its body.
    pub(crate) fn failed(&mut self, failure: &Failure, status: Option<u16>, received_bytes: u64, sample: &[u8], now: Instant) {
        self.roll(now);
        self.response(status, received_bytes);
        self.totals.failed += 1;
        self.current.failed += 1;
        self.since_success.failed += 1;
        self.since_success.unheard += u64::from(self.is_unheard(failure.kind, status));
        if failure.is_of_protocol && self.since_success.of_protocol.is_none() {
            self.since_success.of_protocol = Some(failure.clone());
        }
        self.since_success.last = Some(failure.clone());
        let count = self.errors.entry(failure.kind).or_default();
        *count += 1;
        if self.samples.len() < SAMPLES || *count == 1 {
            self.samples.push(FailureSample {
                at_ms: millis(now.saturating_duration_since(self.origin)),
                kind: failure.kind,
                status,
                message: failure.message.clone(),
                body: String::from_utf8_lossy(sample).into_owned(),
            });
        }
    }

    fn is_unheard(&self, kind: FailureKind, status: Option<u16>) -> bool {
        let is_first_contact = self.totals.completed == 0 && status.is_none();
        match kind {
            FailureKind::Refused => true,
            FailureKind::Closed | FailureKind::Reset | FailureKind::Tls => is_first_contact,
            _ => false,
        }
    }

    /// Requests in flight when the run ends.
    pub(crate) fn unfinished(&mut self, requests: u64) {
        self.totals.unfinished += requests;
    }

    /// Requests that were due when the run ends, and not begun.
    pub(crate) fn never_sent(&mut self, requests: u64) {
        self.totals.sent += requests;
        self.never_sent += requests;
        self.unfinished(requests);
    }

    fn response(&mut self, status: Option<u16>, received_bytes: u64) {
        if let Some(count) = status.and_then(|status| self.statuses.get_mut(usize::from(status))) {
            *count += 1;
        }
        self.received_bytes += received_bytes;
    }

    /// Responses by status, whatever became of them.
    pub(crate) fn statuses(&self) -> impl Iterator<Item = (u16, u64)> + '_ {
        (0..).zip(&self.statuses).filter(|(_, count)| **count > 0).map(|(status, count)| (status, *count))
    }

    /// Shows the state of now to whoever watches the run.
    pub(crate) fn publish(&mut self, published: &Published, now: Instant) {
        self.roll(now);
        self.show(published, Some(now));
    }

    /// Ends the recording: publishes the last slices, the current one among them.
    pub(crate) fn finish(&mut self, published: &Published) {
        self.end_slice(self.current.index);
        self.show(published, None);
    }

    fn show(&mut self, published: &Published, at: Option<Instant>) {
        let mut glimpse = published.lock();
        glimpse.totals = self.totals;
        glimpse.since_success.clone_from(&self.since_success);
        glimpse.slices.append(&mut self.finished);
        glimpse.at = at.unwrap_or(glimpse.at);
    }

    /// Ends the slices before the one `now` lies in.
    fn roll(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.origin);
        if elapsed >= self.slice_end {
            let index = u64::try_from(elapsed.as_nanos() / self.slice.as_nanos()).unwrap_or(u64::MAX);
            let end = (u128::from(index) + 1) * self.slice.as_nanos();
            self.slice_end = Duration::from_nanos(u64::try_from(end).unwrap_or(u64::MAX));
            self.end_slice(index);
        }
    }

    fn end_slice(&mut self, next: u64) {
        let ended = std::mem::replace(&mut self.current, SliceCount::new(next));
        if ended.completed + ended.failed > 0 {
            self.latency.absorb(&ended.latency);
            self.finished.push(ended);
        }
    }
}

impl Published {
    pub(crate) fn new(origin: Instant) -> Self {
        let since_success = SinceSuccess::nothing(origin);
        Self(Mutex::new(Glimpse { totals: Totals::default(), since_success, slices: Vec::new(), at: origin }))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Glimpse> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SinceSuccess {
    /// Nothing since `at`.
    pub(crate) fn nothing(at: Instant) -> Self {
        Self { at, failed: 0, unheard: 0, of_protocol: None, last: None }
    }
}

impl SliceCount {
    pub(crate) fn new(index: u64) -> Self {
        Self { index, completed: 0, failed: 0, latency: Durations::new() }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.completed += other.completed;
        self.failed += other.failed;
        self.latency.add(&other.latency);
    }
}

pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spoken::Spoken;

    fn completed(recorder: &mut Recorder, us: u64, now: Instant) {
        let took = Duration::from_micros(us);
        recorder.completed(Some(200), 5, took, took, now);
    }

    #[test]
    fn slices_by_time_of_completion() {
        let origin = Instant::now();
        let at = |ms| origin + Duration::from_millis(ms);
        let mut recorder = Recorder::new(origin, Duration::from_millis(100), false);
        let published = Published::new(origin);
        completed(&mut recorder, 60, at(10));
        completed(&mut recorder, 80, at(99));
        recorder.failed(&Failure::new(FailureKind::Reset, "x"), None, 0, b"", at(350));
        let taken = || -> Vec<(u64, u64, u64)> {
            let slices = std::mem::take(&mut published.lock().slices);
            slices.iter().map(|slice| (slice.index, slice.completed, slice.failed)).collect()
        };
        recorder.publish(&published, at(399));
        assert_eq!(taken(), [(0, 2, 0)]);
        recorder.publish(&published, at(1000));
        assert_eq!(taken(), [(3, 0, 1)]);
        completed(&mut recorder, 80, at(1001));
        assert_eq!(recorder.latency.count(), 2);
        recorder.finish(&published);
        assert_eq!(taken(), [(10, 1, 0)]);
        assert_eq!(recorder.latency.count(), 3);
        assert_eq!((recorder.latency.min_ms(), recorder.latency.max_ms()), (0.06, 0.08));
        assert_eq!(recorder.statuses().collect::<Vec<_>>(), [(200, 3)]);
        assert_eq!(recorder.received_bytes, 15);
    }

    #[test]
    fn keeps_the_first_of_every_kind() {
        let now = Instant::now();
        let mut recorder = Recorder::new(now, Duration::from_secs(1), false);
        for _ in 0..10 {
            recorder.failed(&Failure::new(FailureKind::Status, "s"), Some(500), 1, b"b", now);
        }
        recorder.failed(&Failure::new(FailureKind::Reset, "r"), None, 0, b"", now);
        let kinds: Vec<_> = recorder.samples.iter().map(|sample| sample.kind).collect();
        use FailureKind::{Reset, Status};
        assert_eq!(kinds, [Status, Status, Status, Reset]);
        assert_eq!(recorder.errors[&Status], 10);
    }

    #[test]
    fn what_happened_since_the_last_success() {
        let origin = Instant::now();
        let published = Published::new(origin);
        let mut recorder = Recorder::new(origin, Duration::from_secs(1), false);
        recorder.failed(&Failure::new(FailureKind::Refused, "r"), None, 0, b"", origin);
        recorder.failed(&Spoken::Tls.failure(FailureKind::Status), Some(400), 0, b"", origin);
        recorder.failed(&Failure::new(FailureKind::Reset, "s"), None, 0, b"", origin);
        recorder.publish(&published, origin);
        let since = published.lock().since_success.clone();
        assert_eq!((since.at, since.failed, since.unheard), (origin, 3, 2));
        assert_eq!((since.last.unwrap().message.as_str(), since.of_protocol.map(|failure| failure.kind)), ("s", Some(FailureKind::Status)));
        let later = origin + Duration::from_millis(3);
        completed(&mut recorder, 60, later);
        recorder.publish(&published, later);
        let since = published.lock().since_success.clone();
        assert_eq!((since.at, since.failed, since.last), (later, 0, None));
        // The server has been heard of.
        recorder.failed(&Failure::new(FailureKind::Reset, "s"), None, 0, b"", later);
        recorder.publish(&published, later);
        assert_eq!(published.lock().since_success.unheard, 0);
    }
}
