//! What is known of a property access or a call.

use std::collections::BTreeMap;

use profile::decisions::{Deopt, IcState, InlineCache, Shape};
use profile::{FrameId, Tier};

use super::function::{Refused, by_tiers, refusals, repeated, times};
use super::{links, place_of, place_today};
use crate::explanations::explanation;
use crate::measured::{MeasuredFile, Site};
use crate::placed::PlacedSite;
use crate::rich_text::{Block, Place, RichText};
use crate::timeline::is_benign;
use crate::view::FileView;
use crate::wording::{counted, moment, number, percent};

/// Most inline caches told of one token: reading and writing are two.
const MAX_CACHES: usize = 3;
/// Most shapes listed.
const MAX_SHAPES: usize = 5;
/// Most properties of a shape.
const MAX_PROPERTIES: usize = 8;
/// Most changes of state shown at each end of a long history.
const AT_EACH_END: usize = 4;
/// Most functions and places named in a row.
const MAX_NAMED: usize = 5;
/// Longest token in a title, in characters.
const MAX_TITLE: usize = 40;

/// Everything about a token, the most important first.
pub(super) fn tell(view: &FileView, measured: &MeasuredFile, placed: &PlacedSite, site: &Site) -> RichText {
    let decisions = &measured.results.index.profile().decisions;
    let mut caches: Vec<&InlineCache> = rows(&decisions.inline_caches, &site.caches).collect();
    caches.sort_by_key(|cache| (std::cmp::Reverse(cache.state), std::cmp::Reverse(cache.misses)));
    let token = view.subject.document.text().byte_slice(placed.token.start.0..placed.token.end.0).to_string();
    let token: String = match token.chars().count() {
        0..=MAX_TITLE => token,
        _ => token.chars().take(MAX_TITLE).chain(['…']).collect(),
    };
    let is_call = !(site.inlinings.is_empty() && site.refusals.is_empty() && site.perhaps_refused.is_empty() && site.targets.is_empty());
    let title = match caches.first() {
        Some(cache) => format!("{} `{token}`: {}", access(&cache.kind), state(cache.state)),
        None if is_call => format!("Call of `{token}`"),
        None => format!("`{token}`"),
    };
    let mut text = RichText { blocks: vec![Block::Title(title)] };
    if placed.stale {
        text.blocks.push(Block::Paragraph("Stale: the code around it was changed since it was measured.".to_owned()));
    }
    text.blocks.extend(given_up(view, measured, site));
    for cache in caches.iter().take(MAX_CACHES) {
        text.blocks.push(Block::Paragraph(history(cache)));
    }
    if let Some(cache) = caches.first() {
        text.blocks.extend(shapes(view, measured, cache));
        let code = match cache.state {
            IcState::Megamorphic | IcState::Generic => "ic/megamorphic",
            _ => "",
        };
        text.blocks.extend(explanation(code).map(|page| Block::Paragraph(page.advice.to_owned())));
    }
    text.blocks.extend(calls(view, measured, site));
    text
}

fn rows<'a, T>(table: &'a [T], rows: &'a [u32]) -> impl Iterator<Item = &'a T> {
    rows.iter().filter_map(|row| table.get(*row as usize))
}

/// Optimised code that was given up at this token.
fn given_up(view: &FileView, measured: &MeasuredFile, site: &Site) -> Option<Block> {
    let decisions = &measured.results.index.profile().decisions;
    let mut deopts: Vec<&Deopt> = rows(&decisions.deopts, &site.deopts).filter(|deopt| !is_benign(&deopt.reason)).collect();
    deopts.sort_by_key(|deopt| std::cmp::Reverse(deopt.count));
    let count: u64 = deopts.iter().map(|deopt| u64::from(deopt.count)).sum();
    let item = |deopt: &&Deopt| {
        let (function, place) = place_of(view, measured, deopt.function);
        let reason = if deopt.reason.is_empty() { "no reason given" } else { &deopt.reason };
        (format!("{reason}{}, {} code of {function}", repeated(deopt.count), deopt.tier.label()), place)
    };
    (count > 0).then(|| links(&format!("Deoptimised here {}", times(count)), deopts.iter().map(item).collect(), MAX_NAMED))
}

/// What an inline cache of V8's kind is for.
fn access(kind: &str) -> &'static str {
    match kind {
        "LoadIC" | "LoadSuperIC" => "Read of",
        "KeyedLoadIC" => "Keyed read of",
        "StoreIC" | "SetNamedStrictIC" | "SetNamedSloppyIC" => "Write of",
        "KeyedStoreIC" | "StoreInArrayLiteralIC" => "Keyed write of",
        "DefineNamedOwnIC" | "DefineKeyedOwnIC" => "Definition of",
        "LoadGlobalIC" => "Read of the global",
        "StoreGlobalIC" => "Write of the global",
        _ => "Access to",
    }
}

fn state(state: IcState) -> &'static str {
    match state {
        IcState::NoFeedback => "no feedback yet",
        IcState::Uninitialized => "not yet executed",
        IcState::Monomorphic => "monomorphic",
        IcState::RecomputeHandler => "prototype changed",
        IcState::Polymorphic => "polymorphic",
        IcState::MegaDom => "megamorphic (DOM)",
        IcState::Megamorphic => "megamorphic",
        IcState::Generic => "generic",
    }
}

/// `LoadIC x: monomorphic 12 ms → polymorphic 13 ms → megamorphic 15 ms; 1,234 misses, 6 shapes.`
fn history(cache: &InlineCache) -> String {
    let mut states: Vec<String> = Vec::new();
    let mut last = None;
    for transition in &cache.transitions {
        if last.is_none() && transition.from > IcState::Uninitialized {
            states.push(state(transition.from).to_owned());
            last = Some(transition.from);
        }
        if last != Some(transition.to) {
            states.push(format!("{} {}", state(transition.to), moment(transition.at_us)));
            last = Some(transition.to);
        }
    }
    if last != Some(cache.state) {
        // Only the first changes are kept.
        let until = if states.is_empty() { "" } else { "… " };
        states.push(format!("{until}{}", state(cache.state)));
    }
    let hidden = states.len().saturating_sub(2 * AT_EACH_END);
    if hidden > 1 {
        states.splice(AT_EACH_END..AT_EACH_END + hidden, [format!("… {hidden} more …")]);
    }
    let text = format!("{} {}: {}", cache.kind, cache.key, states.join(" → "));
    let mut figures = vec![counted(cache.misses, "miss", "misses")];
    if cache.n_shapes > 0 {
        figures.push(counted(cache.n_shapes.into(), "shape", "shapes"));
    }
    if cache.n_keys > 1 {
        figures.push(format!("{} different keys", number(cache.n_keys.into())));
    }
    if cache.out_of_bounds > 0 {
        figures.push(format!("{} outside of the array or string", number(cache.out_of_bounds)));
    }
    let slow = cache.transitions.iter().rev().map(|transition| transition.slow_reason.as_str()).find(|reason| !reason.is_empty());
    if let Some(slow) = slow {
        figures.push(format!("V8 says: {slow}"));
    }
    format!("{text}; {}.", figures.join(", "))
}

/// Shapes that missed: constructor, properties in order, and where each was added.
fn shapes(view: &FileView, measured: &MeasuredFile, cache: &InlineCache) -> Option<Block> {
    let decisions = &measured.results.index.profile().decisions;
    let known: Vec<&Shape> = cache.shapes.iter().filter_map(|shape| decisions.shapes.get(shape.index())).collect();
    if known.is_empty() {
        return None;
    }
    let mut items: Vec<Vec<(String, Option<Place>)>> =
        known.iter().take(MAX_SHAPES).map(|shape| shape_line(view, measured, shape)).collect();
    let all = known.len().max(cache.n_shapes as usize);
    if all > items.len() {
        items.push(vec![(format!("{} more", all - items.len()), None)]);
    }
    Some(Block::List("Shapes seen".to_owned(), items))
}

/// `Point {x, y}: made at a.js:3, x added at a.js:4, …`: properties that were added at one place are told together.
fn shape_line(view: &FileView, measured: &MeasuredFile, shape: &Shape) -> Vec<(String, Option<Place>)> {
    let names: Vec<&str> = shape.properties.iter().take(MAX_PROPERTIES).map(|property| property.name.as_str()).collect();
    let more = shape.properties.len() - names.len();
    let more = if more > 0 { format!(", {more} more") } else { String::new() };
    let dictionary = if shape.is_dictionary { " as a dictionary" } else { "" };
    let constructor = shape.constructor.as_deref().filter(|name| !name.is_empty());
    let constructor = constructor.map(|name| format!("{name} ")).unwrap_or_default();
    let mut pieces = vec![(format!("{constructor}{{{}{more}}}{dictionary}", names.join(", ")), None)];
    let mut first = true;
    let mut tell = |what: String, place: Place| {
        let before = if std::mem::take(&mut first) { ": " } else { ", " };
        pieces.push((format!("{before}{what} "), None));
        let file = place.path.rsplit(['/', '\\']).next().unwrap_or(&place.path);
        pieces.push((format!("{file}:{}", place.line), Some(place)));
    };
    if let Some(place) = shape.created_at.as_ref().and_then(|place| place_today(view, measured, place)) {
        tell("made at".to_owned(), place);
    }
    let mut group: Option<(Vec<&str>, Place)> = None;
    for property in shape.properties.iter().take(MAX_PROPERTIES) {
        let Some(place) = property.added_at.as_ref().and_then(|place| place_today(view, measured, place)) else { continue };
        match &mut group {
            Some((names, at)) if *at == place => names.push(&property.name),
            _ => {
                if let Some((names, at)) = group.replace((vec![&property.name], place)) {
                    tell(format!("{} added at", names.join(", ")), at);
                }
            }
        }
    }
    if let Some((names, at)) = group {
        tell(format!("{} added at", names.join(", ")), at);
    }
    pieces
}

/// Whether the call was inlined or refused, and what it called.
fn calls(view: &FileView, measured: &MeasuredFile, site: &Site) -> Vec<Block> {
    let decisions = &measured.results.index.profile().decisions;
    let mut blocks = Vec::new();
    let mut inlined_calls: BTreeMap<(Option<FrameId>, FrameId), BTreeMap<Tier, u64>> = BTreeMap::new();
    for inlining in rows(&decisions.inlinings, &site.inlinings) {
        *inlined_calls.entry((inlining.callee, inlining.into)).or_default().entry(inlining.tier).or_default() += u64::from(inlining.count);
    }
    let inlined = |((callee, into), tiers): ((Option<FrameId>, FrameId), BTreeMap<Tier, u64>)| {
        let (into, place) = place_of(view, measured, into);
        let callee = callee.map_or_else(|| "(unknown)".to_owned(), |callee| place_of(view, measured, callee).0);
        (format!("{callee} into {into} ({})", by_tiers(tiers)), place)
    };
    let items: Vec<_> = inlined_calls.into_iter().map(inlined).collect();
    let was_inlined = !items.is_empty();
    if was_inlined {
        blocks.push(links("Inlined", items, MAX_NAMED));
    }
    let refused = |rows: &[u32]| -> Vec<(String, Option<Place>)> {
        let item = |refused: &Refused| {
            let (callee, place) = place_of(view, measured, refused.callee);
            let into = refused.into.map(|into| format!(" into {}", place_of(view, measured, into).0)).unwrap_or_default();
            (format!("{callee}{into}: {}", refused.why), place)
        };
        refusals(measured, rows).iter().map(item).collect()
    };
    let items = refused(&site.refusals);
    if !items.is_empty() {
        blocks.push(links("Not inlined", items, MAX_NAMED));
    }
    // A call that was inlined is not the one of several that was refused.
    let items = refused(&site.perhaps_refused);
    if !items.is_empty() && !was_inlined {
        blocks.push(links("Not inlined, this call or another one of it in this function", items, MAX_NAMED));
    }
    let target = |target: &crate::measured::CallTarget| {
        let (callee, place) = place_of(view, measured, target.callee);
        (format!("{callee} {}", percent(measured.share(target.total))), place)
    };
    if !site.targets.is_empty() {
        blocks.push(links("Calls from here", site.targets.iter().map(target).collect(), MAX_NAMED));
    }
    blocks
}

#[cfg(test)]
mod tests {
    use crate::fixture::{Fixture, SERVER, decisions};
    use crate::hover::tests::{at, check};

    fn accesses() -> Fixture {
        Fixture::new(SERVER).decided(decisions::of_render).decided(decisions::of_accesses)
    }

    #[test]
    fn access_with_its_history_and_shapes() {
        check(
            at(accesses(), "text.|join()"),
            &[
                "Read of `join`: megamorphic\n\nDeoptimised here 37 times: wrong map ×37, turbofan code of render (/app/server.js:2)\n",
                "\nLoadIC join: monomorphic 12 ms → polymorphic 13 ms → megamorphic 15 ms; 1,234 misses, 6 shapes.\n",
                "\nShapes seen:\n- Text {join, x}: made at server.js:3, join added at server.js:3, \
                 x added at server.js:8\n- {} as a dictionary\n- 4 more\n",
                "Line 4 as measured: self 12.5%, total 12.5%.",
                "GET /hello, 3 min ago",
            ],
        );
    }

    #[test]
    fn anywhere_in_the_access() {
        for marked in ["text.j|oin()", "text.join|()", "|text.join()", "te|xt.join()", "text|.join()"] {
            check(at(accesses(), marked), &["Read of `join`"]);
        }
        check(at(accesses(), "render(r|eq.items)"), &["Read of `items`: polymorphic\n\nLoadIC items: polymorphic; 1 miss."]);
        check(at(accesses(), "r|eturn text"), &["Line 4 as measured"]);
    }

    #[test]
    fn call_that_was_inlined_and_refused() {
        check(
            at(accesses(), "send(|render("),
            &[
                "Call of `render`\n\nInlined: render into hello (turbofan ×3) (/app/server.js:7)\n",
                "Not inlined: render into hello: ",
                ", 213 bytes of bytecode (maglev ×2) (/app/server.js:2)",
                "Line 8 as measured",
            ],
        );
    }

    #[test]
    fn one_of_several_calls_was_refused() {
        let text = SERVER.replace("res.send(render(req.items));", "res.send(render(req.a), render(req.b));");
        let refused = |decisions: &mut profile::decisions::Decisions, about: &crate::fixture::Measured| {
            decisions.refusals.push(profile::decisions::Refusal {
                into: Some(about.function("hello")),
                callee: about.function("render"),
                tier: profile::Tier::Maglev,
                reason: "direct recursion".into(),
                bytecode_bytes: None,
                call: None,
                count: 1,
            });
        };
        for marked in ["|render(req.a)", "|render(req.b)"] {
            let hover = at(Fixture::new(&text).decided(refused), marked);
            check(hover, &["Not inlined, this call or another one of it in this function: render into hello: ", "(maglev)"]);
        }
    }

    #[test]
    fn moves_with_edits_and_goes_with_its_token() {
        let edited = |old, new| accesses().edited(Some((old, new)));
        check(at(edited("function render", "// é\n\nfunction render"), "text.|join()"), &["Read of `join`", "join added at server.js:5"]);
        check(at(edited("return text", "return !text"), "!text.|join()"), &["Read of `join`", "Stale: the code around it was changed"]);
        check(at(edited("join()", "joinAll()"), "text.|joinAll()"), &["Line 4 as measured"]);
        check(at(edited("join()", "rejoin()"), "text.re|join()"), &["Line 4 as measured"]);
        check(at(edited("heavy(items)", "light(items)"), "text.|join()"), &["Read of `join`", "Stale"]);
    }

    #[test]
    fn call_known_from_the_stacks_only() {
        // The fixture's stacks call from column 3 of line 8.
        check(at(Fixture::new(SERVER), "|res.send"), &["Call of `res`\n\nCalls from here: render 72.5% (/app/server.js:2)"]);
    }
}
