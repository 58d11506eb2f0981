//! From the protocol's types.

use source::document::{Change, Document};
use source::position::{ByteOffset, ByteRange, Encoding, LspPosition};
use std::path::PathBuf;
use tower_lsp::ls_types::{Position, Range, TextDocumentContentChangeEvent, Uri};

/// A position.
pub fn position(position: Position) -> LspPosition {
    LspPosition { line: position.line, character: position.character }
}

/// The byte of a position; one outside the text is clamped.
pub fn offset(document: &Document, encoding: Encoding, at: Position) -> ByteOffset {
    encoding.to_byte(document.text(), position(at))
}

/// The bytes of a range; one that runs backwards is turned round.
pub fn range(document: &Document, encoding: Encoding, range: Range) -> ByteRange {
    let (start, end) = (offset(document, encoding, range.start), offset(document, encoding, range.end));
    ByteRange { start: start.min(end), end: end.max(start) }
}

/// Changes of a text.
pub fn changes(events: Vec<TextDocumentContentChangeEvent>) -> Vec<Change> {
    events
        .into_iter()
        .map(|event| Change { range: event.range.map(|range| (position(range.start), position(range.end))), text: event.text })
        .collect()
}

/// The file of a URI; none for other schemes (`untitled:`).
pub fn path(uri: &Uri) -> Option<PathBuf> {
    if !uri.scheme().as_str().eq_ignore_ascii_case("file") {
        return None;
    }
    uri.to_file_path().map(|path| path.into_owned()).filter(|path| path.is_absolute())
}
