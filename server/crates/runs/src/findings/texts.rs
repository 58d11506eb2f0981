//! The measured texts, each parsed once, when it is first asked for.

use profile::Position;
use source::document::Document;
use source::expressions::{self, Meant};
use source::functions::{Function, Functions, functions};
use source::position::{ByteOffset, ByteRange, V8Position};
use source::syntax::Language;
use source::tokens::token_at;
use source::v8_lines::{ByteOrderMark, V8Lines};
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

/// Longest code that is quoted, in characters.
const MAX_QUOTED: usize = 40;

pub(super) struct Texts<'a> {
    text_of: &'a dyn Fn(&str) -> Option<String>,
    known: RefCell<HashMap<String, Option<Rc<Text>>>>,
}

pub(super) struct Text {
    pub(super) document: Document,
    lines: V8Lines,
    functions: OnceCell<Functions>,
}

impl<'a> Texts<'a> {
    pub(super) fn new(text_of: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { text_of, known: RefCell::default() }
    }

    /// The text of a file; none when it is not at hand or in no language that is understood.
    pub(super) fn of(&self, path: &str) -> Option<Rc<Text>> {
        if let Some(known) = self.known.borrow().get(path) {
            return known.clone();
        }
        let text = (self.text_of)(path).map(|text| Rc::new(Text::new(path, &text)));
        self.known.borrow_mut().insert(path.to_owned(), text.clone());
        text
    }
}

impl Text {
    fn new(path: &str, text: &str) -> Self {
        // Node runs a file without a known extension as JavaScript.
        let language = Language::for_path(Path::new(path)).unwrap_or(Language::JavaScript);
        let document = Document::new(language, 0, text);
        let lines = document.v8_lines(ByteOrderMark::of_script(path));
        Self { document, lines, functions: OnceCell::new() }
    }

    pub(super) fn functions(&self) -> &Functions {
        self.functions.get_or_init(|| functions(self.document.syntax(), self.document.text()))
    }

    /// The function that V8 names so, and places there.
    pub(super) fn function(&self, name: &str, start: Position) -> Option<&Function> {
        self.functions().by_v8_name(name, self.byte(start))
    }

    pub(super) fn byte(&self, position: Position) -> ByteOffset {
        self.lines.to_byte(V8Position { line: position.line, column: position.column })
    }

    pub(super) fn position(&self, offset: ByteOffset) -> Position {
        let position = self.lines.to_position(offset);
        Position { line: position.line, column: position.column }
    }

    /// A position's expression on one line, shortened.
    pub(super) fn expression_at(&self, position: Position, meant: Meant) -> Option<String> {
        let range = expressions::expression_at(self.document.syntax(), self.exact(position)?, meant)?;
        Some(quoted(&self.slice(range)))
    }

    /// Whether property `key` is assigned at a position.
    pub(super) fn assigns(&self, position: Position, key: &str) -> bool {
        let (syntax, text) = (self.document.syntax(), self.document.text());
        self.exact(position).is_some_and(|offset| expressions::assigns_property(syntax, text, offset, key))
    }

    /// The token that V8 means by a position, of property `key` where that is known.
    pub(super) fn token_at(&self, position: Position, key: &str) -> Option<Position> {
        let (syntax, text) = (self.document.syntax(), self.document.text());
        let token = token_at(syntax, text, self.exact(position)?, Some(key).filter(|key| !key.is_empty()))?;
        Some(self.position(token.range.start))
    }

    fn slice(&self, range: ByteRange) -> String {
        self.document.text().get_byte_slice(range.start.0..range.end.0).map(String::from).unwrap_or_default()
    }

    fn exact(&self, position: Position) -> Option<ByteOffset> {
        (position.column > 0).then(|| self.byte(position))
    }
}

/// Code as it is quoted in a sentence: on one line, and only so much of it that it is recognised. Of a chain, the end is what is meant.
pub(super) fn quoted(code: &str) -> String {
    let one_line = code.split_whitespace().collect::<Vec<_>>().join(" ");
    let length = one_line.chars().count();
    if length <= MAX_QUOTED {
        return one_line;
    }
    let last = one_line.rsplit_once('.').map(|(_, name)| name);
    let is_name = |name: &&str| name.chars().all(|char| char.is_alphanumeric() || matches!(char, '_' | '$' | '#'));
    match last.filter(is_name).filter(|name| name.chars().count() < MAX_QUOTED) {
        Some(name) => format!("….{name}"),
        None => format!("{}…", one_line.chars().take(MAX_QUOTED - 1).collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_in_a_sentence() {
        fn check(code: &str, expected: &str) {
            assert_eq!(quoted(code), expected);
        }
        check("o.x", "o.x");
        check("f(\n  a,\n  b\n)", "f( a, b )");
        check("list.map(function (item) { return item.total * 2; }).reduce", "….reduce");
        check("one + two + three + four + five + six + seven", "one + two + three + four + five + six +…");
    }
}
