use crate::findings::Thresholds;
use crate::findings::fixture::{Fixture, shown};
use profile::Tier;

const TEXT: &str = "function total(o) { return o.x + 1; }\n";

fn check(reason: &str, deopts: &[u64], made: &[u64], expected: &[&str]) {
    let mut fixture = Fixture::new();
    fixture.text("/app/a.js", TEXT);
    let total = fixture.function("total", "/app/a.js", (1, 15), Tier::Turbofan, 100_000);
    let place = fixture.place(total, (1, 30));
    fixture.deopts(total, reason, &[place], deopts);
    fixture.compiled(total, Tier::Turbofan, made);
    assert_eq!(shown(&fixture.found()), expected, "{reason} {deopts:?} {made:?}");
}

#[test]
fn a_loop_is_made_again_three_times() {
    check("wrong map", &[10, 20, 30], &[5, 15, 25, 35], &["deopt/loop W 1:30"]);
    check("wrong map", &[10, 20, 30], &[5, 15, 25], &["deopt/wrong-map I 1:30"]);
    check("wrong map", &[10, 20, 30], &[5], &["deopt/wrong-map I 1:30"]);
    check("prepare for on stack replacement (OSR)", &[10, 20, 30, 40], &[5, 15, 25, 35, 45], &[]);
    check("wrong map", &[10], &[5, 15], &["deopt/wrong-map H 1:30"]);
    check("overflow", &[10], &[5, 15], &["number/smi-overflow I 1:30"]);
    check("out of bounds", &[10], &[5, 15], &["array/out-of-bounds I 1:30"]);
}

#[test]
fn what_follows_from_another_deopt_is_no_loop() {
    check("(unknown)", &[10, 20, 30], &[5, 15, 25, 35], &["deopt/unknown H 1:30"]);
}

#[test]
fn code_of_a_loop_that_is_left_is_kept() {
    let mut fixture = Fixture::new();
    fixture.text("/app/a.js", TEXT);
    let total = fixture.function("total", "/app/a.js", (1, 15), Tier::Turbofan, 100_000);
    let place = fixture.place(total, (1, 30));
    fixture.compiled(total, Tier::Turbofan, &[5]);
    fixture.deopts(total, "Insufficient type feedback for call", &[place], &[10, 20, 30, 40]);
    let message = &fixture.found()[0].message;
    assert!(message.starts_with("`total` left its optimised code 4 times, because `o.x` ran for the first time"), "{message}");
}

#[test]
fn code_that_had_not_run_is_met_once() {
    let reason = "Insufficient type feedback for call";
    check(reason, &[10], &[5, 15], &[]);
    check(reason, &[10, 20], &[5, 15, 25], &["deopt/insufficient-type-feedback-for-call H 1:30"]);
    check(reason, &[10, 20, 30], &[5, 15, 25, 35], &["deopt/loop W 1:30"]);
}

#[test]
fn code_that_had_not_run_at_several_places_is_no_loop() {
    let mut fixture = Fixture::new();
    let f = fixture.function("f", "/app/a.js", (1, 10), Tier::Turbofan, 100_000);
    for at in 1..=4 {
        let place = fixture.place(f, (at, 5));
        fixture.deopts(f, "Insufficient type feedback for call", &[place], &[u64::from(at) * 10]);
    }
    fixture.compiled(f, Tier::Turbofan, &[5, 15, 25, 35, 45]);
    assert_eq!(shown(&fixture.found()), [""; 0]);
}

#[test]
fn one_function_of_many_instances_is_no_loop() {
    let mut fixture = Fixture::new();
    let f = fixture.function("f", "/app/a.js", (1, 10), Tier::Turbofan, 100_000);
    let place = fixture.place(f, (1, 15));
    fixture.deopts(f, "wrong map", &[place], &[10, 20, 30, 40]);
    fixture.compiled(f, Tier::Turbofan, &[5, 15, 25, 35, 45]);
    let facts = profile::decisions::FunctionFacts { function: f, bytecode_bytes: Some(9), instances: 5, enclosing: None, disabled: None };
    fixture.decisions.functions.push(facts);
    assert_eq!(shown(&fixture.found()), ["deopt/wrong-map I 1:15"]);
}

#[test]
fn words_of_a_loop() {
    let mut fixture = Fixture::new();
    fixture.text("/app/a.js", TEXT);
    let total = fixture.function("total", "/app/a.js", (1, 15), Tier::Turbofan, 100_000);
    let place = fixture.place(total, (1, 30));
    let at_us: Vec<u64> = (1..=37).map(|round| round * 20_000).collect();
    fixture.deopts(total, "wrong map", &[place], &at_us);
    let made: Vec<u64> = (0..=37).map(|round| round * 20_000 + 10_000).collect();
    fixture.compiled(total, Tier::Turbofan, &made);
    let found = fixture.found();
    assert_eq!(
        found[0].message,
        "`total` was optimised and given up 37 times within 720 ms, each time because an object of another shape came to `o.x` (wrong map)."
    );
    assert_eq!((found[0].count, found[0].share), (37, 1.0));
}

#[test]
fn inlined_places_are_related() {
    let mut fixture = Fixture::new();
    let outer = fixture.function("outer", "/app/a.js", (1, 15), Tier::Turbofan, 60_000);
    let inner = fixture.function("inner", "/app/b.js", (1, 15), Tier::Turbofan, 40_000);
    let own = fixture.function("emit", "node:events", (5, 1), Tier::Turbofan, 0);
    let stack = [fixture.place(own, (9, 2)), fixture.place(inner, (1, 20)), fixture.place(outer, (1, 40))];
    fixture.deopts(outer, "wrong map", &stack, &[10]);
    let only_own = [fixture.place(own, (9, 2))];
    fixture.deopts(own, "wrong map", &only_own, &[10]);
    let found = fixture.found();
    assert_eq!(shown(&found), ["deopt/wrong-map H 1:20"]);
    assert_eq!(found[0].place.as_ref().unwrap().file, "/app/b.js");
    assert!((found[0].share - 0.6).abs() < 1e-9, "the time of the code that was given up: {}", found[0].share);
    let related: Vec<(&str, &str)> =
        found[0].related.iter().map(|related| (related.place.file.as_str(), related.message.as_str())).collect();
    assert_eq!(
        related,
        [("node:events", "It happened here, in inlined code."), ("/app/a.js", "`inner` was inlined here.")],
        "the call of Node's function is the place itself"
    );
}

#[test]
fn functions_below_their_share_are_silent() {
    fn check(us: u64, total_us: u64, thresholds: Thresholds, expected: &[&str]) {
        let mut fixture = Fixture::new();
        fixture.thresholds = thresholds;
        fixture.function("hot", "/app/a.js", (1, 1), Tier::Turbofan, total_us - us);
        let f = fixture.function("f", "/app/a.js", (2, 10), Tier::Turbofan, us);
        let place = fixture.place(f, (2, 20));
        fixture.deopts(f, "wrong map", &[place], &[10, 20, 30]);
        fixture.compiled(f, Tier::Turbofan, &[5, 15, 25, 35]);
        let place = fixture.place(f, (2, 30));
        fixture.deopts(f, "not a Smi", &[place], &[17]);
        assert_eq!(shown(&fixture.found()), expected, "{us} of {total_us} µs");
    }
    check(20_000, 4_000_000, Thresholds::default(), &["deopt/loop W 2:20", "deopt/not-a-smi H 2:30"]);
    check(19_000, 4_000_000, Thresholds::default(), &["deopt/loop W 2:20"]);
    check(0, 4_000_000, Thresholds::default(), &[]);
    // A short run cannot tell that a defect has no share.
    check(0, 400_000, Thresholds::default(), &["deopt/loop W 2:20"]);
    check(0, 4_000_000, Thresholds::NONE, &["deopt/loop W 2:20", "deopt/not-a-smi H 2:30"]);
}

#[test]
fn without_samples_counts_rank() {
    let mut fixture = Fixture::new();
    let f = fixture.function("f", "/app/a.js", (2, 10), Tier::Turbofan, 0);
    for (reason, column, at_us) in [("not a Smi", 20, &[1][..]), ("wrong map", 30, &[1, 2])] {
        let place = fixture.place(f, (2, column));
        fixture.deopts(f, reason, &[place], at_us);
    }
    assert_eq!(shown(&fixture.found()), ["deopt/wrong-map H 2:30", "deopt/not-a-smi H 2:20"]);
}
