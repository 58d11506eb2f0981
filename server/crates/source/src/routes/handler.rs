//! From the arguments of a registration to the function that answers.

use tree_sitter::Node;

use super::bindings::Meaning;
use super::value::{File, MAX_STEPS, arguments, is_function, property, unwrap};
use crate::functions::literal::key_name;
use crate::position::{ByteOffset, ByteRange};

impl<'tree> File<'_, 'tree> {
    /// The handler that `node` names or holds, as far as the file tells.
    pub(super) fn handler(&self, node: Node<'tree>) -> ByteRange {
        let found = self.handler_node(node).unwrap_or(node);
        ByteRange { start: ByteOffset(found.start_byte()), end: ByteOffset(found.end_byte()) }
    }

    /// The function that `node` names or holds: followed through names, wrappers (`wrap(async () => …)`), lists (the last), `bind`,
    /// objects and classes of the file.
    pub(super) fn handler_node(&self, node: Node<'tree>) -> Option<Node<'tree>> {
        let mut node = unwrap(node);
        for _ in 0..MAX_STEPS {
            if is_function(node) {
                return Some(node);
            }
            node = unwrap(match node.kind() {
                "identifier" | "shorthand_property_identifier" => match self.meaning(node)? {
                    Meaning::Declared(declared) if is_function(declared) => return Some(declared),
                    Meaning::Value(value) => value,
                    Meaning::Part(value, key) => property(self.resolve(value), &key, self.text)?,
                    _ => return None,
                },
                "array" => {
                    let mut cursor = node.walk();
                    node.named_children(&mut cursor).filter(|item| !item.is_extra()).last()?
                }
                "call_expression" => {
                    let callee = node.child_by_field_name("function")?;
                    let bound =
                        callee.child_by_field_name("property").is_some_and(|name| key_name(name, self.text).as_deref() == Some("bind"));
                    if bound {
                        callee.child_by_field_name("object")?
                    } else {
                        *arguments(node).iter().rev().find(|argument| self.is_handler(**argument))?
                    }
                }
                "member_expression" => self.method(node)?,
                "object" => property(node, "handler", self.text)?,
                _ => return None,
            });
        }
        None
    }

    /// The method or property that `object.name` is, if `object` is a literal, an instance or a class of this file, or `this`.
    fn method(&self, node: Node<'tree>) -> Option<Node<'tree>> {
        let name = key_name(node.child_by_field_name("property")?, self.text)?;
        let object = unwrap(node.child_by_field_name("object")?);
        if object.kind() == "this" {
            return class_member(enclosing_class(node)?, &name, self).or_else(|| self.bindings.member(&name, node.start_byte()));
        }
        let value = self.resolve(object);
        let class = match value.kind() {
            "object" => return property(value, &name, self.text),
            "new_expression" => value.child_by_field_name("constructor")?,
            _ => value,
        };
        let class = match self.meaning(class).filter(|_| class.kind() == "identifier")? {
            Meaning::Declared(class) | Meaning::Value(class) => class,
            _ => return None,
        };
        class_member(class, &name, self)
    }

    /// Whether `node` can be a handler: a function, a name of one, or a call that is given one. Unlike [`Self::handler_node`] this
    /// accepts what other files export, but neither plain values nor names that are not known.
    pub(super) fn is_handler(&self, node: Node<'tree>) -> bool {
        let node = unwrap(node);
        match node.kind() {
            _ if is_function(node) => true,
            "identifier" => match self.meaning(node) {
                Some(Meaning::Declared(declared)) => is_function(declared),
                Some(Meaning::Import(..)) => true,
                Some(Meaning::Value(value)) => self.module(value).is_some() || self.handler_node(value).is_some(),
                Some(Meaning::Part(value, _)) => self.module(value).is_some() || self.handler_node(node).is_some(),
                _ => false,
            },
            "member_expression" => {
                let object = node.child_by_field_name("object").map(unwrap);
                self.module(node).is_some()
                    || self.handler_node(node).is_some()
                    || object.is_some_and(|object| {
                        object.kind() == "this" || self.module(object).is_some() || self.resolve(object).kind() == "new_expression"
                    })
            }
            "array" | "call_expression" => self.handler_node(node).is_some(),
            _ => false,
        }
    }
}

fn enclosing_class(node: Node<'_>) -> Option<Node<'_>> {
    let mut node = node;
    while let Some(parent) = node.parent() {
        if matches!(parent.kind(), "class_declaration" | "class" | "abstract_class_declaration") {
            return Some(parent);
        }
        node = parent;
    }
    None
}

fn class_member<'tree>(class: Node<'tree>, name: &str, file: &File<'_, 'tree>) -> Option<Node<'tree>> {
    let body = class.child_by_field_name("body").filter(|body| body.kind() == "class_body")?;
    let mut cursor = body.walk();
    body.named_children(&mut cursor).find_map(|member| {
        let key = member.child_by_field_name("name").or_else(|| member.child_by_field_name("property"))?;
        if key_name(key, file.text)? != name {
            return None;
        }
        if member.kind() == "method_definition" { Some(member) } else { member.child_by_field_name("value") }
    })
}
