use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method};

use crate::expect::Expect;

/// One of the requests of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestSpec {
    /// Method; any but CONNECT.
    pub method: Method,
    /// Path and query, from `/` on (or `*` of OPTIONS); may hold placeholders. What they must
    /// not hold (spaces, non-ASCII, braces) is percent-encoded, `%` is left alone.
    pub path: String,
    /// Headers in the order in which they are sent; values may hold placeholders. Added are
    /// `host` in front unless it is given, `content-length` of a body, and `connection: close`
    /// without keep-alive; nothing else, no `user-agent` either.
    pub headers: HeaderMap,
    /// Body, empty for none; may hold placeholders. Every method may have one but TRACE.
    pub body: Bytes,
    /// Whether `{{n}}`, `{{uuid}}` and `{{column}}` in path, header values and body are
    /// replaced in each request (see [`crate::requests`]); else they are sent as they stand.
    pub placeholders: bool,
    /// What makes its response a success.
    pub expect: Expect,
}

impl RequestSpec {
    /// A GET that expects 200 to 299.
    pub fn get(path: &str) -> Self {
        Self {
            method: Method::GET,
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            placeholders: false,
            expect: Expect::default(),
        }
    }
}

/// Values for `{{column}}`: each round of the requests in rotation takes the next row, the
/// first one again after the last. Made by [`Rows::from_csv`], or by hand; with or without
/// both columns and rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rows {
    /// Names of the columns: each once, not empty, and neither `n` nor `uuid`.
    pub columns: Vec<String>,
    /// Each as long as `columns`.
    pub rows: Arc<Vec<Vec<String>>>,
}
