//! What a JavaScript text calls and imports, as far as its tokens tell.

use rustc_hash::FxHashSet;

/// The names that a text uses in a way that can run other functions.
#[derive(Debug, Default)]
pub(super) struct UsedNames<'a> {
    /// Identifiers followed by an argument list, a tagged template or an optional call, and those after `new`; not those of function
    /// declarations. A superset of the calls: method definitions look like calls too.
    pub(super) called: FxHashSet<&'a str>,
    /// Identifiers whose properties are used.
    pub(super) bases: FxHashSet<&'a str>,
}

/// An `import`, or a `require` of a literal.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Import<'a> {
    pub(super) specifier: &'a str,
    /// The identifiers of the statement, among them those it binds.
    pub(super) bindings: Vec<&'a str>,
}

/// The names that a text uses.
pub(super) fn used_names(text: &str) -> UsedNames<'_> {
    let tokens: Vec<Token> = Tokens::of(text).collect();
    let mut names = UsedNames::default();
    for (i, token) in tokens.iter().enumerate() {
        let Token::Identifier(name) = *token else { continue };
        let previous = if i > 0 { Some(tokens[i - 1]) } else { None };
        let before_star = if previous == Some(Token::Mark(b'*')) && i > 1 { Some(tokens[i - 2]) } else { previous };
        let is_declared = matches!(before_star, Some(Token::Identifier("function" | "class")));
        let (next, after) = (tokens.get(i + 1), tokens.get(i + 2));
        let is_optional = next == Some(&Token::Mark(b'?')) && after == Some(&Token::Mark(b'.'));
        let call = if is_optional { tokens.get(i + 3) } else { next };
        let is_called = matches!(call, Some(Token::Mark(b'(' | b'`')));
        if (is_called && !is_declared) || previous == Some(Token::Identifier("new")) {
            names.called.insert(name);
        }
        if is_optional || matches!(next, Some(Token::Mark(b'.' | b'['))) {
            names.bases.insert(name);
        }
    }
    names
}

/// The imports of a text.
pub(super) fn imports(text: &str) -> Vec<Import<'_>> {
    let tokens: Vec<Token> = Tokens::of(text).collect();
    let mut imports = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        let Token::Text(specifier) = *token else { continue };
        let is_call = i >= 2 && tokens[i - 1] == Token::Mark(b'(') && matches!(tokens[i - 2], Token::Identifier("require" | "import"));
        let is_static = i >= 1 && matches!(tokens[i - 1], Token::Identifier("from" | "import"));
        if !is_call && !is_static {
            continue;
        }
        let mut bindings = Vec::new();
        for token in tokens[..i].iter().rev() {
            match token {
                Token::Identifier("const" | "let" | "var" | "import") if !bindings.is_empty() => break,
                Token::Mark(b';') | Token::Text(_) => break,
                Token::Identifier("require" | "from" | "as" | "import") | Token::Mark(_) => {}
                Token::Identifier(name) => bindings.push(*name),
            }
        }
        imports.push(Import { specifier, bindings });
    }
    imports
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    Identifier(&'a str),
    /// A quoted string, without its quotes.
    Text(&'a str),
    Mark(u8),
}

/// Tokens without comments, numbers and regular expressions. Templates are taken as code: their expressions are, and their text does no
/// harm beyond names too many.
struct Tokens<'a> {
    text: &'a str,
    at: usize,
    /// Whether a `/` here begins a regular expression rather than a division.
    may_be_regexp: bool,
}

impl<'a> Tokens<'a> {
    fn of(text: &'a str) -> Self {
        Self { text, at: 0, may_be_regexp: true }
    }

    /// After the closing byte of a string or regular expression; none when the line ends before.
    fn end_of_literal(&self, closing: u8) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut is_in_class = false;
        let mut end = self.at + 1;
        loop {
            match *bytes.get(end)? {
                b'\\' => end += 1,
                b'\n' => return None,
                b'[' if closing == b'/' => is_in_class = true,
                b']' => is_in_class = false,
                byte if byte == closing && !is_in_class => return Some(end + 1),
                _ => {}
            }
            end += 1;
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let bytes = self.text.as_bytes();
        loop {
            let start = self.at;
            let byte = *bytes.get(start)?;
            self.at += 1;
            match byte {
                b'/' if bytes.get(start + 1) == Some(&b'/') => {
                    self.at = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |end| start + end);
                }
                b'/' if bytes.get(start + 1) == Some(&b'*') => {
                    self.at = memchr::memmem::find(&bytes[start + 2..], b"*/").map_or(bytes.len(), |end| start + end + 4);
                }
                b'/' | b'"' | b'\'' => {
                    self.at = start;
                    let end = if byte != b'/' || self.may_be_regexp { self.end_of_literal(byte) } else { None };
                    self.at = end.unwrap_or(start + 1);
                    self.may_be_regexp = false;
                    match end {
                        Some(_) if byte == b'/' => {}
                        Some(end) => return Some(Token::Text(&self.text[start + 1..end - 1])),
                        None => return Some(Token::Mark(byte)),
                    }
                }
                byte if is_identifier(byte) => {
                    while bytes.get(self.at).is_some_and(|byte| is_identifier(*byte)) {
                        self.at += 1;
                    }
                    let name = &self.text[start..self.at];
                    self.may_be_regexp = matches!(name, "return" | "typeof" | "case" | "in" | "of" | "await" | "yield" | "else" | "do");
                    if !byte.is_ascii_digit() {
                        return Some(Token::Identifier(name));
                    }
                }
                byte if byte.is_ascii_whitespace() => {}
                mark => {
                    self.may_be_regexp = !matches!(mark, b')' | b']' | b'}');
                    return Some(Token::Mark(mark));
                }
            }
        }
    }
}

/// Bytes of multi-byte characters count as part of identifiers, so that names never split inside a character.
fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'#') || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_calls() {
        fn check(text: &str, expected: &[&str]) {
            let mut names: Vec<&str> = used_names(text).called.into_iter().collect();
            names.sort_unstable();
            assert_eq!(names, expected, "{text}");
        }
        check("x = tiny(x) + lib.mid (y);", &["mid", "tiny"]);
        check("function f(a) { return g }", &[]);
        check("function* gen() {} async function h() { await k() }", &["k"]);
        check("new Foo; new Bar(1); a?.(2); b`t${c()}`", &["Bar", "Foo", "a", "b", "c"]);
        check("// no(\n/* no( */ 'no(' + \"no(\" + yes()", &["yes"]);
        check("x.replace(/'/g, '') ; after()", &["after", "replace"]);
        check("a / b(1) / c(2); return /[/']/.test(d)", &["b", "c", "test"]);
        check("été(1); #priv(2); 3 (4)", &["#priv", "été"]);
        check("unfinished('a\\", &["unfinished"]);
        check("/* open", &[]);
        check("it's(1)\nb('\\'c(')", &["b", "s"]);
    }

    #[test]
    fn imports_and_their_names() {
        fn check(text: &str, expected: &[(&str, &[&str])]) {
            let found: Vec<_> = imports(text).into_iter().map(|import| (import.specifier, import.bindings)).collect();
            let expected: Vec<_> = expected.iter().map(|(specifier, names)| (*specifier, names.to_vec())).collect();
            assert_eq!(found, expected, "{text}");
        }
        check("const { tiny, mid: m } = require('./lib.js');", &[("./lib.js", &["m", "mid", "tiny"])]);
        check("import a, { b as c } from 'pkg'\nimport * as d from \"./d.mjs\";", &[("pkg", &["c", "b", "a"]), ("./d.mjs", &["d"])]);
        check("import './side.js'; f('./no.js'); await import('./dyn.js')", &[("./side.js", &[]), ("./dyn.js", &["await"])]);
    }
}
