//! Callers and callees of one function.

use crate::fixture::{all, assert_consistent, drawn, id_of, model_of, profile_of};
use profile::Category;
use views::ViewError;
use views::wire::{Boxes, BoxesRequest, Measure, Order};

fn boxes(order: Order, stacks: &str, function: &str, hidden: &[Category]) -> Boxes {
    let model = model_of(profile_of(stacks));
    let request = BoxesRequest { frame: Some(id_of(&model, function)), hidden: hidden.to_vec(), ..all(order) };
    let boxes = model.boxes(&request).unwrap();
    assert_consistent(&boxes, 5);
    boxes
}

fn check(stacks: &str, function: &str, hidden: &[Category], callers: &[&str], callees: &[&str]) {
    assert_eq!(drawn(&boxes(Order::Callers, stacks, function, hidden)), callers);
    assert_eq!(drawn(&boxes(Order::Callees, stacks, function, hidden)), callees);
}

#[test]
fn all_calls_of_the_function_are_merged() {
    check(
        "main>a>f>x 5\nmain>b>f>x 7\nmain>b>f>y 1\nf 2\nmain 9",
        "f",
        &[],
        &["f[0,15)", "b[0,8) a[8,13)", "main[0,8) main[8,13)"],
        &["f[0,15)", "x[0,12) y[12,13)"],
    );
}

#[test]
fn recursion_counts_once_per_stack_from_the_outermost_call() {
    check(
        "main>f>g>f>h 5\nmain>f 2\nother>f>f 4",
        "f",
        &[],
        &["f[0,11)", "main[0,7) other[7,11)"],
        &["f[0,11)", "g[0,5) f[5,9)", "f[0,5)", "h[0,5)"],
    );
}

#[test]
fn hidden_code_is_left_out_of_both() {
    let stacks = "main>next!node core>f>next!node core>x 5\nmain>f>(gc)!gc 3\nnext!node core>f 1";
    check(stacks, "f", &[Category::NodeCore, Category::Gc], &["f[0,6)", "main[0,5)"], &["f[0,6)", "x[0,5)"]);
    check(stacks, "next", &[Category::NodeCore], &["next[0,0)"], &["next[0,0)"]);
}

#[test]
fn self_value_is_of_the_function_and_tiers_are_of_the_box() {
    let stacks = "a/ignition>f/maglev 5\na/turbofan>f/maglev>b 3\na/turbofan>f>f/turbofan 2";
    let callers = boxes(Order::Callers, stacks, "f", &[]);
    assert_eq!(drawn(&callers), ["f[0,10)", "a[0,10)"]);
    assert_eq!((callers.self_value, callers.total_value, callers.samples), (vec![7.0, 0.0], vec![10.0, 10.0], vec![3, 3]));
    assert_eq!(callers.tier_value, [2.0, 0.0, 8.0, 0.0, 0.0, 5.0, 0.0, 0.0, 5.0, 0.0]);
    let callees = boxes(Order::Callees, stacks, "f", &[]);
    assert_eq!(drawn(&callees), ["f[0,10)", "b[0,3) f[3,5)"]);
    assert_eq!((callees.self_value, callees.samples), (vec![5.0, 3.0, 2.0], vec![3, 1, 1]));
}

#[test]
fn bytes_too() {
    let model = model_of(profile_of("main>f>g 5 30\nf 1 12"));
    let asked = |order| {
        let request = BoxesRequest { frame: Some(id_of(&model, "f")), measure: Measure::Allocated, ..all(order) };
        drawn(&model.boxes(&request).unwrap())
    };
    assert_eq!(asked(Order::Callers), ["f[0,42)", "main[0,30)"]);
    assert_eq!(asked(Order::Callees), ["f[0,42)", "g[0,30)"]);
}

#[test]
fn a_function_is_needed() {
    let model = model_of(profile_of("f 1"));
    assert_eq!(model.boxes(&all(Order::Callers)), Err(ViewError::FrameMissing));
    assert_eq!(model.boxes(&BoxesRequest { frame: Some(9), ..all(Order::Callees) }), Err(ViewError::NoFrame(9)));
}
