//! The server's text is the editor's text.

use crate::support::client::{Client, Options};
use serde_json::json;

#[test]
fn two_hundred_changes_in_order() {
    let mut client = Client::start(Options::default());
    let uri = "untitled:a";
    let mut text = "const a = [\n];\n".to_owned();
    client.open(uri, "javascript", &text);
    // Each is at a place that is right only after all before it: a swap of any two shows.
    let mut end = 11;
    for n in 0..200 {
        let item = format!("{n}{}, ", if n % 7 == 0 { "/*💥*/" } else { "" });
        client.edit(uri, n + 2, [0, end], [0, end], &item);
        text.insert_str(text.find('\n').unwrap(), &item);
        end += item.encode_utf16().count() as u32;
    }
    let document = json!({ "textDocument": { "uri": uri } });
    let answer = client.request("tickmark/testText", document.clone()).unwrap();
    assert_eq!((answer["text"].as_str().unwrap(), answer["version"].as_i64()), (text.as_str(), Some(201)));

    client.notify(
        "textDocument/didChange",
        json!({
            "textDocument": { "uri": uri, "version": 300 },
            "contentChanges": [
                { "text": "let b;\n" },
                { "range": { "start": { "line": 0, "character": 4 }, "end": { "line": 0, "character": 5 } }, "text": "c" },
                { "range": { "start": { "line": 1, "character": 0 }, "end": { "line": 1, "character": 0 } }, "text": "d;\n" },
            ],
        }),
    );
    assert_eq!(client.request("tickmark/testText", document).unwrap()["text"], "let c;\nd;\n");
}

#[test]
fn languages_that_are_not_measured_are_left_alone() {
    let mut client = Client::start(Options::default());
    for (language, name, is_known) in
        [("javascript", "a", true), ("typescriptreact", "b", true), ("python", "c.py", false), ("", "d.mts", true)]
    {
        let uri = format!("file:///x/{name}");
        client.open(&uri, language, "1;\n");
        let text = client.request("tickmark/testText", json!({ "textDocument": { "uri": uri } })).unwrap();
        assert_eq!(text["text"] == "1;\n", is_known, "{language} {name}");
    }
}
