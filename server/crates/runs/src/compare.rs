//! The figures of two runs against each other.

use crate::history::RunLabel;
use crate::record::{Change, Instruments, RunComparison, RunRecord};
use crate::target::Target;

/// A run against another one; `label` is what the user says of the other one. A figure that only one of them has is not compared.
pub fn compare(before: &RunRecord, label: &RunLabel, after: &RunRecord) -> RunComparison {
    let change = |figure: fn(&RunRecord) -> Option<f64>| Some(Change { before: figure(before)?, after: figure(after)? });
    RunComparison {
        with: before.id.clone(),
        name: label.name.clone(),
        baseline: label.pinned,
        requests_per_second: change(|run| Some(run.load.as_ref()?.requests_per_second)),
        p50_ms: change(|run| Some(run.load.as_ref()?.latency_ms?.p50)),
        p99_ms: change(|run| Some(run.load.as_ref()?.latency_ms?.p99)),
        cpu_ms_per_request: change(|run| Some(run.overhead?.plain_cpu_ms_per_request)),
        active_ms: change(|run| run.load.is_none().then(|| run.attribution.active_us() as f64 / 1e3)),
    }
}

/// Sentences about what makes two runs hard to compare: other targets, instruments, Node versions or machines.
pub fn differences(before: &RunRecord, after: &RunRecord) -> Vec<String> {
    let mut found = Vec::new();
    let mut tell = |what: &str, before: String, after: String| {
        if before != after {
            found.push(format!("{what}: {before} before, {after} after."));
        }
    };
    let target = |run: &RunRecord| match &run.target {
        Target::Route { entry, .. } => format!("{} of {}", run.target, entry.display()),
        Target::Program { .. } => run.target.to_string(),
    };
    let instruments = |run: &RunRecord| match run.instruments {
        Instruments::Profile => "a profile".to_owned(),
        Instruments::Load => "a benchmark".to_owned(),
        Instruments::Explain => "a recording of V8's decisions with fewer samples".to_owned(),
    };
    let machine = |run: &RunRecord| format!("{} {} with {} processors", run.host.os, run.host.arch, run.host.cpus);
    let node_env = |run: &RunRecord| run.node.node_env.clone().unwrap_or_else(|| "unset".to_owned());
    tell("They measured different things", target(before), target(after));
    tell("They are of different kinds", instruments(before), instruments(after));
    tell("Node differs", before.node.version.clone(), after.node.version.clone());
    tell("NODE_ENV differs", node_env(before), node_env(after));
    tell("The machines differ", machine(before), machine(after));
    found
}

#[cfg(test)]
mod tests;
