use source::position::ByteRange;

use super::*;
use crate::diagnostics::diagnostics;
use crate::fixture::{Fixture, SERVER};
use crate::switches::{FactsShown, ScopedSwitch};

const HINT: FindingSeverity = FindingSeverity::Hint;
const INFORMATION: FindingSeverity = FindingSeverity::Information;
const WARNING: FindingSeverity = FindingSeverity::Warning;

/// `line severity code «token»: message` of each, hot places left out. Asked twice: of the analysed text, and as long as it is not.
fn shown(fixture: Fixture, settings: &DiagnosticSettings) -> Vec<String> {
    let all = |fixture: Fixture| {
        let view = fixture.view();
        let text = view.subject.document.text();
        let slice = |range: ByteRange| text.byte_slice(range.start.0..range.end.0).to_string();
        let one = |found: &Diagnostic| {
            let line = text.byte_to_line(found.range.start.0) + 1;
            let related = found.related.iter().map(|related| match &related.at {
                RelatedAt::Here(range) => format!(" [{} «{}»]", related.message, slice(*range)),
                RelatedAt::Elsewhere { path, position } => {
                    format!(" [{} {path}:{}:{}]", related.message, position.line, position.column)
                }
            });
            let related: String = related.collect();
            format!("{line} {:?} {} «{}»: {}{related}", found.severity, found.code, slice(found.range), found.message)
        };
        diagnostics(&view, settings).iter().filter(|found| !found.code.starts_with("hot/")).map(one).collect::<Vec<_>>()
    };
    let analysed = all(fixture.clone());
    assert_eq!(all(fixture.not_analysed()), analysed, "before the analysis and after");
    analysed
}

fn check(fixture: Fixture, expected: &[&str]) {
    assert_eq!(shown(fixture, &DiagnosticSettings::default()), expected);
}

#[test]
fn on_the_exact_token() {
    fn check(marked: &str, expected: &str) {
        let fixture = Fixture::bare(&marked.replacen('|', "", 1)).found("deopt/test", HINT, 0.5, marked);
        let found = shown(fixture, &DiagnosticSettings::default());
        let token = found.first().and_then(|found| Some(found.split_once('«')?.1.split_once('»')?.0.to_owned()));
        assert_eq!((found.len(), token.as_deref()), (1, Some(expected)), "{marked:?}: {found:?}");
    }
    check("r = a.b.|c;", "c");
    check("r = a|?.b;", "b");
    check("r = a|[b];", "b");
    check("r = a|['x'];", "'x'");
    check("r = |f(x);", "f");
    check("r = |new F();", "F");
    check("r = a |+ b;", "+");
    check("i|++;", "++");
    check("r = `${a.|x} t`;", "x");
    check("a = 1;\r\nr = b.|c;\r\n", "c");
    check("/* é💥 */ r = b.|größe;", "größe");
    check("\u{feff}r = b.|c;", "c");
    check("'\u{2028}'; r = b.|c;", "c");
    check("function f() {\n  |return g;\n}", "g");
}

#[test]
fn on_the_name_of_what_the_cache_there_is_for() {
    let cache = |decisions: &mut profile::decisions::Decisions, about: &crate::fixture::Measured| {
        let position = Some(about.position("y: |z"));
        let place = profile::decisions::Place { function: None, source: Some(about.source), position };
        decisions.inline_caches.push(crate::fixture::decisions::cache(place, "LoadIC", "y"));
    };
    let fixture = Fixture::bare("const { x, y: z } = a;").found("ic/test", HINT, 0.5, "y: |z");
    check(fixture.clone(), &["1 Hint ic/test «z»: ic/test at y: z. Do better."]);
    check(fixture.decided(cache), &["1 Hint ic/test «y»: ic/test at y: z. Do better."]);
}

#[test]
fn severity_advice_and_related_places() {
    let fixture = Fixture::new(SERVER)
        .found("deopt/test", WARNING, 0.4, "text.|join")
        .related("req.|items", "made here")
        .found("ic/test", INFORMATION, 0.3, "req.|items")
        .last_finding(|finding| {
            let mut other = crate::fixture::elsewhere("/app/lib.js", 7, 3);
            other.message = "added here".into();
            finding.related.push(other);
        })
        .found("number/test", HINT, 0.2, "= |heavy(items)");
    check(
        fixture,
        &[
            "4 Warning deopt/test «join»: deopt/test at text.join. Do better. [made here «items»]",
            "8 Information ic/test «items»: ic/test at req.items. Do better. [added here /app/lib.js:7:3]",
            "3 Hint number/test «heavy»: number/test at = heavy(items). Do better.",
        ],
    );
}

#[test]
fn advice_of_the_page_when_the_finding_has_none() {
    let fixture = Fixture::new(SERVER).found("ic/megamorphic", HINT, 0.4, "text.|join").last_finding(|finding| finding.advice.clear());
    let advice = crate::explanations::explanation("ic/megamorphic").unwrap().advice;
    check(fixture, &[&format!("4 Hint ic/megamorphic «join»: ic/megamorphic at text.join. {advice}")]);
}

#[test]
fn moved_stale_and_gone() {
    fn check(edit: (&str, &str), expected: &[&str]) {
        let fixture = Fixture::new(SERVER).found("deopt/test", WARNING, 0.4, "text.|join").edited(Some(edit));
        super::tests::check(fixture, expected);
    }
    let moved = "Warning deopt/test «join»: deopt/test at text.join. Do better.";
    let stale = "Hint deopt/test «join»: deopt/test at text.join. Do better. (measured before this function was changed)";
    check(("function render", "// é\n\nfunction render"), &[&format!("6 {moved}")]);
    check(("res.send", "res.json"), &[&format!("4 {moved}")]);
    check(("heavy(items)", "light(items)"), &[&format!("4 {stale}")]);
    check(("  return text", "  const more = 1;\n  return text"), &[&format!("5 {stale}")]);
    check(("return text.join", "return  text.join"), &[&format!("4 {stale}")]);
    check(("text.join", "text.map"), &[]);
    check(("text.join", "text.joined"), &[]);
    check(("text.join", "text.rejoin"), &[]);
    check(("  return text.join();\n", ""), &[]);
    check(("function render(items) {\n  const text = heavy(items);\n  return text.join();\n}\n", ""), &[]);
}

#[test]
fn top_level_is_stale_by_its_line() {
    fn check(edit: (&str, &str), expected: &str) {
        let fixture = Fixture::new(SERVER).found("deopt/test", WARNING, 0.4, "|require('express')").edited(Some(edit));
        super::tests::check(fixture, &[expected]);
    }
    let message = "deopt/test «require»: deopt/test at require('express'). Do better.";
    check(("heavy(items)", "light(items)"), &format!("1 Warning {message}"));
    check(("const app", "let app"), &format!("1 Hint {message} (measured before this line was changed)"));
}

#[test]
fn a_finding_about_a_function_is_on_its_name() {
    let fixture = Fixture::new(SERVER).found("closure/recreated", WARNING, 0.4, "render|(items) {").last_finding(|finding| {
        let place = finding.place.as_mut().unwrap();
        (place.function, place.function_start) = ("render".into(), place.position);
    });
    check(fixture.clone(), &["2 Warning closure/recreated «render»: closure/recreated at render(items) {. Do better."]);
    let renamed = fixture.edited(Some(("render(items) {", "render(items, more) {")));
    check(
        renamed,
        &["2 Hint closure/recreated «render»: closure/recreated at render(items) {. Do better. \
        (measured before this function was changed)"],
    );
}

#[test]
fn places_that_the_text_does_not_have() {
    let at = |line, column| {
        Fixture::new(SERVER).found("deopt/test", WARNING, 0.4, "text.|join").last_finding(|finding| {
            finding.place.as_mut().unwrap().position = Some(profile::Position { line, column });
        })
    };
    check(at(400, 1), &[]);
    check(at(4, 400), &[]);
    check(at(4, 0), &[]);
    check(at(5, 2), &[]);
    let other = Fixture::new(SERVER)
        .found("deopt/test", WARNING, 0.4, "text.|join")
        .last_finding(|finding| finding.place.as_mut().unwrap().file = "/app/other.js".into());
    check(other, &[]);
}

#[test]
fn what_is_found_in_a_dependency_is_not_listed() {
    let fixture = Fixture::new(SERVER).in_package().found("deopt/test", WARNING, 0.4, "text.|join");
    let message = "deopt/test «join»: deopt/test at text.join. Do better.";
    check(fixture.clone(), &[&format!("4 Hint {message}")]);
    let settings = DiagnosticSettings { dependencies: true, ..DiagnosticSettings::default() };
    assert_eq!(shown(fixture, &settings), [format!("4 Warning {message}")]);
}

#[test]
fn several_on_one_token() {
    let fixture = Fixture::new(SERVER)
        .found("deopt/wrong-map", HINT, 0.4, "text.|join")
        .found("deopt/loop", WARNING, 0.4, "text.|join()")
        .found("ic/test", HINT, 0.4, "text.|join")
        .found("deopt/test", HINT, 0.1, "text.|join");
    check(
        fixture,
        &[
            "4 Warning deopt/loop «join»: deopt/loop at text.join(). Do better. \
             [also here, deopt/wrong-map: deopt/wrong-map at text.join. Do better. «join»] \
             [also here, deopt/test: deopt/test at text.join. Do better. «join»]",
            "4 Hint ic/test «join»: ic/test at text.join. Do better.",
        ],
    );
}

#[test]
fn defects_first_then_the_dearest_and_the_cheap_are_silent() {
    let fixture = || {
        Fixture::new(SERVER)
            .found("ic/a", HINT, 0.9, "req.|items")
            .found("deopt/b", WARNING, 0.02, "text.|join")
            .found("deopt/c", WARNING, 0.3, "= |heavy(items)")
            .found("shape/d", WARNING, 0.009, "res.|send")
    };
    let codes = |settings: &DiagnosticSettings| {
        let all = shown(fixture(), settings);
        all.iter().map(|found| found.split(' ').nth(2).unwrap().to_owned()).collect::<Vec<_>>()
    };
    let settings = DiagnosticSettings::default();
    assert_eq!(codes(&settings), ["deopt/c", "deopt/b", "ic/a"]);
    assert_eq!(codes(&DiagnosticSettings { max_per_file: 2, ..settings.clone() }), ["deopt/c", "deopt/b"]);
    assert_eq!(codes(&DiagnosticSettings { min_percent: 0.0, ..settings.clone() }), ["deopt/c", "deopt/b", "shape/d", "ic/a"]);
    assert_eq!(codes(&DiagnosticSettings { min_percent: 25.0, ..settings.clone() }), ["deopt/c", "ic/a"]);
    let categories = vec![DiagnosticCategory::Ic, DiagnosticCategory::Shape];
    assert_eq!(codes(&DiagnosticSettings { categories, ..settings }), ["ic/a"]);
}

#[test]
fn facts_are_off_until_they_are_switched_on() {
    let fixture = |facts| {
        Fixture::new(SERVER)
            .found("inlining/too-big", INFORMATION, 0.4, "send(|render(")
            .found("tier/never-optimised", WARNING, 0.4, "= |heavy(items)")
            .with_facts(facts)
    };
    let on = ScopedSwitch { workspace: Some(true), ..ScopedSwitch::default() };
    let (inlining, tier) = (
        "8 Information inlining/too-big «render»: inlining/too-big at send(render(. Do better.",
        "3 Warning tier/never-optimised «heavy»: tier/never-optimised at = heavy(items). Do better.",
    );
    check(fixture(FactsShown::default()), &[]);
    check(fixture(FactsShown { inlining: on, ..FactsShown::default() }), &[inlining]);
    check(fixture(FactsShown { inlining: on, tier: on }), &[tier, inlining]);
    let mut settings = DiagnosticSettings::default();
    settings.categories.push(DiagnosticCategory::Inlining);
    assert_eq!(shown(fixture(FactsShown::default()), &settings), [inlining]);
    let off = ScopedSwitch { file: Some(false), ..on };
    assert_eq!(shown(fixture(FactsShown { inlining: off, ..FactsShown::default() }), &settings), Vec::<String>::new());
}

#[test]
fn defects_of_packages_are_at_the_route() {
    let fixture = Fixture::new(SERVER)
        .found("deopt/loop", WARNING, 0.4, "text.|join")
        .last_finding(|finding| {
            let place = finding.place.as_mut().unwrap();
            place.file = "/app/node_modules/pug/lib/index.js".into();
        })
        .with_target("GET", "/hello");
    check(
        fixture,
        &["11 Warning deopt/loop «get('/hello'»: deopt/loop at text.join. (40% of GET /hello) Do better. \
           [here /app/node_modules/pug/lib/index.js:4:15]"],
    );
}
