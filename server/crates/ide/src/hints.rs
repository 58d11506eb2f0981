//! Inlay hints: a short figure behind hot lines and hot functions' headers.

use profile::totals::Cost;
use source::functions::FunctionKind;
use source::position::{ByteOffset, ByteRange};

use crate::measured::MeasuredFile;
use crate::results::Measure;
use crate::settings::{HintSettings, Shown, Unit};
use crate::view::FileView;
use crate::wording;

/// A hint at the end of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Where it is put.
    pub at: ByteOffset,
    /// At most some 16 characters; more when it has to say what its share is of.
    pub label: String,
    /// More, for the mouse.
    pub tooltip: String,
}

/// All hints of a file, in the order of the text.
///
/// A changed line has none: nothing is known of it. A changed function's header has one that says so.
pub fn hints(view: &FileView, settings: &HintSettings) -> Vec<Hint> {
    let Some(measured) = view.measured() else { return Vec::new() };
    let word = match settings.show {
        Shown::SelfTime => "self",
        Shown::Total => "total",
        Shown::Off => return Vec::new(),
    };
    let results = &measured.results;
    let chosen = |cost: &Cost| match settings.show {
        Shown::Total => (results.total(cost), cost.total_samples),
        Shown::SelfTime | Shown::Off => (results.own(cost), cost.self_samples),
    };
    let of_focus = view.of_focus();
    // `word` follows a time or share of time: `12.4% self`.
    let figure = |value: u64, word: &str| match (results.measure, settings.unit) {
        (Measure::Cpu, Unit::Percent) => format!("{} {word}{of_focus}", wording::percent(measured.share(value))),
        (Measure::Cpu, Unit::Time) => format!("{} {word}", results.amount(value)),
        (Measure::Allocated, _) => {
            let of = if of_focus.is_empty() { " of allocations" } else { of_focus.as_str() };
            let stale = if word == STALE { " stale" } else { "" };
            format!("{}, {}{of}{stale}", results.amount(value), wording::percent(measured.share(value)))
        }
    };
    let enough = |cost: &Cost| {
        let (value, samples) = chosen(cost);
        value > 0 && results.is_sampled(samples, settings.min_samples) && measured.share(value) * 100.0 >= settings.min_percent
    };
    let mut hints: Vec<(ByteRange, Hint)> = Vec::new();
    for (placed, function) in view.measured_functions() {
        if function.kind == FunctionKind::Toplevel || !enough(&function.cost) {
            continue;
        }
        let line = view.editor_line(placed.header.end);
        let label = format!("ƒ {}", figure(chosen(&function.cost).0, if placed.stale { STALE } else { word }));
        let what = format!("function {}", wording::name(&function.name));
        hints.push((line, Hint { at: line.end, label, tooltip: tooltip(view, measured, &what, &function.cost, placed.stale) }));
    }
    // Two functions on one line: the dearer one, which comes first, speaks.
    hints.sort_by_key(|(line, _)| line.start);
    hints.dedup_by_key(|(line, _)| line.start);
    let headers: Vec<ByteOffset> = hints.iter().map(|(line, _)| line.start).collect();
    for (placed, line) in view.measured_lines() {
        if placed.changed || !enough(&line.cost) {
            continue;
        }
        let range = view.editor_line(placed.range.start);
        if headers.binary_search(&range.start).is_ok() {
            continue;
        }
        let label = figure(chosen(&line.cost).0, if measured.written_since { STALE } else { word });
        hints.push((range, Hint { at: range.end, label, tooltip: tooltip(view, measured, "this line", &line.cost, placed.in_stale) }));
    }
    // V8 knows more line ends than editors do: one hint on an editor's line.
    hints.sort_by_key(|(line, _)| line.start);
    hints.dedup_by_key(|(line, _)| line.start);
    hints.into_iter().map(|(_, hint)| hint).collect()
}

/// In place of the word behind a figure.
const STALE: &str = "stale";

fn tooltip(view: &FileView, measured: &MeasuredFile, what: &str, cost: &Cost, stale: bool) -> String {
    let results = &measured.results;
    let mut text = format!(
        "{what}: self {} ({}), total {} ({})",
        wording::percent(measured.own_share(cost)),
        results.amount(results.own(cost)),
        wording::percent(measured.total_share(cost)),
        results.amount(results.total(cost)),
    );
    text.push_str(&view.of_focus());
    if results.measure == Measure::Cpu {
        text.push_str(&format!(", {} samples", cost.self_samples.max(cost.total_samples)));
    }
    text.push_str(&format!(", {}", results.figures.target));
    match stale {
        true if measured.written_since => text.push_str("; the file was written after the profile"),
        true => text.push_str("; the function was changed since it was measured"),
        false => {}
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::fixture::{Fixture, SERVER};
    use crate::settings::{HintSettings, Shown, Unit};

    fn check(edit: Option<(&str, &str)>, settings: &HintSettings, expected: &[&str]) {
        check_of(Fixture::new(SERVER).edited(edit), settings, expected);
    }

    fn check_of(fixture: Fixture, settings: &HintSettings, expected: &[&str]) {
        let view = fixture.view();
        let text = view.subject.document.text();
        let shown: Vec<String> =
            super::hints(&view, settings).iter().map(|hint| format!("{}: {}", text.byte_to_line(hint.at.0) + 1, hint.label)).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn percent_and_time_self_and_total() {
        let settings = HintSettings::default();
        check(None, &settings, &["2: ƒ 72.5% self", "3: 60% self", "4: 12.5% self", "7: ƒ 15% self", "8: 15% self"]);
        let total = HintSettings { show: Shown::Total, unit: Unit::Time, ..settings.clone() };
        check(None, &total, &["2: ƒ 72.5 ms total", "3: 60 ms total", "4: 12.5 ms total", "7: ƒ 87.5 ms total", "8: 87.5 ms total"]);
        check(None, &HintSettings { show: Shown::Off, ..settings }, &[]);
    }

    #[test]
    fn thresholds() {
        let few = HintSettings { min_percent: 20.0, ..HintSettings::default() };
        check(None, &few, &["2: ƒ 72.5% self", "3: 60% self"]);
        let many = HintSettings { min_samples: 20, ..HintSettings::default() };
        check(None, &many, &["2: ƒ 72.5% self", "3: 60% self"]);
    }

    #[test]
    fn hints_move_with_edits_and_leave_changed_lines() {
        let settings = HintSettings::default();
        let moved = &["4: ƒ 72.5% self", "5: 60% self", "6: 12.5% self", "9: ƒ 15% self", "10: 15% self"];
        check(Some(("function render", "// a\n// b\nfunction render")), &settings, moved);
        let changed = &["2: ƒ 72.5% stale", "4: 12.5% self", "7: ƒ 15% self", "8: 15% self"];
        check(Some(("heavy(items)", "light(items)")), &settings, changed);
    }

    #[test]
    fn shares_of_one_function() {
        let settings = HintSettings::default();
        let focused = || Fixture::new(SERVER).focused("render");
        let of_render = ["2: ƒ 100% self of render()", "3: 82.8% self of render()", "4: 17.2% self of render()"];
        check_of(focused(), &settings, &of_render);
        // A time is no share.
        check_of(focused(), &HintSettings { unit: Unit::Time, ..settings }, &["2: ƒ 72.5 ms self", "3: 60 ms self", "4: 12.5 ms self"]);
        let tooltip = super::hints(&focused().view(), &HintSettings::default())[1].tooltip.clone();
        assert_eq!(tooltip, "this line: self 82.8% (60 ms), total 82.8% (60 ms) of render(), 24 samples, GET /hello");
    }

    #[test]
    fn allocations() {
        let heap = || Fixture::new(SERVER).of_heap_profile();
        let settings = HintSettings { min_percent: 50.0, ..HintSettings::default() };
        check_of(heap(), &settings, &["2: ƒ 29 kB, 72.5% of allocations", "3: 24 kB, 60% of allocations"]);
        check_of(heap().focused("render"), &settings, &["2: ƒ 29 kB, 100% of render()", "3: 24 kB, 82.8% of render()"]);
        assert_eq!(super::hints(&heap().view(), &settings)[1].tooltip, "this line: self 60% (24 kB), total 60% (24 kB), app.heapprofile");
    }

    #[test]
    fn text_that_was_written_after_the_profile() {
        let settings = HintSettings { min_percent: 50.0, ..HintSettings::default() };
        check_of(Fixture::new(SERVER).written_since(), &settings, &["2: ƒ 72.5% stale", "3: 60% stale"]);
    }

    #[test]
    fn labels_are_short() {
        for hint in super::hints(&Fixture::new(SERVER).view(), &HintSettings::default()) {
            assert!(hint.label.chars().count() <= 16, "{}", hint.label);
        }
    }
}
