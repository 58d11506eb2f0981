//! What a view shows of a profile. A view asks for what is on its screen, the model stays here: boxes of a flamegraph, pages of tables, what
//! matches a search, one function's figures. Pure: no files, no processes, no editor.
//!
//! The answers are [`wire`]'s types, in JSON as the protocol page documents them.

mod boxes;
mod details;
pub mod filter;
mod frames;
mod hidden;
mod layout;
mod layouts;
mod model;
mod overview;
mod query;
mod recent;
mod runs;
mod search;
mod table;
mod tree;
pub mod wire;

pub use model::Model;

/// Why a view's question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ViewError {
    /// Such as a function of another model.
    #[error("there is no function {0} in this model; open it again")]
    NoFrame(u32),
    /// A path through a tree table that does not exist.
    #[error("there is no row at this path of functions: {0:?}")]
    NoRow(Vec<u32>),
    /// Time order without samples.
    #[error("this profile has no samples with times, so there is no time order")]
    NoTimeline,
    /// Callers and callees of nothing.
    #[error("callers and callees are of one function: `frame` is missing")]
    FrameMissing,
    /// A measure that was not recorded.
    #[error("this profile has no {0}")]
    NoMeasure(&'static str),
}
