//! Inlay hints: a short figure behind hot lines and hot functions' headers.

use profile::totals::Cost;
use source::functions::FunctionKind;
use source::position::{ByteOffset, ByteRange};

use crate::measured::MeasuredFile;
use crate::settings::{HintSettings, Shown, Unit};
use crate::view::FileView;
use crate::wording;

/// A hint at the end of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Where it is put.
    pub at: ByteOffset,
    /// At most some 16 characters.
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
    let chosen = |cost: &Cost| match settings.show {
        Shown::Total => (cost.total_us, cost.total_samples),
        Shown::SelfTime | Shown::Off => (cost.self_us, cost.self_samples),
    };
    let figure = |us: u64| match settings.unit {
        Unit::Percent => wording::percent(measured.share(us)),
        Unit::Time => wording::time(us),
    };
    let enough = |cost: &Cost| {
        let (us, samples) = chosen(cost);
        us > 0 && samples >= settings.min_samples && measured.share(us) * 100.0 >= settings.min_percent
    };
    let mut hints: Vec<(ByteRange, Hint)> = Vec::new();
    for (placed, function) in view.measured_functions() {
        if function.kind == FunctionKind::Toplevel || !enough(&function.cost) {
            continue;
        }
        let line = view.editor_line(placed.header.end);
        let mut label = format!("ƒ {} {word}", figure(chosen(&function.cost).0));
        if placed.stale {
            label = format!("ƒ {} stale", figure(chosen(&function.cost).0));
        }
        let what = format!("function {}", wording::name(&function.name));
        hints.push((line, Hint { at: line.end, label, tooltip: tooltip(measured, &what, &function.cost, placed.stale) }));
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
        let label = format!("{} {word}", figure(chosen(&line.cost).0));
        hints.push((range, Hint { at: range.end, label, tooltip: tooltip(measured, "this line", &line.cost, placed.in_stale) }));
    }
    // V8 knows more line ends than editors do: one hint on an editor's line.
    hints.sort_by_key(|(line, _)| line.start);
    hints.dedup_by_key(|(line, _)| line.start);
    hints.into_iter().map(|(_, hint)| hint).collect()
}

fn tooltip(measured: &MeasuredFile, what: &str, cost: &Cost, stale: bool) -> String {
    let mut text = format!(
        "{what}: self {} ({}), total {} ({}), {} samples, {}",
        wording::percent(measured.share(cost.self_us)),
        wording::time(cost.self_us),
        wording::percent(measured.share(cost.total_us)),
        wording::time(cost.total_us),
        cost.self_samples.max(cost.total_samples),
        measured.results.figures.target,
    );
    if stale {
        text.push_str("; the function was changed since it was measured");
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::fixture::{Fixture, SERVER};
    use crate::settings::{HintSettings, Shown, Unit};

    fn check(edit: Option<(&str, &str)>, settings: &HintSettings, expected: &[&str]) {
        let view = Fixture::new(SERVER).edited(edit).view();
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
    fn labels_are_short() {
        for hint in super::hints(&Fixture::new(SERVER).view(), &HintSettings::default()) {
            assert!(hint.label.chars().count() <= 16, "{}", hint.label);
        }
    }
}
