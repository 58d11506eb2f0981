//! What was made lately, kept for the next question.

use std::collections::VecDeque;
use std::fmt::{self, Debug, Formatter};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The newest few results by their keys. Two who ask for the same at the same time wait for one to make it.
pub(crate) struct Recent<K, V> {
    most: usize,
    /// Used last, last.
    entries: Mutex<VecDeque<(K, Cell<V>)>>,
}

/// A result, once it is made.
type Cell<V> = Arc<OnceLock<Arc<V>>>;

impl<K: PartialEq, V> Recent<K, V> {
    /// Keeps `most` results.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, entries: Mutex::default() }
    }

    /// The result of a key, made when it is not there.
    pub(crate) fn get(&self, key: K, make: impl FnOnce() -> V) -> Arc<V> {
        let cell = self.cell(key);
        Arc::clone(cell.get_or_init(|| Arc::new(make())))
    }

    fn cell(&self, key: K) -> Cell<V> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let known = entries.iter().position(|(known, _)| *known == key).and_then(|at| entries.remove(at));
        let entry = known.unwrap_or_else(|| (key, Arc::default()));
        let cell = Arc::clone(&entry.1);
        entries.push_back(entry);
        if entries.len() > self.most {
            entries.pop_front();
        }
        cell
    }
}

impl<K, V> Debug for Recent<K, V> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recent").field("most", &self.most).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;

    #[test]
    fn the_longest_unused_is_made_anew() {
        let recent = Recent::new(2);
        let mut made = Vec::new();
        for key in [1, 2, 1, 3, 1, 2, 3] {
            let value = recent.get(key, || {
                made.push(key);
                key * 10
            });
            assert_eq!(*value, key * 10);
        }
        assert_eq!(made, [1, 2, 3, 2, 3]);
    }
}
