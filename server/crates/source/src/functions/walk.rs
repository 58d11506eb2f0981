//! One walk over the tree that collects the functions. No recursion: trees are as deep as their text is long.

use std::sync::LazyLock;

use ropey::Rope;
use tree_sitter::Node;

use super::interval::Innermost;
use super::names::{self, Name};
use super::{Function, FunctionKind, Functions};
use crate::position::{ByteOffset, ByteRange};
use crate::syntax::{Language, Syntax};

/// What the walk does at a node.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Nothing,
    Function,
    Arrow,
    Method,
    Class,
    Field,
    StaticBlock,
    ComputedKey,
    /// Types only: nothing of it is left when the program runs.
    Erased,
}

/// [`Step`] by language and kind number: comparing names at every node would take most of the time.
static STEPS: LazyLock<[Vec<Step>; 3]> = LazyLock::new(|| {
    Language::ALL.map(|language| {
        let grammar = language.grammar();
        (0..grammar.node_kind_count() as u16)
            .map(|id| match grammar.node_kind_for_id(id).filter(|_| grammar.node_kind_is_named(id)) {
                Some("function_declaration" | "function_expression" | "generator_function" | "generator_function_declaration") => {
                    Step::Function
                }
                Some("arrow_function") => Step::Arrow,
                Some("method_definition") => Step::Method,
                Some("class_declaration" | "class" | "abstract_class_declaration") => Step::Class,
                Some("field_definition" | "public_field_definition") => Step::Field,
                Some("class_static_block") => Step::StaticBlock,
                Some("computed_property_name") => Step::ComputedKey,
                Some("ambient_declaration" | "interface_declaration" | "type_alias_declaration" | "type_annotation") => Step::Erased,
                _ => Step::Nothing,
            })
            .collect()
    })
});

pub(super) fn walk(syntax: &Syntax, text: &Rope) -> Functions {
    let length = text.len_bytes();
    let mut walk = Walk {
        text,
        ancestors: Vec::new(),
        scopes: Vec::new(),
        classes: Vec::new(),
        found: Vec::new(),
        own_names: Vec::new(),
        intervals: Vec::new(),
        starts: Vec::new(),
    };
    walk.add(
        Function {
            name: String::new(),
            other_name: None,
            kind: FunctionKind::Toplevel,
            is_async: false,
            is_generator: false,
            range: range(0, length),
            header: range(0, 0),
            body: range(0, length),
            v8_start: ByteOffset(0),
            parent: None,
            parameter_count: 0,
        },
        false,
    );
    // The end of the text belongs to the top level: the cursor may stand there.
    walk.intervals.push((0, length + 1, 0));
    if let Some(tree) = syntax.tree() {
        let steps = &STEPS[syntax.language() as usize];
        let mut cursor = tree.walk();
        'walk: loop {
            let node = cursor.node();
            let step = steps.get(usize::from(node.kind_id())).copied().unwrap_or(Step::Nothing);
            if step != Step::Nothing {
                walk.enter(step, node);
            }
            if step != Step::Erased && cursor.goto_first_child() {
                walk.ancestors.push(node);
                continue;
            }
            walk.leave();
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    break 'walk;
                }
                walk.ancestors.pop();
                walk.leave();
            }
        }
    }
    walk.finish()
}

struct Walk<'a, 'tree> {
    text: &'a Rope,
    /// The nodes around the current one, outermost first.
    ancestors: Vec<Node<'tree>>,
    /// Open functions: depth of their node, index.
    scopes: Vec<(usize, usize)>,
    classes: Vec<Class>,
    found: Vec<Function>,
    /// Whether the name of a function is its own, not an inferred one; same order as `found`.
    own_names: Vec<bool>,
    intervals: Vec<(usize, usize, u32)>,
    starts: Vec<(usize, u32)>,
}

struct Class {
    depth: usize,
    name: Name,
    instance: Option<usize>,
    statics: Option<usize>,
}

impl<'tree> Walk<'_, 'tree> {
    fn enter(&mut self, step: Step, node: Node<'tree>) {
        match step {
            Step::Nothing | Step::Erased => {}
            Step::Function | Step::Arrow | Step::Method => self.function(step, node),
            Step::Class => self.class(node),
            Step::Field => {
                if let Some(class) = self.classes.last() {
                    let initializer = if token(node, "static").is_some() { class.statics } else { class.instance };
                    self.open(node, initializer);
                }
            }
            Step::StaticBlock => {
                let initializer = self.classes.last().and_then(|class| class.statics);
                self.open(node, initializer);
            }
            // A computed key is evaluated by the function around the class or object, not by the method or initialiser.
            Step::ComputedKey => {
                if self
                    .ancestors
                    .last()
                    .is_some_and(|parent| matches!(parent.kind(), "method_definition" | "field_definition" | "public_field_definition"))
                {
                    let outer = self.found[self.current()].parent;
                    self.open(node, outer);
                }
            }
        }
    }

    fn leave(&mut self) {
        let depth = self.ancestors.len();
        while self.scopes.last().is_some_and(|&(opened, _)| opened == depth) {
            self.scopes.pop();
        }
        while self.classes.last().is_some_and(|class| class.depth == depth) {
            self.classes.pop();
        }
    }

    fn current(&self) -> usize {
        self.scopes.last().map_or(0, |&(_, index)| index)
    }

    fn open(&mut self, node: Node<'tree>, function: Option<usize>) {
        if let Some(index) = function {
            self.scopes.push((self.ancestors.len(), index));
            self.intervals.push((node.start_byte(), node.end_byte(), index as u32));
        }
    }

    fn add(&mut self, function: Function, own_name: bool) -> usize {
        let index = self.found.len();
        self.starts.push((function.v8_start.0, index as u32));
        self.found.push(function);
        self.own_names.push(own_name);
        index
    }

    /// The constructor name that V8 puts before inferred names: that of the function around, if it begins with a capital.
    fn enclosing(&self) -> Option<&str> {
        let mut index = self.current();
        while matches!(self.found[index].kind, FunctionKind::InstanceInitializer | FunctionKind::StaticInitializer) {
            index = self.found[index].parent?;
        }
        let name = self.found[index].name.as_str();
        (self.own_names[index] && name.starts_with(char::is_uppercase)).then_some(name)
    }

    fn function(&mut self, step: Step, node: Node<'tree>) {
        let Some(body) = node.child_by_field_name("body") else { return };
        let parameters = node.child_by_field_name("parameters");
        let mut kind = match step {
            Step::Arrow => FunctionKind::Arrow,
            Step::Method => FunctionKind::Method,
            _ => FunctionKind::Function,
        };
        let is_async = token(node, "async").is_some();
        let is_generator = token(node, "*").is_some() || node.kind().starts_with("generator");
        let mut name = names::name_of(node, &self.ancestors, self.enclosing(), self.text);
        if step == Step::Method {
            if token(node, "get").is_some() || token(node, "static get").is_some() {
                kind = FunctionKind::Getter;
            } else if token(node, "set").is_some() {
                kind = FunctionKind::Setter;
            } else if is_constructor(node, self.text) && self.in_class() {
                kind = FunctionKind::Constructor;
                if let Some(class) = self.classes.last() {
                    name = class.name.clone();
                }
            }
            if name.own {
                match kind {
                    FunctionKind::Getter => name.name.insert_str(0, "get "),
                    FunctionKind::Setter => name.name.insert_str(0, "set "),
                    _ => {}
                }
            }
        }
        let start = match (step, parameters) {
            (Step::Arrow, Some(parameters)) if !is_async => parameters.start_byte(),
            (Step::Arrow, _) | (_, None) => node.start_byte(),
            (_, Some(parameters)) => parameters.start_byte(),
        };
        let function = Function {
            name: name.name,
            other_name: name.other,
            kind,
            is_async,
            is_generator,
            range: range(node.start_byte(), node.end_byte()),
            header: range(name.header.unwrap_or(node.start_byte()).min(node.start_byte()), body.start_byte()),
            body: range(body.start_byte(), body.end_byte()),
            v8_start: ByteOffset(start),
            parent: Some(self.current()),
            parameter_count: parameters.map_or_else(|| usize::from(node.child_by_field_name("parameter").is_some()), count_parameters),
        };
        let index = self.add(function, name.own);
        self.open(node, Some(index));
    }

    fn in_class(&self) -> bool {
        self.ancestors.last().is_some_and(|parent| parent.kind() == "class_body")
    }

    /// What a class compiles to besides its methods.
    fn class(&mut self, node: Node<'tree>) {
        let Some(body) = node.child_by_field_name("body") else { return };
        let start = token(node, "class").map_or(node.start_byte(), |keyword| keyword.start_byte());
        let name = names::name_of(node, &self.ancestors, self.enclosing(), self.text);
        let outer = self.current();
        let mut has_constructor = false;
        let mut fields = Members::default();
        let mut statics = Members::default();
        let mut last_static_field = None;
        let mut cursor = body.walk();
        for member in body.named_children(&mut cursor) {
            match member.kind() {
                "method_definition" => has_constructor |= is_constructor(member, self.text),
                "class_static_block" => statics.add(member, member.start_byte()),
                "field_definition" | "public_field_definition" => {
                    if token(member, "declare").is_some() || token(member, "abstract").is_some() {
                        continue;
                    }
                    let key = names::member_key(member).map_or(member.start_byte(), |key| key.start_byte());
                    if let Some(keyword) = token(member, "static") {
                        last_static_field = Some(keyword.start_byte());
                        statics.add(member, keyword.start_byte());
                    } else {
                        fields.add(member, key);
                    }
                }
                _ => {}
            }
        }
        // Initialisers are called after the class only if the class itself is named (or the default export), not what it is
        // assigned to.
        let is_named =
            node.child_by_field_name("name").is_some() || self.ancestors.last().is_some_and(|parent| parent.kind() == "export_statement");
        let written = if is_named { name.name.clone() } else { String::new() };
        let initializer = |members: &Members, kind, label: &str| Function {
            name: label.to_owned(),
            other_name: Some(written.clone()),
            kind,
            is_async: false,
            is_generator: false,
            range: range(members.start, members.end),
            header: range(members.start, members.start),
            body: range(members.start, members.end),
            v8_start: ByteOffset(members.v8_start),
            parent: Some(outer),
            parameter_count: 0,
        };
        if !has_constructor {
            let function = Function {
                name: name.name.clone(),
                other_name: name.other.clone(),
                kind: FunctionKind::DefaultConstructor,
                is_async: false,
                is_generator: false,
                range: range(start, body.start_byte()),
                header: range(start, body.start_byte()),
                body: range(body.start_byte(), body.start_byte()),
                v8_start: ByteOffset(start),
                parent: Some(outer),
                parameter_count: 0,
            };
            self.add(function, name.own);
        }
        let instance = fields.any.then(|| {
            let function = initializer(&fields, FunctionKind::InstanceInitializer, "<instance_members_initializer>");
            let index = self.add(function, false);
            // Node 18 and 20: the class; Node 22: its body.
            self.starts.extend([(start, index as u32), (body.start_byte(), index as u32)]);
            index
        });
        let statics = statics.any.then(|| {
            let function = initializer(&statics, FunctionKind::StaticInitializer, "<static_initializer>");
            let index = self.add(function, false);
            // Node 22: the class's body; Node 18 and 20: the last static field.
            self.starts.push((body.start_byte(), index as u32));
            self.starts.extend(last_static_field.map(|start| (start, index as u32)));
            index
        });
        self.classes.push(Class { depth: self.ancestors.len(), name, instance, statics });
    }

    fn finish(mut self) -> Functions {
        let headers =
            self.found.iter().enumerate().map(|(index, function)| (function.header.start.0, function.header.end.0, index as u32)).collect();
        self.starts.sort_by_key(|&(start, _)| start);
        self.starts.dedup();
        Functions { all: self.found, inside: Innermost::new(self.intervals), headers: Innermost::new(headers), starts: self.starts }
    }
}

/// The span of the members that make up an initialiser.
#[derive(Default)]
struct Members {
    any: bool,
    start: usize,
    end: usize,
    v8_start: usize,
}

impl Members {
    fn add(&mut self, member: Node<'_>, v8_start: usize) {
        if !self.any {
            *self = Self { any: true, start: member.start_byte(), end: 0, v8_start };
        }
        self.end = member.end_byte();
    }
}

/// The unnamed token `kind` before the name or body of a member or function.
fn token<'tree>(node: Node<'tree>, kind: &str) -> Option<Node<'tree>> {
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        if child.kind() == kind && !child.is_named() {
            return Some(child);
        }
        if matches!(
            child.kind(),
            "property_identifier" | "private_property_identifier" | "formal_parameters" | "class_body" | "statement_block"
        ) {
            break;
        }
    }
    None
}

fn is_constructor(method: Node<'_>, text: &Rope) -> bool {
    token(method, "static").is_none()
        && method.child_by_field_name("name").is_some_and(|name| {
            matches!(name.kind(), "property_identifier" | "string")
                && super::literal::key_name(name, text).as_deref() == Some("constructor")
        })
}

fn count_parameters(parameters: Node<'_>) -> usize {
    let mut cursor = parameters.walk();
    parameters
        .named_children(&mut cursor)
        .filter(|child| {
            // TypeScript's `this` parameter is a type annotation only.
            !child.is_extra() && child.child_by_field_name("pattern").is_none_or(|pattern| pattern.kind() != "this")
        })
        .count()
}

fn range(start: usize, end: usize) -> ByteRange {
    ByteRange { start: ByteOffset(start), end: ByteOffset(end) }
}
