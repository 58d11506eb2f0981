//! The texts of scripts, from disk and from Node itself.

use formats::read::{ScriptFunction, Scripts, source_of_url};
use profile::Position;
use source::document::Document;
use source::functions::functions;
use source::syntax::Language;
use source::v8_lines::ByteOrderMark;
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// Largest script that is read, in bytes: V8 itself ends at half of it.
const MAX_SCRIPT_BYTES: u64 = 1 << 30;

/// Scripts by the URL V8 gives them, each read once.
#[derive(Debug, Default)]
pub(crate) struct ScriptTexts {
    builtin: HashMap<String, Arc<str>>,
    cache: RefCell<HashMap<String, Option<Arc<str>>>>,
}

impl ScriptTexts {
    /// With the texts of Node's own modules, by id.
    pub(crate) fn new(builtin: HashMap<String, String>) -> Self {
        Self { builtin: builtin.into_iter().map(|(id, text)| (id, text.into())).collect(), cache: RefCell::default() }
    }

    /// Prefers texts that V8 logged to those on disk.
    pub(crate) fn prefer(&self, logged: impl IntoIterator<Item = (String, Arc<str>)>) {
        self.cache.borrow_mut().extend(logged.into_iter().map(|(url, text)| (url, Some(text))));
    }

    fn read(&self, url: &str) -> Option<Arc<str>> {
        if let Some(id) = url.strip_prefix("node:") {
            return self.builtin.get(id).cloned();
        }
        let path = source_of_url(url).path?;
        read_text(Path::new(&path)).map(Into::into)
    }
}

impl Scripts for ScriptTexts {
    fn text(&self, url: &str) -> Option<Arc<str>> {
        if let Some(known) = self.cache.borrow().get(url) {
            return known.clone();
        }
        let text = self.read(url);
        self.cache.borrow_mut().insert(url.to_owned(), text.clone());
        text
    }

    fn functions(&self, url: &str) -> Vec<ScriptFunction> {
        let Some(text) = self.text(url) else { return Vec::new() };
        let language = Language::for_path(Path::new(url)).unwrap_or(Language::JavaScript);
        let document = Document::new(language, 0, &text);
        let lines = document.v8_lines(ByteOrderMark::of_script(url));
        functions(document.syntax(), document.text())
            .iter()
            .map(|function| {
                let start = lines.to_position(function.v8_start);
                ScriptFunction {
                    name: function.name.clone(),
                    start: Position { line: start.line, column: start.column },
                    first_line: lines.to_position(function.range.start).line,
                    last_line: lines.to_position(function.range.end).line,
                }
            })
            .collect()
    }
}

/// The text of a file; none when it is no file, is too large or cannot be read. Invalid UTF-8 is replaced, as Node does.
pub(crate) fn read_text(path: &Path) -> Option<String> {
    let facts = std::fs::metadata(path).ok()?;
    if !facts.is_file() || facts.len() > MAX_SCRIPT_BYTES {
        return None;
    }
    let bytes = std::fs::read(path).ok()?;
    Some(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}
