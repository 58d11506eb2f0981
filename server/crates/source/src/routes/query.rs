//! The queries of `queries/*.scm`, compiled once per dialect.

use std::sync::LazyLock;

use ropey::Rope;
use tree_sitter::{Node, Query, QueryCursor, StreamingIterator};

use crate::syntax::Language;

/// The queries of one dialect.
pub(super) struct Queries {
    /// `bindings*.scm`.
    pub(super) bindings: Compiled,
    /// `routes.scm`.
    pub(super) routes: Compiled,
    pub(super) http: Compiled,
}

/// A query; none if it does not fit the grammar, which the tests rule out. And by kind number, whether its matches may begin there.
pub(super) struct Compiled(Option<Query>, Vec<bool>);

static QUERIES: LazyLock<[Queries; 3]> = LazyLock::new(|| {
    Language::ALL.map(|language| {
        let own = match language {
            Language::JavaScript => include_str!("../../queries/bindings.javascript.scm"),
            Language::TypeScript | Language::Tsx => include_str!("../../queries/bindings.typescript.scm"),
        };
        let grammar = language.grammar();
        let compile = |text: &str| {
            // A pattern begins at the start of a line with the kind of its outermost node.
            let heads: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix('(')?.split([' ', ')']).next()).collect();
            let kinds = 0..u16::try_from(grammar.node_kind_count()).unwrap_or(u16::MAX);
            let begins = kinds.map(|id| grammar.node_kind_for_id(id).is_some_and(|kind| heads.contains(&kind))).collect();
            Compiled(Query::new(&grammar, text).ok(), begins)
        };
        Queries {
            bindings: compile(&[include_str!("../../queries/bindings.scm"), own].concat()),
            routes: compile(include_str!("../../queries/routes.scm")),
            http: compile(include_str!("../../queries/http.scm")),
        }
    })
});

pub(super) fn queries(language: Language) -> &'static Queries {
    &QUERIES[language as usize]
}

impl Compiled {
    /// Calls `found` with the captures (name, node) of every match within `root`, in the order of the text.
    pub(super) fn each<'tree>(&self, root: Node<'tree>, text: &Rope, found: impl FnMut(&Captures<'_, 'tree>)) {
        self.run(root, text, None, found);
    }

    /// As [`Self::each`], of the matches that begin with `node` itself.
    pub(super) fn at<'tree>(&self, node: Node<'tree>, text: &Rope, found: impl FnMut(&Captures<'_, 'tree>)) {
        if self.1.get(usize::from(node.kind_id())) == Some(&true) {
            self.run(node, text, Some(0), found);
        }
    }

    fn run<'tree>(&self, root: Node<'tree>, text: &Rope, depth: Option<u32>, mut found: impl FnMut(&Captures<'_, 'tree>)) {
        let Some(query) = &self.0 else { return };
        let names = query.capture_names();
        let mut cursor = QueryCursor::new();
        cursor.set_max_start_depth(depth);
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
            assert!(queries.bindings.0.is_some(), "{language:?} bindings");
            assert!(queries.routes.0.is_some(), "{language:?} routes");
            assert!(queries.http.0.is_some(), "{language:?} http");
        }
    }
}
