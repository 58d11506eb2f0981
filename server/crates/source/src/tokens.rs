//! The token that a position of V8's speaks of.
//!
//! V8 does not place every operation at its name. Measured on Node 18, 20, 22, 24 and 26 with `--log-ic --log-deopt`:
//!
//! | code | position |
//! |---|---|
//! | `a.b.c` | each name |
//! | `a?.b`, `f().b` | `?.`, `.` |
//! | `a[k]`, `a['x']` | `[` |
//! | `a.b = 1`, `a[k] = 1` | `=` |
//! | `a.b += 1`, `++a.b` | of the read, where the statement begins |
//! | `f(x)`, `o.m(x)` | the function's last name; without one, `(` |
//! | `new F()` | `new` |
//! | `a + b`, `k in o` | the operator |
//! | `{ w: v }` | `v`, or the operator in it |
//! | `const { x, y: z } = a` | `x`, `z` |
//! | `return global` | `return` |

use ropey::Rope;
use tree_sitter::Node;

use crate::functions::literal::key_name;
use crate::functions::{Function, FunctionKind};
use crate::position::{ByteOffset, ByteRange};
use crate::syntax::Syntax;
use crate::v8_lines::line_around;

/// How many nodes around a position, and within its statement, are looked at.
const MAX_AROUND: usize = 24;
const MAX_WITHIN: usize = 2_000;
/// How many words such as `static async *` stand before a function's name.
const MAX_WORDS: usize = 5;

/// The token of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// The name, operator or literal; within one line.
    pub range: ByteRange,
    /// With the names that lead to it: `a.b.c` of the `c` in it. Within the same line.
    pub chain: ByteRange,
}

/// The token of the operation that V8 places at `offset`; none where there is no code. `key` is the property that is read or written,
/// where that is known: it finds the name when V8 only tells the statement or the value.
pub fn token_at(syntax: &Syntax, text: &Rope, offset: ByteOffset, key: Option<&str>) -> Option<Token> {
    let leaf = leaf_at(syntax, offset)?;
    let node = key
        .filter(|key| !key.is_empty() && may_be_elsewhere(leaf))
        .and_then(|key| by_key(leaf, text, offset, key))
        .or_else(|| named(leaf))
        .unwrap_or(leaf);
    let range = within_line(text, node.start_byte(), node.end_byte())?;
    Some(Token { range, chain: chain(text, node, range) })
}

/// The name of a function; of one without, what its header begins with.
pub fn name_of(syntax: &Syntax, text: &Rope, function: &Function) -> Option<ByteRange> {
    if function.kind == FunctionKind::Toplevel {
        return None;
    }
    let header = function.header;
    let mut leaf = leaf_at(syntax, header.start)?;
    // Words before a name.
    for _ in 0..MAX_WORDS {
        if leaf.kind().contains("identifier") || leaf.kind() == "(" {
            break;
        }
        let next = leaf.end_byte()
            + text
                .get_byte_slice(leaf.end_byte()..header.end.0)?
                .chars()
                .take_while(|c| c.is_whitespace())
                .map(char::len_utf8)
                .sum::<usize>();
        leaf = leaf_at(syntax, ByteOffset(next)).filter(|leaf| leaf.end_byte() <= header.end.0)?;
    }
    if !leaf.kind().contains("identifier") {
        return within_line(text, header.start.0, header.end.0);
    }
    // `list` of `o.list = function () {}`.
    let path = around(leaf).skip(1).take_while(|node| node.kind() == "member_expression" && node.end_byte() <= header.end.0).last();
    let name = path.and_then(target).unwrap_or(leaf);
    within_line(text, name.start_byte(), name.end_byte())
}

/// The first token of a text; none when there is no code.
pub fn first_token(syntax: &Syntax, text: &Rope) -> Option<ByteRange> {
    let root = syntax.tree()?.root_node();
    let mut cursor = root.walk();
    let first = root.children(&mut cursor).find(|node| !node.kind().contains("comment") && node.kind() != "hash_bang_line")?;
    let leaf = leaf_at(syntax, ByteOffset(first.start_byte()))?;
    within_line(text, leaf.start_byte(), leaf.end_byte())
}

/// The smallest node with the byte, a literal in one piece; none in a comment or between tokens.
fn leaf_at(syntax: &Syntax, offset: ByteOffset) -> Option<Node<'_>> {
    let root = syntax.tree()?.root_node();
    if offset.0 >= root.end_byte() {
        return None;
    }
    let mut leaf = root.descendant_for_byte_range(offset.0, offset.0 + 1)?;
    if let Some(parent) = leaf.parent()
        && matches!(parent.kind(), "string" | "template_string" | "regex" | "optional_chain")
        && leaf.kind() != "template_substitution"
    {
        leaf = parent;
    }
    let is_code = leaf.child_count() == 0 || matches!(leaf.kind(), "string" | "template_string" | "regex" | "optional_chain");
    (is_code && !leaf.kind().contains("comment") && !leaf.is_missing() && leaf.start_byte() < leaf.end_byte()).then_some(leaf)
}

/// Whether V8 gives the place of `leaf` for an operation whose name stands elsewhere. Brackets and dots belong to one name only.
fn may_be_elsewhere(leaf: Node<'_>) -> bool {
    !matches!(leaf.kind(), "[" | "." | "optional_chain" | "in" | "property_identifier" | "private_property_identifier")
}

/// The name of what happens at a token that is none itself.
fn named(leaf: Node<'_>) -> Option<Node<'_>> {
    let parent = leaf.parent()?;
    match (leaf.kind(), parent.kind()) {
        ("." | "optional_chain", "member_expression") => parent.child_by_field_name("property"),
        ("[" | "optional_chain", "subscript_expression") => parent.child_by_field_name("index"),
        ("optional_chain", "call_expression") => called(parent),
        ("(", "arguments") => called(parent.parent()?),
        ("template_string", "call_expression") => called(parent),
        ("new", "new_expression") => called(parent),
        ("=", "assignment_expression" | "assignment_pattern" | "object_assignment_pattern") => target(parent.child_by_field_name("left")?),
        ("=", "variable_declarator") => target(parent.child_by_field_name("name")?),
        ("=", "field_definition" | "public_field_definition") => {
            parent.child_by_field_name("property").or_else(|| parent.child_by_field_name("name"))
        }
        ("return" | "throw" | "if" | "while" | "switch", _) => first_name(parent.named_child(0)?),
        _ => read_and_written(leaf),
    }
}

/// `b` of `a.b += 1` and of `++a.b` for what they begin with: reading comes first, and V8 places it where the statement begins.
fn read_and_written(leaf: Node<'_>) -> Option<Node<'_>> {
    let begins_there = |node: &Node<'_>| node.start_byte() == leaf.start_byte();
    let statement = around(leaf).take_while(begins_there).find(|node| node.kind() == "expression_statement")?;
    let expression = statement.named_child(0)?;
    let place = match expression.kind() {
        "augmented_assignment_expression" => expression.child_by_field_name("left")?,
        "update_expression" => expression.child_by_field_name("argument")?,
        _ => return None,
    };
    if place.kind() == "identifier" { None } else { target(place) }
}

/// The last name of what a call or `new` calls.
fn called(call: Node<'_>) -> Option<Node<'_>> {
    let field = if call.kind() == "new_expression" { "constructor" } else { "function" };
    target(call.child_by_field_name(field)?)
}

/// The name by which a place is read, written or called.
fn target(mut place: Node<'_>) -> Option<Node<'_>> {
    for _ in 0..MAX_AROUND {
        place = match place.kind() {
            "parenthesized_expression" | "non_null_expression" | "as_expression" | "satisfies_expression" => place.named_child(0)?,
            "member_expression" => place.child_by_field_name("property")?,
            "subscript_expression" => place.child_by_field_name("index")?,
            "identifier" | "property_identifier" | "private_property_identifier" | "this" | "super" | "import" | "string" | "number" => {
                return Some(place);
            }
            _ => return if place.child_count() == 0 { Some(place) } else { first_name(place) },
        };
    }
    None
}

/// What an expression evaluates first, if it is a name; functions are not entered.
fn first_name(mut node: Node<'_>) -> Option<Node<'_>> {
    for _ in 0..MAX_AROUND * 4 {
        if node.child_count() == 0 {
            return node.kind().contains("identifier").then_some(node);
        }
        if is_function(node) {
            return None;
        }
        node = node.named_child(0)?;
    }
    None
}

/// The name of the access to `key` that is around a token, else behind it in the same statement.
fn by_key<'tree>(leaf: Node<'tree>, text: &Rope, offset: ByteOffset, key: &str) -> Option<Node<'tree>> {
    if names(leaf, text, key) {
        return Some(leaf);
    }
    let mut outermost = leaf;
    for node in around(leaf).skip(1) {
        if is_function(node) || node.kind() == "statement_block" || node.kind() == "program" {
            break;
        }
        outermost = node;
        let name = match node.kind() {
            "pair" | "pair_pattern" => node.child_by_field_name("key"),
            "member_expression" => node.child_by_field_name("property"),
            "assignment_expression" | "augmented_assignment_expression" => node.child_by_field_name("left").and_then(target),
            "update_expression" => node.child_by_field_name("argument").and_then(target),
            "field_definition" => node.child_by_field_name("property"),
            "public_field_definition" => node.child_by_field_name("name"),
            _ => None,
        };
        if let Some(name) = name.filter(|name| names(*name, text, key)) {
            return Some(name);
        }
        if node.kind().ends_with("statement") || node.kind().ends_with("declaration") {
            break;
        }
    }
    let mut cursor = outermost.walk();
    for _ in 0..MAX_WITHIN {
        let node = cursor.node();
        if node.start_byte() >= offset.0 && node.child_count() == 0 && names(node, text, key) {
            return Some(node);
        }
        if node.end_byte() > offset.0 && !is_function(node) && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return None;
            }
        }
    }
    None
}

fn names(node: Node<'_>, text: &Rope, key: &str) -> bool {
    let is_short = node.end_byte() - node.start_byte() <= 2 * key.len() + 16;
    is_short && key_name(node, text).is_some_and(|name| name == key)
}

fn is_function(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "function_declaration"
            | "function_expression"
            | "generator_function"
            | "generator_function_declaration"
            | "arrow_function"
            | "method_definition"
            | "class_body"
    )
}

fn around(node: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    std::iter::successors(Some(node), Node::parent).take(MAX_AROUND)
}

/// From the first of the names that lead to a name, as far as they are in its line: calls and brackets end it.
fn chain(text: &Rope, name: Node<'_>, token: ByteRange) -> ByteRange {
    let Some(access) = name.parent().filter(|parent| {
        let is_name = |field| parent.child_by_field_name(field) == Some(name);
        (parent.kind() == "member_expression" && is_name("property")) || (parent.kind() == "subscript_expression" && is_name("index"))
    }) else {
        return token;
    };
    let end = if access.kind() == "subscript_expression" { access.end_byte() } else { token.end.0 };
    let mut start = access;
    let first = loop {
        let Some(object) = start.child_by_field_name("object") else { break start.start_byte() };
        match object.kind() {
            "member_expression" => start = object,
            "identifier" | "this" | "super" => break object.start_byte(),
            // Behind what is called or put together: that has operations of its own.
            _ => break object.end_byte(),
        }
    };
    let (line_start, line_end) = line_around(text, token.start.0);
    let start = first.max(line_start).min(token.start.0);
    let space: usize = text.byte_slice(start..token.start.0).chars().take_while(|char| char.is_whitespace()).map(char::len_utf8).sum();
    let (start, end) = (start + space, end.min(line_end).max(token.end.0));
    ByteRange { start: ByteOffset(start), end: ByteOffset(end) }
}

/// The part of some code that is in the line where it begins, without space at its end; none when nothing is.
fn within_line(text: &Rope, start: usize, end: usize) -> Option<ByteRange> {
    let (_, line_end) = line_around(text, start);
    let end = end.min(line_end);
    let space: usize = text
        .get_byte_slice(start..end)?
        .chars_at(text.byte_slice(start..end).len_chars())
        .reversed()
        .take_while(|char| char.is_whitespace())
        .map(char::len_utf8)
        .sum();
    (start + space < end).then_some(ByteRange { start: ByteOffset(start), end: ByteOffset(end - space) })
}

#[cfg(test)]
mod tests;
