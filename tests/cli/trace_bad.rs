//! `tickmark trace` of programs and surroundings that do not behave.

use crate::project::{Project, newest_node, nodes, oldest_node};
use crate::schema;
use crate::tickmark::{SHORT, Tickmark, together};
use crate::trace::{plain_stdout, trace};
use nix::sys::signal::Signal;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Bytes of all files that a run keeps of V8.
fn raw_bytes(traced: &Value) -> u64 {
    let raw = traced["artifacts"]["raw"].as_array().unwrap();
    raw.iter().map(|file| fs::metadata(file.as_str().unwrap()).unwrap().len()).sum()
}

fn notes(traced: &Value) -> String {
    traced["notes"].to_string()
}

#[test]
fn a_flood_of_inline_caches_ends_at_the_limit() {
    let _lock = together();
    for node in nodes() {
        let project = Project::copy("explained");
        project.write("tickmark.json", r#"{ "explain": { "maxLogBytes": 8000000 } }"#);
        let flood = project.marked_lines("flood.js", "// FLOOD")[0];
        for once in [&[][..], &["--once"]] {
            let args = [&["flood.js", "-q"][..], once, &["--", "200"]].concat();
            let ended = trace(&project, &node, &args).leaves_nothing(&project);
            // Ended by us is no failure of the program.
            let traced = ended.code(0).json();
            schema::check("trace", &traced);
            assert!(notes(&traced).contains("explain.maxLogBytes"), "Node {}: {}", node.major, notes(&traced));
            let cache = traced["inlineCaches"].as_array().unwrap().iter().find(|row| row["file"] == "flood.js" && row["line"] == flood);
            assert_eq!(cache.unwrap_or_else(|| panic!("{}", traced["inlineCaches"]))["state"], "megamorphic");
            // What is written between two looks is beyond the limit; a hundredfold is not.
            assert!(raw_bytes(&traced) < 60_000_000, "Node {}: {}", node.major, raw_bytes(&traced));
        }
    }
}

#[test]
fn a_flood_on_a_route() {
    let _lock = together();
    let project = Project::copy("explained");
    project.write("tickmark.json", r#"{ "explain": { "maxLogBytes": 8000000 } }"#);
    let args = [&["server.js", "-q", "--route", "GET /flood"][..], &SHORT].concat();
    let traced = trace(&project, &newest_node(), &args).code(0).leaves_nothing(&project).json();
    assert!(notes(&traced).contains("explain.maxLogBytes"), "{}", notes(&traced));
    assert!(number_of(&traced["load"], "completed") > 0.0);
    assert!(!traced["functions"].as_array().unwrap().is_empty());
}

fn number_of(value: &Value, key: &str) -> f64 {
    crate::figures::number(value, key)
}

/// Lines that look like V8's, of functions that are not there.
const IMITATION: &str = "\
const lines = [
  '[bailout (kind: deopt-eager, reason: wrong map): begin. deoptimizing 0x1234567890a1 <JSFunction invented (sfi = 0x1234567890b1)>, opt id 0, bytecode offset 4, deopt exit 1, FP to SP delta 32, pc 0x7f0000000000]',
  '[compiling method 0x1234567890a1 <JSFunction invented (sfi = 0x1234567890b1)> (target TURBOFAN), mode: ConcurrencyMode::kSynchronous]',
  'Cannot consider 0x1234567890c1 {0x1234567890b1 <SharedFunctionInfo invented>} for inlining (reason: 5)',
  '[completed compiling 0x1234567890a1 <JSFunction invented (sfi = 0x1234567890b1)> (target TURBOFAN) - took 0.1, 0.2, 0.3 ms]',
  'code-deopt,1,2,3,4,5,6,eager,wrong map,7',
];
function print() { for (const line of lines) console.log(line); }
let sum = 0;
for (let i = 0; i < 3e7; i++) sum += i & 7;
print();
process.stdout.write('no line end: ' + sum);
";

#[test]
fn a_program_that_prints_what_looks_like_a_trace() {
    let _lock = together();
    for node in nodes() {
        let project = Project::with(&[("a.js", IMITATION), ("package.json", "{}")]);
        let plain = plain_stdout(&project, &node, &["a.js"]);
        let ended = trace(&project, &node, &["a.js", "--min-share", "0"]).code(0).leaves_nothing(&project);
        assert_eq!(ended.stderr, plain + "\n", "Node {}", node.major);
        let traced = ended.json();
        schema::check("trace", &traced);
        for table in ["deopts", "functions", "inlinings", "findings"] {
            assert!(!traced[table].to_string().contains("invented"), "Node {}: {table}: {}", node.major, traced[table]);
        }
    }
}

#[test]
fn a_program_that_dies_at_once() {
    let _lock = together();
    let project = Project::with(&[("a.js", "console.log('x');\nthrow new Error('no luck');\n"), ("package.json", "{}")]);
    for node in [oldest_node(), newest_node()] {
        let ended = trace(&project, &node, &["a.js"]).code(1).leaves_nothing(&project);
        let traced = ended.json();
        schema::check("trace", &traced);
        assert_eq!(traced["program"]["exitCode"], 1);
        // It is not made to fail a second time.
        assert!(notes(&traced).contains("no luck") && notes(&traced).contains("was not run again"), "{}", notes(&traced));
        assert_eq!(ended.stderr.matches("x\n").count(), 1, "{}", ended.stderr);
        assert_eq!(traced["recorded"]["inlineCaches"], false);
    }
    let project = Project::copy("awkward");
    let args = [&["exits-at-once.js", "--route", "GET /"][..], &SHORT].concat();
    trace(&project, &newest_node(), &args).code(1).says(&["the program ended (exit code 0)"]).leaves_nothing(&project);
}

#[test]
fn a_program_that_works_only_once() {
    let _lock = together();
    let text =
        "const fs = require('node:fs');\nfs.mkdirSync('made');\nlet sum = 0;\nfor (let i = 0; i < 1e6; i++) sum += i;\nconsole.log(sum);\n";
    let project = Project::with(&[("a.js", text), ("package.json", "{}")]);
    let ended = trace(&project, &newest_node(), &["a.js"]).code(0).leaves_nothing(&project);
    let traced = ended.json();
    schema::check("trace", &traced);
    assert!(notes(&traced).contains("second run did not end well") && notes(&traced).contains("EEXIST"), "{}", notes(&traced));
    assert!(!ended.stderr.contains("EEXIST"), "{}", ended.stderr);
}

#[test]
fn a_source_that_is_gone_or_changed_when_the_run_ends() {
    let _lock = together();
    let text = "\
const fs = require('node:fs');
function add(a, b) { return a + b; }
let sum = 0;
for (let i = 0; i < 1e6; i++) sum = add(sum, i);
sum = add(sum, 'x');
if (!fs.existsSync('again')) fs.writeFileSync('again', '');
else END;
";
    for end in ["fs.unlinkSync(__filename)", "fs.writeFileSync(__filename, '\\n'.repeat(3) + 'x'.repeat(200))"] {
        let project = Project::with(&[("a.js", &text.replace("END", end)), ("package.json", "{}")]);
        for node in [oldest_node(), newest_node()] {
            project.write("a.js", text.replace("END", end));
            let _ = fs::remove_file(project.path().join("again"));
            let traced = trace(&project, &node, &["a.js", "--min-share", "0"]).code(0).leaves_nothing(&project).json();
            schema::check("trace", &traced);
            let named = traced["functions"].as_array().unwrap().iter().any(|row| row["name"] == "add" && row["file"] == "a.js");
            assert!(named, "Node {}, {end}: {:.2000}", node.major, traced["functions"].to_string());
        }
    }
}

#[test]
fn a_workspace_that_cannot_be_written() {
    let _lock = together();
    let project = Project::with(&[("a.js", "console.log('hello');\n"), ("package.json", "{}"), (".tickmark", "in the way")]);
    let traced = trace(&project, &newest_node(), &["a.js"]).code(0).json();
    schema::check("trace", &traced);
    assert!(notes(&traced).contains("cannot be written"), "{}", notes(&traced));
    let folder = Path::new(traced["artifacts"]["folder"].as_str().unwrap());
    assert!(folder.join("run.json").is_file() && !folder.starts_with(project.path()));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn wrong_usage() {
    let project = Project::copy("explained");
    let run = |args: &[&str]| Tickmark::new(&project, ["trace"]).args(args).run().code(2);
    run(&["program.js", "--category", "deopts"]).says(&["there is no category deopts", "deopt", "inlining"]);
    run(&["program.js", "--min-share", "lots"]).says(&["lots", "0 to 100"]);
    run(&["server.js", "--route", "GET /work", "--once"]).says(&["--once", "--route"]);
    run(&["missing.js"]).says(&["there is no file", "missing.js"]);
    project.write("tickmark.json", r#"{ "explain": { "maxLogBytes": 10 } }"#);
    run(&["program.js"]).says(&["`explain.maxLogBytes` is 10"]);
    assert_eq!(project.run_folders(), [""; 0]);
}

#[test]
fn a_route_that_is_not_there() {
    let _lock = together();
    let project = Project::copy("explained");
    let args = [&["server.js", "--route", "GET /nowhere"][..], &SHORT].concat();
    trace(&project, &newest_node(), &args).code(1).says(&["GET /nowhere answered 404", "--status"]).leaves_nothing(&project);
    assert_eq!(project.run_folders(), [""; 0]);
}

/// A program that would run for ever.
const ENDLESS: &str = "\
function spin() { let x = 1; for (let i = 0; i < 1e6; i++) x = (x * 1664525 + 1013904223) | 0; return x; }
setInterval(() => { for (let i = 0; i < 20; i++) spin(); console.error('spun'); }, 0);
";

#[test]
fn ctrl_c_ends_a_program_and_gives_what_was_recorded() {
    let _lock = together();
    let project = Project::with(&[("a.js", ENDLESS), ("package.json", "{}")]);
    let node = newest_node();
    let start = |args: &[&str]| {
        let args = [&["trace", "a.js", "--format", "json", "--node", node.path.to_str().unwrap()][..], args].concat();
        Tickmark::new(&project, args).start()
    };
    let mut running = start(&[]);
    running.until_printed("spun\nspun\nspun\n");
    running.signal(Signal::SIGINT);
    let traced = running.wait().code(0).leaves_nothing(&project).json();
    schema::check("trace", &traced);
    assert_eq!(traced["program"]["endedByUser"], true);
    assert!(notes(&traced).contains("was not run again") && notes(&traced).contains("--once"), "{}", notes(&traced));
    let is_spin = |row: &&Value| row["name"] == "spin" && row["tiers"].as_array().is_some_and(|tiers| tiers.len() > 1);
    assert!(traced["functions"].as_array().unwrap().iter().any(|row| is_spin(&row)), "{:.2000}", traced["functions"].to_string());

    let mut running = start(&["--once"]);
    running.until_printed("spun\nspun\nspun\n");
    // One Ctrl-C comes twice below `npx`.
    running.signal(Signal::SIGINT);
    std::thread::yield_now();
    running.signal(Signal::SIGINT);
    let traced = running.wait().code(0).leaves_nothing(&project).json();
    assert!(!traced["inlineCaches"].as_array().unwrap().is_empty());
}

#[test]
fn ctrl_c_ends_a_route_run_and_leaves_nothing() {
    let _lock = together();
    let project = Project::copy("explained");
    let args =
        ["trace", "server.js", "--route", "GET /work", "-d", "60s", "--node", newest_node().path.to_str().unwrap()].map(str::to_owned);
    let mut running = Tickmark::new(&project, args).start();
    running.until_printed("listening on");
    running.signal(Signal::SIGINT);
    let ended = running.wait().leaves_nothing(&project);
    assert_eq!((ended.stdout.as_str(), project.run_folders().len()), ("", 0));
    ended.code(1).says(&["the run was stopped"]);
}

#[test]
fn the_workers_of_a_cluster() {
    let _lock = together();
    let project = Project::copy("awkward");
    let args = [&["cluster.js", "-q", "--route", "GET /"][..], &SHORT].concat();
    for node in [oldest_node(), newest_node()] {
        let traced = trace(&project, &node, &args).code(0).leaves_nothing(&project).json();
        schema::check("trace", &traced);
        let burn = traced["functions"].as_array().unwrap().iter().find(|row| row["name"] == "burn" && row["file"] == "cluster.js").unwrap();
        let threads: std::collections::BTreeSet<u64> =
            burn["tiers"].as_array().unwrap().iter().map(|tier| tier["thread"].as_u64().unwrap()).collect();
        assert_eq!(threads.len(), 2, "Node {}: {burn}", node.major);
    }
}
