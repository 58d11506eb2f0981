//! What lies between transport and handlers: no message may end the server.

use super::transport::MALFORMED;
use crate::session::Session;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use serde_json::Value;
use std::any::Any;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_lsp::jsonrpc::{Error, ErrorCode, Id, Request, Response};
use tower_service::Service;

/// Catches panics of handlers, answers unreadable messages, and mends what editors are known to get wrong.
pub(super) struct Guard<S> {
    inner: S,
    session: Arc<Session>,
}

impl<S> Guard<S> {
    pub(super) fn new(inner: S, session: Arc<Session>) -> Self {
        Self { inner, session }
    }
}

impl<S> Service<Request> for Guard<S>
where
    S: Service<Request, Response = Option<Response>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Option<Response>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if request.method() == MALFORMED {
            return ready(Ok(Some(malformed(&request)))).boxed();
        }
        if request.method() == "exit" {
            self.session.exit();
        }
        let request = mended(request);
        let (method, id) = (request.method().to_owned(), request.id().cloned());
        let session = Arc::clone(&self.session);
        // Nothing of a handler that panicked is used again: what handlers share is behind locks that are held for single steps.
        let future = match catch_unwind(AssertUnwindSafe(|| self.inner.call(request))) {
            Ok(future) => future,
            Err(panic) => return ready(Ok(report(&session, &method, id, panic.as_ref()))).boxed(),
        };
        async move {
            match AssertUnwindSafe(future).catch_unwind().await {
                Ok(result) => result,
                Err(panic) => Ok(report(&session, &method, id, panic.as_ref())),
            }
        }
        .boxed()
    }
}

fn malformed(request: &Request) -> Response {
    let params = request.params();
    let code = params.and_then(|params| params.get("code")).and_then(Value::as_i64).unwrap_or(-32700);
    let problem = params.and_then(|params| params.get("problem")).and_then(Value::as_str).unwrap_or("unreadable message");
    let error = Error { code: ErrorCode::from(code), message: problem.to_owned().into(), data: None };
    Response::from_error(request.id().cloned().unwrap_or(Id::Null), error)
}

fn report(session: &Session, method: &str, id: Option<Id>, panic: &(dyn Any + Send)) -> Option<Response> {
    let text = panic_text(panic);
    let message = format!("a defect of Tickmark: `{method}` panicked: {text}. Please report it; the server goes on.");
    tracing::error!(method, panic = text, "a handler panicked");
    session.log_error(message.clone());
    id.map(|id| Response::from_error(id, Error { code: ErrorCode::InternalError, message: message.into(), data: None }))
}

/// The text a panic was raised with.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}

/// Makes right what the library would refuse and editors are known to send: parameters where there should be none or the other way
/// round, and characters that no URI may hold (Helix leaves `[` and `]` of a path as they are).
fn mended(request: Request) -> Request {
    let superfluous = matches!(request.method(), "shutdown" | "exit") && request.params().is_some();
    let missing = request.method() == "tickmark/runs" && request.params().is_none();
    if !superfluous && !missing && !request.params().is_some_and(has_bad_uri) {
        return request;
    }
    let (method, id, params) = request.into_parts();
    let params = if superfluous { None } else { params.or_else(|| missing.then(|| Value::Object(serde_json::Map::new()))) };
    let mut mended = Request::build(method);
    if let Some(id) = id {
        mended = mended.id(id);
    }
    if let Some(mut params) = params {
        mend(&mut params);
        mended = mended.params(params);
    }
    mended.finish()
}

fn has_bad_uri(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(key, value)| match value {
            Value::String(text) => is_uri_key(key) && text.bytes().any(is_bad),
            _ => has_bad_uri(value),
        }),
        Value::Array(items) => items.iter().any(has_bad_uri),
        _ => false,
    }
}

fn mend(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.iter_mut().for_each(|(key, value)| match value {
            Value::String(text) if is_uri_key(key) => *text = escaped(text),
            _ => mend(value),
        }),
        Value::Array(items) => items.iter_mut().for_each(mend),
        _ => {}
    }
}

fn is_uri_key(key: &str) -> bool {
    key == "uri" || key.ends_with("Uri")
}

fn is_bad(byte: u8) -> bool {
    !byte.is_ascii() || byte <= b' ' || b"[]{}|\\^`\"<>\x7f".contains(&byte)
}

fn escaped(uri: &str) -> String {
    uri.bytes().fold(String::with_capacity(uri.len()), |mut out, byte| {
        if is_bad(byte) {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        } else {
            out.push(char::from(byte));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn uris_are_mended_wherever_they_are() {
        let request = Request::build("x")
            .id(1)
            .params(json!({ "textDocument": { "uri": "file:///a b/[id].js", "text": "[x]" }, "folders": [{ "uri": "file:///ö" }] }))
            .finish();
        let expected =
            json!({ "textDocument": { "uri": "file:///a%20b/%5Bid%5D.js", "text": "[x]" }, "folders": [{ "uri": "file:///%C3%B6" }] });
        assert_eq!(mended(request).params(), Some(&expected));
    }
}
