//! Code lenses: what can be measured, and what was.

pub(crate) mod routes;

pub use routes::{request_method, verdict};

use std::collections::HashMap;

use profile::decisions::Decisions;
use profile::totals::Cost;
use profile::{FrameId, Tier};
use source::functions::FunctionKind;
use source::position::{ByteOffset, ByteRange};

use crate::measured::{Decided, MeasuredFile, MeasuredFunction};
use crate::results::{Measure, RunFigures};
use crate::settings::{HintSettings, LensSettings};
use crate::switches::{FactsCategory, FactsScope};
use crate::timeline::is_benign;
use crate::view::{FileView, PlacedFunction, Running};
use crate::wording;

/// A line of text above the code, with what a click does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lens {
    /// The code it belongs to.
    pub range: ByteRange,
    /// Its text.
    pub title: String,
    /// What a click does.
    pub command: Command,
}

/// Something the user can have done. The file is the one it was offered in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Measure a route.
    ProfileRoute {
        /// HTTP method in capitals.
        method: String,
        /// Its path.
        path: String,
    },
    /// Measure the file as a program.
    ProfileEntry,
    /// Measure a route with all that V8 tells of its decisions: `tickmark.explainRoute`.
    ExplainRoute {
        /// HTTP method in capitals.
        method: String,
        /// Its path.
        path: String,
        /// The file to start, relative to the workspace; none for the one that the file it was offered in belongs to.
        entry: Option<String>,
    },
    /// The same of a program: `tickmark.explainEntry`.
    ExplainEntry {
        /// The program, relative to the workspace; none for the file it was offered in.
        entry: Option<String>,
    },
    /// Show or hide facts: `tickmark.toggleFacts`.
    ToggleFacts {
        /// Where.
        scope: FactsScope,
        /// Which.
        category: FactsCategory,
        /// Whether they are shown from then on.
        on: bool,
    },
    /// Measure how fast a route answers: `tickmark.benchmarkRoute`.
    BenchmarkRoute {
        /// HTTP method in capitals.
        method: String,
        /// Its path.
        path: String,
    },
    /// Have a route's benchmarks compared with one of them: `tickmark.setBaseline`.
    SetBaseline {
        /// The run's name.
        run_id: String,
        /// HTTP method in capitals; told beside the run's name for a person to read.
        method: String,
        /// Its path.
        path: String,
    },
    /// Compare a route's baseline with today's code in turns: `tickmark.verifyBaseline`.
    VerifyBaseline {
        /// HTTP method in capitals.
        method: String,
        /// Its path.
        path: String,
    },
    /// Stop a run.
    StopRun {
        /// Its name.
        run_id: String,
    },
    /// Show a run's flamegraph.
    ShowFlamegraph {
        /// Its name; none for what is shown on the texts, when that is no run.
        run_id: Option<String>,
        /// The function of its profile that is selected.
        frame: Option<FrameId>,
    },
    /// Have percentages of everything again: `tickmark.clearFocus`.
    ClearFocus,
    /// Take the results off the texts.
    ClearResults,
}

/// Title of what measures with all that V8 tells of its decisions.
pub const EXPLAIN: &str = "Explain optimisation";

/// All lenses of a file. `sizes` decides which functions are worth one.
pub fn lenses(view: &FileView, settings: &LensSettings, sizes: &HintSettings) -> Vec<Lens> {
    let mut lenses: Vec<Lens> = way_back(view).into_iter().collect();
    if settings.entry
        && let Some(lens) = entry_lens(view)
    {
        lenses.extend(with_explain(lens, Some(Command::ExplainEntry { entry: None }), settings));
    }
    if settings.routes {
        lenses.extend(view.subject.routes.iter().flat_map(|route| routes::lenses(view, route, settings)));
    }
    if settings.functions {
        lenses.extend(function_lenses(view, sizes));
    }
    lenses
}

/// A lens, and behind it the one that explains. A lens that stops a run stands alone.
fn with_explain(lens: Lens, explain: Option<Command>, settings: &LensSettings) -> impl Iterator<Item = Lens> + use<> {
    let explain = explain.filter(|_| settings.explain && !matches!(lens.command, Command::StopRun { .. }));
    let explain = explain.map(|command| Lens { range: lens.range, title: EXPLAIN.to_owned(), command });
    std::iter::once(lens).chain(explain)
}

/// What leads back to percentages of everything, at the top of the text. It is not for the settings to hide.
fn way_back(view: &FileView) -> Option<Lens> {
    let focus = view.subject.focus.as_ref()?;
    let start = ByteOffset(0);
    Some(Lens { range: ByteRange { start, end: start }, title: focus.way_back(), command: Command::ClearFocus })
}

/// What explains a function: the target of the run that is shown once more.
pub(crate) fn explain_again(view: &FileView) -> Option<Command> {
    let figures = &view.measured()?.results.figures;
    // A profile file does not tell how it came to be.
    figures.run_id.as_ref()?;
    match &figures.route {
        Some((method, path)) => {
            let starts_another = view.subject.starts.as_deref().is_some_and(|starts| starts != figures.entry);
            let entry = starts_another.then(|| figures.entry.clone());
            Some(Command::ExplainRoute { method: method.clone(), path: path.clone(), entry })
        }
        None => {
            let entry = (view.subject.entry.as_deref() != Some(&figures.entry)).then(|| figures.entry.clone());
            Some(Command::ExplainEntry { entry })
        }
    }
}

fn entry_lens(view: &FileView) -> Option<Lens> {
    let entry = view.subject.entry.as_deref()?;
    let top = view.editor_line(ByteOffset(0));
    let range = ByteRange { start: top.start, end: top.start };
    let running = view.subject.running.iter().find(|running| running.route.is_none() && running.entry.as_deref() == Some(entry));
    if let Some(running) = running {
        return Some(stop_lens(range, running));
    }
    let mut title = format!("▶ Profile {}", entry.rsplit('/').next().unwrap_or(entry));
    let figures = view.subject.targets.iter().find(|figures| figures.route.is_none() && figures.entry == entry);
    if let Some(summary) = figures.map(|figures| summary(figures)).filter(|summary| !summary.is_empty()) {
        title = format!("{title} · {summary}");
    }
    Some(Lens { range, title, command: Command::ProfileEntry })
}

fn stop_lens(range: ByteRange, running: &Running) -> Lens {
    let title = format!("■ Stop measuring {}", running.target);
    Lens { range, title, command: Command::StopRun { run_id: running.id.clone() } }
}

/// `5.8k req/s · p99 4.1 ms ↓12%`: the change is that of the figure before it, against the run before.
pub fn summary(figures: &RunFigures) -> String {
    let mut parts = Vec::new();
    let with_change = |text: String, change: Option<f64>| match change.and_then(wording::change) {
        Some(change) => format!("{text} {change}"),
        None => text,
    };
    if let Some(rate) = figures.requests_per_second {
        // One change is enough to read; that of the rate only where the latency has none.
        let change = if figures.p99_change.is_some() { None } else { figures.requests_per_second_change };
        parts.push(with_change(format!("{} req/s", wording::rate(rate)), change));
    }
    if let Some(p99) = figures.p99_ms {
        parts.push(with_change(format!("p99 {}", wording::milliseconds(p99)), figures.p99_change));
    }
    if let Some(active) = figures.active_ms {
        parts.push(with_change(format!("active {}", wording::milliseconds(active)), figures.active_change));
    }
    parts.join(" · ")
}

/// Figures of the functions that are large enough; with their names where a line has several of them.
fn function_lenses(view: &FileView, sizes: &HintSettings) -> Vec<Lens> {
    let Some(measured) = view.measured() else { return Vec::new() };
    let results = &measured.results;
    let is_enough = |cost: &Cost| {
        let all = results.total(cost);
        all > 0 && results.is_sampled(cost.total_samples, sizes.min_samples) && measured.share(all) * 100.0 >= sizes.min_percent
    };
    let large: Vec<(ByteOffset, &PlacedFunction, &MeasuredFunction)> = view
        .measured_functions()
        .filter(|(_, function)| function.kind != FunctionKind::Toplevel && is_enough(&function.cost))
        .map(|(placed, function)| (view.editor_line(placed.header.start).start, placed, function))
        .collect();
    let mut on_line: HashMap<ByteOffset, usize> = HashMap::new();
    for (line, ..) in &large {
        *on_line.entry(*line).or_default() += 1;
    }
    let lens = |(line, placed, function): (ByteOffset, &PlacedFunction, &MeasuredFunction)| {
        let mut title = function_title(view, measured, placed, function);
        if on_line.get(&line).is_some_and(|functions| *functions > 1) {
            title = format!("ƒ {}: {title}", wording::name(&function.name));
        }
        let command = Command::ShowFlamegraph { run_id: results.figures.run_id.clone(), frame: Some(function.frame) };
        Lens { range: placed.header, title, command }
    };
    large.into_iter().map(lens).collect()
}

/// `self 72.5% · total 72.5% · turbofan · 39 deopts`.
fn function_title(view: &FileView, measured: &MeasuredFile, placed: &PlacedFunction, function: &MeasuredFunction) -> String {
    let (cost, results) = (&function.cost, &measured.results);
    let (own, total) = (wording::percent(measured.own_share(cost)), wording::percent(measured.total_share(cost)));
    let mut title = match results.measure {
        Measure::Cpu => format!("self {own} · total {total}{}", view.of_focus()),
        Measure::Allocated => {
            let of = if view.subject.focus.is_some() { view.of_focus() } else { " of allocations".to_owned() };
            format!("self {} ({own}) · total {} ({total}{of})", results.amount(results.own(cost)), results.amount(results.total(cost)))
        }
    };
    if function.tier != Tier::Unknown {
        title = format!("{title} · {}", function.tier.label());
    }
    let deopts = deopt_count(&results.index.profile().decisions, &function.decided);
    if deopts > 0 {
        title = format!("{title} · {}", wording::counted(deopts, "deopt", "deopts"));
    }
    if placed.stale {
        title = format!("stale · {title}");
    }
    title
}

/// How often a function's code was given up, V8's normal work not counted.
fn deopt_count(decisions: &Decisions, decided: &Decided) -> u64 {
    let deopts = decided.deopts.iter().filter_map(|row| decisions.deopts.get(*row as usize));
    deopts.filter(|deopt| !is_benign(&deopt.reason)).map(|deopt| u64::from(deopt.count)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, SERVER, decisions};

    fn check(fixture: Fixture, expected: &[&str]) {
        let view = fixture.view();
        let text = view.subject.document.text();
        let shown: Vec<String> = lenses(&view, &LensSettings::default(), &HintSettings::default())
            .iter()
            .map(|lens| format!("{}: {}", text.byte_to_line(lens.range.start.0) + 1, lens.title))
            .collect();
        assert_eq!(shown, expected);
    }

    const RENDER: &str = "2: self 72.5% · total 72.5% · turbofan";
    const HELLO: &str = "7: self 15% · total 87.5% · ignition";
    const EXPLAIN_ROUTE: &str = "11: Explain optimisation";
    const BENCHMARK: &str = "11: Benchmark GET /hello";

    #[test]
    fn routes_and_functions() {
        let functions = [RENDER, HELLO];
        let with = |route: &'static str| [&[route, EXPLAIN_ROUTE, BENCHMARK], functions.as_slice()].concat();
        check(Fixture::new(SERVER), &with("11: ▶ Profile GET /hello"));
        let measured = "11: ▶ Profile GET /hello · 5.8k req/s · p99 4.1 ms ↓12%";
        check(Fixture::new(SERVER).with_target("GET", "/hello"), &with(measured));
        check(Fixture::new(SERVER).with_target("POST", "/hello"), &with("11: ▶ Profile GET /hello"));
    }

    #[test]
    fn entry_and_running() {
        check(Fixture::new("listen();\n").with_entry("src/server.js"), &["1: ▶ Profile server.js", "1: Explain optimisation"]);
        let functions = [RENDER, HELLO];
        let running = [&["11: ■ Stop measuring GET /hello"], functions.as_slice()].concat();
        check(Fixture::new(SERVER).with_running("GET", "/hello"), &running);
    }

    #[test]
    fn changed_function_is_stale() {
        let fixture = Fixture::new(SERVER).edited(Some(("heavy(items)", "light(items)")));
        let stale = "2: stale · self 72.5% · total 72.5% · turbofan";
        check(fixture, &["11: ▶ Profile GET /hello", EXPLAIN_ROUTE, BENCHMARK, stale, HELLO]);
    }

    #[test]
    fn the_way_back_is_at_the_top() {
        let expected = [
            "1: Percentages are of render() · show everything",
            "11: ▶ Profile GET /hello",
            EXPLAIN_ROUTE,
            BENCHMARK,
            "2: self 100% · total 100% of render() · turbofan",
        ];
        check(Fixture::new(SERVER).focused("render"), &expected);
        let hidden = LensSettings { routes: false, functions: false, entry: false, explain: false };
        let all = lenses(&Fixture::new(SERVER).focused("render").view(), &hidden, &HintSettings::default());
        assert_eq!(all.iter().map(|lens| &lens.command).collect::<Vec<_>>(), [&Command::ClearFocus]);
    }

    #[test]
    fn a_file_of_allocations() {
        let expected = [
            "11: ▶ Profile GET /hello",
            EXPLAIN_ROUTE,
            BENCHMARK,
            "2: self 29 kB (72.5%) · total 29 kB (72.5% of allocations)",
            "7: self 6 kB (15%) · total 35 kB (87.5% of allocations)",
        ];
        check(Fixture::new(SERVER).of_heap_profile(), &expected);
    }

    #[test]
    fn deopts_are_counted() {
        let fixture = Fixture::new(SERVER).decided(decisions::of_render);
        let render = "2: self 72.5% · total 72.5% · turbofan · 39 deopts";
        check(fixture, &["11: ▶ Profile GET /hello", EXPLAIN_ROUTE, BENCHMARK, render, HELLO]);
    }

    #[test]
    fn functions_of_one_line_are_named() {
        fn check(edit: (&str, &str), expected: [&str; 2]) {
            let view = Fixture::new(SERVER).edited(Some(edit)).view();
            let titles: Vec<String> = function_lenses(&view, &HintSettings::default()).into_iter().map(|lens| lens.title).collect();
            assert_eq!(titles, expected);
        }
        let (render, hello) = ("self 72.5% · total 72.5% · turbofan", "self 15% · total 87.5% · ignition");
        check(("}\n\nfunction hello", "} function hello"), [render, hello]);
        let body = "function render(items) {\n  const text = heavy(items);\n  return text.join();\n}\n\nfunction hello";
        let one_line = "function render(items) { return heavy(items).join(); } function hello";
        check((body, one_line), [&format!("ƒ render: stale · {render}"), &format!("ƒ hello: {hello}")]);
    }

    #[test]
    fn a_function_is_selected_in_its_flamegraph() {
        let view = Fixture::new(SERVER).view();
        let measured = view.measured().unwrap();
        for lens in function_lenses(&view, &HintSettings::default()) {
            let Command::ShowFlamegraph { run_id, frame: Some(frame) } = lens.command else { panic!("{lens:?}") };
            assert_eq!(run_id.as_deref(), Some("run-1"));
            let name = &measured.results.index.profile().frame(frame).name;
            let header = view.subject.document.text().byte_slice(lens.range.start.0..lens.range.end.0).to_string();
            assert!(header.contains(name.as_str()), "{name} in {header}");
        }
    }

    #[test]
    fn explaining_can_be_switched_off() {
        let view = Fixture::new(SERVER).view();
        let settings = LensSettings { explain: false, ..LensSettings::default() };
        assert!(lenses(&view, &settings, &HintSettings::default()).iter().all(|lens| lens.title != EXPLAIN));
    }

    #[test]
    fn a_function_is_explained_by_the_target_that_ran_it() {
        fn check(view: &FileView, expected: Command) {
            assert_eq!(explain_again(view), Some(expected));
        }
        let (method, path) = ("GET".to_owned(), "/hello".to_owned());
        check(&Fixture::new(SERVER).view(), Command::ExplainRoute { method, path, entry: None });
        let mut view = Fixture::new(SERVER).view();
        view.subject.starts = Some("lib/render.js".to_owned());
        let (method, path) = ("GET".to_owned(), "/hello".to_owned());
        check(&view, Command::ExplainRoute { method, path, entry: Some("server.js".to_owned()) });
        check(&Fixture::new(SERVER).of_program().view(), Command::ExplainEntry { entry: Some("server.js".to_owned()) });
        check(&Fixture::new(SERVER).of_program().with_entry("server.js").view(), Command::ExplainEntry { entry: None });
    }

    #[test]
    fn summaries() {
        let figures = RunFigures { requests_per_second: Some(940.0), requests_per_second_change: Some(0.08), ..RunFigures::default() };
        assert_eq!(summary(&figures), "940 req/s ↑8%");
        let program = RunFigures { active_ms: Some(1_240.0), active_change: Some(-0.2), ..RunFigures::default() };
        assert_eq!(summary(&program), "active 1.2 s ↓20%");
    }
}
