//! Stored runs as an editor manages them: names, baselines, deletion and export.

use crate::profile_route::nodes;
use crate::support::client::{Client, Options, uri};
use crate::views_workspace::{HINTS, NEWER, OLDER, OLDER_STACKS, Workspace};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const LABEL: &str = "tickmark/runs/label";
const DELETE: &str = "tickmark/runs/delete";
const EXPORT: &str = "tickmark/runs/export";

/// The labels of the listed runs, newest first.
fn labels(client: &mut Client) -> Vec<Value> {
    let runs = client.request("tickmark/runs", Value::Null).unwrap();
    runs["runs"].as_array().unwrap().iter().map(|run| run["label"].clone()).collect()
}

/// The error of a request that is refused: its code and message.
fn refused(client: &mut Client, method: &str, params: Value) -> (i64, String) {
    let error = client.request(method, params.clone()).expect_err(&format!("{method} {params} is refused"));
    (error["code"].as_i64().unwrap(), error["message"].as_str().unwrap().to_owned())
}

fn run_folder(root: &Path, id: &str) -> PathBuf {
    root.join(".tickmark/runs").join(id)
}

/// Waits until the program of a run that is being written has started, and gives the run's name.
fn running(root: &Path) -> String {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let has_started = root.join("started").is_file();
        let names = fs::read_dir(root.join(".tickmark/runs")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let of_run = |name: String| Some(name.strip_prefix(".partial-")?.split_once('-')?.1.to_owned());
        if let Some(run) = names.filter_map(of_run).next().filter(|_| has_started) {
            return run;
        }
        assert!(Instant::now() < until, "nothing is measured");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn runs_are_named_and_pinned() {
    let mut it = Workspace::start(|options| options);
    let none = json!({ "name": null, "pinned": false });
    assert_eq!(labels(&mut it.client), [none.clone(), none.clone()]);
    it.client.drain("tickmark/runsChanged");
    // Of the start one may still come, and not as many as these.
    for name in ["a", "b", "c", "d", "e", " start "] {
        assert_eq!(it.ask(LABEL, json!({ "runId": OLDER, "name": name })), json!({ "name": name.trim(), "pinned": false }));
        it.client.expect("tickmark/runsChanged");
    }
    // What is left out stays; a pin of another run takes it off the first.
    assert_eq!(it.ask(LABEL, json!({ "runId": OLDER, "pinned": true })), json!({ "name": "start", "pinned": true }));
    assert_eq!(it.ask(LABEL, json!({ "runId": NEWER, "pinned": true })), json!({ "name": null, "pinned": true }));
    assert_eq!(labels(&mut it.client), [json!({ "name": null, "pinned": true }), json!({ "name": "start", "pinned": false })]);
    assert_eq!(it.ask(LABEL, json!({ "runId": OLDER })), json!({ "name": "start", "pinned": false }));
    assert_eq!(it.ask(LABEL, json!({ "runId": OLDER, "name": null })), none);
    assert_eq!(it.ask(LABEL, json!({ "runId": NEWER, "pinned": false })), none);
    // Nothing of what is shown changed.
    assert_eq!(it.hints(), HINTS);
}

#[test]
fn labels_that_cannot_be() {
    let mut it = Workspace::start(|options| options);
    for (run_id, problem) in [("none", "no run none"), ("../x", "not the name of a run"), ("", "not the name of a run")] {
        let (code, message) = refused(&mut it.client, LABEL, json!({ "runId": run_id, "pinned": true }));
        assert_eq!(code, -32602, "{message}");
        assert!(message.contains(problem), "{message}");
    }
    let (code, message) = refused(&mut it.client, LABEL, json!({ "runId": OLDER, "name": "x".repeat(121) }));
    assert!(code == -32602 && message.contains("121 characters"), "{message}");
    let (code, message) = refused(&mut it.client, LABEL, json!({ "runId": OLDER, "name": "a\u{7}b" }));
    assert!(code == -32602 && message.contains("U+0007"), "{message}");
    assert_eq!(refused(&mut it.client, LABEL, json!({ "runId": OLDER, "name": 1 })).0, -32602);
    // A folder in the way of the file: also who may write everything cannot write there.
    fs::create_dir_all(run_folder(&it.root, OLDER).join("label.json/x")).unwrap();
    let (code, message) = refused(&mut it.client, LABEL, json!({ "runId": OLDER, "pinned": true }));
    assert!(code == -32803 && message.contains("label.json") && message.contains(OLDER), "{message}");
    // A label that cannot be read is told and counts as empty.
    let runs = it.ask("tickmark/runs", Value::Null);
    assert_eq!((runs["runs"].as_array().unwrap().len(), &runs["runs"][1]["label"]["pinned"]), (2, &json!(false)));
    assert!(runs["unreadable"][0].as_str().unwrap().contains("label.json"), "{}", runs["unreadable"]);
}

#[test]
fn two_servers_label_the_same_runs_at_once() {
    let mut it = Workspace::start(|options| options);
    let mut other = Client::start(Options::in_folder(&it.root));
    other.poll("tickmark/runs", Value::Null, |runs| runs["runs"].as_array().is_some_and(|runs| runs.len() == 2));
    let mut answers = Vec::new();
    for n in 0..30 {
        let ids = if n % 2 == 0 { [OLDER, NEWER] } else { [NEWER, OLDER] };
        answers.push((true, it.client.ask(LABEL, json!({ "runId": ids[0], "pinned": true })).1));
        answers.push((false, other.ask(LABEL, json!({ "runId": ids[1], "pinned": true })).1));
        answers.push((false, other.ask(LABEL, json!({ "runId": OLDER, "name": format!("name {n}") })).1));
    }
    for (is_first, answer) in answers {
        let client = if is_first { &mut it.client } else { &mut other };
        client.answer_to(answer).unwrap();
    }
    let found = labels(&mut it.client);
    assert_eq!(found, labels(&mut other));
    assert_eq!(found.iter().filter(|label| label["pinned"] == true).count(), 1, "{found:?}");
    assert!(found[1]["name"].as_str().unwrap().starts_with("name "), "{found:?}");
    assert_eq!(it.ask("tickmark/runs", Value::Null)["unreadable"], json!([]));
}

#[test]
fn the_next_newest_run_is_shown_in_place_of_a_deleted_one() {
    let mut it = Workspace::start(|options| options);
    let model = it.model(json!({ "runId": NEWER }));
    it.ask(LABEL, json!({ "runId": NEWER, "pinned": true }));
    assert_eq!(it.hints(), HINTS);
    it.client.drain("tickmark/runsChanged");
    // An editor asks its user about pinned runs itself.
    let answer = it.ask(DELETE, json!({ "runIds": [NEWER, "none", "../../server.js", NEWER] }));
    assert_eq!(answer["deleted"], json!([NEWER]));
    let failed = answer["failed"].as_array().unwrap();
    assert_eq!(failed.iter().map(|failed| failed["runId"].as_str().unwrap()).collect::<Vec<_>>(), ["none", "../../server.js"]);
    assert!(failed[0]["message"].as_str().unwrap().contains("no run none"), "{failed:?}");
    it.client.expect("tickmark/runsChanged");
    assert!(!run_folder(&it.root, NEWER).exists() && it.root.join("server.js").is_file());
    let older = ["2: ƒ 25% self", "3: 25% self", "7: ƒ 75% self", "8: 75% self"];
    assert_eq!(it.hints(), older);
    let runs = it.ask("tickmark/runs", Value::Null);
    assert_eq!((&runs["shown"], runs["runs"].as_array().unwrap().len()), (&json!([OLDER]), 1));
    // A view that has it open goes on.
    let total: u64 = it.ask("tickmark/views/open", json!({ "runId": OLDER }))["overview"]["samples"].as_u64().unwrap();
    assert_eq!(total, u64::from(OLDER_STACKS.iter().map(|(_, samples)| samples).sum::<u32>()));
    assert!(it.client.request("tickmark/views/table", json!({ "model": model, "kind": "bottomUp", "limit": 1 })).is_ok());
    // The last one: nothing is shown.
    assert_eq!(it.ask(DELETE, json!({ "runIds": [OLDER] })), json!({ "deleted": [OLDER], "failed": [] }));
    assert_eq!(it.hints(), [""; 0]);
    let runs = it.ask("tickmark/runs", Value::Null);
    assert_eq!((&runs["shown"], &runs["runs"]), (&json!([]), &json!([])));
    let titles: Vec<String> = it.lenses().iter().map(|lens| lens["command"]["title"].as_str().unwrap().to_owned()).collect();
    assert!(titles.contains(&"▶ Profile GET /hello".to_owned()), "{titles:?}");
}

#[test]
fn a_run_that_is_not_shown_is_deleted_without_a_trace() {
    let mut it = Workspace::start(|options| options);
    it.client.drain("tickmark/runsChanged");
    assert_eq!(it.ask(DELETE, json!({ "runIds": [OLDER] })), json!({ "deleted": [OLDER], "failed": [] }));
    it.client.expect("tickmark/runsChanged");
    assert_eq!(it.hints(), HINTS);
    assert_eq!(it.ask("tickmark/runs", Value::Null)["shown"], json!([NEWER]));
    // Results that were taken off the texts stay off.
    it.execute("tickmark.clearResults", Value::Null);
    fs::create_dir_all(run_folder(&it.root, OLDER)).unwrap();
    assert_eq!(it.ask(DELETE, json!({ "runIds": [OLDER] }))["deleted"], json!([OLDER]));
    assert_eq!(it.hints(), [""; 0]);
    assert_eq!(it.ask(DELETE, json!({ "runIds": [] })), json!({ "deleted": [], "failed": [] }));
}

#[cfg(unix)]
#[test]
fn a_link_among_the_runs_is_not_followed() {
    let mut it = Workspace::start(|options| options);
    let outside = it.root.join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("kept"), "kept").unwrap();
    std::os::unix::fs::symlink(&outside, run_folder(&it.root, "20261121-101530-cccc")).unwrap();
    let answer = it.ask(DELETE, json!({ "runIds": ["20261121-101530-cccc"] }));
    assert!(answer["failed"][0]["message"].as_str().unwrap().contains("is a link"), "{answer}");
    assert!(outside.join("kept").is_file());
}

#[test]
fn runs_and_models_are_exported() {
    let mut it = Workspace::start(|options| options);
    let to = |it: &Workspace, name: &str| it.root.join(name);
    let text = |it: &mut Workspace, params: Value| {
        let answer = it.ask(EXPORT, params.clone());
        assert_eq!(answer["path"], params["to"]);
        let bytes = fs::read(params["to"].as_str().unwrap()).unwrap();
        assert_eq!(answer["bytes"], bytes.len());
        String::from_utf8(bytes).unwrap()
    };
    let path = to(&it, "a.folded");
    let folded = text(&mut it, json!({ "runId": OLDER, "format": "folded", "to": path }));
    let stacks = |folded: &str| folded.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>();
    let us = |line: &String| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap();
    let total = |folded: &str| stacks(folded).iter().map(us).sum::<u64>();
    assert_eq!(total(&folded), 40_000);
    // Replaced; without a name, what is shown.
    assert_eq!(total(&text(&mut it, json!({ "format": "folded", "to": path }))), 100_000);
    for (format, part) in [("cpuprofile", "\"render\""), ("speedscope", "speedscope"), ("svg", "GET /hello"), ("html", "GET /hello")] {
        let path = to(&it, format);
        let text = text(&mut it, json!({ "runId": NEWER, "format": format, "to": path }));
        assert!(text.contains(part) && text.len() > 500, "{format}: {} bytes", text.len());
    }
    let pprof = to(&it, "run.pb.gz");
    it.ask(EXPORT, json!({ "runId": NEWER, "format": "pprof", "to": pprof }));
    assert!(fs::read(&pprof).unwrap().starts_with(&[0x1f, 0x8b]));
    // A file that was opened.
    let file = to(&it, "cpuprofile");
    let opened = to(&it, "opened.cpuprofile");
    fs::rename(file, &opened).unwrap();
    let model = it.model(json!({ "path": opened }));
    let svg = to(&it, "opened.svg");
    assert!(text(&mut it, json!({ "model": model, "format": "svg", "to": svg })).contains("opened.cpuprofile"));
    let left: Vec<_> = fs::read_dir(&it.root).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(left.iter().all(|name| !name.starts_with(".tickmark-")), "{left:?}");
}

#[test]
fn exports_that_cannot_be() {
    let mut it = Workspace::start(|options| options);
    let to = it.root.join("a.svg");
    let model = it.model(json!({ "runId": NEWER }));
    let mut check = |params: Value, code: i64, part: &str| {
        let (found, message) = refused(&mut it.client, EXPORT, params.clone());
        assert!(found == code && message.contains(part), "{params}: {found} {message}");
    };
    check(json!({ "runId": "none", "format": "svg", "to": to }), -32602, "no run none");
    check(json!({ "runId": "../x", "format": "svg", "to": to }), -32602, "not the name of a run");
    check(json!({ "model": "model-99", "format": "svg", "to": to }), -32602, "model-99");
    check(json!({ "runId": NEWER, "model": model, "format": "svg", "to": to }), -32602, "both");
    check(json!({ "runId": NEWER, "format": "pdf", "to": to }), -32602, "pdf");
    check(json!({ "runId": NEWER, "format": "svg", "to": "a.svg" }), -32602, "absolute path");
    check(json!({ "runId": NEWER, "format": "svg", "to": to.join("b.svg") }), -32803, "there is no folder");
    check(json!({ "runId": NEWER, "format": "svg", "to": to.parent() }), -32803, "no ordinary file");
    check(json!({ "runId": NEWER, "format": "svg", "to": "/proc/a.svg" }), -32803, "cannot write");
    assert!(!to.exists());
}

#[test]
fn a_run_that_is_being_measured_is_not_deleted() {
    let node = nodes().remove(0);
    let mut it = Workspace::start(|options| options.ignoring(&["tickmark/runChanged"]));
    let program = it.root.join("endless.js");
    fs::write(&program, "require('fs').writeFileSync('started', ''); setInterval(() => { for (let i = 0; i < 1e6; i++); }, 5);\n").unwrap();
    fs::write(it.root.join("tickmark.json"), json!({ "node": node }).to_string()).unwrap();
    it.client.notify("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri(&it.root.join("tickmark.json")), "type": 1 }] }));
    let launched = it.execute("tickmark.profileEntry", json!({ "uri": uri(&program) }));
    let launch = launched["runId"].as_str().unwrap().to_owned();
    let measured = running(&it.root);
    let answer = it.ask(DELETE, json!({ "runIds": [launch, measured] }));
    assert_eq!(answer["deleted"], json!([]));
    for (failed, part) in answer["failed"].as_array().unwrap().iter().zip(["is measuring endless.js", "is being measured"]) {
        assert!(failed["message"].as_str().unwrap().contains(part), "{answer}");
    }
    let (_, message) = refused(&mut it.client, LABEL, json!({ "runId": measured, "pinned": true }));
    assert!(message.contains("is being measured"), "{message}");
    it.execute("tickmark.stopRun", json!({ "runId": launch }));
    it.client.poll("tickmark/runs", Value::Null, |runs| runs["shown"] == json!([measured]));
    // Now it is stored, under either name.
    assert_eq!(it.ask(LABEL, json!({ "runId": launch, "pinned": true }))["pinned"], true);
    assert_eq!(it.ask(DELETE, json!({ "runIds": [launch] }))["deleted"], json!([launch]));
    it.client.poll("tickmark/runs", Value::Null, |runs| runs["shown"] == json!([NEWER]));
    assert!(!run_folder(&it.root, &measured).exists());
}
