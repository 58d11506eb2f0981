use super::*;
use profile::Position;

const MAIN: &str = "\
import { far } from 'package';
import { near } from './near.mjs';
function loops(n) {
  for (let i = 0; i < n; i++)
    n ^= i;
  return n;
}
function calls(n) {
  const m = near(n);
  return list.map((x) => {
    return x * m;
  });
}
function leaves(n) {
  n++;
  return far(n);
}
function emits(n) {
  n++;
  return this.emit(n);
}
function indirect(n) {
  n++;
  return calls(n);
}
";

const NEAR: &str = "\n\n\n\n\n\nexport const near = (n) => {\n  return n\n    + 1;\n};\n";

struct Texts;

impl Scripts for Texts {
    fn text(&self, url: &str) -> Option<Arc<str>> {
        match url {
            "file:///app/main.mjs" => Some(MAIN.into()),
            "file:///app/near.mjs" => Some(NEAR.into()),
            _ => None,
        }
    }

    fn functions(&self, url: &str) -> Vec<ScriptFunction> {
        let function = |name: &str, column, first_line, last_line| ScriptFunction {
            name: name.into(),
            start: Position { line: first_line, column },
            first_line,
            last_line,
        };
        match url {
            "file:///app/main.mjs" => vec![
                function("loops", 15, 3, 7),
                function("calls", 15, 8, 13),
                function("", 19, 10, 12),
                function("leaves", 16, 14, 17),
                function("emits", 15, 18, 21),
                function("indirect", 18, 22, 25),
            ],
            "file:///app/near.mjs" => vec![function("near", 21, 7, 10)],
            _ => Vec::new(),
        }
    }
}

fn frame(name: &str, url: &str, line: i64, column: i64) -> RawFrame {
    RawFrame { name: name.into(), url: url.into(), line: line - 1, column: column - 1, has_script: true }
}

/// What becomes of ticks on a line of a function of main.mjs, or without a name of its top level.
fn place(name: &str, line: u32, inlined_leaves: InlinedLeaves) -> String {
    let functions = Texts.functions("file:///app/main.mjs");
    let start = functions.iter().find(|function| function.name == name && !name.is_empty()).map(|function| function.start);
    let start = start.map_or((1, 1), |start| (i64::from(start.line), i64::from(start.column)));
    let frames = [frame(name, "file:///app/main.mjs", start.0, start.1), frame("emit", "node:events", 10, 1), frame("f", "/gone.js", 5, 1)];
    let mut lines = Lines::new(&frames, inlined_leaves, &Texts);
    match lines.place(0, line) {
        Place::Own => "own".into(),
        Place::Inlined(at) => format!("in '{}' of {}", lines.function(at).1.name, lines.function(at).0.rsplit('/').next().unwrap()),
        Place::NoLine(reason) => format!("{reason:?}"),
    }
}

#[test]
fn places_with_inlined_leaves_on_the_caller() {
    fn check(name: &str, line: u32, expected: &str) {
        assert_eq!(place(name, line, InlinedLeaves::OnCaller), expected, "{name}:{line}");
    }
    // Nothing is called that could have the line.
    check("loops", 4, "own");
    check("loops", 3, "own");
    check("loops", 20, "Outside");
    // `near` is on lines 7 to 10 of its file, which no sample names.
    check("calls", 7, "in 'near' of near.mjs");
    check("calls", 9, "Ambiguous");
    check("calls", 12, "own");
    // Line 11 is the callback's alone.
    check("calls", 11, "in '' of main.mjs");
    // Calls are followed.
    check("indirect", 7, "in 'near' of near.mjs");
    check("indirect", 23, "own");
    // The package's text is not known, so neither are its lines.
    check("leaves", 15, "Ambiguous");
    // Nor are those of `emit` of node:events, which begins on line 10.
    check("emits", 19, "Ambiguous");
    // The top level's line 5 is that of `loops`, or of `far`.
    check("", 5, "Ambiguous");
}

#[test]
fn places_with_a_node_for_every_inlined_function() {
    fn check(name: &str, line: u32, expected: &str) {
        assert_eq!(place(name, line, InlinedLeaves::OwnNode), expected, "{name}:{line}");
    }
    check("calls", 9, "own");
    check("leaves", 15, "own");
    check("loops", 20, "Outside");
}

#[test]
fn lines_are_counted_as_v8_does() {
    fn check(text: &str, expected: &[usize]) {
        assert_eq!(line_starts(text), expected, "{text:?}");
    }
    check("", &[0]);
    check("a\nb", &[0, 2]);
    check("a\r\nb\rc", &[0, 3, 5]);
    check("é\u{2028}b\u{2029}", &[0, 5, 9]);
}

#[test]
fn urls_of_relative_imports() {
    fn check(importer: &str, specifier: &str, expected: Option<&str>) {
        assert_eq!(urls_of_import(importer, specifier).first().map(String::as_str), expected);
    }
    check("file:///app/src/a.js", "./b.js", Some("file:///app/src/b.js"));
    check("/app/src/a.js", "../lib/b", Some("/app/lib/b"));
    check("/a.js", "../../b.js", None);
    check("/app/a.js", "express", None);
    check("/app/a.js", "node:fs", None);
}
