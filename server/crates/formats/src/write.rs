//! Writers: model to bytes.
//!
//! Output goes to `out` piece by piece; give a buffered writer.

pub mod collapsed;
pub mod cpuprofile;
pub mod html;
mod json;
mod labels;
pub mod pprof;
pub mod speedscope;
pub mod svg;

#[cfg(test)]
pub(crate) mod sample;
