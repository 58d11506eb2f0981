mod broken;
mod express;
mod false_positives;
mod http;
mod others;

use ropey::Rope;

use super::*;
use crate::syntax::Language;

/// `METHOD path @line>handler line`, lines 1-based, of every route.
fn found(text: &str, language: Language) -> Vec<String> {
    let rope = Rope::from_str(text);
    let line = |offset: crate::position::ByteOffset| rope.byte_to_line(offset.0) + 1;
    routes(&Syntax::parse(language, &rope), &rope)
        .iter()
        .map(|route| {
            let handler = route.handler.map_or("-".to_owned(), |handler| line(handler.start).to_string());
            format!("{} {} @{}>{handler}", route.method, route.path, line(route.range.start))
        })
        .collect()
}

/// The routes of a JavaScript text.
fn check(text: &str, expected: &[&str]) {
    assert_eq!(found(text, Language::JavaScript), expected, "{text}");
}

/// The routes of a TypeScript text.
fn check_typed(text: &str, expected: &[&str]) {
    assert_eq!(found(text, Language::TypeScript), expected, "{text}");
}

#[test]
fn fields() {
    let text = "const app = require('express')();\nconst api = require('express').Router();\napp.use('/v1', api);\n\
                api.get('/users/:id(\\\\d+)', (req, res) => 1);\n";
    let rope = Rope::from_str(text);
    let routes = routes(&Syntax::parse(Language::JavaScript, &rope), &rope);
    let [route] = &routes[..] else { panic!("{routes:?}") };
    let slice = |range: ByteRange| &text[range.start.0..range.end.0];
    assert_eq!(route.method, Method::Named("GET".to_owned()));
    assert_eq!(route.path, "/v1/users/:id");
    assert_eq!(route.pattern, "/v1/users/:id(\\d+)");
    assert_eq!(route.parameters, ["id"]);
    assert_eq!(slice(route.range), "get('/users/:id(\\\\d+)'");
    assert_eq!(route.handler.map(slice), Some("(req, res) => 1"));
    assert_eq!((route.framework, route.catch_all), (Framework::Express, false));
}
