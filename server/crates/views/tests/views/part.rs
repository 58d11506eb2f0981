//! Parts of a flamegraph: what is on a screen.

use crate::fixture::{all, assert_consistent, drawn, id_of, model_of, profile_of};
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
fn what_is_too_narrow_even_with_its_neighbours_is_left_out() {
    let request = BoxesRequest { min_width: 17.5, ..all(Order::LeftHeavy) };
    check(request, &["all[0,84)", "main[0,74) other[74,84)", "a[0,50) b[50,70) c[70,74)", "x[0,50) y[50,70) z[70,74)"], 4);
    // Less than a quarter of 32, to which the width is rounded.
    let request = BoxesRequest { min_width: 50.0, from: 70.0, ..all(Order::LeftHeavy) };
    check(request, &["all[0,84)", "main[0,74) other[74,84)"], 10);
}

#[test]
fn narrow_neighbours_are_merged_as_what_is_above_them_is() {
    let check = |stacks: &str, min_width: f64, expected: &[&str], merged: &[u32]| {
        let boxes = model_of(profile_of(stacks)).boxes(&BoxesRequest { min_width, ..all(Order::TimeOrder) }).unwrap();
        assert_eq!((drawn(&boxes), &boxes.merged[..]), (expected.iter().map(|row| (*row).to_owned()).collect(), merged), "{stacks}");
        assert_consistent(&boxes, 5);
        boxes
    };
    let boxes = check("m>a>x 3\nm>b 4\nm>c>z 3\nm>d 20", 8.0, &["all[0,30)", "m[0,30)", "b[0,10) d[10,30)", "x[0,10)"], &[1, 1, 3, 1, 2]);
    assert_eq!(
        (&boxes.self_value[2..], &boxes.total_value[2..], &boxes.samples[2..]),
        (&[4., 20., 6.][..], &[10., 20., 6.][..], &[3, 1, 2][..])
    );
    // Wide boxes keep what is below them apart; it is answered, for together it is to be seen.
    check("m>a 6\nm>a>x 3\nm>b>y 3\nm>b 6", 4.0, &["all[0,18)", "m[0,18)", "a[0,9) b[9,18)", "x[6,9) y[9,12)"], &[1; 6]);
    check("m>a 6\nm>a>x 1\nm>b>y 1\nm>b 6", 4.0, &["all[0,14)", "m[0,14)", "a[0,7) b[7,14)", "x[6,7) y[7,8)"], &[1; 6]);
    check("m>a 60\nm>a>x 1\nm>b>y 1\nm>b 60", 16.0, &["all[0,122)", "m[0,122)", "a[0,61) b[61,122)"], &[1; 4]);
    // A gap as wide is a gap.
    check("m>a 3\nm>b 3\nm 4\nm>c 3\nm>d 2", 4.0, &["all[0,15)", "m[0,15)", "a[0,6) c[10,15)"], &[1, 1, 2, 2]);
}

#[test]
fn a_run_of_thousands_is_many_boxes_on_the_screen_and_few_in_the_answer() {
    let rows: Vec<String> = (0..4000).map(|n| format!("m>a{}>b{n} 1", n % 3)).collect();
    let model = model_of(profile_of(&rows.join("\n")));
    let boxes = model.boxes(&BoxesRequest { min_width: 5.0, ..all(Order::TimeOrder) }).unwrap();
    for row in 2..4 {
        let of_row: Vec<usize> = (0..boxes.node.len()).filter(|at| boxes.row[*at] == row).collect();
        assert_eq!(of_row.len(), 4000_usize.div_ceil(64), "runs end at multiples of sixteen widths");
        assert_eq!(of_row.iter().map(|at| boxes.x1[*at] - boxes.x0[*at]).sum::<f64>(), 4000.0);
        assert_eq!(of_row.iter().map(|at| boxes.merged[*at]).sum::<u32>(), 4000);
    }
}

#[test]
fn parts_of_many_boxes_are_cut_from_the_whole() {
    let rows: Vec<String> = (0..150_000).map(|n| format!("m>a{}>b{} 1", n % 2, n % 3)).collect();
    let model = model_of(profile_of(&rows.join("\n")));
    let seen = |from: f64, to: f64| model.boxes(&BoxesRequest { from, to: Some(to), min_width: 100.0, ..all(Order::TimeOrder) }).unwrap();
    let (whole, part) = (seen(0.0, 150_000.0), seen(5_000.0, 145_000.0));
    assert_consistent(&part, 5);
    let within = |boxes: &Boxes| drawn(boxes)[3].split(' ').map(String::from).collect::<Vec<_>>();
    let (whole, part) = (within(&whole), within(&part));
    assert_eq!((whole.len(), part.len()), (150_000_usize.div_ceil(1024), 138));
    assert!(whole.windows(part.len()).any(|some| some == part));
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
    let marked = |query: &str| BoxesRequest { min_width: 4.0, query: Some(query.to_owned()), ..all(Order::LeftHeavy) };
    let wide_rows = ["all[0,84)", "main[0,74) other[74,84)"];
    // A merged box has the marks of all that it stands for.
    check(marked("^f$"), &[wide_rows[0], wide_rows[1], "a[0,50) b[50,70) c[70,74)", "x[0,50) y[50,70) z[70,74)"], 4);
    let boxes = part(marked("^f$"));
    assert_eq!((&boxes.mark[..], &boxes.merged[..]), (&[0, 0, 0, 0, 0, 0, 0, 0, 1][..], &[1, 1, 1, 1, 1, 3, 1, 1, 3][..]));
    let highlighted = id_of(&model_of(profile_of(STACKS)), "e");
    let both = part(BoxesRequest { highlight: Some(highlighted), ..marked("^(a|f)$") });
    assert_eq!(both.mark, [0, 0, 0, 1, 0, 2, 0, 0, 1]);
    assert_eq!(part(BoxesRequest { highlight: Some(highlighted), ..marked("^e$") }).mark.iter().max(), Some(&3));
    let alone = BoxesRequest { min_width: 32.0, from: 70.0, ..marked("^f$") };
    check(alone, &[wide_rows[0], wide_rows[1], "c[70,74)", "z[70,74)"], 8);
}

#[test]
fn a_mark_that_is_not_seen_stays_out() {
    let request = BoxesRequest { from: 0.0, to: Some(40.0), min_width: 5.0, query: Some("^f$".into()), ..all(Order::LeftHeavy) };
    check(request, &["all[0,84)", "main[0,74)", "a[0,50)", "x[0,50)"], 9);
}

#[test]
fn a_query_that_cannot_be_read_marks_nothing() {
    let request = BoxesRequest { query: Some("a(".into()), min_width: 64.0, ..all(Order::LeftHeavy) };
    check(request, &["all[0,84)", "main[0,74)", "a[0,74)", "x[0,74)"], 9);
}

#[test]
fn numbers_that_are_none_count_as_left_out() {
    let request = BoxesRequest { from: f64::NAN, to: Some(f64::NAN), min_width: f64::NAN, ..all(Order::LeftHeavy) };
    assert_eq!(part(request), part(all(Order::LeftHeavy)));
    let request = BoxesRequest { from: -1e300, to: Some(f64::INFINITY), min_width: f64::NEG_INFINITY, ..all(Order::LeftHeavy) };
    assert_eq!(part(request), part(all(Order::LeftHeavy)));
    check(BoxesRequest { min_width: f64::INFINITY, ..all(Order::LeftHeavy) }, &["all[0,84)"], 12);
}
