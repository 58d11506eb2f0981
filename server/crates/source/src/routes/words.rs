//! Where the words of a text are, and the nodes around them.

use ropey::Rope;
use rustc_hash::FxHashMap;
use tree_sitter::Node;

/// The words of a text: runs of what identifiers are made of.
pub(super) struct Words {
    /// Where each word begins.
    places: FxHashMap<String, Vec<usize>>,
    /// Where words with escapes begin: they may be any name.
    escaped: Vec<usize>,
}

impl Words {
    /// The words of `text`, whose tree begins at `root`.
    pub(super) fn of(text: &Rope, root: Node<'_>) -> Self {
        let whole = String::from(text);
        let mut words = Self { places: FxHashMap::default(), escaped: Vec::new() };
        let mut escaped = Vec::new();
        let mut rest = whole.as_str();
        while let Some(start) = rest.find(is_part) {
            rest = &rest[start..];
            let at = whole.len() - rest.len();
            let (word, after) = rest.split_at(rest.find(|c| !is_part(c)).unwrap_or(rest.len()));
            rest = after;
            if word.contains("\\u") {
                escaped.push(at);
            } else if !word.starts_with(|first: char| first.is_ascii_digit()) {
                match words.places.get_mut(word) {
                    Some(places) => places.push(at),
                    None => drop(words.places.insert(word.to_owned(), vec![at])),
                }
            }
        }
        // Most escapes are in strings.
        let mut names = Vec::new();
        each_place(root, &escaped, |at, around| {
            if around.last().is_some_and(|leaf| leaf.kind().contains("identifier")) {
                names.push(at);
            }
        });
        words.escaped = names;
        words
    }

    /// Calls `found` for every place of a word, in the order of the text, with the nodes around it, outermost first.
    pub(super) fn each<'tree>(&self, root: Node<'tree>, word: &str, found: impl FnMut(usize, &[Node<'tree>])) {
        let known = self.places.get(word).map_or(&[][..], Vec::as_slice);
        let mut places = [known, &self.escaped].concat();
        places.sort_unstable();
        each_place(root, &places, found);
    }
}

fn each_place<'tree>(root: Node<'tree>, places: &[usize], mut found: impl FnMut(usize, &[Node<'tree>])) {
    let mut cursor = root.walk();
    let mut around = vec![root];
    for &at in places {
        // From place to place rather than from the root: trees are as deep as their text is long.
        while around.len() > 1 && cursor.node().end_byte() <= at {
            cursor.goto_parent();
            around.pop();
        }
        while cursor.goto_first_child_for_byte(at).is_some() {
            around.push(cursor.node());
        }
        found(at, &around);
    }
}

/// Whether a character may be part of a name; of those beyond ASCII all but spaces and the byte-order mark.
fn is_part(c: char) -> bool {
    match c {
        '_' | '$' | '#' | '\\' => true,
        _ if c.is_ascii() => c.is_ascii_alphanumeric(),
        _ => !c.is_whitespace() && c != '\u{feff}',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{Language, Syntax};

    fn check(text: &str, word: &str, expected: &[&str]) {
        let rope = Rope::from_str(text);
        let syntax = Syntax::parse(Language::JavaScript, &rope);
        let root = syntax.tree().unwrap().root_node();
        let mut found = Vec::new();
        Words::of(&rope, root).each(root, word, |at, around| found.push(format!("{at} {}", around.last().unwrap().kind())));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn places_and_nodes() {
        check("a.b(ab, a); 'a b'", "a", &["0 identifier", "8 identifier", "13 string_fragment"]);
        check("\u{feff}é;\u{a0}é", "é", &["3 identifier", "8 identifier"]);
        check("a\\u{62}; '\\u0062'", "x", &["0 identifier"]);
        check("a.#a; a1; 1a", "a", &["0 identifier"]);
        check("f(() => { g(); }); g();", "g", &["10 identifier", "19 identifier"]);
    }
}
