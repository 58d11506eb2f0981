use std::sync::{Arc, Mutex};
use std::time::Instant;

use http::header;
use http::response::Parts;

use super::connect::Connector;
use super::deadline::Deadline;
use super::exchange::{Sink, exchange, ready};
use super::failure::Broken;
use super::link::{Connecting, Lane, Link, Turn, needs_pause, pause};
use super::{Worker, lock};
use crate::check::Check;
use crate::cookies::Cookies;
use crate::expect::Expect;
use crate::failure::{Failure, FailureKind};
use crate::schedule::Pace;

/// Room for one request in flight on a link.
pub(super) struct Slot {
    worker: Arc<Worker>,
    link: Arc<Link>,
    /// Of the slots of the link.
    index: usize,
    lane: Option<Lane>,
    deadline: Deadline,
    check: Check,
    /// In a row, for which the server is given a pause.
    failures: u32,
}

/// A request that is counted as sent, and as unfinished when dropped before it has ended.
struct Begun {
    worker: Arc<Worker>,
    number: u64,
    /// In an open loop.
    due: Option<Instant>,
    has_ended: bool,
}

impl Slot {
    pub(super) fn new(worker: Arc<Worker>, link: Arc<Link>, index: usize) -> Self {
        let deadline = Deadline::new(worker.shared.plan.timeout);
        Self { worker, link, index, lane: None, deadline, check: Check::default(), failures: 0 }
    }

    /// Sends requests until there is none left.
    pub(super) async fn run(mut self) {
        while let Some(request) = self.next().await {
            match self.carry_out(request).await {
                Ok(()) => self.failures = 0,
                Err(failure) if needs_pause(&failure) => {
                    tokio::time::sleep(pause(self.failures)).await;
                    self.failures += 1;
                }
                Err(_) => self.failures = 0,
            }
        }
        self.link.close();
    }

    /// The next request, once it is due and there is a connection for it. Requests that
    /// fail because none can be made are done with here.
    async fn next(&mut self) -> Option<Begun> {
        let is_closed = self.worker.shared.plan.pace == Pace::Closed;
        loop {
            if self.lane.as_ref().is_some_and(|lane| !lane.is_over()) {
                return self.claim().await;
            }
            match self.link.turn(self.index).await? {
                Turn::Use(lane) => self.lane = Some(lane),
                Turn::Connect(connecting) => {
                    let begun = match is_closed {
                        true => Some(self.claim().await?),
                        // Connections are made ahead of the requests, as far as they can be.
                        false => None,
                    };
                    self.deadline.start(Instant::now());
                    match self.connect(connecting).await {
                        Ok(()) if begun.is_some() => return begun,
                        Ok(()) => {}
                        Err(failure) => {
                            let begun = match begun {
                                Some(begun) => begun,
                                None => self.claim().await?,
                            };
                            begun.failed(&failure, &Check::default());
                        }
                    }
                }
            }
        }
    }

    async fn claim(&self) -> Option<Begun> {
        let worker = &self.worker;
        let origin = worker.shared.origin;
        if worker.shared.plan.pace == Pace::Closed {
            let number = lock(&worker.arrivals).next(&worker.shared)?;
            return Some(Begun::new(worker, number, None));
        }
        let (number, due) = lock(&worker.arrivals).take()?;
        // Further ahead than clocks count: never.
        let due = origin.checked_add(due)?;
        let now = Instant::now();
        if due <= now {
            lock(&worker.recorder).waited();
        } else {
            worker.pacer.wait(due).await;
            lock(&worker.recorder).lag(due.elapsed());
        }
        Some(Begun::new(worker, number, Some(due)))
    }

    async fn connect(&mut self, connecting: Connecting) -> Result<(), Failure> {
        match self.make_lane().await {
            Ok(lane) => {
                connecting.made(&lane);
                self.lane = Some(lane);
                Ok(())
            }
            Err(failure) => {
                connecting.failed(&failure);
                Err(failure)
            }
        }
    }

    async fn make_lane(&mut self) -> Result<Lane, Failure> {
        let shared = &self.worker.shared;
        let connector = Connector { endpoints: &shared.endpoints, target: &shared.plan.target, tls: shared.tls.as_ref() };
        let timeout = shared.plan.timeout;
        let made = self
            .deadline
            .within(connector.connect())
            .await
            .unwrap_or_else(|| Err(Failure::new(FailureKind::ConnectTimeout, format!("no connection within {timeout:?}"))))?;
        let mut recorder = lock(&self.worker.recorder);
        recorder.connected(made.tcp, made.tls);
        if made.max_streams < shared.plan.in_flight {
            recorder.streams_allowed(made.max_streams);
        }
        drop(recorder);
        Ok(Lane::new(made))
    }

    /// The connection for a request that has begun.
    async fn lane(&mut self) -> Result<Lane, Failure> {
        loop {
            if let Some(lane) = self.lane.take_if(|lane| !lane.is_over()) {
                return Ok(lane);
            }
            let timeout = self.worker.shared.plan.timeout;
            let late = || Err(Failure::new(FailureKind::ConnectTimeout, format!("no connection within {timeout:?}")));
            match self.deadline.within(self.link.turn_again()).await.unwrap_or_else(late)? {
                Turn::Use(lane) => return Ok(lane),
                Turn::Connect(connecting) => self.connect(connecting).await?,
            }
        }
    }

    async fn carry_out(&mut self, begun: Begun) -> Result<(), Failure> {
        let worker = Arc::clone(&self.worker);
        let (plan, requests) = (&worker.shared.plan, &worker.shared.requests);
        let link = Arc::clone(&self.link);
        let index = requests.index(begun.number);
        let expect = &requests.spec(index).expect;
        self.deadline.start(Instant::now());
        let mut is_retried = false;
        loop {
            self.check.begin();
            let mut lane = match self.lane().await {
                Ok(lane) => lane,
                Err(failure) => return Err(begun.failed(&failure, &self.check)),
            };
            let is_reused = lane.connection.has_answered();
            let mut sink = Judge { check: &mut self.check, expect, max_body_bytes: plan.max_body_bytes, cookies: link.cookies.as_ref() };
            let mut started = Instant::now();
            let outcome = self.deadline.within(async {
                ready(&mut lane.sender, &lane.connection).await?;
                let request = worker.request(begun.number, link.cookies.as_ref());
                started = Instant::now();
                exchange(&mut lane.sender, &lane.connection, request, &mut sink).await
            });
            let outcome = outcome.await;
            self.lane = Some(lane);
            let broken = match outcome {
                Some(Ok(())) => return begun.answered(&mut self.check, expect, started),
                Some(Err(broken)) => broken,
                None => Broken::Failed(Failure::new(FailureKind::Timeout, format!("no complete response within {:?}", plan.timeout))),
            };
            let again = match &broken {
                // The connection that follows is a new one.
                Broken::Unsent(_) => is_reused,
                Broken::Refused(_) => !std::mem::replace(&mut is_retried, true),
                Broken::Lost(_) => {
                    let is_silent = self.check.status().is_none();
                    is_reused && is_silent && requests.is_idempotent(index) && !std::mem::replace(&mut is_retried, true)
                }
                Broken::Failed(_) => false,
            };
            if !again {
                return Err(begun.failed(&broken.into_failure(), &self.check));
            }
            if !matches!(broken, Broken::Unsent(_)) {
                lock(&worker.recorder).retried();
            }
        }
    }
}

impl Begun {
    fn new(worker: &Arc<Worker>, number: u64, due: Option<Instant>) -> Self {
        lock(&worker.recorder).sent();
        Self { worker: Arc::clone(worker), number, due, has_ended: false }
    }

    /// The whole response is here: a success if it is the expected one.
    fn answered(mut self, check: &mut Check, expect: &Expect, started: Instant) -> Result<(), Failure> {
        if let Err(failure) = check.end(expect) {
            return Err(self.failed(&failure, check));
        }
        self.has_ended = true;
        let now = Instant::now();
        let latency = now - self.due.unwrap_or(started);
        lock(&self.worker.recorder).completed(check.status(), check.received(), latency, now - started, now);
        Ok(())
    }

    fn failed(mut self, failure: &Failure, check: &Check) -> Failure {
        self.has_ended = true;
        lock(&self.worker.recorder).failed(failure, check.status(), check.received(), check.sample(), Instant::now());
        self.worker.shared.count_failure();
        failure.clone()
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if !self.has_ended {
            lock(&self.worker.recorder).unfinished(1);
        }
    }
}

/// Judges a response, and keeps its cookies.
struct Judge<'a> {
    check: &'a mut Check,
    expect: &'a Expect,
    max_body_bytes: u64,
    cookies: Option<&'a Mutex<Cookies>>,
}

impl Sink for Judge<'_> {
    fn head(&mut self, parts: &Parts) {
        let location = parts.headers.get(header::LOCATION).map(|value| value.as_bytes());
        self.check.head(self.expect, parts.status.as_u16(), location);
        if let Some(encoding) = parts.headers.get(header::CONTENT_ENCODING) {
            self.check.content_encoding(encoding.as_bytes());
        }
        if let Some(cookies) = self.cookies {
            for cookie in parts.headers.get_all(header::SET_COOKIE) {
                lock(cookies).store(cookie.as_bytes());
            }
        }
    }

    fn chunk(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.check.chunk(self.expect, self.max_body_bytes, bytes)
    }
}
