use std::collections::BTreeMap;
use std::time::Duration;

use crate::record::SliceCount;
use crate::report::Slice;

/// The slices of all threads, put together.
pub(crate) struct Series {
    slice: Duration,
    pub(crate) done: Vec<Slice>,
    open: BTreeMap<u64, SliceCount>,
}

impl Series {
    pub(crate) fn new(slice: Duration) -> Self {
        Self { slice, done: Vec::new(), open: BTreeMap::new() }
    }

    pub(crate) fn add(&mut self, counts: Vec<SliceCount>) {
        for count in counts {
            match self.open.get_mut(&count.index) {
                Some(known) => known.add(&count),
                None => {
                    self.open.insert(count.index, count);
                }
            }
        }
    }

    /// Closes the slices before `elapsed`, those without events included.
    pub(crate) fn finish_before(&mut self, elapsed: Duration) {
        let elapsed = elapsed.as_nanos();
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
    pub(crate) fn end(mut self, duration: Duration) -> Vec<Slice> {
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

    #[test]
    fn slices_cover_the_run_without_gaps() {
        let mut series = Series::new(Duration::from_millis(100));
        let mut busy = SliceCount::new(2);
        busy.completed = 7;
        series.add(vec![busy]);
        let mut again = SliceCount::new(2);
        again.completed = 1;
        series.add(vec![again]);
        series.finish_before(Duration::from_millis(399));
        assert_eq!(series.done.len(), 3);
        let slices = series.end(Duration::from_millis(450));
        let counts: Vec<_> = slices.iter().map(|slice| slice.completed).collect();
        assert_eq!(counts, [0, 0, 8, 0, 0]);
        assert_eq!(slices[4].duration_ms, 50.0);
        assert_eq!(slices[4].start_ms, 400.0);
    }
}
