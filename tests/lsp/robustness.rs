//! No message ends the server.

use crate::support::client::{Client, Options};
use serde_json::{Value, json};

/// Whether it still answers.
fn alive(client: &mut Client) {
    assert_eq!(client.request("tickmark/testWaiting", Value::Null).map(|answer| answer.is_u64()), Ok(true));
}

#[test]
fn a_panic_is_an_error_response() {
    let mut client = Client::start(Options { ignored: Vec::new(), ..Options::default() });
    let error = client.request("tickmark/testPanic", Value::Null).unwrap_err();
    assert_eq!(error["code"], -32603);
    assert!(error["message"].as_str().unwrap().contains("as the test wants it"), "{error}");
    let logged = client.expect("window/logMessage");
    assert!(logged["params"]["message"].as_str().unwrap().contains("tickmark/testPanic"), "{logged}");
    alive(&mut client);
}

#[test]
fn garbage_is_answered_with_an_error() {
    fn check(bytes: &str, code: i64) {
        let mut client = Client::start(Options::default());
        client.send_raw(bytes.as_bytes());
        assert_eq!(client.expect("null")["error"]["code"], code, "{bytes}");
        alive(&mut client);
    }
    check("Content-Length: 5\r\n\r\n{{{{{", -32700);
    check("Content-Length: 2\r\n\r\n[]", -32600);
    check("Content-Length: many\r\n\r\n", -32700);
    check("Content-Length: 4294967296000\r\n\r\n", -32700);
    check("X-Other: 1\r\n\r\n", -32700);
    let error = "Content-Length: 40\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"x\"} ";
    check(error, -32600);
}

#[test]
fn wrong_parameters_and_unknown_methods() {
    let mut client = Client::start(Options::default());
    let mut check = |method: &str, params: Value, code: i64| {
        assert_eq!(client.request(method, params).unwrap_err()["code"], code, "{method}");
    };
    check("textDocument/hover", json!({}), -32602);
    check("textDocument/hover", json!([1, 2]), -32602);
    check("textDocument/hover", json!({ "textDocument": { "uri": "untitled:a" }, "position": { "line": -1, "character": 0 } }), -32602);
    check("textDocument/hover", json!({ "textDocument": { "uri": "::" }, "position": { "line": 1, "character": 0 } }), -32602);
    check("textDocument/unknown", json!({}), -32601);
    check("workspace/executeCommand", json!({ "command": "rm", "arguments": [] }), -32602);
    check("workspace/executeCommand", json!({ "command": "tickmark.profileRoute", "arguments": [7] }), -32602);
    check("workspace/executeCommand", json!({ "command": "tickmark.profileEntry", "arguments": [{ "uri": "untitled:a" }] }), -32602);
    check("workspace/executeCommand", json!({ "command": "tickmark.showFlamegraph", "arguments": [{ "runId": "../../x" }] }), -32803);
    check("workspace/executeCommand", json!({ "command": "tickmark.hotspots" }), -32803);
    check("tickmark/callTree", json!({ "limit": 5 }), -32602);
    client.notify("$/unknown", json!({}));
    client.notify("textDocument/unknown", json!({}));
    client.notify("textDocument/didOpen", json!({ "textDocument": 3 }));
    alive(&mut client);
}

#[test]
fn texts_that_are_not_open_or_no_files() {
    let mut client = Client::start(Options::default());
    client.edit("file:///nowhere.js", 2, [0, 0], [0, 0], "x");
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": "file:///nowhere.js" } }));
    client.notify("textDocument/didSave", json!({ "textDocument": { "uri": "file:///nowhere.js" } }));
    for uri in ["untitled:Untitled-1", "git:/a/b.js?x=1", "file:///nowhere.js", "file:///a/[id] ö.js", "vscode-notebook-cell:/a.ipynb#1"] {
        let document = json!({ "uri": uri });
        let zero = json!({ "line": 0, "character": 0 });
        let range = json!({ "start": zero, "end": { "line": 4_294_967_295u32, "character": 4_294_967_295u32 } });
        let all = |client: &mut Client| {
            for (method, params) in [
                ("textDocument/hover", json!({ "textDocument": document, "position": { "line": 4_000_000_000u32, "character": 7 } })),
                ("textDocument/codeLens", json!({ "textDocument": document })),
                ("textDocument/inlayHint", json!({ "textDocument": document, "range": range })),
                ("textDocument/codeAction", json!({ "textDocument": document, "range": range, "context": { "diagnostics": [] } })),
                ("textDocument/diagnostic", json!({ "textDocument": document })),
            ] {
                client.request(method, params).unwrap_or_else(|error| panic!("{method} {uri}: {error}"));
            }
        };
        all(&mut client);
        client.open(uri, "javascript", "const app = require('express')();\napp.get('/x', f);\n");
        all(&mut client);
        client.edit(uri, 2, [4_000_000_000, 0], [4_000_000_001, 0], "// end");
        client.edit(uri, 3, [1, 3], [0, 2], "");
        all(&mut client);
        client.notify("textDocument/didClose", json!({ "textDocument": document }));
    }
    alive(&mut client);
}
