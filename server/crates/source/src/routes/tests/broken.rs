use super::{Language, check, found};

#[test]
fn routes_away_from_the_error_survive() {
    let head = "const app = require('express')();\napp.get('/a', (req, res) => { res.end(); });\n";
    let tail = "\napp.get('/z', (req, res) => { res.end(); });\n";
    for middle in ["app.", "app.get(", "app.get('/b', (req, res) => {", "const x = ;", "if (", "`${", "res.send({ a: ", "}", "function"] {
        let found = found(&format!("{head}{middle}{tail}"), Language::JavaScript);
        assert_eq!(found.first().map(String::as_str), Some("GET /a @2>2"), "{middle}: {found:?}");
    }
    for middle in ["app.get('/b', (req, res) => {", "const x = ;", "app.get('/b', );", "foo(;", "}"] {
        let found = found(&format!("{head}{middle}{tail}"), Language::JavaScript);
        assert!(found.contains(&"GET /z @4>4".to_owned()), "{middle}: {found:?}");
    }
}

#[test]
fn deep_and_long() {
    let chain = "\n  .get('/x', h)".repeat(3000);
    let routes = found(&format!("const {{ Hono }} = require('hono');\nnew Hono(){chain};"), Language::JavaScript);
    assert_eq!((routes.len(), routes.last().map(String::as_str)), (3000, Some("GET /x @3002>3002")));
    let nested = format!("const app = require('express')();\napp.get({}'/x'{}, h);", "(".repeat(5000), ")".repeat(5000));
    assert!(found(&nested, Language::JavaScript).len() <= 1);
    let sum = format!("const app = require('express')();\napp.get({}'/x', h);", "'/a' + ".repeat(5000));
    assert!(found(&sum, Language::JavaScript).is_empty());
    check("const a = b; const b = a; a.get('/x', () => {});", &[]);
    check("function f() { return f(); }\nconst a = f();\na.get('/x', () => {});", &[]);
}
