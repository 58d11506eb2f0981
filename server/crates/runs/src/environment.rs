//! Where and on what a run was made.

mod development;
mod machine;
mod server;

pub(crate) use development::{SET_NODE_ENV, dependencies_of_server, development_setup, node_env_in_words};
pub(crate) use machine::busy_before;
pub use machine::machine;
pub use server::{ServerFacts, of_server};
