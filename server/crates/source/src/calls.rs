//! The calls that a function makes itself.

use ropey::Rope;
use tree_sitter::Node;

use crate::functions::{Function, Functions};
use crate::position::{ByteOffset, ByteRange};
use crate::syntax::{Syntax, text_of};

/// A call in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The last name of what is called: `f` of `f(x)` and of `new f(x)`, `m` of `o.m(x)` and `o?.m(x)`; empty when it has none.
    pub name: String,
    /// Where that name is, or else the whole of what is called.
    pub callee: ByteRange,
    /// The whole call.
    pub range: ByteRange,
    /// Whether it is a `new`.
    pub is_new: bool,
    /// The function that makes it: its index in [`Functions`].
    pub function: Option<usize>,
}

/// The calls of a text that `function` makes itself, those of functions in it left out, in the order in which they begin.
pub fn calls_of(syntax: &Syntax, text: &Rope, functions: &Functions, function: &Function) -> Vec<Call> {
    calls_within(syntax, text, functions, function.range)
        .into_iter()
        .filter(|call| call.function.and_then(|index| functions.get(index)) == Some(function))
        .collect()
}

/// All calls within a range, in the order in which they begin.
pub fn calls_within(syntax: &Syntax, text: &Rope, functions: &Functions, range: ByteRange) -> Vec<Call> {
    let Some(tree) = syntax.tree() else { return Vec::new() };
    let mut found = Vec::new();
    each_node(tree.root_node(), range, |node| {
        let is_new = node.kind() == "new_expression";
        if !is_new && node.kind() != "call_expression" {
            return;
        }
        let Some(callee) = node.child_by_field_name(if is_new { "constructor" } else { "function" }) else { return };
        let name = last_name(callee);
        let at = name.unwrap_or(callee);
        found.push(Call {
            name: name.map(|name| text_of(name, text)).unwrap_or_default(),
            callee: range_of(at),
            range: range_of(node),
            is_new,
            function: functions.index_at(ByteOffset(at.start_byte())),
        });
    });
    found
}

/// Every node that overlaps a range, outer before inner, in the order of the text.
pub(crate) fn each_node<'tree>(root: Node<'tree>, range: ByteRange, mut visit: impl FnMut(Node<'tree>)) {
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        let overlaps = node.start_byte() < range.end.0 && node.end_byte() > range.start.0;
        if overlaps {
            if node.start_byte() >= range.start.0 {
                visit(node);
            }
            if cursor.goto_first_child() {
                continue;
            }
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

fn last_name(callee: Node<'_>) -> Option<Node<'_>> {
    let mut callee = callee;
    while callee.kind() == "parenthesized_expression" {
        callee = callee.named_child(0)?;
    }
    match callee.kind() {
        "identifier" | "super" | "import" => Some(callee),
        "member_expression" => callee.child_by_field_name("property"),
        _ => None,
    }
}

/// The bytes of a node.
pub(crate) fn range_of(node: Node<'_>) -> ByteRange {
    ByteRange { start: ByteOffset(node.start_byte()), end: ByteOffset(node.end_byte()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::functions;
    use crate::syntax::Language;

    #[test]
    fn calls_of_a_function() {
        fn check(code: &str, function: &str, expected: &[(&str, usize)]) {
            let text = Rope::from_str(code);
            let syntax = Syntax::parse(Language::JavaScript, &text);
            let functions = functions(&syntax, &text);
            let function = functions.iter().find(|found| found.name == function).unwrap();
            let calls = calls_of(&syntax, &text, &functions, function);
            let shown: Vec<(&str, usize)> = calls.iter().map(|call| (call.name.as_str(), call.callee.start.0)).collect();
            assert_eq!(shown, expected, "{code}");
        }
        check("function f() { a(); o.b(1); new C; }", "f", &[("a", 15), ("b", 22), ("C", 32)]);
        check("function f() { a(() => b()); }", "f", &[("a", 15)]);
        check("function f() { return (a)(b(c())); }", "f", &[("a", 23), ("b", 26), ("c", 28)]);
        check("x(); function f() { o?.m(); } y();", "f", &[("m", 23)]);
        check("x(); function f() { y(); }", "", &[("x", 0)]);
        check("function f() { return o[k](); }", "f", &[("", 22)]);
    }
}
