//! From what was counted to rows.

use super::super::functions::Label;
use super::{FunctionTicks, LabelId, LabelKind, LibraryTicks, NamedTicks, TickCounter, TickCounts};
use crate::read::source_of_url;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Ticks of a library.
#[derive(Default)]
struct Functions {
    all: u64,
    by_name: BTreeMap<Arc<str>, u64>,
}

impl TickCounter<'_> {
    /// The counts.
    pub(in crate::read::v8_log) fn finish(mut self) -> TickCounts {
        let mut counts = TickCounts { total: self.total, unaccounted: self.unaccounted, gc: self.gc, ..TickCounts::default() };
        let name = |label: LabelId| self.labels.rows[label as usize].0.clone();
        let stacks = std::mem::take(&mut self.calls).finish();
        let mut rows: Vec<(Arc<str>, u64, LabelId)> =
            stacks.by_label().into_iter().map(|(label, ticks)| (name(label), ticks, label)).collect();
        rows.sort_by(|a, b| (Reverse(a.1), Reverse(&a.0)).cmp(&(Reverse(b.1), Reverse(&b.0))));
        for (label, ticks, id) in rows {
            match &self.labels.rows[id as usize].1 {
                LabelKind::Unknown => {}
                LabelKind::Cpp => {
                    counts.cpp += ticks;
                    counts.cpp_functions.push(NamedTicks { name: label, ticks });
                }
                LabelKind::Library => {
                    counts.shared_libraries += ticks;
                    counts.libraries.push(LibraryTicks { name: label, ticks, functions: Vec::new() });
                }
                LabelKind::Code { kind, tier, name } => {
                    counts.javascript += ticks;
                    let parsed = Label::parse(if tier.is_some() { name } else { "" }, None);
                    let place = parsed.start.map(|start| (source_of_url(parsed.url), start));
                    let name = if tier.is_some() { parsed.name } else { name }.to_owned();
                    counts.functions.push(FunctionTicks { label, kind: kind.clone(), tier: *tier, name, place, ticks });
                }
            }
        }
        counts.bottom_up = stacks.bottom_up(self.total, &name);
        drop(stacks);
        counts.cpp_entry_points = ranked(self.entry_points.iter().map(|(label, ticks)| (name(*label), *ticks)));

        let places: Vec<((u64, bool), u64)> = self.in_libraries.iter().map(|(place, ticks)| (*place, *ticks)).collect();
        let found = self.static_code.functions_at(&places.iter().map(|((address, _), _)| *address).collect::<Vec<u64>>());
        let mut libraries: BTreeMap<(bool, Arc<str>), Functions> = BTreeMap::new();
        for (((_, is_unaccounted), ticks), found) in places.into_iter().zip(found) {
            let Some(found) = found else { continue };
            let functions = libraries.entry((is_unaccounted, found.library)).or_default();
            functions.all += ticks;
            if let Some(function) = found.function {
                *functions.by_name.entry(function).or_default() += ticks;
            }
        }
        for ((is_unaccounted, name), found) in libraries {
            let functions = ranked(found.by_name.into_iter());
            if is_unaccounted {
                counts.unaccounted_in.push(LibraryTicks { name, ticks: found.all, functions });
            } else if let Some(library) = counts.libraries.iter_mut().find(|library| library.name == name) {
                library.functions = functions;
            }
        }
        counts.unaccounted_in.sort_by_key(|library| Reverse(library.ticks));
        counts.without_symbols = self.static_code.without_symbols();
        counts
    }
}

fn ranked(rows: impl Iterator<Item = (Arc<str>, u64)>) -> Vec<NamedTicks> {
    let mut rows: Vec<NamedTicks> = rows.map(|(name, ticks)| NamedTicks { name, ticks }).collect();
    rows.sort_by(|a, b| (Reverse(a.ticks), Reverse(&a.name)).cmp(&(Reverse(b.ticks), Reverse(&b.name))));
    rows
}
