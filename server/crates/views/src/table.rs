//! Tables: functions with their callers (bottom-up), the call tree (top-down), lines. A page is what is on the screen; what it is cut from
//! is kept.

mod change;
mod functions;
mod lines;
mod links;
mod rows;
mod top_down;

use self::change::samples_behind;
use self::functions::Functions;
use self::lines::Lines;
use self::links::Links;
use self::rows::Entry;
use crate::ViewError;
use crate::filter::{self, Filter, FunctionText, Recorded};
use crate::hidden::Hidden;
use crate::model::Model;
use crate::recent::Recent;
use crate::tree::MergedTree;
use crate::wire::{Column, FrameInfo, Row, TableKind, TablePage, TableRequest};
use profile::Tier;
use std::sync::{Arc, OnceLock};

/// Most rows of a page.
const MOST_ROWS: usize = 200;

/// What is hidden changes by a click, and back.
const MOST_TABLES: usize = 4;

/// Orders kept: a user goes through columns and back.
const MOST_ORDERS: usize = 8;

/// What tables are cut from, made when first asked for.
#[derive(Debug)]
pub(crate) struct Tables {
    /// The project's folder, for paths in filters.
    root: String,
    texts: OnceLock<Vec<FunctionText>>,
    whole: OnceLock<Whole>,
    links: Recent<Hidden, Links>,
    functions: Recent<Hidden, Functions>,
    lines: Recent<Hidden, Lines>,
    /// Rows of functions or lines that match, sorted.
    orders: Recent<OrderKey, Vec<u32>>,
    /// Nodes of the call tree that a filter leaves.
    shown: Recent<(Hidden, String), Vec<bool>>,
}

#[derive(Debug, PartialEq, Eq)]
struct OrderKey {
    kind: TableKind,
    hidden: Hidden,
    filter: String,
    sort: Column,
    ascending: bool,
}

/// What shares are of, and what there is at all.
#[derive(Clone, Copy, Debug)]
struct Whole {
    base_us: u64,
    base_bytes: u64,
    recorded: Recorded,
    /// Samples behind the profile compared with, and behind the profile; none without comparison.
    samples: Option<[f64; 2]>,
}

impl Tables {
    /// Of a model whose project lies in `root`, an absolute folder; empty when not known.
    pub(crate) fn new(root: String) -> Self {
        Self {
            root,
            texts: OnceLock::new(),
            whole: OnceLock::new(),
            links: Recent::new(MOST_TABLES),
            functions: Recent::new(MOST_TABLES),
            lines: Recent::new(MOST_TABLES),
            orders: Recent::new(MOST_ORDERS),
            shown: Recent::new(MOST_TABLES),
        }
    }

    /// The texts of all functions of the model, by number.
    fn texts(&self, model: &Model) -> &[FunctionText] {
        self.texts.get_or_init(|| {
            let text = |frame: &FrameInfo| FunctionText::new(&frame.name, &frame.path, frame.category, &self.root);
            model.frames().rows().iter().map(text).collect()
        })
    }

    fn whole(&self, model: &Model) -> Whole {
        *self.whole.get_or_init(|| {
            let tree = &model.after().profile().tree;
            let has_bytes = tree.has_bytes();
            let recorded = Recorded {
                cpu: !has_bytes || tree.self_us.iter().any(|us| *us > 0),
                allocations: has_bytes,
                comparison: model.before().is_some(),
            };
            let samples = model.before().map(|before| [before, model.after()].map(samples_behind));
            Whole { base_us: model.after().attribution().active_us(), base_bytes: tree.whole_bytes(), recorded, samples }
        })
    }
}

/// A page of a table. A filter that cannot be read is told in the answer.
///
/// # Errors
/// When the path leads to no row.
pub(crate) fn page(model: &Model, request: &TableRequest) -> Result<TablePage, ViewError> {
    let table = Table::new(model, request);
    let (filter, error) = match Filter::parse(&request.filter, table.whole.recorded) {
        Ok(filter) => (filter, None),
        Err(error) => (Filter::default(), Some(error)),
    };
    let filter = Asked { text: if error.is_some() { "" } else { &request.filter }, filter };
    let mut page = match request.kind {
        TableKind::BottomUp if request.path.is_empty() => table.functions_page(request, &filter),
        TableKind::BottomUp => {
            let callers = functions::callers(&table.tree, &table.links(), &request.path);
            table.sorted_page(callers.ok_or_else(|| ViewError::NoRow(request.path.clone()))?, request)
        }
        TableKind::TopDown => table.top_down_page(request, &filter)?,
        TableKind::Lines if request.path.is_empty() => table.lines_page(request, &filter),
        TableKind::Lines => return Err(ViewError::NoRow(request.path.clone())),
    };
    page.error = error;
    Ok(page)
}

/// A filter and the text it was read from.
struct Asked<'a> {
    text: &'a str,
    filter: Filter,
}

/// What a page is made with.
struct Table<'a> {
    model: &'a Model,
    tables: &'a Tables,
    hidden: Hidden,
    tree: Arc<MergedTree>,
    whole: Whole,
}

impl<'a> Table<'a> {
    fn new(model: &'a Model, request: &TableRequest) -> Self {
        let tables = model.tables();
        let hidden = Hidden::new(&request.hidden);
        let hidden = if request.native_apart { hidden } else { hidden.with_callees_folded() };
        Self { model, tables, hidden, tree: model.tree_without(hidden), whole: tables.whole(model) }
    }

    fn links(&self) -> Arc<Links> {
        self.tables.links.get(self.hidden, || Links::new(&self.tree, self.model.frames().len()))
    }

    fn functions_page(&self, request: &TableRequest, filter: &Asked<'_>) -> TablePage {
        let functions = self.tables.functions.get(self.hidden, || Functions::new(&self.tree, &self.links()));
        let order = self.order(request, filter, || {
            let matches = self.matching_functions(&filter.filter);
            let is_shown = |entry: &Entry| matches[entry.frame as usize] && self.matches_figures(&filter.filter, entry);
            let mut order = numbers(&functions.entries, is_shown);
            self.sort(&mut order, &functions.entries, request, None);
            order
        });
        self.cut(&order, request, |row| self.row(&functions.entries[*row as usize], None))
    }

    fn lines_page(&self, request: &TableRequest, filter: &Asked<'_>) -> TablePage {
        let lines = self.tables.lines.get(self.hidden, || Lines::new(self.model, &self.tree, &self.tables.root));
        let order = self.order(request, filter, || {
            let matches = self.matching_functions(&filter.filter);
            let matches_text = |row: usize, entry: &Entry| match &lines.texts[row] {
                Some(text) => filter.filter.matches_text(text),
                None => matches[entry.frame as usize],
            };
            let is_shown = |(row, entry): (usize, &Entry)| matches_text(row, entry) && self.matches_figures(&filter.filter, entry);
            let shown = lines.entries.iter().enumerate().filter(|row| is_shown(*row));
            let mut order: Vec<u32> = shown.map(|(row, _)| row as u32).collect();
            self.sort(&mut order, &lines.entries, request, Some(&lines));
            order
        });
        self.cut(&order, request, |row| self.row(&lines.entries[*row as usize], Some(&lines)))
    }

    fn top_down_page(&self, request: &TableRequest, filter: &Asked<'_>) -> Result<TablePage, ViewError> {
        let links = self.links();
        let above = top_down::node_at(&self.tree, &links, &request.path).ok_or_else(|| ViewError::NoRow(request.path.clone()))?;
        let shown = (!filter.filter.is_empty()).then(|| {
            self.tables.shown.get((self.hidden, filter.text.to_owned()), || {
                let matches = self.matching_functions(&filter.filter);
                top_down::shown(&self.tree, |node| {
                    let entry = top_down::entry(&self.tree, node);
                    matches[entry.frame as usize] && self.matches_figures(&filter.filter, &entry)
                })
            })
        });
        let is_shown = |node: &&u32| shown.as_ref().is_none_or(|shown| shown[**node as usize]);
        let mut entries: Vec<Entry> = Vec::new();
        for node in links.children(above).iter().filter(is_shown) {
            let children = links.children(*node).iter().filter(is_shown).count();
            entries.push(Entry { children, ..top_down::entry(&self.tree, *node) });
        }
        Ok(self.sorted_page(entries, request))
    }

    fn order(&self, request: &TableRequest, filter: &Asked<'_>, make: impl FnOnce() -> Vec<u32>) -> Arc<Vec<u32>> {
        let (sort, ascending) = (request.sort, request.ascending);
        let key = OrderKey { kind: request.kind, hidden: self.hidden, filter: filter.text.to_owned(), sort, ascending };
        self.tables.orders.get(key, make)
    }

    fn sorted_page(&self, entries: Vec<Entry>, request: &TableRequest) -> TablePage {
        let mut order = numbers(&entries, |_| true);
        self.sort(&mut order, &entries, request, None);
        self.cut(&order, request, |row| self.row(&entries[*row as usize], None))
    }

    fn cut(&self, all: &[u32], request: &TableRequest, row: impl Fn(&u32) -> Row) -> TablePage {
        let limit = if request.limit == 0 { MOST_ROWS } else { request.limit.min(MOST_ROWS) };
        TablePage {
            total: all.len(),
            rows: all.iter().skip(request.offset).take(limit).map(row).collect(),
            base_us: self.whole.base_us,
            base_bytes: self.whole.base_bytes,
            error: None,
        }
    }

    /// By number of function.
    fn matching_functions(&self, filter: &Filter) -> Vec<bool> {
        self.tables.texts(self.model).iter().map(|text| filter.matches_text(text)).collect()
    }

    fn matches_figures(&self, filter: &Filter, entry: &Entry) -> bool {
        let figures = &entry.figures;
        filter.matches_figures(&filter::Figures {
            self_us: figures.self_us,
            total_us: figures.total_us,
            samples: figures.samples,
            self_bytes: figures.self_bytes,
            total_bytes: figures.total_bytes,
            before_self_us: self.scaled(figures.before_self_us),
            tier: self.tier_of(entry.frame),
            base_us: self.whole.base_us,
            base_bytes: self.whole.base_bytes,
        })
    }

    /// The tier that most of a function's own time ran in.
    fn tier_of(&self, frame: u32) -> Tier {
        let total = self.model.frame_id(frame).and_then(|frame| self.model.after().function(frame));
        total.map_or(Tier::Unknown, |total| total.tier())
    }

    /// A time before, as if the whole active time had been the same.
    fn scaled(&self, before_us: u64) -> u64 {
        (before_us as f64 * self.model.before_us_scale()).round() as u64
    }

    fn row(&self, entry: &Entry, lines: Option<&Lines>) -> Row {
        let figures = &entry.figures;
        let mut frame = self.model.frames().rows()[entry.frame as usize].clone();
        let place = lines.map(|lines| lines.place(entry));
        if let Some((file, _)) = place {
            frame.path.clone_from(&file.path);
            frame.is_file = file.is_file;
        }
        let bytes = |bytes: u64| self.whole.recorded.allocations.then_some(bytes);
        let before = (self.scaled(figures.before_self_us), self.scaled(figures.before_total_us));
        Row {
            frame,
            line: place.map(|(_, line)| line),
            self_us: figures.self_us,
            total_us: figures.total_us,
            samples: figures.samples,
            self_bytes: bytes(figures.self_bytes),
            total_bytes: bytes(figures.total_bytes),
            before_us: self.whole.recorded.comparison.then_some(before),
            change_interval: self.change_interval(entry),
            children: entry.children,
        }
    }
}

/// Numbers of the entries that are shown.
fn numbers(entries: &[Entry], is_shown: impl Fn(&Entry) -> bool) -> Vec<u32> {
    entries.iter().enumerate().filter(|(_, entry)| is_shown(entry)).map(|(row, _)| row as u32).collect()
}

#[cfg(test)]
mod tests;
