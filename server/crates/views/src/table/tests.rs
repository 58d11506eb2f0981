//! Tables of small profiles, through the model's face.

use crate::wire::{Column, DetailsRequest, Row, TableKind, TablePage, TableRequest};
use crate::{Model, ViewError};
use profile::index::ProfileIndex;
use profile::{Category, Frame, Location, Position, Profile, ProfileBuilder, Source, Tier};
use proptest::prelude::*;
use std::sync::Arc;

/// A profile of stacks, outermost first. `f:3` is the function `f` of `/app/f.js`, which begins on line 1, at its line 3; `f+10:13` begins on
/// line 11. `lib.f:3` lies in `/app/node_modules/lib.js`. `~f` is native, `(compiler)` compiles, `(idle)` waits, `(gc)` collects.
fn profile(stacks: &[(&str, u64)]) -> Profile {
    let mut builder = ProfileBuilder::default();
    for (stack, us) in stacks {
        let mut node = None;
        for part in stack.split(' ') {
            let location = match part {
                "(idle)" => builder.plain_location(part, Category::Idle),
                "(compiler)" => builder.plain_location(part, Category::Compiler),
                "(gc)" => builder.plain_location(part, Category::Gc),
                _ if part.starts_with('~') => builder.plain_location(&part[1..], Category::Native),
                _ => {
                    let (name, line) = part.split_once(':').unwrap();
                    let (name, moved) = name.split_once('+').map_or((name, 0), |(name, by)| (name, by.parse().unwrap()));
                    let path = match name.split_once('.') {
                        Some((module, _)) => format!("/app/node_modules/{module}.js"),
                        None => format!("/app/{name}.js"),
                    };
                    let category = Category::of_script(&path);
                    let source = Some(builder.source(Source { url: path.clone(), path: Some(path) }));
                    let start = Some(Position { line: 1 + moved, column: 1 });
                    let frame = builder.frame(Frame { name: name.into(), source, start, category });
                    let position = Some(Position { line: line.parse().unwrap(), column: 0 });
                    builder.location(Location { frame, source, position, tier: Tier::Turbofan, inlined: false })
                }
            };
            node = Some(builder.node(node, location));
        }
        builder.sample(0, *us, node.unwrap());
    }
    builder.finish()
}

fn model_of(after: Profile, before: Option<Profile>) -> Model {
    let index = |profile| Arc::new(ProfileIndex::new(profile));
    Model::new(index(after), before.map(index)).with_root("/app")
}

fn model(stacks: &[(&str, u64)]) -> Model {
    model_of(profile(stacks), None)
}

fn id(model: &Model, name: &str) -> u32 {
    (0..).find(|id| model.frame(*id).unwrap().name == name).unwrap()
}

fn path(model: &Model, names: &str) -> Vec<u32> {
    names.split_whitespace().map(|name| id(model, name)).collect()
}

/// A row as `name self/total samples children`, with `:line` in a table of lines and `was self/total` in a comparison.
fn shown(row: &Row) -> String {
    let line = row.line.map_or_else(String::new, |line| format!(":{line}"));
    let children = if row.children > 0 { format!(" +{}", row.children) } else { String::new() };
    let before = row.before_us.map_or_else(String::new, |(own, total)| format!(" was {own}/{total}"));
    format!("{}{line} {}/{}{children}{before}", row.frame.name, row.self_us, row.total_us)
}

fn page(model: &Model, request: &TableRequest) -> TablePage {
    model.table(request).unwrap()
}

fn check(model: &Model, request: &TableRequest, expected: &[&str]) {
    let page = page(model, request);
    assert_eq!(page.error, None);
    assert_eq!(page.rows.iter().map(shown).collect::<Vec<_>>(), expected, "{request:?}");
    if request.offset == 0 && request.limit == 0 {
        assert_eq!(page.total, expected.len());
    }
}

fn bottom_up(path: Vec<u32>) -> TableRequest {
    TableRequest { path, ..TableRequest::default() }
}

fn top_down(path: Vec<u32>, filter: &str) -> TableRequest {
    TableRequest { kind: TableKind::TopDown, path, filter: filter.into(), ..TableRequest::default() }
}

/// The same with native code apart.
fn apart(request: TableRequest) -> TableRequest {
    TableRequest { native_apart: true, ..request }
}

fn lines() -> TableRequest {
    TableRequest { kind: TableKind::Lines, ..TableRequest::default() }
}

const CALLS: [(&str, u64); 6] = [("a:2 b:5", 30), ("a:3 c:7 b:6", 20), ("c:7 b:6", 10), ("a:2 b:5 ~sort", 5), ("(gc)", 4), ("(idle)", 900)];

#[test]
fn functions_and_their_callers() {
    let model = model(&CALLS);
    check(&model, &bottom_up(Vec::new()), &["(idle) 900/900", "b 65/65 +2", "(gc) 4/4", "a 0/55", "c 0/30 +1"]);
    assert_eq!(page(&model, &bottom_up(Vec::new())).base_us, 69);
    check(&model, &bottom_up(path(&model, "b")), &["a 35/35", "c 30/30 +1"]);
    check(&model, &bottom_up(path(&model, "b c")), &["a 20/20"]);
    check(&model, &bottom_up(path(&model, "b c a")), &[]);
}

#[test]
fn native_code_apart() {
    let model = model(&CALLS);
    check(&model, &apart(bottom_up(Vec::new())), &["(idle) 900/900", "b 60/65 +2", "sort 5/5 +1", "(gc) 4/4", "a 0/55", "c 0/30 +1"]);
    check(&model, &apart(bottom_up(path(&model, "b"))), &["a 30/35", "c 30/30 +1"]);
    check(&model, &apart(bottom_up(path(&model, "sort"))), &["b 5/5 +1"]);
    check(&model, &apart(top_down(path(&model, "a b"), "")), &["sort 5/5"]);
}

#[test]
fn what_javascript_calls_is_its_self_time() {
    // Called back, JavaScript is below the function that called the builtin. What no JavaScript calls stays.
    let model =
        model(&[("a:2 ~map b:3 ~libc", 5), ("a:2 ~map", 3), ("a:2 (compiler)", 2), ("~boot", 7), ("~boot a:2", 1), ("(compiler)", 4)]);
    check(&model, &bottom_up(Vec::new()), &["boot 7/8", "a 6/11 +1", "b 5/5 +1", "(compiler) 4/4"]);
    check(&model, &bottom_up(path(&model, "b")), &["a 5/5"]);
    check(&model, &top_down(path(&model, "a"), ""), &["b 5/5"]);
    check(&model, &TableRequest { filter: "self>=6us category:app".into(), ..bottom_up(Vec::new()) }, &["a 6/11 +1"]);
    // A compiler that is switched off is left out with its time, wherever it was called.
    let hidden = vec![Category::Compiler];
    check(&model, &TableRequest { hidden, ..bottom_up(Vec::new()) }, &["boot 7/8", "b 5/5 +1", "a 4/9 +1"]);
}

#[test]
fn recursion_counts_once() {
    let model = model(&[("a:2 f:2 f:3 f:4", 10), ("a:2 f:2 g:2 f:2", 5)]);
    check(&model, &bottom_up(Vec::new()), &["f 15/15 +3", "a 0/15", "g 0/5 +1"]);
    // Called by `a`: one node, everything. By itself: two nodes, one below the other.
    check(&model, &bottom_up(path(&model, "f")), &["f 10/10 +2", "g 5/5 +1", "a 0/15"]);
    check(&model, &bottom_up(path(&model, "f f")), &["f 10/10 +1", "a 0/10"]);
}

#[test]
fn paths_that_lead_nowhere() {
    let model = model(&CALLS);
    let check = |kind, path: Vec<u32>| {
        let request = TableRequest { kind, path: path.clone(), ..TableRequest::default() };
        assert_eq!(model.table(&request), Err(ViewError::NoRow(path)), "{kind:?}");
    };
    check(TableKind::BottomUp, path(&model, "a b"));
    check(TableKind::BottomUp, vec![u32::MAX]);
    check(TableKind::BottomUp, vec![id(&model, "b"), u32::MAX]);
    check(TableKind::TopDown, path(&model, "b"));
    check(TableKind::TopDown, vec![77]);
    check(TableKind::Lines, path(&model, "b"));
}

#[test]
fn the_tree_from_above() {
    let model = model(&CALLS);
    check(&model, &top_down(Vec::new(), ""), &["(idle) 900/900", "(gc) 4/4", "a 0/55 +2", "c 0/10 +1"]);
    check(&model, &top_down(path(&model, "a"), ""), &["b 35/35", "c 0/20 +1"]);
}

#[test]
fn a_filter_keeps_what_leads_to_a_match_and_what_is_below_it() {
    let model = model(&CALLS);
    check(&model, &apart(top_down(Vec::new(), "sort")), &["a 0/55 +1"]);
    check(&model, &apart(top_down(path(&model, "a"), "sort")), &["b 30/35 +1"]);
    check(&model, &top_down(Vec::new(), "sort"), &[]);
    check(&model, &top_down(Vec::new(), "name:c"), &["(gc) 4/4", "a 0/55 +1", "c 0/10 +1"]);
    check(&model, &top_down(path(&model, "a"), "name:c"), &["c 0/20 +1"]);
    check(&model, &top_down(path(&model, "a c"), "name:c"), &["b 20/20"]);
    check(&model, &top_down(Vec::new(), "name:a"), &["a 0/55 +2"]);
    check(&model, &apart(top_down(path(&model, "a b"), "name:a")), &["sort 5/5"]);
    check(&model, &top_down(Vec::new(), "category:app self>=30us"), &["a 0/55 +1"]);
    check(&model, &top_down(Vec::new(), "nothing"), &[]);
    check(&model, &TableRequest { filter: "file:b.js".into(), ..bottom_up(Vec::new()) }, &["b 65/65 +2"]);
    check(&model, &TableRequest { filter: "tier:turbofan".into(), ..bottom_up(Vec::new()) }, &["b 65/65 +2"]);
    check(&model, &TableRequest { filter: "self>80%".into(), ..bottom_up(Vec::new()) }, &["(idle) 900/900", "b 65/65 +2"]);
    // Below the outermost rows nothing is left out.
    check(&model, &TableRequest { filter: "name:b".into(), ..bottom_up(path(&model, "b c")) }, &["a 20/20"]);
}

#[test]
fn a_filter_that_cannot_be_read_is_told_with_all_rows() {
    let model = model(&CALLS);
    let page = page(&model, &TableRequest { filter: "b slef>2%".into(), ..bottom_up(Vec::new()) });
    let error = page.error.unwrap();
    assert_eq!((error.at, error.length, page.total), (2, 4, 5));
}

#[test]
fn lines_have_their_native_code() {
    let model = model(&[("a:2 b:5 ~sort", 5), ("a:2 b:5", 1), ("a:2 a:3 a:2", 10), ("(gc)", 4)]);
    check(&model, &lines(), &["a:2 10/16", "b:5 6/6", "a:3 0/10"]);
    check(&model, &TableRequest { filter: "file:a.js".into(), ..lines() }, &["a:2 10/16", "a:3 0/10"]);
    check(&model, &TableRequest { sort: Column::Place, ascending: true, ..lines() }, &["a:2 10/16", "a:3 0/10", "b:5 6/6"]);
}

#[test]
fn hidden_code_is_its_callers() {
    let model = model(&[("a:2 lib.f:4 ~sort", 5), ("a:2 lib.f:4 b:3", 7), ("a:2 lib.f:4", 20), ("(gc)", 4), ("(idle)", 8)]);
    let hidden = vec![Category::Dependency, Category::Gc, Category::Idle];
    check(&model, &TableRequest { hidden: hidden.clone(), ..lines() }, &["a:2 25/32", "b:3 7/7"]);
    check(&model, &TableRequest { hidden: hidden.clone(), ..bottom_up(Vec::new()) }, &["a 25/32", "b 7/7 +1"]);
    check(&model, &TableRequest { hidden, ..top_down(path(&model, "a"), "") }, &["b 7/7"]);
}

#[test]
fn orders_and_pages() {
    let model = model(&[("a:1 b:2", 5), ("a:1 c:2", 5), ("a:1 d:2", 9), ("e:2", 1)]);
    let sorted = |sort, ascending, expected: &[&str]| {
        let page = page(&model, &TableRequest { sort, ascending, ..bottom_up(Vec::new()) });
        assert_eq!(page.rows.iter().map(|row| &*row.frame.name).collect::<Vec<_>>(), expected, "{sort:?} {ascending}");
    };
    sorted(Column::SelfUs, false, &["d", "b", "c", "e", "a"]);
    sorted(Column::SelfUs, true, &["a", "e", "b", "c", "d"]);
    sorted(Column::TotalUs, false, &["a", "d", "b", "c", "e"]);
    sorted(Column::Samples, false, &["a", "d", "b", "c", "e"]);
    sorted(Column::Name, true, &["a", "b", "c", "d", "e"]);
    sorted(Column::Place, false, &["e", "d", "c", "b", "a"]);
    sorted(Column::SelfChange, false, &["d", "b", "c", "e", "a"]);
    sorted(Column::SelfBytes, true, &["d", "b", "c", "e", "a"]);
    check(&model, &TableRequest { offset: 1, limit: 2, ..bottom_up(Vec::new()) }, &["b 5/5 +1", "c 5/5 +1"]);
    check(&model, &TableRequest { offset: 9, limit: 2, ..bottom_up(Vec::new()) }, &[]);
    assert_eq!(page(&model, &TableRequest { offset: 9, limit: 2, ..bottom_up(Vec::new()) }).total, 5);
}

#[test]
fn a_page_has_an_end() {
    let stacks: Vec<String> = (0..300).map(|n| format!("f{n}:1")).collect();
    let stacks: Vec<(&str, u64)> = stacks.iter().map(|stack| (stack.as_str(), 1)).collect();
    let model = model(&stacks);
    for limit in [0, 201, usize::MAX] {
        let page = page(&model, &TableRequest { limit, ..bottom_up(Vec::new()) });
        assert_eq!((page.total, page.rows.len()), (300, 200));
    }
}

#[test]
fn comparisons_are_scaled_to_the_same_active_time() {
    let before = profile(&[("a:2 b:3", 10), ("a:2 gone:4", 20), ("a:2", 10), ("(idle)", 500)]);
    let after = profile(&[("a:2 b+10:13", 30), ("a:2", 50), ("(idle)", 900)]);
    let model = model_of(after, Some(before));
    let hidden = vec![Category::Idle];
    let request = TableRequest { hidden: hidden.clone(), ..bottom_up(Vec::new()) };
    check(&model, &request, &["a 50/80 was 20/80", "b 30/30 +1 was 20/20", "gone 0/0 +1 was 40/40"]);
    let change = TableRequest { sort: Column::SelfChange, ..request.clone() };
    check(
        &model,
        &TableRequest { ascending: true, ..change.clone() },
        &["gone 0/0 +1 was 40/40", "b 30/30 +1 was 20/20", "a 50/80 was 20/80"],
    );
    check(&model, &TableRequest { filter: "change>0%".into(), ..change }, &["a 50/80 was 20/80", "b 30/30 +1 was 20/20"]);
    let below = TableRequest { hidden: hidden.clone(), ..top_down(path(&model, "a"), "") };
    check(&model, &below, &["b 30/30 was 20/20", "gone 0/0 was 40/40"]);
    check(&model, &TableRequest { hidden: hidden.clone(), ..bottom_up(path(&model, "gone")) }, &["a 0/0 was 40/40"]);
    // The function `b` moved down by ten lines: its third line is one line.
    check(&model, &TableRequest { hidden, ..lines() }, &["a:2 50/80 was 20/80", "b:13 30/30 was 20/20", "gone:4 0/0 was 40/40"]);
}

/// Samples of 1 µs, so many of each stack.
fn sampled(stacks: &[(&str, usize)]) -> Profile {
    let each: Vec<(&str, u64)> = stacks.iter().flat_map(|(stack, samples)| std::iter::repeat_n((*stack, 1), *samples)).collect();
    profile(&each)
}

#[test]
fn changes_have_intervals_and_noise_comes_last() {
    let before = sampled(&[("a:1", 300), ("b:1", 200), ("c:1", 480), ("d:1", 20), ("(idle)", 10)]);
    let after = sampled(&[("a:1", 310), ("b:1", 80), ("c:1", 585), ("d:1", 25), ("(idle)", 500)]);
    let model = model_of(after, Some(before));
    let rows = |sort, ascending| page(&model, &TableRequest { sort, ascending, ..bottom_up(Vec::new()) }).rows;
    let names = |sort, ascending| rows(sort, ascending).iter().map(|row| row.frame.name.clone()).collect::<Vec<_>>();
    // Waiting has no share, whatever its change.
    assert_eq!(names(Column::SelfChangeSize, false), ["b", "c", "(idle)", "a", "d"]);
    assert_eq!(names(Column::TotalChangeSize, true), ["d", "a", "(idle)", "c", "b"].map(|name| name.to_owned()));
    assert_eq!(names(Column::SelfChange, false)[0], "(idle)");
    for row in rows(Column::SelfUs, false) {
        let Some([[low, high], of_total]) = row.change_interval else {
            assert_eq!(row.frame.category, Category::Idle);
            continue;
        };
        assert_eq!([low, high], of_total, "a function that calls nothing");
        let change = (row.self_us as f64 - row.before_us.unwrap().0 as f64) / 1000.0;
        assert!(low < change && change < high && high - low < 0.1, "{}: {change} in {low}..{high}", row.frame.name);
        assert_eq!(low > 0.0 || high < 0.0, ["b", "c"].contains(&&*row.frame.name), "{}: {low}..{high}", row.frame.name);
    }
    assert_eq!(page(&model_of(sampled(&[("a:1", 5)]), None), &bottom_up(Vec::new())).rows[0].change_interval, None);
}

#[test]
fn two_samplings_of_one_program_differ_by_noise() {
    // The same counts, one taken from elsewhere: what another run of the same code looks like.
    let names: Vec<String> = (0..50).map(|n| format!("f{n}:1")).collect();
    let run = |shift: usize| sampled(&names.iter().enumerate().map(|(n, name)| (name.as_str(), 20 + (n + shift) % 7)).collect::<Vec<_>>());
    let model = model_of(run(3), Some(run(0)));
    let rows = page(&model, &TableRequest { sort: Column::SelfChangeSize, ..bottom_up(Vec::new()) }).rows;
    assert!(rows.iter().all(|row| row.change_interval.is_some_and(|[[low, high], _]| low <= 0.0 && high >= 0.0)));
    assert!(rows.iter().any(|row| row.before_us.is_some_and(|(before, _)| before != row.self_us)));
}

#[test]
fn allocations_have_columns_where_recorded() {
    let mut heap = profile(&[("a:2 b:5", 0), ("a:2", 0)]);
    heap.tree.self_bytes = vec![10, 4096];
    let model = model_of(heap, None);
    let bytes = |request: &TableRequest| -> Vec<_> {
        page(&model, request).rows.iter().map(|row| (row.frame.name.clone(), row.self_bytes.unwrap(), row.total_bytes.unwrap())).collect()
    };
    let sort = Column::SelfBytes;
    assert_eq!(bytes(&TableRequest { sort, ..bottom_up(Vec::new()) }), [("b".into(), 4096, 4096), ("a".into(), 10, 4106)]);
    assert_eq!(bytes(&TableRequest { sort, ..lines() }), [("b".into(), 4096, 4096), ("a".into(), 10, 4106)]);
    assert_eq!(bytes(&top_down(Vec::new(), "")), [("a".into(), 10, 4106)]);
    assert_eq!(bytes(&TableRequest { filter: "selfBytes>=4KiB".into(), ..lines() }), [("b".into(), 4096, 4096)]);
    assert_eq!(page(&model, &lines()).base_bytes, 4106);
    // There is no time to compare.
    let error = page(&model, &TableRequest { filter: "self>2%".into(), ..lines() }).error.unwrap();
    assert!(error.message.contains("selfBytes"), "{}", error.message);
}

/// Stacks of few functions, so that recursion is frequent.
fn stacks() -> impl Strategy<Value = Vec<(String, u64)>> {
    let stack = prop::collection::vec(prop::sample::select(vec!["a:1", "a:2", "b:1", "lib.c:1", "~n", "(compiler)"]), 1..6);
    prop::collection::vec((stack.prop_map(|stack| stack.join(" ")), 1u64..100), 1..12)
}

proptest! {
    #[test]
    fn figures_add_up(stacks in stacks(), hides_library: bool, native_apart: bool) {
        let stacks: Vec<(&str, u64)> = stacks.iter().map(|(stack, us)| (stack.as_str(), *us)).collect();
        let profile = profile(&stacks);
        let whole: u64 = stacks.iter().map(|(_, us)| us).sum();
        let model = model_of(profile, None);
        let hidden = if hides_library { vec![Category::Dependency] } else { Vec::new() };
        let functions = page(&model, &TableRequest { native_apart, hidden: hidden.clone(), ..bottom_up(Vec::new()) }).rows;
        let roots = page(&model, &TableRequest { native_apart, hidden: hidden.clone(), ..top_down(Vec::new(), "") }).rows;
        let own: u64 = functions.iter().map(|row| row.self_us).sum();
        let total: u64 = roots.iter().map(|row| row.total_us).sum();
        // Hidden code without a caller belongs to the root.
        prop_assert!(own == whole || (hides_library && own < whole));
        prop_assert_eq!(own, total);
        for row in &functions {
            prop_assert!(row.self_us <= row.total_us && row.total_us <= whole);
            let callers = page(&model, &TableRequest { native_apart, hidden: hidden.clone(), ..bottom_up(vec![row.frame.id]) }).rows;
            prop_assert_eq!(callers.len(), row.children);
            prop_assert!(callers.iter().map(|caller| caller.self_us).sum::<u64>() <= row.self_us);
            prop_assert!(callers.iter().all(|caller| caller.total_us <= row.total_us));
            let by_totals = model.frame_id(row.frame.id).and_then(|frame| model.after().function(frame));
            if let Some(by_totals) = by_totals.filter(|_| !hides_library) {
                prop_assert_eq!(row.total_us, by_totals.cost.total_us);
                // Lenses, hints, hovers and the terminal have it of these totals, the panel beside the flamegraph of the details.
                let details = model.details(&DetailsRequest { frame: row.frame.id, ..DetailsRequest::default() }).unwrap();
                prop_assert_eq!(details.self_value, by_totals.cost.self_us as f64);
                prop_assert!(native_apart || row.self_us == by_totals.cost.self_us);
                prop_assert!(row.self_us <= by_totals.cost.self_us);
            }
        }
        for row in &roots {
            let below = page(&model, &TableRequest { native_apart, hidden: hidden.clone(), ..top_down(vec![row.frame.id], "") }).rows;
            prop_assert_eq!(below.len(), row.children);
            prop_assert_eq!(row.self_us + below.iter().map(|child| child.total_us).sum::<u64>(), row.total_us);
        }
        if !hides_library {
            let lines_of_index = &model.after().totals().lines;
            let rows = page(&model, &lines()).rows;
            prop_assert_eq!(rows.len(), lines_of_index.len());
            for (row, line) in rows.iter().zip(lines_of_index) {
                prop_assert_eq!((row.self_us, row.total_us), (line.cost.self_us, line.cost.total_us));
            }
        }
    }
}
