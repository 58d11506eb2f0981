//! Texts as the editor has them. Every change is applied before the first `.await`, so in the order it came.

use crate::lsp::from_proto;
use crate::session::Session;
use crate::session::text::OpenText;
use std::sync::Arc;
use tower_lsp::ls_types::*;

/// `textDocument/didOpen`.
pub async fn did_open(session: &Arc<Session>, params: DidOpenTextDocumentParams) {
    let item = params.text_document;
    match OpenText::opened(item.uri.clone(), &item.language_id, item.version, &item.text) {
        Some(text) => {
            // A file outside of the workspace brings a folder with runs of its own; a new one may be what package.json names.
            if let Some(folder) = text.path.as_deref().and_then(|path| session.folder_of(path)) {
                folder.forget_missing();
            }
            put(session, text);
            session.look_for_runs();
        }
        // Not a language that is measured; if it was open as one, it is no more.
        None => drop(session.remove_text(&item.uri)),
    }
}

/// `textDocument/didChange`.
pub async fn did_change(session: &Arc<Session>, params: DidChangeTextDocumentParams) {
    let id = params.text_document;
    let Some(old) = session.text(&id.uri) else {
        tracing::debug!("a change of {}, which is not open or not measured", id.uri.as_str());
        return;
    };
    let changes = from_proto::changes(params.content_changes);
    let (text, adjusted) = old.changed(id.version, &changes, session.facts().encoding);
    if adjusted > 0 {
        tracing::warn!(adjusted, "changes of {} lay outside of the text", id.uri.as_str());
    }
    put(session, text);
}

/// `textDocument/didSave`.
pub async fn did_save(session: &Arc<Session>, params: DidSaveTextDocumentParams) {
    let Some(old) = session.text(&params.text_document.uri) else { return };
    put(session, old.saved());
    session.look_for_runs();
}

/// `textDocument/didClose`.
pub async fn did_close(session: &Arc<Session>, params: DidCloseTextDocumentParams) {
    let uri = params.text_document.uri;
    if session.remove_text(&uri) {
        session.publish(&uri).await;
    }
}

fn put(session: &Arc<Session>, text: OpenText) {
    let text = Arc::new(text);
    session.put_text(Arc::clone(&text));
    session.prepare(text);
}
