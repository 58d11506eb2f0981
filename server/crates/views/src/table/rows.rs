//! Rows before they are drawn, and their order.

use super::change::ChangedShare;
use super::{Lines, Table};
use crate::tree::MergedTree;
use crate::wire::{Column, TableRequest};
use std::cmp::Ordering;

/// A row of any table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// The function's number in the model.
    pub(super) frame: u32,
    /// Of a line, its row in the table of lines.
    pub(super) place: u32,
    pub(super) figures: Figures,
    pub(super) children: usize,
}

/// Figures as measured: those before are not scaled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) self_us: u64,
    pub(super) total_us: u64,
    /// Behind the total.
    pub(super) samples: u64,
    pub(super) self_bytes: u64,
    pub(super) total_bytes: u64,
    pub(super) before_self_us: u64,
    pub(super) before_total_us: u64,
}

impl Figures {
    /// Those of a node of the call tree.
    pub(super) fn of(tree: &MergedTree, node: u32) -> Self {
        let node = node as usize;
        // Columns of what was not recorded are empty.
        let at = |column: &[u64]| column.get(node).copied().unwrap_or(0);
        Self {
            self_us: at(&tree.self_us),
            total_us: at(&tree.total_us),
            samples: at(&tree.samples),
            self_bytes: at(&tree.self_bytes),
            total_bytes: at(&tree.total_bytes),
            before_self_us: at(&tree.before_self_us),
            before_total_us: at(&tree.before_total_us),
        }
    }

    /// Adds what was spent in a row's function itself.
    pub(super) fn add_self(&mut self, other: &Self) {
        self.self_us = self.self_us.saturating_add(other.self_us);
        self.self_bytes = self.self_bytes.saturating_add(other.self_bytes);
        self.before_self_us = self.before_self_us.saturating_add(other.before_self_us);
    }

    /// Adds what was spent in it and all it calls.
    pub(super) fn add_total(&mut self, other: &Self) {
        self.total_us = self.total_us.saturating_add(other.total_us);
        self.samples = self.samples.saturating_add(other.samples);
        self.total_bytes = self.total_bytes.saturating_add(other.total_bytes);
        self.before_total_us = self.before_total_us.saturating_add(other.before_total_us);
    }
}

impl Table<'_> {
    /// Sorts numbers of entries into the order asked for. Equal rows are in the order of self, then of total, most first, whatever the direction: pages fit together.
    pub(super) fn sort(&self, order: &mut Vec<u32>, entries: &[Entry], request: &TableRequest, lines: Option<&Lines>) {
        let entry = |row: u32| &entries[row as usize];
        let directed = |asked: Ordering| if request.ascending { asked } else { asked.reverse() };
        let share = match request.sort {
            Column::SelfChangeSize => ChangedShare::OfSelf,
            Column::TotalChangeSize => ChangedShare::OfTotal,
            _ => {
                order.sort_by(|a, b| {
                    let (a, b) = (entry(*a), entry(*b));
                    directed(self.compare(request, lines, a, b)).then_with(|| by_weight(a, b))
                });
                return;
            }
        };
        let mut sized: Vec<((bool, u64), u32)> = order.iter().map(|row| (self.change_size(share, entry(*row)), *row)).collect();
        sized.sort_by(|(a_size, a), (b_size, b)| directed(a_size.cmp(b_size)).then_with(|| by_weight(entry(*a), entry(*b))));
        order.clear();
        order.extend(sized.into_iter().map(|(_, row)| row));
    }

    /// By a column that needs no comparison of profiles to be computed first.
    fn compare(&self, request: &TableRequest, lines: Option<&Lines>, a: &Entry, b: &Entry) -> Ordering {
        let by = |figure: &dyn Fn(&Figures) -> u64| figure(&a.figures).cmp(&figure(&b.figures));
        let growth = |now: u64, before: u64| i128::from(now) - i128::from(self.scaled(before));
        match request.sort {
            Column::SelfUs => by(&|of| of.self_us),
            Column::TotalUs => by(&|of| of.total_us),
            Column::Samples => by(&|of| of.samples),
            Column::SelfBytes => by(&|of| of.self_bytes),
            Column::TotalBytes => by(&|of| of.total_bytes),
            Column::SelfChange | Column::SelfChangeSize => {
                let change = |of: &Figures| growth(of.self_us, of.before_self_us);
                change(&a.figures).cmp(&change(&b.figures))
            }
            Column::TotalChange | Column::TotalChangeSize => {
                let change = |of: &Figures| growth(of.total_us, of.before_total_us);
                change(&a.figures).cmp(&change(&b.figures))
            }
            Column::Name => self.name(a).cmp(self.name(b)),
            Column::Place => self.place(lines, a).cmp(&self.place(lines, b)),
        }
    }

    fn name(&self, entry: &Entry) -> &str {
        self.tables.texts(self.model)[entry.frame as usize].name_lower()
    }

    /// Path, line, column.
    fn place<'b>(&'b self, lines: Option<&'b Lines>, entry: &Entry) -> (&'b str, u32, u32) {
        if let Some(lines) = lines {
            let (file, line) = lines.place(entry);
            return (&file.path, line, 0);
        }
        let frame = &self.model.frames().rows()[entry.frame as usize];
        (&frame.path, frame.line, frame.column)
    }
}

/// The order of rows that are equal in the column asked for.
fn by_weight(a: &Entry, b: &Entry) -> Ordering {
    let weight = |of: &Figures| (of.self_us, of.total_us, of.self_bytes, of.total_bytes, of.before_self_us, of.before_total_us);
    weight(&b.figures).cmp(&weight(&a.figures)).then_with(|| (a.frame, a.place).cmp(&(b.frame, b.place)))
}
