//! What the server sends by itself: diagnostics, and the wish to be asked anew.

use super::text::OpenText;
use super::{Session, blocking};
use crate::lsp::to_proto;
use std::sync::Arc;
use tower_lsp::ls_types::{Diagnostic, Uri};

impl Session {
    /// Makes ready what will be asked about a text, and sends its diagnostics to editors that do not ask for them.
    pub(crate) fn prepare(self: &Arc<Self>, text: Arc<OpenText>) {
        let session = Arc::clone(self);
        tokio::spawn(async move {
            if text.is_superseded() {
                return;
            }
            // A file outside of the workspace brings its own folder.
            if let Some(folder) = text.path.as_deref().and_then(|path| session.folder_of(path)) {
                session.load_stored_of(folder).await;
            }
            let uri = text.uri.clone();
            let work = Arc::clone(&session);
            let made = blocking(move |cancelled| (!text.is_superseded()).then(|| text.view(&work, cancelled)).is_some()).await;
            match made {
                Ok(true) => session.publish(&uri).await,
                Ok(false) => {}
                Err(error) => session.log_error(error.message.into_owned()),
            }
        });
    }

    /// Sends the diagnostics of a text as it is now; none for a text that was closed.
    pub(crate) async fn publish(self: &Arc<Self>, uri: &Uri) {
        let facts = self.facts();
        if facts.pulls_diagnostics {
            return;
        }
        let _turn = self.publishing.lock().await;
        let (found, version) = match self.text(uri) {
            None => (Vec::new(), None),
            Some(text) => match self.diagnostics(&text).await {
                Ok(found) => (found, Some(text.document.version())),
                Err(error) => {
                    tracing::debug!(%error, "no diagnostics for {}", uri.as_str());
                    return;
                }
            },
        };
        let had = self.published.remove(uri).is_some();
        if !found.is_empty() {
            self.published.insert(uri.clone(), ());
        } else if !had {
            // Nothing to show and nothing to take back.
            return;
        }
        self.client().publish_diagnostics(uri.clone(), found, version).await;
    }

    /// The diagnostics of a text.
    ///
    /// # Errors
    /// When finding them panicked.
    pub(crate) async fn diagnostics(self: &Arc<Self>, text: &Arc<OpenText>) -> tower_lsp::jsonrpc::Result<Vec<Diagnostic>> {
        let facts = self.facts();
        let ready = self.view(text).await?;
        let view = &ready.view;
        let found = ide::diagnostics(view, &self.settings().shown.diagnostics);
        let document = &view.subject.document;
        Ok(found.iter().map(|found| to_proto::diagnostic(document, facts.encoding, found, facts.related_information)).collect())
    }

    /// Sends the diagnostics of all open texts.
    pub(crate) async fn publish_all(self: &Arc<Self>) {
        if self.facts().pulls_diagnostics {
            return;
        }
        for text in self.texts() {
            self.publish(&text.uri).await;
        }
    }

    /// Asks the editor to ask anew, where it understands that. Does not wait for its answers.
    pub(crate) async fn refresh(self: &Arc<Self>) {
        let facts = self.facts();
        let session = Arc::clone(self);
        tokio::spawn(async move {
            let client = session.client();
            let refused = |what: &str, error: tower_lsp::jsonrpc::Error| tracing::debug!(%error, "the editor refused to refresh {what}");
            if facts.refreshes_lenses
                && let Err(error) = client.code_lens_refresh().await
            {
                refused("lenses", error);
            }
            if facts.refreshes_hints
                && let Err(error) = client.inlay_hint_refresh().await
            {
                refused("hints", error);
            }
            if facts.pulls_diagnostics
                && facts.refreshes_diagnostics
                && let Err(error) = client.workspace_diagnostic_refresh().await
            {
                refused("diagnostics", error);
            }
        });
    }
}
