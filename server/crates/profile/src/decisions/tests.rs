//! Decisions through `merge` and `remap`.

use super::*;
use crate::Category;
use crate::merge::merge;
use crate::model::{Frame, Profile, ProfileBuilder, Source};
use crate::remap::{Original, OriginalPositions, remap};

/// Two functions of `/app/out.js`; every table has a row.
fn recorded(state: IcState, deopt_line: u32) -> Profile {
    let mut builder = ProfileBuilder::default();
    let url = |url: &str| Source { url: url.into(), path: Some(url.into()) };
    let _shift = builder.source(url("/app/unused.js"));
    let source = Some(builder.source(url("/app/out.js")));
    let position = |line| Position { line, column: 3 };
    let mut frame =
        |name: &str, line| builder.frame(Frame { name: name.into(), source, start: Some(position(line)), category: Category::App });
    let (outer, inner) = (frame("outer", 1), frame("inner", 5));
    let place = |function, line| Place { function: Some(function), source, position: Some(position(line)) };
    let shape = Shape {
        constructor: Some("Point".into()),
        created_at: Some(place(outer, 2)),
        properties: vec![ShapeProperty { name: "x".into(), added_at: Some(place(inner, 6)) }],
        is_dictionary: false,
    };
    builder.decisions = Decisions {
        recorded: Recorded { code: true, deopts: true, ..Recorded::default() },
        functions: vec![FunctionFacts { function: inner, bytecode_bytes: Some(9), instances: 1, enclosing: Some(outer), disabled: None }],
        compilations: vec![Compilation { function: inner, tier: Tier::Maglev, osr: None, at_us: 7, code_bytes: 64, thread: 0 }],
        deopts: vec![Deopt {
            function: outer,
            tier: Tier::Maglev,
            kind: "eager".into(),
            reason: "wrong map".into(),
            stack: vec![place(inner, deopt_line), place(outer, 2)],
            count: 2,
            first_us: 8,
            last_us: 9,
        }],
        deopt_events: vec![DeoptEvent { deopt: 0, at_us: 8, thread: 0 }, DeoptEvent { deopt: 0, at_us: 9, thread: 0 }],
        inlinings: vec![Inlining { into: outer, tier: Tier::Maglev, call: place(outer, 2), callee: Some(inner), depth: 0, count: 1 }],
        refusals: vec![Refusal {
            into: Some(outer),
            callee: inner,
            tier: Tier::Turbofan,
            reason: "recursion".into(),
            bytecode_bytes: None,
            call: None,
            count: 1,
        }],
        inline_caches: vec![InlineCache {
            place: place(inner, 6),
            kind: "LoadIC".into(),
            key: "x".into(),
            n_keys: 1,
            state,
            misses: 3,
            first_uses: 0,
            out_of_bounds: 0,
            transitions: vec![IcTransition {
                at_us: 1,
                from: IcState::Uninitialized,
                to: state,
                shape: Some(ShapeId(0)),
                slow_reason: String::new(),
            }],
            shapes: vec![ShapeId(0)],
            n_shapes: 1,
        }],
        shapes: vec![shape],
    };
    builder.finish()
}

fn shown(profile: &Profile, place: Place) -> String {
    let name = place.function.map_or("?", |function| &profile.frame(function).name);
    let url = place.source.map_or("?", |source| &profile.source(source).url);
    format!("{name} {url}:{}", place.position.map_or(0, |position| position.line))
}

#[test]
fn merged_isolates_keep_their_threads_and_share_their_places() {
    let profile = merge(vec![
        ("main".into(), recorded(IcState::Monomorphic, 6)),
        ("worker 1".into(), recorded(IcState::Megamorphic, 6)),
        ("worker 2".into(), recorded(IcState::Monomorphic, 7)),
    ]);
    assert!(profile.is_consistent());
    let decisions = &profile.decisions;
    assert_eq!(decisions.recorded, Recorded { code: true, deopts: true, ..Recorded::default() });
    assert_eq!(decisions.compilations.iter().map(|row| row.thread).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(decisions.functions.iter().map(|row| row.instances).collect::<Vec<_>>(), [1]);
    let deopts: Vec<String> = decisions.deopts.iter().map(|row| format!("{} x{}", shown(&profile, row.stack[0]), row.count)).collect();
    assert_eq!(deopts, ["inner /app/out.js:6 x4", "inner /app/out.js:7 x2"]);
    let events: Vec<(u32, u16)> = decisions.deopt_events.iter().map(|event| (event.deopt, event.thread)).collect();
    assert_eq!(events, [(0, 0), (0, 0), (0, 1), (0, 1), (1, 2), (1, 2)]);
    assert_eq!((decisions.inlinings[0].count, decisions.refusals[0].count, decisions.inlinings.len()), (3, 3, 1));
    let cache = &decisions.inline_caches[0];
    assert_eq!((cache.state, cache.misses, cache.transitions[0].shape), (IcState::Megamorphic, 9, Some(ShapeId(0))));
    assert_eq!(decisions.shapes.len(), 1, "what is made in the same way in each isolate is one shape to a reader");
    assert_eq!((cache.shapes.as_slice(), cache.n_shapes), (&[ShapeId(0)][..], 1));
}

/// Lines below 7 of `/app/out.js` come from `/app/a.ts`, ten lines further down.
struct Map;

impl OriginalPositions for Map {
    fn has_map(&self, generated: &Source) -> bool {
        generated.url == "/app/out.js"
    }

    fn original(&self, _: &Source, position: Position) -> Option<Original> {
        let source = Source { url: "/app/a.ts".into(), path: Some("/app/a.ts".into()) };
        (position.line < 7).then_some(Original { source, position: Position { line: position.line + 10, column: 1 } })
    }

    fn function_name(&self, original: &Original) -> Option<String> {
        (original.position.line == 11).then(|| "original".into())
    }
}

#[test]
fn places_and_functions_become_original_ones() {
    fn check(deopt_line: u32, expected: [&str; 2]) {
        let profile = remap(&recorded(IcState::Polymorphic, deopt_line), &Map);
        assert!(profile.is_consistent());
        let decisions = &profile.decisions;
        let stack: Vec<String> = decisions.deopts[0].stack.iter().map(|place| shown(&profile, *place)).collect();
        assert_eq!(stack, expected);
        assert_eq!(shown(&profile, decisions.inline_caches[0].place), "inner /app/a.ts:16");
        assert_eq!(shown(&profile, decisions.shapes[0].properties[0].added_at.unwrap()), "inner /app/a.ts:16");
        assert_eq!(profile.frame(decisions.functions[0].enclosing.unwrap()).name, "original");
        assert_eq!(decisions.compilations.len(), 1);
    }
    check(6, ["inner /app/a.ts:16", "original /app/a.ts:12"]);
    check(9, ["inner /app/out.js:0", "original /app/a.ts:12"]);
}

#[test]
fn handles_beyond_their_tables_are_noticed() {
    fn check(spoil: impl FnOnce(&mut Decisions)) {
        let mut profile = recorded(IcState::Generic, 1);
        assert!(profile.is_consistent());
        spoil(&mut profile.decisions);
        assert!(!profile.is_consistent());
    }
    let lost = FrameId(99);
    check(|decisions| decisions.functions[0].enclosing = Some(lost));
    check(|decisions| decisions.compilations[0].function = lost);
    check(|decisions| decisions.deopts[0].stack[1].source = Some(SourceId(7)));
    check(|decisions| decisions.deopt_events[1].deopt = 1);
    check(|decisions| decisions.inlinings[0].callee = Some(lost));
    check(|decisions| decisions.refusals[0].callee = lost);
    check(|decisions| decisions.inline_caches[0].transitions[0].shape = Some(ShapeId(1)));
    check(|decisions| decisions.shapes[0].created_at = Some(Place { function: Some(lost), source: None, position: None }));
}
