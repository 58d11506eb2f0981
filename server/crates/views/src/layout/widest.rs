//! Finds boxes that are wide enough to be seen without looking at the others.

use std::ops::Range;

/// Boxes that share one number, and so on upwards.
const FAN: usize = 16;

/// The greatest width of each 16 boxes, of each 16 such groups, and so on.
#[derive(Debug, Default)]
pub(super) struct Widest {
    levels: Vec<Vec<u64>>,
}

impl Widest {
    pub(super) fn new(widths: impl Iterator<Item = u64>) -> Self {
        let mut level: Vec<u64> = Vec::new();
        for (at, width) in widths.enumerate() {
            match level.last_mut() {
                Some(greatest) if !at.is_multiple_of(FAN) => *greatest = width.max(*greatest),
                _ => level.push(width),
            }
        }
        let mut levels = Vec::new();
        while level.len() > 1 {
            let above = level.chunks(FAN).map(|group| group.iter().copied().max().unwrap_or(0)).collect();
            levels.push(std::mem::replace(&mut level, above));
        }
        levels.push(level);
        Self { levels }
    }

    /// The first of these boxes that is at least `width` wide.
    pub(super) fn next(&self, boxes: Range<usize>, width: u64, width_of: impl Fn(usize) -> u64) -> Option<usize> {
        let mut at = boxes.start;
        while at < boxes.end {
            let narrow = self.narrow_from(at, width);
            if narrow > 0 {
                at += narrow;
            } else if width_of(at) >= width {
                return Some(at);
            } else {
                at += 1;
            }
        }
        None
    }

    /// How many boxes from here on are known to be narrower, by the largest group that begins here.
    fn narrow_from(&self, at: usize, width: u64) -> usize {
        let mut narrow = 0;
        let mut span = FAN;
        for level in &self.levels {
            if !at.is_multiple_of(span) || level.get(at / span).is_none_or(|greatest| *greatest >= width) {
                break;
            }
            narrow = span;
            span *= FAN;
        }
        narrow
    }
}

#[cfg(test)]
mod tests {
    use super::Widest;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn finds_what_a_scan_finds(widths in prop::collection::vec(0u64..50, 0..700), from in 0usize..700, to in 0usize..700, width in 0u64..60) {
            let widest = Widest::new(widths.iter().copied());
            let range = from.min(widths.len())..to.min(widths.len());
            let scanned = range.clone().find(|at| widths[*at] >= width);
            prop_assert_eq!(widest.next(range, width, |at| widths[at]), scanned);
        }
    }
}
