//! `tickmark runs compare`: two stored runs against each other.

use crate::measured::{SERVER, STACKS, profile, store};
use crate::project::Project;
use crate::runs_manage::{answer, project, runs};
use serde_json::{Value, json};
use std::fs;

const BEFORE: &str = "20260101-101010-aaaa";
const AFTER: &str = "20260102-101010-bbbb";

/// A second run in which `render` takes 40 % instead of 80 %, with these changes of its record.
fn compared(changes: &[(&str, Value)]) -> Project {
    let project = project(&[BEFORE]);
    let stacks: Vec<_> = STACKS.iter().map(|(stack, samples)| (*stack, if stack.len() == 1 { 120 } else { *samples })).collect();
    store(project.path(), AFTER, "server.js", SERVER, &profile(&project.path().join("server.js"), &stacks));
    change(&project, AFTER, changes);
    project
}

/// Changes what `run.json` says at those JSON pointers.
fn change(project: &Project, id: &str, changes: &[(&str, Value)]) {
    let path = project.path().join(".tickmark/runs").join(id).join("run.json");
    let mut record: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for (pointer, value) in changes {
        *record.pointer_mut(pointer).unwrap() = value.clone();
    }
    fs::write(path, record.to_string()).unwrap();
}

#[test]
fn functions_and_figures_of_two_runs() {
    let overhead = |plain: f64| json!({ "plainCpuMsPerRequest": plain, "profiledCpuMsPerRequest": 1.0, "interval": null });
    let project =
        compared(&[("/load/requestsPerSecond", json!(8718.0)), ("/load/latencyMs/p99", json!(2.06)), ("/overhead", overhead(0.15))]);
    change(&project, BEFORE, &[("/overhead", overhead(0.2))]);
    runs(&project, &["rename", BEFORE, "start"]).code(0);
    runs(&project, &["pin", BEFORE]).code(0);
    let found = answer(&project, "comparison", &["compare", "start", "latest"]);
    assert_eq!((&found["before"]["runId"], &found["after"]["runId"]), (&json!(BEFORE), &json!(AFTER)));
    assert_eq!(found["before"]["label"], json!({ "name": "start", "pinned": true }));
    assert_eq!(found["requestsPerSecond"], json!({ "before": 5812.0, "after": 8718.0 }));
    assert_eq!(found["p50Ms"], json!({ "before": 1.0, "after": 1.0 }));
    assert_eq!(found["p99Ms"], json!({ "before": 4.12, "after": 2.06 }));
    assert_eq!(found["cpuMsPerRequest"], json!({ "before": 0.2, "after": 0.15 }));
    assert_eq!(found["activeMs"], Value::Null);
    let functions = found["functions"].as_array().unwrap();
    let shares = |of: &Value| [&of["before"], &of["after"], &of["change"]].map(|value| value.as_f64().unwrap());
    let rows: Vec<_> =
        functions.iter().map(|row| (row["name"].as_str().unwrap(), shares(&row["selfPercent"]), shares(&row["totalPercent"]))).collect();
    let expected = [("hello", [20.0, 60.0, 40.0], [100.0, 100.0, 0.0]), ("render", [80.0, 40.0, -40.0], [80.0, 40.0, -40.0])];
    assert!(rows == expected || rows == [expected[1], expected[0]], "{rows:?}");
    let hello = functions.iter().find(|row| row["name"] == "hello").unwrap();
    assert_eq!((&hello["file"], &hello["line"], &hello["category"]), (&json!("server.js"), &json!(7), &json!("app")));
    let interval: Vec<f64> = hello["selfChangeInterval"].as_array().unwrap().iter().map(|end| end.as_f64().unwrap()).collect();
    assert!(interval[0] > 25.0 && interval[0] < 40.0 && interval[1] > 40.0 && interval[1] < 52.0, "{interval:?}");
    assert!(found["notes"].to_string().contains("no verdict"), "{}", found["notes"]);

    let text = runs(&project, &["compare", "start"]).code(0).stdout;
    for part in [
        "20260101-101010-aaaa · start (baseline) · GET /hello",
        "requests/s          5,812    8,718  +50.0 %",
        "CPU per request  200 µs  150 µs  -25.0 %",
        "+40.0",
        "hello",
        "server.js:7",
        "a hint, no verdict.",
    ] {
        let words: Vec<&str> = part.split_whitespace().collect();
        let found = text.lines().any(|line| line.split_whitespace().collect::<Vec<_>>().windows(words.len()).any(|at| at == words));
        assert!(found, "{part:?} is not in:\n{text}");
    }
    let short = runs(&project, &["compare", BEFORE, AFTER, "--top", "1"]).code(0).stdout;
    assert_eq!(short.lines().filter(|line| line.contains("server.js:")).count(), 1, "{short}");
}

#[test]
fn what_makes_a_comparison_weak_is_told() {
    let notes = |project: &Project, after: &str| answer(project, "comparison", &["compare", BEFORE, after])["notes"].to_string();
    let same = notes(&compared(&[]), AFTER);
    assert!(!same.contains("differ") && !same.contains("itself"), "{same}");
    let node = notes(&compared(&[("/node/version", json!("24.0.0"))]), AFTER);
    assert!(node.contains("Node differs: 22.1.0 before, 24.0.0 after."), "{node}");
    let target = notes(&compared(&[("/target/path", json!("/other"))]), AFTER);
    assert!(target.contains("GET /hello of server.js before, GET /other of server.js after"), "{target}");
    let itself = compared(&[]);
    assert!(notes(&itself, BEFORE).contains("compared with itself"));
    let text = runs(&itself, &["compare", BEFORE, BEFORE]).code(0).stdout;
    assert!(text.contains("No function's share of the active time changed"), "{text}");
}

#[test]
fn runs_without_samples_or_a_load() {
    let project = compared(&[("/load", Value::Null)]);
    fs::write(
        project.path().join(".tickmark/runs").join(AFTER).join("model.json"),
        serde_json::to_vec(&::profile::Profile::default()).unwrap(),
    )
    .unwrap();
    let found = answer(&project, "comparison", &["compare", BEFORE, AFTER]);
    assert_eq!((&found["requestsPerSecond"], &found["cpuMsPerRequest"], &found["activeMs"]), (&Value::Null, &Value::Null, &Value::Null));
    for other in [AFTER, BEFORE] {
        answer(&project, "comparison", &["compare", AFTER, other]);
        runs(&project, &["compare", AFTER, other]).code(0);
    }
    fs::write(project.path().join(".tickmark/runs").join(AFTER).join("model.json"), "{").unwrap();
    runs(&project, &["compare", BEFORE, AFTER]).code(2).says(&["model.json"]);
}
