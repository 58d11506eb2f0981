//! The hottest places.

use profile::totals::Cost;
use source::functions::FunctionKind;
use source::position::{ByteOffset, ByteRange, V8Position};

use super::{Diagnostic, Ranked, Related, RelatedAt, Severity};
use crate::hover::place_of;
use crate::measured::MeasuredFile;
use crate::results::Measure;
use crate::rich_text::Place;
use crate::settings::DiagnosticSettings;
use crate::view::FileView;
use crate::wording::{name, percent};

/// Most callers in `related`.
const MAX_RELATED: usize = 5;

/// Hot lines, and hot functions that are not one hot line.
pub(super) fn hot(view: &FileView, settings: &DiagnosticSettings) -> Vec<Ranked> {
    let Some(measured) = view.measured() else { return Vec::new() };
    let results = &measured.results;
    let enough = |cost: &Cost| {
        let own = results.own(cost);
        own > 0 && results.is_sampled(cost.self_samples, settings.min_samples) && measured.share(own) * 100.0 >= settings.min_percent
    };
    let figures = |cost: &Cost| {
        let (own, total) = (percent(measured.own_share(cost)), percent(measured.total_share(cost)));
        let amount = results.amount(results.own(cost));
        match results.measure {
            Measure::Cpu => format!("{own} self ({amount}, {} samples), {total} total", cost.self_samples),
            Measure::Allocated => format!("{amount} allocated by itself ({own}), {total} with all it calls,"),
        }
    };
    // What shares are of.
    let target = view.subject.focus.as_ref().map_or(&results.figures.target, |focus| &focus.label);
    let written_since = if measured.written_since { " (the file was written after the profile)" } else { "" };
    let mut ranked: Vec<Ranked> = Vec::new();
    let share = |cost: &Cost| measured.own_share(cost);
    for (placed, line) in view.measured_lines() {
        if placed.changed || !enough(&line.cost) {
            continue;
        }
        let around = view.function_around(placed.range.start);
        let inside = around.map_or_else(String::new, |(_, function)| format!(" in ƒ {}", name(&function.name)));
        let message = format!("Hot line{inside}: {} of {target}{written_since}", figures(&line.cost));
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
            .any(|(line, measured)| {
                !line.changed && results.own(&measured.cost).saturating_mul(10) >= results.own(&function.cost).saturating_mul(9)
            });
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
            let share = percent(measured.share(measured.results.called(edge)));
            let of = match measured.results.measure {
                Measure::Cpu => "the time",
                Measure::Allocated => "allocations",
            };
            let message = format!("called by {caller}: {share} of {of}");
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
