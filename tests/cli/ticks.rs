//! `tickmark report` of V8 logs counts what `node --prof-process` of the same Node counts.

use crate::project::{Node, Project, newest_node, nodes};
use crate::schema;
use crate::tickmark::{Tickmark, together};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const CPU: &str = "function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }\n\
    class Counter { #n = 0; step(i) { this.#n = (this.#n * 31 + i) % 1000003; return this.#n; } }\n\
    const counter = new Counter(); let sum = 0;\n\
    for (const end = Date.now() + 300; Date.now() < end;) { sum += fib(18); for (let i = 0; i < 1e4; i++) sum += counter.step(i); }\n";

const GC: &str = "const kept = [];\n\
    for (const end = Date.now() + 300; Date.now() < end;) {\n\
      const row = []; for (let i = 0; i < 2000; i++) row.push({ i, text: 'k' + i, pair: [i, i] });\n\
      kept.push(row); if (kept.length > 60) kept.shift();\n\
      new Function('x', '/*' + kept.length + '*/ let t = 0; for (let k = 0; k < 2000; k++) t += x * k; return t')(3);\n\
    }\n";

const BUILTINS: &str = "const crypto = require('crypto'); const value = {}; let n = 0;\n\
    for (let i = 0; i < 300; i++) value['k' + i] = { i, list: [i, 's' + i] };\n\
    for (const end = Date.now() + 300; Date.now() < end;) {\n\
      const text = JSON.stringify(value); n += Object.keys(JSON.parse(text)).length + text.match(/s(\\d+)/g).length;\n\
      n += text.replace(/k(\\d)/g, (all, digit) => digit + all).split(',').map((part) => part.trim()).sort().length;\n\
      n += crypto.createHash('sha256').update(text).digest('hex').length;\n\
    }\n";

/// JavaScript, and OpenSSL inside the executable.
const NATIVE: &str = "const { pbkdf2Sync } = require('crypto');\n\
    function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }\n\
    for (const end = Date.now() + 400; Date.now() < end;) { fib(22); pbkdf2Sync('a', 'b', 500, 64, 'sha512'); }\n";

/// What Tickmark itself records with.
const OUR_FLAGS: [&str; 6] =
    ["--log-deopt", "--log-ic", "--no-log-source-code", "--no-sparkplug", "--redirect-code-traces", "--redirect-code-traces-to=traces.txt"];

/// Node 18 now and then dies at its end of the last signal of its own sampler, and the end of its log with it.
const SIGPROF: i32 = 27;

/// Sections of what `node --prof-process` prints.
#[derive(Debug, Default)]
struct Sections {
    /// Ticks and unaccounted ones, of the first line.
    heading: (u64, u64),
    rows: BTreeMap<(String, String), u64>,
    /// Lines of the bottom-up profile as they are.
    bottom_up: Vec<String>,
}

impl Sections {
    fn parse(text: &str) -> Self {
        let mut sections = Self::default();
        let mut section = "";
        for line in text.lines() {
            if let Some((_, counts)) = line.strip_prefix("Statistical profiling result").and_then(|line| line.rsplit_once('(')) {
                let mut numbers = counts.split([' ', ',']).filter_map(|word| word.parse().ok());
                sections.heading = (numbers.next().unwrap(), numbers.next().unwrap());
            } else if let Some(title) = line.strip_prefix(" [").and_then(|line| line.strip_suffix("]:")) {
                section = title;
            } else if let Some((ticks, rest)) = row(line) {
                let Some((_, rest)) = rest.split_once("%  ") else { continue };
                let name = match section {
                    "Bottom up (heavy) profile" => {
                        sections.bottom_up.push(line.to_owned());
                        continue;
                    }
                    _ => rest.trim_start().split_once("%  ").filter(|(percent, _)| percent.parse::<f64>().is_ok()),
                };
                let name = name.map_or(rest.trim_start(), |(_, name)| name);
                *sections.rows.entry((section.to_owned(), name.to_owned())).or_default() += ticks;
            }
        }
        sections
    }

    fn of(&self, section: &str) -> BTreeMap<&str, u64> {
        self.rows.iter().filter(|((of, _), _)| of == section).map(|((_, name), ticks)| (name.as_str(), *ticks)).collect()
    }
}

/// A line that begins with a number.
fn row(line: &str) -> Option<(u64, &str)> {
    let (ticks, rest) = line.trim_start().split_once("  ")?;
    Some((ticks.parse().ok()?, rest))
}

/// The log of a program run with `--prof`.
fn record(project: &Project, node: &Node, file: &str, flags: &[&str]) -> PathBuf {
    for log in logs(project) {
        fs::remove_file(log).unwrap();
    }
    let output = Command::new(&node.path).arg("--prof").args(flags).arg(file).current_dir(project.path()).output().unwrap();
    if std::os::unix::process::ExitStatusExt::signal(&output.status) == Some(SIGPROF) {
        return record(project, node, file, flags);
    }
    assert!(output.status.success(), "{output:?}");
    logs(project).pop().unwrap()
}

fn logs(project: &Project) -> Vec<PathBuf> {
    let entries = fs::read_dir(project.path()).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|file| file.extension().is_some_and(|ending| ending == "log")).collect()
}

fn processed(node: &Node, args: &[&str], log: &Path) -> String {
    // `nm` sorts aliases as the locale says.
    let output = Command::new(&node.path).arg("--prof-process").args(args).arg(log).env("LC_ALL", "C").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn ticks(project: &Project, log: &Path) -> (Sections, Value) {
    let text = Tickmark::new(project, ["report", "--ticks"]).args([log]).run().code(0).stdout;
    let report = Tickmark::new(project, ["report", "--format", "json"]).args([log]).run().code(0).json();
    schema::check("profile", &report);
    (Sections::parse(&text), report["ticks"].clone())
}

/// Compares everything; returns whether the bottom-up profiles could be compared line by line. How much of the executable's C++ the
/// processor knows differs from run to run of it, because it reads about 1 MiB of `nm`'s output.
fn compare(node: &Node, theirs: &Sections, ours: &Sections) -> bool {
    let executable = node.path.to_str().unwrap();
    assert_eq!(ours.heading, theirs.heading);
    assert!(ours.heading.0 > 50, "{:?}", ours.heading);
    assert_eq!(ours.of("JavaScript"), theirs.of("JavaScript"));
    let libraries = |sections: &Sections| {
        let rows = sections.of("Shared libraries").into_iter().filter(|(name, _)| *name != executable);
        rows.map(|(name, ticks)| (name.to_owned(), ticks)).collect::<Vec<_>>()
    };
    assert_eq!(libraries(ours), libraries(theirs));
    for name in ["JavaScript", "GC", "Unaccounted"] {
        assert_eq!(ours.of("Summary").get(name), theirs.of("Summary").get(name), "{name}");
    }
    let native = |sections: &Sections| sections.of("Summary")["C++"] + sections.of("Summary")["Shared libraries"];
    assert_eq!(native(ours), native(theirs));
    if ours.of("C++") == theirs.of("C++") {
        assert_eq!(ours.of("Shared libraries"), theirs.of("Shared libraries"));
        let (mine, its) = (ours.of("C++ entry points"), theirs.of("C++ entry points"));
        // Of a single entry point the processor prints the sum instead, because it sorts that among them.
        match its.get("TOTAL") {
            Some(sum) => assert_eq!(mine.into_values().collect::<Vec<u64>>(), [*sum]),
            None => assert_eq!(mine, its),
        }
        assert_eq!(ours.bottom_up, theirs.bottom_up);
        return true;
    }
    let (mine, its) = (ours.of("C++"), theirs.of("C++"));
    let only = |a: &BTreeMap<&str, u64>, b: &BTreeMap<&str, u64>| -> u64 {
        a.iter().filter(|(name, ticks)| b.get(*name) != Some(ticks)).map(|(_, ticks)| ticks).sum()
    };
    assert!(only(&mine, &its).max(only(&its, &mine)) * 20 < ours.heading.0, "{mine:?}\n{its:?}");
    false
}

/// The key `ticks` of the JSON tells what the text tells.
fn check_json(ticks: &Value, sections: &Sections) {
    assert_eq!((ticks["total"].as_u64(), ticks["unaccounted"].as_u64()), (Some(sections.heading.0), Some(sections.heading.1)));
    for (key, name, section) in
        [("functions", "label", "JavaScript"), ("sharedLibraries", "name", "Shared libraries"), ("cpp", "name", "C++")]
    {
        let rows: BTreeMap<&str, u64> =
            ticks[key].as_array().unwrap().iter().map(|row| (row[name].as_str().unwrap(), row["ticks"].as_u64().unwrap())).collect();
        assert_eq!(rows, sections.of(section));
    }
    let mut lines = Vec::new();
    fn add(rows: &Value, depth: usize, lines: &mut Vec<(u64, usize, String)>) {
        for row in rows.as_array().unwrap() {
            lines.push((row["ticks"].as_u64().unwrap(), depth, row["label"].as_str().unwrap().to_owned()));
            add(&row["callers"], depth + 1, lines);
        }
    }
    add(&ticks["bottomUp"], 0, &mut lines);
    assert_eq!(lines.len(), sections.bottom_up.len());
    for ((ticks, depth, label), line) in lines.iter().zip(&sections.bottom_up) {
        assert!(line.ends_with(&format!("%  {}{label}", "  ".repeat(*depth))), "{label}: {line}");
        assert_eq!(row(line).unwrap().0, *ticks);
    }
}

#[test]
fn counts_are_those_of_node() {
    let _lock = together();
    let (mut compared, mut whole) = (0, 0);
    for node in nodes() {
        let project = Project::with(&[("cpu.js", CPU), ("gc.js", GC), ("builtins.js", BUILTINS)]);
        for (file, flags) in [("cpu.js", &[][..]), ("gc.js", &[]), ("builtins.js", &[]), ("gc.js", &OUR_FLAGS)] {
            let log = record(&project, &node, file, flags);
            let theirs = Sections::parse(&processed(&node, &[], &log));
            let (ours, json) = ticks(&project, &log);
            println!("Node {} {file} {flags:?}: {:?}", node.major, ours.heading);
            compared += 1;
            whole += u32::from(compare(&node, &theirs, &ours));
            check_json(&json, &ours);

            let events: Value = serde_json::from_str(&processed(&node, &["--preprocess"], &log)).unwrap();
            let events = events["ticks"].as_array().unwrap();
            let in_gc = events.iter().filter(|tick| tick["vm"] == 1).count();
            assert_eq!((json["total"].as_u64(), json["gc"].as_u64()), (Some(events.len() as u64), Some(in_gc as u64)));
            if file == "gc.js" {
                assert!(in_gc > 0);
            }
        }
    }
    assert!(whole * 2 > compared, "only {whole} of {compared} bottom-up profiles could be compared");
}

#[test]
fn functions_and_their_tiers() {
    let _lock = together();
    for node in nodes() {
        let project = Project::with(&[("native.js", NATIVE)]);
        let log = record(&project, &node, "native.js", &[]);
        let (_, ticks) = ticks(&project, &log);
        let file = project.path().join("native.js");
        let rows = ticks["functions"].as_array().unwrap();
        let of = |name: &str, tier: &str| {
            rows.iter().find(|row| row["name"] == name && row["tier"] == tier && row["file"] == file.to_str().unwrap()).cloned()
        };
        let fib = of("fib", "turbofan").unwrap_or_else(|| panic!("Node {}: {rows:?}", node.major));
        assert_eq!((&fib["line"], &fib["column"]), (&2.into(), &13.into()), "Node {}", node.major);
        assert!(fib["label"].as_str().unwrap().ends_with(&format!(": *fib {}:2:13", file.display())), "{fib}");
        // What the processor counts under the executable, or not at all, has names.
        let of_executable = |rows: &Value| -> u64 {
            let rows = rows.as_array().unwrap().iter().filter(|row| row["name"] == node.path.to_str().unwrap());
            rows.flat_map(|row| row["functions"].as_array().unwrap().clone()).map(|row| row["ticks"].as_u64().unwrap()).sum()
        };
        let named = of_executable(&ticks["sharedLibraries"]) + of_executable(&ticks["unaccountedIn"]);
        let total = ticks["total"].as_u64().unwrap();
        assert!(named * 4 > total, "Node {}: {named} of {total} ticks have a name of the executable's: {ticks}", node.major);
        // The kernel's part of a process is no file: a tick in its clock may or may not have come.
        let files_without = ticks["withoutSymbols"].as_array().unwrap().iter().filter(|row| row["name"] != "[vdso]").count();
        assert_eq!(files_without, 0, "{}", ticks["withoutSymbols"]);
        let text = Tickmark::new(&project, ["report"]).args([&log]).run().code(0).stdout;
        assert!(text.contains("ticks as `node --prof-process` counts them") && text.contains("fib"), "{text}");
    }
}

/// The processor takes what follows a comma in a name for the function's address, fails and forgets the code.
#[test]
fn a_comma_in_a_name_is_ours_to_count() {
    let _lock = together();
    let node = newest_node();
    let program = "const { 'a,b': named } = { 'a,b': function (n) { let s = 0; for (let i = 0; i < n; i++) s += i % 7; return s; } };\n\
        for (const end = Date.now() + 300; Date.now() < end;) named(1e5);\n";
    let project = Project::with(&[("comma.js", program)]);
    let log = record(&project, &node, "comma.js", &[]);
    let theirs = Sections::parse(&processed(&node, &[], &log));
    let (ours, _) = ticks(&project, &log);
    let named: u64 = ours.of("JavaScript").iter().filter(|(name, _)| name.contains("a,b ")).map(|(_, ticks)| ticks).sum();
    assert!(named > 0, "{ours:?}");
    assert_eq!(ours.heading.0, theirs.heading.0);
    // Nearly all are unaccounted there: a few fall into code that was there before.
    let lost = theirs.heading.1 - ours.heading.1;
    assert!(lost <= named && lost * 10 > named * 9, "{lost} of {named}");
}

#[test]
fn logs_from_elsewhere_and_cut_ones() {
    let project = Project::with(&[]);
    let foreign = "v8-version,13,6,233,17,-node.53,0\nv8-platform,win32,win32\n\
        shared-library,C:\\\\node.exe,0x140000000,0x145000000,0\nshared-library,/missing/libx.so,0x10000,0x20000,0\n\
        shared-library,/proc/self/exe,0x400000,0x401000,0\n\
        code-creation,JS,9,1,0x300000,256,f /a.js:1:2,0x900000,~\n\
        tick,0x140000010,1,0,0x0,6\ntick,0x10010,2,0,0x0,6,0x300010\ntick,0x400010,3,0,0x0,6\ntick,0x300010,4,0,0x0,0\ntick,0x30001";
    let log = project.write("foreign.log", foreign);
    let (sections, json) = ticks(&project, &log);
    assert_eq!(sections.heading, (4, 0));
    assert_eq!(sections.of("Shared libraries"), BTreeMap::from([("C:\\node.exe", 1), ("/missing/libx.so", 1), ("/proc/self/exe", 1)]));
    let without: BTreeMap<&str, &str> = json["withoutSymbols"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["name"].as_str().unwrap(), row["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(without["C:\\node.exe"], "it is no file");
    assert_eq!(without["/missing/libx.so"], "this machine has no such file");
    assert!(without["/proc/self/exe"].contains("another one than the log's"), "{without:?}");
    let text = Tickmark::new(&project, ["report", "--ticks", "foreign.log"]).run().code(0).stdout;
    assert!(text.contains("Note: functions of /missing/libx.so are not known: this machine has no such file"), "{text}");

    // Two isolates in one file: each address is what was said last.
    let both = format!("{foreign}\ncode-creation,JS,9,1,0x300000,256,g /b.js:1:2,0x700000,~\ntick,0x300010,1,0,0x0,0\n");
    let log = project.write("both.log", both);
    let (sections, _) = ticks(&project, &log);
    assert_eq!(sections.of("JavaScript"), BTreeMap::from([("JS: ~f /a.js:1:2", 1), ("JS: ~g /b.js:1:2", 1)]));

    let input = project.write("x.cpuprofile", crate::bad_files::SMALL);
    Tickmark::new(&project, ["report", "--ticks"]).args([input]).run().code(2).says(&["x.cpuprofile", "only V8 logs hold ticks"]);
}
