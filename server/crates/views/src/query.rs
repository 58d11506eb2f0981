//! The search's language: a regular expression on a function's name, or on its place as `path:line:column`, with forward slashes; the path
//! is absolute, or relative to the project's folder. Case matters when the expression has an upper-case letter.

use crate::frames::FrameTable;
use crate::wire::{FrameInfo, QueryError};
use regex::{Regex, RegexBuilder};
use regex_syntax::ast::{ErrorKind, Span};
use regex_syntax::{Error, Parser};
use std::borrow::Cow;
use std::fmt::Write;

/// The functions that match.
#[derive(Debug, Default)]
pub(crate) struct Matches {
    /// By number; empty when nothing was asked.
    of_frame: Vec<bool>,
}

impl Matches {
    /// Tries every function. A blank query matches nothing. `root` is the project's folder, absolute, or empty.
    pub(crate) fn new(query: &str, frames: &FrameTable, root: &str) -> Result<Self, QueryError> {
        if query.trim().is_empty() {
            return Ok(Self::default());
        }
        let pattern = compile(query)?;
        let root = root.replace('\\', "/");
        let root = root.trim_end_matches('/');
        let mut place = String::new();
        let of_frame = frames.rows().iter().map(|frame| {
            pattern.is_match(&shown_name(frame)) || {
                write_place(frame, &mut place);
                let below = place.strip_prefix(root).and_then(|place| place.strip_prefix('/')).filter(|_| !root.is_empty());
                pattern.is_match(&place) || below.is_some_and(|place| pattern.is_match(place))
            }
        });
        Ok(Self { of_frame: of_frame.collect() })
    }

    /// Whether the function matches.
    pub(crate) fn holds(&self, frame: u32) -> bool {
        self.of_frame.get(frame as usize).copied().unwrap_or(false)
    }
}

fn compile(query: &str) -> Result<Regex, QueryError> {
    let mut built = RegexBuilder::new(query);
    built.case_insensitive(!has_upper_case(query));
    built.build().map_err(|error| explained(query, &error))
}

/// Whether a letter is in upper case, escapes aside.
fn has_upper_case(query: &str) -> bool {
    let mut letters = query.chars();
    while let Some(letter) = letters.next() {
        if letter == '\\' {
            letters.next();
        } else if !letter.to_lowercase().eq([letter]) {
            return true;
        }
    }
    false
}

fn explained(query: &str, error: &regex::Error) -> QueryError {
    let (message, span) = match (error, Parser::new().parse(query)) {
        (_, Err(Error::Parse(error))) => (told(error.kind()), Some(*error.span())),
        (_, Err(Error::Translate(error))) => (error.kind().to_string(), Some(*error.span())),
        (regex::Error::CompiledTooBig(_), _) => ("the expression takes too much memory; repeat less".to_owned(), None),
        (error, _) => (error.to_string(), None),
    };
    let (start, end) = span.map_or((0, query.len()), |Span { start, end }| (start.offset, end.offset));
    let at = utf16_length(query.get(..start).unwrap_or(query));
    QueryError { message, at, length: utf16_length(query.get(start..end).unwrap_or_default()) }
}

fn told(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::UnsupportedLookAround => "look-ahead and look-behind are not supported; write what is to match itself".to_owned(),
        ErrorKind::UnsupportedBackreference => "references to groups are not supported; write the text again".to_owned(),
        kind => kind.to_string(),
    }
}

fn utf16_length(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
}

/// The function's name as shown.
fn shown_name(frame: &FrameInfo) -> Cow<'_, str> {
    if frame.name.is_empty() { Cow::Borrowed("(anonymous)") } else { printable(&frame.name) }
}

/// `path:line:column`, as far as known.
fn write_place(frame: &FrameInfo, place: &mut String) {
    place.clear();
    if frame.path.is_empty() {
        return;
    }
    place.push_str(&printable(&frame.path));
    if place.contains('\\') {
        *place = place.replace('\\', "/");
    }
    for number in [frame.line, frame.column].into_iter().take_while(|number| *number > 0) {
        // Writing to a text does not fail.
        let _ = write!(place, ":{number}");
    }
}

/// As the view shows it: controls and bidirectional overrides, which would garble the text around, are dots.
fn printable(text: &str) -> Cow<'_, str> {
    let is_unprintable = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.contains(is_unprintable) { Cow::Owned(text.replace(is_unprintable, "\u{b7}")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_matters_only_with_an_upper_case_letter() {
        fn check(query: &str, text: &str, expected: bool) {
            assert_eq!(compile(query).unwrap().is_match(text), expected, "{query} {text}");
        }
        check("parse", "PARSE", true);
        check("PARSE", "parseRow", false);
        check("PARSE", "PARSE", true);
        check(r"parse\w+", "PARSERow", true);
        check(r"parse\S", "PARSER", true);
        check(r"parse\\S", r"parse\s", false);
        check("é", "É", true);
    }

    #[test]
    fn an_exact_query_matches_nothing_else() {
        // As the view escapes it.
        let exactly = |name: &str| {
            let escaped: String =
                name.chars().flat_map(|c| r"\^$.*+?()[]{}|/".contains(c).then_some('\\').into_iter().chain([c])).collect();
            compile(&format!("^{escaped}$")).unwrap()
        };
        for name in ["a+b", "(anonymous)", "get [x]", "価格", r"C:\a\b.js", "a/b$"] {
            assert!(exactly(name).is_match(name), "{name}");
            assert!(!exactly(name).is_match(&format!("{name}x")), "{name}");
        }
    }

    #[test]
    fn an_invalid_expression_says_what_is_wrong_and_where() {
        fn check(query: &str, message: &str, at: u32, length: u32) {
            let error = compile(query).unwrap_err();
            assert!(error.message.contains(message), "{query}: {}", error.message);
            assert_eq!((error.at, error.length), (at, length), "{query}: {}", error.message);
        }
        check("a(b", "unclosed group", 1, 1);
        check("価😀(b", "unclosed group", 3, 1);
        check("get(?=X)", "look-ahead", 3, 3);
        check("(?<!a)b", "look-behind", 0, 4);
        check(r"(a)\1", "references to groups", 3, 2);
        check("a**[", "unclosed character class", 3, 1);
        check(r"\p{Nothing}", "Unicode", 0, 11);
        check("(a{1000}){1000}", "memory", 0, 15);
    }
}
