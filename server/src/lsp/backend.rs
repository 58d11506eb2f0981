//! The protocol's methods, each with its handler.

use super::capabilities::server_capabilities;
use crate::handlers::{actions, call_tree, commands, focus, reading, runs, texts, views, workspace};
use crate::lsp::ext::runs::{DeleteParams, Deleted, ExportParams, Exported, LabelParams};
use crate::lsp::ext::views::{Applied, Asked, FocusAnswer, FocusParams, FrameAt, FrameAtParams, ModelParams, OpenParams, Opened};
use crate::lsp::ext::{CallTreePage, CallTreeParams, Heat, HeatParams, Runs};
use crate::session::Session;
use ::runs::RunLabel;
use ::views::wire::{Boxes, BoxesRequest, Details, DetailsRequest, SearchRequest, SearchResult, TablePage, TableRequest};
use serde_json::Value;
use std::sync::Arc;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::*;
use tower_lsp::{ClientSocket, LanguageServer, LspService, LspServiceBuilder};

/// Hands requests on.
pub(super) struct Backend {
    session: Arc<Session>,
}

impl Backend {
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self { session }
    }

    pub(super) fn session(&self) -> &Arc<Session> {
        &self.session
    }

    async fn runs(&self, _: Value) -> Result<Runs> {
        runs::runs(&self.session).await
    }

    async fn label_run(&self, params: LabelParams) -> Result<RunLabel> {
        runs::label(&self.session, params).await
    }

    async fn delete_runs(&self, params: DeleteParams) -> Result<Deleted> {
        runs::delete(&self.session, params).await
    }

    async fn export_run(&self, params: ExportParams) -> Result<Exported> {
        runs::export(&self.session, params).await
    }

    async fn call_tree(&self, params: CallTreeParams) -> Result<CallTreePage> {
        call_tree::call_tree(&self.session, params).await
    }

    async fn heat(&self, params: HeatParams) -> Result<Heat> {
        reading::heat(&self.session, params).await
    }

    async fn open_model(&self, params: OpenParams) -> Result<Opened> {
        views::open(&self.session, params).await
    }

    async fn close_model(&self, params: ModelParams) -> Result<()> {
        views::close(&self.session, params).await
    }

    async fn boxes(&self, params: Asked<BoxesRequest>) -> Result<Boxes> {
        views::boxes(&self.session, params).await
    }

    async fn search(&self, params: Asked<SearchRequest>) -> Result<SearchResult> {
        views::search(&self.session, params).await
    }

    async fn details(&self, params: Asked<DetailsRequest>) -> Result<Details> {
        views::details(&self.session, params).await
    }

    async fn table(&self, params: Asked<TableRequest>) -> Result<TablePage> {
        views::table(&self.session, params).await
    }

    async fn frame_at(&self, params: FrameAtParams) -> Result<FrameAt> {
        views::frame_at(&self.session, params).await
    }

    async fn apply_model(&self, params: ModelParams) -> Result<Applied> {
        views::apply(&self.session, params).await
    }

    async fn focus(&self, params: FocusParams) -> Result<FocusAnswer> {
        focus::focus(&self.session, params).await
    }

    async fn cancel_progress(&self, params: WorkDoneProgressCancelParams) {
        self.session.cancel_progress(&params.token);
    }
}

/// Tickmark's own methods.
pub(super) fn service(builder: LspServiceBuilder<Backend>) -> (LspService<Backend>, ClientSocket) {
    let builder = builder
        .custom_method("tickmark/runs", Backend::runs)
        .custom_method("tickmark/runs/label", Backend::label_run)
        .custom_method("tickmark/runs/delete", Backend::delete_runs)
        .custom_method("tickmark/runs/export", Backend::export_run)
        .custom_method("tickmark/callTree", Backend::call_tree)
        .custom_method("tickmark/heat", Backend::heat)
        .custom_method("tickmark/views/open", Backend::open_model)
        .custom_method("tickmark/views/close", Backend::close_model)
        .custom_method("tickmark/views/boxes", Backend::boxes)
        .custom_method("tickmark/views/search", Backend::search)
        .custom_method("tickmark/views/details", Backend::details)
        .custom_method("tickmark/views/table", Backend::table)
        .custom_method("tickmark/views/frameAt", Backend::frame_at)
        .custom_method("tickmark/views/apply", Backend::apply_model)
        .custom_method("tickmark/focus", Backend::focus)
        .custom_method("window/workDoneProgress/cancel", Backend::cancel_progress);
    #[cfg(debug_assertions)]
    let builder = probes::add(builder);
    builder.finish()
}

#[cfg(debug_assertions)]
mod probes {
    use super::Backend;
    use crate::handlers::probes::{self, TextParams};
    use serde_json::Value;
    use tower_lsp::LspServiceBuilder;
    use tower_lsp::jsonrpc::Result;

    impl Backend {
        async fn test_panic(&self) -> Result<Value> {
            probes::panic(&self.session).await
        }

        async fn test_text(&self, params: TextParams) -> Result<Value> {
            probes::text(&self.session, params).await
        }

        async fn test_wait(&self) -> Result<Value> {
            probes::wait(&self.session).await
        }

        async fn test_waiting(&self) -> Result<usize> {
            probes::waiting(&self.session).await
        }
    }

    pub(super) fn add(builder: LspServiceBuilder<Backend>) -> LspServiceBuilder<Backend> {
        builder
            .custom_method("tickmark/testPanic", Backend::test_panic)
            .custom_method("tickmark/testText", Backend::test_text)
            .custom_method("tickmark/testWait", Backend::test_wait)
            .custom_method("tickmark/testWaiting", Backend::test_waiting)
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        workspace::initialize(&self.session, &params);
        Ok(InitializeResult {
            capabilities: server_capabilities(&self.session.facts()),
            server_info: Some(ServerInfo { name: "tickmark".to_owned(), version: Some(env!("CARGO_PKG_VERSION").to_owned()) }),
            ..InitializeResult::default()
        })
    }

    async fn initialized(&self, _: InitializedParams) {
        workspace::initialized(&self.session).await;
    }

    async fn shutdown(&self) -> Result<()> {
        self.session.shutdown();
        // Processes end while the editor takes its time to say `exit`.
        self.session.cancel_runs();
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        texts::did_open(&self.session, params).await;
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        texts::did_change(&self.session, params).await;
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        texts::did_save(&self.session, params).await;
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        texts::did_close(&self.session, params).await;
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        reading::inlay_hint(&self.session, params).await
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        reading::code_lens(&self.session, params).await
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        reading::hover(&self.session, params).await
    }

    async fn diagnostic(&self, params: DocumentDiagnosticParams) -> Result<DocumentDiagnosticReportResult> {
        reading::diagnostic(&self.session, params).await
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        actions::code_action(&self.session, params).await
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<LSPAny>> {
        commands::execute(&self.session, params).await
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        workspace::did_change_configuration(&self.session, params).await;
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        workspace::did_change_workspace_folders(&self.session, params).await;
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        workspace::did_change_watched_files(&self.session, params).await;
    }
}
