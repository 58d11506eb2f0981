//! Inline caches and shapes.

use super::*;

fn caches(log: &V8Log) -> Vec<String> {
    let rows = log.profile.decisions.inline_caches.iter();
    rows.map(|row| {
        let changes: Vec<String> = row.transitions.iter().map(|change| format!("{:?}>{:?}", change.from, change.to)).collect();
        let place = shown(log, &row.place);
        format!("{place} {} {} {:?} misses {} shapes {} [{}]", row.kind, row.key, row.state, row.misses, row.n_shapes, changes.join(" "))
    })
    .collect()
}

#[test]
fn inline_caches_by_place() {
    let log = read_text(&format!(
        "{HEAD}LoadIC,0x205,50,4,7,X,X,0xf1,x,,\nLoadIC,0x205,51,4,7,0,1,0xf1,x,,\nLoadIC,0x205,52,4,7,1,P,0xf2,x,,\n\
         LoadIC,0x205,53,4,7,P,N,0xf1,x,,\nLoadIC,0x205,54,4,7,N,N,0xf3,x,,\nKeyedLoadIC,0x205,55,4,7,0,1,0xf1,a\\x2Cb,,slow\n\
         StoreInArrayLiteralIC,0x285,56,6,1,0,1,0x0,0,.STORE+COW,\nLoadIC,0x206,57,5,1,X,X,0xf1,cold,,\n"
    ));
    let expected = [
        "outer a.js:4:7 LoadIC x Megamorphic misses 5 shapes 3 \
         [Uninitialized>Monomorphic Monomorphic>Polymorphic Polymorphic>Megamorphic]",
        "outer a.js:4:7 KeyedLoadIC a,b Monomorphic misses 1 shapes 1 [Uninitialized>Monomorphic]",
        "arrow a.js:6:1 StoreInArrayLiteralIC 0 Monomorphic misses 1 shapes 0 [Uninitialized>Monomorphic]",
    ];
    assert_eq!(caches(&log), expected);
    assert_eq!(log.profile.decisions.inline_caches[1].transitions[0].slow_reason, "slow");
}

#[test]
fn an_access_in_optimised_code_is_where_its_tables_say() {
    // The pc is behind the call. The same place was met in bytecode before: one row.
    let log = read_text(&format!(
        "{HEAD}LoadIC,0x405,50,3,2,0,1,0xf1,x,,\nLoadIC,0x1020,51,9,9,1,P,0xf2,x,,\nLoadIC,0x1021,52,9,9,0,1,0xf2,y,,\n\
         LoadIC,0xdead,53,1,1,0,1,0xf2,z,,\nLoadIC,0x406,54,-1,-1,0,1,0xf2,w,,\n"
    ));
    let expected = [
        "leaf lib.js:3:2 LoadIC x Polymorphic misses 2 shapes 2 [Uninitialized>Monomorphic Monomorphic>Polymorphic]",
        "deep lib.js:8:6 LoadIC y Monomorphic misses 1 shapes 1 [Uninitialized>Monomorphic]",
        "leaf lib.js LoadIC w Monomorphic misses 1 shapes 1 [Uninitialized>Monomorphic]",
    ];
    assert_eq!(caches(&log), expected);
    assert_eq!(log.profile.dropped.get("unresolvedInlineCaches"), Some(&1));
}

#[test]
fn a_flood_at_one_place_takes_no_memory() {
    let mut text = HEAD.to_owned();
    for row in 0..20_000 {
        text.push_str(&format!("KeyedLoadIC,0x205,50,4,7,N,N,{:#x},k{row},,\n", 0x1000 + row));
        text.push_str("LoadIC,0x206,50,4,9,P,N,0xf1,x,,\nLoadIC,0x206,50,4,9,N,P,0xf1,x,,\n");
    }
    let log = read_text(&text);
    let rows = &log.profile.decisions.inline_caches;
    assert_eq!((rows.len(), rows[0].misses, rows[1].misses, rows[1].transitions.len()), (2, 20_000, 40_000, 6));
    assert!(rows[0].n_shapes >= 4096 && rows[0].n_keys >= 4096 && rows[0].n_shapes < 20_000);
}

fn shapes(records: &str) -> Vec<String> {
    let log = read_text(&format!("{HEAD}{records}"));
    let decisions = &log.profile.decisions;
    let rows = decisions.shapes.iter().map(|shape| {
        let property = |property: &profile::decisions::ShapeProperty| {
            let place = property.added_at.as_ref().map_or("-".to_owned(), |place| shown(&log, place));
            format!("{} ({place})", property.name)
        };
        let properties: Vec<String> = shape.properties.iter().map(property).collect();
        let created = shape.created_at.as_ref().map_or("-".to_owned(), |place| shown(&log, place));
        let constructor = shape.constructor.as_deref().unwrap_or("-");
        format!("{constructor} {created} {} {}", if shape.is_dictionary { "dictionary" } else { "fast" }, properties.join(" "))
    });
    rows.collect()
}

#[test]
fn shapes_with_what_they_were_made_from() {
    fn check(records: &str, expected: &[&str]) {
        assert_eq!(shapes(records), expected, "{records}");
    }
    const POINT: &str = "\
map,InitialMap,1,0x0,0x10,0x205,4,3,,Point
map,Transition,2,0x10,0x20,0x205,4,5,,x
map,Transition,3,0x20,0x30,0x1020,99,9,,y
";
    const Y: &str = "Point outer a.js:4:3 fast x (outer a.js:4:5) y (leaf lib.js:3:2)";
    let read = |map: &str| format!("LoadIC,0x205,9,4,7,0,1,{map},x,,\n");
    check(&format!("{POINT}{}", read("0x30")), &[Y]);
    check(&format!("{POINT}map-move,4,0x30,0x50\n{}", read("0x50")), &[Y]);
    check(&format!("{POINT}map-create,4,0x30\n{}", read("0x30")), &[]);
    // The address is used again, while the first shape is still known by its row.
    check(
        &format!("{POINT}{}map,Transition,5,0x10,0x30,0x205,4,9,,z\n{}", read("0x30"), read("0x30")),
        &[Y, "Point outer a.js:4:3 fast z (outer a.js:4:9)"],
    );
    check(&format!("{POINT}map,Normalize,5,0x30,0x60,0x0,-1,-1,delete,\n{}", read("0x60")), &[&Y.replace("fast", "dictionary")]);
    check(
        &format!("{POINT}map,Normalize,5,0x30,0x60,0x0,-1,-1,delete,\nmap,SlowToFast,6,0x60,0x70,0x0,-1,-1,why,\n{}", read("0x70")),
        &[Y],
    );
    check(
        &format!(
            "map,ReplaceDescriptors,1,0x5,0x10,0x0,-1,-1,CopyAddDescriptor,symbol(\"kState\" hash 1f)\n\
             map,Transition,2,0x10,0x20,0x205,4,5,,symbol(hash 1cd36e01)\nmap,Deprecate,3,0x20,0x0,0x0,-1,-1,why,\n{}",
            read("0x20")
        ),
        &["- - fast Symbol(kState) (-)"],
    );
}

#[test]
fn shapes_are_read_only_where_asked() {
    let text = format!("{HEAD}map,InitialMap,1,0x0,0x10,0x205,4,3,,P\nLoadIC,0x205,9,4,7,0,1,0x10,x,,\nmap,broken\n");
    let log = read(text.as_bytes(), &Options::default(), &Texts).unwrap();
    let decisions = &log.profile.decisions;
    assert!(decisions.shapes.is_empty() && !decisions.recorded.shapes);
    assert_eq!((decisions.inline_caches[0].n_shapes, log.profile.dropped.get("malformedRecords")), (1, None));
}
