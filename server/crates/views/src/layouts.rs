//! Layouts that were made lately, and what is marked in them.

use crate::ViewError;
use crate::boxes::{HIGHLIGHTED, MATCHES, Marked};
use crate::hidden::Hidden;
use crate::layout::{Layout, Weighted, callees, callers, left_heavy, time_order};
use crate::model::Model;
use crate::query::Matches;
use crate::recent::Recent;
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

/// Layouts, matches and marks, made when first asked for.
#[derive(Debug)]
pub(crate) struct Layouts {
    layouts: Recent<LayoutKey, Layout>,
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
        Self { layouts: Recent::new(MOST_LAYOUTS), matches: Recent::new(MOST_QUERIES), marked: Recent::new(MOST_MARKED) }
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

    /// The boxes that match a request's query, those that are highlighted, and the marks of each function. A query that cannot be read marks
    /// nothing.
    pub(crate) fn marked(
        &self,
        model: &Model,
        key: LayoutKey,
        layout: &Layout,
        request: &BoxesRequest,
    ) -> (Vec<Arc<Marked>>, impl Fn(u32) -> u8 + use<>) {
        let query = request.query.as_ref().filter(|query| !query.trim().is_empty());
        let matches = query.map(|query| self.matches(model, query));
        let highlight = request.highlight.filter(|id| model.frames().get(*id).is_some());
        let is_match = move |frame| matches.as_ref().is_some_and(|known| known.as_ref().as_ref().is_ok_and(|known| known.holds(frame)));
        let mut kinds = Vec::new();
        if let Some(query) = query {
            kinds.push(self.marked.get((key, Mark::Matches(query.clone())), || Marked::new(layout, &is_match)));
        }
        if let Some(highlight) = highlight {
            kinds.push(self.marked.get((key, Mark::Function(highlight)), || Marked::new(layout, |frame| frame == highlight)));
        }
        let mark_of = move |frame| MATCHES * u8::from(is_match(frame)) + HIGHLIGHTED * u8::from(highlight == Some(frame));
        (kinds, mark_of)
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
