//! One function's figures.

use crate::fixture::{id_of, model_of, profile_of};
use profile::Profile;
use views::wire::{Details, DetailsRequest, Measure, Related};
use views::{Model, ViewError};

fn details_in(model: &Model, name: &str, measure: Measure) -> Details {
    model.details(&DetailsRequest { frame: id_of(model, name), measure }).unwrap()
}

fn details(stacks: &str, name: &str) -> Details {
    details_in(&model_of(profile_of(stacks)), name, Measure::Cpu)
}

fn related(related: &[Related]) -> Vec<String> {
    related.iter().map(|related| format!("{} {}", related.frame.name, related.value)).collect()
}

#[test]
fn recursion_counts_once_per_stack() {
    let details = details("main@1>f@2>g@9>f@2 5\nf@3>h@5 4\nmain@1 9", "f");
    assert_eq!((details.self_value, details.total_value, details.samples), (5.0, 9.0, (1, 2)));
    assert_eq!(related(&details.callers), ["main 5", "g 5"]);
    assert_eq!(related(&details.callees), ["g 5", "h 4"]);
    assert_eq!(details.before, None);
}

#[test]
fn its_lines_are_the_hottest_first() {
    let details = details("f@2>g@9 5\nf@3 4\nf@3>f@2 2\nf@2>g@9>f@2 1", "f");
    let lines: Vec<_> = details.lines.iter().map(|line| (line.line, line.self_value, line.total_value, line.samples)).collect();
    assert_eq!(lines, [(3, 4.0, 6.0, 2), (2, 3.0, 8.0, 3)]);
    assert_eq!(details.lines[0].path, "/project/app.js");
    let many: Vec<String> = (1..=30).map(|line| format!("f@{line} {line}")).collect();
    let lines = self::details(&many.join("\n"), "f").lines;
    assert_eq!((lines.len(), lines[0].line, lines[19].line), (20, 30, 11));
}

#[test]
fn native_code_is_self_value_of_the_javascript_that_calls_it() {
    let stacks = "f/maglev@2>sort!native>compare@7>slice!native 5\nf@3>sort!native 4\nsort!native 2";
    let f = details(stacks, "f");
    assert_eq!((f.self_value, f.total_value, f.tiers), (4.0, 9.0, vec![4.0, 0.0, 0.0, 0.0, 0.0]));
    let sort = details(stacks, "sort");
    assert_eq!((sort.self_value, sort.total_value, sort.samples), (6.0, 11.0, (2, 3)));
    assert_eq!(related(&sort.callees), ["compare 5"]);
    assert_eq!(details(stacks, "compare").self_value, 5.0);
}

#[test]
fn bytes_too() {
    let model = model_of(profile_of("main>f@4 1 70\nmain 1 30"));
    let f = details_in(&model, "f", Measure::Allocated);
    assert_eq!((f.self_value, f.total_value, f.lines[0].self_value), (70.0, 70.0, 70.0));
    assert_eq!(related(&f.callers), ["main 70"]);
}

#[test]
fn what_is_not_there() {
    let model = model_of(profile_of("f 1"));
    assert_eq!(model.details(&DetailsRequest { frame: 1, measure: Measure::Cpu }), Err(ViewError::NoFrame(1)));
    let request = DetailsRequest { frame: 0, measure: Measure::Allocated };
    assert_eq!(model.details(&request), Err(ViewError::NoMeasure("allocations")));
    let empty = model_of(Profile::default());
    assert_eq!(empty.details(&DetailsRequest::default()), Err(ViewError::NoFrame(0)));
}
