//! Two profiles in one model.

use crate::fixture::{all, assert_consistent, comparison_of, drawn, id_of, name_of, profile_of};
use profile::Category;
use views::wire::{BoxesRequest, DetailsRequest, Measure, Order};

/// The functions of both, and the outermost rows as `name#start total before`.
fn check(after: &str, before: &str, n_frames: u32, expected: &[&str]) {
    let model = comparison_of(profile_of(after), profile_of(before));
    assert_eq!(model.overview().n_frames, n_frames);
    let boxes = model.boxes(&all(Order::LeftHeavy)).unwrap();
    let shown = (0..boxes.node.len()).filter(|at| boxes.row[*at] == 1).map(|at| {
        let frame = &boxes.frames[usize::try_from(boxes.frame[at]).unwrap()];
        format!("{}#{} {} {}", frame.name, frame.line, boxes.total_value[at], boxes.before[at])
    });
    assert_eq!(shown.collect::<Vec<_>>(), expected);
}

#[test]
fn a_function_that_moved_is_the_same() {
    check("f#50 6\ng#9 4", "f#10 8\ng#9 2", 2, &["f#50 6 8", "g#9 4 2"]);
    check("f#50 6\n(gc)!gc 4", "f#10 8\n(gc)!native 2", 3, &["f#50 6 8", "(gc)#0 4 0"]);
}

#[test]
fn several_of_a_name_are_paired_in_order() {
    check("get#20 3\nget#50 7", "get#10 4\nget#30 6", 2, &["get#50 7 6", "get#20 3 4"]);
    // One more at the end.
    check("#20 1\n#50 3\n#60 6", "#10 4\n#30 6", 3, &["#60 6 0", "#50 3 6", "#20 1 4"]);
}

#[test]
fn several_of_a_name_that_stayed_where_they_were_are_paired_by_place() {
    // Another one of the anonymous functions was never sampled.
    check("#20 4\n#50 6", "#50 10", 2, &["#50 6 10", "#20 4 0"]);
    check("f#1 2\n#20 3\n#50 5", "f#1 4\n#20 1\n#70 5", 4, &["#50 5 0", "#20 3 1", "f#1 2 4"]);
}

#[test]
fn several_of_a_name_move_with_the_functions_around_them() {
    let before = "top#1 1\n#10 2\nmiddle#20 3\n#30 4\n#40 5";
    // Ten lines were inserted above `middle`.
    let after = "top#1 5\n#10 4\nmiddle#30 3\n#40 2\n#50 1";
    check(after, before, 5, &["top#1 5 1", "#10 4 2", "middle#30 3 3", "#40 2 4", "#50 1 5"]);
}

#[test]
fn before_is_scaled_to_the_same_active_time() {
    let model = comparison_of(profile_of("f>g 30\nf 20\nnew 50"), profile_of("f>g 20\nf>old 5\n(idle)!idle 900"));
    let boxes = model.boxes(&all(Order::LeftHeavy)).unwrap();
    assert_consistent(&boxes, 5);
    assert_eq!(drawn(&boxes), ["all[0,100)", "f[0,50) new[50,100)", "g[0,30)"]);
    assert_eq!(boxes.before, [3700.0, 100.0, 0.0, 80.0]);
    let without_idle = model.boxes(&BoxesRequest { hidden: vec![Category::Idle], ..all(Order::LeftHeavy) }).unwrap();
    assert_eq!(without_idle.before, [100.0, 100.0, 0.0, 80.0]);
    assert!(model.boxes(&all(Order::TimeOrder)).unwrap().before.is_empty());
    let details = |name| model.details(&DetailsRequest { frame: id_of(&model, name), measure: Measure::Cpu }).unwrap();
    assert_eq!((details("f").self_value, details("f").before), (20.0, Some((0.0, 100.0))));
    assert_eq!((details("old").total_value, details("old").before), (0.0, Some((20.0, 20.0))));
    assert_eq!(details("new").before, Some((0.0, 0.0)));
}

#[test]
fn callers_and_callees_are_compared() {
    let model = comparison_of(profile_of("a>f>x 6\nb>f 4"), profile_of("a>f 1\nc>f>x 5\nb>f>y 4"));
    let asked = |order| {
        let boxes = model.boxes(&BoxesRequest { frame: Some(id_of(&model, "f")), ..all(order) }).unwrap();
        (0..boxes.node.len())
            .map(|at| format!("{} {} {}", name_of(&boxes, at), boxes.total_value[at], boxes.before[at]))
            .collect::<Vec<_>>()
    };
    assert_eq!(asked(Order::Callers), ["f 10 10", "a 6 1", "b 4 4"]);
    assert_eq!(asked(Order::Callees), ["f 10 10", "x 6 5"]);
}

#[test]
fn bytes_are_scaled_to_as_many() {
    let measure = Measure::Allocated;
    let both = comparison_of(profile_of("f 1 30\ng 1 10"), profile_of("f 9 10\ng 1 10"));
    let request = BoxesRequest { measure, ..all(Order::LeftHeavy) };
    assert_eq!(both.boxes(&request).unwrap().before, [40.0, 20.0, 20.0]);
    assert_eq!(both.details(&DetailsRequest { frame: 0, measure }).unwrap().before, Some((20.0, 20.0)));
    let one = comparison_of(profile_of("f 1 30\ng 1 10"), profile_of("f 9\ng 1"));
    assert_eq!(one.boxes(&request).unwrap().before, [0.0; 0]);
    assert_eq!(one.details(&DetailsRequest { frame: 0, measure }).unwrap().before, None);
}
