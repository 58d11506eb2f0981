//! `tickmark runs`, and programs that run to their end.

use crate::figures;
use crate::project::{Project, newest_node};
use crate::schema;
use crate::tickmark::{Tickmark, together};
use serde_json::{Value, json};
use std::fs;

/// A program that shows what it is given.
const SHOWS_ARGS: &str = "console.error('got', JSON.stringify([process.argv.slice(2), process.env.A_NAME ?? null, process.cwd()]));\n";

fn list(project: &Project) -> Value {
    let list = Tickmark::new(project, ["runs", "list", "--format", "json"]).run().code(0).json();
    schema::check("runs", &list);
    list
}

fn ids(project: &Project) -> Vec<String> {
    list(project)["runs"].as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn runs_are_listed_shown_and_removed() {
    let _lock = together();
    let project = Project::with(&[("a.js", SHOWS_ARGS), ("package.json", "{}")]);
    let text = Tickmark::new(&project, ["runs", "list"]).run().code(0).stdout;
    assert!(text.contains("no runs here yet"), "{text}");
    let run = |args: &[&str]| {
        let ended = figures::profile(&project, &newest_node(), &[&["a.js", "--"], args].concat()).code(0).leaves_nothing(&project);
        schema::check("profile", &ended.json());
        ended.json()["runId"].as_str().unwrap().to_owned()
    };
    let mut made = vec![run(&["x"]), run(&["x"]), run(&["y"])];
    made.sort();
    made.reverse();
    assert_eq!(ids(&project), made);

    let text = Tickmark::new(&project, ["runs", "list"]).run().code(0).stdout;
    assert!(made.iter().all(|id| text.contains(id)) && text.contains("a.js x"), "{text}");
    let shown = Tickmark::new(&project, ["runs", "show", "latest", "--format", "json"]).run().code(0).json();
    schema::check("profile", &shown);
    assert_eq!(shown["runId"], made[0].as_str());
    // A name may be shortened as long as it means one run.
    let end = &made[1][made[1].len() - 4..];
    let shown = Tickmark::new(&project, ["runs", "show", end, "--format", "json"]).run().code(0).json();
    assert_eq!(shown["runId"], made[1].as_str());

    // One mistyped name, and nothing is removed.
    Tickmark::new(&project, ["runs", "rm", &made[0], "nonsense"]).run().code(2).says(&["nonsense", "tickmark runs list"]);
    assert_eq!(ids(&project), made);
    Tickmark::new(&project, ["runs", "rm", &made[0], &made[2]]).run().code(0);
    assert_eq!(ids(&project), [made[1].clone()]);
    Tickmark::new(&project, ["runs", "show", &made[0]]).run().code(2).says(&[&made[0], "tickmark runs list"]);
}

#[test]
fn a_broken_run_does_not_break_the_list() {
    let _lock = together();
    let project = Project::with(&[("a.js", SHOWS_ARGS), ("package.json", "{}")]);
    figures::profile(&project, &newest_node(), &["a.js"]).code(0);
    project.write(".tickmark/runs/20200101-000000-aaaa/run.json", "{\"id\": 1");
    fs::create_dir_all(project.path().join(".tickmark/runs/20200101-000000-bbbb")).unwrap();
    project.write(".tickmark/runs/stray.txt", "x");
    let list = list(&project);
    assert_eq!(list["runs"].as_array().unwrap().len(), 1);
    let broken = list["broken"].as_array().unwrap();
    assert_eq!(broken.len(), 2, "{broken:?}");
    let text = Tickmark::new(&project, ["runs", "list"]).run().code(0).stdout;
    assert!(text.contains("20200101-000000-aaaa cannot be read"), "{text}");
    // The next run is made as if nothing were.
    figures::profile(&project, &newest_node(), &["a.js"]).code(0).leaves_nothing(&project);
}

#[test]
fn a_program_gets_its_arguments_and_environment() {
    let _lock = together();
    let project = Project::with(&[("src/a.js", SHOWS_ARGS), ("package.json", "{}")]);
    let ended =
        figures::profile(&project, &newest_node(), &["src/a.js", "--env", "A_NAME=a value", "--", "--flag", "two words", "ä,", ""]).code(0);
    let expected = json!([["--flag", "two words", "ä,", ""], "a value", project.path()]);
    assert!(ended.stderr.contains(&format!("got {expected}")), "{}", ended.stderr);
    assert_eq!(ended.json()["target"], json!({ "kind": "program", "entry": "src/a.js", "args": ["--flag", "two words", "ä,", ""] }));
    // Standard output has the result and nothing else.
    let quiet = figures::profile(&project, &newest_node(), &["src/a.js", "--quiet"]).code(0);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn settings_of_the_project_are_followed_and_the_command_line_is_above_them() {
    let _lock = together();
    let settings = r#"{ "entry": "src/a.js", "args": ["from settings"], "env": { "A_NAME": "settings" }, "cwd": "src" }"#;
    let project = Project::with(&[("src/a.js", SHOWS_ARGS), ("tickmark.json", settings)]);
    let node = newest_node();
    let ended = figures::profile(&project, &node, &[]).code(0);
    let expected = json!([["from settings"], "settings", project.path().join("src")]);
    assert!(ended.stderr.contains(&format!("got {expected}")), "{}", ended.stderr);
    let ended = figures::profile(&project, &node, &["--env", "A_NAME=line", "--", "x"]).code(0);
    let expected = json!([["x"], "line", project.path().join("src")]);
    assert!(ended.stderr.contains(&format!("got {expected}")), "{}", ended.stderr);
}

#[test]
fn a_program_that_fails_has_a_result_and_exit_code_1() {
    let _lock = together();
    let project = Project::with(&[("a.js", "console.log('before'); process.exitCode = 7;"), ("package.json", "{}")]);
    let ended = figures::profile(&project, &newest_node(), &["a.js"]).code(1).leaves_nothing(&project);
    let measured = ended.json();
    schema::check("profile", &measured);
    assert_eq!(measured["program"]["exitCode"], 7);
    let notes = measured["notes"].to_string();
    assert!(notes.contains("exit code 7") && notes.contains("before"), "{notes}");
    assert_eq!(ids(&project).len(), 1);
}

#[test]
fn old_runs_are_pruned() {
    let _lock = together();
    let project = Project::with(&[("a.js", ""), ("tickmark.json", r#"{ "history": { "maxRuns": 2 } }"#)]);
    let mut made: Vec<String> = Vec::new();
    for _ in 0..3 {
        let run = figures::profile(&project, &newest_node(), &["a.js"]).code(0).json();
        made.push(run["runId"].as_str().unwrap().to_owned());
    }
    let left = ids(&project);
    assert_eq!(left.len(), 2);
    assert!(left.contains(&made[2]), "{left:?} of {made:?}");
}
