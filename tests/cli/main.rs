//! The command line, end to end: the binary as a user starts it, with real Node.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, unreachable_pub, reason = "tests")]

mod against_wrk;
mod bad_files;
mod bad_programs;
mod bad_surroundings;
mod figures;
mod interrupted;
mod lines;
mod load;
mod load_bad;
mod load_compare;
mod load_outputs;
mod load_requests;
mod load_server;
mod load_started;
mod load_tls;
#[path = "../support/measured.rs"]
mod measured;
#[path = "../support/project.rs"]
mod project;
mod report;
mod report_heap;
mod routes;
mod runs;
mod runs_compare;
mod runs_export;
mod runs_manage;
mod schema;
#[path = "../support/tickmark.rs"]
mod tickmark;
mod ticks;
mod trace;
mod trace_bad;
