//! A click on a route, with a real Node: lens → command → progress → hints.

use crate::support::client::{Client, Options, uri};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Node binaries to test with.
pub fn nodes() -> Vec<PathBuf> {
    let listed = std::env::var_os("TICKMARK_TEST_NODES").unwrap_or_default();
    let mut nodes: Vec<PathBuf> = std::env::split_paths(&listed).filter(|node| !node.as_os_str().is_empty()).collect();
    if nodes.is_empty() {
        let path = std::env::var_os("PATH").unwrap_or_default();
        nodes.extend(std::env::split_paths(&path).map(|folder| folder.join("node")).find(|node| node.is_file()));
    }
    assert!(!nodes.is_empty(), "no Node: put one on PATH, or name some in TICKMARK_TEST_NODES");
    nodes
}

/// A copy of the project, with short measurements.
fn project(node: &Path) -> (TempDir, PathBuf) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/projects/hello-server");
    let folder = tempfile::tempdir().unwrap();
    // Node names files without symbolic links.
    let root = folder.path().canonicalize().unwrap();
    for name in ["server.js", "template.js", "package.json"] {
        std::fs::copy(from.join(name), root.join(name)).unwrap();
    }
    let settings = json!({ "node": node, "load": { "connections": 4, "durationMs": 1500, "warmUpMs": 1500 } });
    std::fs::write(root.join("tickmark.json"), settings.to_string()).unwrap();
    (folder, root)
}

fn open(client: &mut Client, root: &Path, name: &str) -> String {
    let uri = uri(&root.join(name));
    client.open(&uri, "javascript", &std::fs::read_to_string(root.join(name)).unwrap());
    uri
}

fn route_lens(client: &mut Client, uri: &str) -> Value {
    let lenses = client.request("textDocument/codeLens", json!({ "textDocument": { "uri": uri } })).unwrap();
    let is_route = |lens: &&Value| lens["command"]["title"].as_str().unwrap().contains("GET /hello");
    lenses.as_array().unwrap().iter().find(is_route).unwrap_or_else(|| panic!("no lens of GET /hello in {lenses:#}")).clone()
}

fn capabilities() -> Value {
    let refresh = json!({ "refreshSupport": true });
    json!({ "window": { "workDoneProgress": true }, "workspace": { "codeLens": refresh, "inlayHint": refresh } })
}

#[test]
fn a_click_on_a_route_puts_hints_on_its_hot_lines() {
    for node in nodes() {
        let (_folder, root) = project(&node);
        let options = Options::in_folder(&root).with(capabilities()).ignoring(&[
            "$/progress",
            "workspace/codeLens/refresh",
            "workspace/inlayHint/refresh",
        ]);
        let mut client = Client::start(options);
        let (server, template) = (open(&mut client, &root, "server.js"), open(&mut client, &root, "template.js"));

        let lens = route_lens(&mut client, &server);
        assert_eq!(lens["command"]["title"], "▶ Profile GET /hello");
        let command = json!({ "command": lens["command"]["command"], "arguments": lens["command"]["arguments"] });
        let launched = client.request("workspace/executeCommand", command.clone()).unwrap();
        let token = client.expect("window/workDoneProgress/create")["params"]["token"].clone();
        client.expect_that("$/progress", |params| params["token"] == token && params["value"]["kind"] == "begin");
        // A second one would disturb it, and its lens stops it.
        assert_eq!(client.request("workspace/executeCommand", command).unwrap_err()["code"], -32803);
        assert!(route_lens(&mut client, &server)["command"]["title"].as_str().unwrap().starts_with("■ Stop"));
        client.expect_that("$/progress", |params| params["token"] == token && params["value"]["kind"] == "report");
        client.expect_that("$/progress", |params| params["token"] == token && params["value"]["kind"] == "end");
        let ended = client.expect_that("tickmark/runChanged", |params| params["status"] != "started");
        assert_eq!(
            (&ended["params"]["status"], &ended["params"]["launchId"]),
            (&json!("finished"), &launched["runId"]),
            "{node:?} {ended}"
        );
        client.expect_that("tickmark/runChanged", |params| params["status"] == "started");

        let title = route_lens(&mut client, &server)["command"]["title"].as_str().unwrap().to_owned();
        assert!(title.contains("req/s · p99"), "{title}");
        let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 999, "character": 0 } });
        let hints = client.request("textDocument/inlayHint", json!({ "textDocument": { "uri": template }, "range": range })).unwrap();
        let text = std::fs::read_to_string(root.join("template.js")).unwrap();
        let escape = text.lines().position(|line| line.contains("function escapeHtml")).unwrap();
        let label = |hint: &Value| hint["label"].as_str().unwrap().to_owned();
        let of_escape = hints.as_array().unwrap().iter().find(|hint| hint["position"]["line"] == escape).map(label);
        assert!(of_escape.is_some_and(|label| label.starts_with('ƒ')), "{node:?} no hint at escapeHtml in {hints:#}");
        let tree = client.request("tickmark/callTree", json!({ "runId": ended["params"]["runId"] })).unwrap();
        assert!(tree["total"].as_u64().unwrap() > 0);
    }
}

/// An editor asks some time after it was told that there are other lenses: it is told early enough to have asked by the end of the run.
#[test]
fn lenses_are_asked_for_at_the_beginning_and_shortly_before_the_end_and_once_more() {
    let (_folder, root) = project(&nodes().remove(0));
    let ignored = ["$/progress", "window/workDoneProgress/create", "workspace/inlayHint/refresh"];
    let mut client = Client::start(Options::in_folder(&root).with(capabilities()).ignoring(&ignored));
    let server = open(&mut client, &root, "server.js");
    let lens = route_lens(&mut client, &server);
    client.drain("workspace/codeLens/refresh");
    let command = json!({ "command": lens["command"]["command"], "arguments": lens["command"]["arguments"] });
    client.request("workspace/executeCommand", command).unwrap();
    client.expect_that("tickmark/runChanged", |params| params["status"] == "started");

    client.expect("workspace/codeLens/refresh");
    assert!(route_lens(&mut client, &server)["command"]["title"].as_str().unwrap().starts_with("■ Stop"));
    client.expect("workspace/codeLens/refresh");
    assert_eq!(client.drain("tickmark/runChanged"), 0, "the run has ended already");
    // This answer is the end's, where that is not much later than was foreseen.
    let early = route_lens(&mut client, &server)["command"]["title"].as_str().unwrap().to_owned();
    client.expect("workspace/codeLens/refresh");
    let last = route_lens(&mut client, &server)["command"]["title"].as_str().unwrap().to_owned();
    assert!(last.contains("req/s · p99"), "{last}");
    assert!(early == last || early.starts_with("■ Stop"), "{early}");
    assert_eq!(client.expect("tickmark/runChanged")["params"]["status"], "finished");
}

#[test]
fn a_run_is_stopped_by_its_progress_bar_and_by_the_command() {
    let node = nodes().remove(0);
    for by_bar in [true, false] {
        let (_folder, root) = project(&node);
        let options = Options::in_folder(&root).with(capabilities()).ignoring(&[
            "$/progress",
            "workspace/codeLens/refresh",
            "workspace/inlayHint/refresh",
        ]);
        let mut client = Client::start(options);
        let server = open(&mut client, &root, "server.js");
        let lens = route_lens(&mut client, &server);
        let command = json!({ "command": lens["command"]["command"], "arguments": lens["command"]["arguments"] });
        let launched = client.request("workspace/executeCommand", command).unwrap();
        client.expect_that("tickmark/runChanged", |params| params["status"] == "started");
        let token = client.expect("window/workDoneProgress/create")["params"]["token"].clone();
        client.expect_that("$/progress", |params| params["value"]["kind"] == "report");
        if by_bar {
            client.notify("window/workDoneProgress/cancel", json!({ "token": token }));
        } else {
            let stop = json!({ "command": "tickmark.stopRun", "arguments": [{ "runId": launched["runId"] }] });
            assert_eq!(client.request("workspace/executeCommand", stop).unwrap(), json!({ "stopped": 1 }));
        }
        let ended = client.expect("tickmark/runChanged");
        assert_eq!(ended["params"]["status"], "stopped", "{ended}");
        assert_eq!(client.request("tickmark/runs", Value::Null).unwrap()["runs"], json!([]));
    }
}

#[test]
fn nothing_outlives_an_editor_that_vanishes() {
    let node = nodes().remove(0);
    let (_folder, root) = project(&node);
    // The program tells its process.
    let text = std::fs::read_to_string(root.join("server.js")).unwrap();
    let text = format!("require('node:fs').writeFileSync(__dirname + '/pid', String(process.pid));\n{text}");
    std::fs::write(root.join("server.js"), &text).unwrap();
    let mut client = Client::start(Options::in_folder(&root).ignoring(&["tickmark/runChanged"]));
    let server = open(&mut client, &root, "server.js");
    let lens = route_lens(&mut client, &server);
    let command = json!({ "command": lens["command"]["command"], "arguments": lens["command"]["arguments"] });
    client.request("workspace/executeCommand", command).unwrap();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    let pid = loop {
        match std::fs::read_to_string(root.join("pid")).ok().and_then(|pid| pid.parse::<i32>().ok()) {
            Some(pid) => break pid,
            None => assert!(std::time::Instant::now() < until, "the program never began"),
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    };
    client.vanish();
    let lives = || nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), None).is_ok();
    while lives() {
        assert!(std::time::Instant::now() < until, "the program outlives the server");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// A copy of the recursive program that runs for that many milliseconds, and makes the file `warm` when there is something to show for it.
fn program(node: &Path, ms: u32) -> (TempDir, PathBuf) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/projects/recursion/main.js");
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let text = std::fs::read_to_string(from).unwrap();
    let told = text.replace(
        "while (Date.now() < end) checksum",
        "let rounds = 0;\nwhile (Date.now() < end) if (++rounds === 20_000) require('fs').writeFileSync('warm', ''); else checksum",
    );
    assert_ne!(told, text);
    std::fs::write(root.join("main.js"), told).unwrap();
    std::fs::write(root.join("package.json"), r#"{ "main": "main.js" }"#).unwrap();
    let settings = json!({ "node": node, "args": [ms.to_string()] });
    std::fs::write(root.join("tickmark.json"), settings.to_string()).unwrap();
    (folder, root)
}

#[test]
fn a_program_is_measured_to_its_end_or_until_it_is_stopped() {
    let node = nodes().remove(0);
    for stopped in [false, true] {
        // An hour, if it were not stopped.
        let (_folder, root) = program(&node, if stopped { 3_600_000 } else { 800 });
        let options = Options::in_folder(&root).with(capabilities()).ignoring(&[
            "$/progress",
            "window/workDoneProgress/create",
            "workspace/codeLens/refresh",
            "workspace/inlayHint/refresh",
        ]);
        let mut client = Client::start(options);
        let uri = open(&mut client, &root, "main.js");
        let document = json!({ "textDocument": { "uri": uri } });
        let lens = client.request("textDocument/codeLens", document.clone()).unwrap()[0].clone();
        assert_eq!(lens["command"]["title"], "▶ Profile main.js");
        let command = json!({ "command": lens["command"]["command"], "arguments": lens["command"]["arguments"] });
        client.request("workspace/executeCommand", command).unwrap();
        client.expect_that("tickmark/runChanged", |params| params["status"] == "started");
        if stopped {
            client.expect_that("$/progress", |params| params["value"]["message"].as_str().is_some_and(|text| !text.is_empty()));
            let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
            while !root.join("warm").exists() {
                assert!(std::time::Instant::now() < until, "the program does not begin");
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            client.request("workspace/executeCommand", json!({ "command": "tickmark.stopRun" })).unwrap();
        }
        let ended = client.expect("tickmark/runChanged");
        assert_eq!(ended["params"]["status"], "finished", "{ended}");
        let lenses = client.request("textDocument/codeLens", document).unwrap();
        assert!(lenses[0]["command"]["title"].as_str().unwrap().starts_with("▶ Profile main.js · active "), "{lenses:#}");
        let spots = client.request("workspace/executeCommand", json!({ "command": "tickmark.hotspots" })).unwrap();
        client.expect("window/showMessage");
        assert_eq!(spots[0]["name"], "leaf", "{spots:#}");
    }
}
