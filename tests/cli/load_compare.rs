//! `tickmark load --compare`: a git revision and the working tree, in turns.

use crate::project::{Project, newest_node};
use crate::schema;
use crate::tickmark::{Ended, Tickmark, together};
use nix::sys::signal::Signal;
use serde_json::json;
use std::fs;
use std::process::Command;

/// Burns 1 ms per request.
const QUICK: &str = "\
const BURNT_MS = 1;
const server = require('http').createServer((request, response) => {
  if (request.url === '/ready') console.error('asked');
  const end = performance.now() + BURNT_MS;
  while (performance.now() < end);
  response.end('done');
});
server.listen(process.env.PORT || 0);
";

fn git(project: &Project, args: &[&str]) -> String {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgSign=false"];
    let output = Command::new("git").args(identity).args(args).current_dir(project.path()).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A repository with two commits, of which the second one burns ten times as much; temporary folders go to `tmp`, which git ignores.
fn repository() -> Project {
    let project = Project::with(&[("server.js", QUICK), ("package.json", "{}"), (".gitignore", "tmp\nbuilt.js\n"), ("tmp/kept", "")]);
    git(&project, &["init", "--quiet", "--initial-branch", "main"]);
    commit(&project, "quick");
    project.write("server.js", slow());
    commit(&project, "slow");
    project
}

fn commit(project: &Project, message: &str) {
    git(project, &["add", "--all"]);
    git(project, &["commit", "--quiet", "-m", message]);
}

fn slow() -> String {
    QUICK.replace("BURNT_MS = 1;", "BURNT_MS = 10;")
}

fn compare(project: &Project, revision: &str, args: &[&str]) -> Tickmark {
    let node = newest_node();
    let of_all = ["load", "server.js", "--node", node.path.to_str().unwrap(), "--compare", revision, "--warm-up", "0", "-c", "1"];
    Tickmark::new(project, of_all).args(args).env("TMPDIR", project.path().join("tmp"))
}

/// Fails if the other version's folder is still there, or known to git, or the working tree has other changes than before.
#[track_caller]
fn leaves_no_version(project: &Project, ended: Ended, changes: &str) -> Ended {
    let ended = ended.leaves_nothing(project);
    let left: Vec<_> = fs::read_dir(project.path().join("tmp")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["kept"]);
    assert_eq!(git(project, &["worktree", "list", "--porcelain"]).matches("worktree ").count(), 1);
    // Runs are kept in a folder that git ignores.
    assert_eq!(git(project, &["status", "--porcelain"]), changes);
    ended
}

#[test]
fn the_slower_version_is_found() {
    let _lock = together();
    let project = repository();
    let run = |revision: &str, changes: &str, args: &[&str]| {
        let args = [&["-r", "/", "-d", "250ms", "--fail-if-slower"], args].concat();
        leaves_no_version(&project, compare(&project, revision, &args).run(), changes)
    };
    let compared = run("main~1", "", &["--format", "json"]).code(1).json();
    schema::check("versus", &compared);
    let side = |side: &str| (compared[side]["label"].clone(), compared[side]["commit"].clone());
    assert_eq!(side("a"), (json!("main~1"), json!(git(&project, &["rev-parse", "main~1"]))));
    assert_eq!(side("b"), (json!("working tree"), json!(git(&project, &["rev-parse", "main"]))));
    let headline = &compared["figures"][0];
    assert_eq!((&headline["figure"], &headline["verdict"]), (&json!("requestsPerSecond"), &json!("worse")), "{headline}");
    // It burns ten times as much, and both have the rest of a request.
    let ratio = headline["ratio"].as_f64().unwrap();
    assert!((0.05..0.5).contains(&ratio), "{headline}");

    // What is not committed belongs to the working tree, which now burns less than the newest commit.
    project.write("server.js", QUICK);
    let text = run("HEAD", "M server.js", &["--rounds", "2"]).code(0).stdout;
    let rate = text.lines().find(|line| line.trim_start().starts_with("requests/s")).unwrap();
    let ratio: f64 = rate.split_whitespace().nth(3).unwrap().parse().unwrap();
    assert!(ratio > 2.0, "{text}");
    for part in ["2 rounds of ", "  A  HEAD · commit ", "  B  working tree · commit ", "too few rounds to tell"] {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
}

#[test]
fn ctrl_c_removes_the_other_version() {
    let _lock = together();
    let project = repository();
    let mut running = compare(&project, "main~1", &["-r", "/ready", "-d", "600s"]).start();
    // The first one is asked before the load.
    running.until_printed(&"asked\n".repeat(3));
    assert_eq!(git(&project, &["worktree", "list", "--porcelain"]).matches("worktree ").count(), 2);
    running.signal(Signal::SIGINT);
    assert_eq!(leaves_no_version(&project, running.wait().code(130), "").stdout, "");
}

#[test]
fn versions_that_cannot_be_compared() {
    let project = repository();
    project.write("built.js", QUICK);
    project.write("new.js", QUICK);
    let check = |revision: &str, args: &[&str], texts: &[&str]| {
        let ended = compare(&project, revision, &[&["-r", "/"], args].concat()).run().code(2).says(texts);
        assert_eq!(ended.stdout, "");
    };
    check("nonsense", &[], &["git knows no revision nonsense", "HEAD~1"]);
    check("main~9", &[], &["git knows no revision main~9"]);
    for (file, texts) in [("new.js", ["new.js is not in HEAD"]), ("built.js", ["git ignores built.js"])] {
        let node = newest_node();
        let args = ["load", file, "--node", node.path.to_str().unwrap(), "--compare", "HEAD", "-r", "/"];
        Tickmark::new(&project, args).run().code(2).says(&texts);
    }
    let outside = Project::with(&[("server.js", QUICK)]);
    fs::create_dir(outside.path().join("tmp")).unwrap();
    compare(&outside, "HEAD", &["-r", "/"]).run().code(2).says(&["is not in a git repository"]);
}
