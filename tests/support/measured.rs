//! Runs with results, made without running anything.

use profile::{Category, Frame, Location, Position, Profile, ProfileBuilder, Source, Tier};
use runs::{Run, RunRecord};
use serde_json::json;
use std::path::{Path, PathBuf};

/// A server that is measured: `render` is hot.
pub const SERVER: &str = "\
const app = require('express')();
function render(items) {
  const text = heavy(items);
  return text.join();
}

function hello(req, res) {
  res.send(render(req.items));
}

app.get('/hello', hello);
app.listen(0);
";

/// A sampled stack: functions outermost first, as name, line and column of the parameter list, executing line.
pub type Stack<'a> = &'a [(&'a str, u32, u32, u32)];

/// The stacks of [`SERVER`], with the number of their samples of 1 ms.
pub const STACKS: [(Stack<'static>, u32); 3] =
    [(&[("hello", 7, 15, 8), ("render", 2, 16, 3)], 60), (&[("hello", 7, 15, 8), ("render", 2, 16, 4)], 20), (&[("hello", 7, 15, 8)], 20)];

/// A profile of one file.
pub fn profile(path: &Path, stacks: &[(Stack<'_>, u32)]) -> Profile {
    let mut builder = ProfileBuilder::default();
    let path = path.to_string_lossy().into_owned();
    let source = builder.source(Source { url: path.clone(), path: Some(path) });
    let mut time_us = 0;
    for (stack, samples) in stacks {
        let mut node = None;
        for (name, line, column, at) in *stack {
            let start = Some(Position { line: *line, column: *column });
            let frame = builder.frame(Frame { name: (*name).into(), source: Some(source), start, category: Category::App });
            let position = Some(Position { line: *at, column: 1 });
            let location = builder.location(Location { frame, source: Some(source), position, tier: Tier::Turbofan, inlined: false });
            node = Some(builder.node(node, location));
        }
        for _ in 0..*samples {
            builder.sample(time_us, 1_000, node.expect("a stack has a function"));
            time_us += 1_000;
        }
    }
    builder.finish()
}

/// Stores a run of `GET /hello` of the file `name` in the workspace at `root`, as it would lie there after a measurement of `text`.
pub fn store(root: &Path, id: &str, name: &str, text: &str, profile: &Profile) -> Run {
    let folder = root.join(".tickmark/runs").join(id);
    std::fs::create_dir_all(folder.join("sources")).expect("the run's folder");
    std::fs::write(folder.join("sources").join(name), text).expect("the copy");
    std::fs::write(folder.join("report.html"), "<!doctype html>").expect("the report");
    let record = record(id, name, profile);
    std::fs::write(folder.join("run.json"), serde_json::to_vec(&record).expect("JSON")).expect("the record");
    std::fs::write(folder.join("model.json"), serde_json::to_vec(profile).expect("JSON")).expect("the model");
    Run { record, profile: profile.clone(), folder: Some(folder) }
}

fn record(id: &str, name: &str, profile: &Profile) -> RunRecord {
    let index = profile::index::ProfileIndex::new(profile.clone());
    let sources: std::collections::BTreeMap<String, PathBuf> = [(name.to_owned(), Path::new("sources").join(name))].into();
    let lag = json!({ "mean": 0.0, "max": 0.0 });
    let load = json!({
        "requestsPerSecond": 5812.0,
        "latencyMs": { "min": 0.5, "mean": 1.0, "p50": 1.0, "p90": 2.0, "p99": 4.12, "p999": 5.0, "max": 6.0 },
        "sent": 100, "completed": 100, "failed": 0, "unfinished": 0, "retried": 0, "statuses": { "200": 100 }, "errors": {},
        "clientLimited": false, "requestedRate": null, "achievedRate": 5812.0, "durationMs": 1000.0, "connections": 10, "connects": 10,
        "connectMs": null, "receivedBytes": 1000, "failures": [], "slices": [],
        "generator": { "threads": 1, "cpuMs": null, "cpuShare": null, "busyShare": 0.1, "lagMs": lag }
    });
    serde_json::from_value(json!({
        "schema": "tickmark/run@1", "id": id, "target": { "kind": "route", "entry": name, "method": "GET", "path": "/hello" },
        "startedAtMs": 1_700_000_000_000u64, "durationMs": 20_000,
        "node": { "path": "/usr/bin/node", "version": "22.1.0", "v8Version": "12.4.254.21-node.33", "flags": [], "nodeEnv": null },
        "host": { "os": "linux", "arch": "x86_64", "cpus": 2 }, "git": null, "load": load, "overhead": null,
        "attribution": index.attribution(), "samples": index.active_samples(), "dropped": {}, "notes": [], "findings": [],
        "comparison": {
            "with": "20260101-000000-aaaa", "requestsPerSecond": null, "p50Ms": null, "activeMs": null,
            "p99Ms": { "before": 4.68, "after": 4.12 }
        },
        "artifacts": { "html": "report.html", "svg": null, "model": "model.json", "raw": [] }, "sources": sources
    }))
    .expect("a record as it is stored")
}
