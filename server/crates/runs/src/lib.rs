//! A measurement, from start to stored result.
//!
//! [`measure`] starts the program, drives it, reads what V8 wrote and gives a [`Run`] in terms of original sources; [`History`] keeps
//! runs below `.tickmark/runs` and finds them again. [`read_profile`] reads any profile file in the same terms.

mod collect;
mod compare;
pub mod config;
mod error;
pub mod export;
mod facts;
pub mod findings;
pub mod history;
mod measure;
mod originals;
pub mod record;
mod report;
mod scripts;
mod symbols;
pub mod target;
pub mod versus;

pub use collect::{ProfileFile, Wanted, read_profile};
pub use compare::{compare, differences};
pub use config::Config;
pub use error::RunError;
pub use history::{History, HistoryError, LabelChange, Listing, RunLabel};
pub use measure::{Cancel, OutputSink, Phase, Progress, Request, measure};
pub use record::{Instruments, Run, RunId, RunRecord};
pub use report::write_report;
pub use target::Target;
