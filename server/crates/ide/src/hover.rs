//! Hovers: all that is known of a function, an access, a call or a line.

mod benchmark;
mod function;
mod site;

use std::time::Duration;

use profile::totals::Cost;
use profile::{FrameId, Position};
use source::anchor::AnchorState;
use source::functions::FunctionKind;
use source::position::{ByteOffset, ByteRange};

use crate::measured::MeasuredFile;
use crate::results::Measure;
use crate::rich_text::{Block, Place, RichText};
use crate::view::FileView;
use crate::wording::{self, age, name, percent};

/// A hover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// The code it is about.
    pub range: ByteRange,
    /// The text.
    pub text: RichText,
}

/// The hover at an offset: of the function in whose header it lies, else of the access or call there, else of the measured line; then the
/// benchmark of a route that is registered or handled there. None elsewhere. `now_ms` is the time of day, in ms since 1970-01-01 UTC.
pub fn hover(view: &FileView, offset: ByteOffset, now_ms: u64) -> Option<Hover> {
    let benchmark = benchmark::at(view, offset, now_ms);
    match (of_profile(view, offset, now_ms), benchmark) {
        (Some(mut hover), Some((_, benchmark))) => {
            hover.text.blocks.extend(benchmark.blocks);
            Some(hover)
        }
        (None, Some((range, text))) => Some(Hover { range, text }),
        (hover, None) => hover,
    }
}

/// What the profile says at an offset.
fn of_profile(view: &FileView, offset: ByteOffset, now_ms: u64) -> Option<Hover> {
    let measured = view.measured()?;
    let at_header = view
        .measured_functions()
        .filter(|(_, function)| function.kind != FunctionKind::Toplevel)
        .filter(|(placed, _)| placed.header.start <= offset && offset <= placed.header.end)
        .min_by_key(|(placed, _)| placed.range.end.0 - placed.range.start.0);
    if let Some((placed, function)) = at_header {
        let mut text = RichText { blocks: vec![Block::Title(format!("ƒ {}", name(&function.name)))] };
        function::tell(&mut text, view, measured, placed, function);
        of_run(&mut text, view, measured, now_ms);
        return Some(Hover { range: placed.header, text });
    }
    if let Some((placed, site)) = view.site_at(offset) {
        let mut text = site::tell(view, measured, placed, site);
        if let Some((_, line)) = view.line_at(placed.token.start) {
            let (own, total) = (percent(measured.own_share(&line.cost)), percent(measured.total_share(&line.cost)));
            let of_focus = view.of_focus();
            text.blocks.push(Block::Paragraph(format!("Line {} as measured: self {own}, total {total}{of_focus}.", line.line)));
        }
        of_run(&mut text, view, measured, now_ms);
        return Some(Hover { range: placed.token, text });
    }
    let (placed, line) = view.line_at(offset)?;
    let mut text = RichText { blocks: vec![Block::Title(format!("Line {} as measured", line.line))] };
    if placed.changed || measured.written_since {
        text.blocks.push(Block::Paragraph(stale(measured, "this line was changed since it was measured")));
    }
    text.blocks.push(costs(view, measured, &line.cost));
    if let Some((around, function)) = view.function_around(offset) {
        let (own, total) = (percent(measured.own_share(&function.cost)), percent(measured.total_share(&function.cost)));
        let stale = if around.stale && !measured.written_since { ", stale: it was changed since" } else { "" };
        let of_focus = view.of_focus();
        text.blocks.push(Block::Paragraph(format!("In ƒ {}: self {own}, total {total}{of_focus}{stale}.", name(&function.name))));
    }
    of_run(&mut text, view, measured, now_ms);
    Some(Hover { range: placed.range, text })
}

/// Name and place of a profile's function: today's, if it is in this file, else that in the text that was measured.
pub(crate) fn place_of(view: &FileView, measured: &MeasuredFile, frame_id: FrameId) -> (String, Option<Place>) {
    let profile = measured.results.index.profile();
    let frame = profile.frame(frame_id);
    let path = frame.source.and_then(|source| profile.source(source).path.clone());
    let here = view.function_of(frame_id).map(|(placed, _)| placed.header.start);
    let line_today = |at: ByteOffset| u32::try_from(view.subject.document.text().byte_to_line(at.0) + 1).ok();
    let line = here.and_then(line_today).or(frame.start.map(|start| start.line));
    let is_toplevel = frame.name.is_empty() && frame.start == Some(Position { line: 1, column: 1 });
    let name = if is_toplevel { "(top level)" } else { name(&frame.name) };
    (name.to_owned(), path.zip(line).map(|(path, line)| Place { path, line }))
}

/// A place of V8's decisions: today's line if it is in this file and still there, else the measured one; none without a file.
fn place_today(view: &FileView, measured: &MeasuredFile, place: &profile::decisions::Place) -> Option<Place> {
    let profile = measured.results.index.profile();
    let function = place.function.and_then(|function| profile.frames.get(function.index()));
    let source = profile.sources.get(place.source.or(function?.source)?.index())?;
    let path = source.path.clone()?;
    let Some(position) = place.position else { return place.function.and_then(|function| place_of(view, measured, function).1) };
    let today = (path == measured.path).then(|| line_today(view, position.line)).flatten();
    Some(Place { path, line: today.unwrap_or(position.line) })
}

/// Today's number of a measured line that is anchored: as V8's decisions are, and lines with samples.
fn line_today(view: &FileView, measured_line: u32) -> Option<u32> {
    let (_, anchors) = view.subject.measured.as_ref()?;
    let anchor = anchors.line(measured_line).filter(|anchor| anchor.state != AnchorState::Gone)?;
    u32::try_from(view.subject.document.text().byte_to_line(anchor.range.start.0) + 1).ok()
}

/// Names with what is said of each, the first few.
fn links(caption: &str, mut items: Vec<(String, Option<Place>)>, most: usize) -> Block {
    let more = items.len().saturating_sub(most);
    items.truncate(most);
    if more > 0 {
        items.push((format!("{more} more"), None));
    }
    Block::Links(caption.to_owned(), items)
}

/// Why figures are stale: the code was changed, or nobody knows.
fn stale(measured: &MeasuredFile, changed: &str) -> String {
    let why = if measured.written_since {
        "this file was written after the profile, so its lines may be others than were measured"
    } else {
        changed
    };
    format!("Stale: {why}.")
}

fn costs(view: &FileView, measured: &MeasuredFile, cost: &Cost) -> Block {
    let results = &measured.results;
    let of_focus = view.of_focus();
    let texts = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<String>>();
    Block::Table(match results.measure {
        Measure::Cpu => {
            let row = |label: &str, us: u64, samples: u64| {
                // A time of nothing would be more certain than the interval.
                let time = if samples == 0 { "–".to_owned() } else { results.amount(us) };
                vec![label.to_owned(), percent(measured.share(us)), interval(measured, us), time, samples.to_string()]
            };
            vec![
                texts(&["", &format!("share{of_focus}"), "95% interval", "time", "samples"]),
                row("self", cost.self_us, cost.self_samples),
                row("total", cost.total_us, cost.total_samples),
            ]
        }
        Measure::Allocated => {
            let of = if of_focus.is_empty() { " of allocations" } else { of_focus.as_str() };
            let row = |label: &str, bytes: u64| vec![label.to_owned(), percent(measured.share(bytes)), results.amount(bytes)];
            vec![texts(&["", &format!("share{of}"), "allocated"]), row("self", results.own(cost)), row("total", results.total(cost))]
        }
    })
}

/// Wilson interval of a share of active time: `45.3–48.8%`.
fn interval(measured: &MeasuredFile, us: u64) -> String {
    let all = measured.results.effective_samples;
    match stats::proportion_interval(measured.share(us).min(1.0) * all, all, 0.95) {
        Ok(interval) => wording::percent_span(interval.low, interval.high),
        Err(_) => "not known".to_owned(),
    }
}

fn of_run(text: &mut RichText, view: &FileView, measured: &MeasuredFile, now_ms: u64) {
    let figures = &measured.results.figures;
    let what = match measured.results.measure {
        Measure::Cpu => &figures.target,
        Measure::Allocated => "allocations",
    };
    if let Some(focus) = &view.subject.focus {
        let share = percent(focus.share);
        text.blocks.push(Block::Paragraph(format!("Percentages are of {}, {share} of {what}.", focus.label)));
    }
    let mut about = format!("{}, {}", figures.target, age(Duration::from_millis(now_ms.saturating_sub(figures.finished_at_ms))));
    if !figures.node_version.is_empty() {
        about = format!("{about}, Node {}", figures.node_version);
    }
    let summary = crate::lenses::summary(figures);
    if !summary.is_empty() {
        about = format!("{about}: {summary}");
    }
    text.blocks.push(Block::Paragraph(format!("{about}.")));
    if measured.results.measure == Measure::Allocated {
        return;
    }
    let [exact, function, none] = measured.results.index.attribution().shares();
    text.blocks.push(Block::Paragraph(format!(
        "JavaScript time with an exact line: {}, with a function only: {}, with neither: {}.",
        percent(exact),
        percent(function),
        percent(none)
    )));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, SERVER};

    /// The hover at the `|` in a piece of today's text; none when there is none.
    pub(super) fn at(fixture: Fixture, marked: &str) -> Option<String> {
        hover_at(fixture, marked).map(|hover| hover.text.plain())
    }

    /// How many lines the hover has that are not empty.
    pub(super) fn lines(fixture: Fixture, marked: &str) -> usize {
        at(fixture, marked).unwrap().lines().filter(|line| !line.is_empty()).count()
    }

    /// Asked twice: of the analysed text, and as long as it is not.
    fn hover_at(fixture: Fixture, marked: &str) -> Option<Hover> {
        let answers = [fixture.clone(), fixture.not_analysed()].map(|fixture| {
            let view = fixture.view();
            let text = view.subject.document.text().to_string();
            let piece = text.find(&marked.replacen('|', "", 1)).expect("the piece is in the text");
            hover(&view, ByteOffset(piece + marked.find('|').unwrap_or(0)), 200_000)
        });
        let [analysed, carried] = answers;
        assert_eq!(analysed, carried, "before the analysis and after");
        analysed
    }

    pub(super) fn check(hover: Option<String>, expected: &[&str]) {
        let text = hover.expect("a hover");
        for part in expected {
            assert!(text.contains(part), "{part:?} is not in\n{text}");
        }
    }

    #[test]
    fn function_line_and_nothing() {
        check(
            at(Fixture::new(SERVER), "render(items)"),
            &[
                "ƒ render",
                "       share  95% interval     time  samples\n\
                 self   72.5%    57.2–83.9%  72.5 ms       29\n\
                 total  72.5%    57.2–83.9%  72.5 ms       29\n\n\
                 Called by: hello",
                "turbofan 100%",
                "Called by: hello 72.5% (/app/server.js:7)",
                "GET /hello, 3 min ago, Node 22.1.0: 5.8k req/s",
                "exact line: 100%",
            ],
        );
        check(at(Fixture::new(SERVER), "hello(req"), &["Calls: render 72.5% (/app/server.js:2)"]);
        check(at(Fixture::new(SERVER), "heavy(items)"), &["Line 3 as measured", "60%", "In ƒ render: self 72.5%"]);
        assert_eq!(at(Fixture::new(SERVER), "app.get"), None);
    }

    #[test]
    fn shares_of_one_function() {
        let focused = || Fixture::new(SERVER).focused("render");
        check(
            at(focused(), "render(items)"),
            &["share of render()", "100%", "Percentages are of render(), 72.5% of GET /hello.", "self                100%"],
        );
        check(at(focused(), "heavy(items)"), &["82.8%", "In ƒ render: self 100%, total 100% of render()."]);
        // Its callers are not told: they are not among the stacks.
        assert!(!at(focused(), "render(items)").unwrap().contains("Called by"));
    }

    #[test]
    fn allocations() {
        let heap = Fixture::new(SERVER).of_heap_profile();
        let text = at(heap, "hello(req").unwrap();
        let expected = ["share of allocations", "87.5%", "allocated", "35 kB", "Calls: render 72.5%", "app.heapprofile, 3 min ago."];
        check(Some(text.clone()), &expected);
        assert!(!text.contains("interval") && !text.contains("exact line") && !text.contains("Node"), "{text}");
        check(at(Fixture::new(SERVER).of_heap_profile(), "|res.send"), &["Calls from here: render 72.5% (/app/server.js:2)"]);
    }

    #[test]
    fn text_that_was_written_after_the_profile() {
        for marked in ["render(items)", "heavy(items)"] {
            let text = at(Fixture::new(SERVER).written_since(), marked);
            check(text, &["Stale: this file was written after the profile, so its lines may be others than were measured."]);
        }
    }

    #[test]
    fn stale() {
        let changed = || Fixture::new(SERVER).edited(Some(("heavy(items)", "light(items)")));
        check(at(changed(), "render(items)"), &["Stale: this function was changed"]);
        let moved = Fixture::new(SERVER).edited(Some(("function render", "\n\nfunction render")));
        check(at(moved, "render(items)"), &["Called by: hello 72.5% (/app/server.js:9)"]);
        check(at(changed(), "light(items)"), &["Stale: this line was changed", "stale: it was changed since"]);
    }
}
