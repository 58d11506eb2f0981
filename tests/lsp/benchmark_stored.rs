//! Stored benchmarks as an editor sees them: lenses, hover, baselines, views and files. Nothing is run.

use crate::support::client::{Client, Options, uri};
use crate::support::measured::{SERVER, STACKS, profile, store};
use runs::{Instruments, RunRecord};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const PROFILED: &str = "20261121-101530-aaaa";
const OLDER: &str = "20261121-101540-bbbb";
const NEWER: &str = "20261121-101550-cccc";

/// Stores a benchmark of `GET /hello` of `server.js`, as it would lie there after a measurement.
fn store_benchmark(root: &Path, id: &str, requests_per_second: f64, change: impl FnOnce(&mut RunRecord)) {
    let mut record = store(root, id, "server.js", SERVER, &profile(&root.join("server.js"), &[])).record;
    record.instruments = Instruments::Load;
    record.comparison = None;
    let load = record.load.as_mut().unwrap();
    load.requests_per_second = requests_per_second;
    change(&mut record);
    fs::write(root.join(".tickmark/runs").join(id).join("run.json"), serde_json::to_vec(&record).unwrap()).unwrap();
}

struct Workspace {
    client: Client,
    root: PathBuf,
    uri: String,
    _folder: TempDir,
}

impl Workspace {
    /// A profile and, after it, a benchmark.
    fn start(options: impl FnOnce(Options) -> Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::write(root.join("server.js"), SERVER).unwrap();
        store(&root, PROFILED, "server.js", SERVER, &profile(&root.join("server.js"), &STACKS));
        store_benchmark(&root, OLDER, 10_000.0, |_| {});
        let mut client = Client::start(options(Options::in_folder(&root)));
        let uri = uri(&root.join("server.js"));
        client.open(&uri, "javascript", SERVER);
        client.poll("tickmark/runs", Value::Null, |runs| runs["shown"] == json!([PROFILED]));
        Self { client, root, uri, _folder: folder }
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.client.request(method, params.clone()).unwrap_or_else(|error| panic!("{method} {params}: {error:#}"))
    }

    fn execute(&mut self, command: &str, argument: Value) -> Result<Value, Value> {
        self.client.request("workspace/executeCommand", json!({ "command": command, "arguments": [argument] }))
    }

    /// Titles of the lenses of `GET /hello` from the one that benchmarks on.
    fn lenses(&mut self) -> Vec<String> {
        let lenses = self.ask("textDocument/codeLens", json!({ "textDocument": { "uri": self.uri } }));
        titles(&lenses)
    }

    fn lenses_are(&mut self, expected: &[&str]) {
        let is_expected = |lenses: &Value| titles(lenses) == expected;
        self.client.poll("textDocument/codeLens", json!({ "textDocument": { "uri": self.uri } }), is_expected);
    }

    fn hover(&mut self) -> String {
        let line = SERVER.lines().position(|line| line.starts_with("app.get")).unwrap();
        let at = json!({ "line": line, "character": 5 });
        let hover = self.ask("textDocument/hover", json!({ "textDocument": { "uri": self.uri }, "position": at }));
        hover["contents"]["value"].as_str().unwrap().to_owned()
    }

    fn hints(&mut self) -> usize {
        let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
        let hints = self.ask("textDocument/inlayHint", json!({ "textDocument": { "uri": self.uri }, "range": range }));
        hints.as_array().unwrap().len()
    }
}

fn titles(lenses: &Value) -> Vec<String> {
    let titles = lenses.as_array().unwrap().iter().map(|lens| lens["command"]["title"].as_str().unwrap().to_owned());
    titles.filter(|title| title.contains("Benchmark") || title.contains("baseline")).collect()
}

const BENCHMARK: &str = "Benchmark GET /hello · 10k req/s · p50 1 ms";

#[test]
fn a_benchmark_does_not_take_the_profile_off_the_lines() {
    let mut workspace = Workspace::start(|options| options);
    workspace.lenses_are(&[BENCHMARK, "Set as baseline"]);
    let hints = workspace.hints();
    assert!(hints > 0);
    store_benchmark(&workspace.root, NEWER, 12_000.0, |_| {});
    let runs = workspace.client.poll("tickmark/runs", Value::Null, |runs| runs["runs"].as_array().unwrap().len() == 3);
    workspace.lenses_are(&["Benchmark GET /hello · 12k req/s · p50 1 ms", "Set as baseline"]);
    assert_eq!((workspace.hints(), &runs["shown"]), (hints, &json!([PROFILED])));
    assert_eq!((&runs["runs"][0]["instruments"], &runs["runs"][0]["load"]["requestsPerSecond"]), (&json!("load"), &json!(12_000.0)));
    let lenses = workspace.ask("textDocument/codeLens", json!({ "textDocument": { "uri": workspace.uri } }));
    let profiled = "▶ Profile GET /hello · 5.8k req/s · p99 4.1 ms ↓12%";
    assert!(lenses.as_array().unwrap().iter().any(|lens| lens["command"]["title"] == profiled), "{lenses:#}");
}

#[test]
fn baselines_are_set_and_unset() {
    let refreshes = json!({ "workspace": { "codeLens": { "refreshSupport": true } } });
    let mut workspace = Workspace::start(|options| options.with(refreshes));
    workspace.lenses_are(&[BENCHMARK, "Set as baseline"]);
    let lenses = workspace.ask("textDocument/codeLens", json!({ "textDocument": { "uri": workspace.uri } }));
    let set = lenses.as_array().unwrap().iter().find(|lens| lens["command"]["title"] == "Set as baseline").unwrap()["command"].clone();
    assert_eq!(
        (&set["command"], &set["arguments"]),
        (&json!("tickmark.setBaseline"), &json!([{ "runId": OLDER, "method": "GET", "path": "/hello" }]))
    );
    workspace.client.drain("workspace/codeLens/refresh");
    let label = workspace.execute("tickmark.setBaseline", set["arguments"][0].clone()).unwrap();
    assert_eq!(label, json!({ "name": null, "pinned": true }));
    workspace.client.expect("workspace/codeLens/refresh");
    // Outside git its code is not kept, so nothing can be verified against it.
    assert_eq!(workspace.lenses(), [format!("{BENCHMARK} · baseline ✓")]);
    assert!(workspace.hover().contains("The baseline's code is not kept"), "{}", workspace.hover());

    let kept = |record: &mut RunRecord| {
        record.git = serde_json::from_value(json!({ "commit": "0123456789abcdef", "dirty": false })).unwrap();
        record.load.as_mut().unwrap().client_limited = true;
    };
    store_benchmark(&workspace.root, NEWER, 12_000.0, kept);
    workspace.client.poll("tickmark/runs", Value::Null, |runs| runs["runs"].as_array().unwrap().len() == 3);
    let compared = "Benchmark GET /hello · limited by the generator · 12k req/s · p50 1 ms · ↑20% vs baseline";
    workspace.lenses_are(&[compared, "Set as baseline"]);
    let hover = workspace.hover();
    assert!(hover.lines().nth(2).is_some_and(|line| line.starts_with("The load generator was the limit")), "{hover}");
    for part in ["baseline", "↑20%", "commit 0123456789", "NODE_ENV unset", "Node 22.1.0"] {
        assert!(hover.contains(part), "{part} is not in\n{hover}");
    }
    workspace.execute("tickmark.setBaseline", json!({ "runId": NEWER })).unwrap();
    let limited = "Benchmark GET /hello · limited by the generator · 12k req/s · p50 1 ms · baseline ✓";
    workspace.lenses_are(&[limited, "Verify against baseline"]);
    workspace.ask("tickmark/runs/label", json!({ "runId": NEWER, "pinned": false }));
    workspace.lenses_are(&["Benchmark GET /hello · limited by the generator · 12k req/s · p50 1 ms", "Set as baseline"]);
    workspace.ask("tickmark/runs/delete", json!({ "runIds": [NEWER] }));
    workspace.lenses_are(&[BENCHMARK, "Set as baseline"]);
    workspace.ask("tickmark/runs/delete", json!({ "runIds": [OLDER] }));
    workspace.lenses_are(&["Benchmark GET /hello"]);
    workspace.client.ignore(&["workspace/codeLens/refresh"]);
}

#[test]
fn a_changed_handler_makes_it_stale_until_the_change_is_undone() {
    let mut workspace = Workspace::start(|options| options);
    workspace.lenses_are(&[BENCHMARK, "Set as baseline"]);
    let line = u32::try_from(SERVER.lines().position(|line| line.contains("heavy(items)")).unwrap()).unwrap();
    let uri = workspace.uri.clone();
    // In `render`, which the handler calls.
    workspace.client.edit(&uri, 2, [line, 2], [line, 2], "/* */ ");
    workspace.lenses_are(&[&format!("stale · {BENCHMARK}"), "Set as baseline"]);
    assert!(workspace.hover().contains("Stale: the code of this route was changed"));
    workspace.client.edit(&uri, 3, [line, 2], [line, 8], "");
    workspace.client.edit(&uri, 4, [0, 0], [0, 0], "// not in the handler\n");
    workspace.lenses_are(&[BENCHMARK, "Set as baseline"]);
}

#[test]
fn a_baseline_under_another_load_is_told_and_not_compared_with() {
    let mut workspace = Workspace::start(|options| options);
    workspace.execute("tickmark.setBaseline", json!({ "runId": OLDER })).unwrap();
    store_benchmark(&workspace.root, NEWER, 12_000.0, |record| record.load.as_mut().unwrap().connections = 20);
    workspace.client.poll("tickmark/runs", Value::Null, |runs| runs["runs"].as_array().unwrap().len() == 3);
    workspace.lenses_are(&["Benchmark GET /hello · 12k req/s · p50 1 ms", "Set as baseline"]);
    let hover = workspace.hover();
    assert!(hover.contains("Not comparable with the baseline of ") && hover.contains("The loads differ"), "{hover}");
}

/// What a verification stores: a benchmark with the comparison.
#[test]
fn a_verification_is_shown_again_by_the_next_session() {
    let mut workspace = Workspace::start(|options| options);
    store_benchmark(&workspace.root, OLDER, 10_000.0, |record| {
        record.git = serde_json::from_value(json!({ "commit": "0123456789abcdef", "dirty": false })).unwrap();
    });
    workspace.execute("tickmark.setBaseline", json!({ "runId": OLDER })).unwrap();
    store_benchmark(&workspace.root, NEWER, 12_000.0, |record| {
        let figure =
            json!({ "figure": "requestsPerSecond", "a": 1e4, "b": 1.2e4, "ratio": 1.2, "interval": [1.1, 1.3], "verdict": "better" });
        let side = json!({ "label": "x", "commit": null, "nodeEnv": null });
        record.versus = serde_json::from_value(json!({ "a": side, "b": side, "rounds": [], "figures": [figure], "notes": [] })).unwrap();
        record.comparison = serde_json::from_value(json!({ "with": OLDER, "baseline": true })).unwrap();
    });
    let verified = ["Benchmark GET /hello · 12k req/s · p50 1 ms · ↑20% vs baseline", "Verify against baseline · 20% faster (10% to 30%)"];
    let mut other = Client::start(Options::in_folder(&workspace.root));
    other.open(&workspace.uri, "javascript", SERVER);
    let document = json!({ "textDocument": { "uri": workspace.uri } });
    other.poll("textDocument/codeLens", document, |lenses| titles(lenses) == verified);
    // With another baseline it says nothing any more.
    workspace.client.poll("tickmark/runs", Value::Null, |runs| runs["runs"].as_array().unwrap().len() == 3);
    workspace.lenses_are(&verified);
    workspace.execute("tickmark.setBaseline", json!({ "runId": NEWER })).unwrap();
    workspace.lenses_are(&["Benchmark GET /hello · 12k req/s · p50 1 ms · baseline ✓"]);
    let opened = workspace.ask("tickmark/views/open", json!({ "runId": NEWER }));
    assert_eq!(opened["versus"]["figures"][0]["verdict"], "better");
}

#[test]
fn clearing_takes_benchmarks_off_until_there_is_another_one() {
    let mut workspace = Workspace::start(|options| options);
    workspace.lenses_are(&[BENCHMARK, "Set as baseline"]);
    workspace.execute("tickmark.clearResults", Value::Null).unwrap();
    workspace.lenses_are(&["Benchmark GET /hello"]);
    workspace.ask("tickmark/runs/label", json!({ "runId": OLDER, "pinned": true }));
    assert_eq!(workspace.lenses(), ["Benchmark GET /hello"]);
    store_benchmark(&workspace.root, NEWER, 12_000.0, |_| {});
    workspace.client.poll("tickmark/runs", Value::Null, |runs| runs["runs"].as_array().unwrap().len() == 3);
    workspace.lenses_are(&["Benchmark GET /hello · 12k req/s · p50 1 ms · ↑20% vs baseline", "Set as baseline"]);
}

#[test]
fn code_actions_are_the_lenses_once_more() {
    let mut workspace = Workspace::start(|options| options);
    workspace.execute("tickmark.setBaseline", json!({ "runId": OLDER })).unwrap();
    store_benchmark(&workspace.root, NEWER, 12_000.0, |record| {
        record.git = serde_json::from_value(json!({ "commit": "0123456789abcdef", "dirty": false })).unwrap();
    });
    workspace.client.poll("tickmark/runs", Value::Null, |runs| runs["runs"].as_array().unwrap().len() == 3);
    workspace.lenses_are(&["Benchmark GET /hello · 12k req/s · p50 1 ms · ↑20% vs baseline", "Set as baseline"]);
    // At the registration, and in the handler.
    for line in ["app.get", "  res.send"] {
        let line = SERVER.lines().position(|text| text.starts_with(line)).unwrap();
        let at = json!({ "line": line, "character": 4 });
        let params =
            json!({ "textDocument": { "uri": workspace.uri }, "range": { "start": at, "end": at }, "context": { "diagnostics": [] } });
        let actions = workspace.ask("textDocument/codeAction", params);
        let commands: Vec<&str> = actions.as_array().unwrap().iter().filter_map(|action| action["command"].as_str()).collect();
        for command in ["tickmark.benchmarkRoute", "tickmark.setBaseline"] {
            assert_eq!(commands.iter().filter(|other| **other == command).count(), 1, "{command} at {line}: {actions:#}");
        }
    }
}

#[test]
fn a_benchmark_is_opened_and_exported_without_a_profile() {
    let mut workspace = Workspace::start(|options| options);
    let opened = workspace.ask("tickmark/views/open", json!({ "runId": OLDER }));
    assert_eq!((&opened["load"]["requestsPerSecond"], &opened["overview"]["samples"]), (&json!(10_000.0), &json!(0)));
    assert_eq!((&opened["load"]["statuses"], opened["load"]["notes"].is_array()), (&json!({ "200": 100 }), true));
    assert!(opened["subtitle"].as_str().unwrap().contains("100 requests"), "{opened:#}");
    let environment = &opened["meta"]["environment"];
    assert_eq!((&environment["node"], &environment["cpus"]), (&json!("22.1.0"), &json!(2)));
    assert_eq!(workspace.ask("tickmark/views/open", json!({ "runId": PROFILED }))["load"], Value::Null);
    store_benchmark(&workspace.root, NEWER, 12_000.0, |_| {});
    let compared = workspace.ask("tickmark/views/open", json!({ "runId": NEWER, "compareWith": OLDER }));
    assert_eq!(compared["compared"]["load"]["requestsPerSecond"], json!(10_000.0));
    let model = json!({ "model": opened["model"] });
    for method in ["boxes", "table"] {
        let answer = workspace.ask(&format!("tickmark/views/{method}"), model.clone());
        assert!(answer["width"] == 0.0 || answer["total"] == 0, "{method}: {answer:#}");
    }
    let refused = workspace.client.request("tickmark/views/apply", model).unwrap_err();
    assert_eq!(refused["code"], -32803, "{refused}");

    let to = workspace.root.join("hello.json");
    let exported = workspace.ask("tickmark/runs/export", json!({ "runId": OLDER, "format": "json", "to": to }));
    let written: Value = serde_json::from_slice(&fs::read(&to).unwrap()).unwrap();
    assert_eq!((&written["schema"], &written["sent"], &written["runId"]), (&json!("tickmark/load@1"), &json!(100), &json!(OLDER)));
    assert_eq!((&written["target"]["path"], &written["percentiles"][0]["percent"]), (&json!("/hello"), &json!(50.0)));
    assert_eq!(exported["bytes"], json!(fs::metadata(&to).unwrap().len()));
    for (run_id, format) in [(OLDER, "cpuprofile"), (OLDER, "svg"), (PROFILED, "json")] {
        let params = json!({ "runId": run_id, "format": format, "to": workspace.root.join("other") });
        let refused = workspace.client.request("tickmark/runs/export", params).unwrap_err();
        assert_eq!(refused["code"], -32803, "{format}: {refused}");
    }
}

#[test]
fn what_cannot_be_done_is_told() {
    let mut workspace = Workspace::start(|options| options);
    let route = json!({ "uri": uri(&workspace.root.join("server.js")), "method": "get", "path": "/hello" });
    let mut refused = |command: &str, argument: Value, code: i64, message: &str| {
        let error = workspace.execute(command, argument).unwrap_err();
        assert_eq!(error["code"], code, "{command}: {error}");
        assert!(error["message"].as_str().unwrap().contains(message), "{command}: {error}");
    };
    refused("tickmark.benchmarkRoute", json!({ "method": "GET", "path": "/hello" }), -32602, "uri");
    refused("tickmark.benchmarkRoute", Value::Null, -32602, "one object");
    refused("tickmark.setBaseline", json!({}), -32602, "runId");
    refused("tickmark.setBaseline", json!({ "runId": "20200101-000000-none" }), -32602, "20200101-000000-none");
    refused("tickmark.setBaseline", json!({ "runId": "../../x" }), -32602, "x");
    refused("tickmark.verifyBaseline", route, -32803, "GET /hello has no baseline");
    refused("tickmark.verifyBaseline", json!({ "method": "GET" }), -32602, "uri");
}

fn git(folder: &Path, args: &[&str]) -> String {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgSign=false"];
    let output = Command::new("git").args(identity).args(args).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn changes_in_other_files_of_the_program_are_told() {
    let mut workspace = Workspace::start(|options| options);
    let root = workspace.root.clone();
    let data = root.join("lib/data.js");
    fs::create_dir(root.join("lib")).unwrap();
    fs::write(root.join("server.js"), format!("{SERVER}require('./lib/data');\n")).unwrap();
    fs::write(root.join(".gitignore"), ".tickmark\n").unwrap();
    fs::write(&data, "1").unwrap();
    git(&root, &["init", "--quiet"]);
    git(&root, &["add", "--all"]);
    git(&root, &["commit", "--quiet", "-m", "measured"]);
    let commit = git(&root, &["rev-parse", "HEAD"]);
    store_benchmark(&root, NEWER, 12_000.0, |record| {
        record.git = serde_json::from_value(json!({ "commit": commit, "dirty": false })).unwrap();
    });
    workspace.client.poll("tickmark/runs", Value::Null, |runs| runs["runs"].as_array().unwrap().len() == 3);
    let benchmark = "Benchmark GET /hello · 12k req/s · p50 1 ms";
    workspace.lenses_are(&[benchmark, "Set as baseline"]);

    let uri = uri(&data);
    workspace.client.open(&uri, "javascript", "1");
    let mut save = |text: &str, expected: &str| {
        fs::write(&data, text).unwrap();
        workspace.client.notify("textDocument/didSave", json!({ "textDocument": { "uri": uri } }));
        workspace.lenses_are(&[expected, "Set as baseline"]);
        workspace.hover()
    };
    let hover = save("2", &format!("{benchmark} · before changes in lib/data.js"));
    assert!(hover.contains("Measured before changes in lib/data.js, which the program loads."), "{hover}");
    let hover = save("1", benchmark);
    assert!(!hover.contains("Measured before"), "{hover}");
}
