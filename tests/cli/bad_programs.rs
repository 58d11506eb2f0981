//! Programs that do not behave: an error that says what happened and what to do, and nothing is left.

use crate::figures;
use crate::project::{Project, newest_node};
use crate::tickmark::{Ended, SHORT, Tickmark, together};
use std::net::TcpListener;

/// A short run of `GET /` of a file of `awkward`, with an earlier run in the history, which must survive.
fn run(file: &str, more: &[&str]) -> (Project, Ended) {
    let project = Project::copy("awkward");
    project.write("fine.js", "");
    let node = newest_node();
    let earlier = figures::profile(&project, &node, &["fine.js"]).code(0).json()["runId"].as_str().unwrap().to_owned();
    let args = [&[file, "--route", "GET /"][..], &SHORT, more].concat();
    let ended = figures::profile(&project, &node, &args).leaves_nothing(&project);
    assert!(project.run_folders().contains(&earlier), "{:?}", project.run_folders());
    (project, ended)
}

/// A run that fails: no result, no run, exit code 1, and a message with all of these texts.
#[track_caller]
fn fails(file: &str, more: &[&str], texts: &[&str]) {
    let (project, ended) = run(file, more);
    let ended = ended.code(1).says(texts);
    assert_eq!(ended.stdout, "");
    assert_eq!(project.run_folders().len(), 1, "{:?}", project.run_folders());
}

/// A run that gives a result in spite of everything.
#[track_caller]
fn succeeds(file: &str, more: &[&str]) -> Ended {
    let (project, ended) = run(file, more);
    let ended = ended.code(0);
    assert_eq!(project.run_folders().len(), 2);
    ended
}

#[test]
fn exits_at_once() {
    let _lock = together();
    fails("exits-at-once.js", &[], &["the program ended (exit code 0)", "before it listened on a port", "nothing to do"]);
}

#[test]
fn listens_nowhere() {
    let _lock = together();
    fails("no-port.js", &["--start-timeout", "1s"], &["listens on no TCP port after 1.", "--start-timeout", "running"]);
}

#[test]
fn listens_on_two_ports() {
    let _lock = together();
    fails("two-ports.js", &[], &["listens on more than one port (127.0.0.1:", "--port"]);
    // Naming one, or a route that only one of them has, is enough.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    succeeds("two-ports.js", &["--port", &port, "--quiet"]);
}

#[test]
fn listens_on_a_unix_socket_only() {
    let _lock = together();
    fails("unix-socket.js", &["--start-timeout", "5s"], &["listens only on the Unix socket", "awkward-", "make it listen on a TCP port"]);
}

#[test]
fn answers_500() {
    let _lock = together();
    fails("answers-500.js", &[], &["GET / answered 500", "database is not there", "--status"]);
    // Where that is the answer, it is measured.
    let ended = succeeds("answers-500.js", &["--status", "500"]);
    assert_eq!(ended.json()["load"]["statuses"].as_object().unwrap().keys().collect::<Vec<_>>(), ["500"]);
}

#[test]
fn never_answers() {
    let _lock = together();
    fails("never-answers.js", &["--timeout", "500ms"], &["the request to http://", "no complete response within", "500ms"]);
}

#[test]
fn prints_megabytes() {
    let _lock = together();
    succeeds("prints-megabytes.js", &["--quiet"]);
}

#[test]
fn ignores_sigterm() {
    let _lock = together();
    let ended = succeeds("ignores-sigterm.js", &[]);
    assert!(ended.stderr.contains("ignoring SIGTERM"), "{}", ended.stderr);
}

#[test]
fn its_port_is_in_use() {
    let _lock = together();
    fails("port-in-use.js", &[], &["is already in use", "EADDRINUSE", "Stop the other program or choose another port"]);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    fails("answers-500.js", &["--port", &port], &[&format!("port {port} is already in use"), "(pid "]);
}

#[test]
fn starts_a_detached_child() {
    let _lock = together();
    // The child is started without our flags, so there is no profile of it: the result says so.
    let measured = succeeds("detached-child.js", &[]).json();
    let notes = measured["notes"].to_string();
    assert!(notes.contains("are not profiled"), "{notes}");
    assert!(measured["load"]["completed"].as_u64().unwrap() > 10);
}

#[test]
fn is_a_cluster() {
    let _lock = together();
    let ended = succeeds("cluster.js", &["--quiet"]);
    let measured = ended.json();
    let burn = figures::function(&measured, "cluster.js", "burn");
    assert!(figures::number(burn, "selfPercent") > 50.0, "{burn}");
    // The answers name the worker's pid, so they differ: that is no failure.
    assert_eq!(measured["load"]["failed"], 0);
}

#[test]
fn dies_later() {
    let _lock = together();
    let texts = ["the program ended (exit code 1) while it was measured", "TypeError: Cannot read the user's mind", "throws-later.js:6"];
    fails("throws-later.js", &[], &texts);
    fails("throws-later.js", &["--", "0"], &["Cannot read the user's mind"]);
}

#[test]
fn does_not_parse() {
    let _lock = together();
    fails("syntax-error.js", &[], &["the program ended (exit code 1)", "SyntaxError", "syntax-error.js:4"]);
    // Without a route it is a program that failed.
    let project = Project::copy("awkward");
    let ended = figures::profile(&project, &newest_node(), &["syntax-error.js"]).code(1).leaves_nothing(&project);
    assert!(ended.json()["notes"].to_string().contains("SyntaxError"), "{}", ended.stdout);
}

#[test]
fn two_at_once_in_the_same_workspace() {
    let _lock = together();
    let project = Project::copy("hello-server");
    let node = newest_node();
    let start = |path: &str| {
        let args = ["profile", "server.js", "--route", path, "--format", "json", "--node", node.path.to_str().unwrap()];
        Tickmark::new(&project, args).args(SHORT).start()
    };
    let (one, two) = (start("GET /fast"), start("GET /users/7"));
    let ids = [one.wait(), two.wait()].map(|ended| {
        ended.leaves_no_process();
        ended.code(0).json()["runId"].as_str().unwrap().to_owned()
    });
    let folders = project.run_folders();
    assert_eq!(folders.len(), 2, "{folders:?}");
    assert!(ids.iter().all(|id| folders.contains(id)), "{ids:?} in {folders:?}");
}
