//! V8's decisions, read from its log, against what its traces print in the same process: on every Node of `TICKMARK_TEST_NODES`
//! (separated by colons), or `node` of `PATH`.

mod deopts;
mod inline_caches;
mod inlining;
mod recording;
mod records;
mod traces;
mod workers;
