//! A recording of V8's decisions as JSON: `tickmark/trace@1`.

use super::profile_json::{artifacts, overhead};
use super::trace_tables::Tables;
use super::trace_text::Shown;
use ide::explanations::{advice, explanation};
use profile::Finding;
use profile::finding::{FindingPlace, RelatedPlace};
use profile::index::ProfileIndex;
use runs::Run;
use serde_json::{Value, json};
use std::path::Path;

/// A run as JSON.
pub(super) fn json(run: &Run, workspace: &Path, shown: &Shown) -> Value {
    let record = &run.record;
    let index = ProfileIndex::new(run.profile.clone());
    let tables = Tables::new(&index, Some(workspace));
    let findings = shown.findings(run, &index);
    json!({
        "schema": "tickmark/trace@1",
        "runId": record.id,
        "target": record.target,
        "node": record.node,
        "recorded": run.profile.decisions.recorded,
        "findings": findings.iter().map(|finding| object(finding, Some(workspace))).collect::<Vec<_>>(),
        "deopts": tables.deopts(),
        "functions": tables.functions(),
        "inlinings": tables.inlinings(),
        "inlineCaches": tables.inline_caches(),
        "samples": record.samples,
        "intervalUs": run.profile.interval_us,
        "activeMs": record.attribution.active_us() as f64 / 1e3,
        "load": record.load,
        "program": record.program,
        "overhead": overhead(record),
        "dropped": record.dropped,
        "notes": record.notes,
        "artifacts": artifacts(run),
    })
}

/// A finding as JSON.
pub(super) fn object(finding: &Finding, workspace: Option<&Path>) -> Value {
    let related = |related: &RelatedPlace| {
        let mut object = place(Some(&related.place), workspace);
        object["message"] = json!(related.message);
        object
    };
    let mut object = place(finding.place.as_ref(), workspace);
    object["code"] = json!(finding.code);
    object["severity"] = json!(finding.severity);
    object["message"] = json!(finding.message);
    object["advice"] = json!(advice(finding));
    object["share"] = json!(finding.share);
    object["count"] = json!(finding.count);
    object["related"] = finding.related.iter().map(related).collect();
    object["page"] = json!(explanation(&finding.code).map(|page| page.page_path()));
    object
}

/// The file of a place: relative to the workspace with forward slashes, else as it is.
pub(super) fn shown_file(place: &FindingPlace, workspace: Option<&Path>) -> String {
    let relative = workspace.and_then(|workspace| Path::new(&place.file).strip_prefix(workspace).ok());
    relative.map_or_else(|| place.file.clone(), |relative| relative.to_string_lossy().into_owned()).replace('\\', "/")
}

fn place(place: Option<&FindingPlace>, workspace: Option<&Path>) -> Value {
    let position = place.and_then(|place| place.position.or(place.function_start));
    json!({
        "file": place.map(|place| shown_file(place, workspace)),
        "line": position.map(|position| position.line),
        "column": position.map(|position| position.column).filter(|column| *column > 0),
        "function": place.map(|place| &place.function),
    })
}
