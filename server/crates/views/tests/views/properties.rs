//! What holds for any profile and any request.

use crate::fixture::assert_consistent;
use profile::index::ProfileIndex;
use profile::totals::Totals;
use profile::{Category, Frame, Location, NodeId, Position, Profile, ProfileBuilder, Source, Tier};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use views::Model;
use views::wire::{Boxes, BoxesRequest, DetailsRequest, Measure, Order, SearchRequest};

const NAMES: [&str; 9] = ["main", "f", "", "next", "sort", "f", "(gc)", "(program)", "(idle)"];

const CATEGORIES: [Category; 9] = [
    Category::App,
    Category::App,
    Category::Dependency,
    Category::NodeCore,
    Category::Native,
    Category::App,
    Category::Gc,
    Category::Program,
    Category::Idle,
];

/// A sample: functions with their tiers, outermost first; µs; µs of pause before it; bytes.
type Sampled = (Vec<(usize, usize)>, u64, u64, u64);

fn sampled() -> impl Strategy<Value = Vec<Sampled>> {
    let stack = prop::collection::vec((0..NAMES.len(), 0..Tier::ALL.len()), 1..7);
    prop::collection::vec((stack, 0u64..20, prop_oneof![4 => Just(0u64), 1 => 0u64..40], 0u64..9), 0..40)
}

fn profile_of(samples: &[Sampled], has_bytes: bool) -> Profile {
    let mut builder = ProfileBuilder::default();
    builder.interval_us = 10;
    let source = builder.source(Source { url: "/project/app.js".into(), path: Some("/project/app.js".into()) });
    let mut time_us = 7;
    for (stack, us, pause_us, bytes) in samples {
        let mut node = None;
        for (function, tier) in stack {
            let source = CATEGORIES[*function].is_javascript().then_some(source);
            let start = source.map(|_| Position { line: *function as u32, column: 1 });
            let frame = builder.frame(Frame { name: NAMES[*function].into(), source, start, category: CATEGORIES[*function] });
            let position = source.map(|_| Position { line: 10 + *tier as u32, column: 0 });
            let location = builder.location(Location { frame, source, position, tier: Tier::ALL[*tier], inlined: false });
            node = Some(builder.node(node, location));
        }
        time_us += pause_us;
        builder.sample(time_us, *us, node.unwrap());
        time_us += us;
        if has_bytes {
            builder.add_self_bytes(node.unwrap(), *bytes);
        }
    }
    builder.finish()
}

fn model_of(after: &[Sampled], before: Option<&Vec<Sampled>>) -> Model {
    let index = |samples: &[Sampled]| Arc::new(ProfileIndex::new(profile_of(samples, true)));
    Model::new(index(after), before.map(|before| index(before)))
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => 0.0..200.0,
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY), Just(-3.0), Just(-0.0), Just(1e300), Just(f64::MIN_POSITIVE)],
    ]
}

fn hidden() -> impl Strategy<Value = Vec<Category>> {
    prop_oneof![2 => Just(Vec::new()), 3 => prop::sample::subsequence(Category::ALL.to_vec(), 0..=Category::ALL.len())]
}

fn request() -> impl Strategy<Value = BoxesRequest> {
    let order = prop::sample::select(vec![Order::LeftHeavy, Order::TimeOrder, Order::Callers, Order::Callees]);
    let frame = prop_oneof![1 => Just(None), 4 => (0u32..8).prop_map(Some), 1 => Just(Some(u32::MAX))];
    let measure = prop_oneof![3 => Just(Measure::Cpu), 1 => Just(Measure::Allocated)];
    let query = prop::option::of(prop::sample::select(vec!["f", "^f$", ".", "app.js:3", "(", " ", "(?=f)"]));
    (order, frame.clone(), hidden(), measure, number(), prop::option::of(number()), number(), query, frame).prop_map(
        |(order, frame, hidden, measure, from, to, min_width, query, highlight)| BoxesRequest {
            order,
            frame,
            hidden,
            measure,
            from,
            to,
            min_width,
            query: query.map(String::from),
            highlight,
        },
    )
}

/// Whether a box of a part stands for these boxes of everything, which are consecutive.
fn stands_for(part: &Boxes, answered: usize, all: &Boxes, boxes: Range<usize>) -> bool {
    let Some(last) = boxes.clone().last().filter(|last| *last < all.node.len() && all.row[*last] == part.row[answered]) else {
        return false;
    };
    let sum = |column: &[f64]| column[boxes.clone()].iter().sum::<f64>();
    let of_all = (all.x0[boxes.start], all.x1[last], sum(&all.self_value), sum(&all.total_value), all.samples[boxes.clone()].iter().sum());
    let heaviest = boxes.clone().rev().max_by(|a, b| all.total_value[*a].total_cmp(&all.total_value[*b])).unwrap();
    let n_tiers = all.tier_value.len() / all.node.len();
    let tiers = |boxes: &Boxes, at: usize| boxes.tier_value[at * n_tiers..(at + 1) * n_tiers].to_vec();
    let before = |boxes: &Boxes, range: Range<usize>| boxes.before.get(range).map(|before| before.iter().sum::<f64>().round());
    of_all == (part.x0[answered], part.x1[answered], part.self_value[answered], part.total_value[answered], part.samples[answered])
        && (all.node[heaviest], tiers(all, heaviest)) == (part.node[answered], tiers(part, answered))
        && boxes.clone().fold(0, |marks, at| marks | all.mark[at]) == part.mark[answered]
        && before(all, boxes.clone()) == before(part, answered..answered + 1)
}

/// Compares a part with everything: what a box stands for, and that all that is to be seen is covered.
fn check_part(part: &Boxes, all: &Boxes, request: &BoxesRequest) {
    assert_eq!(part.left_out as usize + part.node.len(), all.node.len());
    let or = |number: f64, other: f64| if number.is_nan() { other } else { number };
    let (from, to) = (or(request.from, 0.0), or(request.to.unwrap_or(f64::NAN), f64::INFINITY));
    let whole = or(request.min_width, 0.0).max(0.0).ceil();
    let narrow = if whole < 1.0 { 0.0 } else { whole.log2().floor().exp2() };
    let width = |at: usize| all.x1[at] - all.x0[at];
    let mut is_covered = vec![false; all.node.len()];
    for answered in 0..part.node.len() {
        let n = part.merged[answered] as usize;
        let is_stood_for = |first: &usize| !is_covered[*first] && stands_for(part, answered, all, *first..*first + n);
        let first = (0..all.node.len()).find(is_stood_for).expect("a box stands for nothing");
        is_covered[first..first + n].fill(true);
        for at in first..first + n {
            assert!(n == 1 || width(at) < narrow, "box {at} is wide and merged");
            assert!(at == first || all.x0[at] - all.x1[at - 1] < narrow, "a gap before box {at} is covered");
        }
    }
    let is_seen = |at: usize| at == 0 || ((from <= 0.0 || all.x1[at] > from) && (all.x0[at] < to || request.to.is_none_or(f64::is_nan)));
    let is_next_to =
        |a: &usize, b: &usize| all.row[*a] == all.row[*b] && width(*a) < narrow && width(*b) < narrow && all.x0[*b] - all.x1[*a] < narrow;
    let seen: Vec<usize> = (0..all.node.len()).filter(|at| is_seen(*at)).collect();
    for neighbours in seen.chunk_by(is_next_to) {
        let is_wide = all.x1[*neighbours.last().unwrap()] - all.x0[neighbours[0]] >= narrow / 4.0;
        // One box without width is like another in the same place: which of them is stood for cannot be told.
        for at in neighbours.iter().filter(|at| width(**at) > 0.0) {
            assert!(is_covered[*at] || !(is_wide || all.mark[*at] != 0), "box {at} is to be seen and missing");
        }
    }
    if request.query.is_none() && request.highlight.is_none() && narrow > 0.0 && narrow < 1e9 {
        let most = 3 + (3.0 * all.width / narrow) as usize;
        for row in 0..part.n_rows {
            assert!(part.row.iter().filter(|other| **other == row).count() <= most, "row {row} has too many boxes");
        }
    }
}

/// The boxes of time order in the simplest way: function, row, edges, and self value.
fn simple_time_order(profile: &Profile, hidden: &[Category]) -> Vec<(u32, usize, u64, u64, u64)> {
    let is_state = |category| matches!(category, Category::Gc | Category::Compiler | Category::Program | Category::Idle);
    let mut boxes: Vec<(u32, usize, u64, u64, u64)> = vec![(u32::MAX, 0, 0, 0, 0)];
    let mut open: Vec<usize> = vec![0];
    let origin = profile.samples.time_us[0];
    let mut last_end = 0;
    for at in 0..profile.samples.len() {
        let begin = profile.samples.time_us[at] - origin;
        let mut stack: Vec<NodeId> = profile.tree.stack(profile.samples.node[at]).collect();
        stack.reverse();
        let categories = || stack.iter().map(|node| profile.category_of(*node));
        let is_left_out = categories().any(|category| is_state(category) && hidden.contains(&category));
        let shown: Vec<u32> =
            stack.iter().filter(|node| !hidden.contains(&profile.category_of(**node))).map(|node| profile.frame_of(*node).0).collect();
        if is_left_out || begin - last_end > 20 {
            open.drain(1..).for_each(|closed| boxes[closed].3 = last_end);
        }
        last_end = begin + profile.samples.duration_us[at];
        if is_left_out {
            continue;
        }
        let shared = open[1..].iter().zip(&shown).take_while(|(open, frame)| boxes[**open].0 == **frame).count();
        open.drain(shared + 1..).for_each(|closed| boxes[closed].3 = begin);
        for (depth, frame) in shown.iter().enumerate().skip(shared) {
            open.push(boxes.len());
            boxes.push((*frame, depth + 1, begin, begin, 0));
        }
        boxes[open[open.len() - 1]].4 += profile.samples.duration_us[at];
    }
    open.into_iter().for_each(|closed| boxes[closed].3 = last_end);
    boxes.sort_by_key(|(_, row, ..)| *row);
    boxes
}

proptest! {
    #[test]
    fn any_request_of_any_model_has_a_consistent_answer(
        after in sampled(),
        before in prop::option::of(sampled()),
        request in request(),
    ) {
        let model = model_of(&after, before.as_ref());
        let all = BoxesRequest { from: 0.0, to: None, min_width: 0.0, ..request.clone() };
        if let Ok(part) = model.boxes(&request) {
            let all = model.boxes(&all).unwrap();
            let n_tiers = if request.measure == Measure::Cpu { 5 } else { 0 };
            assert_consistent(&all, n_tiers);
            assert_consistent(&part, n_tiers);
            check_part(&part, &all, &request);
            let query = request.query.clone().unwrap_or_default();
            let BoxesRequest { order, frame, hidden, measure, .. } = request;
            let found = model.search(&SearchRequest { order, frame, hidden, measure, query }).unwrap();
            prop_assert!(found.value <= all.total_value[0]);
            prop_assert_eq!(found.hits.len(), all.mark.iter().filter(|mark| **mark & 1 != 0).count());
        } else {
            prop_assert_eq!(model.boxes(&request).is_err(), model.boxes(&all).is_err());
        }
        let details = model.details(&DetailsRequest { frame: request.highlight.unwrap_or(3), measure: request.measure });
        prop_assert!(details.is_err() || details.unwrap().frame.id < model.overview().n_frames);
    }

    #[test]
    fn left_heavy_shows_all_time_of_what_is_not_left_out(samples in sampled(), hidden in hidden()) {
        let profile = profile_of(&samples, false);
        let is_left_out = |category| {
            matches!(category, Category::Gc | Category::Compiler | Category::Program | Category::Idle) && hidden.contains(&category)
        };
        let shown: u64 = profile
            .tree
            .ids()
            .filter(|node| !profile.tree.stack(*node).any(|above| is_left_out(profile.category_of(above))))
            .map(|node| profile.tree.self_us[node.index()])
            .sum();
        let boxes = model_of(&samples, None).boxes(&BoxesRequest { hidden: hidden.clone(), ..BoxesRequest::default() }).unwrap();
        prop_assert_eq!(boxes.width, shown as f64);
        prop_assert_eq!(boxes.self_value.iter().sum::<f64>(), shown as f64);
        prop_assert!(boxes.frames.iter().all(|frame| !hidden.contains(&frame.category)));
        for at in 1..boxes.node.len() {
            prop_assert_eq!(boxes.tier_value[at * 5..at * 5 + 5].iter().sum::<f64>(), boxes.total_value[at]);
        }
    }

    #[test]
    fn time_order_is_what_the_simplest_way_makes(samples in sampled(), hidden in hidden()) {
        prop_assume!(!samples.is_empty());
        let profile = profile_of(&samples, false);
        let expected = simple_time_order(&profile, &hidden);
        let boxes = model_of(&samples, None).boxes(&BoxesRequest { order: Order::TimeOrder, hidden, ..BoxesRequest::default() }).unwrap();
        let frame = |at: usize| usize::try_from(boxes.frame[at]).map_or(u32::MAX, |frame| boxes.frames[frame].id);
        let made: Vec<_> = (0..boxes.node.len())
            .map(|at| (frame(at), boxes.row[at] as usize, boxes.x0[at] as u64, boxes.x1[at] as u64, boxes.self_value[at] as u64))
            .collect();
        prop_assert_eq!(made, expected);
        for at in 1..boxes.node.len() {
            prop_assert_eq!(boxes.tier_value[at * 5..at * 5 + 5].iter().sum::<f64>(), boxes.total_value[at]);
        }
    }

    #[test]
    fn both_flamegraphs_agree_on_every_node(samples in sampled(), hidden in hidden()) {
        prop_assume!(!samples.is_empty());
        let model = model_of(&samples, None);
        let sums = |order| {
            let boxes = model.boxes(&BoxesRequest { order, hidden: hidden.clone(), ..BoxesRequest::default() }).unwrap();
            let mut sums: BTreeMap<u32, [f64; 7]> = BTreeMap::new();
            for at in 0..boxes.node.len() {
                let sum = sums.entry(boxes.node[at]).or_default();
                sum[0] += boxes.self_value[at];
                sum[1] += boxes.total_value[at];
                sum[2..].iter_mut().zip(&boxes.tier_value[at * 5..]).for_each(|(sum, us)| *sum += us);
            }
            sums.retain(|_, sum| sum[1] > 0.0);
            sums
        };
        prop_assert_eq!(sums(Order::LeftHeavy), sums(Order::TimeOrder));
    }

    #[test]
    fn callers_callees_and_details_have_the_totals_of_functions(samples in sampled()) {
        let profile = profile_of(&samples, true);
        let totals = Totals::of(&profile);
        let model = model_of(&samples, None);
        for row in &totals.functions {
            let id = model.id_of(row.frame).unwrap();
            for (measure, total) in [(Measure::Cpu, row.cost.total_us), (Measure::Allocated, row.cost.total_bytes)] {
                for order in [Order::Callers, Order::Callees] {
                    let boxes = model.boxes(&BoxesRequest { order, frame: Some(id), measure, ..BoxesRequest::default() }).unwrap();
                    prop_assert_eq!((boxes.width, boxes.samples[0]), (total as f64, row.cost.total_samples));
                }
            }
            let details = model.details(&DetailsRequest { frame: id, measure: Measure::Cpu }).unwrap();
            prop_assert_eq!((details.self_value, details.total_value), (row.cost.self_us as f64, row.cost.total_us as f64));
            prop_assert_eq!(details.samples, (row.cost.self_samples, row.cost.total_samples));
            prop_assert_eq!(details.tiers, row.tier_us.map(|us| us as f64));
            let edges = |of: &dyn Fn(&profile::totals::CallEdge) -> Option<u32>| -> BTreeMap<u32, u64> {
                totals.edges.iter().filter(|edge| edge.total_us > 0).filter_map(|edge| Some((of(edge)?, edge.total_us))).collect()
            };
            let callers = edges(&|edge| (edge.callee == row.frame).then_some(edge.caller.0));
            let callees = edges(&|edge| (edge.caller == row.frame).then_some(edge.callee.0));
            let shown = |related: &[views::wire::Related]| related.iter().map(|r| (r.frame.id, r.value as u64)).collect::<BTreeMap<_, _>>();
            prop_assert_eq!((shown(&details.callers), shown(&details.callees)), (callers, callees));
            let bytes = model.details(&DetailsRequest { frame: id, measure: Measure::Allocated }).unwrap();
            prop_assert_eq!((bytes.self_value, bytes.total_value), (row.cost.self_bytes as f64, row.cost.total_bytes as f64));
        }
    }
}
