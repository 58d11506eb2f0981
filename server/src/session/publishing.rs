//! What the server sends by itself: diagnostics, and the wish to be asked anew.

use super::text::{OpenText, Outdated};
use super::{Session, blocking};
use crate::lsp::ext::runs::{RunsChanged, RunsChangedNotification};
use crate::lsp::to_proto::{self, DiagnosticStyle};
use std::sync::Arc;
use std::time::Duration;
use tower_lsp::jsonrpc;
use tower_lsp::ls_types::{Diagnostic, Uri};

/// How long a changed text rests before it is analysed.
const PAUSE: Duration = Duration::from_millis(30);

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
            if text.has_ancestor() {
                // What the editor asks about the change comes first, and of a burst of changes only the last one matters.
                tokio::time::sleep(PAUSE).await;
            }
            if text.may_be_passed_over() {
                return;
            }
            let (work, of) = (Arc::clone(&session), Arc::clone(&text));
            let made = blocking(move |_| {
                of.view(&work, &|| of.is_outdated())?;
                Some(of.outdated(work.generation()))
            });
            match made.await {
                Ok(Some(outdated)) => {
                    session.publish(&text.uri).await;
                    if !text.is_superseded() {
                        session.refresh_some(outdated);
                    }
                }
                Ok(None) => {}
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
        let found = ide::diagnostics(view, &self.settings_of(text.path.as_deref()).shown.diagnostics);
        let document = &view.subject.document;
        let style = DiagnosticStyle { encoding: facts.encoding, with_related: facts.related_information };
        let new: Vec<String> = found.iter().map(|found| found.code.clone()).filter(|code| !self.pages.knows(code)).collect();
        if !new.is_empty() {
            let session = Arc::clone(self);
            blocking(move |_| new.iter().for_each(|code| drop(session.pages.uri(code)))).await?;
        }
        // Pages are linked for every editor: Neovim shows the links and declares nothing.
        let page = |found: &ide::Diagnostic| self.pages.uri(&found.code);
        Ok(found.iter().map(|found| to_proto::diagnostic(document, &text.uri, found, &style, page(found))).collect())
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

    /// Says that the runs, or what is shown of them, are others now. Does not wait.
    pub(crate) fn runs_changed(self: &Arc<Self>) {
        let client = self.client().clone();
        tokio::spawn(async move { client.send_notification::<RunsChangedNotification>(RunsChanged {}).await });
    }

    /// Asks the editor to ask anew, where it understands that. Does not wait for its answers.
    pub(crate) async fn refresh(self: &Arc<Self>) {
        self.refresh_lenses(Duration::ZERO);
        self.refresh_all_but_lenses();
    }

    pub(super) fn refresh_all_but_lenses(self: &Arc<Self>) {
        self.refresh_some(Outdated { hints: true, lenses: false });
        let facts = self.facts();
        if facts.pulls_diagnostics && facts.refreshes_diagnostics {
            let session = Arc::clone(self);
            tokio::spawn(async move { refused("diagnostics", session.client().workspace_diagnostic_refresh().await) });
        }
    }

    /// Asks the editor to ask for lenses anew, after a while.
    pub(super) fn refresh_lenses(self: &Arc<Self>, after: Duration) {
        if self.facts().refreshes_lenses {
            let session = Arc::clone(self);
            tokio::spawn(async move {
                tokio::time::sleep(after).await;
                refused("lenses", session.client().code_lens_refresh().await);
            });
        }
    }

    fn refresh_some(self: &Arc<Self>, outdated: Outdated) {
        let facts = self.facts();
        if outdated.lenses {
            self.refresh_lenses(Duration::ZERO);
        }
        if facts.refreshes_hints && outdated.hints {
            let session = Arc::clone(self);
            tokio::spawn(async move { refused("hints", session.client().inlay_hint_refresh().await) });
        }
    }
}

fn refused(what: &str, answer: jsonrpc::Result<()>) {
    if let Err(error) = answer {
        tracing::debug!(%error, "the editor refused to refresh {what}");
    }
}
