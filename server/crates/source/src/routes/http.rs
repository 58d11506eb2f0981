//! Routes of a plain `node:http` server: comparisons of the request's URL and method in its request listener.

use tree_sitter::Node;

use super::bindings::Meaning;
use super::instances::{Instances, Value};
use super::query::Queries;
use super::register::{function_of, parameter_name};
use super::value::{File, MAX_STEPS, arguments, unwrap};
use super::{Framework, Method, Route};
use crate::functions::literal::{identifier, key_name};
use crate::position::{ByteOffset, ByteRange};

/// Adds the routes of the servers that the calls in `servers` make; `events` are the calls of `on`, with their receivers.
pub(super) fn find<'tree>(
    file: &File<'_, 'tree>,
    instances: &mut Instances,
    servers: &[Node<'tree>],
    events: &[(Node<'tree>, Node<'tree>)],
    queries: &Queries,
    routes: &mut Vec<Route>,
) {
    for &server in servers {
        let Some(callee) = server.child_by_field_name("function") else { continue };
        let made = file.module(callee);
        let is_http = made.is_some_and(|(module, export)| {
            matches!(module.trim_start_matches("node:"), "http" | "https" | "http2") && export == "createServer"
        });
        if !is_http {
            continue;
        }
        let listener = match arguments(server).last() {
            // An application of a framework is the listener.
            Some(&last) if matches!(instances.evaluate(file, last), Some(Value::Instance(_))) => continue,
            Some(&last) => function_of(file, last).or_else(|| listener_of(file, events, server)),
            None => listener_of(file, events, server),
        };
        let Some(listener) = listener else { continue };
        // Empty if the listener takes the request apart in its parameter list, or does not look at it.
        let request = parameter_name(listener, 0, file.text).unwrap_or_default();
        let mut search = Search { file, listener, request, found: Vec::new() };
        search.run(queries);
        if search.found.is_empty() {
            search.found.push(Found {
                method: Method::Named("GET".to_owned()),
                path: "/".to_owned(),
                range: range(callee, callee.end_byte()),
                handler: Some(listener),
                open: true,
            });
        }
        for found in search.found {
            routes.push(Route {
                method: found.method,
                pattern: if found.open && !found.path.ends_with(['*', '/']) { format!("{}*", found.path) } else { found.path.clone() },
                path: found.path,
                handler: found.handler.map(|node| range(node, node.end_byte())),
                range: found.range,
                framework: Framework::Http,
                parameters: Vec::new(),
                catch_all: found.open,
            });
        }
    }
}

/// `server.on('request', listener)` for the server that `made` makes.
fn listener_of<'tree>(file: &File<'_, 'tree>, events: &[(Node<'tree>, Node<'tree>)], made: Node<'tree>) -> Option<Node<'tree>> {
    events.iter().find_map(|&(call, receiver)| match arguments(call)[..] {
        [event, listener, ..] if file.string(event).as_deref() == Some("request") && file.resolve(receiver).id() == made.id() => {
            function_of(file, listener)
        }
        _ => None,
    })
}

struct Found<'tree> {
    method: Method,
    path: String,
    range: ByteRange,
    handler: Option<Node<'tree>>,
    /// More than this path.
    open: bool,
}

struct Search<'a, 'b, 'tree> {
    file: &'a File<'b, 'tree>,
    listener: Node<'tree>,
    /// Name of the request parameter.
    request: String,
    found: Vec<Found<'tree>>,
}

impl<'tree> Search<'_, '_, 'tree> {
    fn run(&mut self, queries: &Queries) {
        let mut tests = Vec::new();
        queries.http.each(self.listener, self.file.text, |captures| {
            for name in ["comparison", "switch", "prefix"] {
                tests.extend(captures.get(name).map(|node| (name, node)));
            }
        });
        for (kind, node) in tests {
            match kind {
                "comparison" => {
                    if let Some(path) = self.compared(node) {
                        self.add(node, &path, false);
                    }
                }
                "switch" => self.switch(node),
                _ => {
                    let subject = node.child_by_field_name("function").and_then(|callee| callee.child_by_field_name("object"));
                    let prefix = arguments(node).first().and_then(|argument| self.file.string(*argument));
                    if let (Some(subject), Some(prefix)) = (subject, prefix)
                        && self.is_path(subject)
                    {
                        // Another segment is a parameter to give a sample of; the rest of one is none.
                        let path = if prefix.ends_with('/') { format!("{prefix}*") } else { prefix };
                        self.add(node, &path, true);
                    }
                }
            }
        }
    }

    /// The string that a comparison compares the path with.
    fn compared(&self, comparison: Node<'tree>) -> Option<String> {
        let (left, right) = (comparison.child_by_field_name("left")?, comparison.child_by_field_name("right")?);
        let (subject, text) = match (self.file.string(left), self.file.string(right)) {
            (None, Some(text)) => (left, text),
            (Some(text), None) => (right, text),
            _ => return None,
        };
        self.is_path(subject).then_some(text)
    }

    /// The method that a comparison compares the request's with.
    fn compared_method(&self, comparison: Node<'tree>) -> Option<Method> {
        if !matches!(comparison.child_by_field_name("operator")?.kind(), "===" | "==") {
            return None;
        }
        let (left, right) = (comparison.child_by_field_name("left")?, comparison.child_by_field_name("right")?);
        let (subject, text) = match (self.file.string(left), self.file.string(right)) {
            (None, Some(text)) => (left, text),
            (Some(text), None) => (right, text),
            _ => return None,
        };
        self.is_part(subject, &["method"]).then(|| Method::from_name(&text))
    }

    /// Adds the routes of a path test: one for each method tested with it, else one for every method.
    fn add(&mut self, test: Node<'tree>, text: &str, open: bool) {
        // `${method} ${path}` compared with 'GET /x'.
        let (method, path) = match text.split_once(' ') {
            Some((method, path)) => (Some(Method::from_name(method)), path),
            None => (None, text),
        };
        if !path.starts_with('/') {
            return;
        }
        let (branch, mut methods) = self.context(test);
        if let Some(method) = method {
            methods = vec![method];
        }
        if methods.is_empty() {
            methods.push(Method::Any);
        }
        for method in methods {
            let range = range(test, test.end_byte());
            self.found.push(Found { method, path: path.to_owned(), range, handler: branch.or(Some(self.listener)), open });
        }
    }

    /// The branch that a test leads to, and the methods that the tests around it, else in the branch, ask for.
    fn context(&self, test: Node<'tree>) -> (Option<Node<'tree>>, Vec<Method>) {
        let mut branch = None;
        let mut methods = Vec::new();
        let mut node = test;
        while let Some(parent) = node.parent().filter(|_| node.id() != self.listener.id()) {
            let is = |field: &str| parent.child_by_field_name(field).is_some_and(|child| child.id() == node.id());
            match parent.kind() {
                "binary_expression" if parent.child_by_field_name("operator").is_some_and(|o| o.kind() == "&&") => {
                    let other = if is("left") { "right" } else { "left" };
                    if let Some(other) = parent.child_by_field_name(other) {
                        self.methods_in(other, &mut methods);
                    }
                }
                "if_statement" if is("condition") && branch.is_none() => {
                    branch = parent.child_by_field_name("consequence");
                }
                "switch_case" if branch.is_none() => branch = Some(parent),
                "if_statement" if is("consequence") && methods.is_empty() => {
                    if let Some(condition) = parent.child_by_field_name("condition") {
                        self.methods_in(condition, &mut methods);
                    }
                }
                _ => {}
            }
            node = parent;
        }
        if methods.is_empty()
            && let Some(branch) = branch
        {
            self.methods_in(branch, &mut methods);
        }
        (branch, methods)
    }

    /// Methods that comparisons and `switch` cases within `node` ask for.
    fn methods_in(&self, node: Node<'tree>, methods: &mut Vec<Method>) {
        let mut add = |method: Method| {
            if !methods.contains(&method) {
                methods.push(method);
            }
        };
        each_within(node, |node| match node.kind() {
            "binary_expression" => {
                if let Some(method) = self.compared_method(node) {
                    add(method);
                }
            }
            "switch_statement" if node.child_by_field_name("value").is_some_and(|value| self.is_part(value, &["method"])) => {
                for (_, text) in self.cases(node) {
                    add(Method::from_name(&text));
                }
            }
            _ => {}
        });
    }

    fn switch(&mut self, switch: Node<'tree>) {
        let Some(value) = switch.child_by_field_name("value") else { return };
        if self.is_path(value) {
            for (case, text) in self.cases(switch) {
                self.add(case, &text, false);
            }
        }
    }

    /// The constant strings of the cases of a `switch`, with their nodes.
    fn cases(&self, switch: Node<'tree>) -> Vec<(Node<'tree>, String)> {
        let Some(body) = switch.child_by_field_name("body") else { return Vec::new() };
        let mut cursor = body.walk();
        body.named_children(&mut cursor)
            .filter_map(|case| {
                let value = case.child_by_field_name("value")?;
                Some((value, self.file.string(value)?))
            })
            .collect()
    }

    /// Whether an expression is (made from) the URL of the request.
    fn is_path(&self, node: Node<'tree>) -> bool {
        self.is_part(node, &["url"])
    }

    /// Whether `node` is made from one of the given properties of the request: directly, or through constants of this listener.
    fn is_part(&self, node: Node<'tree>, keys: &[&str]) -> bool {
        let mut open = vec![(node, 0)];
        while let Some((node, steps)) = open.pop() {
            if steps > MAX_STEPS {
                continue;
            }
            let mut part = false;
            each_within(node, |node| {
                match node.kind() {
                    "member_expression" => {
                        let object = node.child_by_field_name("object");
                        let key = node.child_by_field_name("property").and_then(|key| key_name(key, self.file.text));
                        part |= object.is_some_and(|object| self.is_request(object)) && key.is_some_and(|key| keys.contains(&key.as_str()));
                    }
                    "identifier" => match self.file.meaning(node) {
                        // `({ url, method }, res) => …`
                        Some(Meaning::ParameterPart { function, index: 0, key }) => {
                            let function = self.file.functions.get(function);
                            part |= keys.contains(&key.as_str())
                                && function.is_some_and(|function| function.range.start.0 == self.listener.start_byte());
                        }
                        Some(Meaning::Value(value)) if self.is_inside(value) => open.push((value, steps + 1)),
                        Some(Meaning::Part(value, key)) if self.is_inside(value) => {
                            // `const { url } = req`, `const { pathname } = new URL(req.url, …)`.
                            if self.is_request(value) {
                                part |= keys.contains(&key.as_str());
                            } else if matches!(key.as_str(), "pathname" | "path" | "href" | "url" | "method") {
                                open.push((value, steps + 1));
                            }
                        }
                        _ => {}
                    },
                    _ => {}
                }
            });
            if part {
                return true;
            }
        }
        false
    }

    fn is_request(&self, node: Node<'tree>) -> bool {
        let node = unwrap(node);
        node.kind() == "identifier"
            && identifier(node, self.file.text) == self.request
            && matches!(self.file.meaning(node), Some(Meaning::Parameter { index: 0, .. }))
    }

    fn is_inside(&self, node: Node<'tree>) -> bool {
        self.listener.start_byte() <= node.start_byte() && node.end_byte() <= self.listener.end_byte()
    }
}

/// Calls `found` for `root` and everything in it; not for what is inside a function in it.
fn each_within<'tree>(root: Node<'tree>, mut found: impl FnMut(Node<'tree>)) {
    let mut cursor = root.walk();
    loop {
        found(cursor.node());
        let is_function = super::value::is_function(cursor.node()) && cursor.node().id() != root.id();
        if !is_function && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

fn range(node: Node<'_>, end: usize) -> ByteRange {
    ByteRange { start: ByteOffset(node.start_byte()), end: ByteOffset(end) }
}
