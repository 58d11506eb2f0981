//! Percentages of one function, and the way back.

use crate::support::client::uri;
use crate::support::measured::{SERVER, STACKS, Stack, profile, store};
use crate::views_workspace::{HINTS, NEWER, OLDER, Workspace};
use serde_json::{Value, json};
use std::path::Path;

const OF_RENDER: [&str; 3] = ["2: ƒ 100% self of render()", "3: 75% self of render()", "4: 25% self of render()"];
const WAY_BACK: &str = "Percentages are of render() · show everything";

/// A workspace whose percentages are of `render`, and the answer.
fn focused() -> (Workspace, Value) {
    let mut it = Workspace::start(|options| options);
    let model = it.model(json!({}));
    let render = it.frame(&model, "render");
    let answer = it.ask("tickmark/focus", json!({ "model": model, "frame": render }));
    assert_eq!(answer["focus"]["frame"]["id"], render);
    (it, answer)
}

fn is_focused(it: &mut Workspace) -> bool {
    !it.ask("tickmark/runs", Value::Null)["focus"].is_null()
}

#[test]
fn percentages_are_of_one_function() {
    let (mut it, answer) = focused();
    let focus = &answer["focus"];
    assert_eq!((&focus["label"], &focus["sharePercent"], &focus["frame"]["name"]), (&json!("render()"), &json!(80.0), &json!("render")));
    assert_eq!(it.hints(), OF_RENDER);
    let lenses = it.lenses();
    let way_back = &lenses[0];
    assert_eq!((&way_back["command"]["title"], &way_back["command"]["command"]), (&json!(WAY_BACK), &json!("tickmark.clearFocus")));
    assert_eq!(way_back["range"]["start"], json!({ "line": 0, "character": 0 }));
    assert!(lenses.iter().any(|lens| lens["command"]["title"] == "self 100% · total 100% of render() · turbofan"), "{lenses:#?}");
    let hover = it.hover(1, 10);
    assert!(hover.contains("share of render()") && hover.contains("Percentages are of render(), 80% of GET /hello."), "{hover}");
    let heat = it.ask("tickmark/heat", json!({ "textDocument": { "uri": it.uri } }));
    let shares: Vec<f64> = heat["lines"].as_array().unwrap().iter().map(|line| line["selfPercent"].as_f64().unwrap()).collect();
    assert_eq!(shares, [75.0, 25.0]);
    let spots = it.execute("tickmark.hotspots", json!({ "message": false }));
    assert_eq!((&spots[0]["name"], &spots[0]["selfPercent"], &spots[1]), (&json!("render"), &json!(100.0), &Value::Null));
    let runs = it.ask("tickmark/runs", Value::Null);
    assert_eq!((&runs["focus"], &runs["shown"]), (focus, &json!([NEWER])));
    // The model that a view shows is the whole all the same.
    assert_eq!(it.ask("tickmark/views/open", json!({}))["overview"]["samples"], 100);
}

#[test]
fn diagnostics_are_of_the_function() {
    let mut it = Workspace::start(|mut options| {
        options.ignored.push("workspace/diagnostic/refresh");
        options.with(json!({ "textDocument": { "diagnostic": {} }, "workspace": { "diagnostics": { "refreshSupport": true } } }))
    });
    let model = it.model(json!({}));
    let render = it.frame(&model, "render");
    it.ask("tickmark/focus", json!({ "model": model, "frame": render }));
    it.client.expect("workspace/diagnostic/refresh");
    let report = it.ask("textDocument/diagnostic", json!({ "textDocument": { "uri": it.uri } }));
    let messages: Vec<&str> = report["items"].as_array().unwrap().iter().map(|item| item["message"].as_str().unwrap()).collect();
    assert_eq!(
        messages,
        [
            "Hot function render: 100% self (80 ms, 80 samples), 100% total of render()",
            "Hot line in ƒ render: 75% self (60 ms, 60 samples), 75% total of render()",
            "Hot line in ƒ render: 25% self (20 ms, 20 samples), 25% total of render()",
        ]
    );
}

#[test]
fn every_way_back() {
    type Back = fn(&mut Workspace);
    let ways: [(&str, Back); 4] = [
        ("the command of the lens", |it| drop(it.execute("tickmark.clearFocus", Value::Null))),
        ("the request", |it| drop(it.ask("tickmark/focus", json!({ "model": "model-1", "frame": null })))),
        ("another run is applied and the first one again", |it| {
            let older = it.model(json!({ "runId": OLDER }));
            it.ask("tickmark/views/apply", json!({ "model": older }));
            it.ask("tickmark/views/apply", json!({ "model": "model-1" }));
        }),
        ("the code action", |it| {
            let at = json!({ "line": 10, "character": 0 });
            let context = json!({ "diagnostics": [] });
            let params = json!({ "textDocument": { "uri": it.uri }, "range": { "start": at, "end": at }, "context": context });
            let actions = it.ask("textDocument/codeAction", params);
            let title = "Show percentages of everything, not of render()";
            let action = actions.as_array().unwrap().iter().find(|action| action["title"] == title);
            let command = action.unwrap_or_else(|| panic!("no {title:?} in {actions:#}"))["command"].clone();
            it.execute(command.as_str().unwrap(), Value::Null);
        }),
    ];
    for (name, back) in ways {
        let (mut it, _) = focused();
        assert_eq!(it.hints(), OF_RENDER);
        it.client.expect("tickmark/runsChanged");
        back(&mut it);
        it.client.expect("tickmark/runsChanged");
        assert_eq!(it.hints(), HINTS, "{name}");
        assert!(it.lenses().iter().all(|lens| lens["command"]["title"] != WAY_BACK), "{name}");
        assert!(!is_focused(&mut it), "{name}");
    }
}

#[test]
fn it_ends_with_newer_results_and_with_none() {
    let (mut it, _) = focused();
    it.execute("tickmark.clearResults", Value::Null);
    assert!(!is_focused(&mut it) && it.hints().is_empty());
    // Nothing is shown that could be focused.
    let render = it.frame("model-1", "render");
    let error = it.client.request("tickmark/focus", json!({ "model": "model-1", "frame": render })).unwrap_err();
    assert_eq!(error["code"], -32803);

    let (mut it, _) = focused();
    let file = it.root.join("server.js");
    store(&it.root, "20261121-101531-cccc", "server.js", SERVER, &profile(&file, &STACKS));
    it.client.notify("textDocument/didSave", json!({ "textDocument": { "uri": it.uri } }));
    it.client.poll("tickmark/runs", Value::Null, |runs| runs["shown"] == json!(["20261121-101531-cccc"]));
    assert!(!is_focused(&mut it));
    assert_eq!(it.hints(), HINTS);
}

#[test]
fn the_way_back_is_in_every_text_with_results() {
    let mut it = Workspace::start(|options| options);
    let (other, cold) = (it.root.join("other.js"), it.root.join("cold.js"));
    std::fs::write(&other, "function other() {\n  return 1;\n}\n").unwrap();
    std::fs::write(&cold, "function cold() {}\n").unwrap();
    let stacks: [(Stack<'_>, u32); 1] = [(&[("other", 1, 15, 2)], 50)];
    let mut threads = vec![("(main thread)".to_owned(), profile(&it.root.join("server.js"), &STACKS))];
    threads.push(("(worker 1)".to_owned(), profile(&other, &stacks)));
    let merged = profile::merge::merge(threads);
    store(&it.root, "20261121-101531-cccc", "server.js", SERVER, &merged);
    it.client.notify("textDocument/didSave", json!({ "textDocument": { "uri": it.uri } }));
    it.client.poll("tickmark/runs", Value::Null, |runs| runs["shown"] == json!(["20261121-101531-cccc"]));
    let model = it.model(json!({}));
    let render = it.frame(&model, "render");
    it.ask("tickmark/focus", json!({ "model": model, "frame": render }));
    let mut titles = |path: &Path| {
        let uri = uri(path);
        it.client.open(&uri, "javascript", &std::fs::read_to_string(path).unwrap());
        let lenses = it.ask("textDocument/codeLens", json!({ "textDocument": { "uri": uri } }));
        lenses.as_array().unwrap().iter().map(|lens| lens["command"]["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // Nothing of it is below `render`, and one who wonders why finds the way back.
    assert_eq!(titles(&other), [WAY_BACK]);
    assert_eq!(titles(&cold), [""; 0]);
}

#[test]
fn the_editor_is_asked_to_ask_anew() {
    let refresh = json!({ "refreshSupport": true });
    let methods = ["workspace/codeLens/refresh", "workspace/inlayHint/refresh"];
    let mut it = Workspace::start(|options| options.with(json!({ "workspace": { "codeLens": refresh, "inlayHint": refresh } })));
    // Those of the stored run.
    methods.iter().for_each(|method| drop(it.client.expect(method)));
    let model = it.model(json!({}));
    let render = it.frame(&model, "render");
    it.ask("tickmark/focus", json!({ "model": model, "frame": render }));
    methods.iter().for_each(|method| drop(it.client.expect(method)));
    it.client.ignore(&methods);
}

#[test]
fn a_function_of_an_older_run_is_found_in_the_one_that_is_shown() {
    let mut it = Workspace::start(|options| options);
    let older = it.model(json!({ "runId": OLDER }));
    let render = it.frame(&older, "render");
    let answer = it.ask("tickmark/focus", json!({ "model": older, "frame": render }));
    assert_eq!(answer["focus"]["sharePercent"], 80.0, "of the run that is shown");
    assert_eq!(it.hints(), OF_RENDER);

    // A run with a function that is not in the shown one.
    let file = it.root.join("server.js");
    let stacks: [(Stack<'_>, u32); 1] = [(&[("gone", 3, 1, 3)], 10)];
    store(&it.root, "20261121-101529-dddd", "server.js", SERVER, &profile(&file, &stacks));
    let other = it.model(json!({ "runId": "20261121-101529-dddd" }));
    let gone = it.frame(&other, "gone");
    let error = it.client.request("tickmark/focus", json!({ "model": other, "frame": gone })).unwrap_err();
    assert!(error["message"].as_str().unwrap().contains("gone() is not in GET /hello"), "{error}");
    assert_eq!(it.hints(), OF_RENDER, "as before");
}
