//! A profile as JSON: `tickmark/profile@1`.

use super::trace_tables::deopts_by_function;
use profile::index::ProfileIndex;
use profile::totals::Cost;
use profile::{Finding, Profile, SourceId};
use runs::{Run, RunRecord};
use serde_json::{Map, Value, json};
use std::path::Path;

/// Least share of active time, or of bytes, for a function or line to be listed, so that a profile of thousands of functions stays readable.
const LEAST_SHARE: f64 = 0.0001;

/// A run as JSON.
pub(super) fn json(run: &Run, workspace: &Path) -> Value {
    let record = &run.record;
    let index = ProfileIndex::new(run.profile.clone());
    let mut object = profile_object(&index, Some(workspace));
    object.insert("runId".into(), json!(record.id));
    object.insert("target".into(), json!(record.target));
    object.insert("node".into(), json!(record.node));
    object.insert("load".into(), json!(record.load));
    object.insert("program".into(), json!(record.program));
    object.insert("overhead".into(), overhead(record));
    object.insert("comparison".into(), json!(record.comparison));
    object.insert("findings".into(), json!(of_time(record)));
    object.insert("notes".into(), json!(record.notes));
    object.insert("artifacts".into(), artifacts(run));
    Value::Object(object)
}

/// The findings that a profile shows by itself. Those on V8's decisions are the matter of `tickmark trace`, whose run records them whole.
pub(super) fn of_time(record: &RunRecord) -> Vec<&Finding> {
    record.findings.iter().filter(|finding| finding.code.starts_with("template/")).collect()
}

/// A profile without a run: what was read from a file.
pub(super) fn profile_object(index: &ProfileIndex, workspace: Option<&Path>) -> Map<String, Value> {
    let profile = index.profile();
    let attribution = index.attribution();
    let [exact, function, none] = attribution.shares();
    let all_bytes = profile.tree.whole_bytes() as f64;
    let is_listed = |cost: &Cost| {
        index.share(cost.total_us) >= LEAST_SHARE || (cost.total_bytes > 0 && cost.total_bytes as f64 >= all_bytes * LEAST_SHARE)
    };
    let deopts = deopts_by_function(&profile.decisions);
    let functions: Vec<Value> = index
        .totals()
        .functions
        .iter()
        .filter(|row| is_listed(&row.cost))
        .map(|row| {
            let frame = profile.frame(row.frame);
            let mut object = costs(index, &row.cost);
            object.insert("name".into(), json!(frame.name));
            object.insert("file".into(), json!(frame.source.map(|source| file(profile, source, workspace))));
            object.insert("line".into(), json!(frame.start.map(|start| start.line)));
            object.insert("column".into(), json!(frame.start.map(|start| start.column).filter(|column| *column > 0)));
            object.insert("category".into(), json!(frame.category));
            object.insert("tier".into(), json!(row.tier()));
            if profile.decisions.recorded.deopts {
                object.insert("deopts".into(), json!(deopts.get(&row.frame).copied().unwrap_or(0)));
            }
            Value::Object(object)
        })
        .collect();
    let lines: Vec<Value> = index
        .totals()
        .lines
        .iter()
        .filter(|row| is_listed(&row.cost))
        .map(|row| {
            let mut object = costs(index, &row.cost);
            object.insert("file".into(), json!(file(profile, row.source, workspace)));
            object.insert("line".into(), json!(row.line));
            Value::Object(object)
        })
        .collect();
    let ms = |us: u64| us as f64 / 1e3;
    let object = json!({
        "schema": "tickmark/profile@1",
        "samples": index.active_samples(),
        "intervalUs": profile.interval_us,
        "activeMs": ms(attribution.active_us()),
        "attribution": { "exact": exact, "function": function, "none": none },
        "dropped": profile.dropped,
        "functions": functions,
        "lines": lines,
        "other": { "gcMs": ms(attribution.gc_us), "programMs": ms(attribution.program_us), "idleMs": ms(attribution.idle_us) },
        "load": null,
        "notes": profile.notes,
        "artifacts": {},
    });
    match object {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

/// Times and sample counts of a function or line; bytes where recorded.
pub(super) fn costs(index: &ProfileIndex, cost: &Cost) -> Map<String, Value> {
    let percent = |us: u64| round(index.share(us) * 100.0, 1e3);
    let mut object = Map::new();
    object.insert("selfMs".into(), json!(cost.self_us as f64 / 1e3));
    object.insert("totalMs".into(), json!(cost.total_us as f64 / 1e3));
    object.insert("selfPercent".into(), json!(percent(cost.self_us)));
    object.insert("totalPercent".into(), json!(percent(cost.total_us)));
    object.insert("samples".into(), json!(cost.self_samples));
    object.insert("totalSamples".into(), json!(cost.total_samples));
    if index.profile().tree.has_bytes() {
        object.insert("selfBytes".into(), json!(cost.self_bytes));
        object.insert("totalBytes".into(), json!(cost.total_bytes));
    }
    object
}

fn round(value: f64, digits: f64) -> f64 {
    (value * digits).round() / digits
}

/// A source as a path relative to the workspace with forward slashes; outside of it absolute; else its URL.
pub(super) fn file(profile: &Profile, source: SourceId, workspace: Option<&Path>) -> String {
    let source = profile.source(source);
    let Some(path) = &source.path else { return source.url.clone() };
    let relative = workspace.and_then(|workspace| Path::new(path).strip_prefix(workspace).ok());
    relative.map_or_else(|| path.clone(), |relative| relative.to_string_lossy().into_owned()).replace('\\', "/")
}

/// What recording cost.
pub(super) fn overhead(record: &RunRecord) -> Value {
    record.overhead.map_or(Value::Null, |overhead| {
        json!({
            "plainCpuMsPerRequest": overhead.plain_cpu_ms_per_request,
            "profiledCpuMsPerRequest": overhead.profiled_cpu_ms_per_request,
            "ratio": overhead.ratio(),
            "interval": overhead.interval,
        })
    })
}

/// The files of a run.
pub(super) fn artifacts(run: &Run) -> Value {
    let Some(folder) = &run.folder else { return json!({}) };
    let absolute = |file: &std::path::PathBuf| folder.join(file);
    let files = &run.record.artifacts;
    json!({
        "folder": folder,
        "html": files.html.as_ref().map(absolute),
        "svg": files.svg.as_ref().map(absolute),
        "raw": files.raw.iter().map(absolute).collect::<Vec<_>>(),
    })
}
