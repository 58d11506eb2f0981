//! Reading expressions: constant strings, object literals, modules.

use ropey::Rope;
use tree_sitter::Node;

use super::bindings::{Bindings, Meaning};
use crate::functions::Functions;
use crate::functions::literal::{identifier, key_name, string_value};

/// How many steps from name to value are followed.
pub(super) const MAX_STEPS: usize = 16;

/// A file with what its names mean.
pub(super) struct File<'a, 'tree> {
    pub(super) text: &'a Rope,
    pub(super) functions: &'a Functions,
    pub(super) bindings: Bindings<'a, 'tree>,
}

impl<'tree> File<'_, 'tree> {
    pub(super) fn meaning(&self, name: Node<'tree>) -> Option<Meaning<'tree>> {
        self.bindings.lookup(&identifier(name, self.text), name.start_byte())
    }

    /// The expression that gives `node` its value: through names, `this.x`, wrappers.
    pub(super) fn resolve(&self, node: Node<'tree>) -> Node<'tree> {
        let mut node = unwrap(node);
        for _ in 0..MAX_STEPS {
            let next = match node.kind() {
                "identifier" | "shorthand_property_identifier" => match self.meaning(node) {
                    Some(Meaning::Value(value)) => Some(value),
                    _ => None,
                },
                "member_expression" => self.member(node),
                _ => None,
            };
            match next {
                Some(next) => node = unwrap(next),
                None => break,
            }
        }
        node
    }

    /// The value of `this.x`, or of a property of an object literal of this file.
    fn member(&self, node: Node<'tree>) -> Option<Node<'tree>> {
        let object = unwrap(node.child_by_field_name("object")?);
        let name = key_name(node.child_by_field_name("property")?, self.text)?;
        match object.kind() {
            "this" => self.bindings.member(&name, node.start_byte()),
            "identifier" => match self.meaning(object)? {
                Meaning::Value(value) => property(unwrap(value), &name, self.text),
                _ => None,
            },
            _ => None,
        }
    }

    /// The constant string that `node` is: literals, templates and sums of constants.
    pub(super) fn string(&self, node: Node<'tree>) -> Option<String> {
        let mut result = String::new();
        // Operands still to append, last first.
        let mut rest = vec![node];
        for _ in 0..64 {
            let Some(next) = rest.pop() else { return Some(result) };
            let next = self.resolve(next);
            match next.kind() {
                "string" => result.push_str(&string_value(next, self.text)?),
                "string_fragment" | "escape_sequence" => result.push_str(&crate::syntax::text_of(next, self.text)),
                "number" => result.push_str(&crate::syntax::text_of(next, self.text)),
                "template_string" => match string_value(next, self.text) {
                    Some(value) => result.push_str(&value),
                    None => {
                        let mut cursor = next.walk();
                        let parts: Vec<_> = next.named_children(&mut cursor).collect();
                        rest.extend(parts.into_iter().rev());
                    }
                },
                "template_substitution" => rest.push(next.named_child(0)?),
                "binary_expression" if next.child_by_field_name("operator")?.kind() == "+" => {
                    rest.push(next.child_by_field_name("right")?);
                    rest.push(next.child_by_field_name("left")?);
                }
                _ => return None,
            }
        }
        None
    }

    /// A constant string, or a list of them.
    pub(super) fn strings(&self, node: Node<'tree>) -> Option<Vec<String>> {
        let resolved = self.resolve(node);
        if resolved.kind() == "array" {
            let mut cursor = resolved.walk();
            return resolved.named_children(&mut cursor).filter(|item| !item.is_extra()).map(|item| self.string(item)).collect();
        }
        Some(vec![self.string(resolved)?])
    }

    /// The module and its export that `node` stands for; `*` for the module itself or its default.
    pub(super) fn module(&self, node: Node<'tree>) -> Option<(String, String)> {
        let mut node = unwrap(node);
        // Properties taken on the way; the first one taken last.
        let mut keys: Vec<String> = Vec::new();
        for _ in 0..MAX_STEPS {
            let (module, export) = match node.kind() {
                "identifier" => match self.meaning(node)? {
                    Meaning::Import(module, export) => (module, export),
                    Meaning::Value(value) => {
                        node = unwrap(value);
                        continue;
                    }
                    Meaning::Part(value, key) => {
                        keys.push(key);
                        node = unwrap(value);
                        continue;
                    }
                    _ => return None,
                },
                "member_expression" => {
                    keys.push(key_name(node.child_by_field_name("property")?, self.text)?);
                    node = unwrap(node.child_by_field_name("object")?);
                    continue;
                }
                "call_expression" => {
                    let callee = node.child_by_field_name("function")?;
                    let is_load = match callee.kind() {
                        "import" => true,
                        "identifier" => identifier(callee, self.text) == "require",
                        _ => false,
                    };
                    let argument = *arguments(node).first()?;
                    (is_load.then(|| string_value(argument, self.text))??, "*".to_owned())
                }
                _ => return None,
            };
            keys.retain(|key| key != "default");
            return match (keys.len(), export.as_str()) {
                (0, _) => Some((module, export)),
                (1, "*") => Some((module, keys.remove(0))),
                _ => None,
            };
        }
        None
    }
}

/// Takes away parentheses, `await`, TypeScript's assertions, and all but the value of an assignment.
pub(super) fn unwrap(node: Node<'_>) -> Node<'_> {
    let mut node = node;
    for _ in 0..MAX_STEPS {
        let inner = match node.kind() {
            "parenthesized_expression" | "as_expression" | "satisfies_expression" | "non_null_expression" | "await_expression" => {
                node.named_child(0)
            }
            "type_assertion" => node.named_child(1),
            // `const app = module.exports = express()`
            "assignment_expression" => node.child_by_field_name("right"),
            _ => None,
        };
        match inner {
            Some(inner) => node = inner,
            None => break,
        }
    }
    node
}

/// The arguments of a call or `new`, without comments.
pub(super) fn arguments<'tree>(call: Node<'tree>) -> Vec<Node<'tree>> {
    let Some(arguments) = call.child_by_field_name("arguments") else { return Vec::new() };
    let mut cursor = arguments.walk();
    arguments.named_children(&mut cursor).filter(|argument| !argument.is_extra() && !argument.is_error()).collect()
}

/// The value of a property of an object literal: an expression, a method, or a shorthand name.
pub(super) fn property<'tree>(object: Node<'tree>, name: &str, text: &Rope) -> Option<Node<'tree>> {
    if object.kind() != "object" {
        return None;
    }
    let mut cursor = object.walk();
    object.named_children(&mut cursor).find_map(|member| {
        let (key, value) = match member.kind() {
            "pair" => (member.child_by_field_name("key")?, member.child_by_field_name("value")?),
            "method_definition" => (member.child_by_field_name("name")?, member),
            "shorthand_property_identifier" => (member, member),
            _ => return None,
        };
        (key_name(key, text)? == name).then_some(value)
    })
}

/// Whether `node` is a function written out.
pub(super) fn is_function(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "arrow_function"
            | "function_expression"
            | "generator_function"
            | "function_declaration"
            | "generator_function_declaration"
            | "method_definition"
    )
}
