//! The cases of `editors/webview/test/search.test.ts`, and hits.

use crate::fixture::{id_of, model_of, profile_of};
use profile::Category;
use views::wire::{Hit, Order, SearchRequest, SearchResult};

fn search(stacks: &str, query: &str, request: SearchRequest) -> SearchResult {
    let request = SearchRequest { query: query.to_owned(), ..request };
    model_of(profile_of(stacks)).search(&request).unwrap()
}

fn check(stacks: &str, query: &str, functions: u32, value: f64) {
    let found = search(stacks, query, SearchRequest::default());
    assert_eq!((found.functions, found.value, found.error), (functions, value, None), "{query}");
}

#[test]
fn matched_time_counts_each_stack_once() {
    check("f>g>f 5\nf 3\nh>fa 2\nh 7", "^f", 2, 10.0);
}

#[test]
fn case_matters_only_with_an_upper_case_letter_in_the_query() {
    let stacks = "parseRow 5\nPARSE 3";
    check(stacks, "parse", 2, 8.0);
    check(stacks, "PARSE", 1, 3.0);
    check(stacks, r"parse\w+", 1, 5.0);
    check(stacks, r"parse\S", 1, 5.0);
}

#[test]
fn files_and_places_are_searched_too() {
    let stacks = "a 5\nb 3\njson!native 4";
    check(stacks, r"app\.js:2", 1, 3.0);
    check(stacks, "^/project/app.js:1:1$", 1, 5.0);
}

#[test]
fn places_may_be_relative_to_the_project() {
    for root in ["/project", "/project/", r"\project"] {
        let model = model_of(profile_of("a 5\nb 3")).with_root(root);
        let value = |query: &str| model.search(&SearchRequest { query: query.into(), ..SearchRequest::default() }).unwrap().value;
        assert_eq!((value("^app.js:2"), value("^/project/app.js:2"), value("^/app.js")), (3.0, 3.0, 0.0), "{root}");
    }
    check("a 5\nb 3", "^app.js", 0, 0.0);
}

#[test]
fn functions_without_a_name_are_searched_as_they_are_shown() {
    check("#4>b 5\nc 1", r"^\(anonymous\)$", 1, 5.0);
    check("a\u{202e}b 5\nc 1", "^a·b$", 1, 5.0);
}

#[test]
fn what_is_hidden_is_not_found() {
    let stacks = "a>read!native 5\n(idle)!idle 95";
    let without = |hidden: &[Category]| search(stacks, ".", SearchRequest { hidden: hidden.to_vec(), ..SearchRequest::default() });
    assert_eq!((without(&[]).functions, without(&[]).value), (3, 100.0));
    let found = without(&[Category::Idle, Category::Native]);
    assert_eq!((found.functions, found.value), (1, 5.0));
}

#[test]
fn blank_means_no_search() {
    check("a 5", "  ", 0, 0.0);
    check("a 5", "", 0, 0.0);
}

#[test]
fn an_invalid_expression_says_what_is_wrong_and_where() {
    let error = search("a 5", "a(b", SearchRequest::default()).error.unwrap();
    assert_eq!((error.message.as_str(), error.at, error.length), ("unclosed group", 1, 1));
}

#[test]
fn hits_are_the_heaviest_first() {
    let stacks = "a>f 5\nb>f 7\nb>g>f 1\nf 2";
    let hits = |order, frame| {
        let found = search(stacks, "^f$", SearchRequest { order, frame, ..SearchRequest::default() });
        found.hits.into_iter().map(|Hit { row, x0, x1, .. }| (row, x0, x1)).collect::<Vec<_>>()
    };
    assert_eq!(hits(Order::LeftHeavy, None), [(2, 0.0, 7.0), (2, 8.0, 13.0), (1, 13.0, 15.0), (3, 7.0, 8.0)]);
    assert_eq!(hits(Order::TimeOrder, None), [(2, 5.0, 12.0), (2, 0.0, 5.0), (1, 13.0, 15.0), (3, 12.0, 13.0)]);
    let g = id_of(&model_of(profile_of(stacks)), "g");
    assert_eq!(hits(Order::Callees, Some(g)), [(1, 0.0, 1.0)]);
}

#[test]
fn no_more_than_500_hits_are_answered() {
    let stacks: Vec<String> = (1..=2000).map(|n| format!("f{n} {n}")).collect();
    let found = search(&stacks.join("\n"), "f", SearchRequest::default());
    let widths: Vec<f64> = found.hits.iter().map(|hit| hit.x1 - hit.x0).collect();
    assert_eq!(widths, (1501..=2000).rev().map(f64::from).collect::<Vec<_>>());
    assert_eq!(found.functions, 2000);
}
