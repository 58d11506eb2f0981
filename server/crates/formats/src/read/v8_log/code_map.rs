//! Which code lies at an address, as the log tells it: code is created, moved by the garbage collector, and its space used again.

use std::collections::BTreeMap;

/// Address ranges and what lies in them. A new range replaces what it overlaps.
#[derive(Debug)]
pub(super) struct CodeMap<T> {
    ranges: BTreeMap<u64, Range<T>>,
}

#[derive(Debug)]
struct Range<T> {
    end: u64,
    code: T,
}

impl<T> Default for CodeMap<T> {
    fn default() -> Self {
        Self { ranges: BTreeMap::new() }
    }
}

impl<T> CodeMap<T> {
    /// Puts code at an address. An empty range takes one byte, so that it can be found.
    pub(super) fn insert(&mut self, start: u64, size: u64, code: T) {
        let end = start.saturating_add(size.max(1));
        while let Some((below, _)) = self.ranges.range(..end).next_back().filter(|(_, range)| range.end > start) {
            let below = *below;
            self.ranges.remove(&below);
        }
        self.ranges.insert(start, Range { end, code });
    }

    /// Moves the code that starts at `from`. Returns whether there was any.
    pub(super) fn relocate(&mut self, from: u64, to: u64) -> bool {
        match self.ranges.remove(&from) {
            Some(range) => {
                self.insert(to, range.end - from, range.code);
                true
            }
            None => false,
        }
    }

    /// Forgets the code that starts at an address. Returns whether there was any.
    pub(super) fn remove(&mut self, start: u64) -> bool {
        self.ranges.remove(&start).is_some()
    }

    /// The start of the code around an address, and the code.
    pub(super) fn find(&mut self, address: u64) -> Option<(u64, &mut T)> {
        let (start, range) = self.ranges.range_mut(..=address).next_back()?;
        (address < range.end).then_some((*start, &mut range.code))
    }

    /// The code that starts at an address.
    pub(super) fn at(&mut self, start: u64) -> Option<&mut T> {
        self.ranges.get_mut(&start).map(|range| &mut range.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(map: &mut CodeMap<&str>, address: u64, expected: Option<(u64, &str)>) {
        assert_eq!(map.find(address).map(|(start, code)| (start, *code)), expected, "{address:#x}");
    }

    #[test]
    fn lookup() {
        let mut map = CodeMap::default();
        map.insert(0x100, 0x10, "a");
        map.insert(0x200, 0, "empty");
        check(&mut map, 0xff, None);
        check(&mut map, 0x100, Some((0x100, "a")));
        check(&mut map, 0x10f, Some((0x100, "a")));
        check(&mut map, 0x110, None);
        check(&mut map, 0x200, Some((0x200, "empty")));
    }

    #[test]
    fn new_code_replaces_what_it_overlaps() {
        let mut map = CodeMap::default();
        map.insert(0x100, 0x10, "a");
        map.insert(0x110, 0x10, "b");
        map.insert(0x120, 0x10, "c");
        map.insert(0x108, 0x10, "new");
        check(&mut map, 0x100, None);
        check(&mut map, 0x117, Some((0x108, "new")));
        check(&mut map, 0x11f, None);
        check(&mut map, 0x120, Some((0x120, "c")));
    }

    #[test]
    fn moved_code() {
        let mut map = CodeMap::default();
        map.insert(0x100, 0x10, "a");
        assert!(map.relocate(0x100, 0x300));
        assert!(!map.relocate(0x100, 0x400));
        check(&mut map, 0x105, None);
        check(&mut map, 0x305, Some((0x300, "a")));
        map.insert(u64::MAX - 1, 100, "end");
        check(&mut map, u64::MAX - 1, Some((u64::MAX - 1, "end")));
    }
}
