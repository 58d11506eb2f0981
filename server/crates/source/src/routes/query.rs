//! The queries of `queries/*.scm`, compiled once per dialect.

use std::sync::LazyLock;

use ropey::Rope;
use tree_sitter::{Node, Query, QueryCursor, StreamingIterator};

use crate::syntax::Language;

/// The queries of one dialect.
pub(super) struct Queries {
    /// `bindings*.scm` and `routes.scm`: one query, because each one walks the whole tree.
    pub(super) file: Compiled,
    pub(super) http: Compiled,
}

/// A query; none if it does not fit the grammar, which the tests rule out.
pub(super) struct Compiled(Option<Query>);

static QUERIES: LazyLock<[Queries; 3]> = LazyLock::new(|| {
    Language::ALL.map(|language| {
        let own = match language {
            Language::JavaScript => include_str!("../../queries/bindings.javascript.scm"),
            Language::TypeScript | Language::Tsx => include_str!("../../queries/bindings.typescript.scm"),
        };
        let grammar = language.grammar();
        let compile = |text: &str| Compiled(Query::new(&grammar, text).ok());
        Queries {
            file: compile(&[include_str!("../../queries/bindings.scm"), own, include_str!("../../queries/routes.scm")].concat()),
            http: compile(include_str!("../../queries/http.scm")),
        }
    })
});

pub(super) fn queries(language: Language) -> &'static Queries {
    &QUERIES[language as usize]
}

impl Compiled {
    /// Calls `found` with the captures (name, node) of every match within `root`, in the order of the text.
    pub(super) fn each<'tree>(&self, root: Node<'tree>, text: &Rope, mut found: impl FnMut(&Captures<'_, 'tree>)) {
        let Some(query) = &self.0 else { return };
        let names = query.capture_names();
        let mut cursor = QueryCursor::new();
        let chunks =
            |node: Node<'_>| text.get_byte_slice(node.byte_range()).into_iter().flat_map(|slice| slice.chunks().map(str::as_bytes));
        let mut matches = cursor.matches(query, root, chunks);
        let mut captures = Vec::new();
        while let Some(one) = matches.next() {
            captures.clear();
            captures.extend(one.captures().iter().filter_map(|capture| Some((*names.get(capture.index as usize)?, capture.node))));
            found(&Captures(&captures));
        }
    }
}

/// The captures of one match.
pub(super) struct Captures<'a, 'tree>(&'a [(&'a str, Node<'tree>)]);

impl<'tree> Captures<'_, 'tree> {
    pub(super) fn get(&self, name: &str) -> Option<Node<'tree>> {
        self.0.iter().find(|(other, _)| *other == name).map(|&(_, node)| node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_query_fits_every_grammar() {
        for language in Language::ALL {
            let queries = queries(language);
            assert!(queries.file.0.is_some(), "{language:?} bindings, routes");
            assert!(queries.http.0.is_some(), "{language:?} http");
        }
    }
}
