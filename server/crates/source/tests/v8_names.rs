//! Every function of the fixtures, as `source` names and places it, against what real Node versions log.

#![allow(clippy::unwrap_used)] // A test from end to end: clippy knows only functions marked as tests.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use ropey::Rope;
use source::functions::{Function, FunctionKind, Functions, functions};
use source::position::ByteOffset;
use source::syntax::{Language, Syntax};

/// Node binaries to test with, with their versions.
fn nodes() -> Vec<(PathBuf, (u32, u32))> {
    let list = std::env::var_os("TICKMARK_TEST_NODES").unwrap_or_else(|| "node".into());
    let found: Vec<_> = std::env::split_paths(&list)
        .map(|node| {
            let output = Command::new(&node).arg("--version").output();
            let output = output.unwrap_or_else(|error| panic!("{}: {error}; set TICKMARK_TEST_NODES", node.display()));
            let text = String::from_utf8_lossy(&output.stdout).trim().trim_start_matches('v').to_owned();
            let mut numbers = text.split('.').map(|part| part.parse().unwrap());
            (node, (numbers.next().unwrap(), numbers.next().unwrap()))
        })
        .collect();
    assert!(!found.is_empty(), "TICKMARK_TEST_NODES names no node");
    found
}

/// What V8 logs of one file: name, 1-based line, 1-based column in UTF-16 units.
type Logged = BTreeSet<(String, usize, usize)>;

fn log(node: &Path, entry: &str, of: &str) -> Logged {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let version = node.to_string_lossy().replace(['/', '\\', ':'], "-");
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("v8-names-{}-{version}-{of}.log", std::process::id()));
    let output = Command::new(node)
        .args(["--log-code", "--no-log-source-code", "--no-logfile-per-isolate", "--no-warnings"])
        .arg(format!("--logfile={}", file.display()))
        .arg(fixtures.join(entry))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}: {}", node.display(), String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let mark = format!("/{of}:");
    text.lines()
        .filter_map(|line| {
            let mut fields = line.split(',');
            // The wrapper that CommonJS code is compiled in is an eval of its own.
            if fields.next()? != "code-creation" || fields.next()? == "Eval" {
                return None;
            }
            let place = unescape(fields.nth(4)?);
            let (before, position) = place.rsplit_once(&mark)?;
            let (line, column) = position.split_once(':')?;
            // The path has no space, the name may have.
            let name = before.rsplit_once(' ').map_or("", |(name, _)| name);
            Some((name.to_owned(), line.parse().ok()?, column.parse().ok()?))
        })
        .collect()
}

/// V8's log escapes: `\x2C`, `\n`, `\\`, `\uHHHH` (UTF-16 units).
fn unescape(field: &str) -> String {
    let mut units = Vec::new();
    let mut rest = field;
    while let Some(c) = rest.chars().next() {
        let (unit, length) = match (c, rest.as_bytes().get(1)) {
            ('\\', Some(b'x')) => (u16::from_str_radix(&rest[2..4], 16).unwrap(), 4),
            ('\\', Some(b'u')) => (u16::from_str_radix(&rest[2..6], 16).unwrap(), 6),
            ('\\', Some(b'n')) => (10, 2),
            ('\\', Some(b'\\')) => (92, 2),
            _ => {
                units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
                rest = &rest[c.len_utf8()..];
                continue;
            }
        };
        units.push(unit);
        rest = &rest[length..];
    }
    String::from_utf16(&units).unwrap()
}

fn offset(text: &str, line: usize, column: usize) -> ByteOffset {
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let mut units = 0;
    for (at, c) in text[start..].char_indices() {
        if units == column - 1 {
            return ByteOffset(start + at);
        }
        units += c.len_utf16();
    }
    panic!("{line}:{column} is outside the text");
}

/// Whether the position is one that a version of V8 gives to the function, not only one near it.
fn is_exact(functions: &Functions, function: &Function, at: ByteOffset) -> bool {
    function.v8_start == at
        || matches!(function.kind, FunctionKind::InstanceInitializer | FunctionKind::StaticInitializer)
            && functions.by_v8_start(at).is_some()
}

fn check(file: &str, entry: &str, language: Language, since: (u32, u32)) {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(file)).unwrap();
    let rope = Rope::from_str(&text);
    let functions = functions(&Syntax::parse(language, &rope), &rope);
    let mut wrong = Vec::new();
    for (node, version) in nodes() {
        if version < since {
            continue;
        }
        let logged = log(&node, entry, file);
        assert!(!logged.is_empty(), "{}: nothing logged", node.display());
        let mut seen = Vec::new();
        for (name, line, column) in &logged {
            let at = offset(&text, *line, *column);
            match functions.by_v8_name(name, at) {
                Some(function) if function.has_v8_name(name) && is_exact(&functions, function, at) => seen.push(function),
                found => {
                    let found = found.map(|function| (function.kind, &function.name));
                    wrong.push(format!("{version:?} {line}:{column} {name:?}: found {found:?}"));
                }
            }
        }
        for function in functions.iter() {
            let is_initializer = matches!(function.kind, FunctionKind::InstanceInitializer | FunctionKind::StaticInitializer);
            // Node 22 places both initialisers of a class at the same place, under the same name.
            if !is_initializer && !seen.contains(&function) {
                wrong.push(format!("{version:?} {function:?} is not in the log"));
            }
        }
    }
    assert!(wrong.is_empty(), "{file}:\n{}", wrong.join("\n"));
}

#[test]
fn every_form() {
    check("forms.cjs", "forms.cjs", Language::JavaScript, (0, 0));
}

#[test]
fn inferred_names() {
    check("inferred.cjs", "inferred.cjs", Language::JavaScript, (0, 0));
}

#[test]
fn modules() {
    check("module.mjs", "module.mjs", Language::JavaScript, (0, 0));
    check("default_function.mjs", "module.mjs", Language::JavaScript, (0, 0));
    check("default_class.mjs", "module.mjs", Language::JavaScript, (0, 0));
}

#[test]
fn stripped_types() {
    check("typed.ts", "typed.ts", Language::TypeScript, (22, 18));
}
