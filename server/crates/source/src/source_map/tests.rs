use proptest::prelude::*;

use super::*;

/// Made by esbuild from two TypeScript files: `esbuild src/main.ts --bundle --minify --sourcemap`.
const BUNDLE: &str = include_str!("fixtures/bundle.js");
const BUNDLE_MAP: &[u8] = include_bytes!("fixtures/bundle.js.map");

/// Two sections on one line and a third further down, each a map of its own.
const INDEXED: &str = r#"{"version":3,"file":"all.js","sections":[
  {"offset":{"line":0,"column":0},"map":{"version":3,"sources":["a.ts"],"names":["first"],"sourcesContent":["let first;"],"mappings":"AAAAA,IAAI,kCAAI"}},
  {"offset":{"line":0,"column":20},"map":{"version":3,"sources":["b.ts"],"names":["second"],"mappings":"EACAA;GAEE"}},
  {"offset":{"line":10,"column":4},"map":{"version":3,"sourceRoot":"lib","sources":["c.ts",null],"names":[],"mappings":"AAAA;ACAA"}}
]}"#;

fn v8(line: u32, column: u32) -> V8Position {
    V8Position { line, column }
}

/// Source, line, column and name.
fn look_up(map: &SourceMap, line: u32, column: u32) -> Option<(String, u32, u32, Option<&str>)> {
    let original = map.original(v8(line, column))?;
    let source = match &map.sources()[original.source].location {
        SourceLocation::File(path) => path.clone(),
        SourceLocation::Url(url) => url.clone(),
        SourceLocation::Unknown => "?".to_owned(),
    };
    Some((source, original.position.line, original.position.column, original.name))
}

#[test]
fn a_bundle() {
    assert_eq!(source_map_url(BUNDLE), Some("bundle.js.map"));
    let map = SourceMap::parse(BUNDLE_MAP, "/app/dist/bundle.js.map").unwrap();
    let files: Vec<_> = map.sources().iter().map(|source| source.location.file()).collect();
    assert_eq!(files, [Some("/app/src/a.ts"), Some("/app/src/main.ts")]);
    // Words the minifier keeps are the same on both sides.
    let code = BUNDLE.lines().next().unwrap();
    let mut seen = 0;
    for word in ["Math", "sin", "return", "total", "console", "log"] {
        for (column, _) in code.match_indices(word) {
            let original = map.original(v8(1, column as u32 + 1)).unwrap();
            let line = map.source_content(original.source).unwrap().lines().nth(original.position.line as usize - 1).unwrap();
            let there = &line[original.position.column as usize - 1..];
            assert!(there.starts_with(word), "{word} at {column}: {there}");
            seen += 1;
        }
    }
    assert_eq!(seen, 10);
    // `function n(e)` is `export function alpha(n: number)`.
    assert_eq!(look_up(&map, 1, 10), Some(("/app/src/a.ts".to_owned(), 1, 17, Some("alpha"))));
    let beta = code.find("function a(e)").unwrap() as u32 + 1;
    assert_eq!(look_up(&map, 1, beta), Some(("/app/src/a.ts".to_owned(), 9, 1, None)));
    assert_eq!(look_up(&map, 1, beta + 9), Some(("/app/src/a.ts".to_owned(), 9, 10, Some("beta"))));
    // A line without mappings, and lines and columns that are not.
    assert_eq!(look_up(&map, 2, 1), None);
    assert_eq!(look_up(&map, 0, 1), None);
    assert_eq!(look_up(&map, 1, 0), None);
    // The last mapping reaches to the end of its line.
    assert!(look_up(&map, 1, u32::MAX).is_some());
}

#[test]
fn the_nearest_mapping_on_the_line() {
    fn check(mappings: &str, generated: (u32, u32), expected: Option<(u32, u32)>) {
        let json = format!(r#"{{"version":3,"sources":["a"],"names":[],"mappings":"{mappings}"}}"#);
        let map = SourceMap::parse(json.as_bytes(), "/out.js").unwrap();
        let found = map.original(v8(generated.0, generated.1)).map(|original| (original.position.line, original.position.column));
        assert_eq!(found, expected, "{mappings} {generated:?}");
    }
    check("", (1, 1), None);
    // Column 4 is the first mapped one.
    check("IAAA", (1, 4), None);
    check("IAAA", (1, 5), Some((1, 1)));
    check("IAAA", (1, 50), Some((1, 1)));
    check("IAAA;", (2, 50), None);
    check(";IAAA", (1, 50), None);
    check(";IAAA", (2, 5), Some((1, 1)));
    // Nobody's from column 3 on.
    check("AAAA,E", (1, 2), Some((1, 1)));
    check("AAAA,E", (1, 3), None);
    check("AAAA,E,EACA", (1, 5), Some((2, 1)));
    // Several at one place: the last.
    check("AAAA,AACA", (1, 1), Some((2, 1)));
    // Not in order: still found.
    check("IAAA,FACA", (1, 3), Some((2, 1)));
    check("IAAA,FACA", (1, 5), Some((1, 1)));
}

#[test]
fn an_indexed_map() {
    let map = SourceMap::parse(INDEXED.as_bytes(), "/app/all.js.map").unwrap();
    let check = |line, column, expected: Option<(&str, u32, u32, Option<&str>)>| {
        let found = look_up(&map, line, column);
        assert_eq!(found, expected.map(|(source, line, column, name)| (source.to_owned(), line, column, name)), "{line}:{column}");
    };
    check(1, 1, Some(("/app/a.ts", 1, 1, Some("first"))));
    check(1, 20, Some(("/app/a.ts", 1, 5, None)));
    // The second section begins in column 21, its first mapping two further on; the first section's last one is behind its end.
    check(1, 21, None);
    check(1, 22, None);
    check(1, 23, Some(("/app/b.ts", 2, 1, Some("second"))));
    check(1, 60, Some(("/app/b.ts", 2, 1, Some("second"))));
    check(2, 4, Some(("/app/b.ts", 4, 3, None)));
    check(2, 3, None);
    // Only the first line of a section is behind something.
    check(11, 4, None);
    check(11, 5, Some(("/app/lib/c.ts", 1, 1, None)));
    check(12, 1, Some(("?", 1, 1, None)));
    assert_eq!(map.source_content(0), Some("let first;"));
    assert_eq!(map.source_content(1), None);
    assert_eq!(map.source_content(99), None);
}

#[test]
fn prefixes_and_odd_fields() {
    let plain =
        r#"{"version":3,"sources":["a.ts",null],"sourcesContent":["x"],"names":[],"mappings":"AAAA,CCAA","ignoreList":[1,7],"extra":{}}"#;
    for prefix in ["", ")]}'\n", ")]}',\r\n", "\u{feff}"] {
        let map = SourceMap::parse(format!("{prefix}{plain}").as_bytes(), "/out.js").unwrap();
        let sources: Vec<_> =
            map.sources().iter().map(|source| (source.location.file(), source.content.as_deref(), source.ignored)).collect();
        assert_eq!(sources, [(Some("/a.ts"), Some("x"), false), (None, None, true)], "{prefix:?}");
        assert_eq!((map.len(), map.is_empty()), (2, false));
    }
}

#[test]
fn one_source_of_two_sections_is_one() {
    let part = r#"{"version":3,"sources":["a.ts"],"names":[],"mappings":"AAAA"}"#;
    let json = format!(
        r#"{{"version":3,"sections":[{{"offset":{{"line":0,"column":0}},"map":{part}}},{{"offset":{{"line":5,"column":0}},"map":{part}}}]}}"#
    );
    let map = SourceMap::parse(json.as_bytes(), "/out.js").unwrap();
    assert_eq!(map.sources().len(), 1);
    assert_eq!(look_up(&map, 6, 1), look_up(&map, 1, 1));
}

#[test]
fn broken_maps() {
    fn check(json: &str, expected: &str) {
        let error = SourceMap::parse(json.as_bytes(), "/out.js").map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(expected), "{json}: {error}");
    }
    fn check_mappings(mappings: &str, expected: &str) {
        check(&format!(r#"{{"version":3,"sources":["a"],"names":["n"],"mappings":"{mappings}"}}"#), expected);
    }
    check("", "EOF");
    check(")]}'", "EOF");
    check("<!doctype html>", "expected value at line 1 column 1");
    check("[]", "not valid JSON of a source map");
    check(r#"{"sources":[],"mappings":""}"#, "version none");
    check(r#"{"version":2,"sources":[],"mappings":""}"#, "version 2;");
    check(r#"{"version":"3","sources":[],"mappings":""}"#, "version \"3\"");
    check(r#"{"version":3,"sources":[]}"#, "neither `mappings` nor `sections`");
    check(r#"{"version":3,"sources":[],"mappings":5}"#, "invalid type: integer `5`, expected a string");
    check(r#"{"version":3,"sources":"a","mappings":""}"#, "expected a sequence");
    check_mappings("AAA", "size of 3");
    check_mappings("AAAAAA", "size of 6");
    check_mappings("AAAg", "left over");
    check_mappings("AAAg,AAAA", "left over");
    check_mappings("ACAA", "non-existing source");
    check_mappings("ADAA", "non-existing source");
    check_mappings("AAAAC", "non-existing name");
    check_mappings("AAAAD", "non-existing name");
    check_mappings("AADA", "unsupported size");
    check_mappings("D", "unsupported size");
    check_mappings("AA!A", "'!' at offset 2");
    check_mappings("AAéA", "'é' at offset 2");
    check_mappings("ggggggggA", "out of range at offset 6");
    check_mappings("+/////D,+/////D", "out of range");
    let section = |offset: &str, map: &str| format!(r#"{{"version":3,"sections":[{{"offset":{offset},{map}}}]}}"#);
    let (zero, good) = (r#"{"line":0,"column":0}"#, r#""map":{"version":3,"sources":[],"mappings":""}"#);
    check(&section(r#"{"line":-1,"column":0}"#, good), "invalid value: integer `-1`");
    check(&section(r#"{"line":4294967295,"column":0}"#, good), "section 0 have a number out of range");
    check(&section(zero, r#""url":"b.map""#), "section 0 of the source map is another file (b.map)");
    check(&section(zero, r#""map":null"#), "section 0 of the source map has no `map`");
    check(&section(zero, r#""map":{"version":3,"sources":[],"mappings":"AAAA"}"#), "mappings of section 0 are broken");
    let swapped = format!(r#"{{"version":3,"sections":[{{"offset":{{"line":3,"column":0}},{good}}},{{"offset":{zero},{good}}}]}}"#);
    check(&swapped, "section 1 of the source map starts before");
}

proptest! {
    #[test]
    fn no_mappings_panic(mappings in "[A-Za-z0-9+/,;]{0,60}|([A-H]{4},?;?){0,20}|\\PC{0,20}", sources in 0usize..3, names in 0usize..3, line: u32, column: u32) {
        let json = serde_json::json!({
            "version": 3, "sources": vec!["a"; sources], "names": vec!["n"; names], "mappings": mappings,
        });
        if let Ok(map) = SourceMap::parse(json.to_string().as_bytes(), "/out.js") {
            for column in [1, 2, 5, column] {
                for line in [1, 2, line] {
                    if let Some(original) = map.original(v8(line, column)) {
                        prop_assert!(original.source < sources);
                    }
                }
            }
        }
    }

    #[test]
    fn no_json_panics(at in 0usize..1200, byte: u8) {
        let mut json = INDEXED.as_bytes().to_vec();
        let at = at % json.len();
        json[at] = byte;
        let _ = SourceMap::parse(&json, "/out.js");
        let _ = SourceMap::parse(&json[..at], "/out.js");
    }

    #[test]
    fn every_map_of_one_decoder_reads_as_in_the_other(steps in prop::collection::vec((0u32..3, 0u32..40, 0u32..2, 0u32..1000, 0u32..300), 1..40)) {
        let (mut line, mut column) = (0, 0);
        let mut builder = oxc_sourcemap::SourceMapBuilder::default();
        let (a, b) = (builder.add_source_and_content("a", ""), builder.add_source_and_content("b", ""));
        let mut expected = Vec::new();
        for (lines, columns, source, source_line, source_column) in steps {
            column = if lines > 0 { columns } else { column + columns + 1 };
            line += lines;
            builder.add_token(line, column, source_line, source_column, Some([a, b][source as usize]), None);
            expected.push((line, column, source as usize, source_line, source_column));
        }
        let map = SourceMap::parse(builder.into_sourcemap().to_json_string().as_bytes(), "/out.js").unwrap();
        for (line, column, source, source_line, source_column) in expected {
            let original = map.original(v8(line + 1, column + 1)).unwrap();
            prop_assert_eq!((original.source, original.position), (source, v8(source_line + 1, source_column + 1)));
        }
    }
}
