//! Replacements of text in bytes, and batches of them.

use ropey::RopeSlice;

/// One replacement: bytes `start..old_end` of the text before it became `start..new_end` of the text after it. In a list, each edit
/// counts in the text its predecessors left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextEdit {
    /// First byte replaced.
    pub start: usize,
    /// One past the last byte replaced.
    pub old_end: usize,
    /// One past the last byte put in its place.
    pub new_end: usize,
}

impl TextEdit {
    /// How far the text behind the edit moved, in bytes.
    pub fn delta(&self) -> isize {
        self.new_end as isize - self.old_end as isize
    }

    pub(crate) fn moved(self, by: isize) -> Self {
        let shift = |at: usize| at.saturating_add_signed(by);
        Self { start: shift(self.start), old_end: shift(self.old_end), new_end: shift(self.new_end) }
    }
}

/// Edits that do not overlap, ascending, all counted in the text before the first of them: so a place in that text finds by binary
/// search how far it moves, whatever their number.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    edits: Vec<TextEdit>,
    /// `moves[n]`: how far the first `n` edits move what is behind them.
    moves: Vec<isize>,
}

impl Batch {
    /// Cuts a list of edits into as few batches as their order allows. Editors send many edits at once sorted either way, so it is
    /// nearly always one.
    pub(crate) fn all(edits: &[TextEdit]) -> Vec<Self> {
        let mut batches = Vec::new();
        let mut rest = edits;
        while !rest.is_empty() {
            let descending = 1 + rest.windows(2).take_while(|pair| pair[1].old_end < pair[0].start).count();
            let ascending = 1 + rest.windows(2).take_while(|pair| pair[1].start > pair[0].new_end).count();
            let mut batch = Vec::with_capacity(descending.max(ascending));
            if descending > ascending {
                batch.extend(rest[..descending].iter().rev());
            } else {
                let mut moved = 0;
                for edit in &rest[..ascending] {
                    batch.push(edit.moved(-moved));
                    moved += edit.delta();
                }
            }
            rest = &rest[batch.len()..];
            let moves = std::iter::once(0).chain(batch.iter().scan(0, |sum, edit| {
                *sum += edit.delta();
                Some(*sum)
            }));
            batches.push(Self { moves: moves.collect(), edits: batch });
        }
        batches
    }

    /// For bytes `start..=end` of the text before: how far the edits wholly before them move them, and the edits that touch them
    /// then, each counted in the text the ones before it left.
    pub(crate) fn around(&self, start: usize, end: usize) -> (isize, impl Iterator<Item = TextEdit>) {
        let first = self.edits.partition_point(|edit| edit.old_end < start);
        let last = first + self.edits[first..].partition_point(|edit| edit.start <= end);
        let touching = (first..last).map(|n| self.edits[n].moved(self.moves[n]));
        (self.moves[first], touching)
    }
}

/// Lengths in bytes of the longest common start and, behind it, end of two texts, both on characters.
pub(crate) fn common_ends(old: RopeSlice<'_>, new: &str) -> (usize, usize) {
    let mut prefix = 0;
    for chunk in old.chunks() {
        let n = common_prefix(chunk.as_bytes(), &new.as_bytes()[prefix..]);
        prefix += n;
        if n < chunk.len() {
            break;
        }
    }
    while !new.is_char_boundary(prefix) {
        prefix -= 1;
    }
    let limit = (old.len_bytes() - prefix).min(new.len() - prefix);
    let mut suffix = 0;
    let (chunks, ..) = old.chunks_at_byte(old.len_bytes());
    let mut chunks = chunks.reversed();
    // Reversed, the iterator begins with what is behind its cursor: nothing, or the last chunk.
    while suffix < limit
        && let Some(chunk) = chunks.next()
    {
        let rest = &new.as_bytes()[..new.len() - suffix];
        let n = chunk.bytes().rev().zip(rest.iter().rev().copied()).take_while(|(a, b)| a == b).count();
        suffix += n;
        if n < chunk.len() {
            break;
        }
    }
    let mut suffix = suffix.min(limit);
    while !new.is_char_boundary(new.len() - suffix) {
        suffix -= 1;
    }
    (prefix, suffix)
}

fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ropey::Rope;

    use super::*;

    #[test]
    fn common_ends_on_characters() {
        fn check(old: &str, new: &str, expected: (usize, usize)) {
            assert_eq!(common_ends(Rope::from_str(old).slice(..), new), expected, "{old:?} {new:?}");
        }
        check("", "", (0, 0));
        check("abc", "abc", (3, 0));
        check("abc", "abbc", (2, 1));
        check("aaaa", "aa", (2, 0));
        check("aéc", "aèc", (1, 1));
        // 💥 and 💤 share three bytes at the start, é and 驩 their last one.
        check("x💥", "x💤", (1, 0));
        check("é", "驩", (0, 0));
    }

    fn sequence() -> impl Strategy<Value = Vec<TextEdit>> {
        prop::collection::vec((0usize..60, 0usize..8, 0usize..8), 0..8).prop_map(|edits| {
            edits.iter().map(|&(start, old, new)| TextEdit { start, old_end: start + old, new_end: start + new }).collect()
        })
    }

    proptest! {
        #[test]
        fn common_ends_of_long_texts(prefix in "[ab💥]{0,900}", old in "[ab💥é]{0,9}", new in "[ab💥é]{0,9}", suffix in "[ab💥]{0,900}") {
            let (old, new) = (format!("{prefix}{old}{suffix}"), format!("{prefix}{new}{suffix}"));
            let (start, end) = common_ends(Rope::from_str(&old).slice(..), &new);
            prop_assert!(start + end <= old.len().min(new.len()));
            prop_assert_eq!(&old[..start], &new[..start]);
            prop_assert_eq!(&old[old.len() - end..], &new[new.len() - end..]);
            let (old, new) = (&old[start..old.len() - end], &new[start..new.len() - end]);
            prop_assert!(old.is_empty() || new.is_empty() || (old.chars().next() != new.chars().next() && old.chars().last() != new.chars().last()));
        }

        #[test]
        fn batches_move_places_like_the_edits_one_by_one(edits in sequence(), place in 0usize..80) {
            // A place no edit touches.
            let mut one_by_one = Some(place as isize);
            for edit in &edits {
                one_by_one = one_by_one.and_then(|at| match () {
                    () if at < edit.start as isize => Some(at),
                    () if at > edit.old_end as isize => Some(at + edit.delta()),
                    () => None,
                });
            }
            let mut batched = Some(place as isize);
            for batch in Batch::all(&edits) {
                batched = batched.and_then(|at| {
                    let (moved, mut touching) = batch.around(at as usize, at as usize);
                    touching.next().is_none().then_some(at + moved)
                });
            }
            prop_assert_eq!(batched, one_by_one);
        }
    }
}
