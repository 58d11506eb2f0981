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
    /// At most some 16 characters; more when it has two figures, or has to say what its share is of.
    pub label: String,
    /// More, for the mouse.
    pub tooltip: String,
}

/// Share of active time, in percent, from which on a line's calls are told beside its own time. [`HintSettings::min_percent`] can only
/// raise it: calls nest, so much smaller ones would be on every line.
const CALLS_MIN_PERCENT: f64 = 5.0;

/// All hints of a file, in the order of the text.
///
/// A changed line has none: nothing is known of it. A changed function's header has one that says so.
pub fn hints(view: &FileView, settings: &HintSettings) -> Vec<Hint> {
    let Some(measured) = view.measured() else { return Vec::new() };
    if settings.show == Shown::Off {
        return Vec::new();
    }
    let figures = Figures { view, measured, settings };
    let calling = figures.calling_lines();
    let calls_on = |line: ByteRange| calling.binary_search(&line.start).is_ok();
    let mut hints: Vec<(ByteRange, Hint)> = Vec::new();
    for (placed, function) in view.measured_functions() {
        if function.kind == FunctionKind::Toplevel || !figures.is_enough(&function.cost) {
            continue;
        }
        let line = view.editor_line(placed.header.end);
        let label = format!("ƒ {}", figures.label(&function.cost, calls_on(line), placed.stale));
        let what = format!("function {}", wording::name(&function.name));
        hints.push((line, Hint { at: line.end, label, tooltip: tooltip(view, measured, &what, &function.cost, placed.stale) }));
    }
    // Two functions on one line: the dearer one, which comes first, speaks.
    hints.sort_by_key(|(line, _)| line.start);
    hints.dedup_by_key(|(line, _)| line.start);
    let headers: Vec<ByteOffset> = hints.iter().map(|(line, _)| line.start).collect();
    for (placed, line) in view.measured_lines() {
        let range = view.editor_line(placed.range.start);
        let calls = calls_on(range);
        if placed.changed || !(calls || figures.is_enough(&line.cost)) || headers.binary_search(&range.start).is_ok() {
            continue;
        }
        let label = figures.label(&line.cost, calls, measured.written_since);
        hints.push((range, Hint { at: range.end, label, tooltip: tooltip(view, measured, "this line", &line.cost, placed.in_stale) }));
    }
    // V8 knows more line ends than editors do: one hint on an editor's line.
    hints.sort_by_key(|(line, _)| line.start);
    hints.dedup_by_key(|(line, _)| line.start);
    hints.into_iter().map(|(_, hint)| hint).collect()
}

/// What the settings make of a cost.
struct Figures<'a> {
    view: &'a FileView,
    measured: &'a MeasuredFile,
    settings: &'a HintSettings,
}

impl Figures<'_> {
    /// Time or bytes that are shown, and the samples behind them.
    fn shown(&self, cost: &Cost) -> (u64, u64) {
        match self.settings.show {
            Shown::Total => (self.measured.results.total(cost), cost.total_samples),
            Shown::SelfTime | Shown::Both | Shown::Off => (self.measured.results.own(cost), cost.self_samples),
        }
    }

    fn is_enough(&self, cost: &Cost) -> bool {
        let (value, samples) = self.shown(cost);
        self.is_enough_of(value, samples, self.settings.min_percent)
    }

    fn is_enough_of(&self, value: u64, samples: u64, min_percent: f64) -> bool {
        let is_sampled = self.measured.results.is_sampled(samples, self.settings.min_samples);
        value > 0 && is_sampled && self.measured.share(value) * 100.0 >= min_percent
    }

    /// Where the editor's lines begin whose calls are told, ascending.
    fn calling_lines(&self) -> Vec<ByteOffset> {
        if self.settings.show != Shown::Both {
            return Vec::new();
        }
        let least = self.settings.min_percent.max(CALLS_MIN_PERCENT);
        let lines = self.view.measured_lines();
        let calling = lines.filter(|(placed, line)| !placed.changed && self.is_enough_of(line.calls, line.cost.total_samples, least));
        let mut starts: Vec<ByteOffset> = calling.map(|(placed, _)| self.view.editor_line(placed.range.start).start).collect();
        starts.sort_unstable();
        starts
    }

    /// `12.4% self`, `47% total`, `1.2% self · 47% total`; with `calls`, the total is told, and self only if it is enough.
    fn label(&self, cost: &Cost, calls: bool, stale: bool) -> String {
        let results = &self.measured.results;
        let word = match self.settings.show {
            _ if stale => STALE,
            Shown::Total => "total",
            Shown::SelfTime | Shown::Both | Shown::Off => "self",
        };
        let total = || self.figure(results.total(cost), if stale { STALE } else { "total" });
        let own = || self.figure(self.shown(cost).0, word);
        match (calls, self.is_enough(cost)) {
            (false, _) => own(),
            (true, false) => total(),
            // One figure of something that is stale is enough.
            (true, true) if stale || results.own(cost) == results.total(cost) => own(),
            (true, true) => format!("{} · {}", self.amount(results.own(cost), "self"), total()),
        }
    }

    /// A figure with what it is of.
    fn figure(&self, value: u64, word: &str) -> String {
        let of_focus = self.view.of_focus();
        let share = wording::percent(self.measured.share(value));
        match (self.measured.results.measure, self.settings.unit) {
            (Measure::Cpu, Unit::Percent) => format!("{share} {word}{of_focus}"),
            (Measure::Cpu, Unit::Time) => self.amount(value, word),
            (Measure::Allocated, _) => {
                let of = if of_focus.is_empty() { " of allocations" } else { of_focus.as_str() };
                let stale = if word == STALE { " stale" } else { "" };
                let word = if word == "total" && self.settings.show == Shown::Both { " total" } else { "" };
                format!("{}{word}, {share}{of}{stale}", self.measured.results.amount(value))
            }
        }
    }

    /// A figure without what it is of, where another one follows.
    fn amount(&self, value: u64, word: &str) -> String {
        match (self.measured.results.measure, self.settings.unit) {
            (Measure::Cpu, Unit::Percent) => format!("{} {word}", wording::percent(self.measured.share(value))),
            _ => format!("{} {word}", self.measured.results.amount(value)),
        }
    }
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
    fn calls_that_leave_the_file_or_are_one_of_several_lines() {
        let both = HintSettings::default();
        let of_page = [
            "2: ƒ 6% self",
            "3: 6% self · 51% total",
            "6: ƒ 12% self",
            "7: 12% self",
            "11: 51% total",
            "12: 12% total",
            "13: 20% total",
            "20: ƒ 5% self",
            "21: 5% self",
            "24: ƒ 5% self · 12% total",
        ];
        check_of(Fixture::of_page(), &both, &of_page);
        let own = ["2: ƒ 6% self", "3: 6% self", "6: ƒ 12% self", "7: 12% self", "20: ƒ 5% self", "21: 5% self", "24: ƒ 5% self"];
        check_of(Fixture::of_page(), &HintSettings { show: Shown::SelfTime, ..both.clone() }, &own);
        // A dependency hands on what it is given.
        check_of(Fixture::of_dependency(), &both, &own);
        let time = HintSettings { unit: Unit::Time, min_percent: 50.0, ..both.clone() };
        check_of(Fixture::of_page(), &time, &["11: 51 ms total"]);
        let of_render = ["2: ƒ 11.8% self of render()", "3: 11.8% self · 100% total of render()"];
        check_of(Fixture::of_page().focused("render"), &both, &of_render);
        // A line that was changed has none, and of one in a changed function the figures are still told.
        let edited = Fixture::of_page().edited(Some(("toc(req.text)", "toc(req.body)")));
        check_of(edited, &both, &[&of_page[..5], &of_page[6..]].concat());
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
