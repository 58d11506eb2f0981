use std::sync::Arc;

use bytes::Bytes;
use hyper::http::{HeaderMap, Method};

use crate::expect::Expect;

/// One of the requests of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestSpec {
    /// Method.
    pub method: Method,
    /// Path and query, percent-encoded as far as it is to be; may hold placeholders.
    pub path: String,
    /// Headers besides `host` and `content-length`, which are added; values may hold placeholders.
    pub headers: HeaderMap,
    /// Body, empty for none; may hold placeholders.
    pub body: Bytes,
    /// Whether `{{n}}`, `{{uuid}}` and `{{column}}` in path, header values and body are
    /// replaced in each request.
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

/// Values for `{{column}}`: request `n` takes row `n` modulo the number of rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rows {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Each as long as `columns`.
    pub rows: Arc<Vec<Vec<String>>>,
}
