//! The hottest places.

use profile::totals::Cost;
use source::functions::FunctionKind;
use source::position::{ByteOffset, ByteRange, V8Position};

use super::{Diagnostic, Ranked, Related, RelatedAt, Severity};
use crate::hover::place_of;
use crate::measured::MeasuredFile;
use crate::rich_text::Place;
use crate::settings::DiagnosticSettings;
use crate::view::FileView;
use crate::wording::{name, percent, time};

/// Most callers in `related`.
const MAX_RELATED: usize = 5;

/// Hot lines, and hot functions that are not one hot line.
pub(super) fn hot(view: &FileView, settings: &DiagnosticSettings) -> Vec<Ranked> {
    let Some(measured) = view.measured() else { return Vec::new() };
    let enough = |cost: &Cost| {
        cost.self_samples >= settings.min_samples && cost.self_us > 0 && measured.share(cost.self_us) * 100.0 >= settings.min_percent
    };
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
    let mut ranked: Vec<Ranked> = Vec::new();
    let share = |cost: &Cost| measured.share(cost.self_us);
    for (placed, line) in view.measured_lines() {
        if placed.changed || !enough(&line.cost) {
            continue;
        }
        let around = view.function_around(placed.range.start);
        let inside = around.map_or_else(String::new, |(_, function)| format!(" in ƒ {}", name(&function.name)));
        let message = format!("Hot line{inside}: {} of {target}", figures(&line.cost));
        let related = around.map_or_else(Vec::new, |(_, function)| callers(view, measured, function.frame));
        let range = without_indent(view, placed.range);
        let diagnostic = Diagnostic { range, severity: Severity::Hint, code: "hot/line".into(), message, related, stale: false };
        ranked.push(Ranked { share: share(&line.cost), diagnostic });
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
        let (range, code) = (placed.header, "hot/function".into());
        let diagnostic = Diagnostic { range, severity: Severity::Hint, code, message, related, stale: false };
        ranked.push(Ranked { share: share(&function.cost), diagnostic });
    }
    ranked
}

fn callers(view: &FileView, measured: &MeasuredFile, frame: profile::FrameId) -> Vec<Related> {
    measured
        .results
        .index
        .callers_of(frame)
        .filter_map(|edge| {
            let (caller, place) = place_of(view, measured, edge.caller);
            let message = format!("called by {caller}: {} of the time", percent(measured.share(edge.total_us)));
            let at = view.function_of(edge.caller).map(|(placed, _)| placed.header);
            let elsewhere = |place: Place| RelatedAt::Elsewhere { path: place.path, position: V8Position { line: place.line, column: 1 } };
            Some(Related { at: at.map(RelatedAt::Here).or(place.map(elsewhere))?, message })
        })
        .take(MAX_RELATED)
        .collect()
}

fn without_indent(view: &FileView, range: ByteRange) -> ByteRange {
    let text = view.subject.document.text().byte_slice(range.start.0..range.end.0);
    let indent: usize = text.chars().take_while(|char| char.is_whitespace()).map(char::len_utf8).sum();
    if indent == text.len_bytes() { range } else { ByteRange { start: ByteOffset(range.start.0 + indent), end: range.end } }
}
