//! Names of functions and classes: the ones the language gives, and the ones V8 infers from where a function is assigned.

use ropey::Rope;
use tree_sitter::Node;

use super::literal::{identifier, key_name, string_value};

/// The name of a function or class.
#[derive(Clone, Debug, Default)]
pub(super) struct Name {
    /// Empty for an anonymous one.
    pub(super) name: String,
    /// What newer versions show instead.
    pub(super) other: Option<String>,
    /// The language's own name (the `name` property), not an inferred one.
    pub(super) own: bool,
    /// Where the name is written, if before the function.
    pub(super) header: Option<usize>,
}

/// How far up a name is looked for: deeper nesting of expressions has no name worth the time.
const MAX_DEPTH: usize = 100;

/// Names the function or class `node`, whose ancestors are given outermost first. `enclosing` is the name of the constructor-like
/// function around it.
pub(super) fn name_of(node: Node<'_>, ancestors: &[Node<'_>], enclosing: Option<&str>, text: &Rope) -> Name {
    if let Some(key) = node.child_by_field_name("name") {
        // Node starts of methods and declarations are before the name already.
        return match key.kind() {
            "computed_property_name" => infer(node, ancestors, enclosing, text),
            "identifier" | "type_identifier" => Name { name: identifier(key, text), own: true, ..Name::default() },
            _ => Name { name: key_name(key, text).unwrap_or_default(), own: true, ..Name::default() },
        };
    }
    own_name(node, ancestors, text).unwrap_or_else(|| infer(node, ancestors, enclosing, text))
}

/// Wrappers that are gone when the program runs, or make no difference to a name.
fn is_wrapper(kind: &str) -> bool {
    matches!(kind, "parenthesized_expression" | "as_expression" | "satisfies_expression" | "non_null_expression" | "type_assertion")
}

/// Named evaluation (ECMAScript, `IsAnonymousFunctionDefinition`): the name comes from the one place the function is assigned to.
fn own_name(node: Node<'_>, ancestors: &[Node<'_>], text: &Rope) -> Option<Name> {
    let mut child = node;
    let parent = *ancestors.iter().rev().take(MAX_DEPTH).find(|ancestor| {
        let wraps = is_wrapper(ancestor.kind());
        if wraps {
            child = **ancestor;
        }
        !wraps
    })?;
    let is = |field: &str| parent.child_by_field_name(field).is_some_and(|value| value.id() == child.id());
    let target = match parent.kind() {
        "variable_declarator" if is("value") => parent.child_by_field_name("name")?,
        "assignment_expression" | "assignment_pattern" | "object_assignment_pattern" if is("right") => {
            parent.child_by_field_name("left")?
        }
        "augmented_assignment_expression" if is("right") && is_logical(parent) => parent.child_by_field_name("left")?,
        "required_parameter" | "optional_parameter" if is("value") => parent.child_by_field_name("pattern")?,
        "pair" if is("value") => parent.child_by_field_name("key")?,
        "field_definition" | "public_field_definition" if is("value") => member_key(parent)?,
        "export_statement" if is("value") => {
            return Some(Name { name: "default".to_owned(), own: true, header: Some(parent.start_byte()), other: None });
        }
        _ => return None,
    };
    let is_pair = parent.kind() == "pair";
    let name = match target.kind() {
        "identifier" | "shorthand_property_identifier_pattern" => Some(identifier(target, text)),
        "property_identifier" | "private_property_identifier" | "string" | "number" => {
            // `__proto__: value` sets the prototype: no property, no name.
            key_name(target, text).filter(|name| !(is_pair && name == "__proto__"))
        }
        _ => None,
    }?;
    Some(Name { name, own: true, header: Some(target.start_byte()), other: None })
}

/// The key of a class field: the two grammars call it differently.
pub(super) fn member_key(field: Node<'_>) -> Option<Node<'_>> {
    field.child_by_field_name("property").or_else(|| field.child_by_field_name("name"))
}

fn is_logical(assignment: Node<'_>) -> bool {
    assignment.child_by_field_name("operator").is_some_and(|operator| matches!(operator.kind(), "||=" | "&&=" | "??="))
}

/// One name of V8's stack of names.
struct Part {
    name: String,
    /// A variable: dropped when another variable follows.
    variable: bool,
}

/// V8's `FuncNameInferrer` (src/parsing/func-name-inferrer.cc), by walking up from the function: names are collected up to the
/// statement, and count when something on the way (an assignment, a property, a class member) asks for them.
fn infer(node: Node<'_>, ancestors: &[Node<'_>], enclosing: Option<&str>, text: &Rope) -> Name {
    // Innermost first.
    let mut parts: Vec<Part> = Vec::new();
    let mut asked = matches!(node.kind(), "method_definition");
    let mut header = None;
    let mut child = node;
    for (distance, parent) in ancestors.iter().rev().enumerate() {
        if distance > MAX_DEPTH {
            return Name::default();
        }
        let is = |field: &str| parent.child_by_field_name(field).is_some_and(|value| value.id() == child.id());
        match parent.kind() {
            "pair" | "field_definition" | "public_field_definition" => {
                if !is("value") {
                    break;
                }
                let key = parent.child_by_field_name("key").or_else(|| member_key(*parent));
                if !asked {
                    header = key.map(|key| key.start_byte());
                }
                if let Some(name) = key.and_then(|key| key_name(key, text)) {
                    push(&mut parts, name, false);
                }
                asked = true;
            }
            "variable_declarator" => {
                asked |= !is_call(child);
                if let Some(name) = parent.child_by_field_name("name").filter(|name| name.kind() == "identifier") {
                    header = header.or(Some(name.start_byte()));
                    push(&mut parts, identifier(name, text), true);
                }
            }
            "assignment_expression" | "augmented_assignment_expression" | "assignment_pattern" => {
                if !is("right") {
                    break;
                }
                asked |= !is_call(child);
                if let Some(left) = parent.child_by_field_name("left") {
                    header = header.or(Some(left.start_byte()));
                    push_path(&mut parts, left, text);
                }
            }
            "pair_pattern" => {
                if let Some(name) = parent.child_by_field_name("key").and_then(|key| key_name(key, text)) {
                    push(&mut parts, name, false);
                }
            }
            // A function that is passed is not named after the callee; the properties of an object that is passed are.
            "arguments" if !asked => break,
            "call_expression" => {
                if let Some(callee) = parent.child_by_field_name("function").filter(|callee| callee.id() != child.id()) {
                    push_path(&mut parts, callee, text);
                } else if !asked {
                    break;
                }
            }
            "new_expression" => {
                if let Some(callee) = parent.child_by_field_name("constructor").filter(|callee| callee.id() != child.id()) {
                    push_path(&mut parts, callee, text);
                } else if !asked {
                    break;
                }
            }
            "member_expression" | "subscript_expression" if !asked => break,
            // The end of the expression.
            "statement_block"
            | "program"
            | "class_heritage"
            | "computed_property_name"
            | "decorator"
            | "formal_parameters"
            | "arrow_function"
            | "expression_statement"
            | "return_statement"
            | "class_static_block" => break,
            _ => {}
        }
        child = *parent;
    }
    if !asked {
        return Name::default();
    }
    if let Some(enclosing) = enclosing {
        push(&mut parts, enclosing.to_owned(), false);
    }
    parts.reverse();
    let mut name = String::new();
    for (index, part) in parts.iter().enumerate() {
        if part.variable && parts.get(index + 1).is_some_and(|next| next.variable) {
            continue;
        }
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&part.name);
    }
    // Since V8 13 an arrow function in parentheses of its own gets no inferred name.
    let bracketed = node.kind() == "arrow_function" && ancestors.last().is_some_and(|parent| parent.kind() == "parenthesized_expression");
    let other = (bracketed && !name.is_empty()).then(String::new);
    Name { name, other, own: false, header }
}

fn is_call(value: Node<'_>) -> bool {
    matches!(value.kind(), "call_expression" | "new_expression")
}

fn push(parts: &mut Vec<Part>, name: String, variable: bool) {
    if variable || name != "prototype" {
        parts.push(Part { name, variable });
    }
}

/// Adds the names along `a.b['c']()`, last first.
fn push_path(parts: &mut Vec<Part>, path: Node<'_>, text: &Rope) {
    let mut node = path;
    for _ in 0..MAX_DEPTH {
        let object = match node.kind() {
            "identifier" => {
                push(parts, identifier(node, text), true);
                return;
            }
            "member_expression" => {
                if let Some(name) = node.child_by_field_name("property").and_then(|key| key_name(key, text)) {
                    push(parts, name, false);
                }
                node.child_by_field_name("object")
            }
            "subscript_expression" => {
                let index = node.child_by_field_name("index");
                let name = index.and_then(|index| match index.kind() {
                    "string" | "template_string" => string_value(index, text),
                    _ => None,
                });
                push(parts, name.unwrap_or_else(|| "<computed>".to_owned()), false);
                node.child_by_field_name("object")
            }
            "call_expression" => node.child_by_field_name("function"),
            "non_null_expression" => node.named_child(0),
            _ => None,
        };
        match object {
            Some(object) => node = object,
            None => return,
        }
    }
}
