//! Whole runs against servers in this process.
#![allow(clippy::unwrap_used)] // also outside of test functions: this is all test

mod measurement;
mod misbehaving_servers;
mod support;
