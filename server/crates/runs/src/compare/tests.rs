use super::*;
use serde_json::{Value, json};

fn run(changes: &Value) -> RunRecord {
    let mut record = json!({
        "schema": "tickmark/run@1", "id": "1", "target": { "kind": "program", "entry": "a.js", "args": [] },
        "startedAtMs": 0, "durationMs": 0,
        "node": { "path": "node", "version": "22.1.0", "v8Version": "12", "flags": [], "nodeEnv": null },
        "host": { "os": "linux", "arch": "x86_64", "cpus": 2 }, "git": null, "load": null, "program": null, "overhead": null,
        "attribution": { "exactUs": 1_000, "functionUs": 0, "noneUs": 0, "gcUs": 0, "programUs": 0, "idleUs": 0 },
        "samples": 1, "dropped": {}, "notes": [], "findings": [], "comparison": null,
        "artifacts": { "html": null, "svg": null, "model": null, "raw": [] }, "sources": {}
    });
    for (key, value) in changes.as_object().unwrap() {
        record[key] = value.clone();
    }
    serde_json::from_value(record).unwrap()
}

fn overhead(plain: f64) -> Value {
    json!({ "plainCpuMsPerRequest": plain, "profiledCpuMsPerRequest": 9.0 })
}

#[test]
fn figures_that_both_have_are_compared() {
    let (before, after) = (run(&json!({ "overhead": overhead(0.5) })), run(&json!({ "id": "2", "overhead": overhead(0.4) })));
    let label = RunLabel { name: Some("v1".into()), pinned: true };
    let compared = compare(&before, &label, &after);
    assert_eq!((&*compared.with.0, compared.name.as_deref(), compared.baseline), ("1", Some("v1"), true));
    assert_eq!(compared.cpu_ms_per_request, Some(Change { before: 0.5, after: 0.4 }));
    assert_eq!(compared.active_ms, Some(Change { before: 1.0, after: 1.0 }));
    assert_eq!((compared.requests_per_second, compared.p50_ms, compared.p99_ms), (None, None, None));
    let without = compare(&run(&json!({})), &RunLabel::default(), &after);
    assert_eq!((without.cpu_ms_per_request, without.baseline, without.name), (None, false, None));
    assert_eq!(differences(&before, &after), [""; 0]);
}

#[test]
fn comparisons_of_runs_that_were_stored_before_there_were_baselines() {
    let stored = json!({ "with": "1", "requestsPerSecond": null, "p50Ms": null, "p99Ms": null, "activeMs": null });
    let compared: RunComparison = serde_json::from_value(stored).unwrap();
    assert_eq!((compared.baseline, compared.name, compared.cpu_ms_per_request), (false, None, None));
}

#[test]
fn what_makes_runs_hard_to_compare_is_told() {
    fn check(changes: &Value, expected: &str) {
        let found = differences(&run(&json!({})), &run(changes));
        assert_eq!(found, [expected]);
    }
    check(
        &json!({ "target": { "kind": "route", "entry": "s.js", "method": "GET", "path": "/" } }),
        "They measured different things: a.js before, GET / of s.js after.",
    );
    check(
        &json!({ "node": { "path": "n", "version": "24.0.0", "v8Version": "13", "flags": [], "nodeEnv": null } }),
        "Node differs: 22.1.0 before, 24.0.0 after.",
    );
    check(
        &json!({ "node": { "path": "n", "version": "22.1.0", "v8Version": "12", "flags": [], "nodeEnv": "production" } }),
        "NODE_ENV differs: unset before, production after.",
    );
    check(
        &json!({ "host": { "os": "linux", "arch": "x86_64", "cpus": 8 } }),
        "The machines differ: linux x86_64 with 2 processors before, linux x86_64 with 8 processors after.",
    );
    check(
        &json!({ "instruments": "explain" }),
        "They are of different kinds: a profile before, a recording of V8's decisions with fewer samples after.",
    );
}
