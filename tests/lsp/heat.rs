//! What lines cost, exactly: of the line itself, in total, and in the calls that are made on it.

use crate::support::client::{Client, Options, uri};
use crate::support::measured::store;
use profile::{Category, Frame, Location, Position, Profile, ProfileBuilder, Source, Tier};
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;

const ID: &str = "20261121-101530-aaaa";

const SERVER: &str = "\
const app = require('express')();
const { parse } = require('parser');
function render(source) {
  return parse(source);
}
function page(req, res) {
  const html = render(req.text);
  res.json(html);
}
function traced(req, res) {
  page(req, res);
}
app.get('/hello', traced);
app.listen(0);
";

/// Stacks, outermost first, functions with their executing line, and the number of their samples of 1 ms.
type Stack = &'static [(&'static str, u32)];
const STACKS: [(Stack, u32); 4] = [
    (&[("traced", 11), ("page", 7), ("render", 4), ("parse", 2), ("tokens", 5)], 45),
    (&[("traced", 11), ("page", 7), ("render", 4)], 15),
    (&[("traced", 11), ("page", 8), ("json", 3)], 30),
    (&[("traced", 11), ("page", 7)], 10),
];

/// A function's file, and where its parameters begin.
fn place(function: &str) -> (&'static str, u32, u32, Category) {
    match function {
        "render" => ("server.js", 3, 16, Category::App),
        "page" => ("server.js", 6, 14, Category::App),
        "traced" => ("server.js", 10, 16, Category::App),
        "parse" => ("node_modules/parser/index.js", 1, 15, Category::Dependency),
        "tokens" => ("node_modules/parser/index.js", 4, 16, Category::Dependency),
        _ => ("node_modules/express/lib/response.js", 2, 14, Category::Dependency),
    }
}

fn measured(root: &Path) -> Profile {
    let mut builder = ProfileBuilder::default();
    let mut time_us = 0;
    for (stack, samples) in STACKS {
        let mut node = None;
        for (name, line) in stack {
            let (file, start_line, start_column, category) = place(name);
            let path = root.join(file).to_str().unwrap().to_owned();
            let source = Some(builder.source(Source { url: path.clone(), path: Some(path) }));
            let start = Some(Position { line: start_line, column: start_column });
            let frame = builder.frame(Frame { name: (*name).into(), source, start, category });
            let position = Some(Position { line: *line, column: 3 });
            let location = builder.location(Location { frame, source, position, tier: Tier::Turbofan, inlined: false });
            node = Some(builder.node(node, location));
        }
        for _ in 0..samples {
            builder.sample(time_us, 1_000, node.unwrap());
            time_us += 1_000;
        }
    }
    builder.finish()
}

struct Express {
    client: Client,
    /// Of its file.
    uri: String,
    _folder: TempDir,
}

/// A server that is open, with a run that is shown.
fn express() -> Express {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let file = root.join("server.js");
    std::fs::write(&file, SERVER).unwrap();
    store(&root, ID, "server.js", SERVER, &measured(&root));
    let mut client = Client::start(Options::in_folder(&root));
    client.open(&uri(&file), "javascript", SERVER);
    client.poll("tickmark/runs", Value::Null, |runs| runs["shown"] == json!([ID]));
    Express { client, uri: uri(&file), _folder: folder }
}

impl Express {
    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.client.request(method, params.clone()).unwrap_or_else(|error| panic!("{method} {params}: {error:#}"))
    }

    /// `line self/total/calls samples` of each line, 1-based, with shares in percent.
    fn heat(&mut self) -> Vec<String> {
        let heat = self.ask("tickmark/heat", json!({ "textDocument": { "uri": self.uri } }));
        let line = |hot: &Value| {
            let [own, total, calls] = ["selfPercent", "totalPercent", "callsPercent"].map(|key| hot[key].as_f64().unwrap());
            let stale = if hot["stale"] == true { " stale" } else { "" };
            format!("{} {own}/{total}/{calls} {}{stale}", hot["line"].as_u64().unwrap() + 1, hot["samples"])
        };
        heat["lines"].as_array().unwrap().iter().map(line).collect()
    }

    /// `line: label` of each hint.
    fn hints(&mut self) -> Vec<String> {
        let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
        let hints = self.ask("textDocument/inlayHint", json!({ "textDocument": { "uri": self.uri }, "range": range }));
        let label = |hint: &Value| format!("{}: {}", hint["position"]["line"].as_u64().unwrap() + 1, hint["label"].as_str().unwrap());
        hints.as_array().unwrap().iter().map(label).collect()
    }
}

#[test]
fn lines_at_whose_calls_the_time_goes() {
    let mut it = express();
    // Line 4 leaves the file, 7 and 8 share the time of `page`; all of line 11 is in `page`.
    let heat = ["4 15/60/45 60", "7 10/70/60 70", "8 0/30/30 30", "11 0/100/0 100"];
    assert_eq!(it.heat(), heat);
    let hints = ["3: ƒ 15% self", "4: 15% self · 60% total", "6: ƒ 10% self", "7: 10% self · 70% total", "8: 30% total"];
    assert_eq!(it.hints(), hints);
}

#[test]
fn heat_moves_with_edits_and_leaves_changed_lines() {
    let mut it = express();
    let uri = it.uri.clone();
    it.client.edit(&uri, 2, [2, 0], [2, 0], "// one\n");
    assert_eq!(it.heat(), ["5 15/60/45 60", "8 10/70/60 70", "9 0/30/30 30", "12 0/100/0 100"]);
    it.client.edit(&uri, 3, [7, 22], [7, 30], "req.body");
    assert_eq!(it.heat(), ["5 15/60/45 60", "9 0/30/30 30 stale", "12 0/100/0 100"]);
}

#[test]
fn only_self_where_the_user_wants_no_more() {
    let mut it = express();
    let settings = json!({ "settings": { "tickmark": { "hints": { "show": "self" } } } });
    it.client.notify("workspace/didChangeConfiguration", settings);
    let own = ["3: ƒ 15% self", "4: 15% self", "6: ƒ 10% self", "7: 10% self"];
    let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
    let params = json!({ "textDocument": { "uri": it.uri }, "range": range });
    it.client.poll("textDocument/inlayHint", params, |hints| hints.as_array().is_some_and(|hints| hints.len() == own.len()));
    assert_eq!(it.hints(), own);
}

#[test]
fn a_functions_lens_selects_it_in_its_flamegraph() {
    let mut it = express();
    let lenses = it.ask("textDocument/codeLens", json!({ "textDocument": { "uri": it.uri } }));
    let of_page = lenses.as_array().unwrap().iter().find(|lens| lens["range"]["start"]["line"] == 5).unwrap();
    assert_eq!(of_page["command"]["command"], "tickmark.showFlamegraph");
    let argument = &of_page["command"]["arguments"][0];
    assert_eq!(argument["runId"], ID);
    let model = it.ask("tickmark/views/open", json!({ "runId": ID }))["model"].clone();
    let rows = it.ask("tickmark/views/table", json!({ "model": model, "kind": "bottomUp", "limit": 100 }));
    let page = rows["rows"].as_array().unwrap().iter().find(|row| row["frame"]["name"] == "page").unwrap();
    assert_eq!(argument["frame"], page["frame"]["id"]);
    // The stand-alone page is opened all the same.
    let shown = it.ask("workspace/executeCommand", json!({ "command": "tickmark.showFlamegraph", "arguments": [argument] }));
    assert!(shown["path"].as_str().unwrap().ends_with("report.html"), "{shown}");
    it.client.expect("window/showDocument");
}
