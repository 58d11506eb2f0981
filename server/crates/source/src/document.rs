//! A text as the editor has it: an immutable snapshot, and the next one after a change.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use ropey::Rope;
use tree_sitter::Point;

use crate::edit::{TextEdit, common_ends};
use crate::line_diff::edits_between;
use crate::position::{Encoding, LspPosition};
use crate::syntax::{Edit, Language, Syntax};
use crate::v8_lines::{ByteOrderMark, V8Lines};

/// One version of one text, with all that follows from it. Immutable; cloning is copying a pointer.
#[derive(Clone, Debug)]
pub struct Document {
    snapshot: Arc<Snapshot>,
}

#[derive(Debug)]
struct Snapshot {
    version: i32,
    text: Rope,
    language: Language,
    /// Parsed when it is first asked for: taking a change in must not wait for that.
    syntax: OnceLock<Syntax>,
    /// What to parse from: the syntax of an earlier text, and the edits from there to this one.
    parsed: Option<(Syntax, Vec<Edit>)>,
    v8_lines: OnceLock<V8Lines>,
    /// Whether there may be a `\r` without `\n`: ends a line for everyone but tree-sitter.
    lone_cr: bool,
}

/// One change of a text, as an editor sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What is replaced, in the text the change before left; none for all of it.
    pub range: Option<(LspPosition, LspPosition)>,
    /// What is put there.
    pub text: String,
}

/// What [`Document::apply`] made.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The next snapshot.
    pub document: Document,
    /// What changed, byte by byte: text that a change replaced by the same text is not part of it. In order, each in the text its
    /// predecessors left.
    pub edits: Vec<TextEdit>,
    /// Changes whose range ran backwards or lay past the last line; they were read as the nearest range there is. More than 0 means
    /// the editor and this server may not have the same text.
    pub adjusted: usize,
}

impl Document {
    /// Takes a text in.
    pub fn new(language: Language, version: i32, text: &str) -> Self {
        let text = Rope::from_str(text);
        Self::of(version, lone_cr(text.chunks()), text, language, None)
    }

    /// Makes the changes, in order, each in the text the one before left. Nothing is parsed here.
    ///
    /// Never fails: the protocol wants columns past their line clamped, and a range that is backwards or past the text has a nearest
    /// one (counted in [`Applied::adjusted`]); refusing a change would only set the two texts apart.
    pub fn apply(&self, version: i32, changes: &[Change], encoding: Encoding) -> Applied {
        let mut pending =
            Pending { text: self.snapshot.text.clone(), lone_cr: self.snapshot.lone_cr, edits: Vec::new(), syntax_edits: Vec::new() };
        let mut adjusted = 0;
        for change in changes {
            let (start, end) = match change.range {
                None => (0, pending.text.len_bytes()),
                Some((start, end)) => {
                    let lines = pending.text.len_lines();
                    // The end may be the start of the line after the last: many say "all of it" so.
                    let outside = start.line as usize > lines || end.line as usize > lines;
                    adjusted += usize::from(outside || end < start);
                    let (start, end) = (start.min(end), end.max(start));
                    (encoding.to_byte(&pending.text, start).0, encoding.to_byte(&pending.text, end).0)
                }
            };
            pending.replace(start, end, &change.text);
        }
        let parsed = match (self.snapshot.syntax.get(), &self.snapshot.parsed) {
            (Some(syntax), _) => Some((syntax.clone(), pending.syntax_edits)),
            (None, Some((syntax, edits))) => Some((syntax.clone(), [edits.as_slice(), &pending.syntax_edits].concat())),
            (None, None) => None,
        };
        let document = Self::of(version, pending.lone_cr, pending.text, self.snapshot.language, parsed);
        Applied { document, edits: pending.edits, adjusted }
    }

    /// The version the editor gave this text.
    pub fn version(&self) -> i32 {
        self.snapshot.version
    }

    /// The text.
    pub fn text(&self) -> &Rope {
        &self.snapshot.text
    }

    /// The dialect it is parsed as.
    pub fn language(&self) -> Language {
        self.snapshot.language
    }

    /// Its syntax; parsed when it is first asked for, from what an earlier text of the document gave. Slow then.
    pub fn syntax(&self) -> &Syntax {
        let snapshot = &self.snapshot;
        snapshot.syntax.get_or_init(|| match &snapshot.parsed {
            Some((syntax, edits)) if edits.is_empty() => syntax.clone(),
            Some((syntax, edits)) => syntax.reparse(edits, &snapshot.text),
            None => Syntax::parse(snapshot.language, &snapshot.text),
        })
    }

    /// Its lines as V8 counts them; found once per snapshot. An editor may have dropped a byte-order mark the file has: then there is
    /// none here, whatever `mark` says.
    pub fn v8_lines(&self, mark: ByteOrderMark) -> V8Lines {
        let lines = self.snapshot.v8_lines.get_or_init(|| V8Lines::new(&self.snapshot.text, ByteOrderMark::Kept));
        lines.clone().with_mark(mark)
    }

    fn of(version: i32, lone_cr: bool, text: Rope, language: Language, parsed: Option<(Syntax, Vec<Edit>)>) -> Self {
        Self {
            snapshot: Arc::new(Snapshot { version, text, language, syntax: OnceLock::new(), parsed, v8_lines: OnceLock::new(), lone_cr }),
        }
    }
}

impl Language {
    /// The dialect of a file by its name's extension, in any case; none for other files.
    pub fn for_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "js" | "cjs" | "mjs" | "jsx" => Some(Self::JavaScript),
            "ts" | "cts" | "mts" => Some(Self::TypeScript),
            "tsx" => Some(Self::Tsx),
            _ => None,
        }
    }

    /// The dialect of a text by the language identifier the editor gives it: those of the protocol, and the ones Neovim, Vim and
    /// Helix send besides; none for other languages.
    pub fn for_language_id(id: &str) -> Option<Self> {
        match id {
            "javascript" | "javascriptreact" | "javascript.jsx" | "jsx" => Some(Self::JavaScript),
            "typescript" => Some(Self::TypeScript),
            "typescriptreact" | "typescript.tsx" | "tsx" => Some(Self::Tsx),
            _ => None,
        }
    }
}

/// A text between two snapshots.
struct Pending {
    text: Rope,
    lone_cr: bool,
    edits: Vec<TextEdit>,
    syntax_edits: Vec<Edit>,
}

impl Pending {
    fn replace(&mut self, start: usize, end: usize, new: &str) {
        let old = self.text.byte_slice(start..end);
        let (prefix, suffix) = common_ends(old, new);
        let (start, end, new) = (start + prefix, end - suffix, &new[prefix..new.len() - suffix]);
        if start == end && new.is_empty() {
            return;
        }
        let edit = TextEdit { start, old_end: end, new_end: start + new.len() };
        let old = self.text.byte_slice(start..end);
        if old.len_lines() > 1 && new.contains(['\n', '\r']) {
            // Formatters and editors without incremental changes replace much to change little.
            let split = edits_between(&old.to_string(), new);
            self.edits.extend(split.into_iter().map(|part| part.moved(start as isize)));
        } else {
            self.edits.push(edit);
        }

        let (start_position, old_end_position) = (self.point(start), self.point(end));
        self.syntax_edits.push(Edit {
            start_byte: start,
            old_end_byte: end,
            new_end_byte: edit.new_end,
            start_position,
            old_end_position,
            new_end_position: after(start_position, new),
        });

        let chars = self.text.byte_to_char(start)..self.text.byte_to_char(end);
        let at = chars.start;
        self.text.remove(chars);
        self.text.insert(at, new);
        // One byte on each side may have become, or ceased to be, half of a `\r\n`.
        let around = start.saturating_sub(1)..(edit.new_end + 1).min(self.text.len_bytes());
        self.lone_cr = self.lone_cr || lone_cr_in(&self.text, around);
    }

    /// Place of a byte as tree-sitter counts: rows end at `\n` only, columns are bytes.
    fn point(&self, byte: usize) -> Point {
        if !self.lone_cr {
            let row = self.text.byte_to_line(byte);
            return Point { row, column: byte - self.text.line_to_byte(row) };
        }
        let (mut row, mut row_start, mut chunk_start) = (0, 0, 0);
        for chunk in self.text.chunks() {
            for (at, _) in chunk.bytes().enumerate().filter(|&(at, b)| b == b'\n' && chunk_start + at < byte) {
                row += 1;
                row_start = chunk_start + at + 1;
            }
            chunk_start += chunk.len();
            if chunk_start >= byte {
                break;
            }
        }
        Point { row, column: byte - row_start }
    }
}

fn after(start: Point, inserted: &str) -> Point {
    match inserted.rfind('\n') {
        None => Point { row: start.row, column: start.column + inserted.len() },
        Some(last) => {
            let rows = inserted.bytes().filter(|&byte| byte == b'\n').count();
            Point { row: start.row + rows, column: inserted.len() - last - 1 }
        }
    }
}

/// Whether some `\r` in consecutive pieces of a text has no `\n` behind it.
fn lone_cr<'a>(chunks: impl Iterator<Item = &'a str>) -> bool {
    let mut after_cr = false;
    for chunk in chunks.filter(|chunk| !chunk.is_empty()) {
        if after_cr && !chunk.starts_with('\n') {
            return true;
        }
        after_cr = chunk.ends_with('\r');
        let inside = &chunk[..chunk.len() - usize::from(after_cr)];
        if inside.match_indices('\r').any(|(at, _)| inside.as_bytes().get(at + 1) != Some(&b'\n')) {
            return true;
        }
    }
    after_cr
}

/// The same for some bytes of a text and the `\n` that may follow them.
fn lone_cr_in(text: &Rope, bytes: std::ops::Range<usize>) -> bool {
    let mut all = text.bytes_at(bytes.start).take(bytes.len() + 1).peekable();
    let mut left = bytes.len();
    while left > 0
        && let Some(byte) = all.next()
    {
        left -= 1;
        if byte == b'\r' && all.peek() != Some(&b'\n') {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests;
