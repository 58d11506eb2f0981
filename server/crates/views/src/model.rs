//! A profile, or two to compare, ready to be asked.

use crate::ViewError;
use crate::boxes::{Screen, boxes};
use crate::details::FunctionFigures;
use crate::frames::FrameTable;
use crate::hidden::Hidden;
use crate::layouts::{LayoutKey, Layouts};
use crate::overview::overview;
use crate::recent::Recent;
use crate::search::found;
use crate::table::{self, Tables};
use crate::tree::MergedTree;
use crate::wire::{
    Boxes, BoxesRequest, Details, DetailsRequest, FrameInfo, Measure, Overview, SearchRequest, SearchResult, TablePage, TableRequest,
};
use profile::handles::FrameId;
use profile::index::ProfileIndex;
use std::sync::Arc;

/// Trees kept: what is hidden changes by a click, and back.
const MOST_TREES: usize = 4;

/// A profile to look at, and the one it is compared with. Immutable; what is derived is made when first asked for.
#[derive(Debug)]
pub struct Model {
    after: Arc<ProfileIndex>,
    before: Option<Arc<ProfileIndex>>,
    frames: FrameTable,
    root: String,
    trees: Recent<Hidden, MergedTree>,
    layouts: Layouts,
    tables: Tables,
}

impl Model {
    /// A model of a profile; with `before`, of what changed since that one.
    pub fn new(after: Arc<ProfileIndex>, before: Option<Arc<ProfileIndex>>) -> Self {
        let frames = FrameTable::new(after.profile(), before.as_ref().map(|before| before.profile()));
        Self {
            after,
            before,
            frames,
            root: String::new(),
            trees: Recent::new(MOST_TREES),
            layouts: Layouts::new(),
            tables: Tables::new(String::new()),
        }
    }

    /// The same model of a project in `root`, an absolute folder: paths in filters and searches may be relative to it.
    #[must_use]
    pub fn with_root(self, root: &str) -> Self {
        Self { root: root.to_owned(), tables: Tables::new(root.to_owned()), layouts: Layouts::new(), ..self }
    }

    /// What is to be known before anything is drawn.
    pub fn overview(&self) -> Overview {
        overview(&self.after, self.before(), &self.frames)
    }

    /// A function by its number in this model.
    pub fn frame(&self, id: u32) -> Option<FrameInfo> {
        self.frames.get(id).cloned()
    }

    /// The number of a function of the profile in this model.
    pub fn id_of(&self, frame: FrameId) -> Option<u32> {
        self.frames.id_of(frame)
    }

    /// The function of the profile by its number here; none when only the compared profile has it.
    pub fn frame_id(&self, id: u32) -> Option<FrameId> {
        self.frames.frame_id(id)
    }

    /// The boxes of a part of a flamegraph.
    ///
    /// # Errors
    /// When the request names what the model does not have.
    pub fn boxes(&self, request: &BoxesRequest) -> Result<Boxes, ViewError> {
        let key = LayoutKey::of_boxes(request);
        let layout = self.layouts.get(self, key)?;
        let screen = Screen::of(request);
        let runs = self.layouts.runs(key, &layout, screen);
        let kinds = self.layouts.marked(self, key, &layout, request);
        Ok(boxes(&layout, &runs, screen, &kinds, &self.frames, self.before_scale(request.measure)))
    }

    /// What matches a query.
    ///
    /// # Errors
    /// When the request names what the model does not have. A query that cannot be read is told in the answer.
    pub fn search(&self, request: &SearchRequest) -> Result<SearchResult, ViewError> {
        let layout = self.layouts.get(self, LayoutKey::of_search(request))?;
        Ok(match self.layouts.matches(self, &request.query).as_ref() {
            Ok(matches) => found(&layout, matches),
            Err(error) => SearchResult { error: Some(error.clone()), ..SearchResult::default() },
        })
    }

    /// One function's figures.
    ///
    /// # Errors
    /// When there is no such function.
    pub fn details(&self, request: &DetailsRequest) -> Result<Details, ViewError> {
        let DetailsRequest { frame: id, measure } = *request;
        let frame = self.frame(id).ok_or(ViewError::NoFrame(id))?;
        let profile = self.after.profile();
        if measure == Measure::Allocated && !profile.tree.has_bytes() {
            return Err(ViewError::NoMeasure("allocations"));
        }
        let figures = self.frame_id(id).map(|frame| FunctionFigures::new(profile, frame, measure)).unwrap_or_default();
        let compared = self.before().filter(|before| measure == Measure::Cpu || before.profile().tree.has_bytes());
        let before = compared.map(|before| {
            let frame = self.frames.before_frame_id(id);
            let figures = frame.map(|frame| FunctionFigures::new(before.profile(), frame, measure)).unwrap_or_default();
            let scale = self.before_scale(measure);
            (figures.self_value as f64 * scale, figures.total_value as f64 * scale)
        });
        Ok(Details {
            frame,
            self_value: figures.self_value as f64,
            total_value: figures.total_value as f64,
            samples: (figures.self_samples, figures.total_samples),
            tiers: figures.tiers.map(|value| value as f64).to_vec(),
            lines: figures.hottest_lines(profile),
            callers: figures.callers(&self.frames),
            callees: figures.callees(&self.frames),
            before,
        })
    }

    /// A page of a table.
    ///
    /// # Errors
    /// When the request names what the model does not have. A filter that cannot be read is told in the answer.
    pub fn table(&self, request: &TableRequest) -> Result<TablePage, ViewError> {
        table::page(self, request)
    }

    /// The profile.
    pub(crate) fn after(&self) -> &ProfileIndex {
        &self.after
    }

    /// The profile it is compared with.
    pub(crate) fn before(&self) -> Option<&ProfileIndex> {
        self.before.as_deref()
    }

    /// What tables are cut from.
    pub(crate) fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The project's folder, absolute; empty when not known.
    pub(crate) fn root(&self) -> &str {
        &self.root
    }

    /// The functions of both.
    pub(crate) fn frames(&self) -> &FrameTable {
        &self.frames
    }

    /// The stacks merged by function, without these categories.
    pub(crate) fn tree_without(&self, hidden: Hidden) -> Arc<MergedTree> {
        let before = self.before().map(ProfileIndex::profile);
        self.trees.get(hidden, || MergedTree::new(self.after.profile(), before, &self.frames, hidden))
    }

    fn before_scale(&self, measure: Measure) -> f64 {
        match measure {
            Measure::Cpu => self.before_us_scale(),
            Measure::Allocated => self.before_bytes_scale(),
        }
    }

    /// What a time before is multiplied by, so that both profiles have the same whole active time.
    pub(crate) fn before_us_scale(&self) -> f64 {
        let active = |index: &ProfileIndex| index.attribution().active_us();
        scale(active(&self.after), self.before().map_or(0, active))
    }

    /// What bytes before are multiplied by, so that both profiles have allocated as much.
    pub(crate) fn before_bytes_scale(&self) -> f64 {
        let bytes = |index: &ProfileIndex| index.profile().tree.self_bytes.iter().fold(0u64, |sum, bytes| sum.saturating_add(*bytes));
        self.before().map_or(1.0, |before| scale(bytes(&self.after), bytes(before)))
    }
}

fn scale(after: u64, before: u64) -> f64 {
    if before == 0 { 1.0 } else { after as f64 / before as f64 }
}
