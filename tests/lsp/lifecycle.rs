//! Start, capabilities, end.

use crate::support::client::{Client, Options, uri};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

#[test]
fn capabilities() {
    let client = Client::start(Options::default());
    let capabilities = &client.initialized["capabilities"];
    let server = &client.initialized["serverInfo"];
    assert_eq!((&server["name"], &server["version"]), (&json!("tickmark"), &json!(env!("CARGO_PKG_VERSION"))));
    assert_eq!(capabilities["positionEncoding"], "utf-16");
    assert_eq!(capabilities["textDocumentSync"]["change"], 2);
    for provider in ["hoverProvider", "inlayHintProvider"] {
        assert_eq!(capabilities[provider], true, "{provider}");
    }
    assert_eq!(capabilities["codeLensProvider"]["resolveProvider"], false);
    let commands = [
        "profileRoute",
        "profileEntry",
        "explainRoute",
        "explainEntry",
        "benchmarkRoute",
        "setBaseline",
        "verifyBaseline",
        "toggleFacts",
        "stopRun",
        "clearResults",
        "showFlamegraph",
        "hotspots",
        "clearFocus",
    ];
    let commands: Vec<String> = commands.iter().map(|name| format!("tickmark.{name}")).collect();
    assert_eq!(capabilities["executeCommandProvider"]["commands"], json!(commands));
    assert_eq!(capabilities["workspace"]["workspaceFolders"]["supported"], true);
    assert_eq!(capabilities["diagnosticProvider"], Value::Null);
}

#[test]
fn pull_diagnostics_only_where_they_are_asked_for() {
    let refreshes = json!({ "textDocument": { "diagnostic": {} }, "workspace": { "diagnostics": { "refreshSupport": true } } });
    let client = Client::start(Options::default().with(refreshes));
    assert!(client.initialized["capabilities"]["diagnosticProvider"].is_object());
    // One that cannot be told to ask again after a run gets them sent.
    let client = Client::start(Options::default().with(json!({ "textDocument": { "diagnostic": {} } })));
    assert_eq!(client.initialized["capabilities"]["diagnosticProvider"], Value::Null);
}

#[test]
fn utf_8_is_taken_when_offered() {
    let capabilities = json!({ "general": { "positionEncodings": ["utf-8", "utf-16"] } });
    let mut client = Client::start(Options::default().with(capabilities));
    assert_eq!(client.initialized["capabilities"]["positionEncoding"], "utf-8");
    // Four bytes in UTF-8, two units in UTF-16.
    client.open("untitled:a", "javascript", "'💥x';");
    client.edit("untitled:a", 2, [0, 5], [0, 6], "y");
    let text = client.request("tickmark/testText", json!({ "textDocument": { "uri": "untitled:a" } })).unwrap();
    assert_eq!(text["text"], "'💥y';");
}

#[test]
fn exit_ends_the_server_at_once() {
    let mut client = Client::start(Options::default());
    client.request("shutdown", Value::Null).unwrap();
    let refused = client.request("textDocument/hover", hover("untitled:a")).unwrap_err();
    assert_eq!(refused["code"], -32600);
    client.send(&json!({ "jsonrpc": "2.0", "method": "exit" }));
    let session = client.wait_for_end();
    assert!(session.ended_in_order());
}

#[test]
fn exit_without_shutdown_is_out_of_order() {
    let mut client = Client::start(Options::default());
    client.send(&json!({ "jsonrpc": "2.0", "method": "exit" }));
    assert!(!client.wait_for_end().ended_in_order());
}

#[test]
fn an_editor_that_vanishes_ends_the_server_even_with_requests_in_work() {
    let mut client = Client::start(Options::default());
    let _never = client.ask("tickmark/testWait", Value::Null);
    assert!(client.vanish().ended_in_order());
}

#[test]
fn a_question_the_editor_never_answers_does_not_keep_the_server() {
    // The settings are asked for and the connection ends before the answer.
    let folder = tempfile::tempdir().unwrap();
    let capabilities = json!({ "workspace": { "configuration": true } });
    let client = Client::start(Options::in_folder(folder.path()).with(capabilities));
    client.vanish();
}

#[test]
fn nothing_is_answered_before_initialize() {
    let mut client = Client::connect(Options::default());
    let refused = client.request("textDocument/hover", hover("untitled:a")).unwrap_err();
    assert_eq!(refused["code"], -32002);
    client.request("initialize", json!({ "capabilities": {} })).unwrap();
    assert_eq!(client.request("initialize", json!({ "capabilities": {} })).unwrap_err()["code"], -32600);
}

#[test]
fn a_cancelled_request_ends_with_its_work() {
    let mut client = Client::start(Options::default());
    let (id, answer) = client.ask("tickmark/testWait", Value::Null);
    client.poll("tickmark/testWaiting", Value::Null, |waiting| waiting.as_u64() >= Some(1));
    client.notify("$/cancelRequest", json!({ "id": id }));
    assert_eq!(client.answer_to(answer).unwrap_err()["code"], -32800);
    // Another test's work may be going on: it ends, too, for its editor vanishes.
    client.poll("tickmark/testWaiting", Value::Null, |waiting| *waiting == 0);
}

#[test]
fn slow_requests_do_not_hold_up_quick_ones() {
    let mut client = Client::start(Options::default());
    let slow: Vec<_> = (0..8).map(|_| client.ask("tickmark/testWait", Value::Null)).collect();
    let started = Instant::now();
    client.request("textDocument/hover", hover("untitled:a")).unwrap();
    // It would wait for ever behind them; a minute is the patience of the client.
    assert!(started.elapsed() < Duration::from_secs(30));
    for (id, answer) in slow {
        client.notify("$/cancelRequest", json!({ "id": id }));
        assert!(client.answer_to(answer).is_err());
    }
}

#[test]
fn folders_come_and_go() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut client = Client::start(Options::in_folder(first.path()));
    let roots = |client: &Client| -> Vec<_> { client.session().folders().iter().map(|folder| folder.root().to_owned()).collect() };
    assert_eq!(roots(&client), [first.path()]);
    let folder = |path| json!([{ "uri": uri(path), "name": "x" }]);
    let event = json!({ "added": folder(second.path()), "removed": folder(first.path()) });
    client.notify("workspace/didChangeWorkspaceFolders", json!({ "event": event }));
    client.request("tickmark/runs", Value::Null).unwrap();
    assert_eq!(roots(&client), [second.path()]);
}

fn hover(uri: &str) -> Value {
    json!({ "textDocument": { "uri": uri }, "position": { "line": 0, "character": 0 } })
}
