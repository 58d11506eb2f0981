//! Hints, lenses, hovers and pulled diagnostics.

use crate::lsp::{from_proto, to_proto};
use crate::session::Session;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::*;

/// `textDocument/inlayHint`.
///
/// # Errors
/// When the answer could not be made.
pub async fn inlay_hint(session: &Arc<Session>, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
    let Some(text) = session.text(&params.text_document.uri) else { return Ok(None) };
    let (settings, encoding) = (session.settings(), session.facts().encoding);
    let view = session.view(&text).await?;
    let document = &view.subject.document;
    let asked = from_proto::range(document, encoding, params.range);
    let hints = ide::hints(&view, &settings.shown.hints);
    let asked_for = hints.iter().filter(|hint| asked.start <= hint.at && hint.at <= asked.end);
    Ok(Some(asked_for.map(|hint| to_proto::hint(document, encoding, hint)).collect()))
}

/// `textDocument/codeLens`.
///
/// # Errors
/// When the answer could not be made.
pub async fn code_lens(session: &Arc<Session>, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
    let Some(text) = session.text(&params.text_document.uri) else { return Ok(None) };
    let (settings, encoding) = (session.settings(), session.facts().encoding);
    let view = session.view(&text).await?;
    let document = &view.subject.document;
    let lenses = ide::lenses(&view, &settings.shown.lenses, &settings.shown.hints);
    Ok(Some(lenses.iter().map(|lens| to_proto::lens(document, encoding, &text.uri, lens)).collect()))
}

/// `textDocument/hover`.
///
/// # Errors
/// When the answer could not be made.
pub async fn hover(session: &Arc<Session>, params: HoverParams) -> Result<Option<Hover>> {
    let at = params.text_document_position_params;
    let Some(text) = session.text(&at.text_document.uri) else { return Ok(None) };
    let facts = session.facts();
    let view = session.view(&text).await?;
    let document = &view.subject.document;
    let offset = from_proto::offset(document, facts.encoding, at.position);
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| u64::try_from(now.as_millis()).unwrap_or(u64::MAX));
    Ok(ide::hover(&view, offset, now_ms).map(|hover| to_proto::hover(document, facts.encoding, &hover, facts.markdown_hover)))
}

/// `textDocument/diagnostic`.
///
/// # Errors
/// When the answer could not be made.
pub async fn diagnostic(session: &Arc<Session>, params: DocumentDiagnosticParams) -> Result<DocumentDiagnosticReportResult> {
    let text = session.text(&params.text_document.uri);
    let items = match text {
        Some(text) => session.diagnostics(&text).await?,
        None => Vec::new(),
    };
    let full = FullDocumentDiagnosticReport { result_id: None, items };
    let report = RelatedFullDocumentDiagnosticReport { related_documents: None, full_document_diagnostic_report: full };
    Ok(DocumentDiagnosticReport::Full(report).into())
}
