//! The expressions that V8's positions name.

use ropey::Rope;
use tree_sitter::Node;

use crate::calls::{each_node, range_of};
use crate::position::{ByteOffset, ByteRange};
use crate::syntax::{Syntax, text_of};

/// How many nodes around a position are looked at.
const MAX_AROUND: usize = 12;

/// What V8 tells of at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meant {
    /// Any expression.
    Any,
    /// An operation on numbers, not the operand that may begin at the same place.
    Operation,
}

/// The expression that V8 means by a position: the property access whose name, the call whose function or the operation whose operator is
/// there; of a keyed access the bracket, or what is in it; of `a += b` the start of `b`. None where the position names no expression, such
/// as a statement.
pub fn expression_at(syntax: &Syntax, offset: ByteOffset, meant: Meant) -> Option<ByteRange> {
    let node = node_at(syntax, offset)?;
    let told = around(node).filter(|node| is_told(*node) && (meant == Meant::Any || is_operation(*node)));
    told.into_iter().find(|node| !is_inside_only(*node, offset)).map(range_of)
}

/// Whether V8 tells of an assignment such as `o.key = 1`, `this.key += 1` or `o.key++` at a position, not of an object literal. V8 gives
/// the position of the operator, or that of the statement when the store is the first thing it does.
pub fn assigns_property(syntax: &Syntax, text: &Rope, offset: ByteOffset, key: &str) -> bool {
    stored(syntax, text, offset, key).and_then(|name| name.parent()).is_some_and(|parent| parent.kind() == "member_expression")
}

/// The name of the property whose store V8 places at a position.
fn stored<'tree>(syntax: &'tree Syntax, text: &Rope, offset: ByteOffset, key: &str) -> Option<Node<'tree>> {
    let node = node_at(syntax, offset)?;
    let mut statement = None;
    for node in around(node) {
        if let Some(name) = stored_name(node).filter(|name| text_of(*name, text) == key) {
            return Some(name);
        }
        if node.kind().ends_with("statement") || node.kind().ends_with("declaration") {
            statement = Some(node);
            break;
        }
    }
    let statement = statement?;
    let mut found = None;
    each_node(statement, range_of(statement), |node| {
        if found.is_none() {
            found = stored_name(node).filter(|name| name.start_byte() >= offset.0 && text_of(*name, text) == key);
        }
    });
    found
}

/// The property that an assignment or a pair of an object literal stores to.
fn stored_name(node: Node<'_>) -> Option<Node<'_>> {
    let target = match node.kind() {
        "assignment_expression" | "augmented_assignment_expression" => node.child_by_field_name("left")?,
        "update_expression" => node.child_by_field_name("argument")?,
        "pair" => return node.child_by_field_name("key"),
        "shorthand_property_identifier" => return Some(node),
        _ => return None,
    };
    (target.kind() == "member_expression").then(|| target.child_by_field_name("property")).flatten()
}

fn node_at(syntax: &Syntax, offset: ByteOffset) -> Option<Node<'_>> {
    syntax.tree()?.root_node().descendant_for_byte_range(offset.0, offset.0.saturating_add(1))
}

fn around(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    std::iter::successors(Some(node), Node::parent).take(MAX_AROUND)
}

/// Whether a node is an expression that can be given up or cached.
fn is_told(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "member_expression"
            | "subscript_expression"
            | "call_expression"
            | "new_expression"
            | "binary_expression"
            | "unary_expression"
            | "update_expression"
            | "augmented_assignment_expression"
            | "assignment_expression"
            | "array"
            | "object"
            | "template_string"
    )
}

fn is_operation(node: Node<'_>) -> bool {
    matches!(node.kind(), "binary_expression" | "unary_expression" | "update_expression" | "augmented_assignment_expression")
}

/// Whether `node` holds the position only inside one of its operands: a call in whose arguments it is, an operation on it.
fn is_inside_only(node: Node<'_>, offset: ByteOffset) -> bool {
    let holds = |name: &str| node.child_by_field_name(name).is_some_and(|part| part.byte_range().contains(&offset.0));
    match node.kind() {
        // The property's name, or what is behind the object.
        "member_expression" => holds("object"),
        "subscript_expression" => holds("object"),
        // V8 names a call by its function's last name, or by the start of its arguments.
        "call_expression" => {
            let start = node.child_by_field_name("arguments").map(|arguments| arguments.start_byte());
            holds("arguments") && start != Some(offset.0)
        }
        "new_expression" => offset.0 != node.start_byte() && (holds("arguments") || holds("constructor")),
        "binary_expression" => (holds("left") && offset.0 != node.start_byte()) || holds("right"),
        "unary_expression" | "update_expression" => holds("argument") && offset.0 != node.start_byte(),
        "augmented_assignment_expression" => {
            let start = node.child_by_field_name("right").map(|right| right.start_byte());
            holds("right") && start != Some(offset.0)
        }
        "assignment_expression" => holds("left") || holds("right"),
        "array" | "object" | "template_string" => offset.0 != node.start_byte(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::Language;

    /// Takes `|` in the text as the position.
    fn parse(marked: &str) -> (Syntax, Rope, ByteOffset) {
        let offset = marked.find('|').unwrap();
        let text = Rope::from_str(&marked.replacen('|', "", 1));
        (Syntax::parse(Language::JavaScript, &text), text, ByteOffset(offset))
    }

    fn slice(text: &Rope, range: Option<ByteRange>) -> String {
        range.map_or_else(String::new, |range| text.byte_slice(range.start.0..range.end.0).to_string())
    }

    #[test]
    fn expression_of_a_position() {
        fn check(marked: &str, expected: &str) {
            let (syntax, text, offset) = parse(marked);
            assert_eq!(slice(&text, expression_at(&syntax, offset, Meant::Any)), expected, "{marked}");
        }
        check("return o.|a + o.b;", "o.a");
        check("return o.a + o.|b;", "o.b");
        check("x = a |+ b;", "a + b");
        check("s |+= o.v;", "s += o.v");
        check("s += o.|v;", "o.v");
        check("x = a|[i];", "a[i]");
        check("x = a[|i];", "a[i]");
        check("y = |f(x);", "f(x)");
        check("y = o.|val(x);", "o.val");
        check("y = f(o.|x);", "o.x");
        check("|if (a) b();", "");
        check("p = |new P(1);", "new P(1)");
        check("i|++;", "i++");
        check("a[i] |= i;", "a[i] = i");
        check("t += |n;", "t += n");
        check("t += |f(n);", "f(n)");
    }

    #[test]
    fn operation_of_a_position() {
        fn check(marked: &str, expected: &str) {
            let (syntax, text, offset) = parse(marked);
            assert_eq!(slice(&text, expression_at(&syntax, offset, Meant::Operation)), expected, "{marked}");
        }
        check("t += |f(n);", "t += f(n)");
        check("x = f(n) |* 31;", "f(n) * 31");
        check("|for (;;) f(1);", "");
        check("|o.n++;", "o.n++");
    }

    #[test]
    fn assignment_of_a_property() {
        fn check(marked: &str, expected: bool) {
            let (syntax, text, offset) = parse(marked);
            assert_eq!(assigns_property(&syntax, &text, offset, "y"), expected, "{marked}");
        }
        check("o.y |= 1;", true);
        check("o.y = |y;", true);
        check("|o.y = 1;", true);
        check("o.z = o.y |= 1;", true);
        check("o.y|++;", true);
        check("x = {m() { this.y |= 1; }};", true);
        check("|return {x: 1, y: 2};", false);
        check("f({x: 1, y: |2});", false);
        check("return o.|y;", false);
        check("o.z |= o.y;", false);
        check("o.y.z |= 1;", false);
    }
}
