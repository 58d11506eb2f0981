//! The links between nodes, made into a forest whatever they are.

use super::json::Raw;
use rustc_hash::FxHashMap;

/// No row.
pub(super) const NO_ROW: u32 = u32::MAX;

/// The nodes as a forest.
pub(super) struct Forest {
    /// Row of each node's parent, `u32::MAX` at a root.
    pub(super) parent: Vec<u32>,
    /// Rows, parents first.
    pub(super) order: Vec<u32>,
    /// Row by node id.
    pub(super) rows: Rows,
}

/// Finds rows by node id. V8 numbers nodes from 1, so a table serves unless the ids are made up.
pub(super) enum Rows {
    Dense { least: i64, rows: Vec<u32> },
    Sparse(FxHashMap<i64, u32>),
}

impl Rows {
    pub(super) fn get(&self, id: i64) -> Option<u32> {
        match self {
            Self::Dense { least, rows } => {
                let at = usize::try_from(id.checked_sub(*least)?).ok()?;
                rows.get(at).copied().filter(|row| *row != NO_ROW)
            }
            Self::Sparse(rows) => rows.get(&id).copied(),
        }
    }

    /// Numbers the ids. The first of equal ids counts; the others are counted.
    fn of(raw: &mut Raw) -> Self {
        let least = raw.id.iter().copied().min().unwrap_or(0);
        let span = raw.id.iter().copied().max().unwrap_or(0).checked_sub(least).and_then(|span| usize::try_from(span).ok());
        let mut n_duplicates = 0;
        let rows = match span {
            Some(span) if span / 4 <= raw.id.len() => {
                let mut rows = vec![NO_ROW; span + 1];
                for (row, id) in raw.id.iter().enumerate() {
                    let slot = &mut rows[(id - least) as usize];
                    if *slot == NO_ROW {
                        *slot = row as u32;
                    } else {
                        n_duplicates += 1;
                    }
                }
                Self::Dense { least, rows }
            }
            _ => {
                let mut rows = FxHashMap::default();
                rows.reserve(raw.id.len());
                for (row, id) in raw.id.iter().enumerate() {
                    match rows.entry(*id) {
                        std::collections::hash_map::Entry::Vacant(slot) => {
                            slot.insert(row as u32);
                        }
                        std::collections::hash_map::Entry::Occupied(_) => n_duplicates += 1,
                    }
                }
                Self::Sparse(rows)
            }
        };
        raw.drop_records("duplicateIds", n_duplicates);
        rows
    }
}

impl Forest {
    /// Links the nodes. The first parent of a node counts; a cycle is cut at its first node. What was wrong is counted.
    pub(super) fn of(raw: &mut Raw) -> Self {
        let rows = Rows::of(raw);
        let n = raw.id.len();
        let mut parent = vec![NO_ROW; n];
        let (mut n_dangling, mut n_second) = (0, 0);
        let mut link = |child: Option<u32>, to: Option<u32>| match (child, to) {
            (Some(child), Some(to)) => {
                let slot = &mut parent[child as usize];
                if *slot == NO_ROW {
                    *slot = to;
                } else if *slot != to {
                    n_second += 1;
                }
            }
            _ => n_dangling += 1,
        };
        for row in 0..n {
            for child in raw.children_of(row) {
                link(rows.get(*child), Some(row as u32));
            }
        }
        for (row, id) in &raw.parent_ids {
            link(Some(*row as u32), rows.get(*id));
        }
        raw.drop_records("danglingChildren", n_dangling);
        raw.drop_records("secondParents", n_second);

        // Most files list parents first; then the rows themselves are the order.
        let is_ordered = parent.iter().enumerate().all(|(row, parent)| *parent == NO_ROW || (*parent as usize) < row);
        let order = if is_ordered {
            (0..n as u32).collect()
        } else {
            let (order, n_cut) = parents_first(&mut parent);
            raw.drop_records("cyclicNodes", n_cut);
            order
        };
        Self { parent, order, rows }
    }
}

/// Orders rows so that parents come first, and cuts cycles. Gives the order and the number of cuts.
fn parents_first(parent: &mut [u32]) -> (Vec<u32>, u64) {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        OnPath,
        Done,
    }
    let mut marks = vec![Mark::New; parent.len()];
    let mut order = Vec::with_capacity(parent.len());
    let mut path = Vec::new();
    let mut n_cut = 0;
    for row in 0..parent.len() as u32 {
        let mut at = row;
        while at != NO_ROW && marks[at as usize] == Mark::New {
            marks[at as usize] = Mark::OnPath;
            path.push(at);
            at = parent[at as usize];
        }
        if at != NO_ROW && marks[at as usize] == Mark::OnPath {
            parent[at as usize] = NO_ROW;
            n_cut += 1;
            // The node that the path ran into becomes a root: it and what is above it on the path come first.
            let cut = path.iter().position(|on_path| *on_path == at).unwrap_or(0);
            let above = path.split_off(cut);
            path.extend_from_slice(&above[1..]);
            order.push(at);
            marks[at as usize] = Mark::Done;
        }
        while let Some(done) = path.pop() {
            marks[done as usize] = Mark::Done;
            order.push(done);
        }
    }
    (order, n_cut)
}

#[cfg(test)]
mod tests {
    use super::{NO_ROW, parents_first};

    #[test]
    fn order_and_cycles() {
        fn check(parent: &[u32], expected_cuts: u64) {
            let mut cut = parent.to_vec();
            let (order, n_cut) = parents_first(&mut cut);
            assert_eq!(n_cut, expected_cuts, "{parent:?}");
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..parent.len() as u32).collect::<Vec<_>>(), "{parent:?}");
            let place = |row: u32| order.iter().position(|at| *at == row);
            for (row, parent) in cut.iter().enumerate() {
                assert!(*parent == NO_ROW || place(*parent) < place(row as u32), "{parent:?} {order:?}");
            }
        }
        check(&[], 0);
        check(&[NO_ROW, 0, 1], 0);
        check(&[2, 0, NO_ROW], 0);
        check(&[0], 1);
        check(&[1, 0], 1);
        check(&[1, 2, 3, 1], 1);
        check(&[3, 0, 1, 2, 4, 1, NO_ROW], 2);
    }
}
