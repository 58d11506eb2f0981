//! Requests: read from a file or a recording, compiled, and written for request number `n`.
//!
//! # Placeholders
//! Where [`crate::RequestSpec::placeholders`] is set, these are replaced in path, header
//! values and body of every request:
//!
//! - `{{n}}`: number of the request in the run, from 0;
//! - `{{uuid}}`: a random UUID (version 4), the same wherever it stands in one request;
//! - `{{column}}`: the value of this column of [`crate::Rows`]. Each round of the requests in
//!   rotation takes the next row, the first one again after the last: a user's log-in and
//!   what follows it have the same row.
//!
//! In a path the value is percent-encoded, so that it stays within its segment or query
//! value. In headers and bodies it stands as it is: within JSON, write the quotation marks
//! around it, as in `{"id": {{n}}, "name": "{{name}}"}`.

mod compiled;
mod error;
mod file;
mod har;
mod json;
mod rows;
mod rules;
mod template;

pub(crate) use compiled::Compiled;
pub use error::RequestsError;
pub use file::from_json;
pub use har::{HarOptions, HarRequests, from_har, from_har_with};
pub use rows::RowsError;
