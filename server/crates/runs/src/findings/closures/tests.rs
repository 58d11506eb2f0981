use crate::findings::fixture::{Fixture, shown};
use profile::{Finding, FrameId, Tier};

const TEXT: &str = "function handler(o) { const f = make(o); return f(o); }\nfunction make(o) { return eval(o.code); }\n";

fn check(evident: impl FnOnce(&mut Fixture, FrameId), expected: &[&str]) -> Vec<Finding> {
    let mut fixture = Fixture::new();
    fixture.text("/app/a.js", TEXT);
    let make = fixture.function("make", "/app/a.js", (2, 14), Tier::Turbofan, 1_000);
    let inner = fixture.function("inner", "/app/tpl.js", (1, 15), Tier::Sparkplug, 0);
    fixture.called_by(inner, make, 50_000);
    fixture.compiled(make, Tier::Turbofan, &[1]);
    evident(&mut fixture, inner);
    let found = fixture.found();
    assert_eq!(shown(&found), expected);
    found
}

#[test]
fn compiled_afresh() {
    let place = "closure/recreated W 2:27";
    let found = check(|fixture, inner| fixture.facts(inner, 1_000, None), &[place]);
    assert_eq!(
        found[0].message,
        "`inner` was made anew 1,000 times by `eval(…)` in `make`, and V8 compiled it afresh each time, so that it was never optimised."
    );
    assert_eq!((found[0].count, found[0].place.as_ref().unwrap().file.as_str()), (1_000, "/app/a.js"));
    assert_eq!(found[0].related[0].place.file, "/app/tpl.js");
    check(|fixture, inner| fixture.facts(inner, 9, None), &["tier/never-optimised W 1:15"]);
}

#[test]
fn warmed_up_afresh() {
    let found = check(|fixture, inner| fixture.first_uses(inner, (1, 30), 500), &["closure/recreated W 2:27"]);
    assert!(found[0].message.contains("made anew 500 times by `eval(…)` in `make`, and V8 knew nothing of it"), "{}", found[0].message);
    check(|fixture, inner| fixture.first_uses(inner, (1, 30), 9), &["tier/never-optimised W 1:15"]);
}

#[test]
fn optimised_afresh() {
    let many: Vec<u64> = (1..=40).collect();
    let found = check(|fixture, inner| fixture.compiled(inner, Tier::Turbofan, &many), &["closure/recreated W 2:27"]);
    assert!(found[0].message.ends_with("V8 optimised it 40 times over."), "{}", found[0].message);
    // Code that was given up as often was not made for another function.
    let given_up = |fixture: &mut Fixture, inner| {
        fixture.compiled(inner, Tier::Turbofan, &many);
        let place = fixture.place(inner, (1, 20));
        fixture.deopts(inner, "prepare for on stack replacement (OSR)", &[place], &many);
    };
    check(given_up, &[]);
}

#[test]
fn what_is_inside_is_told_with_it() {
    let nested = |fixture: &mut Fixture, inner| {
        let innermost = fixture.function("innermost", "/app/tpl.js", (2, 5), Tier::Sparkplug, 30_000);
        fixture.facts(inner, 40, None);
        fixture.facts(innermost, 40, Some(inner));
    };
    let found = check(nested, &["closure/recreated W 2:27"]);
    assert_eq!(found[0].related.len(), 2);
}
