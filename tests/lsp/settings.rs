//! Settings of the editor.

use crate::support::client::{Client, Options, uri};
use crate::support::measured::{SERVER, STACKS, profile, store};
use serde_json::{Value, json};

fn labels(hints: &Value) -> Vec<String> {
    hints.as_array().map_or_else(Vec::new, |hints| {
        hints
            .iter()
            .map(|hint| format!("{}: {}", hint["position"]["line"].as_u64().unwrap() + 1, hint["label"].as_str().unwrap()))
            .collect()
    })
}

const MINE: [&str; 5] = ["2: ƒ 80 ms total", "3: 60 ms total", "4: 20 ms total", "7: ƒ 100 ms total", "8: 100 ms total"];

#[test]
fn pulled_and_pulled_anew_when_they_change() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("server.js");
    std::fs::write(&file, SERVER).unwrap();
    let run = store(folder.path(), "20261121-101530-aaaa", "server.js", SERVER, &profile(&file, &STACKS));
    let mut options = Options::in_folder(folder.path()).with(json!({ "workspace": {
        "configuration": true, "didChangeConfiguration": { "dynamicRegistration": true },
        "didChangeWatchedFiles": { "dynamicRegistration": true },
    } }));
    options.settings = json!({ "hints": { "show": "total", "unit": "time" }, "lenses": { "entry": "sometimes" } });
    let mut client = Client::start(options);
    let registered = client.expect("client/registerCapability");
    let methods: Vec<&str> =
        registered["params"]["registrations"].as_array().unwrap().iter().map(|one| one["method"].as_str().unwrap()).collect();
    assert_eq!(methods, ["workspace/didChangeWatchedFiles", "workspace/didChangeConfiguration"]);
    let asked = client.expect("workspace/configuration");
    let of_folder = json!({ "scopeUri": uri(folder.path()), "section": "tickmark" });
    assert_eq!(asked["params"]["items"], json!([{ "section": "tickmark" }, of_folder]));
    // What is wrong is told; the rest holds.
    let warning = client.expect("window/showMessage");
    assert!(warning["params"]["message"].as_str().unwrap().contains("tickmark.lenses"), "{warning}");

    client.within(|session| session.set_results(folder.path(), run));
    client.open(&uri(&file), "javascript", SERVER);
    let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
    let params = json!({ "textDocument": { "uri": uri(&file) }, "range": range });
    client.poll("textDocument/inlayHint", params, |hints| labels(hints) == MINE);

    client.notify("workspace/didChangeConfiguration", json!({ "settings": null }));
    client.expect("workspace/configuration");
    client.expect("window/showMessage");
}

#[test]
fn pushed_by_editors_that_cannot_be_asked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("server.js");
    std::fs::write(&file, SERVER).unwrap();
    store(folder.path(), "20261121-101530-aaaa", "server.js", SERVER, &profile(&file, &STACKS));
    let mut client = Client::start(Options::in_folder(folder.path()));
    client.open(&uri(&file), "javascript", SERVER);
    let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
    let params = json!({ "textDocument": { "uri": uri(&file) }, "range": range });
    // The newest stored run is shown without having been asked for.
    client.poll("textDocument/inlayHint", params.clone(), |hints| labels(hints).first().is_some_and(|first| first == "2: ƒ 80% self"));
    let settings = json!({ "tickmark": { "hints": { "show": "total", "unit": "time" } } });
    client.notify("workspace/didChangeConfiguration", json!({ "settings": settings }));
    client.poll("textDocument/inlayHint", params, |hints| labels(hints) == MINE);
}
