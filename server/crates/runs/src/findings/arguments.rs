//! Hot functions whose `arguments` object is dear.
//!
//! Measured on Node 18, 20, 22, 24 and 26, three million calls of a function of three parameters, against the same with `...args`:
//!
//! | use | sloppy mode, with parameters | otherwise |
//! |---|---|---|
//! | `arguments.length`, `f.apply(x, arguments)`, `f(...arguments)` | the same | the same |
//! | read an element, hand it on, keep it | 2 to 10 times | the same |
//! | `for … of`, `[...arguments]`, `Array.from`, `[].map.call(arguments)` | 8 to 30 times | 8 to 20 times |
//!
//! In sloppy mode `arguments` is tied to the parameters: V8 has to build it, and reads it element by element through the interpreter's
//! slow path. What costs nothing is not told.

use super::evidence::Evidence;
use super::words::sentence;
use profile::decisions::Place;
use profile::finding::FindingSeverity;
use profile::{Finding, FrameId};
use source::arguments::{ArgumentsUse, arguments_are_mapped, uses_of_arguments};
use source::position::ByteRange;

pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    // The syntax tells it, and only the time makes it worth telling.
    let hot = evidence.index.totals().functions.iter().map(|total| total.frame);
    let hot = hot.filter(|function| evidence.is_users(*function) && evidence.share(*function) >= evidence.thresholds.fact_share);
    hot.filter_map(|function| finding(evidence, function)).collect()
}

fn finding(evidence: &Evidence<'_>, function: FrameId) -> Option<Finding> {
    let frame = evidence.profile.frame(function);
    let source = evidence.profile.source(frame.source?);
    let text = evidence.texts.of(source.path.as_deref()?)?;
    let (syntax, rope) = (text.document.syntax(), text.document.text());
    let found = text.function(&frame.name, frame.start?)?;
    let uses = uses_of_arguments(syntax, rope, text.functions(), found);
    if uses.is_empty() {
        return None;
    }
    // V8 names ES modules by URL; those are strict.
    let is_module = source.url.starts_with("file:") || [".mjs", ".mts"].iter().any(|extension| source.url.ends_with(extension));
    let is_mapped = !is_module && arguments_are_mapped(syntax, rope, found);
    let dear = |kind: ArgumentsUse| kind == ArgumentsUse::Iterated || is_mapped && kind != ArgumentsUse::Free;
    let dear: Vec<(ByteRange, ArgumentsUse)> = uses.into_iter().filter(|(_, kind)| dear(*kind)).collect();
    let (worst, kind) = dear.iter().max_by_key(|(range, kind)| (*kind, std::cmp::Reverse(range.start))).copied()?;
    let called = evidence.called(function);
    let message = match kind {
        ArgumentsUse::Iterated => {
            format!("{called} goes through `arguments` element by element, which V8 does not optimise as it does for an array.")
        }
        ArgumentsUse::Element => format!(
            "{called} reads `arguments`, which in sloppy mode is tied to its parameters: V8 builds that object at every call and does not \
             optimise reading it."
        ),
        _ => format!(
            "{called} hands its `arguments` on, which in sloppy mode is tied to its parameters: V8 builds that object at every call, and \
             whoever reads it is slow."
        ),
    };
    let place = |range: &ByteRange| Place { position: Some(text.position(range.start)), ..evidence.place_of(function) };
    let others =
        dear.iter().filter(|(range, _)| *range != worst).map(|(range, _)| (place(range), "`arguments` is used here as well.".to_owned()));
    Some(Finding {
        code: "arguments/leaked".to_owned(),
        severity: FindingSeverity::Information,
        message: sentence(&message),
        share: evidence.share(function),
        count: 0,
        place: evidence.place(&place(&worst)),
        related: evidence.related(others),
        ..Finding::default()
    })
}

#[cfg(test)]
mod tests {
    use crate::findings::fixture::{Fixture, shown};
    use profile::Tier;

    fn check(code: &str, url: &str, us: u64, expected: &[&str]) {
        let mut fixture = Fixture::new();
        fixture.text("/app/a.js", code);
        fixture.function("other", "/app/b.js", (1, 1), Tier::Turbofan, 100_000 - us);
        fixture.function("f", url, (1, 11), Tier::Turbofan, us);
        assert_eq!(shown(&fixture.found()), expected, "{code}");
    }

    #[test]
    fn dear_uses_of_hot_functions() {
        let hot = 50_000;
        check("function f(a, b) { return g(arguments); }", "/app/a.js", hot, &["arguments/leaked I 1:29"]);
        check("function f(a, b) { return arguments[1]; }", "/app/a.js", hot, &["arguments/leaked I 1:27"]);
        check("function f(a, b) { return [...arguments]; }", "/app/a.js", hot, &["arguments/leaked I 1:31"]);
        check("function f() { return g(arguments); }", "/app/a.js", hot, &[]);
        check("function f() { return Array.from(arguments); }", "/app/a.js", hot, &["arguments/leaked I 1:34"]);
        check("function f(a, b) { 'use strict'; return g(arguments); }", "/app/a.js", hot, &[]);
        check("function f(a, b) { return g.apply(this, arguments); }", "/app/a.js", hot, &[]);
        check("function f(...a) { return g(a); }", "/app/a.js", hot, &[]);
        check("function f(a, b) { return g(arguments); }", "/app/a.js", 0, &[]);
    }
}
