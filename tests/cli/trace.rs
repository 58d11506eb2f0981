//! `tickmark trace`: V8's decisions at their places, ranked, on every Node.

use crate::figures::{self, number};
use crate::project::{Node, Project, newest_node, nodes, oldest_node};
use crate::schema;
use crate::tickmark::{Ended, SHORT, Tickmark, together};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

/// `tickmark trace ARGS --format json` of a project, with this Node.
pub fn trace(project: &Project, node: &Node, args: &[&str]) -> Ended {
    let [options, program] = match args.iter().position(|arg| *arg == "--") {
        Some(at) => [&args[..at], &args[at..]],
        None => [args, &[][..]],
    };
    let node = node.path.to_str().unwrap();
    Tickmark::new(project, ["trace", "--format", "json", "--node", node]).args(options).args(program).run()
}

/// What a program prints when nothing watches it.
pub fn plain_stdout(project: &Project, node: &Node, args: &[&str]) -> String {
    let output = Command::new(&node.path).args(args).current_dir(project.path()).output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// The findings of a code at a line of a file.
pub fn findings<'a>(traced: &'a Value, code: &str, file: &str, line: u64) -> Vec<&'a Value> {
    let is_it = |finding: &&Value| finding["code"] == code && finding["file"] == file && finding["line"] == line;
    traced["findings"].as_array().unwrap().iter().filter(is_it).collect()
}

/// The only such finding.
#[track_caller]
fn finding<'a>(traced: &'a Value, code: &str, file: &str, line: u64) -> &'a Value {
    match findings(traced, code, file, line)[..] {
        [] => panic!("no {code} at {file}:{line} in {:#}", traced["findings"]),
        [first, ..] => first,
    }
}

fn rows<'a>(traced: &'a Value, table: &str, is_wanted: impl Fn(&Value) -> bool) -> Vec<&'a Value> {
    traced[table].as_array().unwrap().iter().filter(|row| is_wanted(row)).collect()
}

/// What every recording of `work.js` has, wherever it ran.
#[track_caller]
fn check_work(project: &Project, node: &Node, traced: &Value) {
    let what = format!("Node {}", node.major);
    let line = |mark: &str| project.marked_lines("work.js", mark)[0];
    let (access, weigh, large) = (line("// MEGAMORPHIC"), line("// LOOP"), line("// TOO BIG"));

    // A place that sees six shapes, and where they come from.
    let caches = rows(traced, "inlineCaches", |row| row["file"] == "work.js" && row["line"] == access && row["key"] == "price");
    let [cache] = caches[..] else { panic!("{what}: {caches:?}") };
    assert_eq!((&cache["state"], &cache["function"], &cache["column"]), (&"megamorphic".into(), &"priceOf".into(), &15.into()), "{what}");
    assert_eq!(cache["shapeCount"], 6, "{what}: {cache}");
    let constructors: Vec<&str> = cache["shapes"].as_array().unwrap().iter().filter_map(|shape| shape["constructor"].as_str()).collect();
    for name in ["Book", "Game", "Song", "Film", "Show", "Play"] {
        assert!(constructors.contains(&name), "{what}: {constructors:?}");
    }
    let property = &cache["shapes"][0]["properties"][0];
    assert_eq!((&property["file"], property["line"].is_u64()), (&"work.js".into(), true), "{what}: {property}");

    // Code that is given up whenever a new shape comes.
    let deopts = rows(traced, "deopts", |row| row["file"] == "work.js" && row["line"] == weigh && row["reason"] == "wrong map");
    let count: f64 = deopts.iter().map(|row| number(row, "count")).sum();
    assert!(count >= 3.0, "{what}: {deopts:?}");
    assert!(deopts.iter().all(|row| row["code"] == "deopt/wrong-map" && row["benign"] == false && row["kind"] == "eager"), "{what}");
    assert!(deopts.iter().all(|row| row["advice"].as_str().is_some_and(|advice| !advice.is_empty())), "{what}: {deopts:?}");
    let inlined = deopts.iter().filter(|row| row["deoptimized"] == "work");
    for deopt in inlined {
        assert_eq!(deopt["inlinedInto"][0]["function"], "work", "{what}: {deopt}");
    }
    let found = finding(traced, "deopt/loop", "work.js", weigh);
    assert_eq!(found["severity"], "warning", "{what}: {found}");
    assert!(number(found, "count") >= 3.0 && number(found, "share") > 0.0, "{what}: {found}");
    assert!(found["message"].as_str().unwrap().contains("given up"), "{what}: {found}");

    // A call of a function with too much bytecode, and why.
    let refused = rows(traced, "inlinings", |row| row["inlined"] == false && row["callee"] == "checksum");
    assert!(refused.iter().any(|row| row["into"] == "work" && row["code"] == "inlining/too-big"), "{what}: {refused:?}");
    assert!(refused.iter().all(|row| number(row, "bytecodeBytes") > 460.0), "{what}: {refused:?}");
    let inlined = rows(traced, "inlinings", |row| row["inlined"] == true && row["callee"] == "priceOf" && row["caller"] == "work");
    assert!(inlined.iter().any(|row| row["file"] == "work.js" && row["line"].as_u64() > Some(large)), "{what}: {inlined:?}");
    assert!(rows(traced, "inlinings", |row| row["inlined"] == true && row["callee"] == "checksum").is_empty(), "{what}");
    let call = project.marked_lines("work.js", "checksum(i);")[0];
    assert!(refused.iter().any(|row| row["line"] == call), "{what}: {refused:?}");
    finding(traced, "inlining/too-big", "work.js", call);

    // Tiers over time; TurboFan may have `weigh` in the code of its caller only.
    let of = |name: &str| rows(traced, "functions", |row| row["file"] == "work.js" && row["name"] == name)[0];
    let tiers_of = |name: &str| of(name)["tiers"].as_array().unwrap().iter().map(|tier| tier["tier"].as_str().unwrap()).collect::<Vec<_>>();
    let (function, tiers) = (of("weigh"), tiers_of("weigh"));
    assert_eq!(tiers[0], "ignition", "{what}: {tiers:?}");
    assert!(tiers.contains(&"turbofan") || tiers_of("work").contains(&"turbofan"), "{what}: {tiers:?}, {:?}", tiers_of("work"));
    assert_eq!(tiers.contains(&"maglev"), node.major >= 24, "{what}: {tiers:?}");
    let times: Vec<f64> = function["tiers"].as_array().unwrap().iter().map(|tier| number(tier, "atMs")).collect();
    assert!(times.is_sorted(), "{what}: {times:?}");
    assert!(number(function, "deopts") >= 3.0 || deopts.iter().any(|row| row["deoptimized"] == "work"), "{what}: {function}");
}

#[track_caller]
fn is_ranked(traced: &Value) {
    let shares: Vec<f64> = traced["findings"].as_array().unwrap().iter().map(|finding| number(finding, "share")).collect();
    assert!(shares.is_sorted_by(|a, b| a >= b), "{shares:?}");
}

#[test]
fn a_program_on_every_node() {
    let _lock = together();
    for node in nodes() {
        let project = Project::copy("explained");
        let plain = plain_stdout(&project, &node, &["program.js"]);
        fs::remove_file(project.path().join("executed.txt")).unwrap();
        let ended = trace(&project, &node, &["program.js", "--min-share", "0"]).code(0).leaves_nothing(&project);
        let traced = ended.json();
        schema::check("trace", &traced);
        is_ranked(&traced);
        check_work(&project, &node, &traced);
        // Its output is passed on once and whole, without a word of V8's.
        assert_eq!(ended.stderr, plain, "Node {}", node.major);
        assert_eq!(fs::read_to_string(project.path().join("executed.txt")).unwrap(), "once\nonce\n");
        assert_eq!(traced["notes"].as_array().unwrap().len(), 0, "Node {}: {}", node.major, traced["notes"]);
        assert_eq!(traced["recorded"]["refusals"], true);
    }
}

#[test]
fn a_route_on_every_node() {
    let _lock = together();
    for node in nodes() {
        let project = Project::copy("explained");
        let args = [&["server.js", "--route", "GET /work", "--quiet", "--min-share", "0"][..], &SHORT].concat();
        let traced = trace(&project, &node, &args).code(0).leaves_nothing(&project).json();
        schema::check("trace", &traced);
        is_ranked(&traced);
        check_work(&project, &node, &traced);
        assert!(number(&traced["load"], "completed") > 10.0, "{}", traced["load"]);
        assert!(number(&traced["overhead"], "plainCpuMsPerRequest") > 0.0, "{}", traced["overhead"]);
        assert_eq!(traced["load"]["failed"], 0);
        let raw = traced["artifacts"]["raw"].as_array().unwrap();
        assert!(raw.iter().any(|file| file.as_str().unwrap().ends_with(".log")), "{raw:?}");
        assert!(raw.iter().all(|file| Path::new(file.as_str().unwrap()).is_file()), "{raw:?}");
    }
}

#[test]
fn the_ranked_list() {
    let _lock = together();
    let project = Project::copy("explained");
    let node = newest_node();
    let run = |more: &[&str]| {
        let args = [&["trace", "program.js", "-q", "--min-share", "0", "--node", node.path.to_str().unwrap()][..], more].concat();
        Tickmark::new(&project, args).run().code(0).stdout
    };
    let text = run(&[]);
    let line = project.marked_lines("work.js", "// LOOP")[0];
    let entry = text.lines().find(|entry| entry.contains("deopt loop ×")).unwrap_or_else(|| panic!("{text}"));
    assert!(entry.starts_with(&format!("! work.js:{line}:")), "{entry}");
    let (what, advice) = entry.split_once("  → ").unwrap_or_else(|| panic!("{entry}"));
    assert!(what.contains(" in weigh (") && what.ends_with(" % of the time)") && advice.len() > 20, "{entry}");
    for part in ["ic megamorphic", "inlining too big", "Deoptimizations", "Compilations", "Inlined calls", "Refused calls", "Inline caches"]
    {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
    assert!(text.contains(project.path().join(".tickmark/runs").to_str().unwrap()), "{text}");
    let shown = Tickmark::new(&project, ["runs", "show"]).run().code(0).stdout;
    assert!(shown.contains("deopt loop ×") && shown.contains("Refused calls"), "{shown}");

    let entries = |text: &str| text.lines().filter(|line| line.contains("  → ")).map(str::to_owned).collect::<Vec<_>>();
    let text = run(&["--category", "ic,inlining"]);
    let found = entries(&text);
    assert!(!found.is_empty() && found.iter().all(|entry| entry.contains("  ic ") || entry.contains("  inlining ")), "{found:?}");
    let text = run(&["--top", "1"]);
    assert!(entries(&text).len() == 1 && text.contains(" more: `--top "), "{text}");
}

#[test]
fn only_functions_with_time_are_told() {
    let _lock = together();
    let project = Project::copy("explained");
    let node = newest_node();
    let quiet = trace(&project, &node, &["program.js", "--min-share", "99"]).code(0).json();
    assert_eq!(quiet["findings"].as_array().unwrap().len(), 0, "{}", quiet["findings"]);
    // The tables are whole nonetheless.
    assert!(!quiet["deopts"].as_array().unwrap().is_empty() && !quiet["inlineCaches"].as_array().unwrap().is_empty());
}

#[test]
fn a_program_can_be_started_only_once() {
    let _lock = together();
    let executed = |project: &Project| fs::read_to_string(project.path().join("executed.txt")).unwrap().lines().count();
    let check = |project: &Project, args: &[&str]| {
        let traced = trace(project, &newest_node(), args).code(0).json();
        schema::check("trace", &traced);
        assert_eq!(executed(project), 1);
        assert_eq!((&traced["recorded"]["inlineCaches"], &traced["recorded"]["refusals"]), (&true.into(), &false.into()));
        let access = project.marked_lines("work.js", "// MEGAMORPHIC")[0];
        let caches = rows(&traced, "inlineCaches", |row| row["file"] == "work.js" && row["line"] == access);
        assert_eq!(caches[0]["state"], "megamorphic");
        assert!(rows(&traced, "inlinings", |row| row["inlined"] == false).is_empty());
    };
    check(&Project::copy("explained"), &["program.js", "--once"]);
    let project = Project::copy("explained");
    project.write("tickmark.json", r#"{ "explain": { "once": true } }"#);
    check(&project, &["program.js"]);
    let help = Tickmark::new(&project, ["trace", "--help"]).run().code(0).stdout;
    assert!(help.contains("executed twice") && help.contains("--once"), "{help}");
}

#[test]
fn recordings_are_compared_with_recordings_only() {
    let _lock = together();
    let project = Project::copy("explained");
    let node = newest_node();
    let id = |ended: Ended| ended.code(0).json()["runId"].as_str().unwrap().to_owned();
    let traced = id(trace(&project, &node, &["program.js", "--once"]));
    let profiled = figures::profile(&project, &node, &["program.js"]);
    assert!(profiled.json()["comparison"].is_null(), "{}", profiled.json()["comparison"]);
    let again = id(trace(&project, &node, &["program.js", "--once"]));
    let list = Tickmark::new(&project, ["runs", "list", "--format", "json"]).run().code(0).json();
    schema::check("runs", &list);
    let run = list["runs"].as_array().unwrap().iter().find(|run| run["id"] == again.as_str()).unwrap();
    assert_eq!((&run["comparison"]["with"], &run["instruments"]), (&traced.into(), &"explain".into()));
}

#[test]
fn a_profile_tells_deopts_by_function_and_nothing_more() {
    let _lock = together();
    let project = Project::copy("explained");
    for node in [oldest_node(), newest_node()] {
        let profiled = figures::profile(&project, &node, &["program.js"]).code(0).json();
        schema::check("profile", &profiled);
        let deopts: f64 = ["weigh", "work"].iter().map(|name| number(figures::function(&profiled, "work.js", name), "deopts")).sum();
        assert!(deopts >= 3.0, "Node {}: {deopts}", node.major);
        assert_eq!(profiled["findings"].as_array().unwrap().len(), 0, "{}", profiled["findings"]);
        let log = profiled["artifacts"]["raw"].as_array().unwrap().iter().filter_map(Value::as_str).find(|file| file.ends_with(".log"));
        check_report(&project, log.unwrap());
    }
}

/// A log that is read by itself tells its decisions too.
fn check_report(project: &Project, log: &str) {
    let report = Tickmark::new(project, ["report", "--format", "json", log]).run().code(0).json();
    schema::check("profile", &report);
    let line = project.marked_lines("work.js", "// LOOP")[0];
    let file = project.path().join("work.js");
    assert!(!rows(&report, "deopts", |row| row["file"] == file.to_str().unwrap() && row["line"] == line).is_empty());
    let text = Tickmark::new(project, ["report", log]).run().code(0).stdout;
    assert!(text.find("hottest lines").unwrap() < text.find("deopt loop ×").unwrap_or_else(|| panic!("{text}")), "{text}");
}

#[test]
fn a_trace_text_tells_its_decisions() {
    let _lock = together();
    for node in [oldest_node(), newest_node()] {
        let project = Project::copy("explained");
        let flags = ["--no-concurrent-recompilation", "--trace-opt", "--trace-deopt", "--trace-turbo-inlining"];
        let output = Command::new(&node.path).args(flags).arg("program.js").current_dir(project.path()).output().unwrap();
        project.write("trace.txt", &output.stdout);
        let report = Tickmark::new(&project, ["report", "--format", "json", "trace.txt"]).run().code(0).json();
        schema::check("profile", &report);
        let deopts = rows(&report, "deopts", |row| row["reason"] == "wrong map");
        assert!(!deopts.is_empty(), "Node {}: {}", node.major, report["deopts"]);
        let refused = rows(&report, "inlinings", |row| row["inlined"] == false && row["callee"] == "checksum");
        assert!(!refused.is_empty(), "Node {}: {}", node.major, report["inlinings"]);
        let text = Tickmark::new(&project, ["report", "trace.txt"]).run().code(0).stdout;
        assert!(text.contains("Deoptimizations"), "{text}");
    }
}

#[test]
fn several_routes_make_several_traces() {
    let _lock = together();
    let project = Project::copy("explained");
    project.write("tickmark.json", r#"{ "explain": { "maxLogBytes": 8000000 } }"#);
    let args = [&["server.js", "-q", "--route", "GET /work", "--route", "/flood"][..], &SHORT].concat();
    let list = trace(&project, &newest_node(), &args).code(0).leaves_nothing(&project).json();
    schema::check("trace-list", &list);
    let paths: Vec<&Value> = list["traces"].as_array().unwrap().iter().map(|traced| &traced["target"]["path"]).collect();
    assert_eq!(paths, ["/work", "/flood"]);
}

/// A minified bundle: decisions of both processes are at the places of `src`.
#[test]
fn a_bundle_with_a_source_map() {
    let _lock = together();
    let project = Project::copy("fastify-ts");
    let args = [&["dist/server.min.js", "-q", "--route", "GET /quote", "--min-share", "0"][..], &SHORT].concat();
    let traced = trace(&project, &newest_node(), &args).code(0).leaves_nothing(&project).json();
    let n_lines = fs::read_to_string(project.path().join("src/pricing.ts")).unwrap().lines().count() as u64;
    for table in ["deopts", "inlineCaches"] {
        let of =
            |file: &str| rows(&traced, table, |row| row["file"].as_str().is_some_and(|at| at.starts_with(file)) && row["column"].is_u64());
        let mapped = of("src/pricing.ts");
        assert!(
            (table == "deopts" || !mapped.is_empty()) && mapped.iter().all(|row| row["line"].as_u64() <= Some(n_lines)),
            "{table}: {mapped:?}"
        );
        assert!(of("dist/").len() * 4 <= of("src/").len(), "{table}: {:?}", of("dist/"));
    }
    assert!(traced["findings"].as_array().unwrap().iter().any(|finding| finding["file"] == "src/pricing.ts"), "{}", traced["findings"]);
}

#[test]
fn the_page_of_a_code() {
    let project = Project::with(&[]);
    let explain = |args: &[&str]| Tickmark::new(&project, ["explain"]).args(args).run();
    let page = explain(&["deopt/wrong-map"]).code(0).stdout;
    assert!(page.starts_with("# ") && page.contains("wrong map") && page.contains("```js"), "{page}");
    assert_eq!(explain(&["wrong map"]).code(0).stdout, page);
    let list = explain(&[]).code(0).stdout;
    let json = explain(&["--format", "json"]).code(0).json();
    schema::check("codes", &json);
    let codes = json["codes"].as_array().unwrap();
    assert!(codes.len() > 20);
    for code in codes {
        assert!(list.contains(code["code"].as_str().unwrap()), "{code}");
    }
    explain(&["deopt/wrong-mop"]).code(2).says(&["deopt/wrong-mop", "deopt/wrong-map", "`tickmark explain`"]);
    explain(&["zzz"]).code(2).says(&["there is no code zzz"]);
}

#[test]
fn every_code_of_a_finding_has_a_page() {
    let _lock = together();
    let project = Project::copy("explained");
    let traced = trace(&project, &newest_node(), &["program.js", "--min-share", "0"]).code(0).json();
    for finding in traced["findings"].as_array().unwrap() {
        let page = finding["page"].as_str().unwrap_or_else(|| panic!("no page: {finding}"));
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(page).is_file(), "{page}");
        Tickmark::new(&project, ["explain", finding["code"].as_str().unwrap()]).run().code(0);
    }
}
