use std::time::Duration;

use crate::plan::Limit;
use crate::run_state::Shared;
use crate::schedule::{Pace, Rate};

/// One of the threads of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WorkerIndex {
    pub(crate) index: usize,
    /// How many there are.
    pub(crate) of: usize,
}

impl WorkerIndex {
    /// This thread's part of `whole`: parts as equal as can be.
    pub(crate) fn share(self, whole: usize) -> usize {
        whole / self.of + usize::from(self.index < whole % self.of)
    }
}

/// The requests of one thread, by their numbers in the run, in the order in which they are sent.
///
/// Of an open loop thread i of t has the requests i, i + t, i + 2·t, …, so that the threads
/// together keep the schedule without asking each other.
pub(crate) struct Arrivals {
    rate: Option<Rate>,
    limit: Limit,
    /// In a closed loop limited to a number of requests they are claimed instead.
    next: u64,
    step: u64,
    /// When `next` is due.
    due: Option<Duration>,
}

impl Arrivals {
    pub(crate) fn new(pace: Pace, limit: Limit, worker: WorkerIndex) -> Self {
        let rate = match pace {
            Pace::Closed => None,
            Pace::Open(rate) => Some(rate),
        };
        let mut arrivals = Self { rate, limit, next: worker.index as u64, step: worker.of as u64, due: None };
        arrivals.set_due();
        arrivals
    }

    /// Closed loop: the number of the next request; None when no more are to be sent.
    pub(crate) fn next(&mut self, shared: &Shared) -> Option<u64> {
        if shared.is_stopping() {
            return None;
        }
        match self.limit {
            Limit::Duration(_) => {
                let number = self.next;
                self.next += self.step;
                Some(number)
            }
            Limit::Requests(most) => shared.claim(most),
        }
    }

    /// Open loop: when the next request is due, from the start of the run; None when no more
    /// are to be sent, and in a closed loop.
    pub(crate) fn due(&self) -> Option<Duration> {
        self.due
    }

    /// Open loop: the next request, with the time it is or was due.
    pub(crate) fn take(&mut self) -> Option<(u64, Duration)> {
        let due = self.due?;
        let number = self.next;
        self.next += self.step;
        self.set_due();
        Some((number, due))
    }

    /// Open loop: takes all requests that are due until `elapsed` (exclusively), and tells how many they are.
    pub(crate) fn take_due_before(&mut self, elapsed: Duration) -> u64 {
        let is_due = |count: u64| self.due_of(self.next.saturating_add(count.saturating_mul(self.step))).is_some_and(|due| due < elapsed);
        // Requests are due one after the other: the first that is not is found by halving.
        let (mut taken, mut beyond) = (0, 1);
        while is_due(beyond - 1) {
            taken = beyond;
            beyond *= 2;
        }
        while taken + 1 < beyond {
            let middle = taken + (beyond - taken) / 2;
            match is_due(middle - 1) {
                true => taken = middle,
                false => beyond = middle,
            }
        }
        self.next += taken * self.step;
        self.set_due();
        taken
    }

    fn set_due(&mut self) {
        self.due = self.due_of(self.next);
    }

    /// When request `number` is due, if it is to be sent at all.
    fn due_of(&self, number: u64) -> Option<Duration> {
        self.rate.map(|rate| rate.due(number)).filter(|due| match self.limit {
            Limit::Duration(duration) => *due < duration,
            Limit::Requests(most) => number < most,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_shared_out() {
        for (whole, of) in [(1, 1), (7, 3), (8, 4), (5, 4)] {
            let shares: Vec<_> = (0..of).map(|index| WorkerIndex { index, of }.share(whole)).collect();
            assert_eq!(shares.iter().sum::<usize>(), whole);
            assert!(shares.iter().all(|share| *share >= 1), "{shares:?}");
        }
    }

    #[test]
    fn threads_keep_one_schedule() {
        let pace = Pace::Open(Rate::Constant(1000.0));
        let check = |limit, of, expected: u64| {
            let mut all = Vec::new();
            for index in 0..of {
                let mut arrivals = Arrivals::new(pace, limit, WorkerIndex { index, of });
                while let Some(taken) = arrivals.take() {
                    all.push(taken);
                }
            }
            all.sort_unstable();
            let due: Vec<_> = (0..expected).map(|n| (n, Duration::from_millis(n))).collect();
            assert_eq!(all, due, "{limit:?} {of}");
        };
        check(Limit::Requests(10), 1, 10);
        check(Limit::Requests(10), 3, 10);
        check(Limit::Requests(1), 3, 1);
        check(Limit::Duration(Duration::from_millis(7)), 2, 7);
    }

    #[test]
    fn what_was_due() {
        let pace = Pace::Open(Rate::Constant(1000.0));
        let mut arrivals = Arrivals::new(pace, Limit::Requests(10), WorkerIndex { index: 0, of: 1 });
        arrivals.take();
        assert_eq!(arrivals.due(), Some(Duration::from_millis(1)));
        assert_eq!(arrivals.take_due_before(Duration::from_millis(4)), 3);
        assert_eq!(arrivals.take_due_before(Duration::from_secs(4)), 6);
        assert_eq!(arrivals.due(), None);
        for (elapsed_ms, of) in [(0, 1), (1, 1), (2, 2), (1023, 3), (1024, 1), (1025, 1), (99_999, 7)] {
            let worker = WorkerIndex { index: of - 1, of };
            let elapsed = Duration::from_millis(elapsed_ms);
            let (mut at_once, mut single) = (Arrivals::new(pace, Limit::Requests(5000), worker), 0);
            let mut one_by_one = Arrivals::new(pace, Limit::Requests(5000), worker);
            while one_by_one.due().is_some_and(|due| due < elapsed) {
                one_by_one.take();
                single += 1;
            }
            assert_eq!(at_once.take_due_before(elapsed), single, "{elapsed_ms} {of}");
            assert_eq!(at_once.due(), one_by_one.due());
        }
        let closed = Arrivals::new(Pace::Closed, Limit::Requests(10), WorkerIndex { index: 0, of: 1 });
        assert_eq!(closed.due(), None);
    }
}
