//! What the server can do, and what it needs to know of the client.

use super::ext::Command;
use serde_json::Value;
use source::position::Encoding;
use tower_lsp::ls_types::*;

/// What of the client's capabilities changes what the server does. Nothing essential depends on it.
#[derive(Clone, Debug, Default)]
pub struct ClientFacts {
    /// How columns are counted.
    pub encoding: Encoding,
    /// It asks for diagnostics itself, also when told that there are others now. Neovim 0.10 asks only after edits: after a
    /// run it would never show one.
    pub pulls_diagnostics: bool,
    /// It shows markdown in hovers.
    pub markdown_hover: bool,
    /// It makes progress bars for the server.
    pub progress: bool,
    /// It answers `workspace/configuration`.
    pub configuration: bool,
    /// It can be told to watch files.
    pub watches_files: bool,
    /// It can be told to send changes of the settings.
    pub registers_configuration: bool,
    /// It understands `workspace/inlayHint/refresh`.
    pub refreshes_hints: bool,
    /// It understands `workspace/codeLens/refresh`.
    pub refreshes_lenses: bool,
    /// It understands `workspace/diagnostic/refresh`.
    pub refreshes_diagnostics: bool,
    /// It shows `relatedInformation`.
    pub related_information: bool,
    /// It takes code action literals; others get plain commands.
    pub action_literals: bool,
    /// The user does not trust the workspace: nothing of it may run, nor choose what runs.
    pub restricted: bool,
    /// It tells the user of failed runs itself, from `tickmark/runChanged`.
    pub shows_failures: bool,
}

impl ClientFacts {
    /// From what the client declares, and the two options of ours that are no settings.
    pub fn of(capabilities: &ClientCapabilities, options: Option<&Value>) -> Self {
        let is_set = |name: &str| options.and_then(|options| options.get(name)).and_then(Value::as_bool) == Some(true);
        let text = capabilities.text_document.as_ref();
        let workspace = capabilities.workspace.as_ref();
        let offered = capabilities.general.as_ref().and_then(|general| general.position_encodings.as_deref()).unwrap_or_default();
        let formats = text.and_then(|text| text.hover.as_ref()).and_then(|hover| hover.content_format.as_deref());
        let refresh = |supported: Option<bool>| supported == Some(true);
        let refreshes_diagnostics =
            workspace.and_then(|workspace| workspace.diagnostics.as_ref()).is_some_and(|diagnostics| refresh(diagnostics.refresh_support));
        Self {
            encoding: if offered.contains(&PositionEncodingKind::UTF8) { Encoding::Utf8 } else { Encoding::Utf16 },
            pulls_diagnostics: refreshes_diagnostics && text.is_some_and(|text| text.diagnostic.is_some()),
            markdown_hover: formats.is_some_and(|formats| formats.contains(&MarkupKind::Markdown)),
            progress: capabilities.window.as_ref().and_then(|window| window.work_done_progress) == Some(true),
            configuration: workspace.and_then(|workspace| workspace.configuration) == Some(true),
            watches_files: workspace
                .and_then(|workspace| workspace.did_change_watched_files.as_ref())
                .is_some_and(|watching| watching.dynamic_registration == Some(true)),
            registers_configuration: workspace
                .and_then(|workspace| workspace.did_change_configuration.as_ref())
                .is_some_and(|changing| changing.dynamic_registration == Some(true)),
            refreshes_hints: workspace
                .and_then(|workspace| workspace.inlay_hint.as_ref())
                .is_some_and(|hints| refresh(hints.refresh_support)),
            refreshes_lenses: workspace
                .and_then(|workspace| workspace.code_lens.as_ref())
                .is_some_and(|lenses| refresh(lenses.refresh_support)),
            refreshes_diagnostics,
            related_information: text
                .and_then(|text| text.publish_diagnostics.as_ref())
                .is_some_and(|publishing| publishing.related_information == Some(true))
                || text.and_then(|text| text.diagnostic.as_ref()).is_some_and(|diagnostic| diagnostic.related_information == Some(true)),
            action_literals: text
                .and_then(|text| text.code_action.as_ref())
                .is_some_and(|action| action.code_action_literal_support.is_some()),
            restricted: is_set("restricted"),
            shows_failures: is_set("showsFailures"),
        }
    }
}

/// What the server can do for that client.
pub(super) fn server_capabilities(facts: &ClientFacts) -> ServerCapabilities {
    let encoding = match facts.encoding {
        Encoding::Utf8 => PositionEncodingKind::UTF8,
        Encoding::Utf16 => PositionEncodingKind::UTF16,
    };
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::INCREMENTAL),
        save: Some(TextDocumentSyncSaveOptions::Supported(true)),
        ..TextDocumentSyncOptions::default()
    };
    let folders = WorkspaceFoldersServerCapabilities { supported: Some(true), change_notifications: Some(OneOf::Left(true)) };
    let diagnostics = DiagnosticOptions { identifier: Some("tickmark".to_owned()), ..DiagnosticOptions::default() };
    ServerCapabilities {
        position_encoding: Some(encoding),
        text_document_sync: Some(TextDocumentSyncCapability::Options(sync)),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        code_lens_provider: Some(CodeLensOptions { resolve_provider: Some(false) }),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::from("source.tickmark"), CodeActionKind::QUICKFIX]),
            ..CodeActionOptions::default()
        })),
        inlay_hint_provider: Some(OneOf::Left(true)),
        diagnostic_provider: facts.pulls_diagnostics.then_some(DiagnosticServerCapabilities::Options(diagnostics)),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: Command::ALL.iter().map(|command| command.name().to_owned()).collect(),
            work_done_progress_options: WorkDoneProgressOptions { work_done_progress: Some(true) },
        }),
        workspace: Some(WorkspaceServerCapabilities { workspace_folders: Some(folders), ..WorkspaceServerCapabilities::default() }),
        ..ServerCapabilities::default()
    }
}
