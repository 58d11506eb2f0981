//! A profile, or two to compare, ready to be asked.

use crate::ViewError;
use crate::wire::{Boxes, BoxesRequest, Details, DetailsRequest, FrameInfo, Overview, SearchRequest, SearchResult, TablePage, TableRequest};
use profile::handles::FrameId;
use profile::index::ProfileIndex;
use std::sync::Arc;

/// A profile to look at, and the one it is compared with. Immutable; what is derived is made when first asked for.
#[derive(Debug)]
pub struct Model {
    after: Arc<ProfileIndex>,
    before: Option<Arc<ProfileIndex>>,
}

impl Model {
    /// A model of a profile; with `before`, of what changed since that one.
    pub fn new(after: Arc<ProfileIndex>, before: Option<Arc<ProfileIndex>>) -> Self {
        Self { after, before }
    }

    /// What is to be known before anything is drawn.
    pub fn overview(&self) -> Overview {
        unimplemented!("being built")
    }

    /// A function by its number in this model.
    pub fn frame(&self, _id: u32) -> Option<FrameInfo> {
        unimplemented!("being built")
    }

    /// The number of a function of the profile in this model.
    pub fn id_of(&self, _frame: FrameId) -> Option<u32> {
        unimplemented!("being built")
    }

    /// The function of the profile by its number here; none when only the compared profile has it.
    pub fn frame_id(&self, _id: u32) -> Option<FrameId> {
        unimplemented!("being built")
    }

    /// The boxes of a part of a flamegraph.
    ///
    /// # Errors
    /// When the request names what the model does not have.
    pub fn boxes(&self, _request: &BoxesRequest) -> Result<Boxes, ViewError> {
        unimplemented!("being built")
    }

    /// What matches a query.
    ///
    /// # Errors
    /// When the request names what the model does not have. A query that cannot be read is told in the answer.
    pub fn search(&self, _request: &SearchRequest) -> Result<SearchResult, ViewError> {
        unimplemented!("being built")
    }

    /// One function's figures.
    ///
    /// # Errors
    /// When there is no such function.
    pub fn details(&self, _request: &DetailsRequest) -> Result<Details, ViewError> {
        unimplemented!("being built")
    }

    /// A page of a table.
    ///
    /// # Errors
    /// When the request names what the model does not have. A filter that cannot be read is told in the answer.
    pub fn table(&self, _request: &TableRequest) -> Result<TablePage, ViewError> {
        unimplemented!("being built")
    }
}
