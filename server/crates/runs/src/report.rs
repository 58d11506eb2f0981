//! The files a run leaves for people: the report with the flamegraph, and the SVG.

use crate::record::{Instruments, RunRecord};
use formats::write::html::{self, Page, Report};
use formats::write::svg;
use profile::index::ProfileIndex;
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::Path;

const TEMPLATE: &str = include_str!("../../../../editors/webview/dist/template.html");
const STYLE: &str = include_str!("../../../../editors/webview/dist/report.css");
const SCRIPT: &str = include_str!("../../../../editors/webview/dist/report.js");

/// Writes the report: one self-contained page.
pub(crate) fn write_html(index: &ProfileIndex, record: &RunRecord, workspace: &Path, out: &mut impl Write) -> io::Result<()> {
    let meta = meta(index, record, workspace).to_string();
    let (title, _) = titles(record);
    let load = shown_load(record).map(|load| load.to_string());
    let versus = record.versus.as_ref().map(|versus| json!(versus).to_string());
    let page = Page { template: TEMPLATE, css: STYLE, script: SCRIPT };
    let report = Report {
        title: &title,
        // The page makes its own second line from `meta`.
        subtitle: "",
        meta_json: &meta,
        load_json: load.as_deref(),
        versus_json: versus.as_deref(),
        root: Some(workspace),
    };
    html::write(index.profile(), &report, &page, out)
}

/// Writes the report of a profile that is not of a run.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_report(index: &ProfileIndex, title: &str, out: &mut impl Write) -> io::Result<()> {
    let page = Page { template: TEMPLATE, css: STYLE, script: SCRIPT };
    let meta = profile_meta(index).to_string();
    html::write(
        index.profile(),
        &Report { title, subtitle: "", meta_json: &meta, load_json: None, versus_json: None, root: None },
        &page,
        out,
    )
}

/// Writes the flamegraph as SVG.
pub(crate) fn write_svg(index: &ProfileIndex, record: &RunRecord, out: &mut impl Write) -> io::Result<()> {
    let (title, subtitle) = titles(record);
    svg::write(index.profile(), &title, Some(&subtitle), out)
}

pub(crate) fn titles(record: &RunRecord) -> (String, String) {
    let subtitle = format!("Node {} · {} samples · run {}", record.node.version, record.samples, record.id);
    (record.target.title(), subtitle)
}

/// The `meta` of a run's page.
fn meta(index: &ProfileIndex, record: &RunRecord, workspace: &Path) -> Value {
    let mut meta = profile_meta(index);
    meta["node"] = json!(record.node.version);
    meta["v8"] = json!(record.node.v8_version);
    meta["date"] = json!(record.id.date());
    meta["target"] = json!(record.target.to_string());
    meta["root"] = json!(workspace);
    meta["environment"] = shown_environment(record);
    if record.instruments == Instruments::Load {
        meta["notes"] = json!(record.notes);
    }
    meta["load"] = json!(record.load.as_ref().map(|load| json!({
        "requestsPerSecond": load.requests_per_second,
        "p50Ms": load.latency_ms.map(|latency| latency.p50),
        "p99Ms": load.latency_ms.map(|latency| latency.p99),
        "failed": load.failed,
        "clientLimited": load.client_limited,
    })));
    meta
}

/// A run's load test as the views show it: the report, as `notes` what must be known before its figures, and as `serverCpuUs` what a request
/// cost the server. None for a program.
pub fn shown_load(record: &RunRecord) -> Option<Value> {
    let load = record.load.as_ref()?;
    let mut shown = json!(load);
    shown["notes"] = json!(load.notes());
    shown["serverCpuUs"] = json!(record.server_cpu_us);
    Some(shown)
}

/// What a run was measured on, as the views show it.
pub fn shown_environment(record: &RunRecord) -> Value {
    let RunRecord { node, host, git, .. } = record;
    json!({
        "node": node.version,
        "v8": node.v8_version,
        "flags": node.flags,
        "nodeEnv": node.node_env,
        "commit": git.as_ref().map(|git| &git.commit),
        "dirty": git.as_ref().map(|git| git.dirty),
        "os": host.os,
        "arch": host.arch,
        "cpuModel": host.cpu_model,
        "cpus": host.cpus,
        "governor": host.governor,
        "loadAverage": host.load_average,
    })
}

/// The `meta` that follows from the profile alone.
fn profile_meta(index: &ProfileIndex) -> Value {
    let attribution = index.attribution();
    let [exact, function, none] = attribution.shares();
    let ms = |us: u64| us as f64 / 1e3;
    json!({
        "samples": index.active_samples(),
        "intervalUs": index.profile().interval_us,
        "attribution": { "exact": exact, "function": function, "none": none },
        "dropped": index.profile().dropped,
        "other": { "gcMs": ms(attribution.gc_us), "programMs": ms(attribution.program_us), "idleMs": ms(attribution.idle_us) },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use profile::Profile;

    /// A benchmark as it is stored.
    fn benchmark() -> RunRecord {
        let load = json!({
            "requestsPerSecond": 200.0, "latencyMs": null, "latencyCounts": [[61.5, 2]], "openLoop": true, "sent": 400, "completed": 390,
            "failed": 10, "unfinished": 0, "retried": 0, "statuses": { "200": 390 }, "errors": { "closed": 10 }, "clientLimited": false,
            "requestedRate": 200.0, "achievedRate": 200.0, "durationMs": 2000.0, "connections": 1, "connects": 1, "connectMs": null,
            "receivedBytes": 0, "failures": [{ "atMs": 1.0, "kind": "closed", "status": null, "message": "", "body": "</script>" }],
            "generator": { "threads": 1, "cpuMs": null, "cpuShare": null, "busyShare": 0.1, "lagMs": { "mean": 0.0, "max": 0.0 } }, "slices": []
        });
        let record = json!({
            "schema": "tickmark/run@1", "id": "1", "target": { "kind": "route", "entry": "a.js", "method": "GET", "path": "/" },
            "instruments": "load", "startedAtMs": 0, "durationMs": 0,
            "node": { "path": "node", "version": "22.1.0", "v8Version": "12", "flags": ["--jitless"], "nodeEnv": null },
            "host": { "os": "linux", "arch": "x86_64", "cpus": 2, "governor": "performance" },
            "git": { "commit": "11362f1", "dirty": true }, "load": load, "program": null, "overhead": null,
            "serverCpuUs": { "mean": 212.0, "sd": 4.0, "parts": [208.0, 216.0] },
            "attribution": { "exactUs": 0, "functionUs": 0, "noneUs": 0, "gcUs": 0, "programUs": 0, "idleUs": 0 },
            "samples": 0, "dropped": {}, "notes": ["The machine was busy."], "findings": [], "comparison": null,
            "artifacts": { "html": null, "svg": null, "model": null, "raw": [] }, "sources": {}
        });
        serde_json::from_value(record).unwrap()
    }

    #[test]
    fn the_page_of_a_benchmark_holds_its_whole_report() {
        let mut page = Vec::new();
        write_html(&ProfileIndex::new(Profile::default()), &benchmark(), Path::new("/app"), &mut page).unwrap();
        let page = String::from_utf8(page).unwrap();
        let data = page.split_once(r#"id="tickmark-data">"#).unwrap().1.split_once("</script>").unwrap().0;
        let data: Value = serde_json::from_str(data).unwrap();
        assert_eq!(data["load"]["latencyCounts"], json!([[61.5, 2]]));
        assert_eq!(data["load"]["failures"][0]["body"], "</script>");
        assert_eq!(data["load"]["serverCpuUs"]["mean"], 212.0);
        assert_eq!(data["load"]["notes"][0]["kind"], "failures");
        assert_eq!(data["meta"]["notes"], json!(["The machine was busy."]));
        assert_eq!(data["nodes"]["parent"], json!([]));
        assert!(data.get("versus").is_none());
        let environment = &data["meta"]["environment"];
        assert_eq!(
            (&environment["commit"], &environment["dirty"], &environment["flags"]),
            (&json!("11362f1"), &json!(true), &json!(["--jitless"]))
        );
        assert_eq!((&environment["nodeEnv"], &environment["governor"]), (&Value::Null, &json!("performance")));
    }

    #[test]
    fn a_program_has_no_load_test() {
        let program = RunRecord { load: None, ..benchmark() };
        assert_eq!(shown_load(&program), None);
        let mut page = Vec::new();
        write_html(&ProfileIndex::new(Profile::default()), &program, Path::new("/app"), &mut page).unwrap();
        assert!(!String::from_utf8(page).unwrap().contains("\"latencyCounts\":["));
    }
}
