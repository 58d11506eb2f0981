//! `tickmark load --entry`: the program is started, loaded and ended, and the run is stored.

use crate::project::{Project, newest_node};
use crate::schema;
use crate::tickmark::{Ended, Tickmark, together};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use std::fs;

const SERVER: &str = "\
const server = require('http').createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk)).on('end', () => {
    if (request.url === '/ready') console.error('asked');
    const end = performance.now() + Number(process.env.SLOW_MS ?? 0);
    while (performance.now() < end);
    response.end(`${request.method} ${request.url} ${process.env.WORD ?? 'none'} ${body}`);
  });
});
server.listen(process.env.PORT || 0);
";
const SHORT: [&str; 6] = ["-d", "500ms", "--warm-up", "300ms", "-c", "2"];

fn project() -> Project {
    Project::with(&[("server.js", SERVER), ("package.json", "{}")])
}

fn command(project: &Project, args: &[&str]) -> Tickmark {
    let node = newest_node();
    Tickmark::new(project, ["load", "--node", node.path.to_str().unwrap()]).args(args)
}

fn load(project: &Project, args: &[&str]) -> Ended {
    command(project, &[args, &SHORT].concat()).run()
}

#[test]
fn a_program_is_started_loaded_and_ended() {
    let _lock = together();
    let project = project();
    let args = ["--entry", "server.js", "-r", "POST /echo", "-b", "x", "--env", "WORD=w", "--expect-body", "POST /echo w x"];
    let report = load(&project, &[&args[..], &["--format", "json"]].concat()).code(0).leaves_nothing(&project).json();
    schema::check("load", &report);
    let id = report["runId"].as_str().unwrap();
    assert_eq!(project.run_folders(), [id]);
    assert_eq!(report["target"], json!({ "kind": "route", "entry": "server.js", "method": "POST", "path": "/echo" }));
    assert_eq!(report["node"]["version"].as_str().unwrap().split('.').next().unwrap(), newest_node().major.to_string());
    assert!(report["completed"].as_u64().unwrap() > 0 && report["serverCpuUs"]["mean"].as_f64().unwrap() > 0.0, "{report}");

    // What was stored is shown as it was measured.
    let show = |format: &str| Tickmark::new(&project, ["runs", "show", "--format", format]).run().code(0);
    let shown = show("json").json();
    schema::check("load", &shown);
    for key in ["completed", "latencyMs", "latencyCounts", "percentiles", "notes", "runId", "git"] {
        assert_eq!(shown[key], report[key], "{key}");
    }
    let text = show("text").stdout;
    for part in ["POST /echo · server.js", "Maximum throughput", "NODE_ENV not set", "of CPU per request", id] {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
    let list = Tickmark::new(&project, ["runs"]).run().code(0).stdout;
    assert!(list.contains("p50") && list.contains("POST /echo"), "{list}");
    schema::check("runs", &Tickmark::new(&project, ["runs", "--format", "json"]).run().code(0).json());
}

#[test]
fn two_benchmarks_are_compared() {
    let _lock = together();
    let project = project();
    for _ in 0..2 {
        load(&project, &["server.js", "-r", "/a"]).code(0);
    }
    let [before, after] = &project.run_folders()[..] else { panic!("{:?}", project.run_folders()) };
    let compare = |format: &str| Tickmark::new(&project, ["runs", "compare", before, after, "--format", format]).run().code(0);
    let compared = compare("json").json();
    schema::check("comparison", &compared);
    assert!(compared["requestsPerSecond"]["before"].as_f64().unwrap() > 0.0 && compared["p50Ms"].is_object(), "{compared}");
    let text = compare("text").stdout;
    assert!(text.contains("requests/s") && text.contains("p99") && !text.contains("function's share"), "{text}");
}

#[test]
fn a_run_that_nobody_wants_to_keep() {
    let _lock = together();
    let project = project();
    let report = load(&project, &["server.js", "-r", "/a", "--no-save", "--format", "json"]).code(0).leaves_nothing(&project).json();
    schema::check("load", &report);
    assert_eq!((&report["runId"], project.run_folders().len()), (&Value::Null, 0));
}

#[test]
fn several_routes_are_another_target_than_each() {
    let _lock = together();
    let project = project();
    let report = load(&project, &["server.js", "-r", "/a", "-r", "POST /b", "--format", "json"]).code(0).json();
    assert_eq!((&report["target"]["method"], &report["target"]["path"]), (&"GET".into(), &"/a + POST /b".into()));
}

#[test]
fn ctrl_c_keeps_the_figures_until_then() {
    let _lock = together();
    let project = project();
    let args = ["server.js", "-r", "/ready", "-d", "600s", "--warm-up", "0", "-c", "1", "--format", "json"];
    let mut running = command(&project, &args).start();
    // The first one is asked before the load.
    running.until_printed(&"asked\n".repeat(100));
    running.signal(Signal::SIGINT);
    let report = running.wait().code(130).leaves_nothing(&project).json();
    schema::check("load", &report);
    assert_eq!(report["interrupted"], true, "{report}");
    assert!(report["completed"].as_u64().unwrap() > 50, "{report}");
    assert_eq!(project.run_folders().len(), 1);
}

#[test]
fn settings_of_the_project_are_followed() {
    let _lock = together();
    let settings = r#"{ "entry": "server.js", "routes": { "GET /users/:id": { "params": { "id": "42" }, "query": "q=1" } } }"#;
    let project = Project::with(&[("server.js", SERVER), ("tickmark.json", settings)]);
    let args = ["-r", "/users/:id", "--expect-body", "GET /users/42?q=1 none ", "--format", "json"];
    assert_eq!(load(&project, &args).code(0).json()["failed"], 0);
    fs::write(project.path().join("tickmark.json"), "{").unwrap();
    load(&project, &args).code(2).says(&["tickmark.json"]);
}

#[test]
fn a_program_under_another_environment() {
    let _lock = together();
    let project = project();
    let args = ["server.js", "-r", "/a", "--compare-env", "WORD=b", "--rounds", "2"];
    let text = load(&project, &args).code(0).leaves_nothing(&project).stdout;
    for part in ["2 rounds of ", "as it is", "WORD=b", "B / A", "The verdict goes by requests/s alone"] {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
    let compared = load(&project, &[&args[..], &["--format", "json"]].concat()).code(0).json();
    schema::check("versus", &compared);
    assert_eq!((compared["rounds"].as_array().unwrap().len(), &compared["b"]["label"]), (2, &"WORD=b".into()));
}

#[test]
fn a_program_that_is_slower_can_fail_the_command() {
    let _lock = together();
    let project = project();
    let args = ["server.js", "-r", "/a", "--compare-env", "SLOW_MS=20", "--rounds", "8", "--fail-if-slower"];
    let compare = |more: &[&str]| command(&project, &[&args[..], &["-d", "300ms", "--warm-up", "0", "-c", "1"], more].concat()).run();
    let ended = compare(&[]).code(1).leaves_nothing(&project);
    let verdict = ended.stdout.lines().find(|line| line.starts_with("  B: ")).unwrap();
    assert!(verdict.contains("% slower ("), "{}", ended.stdout);
    assert!(ended.stdout.contains("% longer ("), "{}", ended.stdout);
}
