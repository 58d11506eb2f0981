//! Code actions: the lenses once more, for editors that have none, and what is useful anywhere.

use source::position::ByteRange;

use crate::lenses::{Command, Lens, lenses, route_lens};
use crate::settings::{HintSettings, LensSettings};
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
/// concerns the whole file.
pub fn actions(view: &FileView, range: ByteRange, settings: &LensSettings, sizes: &HintSettings) -> Vec<Action> {
    let first = view.editor_line(range.start.min(range.end)).start;
    let last = view.editor_line(range.end.max(range.start)).end;
    let touches = |other: &ByteRange| other.start <= last && first <= other.end;
    let mut found: Vec<Lens> = view
        .subject
        .routes
        .iter()
        .filter(|_| settings.routes)
        .filter(|route| !touches(&route.range) && route.handler.as_ref().is_some_and(touches))
        .map(|route| route_lens(view, route))
        .collect();
    let around: Vec<ByteRange> =
        view.measured_functions().filter(|(placed, _)| touches(&placed.range)).map(|(placed, _)| placed.header).collect();
    for lens in lenses(view, settings, sizes) {
        let whole_file = lens.range.start == lens.range.end && lens.range.start.0 == 0;
        let on_line = touches(&ByteRange { start: view.editor_line(lens.range.start).start, end: lens.range.end });
        if whole_file || on_line || around.contains(&lens.range) {
            found.push(lens);
        }
    }
    let mut actions: Vec<Action> = found.into_iter().map(|lens| Action { title: lens.title, command: lens.command }).collect();
    if let Some(measured) = view.measured() {
        let figures = &measured.results.figures;
        let title = format!("Show flamegraph of {}", figures.target);
        actions.push(Action { title, command: Command::ShowFlamegraph { run_id: figures.run_id.clone() } });
        actions.push(Action { title: "Clear profile results".to_owned(), command: Command::ClearResults });
    }
    // The same figures of two functions read the same; one is enough.
    let mut seen: Vec<Action> = Vec::with_capacity(actions.len());
    for action in actions {
        if !seen.contains(&action) {
            seen.push(action);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, SERVER};

    fn titles(view: &FileView, range: ByteRange) -> Vec<String> {
        actions(view, range, &LensSettings::default(), &HintSettings::default()).into_iter().map(|action| action.title).collect()
    }

    #[test]
    fn every_lens_has_a_twin_on_its_line() {
        for fixture in [Fixture::new(SERVER).with_target("GET", "/hello"), Fixture::new(SERVER).with_entry("server.js")] {
            let view = fixture.view();
            let all = lenses(&view, &LensSettings::default(), &HintSettings::default());
            assert!(!all.is_empty());
            for lens in all {
                let line = view.editor_line(lens.range.start);
                let found = titles(&view, ByteRange { start: line.start, end: line.start });
                assert!(found.contains(&lens.title), "{}: {found:?}", lens.title);
            }
        }
    }

    #[test]
    fn inside_a_function_and_a_handler() {
        let view = Fixture::new(SERVER).view();
        let at = view.subject.document.text().to_string().find("heavy(items)").unwrap();
        let at = source::position::ByteOffset(at);
        assert_eq!(
            titles(&view, ByteRange { start: at, end: at }),
            ["self 72.5% · total 72.5% · turbofan", "Show flamegraph of GET /hello", "Clear profile results",]
        );
    }
}
