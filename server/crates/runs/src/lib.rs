//! A measurement, from start to stored result.
//!
//! [`measure`] starts the program, drives it, reads what V8 wrote and gives a [`Run`] in terms of original sources; [`History`] keeps
//! runs below `.tickmark/runs` and finds them again. [`read_profile`] reads any profile file in the same terms.

mod collect;
mod compare;
pub mod config;
pub mod environment;
mod error;
pub mod export;
mod failure;
pub mod findings;
mod git;
pub mod history;
mod measure;
mod originals;
pub mod record;
mod report;
mod revision;
mod scripts;
mod symbols;
pub mod target;
mod verify;
pub mod versus;

pub use collect::{ProfileFile, Wanted, read_profile};
pub use compare::{compare, differences};
pub use config::Config;
pub use error::RunError;
pub use failure::{Failure, Place};
pub use git::GitError;
pub use history::{History, HistoryError, LabelChange, Listing, RunLabel};
pub use measure::{Cancel, OutputSink, Phase, Progress, Request, measure, plan_of_route};
pub use record::{Instruments, Run, RunId, RunRecord};
pub use report::{shown_environment, shown_load, write_report};
pub use revision::RevisionError;
pub use target::Target;
pub use verify::{Verified, verify};
