//! The columnar model of a profile, and the figures computed from it.
//!
//! ```text
//! Source ◄── Frame ◄── Location ◄── Node ◄── Sample
//! a file     a function   a place      a stack     a moment
//!                         in it, in
//!                         one tier
//! ```
//!
//! Every arrow is a handle into a table. A stack is a path of nodes up to the root; nodes are interned, parents come before their
//! children, and the tree is as fine as the data: two call sites in one function are two nodes. Views merge nodes by [`Frame`].
//!
//! Positions are 1-based, columns count UTF-16 code units, time is in microseconds.

pub mod attribution;
pub mod category;
pub mod counts;
pub mod decisions;
pub mod finding;
pub mod flame;
pub mod focus;
pub mod handles;
pub mod index;
pub mod merge;
pub mod model;
pub mod remap;
pub mod totals;
pub mod tree;

pub use attribution::Attribution;
pub use category::Category;
pub use decisions::Decisions;
pub use finding::Finding;
pub use focus::focus;
pub use handles::{FrameId, LocationId, NodeId, ShapeId, SourceId};
pub use model::{Frame, Location, Position, Profile, ProfileBuilder, Samples, Source, Tier};
pub use tree::CallTree;
