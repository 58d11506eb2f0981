//! Results on the texts.

use crate::support::client::{Client, Options, uri};
use crate::support::measured::{SERVER, STACKS, profile, store};
use runs::Run;
use serde_json::{Value, json};
use std::path::PathBuf;
use tempfile::TempDir;

struct Measured {
    client: Client,
    _folder: TempDir,
    root: PathBuf,
    uri: String,
    run: Run,
}

fn measured(options: impl FnOnce(Options) -> Options) -> Measured {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_owned();
    let file = root.join("server.js");
    std::fs::write(&file, SERVER).unwrap();
    let run = store(&root, "20261121-101530-aaaa", "server.js", SERVER, &profile(&file, &STACKS));
    let mut client = Client::start(options(Options::in_folder(&root)));
    client.within(|session| session.set_results(&root, run.clone()));
    client.open(&uri(&file), "javascript", SERVER);
    Measured { client, _folder: folder, root, uri: uri(&file), run }
}

impl Measured {
    fn hints(&mut self) -> Vec<String> {
        let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
        let hints = self.client.request("textDocument/inlayHint", json!({ "textDocument": { "uri": self.uri }, "range": range })).unwrap();
        let label = |hint: &Value| format!("{}: {}", hint["position"]["line"].as_u64().unwrap() + 1, hint["label"].as_str().unwrap());
        hints.as_array().unwrap().iter().map(label).collect()
    }

    fn lenses(&mut self) -> Vec<Value> {
        let lenses = self.client.request("textDocument/codeLens", json!({ "textDocument": { "uri": self.uri } })).unwrap();
        lenses.as_array().unwrap().clone()
    }

    fn titles(&mut self) -> Vec<String> {
        let title = |lens: &Value| {
            format!("{}: {}", lens["range"]["start"]["line"].as_u64().unwrap() + 1, lens["command"]["title"].as_str().unwrap())
        };
        self.lenses().iter().map(title).collect()
    }

    fn hover(&mut self, line: u32, character: u32) -> Value {
        let at = json!({ "line": line, "character": character });
        self.client.request("textDocument/hover", json!({ "textDocument": { "uri": self.uri }, "position": at })).unwrap()
    }
}

const HINTS: [&str; 5] = ["2: ƒ 80% self", "3: 60% self", "4: 20% self", "7: ƒ 20% self", "8: 20% self"];
const ROUTE: &str = "▶ Profile GET /hello · 5.8k req/s · p99 4.1 ms ↓12%";

#[test]
fn hints_and_lenses() {
    let mut it = measured(|options| options);
    assert_eq!(it.hints(), HINTS);
    assert_eq!(
        it.titles(),
        [
            "1: ▶ Profile server.js".to_owned(),
            "1: Explain optimisation".to_owned(),
            format!("11: {ROUTE}"),
            "11: Explain optimisation".to_owned(),
            "11: Benchmark GET /hello".to_owned(),
            "2: self 80% · total 80% · turbofan".to_owned(),
            "7: self 20% · total 100% · turbofan".to_owned(),
        ]
    );
    let route = &it.lenses()[2];
    assert_eq!(route["command"]["command"], "tickmark.profileRoute");
    assert_eq!(route["command"]["arguments"], json!([{ "uri": it.uri, "method": "GET", "path": "/hello" }]));
}

#[test]
fn every_lens_has_a_twin_action_and_a_listed_command() {
    fn check(literals: bool) {
        let capabilities = match literals {
            true => json!({ "textDocument": { "codeAction": { "codeActionLiteralSupport": { "codeActionKind": { "valueSet": [] } } } } }),
            false => json!({}),
        };
        let mut it = measured(|options| options.with(capabilities));
        let listed = it.client.initialized["capabilities"]["executeCommandProvider"]["commands"].clone();
        let lenses = it.lenses();
        assert!(!lenses.is_empty());
        for lens in lenses {
            assert!(listed.as_array().unwrap().contains(&lens["command"]["command"]), "{lens}");
            let at = &lens["range"]["start"];
            let params =
                json!({ "textDocument": { "uri": it.uri }, "range": { "start": at, "end": at }, "context": { "diagnostics": [] } });
            let actions = it.client.request("textDocument/codeAction", params).unwrap();
            let twin = actions.as_array().unwrap().iter().any(|action| {
                let command = if literals { &action["command"] } else { action };
                let same = |key: &str| command[key] == lens["command"][key];
                // An action says of what, where a line has several.
                let title = |command: &Value| command["title"].as_str().unwrap().to_owned();
                same("command") && same("arguments") && title(command).starts_with(&title(&lens["command"]))
            });
            assert!(twin, "{lens} has no twin in {actions:#}");
        }
    }
    check(true);
    check(false);
}

#[test]
fn hints_move_with_edits() {
    let mut it = measured(|options| options);
    assert_eq!(it.hints(), HINTS);
    let uri = it.uri.clone();
    it.client.edit(&uri, 2, [1, 0], [1, 0], "// one\n// two\n");
    let moved = ["4: ƒ 80% self", "5: 60% self", "6: 20% self", "9: ƒ 20% self", "10: 20% self"];
    assert_eq!(it.hints(), moved);
    // Another body: stale, and its changed line says nothing.
    it.client.edit(&uri, 3, [4, 15], [4, 20], "light");
    assert_eq!(it.hints(), ["4: ƒ 80% stale", "6: 20% self", "9: ƒ 20% self", "10: 20% self"]);
    assert!(it.titles().contains(&"4: stale · self 80% · total 80% · turbofan".to_owned()));
    // Taken back: no change at all.
    it.client.edit(&uri, 4, [4, 15], [4, 20], "heavy");
    assert_eq!(it.hints(), moved);
    // The whole text at once, as some editors send it.
    it.client.notify(
        "textDocument/didChange",
        json!({
            "textDocument": { "uri": uri, "version": 5 }, "contentChanges": [{ "text": format!("\n{SERVER}") }],
        }),
    );
    assert_eq!(it.hints(), ["3: ƒ 80% self", "4: 60% self", "5: 20% self", "8: ƒ 20% self", "9: 20% self"]);
}

#[test]
fn a_text_that_was_edited_before_it_was_opened() {
    let mut it = measured(|options| options);
    let uri = it.uri.clone();
    it.client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    it.client.open(&uri, "javascript", &SERVER.replace("\nfunction hello", "\n// new\n\nfunction hello"));
    assert_eq!(it.hints(), ["2: ƒ 80% self", "3: 60% self", "4: 20% self", "9: ƒ 20% self", "10: 20% self"]);
}

#[test]
fn hovers_in_the_format_the_editor_shows() {
    let mut plain = measured(|options| options.with(json!({ "textDocument": { "hover": { "contentFormat": ["plaintext"] } } })));
    let hover = plain.hover(1, 10);
    assert_eq!(hover["contents"]["kind"], "plaintext");
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(text.contains("ƒ render") && text.contains("self     80%    71.1–86.7%  80 ms") && text.contains("Node 22.1.0"), "{text}");
    assert_eq!(plain.hover(10, 5), Value::Null);

    let mut rich = measured(|options| options.with(json!({ "textDocument": { "hover": { "contentFormat": ["markdown"] } } })));
    let hover = rich.hover(1, 10);
    assert_eq!(hover["contents"]["kind"], "markdown");
    let text = hover["contents"]["value"].as_str().unwrap();
    let caller = format!("Called by: [hello 80%]({}#L7)", rich.uri);
    assert!(text.contains("| self  |   80% | &emsp;  71.1–86.7% | &emsp;80 ms | &emsp;     80 |") && text.contains(&caller), "{text}");
}

#[test]
fn diagnostics_are_pushed_or_pulled_and_never_both() {
    let codes = |items: &Value| -> Vec<String> {
        items.as_array().unwrap().iter().map(|item| format!("{} {}", item["severity"], item["code"].as_str().unwrap())).collect()
    };
    let expected = ["4 hot/function", "4 hot/line", "4 hot/line", "4 hot/line"];
    let related = json!({ "publishDiagnostics": { "relatedInformation": true } });
    let mut pushed = measured(|mut options| {
        options.ignored = vec!["window/logMessage", "tickmark/runsChanged"];
        options.with(json!({ "textDocument": related }))
    });
    let sent = pushed.client.expect_that("textDocument/publishDiagnostics", |params| !params["diagnostics"].as_array().unwrap().is_empty());
    assert_eq!(codes(&sent["params"]["diagnostics"]), expected);
    assert_eq!(sent["params"]["version"], 1);
    let info = &sent["params"]["diagnostics"][0]["relatedInformation"][0];
    assert_eq!((&info["location"]["uri"], &info["location"]["range"]["start"]["line"]), (&json!(pushed.uri), &json!(6)));
    // Closed: none are left.
    let uri = pushed.uri.clone();
    pushed.client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    pushed.client.expect_that("textDocument/publishDiagnostics", |params| params["diagnostics"].as_array().unwrap().is_empty());
    // The same may have been sent twice: when the text was opened and when the stored run was read.
    pushed.client.ignore(&["textDocument/publishDiagnostics"]);
    drop(pushed.client);

    let mut pulled = measured(|mut options| {
        options.ignored = vec!["window/logMessage", "tickmark/runsChanged"];
        options.ignored.push("workspace/diagnostic/refresh");
        options.with(json!({ "textDocument": { "diagnostic": {} }, "workspace": { "diagnostics": { "refreshSupport": true } } }))
    });
    let report = pulled.client.request("textDocument/diagnostic", json!({ "textDocument": { "uri": pulled.uri } })).unwrap();
    assert_eq!(report["kind"], "full");
    assert_eq!(codes(&report["items"]), expected);
}

#[test]
fn refresh_where_it_is_understood() {
    let refresh = json!({ "refreshSupport": true });
    let mut it = measured(|options| {
        options.with(json!({ "workspace": { "codeLens": refresh, "inlayHint": refresh, "diagnostics": refresh }, "textDocument": { "diagnostic": {} } }))
    });
    for method in ["workspace/codeLens/refresh", "workspace/inlayHint/refresh", "workspace/diagnostic/refresh"] {
        it.client.expect(method);
    }
    // The stored run is loaded once more or not, as it came: its refreshes may come, too.
    it.client.ignore(&["workspace/codeLens/refresh", "workspace/inlayHint/refresh", "workspace/diagnostic/refresh"]);
}

#[test]
fn the_call_tree_is_paged() {
    let mut it = measured(|options| options);
    let root = it.client.request("tickmark/callTree", json!({ "node": null })).unwrap();
    assert_eq!((&root["total"], &root["activeMs"], &root["runId"]), (&json!(1), &json!(100.0), &json!(it.run.record.id.0)));
    let hello = &root["nodes"][0];
    assert_eq!(
        (&hello["name"], &hello["totalMs"], &hello["selfMs"], &hello["childCount"]),
        (&json!("hello"), &json!(100.0), &json!(20.0), &json!(1))
    );
    assert_eq!((&hello["line"], &hello["category"], &hello["tier"]), (&json!(7), &json!("app"), &json!("turbofan")));
    let callees = it.client.request("tickmark/callTree", json!({ "node": hello["id"], "offset": 0, "limit": 1 })).unwrap();
    assert_eq!(callees["nodes"][0]["name"], "render");
    let past = it.client.request("tickmark/callTree", json!({ "node": hello["id"], "offset": 1 })).unwrap();
    assert_eq!((&past["total"], &past["nodes"]), (&json!(1), &json!([])));
    assert_eq!(it.client.request("tickmark/callTree", json!({ "node": 999 })).unwrap_err()["code"], -32602);
    assert_eq!(it.client.request("tickmark/callTree", json!({ "runId": "none" })).unwrap_err()["code"], -32602);
}

#[test]
fn stored_runs_are_listed_and_a_broken_one_does_not_break_the_list() {
    let mut it = measured(|options| options);
    std::fs::create_dir_all(it.root.join(".tickmark/runs/20261121-101531-bbbb")).unwrap();
    std::fs::write(it.root.join(".tickmark/runs/20261121-101531-bbbb/run.json"), "{").unwrap();
    let runs = it.client.request("tickmark/runs", Value::Null).unwrap();
    assert_eq!(runs["runs"].as_array().unwrap().len(), 1);
    assert_eq!(runs["runs"][0]["id"], "20261121-101530-aaaa");
    assert_eq!(runs["shown"], json!(["20261121-101530-aaaa"]));
    assert_eq!(runs["unreadable"].as_array().unwrap().len(), 1);
    let page = it.client.request("tickmark/callTree", json!({ "runId": "20261121-101530-aaaa" })).unwrap();
    assert_eq!(page["total"], 1);
}

#[test]
fn a_run_that_the_command_line_stored_is_shown_with_the_next_save() {
    let mut it = measured(|options| options);
    assert_eq!(it.hints(), HINTS);
    let file = it.root.join("server.js");
    let stacks: Vec<_> = STACKS.iter().map(|(stack, _)| (*stack, 10)).collect();
    store(&it.root, "20261121-101531-cccc", "server.js", SERVER, &profile(&file, &stacks));
    it.client.notify("textDocument/didSave", json!({ "textDocument": { "uri": it.uri } }));
    let shown = json!(["20261121-101531-cccc"]);
    it.client.poll("tickmark/runs", Value::Null, |runs| runs["shown"] == shown);
    assert_ne!(it.hints(), HINTS);
}

#[test]
fn the_editor_is_told_when_a_change_made_other_routes() {
    let refresh = json!({ "refreshSupport": true });
    let methods = ["workspace/codeLens/refresh", "workspace/inlayHint/refresh"];
    let mut it = measured(|options| options.with(json!({ "workspace": { "codeLens": refresh, "inlayHint": refresh } })));
    let wanted = |route: &str| format!("11: ▶ Profile GET {route}");
    while !it.titles().iter().any(|title| title.starts_with(&wanted("/hello"))) {}
    let uri = it.uri.clone();
    // The path: asked at once, the lens is in its place, whatever it says; in the end it says the new path.
    it.client.edit(&uri, 2, [10, 10], [10, 15], "other");
    assert!(it.titles().iter().any(|title| title.starts_with("11: ")), "{:?}", it.titles());
    while !it.titles().iter().any(|title| title.starts_with(&wanted("/other"))) {}
    it.client.ignore(&methods);
}
