use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::http::response::Parts;

use crate::connection::Sink;
use crate::failure::{Failure, FailureKind};
use crate::plan::Plan;
use crate::record::Recorder;

/// Longest part of a body kept as an example of a failure.
const SAMPLE_BYTES: usize = 2 << 10;

/// A request under way: counted as sent when made, and as unfinished when dropped
/// before it has been settled.
pub(crate) struct InFlight<'a> {
    plan: &'a Plan,
    recorder: &'a Mutex<Recorder>,
    response: Progress,
    settled: bool,
}

/// What has come of the response.
#[derive(Default)]
struct Progress {
    status: Option<u16>,
    accepted: bool,
    received: u64,
    mismatch: Option<String>,
    sample: Vec<u8>,
}

impl<'a> InFlight<'a> {
    pub(crate) fn begin(plan: &'a Plan, recorder: &'a Mutex<Recorder>) -> Self {
        lock(recorder).totals.sent += 1;
        Self { plan, recorder, response: Progress::default(), settled: false }
    }

    /// Takes note of a connection made for this request.
    pub(crate) fn connected(&self, took: Duration) {
        lock(self.recorder).connects.record(took);
    }

    pub(crate) fn retried(&mut self) {
        lock(self.recorder).totals.retried += 1;
    }

    /// The whole response is here: a success if it is the expected one.
    pub(crate) fn answered(mut self, latency: Duration, now: Instant) -> Result<(), Failure> {
        match self.wrong() {
            None => {
                self.settle(|recorder, _| recorder.completed(latency, now));
                Ok(())
            }
            Some(failure) => Err(self.failed(failure, now)),
        }
    }

    pub(crate) fn failed(mut self, failure: Failure, now: Instant) -> Failure {
        self.settle(|recorder, response| {
            recorder.failed(&failure, response.status, &response.sample, now);
        });
        failure
    }

    fn settle(&mut self, record: impl FnOnce(&mut Recorder, &Progress)) {
        self.settled = true;
        let mut recorder = lock(self.recorder);
        recorder.status(self.response.status);
        recorder.received_bytes += self.response.received;
        record(&mut recorder, &self.response);
    }

    fn wrong(&self) -> Option<Failure> {
        let response = &self.response;
        if !response.accepted {
            let status = response.status.unwrap_or_default();
            return Some(Failure::new(FailureKind::Status, format!("unexpected status {status}")));
        }
        if let Some(message) = &response.mismatch {
            return Some(Failure::new(FailureKind::BodyMismatch, message));
        }
        let expected = self.plan.first().expect.exact_body().map(|body| body.len() as u64);
        expected.filter(|expected| *expected != response.received).map(|expected| {
            let message = format!("the body has {} bytes, {expected} were expected", response.received);
            Failure::new(FailureKind::BodyMismatch, message)
        })
    }
}

impl Sink for InFlight<'_> {
    fn head(&mut self, parts: &Parts) {
        let status = parts.status.as_u16();
        self.response.status = Some(status);
        self.response.accepted = self.plan.first().expect.status.accepts(status);
    }

    fn chunk(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let response = &mut self.response;
        let at = response.received;
        response.received += bytes.len() as u64;
        if response.accepted
            && response.mismatch.is_none()
            && let Some(expected) = self.plan.first().expect.exact_body()
        {
            response.mismatch = mismatch(expected, at, bytes);
        }
        if !response.accepted || response.mismatch.is_some() {
            let room = SAMPLE_BYTES - response.sample.len();
            response.sample.extend_from_slice(&bytes[..room.min(bytes.len())]);
        }
        if response.received > self.plan.max_body_bytes {
            return Err(self.wrong().filter(|_| !self.response.accepted).unwrap_or_else(|| {
                let most = self.plan.max_body_bytes;
                Failure::new(FailureKind::BodyTooLarge, format!("the body is longer than {most} bytes"))
            }));
        }
        Ok(())
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        if !self.settled {
            self.settle(|recorder, _| recorder.totals.unfinished += 1);
        }
    }
}

fn mismatch(expected: &Bytes, at: u64, bytes: &[u8]) -> Option<String> {
    let rest = usize::try_from(at).ok().and_then(|at| expected.get(at..));
    let rest = rest.unwrap_or_default();
    if rest.starts_with(bytes) {
        return None;
    }
    let same = rest.iter().zip(bytes).take_while(|(a, b)| a == b).count();
    let offset = at + same as u64;
    Some(if same == rest.len() {
        format!("the body is longer than the {offset} bytes expected")
    } else {
        format!("the body differs from the expected one at byte {offset}")
    })
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
