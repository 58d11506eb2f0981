//! Hints, lenses, hovers and pulled diagnostics.

use crate::lsp::ext::{Heat, HeatLine, HeatParams};
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
    let ready = session.view_now(&text).await?;
    let hints = ready.hints();
    let asked = from_proto::range(&text.document, session.facts().encoding, params.range);
    let first = hints.partition_point(|(at, _)| *at < asked.start);
    let asked_for = hints.iter().skip(first).take_while(|(at, _)| *at <= asked.end);
    Ok(Some(asked_for.map(|(_, hint)| hint.clone()).collect()))
}

/// `textDocument/codeLens`.
///
/// # Errors
/// When the answer could not be made.
pub async fn code_lens(session: &Arc<Session>, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
    let Some(text) = session.text(&params.text_document.uri) else { return Ok(None) };
    // An editor that cannot be told to ask anew has to wait for the routes of this very version.
    let ready = if session.facts().refreshes_lenses {
        session.near_end().await;
        session.view_now(&text).await?
    } else {
        session.view(&text).await?
    };
    Ok(Some(ready.lenses().to_vec()))
}

/// `textDocument/hover`.
///
/// # Errors
/// When the answer could not be made.
pub async fn hover(session: &Arc<Session>, params: HoverParams) -> Result<Option<Hover>> {
    let at = params.text_document_position_params;
    let Some(text) = session.text(&at.text_document.uri) else { return Ok(None) };
    let facts = session.facts();
    let ready = session.view_now(&text).await?;
    let document = &text.document;
    let offset = from_proto::offset(document, facts.encoding, at.position);
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| u64::try_from(now.as_millis()).unwrap_or(u64::MAX));
    Ok(ide::hover(&ready.view, offset, now_ms).map(|hover| to_proto::hover(document, facts.encoding, &hover, facts.markdown_hover)))
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

/// `tickmark/heat`.
///
/// # Errors
/// When the answer could not be made.
pub async fn heat(session: &Arc<Session>, params: HeatParams) -> Result<Heat> {
    let Some(text) = session.text(&params.text_document.uri) else { return Ok(Heat { lines: Vec::new() }) };
    let ready = session.view_now(&text).await?;
    let view = &ready.view;
    let Some(measured) = view.measured() else { return Ok(Heat { lines: Vec::new() }) };
    let encoding = session.facts().encoding;
    let percent = |us: u64| measured.share(us) * 100.0;
    let line = |(placed, line): (&ide::view::PlacedLine, &ide::measured::MeasuredLine)| HeatLine {
        line: to_proto::position(&text.document, encoding, placed.range.start).line,
        self_percent: percent(line.cost.self_us),
        total_percent: percent(line.cost.total_us),
        calls_percent: percent(line.calls),
        samples: line.cost.total_samples,
        stale: placed.in_stale,
    };
    let mut lines: Vec<HeatLine> = view.measured_lines().filter(|(placed, _)| !placed.changed).map(line).collect();
    // V8 knows more line ends than editors do.
    lines.dedup_by(|next, last| {
        let same = next.line == last.line;
        if same {
            last.self_percent += next.self_percent;
            last.total_percent = last.total_percent.max(next.total_percent);
            last.calls_percent = last.calls_percent.max(next.calls_percent);
            last.samples = last.samples.max(next.samples);
        }
        same
    });
    Ok(Heat { lines })
}
