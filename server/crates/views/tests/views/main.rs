//! Models through their public face.

#![allow(clippy::unwrap_used, reason = "functions beside the tests are tests too")]

mod comparison;
mod details;
mod fixture;
mod flamegraph;
mod overview;
mod part;
mod properties;
mod sandwich;
mod search;
