//! Methods for tests of the server itself; not in release builds.

use crate::session::{Session, blocking};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::TextDocumentIdentifier;

/// Work of [`wait`] that goes on.
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// Parameters of `tickmark/testText`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TextParams {
    text_document: TextDocumentIdentifier,
}

/// Panics.
///
/// # Errors
/// Never.
pub async fn panic(_: &Arc<Session>) -> Result<Value> {
    panic!("as the test wants it");
}

/// The text as the server has it.
///
/// # Errors
/// Never.
pub async fn text(session: &Arc<Session>, params: TextParams) -> Result<Value> {
    let text = session.text(&params.text_document.uri);
    Ok(text.map_or(Value::Null, |text| json!({ "text": text.document.text().to_string(), "version": text.document.version() })))
}

/// Works until it is cancelled.
///
/// # Errors
/// When it panicked.
pub async fn wait(_: &Arc<Session>) -> Result<Value> {
    blocking(|cancelled| {
        WAITING.fetch_add(1, Ordering::SeqCst);
        while !cancelled.is_set() {
            std::thread::sleep(Duration::from_millis(1));
        }
        WAITING.fetch_sub(1, Ordering::SeqCst);
        Value::Null
    })
    .await
}

/// How much of [`wait`]'s work goes on.
///
/// # Errors
/// Never.
pub async fn waiting(_: &Arc<Session>) -> Result<usize> {
    Ok(WAITING.load(Ordering::SeqCst))
}
