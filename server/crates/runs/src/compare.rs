//! The figures of two runs against each other.

use crate::history::RunLabel;
use crate::record::{Change, Instruments, RunComparison, RunRecord};
use crate::target::Target;
use load::{Protocol, Report};

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
        cpu_ms_per_request: change(server_cpu_ms),
        active_ms: change(|run| run.load.is_none().then(|| run.attribution.active_us() as f64 / 1e3)),
    }
}

/// Without the profiler. Runs that were stored before there were benchmarks have it in their overhead only.
fn server_cpu_ms(run: &RunRecord) -> Option<f64> {
    let own = run.server_cpu_us.as_ref().map(|cpu| cpu.mean / 1e3);
    own.or(run.overhead.map(|overhead| overhead.plain_cpu_ms_per_request))
}

/// The sentence on two loads that differ in more than their results.
pub(crate) fn load_differs(before: &Report, after: &Report) -> Option<String> {
    let (before, after) = (load_in_words(before), load_in_words(after));
    (before != after).then(|| format!("The loads differ: {before} before, {after} after."))
}

fn load_in_words(load: &Report) -> String {
    let connections = format!("{} connection{}", load.connections, if load.connections == 1 { "" } else { "s" });
    let in_flight = if load.in_flight > 1 { format!(" of {} requests in flight", load.in_flight) } else { String::new() };
    let rate = load.requested_rate.map_or_else(|| "as fast as possible".to_owned(), |rate| format!("{rate:.0} requests/s"));
    let protocol = match load.protocol {
        Protocol::Http1 => "",
        Protocol::Http2 => ", HTTP/2",
    };
    format!("{rate} over {connections}{in_flight}{protocol}")
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
    // Runs that were stored before this was asked do not tell.
    let mut tell_known = |what: &str, of: fn(&RunRecord) -> Option<&String>| {
        if let (Some(before), Some(after)) = (of(before), of(after)) {
            tell(what, before.clone(), after.clone());
        }
    };
    tell_known("The processors differ", |run| run.host.cpu_model.as_ref());
    tell_known("The processors' clocks are governed differently", |run| run.host.governor.as_ref());
    if let (Some(before), Some(after)) = (&before.load, &after.load) {
        found.extend(load_differs(before, after));
    }
    found
}

#[cfg(test)]
mod tests;
