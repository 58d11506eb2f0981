//! Which expressions are applications and routers, and what is mounted where.

use std::collections::HashMap;

use tree_sitter::Node;

use super::Framework;
use super::bindings::Meaning;
use super::path::join;
use super::value::{File, MAX_STEPS, arguments, is_function, property, unwrap};
use crate::functions::literal::{identifier, key_name};

/// An application or router.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) framework: Framework,
    /// Can have routes itself (a Koa application cannot).
    pub(super) routes: bool,
    /// Known by its name only: registrations are looked at more strictly.
    pub(super) by_name: bool,
    /// Its own prefix.
    pub(super) prefix: String,
    /// Where it is mounted: instance, prefix.
    pub(super) mounts: Vec<(usize, String)>,
}

/// What an expression stands for.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Index of an instance.
    Instance(usize),
    /// `router.route('/x')` of Express: instance, paths.
    RouteAt(usize, Vec<String>),
}

/// The instances found so far.
#[derive(Default)]
pub(super) struct Instances {
    pub(super) all: Vec<Instance>,
    /// By the call that made them.
    made: HashMap<usize, Value>,
    /// By function and name of the parameter that they are passed as.
    passed: HashMap<(usize, String), usize>,
    /// Plugins: index of the function, and where it is registered.
    pub(super) plugins: HashMap<usize, Vec<(usize, String)>>,
    /// Instances of other files, by name.
    imported: HashMap<String, usize>,
}

/// Names under which applications and routers are customarily passed.
fn customary(name: &str) -> Option<Framework> {
    match name {
        "app" | "router" | "server" | "api" => Some(Framework::Express),
        "fastify" | "instance" => Some(Framework::Fastify),
        _ => None,
    }
}

/// The framework that a written type names; `None` for a type that is none of theirs.
fn annotated(annotation: &str) -> Option<Framework> {
    let name = annotation.split(['<', ' ', '|']).next().unwrap_or_default();
    match name.rsplit('.').next().unwrap_or_default() {
        "Express" | "Application" | "Router" | "IRouter" => Some(Framework::Express),
        "FastifyInstance" => Some(Framework::Fastify),
        "Hono" | "OpenAPIHono" => Some(Framework::Hono),
        "KoaRouter" => Some(Framework::Koa),
        "Server" if name.starts_with("Hapi.") || name.starts_with("hapi.") => Some(Framework::Hapi),
        "any" => Some(Framework::Express),
        _ => None,
    }
}

/// What `module`'s `export` makes when it is called or constructed: framework, and whether it has routes itself.
fn factory(module: &str, export: &str) -> Option<(Framework, bool)> {
    match (module, export) {
        ("express", "*" | "express" | "Router") | ("express-promise-router", "*" | "Router") => Some((Framework::Express, true)),
        ("fastify", "*" | "fastify" | "Fastify") => Some((Framework::Fastify, true)),
        ("@koa/router" | "koa-router", "*" | "Router") => Some((Framework::Koa, true)),
        ("koa", "*" | "Koa" | "Application") => Some((Framework::Koa, false)),
        ("@hapi/hapi" | "hapi", "server" | "Server") => Some((Framework::Hapi, true)),
        ("@hono/zod-openapi", "OpenAPIHono") => Some((Framework::Hono, true)),
        (_, "Hono") if module == "hono" || module.starts_with("hono/") || module == "jsr:@hono/hono" => Some((Framework::Hono, true)),
        _ => None,
    }
}

impl Instances {
    /// What `node` stands for, if it is an application, a router or a route of one.
    pub(super) fn evaluate<'tree>(&mut self, file: &File<'_, 'tree>, node: Node<'tree>) -> Option<Value> {
        self.evaluate_within(file, node, 0)
    }

    fn evaluate_within<'tree>(&mut self, file: &File<'_, 'tree>, node: Node<'tree>, depth: usize) -> Option<Value> {
        if depth > MAX_STEPS {
            return None;
        }
        // Down a chain of calls, `new Hono().get(…).post(…)`, to what it starts with: chains can be long.
        let mut chain = Vec::new();
        let mut base = unwrap(node);
        let mut value = loop {
            if let Some(value) = self.made.get(&base.id()) {
                break value.clone();
            }
            let receiver = (base.kind() == "call_expression")
                .then(|| base.child_by_field_name("function"))
                .flatten()
                .filter(|callee| callee.kind() == "member_expression")
                .and_then(|callee| callee.child_by_field_name("object"));
            if let Some(value) = self.start(file, base, depth) {
                break value;
            }
            chain.push(base);
            base = unwrap(receiver?);
        };
        while let Some(call) = chain.pop() {
            value = self.link(file, value, call)?;
            self.made.insert(call.id(), value.clone());
        }
        Some(value)
    }

    /// The value of an expression that is no link of a chain.
    fn start<'tree>(&mut self, file: &File<'_, 'tree>, node: Node<'tree>, depth: usize) -> Option<Value> {
        match node.kind() {
            "identifier" | "shorthand_property_identifier" => {
                let name = identifier(node, file.text);
                match file.meaning(node)? {
                    Meaning::Value(value) => self.evaluate_within(file, value, depth + 1).or_else(|| self.import(file, node, &name)),
                    Meaning::Parameter { function, index, annotation } => {
                        self.parameter(function, index, &name, annotation.as_deref()).map(Value::Instance)
                    }
                    Meaning::Import(..) | Meaning::Part(..) => self.import(file, node, &name),
                    _ => None,
                }
            }
            "member_expression" => {
                let object = unwrap(node.child_by_field_name("object")?);
                let name = key_name(node.child_by_field_name("property")?, file.text)?;
                let value = (object.kind() == "this").then(|| file.bindings.member(&name, node.start_byte()))??;
                self.evaluate_within(file, value, depth + 1)
            }
            "call_expression" | "new_expression" => {
                let callee = node.child_by_field_name("function").or_else(|| node.child_by_field_name("constructor"))?;
                if let Some((framework, routes)) = file.module(callee).and_then(|(module, export)| factory(&module, &export)) {
                    let prefix = arguments(node)
                        .first()
                        .filter(|_| framework == Framework::Koa)
                        .and_then(|options| property(file.resolve(*options), "prefix", file.text))
                        .and_then(|prefix| file.string(prefix))
                        .unwrap_or_default();
                    let value = Value::Instance(self.add(framework, routes, false, prefix));
                    self.made.insert(node.id(), value.clone());
                    return Some(value);
                }
                // A function of this file that returns one.
                let function = file.handler_node(callee).filter(|_| callee.kind() == "identifier")?;
                let body = function.child_by_field_name("body")?;
                let returned = match body.kind() {
                    "statement_block" => {
                        let mut cursor = body.walk();
                        let last = body.named_children(&mut cursor).filter(|child| child.kind() == "return_statement").last();
                        last?.named_child(0)?
                    }
                    _ => body,
                };
                self.evaluate_within(file, returned, depth + 1)
            }
            _ => None,
        }
    }

    /// What a method call on an instance stands for.
    fn link<'tree>(&mut self, file: &File<'_, 'tree>, value: Value, call: Node<'tree>) -> Option<Value> {
        let verb = key_name(call.child_by_field_name("function")?.child_by_field_name("property")?, file.text)?;
        let Value::Instance(index) = value else {
            return is_verb(&verb).then_some(value);
        };
        let framework = self.all[index].framework;
        let arguments = arguments(call);
        match verb.as_str() {
            "route" if framework == Framework::Express => Some(Value::RouteAt(index, file.strings(*arguments.first()?)?)),
            "basePath" if framework == Framework::Hono => {
                let prefix = file.string(*arguments.first()?)?;
                let derived = self.add(framework, true, false, prefix);
                self.all[derived].mounts.push((index, String::new()));
                Some(Value::Instance(derived))
            }
            "use" | "route" | "register" | "on" | "prefix" | "param" | "routes" | "middleware" | "callback" | "after" | "ready"
            | "withTypeProvider" | "decorate" | "addHook" | "onError" | "notFound" | "set" | "enable" | "disable" => {
                Some(Value::Instance(index))
            }
            // With one argument `app.get` reads a setting.
            verb if is_verb(verb) && arguments.len() > 1 => Some(Value::Instance(index)),
            _ => None,
        }
    }

    /// An instance of another file: `const app = require('./app')`.
    fn import<'tree>(&mut self, file: &File<'_, 'tree>, node: Node<'tree>, name: &str) -> Option<Value> {
        let (module, _) = file.module(node)?;
        let framework = customary(name).filter(|_| module.starts_with('.'))?;
        if let Some(&index) = self.imported.get(name) {
            return Some(Value::Instance(index));
        }
        let index = self.add(framework, true, true, String::new());
        self.imported.insert(name.to_owned(), index);
        Some(Value::Instance(index))
    }

    /// The instance that a parameter stands for: of a plugin registered in this file, else by type or customary name.
    fn parameter(&mut self, function: usize, index: usize, name: &str, annotation: Option<&str>) -> Option<usize> {
        let key = (function, name.to_owned());
        let mounts = self.plugins.get(&function).filter(|_| index == 0).cloned();
        if let Some(&found) = self.passed.get(&key) {
            if let Some(mounts) = mounts {
                self.all[found].mounts = mounts;
            }
            return Some(found);
        }
        let (framework, by_name) = match (&mounts, annotation) {
            (Some(_), _) => (Framework::Fastify, false),
            (None, Some(annotation)) => (annotated(annotation)?, annotation == "any"),
            (None, None) => (customary(name)?, true),
        };
        if by_name {
            customary(name)?;
        }
        let found = self.add(framework, true, by_name, String::new());
        self.all[found].mounts = mounts.unwrap_or_default();
        self.passed.insert(key, found);
        Some(found)
    }

    fn add(&mut self, framework: Framework, routes: bool, by_name: bool, prefix: String) -> usize {
        self.all.push(Instance { framework, routes, by_name, prefix, mounts: Vec::new() });
        self.all.len() - 1
    }

    /// Every prefix under which the instance's routes are reached; one empty prefix if the file does not mount it.
    pub(super) fn prefixes(&self, index: usize) -> Vec<String> {
        let mut found = Vec::new();
        // Instance, what follows it, steps.
        let mut open = vec![(index, String::new(), 0)];
        while let Some((index, rest, steps)) = open.pop() {
            let instance = &self.all[index];
            let rest = join_prefix(&instance.prefix, &rest);
            // A mount cycle, or a plugin that registers itself.
            if steps >= MAX_STEPS {
                continue;
            }
            if instance.mounts.is_empty() {
                found.push(rest);
            } else {
                let outer = instance.mounts.iter().rev();
                open.extend(outer.map(|(outer, prefix)| (*outer, join_prefix(prefix, &rest), steps + 1)));
            }
        }
        if found.is_empty() {
            found.push(self.all[index].prefix.clone());
        }
        let mut unique = Vec::with_capacity(found.len());
        for prefix in found {
            if !unique.contains(&prefix) {
                unique.push(prefix);
            }
        }
        unique
    }
}

fn join_prefix(prefix: &str, rest: &str) -> String {
    match join(prefix, rest) {
        joined if joined == "/" => String::new(),
        joined => joined,
    }
}

/// Whether a method of that name registers a route.
pub(super) fn is_verb(name: &str) -> bool {
    matches!(name, "get" | "head" | "post" | "put" | "patch" | "delete" | "del" | "options" | "trace" | "connect" | "all")
}

/// The function a plugin argument is, seen through wrappers such as `fp(plugin)`.
pub(super) fn plugin<'tree>(file: &File<'_, 'tree>, argument: Node<'tree>) -> Option<usize> {
    let function = file.handler_node(argument).filter(|node| is_function(*node))?;
    let body = function.child_by_field_name("body")?;
    file.functions.index_at(crate::position::ByteOffset(body.start_byte())).filter(|&index| {
        // An arrow function's body may itself be a function.
        file.functions.get(index).is_some_and(|found| found.range.start.0 == function.start_byte())
    })
}
