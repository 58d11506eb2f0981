//! Layouts that were made lately, and what is marked in them.

use crate::ViewError;
use crate::boxes::{HIGHLIGHTED, MATCHES, Marked, Screen};
use crate::hidden::Hidden;
use crate::layout::{Layout, Weighted, callees, callers, left_heavy, time_order};
use crate::model::Model;
use crate::query::Matches;
use crate::recent::Recent;
use crate::runs::{Narrow, Runs};
use crate::wire::{BoxesRequest, Measure, Order, QueryError, SearchRequest};
use profile::Category;
use profile::index::ProfileIndex;
use std::sync::Arc;

/// Layouts kept: two orders, and a change of what is hidden and back.
const MOST_LAYOUTS: usize = 4;

/// Queries kept: a user types and takes back.
const MOST_QUERIES: usize = 8;

/// Marks kept: a query and a function in two orders.
const MOST_MARKED: usize = 4;

/// Whole layouts kept as runs: two orders, and a user who zooms in and out.
const MOST_RUNS: usize = 4;

/// So many boxes are looked at for each request: about 2 ms. The runs of larger parts are cut from those of everything, which are kept.
const MOST_BOXES_VISITED: usize = 1 << 18;

/// Layouts, runs, matches and marks, made when first asked for.
#[derive(Debug)]
pub(crate) struct Layouts {
    layouts: Recent<LayoutKey, Layout>,
    runs: Recent<(LayoutKey, Narrow), Runs>,
    matches: Recent<String, Result<Matches, QueryError>>,
    marked: Recent<(LayoutKey, Mark), Marked>,
}

/// What a layout is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LayoutKey {
    order: Order,
    /// Of callers and callees.
    frame: Option<u32>,
    hidden: Hidden,
    measure: Measure,
}

impl LayoutKey {
    /// The layout that boxes are asked of.
    pub(crate) fn of_boxes(request: &BoxesRequest) -> Self {
        Self::new(request.order, request.frame, &request.hidden, request.measure)
    }

    /// The layout that is searched.
    pub(crate) fn of_search(request: &SearchRequest) -> Self {
        Self::new(request.order, request.frame, &request.hidden, request.measure)
    }

    fn new(order: Order, frame: Option<u32>, hidden: &[Category], measure: Measure) -> Self {
        let has_root = matches!(order, Order::Callers | Order::Callees);
        Self { order, frame: frame.filter(|_| has_root), hidden: Hidden::new(hidden), measure }
    }
}

/// What is marked.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Mark {
    Matches(String),
    Function(u32),
}

impl Layouts {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self {
            layouts: Recent::new(MOST_LAYOUTS),
            runs: Recent::new(MOST_RUNS),
            matches: Recent::new(MOST_QUERIES),
            marked: Recent::new(MOST_MARKED),
        }
    }

    /// A layout of the model.
    pub(crate) fn get(&self, model: &Model, key: LayoutKey) -> Result<Arc<Layout>, ViewError> {
        check(model, key)?;
        Ok(self.layouts.get(key, || laid_out(model, key)))
    }

    /// The functions that match a query.
    pub(crate) fn matches(&self, model: &Model, query: &str) -> Arc<Result<Matches, QueryError>> {
        self.matches.get(query.to_owned(), || Matches::new(query, model.frames(), model.root()))
    }

    /// The runs that a screen shows, and maybe others.
    pub(crate) fn runs(&self, key: LayoutKey, layout: &Layout, screen: Screen) -> Arc<Runs> {
        let Screen { from, to, narrow } = screen;
        if narrow.is_none() || screen.n_boxes(layout) <= MOST_BOXES_VISITED {
            return Arc::new(Runs::new(layout, narrow, from, to));
        }
        self.runs.get((key, narrow), || Runs::new(layout, narrow, None, None))
    }

    /// The boxes that match a request's query, and those that are highlighted, each with its mark. A query that cannot be read marks nothing.
    pub(crate) fn marked(&self, model: &Model, key: LayoutKey, layout: &Layout, request: &BoxesRequest) -> Vec<(u8, Arc<Marked>)> {
        let mut kinds = Vec::new();
        if let Some(query) = request.query.as_ref().filter(|query| !query.trim().is_empty()) {
            let matches = self.matches(model, query);
            let is_match = |frame| matches.as_ref().as_ref().is_ok_and(|known| known.holds(frame));
            kinds.push((MATCHES, self.marked.get((key, Mark::Matches(query.clone())), || Marked::new(layout, is_match))));
        }
        if let Some(highlight) = request.highlight.filter(|id| model.frames().get(*id).is_some()) {
            let is_highlighted = |frame| frame == highlight;
            kinds.push((HIGHLIGHTED, self.marked.get((key, Mark::Function(highlight)), || Marked::new(layout, is_highlighted))));
        }
        kinds
    }
}

fn check(model: &Model, key: LayoutKey) -> Result<(), ViewError> {
    let profile = model.after().profile();
    match key.measure {
        Measure::Allocated if key.order == Order::TimeOrder => return Err(ViewError::NoMeasure("times of allocations")),
        Measure::Allocated if !profile.tree.has_bytes() => return Err(ViewError::NoMeasure("allocations")),
        Measure::Allocated | Measure::Cpu => {}
    }
    match (key.order, key.frame) {
        (Order::TimeOrder, _) if profile.samples.is_empty() => Err(ViewError::NoTimeline),
        (Order::Callers | Order::Callees, None) => Err(ViewError::FrameMissing),
        (Order::Callers | Order::Callees, Some(frame)) if model.frames().get(frame).is_none() => Err(ViewError::NoFrame(frame)),
        _ => Ok(()),
    }
}

fn laid_out(model: &Model, key: LayoutKey) -> Layout {
    let LayoutKey { order, frame, hidden, measure } = key;
    let (after, before) = (model.after().profile(), model.before().map(ProfileIndex::profile));
    let (tree, frames) = (model.tree_without(hidden), model.frames());
    match (order, frame) {
        (Order::TimeOrder, _) => time_order(after, &tree),
        (Order::Callers, Some(frame)) => {
            let callers = callers(after, before, &tree, frames, frame, measure);
            left_heavy(callers.weighted(measure, before.is_some()), frames)
        }
        (Order::Callees, Some(frame)) => left_heavy(callees(&tree, frame, measure).weighted(measure, before.is_some()), frames),
        (Order::LeftHeavy | Order::Callers | Order::Callees, _) => left_heavy(Weighted::of(&tree, measure), frames),
    }
}
