//! The HTTP routes that a file registers.
//!
//! A call such as `x.get('/path', …)` counts only if `x` is known to be an application or router: made in the file by one of the
//! frameworks, or a parameter or import under one of the customary names. `map.get('/x')` or `axios.get('/x')` are never routes.

mod bindings;
mod handler;
mod http;
mod instances;
mod path;
mod query;
mod register;
mod value;
mod words;

use ropey::Rope;

use crate::functions::{Functions, functions};
use crate::position::ByteRange;
use crate::syntax::Syntax;

/// The routes of a text, in the order of the text.
pub fn routes(syntax: &Syntax, text: &Rope) -> Vec<Route> {
    routes_with(syntax, text, &functions(syntax, text))
}

/// As [`routes`], with the text's functions at hand.
pub fn routes_with(syntax: &Syntax, text: &Rope, functions: &Functions) -> Vec<Route> {
    register::find(syntax, text, functions)
}

/// One method on one path. A registration of several methods or paths, or of a router that is mounted twice, gives several routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path with every prefix that the file puts before it; parameters are spelled `:id`, wildcards `*`, whatever the framework.
    pub path: String,
    /// The path as written, prefixes included.
    pub pattern: String,
    /// The code that answers: the handler function, resolved to its declaration if that is in the file, else the expression that
    /// names it. Of a plain HTTP server, the branch taken for the route.
    pub handler: Option<ByteRange>,
    /// Where a lens goes: from the method's name to the path; of a route object, the object.
    pub range: ByteRange,
    /// The framework.
    pub framework: Framework,
    /// Names of the path's parameters, in order.
    pub parameters: Vec<String>,
    /// Matches other paths than the one written: wildcard, regular expression, or a plain HTTP server without comparisons (`/`).
    pub catch_all: bool,
}

/// HTTP method of a route.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Every method.
    Any,
    /// One method, in capitals: `GET`.
    Named(String),
}

impl Method {
    /// From a name in any case; `*` and `ALL` are every method.
    pub fn from_name(name: &str) -> Self {
        let name = name.to_ascii_uppercase();
        match name.as_str() {
            "*" | "ALL" | "ANY" => Self::Any,
            "DEL" => Self::Named("DELETE".to_owned()),
            _ => Self::Named(name),
        }
    }

    /// The name in capitals; `ANY` for every method.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Any => "ANY",
            Self::Named(name) => name,
        }
    }
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a route is registered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Framework {
    /// Express 4 and 5, and routers like it.
    Express,
    /// Fastify.
    Fastify,
    /// Koa with `@koa/router` or `koa-router`.
    Koa,
    /// Hapi.
    Hapi,
    /// Hono.
    Hono,
    /// `node:http` alone.
    Http,
}

#[cfg(test)]
mod tests;
