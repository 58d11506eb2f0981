//! Code actions.

use crate::lsp::{from_proto, to_proto};
use crate::session::Session;
use std::sync::Arc;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::*;

/// The kind of all our actions: measuring is no refactoring and no fix. An editor that asks for `source` only gets them, too.
const KIND: &str = "source.tickmark";

/// `textDocument/codeAction`.
///
/// # Errors
/// When the answer could not be made.
pub async fn code_action(session: &Arc<Session>, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
    let Some(text) = session.text(&params.text_document.uri) else { return Ok(None) };
    if params.context.only.as_ref().is_some_and(|kinds| !kinds.iter().any(|kind| asks_for(kind.as_str()))) {
        return Ok(Some(Vec::new()));
    }
    let (settings, facts) = (session.settings_of(text.path.as_deref()), session.facts());
    let ready = session.view(&text).await?;
    let view = &ready.view;
    let range = from_proto::range(&view.subject.document, facts.encoding, params.range);
    let actions = ide::actions(view, range, &settings.shown);
    let shown = actions.into_iter().map(|action| {
        let command = to_proto::command(&action.command, action.title.clone(), &text.uri);
        if !facts.action_literals {
            return CodeActionOrCommand::Command(command);
        }
        CodeActionOrCommand::CodeAction(CodeAction {
            title: action.title,
            kind: Some(CodeActionKind::from(KIND)),
            command: Some(command),
            ..CodeAction::default()
        })
    });
    Ok(Some(shown.collect()))
}

/// Whether a kind that is asked for includes ours: kinds are hierarchical.
fn asks_for(kind: &str) -> bool {
    kind.is_empty() || KIND == kind || KIND.strip_prefix(kind).is_some_and(|rest| rest.starts_with('.'))
}
