//! Heap profiles of real Nodes, and of nobody.

use super::*;
use profile::Position;
use profile::totals::Totals;
use proptest::prelude::*;

const REAL: [(&str, &[u8]); 5] = [
    ("18", include_bytes!("../../../fixtures/heapprofile/node18.heapprofile")),
    ("20", include_bytes!("../../../fixtures/heapprofile/node20.heapprofile")),
    ("22", include_bytes!("../../../fixtures/heapprofile/node22.heapprofile")),
    ("24", include_bytes!("../../../fixtures/heapprofile/node24.heapprofile")),
    ("26", include_bytes!("../../../fixtures/heapprofile/node26.heapprofile")),
];

fn node(name: &str, url: &str, size: &str, children: &str) -> String {
    let script = if url.is_empty() { 0 } else { 7 };
    format!(
        r#"{{"callFrame":{{"functionName":"{name}","scriptId":"{script}","url":"{url}","lineNumber":4,"columnNumber":2}},"selfSize":{size},"id":1,"children":[{children}]}}"#
    )
}

fn read_text(text: &str) -> Result<Profile, String> {
    read(text.as_bytes()).map_err(|error| error.to_string())
}

fn stack_text(profile: &Profile, node: NodeId) -> String {
    let mut names: Vec<&str> = profile.tree.stack(node).map(|node| &*profile.frame(profile.frame_of(node)).name).collect();
    names.reverse();
    names.join(" ")
}

#[test]
fn profiles_of_every_node() {
    for (version, bytes) in REAL {
        let profile = read(bytes).unwrap();
        assert!(profile.is_consistent());
        // V8 lists the samples after the tree, and some are of nodes that only came then.
        assert!(profile.dropped.keys().all(|kind| kind == "samplesOfUnknownNodes"), "{version}: {:?}", profile.dropped);
        let n_unknown = profile.dropped.values().sum::<u64>();
        assert!(is_heap_profile(&bytes[..200]));
        assert_eq!(profile.tree.self_us.iter().sum::<u64>(), 0);
        let json: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        let n_samples = json["samples"].as_array().unwrap().len() as u64;
        assert_eq!(profile.tree.self_samples.iter().map(|n| u64::from(*n)).sum::<u64>() + n_unknown, n_samples, "{version}");
        assert!(n_unknown * 20 < n_samples, "{version}: {n_unknown} of {n_samples}");
        assert_eq!(profile.tree.self_bytes.iter().sum::<u64>(), sizes(&json["head"]), "{version}");
        let totals = Totals::of(&profile);
        let row = |name: &str| {
            let is_it = |row: &&profile::totals::FunctionTotal| profile.frame(row.frame).name == name;
            totals.functions.iter().find(is_it).unwrap_or_else(|| panic!("{version}: {name}"))
        };
        let render = profile.frame(row("render").frame);
        assert!(profile.source(render.source.unwrap()).url.ends_with("/lib/render.js"), "{version}");
        assert_eq!(render.start, Some(Position { line: 1, column: 33 }), "{version}");
        assert!(row("render").cost.self_bytes > 1 << 20, "{version}: {:?}", row("render").cost);
        assert!(row("m").cost.total_bytes >= row("m").cost.self_bytes && row("m").cost.self_bytes > 1 << 20, "{version}");
        let module = profile.source(profile.frame(row("m").frame).source.unwrap());
        assert!(module.path.as_ref().unwrap().ends_with("/m.mjs"), "{module:?}");
    }
}

fn sizes(node: &serde_json::Value) -> u64 {
    node["selfSize"].as_u64().unwrap() + node["children"].as_array().unwrap().iter().map(sizes).sum::<u64>()
}

#[test]
fn parts_become_parts_of_the_model() {
    let inner = node("f", "file:///app/a%20b.mjs", "30.6", &node("slice", "", "4", ""));
    let gc = node("(GC)", "", "5", "");
    let parser = node("(PARSER)", "", "6", "");
    let api = node("(V8 API)", "", "7", "");
    let head = node("(root)", "", "8", &format!("{inner},{gc},{parser},{api}"));
    for text in [format!(r#"{{"head":{head}}}"#), format!(r#"{{"id":1,"result":{{"profile":{{"samples":[],"head":{head}}}}}}}"#)] {
        let profile = read_text(&text).unwrap();
        let shown: Vec<String> = profile
            .tree
            .ids()
            .map(|node| {
                format!("{} {} {}", stack_text(&profile, node), profile.category_of(node).label(), profile.tree.self_bytes[node.index()])
            })
            .collect();
        let expected = ["(program) program 8", "f app 31", "f slice native 4", "(gc) gc 5", "(PARSER) compiler 6", "(V8 API) program 7"];
        assert_eq!(shown, expected);
        assert_eq!(profile.sources[0].path.as_deref(), Some("/app/a b.mjs"));
        assert_eq!(profile.frame(profile.frame_of(NodeId(1))).start, Some(Position { line: 5, column: 3 }));
        assert_eq!(profile.notes.contains(&NO_SAMPLES.to_owned()), !text.contains("samples"));
    }
}

#[test]
fn stacks_of_any_depth() {
    const DEPTH: usize = 100_000;
    let level = r#"{"callFrame":{"functionName":"f","scriptId":"1","url":"/a.js","lineNumber":0,"columnNumber":0},"id":1,"selfSize":1,"children":["#;
    let text = format!(r#"{{"other":{}{},"head":{}{}}}"#, "[".repeat(DEPTH), "]".repeat(DEPTH), level.repeat(DEPTH), "]}".repeat(DEPTH));
    let profile = read_text(&text).unwrap();
    assert_eq!(profile.tree.len(), DEPTH);
    let totals = Totals::of(&profile);
    // The outermost level is V8's root.
    let below = DEPTH as u64 - 1;
    assert_eq!((totals.functions[0].cost.self_bytes, totals.functions[0].cost.total_bytes), (below, below));
    assert!(read_text(&text[..text.len() / 2]).unwrap_err().contains("cut off"));
}

#[test]
fn sizes_that_cannot_be_are_counted() {
    fn check(size: &str, bytes: u64, dropped: &[(&str, u64)]) {
        let profile = read_text(&format!(r#"{{"head":{}}}"#, node("(root)", "", "0", &node("f", "/a.js", size, "")))).unwrap();
        let counted: Vec<(&str, u64)> =
            profile.dropped.iter().filter(|(kind, _)| *kind != "duplicateIds").map(|(kind, n)| (&**kind, *n)).collect();
        assert_eq!((profile.tree.self_bytes[0], &*counted), (bytes, dropped), "{size}");
    }
    check("12", 12, &[]);
    check("1.5e3", 1500, &[]);
    check("-1", 0, &[("negativeSizes", 1)]);
    check("1e300", 0, &[("sizesTooLarge", 1)]);
    check("1e999", 0, &[("sizesTooLarge", 1)]);
    check("9007199254740992", 1 << 53, &[]);
    check("18446744073709551615", 0, &[("sizesTooLarge", 1)]);
    let two = [node("f", "/a.js", "9007199254740992", ""), node("g", "/a.js", "1", "")].join(",");
    let profile = read_text(&format!(r#"{{"head":{}}}"#, node("(root)", "", "0", &two))).unwrap();
    assert_eq!((&*profile.tree.self_bytes, profile.dropped["sizesTooLarge"]), (&[1 << 53, 0][..], 1));
}

#[test]
fn bad_files_are_told_with_their_place() {
    fn check(text: &str, expected: &str) {
        assert_eq!(read_text(text).unwrap_err(), format!("not a V8 heap profile: {expected}"), "{text}");
    }
    check("", "the file is empty. Was the program killed before it ended?");
    check("[]", "it does not begin as a JSON object");
    check("{}", "it has no `head`");
    check(r#"{"nodes":[]}"#, "it has `nodes`, as a CPU profile has, at line 1 column 10");
    check(
        r#"{"head":{"functionName":"f","hitCount":3,"children":[]}}"#,
        "no node of its `head` has a `selfSize`: this looks like a CPU profile from before Node 8, which is not supported",
    );
    check("{\"head\":\n {\"selfSize\":NaN}}", "expected a number at line 2 column 14");
    check(r#"{"head":{"selfSize":"1"}}"#, "expected a number at line 1 column 21");
    check(r#"{"head":{"selfSize":null}}"#, "expected a number at line 1 column 21");
    check(r#"{"head":{"selfSize":1,"children":{}}}"#, "expected `[` at line 1 column 34");
    check(r#"{"head":{"selfSize":1,"children":[1]}}"#, "expected `{` at line 1 column 35");
    check(r#"{"head":{"selfSize":1 "id":2}}"#, "expected `,` or `}` at line 1 column 23");
    check(r#"{"head":{"selfSize":1,}}"#, "expected a key in quotes at line 1 column 23");
    check(r#"{"head":{"selfSize":1}} x"#, "expected the end of the file at line 1 column 25");
    check(r#"{"head":{"callFrame":{"url":"\q"}}}"#, "a text that is no JSON string at line 1 column 29");
    check(
        r#"{"head":{"callFrame":{"url":"ab"#,
        "expected the end of a text at line 1 column 32. The file is cut off: was the program killed while it wrote?",
    );
    check(r#"{"x":nul}"#, "expected a value at line 1 column 6");
}

#[test]
fn the_start_tells_a_heap_profile() {
    fn check(start: &str, expected: bool) {
        assert_eq!(is_heap_profile(start.as_bytes()), expected, "{start}");
    }
    check(r#"{"head":{"callFrame""#, true);
    check(r#" {"id":4, "result": {"profile": { "head" : {"#, true);
    check(r#"{"nodes":[{"id":1,"callFrame":{"functionName":"head"}}],"head":1"#, false);
    check(r#"{"samples":[{"size":1}],"head":{"#, true);
    check(r#"{"traceEvents":[{"head":1}]"#, false);
    check("head", false);
    check("{\"he", false);
}

proptest! {
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(profile) = read(&*bytes) {
            prop_assert!(profile.is_consistent());
        }
    }

    #[test]
    fn changed_bytes(real in 0..REAL.len(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in any::<prop::sample::Index>(), is_cut: bool) {
        let mut bytes = REAL[real].1.to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            // Digits for digits keep the file readable, which reaches further.
            bytes[at] = if bytes[at].is_ascii_digit() { b'0' + byte % 10 } else { byte };
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(profile) = read(&*bytes) {
            prop_assert!(profile.is_consistent());
        }
    }

    #[test]
    fn what_serde_reads_is_read(pieces in prop::collection::vec(prop::sample::select(vec!["{", "}", "[", "]", ",", ":", "\"a\"", "\"\\u00e9\"", "1", "-2.5e3", "null", "true", " "]), 0..12)) {
        let value = pieces.concat();
        let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&value).is_ok();
        let text = format!(r#"{{"x":{value},"head":{}}}"#, node("(root)", "", "1", ""));
        prop_assert!(!is_json || read_text(&text).is_ok(), "{}", value);
    }
}
