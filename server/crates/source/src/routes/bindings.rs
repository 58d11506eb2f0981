//! What the names of a file stand for, scoped by function.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use ropey::Rope;
use tree_sitter::Node;

use super::query::{Captures, Compiled};
use super::words::Words;
use crate::functions::Functions;
use crate::functions::literal::{identifier, key_name, string_value};
use crate::position::ByteOffset;
use crate::syntax::text_of;

/// What a name stands for.
#[derive(Clone, Debug)]
pub(super) enum Meaning<'tree> {
    /// `const name = value`, `name = value`.
    Value(Node<'tree>),
    /// `const { key: name } = value`.
    Part(Node<'tree>, String),
    /// Declared function or class.
    Declared(Node<'tree>),
    /// Imported: module and exported name; `*` for the whole module and its default.
    Import(String, String),
    /// Parameter of a function: its index there, the type written after it.
    Parameter { function: usize, index: usize, annotation: Option<String> },
    /// Part of a parameter: `({ key: name }) => …`; index of the parameter.
    ParameterPart { function: usize, index: usize, key: String },
    /// Declared without a value.
    Unset,
}

struct Binding<'tree> {
    /// Index of the function whose scope it is in.
    scope: usize,
    at: usize,
    meaning: Meaning<'tree>,
}

/// How many nodes around a name the construct that gives it its meaning may be.
const MAX_AROUND: usize = 10;

/// All names of a file. What a name means is looked for when it is first asked for, where its word is in the text: most names of a
/// file are never asked for, and a query over the whole tree takes far longer.
pub(super) struct Bindings<'a, 'tree> {
    text: &'a Rope,
    words: &'a Words,
    functions: &'a Functions,
    root: Node<'tree>,
    query: &'a Compiled,
    known: RefCell<HashMap<String, Rc<Named<'tree>>>>,
}

/// What one name means, wherever it means something.
struct Named<'tree> {
    bindings: Vec<Binding<'tree>>,
    /// `this.name = value`, and class fields.
    members: Vec<(usize, Node<'tree>)>,
}

impl<'a, 'tree> Bindings<'a, 'tree> {
    pub(super) fn new(text: &'a Rope, words: &'a Words, functions: &'a Functions, root: Node<'tree>, query: &'a Compiled) -> Self {
        Self { text, words, functions, root, query, known: RefCell::default() }
    }

    fn named(&self, name: &str) -> Rc<Named<'tree>> {
        if let Some(known) = self.known.borrow().get(name) {
            return Rc::clone(known);
        }
        let mut collect = Collect::new(self.text, self.functions);
        self.words.each(self.root, name, |at, around| {
            collect.only = at;
            for node in around.iter().rev().take(MAX_AROUND) {
                self.query.at(*node, self.text, |captures| collect.found(captures));
            }
        });
        let named = Rc::new(collect.finish(name));
        self.known.borrow_mut().insert(name.to_owned(), Rc::clone(&named));
        named
    }

    /// What `name` means at `at`: in the innermost scope that has it, the last one before `at`, else the first after.
    pub(super) fn lookup(&self, name: &str, at: usize) -> Option<Meaning<'tree>> {
        let named = self.named(name);
        let mut scope = self.functions.index_at(ByteOffset(at));
        while let Some(index) = scope {
            let mut best: Option<&Binding<'tree>> = None;
            for binding in named.bindings.iter().filter(|binding| binding.scope == index) {
                let better = best.is_none_or(|best| match (best.at <= at, binding.at <= at) {
                    // A declaration without value says nothing about one that has it.
                    _ if matches!(best.meaning, Meaning::Unset) => true,
                    _ if matches!(binding.meaning, Meaning::Unset) => false,
                    (true, true) => binding.at > best.at,
                    (false, false) => binding.at < best.at,
                    (before, _) => !before,
                });
                if better {
                    best = Some(binding);
                }
            }
            if let Some(best) = best {
                return Some(best.meaning.clone());
            }
            scope = self.functions.get(index)?.parent;
        }
        None
    }

    /// What `this.name` was set to, nearest before `at`.
    pub(super) fn member(&self, name: &str, at: usize) -> Option<Node<'tree>> {
        let named = self.named(name);
        let values = &named.members;
        values.iter().filter(|(set, _)| *set < at).max_by_key(|(set, _)| *set).or_else(|| values.first()).map(|&(_, value)| value)
    }
}

/// Collects the bindings of one name from the matches of `queries/bindings*.scm`.
struct Collect<'a, 'tree> {
    text: &'a Rope,
    functions: &'a Functions,
    /// Where the name is that is looked at now: the matches around it have others, too.
    only: usize,
    bindings: Vec<(String, Binding<'tree>)>,
    members: Vec<(String, usize, Node<'tree>)>,
    /// Assignments: name, value.
    assigned: Vec<(Node<'tree>, Node<'tree>)>,
}

impl<'a, 'tree> Collect<'a, 'tree> {
    fn new(text: &'a Rope, functions: &'a Functions) -> Self {
        Self { text, functions, only: 0, bindings: Vec::new(), members: Vec::new(), assigned: Vec::new() }
    }

    /// One match.
    fn found(&mut self, captures: &Captures<'_, 'tree>) {
        let text = self.text;
        let (name, value) = (captures.get("name"), captures.get("value"));
        if let (Some(member), Some(value)) = (captures.get("member"), value) {
            if let Some(name) = key_name(member, text).filter(|_| member.byte_range().contains(&self.only)) {
                self.members.push((name, value.start_byte(), value));
            }
        } else if let (Some(name), Some(value)) = (captures.get("assigned"), value) {
            if name.start_byte() == self.only {
                self.assigned.push((name, value));
            }
        } else if let (Some(name), Some(value)) = (name, value) {
            self.declarator(name, value);
        } else if let (Some(name), Some(module)) = (name, captures.get("module")) {
            if let Some(module) = string_value(module, text) {
                self.import_name(name, &module, "*");
            }
        } else if let (Some(name), Some(function)) = (name, captures.get("function")) {
            // The name is inside the function's range; its scope is the one around.
            let scope = self.functions.get(self.scope(name)).and_then(|function| function.parent).unwrap_or(0);
            self.add(identifier(name, text), scope, name.start_byte(), Meaning::Declared(function));
        } else if let (Some(name), Some(class)) = (name, captures.get("class")) {
            self.add(identifier(name, text), self.scope(name), name.start_byte(), Meaning::Declared(class));
        } else if let Some(name) = captures.get("unset") {
            self.add(identifier(name, text), self.scope(name), name.start_byte(), Meaning::Unset);
        } else if let (Some(import), Some(module)) = (captures.get("import"), captures.get("module")) {
            self.import(import, module);
        } else if let Some(parameters) = captures.get("parameters") {
            self.parameters(parameters);
        } else if let Some(parameter) = captures.get("parameter") {
            let function = self.scope(parameter);
            let meaning = Meaning::Parameter { function, index: 0, annotation: None };
            self.add(identifier(parameter, text), function, parameter.start_byte(), meaning);
        }
    }

    fn finish(mut self, name: &str) -> Named<'tree> {
        self.bindings.retain(|(other, _)| other == name);
        // An assignment belongs to the scope that declares the name.
        for (assigned, value) in std::mem::take(&mut self.assigned) {
            let at = assigned.start_byte();
            if identifier(assigned, self.text) == name {
                let scope = self.declaring_scope(at).unwrap_or(0);
                self.bindings.push((name.to_owned(), Binding { scope, at, meaning: Meaning::Value(value) }));
            }
        }
        Named {
            bindings: self.bindings.into_iter().map(|(_, binding)| binding).collect(),
            members: self.members.into_iter().filter(|(other, ..)| other == name).map(|(_, set, value)| (set, value)).collect(),
        }
    }

    fn scope(&self, node: Node<'tree>) -> usize {
        self.functions.index_at(ByteOffset(node.start_byte())).unwrap_or(0)
    }

    fn add(&mut self, name: String, scope: usize, at: usize, meaning: Meaning<'tree>) {
        if at == self.only {
            self.bindings.push((name, Binding { scope, at, meaning }));
        }
    }

    fn declaring_scope(&self, at: usize) -> Option<usize> {
        let mut scope = self.functions.index_at(ByteOffset(at));
        while let Some(index) = scope {
            if self.bindings.iter().any(|(_, binding)| binding.scope == index) {
                return Some(index);
            }
            scope = self.functions.get(index)?.parent;
        }
        None
    }

    fn declarator(&mut self, name: Node<'tree>, value: Node<'tree>) {
        let scope = self.scope(name);
        match name.kind() {
            "identifier" => self.add(identifier(name, self.text), scope, name.start_byte(), Meaning::Value(value)),
            "object_pattern" => {
                for (key, local) in pattern_parts(name, self.text) {
                    self.add(identifier(local, self.text), scope, local.start_byte(), Meaning::Part(value, key));
                }
            }
            _ => {}
        }
    }

    fn import(&mut self, import: Node<'tree>, module: Node<'tree>) {
        let Some(module) = string_value(module, self.text) else { return };
        let mut cursor = import.walk();
        let Some(clause) = import.named_children(&mut cursor).find(|child| child.kind() == "import_clause") else { return };
        let mut cursor = clause.walk();
        for child in clause.named_children(&mut cursor) {
            match child.kind() {
                "identifier" => self.import_name(child, &module, "*"),
                "namespace_import" => {
                    if let Some(name) = child.named_child(0) {
                        self.import_name(name, &module, "*");
                    }
                }
                "named_imports" => {
                    let mut cursor = child.walk();
                    for specifier in child.named_children(&mut cursor) {
                        let Some(name) = specifier.child_by_field_name("name") else { continue };
                        let local = specifier.child_by_field_name("alias").unwrap_or(name);
                        let exported = match name.kind() {
                            "string" => string_value(name, self.text).unwrap_or_default(),
                            _ => text_of(name, self.text),
                        };
                        let exported = if exported == "default" { "*" } else { exported.as_str() };
                        self.import_name(local, &module, exported);
                    }
                }
                _ => {}
            }
        }
    }

    fn import_name(&mut self, local: Node<'tree>, module: &str, exported: &str) {
        let meaning = Meaning::Import(module.to_owned(), exported.to_owned());
        self.add(identifier(local, self.text), 0, local.start_byte(), meaning);
    }

    fn parameters(&mut self, parameters: Node<'tree>) {
        let function = self.scope(parameters);
        let mut cursor = parameters.walk();
        let children: Vec<_> = parameters.named_children(&mut cursor).filter(|child| !child.is_extra()).collect();
        for (index, child) in children.into_iter().enumerate() {
            let annotation =
                child.child_by_field_name("type").map(|kind| text_of(kind, self.text).trim_start_matches([':', ' ']).to_owned());
            let pattern = child.child_by_field_name("pattern").unwrap_or(child);
            let pattern = match pattern.kind() {
                "assignment_pattern" => pattern.child_by_field_name("left").unwrap_or(pattern),
                _ => pattern,
            };
            match pattern.kind() {
                "identifier" => {
                    let meaning = Meaning::Parameter { function, index, annotation };
                    self.add(identifier(pattern, self.text), function, pattern.start_byte(), meaning);
                }
                "object_pattern" => {
                    for (key, local) in pattern_parts(pattern, self.text) {
                        let meaning = Meaning::ParameterPart { function, index, key };
                        self.add(identifier(local, self.text), function, local.start_byte(), meaning);
                    }
                }
                _ => {}
            }
        }
    }
}

/// The names of `{ a, b: c, d = 1 }`, one level deep, with the keys they come from.
fn pattern_parts<'tree>(pattern: Node<'tree>, text: &Rope) -> Vec<(String, Node<'tree>)> {
    let mut cursor = pattern.walk();
    pattern
        .named_children(&mut cursor)
        .filter_map(|part| {
            let (key, local) = match part.kind() {
                "shorthand_property_identifier_pattern" => (part, part),
                "object_assignment_pattern" => {
                    let left = part.child_by_field_name("left")?;
                    (left, left)
                }
                "pair_pattern" => {
                    let value = part.child_by_field_name("value")?;
                    let value = if value.kind() == "assignment_pattern" { value.child_by_field_name("left")? } else { value };
                    (part.child_by_field_name("key")?, value)
                }
                _ => return None,
            };
            let is_name = matches!(local.kind(), "identifier" | "shorthand_property_identifier_pattern");
            is_name.then(|| Some((key_name(key, text)?, local)))?
        })
        .collect()
}
