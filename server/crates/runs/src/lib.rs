//! A measurement, from start to stored result.
//!
//! [`measure`] starts the program, drives it, reads what V8 wrote and gives a [`Run`] in terms of original sources; [`History`] keeps
//! runs below `.tickmark/runs` and finds them again.

pub mod config;
mod error;
mod measure;
pub mod record;
pub mod target;

pub use config::Config;
pub use error::RunError;
pub use measure::{Cancel, Phase, Progress, Request, measure};
pub use record::{Run, RunId, RunRecord};
pub use target::Target;
