//! Diagnostics: the hottest places, and defects.

use profile::totals::Cost;
use source::functions::FunctionKind;
use source::position::{ByteOffset, ByteRange};

use crate::hover::place_of;
use crate::lenses::request_method;
use crate::measured::MeasuredFile;
use crate::rich_text::Place;
use crate::settings::{DiagnosticCategory, DiagnosticSettings};
use crate::view::FileView;
use crate::wording::{name, percent, time};

/// Most callers in `related`.
const MAX_RELATED: usize = 5;

/// A remark on a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// The place.
    pub range: ByteRange,
    /// How grave.
    pub severity: Severity,
    /// Stable code, such as `hot/line`.
    pub code: String,
    /// The remark.
    pub message: String,
    /// Other places it is about.
    pub related: Vec<Related>,
}

/// How grave a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// A fact.
    Hint,
    /// A defect.
    Warning,
}

/// Another place of a diagnostic: of the same file today's, of others that in the text that was measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The place.
    pub place: Place,
    /// What it has to do with it.
    pub message: String,
}

/// All diagnostics of a file: defects, then hot places, the dearest first.
pub fn diagnostics(view: &FileView, settings: &DiagnosticSettings) -> Vec<Diagnostic> {
    let wants = |category| settings.categories.contains(&category);
    let mut all = Vec::new();
    if wants(DiagnosticCategory::Finding) {
        all.extend(findings(view));
    }
    if wants(DiagnosticCategory::Hot) {
        all.extend(hot(view, settings));
    }
    all.truncate(settings.max_per_file);
    all
}

fn hot(view: &FileView, settings: &DiagnosticSettings) -> Vec<Diagnostic> {
    let Some(measured) = view.measured() else { return Vec::new() };
    let enough = |cost: &Cost| cost.self_samples >= settings.min_samples && measured.share(cost.self_us) * 100.0 >= settings.min_percent;
    let figures = |cost: &Cost| {
        format!(
            "{} self ({}, {} samples), {} total",
            percent(measured.share(cost.self_us)),
            time(cost.self_us),
            cost.self_samples,
            percent(measured.share(cost.total_us)),
        )
    };
    let target = &measured.results.figures.target;
    let mut ranked: Vec<(u64, Diagnostic)> = Vec::new();
    for (placed, line) in view.measured_lines() {
        if placed.changed || !enough(&line.cost) {
            continue;
        }
        let around = view.function_around(placed.range.start);
        let inside = around.map_or_else(String::new, |(_, function)| format!(" in ƒ {}", name(&function.name)));
        let message = format!("Hot line{inside}: {} of {target}", figures(&line.cost));
        let related = around.map_or_else(Vec::new, |(_, function)| callers(view, measured, function.frame));
        let range = without_indent(view, placed.range);
        ranked.push((line.cost.self_us, Diagnostic { range, severity: Severity::Hint, code: "hot/line".into(), message, related }));
    }
    for (placed, function) in view.measured_functions() {
        if function.kind == FunctionKind::Toplevel || placed.stale || !enough(&function.cost) {
            continue;
        }
        // A function that is one hot line needs no second remark.
        let one_line = view
            .measured_lines()
            .filter(|(line, _)| placed.range.start <= line.range.end && line.range.start < placed.range.end)
            .any(|(line, measured)| !line.changed && measured.cost.self_us * 10 >= function.cost.self_us * 9);
        if one_line {
            continue;
        }
        let message = format!("Hot function {}: {} of {target}", name(&function.name), figures(&function.cost));
        let related = callers(view, measured, function.frame);
        let diagnostic = Diagnostic { range: placed.header, severity: Severity::Hint, code: "hot/function".into(), message, related };
        ranked.push((function.cost.self_us, diagnostic));
    }
    ranked.sort_by(|(a, _), (b, _)| b.cmp(a));
    ranked.into_iter().map(|(_, diagnostic)| diagnostic).collect()
}

fn callers(view: &FileView, measured: &MeasuredFile, frame: profile::FrameId) -> Vec<Related> {
    measured
        .results
        .index
        .callers_of(frame)
        .filter_map(|edge| {
            let (caller, place) = place_of(view, measured, edge.caller);
            let message = format!("called by {caller}: {} of the time", percent(measured.share(edge.total_us)));
            Some(Related { place: place?, message })
        })
        .take(MAX_RELATED)
        .collect()
}

fn without_indent(view: &FileView, range: ByteRange) -> ByteRange {
    let text = view.subject.document.text().byte_slice(range.start.0..range.end.0);
    let indent: usize = text.chars().take_while(|char| char.is_whitespace()).map(char::len_utf8).sum();
    if indent == text.len_bytes() { range } else { ByteRange { start: ByteOffset(range.start.0 + indent), end: range.end } }
}

/// Defects of the newest run of each target, where that target is in this file: at its route, else at the top of the file started.
fn findings(view: &FileView) -> impl Iterator<Item = Diagnostic> + '_ {
    view.subject.targets.iter().flat_map(move |figures| {
        let same_entry = view.subject.starts.as_deref().is_none_or(|starts| starts == figures.entry);
        let of_target = |(method, path): &(String, String)| {
            view.subject.routes.iter().find(|route| request_method(route) == method && route.path == *path)
        };
        let route = figures.route.as_ref().filter(|_| same_entry).and_then(of_target).map(|route| route.range);
        let top = || {
            let is_started = view.subject.entry.as_deref() == Some(figures.entry.as_str());
            (figures.route.is_none() && is_started).then(|| view.editor_line(ByteOffset(0)))
        };
        let range = route.or_else(top);
        figures.findings.iter().filter_map(move |finding| {
            let share = percent(finding.share);
            Some(Diagnostic {
                range: range?,
                severity: Severity::Warning,
                code: finding.code.clone(),
                message: format!("{} ({share} of {}) {}", finding.message, figures.target, finding.advice),
                related: Vec::new(),
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, SERVER};

    fn check(fixture: Fixture, settings: &DiagnosticSettings, expected: &[&str]) {
        let view = fixture.view();
        let text = view.subject.document.text();
        let shown: Vec<String> = diagnostics(&view, settings)
            .iter()
            .map(|found| {
                let line = text.byte_to_line(found.range.start.0) + 1;
                format!("{line} {:?} {} +{}: {}", found.severity, found.code, found.related.len(), found.message)
            })
            .collect();
        assert_eq!(shown.len(), expected.len(), "{shown:#?}");
        for (shown, expected) in shown.iter().zip(expected) {
            assert!(shown.starts_with(expected), "{shown:?} does not start with {expected:?}");
        }
    }

    #[test]
    fn ranked_and_capped() {
        let settings = DiagnosticSettings::default();
        let function = "2 Hint hot/function +1: Hot function render: 72.5% self (72.5 ms, 29 samples), 72.5% total of GET /hello";
        let line = "3 Hint hot/line +1: Hot line in ƒ render: 60% self";
        check(Fixture::new(SERVER), &settings, &[function, line, "8 Hint hot/line +0", "4 Hint hot/line +1"]);
        check(Fixture::new(SERVER), &DiagnosticSettings { max_per_file: 2, ..settings.clone() }, &[function, line]);
        check(Fixture::new(SERVER), &DiagnosticSettings { categories: Vec::new(), ..settings }, &[]);
    }

    #[test]
    fn changed_code_has_none() {
        let changed = Fixture::new(SERVER).edited(Some(("heavy(items)", "light(items)")));
        check(changed, &DiagnosticSettings::default(), &["8 Hint hot/line", "4 Hint hot/line"]);
    }

    #[test]
    fn findings_are_warnings_at_their_route() {
        let fixture = Fixture::new(SERVER).with_target("GET", "/hello").with_finding("template/recompiled");
        let settings = DiagnosticSettings { categories: vec![DiagnosticCategory::Finding], ..DiagnosticSettings::default() };
        check(fixture, &settings, &["11 Warning template/recompiled +0: The template is compiled anew. (40% of GET /hello) Cache it."]);
    }
}
