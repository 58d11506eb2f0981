//! Commands that need no Node.

use crate::support::client::{Client, Options, uri};
use crate::support::measured::{SERVER, STACKS, profile, store};
use serde_json::{Value, json};
use tempfile::TempDir;

fn measured(shows_documents: bool) -> (Client, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("server.js");
    std::fs::write(&file, SERVER).unwrap();
    let run = store(folder.path(), "20261121-101530-aaaa", "server.js", SERVER, &profile(&file, &STACKS));
    let mut client = Client::start(Options { shows_documents, ..Options::in_folder(folder.path()) });
    client.within(|session| session.set_results(folder.path(), run));
    client.open(&uri(&file), "javascript", SERVER);
    (client, folder)
}

fn execute(client: &mut Client, command: &str, argument: Value) -> Result<Value, Value> {
    client.request("workspace/executeCommand", json!({ "command": command, "arguments": [argument] }))
}

#[test]
fn the_flamegraph_is_shown_or_its_path_is_told() {
    for shows in [true, false] {
        let (mut client, folder) = measured(shows);
        let html = folder.path().join(".tickmark/runs/20261121-101530-aaaa/report.html");
        let answer = execute(&mut client, "tickmark.showFlamegraph", json!({ "runId": "20261121-101530-aaaa" })).unwrap();
        assert_eq!(answer["path"], json!(html));
        let shown = client.expect("window/showDocument");
        assert_eq!((&shown["params"]["uri"], &shown["params"]["external"]), (&json!(uri(&html)), &json!(true)));
        if !shows {
            let told = client.expect("window/showMessage");
            assert!(told["params"]["message"].as_str().unwrap().contains(html.to_str().unwrap()), "{told}");
        }
    }
}

#[test]
fn results_are_cleared_and_stay_stored() {
    let (mut client, folder) = measured(true);
    let lens = json!({ "textDocument": { "uri": uri(&folder.path().join("server.js")) } });
    assert_eq!(client.request("textDocument/codeLens", lens.clone()).unwrap().as_array().unwrap().len(), 7);
    execute(&mut client, "tickmark.clearResults", Value::Null).unwrap();
    let lenses = client.request("textDocument/codeLens", lens).unwrap();
    let titles: Vec<&str> = lenses.as_array().unwrap().iter().map(|lens| lens["command"]["title"].as_str().unwrap()).collect();
    let of_route = ["▶ Profile GET /hello", "Explain optimisation", "Benchmark GET /hello"];
    assert_eq!(titles, [["▶ Profile server.js", "Explain optimisation"].as_slice(), &of_route].concat());
    assert_eq!(client.request("tickmark/runs", Value::Null).unwrap()["runs"].as_array().unwrap().len(), 1);
}

#[test]
fn hotspots_are_answered_and_shown() {
    let (mut client, folder) = measured(true);
    let spots = execute(&mut client, "tickmark.hotspots", Value::Null).unwrap();
    let names: Vec<&str> = spots.as_array().unwrap().iter().map(|spot| spot["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["render", "hello"]);
    assert_eq!((&spots[0]["line"], &spots[0]["selfPercent"]), (&json!(2), &json!(80.0)));
    assert_eq!(spots[0]["file"], json!(folder.path().join("server.js")));
    let told = client.expect("window/showMessage");
    assert!(told["params"]["message"].as_str().unwrap().contains("80.0% render server.js:2"), "{told}");
    // An editor with a picker wants no message; the client fails when there is one that nobody read.
    assert_eq!(execute(&mut client, "tickmark.hotspots", json!({ "message": false })).unwrap(), spots);
}

#[test]
fn stopping_nothing_is_no_error() {
    let (mut client, _folder) = measured(true);
    assert_eq!(execute(&mut client, "tickmark.stopRun", json!({})).unwrap(), json!({ "stopped": 0 }));
}

#[test]
fn a_run_that_fails_is_told_and_the_next_can_be_launched() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("server.js");
    std::fs::write(&file, SERVER).unwrap();
    std::fs::write(folder.path().join("tickmark.json"), r#"{ "node": "./no-such-node" }"#).unwrap();
    let mut client = Client::start(Options::in_folder(folder.path()));
    for n in 1..=2 {
        let route = json!({ "uri": uri(&file), "method": "get", "path": "/hello" });
        let answer = execute(&mut client, "tickmark.profileRoute", route).unwrap();
        assert_eq!(answer, json!({ "runId": format!("launch-{n}") }));
        let started = client.expect("tickmark/runChanged");
        assert_eq!((&started["params"]["status"], &started["params"]["launchId"]), (&json!("started"), &answer["runId"]));
        assert_eq!(started["params"]["target"], json!({ "kind": "route", "entry": "server.js", "method": "GET", "path": "/hello" }));
        let ended = client.expect("tickmark/runChanged");
        assert_eq!(ended["params"]["status"], "failed");
        assert!(ended["params"]["message"].as_str().unwrap().contains("no-such-node"), "{ended}");
        client.expect("window/showMessage");
    }
    std::fs::write(folder.path().join("tickmark.json"), r#"{ "nodee": 1 }"#).unwrap();
    let changed = json!({ "uri": uri(&folder.path().join("tickmark.json")), "type": 2 });
    client.notify("workspace/didChangeWatchedFiles", json!({ "changes": [changed] }));
    let refused = execute(&mut client, "tickmark.profileEntry", json!({ "uri": uri(&file) })).unwrap_err();
    assert!(refused["message"].as_str().unwrap().contains("nodee"), "{refused}");
}
