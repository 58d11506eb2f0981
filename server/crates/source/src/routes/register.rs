//! The registrations: from calls to routes.

use std::cmp::Reverse;
use std::collections::HashSet;

use ropey::Rope;
use tree_sitter::Node;

use super::bindings::Bindings;
use super::http;
use super::instances::{Instances, Value, is_verb, plugin};
use super::path::{join, normalise};
use super::query::queries;
use super::value::{File, arguments, is_function, property, unwrap};
use super::words::Words;
use super::{Framework, Method, Route};
use crate::functions::Functions;
use crate::functions::literal::{identifier, key_name};
use crate::position::{ByteOffset, ByteRange};
use crate::syntax::{Syntax, text_of};

/// The names of methods and functions in `queries/routes.scm`; a test compares.
const METHODS: [&str; 18] = [
    "get",
    "head",
    "post",
    "put",
    "patch",
    "delete",
    "del",
    "options",
    "trace",
    "connect",
    "all",
    "on",
    "addListener",
    "use",
    "route",
    "register",
    "prefix",
    "createServer",
];

/// A call that may register something.
struct Call<'tree> {
    node: Node<'tree>,
    receiver: Node<'tree>,
    property: Node<'tree>,
    verb: String,
}

/// A path as a registration gives it.
struct Pattern {
    text: String,
    is_regex: bool,
}

pub(super) fn find(syntax: &Syntax, text: &Rope, functions: &Functions) -> Vec<Route> {
    let Some(tree) = syntax.tree().filter(|_| may_register(text)) else { return Vec::new() };
    let queries = queries(syntax.language());
    let mut calls = Vec::new();
    let mut servers = Vec::new();
    let root = tree.root_node();
    let words = Words::of(text, root);
    // Calls are few and their methods' names are words of the text: the query looks at the calls around those only.
    let mut tried = HashSet::new();
    for name in METHODS {
        words.each(root, name, |_, around| {
            let Some(&node) = around.iter().rev().take(4).find(|node| node.kind() == "call_expression") else { return };
            if !tried.insert(node.id()) {
                return;
            }
            queries.routes.at(node, text, |captures| {
                if let (Some(receiver), Some(property)) = (captures.get("receiver"), captures.get("verb")) {
                    let verb = text_of(property, text);
                    if verb == "createServer" {
                        servers.push(node);
                    } else {
                        calls.push(Call { node, receiver, property, verb });
                    }
                } else if captures.get("create").is_some() {
                    servers.push(node);
                }
            });
        });
    }
    if calls.is_empty() && servers.is_empty() {
        return Vec::new();
    }
    // As a query over the whole tree would find them: the outer of two calls that begin at the same place first.
    calls.sort_by_key(|call: &Call<'_>| (call.node.start_byte(), Reverse(call.node.end_byte())));
    servers.sort_by_key(|server: &Node<'_>| (server.start_byte(), Reverse(server.end_byte())));
    let file = File { text, functions, bindings: Bindings::new(text, &words, functions, root, &queries.bindings) };
    let mut registrations = Registrations { file, instances: Instances::default(), routes: Vec::new() };
    registrations.plugins(&calls);
    registrations.mounts(&calls);
    for call in &calls {
        registrations.call(call);
    }
    let Registrations { file, mut instances, mut routes } = registrations;
    let events: Vec<_> =
        calls.iter().filter(|call| matches!(call.verb.as_str(), "on" | "addListener")).map(|call| (call.node, call.receiver)).collect();
    http::find(&file, &mut instances, &servers, &events, queries, &mut routes);
    routes.sort_by_key(|route| route.range.start.0);
    routes
}

/// Whether the text has a word without which nothing in it can be an application or router. Most files have none, and a search in
/// the text is far cheaper than a query over the tree.
fn may_register(text: &Rope) -> bool {
    const WORDS: [&str; 21] = [
        "express",
        "fastify",
        "koa",
        "hapi",
        "hono",
        "http",
        "https",
        "http2",
        "app",
        "router",
        "server",
        "api",
        "instance",
        "Application",
        "Router",
        "FastifyInstance",
        "Express",
        "Hono",
        "OpenAPIHono",
        "IRouter",
        "KoaRouter",
    ];
    let is_part = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'$');
    let whole = String::from(text);
    WORDS.iter().any(|word| {
        whole.match_indices(word).any(|(at, _)| {
            let (before, after) = (&whole.as_bytes()[..at], &whole.as_bytes()[at + word.len()..]);
            !before.last().is_some_and(is_part) && !after.first().is_some_and(is_part)
        })
    })
}

struct Registrations<'a, 'tree> {
    file: File<'a, 'tree>,
    instances: Instances,
    routes: Vec<Route>,
}

impl<'tree> Registrations<'_, 'tree> {
    /// Fastify plugins, registered in plugins, …: until nothing new is found.
    fn plugins(&mut self, calls: &[Call<'tree>]) {
        let registers: Vec<_> = calls.iter().filter(|call| call.verb == "register").collect();
        let mut open: Vec<_> = registers.iter().collect();
        for _ in 0..8 {
            let before = open.len();
            open.retain(|call| {
                let Some(Value::Instance(index)) = self.instances.evaluate(&self.file, call.receiver) else { return true };
                let arguments = arguments(call.node);
                let Some(function) = arguments.first().and_then(|argument| plugin(&self.file, *argument)) else { return false };
                if self.instances.all[index].framework == Framework::Hapi {
                    return false;
                }
                let prefix = arguments
                    .get(1)
                    .and_then(|options| property(self.file.resolve(*options), "prefix", self.file.text))
                    .and_then(|prefix| self.file.string(prefix))
                    .unwrap_or_default();
                self.instances.plugins.entry(function).or_default().push((index, prefix));
                false
            });
            if open.len() == before {
                break;
            }
        }
    }

    /// Routers mounted on others.
    fn mounts(&mut self, calls: &[Call<'tree>]) {
        for call in calls.iter().filter(|call| matches!(call.verb.as_str(), "use" | "route" | "prefix")) {
            let Some(Value::Instance(outer)) = self.instances.evaluate(&self.file, call.receiver) else { continue };
            let framework = self.instances.all[outer].framework;
            let arguments = arguments(call.node);
            match (call.verb.as_str(), framework) {
                ("use", Framework::Express | Framework::Koa) => {
                    let prefixes = arguments.first().and_then(|first| self.file.strings(*first));
                    let prefixes = prefixes.unwrap_or_else(|| vec![String::new()]);
                    for argument in &arguments {
                        if let Some(Value::Instance(inner)) = self.instances.evaluate(&self.file, *argument)
                            && inner != outer
                        {
                            let mounts = prefixes.iter().map(|prefix| (outer, prefix.clone()));
                            self.instances.all[inner].mounts.extend(mounts);
                        }
                    }
                }
                ("route", Framework::Hono) => {
                    if let [prefix, inner, ..] = arguments[..]
                        && let Some(prefix) = self.file.string(prefix)
                        && let Some(Value::Instance(inner)) = self.instances.evaluate(&self.file, inner)
                        && inner != outer
                    {
                        self.instances.all[inner].mounts.push((outer, prefix));
                    }
                }
                ("prefix", Framework::Koa) => {
                    if let Some(prefix) = arguments.first().and_then(|first| self.file.string(*first)) {
                        let own = &mut self.instances.all[outer].prefix;
                        *own = join(&prefix, own);
                    }
                }
                _ => {}
            }
        }
    }

    fn call(&mut self, call: &Call<'tree>) {
        let Some(value) = self.instances.evaluate(&self.file, call.receiver) else { return };
        let arguments = arguments(call.node);
        match (call.verb.as_str(), value) {
            (verb, Value::RouteAt(index, paths)) if is_verb(verb) => {
                let Some(&handler) = arguments.last() else { return };
                let paths = paths.into_iter().map(|text| Pattern { text, is_regex: false }).collect::<Vec<_>>();
                let end = call.property.end_byte();
                self.emit(index, &[Method::from_name(verb)], &paths, Some(handler), call.property, end);
            }
            (verb, Value::Instance(index)) if is_verb(verb) => self.verb(index, call, &arguments),
            ("on", Value::Instance(index)) if self.instances.all[index].framework == Framework::Hono => {
                if let [methods, paths, .., handler] = arguments[..]
                    && let Some(methods) = self.file.strings(methods)
                    && let Some(patterns) = self.patterns(paths)
                {
                    let methods: Vec<_> = methods.iter().map(|method| Method::from_name(method)).collect();
                    self.emit(index, &methods, &patterns, Some(handler), call.property, paths.end_byte());
                }
            }
            ("route", Value::Instance(index)) => {
                if let Some(&argument) = arguments.first() {
                    self.objects(index, argument);
                }
            }
            _ => {}
        }
    }

    /// `app.get('/path', …)`.
    fn verb(&mut self, index: usize, call: &Call<'tree>, arguments: &[Node<'tree>]) {
        let instance = &self.instances.all[index];
        let framework = instance.framework;
        if !instance.routes || framework == Framework::Hapi {
            return;
        }
        let by_name = instance.by_name;
        let (Some(&first), Some(&last)) = (arguments.first(), arguments.last()) else { return };
        let mut path = first;
        // Koa routes can have a name before the path.
        if framework == Framework::Koa && arguments.len() > 2 && self.file.string(arguments[1]).is_some() {
            path = arguments[1];
        }
        if path.id() == last.id() {
            return;
        }
        let handler = match framework {
            // The last argument is the handler, or the options with it.
            Framework::Fastify => {
                let resolved = self.file.resolve(last);
                match property(resolved, "handler", self.file.text) {
                    Some(handler) => handler,
                    None if resolved.kind() == "object" => return,
                    None => last,
                }
            }
            _ => last,
        };
        if by_name && !self.file.is_handler(handler) {
            return;
        }
        // Literals handle nothing.
        if matches!(unwrap(handler).kind(), "string" | "number" | "template_string" | "object" | "true" | "false" | "null") {
            return;
        }
        let Some(patterns) = self.patterns(path) else { return };
        if by_name && !patterns.iter().all(|pattern| pattern.text.starts_with(['/', '*'])) {
            return;
        }
        self.emit(index, &[Method::from_name(&call.verb)], &patterns, Some(handler), call.property, path.end_byte());
    }

    /// `server.route({ method, path, handler })` of Hapi, `fastify.route({ method, url, handler })`, or a list of them.
    fn objects(&mut self, index: usize, argument: Node<'tree>) {
        let resolved = self.file.resolve(argument);
        let objects = if resolved.kind() == "array" {
            let mut cursor = resolved.walk();
            resolved.named_children(&mut cursor).collect()
        } else {
            vec![resolved]
        };
        for object in objects {
            let object = self.file.resolve(object);
            let text = self.file.text;
            let framework = self.instances.all[index].framework;
            let by_name = self.instances.all[index].by_name;
            let (path, framework) = match (property(object, "url", text), property(object, "path", text), framework) {
                (Some(url), _, Framework::Fastify | Framework::Express) => (url, Framework::Fastify),
                (None, Some(path), Framework::Fastify) if !by_name => (path, Framework::Fastify),
                (_, Some(path), Framework::Hapi | Framework::Fastify | Framework::Express) => (path, Framework::Hapi),
                _ => continue,
            };
            if framework != self.instances.all[index].framework && !by_name {
                continue;
            }
            let (Some(methods), Some(patterns)) =
                (property(object, "method", text).and_then(|methods| self.file.strings(methods)), self.patterns(path))
            else {
                continue;
            };
            let options = property(object, "options", text).or_else(|| property(object, "config", text));
            let handler = property(object, "handler", text)
                .or_else(|| options.and_then(|options| property(self.file.resolve(options), "handler", text)));
            if by_name && handler.is_none() {
                continue;
            }
            // A receiver known by name only is what its route objects say.
            if by_name {
                self.instances.all[index].framework = framework;
            }
            let methods: Vec<_> = methods.iter().map(|method| Method::from_name(method)).collect();
            self.emit(index, &methods, &patterns, handler, object, object.end_byte());
        }
    }

    /// The path or paths of an argument; none if it is neither constant nor a regular expression.
    fn patterns(&self, node: Node<'tree>) -> Option<Vec<Pattern>> {
        let resolved = self.file.resolve(node);
        let items = if resolved.kind() == "array" {
            let mut cursor = resolved.walk();
            resolved.named_children(&mut cursor).filter(|item| !item.is_extra()).collect()
        } else {
            vec![resolved]
        };
        let one = |item| {
            let item = self.file.resolve(item);
            match item.kind() {
                "regex" => Some(Pattern { text: text_of(item, self.file.text), is_regex: true }),
                _ => self.file.string(item).map(|text| Pattern { text, is_regex: false }),
            }
        };
        items.into_iter().map(one).collect()
    }

    fn emit(
        &mut self,
        index: usize,
        methods: &[Method],
        patterns: &[Pattern],
        handler: Option<Node<'tree>>,
        anchor: Node<'tree>,
        end: usize,
    ) {
        let framework = self.instances.all[index].framework;
        let handler = handler.map(|handler| self.file.handler(handler));
        let range = ByteRange { start: ByteOffset(anchor.start_byte()), end: ByteOffset(end) };
        for prefix in self.instances.prefixes(index) {
            for pattern in patterns {
                let (full, normal) = if pattern.is_regex {
                    (format!("{prefix}{}", pattern.text), normalise(&join(&prefix, "*"), framework))
                } else {
                    let full = join(&prefix, &pattern.text);
                    let normal = normalise(&full, framework);
                    (full, normal)
                };
                for method in methods {
                    self.routes.push(Route {
                        method: method.clone(),
                        path: normal.path.clone(),
                        pattern: full.clone(),
                        handler,
                        range,
                        framework,
                        parameters: normal.parameters.clone(),
                        catch_all: normal.wildcard,
                    });
                }
            }
        }
    }
}

/// The function that a name or expression is, for the plain HTTP server.
pub(super) fn function_of<'tree>(file: &File<'_, 'tree>, node: Node<'tree>) -> Option<Node<'tree>> {
    let node = unwrap(node);
    match node.kind() {
        _ if is_function(node) => Some(node),
        "identifier" | "member_expression" => file.handler_node(node),
        _ => None,
    }
}

/// Names of the parameters of a function that are plain identifiers, by index.
pub(super) fn parameter_name(function: Node<'_>, index: usize, text: &Rope) -> Option<String> {
    if let Some(parameter) = function.child_by_field_name("parameter") {
        return (index == 0).then(|| identifier(parameter, text));
    }
    let parameters = function.child_by_field_name("parameters")?;
    let mut cursor = parameters.walk();
    let parameter = parameters.named_children(&mut cursor).filter(|child| !child.is_extra()).nth(index)?;
    let pattern = parameter.child_by_field_name("pattern").unwrap_or(parameter);
    if pattern.kind() == "identifier" { key_name(pattern, text) } else { None }
}

#[cfg(test)]
mod tests {
    use super::METHODS;

    #[test]
    fn the_query_knows_the_same_methods() {
        let query = include_str!("../../queries/routes.scm");
        let code = query.lines().filter(|line| !line.starts_with(';'));
        let mut words: Vec<&str> = code.flat_map(|line| line.split('"').skip(1).step_by(2)).collect();
        words.sort_unstable();
        words.dedup();
        let mut known = METHODS.to_vec();
        known.sort_unstable();
        assert_eq!(words, known);
    }
}
