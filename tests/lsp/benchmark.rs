//! A benchmark of a route, with a real Node: lens → command → progress → lens, baseline and verification.

use crate::profile_route::nodes;
use crate::support::client::{Client, Options, uri};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

const SERVER: &str = r#"const http = require('node:http');

function answer() {
  let sum = 0;
  for (let i = 0; i < ROUNDS; i++) sum += Math.sqrt(i);
  return JSON.stringify({ sum });
}

http.createServer((req, res) => {
  if (req.method === 'GET' && req.url === '/hello') return res.end(answer());
  if (req.method === 'GET' && req.url === '/dies') process.exit(3);
  res.statusCode = 500;
  res.end('nothing but trouble');
}).listen(process.env.PORT ?? 3000, '127.0.0.1');
"#;

fn text(rounds: u32) -> String {
    SERVER.replace("ROUNDS", &rounds.to_string())
}

struct Workspace {
    client: Client,
    root: PathBuf,
    uri: String,
    _folder: TempDir,
}

impl Workspace {
    fn start(prepare: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::write(root.join("server.js"), text(2_000)).unwrap();
        fs::write(root.join("package.json"), r#"{ "main": "server.js" }"#).unwrap();
        let settings = json!({ "node": nodes().remove(0), "load": { "connections": 4, "durationMs": 500, "warmUpMs": 400 } });
        fs::write(root.join("tickmark.json"), settings.to_string()).unwrap();
        prepare(&root);
        let refresh = json!({ "refreshSupport": true });
        let capabilities = json!({ "window": { "workDoneProgress": true }, "workspace": { "codeLens": refresh, "inlayHint": refresh } });
        let ignored = ["$/progress", "window/workDoneProgress/create", "workspace/codeLens/refresh", "workspace/inlayHint/refresh"];
        let mut client = Client::start(Options::in_folder(&root).with(capabilities).ignoring(&ignored));
        let uri = uri(&root.join("server.js"));
        client.open(&uri, "javascript", &text(2_000));
        Self { client, root, uri, _folder: folder }
    }

    fn lenses(&mut self) -> Vec<Value> {
        let lenses = self.client.request("textDocument/codeLens", json!({ "textDocument": { "uri": self.uri } })).unwrap();
        lenses.as_array().unwrap().iter().map(|lens| lens["command"].clone()).collect()
    }

    /// The lens whose title begins so.
    fn lens(&mut self, title: &str) -> Value {
        let lenses = self.lenses();
        let found = lenses.iter().find(|lens| lens["title"].as_str().unwrap().starts_with(title));
        found.unwrap_or_else(|| panic!("no lens {title:?} in {lenses:#?}")).clone()
    }

    fn click(&mut self, title: &str) -> Value {
        let lens = self.lens(title);
        let command = json!({ "command": lens["command"], "arguments": lens["arguments"] });
        self.client.request("workspace/executeCommand", command).unwrap()
    }

    fn execute(&mut self, command: &str, path: &str) -> Value {
        let route = json!({ "uri": self.uri, "method": "GET", "path": path });
        self.client.request("workspace/executeCommand", json!({ "command": command, "arguments": [route] })).unwrap()
    }

    /// How what was launched ended.
    fn end(&mut self) -> Value {
        self.client.expect_that("tickmark/runChanged", |params| params["status"] == "started");
        self.client.expect_that("tickmark/runChanged", |params| params["status"] != "started")["params"].clone()
    }

    fn hover(&mut self) -> String {
        let line = SERVER.lines().position(|line| line.contains("'/hello'")).unwrap();
        let character = SERVER.lines().nth(line).unwrap().find("'/hello'").unwrap();
        let position = json!({ "line": line, "character": character });
        let hover =
            self.client.request("textDocument/hover", json!({ "textDocument": { "uri": self.uri }, "position": position })).unwrap();
        hover["contents"]["value"].as_str().unwrap_or_default().to_owned()
    }
}

fn git(root: &Path, args: &[&str]) {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]).args(args).current_dir(root);
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success(), "git {args:?}");
}

fn commit(root: &Path) {
    fs::write(root.join(".gitignore"), ".tickmark\n").unwrap();
    git(root, &["init", "-q"]);
    git(root, &["add", "."]);
    git(root, &["commit", "-q", "-m", "first"]);
}

#[test]
fn a_click_on_benchmark_puts_the_result_in_the_lens() {
    let mut workspace = Workspace::start(|_| {});
    assert_eq!(workspace.lens("Benchmark GET /hello")["title"], "Benchmark GET /hello");
    assert!(!workspace.hover().contains("Benchmark"), "nothing was measured");
    let launched = workspace.click("Benchmark GET /hello");
    let bar = workspace.client.expect_that("$/progress", |params| params["value"]["kind"] == "begin");
    assert_eq!(bar["params"]["value"]["title"], "Benchmarking GET /hello");
    workspace.lens("■ Stop measuring GET /hello");
    let ended = workspace.end();
    assert_eq!(
        (&ended["status"], &ended["kind"], &ended["launchId"]),
        (&json!("finished"), &json!("load"), &launched["runId"]),
        "{ended:#}"
    );
    let title = workspace.lens("Benchmark GET /hello")["title"].as_str().unwrap().to_owned();
    assert!(title.contains("req/s · p50 ") && !title.contains("stale"), "{title}");
    assert_eq!(workspace.lens("Set as baseline")["arguments"][0]["runId"], ended["runId"]);
    let hover = workspace.hover();
    for part in ["req/s", "p50", "p99", "max", "failed", "connections", "Maximum throughput", "NODE_ENV"] {
        assert!(hover.contains(part), "{part} is not in\n{hover}");
    }
    let runs = workspace.client.request("tickmark/runs", Value::Null).unwrap();
    let run = &runs["runs"][0];
    assert_eq!((&runs["shown"], &run["id"], &run["instruments"]), (&json!([]), &ended["runId"], &json!("load")));
    assert_eq!(run["load"]["sent"], json!(sum(run, &["completed", "failed", "unfinished"])));
    assert!(run["load"]["completed"].as_u64().unwrap() > 0, "{run:#}");
    // The launch's name serves for the run's.
    let opened = workspace.client.request("tickmark/views/open", json!({ "runId": launched["runId"] })).unwrap();
    assert_eq!(opened["load"]["completed"], run["load"]["completed"]);
}

fn sum(run: &Value, keys: &[&str]) -> u64 {
    keys.iter().map(|key| run["load"][*key].as_u64().unwrap()).sum()
}

#[test]
fn a_baseline_is_verified_against_the_working_tree() {
    let mut workspace = Workspace::start(commit);
    workspace.click("Benchmark GET /hello");
    assert_eq!(workspace.end()["status"], "finished");
    let label = workspace.click("Set as baseline");
    assert_eq!(label["pinned"], true);
    let title = workspace.lens("Benchmark GET /hello")["title"].as_str().unwrap().to_owned();
    assert!(title.ends_with(" · baseline ✓"), "{title}");
    assert_eq!(workspace.lens("Verify against baseline")["title"], "Verify against baseline");

    // A hundred times the work.
    let line = u32::try_from(SERVER.lines().position(|line| line.contains("ROUNDS")).unwrap()).unwrap();
    let column = u32::try_from(SERVER.lines().nth(line as usize).unwrap().find("ROUNDS").unwrap()).unwrap();
    let uri = workspace.uri.clone();
    workspace.client.edit(&uri, 2, [line, column], [line, column + 4], "200_000");
    assert!(workspace.lens("stale · Benchmark")["title"].as_str().unwrap().ends_with(" · baseline ✓"));
    fs::write(workspace.root.join("server.js"), text(2_000).replace("2000", "200_000")).unwrap();
    let launched = workspace.click("Verify against baseline");
    // It takes longer than a message may.
    workspace.client.drain("$/progress");
    while workspace.client.expect("$/progress")["params"]["value"]["kind"] != "end" {}
    let ended = workspace.end();
    assert_eq!(
        (&ended["status"], &ended["kind"], &ended["launchId"]),
        (&json!("finished"), &json!("verify"), &launched["runId"]),
        "{ended:#}"
    );
    let told = workspace.client.expect("window/showMessage")["params"]["message"].as_str().unwrap().to_owned();
    assert!(told.starts_with("GET /hello against its baseline: ") && told.contains("% slower ("), "{told}");
    let title = workspace.lens("Verify against baseline · ")["title"].as_str().unwrap().to_owned();
    assert!(title.contains("% slower ("), "{title}");
    let hover = workspace.hover();
    assert!(hover.contains("Verified against the baseline") && hover.contains("rounds of each in turns"), "{hover}");
    // Another change, and nobody knows.
    workspace.client.edit(&uri, 3, [line, column], [line, column + 7], "3");
    workspace.lens("stale · Verify against baseline · ");
}

#[test]
fn a_benchmark_is_stopped_by_its_progress_bar_and_by_the_command() {
    for by_bar in [true, false] {
        let mut workspace = Workspace::start(|_| {});
        let launched = workspace.click("Benchmark GET /hello");
        let token = workspace.client.expect("window/workDoneProgress/create")["params"]["token"].clone();
        workspace.client.expect_that("$/progress", |params| params["value"]["kind"] == "report");
        if by_bar {
            workspace.client.notify("window/workDoneProgress/cancel", json!({ "token": token }));
        } else {
            let stop = json!({ "command": "tickmark.stopRun", "arguments": [{ "runId": launched["runId"] }] });
            assert_eq!(workspace.client.request("workspace/executeCommand", stop).unwrap(), json!({ "stopped": 1 }));
        }
        assert_eq!(workspace.end()["status"], "stopped");
        assert_eq!(workspace.client.request("tickmark/runs", Value::Null).unwrap()["runs"], json!([]));
        assert_eq!(workspace.lens("Benchmark GET /hello")["title"], "Benchmark GET /hello");
    }
}

#[test]
fn a_route_that_fails_is_told_and_the_next_can_be_benchmarked() {
    let mut workspace = Workspace::start(|_| {});
    for (path, expected) in [("/nothing", "500"), ("/dies", "exit code 3")] {
        workspace.execute("tickmark.benchmarkRoute", path);
        let ended = workspace.end();
        assert_eq!((&ended["status"], ended.get("runId")), (&json!("failed"), None), "{ended:#}");
        assert!(ended["message"].as_str().unwrap().contains(expected), "{ended:#}");
        let told = workspace.client.expect("window/showMessage")["params"]["message"].as_str().unwrap().to_owned();
        assert!(told.contains(&format!("GET {path}")) && told.contains(expected), "{told}");
    }
    workspace.execute("tickmark.benchmarkRoute", "/hello");
    assert_eq!(workspace.end()["status"], "finished");
}
