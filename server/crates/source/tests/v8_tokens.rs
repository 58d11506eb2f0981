//! The token of every inline cache of the fixture, against the positions that real Node versions log.

#![allow(clippy::unwrap_used)] // A test from end to end: clippy knows only functions marked as tests.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use ropey::Rope;
use source::position::V8Position;
use source::syntax::{Language, Syntax};
use source::tokens::token_at;
use source::v8_lines::{ByteOrderMark, V8Lines};

fn nodes() -> Vec<PathBuf> {
    let list = std::env::var_os("TICKMARK_TEST_NODES").unwrap_or_else(|| "node".into());
    let found: Vec<_> = std::env::split_paths(&list).collect();
    assert!(!found.is_empty(), "TICKMARK_TEST_NODES names no node");
    found
}

/// Position and key of the fixture's accesses, told by their keys.
fn caches(node: &Path, fixture: &Path) -> BTreeSet<(V8Position, String)> {
    let version = node.to_string_lossy().replace(['/', '\\', ':'], "-");
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("v8-tokens-{}-{version}.log", std::process::id()));
    let output = Command::new(node)
        // Code of optimising compilers has no positions of its own in these records.
        .args([
            "--log-ic",
            "--no-opt",
            "--no-lazy-feedback-allocation",
            "--no-log-source-code",
            "--no-logfile-per-isolate",
            "--no-warnings",
        ])
        .arg(format!("--logfile={}", file.display()))
        .arg(fixture)
        .output();
    let output = output.unwrap_or_else(|error| panic!("{}: {error}; set TICKMARK_TEST_NODES", node.display()));
    assert!(output.status.success(), "{}: {}", node.display(), String::from_utf8_lossy(&output.stderr));
    let log = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let cache = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let key = fields.get(8)?.replace("\\xf6", "ö").replace("\\xdf", "ß");
        let is_ours = fields[0].ends_with("IC") && key.starts_with("p_");
        let position = V8Position { line: fields[3].parse().ok()?, column: fields[4].parse().ok()? };
        is_ours.then_some((position, key))
    };
    log.lines().filter_map(cache).collect()
}

#[test]
fn every_access_is_found_by_its_position_and_key() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tokens.js");
    let text = Rope::from_str(&std::fs::read_to_string(&fixture).unwrap());
    let syntax = Syntax::parse(Language::JavaScript, &text);
    let lines = V8Lines::new(&text, ByteOrderMark::Kept);
    for node in nodes() {
        let all = caches(&node, &fixture);
        let mut found = BTreeSet::new();
        for (position, key) in &all {
            // Where the objects are made.
            let line = lines.line_bytes(position.line).unwrap();
            if text.byte_slice(line.start.0..line.end.0).to_string().contains("['shape' + n]") {
                continue;
            }
            let token = token_at(&syntax, &text, lines.to_byte(*position), Some(key));
            let token = token.map(|token| text.byte_slice(token.range.start.0..token.range.end.0).to_string()).unwrap_or_default();
            let expected = if key == "p_bracket" { "KEY" } else { key };
            assert_eq!(token.trim_matches('\''), expected, "{} {position:?}", node.display());
            found.insert(key.as_str());
        }
        // V8 logs a miss of each: a version that stops to is to be noticed.
        assert!(found.len() >= 30, "{}: only {} accesses were logged: {found:?}", node.display(), found.len());
    }
}
