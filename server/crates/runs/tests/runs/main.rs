//! Benchmarks and comparisons of versions, with a real Node.js and a real git.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "functions beside the tests are tests too")]

mod benchmarks;
mod environment;
mod project;
mod verification;
mod versions;
