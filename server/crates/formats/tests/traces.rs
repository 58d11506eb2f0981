//! Traces of real programs, under every Node of `TICKMARK_TEST_NODES`, against counts by simple search.
#![allow(clippy::unwrap_used, reason = "tests")]

use formats::read::NoScripts;
use formats::read::v8_log::{self, Options};
use formats::read::v8_trace::{self, V8Trace};
use profile::{FrameId, Tier};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a function deoptimises for, how often; or who was inlined into whom.
type Counts = BTreeMap<String, u64>;

const DEOPTS: &str = r#"
function warm(f, n) { let s; for (let i = 0; i < n; i++) s = f(i); return s; }
function notSmall(a) { return a.x + 1; }
warm((i) => notSmall({ x: i }), 60000); notSmall({ x: 1.5 }); notSmall({ x: 'text' });
warm((i) => notSmall({ x: i }), 60000);
function größe(p) { return p.x * 2; }
warm((i) => größe({ x: i }), 60000); größe({ y: 1, x: 2 }); größe({ z: 1, y: 1, x: 2 });
const shapes = { get twice() { return this.v * 2; }, v: 1 };
warm(() => shapes.twice, 60000); shapes.v = 'x'; shapes.twice;
function outer(o) { return middle(o) + 1; }
function middle(o) { return inner(o) + 1; }
function inner(o) { return o.k; }
warm((i) => outer({ k: i }), 60000); outer({ k: 'a', l: 1 }); outer({ m: 1, k: 2 });
process.stdout.write('half a line ');
warm((i) => outer({ k: i, n: 1 }), 60000); outer({ q: 1, k: 2 });
console.log('\n[bailout of the bank]\nInlining small things\n  cannot inline images');
console.log('"[bailout (kind: deopt-eager, reason: I say so)]"');
"#;

const INLINING: &str = r#"
const statements = Array.from({ length: 120 }, (_, i) => `s = (s * ${i + 3} + x) | 0;`).join('\n');
const big = new Function('x', `let s = x;\n${statements}\nreturn s;`);
function tooBig(x) { let s = x; STATEMENTS return s; }
function small(x) { return x + 1; }
function recursive(n) { return n < 2 ? n : recursive(n - 1) + 1; }
function c1(x) { let s = x; for (let i = 0; i < 3; i++) { s += i * x; s ^= x; s = (s << 1) | (s >>> 31); s += 7; s ^= i; s -= x; s = s * 3 | 0; s += x >> 2; } return s; }
function c2(x) { let s = x; for (let i = 0; i < 4; i++) { s += i * x; s ^= x; s = (s << 2) | (s >>> 30); s += 9; s ^= i; s -= x; s = s * 5 | 0; s += x >> 3; } return s; }
function cumulative(x) {
  return c1(x) + c2(x + 1) + c1(x + 2) + c2(x + 3) + c1(x + 4) + c2(x + 5) + c1(x + 6) + c2(x + 7) + c1(x + 8) + c2(x + 9)
    + c1(x + 10) + c2(x + 11) + c1(x + 12) + c2(x + 13) + c1(x + 14) + c2(x + 15) + c1(x + 16) + c2(x + 17);
}
function callsSmall(x) { return small(x) + small(x + 1); }
function callsBig(x) { return tooBig(x) + big(x); }
function callsRecursive(x) { return recursive(x & 7); }
class Point { n = 1; constructor(x) { this.x = x; } get double() { return this.x * 2 + this.n; } }
function constructs(x) { try { return new Point(x).double; } catch { return 0; } }
// One driver for all: what it calls is compiled for itself.
function drive(f) { let s = 0; for (let i = 0; i < 3000; i++) s = (s + f(i)) | 0; return s; }
let s = 0;
for (let round = 0; round < 40; round++)
  for (const f of [callsSmall, callsBig, callsRecursive, cumulative, constructs]) s = (s + drive(f)) | 0;
console.log(s);
"#;

fn nodes() -> Vec<PathBuf> {
    let nodes: Vec<PathBuf> = match std::env::var_os("TICKMARK_TEST_NODES") {
        Some(list) => std::env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()).collect(),
        None => vec![PathBuf::from("node")],
    };
    assert!(!nodes.is_empty(), "TICKMARK_TEST_NODES is empty");
    nodes
}

struct Run {
    version: u32,
    text: String,
    folder: PathBuf,
}

impl Drop for Run {
    fn drop(&mut self) {
        // What failed stays to be looked at.
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// What a program prints with these flags; `%LOG` is the file of V8's log.
fn run(node: &Path, at: usize, name: &str, program: &str, flags: &[&str]) -> Run {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("traces-{}-{at}-{name}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("{name}.js"));
    let statements: String = (0..130).map(|n| format!("s = (s * {} + x) | 0; ", n + 3)).collect();
    fs::write(&file, program.replace("STATEMENTS", &statements)).unwrap();
    let output = |command: &mut Command| {
        let output = command.output().unwrap_or_else(|error| panic!("{}: {error}", node.display()));
        assert!(output.status.success(), "{}: {}", node.display(), String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let version = output(Command::new(node).arg("--version"));
    let version: u32 = version.trim_start_matches('v').split('.').next().unwrap().parse().unwrap();
    let log = folder.join("v8.log");
    let flags = flags.iter().filter(|flag| version >= 24 || !flag.contains("maglev"));
    let flags: Vec<String> = flags.map(|flag| flag.replace("%LOG", log.to_str().unwrap())).collect();
    let text = output(Command::new(node).args(&flags).arg(&file));
    fs::write(folder.join("trace.txt"), &text).unwrap();
    Run { version, text, folder }
}

fn read(run: &Run) -> V8Trace {
    let trace = v8_trace::read(File::open(run.folder.join("trace.txt")).unwrap()).unwrap();
    let dropped: Vec<_> = trace.profile.dropped.iter().filter(|(kind, _)| *kind != "refusalsOfUnknownFunction").collect();
    assert!(dropped.is_empty(), "Node {}: {dropped:?}", run.version);
    assert!(trace.profile.is_consistent());
    trace
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let from = text.find(start)? + start.len();
    Some(text[from..from + text[from..].find(end)?].trim())
}

fn count(counts: &mut Counts, key: String, n: u64) {
    *counts.entry(key).or_default() += n;
}

fn name(trace: &V8Trace, id: FrameId) -> &str {
    &trace.profile.frame(id).name
}

/// Deopts by function and reason, and places (with a function's last line first), by search.
fn searched_deopts(text: &str) -> (Counts, Counts) {
    let (mut deopts, mut places) = (Counts::new(), Counts::new());
    let mut last = String::new();
    for line in text.lines() {
        if line.contains("): begin. deoptimizing 0x") {
            last = format!("{}: {}", between(line, "<JSFunction", "(sfi = ").unwrap(), between(line, "reason: ", "): begin").unwrap());
            count(&mut deopts, last.clone(), 1);
        } else if line.contains("[marking dependent code") {
            let function = between(line, "<SharedFunctionInfo", ">)").unwrap();
            count(&mut deopts, format!("{function}: {}", between(line, "for deoptimization, reason: ", "]").unwrap()), 1);
        } else if let Some((_, place)) = line.split_once(";;; deoptimize at ") {
            count(&mut places, format!("{last} {place}"), 1);
        }
    }
    (deopts, places)
}

#[test]
fn every_deopt_is_read() {
    for (at, node) in nodes().iter().enumerate() {
        for (name_of_run, flags) in [
            ("plain", vec!["--trace-deopt", "--no-concurrent-recompilation"]),
            ("verbose", vec!["--trace-deopt", "--trace-deopt-verbose", "--trace-opt", "--trace-opt-verbose", "--trace-osr"]),
            ("files", vec!["--trace-deopt", "--trace-opt", "--trace-file-names", "--no-concurrent-recompilation"]),
        ] {
            let run = run(node, at, name_of_run, DEOPTS, &flags);
            let trace = read(&run);
            let (mut searched, searched_places) = searched_deopts(&run.text);
            // What is optimised when differs if V8 compiles on another thread.
            let at_least = if flags.contains(&"--no-concurrent-recompilation") { 3 } else { 1 };
            assert!(searched.values().sum::<u64>() >= at_least, "Node {} {name_of_run}: {searched:?}", run.version);
            if name_of_run == "files" {
                let file = format!(" <{}>", run.folder.join("files.js").display());
                searched = searched.into_iter().map(|(key, n)| (format!(" {key}").replace(&file, "").trim().to_owned(), n)).collect();
            }
            let (mut found, mut places) = (Counts::new(), Counts::new());
            for row in &trace.profile.decisions.deopts {
                let key = format!("{}: {}", name(&trace, row.function), row.reason);
                count(&mut found, key.clone(), u64::from(row.count));
                if row.stack[0].position.is_some() {
                    let place = |place: &profile::decisions::Place| {
                        let position = place.position.unwrap();
                        format!("<{}:{}:{}>", trace.profile.source(place.source.unwrap()).url, position.line, position.column)
                    };
                    let stack: Vec<String> = row.stack.iter().map(place).collect();
                    count(&mut places, format!("{key} {}", stack.join(" inlined at ")), u64::from(row.count));
                }
            }
            assert_eq!(found, searched, "Node {} {name_of_run}", run.version);
            assert_eq!(places, searched_places, "Node {} {name_of_run}", run.version);
            assert_eq!(places.is_empty(), name_of_run != "verbose");
            let n_compiled =
                run.text.lines().filter(|line| line.contains(" ms]") && line.contains(" - took ") && !line.contains("[aborted")).count();
            assert_eq!(trace.compilations.len(), n_compiled, "Node {} {name_of_run}", run.version);
            if name_of_run == "plain" {
                let n_trace = run
                    .text
                    .lines()
                    .filter(|line| line.contains("[bailout (kind: deopt-") && line.ends_with(']') || line.contains("[marking dependent"))
                    .count();
                let n_lines = run.text.lines().count();
                assert_eq!(
                    (trace.n_trace_lines as usize, trace.n_program_lines as usize),
                    (n_trace, n_lines - n_trace),
                    "Node {}",
                    run.version
                );
                assert_eq!(trace.n_mixed_lines, 1, "Node {}: behind `half a line`", run.version);
            }
        }
    }
}

/// Inlinings and refusals, by search: the compilation is the last one that was announced.
fn searched_inlining(text: &str) -> (Counts, Counts) {
    let (mut inlined, mut refused) = (Counts::new(), Counts::new());
    let tells_maglev = text.contains("\n== Inlining 0x");
    let mut compiled = String::new();
    for line in text.lines() {
        let callee = || {
            between(line, "<SharedFunctionInfo", ">")
                .unwrap_or_default()
                .replace("<instance_members_initializer", "<instance_members_initializer>")
        };
        if let Some((_, function)) = line.split_once("[compiling method 0x") {
            compiled = between(function, "<JSFunction", "(sfi = ").unwrap().to_owned();
        } else if line.starts_with("Inlining 0x") {
            let into = between(line.split_once("} into ").unwrap().1, "<SharedFunctionInfo", ">}").unwrap();
            count(&mut inlined, format!("{into} < {}", callee()), 1);
        } else if line.starts_with("== Inlining 0x") || (!tells_maglev && line.starts_with("  greedy inlining 0x")) {
            count(&mut inlined, format!("{compiled} < {}", callee()), 1);
        } else if line.starts_with("  cannot inline 0x") || (line.starts_with("Cannot consider 0x") && line.contains("<SharedFunctionInfo"))
        {
            count(&mut refused, format!("{compiled} < {}", callee()), 1);
        } else if line.contains("because of recursive inlining") {
            count(&mut refused, format!("{compiled} < recursive"), 1);
        }
    }
    (inlined, refused)
}

#[test]
fn every_decision_about_inlining_is_read() {
    const FLAGS: [&str; 7] = [
        "--no-concurrent-recompilation",
        "--trace-opt",
        "--trace-turbo-inlining",
        "--trace-maglev-inlining",
        "--log-code",
        "--no-logfile-per-isolate",
        "--logfile=%LOG",
    ];
    for (at, node) in nodes().iter().enumerate() {
        let run = run(node, at, "inlining", INLINING, &FLAGS);
        let trace = read(&run);
        assert!(!trace.profile.dropped.contains_key("refusalsOfUnknownFunction"), "Node {}: {:?}", run.version, trace.profile.dropped);
        let (searched, searched_refusals) = searched_inlining(&run.text);
        let pair = |into: Option<FrameId>, callee| format!("{} < {}", into.map_or("?", |into| name(&trace, into)), name(&trace, callee));
        let (mut inlined, mut refused, mut over_budget) = (Counts::new(), Counts::new(), Counts::new());
        for row in &trace.inlinings {
            count(&mut inlined, pair(row.into, row.callee), row.n_calls);
        }
        for row in &trace.refusals {
            let counts = if row.reason.starts_with("budget exhausted") { &mut over_budget } else { &mut refused };
            count(counts, pair(row.into, row.callee), row.n_lines);
        }
        assert_eq!(inlined, searched, "Node {}", run.version);
        assert_eq!(refused, searched_refusals, "Node {}", run.version);
        assert!(inlined.contains_key("callsSmall < small"), "Node {}: {inlined:?}", run.version);
        assert!(refused.contains_key("callsBig < tooBig"), "Node {}: {refused:?}", run.version);
        assert!(refused.contains_key("recursive < recursive"), "Node {}: {refused:?}", run.version);
        // 18 calls of more than 50 bytes each do not fit into 920, and no call vanishes from this program: what was not inlined was over
        // the budget.
        let is_cumulative = |id: FrameId, tier| tier == Tier::Turbofan && name(&trace, id) == "cumulative";
        let n_compiled = trace.compilations.iter().filter(|row| is_cumulative(row.function, row.tier)).count() as u64;
        let inlined = trace.inlinings.iter().filter(|row| row.into.is_some_and(|into| is_cumulative(into, row.tier)));
        let n_inlined: u64 = inlined.map(|row| row.n_calls).sum();
        let n_over: u64 = over_budget.iter().filter(|(key, _)| key.starts_with("cumulative < c")).map(|(_, n)| n).sum();
        assert!(n_compiled > 0 && n_over > 0, "Node {}: {over_budget:?}", run.version);
        assert_eq!(n_inlined + n_over, 18 * n_compiled, "Node {}: {over_budget:?}", run.version);
        check_join(&run, &trace);
    }
}

/// The same in terms of the log that the process wrote.
fn check_join(run: &Run, trace: &V8Trace) {
    let options = Options { functions_by_sfi: true, ..Options::default() };
    let log = v8_log::read(File::open(run.folder.join("v8.log")).unwrap(), &options, &NoScripts).unwrap();
    let joined = v8_trace::refusals(trace, &log.functions_by_sfi, &log.profile);
    let program = fs::read_to_string(run.folder.join("inlining.js")).unwrap();
    let line_of = |name: &str| program.lines().position(|line| line.starts_with(&format!("function {name}("))).unwrap() as u32 + 1;
    let refusal = joined.refusals.iter().find(|row| {
        let name = |id: FrameId| &log.profile.frame(id).name;
        name(row.callee) == "tooBig" && row.into.is_some_and(|into| name(into) == "callsBig") && row.reason == "exceeds bytecode limit"
    });
    let refusal = refusal.unwrap_or_else(|| panic!("Node {}: {:?}", run.version, joined));
    assert_eq!(log.profile.frame(refusal.callee).start.unwrap().line, line_of("tooBig"), "Node {}", run.version);
    assert_eq!(log.profile.frame(refusal.into.unwrap()).start.unwrap().line, line_of("callsBig"), "Node {}", run.version);
    assert!(refusal.bytecode_bytes.unwrap() > 460, "Node {}: {refusal:?}", run.version);
    let n_lines: u64 = trace.refusals.iter().map(|row| row.n_lines).sum();
    assert_eq!(joined.n_unknown, 0, "Node {}: of {n_lines}", run.version);
}
