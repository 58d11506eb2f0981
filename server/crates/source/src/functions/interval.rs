//! Which of many nested intervals is the innermost at an offset.

/// Nested half-open intervals, flattened: the innermost one is found by one binary search.
#[derive(Clone, Debug, Default)]
pub(crate) struct Innermost {
    /// From this offset on, this is the innermost interval (or none).
    boundaries: Vec<(usize, Option<u32>)>,
}

impl Innermost {
    /// From `(start, end, value)`; of two equal intervals the later one is the inner. Empty intervals hold nothing.
    pub(crate) fn new(mut intervals: Vec<(usize, usize, u32)>) -> Self {
        intervals.retain(|&(start, end, _)| start < end);
        // Stable: keeps the order of equal intervals.
        intervals.sort_by_key(|&(start, end, _)| (start, std::cmp::Reverse(end)));
        let mut boundaries: Vec<(usize, Option<u32>)> = Vec::with_capacity(intervals.len() * 2);
        let mut set = |offset: usize, value: Option<u32>| match boundaries.last_mut() {
            Some(last) if last.0 == offset => last.1 = value,
            _ => boundaries.push((offset, value)),
        };
        let mut open: Vec<(usize, u32)> = Vec::new();
        for (start, end, value) in intervals {
            while let Some(&(closed, _)) = open.last().filter(|&&(end, _)| end <= start) {
                open.pop();
                set(closed, open.last().map(|&(_, value)| value));
            }
            set(start, Some(value));
            // A crossing interval cannot outlive the one it began in.
            let end = open.last().map_or(end, |&(outer, _)| end.min(outer));
            open.push((end, value));
        }
        while let Some((closed, _)) = open.pop() {
            set(closed, open.last().map(|&(_, value)| value));
        }
        Self { boundaries }
    }

    /// The innermost interval that holds `offset`.
    pub(crate) fn at(&self, offset: usize) -> Option<u32> {
        let after = self.boundaries.partition_point(|&(start, _)| start <= offset);
        self.boundaries.get(after.checked_sub(1)?)?.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn innermost() {
        let map = Innermost::new(vec![(0, 100, 0), (10, 50, 1), (10, 20, 2), (20, 30, 3), (60, 60, 4), (70, 100, 5), (90, 120, 6)]);
        let found: Vec<_> = [0, 9, 10, 19, 20, 29, 30, 49, 50, 60, 70, 90, 99, 100].iter().map(|&at| map.at(at)).collect();
        let expected = [0, 0, 2, 2, 3, 3, 1, 1, 0, 0, 5, 6, 6].map(Some).into_iter().chain([None]).collect::<Vec<_>>();
        assert_eq!(found, expected);
        assert_eq!(Innermost::default().at(3), None);
    }
}
