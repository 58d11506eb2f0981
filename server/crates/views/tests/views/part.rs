//! Parts of a flamegraph: what is on a screen.

use crate::fixture::{all, drawn, id_of, model_of, profile_of};
use views::wire::{Boxes, BoxesRequest, Order};

const STACKS: &str = "main>a>x 50\nmain>b>y 20\nmain>c>z 2\nmain>d>f 1\nmain>e>f 1\nother 10";

fn part(request: BoxesRequest) -> Boxes {
    model_of(profile_of(STACKS)).boxes(&request).unwrap()
}

fn check(request: BoxesRequest, expected: &[&str], left_out: u64) {
    let boxes = part(request);
    assert_eq!(drawn(&boxes), expected);
    assert_eq!((boxes.left_out, boxes.width, boxes.n_rows), (left_out, 84.0, 4));
}

#[test]
fn narrow_boxes_are_left_out() {
    let request = BoxesRequest { min_width: 10.5, ..all(Order::LeftHeavy) };
    check(request, &["all[0,84)", "main[0,74)", "a[0,50) b[50,70)", "x[0,50) y[50,70)"], 7);
}

#[test]
fn what_is_not_seen_is_left_out() {
    let seen = |from, to| BoxesRequest { from, to: Some(to), ..all(Order::LeftHeavy) };
    check(seen(69.5, 70.5), &["all[0,84)", "main[0,74)", "b[50,70) c[70,72)", "y[50,70) z[70,72)"], 7);
    check(seen(70.0, 72.0), &["all[0,84)", "main[0,74)", "c[70,72)", "z[70,72)"], 9);
    check(seen(100.0, 200.0), &["all[0,84)"], 12);
    check(seen(80.0, 10.0), &["all[0,84)"], 12);
}

#[test]
fn a_box_with_a_mark_and_those_above_it_are_never_too_narrow() {
    let marked = |query: &str| BoxesRequest { min_width: 1.5, query: Some(query.to_owned()), ..all(Order::LeftHeavy) };
    let wide_rows = ["all[0,84)", "main[0,74) other[74,84)"];
    // Of two that are nearer than four times the smallest width, one is enough.
    let rows = ["a[0,50) b[50,70) c[70,72) d[72,73)", "x[0,50) y[50,70) z[70,72) f[72,73)"];
    check(marked("^f$"), &[wide_rows[0], wide_rows[1], rows[0], rows[1]], 2);
    let boxes = part(marked("^f$"));
    assert_eq!(boxes.mark, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    let highlighted = id_of(&model_of(profile_of(STACKS)), "e");
    let both = part(BoxesRequest { highlight: Some(highlighted), ..marked("^(a|f)$") });
    assert_eq!(both.mark, [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1]);
    assert_eq!(part(BoxesRequest { highlight: Some(highlighted), ..marked("^e$") }).mark.iter().max(), Some(&3));
}

#[test]
fn a_mark_that_is_not_seen_stays_out() {
    let request = BoxesRequest { from: 0.0, to: Some(40.0), min_width: 5.0, query: Some("^f$".into()), ..all(Order::LeftHeavy) };
    check(request, &["all[0,84)", "main[0,74)", "a[0,50)", "x[0,50)"], 9);
}

#[test]
fn a_query_that_cannot_be_read_marks_nothing() {
    let request = BoxesRequest { query: Some("a(".into()), min_width: 60.0, ..all(Order::LeftHeavy) };
    check(request, &["all[0,84)", "main[0,74)"], 11);
}

#[test]
fn numbers_that_are_none_count_as_left_out() {
    let request = BoxesRequest { from: f64::NAN, to: Some(f64::NAN), min_width: f64::NAN, ..all(Order::LeftHeavy) };
    assert_eq!(part(request), part(all(Order::LeftHeavy)));
    let request = BoxesRequest { from: -1e300, to: Some(f64::INFINITY), min_width: f64::NEG_INFINITY, ..all(Order::LeftHeavy) };
    assert_eq!(part(request), part(all(Order::LeftHeavy)));
    check(BoxesRequest { min_width: f64::INFINITY, ..all(Order::LeftHeavy) }, &["all[0,84)"], 12);
}
