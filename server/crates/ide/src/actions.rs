//! Code actions: the lenses once more, for editors that have none, and what is useful anywhere.

use source::position::ByteRange;
use source::routes::Route;

use crate::lenses::{Command, EXPLAIN, explain_again, lenses, routes};
use crate::settings::{DiagnosticSettings, Settings};
use crate::switches::{FactsCategory, FactsScope, ScopedSwitch};
use crate::view::FileView;

/// Something offered for a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Its text.
    pub title: String,
    /// What it does.
    pub command: Command,
}

/// What can be done at `range`: every lens of its lines, the route whose handler and the functions in which it lies, and what
/// concerns the whole file, its folder and workspace.
pub fn actions(view: &FileView, range: ByteRange, settings: &Settings) -> Vec<Action> {
    let first = view.editor_line(range.start.min(range.end)).start;
    let last = view.editor_line(range.end.max(range.start)).end;
    let touches = |other: &ByteRange| other.start <= last && first <= other.end;
    let mut actions = Vec::new();
    let in_handler = |route: &&Route| !touches(&route.range) && route.handler.as_ref().is_some_and(touches);
    for route in view.subject.routes.iter().filter(|_| settings.lenses.routes).filter(in_handler) {
        let lenses = routes::lenses(view, route, &settings.lenses);
        actions.extend(lenses.into_iter().map(|lens| Action { title: lens.title, command: lens.command }));
        actions.extend(routes::new_baseline(view, route));
    }
    for route in view.subject.routes.iter().filter(|route| settings.lenses.routes && touches(&route.range)) {
        actions.extend(routes::new_baseline(view, route));
    }
    let around: Vec<ByteRange> =
        view.measured_functions().filter(|(placed, _)| touches(&placed.range)).map(|(placed, _)| placed.header).collect();
    for lens in lenses(view, &settings.lenses, &settings.hints) {
        if lens.command == Command::ClearFocus {
            continue;
        }
        let whole_file = lens.range.start == lens.range.end && lens.range.start.0 == 0;
        let on_line = touches(&ByteRange { start: view.editor_line(lens.range.start).start, end: lens.range.end });
        if whole_file || on_line || around.contains(&lens.range) {
            actions.push(Action { title: lens.title, command: lens.command });
        }
    }
    if let Some(measured) = view.measured() {
        if settings.lenses.explain && !around.is_empty() {
            let title = EXPLAIN.to_owned();
            actions.extend(explain_again(view).map(|command| Action { title, command }));
        }
        let figures = &measured.results.figures;
        if let Some(focus) = &view.subject.focus {
            let title = format!("Show percentages of everything, not of {}", focus.label);
            actions.push(Action { title, command: Command::ClearFocus });
        }
        let title = format!("Show flamegraph of {}", figures.target);
        actions.push(Action { title, command: Command::ShowFlamegraph { run_id: figures.run_id.clone(), frame: None } });
        actions.push(Action { title: "Clear profile results".to_owned(), command: Command::ClearResults });
    }
    actions.extend(switches(view, &settings.diagnostics));
    // The same figures of two functions read the same; one is enough.
    let mut seen: Vec<Action> = Vec::with_capacity(actions.len());
    for action in actions {
        if !seen.contains(&action) {
            seen.push(action);
        }
    }
    with_targets(seen)
}

/// Says what is meant where several actions read the same.
fn with_targets(mut actions: Vec<Action>) -> Vec<Action> {
    let titles: Vec<String> = actions.iter().map(|action| action.title.clone()).collect();
    for action in actions.iter_mut().filter(|action| titles.iter().filter(|title| **title == action.title).count() > 1) {
        let target = match &action.command {
            Command::ExplainRoute { method, path, .. }
            | Command::SetBaseline { method, path, .. }
            | Command::VerifyBaseline { method, path } => format!("{method} {path}"),
            Command::ExplainEntry { entry: Some(entry) } => entry.clone(),
            _ => continue,
        };
        action.title = format!("{} of {target}", action.title);
    }
    actions
}

/// Facts to show or hide; where nothing was measured, only those that were switched.
fn switches(view: &FileView, settings: &DiagnosticSettings) -> impl Iterator<Item = Action> {
    let is_measured = view.measured().is_some();
    let (facts, settings) = (view.subject.facts, settings.clone());
    FactsCategory::ALL
        .into_iter()
        .flat_map(|category| FactsScope::ALL.map(|scope| (category, scope)))
        .filter(move |(category, _)| is_measured || facts.of(*category) != ScopedSwitch::default())
        .map(move |(category, scope)| {
            let is_on = facts.of(category).state(scope, settings.shows_facts(category));
            let (verb, state) = if is_on { ("Hide", "on") } else { ("Show", "off") };
            let title = format!("{verb} {} facts in {} (now {state})", category.word(), scope.here());
            Action { title, command: Command::ToggleFacts { scope, category, on: !is_on } }
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, SERVER, decisions};
    use crate::settings::{DiagnosticCategory, HintSettings, LensSettings};
    use crate::switches::FactsShown;

    fn offered(view: &FileView, range: ByteRange) -> Vec<Action> {
        actions(view, range, &Settings::default())
    }

    fn at(view: &FileView, needle: &str) -> ByteRange {
        let at = source::position::ByteOffset(view.subject.document.text().to_string().find(needle).unwrap());
        ByteRange { start: at, end: at }
    }

    #[test]
    fn every_lens_has_a_twin_on_its_line() {
        for fixture in [Fixture::new(SERVER).with_target("GET", "/hello"), Fixture::new(SERVER).with_entry("server.js")] {
            let view = fixture.view();
            let all = lenses(&view, &LensSettings::default(), &HintSettings::default());
            assert!(!all.is_empty());
            for lens in all {
                let line = view.editor_line(lens.range.start);
                let found = offered(&view, ByteRange { start: line.start, end: line.start });
                let twin = |action: &Action| action.title.starts_with(&lens.title) && action.command == lens.command;
                assert!(found.iter().any(twin), "{}: {found:?}", lens.title);
            }
        }
    }

    #[test]
    fn inside_a_function_and_a_handler() {
        let view = Fixture::new(SERVER).view();
        let titles: Vec<String> = offered(&view, at(&view, "heavy(items)")).into_iter().map(|action| action.title).collect();
        assert_eq!(
            titles,
            [
                "self 72.5% · total 72.5% · turbofan",
                "Explain optimisation",
                "Show flamegraph of GET /hello",
                "Clear profile results",
                "Show inlining facts in this file (now off)",
                "Show inlining facts in this folder (now off)",
                "Show inlining facts in the workspace (now off)",
                "Show tier facts in this file (now off)",
                "Show tier facts in this folder (now off)",
                "Show tier facts in the workspace (now off)",
            ]
        );
    }

    #[test]
    fn the_way_back_is_offered_everywhere() {
        for (needle, expected) in [("heavy(items)", 1), ("app.get", 1)] {
            let view = Fixture::new(SERVER).focused("render").view();
            let back = offered(&view, at(&view, needle)).into_iter().filter(|action| action.command == Command::ClearFocus);
            let titles: Vec<String> = back.map(|action| action.title).collect();
            assert_eq!(titles, vec!["Show percentages of everything, not of render()"; expected]);
        }
    }

    #[test]
    fn an_explained_function_can_be_explained_again() {
        let view = Fixture::new(SERVER).decided(decisions::of_render).view();
        let explain = offered(&view, at(&view, "heavy(items)")).into_iter().filter(|action| action.title == EXPLAIN).count();
        assert_eq!(explain, 1);
    }

    #[test]
    fn several_targets_are_named() {
        let text = "const app = require('express')();\napp.get('/a', f); app.post('/b', f);\n";
        let view = Fixture::new(text).view();
        let found = offered(&view, at(&view, "app.get"));
        let titles: Vec<&str> = found.iter().map(|action| action.title.as_str()).filter(|title| title.starts_with(EXPLAIN)).collect();
        assert_eq!(titles, ["Explain optimisation of GET /a", "Explain optimisation of POST /b"]);
    }

    #[test]
    fn titles_of_switches_say_the_state() {
        fn check(facts: FactsShown, settings: &Settings, expected: &[(&str, bool)]) {
            let view = Fixture::new(SERVER).with_facts(facts).view();
            let all = actions(&view, at(&view, "heavy(items)"), settings);
            let shown: Vec<(&str, bool)> = all
                .iter()
                .filter_map(|action| match &action.command {
                    Command::ToggleFacts { category: FactsCategory::Tier, on, .. } => Some((action.title.as_str(), *on)),
                    _ => None,
                })
                .collect();
            assert_eq!(shown, expected);
        }
        let folder = ScopedSwitch { folder: Some(true), ..ScopedSwitch::default() };
        let on_in_folder = [
            ("Hide tier facts in this file (now on)", false),
            ("Hide tier facts in this folder (now on)", false),
            ("Show tier facts in the workspace (now off)", true),
        ];
        check(FactsShown { tier: folder, ..FactsShown::default() }, &Settings::default(), &on_in_folder);
        let mut settings = Settings::default();
        settings.diagnostics.categories.push(DiagnosticCategory::Tier);
        let file = ScopedSwitch { file: Some(false), ..ScopedSwitch::default() };
        let on_by_setting = [
            ("Show tier facts in this file (now off)", true),
            ("Hide tier facts in this folder (now on)", false),
            ("Hide tier facts in the workspace (now on)", false),
        ];
        check(FactsShown { tier: file, ..FactsShown::default() }, &settings, &on_by_setting);
    }

    #[test]
    fn nothing_measured_nothing_to_switch() {
        let view = Fixture::new("f();\n").view();
        let all = offered(&view, at(&view, "f"));
        assert!(all.iter().all(|action| !matches!(action.command, Command::ToggleFacts { .. })), "{all:?}");
    }
}
