//! "Explain optimisation", with a real Node: V8's decisions as diagnostics on tokens, and the switches of facts.

use crate::support::client::{Client, Options, uri};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A server whose `total` reads `price` of objects with six shapes, and gives up optimised code again and again in `unstable`; `large`
/// is too big to be inlined into `total`.
const SERVER: &str = r#"const http = require('node:http');

const kinds = [
  (price) => ({ price }),
  (price) => ({ a: 1, price }),
  (price) => ({ b: 1, price }),
  (price) => ({ c: 1, price }),
  (price) => ({ d: 1, price }),
  (price) => ({ e: 1, price }),
];
const items = Array.from({ length: 3000 }, (_, i) => kinds[i % kinds.length](i));

function total(items) {
  let sum = 0;
  for (const item of items) sum += large(item.price);
  return sum;
}

function large(x) {
BODY
  return x;
}

http.createServer((req, res) => {
  if (req.url === '/total') return res.end(String(total(items)));
  res.statusCode = 404;
  res.end();
}).listen(process.env.PORT ?? 3000, '127.0.0.1');
"#;

fn text() -> String {
    let lines: Vec<String> = (0..60).map(|i| format!("  if (x === -{i}.5) x = x * {i} + kinds.length * 2 + (x % 7) - {i};")).collect();
    SERVER.replace("BODY", &lines.join("\n"))
}

fn node() -> PathBuf {
    let listed = std::env::var_os("TICKMARK_TEST_NODES").unwrap_or_default();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = || std::env::split_paths(&path).map(|folder| folder.join("node")).find(|node| node.is_file());
    let first = std::env::split_paths(&listed).find(|node| !node.as_os_str().is_empty());
    first.or_else(on_path).expect("no Node: put one on PATH, or name some in TICKMARK_TEST_NODES")
}

fn project() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    std::fs::write(root.join("server.js"), text()).unwrap();
    std::fs::write(root.join("package.json"), r#"{ "main": "server.js" }"#).unwrap();
    let settings = json!({ "node": node(), "load": { "connections": 4, "durationMs": 1500, "warmUpMs": 1500 } });
    std::fs::write(root.join("tickmark.json"), settings.to_string()).unwrap();
    (folder, root)
}

fn start(root: &Path) -> (Client, String) {
    let refresh = json!({ "refreshSupport": true });
    let capabilities = json!({
        "textDocument": {
            "diagnostic": { "relatedInformation": true, "codeDescriptionSupport": true },
            "publishDiagnostics": { "relatedInformation": true, "codeDescriptionSupport": true },
            "codeAction": { "codeActionLiteralSupport": { "codeActionKind": { "valueSet": ["source"] } } },
            "hover": { "contentFormat": ["markdown"] },
        },
        "workspace": { "codeLens": refresh, "inlayHint": refresh, "diagnostics": refresh },
    });
    let options = Options::in_folder(root).with(capabilities).ignoring(&[
        "$/progress",
        "tickmark/runChanged",
        "workspace/codeLens/refresh",
        "workspace/inlayHint/refresh",
        "workspace/diagnostic/refresh",
    ]);
    let mut client = Client::start(options);
    let uri = uri(&root.join("server.js"));
    client.open(&uri, "javascript", &text());
    (client, uri)
}

fn explained(root: &Path) -> (Client, String) {
    let (mut client, uri) = start(root);
    let lenses = client.request("textDocument/codeLens", json!({ "textDocument": { "uri": uri } })).unwrap();
    let explain =
        |lens: &&Value| lens["command"]["command"] == "tickmark.explainRoute" && lens["command"]["arguments"][0]["path"] == "/total";
    let lens = lenses.as_array().unwrap().iter().find(explain).unwrap_or_else(|| panic!("no lens that explains /total: {lenses:#}"));
    let command = json!({ "command": lens["command"]["command"], "arguments": lens["command"]["arguments"] });
    client.request("workspace/executeCommand", command).unwrap();
    let ended = client.expect_that("tickmark/runChanged", |params| params["status"] != "started");
    assert_eq!(ended["params"]["status"], "finished", "{ended:#}");
    (client, uri)
}

fn diagnostics(client: &mut Client, uri: &str) -> Vec<Value> {
    let answer = client.request("textDocument/diagnostic", json!({ "textDocument": { "uri": uri } })).unwrap();
    answer["items"].as_array().unwrap().clone()
}

/// The text that a diagnostic marks.
fn marked(diagnostic: &Value) -> String {
    let (start, end) = (&diagnostic["range"]["start"], &diagnostic["range"]["end"]);
    assert_eq!(start["line"], end["line"], "a token is on one line: {diagnostic:#}");
    let at = |place: &Value| place["character"].as_u64().unwrap() as usize;
    let text = text();
    let line = text.lines().nth(start["line"].as_u64().unwrap() as usize).unwrap();
    line[at(start)..at(end)].to_owned()
}

fn titles(client: &mut Client, uri: &str) -> Vec<(String, Value)> {
    let at = json!({ "line": 13, "character": 4 });
    let params = json!({ "textDocument": { "uri": uri }, "range": { "start": at, "end": at }, "context": { "diagnostics": [] } });
    let actions = client.request("textDocument/codeAction", params).unwrap();
    let of = |action: &Value| (action["title"].as_str().unwrap().to_owned(), action["command"].clone());
    actions.as_array().unwrap().iter().map(of).collect()
}

#[test]
fn decisions_are_marked_on_their_tokens_and_explained() {
    let (_folder, root) = project();
    let (mut client, uri) = explained(&root);
    let found = diagnostics(&mut client, &uri);
    let megamorphic = found.iter().find(|found| found["code"] == "ic/megamorphic").unwrap_or_else(|| panic!("{found:#?}"));
    assert_eq!(marked(megamorphic), "price");
    assert_eq!(megamorphic["source"], "tickmark");
    let page = megamorphic["codeDescription"]["href"].as_str().unwrap().parse::<tower_lsp::ls_types::Uri>().unwrap();
    let page = std::fs::read_to_string(page.to_file_path().unwrap()).unwrap();
    assert!(page.starts_with("# "), "{page}");
    assert!(!found.iter().any(|found| found["code"].as_str().unwrap().starts_with("inlining/")), "inlining facts are off: {found:#?}");

    let line = text().lines().position(|line| line.contains("item.price")).unwrap();
    let column = text().lines().nth(line).unwrap().find("price").unwrap();
    let at = json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": column + 1 } });
    let hover = client.request("textDocument/hover", at).unwrap();
    let hover = hover["contents"]["value"].as_str().unwrap_or_else(|| panic!("no hover on the property: {hover:#}")).to_owned();
    assert!(hover.contains("megamorphic") && hover.contains("price"), "{hover}");

    let function = text().lines().position(|line| line.contains("function total")).unwrap();
    let at = json!({ "textDocument": { "uri": uri }, "position": { "line": function, "character": 10 } });
    let hover = client.request("textDocument/hover", at).unwrap();
    let hover = hover["contents"]["value"].as_str().unwrap();
    assert!(hover.contains("turbofan"), "{hover}");

    let heat = client.request("tickmark/heat", json!({ "textDocument": { "uri": uri } })).unwrap();
    // `large` has sixty lines of about the same cost: what stands out is the line that calls it.
    let call = heat["lines"].as_array().unwrap().iter().find(|hot| hot["line"] == line).unwrap_or_else(|| panic!("{heat:#}"));
    assert!(call["totalPercent"].as_f64().unwrap() > 10.0 && call["samples"].as_u64().unwrap() > 5, "{call:#}");
    assert_eq!(call["stale"], false);
}

#[test]
fn inlining_facts_are_switched_on_per_scope_and_stay_so() {
    let (_folder, root) = project();
    let (mut client, uri) = explained(&root);
    let state = |client: &mut Client, uri: &str| {
        let mut shown = titles(client, uri);
        shown.retain(|(title, _)| title.contains("inlining"));
        assert_eq!(shown.len(), 3, "one for the file, its folder and the workspace: {shown:#?}");
        shown
    };
    let before = state(&mut client, &uri);
    assert!(before.iter().all(|(title, _)| title.contains("off")), "{before:#?}");
    let (_, command) = before.iter().find(|(title, _)| title.contains("this file")).unwrap();
    client.request("workspace/executeCommand", json!({ "command": command["command"], "arguments": command["arguments"] })).unwrap();
    let after = state(&mut client, &uri);
    assert!(after.iter().any(|(title, _)| title.contains("this file") && title.contains("on")), "{after:#?}");
    let refused = |found: &Value| found["code"].as_str().unwrap().starts_with("inlining/");
    let found = diagnostics(&mut client, &uri);
    // Maglev may refuse other calls, too.
    assert!(found.iter().any(|found| refused(found) && marked(found) == "large"), "{found:#?}");
    drop(client);

    // The next session, which loads the run and the switch from disk.
    let (mut client, uri) = start(&root);
    let document = json!({ "textDocument": { "uri": uri } });
    let shows = |answer: &Value| answer["items"].as_array().is_some_and(|items| items.iter().any(refused));
    client.poll("textDocument/diagnostic", document, shows);
    let wrong =
        json!({ "command": "tickmark.toggleFacts", "arguments": [{ "uri": uri, "scope": "planet", "category": "tier", "on": true }] });
    let error = client.request("workspace/executeCommand", wrong).unwrap_err();
    assert!(error["message"].as_str().unwrap().contains("\"folder\""), "{error:#}");
}

#[test]
fn facts_of_a_changed_function_are_stale() {
    let (_folder, root) = project();
    let (mut client, uri) = explained(&root);
    let line = text().lines().position(|line| line.contains("let sum = 0")).unwrap() as u32;
    client.edit(&uri, 2, [line, 0], [line, 0], "  const tax = 2;\n");
    let found = diagnostics(&mut client, &uri);
    let megamorphic = found.iter().find(|found| found["code"] == "ic/megamorphic").unwrap_or_else(|| panic!("{found:#?}"));
    assert_eq!(megamorphic["range"]["start"]["line"], line + 2, "it moves with the text");
    assert_eq!(megamorphic["severity"], 4, "a hint: {megamorphic:#}");
    assert!(megamorphic["message"].as_str().unwrap().contains("changed"), "{megamorphic:#}");
}
