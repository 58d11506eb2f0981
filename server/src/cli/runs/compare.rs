//! `tickmark runs compare`

use super::super::table::{Align, grouped, ms, table, time};
use super::super::{Format, Outcome, print_json, print_text};
use super::called;
use ::runs::record::{Change, RunComparison};
use ::runs::{History, Instruments, Run, RunLabel, RunRecord, compare, differences};
use profile::Category;
use profile::index::ProfileIndex;
use serde_json::{Value, json};
use std::cmp::Ordering;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use views::Model;
use views::wire::{Column, FrameInfo, TableKind, TableRequest};

/// What every comparison of two runs says of itself.
const NO_VERDICT: &str = "One run each: a hint, no verdict.";
/// Functions whose share grew most, and as many whose share shrank most, that are looked at.
const MOST_FUNCTIONS: usize = 200;
/// Smaller changes of a share are not told.
const LEAST_CHANGE: f64 = 0.0001;

/// Two runs, the first one before.
struct Compared {
    runs: [RunRecord; 2],
    labels: [RunLabel; 2],
    figures: RunComparison,
    /// Largest change first.
    functions: Vec<FunctionChange>,
    notes: Vec<String>,
}

/// A function's shares of active time, 0 to 1.
struct FunctionChange {
    frame: FrameInfo,
    self_share: Change,
    total_share: Change,
    /// Where the change of the self time lies as far as the numbers of samples tell.
    interval: Option<[f64; 2]>,
}

pub(super) fn run(history: &History, workspace: &Path, names: [&str; 2], top: usize, format: Format) -> anyhow::Result<Outcome> {
    let [before, after] = [history.find(names[0])?, history.find(names[1])?];
    let labels = [&before, &after].map(|id| history.label(id).unwrap_or_default());
    let compared = Compared::new([history.load(&before)?, history.load(&after)?], labels);
    match format {
        Format::Json => print_json(&compared.json(workspace))?,
        Format::Text => print_text(&compared.text(workspace, top))?,
    }
    Ok(Outcome::Success)
}

impl Compared {
    fn new([before, after]: [Run; 2], labels: [RunLabel; 2]) -> Self {
        let mut notes = differences(&before.record, &after.record);
        if before.record.id == after.record.id {
            notes.push("This is one run compared with itself.".to_owned());
        }
        notes.push(NO_VERDICT.to_owned());
        let figures = compare(&before.record, &labels[0], &after.record);
        let functions = function_changes(ProfileIndex::new(before.profile), ProfileIndex::new(after.profile));
        Self { runs: [before.record, after.record], labels, figures, functions, notes }
    }

    fn json(&self, workspace: &Path) -> Value {
        let run = |row: usize| {
            let (record, label) = (&self.runs[row], &self.labels[row]);
            json!({
                "runId": record.id, "label": label, "target": record.target, "instruments": record.instruments, "node": record.node,
                "samples": record.samples,
            })
        };
        let shares = |change: &Change| {
            let [before, after] = [change.before, change.after].map(points);
            json!({ "before": before, "after": after, "change": points(change.after - change.before) })
        };
        let functions = self.functions.iter().map(|function| {
            let FunctionChange { frame, self_share, total_share, interval } = function;
            json!({
                "name": frame.name,
                "file": Some(file(frame, workspace)).filter(|file| !file.is_empty()),
                "line": Some(frame.line).filter(|line| *line > 0),
                "column": Some(frame.column).filter(|column| *column > 0),
                "category": frame.category,
                "selfPercent": shares(self_share),
                "totalPercent": shares(total_share),
                "selfChangeInterval": interval.map(|interval| interval.map(points)),
            })
        });
        json!({
            "schema": "tickmark/comparison@1",
            "before": run(0),
            "after": run(1),
            "requestsPerSecond": self.figures.requests_per_second,
            "p50Ms": self.figures.p50_ms,
            "p99Ms": self.figures.p99_ms,
            "cpuMsPerRequest": self.figures.cpu_ms_per_request,
            "activeMs": self.figures.active_ms,
            "functions": functions.collect::<Vec<_>>(),
            "notes": self.notes,
        })
    }

    fn text(&self, workspace: &Path, top: usize) -> String {
        let mut out = String::new();
        for (word, record, label) in [("Before", &self.runs[0], &self.labels[0]), ("After", &self.runs[1], &self.labels[1])] {
            let parts = [record.id.to_string(), called(label), record.target.to_string(), format!("Node {}", record.node.version)];
            let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            let _ = writeln!(out, "  {word:<7} {}", parts.join(" · "));
        }
        let number: fn(f64) -> String = |value| grouped(value.round() as u64);
        let figures = [
            ("requests/s", self.figures.requests_per_second, number),
            ("p50", self.figures.p50_ms, time),
            ("p99", self.figures.p99_ms, time),
            ("CPU per request", self.figures.cpu_ms_per_request, time),
            ("active time", self.figures.active_ms, ms),
        ];
        let rows: Vec<Vec<String>> = figures
            .into_iter()
            .filter_map(|(name, change, shown)| {
                let change = change?;
                Some(vec![name.to_owned(), shown(change.before), shown(change.after), format!("{:+.1} %", change.relative() * 100.0)])
            })
            .collect();
        if !rows.is_empty() {
            let columns = [("", Align::Left), ("before", Align::Right), ("after", Align::Right), ("change", Align::Right)];
            let _ = writeln!(out, "\n{}", table(&columns, &rows).trim_end());
        }
        out.push('\n');
        // A benchmark records nothing inside the program.
        if self.runs.iter().any(|record| record.instruments != Instruments::Load) {
            out.push_str(&self.functions_text(workspace, top));
            out.push('\n');
        }
        for note in &self.notes {
            let _ = writeln!(out, "  Note: {note}");
        }
        out
    }

    fn functions_text(&self, workspace: &Path, top: usize) -> String {
        if self.functions.is_empty() {
            return "  No function's share of the active time changed.\n".to_owned();
        }
        let rows: Vec<Vec<String>> = self.functions.iter().take(top).map(|function| function.row(workspace)).collect();
        let columns = [
            ("self before", Align::Right),
            ("after", Align::Right),
            ("points", Align::Right),
            ("95 % within", Align::Left),
            ("total points", Align::Right),
            ("share of active time changed most", Align::Left),
            ("", Align::Left),
        ];
        table(&columns, &rows)
    }
}

impl FunctionChange {
    fn row(&self, workspace: &Path) -> Vec<String> {
        let Self { frame, self_share, total_share, interval } = self;
        let signed = |share: f64| format!("{:+.1}", share * 100.0);
        let path = file(frame, workspace);
        vec![
            format!("{:.1} %", self_share.before * 100.0),
            format!("{:.1} %", self_share.after * 100.0),
            signed(self_share.after - self_share.before),
            interval.map(|[low, high]| format!("{} to {}", signed(low), signed(high))).unwrap_or_default(),
            signed(total_share.after - total_share.before),
            if frame.name.is_empty() { "(anonymous)".to_owned() } else { frame.name.clone() },
            if frame.line > 0 && !path.is_empty() { format!("{path}:{}", frame.line) } else { path },
        ]
    }

    fn size(&self) -> f64 {
        (self.self_share.after - self.self_share.before).abs()
    }
}

/// The functions whose share of active time changed most.
fn function_changes(before: ProfileIndex, after: ProfileIndex) -> Vec<FunctionChange> {
    // The views' own table: what the difference flamegraph takes for one function is one here.
    let model = Model::new(Arc::new(after), Some(Arc::new(before)));
    let mut found: Vec<FunctionChange> = Vec::new();
    for ascending in [false, true] {
        let request = TableRequest {
            kind: TableKind::BottomUp,
            sort: Column::SelfChange,
            ascending,
            // Waiting is no active time.
            hidden: vec![Category::Idle],
            limit: MOST_FUNCTIONS,
            ..TableRequest::default()
        };
        // It names no function and no measure, so nothing can be missing.
        let Ok(page) = model.table(&request) else { continue };
        let share = |us: u64| if page.base_us == 0 { 0.0 } else { us as f64 / page.base_us as f64 };
        for row in page.rows {
            let (self_before, total_before) = row.before_us.unwrap_or_default();
            let self_share = Change { before: share(self_before), after: share(row.self_us) };
            let total_share = Change { before: share(total_before), after: share(row.total_us) };
            let change =
                FunctionChange { frame: row.frame, self_share, total_share, interval: row.change_interval.map(|[of_self, _]| of_self) };
            if change.size() >= LEAST_CHANGE && found.iter().all(|other| other.frame.id != change.frame.id) {
                found.push(change);
            }
        }
    }
    found.sort_by(|a, b| b.size().partial_cmp(&a.size()).unwrap_or(Ordering::Equal).then(a.frame.id.cmp(&b.frame.id)));
    found
}

/// In percent or percentage points, to a thousandth.
fn points(share: f64) -> f64 {
    (share * 1e5).round() / 1e3
}

/// The file of a function: relative to the workspace with forward slashes, else as it is.
fn file(frame: &FrameInfo, workspace: &Path) -> String {
    let relative = Path::new(&frame.path).strip_prefix(workspace).ok().filter(|_| frame.is_file);
    relative.map_or_else(|| frame.path.clone(), |relative| relative.to_string_lossy().into_owned()).replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_points() {
        assert_eq!([points(0.123_456_7), points(-0.5), points(0.0)], [12.346, -50.0, 0.0]);
    }
}
