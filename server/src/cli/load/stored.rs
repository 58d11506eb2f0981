//! A benchmark that is stored: how it is shown, when it was measured and later.

use super::super::profile_json::artifacts;
use super::super::profile_text::comparison_text;
use super::super::table::time;
use super::output::Printed;
use super::text::{describe, listed, wrapped};
use super::versus;
use ::load::PERCENTILES;
use ::runs::export::benchmark_facts;
use ::runs::{Run, RunRecord};
use serde_json::Value;
use std::time::{Duration, UNIX_EPOCH};

/// A benchmark with all that is known of it; none of a run without load.
pub(super) fn printed(run: &Run) -> Option<Printed<'_>> {
    let record = &run.record;
    let report = record.load.as_ref()?;
    Some(Printed {
        report,
        started: UNIX_EPOCH + Duration::from_millis(record.started_at_ms),
        facts: facts(run),
        notes: record.notes.clone(),
        heading: format!("{} · {}\n{}\n", record.target.title(), describe(report), environment(record)),
        below: below(run),
    })
}

/// A benchmark as text, as when it was measured; empty of a run without load.
pub(in crate::cli) fn stored_text(run: &Run) -> String {
    printed(run).map(|printed| printed.usual_text()).unwrap_or_default()
}

/// A benchmark as `tickmark/load@1`.
pub(in crate::cli) fn stored_json(run: &Run) -> anyhow::Result<Value> {
    printed(run).map_or(Ok(Value::Null), |printed| printed.json(&PERCENTILES))
}

/// What is in the JSON of a run besides its report.
fn facts(run: &Run) -> Vec<(&'static str, Value)> {
    let mut facts = Vec::from(benchmark_facts(&run.record));
    if run.folder.is_none() {
        // It was not kept: nothing has its name.
        facts.retain(|(key, _)| *key != "runId");
        facts.push(("runId", Value::Null));
    }
    facts.push(("artifacts", artifacts(run)));
    facts
}

/// Where it ran: Node and V8, the state of the code, the machine.
fn environment(record: &RunRecord) -> String {
    let node = &record.node;
    let mut parts = vec![format!("Node {} (V8 {})", node.version, node.v8_version)];
    if !node.flags.is_empty() {
        parts.push(node.flags.join(" "));
    }
    parts.push(node.node_env.as_ref().map_or_else(|| "NODE_ENV not set".to_owned(), |value| format!("NODE_ENV={value}")));
    if let Some(git) = &record.git {
        let dirty = if git.dirty { " with changes" } else { "" };
        parts.push(format!("commit {}{dirty}", git.commit.chars().take(10).collect::<String>()));
    }
    let host = &record.host;
    let model = host.cpu_model.as_deref().map(|model| format!(" of {model}")).unwrap_or_default();
    parts.push(format!("{} processors{model}", host.cpus));
    if let Some(governor) = &host.governor {
        parts.push(format!("governor {governor}"));
    }
    if let Some(load) = host.load_average {
        parts.push(format!("load average before {load:.2}"));
    }
    listed("  ", &parts)
}

/// The server's own time, the comparison, and what else is to be said of a run.
fn below(run: &Run) -> String {
    let record = &run.record;
    let mut out = String::new();
    if let Some(cpu) = &record.server_cpu_us {
        let scatter = cpu.sd.map(|sd| format!(" ± {}", time(sd / 1e3))).unwrap_or_default();
        out.push_str(&format!("  Server: {}{scatter} of CPU per request\n", time(cpu.mean / 1e3)));
    }
    if let Some(comparison) = &record.comparison {
        out.push_str(&wrapped("  ", &comparison_text(comparison)));
    }
    if let Some(compared) = &record.versus {
        out.push_str(&format!("\n  {}", versus::text(compared, &record.target)));
    }
    if let Some(folder) = &run.folder {
        if let Some(html) = &record.artifacts.html {
            out.push_str(&format!("\n  Report  {}", folder.join(html).display()));
        }
        out.push_str(&format!("\n  Run     {}\n", folder.display()));
    }
    out
}
