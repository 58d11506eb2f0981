//! Models: opened, asked and closed.

use crate::support::client::{Client, Options};
use crate::support::measured::{STACKS, profile, store};
use crate::views_workspace::{NEWER, OLDER, Workspace};
use serde_json::{Value, json};
use std::sync::Arc;

#[test]
fn what_is_shown_is_opened_asked_and_closed() {
    let mut it = Workspace::start(|options| options);
    let opened = it.ask("tickmark/views/open", json!({}));
    assert_eq!((&opened["model"], &opened["runId"], &opened["root"]), (&json!("model-1"), &json!(NEWER), &json!(it.root)));
    assert_eq!((&opened["path"], &opened["compared"]), (&Value::Null, &Value::Null));
    assert_eq!(
        (&opened["title"], &opened["subtitle"]),
        (&json!("GET /hello · server.js"), &json!("Node 22.1.0 · 100 samples · 2026-11-21 10:15:30 UTC"))
    );
    let meta = &opened["meta"];
    assert_eq!(
        (&meta["node"], &meta["target"], &meta["load"]["requestsPerSecond"]),
        (&json!("22.1.0"), &json!("GET /hello"), &json!(5812.0))
    );
    assert_eq!((&meta["attribution"]["exact"], &meta["notes"]), (&json!(1.0), &json!([])));
    let overview = &opened["overview"];
    assert_eq!((&overview["wholeUs"], &overview["samples"], &overview["hasCpu"]), (&json!(100_000), &json!(100), &json!(true)));

    let boxes = it.ask("tickmark/views/boxes", json!({ "model": "model-1", "minWidth": 0.0 }));
    let names: Vec<&str> = boxes["frames"].as_array().unwrap().iter().map(|frame| frame["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"hello") && names.contains(&"render"), "{boxes:#}");
    assert_eq!(boxes["node"].as_array().unwrap().len(), boxes["totalValue"].as_array().unwrap().len());
    let found = it.ask("tickmark/views/search", json!({ "model": "model-1", "query": "render" }));
    assert_eq!((&found["functions"], &found["value"], &found["error"]), (&json!(1), &json!(80_000.0), &Value::Null));
    let table = it.ask("tickmark/views/table", json!({ "model": "model-1", "kind": "bottomUp", "sort": "selfUs", "limit": 1 }));
    assert_eq!((&table["rows"][0]["frame"]["name"], &table["rows"][0]["selfUs"]), (&json!("render"), &json!(80_000)));
    assert!(table["total"].as_u64().unwrap() >= 2, "{table:#}");
    let details = it.ask("tickmark/views/details", json!({ "model": "model-1", "frame": table["rows"][0]["frame"]["id"] }));
    assert_eq!((&details["selfValue"], &details["callers"][0]["frame"]["name"]), (&json!(80_000.0), &json!("hello")));

    assert_eq!(it.ask("tickmark/views/close", json!({ "model": "model-1" })), Value::Null);
    // Closed twice is closed.
    assert_eq!(it.ask("tickmark/views/close", json!({ "model": "model-1" })), Value::Null);
    let error = it.client.request("tickmark/views/boxes", json!({ "model": "model-1" })).unwrap_err();
    assert_eq!((&error["code"], &error["data"]["kind"]), (&json!(-32602), &json!("unknownModel")));
}

#[test]
fn a_run_by_its_name_and_compared_with_another() {
    let mut it = Workspace::start(|options| options);
    let opened = it.ask("tickmark/views/open", json!({ "runId": NEWER, "compareWith": OLDER }));
    let title = "GET /hello · 2026-11-21 10:15:30 UTC";
    assert_eq!((&opened["runId"], &opened["compared"]), (&json!(NEWER), &json!({ "runId": OLDER, "title": title })));
    assert_eq!(opened["overview"]["before"]["wholeUs"], 40_000);
    let render = it.frame("model-1", "render");
    let details = it.ask("tickmark/views/details", json!({ "model": "model-1", "frame": render }));
    // 10 of 40 ms before are 25 of 100 ms.
    assert_eq!((&details["selfValue"], &details["before"]), (&json!(80_000.0), &json!([25_000.0, 25_000.0])));
    let older = it.ask("tickmark/views/open", json!({ "runId": OLDER }));
    assert_eq!((&older["model"], &older["overview"]["samples"]), (&json!("model-2"), &json!(40)));
}

#[test]
fn a_profile_is_in_memory_once() {
    let mut it = Workspace::start(|options| options);
    for params in [
        json!({}),
        json!({ "runId": NEWER }),
        json!({ "runId": OLDER }),
        json!({ "runId": OLDER }),
        json!({ "runId": NEWER, "compareWith": OLDER }),
    ] {
        it.model(params);
    }
    let session = it.client.session();
    let model = |n: u32| session.models().get(&format!("model-{n}")).unwrap();
    let (_, shown) = session.on_lines().unwrap();
    assert!(model(1).source.is(&shown.source) && model(2).source.is(&shown.source) && model(5).source.is(&shown.source));
    assert!(model(3).source.is(&model(4).source));
    assert!(Arc::ptr_eq(&model(5).compared.as_ref().unwrap().results, model(3).source.results()));
}

#[test]
fn a_file() {
    let mut it = Workspace::start(|options| options);
    let path = it.root.join("app.cpuprofile");
    let mut bytes = Vec::new();
    formats::write::cpuprofile::write(&profile(&it.root.join("server.js"), &STACKS), &mut bytes).unwrap();
    std::fs::write(&path, bytes).unwrap();
    let opened = it.ask("tickmark/views/open", json!({ "path": path }));
    assert_eq!((&opened["path"], &opened["runId"], &opened["root"]), (&json!(path), &Value::Null, &json!(it.root)));
    assert_eq!((&opened["title"], &opened["subtitle"]), (&json!("app.cpuprofile"), &json!("CPU profile · 100 samples")));
    assert_eq!((&opened["meta"]["node"], &opened["overview"]["samples"]), (&Value::Null, &json!(100)));
    // Of no file of this workspace.
    let elsewhere = it.root.join("other.cpuprofile");
    let text = std::fs::read_to_string(&path).unwrap().replace(it.root.to_str().unwrap(), "/no/such/folder");
    std::fs::write(&elsewhere, text).unwrap();
    assert_eq!(it.ask("tickmark/views/open", json!({ "path": elsewhere }))["root"], Value::Null);
}

#[test]
fn what_cannot_be_opened() {
    let mut it = Workspace::start(|options| options);
    let root = it.root.clone();
    let broken = root.join("broken.cpuprofile");
    std::fs::write(&broken, "{ \"nodes\": 5 }").unwrap();
    let mut check = |params: Value, part: &str| {
        let error = it.client.request("tickmark/views/open", params.clone()).unwrap_err();
        assert_eq!(error["code"], -32602, "{params}");
        assert!(error["message"].as_str().unwrap().contains(part), "{params}: {error}");
        assert_eq!(error["data"], Value::Null, "{params}");
    };
    check(json!({ "runId": "20260101-000000-zzzz" }), "20260101-000000-zzzz");
    check(json!({ "runId": "../../etc" }), "is not the name of a run");
    check(json!({ "runId": NEWER, "compareWith": "none" }), "none");
    check(json!({ "path": "/no/such/file.cpuprofile" }), "/no/such/file.cpuprofile");
    check(json!({ "path": broken }), "broken.cpuprofile");
    check(json!({ "path": "/dev/zero" }), "a device or a pipe");
    check(json!({ "path": root }), root.to_str().unwrap());
    check(json!({ "path": "app.cpuprofile" }), "absolute path");
    check(json!({ "runId": NEWER, "path": broken }), "both");
    check(json!({ "runId": 5 }), "");
    // The errors of the command line, word for word.
    let error = it.client.request("tickmark/views/open", json!({ "path": broken })).unwrap_err();
    let same = runs::read_profile(&broken, runs::Wanted::Profile).unwrap_err().to_string();
    assert_eq!(error["message"], json!(same));
}

#[test]
fn nothing_is_shown_in_an_empty_workspace() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::start(Options::in_folder(folder.path()));
    let error = client.request("tickmark/views/open", json!({})).unwrap_err();
    assert!(error["message"].as_str().unwrap().contains("measure something first"), "{error}");
}

#[test]
fn a_model_of_another_session_is_unknown_to_every_method() {
    let mut it = Workspace::start(|options| options);
    let at = json!({ "textDocument": { "uri": it.uri }, "position": { "line": 0, "character": 0 } });
    let mut with_place = at;
    with_place["model"] = json!("model-1");
    let questions = [
        ("tickmark/views/boxes", json!({ "model": "model-1" })),
        ("tickmark/views/search", json!({ "model": "model-1", "query": "x" })),
        ("tickmark/views/details", json!({ "model": "model-1", "frame": 0 })),
        ("tickmark/views/table", json!({ "model": "model-1" })),
        ("tickmark/views/frameAt", with_place),
        ("tickmark/views/apply", json!({ "model": "model-1" })),
        ("tickmark/focus", json!({ "model": "model-1", "frame": 0 })),
        ("tickmark/focus", json!({ "model": "model-1", "frame": null })),
    ];
    for (method, params) in questions {
        let error = it.client.request(method, params).unwrap_err();
        assert_eq!((&error["code"], &error["data"]["kind"]), (&json!(-32602), &json!("unknownModel")), "{method}");
        assert!(error["message"].as_str().unwrap().contains("open it again"), "{method} {error}");
    }
}

#[test]
fn questions_that_make_no_sense() {
    let mut it = Workspace::start(|options| options);
    let model = it.model(json!({}));
    let mut check = |method: &str, mut params: Value, part: &str| {
        params["model"] = json!(model);
        let error = it.client.request(method, params.clone()).unwrap_err();
        assert_eq!(error["code"], -32602, "{method} {params} {error}");
        assert_eq!(error["data"], Value::Null, "{method} {params}");
        assert!(error["message"].as_str().unwrap().contains(part), "{method} {params}: {error}");
    };
    check("tickmark/views/boxes", json!({ "order": "sideways" }), "sideways");
    check("tickmark/views/boxes", json!({ "order": "callers" }), "frame");
    check("tickmark/views/boxes", json!({ "order": "callers", "frame": 9_999 }), "9999");
    check("tickmark/views/boxes", json!({ "measure": "allocated" }), "alloca");
    check("tickmark/views/details", json!({ "frame": 9_999 }), "9999");
    check("tickmark/views/table", json!({ "kind": "topDown", "path": [9_999] }), "9999");
    check("tickmark/views/table", json!({ "limit": -1 }), "");
    check("tickmark/focus", json!({ "frame": 9_999 }), "9999");
    check("tickmark/focus", json!({ "frame": "render" }), "");
    // A query that cannot be read is the user's, not the client's: it is told in the answer.
    let found = it.ask("tickmark/views/search", json!({ "model": model, "query": "(render" }));
    assert!(found["error"]["message"].is_string(), "{found:#}");
}

#[test]
fn the_model_that_was_not_used_for_longest_goes() {
    let mut it = Workspace::start(|options| options);
    for n in 1..=16 {
        assert_eq!(it.model(json!({})), format!("model-{n}"));
    }
    it.ask("tickmark/views/table", json!({ "model": "model-1", "limit": 1 }));
    assert_eq!(it.model(json!({})), "model-17");
    it.ask("tickmark/views/table", json!({ "model": "model-1", "limit": 1 }));
    let error = it.client.request("tickmark/views/table", json!({ "model": "model-2", "limit": 1 })).unwrap_err();
    assert_eq!(error["data"]["kind"], "unknownModel");
}

/// Name of the model's function at a place of the text, 0-based.
fn name_at(it: &mut Workspace, model: &str, line: u32, character: u32) -> Value {
    let position = json!({ "line": line, "character": character });
    let params = json!({ "model": model, "textDocument": { "uri": it.uri }, "position": position });
    it.ask("tickmark/views/frameAt", params)["frame"]["name"].take()
}

#[test]
fn the_function_at_the_cursor_in_the_run_that_is_shown_and_in_another() {
    let mut it = Workspace::start(|options| options);
    for run in [NEWER, OLDER] {
        let model = it.model(json!({ "runId": run }));
        for (line, expected) in [(1, json!("render")), (2, json!("render")), (7, json!("hello")), (10, Value::Null)] {
            assert_eq!(name_at(&mut it, &model, line, 3), expected, "{run} {line}");
        }
        let render = it.frame(&model, "render");
        let params = json!({ "model": model, "textDocument": { "uri": it.uri }, "position": { "line": 2, "character": 3 } });
        assert_eq!(it.ask("tickmark/views/frameAt", params)["frame"]["id"], render);
    }
    // The text moves under the cursor.
    let uri = it.uri.clone();
    it.client.edit(&uri, 2, [0, 0], [0, 0], "// new\n// lines\n");
    for model in ["model-1", "model-2"] {
        assert_eq!(name_at(&mut it, model, 4, 3), "render");
        assert_eq!(name_at(&mut it, model, 1, 3), Value::Null);
    }
    // A function that is new.
    it.client.edit(&uri, 3, [0, 0], [0, 0], "function fresh() { return 1; }\n");
    for model in ["model-1", "model-2"] {
        assert_eq!(name_at(&mut it, model, 0, 22), Value::Null);
        assert_eq!(name_at(&mut it, model, 5, 3), "render");
    }
    // A text that is not open, and one of which the model tells nothing.
    let closed = json!({ "model": "model-1", "textDocument": { "uri": format!("{uri}x") }, "position": { "line": 0, "character": 0 } });
    assert_eq!(it.ask("tickmark/views/frameAt", closed), json!({ "frame": null }));
    let other = uri.replace("server.js", "other.js");
    it.client.open(&other, "javascript", "function render() {}\n");
    let params = json!({ "model": "model-1", "textDocument": { "uri": other }, "position": { "line": 0, "character": 10 } });
    assert_eq!(it.ask("tickmark/views/frameAt", params), json!({ "frame": null }));
}

#[test]
fn the_function_at_the_cursor_where_nobody_knows_the_measured_text() {
    let mut it = Workspace::start(|options| options);
    std::fs::remove_file(it.root.join(format!(".tickmark/runs/{OLDER}/sources/server.js"))).unwrap();
    let model = it.model(json!({ "runId": OLDER }));
    assert_eq!(name_at(&mut it, &model, 2, 3), "render");
    let uri = it.uri.clone();
    it.client.edit(&uri, 2, [0, 0], [0, 0], "\n\n");
    assert_eq!(name_at(&mut it, &model, 4, 3), "render");
}

#[test]
fn a_question_that_is_cancelled_holds_up_nothing() {
    let mut it = Workspace::start(|options| options);
    let model = it.model(json!({}));
    let asked: Vec<_> =
        (0..50).map(|n| it.client.ask("tickmark/views/boxes", json!({ "model": model, "from": n, "minWidth": 0.0 }))).collect();
    for (id, _) in &asked[..49] {
        it.client.notify("$/cancelRequest", json!({ "id": id }));
    }
    assert!(it.hover(1, 10).contains("render"));
    let mut answers = asked.into_iter().map(|(_, answer)| it.client.answer_to(answer));
    for answer in answers.by_ref().take(49) {
        // Answered before it was cancelled, or not at all.
        assert!(answer.as_ref().map_or_else(|error| error["code"] == -32800, |boxes| boxes["width"].is_number()), "{answer:?}");
    }
    assert!(answers.next().unwrap().is_ok());
}

#[test]
fn a_client_hears_of_a_run_that_somebody_else_stored() {
    let mut it = Workspace::start(|options| options);
    while it.client.request("tickmark/runs", Value::Null).unwrap()["runs"].as_array().unwrap().len() < 2 {}
    it.client.expect("tickmark/runsChanged");
    let file = it.root.join("server.js");
    let newest = "20261121-101531-cccc";
    store(&it.root, newest, "server.js", crate::support::measured::SERVER, &profile(&file, &STACKS));
    it.client.notify("textDocument/didSave", json!({ "textDocument": { "uri": it.uri } }));
    it.client.expect("tickmark/runsChanged");
    let runs = it.client.poll("tickmark/runs", Value::Null, |runs| runs["shown"] == json!([newest]));
    assert_eq!(runs["runs"][0]["label"], json!({ "name": null, "pinned": false }));
    assert_eq!((&runs["focus"], &runs["shownFile"]), (&Value::Null, &Value::Null));
}
