//! A profile for a person at a terminal.

use super::profile_json::{file, of_time};
use super::table::{Align, grouped, ms, table};
use ::load::Report;
use profile::index::ProfileIndex;
use profile::totals::Cost;
use runs::record::{Change, RunComparison};
use runs::{Run, RunRecord, Target};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// A run as text.
pub(super) fn text(run: &Run, workspace: &Path, top: usize) -> String {
    let record = &run.record;
    let index = ProfileIndex::new(run.profile.clone());
    let mut out = String::new();
    out.push_str(&heading(record));
    for finding in of_time(record) {
        let _ = writeln!(out, "  ! {}\n    {}\n", finding.message, finding.advice);
    }
    if let Some(load) = &record.load {
        out.push_str(&load_text(load));
    }
    if let Some(comparison) = &record.comparison {
        let _ = writeln!(out, "  {}", comparison_text(comparison));
    }
    if let Some(program) = &record.program {
        let _ = writeln!(out, "  Ran {} · {}", ms(program.wall_ms), program.exit);
    }
    out.push_str(&profile_text(&index, Some(workspace), top));
    out.push_str(&overhead_text(record));
    out.push_str(&notes_and_files(run));
    out
}

/// What ran, on what.
pub(super) fn heading(record: &RunRecord) -> String {
    let entry = match &record.target {
        Target::Route { entry, .. } => format!(" · {}", entry.display()),
        Target::Program { .. } => String::new(),
    };
    format!("{}{entry} · Node {}\n\n", record.target, record.node.version)
}

/// What the run cannot tell, and where it lies.
pub(super) fn notes_and_files(run: &Run) -> String {
    let record = &run.record;
    let mut out = String::new();
    for note in &record.notes {
        let _ = writeln!(out, "  Note: {}", note.replace('\n', "\n    "));
    }
    if let Some(folder) = &run.folder {
        let _ = writeln!(out);
        for (what, file) in [("Flamegraph", &record.artifacts.html), ("SVG", &record.artifacts.svg)] {
            if let Some(file) = file {
                let _ = writeln!(out, "  {what:<11} {}", folder.join(file).display());
            }
        }
        let _ = writeln!(out, "  {:<11} {}", "Run", folder.display());
    }
    out
}

/// What recording cost, as a line.
pub(super) fn overhead_text(record: &RunRecord) -> String {
    let mut out = String::new();
    match record.overhead {
        Some(overhead) => {
            let _ = writeln!(
                out,
                "  Profiling took {:+.1} % CPU per request{} ({} without, {} with).",
                overhead.ratio() * 100.0,
                overhead.interval.map_or_else(String::new, |[low, high]| format!(
                    ", 95 % within {:+.0} to {:+.0}",
                    low * 100.0,
                    high * 100.0
                )),
                ms(overhead.plain_cpu_ms_per_request),
                ms(overhead.profiled_cpu_ms_per_request)
            );
        }
        None if record.load.is_some() => out.push_str("  What profiling cost could not be measured.\n"),
        None => {}
    }
    out
}

/// The figures of a load.
pub(super) fn load_text(load: &Report) -> String {
    let mut out = String::new();
    if load.client_limited {
        out.push_str("  ! The load generator was the limit: the server can do more than this.\n");
    }
    let _ = write!(out, "  {} requests/s", grouped(load.requests_per_second.round() as u64));
    if let Some(latency) = load.latency_ms {
        let _ = write!(out, " · p50 {} · p90 {} · p99 {} · max {}", ms(latency.p50), ms(latency.p90), ms(latency.p99), ms(latency.max));
    }
    let seconds = load.duration_ms / 1e3;
    let _ = writeln!(
        out,
        "\n  {} requests in {seconds:.1} s over {} connections, without the profiler; {} failed, {} unfinished",
        grouped(load.sent),
        load.connections,
        grouped(load.failed),
        load.unfinished
    );
    if load.failed > 0 {
        let kinds: Vec<String> = load.errors.iter().map(|(kind, n)| format!("{} {}", grouped(*n), kind.name())).collect();
        let _ = writeln!(out, "  Failures: {}", kinds.join(", "));
        if let Some(first) = load.failures.first() {
            let _ = writeln!(out, "  The first: {}", first.message);
        }
    }
    let cpu = load.generator.cpu_share.map_or_else(|| "unknown".to_owned(), |share| format!("{:.0} % of a core", share * 100.0));
    let _ = writeln!(out, "  Load generator: CPU {cpu}");
    out
}

/// The difference to the baseline, else to the run before.
pub(super) fn comparison_text(comparison: &RunComparison) -> String {
    let change = |name: &str, change: &Option<Change>| change.map(|change| format!("{name} {}", relative(change)));
    let changes = [
        change("requests/s", &comparison.requests_per_second),
        change("p50", &comparison.p50_ms),
        change("p99", &comparison.p99_ms),
        change("CPU per request", &comparison.cpu_ms_per_request),
        change("active time", &comparison.active_ms),
    ];
    let changes: Vec<String> = changes.into_iter().flatten().collect();
    let which = match (comparison.baseline, &comparison.name) {
        (true, Some(name)) => format!("the baseline {name}, run {}", comparison.with),
        (true, None) => format!("the baseline, run {}", comparison.with),
        (false, Some(name)) => format!("run {} ({name})", comparison.with),
        (false, None) => format!("run {}", comparison.with),
    };
    format!("Against {which}: {} (one run each: a hint, no verdict)", changes.join(" · "))
}

fn relative(change: Change) -> String {
    match change.relative() {
        relative if relative >= 1.0 => format!("×{:.1}", relative + 1.0),
        relative => format!("{:+.1} %", relative * 100.0),
    }
}

/// The hottest functions and lines, and how exact they are.
pub(super) fn profile_text(index: &ProfileIndex, workspace: Option<&Path>, top: usize) -> String {
    let profile = index.profile();
    let attribution = index.attribution();
    let samples = index.active_samples();
    let mut out = String::new();
    if samples == 0 && attribution.active_us() == 0 {
        out.push_str("\n  There is no sample of running code.\n");
        out.push_str(&dropped_text(&profile.dropped));
        return out;
    }
    let effective = index.effective_samples();
    let numbers = |cost: &Cost| {
        vec![
            format!("{:.1} %", index.share(cost.self_us) * 100.0),
            confidence(index.share(cost.self_us), effective),
            format!("{:.0} ms", cost.self_us as f64 / 1e3),
            format!("{:.1} %", index.share(cost.total_us) * 100.0),
            grouped(cost.self_samples),
        ]
    };
    let columns =
        [("self", Align::Right), ("95 % within", Align::Left), ("", Align::Right), ("total", Align::Right), ("samples", Align::Right)];
    let mut rows = Vec::new();
    for row in index.totals().functions.iter().filter(|row| is_executing(&row.cost)).take(top) {
        let frame = profile.frame(row.frame);
        let name = if frame.name.is_empty() { "(anonymous)" } else { &frame.name };
        let place = match (frame.source, frame.start) {
            (Some(source), Some(start)) => format!("{}:{}", file(profile, source, workspace), start.line),
            (Some(source), None) => file(profile, source, workspace),
            _ => String::new(),
        };
        let mut cells = numbers(&row.cost);
        cells.extend([row.tier().label().to_owned(), name.to_owned(), place]);
        rows.push(cells);
    }
    let mut headings = columns.to_vec();
    headings.extend([("tier", Align::Left), ("hottest functions", Align::Left), ("", Align::Left)]);
    let _ = writeln!(out, "\n{}", table(&headings, &rows));
    let mut rows = Vec::new();
    for row in index.totals().lines.iter().filter(|row| is_executing(&row.cost)).take(top) {
        let mut cells = numbers(&row.cost);
        cells.push(format!("{}:{}", file(profile, row.source, workspace), row.line));
        rows.push(cells);
    }
    let mut headings = columns.to_vec();
    headings.push(("hottest lines", Align::Left));
    let _ = writeln!(out, "{}", table(&headings, &rows));
    let percent = |us: u64| index.share(us) * 100.0;
    let _ = writeln!(
        out,
        "  {} samples · garbage collection {:.1} % · no JavaScript {:.1} % · {:.0} ms waiting (not counted)",
        grouped(samples),
        percent(attribution.gc_us),
        percent(attribution.program_us),
        attribution.idle_us as f64 / 1e3
    );
    let [exact, function, none] = attribution.shares().map(|share| share * 100.0);
    let _ = writeln!(out, "  JavaScript time with an exact line {exact:.1} %, function only {function:.1} %, unknown {none:.1} %");
    out.push_str(&dropped_text(&profile.dropped));
    out
}

/// Whether the code itself was seen, not only what it calls. Some files tell times and no samples.
fn is_executing(cost: &Cost) -> bool {
    cost.self_samples > 0 || cost.self_us > 0
}

/// What could not be read, as a line; nothing when all could.
pub(super) fn dropped_text(dropped: &BTreeMap<String, u64>) -> String {
    if dropped.is_empty() {
        return String::new();
    }
    let (normal, damage): (Vec<_>, Vec<_>) = dropped.iter().partition(|(kind, _)| is_normal(kind));
    let told = |what: &str, kinds: Vec<(&String, &u64)>| {
        let kinds: Vec<String> = kinds.into_iter().map(|(kind, n)| format!("{} {}", grouped(*n), words(kind))).collect();
        if kinds.is_empty() { String::new() } else { format!("  {what}: {}\n", kinds.join(", ")) }
    };
    told("Could not be read", damage) + &told("Of unknown place, mostly in Node's start-up code", normal)
}

/// Whether every program has some: functions of Node's start-up snapshot are in no log.
fn is_normal(kind: &str) -> bool {
    matches!(kind, "unresolvedCallers" | "unresolvedInlineCaches" | "refusalsOfUnknownFunction")
}

/// `malformedRecords` as `malformed records`.
fn words(kind: &str) -> String {
    let mut words = String::with_capacity(kind.len() + 4);
    for char in kind.chars() {
        if char.is_uppercase() {
            words.push(' ');
        }
        words.extend(char.to_lowercase());
    }
    words
}

fn confidence(share: f64, samples: f64) -> String {
    if samples == 0.0 {
        return String::new();
    }
    match stats::proportion_interval(share * samples, samples, 0.95) {
        Ok(interval) => format!("{:.1}–{:.1}", interval.low * 100.0, interval.high * 100.0),
        Err(_) => String::new(),
    }
}
