//! Hovers: all that is known of a function or line.

use std::time::Duration;

use profile::totals::{CallEdge, Cost};
use profile::{FrameId, Tier};
use source::functions::FunctionKind;
use source::position::{ByteOffset, ByteRange};

use crate::measured::{MeasuredFile, MeasuredFunction};
use crate::rich_text::{Block, Place, RichText};
use crate::view::{FileView, PlacedFunction};
use crate::wording::{age, name, percent, time};

/// Most callers and callees named.
const MAX_EDGES: usize = 5;

/// A hover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// The code it is about.
    pub range: ByteRange,
    /// The text.
    pub text: RichText,
}

/// The hover at an offset: of the function in whose header it lies, else of the measured line; none elsewhere. `now_ms` is the time
/// of day, in ms since 1970-01-01 UTC.
pub fn hover(view: &FileView, offset: ByteOffset, now_ms: u64) -> Option<Hover> {
    let measured = view.measured()?;
    let at_header = view
        .measured_functions()
        .filter(|(_, function)| function.kind != FunctionKind::Toplevel)
        .filter(|(placed, _)| placed.header.start <= offset && offset <= placed.header.end)
        .min_by_key(|(placed, _)| placed.range.end.0 - placed.range.start.0);
    if let Some((placed, function)) = at_header {
        let mut text = RichText { blocks: vec![Block::Title(format!("ƒ {}", name(&function.name)))] };
        of_function(&mut text, view, measured, placed, function);
        of_run(&mut text, measured, now_ms);
        return Some(Hover { range: placed.header, text });
    }
    let (placed, line) = view.line_at(offset)?;
    let mut text = RichText { blocks: vec![Block::Title(format!("Line {} as measured", line.line))] };
    if placed.changed {
        text.blocks.push(Block::Paragraph("Stale: this line was changed since it was measured.".to_owned()));
    }
    text.blocks.push(costs(measured, &line.cost));
    if let Some((around, function)) = view.function_around(offset) {
        let cost = &function.cost;
        let (own, total) = (percent(measured.share(cost.self_us)), percent(measured.share(cost.total_us)));
        let stale = if around.stale { ", stale: it was changed since" } else { "" };
        text.blocks.push(Block::Paragraph(format!("In ƒ {}: self {own}, total {total}{stale}.", name(&function.name))));
    }
    of_run(&mut text, measured, now_ms);
    Some(Hover { range: placed.range, text })
}

fn of_function(text: &mut RichText, view: &FileView, measured: &MeasuredFile, placed: &PlacedFunction, function: &MeasuredFunction) {
    if placed.stale {
        text.blocks.push(Block::Paragraph("Stale: this function was changed since it was measured.".to_owned()));
    }
    text.blocks.push(costs(measured, &function.cost));
    let sum: u64 = function.tier_us.iter().sum();
    let tiers: Vec<String> = Tier::ALL
        .iter()
        .zip(function.tier_us)
        .filter(|(_, us)| *us > 0 && sum > 0)
        .map(|(tier, us)| format!("{} {}", tier.label(), percent(us as f64 / sum as f64)))
        .collect();
    if !tiers.is_empty() {
        text.blocks.push(Block::Paragraph(format!("Self time by tier: {}.", tiers.join(", "))));
    }
    let index = &measured.results.index;
    let named = |caption: &str, edges: Vec<(FrameId, &CallEdge)>| {
        let more = edges.len().saturating_sub(MAX_EDGES);
        let mut items: Vec<(String, Option<Place>)> = edges
            .into_iter()
            .take(MAX_EDGES)
            .map(|(frame, edge)| {
                let (what, place) = place_of(view, measured, frame);
                (format!("{what} {}", percent(measured.share(edge.total_us))), place)
            })
            .collect();
        if more > 0 {
            items.push((format!("{more} more"), None));
        }
        Block::Links(caption.to_owned(), items)
    };
    let callers: Vec<_> = index.callers_of(function.frame).map(|edge| (edge.caller, edge)).collect();
    if !callers.is_empty() {
        text.blocks.push(named("Called by", callers));
    }
    let callees: Vec<_> = index.callees_of(function.frame).map(|edge| (edge.callee, edge)).collect();
    if !callees.is_empty() {
        text.blocks.push(named("Calls", callees));
    }
}

/// Name and place of a profile's function: today's, if it is in this file, else that in the text that was measured.
pub(crate) fn place_of(view: &FileView, measured: &MeasuredFile, frame_id: FrameId) -> (String, Option<Place>) {
    let profile = measured.results.index.profile();
    let frame = profile.frame(frame_id);
    let path = frame.source.and_then(|source| profile.source(source).path.clone());
    let here = view.measured_functions().find(|(_, function)| function.frame == frame_id).map(|(placed, _)| placed.header.start);
    let line_today = |at: ByteOffset| u32::try_from(view.subject.document.text().byte_to_line(at.0) + 1).ok();
    let line = here.and_then(line_today).or(frame.start.map(|start| start.line));
    (name(&frame.name).to_owned(), path.zip(line).map(|(path, line)| Place { path, line }))
}

fn costs(measured: &MeasuredFile, cost: &Cost) -> Block {
    let row = |label: &str, own: String, total: String| vec![label.to_owned(), own, total];
    Block::Table(vec![
        row("", "self".to_owned(), "total".to_owned()),
        row("share", percent(measured.share(cost.self_us)), percent(measured.share(cost.total_us))),
        row("95 % interval", interval(measured, cost.self_us), interval(measured, cost.total_us)),
        row("time", time(cost.self_us), time(cost.total_us)),
        row("samples", cost.self_samples.to_string(), cost.total_samples.to_string()),
    ])
}

/// Wilson interval of a share of active time.
fn interval(measured: &MeasuredFile, us: u64) -> String {
    let all = measured.results.effective_samples;
    match stats::proportion_interval(measured.share(us).min(1.0) * all, all, 0.95) {
        Ok(interval) => format!("{} to {}", percent(interval.low), percent(interval.high)),
        Err(_) => "not known".to_owned(),
    }
}

fn of_run(text: &mut RichText, measured: &MeasuredFile, now_ms: u64) {
    let figures = &measured.results.figures;
    let ago = age(Duration::from_millis(now_ms.saturating_sub(figures.finished_at_ms)));
    let mut about = format!("{}, {ago}, Node {}.", figures.target, figures.node_version);
    let summary = crate::lenses::summary(figures);
    if !summary.is_empty() {
        about = format!("{}, {ago}, Node {}: {summary}.", figures.target, figures.node_version);
    }
    text.blocks.push(Block::Paragraph(about));
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

    fn at(fixture: Fixture, needle: &str) -> Option<String> {
        let view = fixture.view();
        let offset = view.subject.document.text().to_string().find(needle).expect("the needle is in the text");
        hover(&view, ByteOffset(offset), 200_000).map(|hover| hover.text.plain())
    }

    fn check(hover: Option<String>, expected: &[&str]) {
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
                "share                   72.5%           72.5%",
                "95 % interval  57.2% to 83.9%",
                "samples                    29              29",
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
    fn stale() {
        let changed = || Fixture::new(SERVER).edited(Some(("heavy(items)", "light(items)")));
        check(at(changed(), "render(items)"), &["Stale: this function was changed"]);
        let moved = Fixture::new(SERVER).edited(Some(("function render", "\n\nfunction render")));
        check(at(moved, "render(items)"), &["Called by: hello 72.5% (/app/server.js:9)"]);
        check(at(changed(), "light(items)"), &["Stale: this line was changed", "stale: it was changed since"]);
    }
}
