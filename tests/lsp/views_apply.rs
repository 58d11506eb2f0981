//! Older runs and files on the source lines.

use crate::support::measured::{SERVER, STACKS, Stack, profile};
use crate::views_workspace::{HINTS, NEWER, OLDER, Workspace};
use profile::NodeId;
use serde_json::{Value, json};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const OLDER_HINTS: [&str; 4] = ["2: ƒ 25% self", "3: 25% self", "7: ƒ 75% self", "8: 75% self"];

/// Writes the profile of those stacks of `server.js` as V8's inspector would.
fn cpuprofile(it: &Workspace, name: &str, stacks: &[(Stack<'_>, u32)]) -> PathBuf {
    let path = it.root.join(name);
    let mut file = File::create(&path).unwrap();
    formats::write::cpuprofile::write(&profile(&it.root.join("server.js"), stacks), &mut file).unwrap();
    path
}

fn written_at(path: &Path, at: SystemTime) {
    File::options().append(true).open(path).unwrap().set_modified(at).unwrap();
}

#[test]
fn an_older_run_is_shown_as_if_it_were_the_newest() {
    let mut it = Workspace::start(|options| options);
    assert_eq!(it.hints(), HINTS);
    let older = it.model(json!({ "runId": OLDER }));
    assert_eq!(it.ask("tickmark/views/apply", json!({ "model": older })), json!({ "runId": OLDER }));
    it.client.expect("tickmark/runsChanged");
    assert_eq!(it.hints(), OLDER_HINTS);
    assert_eq!(it.ask("tickmark/runs", Value::Null)["shown"], json!([OLDER]));
    // Saving looks for new runs: the newest one is none.
    it.client.notify("textDocument/didSave", json!({ "textDocument": { "uri": it.uri } }));
    std::fs::create_dir_all(it.root.join(".tickmark/runs/20260101-000000-eeee")).unwrap();
    it.client.notify("textDocument/didSave", json!({ "textDocument": { "uri": it.uri } }));
    it.client.poll("tickmark/runs", Value::Null, |runs| runs["unreadable"].as_array().is_some_and(|broken| broken.len() == 1));
    assert_eq!(it.ask("tickmark/runs", Value::Null)["shown"], json!([OLDER]));
    assert_eq!(it.hints(), OLDER_HINTS);
    // And back.
    let newer = it.model(json!({ "runId": NEWER }));
    it.ask("tickmark/views/apply", json!({ "model": newer }));
    assert_eq!(it.hints(), HINTS);
}

#[test]
fn a_file_is_shown_on_the_texts_as_they_are() {
    let mut it = Workspace::start(|options| options);
    let path = cpuprofile(&it, "app.cpuprofile", &STACKS[..2]);
    let model = it.model(json!({ "path": path }));
    assert_eq!(it.ask("tickmark/views/apply", json!({ "model": model })), json!({ "path": path }));
    let shown = ["2: ƒ 100% self", "3: 75% self", "4: 25% self"];
    assert_eq!(it.hints(), shown);
    let runs = it.ask("tickmark/runs", Value::Null);
    assert_eq!((&runs["shown"], &runs["shownFile"]), (&json!([]), &json!(path)));
    let hover = it.hover(2, 3);
    assert!(hover.contains("app.cpuprofile") && !hover.contains("Node") && !hover.contains("Stale"), "{hover}");
    let uri = it.uri.clone();
    // Anchored from now on.
    it.client.edit(&uri, 2, [0, 0], [0, 0], "// new\n");
    assert_eq!(it.hints(), ["3: ƒ 100% self", "4: 75% self", "5: 25% self"]);
    // What is shown is opened without being named, and focused.
    let opened = it.ask("tickmark/views/open", json!({}));
    assert_eq!(opened["path"], json!(path));
    let hello = it.frame(&model, "hello");
    it.ask("tickmark/focus", json!({ "model": model, "frame": hello }));
    assert!(it.hints().iter().all(|hint| hint.ends_with("of hello()")));
    // It is no run: nothing measures it again, and its flamegraph is what is shown.
    let lenses = it.lenses();
    let of_render = lenses.iter().find(|lens| lens["range"]["start"]["line"] == 2).unwrap_or_else(|| panic!("{lenses:#?}"));
    let frame = it.frame(&model, "render");
    let of_file = json!([{ "frame": frame }]);
    assert_eq!((&of_render["command"]["command"], &of_render["command"]["arguments"]), (&json!("tickmark.showFlamegraph"), &of_file));
    let shown = it.execute("tickmark.showFlamegraph", json!({}));
    assert!(std::fs::read_to_string(shown["path"].as_str().unwrap()).unwrap().contains("app.cpuprofile"));
    it.client.expect("window/showDocument");
    let error = it.client.request("tickmark/callTree", json!({})).unwrap_err();
    assert!(error["message"].as_str().unwrap().contains("no run"), "{error}");
    it.execute("tickmark.clearResults", Value::Null);
    assert_eq!(it.ask("tickmark/runs", Value::Null).get("shownFile"), None);
}

#[test]
fn a_text_that_was_written_after_the_profile_is_stale() {
    let mut it = Workspace::start(|options| options);
    let path = cpuprofile(&it, "app.cpuprofile", &STACKS);
    written_at(&path, SystemTime::now() - Duration::from_secs(3_600));
    let model = it.model(json!({ "path": path }));
    it.ask("tickmark/views/apply", json!({ "model": model }));
    assert_eq!(it.hints(), ["2: ƒ 80% stale", "3: 60% stale", "4: 20% stale", "7: ƒ 20% stale", "8: 20% stale"]);
    let hover = it.hover(1, 10);
    assert!(hover.contains("Stale: this file was written after the profile"), "{hover}");
    let heat = it.ask("tickmark/heat", json!({ "textDocument": { "uri": it.uri } }));
    assert!(heat["lines"].as_array().unwrap().iter().all(|line| line["stale"] == true), "{heat:#}");
}

#[test]
fn a_profile_of_other_files_is_shown_nowhere() {
    let mut it = Workspace::start(|options| options);
    let path = cpuprofile(&it, "app.cpuprofile", &STACKS);
    let text = std::fs::read_to_string(&path).unwrap().replace(it.root.to_str().unwrap(), "/no/such/folder");
    std::fs::write(&path, text).unwrap();
    let model = it.model(json!({ "path": path }));
    let error = it.client.request("tickmark/views/apply", json!({ "model": model })).unwrap_err();
    assert_eq!(error["code"], -32803);
    assert!(error["message"].as_str().unwrap().contains("app.cpuprofile has no function in a file of this workspace"), "{error}");
    let render = it.frame(&model, "render");
    assert!(it.client.request("tickmark/focus", json!({ "model": model, "frame": render })).is_err());
    assert_eq!(it.hints(), HINTS);
}

#[test]
fn allocations_are_shown_in_bytes() {
    let mut it = Workspace::start(|options| options);
    // A V8 heap profile of two functions: hello calls render.
    let url = format!("file://{}", it.root.join("server.js").display());
    let frame = |name: &str, line: u32, column: u32| json!({ "functionName": name, "scriptId": "7", "url": url, "lineNumber": line, "columnNumber": column });
    let render = json!({ "callFrame": frame("render", 1, 15), "selfSize": 900_000, "id": 3, "children": [] });
    let hello = json!({ "callFrame": frame("hello", 6, 14), "selfSize": 300_000, "id": 2, "children": [render] });
    let root = json!({ "functionName": "(root)", "scriptId": "0", "url": "", "lineNumber": -1, "columnNumber": -1 });
    let heap = json!({ "head": { "callFrame": root, "selfSize": 0, "id": 1, "children": [hello] }, "samples": [{ "size": 900_000, "nodeId": 3, "ordinal": 1 }] });
    let path = it.root.join("app.heapprofile");
    std::fs::write(&path, heap.to_string()).unwrap();
    let opened = it.ask("tickmark/views/open", json!({ "path": path }));
    assert_eq!((&opened["overview"]["hasCpu"], &opened["overview"]["allocatedBytes"]), (&json!(false), &json!(1_200_000)));
    assert_eq!(opened["subtitle"], "heap profile · 1.2 MB allocated");
    it.ask("tickmark/views/apply", json!({ "model": opened["model"] }));
    assert_eq!(it.hints(), ["2: ƒ 900 kB, 75% of allocations", "7: ƒ 300 kB, 25% of allocations"]);
    let hover = it.hover(6, 10);
    assert!(hover.contains("share of allocations") && hover.contains("1.2 MB"), "{hover}");
    let error =
        it.client.request("workspace/executeCommand", json!({ "command": "tickmark.showFlamegraph", "arguments": [] })).unwrap_err();
    assert!(error["message"].as_str().unwrap().contains("no CPU time"), "{error}");
    let focus = it.frame(opened["model"].as_str().unwrap(), "render");
    let answer = it.ask("tickmark/focus", json!({ "model": opened["model"], "frame": focus }));
    assert_eq!(answer["focus"]["sharePercent"], 75.0);
    assert_eq!(it.hints(), ["2: ƒ 900 kB, 100% of render()"]);
}

#[test]
fn fixtures_are_what_they_say() {
    let whole = profile(Path::new("/app/server.js"), &STACKS);
    assert_eq!(whole.frame(whole.frame_of(NodeId::new(0))).name, "hello");
    assert!(SERVER.contains("function render"));
}
