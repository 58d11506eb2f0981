use super::*;
use crate::read::{NoScripts, ScriptFunction};
use profile::totals::Totals;
use profile::{Category, Position};
use std::sync::Arc;

/// Texts and functions of the programs that the measured profiles are of.
struct Programs;

impl Scripts for Programs {
    fn text(&self, url: &str) -> Option<Arc<str>> {
        Some(Arc::from(match url.rsplit('/').next() {
            Some("main.js") => include_str!("../../../fixtures/cpuprofile/main.js"),
            Some("lib.js") => include_str!("../../../fixtures/cpuprofile/lib.js"),
            Some("lines.js") => include_str!("../../../fixtures/cpuprofile/lines.js"),
            _ => return None,
        }))
    }

    fn functions(&self, url: &str) -> Vec<ScriptFunction> {
        let function = |name: &str, start: (u32, u32), first_line, last_line| ScriptFunction {
            name: name.into(),
            start: Position { line: start.0, column: start.1 },
            first_line,
            last_line,
        };
        match url.rsplit('/').next() {
            Some("main.js") => vec![function("hotA", (3, 14), 3, 10)],
            Some("lib.js") => vec![function("tiny", (5, 29), 5, 9), function("mid", (11, 27), 11, 13)],
            Some("lines.js") => vec![
                function("spin", (3, 14), 3, 3),
                function("work", (4, 14), 4, 10),
                function("own", (12, 13), 12, 18),
                function("tiny", (20, 14), 20, 20),
                function("inl", (21, 13), 21, 30),
            ],
            _ => Vec::new(),
        }
    }
}

fn read_text(text: &str) -> Profile {
    read(text.as_bytes(), &NoScripts).unwrap()
}

/// `caller>name file:line n` of each node with at least `min` samples of its own, in the order of the tree.
fn nodes(profile: &Profile, min: u32) -> Vec<String> {
    let name = |node| match profile.frame(profile.frame_of(node)).name.as_str() {
        "" => "·".to_owned(),
        name => name.to_owned(),
    };
    let mut shown = Vec::new();
    for node in profile.tree.ids() {
        let samples = profile.tree.self_samples[node.index()];
        if samples < min {
            continue;
        }
        let location = profile.location(profile.tree.location(node));
        let file = location.source.map_or("", |source| profile.source(source).url.rsplit('/').next().unwrap());
        let line = location.position.map_or("?".to_owned(), |position| position.line.to_string());
        let caller = profile.tree.parent(node).map_or(String::new(), |caller| name(caller) + ">");
        let inlined = if location.inlined { " inlined" } else { "" };
        shown.push(format!("{caller}{} {file}:{line} {samples}{inlined}", name(node)));
    }
    shown
}

#[test]
fn ticks_of_functions_inlined_from_another_file() {
    // V8.md §9: hotA spends nearly all its time in tiny and mid of lib.js, inlined; lines 7 and 8 exist in both files.
    fn check(text: &str, expected_on_main: &[(u32, u64)], expected: &[&str]) {
        let profile = read(text.as_bytes(), &Programs).unwrap();
        assert_eq!(nodes(&profile, 30), expected);
        let mut on_main: Vec<_> = Totals::of(&profile)
            .lines
            .iter()
            .filter(|line| profile.source(line.source).url.ends_with("main.js"))
            .map(|line| (line.line, line.cost.self_samples))
            .filter(|(_, samples)| *samples > 0)
            .collect();
        on_main.sort_unstable();
        assert_eq!(on_main, expected_on_main, "samples on lines of main.js");
    }
    check(
        include_str!("../../../fixtures/cpuprofile/node18-xfile.cpuprofile"),
        &[],
        &["·>hotA main.js:? 2240", "hotA>mid lib.js:12 173 inlined"],
    );
    check(
        include_str!("../../../fixtures/cpuprofile/node20-xfile.cpuprofile"),
        &[],
        &["·>hotA main.js:? 2190", "hotA>mid lib.js:12 177 inlined"],
    );
    check(
        include_str!("../../../fixtures/cpuprofile/node22-xfile.cpuprofile"),
        &[],
        &["·>hotA main.js:? 2708", "hotA>mid lib.js:12 239 inlined"],
    );
    check(
        include_str!("../../../fixtures/cpuprofile/node24-xfile.cpuprofile"),
        &[(3, 1)],
        &["·>hotA main.js:? 3493", "hotA>mid lib.js:12 206 inlined"],
    );
    check(
        include_str!("../../../fixtures/cpuprofile/node25-xfile.cpuprofile"),
        &[(3, 2), (5, 26), (6, 1), (7, 21), (9, 1), (12, 11)],
        &["hotA>tiny lib.js:7 1835", "hotA>tiny lib.js:8 199", "hotA>mid lib.js:12 250", "mid>tiny lib.js:7 2042", "mid>tiny lib.js:8 62"],
    );
    check(
        include_str!("../../../fixtures/cpuprofile/node26-xfile.cpuprofile"),
        &[(3, 1), (5, 11), (6, 1), (7, 21), (9, 2), (12, 5)],
        &["hotA>tiny lib.js:7 1394", "hotA>tiny lib.js:8 254", "hotA>mid lib.js:12 347", "mid>tiny lib.js:7 1547", "mid>tiny lib.js:8 57"],
    );
}

#[test]
fn ticks_of_functions_inlined_from_the_same_file() {
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(nodes(&read(text.as_bytes(), &Programs).unwrap(), 40), expected);
    }
    // Node 20's `work` has 177 ticks on line 3, which is `spin`; the lines of `own` are 10/20/70 % of it.
    check(
        include_str!("../../../fixtures/cpuprofile/node20-lines-1000.cpuprofile"),
        &[
            "work>spin lines.js:3 177 inlined",
            "work>spin lines.js:3 216",
            "·>own lines.js:14 46",
            "·>own lines.js:15 78",
            "·>own lines.js:16 278",
            "inl>tiny lines.js:20 407 inlined",
        ],
    );
    // On Node 24 even `spin`, called by the inlined `work`, and `tiny`, called by the inlined `inl`, are on the top level's node.
    check(
        include_str!("../../../fixtures/cpuprofile/node24-lines-1000.cpuprofile"),
        &[
            "·>spin lines.js:3 355 inlined",
            "·>tiny lines.js:20 263 inlined",
            "·>inl lines.js:27 59 inlined",
            "work>spin lines.js:3 940 inlined",
            "work>spin lines.js:3 99",
            "·>own lines.js:14 56",
            "·>own lines.js:15 94",
            "·>own lines.js:16 361",
            "inl>tiny lines.js:20 412 inlined",
        ],
    );
}

#[test]
fn without_texts_only_functions_are_known() {
    let profile = read(include_str!("../../../fixtures/cpuprofile/node22-xfile.cpuprofile").as_bytes(), &NoScripts).unwrap();
    assert_eq!(nodes(&profile, 30), ["·>hotA main.js:? 2947"]);
    assert_eq!(profile.dropped["lineTicksWithoutSource"], 2948);
    assert!(profile.notes[0].contains("main.js"), "{:?}", profile.notes);
    // A version that lists inlined functions needs no text.
    let options = Options { inlined_leaves: InlinedLeaves::of_node(26) };
    let text = include_str!("../../../fixtures/cpuprofile/node26-xfile.cpuprofile");
    let profile = read_with(text.as_bytes(), options, &NoScripts).unwrap();
    assert_eq!(nodes(&profile, 300), ["hotA>tiny lib.js:7 1394", "hotA>mid lib.js:12 347", "mid>tiny lib.js:7 1547"]);
    assert!(profile.notes.is_empty());
}

#[test]
fn ticks_of_a_native_function_are_on_the_calling_line() {
    let text = r#"{"nodes":[
        {"id":1,"callFrame":{"functionName":"(root)","scriptId":"0","url":"","lineNumber":-1,"columnNumber":-1},"children":[2]},
        {"id":2,"callFrame":{"functionName":"own","scriptId":"8","url":"file:///app/lines.js","lineNumber":11,"columnNumber":12},
         "children":[3]},
        {"id":3,"callFrame":{"functionName":"writev","scriptId":"0","url":"","lineNumber":-1,"columnNumber":-1},
         "hitCount":4,"positionTicks":[{"line":15,"ticks":3}]}],
        "startTime":0,"endTime":400}"#;
    let profile = read(text.as_bytes(), &Programs).unwrap();
    assert_eq!(nodes(&profile, 1), ["own>writev :? 1", "own>writev :? 3"]);
    let lines: Vec<_> = Totals::of(&profile).lines.iter().map(|line| (line.line, line.cost.self_us)).collect();
    assert_eq!(lines, [(15, 300)]);
}

/// A profile of nodes `id name [child…]`, with samples and deltas.
fn small(nodes: &str, rest: &str) -> String {
    let node = |line: &str| {
        let mut parts = line.split_whitespace();
        let (id, name) = (parts.next().unwrap(), parts.next().unwrap());
        let script = if name.starts_with('(') || name.starts_with('~') { ("0", "") } else { ("7", "/app/a.js") };
        let children: Vec<&str> = parts.collect();
        format!(
            r#"{{"id":{id},"callFrame":{{"functionName":"{name}","scriptId":"{}","url":"{}","lineNumber":0,"columnNumber":9}},"hitCount":1,"children":[{}]}}"#,
            script.0,
            script.1,
            children.join(",")
        )
    };
    let nodes: Vec<String> = nodes.split(';').map(node).collect();
    format!(r#"{{"nodes":[{}],"startTime":1000,{rest}}}"#, nodes.join(","))
}

#[test]
fn durations_reach_to_the_next_sample() {
    fn check(rest: &str, expected: &[(u64, u64)], dropped: &[(&str, u64)]) {
        let profile = read_text(&small("1 (root) 2 3;2 a;3 b", rest));
        let times: Vec<_> = profile.samples.time_us.iter().copied().zip(profile.samples.duration_us.iter().copied()).collect();
        assert_eq!(times, expected, "{rest}");
        assert_eq!(profile.tree.self_us.iter().sum::<u64>(), expected.iter().map(|(_, us)| us).sum::<u64>());
        let counts: Vec<_> = profile.dropped.iter().map(|(kind, n)| (kind.as_str(), *n)).collect();
        assert_eq!(counts, dropped, "{rest}");
    }
    check(r#""endTime":1100,"samples":[2,3,2],"timeDeltas":[10,20,30]"#, &[(10, 20), (30, 30), (60, 40)], &[]);
    check(r#""endTime":1100,"samples":[2,3,2],"timeDeltas":[10,50,-20]"#, &[(10, 30), (40, 20), (60, 40)], &[("negativeDeltas", 1)]);
    check(r#""endTime":1015,"samples":[2,3],"timeDeltas":[10,20]"#, &[(10, 20), (30, 0)], &[]);
    check(r#""samples":[2,3],"timeDeltas":[10,20]"#, &[(10, 20), (30, 20)], &[]);
    check(r#""endTime":1100,"samples":[2,99,3],"timeDeltas":[10,20,30]"#, &[(10, 20), (60, 40)], &[("samplesOfUnknownNodes", 1)]);
    check(r#""endTime":1100,"samples":[2,3],"timeDeltas":[10]"#, &[(10, 10), (20, 80)], &[("missingTimeDeltas", 1)]);
    check(r#""endTime":1100.4,"samples":[2],"timeDeltas":[9.6,1]"#, &[(10, 90)], &[("extraTimeDeltas", 1)]);
    check(
        r#""endTime":1e300,"samples":[2,3],"timeDeltas":[-1e300,99999999999999999999]"#,
        &[(0, 0), (0, (1 << 60) - 1000)],
        &[("negativeDeltas", 1)],
    );
}

#[test]
fn hits_serve_without_samples() {
    let profile = read_text(&small("1 ~f;2 a;3 b", r#""endTime":1300"#));
    assert_eq!(profile.tree.self_us, [100, 100, 100]);
    assert!(profile.samples.is_empty());
}

#[test]
fn pseudo_nodes() {
    let rest = r#""endTime":1050,"samples":[1,2,3,4,5,6],"timeDeltas":[0,10,10,10,10,5]"#;
    let text = small("1 (root) 2 3 4 5;2 (program);3 (idle);4 a 6;5 (unresolved);6 (garbage)", rest);
    let profile = read_text(&text.replace("(unresolved)", "(unresolved function)").replace("(garbage)", "(garbage collector)"));
    let of = |category| {
        profile
            .tree
            .ids()
            .filter(|node| profile.category_of(*node) == category)
            .map(|node| {
                assert_eq!(profile.tree.parent(node), None);
                profile.tree.self_us[node.index()]
            })
            .sum::<u64>()
    };
    assert_eq!([Category::Program, Category::Idle, Category::App, Category::Gc].map(of), [20, 10, 10, 5]);
}

#[test]
fn kinds_of_functions() {
    fn check(name: &str, script: &str, url: &str, expected: Category, source: Option<&str>) {
        let text = format!(
            r#"{{"nodes":[{{"id":1,"callFrame":{{"functionName":"{name}","scriptId":{script},"url":"{url}","lineNumber":0,"columnNumber":0}},"hitCount":1}}]}}"#
        );
        let profile = read_text(&text);
        let frame = profile.frame(profile.frame_of(profile::NodeId(0)));
        assert_eq!((frame.category, frame.source.map(|source| profile.source(source).url.as_str())), (expected, source), "{text}");
    }
    check("f", "\"7\"", "file:///app/a.mjs", Category::App, Some("file:///app/a.mjs"));
    check("f", "7", "/app/node_modules/b/c.js", Category::Dependency, Some("/app/node_modules/b/c.js"));
    check("emit", "\"7\"", "node:events", Category::NodeCore, Some("node:events"));
    check("writev", "\"0\"", "", Category::Native, None);
    check("RegExp: a+", "0", "", Category::Native, None);
    check("evaluated", "\"93\"", "", Category::App, Some(""));
    check("wasm-function[3]", "\"9\"", "wasm://wasm/1234", Category::Native, Some("wasm://wasm/1234"));
    check(r"\ud800x", "\"0\"", "", Category::Native, None);
}

#[test]
fn parents_may_be_named_by_the_children() {
    let text = r#"{"profile":{"nodes":[
        {"id":30,"parent":2,"callFrame":{"functionName":"c","url":"/a.js"},"hitCount":1},
        {"id":2,"parent":1,"callFrame":{"functionName":"b","url":"/a.js"}},
        {"id":1,"callFrame":{"functionName":"(root)"}}]}}"#;
    for wrapped in [text.to_owned(), format!(r#"{{"id":4,"result":{text}}}"#), format!("\u{feff}{text}")] {
        assert_eq!(nodes(&read_text(&wrapped), 1), ["b>c a.js:? 1"]);
    }
}

#[test]
fn broken_trees_are_counted() {
    fn check(tree: &str, expected: &[(&str, u64)]) {
        let n = tree.split(';').count();
        let profile = read_text(&small(tree, "\"endTime\":9000"));
        let counts: Vec<_> = profile.dropped.iter().map(|(kind, n)| (kind.as_str(), *n)).collect();
        assert_eq!(counts, expected, "{tree}");
        assert!(profile.is_consistent());
        assert_eq!(profile.tree.self_us.iter().sum::<u64>(), 8000 / n as u64 * n as u64);
    }
    check("1 (root) 2 3;2 a", &[("danglingChildren", 1)]);
    check("1 a 2;2 b 1", &[("cyclicNodes", 1)]);
    check("1 a 1", &[("cyclicNodes", 1)]);
    check("1 a 3;2 b 3;3 c", &[("secondParents", 1)]);
    check("1 a;1 b", &[("duplicateIds", 1)]);
    check("-5 a 9223372036854775807;9223372036854775807 b", &[]);
}

#[test]
fn a_deep_chain_is_no_recursion() {
    let nodes: Vec<String> = (1..=100_000).map(|id| format!("{id} f{id} {}", id + 1)).collect();
    let profile = read_text(&small(&nodes.join(";"), "\"endTime\":100000000"));
    assert_eq!(profile.tree.stack(profile::NodeId::new(profile.tree.len() - 1)).count(), 100_000);
}

#[test]
fn unreadable_input_is_explained() {
    fn check(input: &[u8], expected: &str) {
        let error = read(input, &NoScripts).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let whole = small("1 (root) 2;2 a", "\"samples\":[2],\"timeDeltas\":[5]");
    check(b"", "empty");
    check(b" \n", "empty");
    check(b"v8-version,10,2", "does not begin as a JSON object");
    check(b"[{\"ph\":\"X\"}]", "Chrome trace");
    check(b"{\"traceEvents\":[]}", "Chrome trace");
    check(b"{\"head\":{}}", "heap profile");
    check(b"{\"a\":1}", "no `nodes`");
    check(&whole.as_bytes()[..whole.len() - 20], "cut off");
    check(format!("{whole}x").as_bytes(), "trailing characters at line 1");
    check(whole.replace("\"samples\":[2]", "\"samples\":{}").as_bytes(), "expected a list of numbers");
    check(whole.replace("\"id\":1", "\"id\":\"1\"").as_bytes(), "expected a number");
    check(format!("{{\"x\":{}", "[".repeat(100_000)).as_bytes(), "cut off");
    check("{\"result\":".repeat(100_000).as_bytes(), "cut off");
}
