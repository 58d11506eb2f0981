//! Results and a document snapshot to hints, lenses, hovers, diagnostics and actions as plain data.
//!
//! ```text
//! RunResults ─► MeasuredFile ─┐ (the text that ran)
//!                  Anchors  ──┼─► FileView ─► hints, lenses, hover, diagnostics, actions
//! Document, Functions, Routes ┘ (the text of today)
//! ```
//!
//! A [`FileView`] is made once per version of a text and result, off the request path; every question is then a look-up. Nothing
//! here does I/O or knows the language-server protocol.

pub mod actions;
pub mod benchmark;
pub mod cursor;
pub mod diagnostics;
pub mod explanations;
pub mod focus;
pub mod hints;
pub mod hotspots;
pub mod hover;
pub mod lenses;
pub mod measured;
pub mod placed;
pub mod results;
pub mod rich_text;
pub mod settings;
pub mod switches;
mod timeline;
pub mod view;
pub mod wording;

#[cfg(test)]
mod fixture;

pub use actions::{Action, actions};
pub use benchmark::{Benchmark, BenchmarkHere, RouteCodes, Verification};
pub use diagnostics::{Diagnostic, Related, RelatedAt, Severity, diagnostics};
pub use focus::Focus;
pub use hints::{Hint, hints};
pub use hotspots::{Hotspot, hotspots};
pub use hover::{Hover, hover};
pub use lenses::{Command, Lens, lenses};
pub use measured::MeasuredFile;
pub use results::{Measure, RunFigures, RunResults};
pub use settings::Settings;
pub use switches::{FactsCategory, FactsScope, FactsShown, ScopedSwitch};
pub use view::{FileView, Running, Subject};
