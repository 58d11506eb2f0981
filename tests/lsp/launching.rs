//! What keeps a measurement from being launched, and how one that fails is told.

use crate::profile_route::nodes;
use crate::support::client::{Client, Options, uri};
use crate::support::measured::{SERVER, STACKS, profile, store};
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;

const ROUTES: &str = "const app = require('express')();\napp.get('/users/:id/:tab', (req, res) => res.end());\napp.listen(3000);\n";

fn execute(client: &mut Client, command: &str, argument: Value) -> Result<Value, Value> {
    client.request("workspace/executeCommand", json!({ "command": command, "arguments": [argument] }))
}

fn titles(client: &mut Client, method: &str, file: &Path) -> Vec<String> {
    let start = json!({ "line": 0, "character": 0 });
    let end = json!({ "line": 99, "character": 0 });
    let params = json!({
        "textDocument": { "uri": uri(file) },
        "range": { "start": start, "end": end },
        "context": { "diagnostics": [] },
    });
    let found = client.request(method, params).unwrap();
    let title = |each: &Value| each["command"]["title"].as_str().or(each["title"].as_str()).unwrap().to_owned();
    found.as_array().unwrap().iter().map(title).collect()
}

#[test]
fn values_of_a_routes_parameters_are_asked_for_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("server.js");
    std::fs::write(&file, ROUTES).unwrap();
    let settings = "{\n  \"node\": \"./no-such-node\",\n  \"load\": { \"connections\": 3 }\n}\n";
    std::fs::write(folder.path().join("tickmark.json"), settings).unwrap();
    let mut client = Client::start(Options::in_folder(folder.path()));
    let mut route = json!({ "uri": uri(&file), "method": "GET", "path": "/users/:id/:tab" });
    for command in ["tickmark.profileRoute", "tickmark.explainRoute", "tickmark.benchmarkRoute"] {
        let refused = execute(&mut client, command, route.clone()).unwrap_err();
        let asked = json!({ "kind": "routeParameters", "route": "GET /users/:id/:tab", "names": ["id", "tab"] });
        assert_eq!(refused["data"], asked, "{refused}");
        assert!(refused["message"].as_str().unwrap().contains(":id, :tab"), "{refused}");
    }
    route["params"] = json!({ "id": "7", "tab": "a b" });
    // It goes as far as Node, which is not there.
    assert_eq!(execute(&mut client, "tickmark.profileRoute", route.clone()).unwrap(), json!({ "runId": "launch-1" }));
    client.expect("tickmark/runChanged");
    assert!(client.expect("tickmark/runChanged")["params"]["message"].as_str().unwrap().contains("no-such-node"));
    client.expect("window/showMessage");
    let kept = std::fs::read_to_string(folder.path().join("tickmark.json")).unwrap();
    assert!(kept.starts_with(settings.trim_end_matches("\n}\n")), "{kept}");
    let kept: Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept["routes"], json!({ "GET /users/:id/:tab": { "params": { "id": "7", "tab": "a b" } } }));
    // They need not be given again.
    route.as_object_mut().unwrap().remove("params");
    assert_eq!(execute(&mut client, "tickmark.profileRoute", route).unwrap(), json!({ "runId": "launch-2" }));
    client.expect("tickmark/runChanged");
    client.expect("tickmark/runChanged");
    client.expect("window/showMessage");
}

/// A program that throws in its fourth line.
fn crashing(node: &Path) -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("server.js");
    std::fs::write(&file, "const app = {};\napp.get = () => {};\napp.get('/hello', () => {});\napp.listen(3000);\n").unwrap();
    std::fs::write(folder.path().join("tickmark.json"), json!({ "node": node }).to_string()).unwrap();
    (folder, file)
}

#[test]
fn a_program_that_throws_is_told_in_a_line_with_its_place() {
    for (options, is_shown) in [(json!({}), true), (json!({ "showsFailures": true }), false)] {
        let node = nodes().remove(0);
        let (folder, file) = crashing(&node);
        let options = Options::in_folder(folder.path()).initialized_with(options);
        let mut client = Client::start(options);
        execute(&mut client, "tickmark.profileRoute", json!({ "uri": uri(&file), "method": "GET", "path": "/hello" })).unwrap();
        client.expect("tickmark/runChanged");
        let ended = client.expect("tickmark/runChanged")["params"].clone();
        assert_eq!(ended["status"], "failed");
        let summary = ended["summary"].as_str().unwrap();
        let expected = "the program ended (exit code 1): TypeError: app.listen is not a function (server.js:4)";
        assert_eq!(summary, expected);
        assert_eq!(ended["place"], json!({ "path": file, "line": 4, "column": 5 }));
        assert!(ended["message"].as_str().unwrap().contains("    at Object.<anonymous>"), "{ended}");
        // What nobody reads fails the test.
        if is_shown {
            let told = client.expect("window/showMessage");
            assert_eq!(told["params"]["message"], json!(format!("Measuring GET /hello: {expected}")));
        }
    }
}

#[test]
fn in_a_restricted_workspace_nothing_is_run_and_profiles_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("server.js");
    std::fs::write(&file, SERVER).unwrap();
    store(folder.path(), "20261121-101530-aaaa", "server.js", SERVER, &profile(&file, &STACKS));
    let settings = json!({ "lenses": { "routes": true } });
    let mut options = Options::in_folder(folder.path()).initialized_with(json!({ "tickmark": settings, "restricted": true }));
    options.settings = settings;
    let options = options.with(json!({ "workspace": { "configuration": true } })).ignoring(&["workspace/configuration"]);
    let mut client = Client::start(options);
    client.open(&uri(&file), "javascript", SERVER);
    let lens = json!({ "textDocument": { "uri": uri(&file) } });
    client.poll("textDocument/codeLens", lens, |lenses| lenses.as_array().is_some_and(|lenses| !lenses.is_empty()));
    let mut offered = titles(&mut client, "textDocument/codeLens", &file);
    offered.extend(titles(&mut client, "textDocument/codeAction", &file));
    assert!(offered.iter().any(|title| title.contains("self")), "{offered:?}");
    let runs_code = |title: &String| ["▶", "Explain", "Benchmark", "Verify"].iter().any(|word| title.contains(word));
    assert!(!offered.iter().any(runs_code), "{offered:?}");
    let route = json!({ "uri": uri(&file), "method": "GET", "path": "/hello", "params": { "id": "1" } });
    for command in ["profileRoute", "explainRoute", "benchmarkRoute", "verifyBaseline", "profileEntry", "explainEntry"] {
        let refused = execute(&mut client, &format!("tickmark.{command}"), route.clone()).unwrap_err();
        assert!(refused["message"].as_str().unwrap().contains("trust the workspace"), "{refused}");
    }
    assert!(!folder.path().join("tickmark.json").exists());
    let opened = client.request("tickmark/views/open", json!({ "runId": "20261121-101530-aaaa" })).unwrap();
    assert!(opened["model"].is_string(), "{opened}");
}
