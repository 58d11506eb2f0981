//! Left-heavy and time order: the cases of `editors/webview/test/layout.test.ts`.

use crate::fixture::{all, assert_consistent, drawn, model_of, profile_of};
use profile::{Category, Profile};
use views::ViewError;
use views::wire::{BoxesRequest, Measure, Order};

fn check_profile(order: Order, profile: Profile, hidden: &[Category], expected: &[&str]) {
    let model = model_of(profile);
    let boxes = model.boxes(&BoxesRequest { hidden: hidden.to_vec(), ..all(order) }).unwrap();
    assert_eq!(drawn(&boxes), expected);
    assert_eq!((boxes.left_out, boxes.n_rows as usize), (0, expected.len()));
    assert_consistent(&boxes, 5);
}

fn check(order: Order, stacks: &str, expected: &[&str]) {
    check_profile(order, profile_of(stacks), &[], expected);
}

#[test]
fn left_heavy_merges_siblings_by_function_and_puts_the_heaviest_first() {
    check(
        Order::LeftHeavy,
        "main>light 2\nmain>heavy/ignition@3 3\nmain>light 2\nmain>heavy/turbofan@4 4",
        &["all[0,11)", "main[0,11)", "heavy[0,7) light[7,11)"],
    );
}

#[test]
fn left_heavy_puts_idle_last_however_long_it_is() {
    check(Order::LeftHeavy, "(idle)!idle 90\nmain 10", &["all[0,100)", "main[0,10) (idle)[10,100)"]);
}

#[test]
fn equal_children_keep_a_fixed_order() {
    check(Order::LeftHeavy, "b 5\na 5\nc 5", &["all[0,15)", "b[0,5) a[5,10) c[10,15)"]);
}

#[test]
fn a_function_without_time_has_no_place() {
    check(Order::LeftHeavy, "a 5\nb 0\na>c 0", &["all[0,5)", "a[0,5)"]);
}

#[test]
fn time_order_joins_consecutive_samples_that_share_a_prefix_and_no_others() {
    check(
        Order::TimeOrder,
        "main>a 5\nmain>b 5\nmain>a>x 5\nmain>a 5",
        &["all[0,20)", "main[0,20)", "a[0,5) b[5,10) a[10,20)", "x[10,15)"],
    );
}

#[test]
fn a_caller_in_another_line_or_tier_stays_one_box() {
    check(Order::TimeOrder, "main@1>a 5\nmain@2>a 5\nmain/turbofan@2>b 5\nmain@1 5", &["all[0,20)", "main[0,20)", "a[0,10) b[10,15)"]);
}

#[test]
fn time_order_ends_boxes_at_a_pause() {
    let moved = |to| {
        let mut profile = profile_of("main>a 5\nmain>a 5");
        profile.samples.time_us[1] = to;
        profile
    };
    check_profile(Order::TimeOrder, moved(500), &[], &["all[0,505)", "main[0,5) main[500,505)", "a[0,5) a[500,505)"]);
    check_profile(Order::TimeOrder, moved(12), &[], &["all[0,17)", "main[0,17)", "a[0,17)"]);
}

#[test]
fn a_profile_that_does_not_tell_its_interval_has_pauses_of_two_milliseconds() {
    let moved = |to| {
        let mut profile = profile_of("a 5\na 5");
        profile.interval_us = 0;
        profile.samples.time_us[1] = to;
        profile
    };
    check_profile(Order::TimeOrder, moved(2005), &[], &["all[0,2010)", "a[0,2010)"]);
    check_profile(Order::TimeOrder, moved(2006), &[], &["all[0,2011)", "a[0,5) a[2006,2011)"]);
}

#[test]
fn a_sample_that_starts_before_the_last_one_ended_does_not_overlap_it() {
    let mut profile = profile_of("a 5\nb 5");
    profile.samples.duration_us[0] = 8;
    check_profile(Order::TimeOrder, profile, &[], &["all[0,10)", "a[0,5) b[5,10)"]);
}

#[test]
fn samples_are_put_in_order() {
    let mut profile = profile_of("a 5\nb 5\nc 5");
    profile.samples.time_us = vec![110, 100, 105];
    check_profile(Order::TimeOrder, profile, &[], &["all[0,15)", "b[0,5) c[5,10) a[10,15)"]);
}

#[test]
fn hidden_code_is_folded_into_its_caller_and_a_hidden_state_of_the_vm_is_left_out() {
    let profile = || profile_of("main>next!node core>main 3\nmain>next!node core 2\nmain>(gc)!gc 4\n(gc)!gc 1");
    let left_heavy = |hidden: &[Category], expected: &[&str]| check_profile(Order::LeftHeavy, profile(), hidden, expected);
    left_heavy(&[], &["all[0,10)", "main[0,9) (gc)[9,10)", "next[0,5) (gc)[5,9)", "main[0,3)"]);
    left_heavy(&[Category::NodeCore], &["all[0,10)", "main[0,9) (gc)[9,10)", "(gc)[0,4) main[4,7)"]);
    left_heavy(&[Category::Gc], &["all[0,5)", "main[0,5)", "next[0,5)", "main[0,3)"]);
    let time_order = &["all[0,10)", "main[0,9) (gc)[9,10)", "main[0,3) (gc)[5,9)"];
    check_profile(Order::TimeOrder, profile(), &[Category::NodeCore], time_order);
    check_profile(Order::TimeOrder, profile(), &[Category::Gc], &["all[0,10)", "main[0,5)", "next[0,5)", "main[0,3)"]);
    left_heavy(&Category::ALL, &["all[0,5)"]);
}

#[test]
fn a_recorded_root_is_not_drawn_twice() {
    let expected = &["all[0,8)", "f[0,8)", "g[0,3)"];
    check(Order::LeftHeavy, "(root)>f 5\n(root)>f>g 3", expected);
    check(Order::LeftHeavy, "(root)!program>f 5\n(root)!program>f>g 3", expected);
    check(Order::LeftHeavy, "(root)>f 5\ng 3", &["all[0,8)", "(root)[0,5) g[5,8)", "f[0,5)"]);
}

#[test]
fn self_total_and_samples_of_boxes() {
    for (order, a, inner) in [(Order::LeftHeavy, "a[0,8)", "a[0,3)"), (Order::TimeOrder, "a[2,10)", "a[7,10)")] {
        let boxes = model_of(profile_of("main 2\nmain>a 5\nmain>a>a 3")).boxes(&all(order)).unwrap();
        assert_eq!(drawn(&boxes), ["all[0,10)", "main[0,10)", a, inner]);
        assert_eq!(boxes.self_value, [0.0, 2.0, 5.0, 3.0]);
        assert_eq!(boxes.total_value, [10.0, 10.0, 8.0, 3.0]);
        assert_eq!(boxes.samples, [3, 3, 2, 1]);
        assert_eq!(boxes.node, [0, 1, 2, 3]);
        assert_eq!(boxes.parent, [-1, 0, 1, 2]);
    }
}

#[test]
fn the_tier_mix_is_of_the_function_itself_and_not_of_what_it_calls() {
    for order in [Order::LeftHeavy, Order::TimeOrder] {
        let boxes = model_of(profile_of("f/ignition>g/turbofan 6\nf/maglev>g/turbofan 9")).boxes(&all(order)).unwrap();
        assert_eq!(boxes.tier_value[5..10], [6.0, 0.0, 9.0, 0.0, 0.0]);
        assert_eq!(boxes.tier_value[10..15], [0.0, 0.0, 0.0, 15.0, 0.0]);
    }
}

#[test]
fn nothing_measured() {
    for order in [Order::LeftHeavy, Order::TimeOrder] {
        let boxes = model_of(profile_of("a 0")).boxes(&all(order)).unwrap();
        assert_eq!((boxes.width, boxes.parent[0]), (0.0, -1));
    }
    let empty = model_of(Profile::default());
    assert_eq!(drawn(&empty.boxes(&all(Order::LeftHeavy)).unwrap()), ["all[0,0)"]);
    assert_eq!(empty.boxes(&all(Order::TimeOrder)), Err(ViewError::NoTimeline));
}

#[test]
fn recursion_of_100_000_levels() {
    let deep = vec!["f"; 100_000].join(">");
    let model = model_of(profile_of(&format!("{deep} 7\nf>f 5\n{deep}>g 3")));
    for order in [Order::LeftHeavy, Order::TimeOrder] {
        let boxes = model.boxes(&BoxesRequest { highlight: Some(1), ..all(order) }).unwrap();
        assert_eq!(boxes.n_rows, 100_002);
        assert_eq!(boxes.mark.iter().filter(|mark| **mark == 2).count(), 1);
    }
    for order in [Order::Callers, Order::Callees] {
        let boxes = model.boxes(&BoxesRequest { frame: Some(1), ..all(order) }).unwrap();
        assert_eq!((boxes.width, boxes.n_rows), (3.0, if order == Order::Callers { 100_001 } else { 1 }));
    }
}

#[test]
fn widths_in_bytes() {
    let model = model_of(profile_of("main>a 5 100\nmain>b 1 300\nmain>b>c 1 0"));
    let boxes = model.boxes(&BoxesRequest { measure: Measure::Allocated, ..all(Order::LeftHeavy) }).unwrap();
    assert_eq!(drawn(&boxes), ["all[0,400)", "main[0,400)", "b[0,300) a[300,400)"]);
    assert_eq!((boxes.self_value, boxes.tier_value.len()), (vec![0.0, 0.0, 300.0, 100.0], 0));
    let without = model_of(profile_of("a 1"));
    let request = BoxesRequest { measure: Measure::Allocated, ..all(Order::LeftHeavy) };
    assert_eq!(without.boxes(&request), Err(ViewError::NoMeasure("allocations")));
    let request = BoxesRequest { measure: Measure::Allocated, ..all(Order::TimeOrder) };
    assert_eq!(model.boxes(&request), Err(ViewError::NoMeasure("times of allocations")));
}
