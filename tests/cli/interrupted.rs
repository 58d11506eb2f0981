//! Ctrl-C, and a tickmark that is killed.

use crate::figures;
use crate::project::{Project, newest_node, nodes};
use crate::schema;
use crate::tickmark::{Running, SHORT, Tickmark, together, until};
use nix::sys::signal::Signal;

/// A program that would run for ever, with its time in one line.
const ENDLESS: &str = "\
console.error('running');
let x = 1;
function spin() {
  for (let i = 0; i < 1e6; i++) x = (x * 1664525 + 1013904223) | 0;
}
setInterval(() => { for (let i = 0; i < 20; i++) spin(); console.error('spun'); }, 0);
";

fn start(project: &Project, node: &crate::project::Node, args: &[&str]) -> Running {
    let args = [&["profile", "--format", "json", "--node", node.path.to_str().unwrap()][..], args].concat();
    Tickmark::new(project, args).start()
}

#[test]
fn ctrl_c_ends_a_program_and_gives_its_profile() {
    let _lock = together();
    for node in nodes() {
        let project = Project::with(&[("a.js", ENDLESS), ("package.json", "{}")]);
        let mut running = start(&project, &node, &["a.js"]);
        running.until_printed("spun\nspun\nspun\nspun\n");
        running.signal(Signal::SIGINT);
        let ended = running.wait().code(0).leaves_nothing(&project);
        let measured = ended.json();
        schema::check("profile", &measured);
        assert_eq!(measured["program"]["endedByUser"], true, "Node {}", node.major);
        let spin = figures::function(&measured, "a.js", "spin");
        assert!(figures::number(spin, "selfPercent") > 30.0, "Node {}: {spin}", node.major);
        assert_eq!(project.run_folders(), [measured["runId"].as_str().unwrap()]);
    }
}

#[test]
fn ctrl_c_ends_a_program_that_will_not_end() {
    let _lock = together();
    let text = format!("process.on('SIGINT', () => console.error('no'));\nprocess.on('SIGTERM', () => {{}});\n{ENDLESS}");
    let project = Project::with(&[("a.js", &text), ("package.json", "{}")]);
    let mut running = start(&project, &newest_node(), &["a.js"]);
    running.until_printed("spun");
    running.signal(Signal::SIGINT);
    let ended = running.wait().code(0).leaves_nothing(&project);
    assert_eq!(ended.json()["program"]["exitCode"], serde_json::Value::Null);
}

#[test]
fn a_second_ctrl_c_gives_up() {
    let _lock = together();
    // It takes its time to end, so the second signal comes before the result, and late enough to be no echo of the first.
    let text = format!("process.on('SIGINT', () => setTimeout(() => console.error('not yet'), 400));\n{ENDLESS}");
    let project = Project::with(&[("a.js", &text), ("package.json", "{}")]);
    let mut running = start(&project, &newest_node(), &["a.js"]);
    running.until_printed("spun");
    running.signal(Signal::SIGINT);
    running.until_printed("not yet");
    running.signal(Signal::SIGINT);
    let ended = running.wait().code(1).says(&["the run was stopped"]).leaves_nothing(&project);
    assert_eq!((ended.stdout.as_str(), project.run_folders().len()), ("", 0));
}

#[test]
fn ctrl_c_ends_a_route_run_and_leaves_nothing() {
    let _lock = together();
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let project = Project::copy("hello-server");
        let mut running = start(&project, &newest_node(), &["server.js", "--route", "GET /hello", "-d", "60s"]);
        running.until_printed("listening on");
        running.signal(signal);
        let ended = running.wait().leaves_nothing(&project);
        assert_eq!((ended.stdout.as_str(), project.run_folders().len()), ("", 0));
        ended.code(1).says(&["the run was stopped"]);
    }
}

#[test]
fn when_tickmark_is_killed_its_processes_die_and_the_next_run_cleans_up() {
    let _lock = together();
    let project = Project::copy("awkward");
    let node = newest_node();
    for (file, printed) in [("cluster.js", "listening on"), ("ignores-sigterm.js", "listening on"), ("detached-child.js", "child ")] {
        let mut running = start(&project, &node, &[file, "--route", "GET /", "-d", "60s"]);
        running.until_printed(printed);
        running.signal(Signal::SIGKILL);
        let ended = running.wait();
        assert_eq!(ended.status.code(), None);
        ended.leaves_no_process();
        let partial = |project: &Project| project.run_folders().iter().filter(|name| name.starts_with(".partial-")).count();
        assert_eq!(partial(&project), 1, "{file}: {:?}", project.run_folders());
        until("the killed process is gone", || !std::path::Path::new("/proc").join(folder_owner(&project)).exists());
        project.write("fine.js", "");
        figures::profile(&project, &node, &["fine.js"]).code(0).leaves_nothing(&project);
    }
    assert_eq!(project.run_folders().len(), 3);
}

/// Id of the process that began the half-written run.
fn folder_owner(project: &Project) -> String {
    let folders = project.run_folders();
    let partial = folders.iter().find_map(|name| name.strip_prefix(".partial-")).unwrap();
    partial.split('-').next().unwrap().to_owned()
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let _lock = together();
    let project = Project::with(&[("a.js", ""), ("package.json", "{}")]);
    figures::profile(&project, &newest_node(), &["a.js", "--", &SHORT.join(" ")]).code(0);
    // `tickmark runs show | true`: the pipe has no reader when the result is printed.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_tickmark"))
        .args(["runs", "show"])
        .current_dir(project.path())
        .stdout(writer)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(0));
}
