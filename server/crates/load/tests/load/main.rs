//! Whole runs against servers in this process.
#![allow(clippy::unwrap_used)] // also outside of test functions: this is all test

mod balance;
mod connections;
mod h2;
mod measurement;
mod misbehaving_servers;
mod open_loop;
mod other_protocols;
mod requests;
mod support;
mod tls;
mod truth;
