//! The files a run leaves for people: the report with the flamegraph, and the SVG.

use crate::record::RunRecord;
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
    let page = Page { template: TEMPLATE, css: STYLE, script: SCRIPT };
    // The page makes its own second line from `meta`.
    html::write(index.profile(), &Report { title: &title, subtitle: "", meta_json: &meta, root: Some(workspace) }, &page, out)
}

/// Writes the report of a profile that is not of a run.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_report(index: &ProfileIndex, title: &str, out: &mut impl Write) -> io::Result<()> {
    let page = Page { template: TEMPLATE, css: STYLE, script: SCRIPT };
    let meta = profile_meta(index).to_string();
    html::write(index.profile(), &Report { title, subtitle: "", meta_json: &meta, root: None }, &page, out)
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
    meta["load"] = json!(record.load.as_ref().map(|load| json!({
        "requestsPerSecond": load.requests_per_second,
        "p50Ms": load.latency_ms.map(|latency| latency.p50),
        "p99Ms": load.latency_ms.map(|latency| latency.p99),
        "failed": load.failed,
        "clientLimited": load.client_limited,
    })));
    meta
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
