//! To the protocol's types.

use crate::lsp::ext::{self, FlamegraphArguments};
use ide::lenses::Command as IdeCommand;
use serde_json::{Value, json};
use source::document::Document;
use source::position::{ByteOffset, ByteRange, Encoding};
use std::path::Path;
use tower_lsp::ls_types::*;

/// A position.
pub fn position(document: &Document, encoding: Encoding, offset: ByteOffset) -> Position {
    let position = encoding.to_position(document.text(), offset);
    Position { line: position.line, character: position.character }
}

/// A range.
pub fn range(document: &Document, encoding: Encoding, range: ByteRange) -> Range {
    Range { start: position(document, encoding, range.start), end: position(document, encoding, range.end) }
}

/// A file's URI; none for a relative path.
pub fn file_uri(path: &Path) -> Option<Uri> {
    Uri::from_file_path(path)
}

/// A command of the file at `uri`.
pub fn command(command: &IdeCommand, title: String, uri: &Uri) -> Command {
    let route = |method: &str, path: &str, entry: Option<&String>| {
        let route = json!({ "uri": uri, "method": method, "path": path });
        with_entry(route, entry)
    };
    let (name, argument) = match command {
        IdeCommand::ProfileRoute { method, path } => (ext::Command::ProfileRoute, route(method, path, None)),
        IdeCommand::ProfileEntry => (ext::Command::ProfileEntry, json!({ "uri": uri })),
        IdeCommand::ExplainRoute { method, path, entry } => (ext::Command::ExplainRoute, route(method, path, entry.as_ref())),
        IdeCommand::ExplainEntry { entry } => (ext::Command::ExplainEntry, with_entry(json!({ "uri": uri }), entry.as_ref())),
        IdeCommand::ToggleFacts { scope, category, on } => {
            let argument = json!({ "uri": uri, "scope": scope.word(), "category": category.word(), "on": on });
            (ext::Command::ToggleFacts, argument)
        }
        IdeCommand::BenchmarkRoute { method, path } => (ext::Command::BenchmarkRoute, route(method, path, None)),
        IdeCommand::SetBaseline { run_id, method, path } => {
            (ext::Command::SetBaseline, json!({ "runId": run_id, "method": method, "path": path }))
        }
        IdeCommand::VerifyBaseline { method, path } => (ext::Command::VerifyBaseline, route(method, path, None)),
        IdeCommand::StopRun { run_id } => (ext::Command::StopRun, json!({ "runId": run_id })),
        IdeCommand::ShowFlamegraph { run_id, frame } => {
            let arguments = FlamegraphArguments { run_id: run_id.clone(), frame: frame.map(|frame| frame.index()) };
            (ext::Command::ShowFlamegraph, json!(arguments))
        }
        IdeCommand::ClearFocus => (ext::Command::ClearFocus, Value::Null),
        IdeCommand::ClearResults => (ext::Command::ClearResults, Value::Null),
    };
    let arguments = (!argument.is_null()).then(|| vec![argument]);
    Command { title, command: name.name().to_owned(), arguments }
}

fn with_entry(mut argument: Value, entry: Option<&String>) -> Value {
    if let Some(entry) = entry {
        argument["entry"] = json!(entry);
    }
    argument
}

/// A lens, resolved.
pub fn lens(document: &Document, encoding: Encoding, uri: &Uri, lens: &ide::Lens) -> CodeLens {
    CodeLens { range: range(document, encoding, lens.range), command: Some(command(&lens.command, lens.title.clone(), uri)), data: None }
}

/// A hint.
pub fn hint(document: &Document, encoding: Encoding, hint: &ide::Hint) -> InlayHint {
    InlayHint {
        position: position(document, encoding, hint.at),
        label: InlayHintLabel::String(hint.label.clone()),
        kind: None,
        text_edits: None,
        tooltip: Some(InlayHintTooltip::String(hint.tooltip.clone())),
        padding_left: Some(true),
        padding_right: None,
        data: None,
    }
}

/// A hover, as markdown or plain text.
pub fn hover(document: &Document, encoding: Encoding, hover: &ide::Hover, markdown: bool) -> Hover {
    let (kind, value) = match markdown {
        true => (MarkupKind::Markdown, hover.text.markdown()),
        false => (MarkupKind::PlainText, hover.text.plain()),
    };
    Hover { contents: HoverContents::Markup(MarkupContent { kind, value }), range: Some(range(document, encoding, hover.range)) }
}

/// How a diagnostic is told.
#[derive(Clone, Debug)]
pub struct DiagnosticStyle {
    /// How columns are counted.
    pub encoding: Encoding,
    /// Whether the editor shows other places.
    pub with_related: bool,
}

/// A diagnostic; `page` explains its code. Other places are those of the measured texts.
pub fn diagnostic(document: &Document, uri: &Uri, found: &ide::Diagnostic, style: &DiagnosticStyle, page: Option<Uri>) -> Diagnostic {
    let encoding = style.encoding;
    let related = found.related.iter().filter_map(|related| {
        let location = match &related.at {
            ide::RelatedAt::Here(here) => Location { uri: uri.clone(), range: range(document, encoding, *here) },
            ide::RelatedAt::Elsewhere { path, position } => {
                // Exact for UTF-16; that text is not at hand to count in other units.
                let at = Position { line: position.line.saturating_sub(1), character: position.column.saturating_sub(1) };
                Location { uri: file_uri(Path::new(path))?, range: Range { start: at, end: at } }
            }
        };
        Some(DiagnosticRelatedInformation { location, message: related.message.clone() })
    });
    let related: Vec<_> = related.filter(|_| style.with_related).collect();
    Diagnostic {
        range: range(document, encoding, found.range),
        severity: Some(match found.severity {
            ide::Severity::Hint => DiagnosticSeverity::HINT,
            ide::Severity::Information => DiagnosticSeverity::INFORMATION,
            ide::Severity::Warning => DiagnosticSeverity::WARNING,
        }),
        code: Some(NumberOrString::String(found.code.clone())),
        code_description: page.map(|href| CodeDescription { href }),
        source: Some("tickmark".to_owned()),
        message: found.message.clone(),
        related_information: (!related.is_empty()).then_some(related),
        ..Diagnostic::default()
    }
}
