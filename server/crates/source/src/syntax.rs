//! Incremental tree-sitter syntax of JavaScript, JSX, TypeScript and TSX.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use ropey::Rope;
use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

/// Texts longer than this (in bytes) are not parsed: bundles of that size are never edited by hand, and their tree would take
/// hundreds of megabytes.
pub const MAX_BYTES: usize = 16 << 20;

/// A parse that takes longer is given up, so that no input can hang the server. Ordinary code parses at several megabytes per
/// second; only error recovery in huge one-line files comes near.
pub const MAX_PARSE_TIME: Duration = Duration::from_secs(3);

/// Texts with brackets nested deeper than this are not parsed: at their end tree-sitter recovers in time that grows with the square
/// of the depth, in steps that [`MAX_PARSE_TIME`] cannot interrupt (a million open parentheses: over 14 s).
pub const MAX_NESTING: usize = 50_000;

/// The dialect a file is parsed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// `.js`, `.cjs`, `.mjs`, `.jsx` (JSX is part of the JavaScript grammar).
    JavaScript,
    /// `.ts`, `.cts`, `.mts`.
    TypeScript,
    /// `.tsx`.
    Tsx,
}

impl Language {
    /// All dialects, in the order of their discriminants.
    pub const ALL: [Self; 3] = [Self::JavaScript, Self::TypeScript, Self::Tsx];

    /// The grammar.
    pub(crate) fn grammar(self) -> tree_sitter::Language {
        match self {
            Self::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
            Self::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
            Self::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
        }
    }
}

/// One replacement of text, in bytes and points, as tree-sitter wants it.
pub type Edit = tree_sitter::InputEdit;

/// A parsed text. Cheap to clone; immutable.
#[derive(Clone, Debug)]
pub struct Syntax {
    language: Language,
    tree: Option<Tree>,
}

impl Syntax {
    /// Parses the whole text.
    pub fn parse(language: Language, text: &Rope) -> Self {
        Self { language, tree: parse(language, text, None, MAX_PARSE_TIME) }
    }

    /// Parses `text` anew after `edits` (in the order they were made), reusing what did not change.
    ///
    /// The edits must lead from the text of this syntax to `text`; a syntax without a tree is parsed from nothing.
    pub fn reparse(&self, edits: &[Edit], text: &Rope) -> Self {
        let old = self.tree.clone().map(|mut tree| {
            for edit in edits {
                tree.edit(edit);
            }
            tree
        });
        Self { language: self.language, tree: parse(self.language, text, old.as_ref(), MAX_PARSE_TIME) }
    }

    /// The dialect.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The tree; none when tree-sitter gave up: text longer than [`MAX_BYTES`], nested deeper than
    /// [`MAX_NESTING`], or parsed longer than [`MAX_PARSE_TIME`].
    ///
    /// Trees can be as deep as the text is long: walk them with cursors, not by recursion.
    pub fn tree(&self) -> Option<&Tree> {
        self.tree.as_ref()
    }
}

thread_local! {
    /// One parser per dialect and thread: making one costs more than parsing a small file.
    static PARSERS: RefCell<[Option<Parser>; 3]> = const { RefCell::new([None, None, None]) };
}

fn parse(language: Language, text: &Rope, old: Option<&Tree>, limit: Duration) -> Option<Tree> {
    if text.len_bytes() > MAX_BYTES || nesting(text) > MAX_NESTING {
        return None;
    }
    // Taken out of its slot while in use, so that a panic cannot leave a half-used parser behind.
    let mut parser = PARSERS.with_borrow_mut(|parsers| parsers[language as usize].take()).or_else(|| {
        let mut parser = Parser::new();
        parser.set_language(&language.grammar()).ok()?;
        Some(parser)
    })?;
    let started = Instant::now();
    let mut give_up = |_: &ParseState| {
        if started.elapsed() > limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let tree = parser.parse_with_options(
        &mut |byte, _| {
            if byte >= text.len_bytes() {
                return &[][..];
            }
            let (chunk, start, _, _) = text.chunk_at_byte(byte);
            &chunk.as_bytes()[byte - start..]
        },
        old,
        Some(ParseOptions::new().progress_callback(&mut give_up)),
    );
    // A cancelled parser would go on with the old text at its next use.
    parser.reset();
    PARSERS.with_borrow_mut(|parsers| parsers[language as usize] = Some(parser));
    tree
}

/// The greatest depth of brackets, those in strings and comments counted too.
fn nesting(text: &Rope) -> usize {
    let (mut depth, mut greatest) = (0_usize, 0);
    for byte in text.chunks().flat_map(str::bytes) {
        match byte {
            b'(' | b'[' | b'{' => {
                depth += 1;
                greatest = greatest.max(depth);
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    greatest
}

/// The text of `node` as written.
pub(crate) fn text_of(node: tree_sitter::Node<'_>, text: &Rope) -> String {
    text.get_byte_slice(node.byte_range()).map(String::from).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use tree_sitter::Point;

    use super::*;

    fn sexp(syntax: &Syntax) -> String {
        syntax.tree().unwrap().root_node().to_sexp()
    }

    #[test]
    fn every_dialect_parses_its_own_text() {
        for (language, text) in [
            (Language::JavaScript, "const a = <b c={1}/>;"),
            (Language::TypeScript, "const a = <number>b; let c: string;"),
            (Language::Tsx, "const a: string = <b c={1}/>;"),
        ] {
            let syntax = Syntax::parse(language, &Rope::from_str(text));
            assert!(!syntax.tree().unwrap().root_node().has_error(), "{language:?}: {}", sexp(&syntax));
        }
    }

    #[test]
    fn reparse_equals_parse() {
        let before = "function a() { return 1; }\n".repeat(2000);
        let mut rope = Rope::from_str(&before);
        let syntax = Syntax::parse(Language::JavaScript, &rope);
        let line = 1000;
        let at = rope.line_to_byte(line) + 9;
        rope.insert(rope.byte_to_char(at), "é_b");
        let first = Edit {
            start_byte: at,
            old_end_byte: at,
            new_end_byte: at + 4,
            start_position: Point::new(line, 9),
            old_end_position: Point::new(line, 9),
            new_end_position: Point::new(line, 13),
        };
        rope.remove(0..1);
        let second = Edit {
            start_byte: 0,
            old_end_byte: 1,
            new_end_byte: 0,
            start_position: Point::new(0, 0),
            old_end_position: Point::new(0, 1),
            new_end_position: Point::new(0, 0),
        };
        let again = syntax.reparse(&[first, second], &rope);
        assert_eq!(sexp(&again), sexp(&Syntax::parse(Language::JavaScript, &rope)));
        assert_ne!(sexp(&again), sexp(&syntax));
    }

    #[test]
    fn gives_up_at_the_limit_and_parses_the_next_text() {
        let long = Rope::from_str(&"a(b,[c,{d:e}]);".repeat(50_000));
        assert!(parse(Language::JavaScript, &long, None, Duration::ZERO).is_none());
        let next = Syntax::parse(Language::JavaScript, &Rope::from_str("x"));
        assert_eq!(sexp(&next), "(program (expression_statement (identifier)))");
    }

    #[test]
    fn too_deep_text_has_no_tree() {
        let deep = |depth: usize| Syntax::parse(Language::JavaScript, &Rope::from_str(&"a={b:[".repeat(depth / 2)));
        assert!(deep(MAX_NESTING + 2).tree().is_none());
        assert!(deep(MAX_NESTING / 10).tree().is_some());
    }

    #[test]
    fn too_long_text_has_no_tree() {
        let rope = Rope::from_str(&"x;".repeat(MAX_BYTES / 2 + 1));
        assert!(Syntax::parse(Language::JavaScript, &rope).tree().is_none());
    }
}
