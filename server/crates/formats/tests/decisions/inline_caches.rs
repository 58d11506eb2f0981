//! Inline caches at their places, with their states, misses and shapes.

use crate::recording::{Recording, name, nodes, programs, shown};
use formats::read::v8_log::{Options, V8Log};
use profile::decisions::{IcState, InlineCache};

/// The caches of a function, as `line:column property`.
fn caches_of<'a>(log: &'a V8Log, function: &str) -> Vec<(String, &'a InlineCache)> {
    let profile = &log.profile;
    let of_function = |cache: &&InlineCache| cache.place.function.is_some_and(|frame| name(profile, frame) == function);
    let mut caches: Vec<_> = profile
        .decisions
        .inline_caches
        .iter()
        .filter(of_function)
        .map(|cache| {
            let place = shown(profile, &cache.place);
            (format!("{} {}", place.rsplit('/').next().unwrap_or_default(), cache.key), cache)
        })
        .collect();
    caches.sort_by(|a, b| a.0.cmp(&b.0));
    caches
}

/// `Constructor{property@line …}` of each shape.
fn shapes_of(log: &V8Log, cache: &InlineCache) -> Vec<String> {
    let shapes = cache.shapes.iter().map(|shape| &log.profile.decisions.shapes[shape.index()]);
    shapes
        .map(|shape| {
            let properties = shape.properties.iter().map(|property| {
                let line = property.added_at.and_then(|place| place.position).map_or(0, |position| position.line);
                format!("{}@{line}", property.name)
            });
            format!("{}{{{}}}", shape.constructor.as_deref().unwrap_or("?"), properties.collect::<Vec<_>>().join(" "))
        })
        .collect()
}

#[test]
fn states_and_shapes() {
    for node in nodes() {
        let flags = ["--log-ic", "--log-maps", "--no-log-maps-details"];
        let recording = Recording::of(&node, &programs().join("ic.js"), &flags);
        let log = recording.log(&Options { shapes: true, ..Options::default() });
        let recorded = log.profile.decisions.recorded;
        assert!(recorded.inline_caches && recorded.shapes);
        let check = |function: &str, expected: &[(&str, IcState, u32)]| {
            let caches = caches_of(&log, function);
            let found: Vec<_> = caches.iter().map(|(place, cache)| (place.as_str(), cache.state, cache.n_shapes)).collect();
            assert_eq!(found, expected, "{} {function}", node.display());
        };
        check("mono", &[("ic.js:3:29 x", IcState::Monomorphic, 1)]);
        check("poly", &[("ic.js:4:29 x", IcState::Polymorphic, 2)]);
        check("mega", &[("ic.js:6:12 x", IcState::Megamorphic, 6), ("ic.js:7:7 y", IcState::Megamorphic, 6)]);
        check("storeMono", &[("ic.js:9:32 x", IcState::Monomorphic, 1)]);

        let (_, mega) = &caches_of(&log, "mega")[0];
        let mut shapes = shapes_of(&log, mega);
        shapes.sort();
        let expected =
            ["A{x@24 y@24}", "B{y@25 x@25}", "C{z@26 x@26 y@26}", "D{w@27 x@27 y@27}", "E{v@28 x@28 y@28}", "F{u@29 q@29 x@29 y@29}"];
        assert_eq!(shapes, expected, "{}", node.display());
        let states: Vec<_> = mega.transitions.iter().map(|transition| (transition.from, transition.to)).collect();
        assert!(states.contains(&(IcState::Monomorphic, IcState::Polymorphic)), "{states:?}");
        assert!(states.contains(&(IcState::Polymorphic, IcState::Megamorphic)), "{states:?}");
        assert!(mega.transitions.iter().all(|transition| transition.shape.is_some()));
        assert!(mega.misses >= 6);

        let keyed = caches_of(&log, "keyedName");
        assert!(keyed.iter().any(|(_, cache)| cache.n_keys == 2), "{keyed:?}");
    }
}

/// The line that V8 logs for an access in optimised code is that of the outer function: in another file.
#[test]
fn accesses_inlined_from_another_file() {
    for node in nodes() {
        let flags = ["--log-ic", "--no-concurrent-recompilation"];
        let recording = Recording::of(&node, &programs().join("xfile/icmain.js"), &flags);
        let log = recording.log(&Options::default());
        let caches = caches_of(&log, "getX");
        let places: Vec<&str> = caches.iter().map(|(place, _)| place.as_str()).collect();
        assert_eq!(places, ["iclib.js:10:6 x"], "{}", node.display());

        let rows = recording.log_text();
        let rows: Vec<Vec<&str>> = rows.lines().filter(|row| row.starts_with("LoadIC,")).map(|row| row.split(',').collect()).collect();
        let of_x: Vec<_> = rows.iter().filter(|row| row[8] == "x").collect();
        assert!(of_x.iter().any(|row| row[3] == "4"), "{}: the log gives some of them the line of the outer function", node.display());
        assert_eq!(caches[0].1.misses, of_x.len() as u64, "{}: all of them are one place", node.display());
    }
}

#[test]
fn a_flood_at_one_place_is_one_row() {
    for node in nodes() {
        let log = Recording::of(&node, &programs().join("icflood.js"), &["--log-ic"]).log(&Options::default());
        let caches = caches_of(&log, "get");
        assert_eq!(caches.len(), 1, "{}: {caches:?}", node.display());
        let (place, cache) = &caches[0];
        assert_eq!((place.as_str(), cache.state), ("icflood.js:3:27 x", IcState::Megamorphic));
        assert!(cache.n_shapes > 3000 && cache.misses > 20_000, "{} {}", cache.n_shapes, cache.misses);
        assert!(cache.transitions.len() < 10 && cache.shapes.is_empty());
    }
}
