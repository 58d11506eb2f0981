//! `tickmark report`: profiles of any origin, read and converted.

use crate::figures::{function, number, profile, within};
use crate::project::{Project, newest_node, nodes};
use crate::routes::{check_html, check_svg};
use crate::schema;
use crate::tickmark::{Tickmark, together};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The `.cpuprofile` that Node itself writes of a program.
fn cpuprofile(project: &Project, node: &Path, args: &[&str]) -> PathBuf {
    let status = Command::new(node).args(["--cpu-prof", "--cpu-prof-name=x.cpuprofile"]).args(args).current_dir(project.path()).output();
    assert!(status.unwrap().status.success());
    project.path().join("x.cpuprofile")
}

fn report(project: &Project, file: &Path) -> Value {
    let report = Tickmark::new(project, ["report", "--format", "json"]).args([file]).run().code(0).json();
    schema::check("profile", &report);
    report
}

fn with_ending(project: &Project, ending: &str) -> PathBuf {
    project.path().join(format!("out{ending}"))
}

#[test]
fn a_cpuprofile_of_every_node() {
    let _lock = together();
    for node in nodes() {
        let project = Project::copy("recursion");
        let file = cpuprofile(&project, &node.path, &["main.js", "600"]);
        let report = report(&project, &file);
        let path = project.path().join("main.js");
        let leaf = function(&report, path.to_str().unwrap(), "leaf");
        assert!(number(leaf, "selfPercent") > 60.0, "Node {}: {leaf}", node.major);
        within(&report, path.to_str().unwrap(), 30);
        for row in report["functions"].as_array().unwrap() {
            assert!(number(row, "totalPercent") <= 100.001, "Node {}: {row}", node.major);
        }
        let text = Tickmark::new(&project, ["report"]).args([&file]).run().code(0).stdout;
        assert!(text.contains("CPU profile") && text.contains("leaf"), "{text}");
    }
}

#[test]
fn a_v8_log_says_what_its_run_said() {
    let _lock = together();
    for node in nodes() {
        let project = Project::copy("cross-file");
        let measured = profile(&project, &node, &["main.js", "--", "600"]).code(0).json();
        let log =
            measured["artifacts"]["raw"].as_array().unwrap().iter().find_map(|file| file.as_str().filter(|file| file.ends_with(".log")));
        let report = report(&project, Path::new(log.unwrap()));
        let path = project.path().join("lib.js");
        let of_report = function(&report, path.to_str().unwrap(), "mix");
        let of_run = function(&measured, "lib.js", "mix");
        assert_eq!(of_report["samples"], of_run["samples"], "Node {}", node.major);
        assert_eq!(of_report["line"], of_run["line"], "Node {}", node.major);
    }
}

#[test]
fn conversions() {
    let _lock = together();
    let project = Project::copy("recursion");
    let input = cpuprofile(&project, &newest_node().path, &["main.js", "600"]);
    let convert = |ending: &str| {
        let output = with_ending(&project, ending);
        Tickmark::new(&project, ["report"]).args([&input]).args(["-o"]).args([&output]).run().code(0);
        output
    };
    check_html(&fs::read_to_string(convert(".html")).unwrap());
    check_svg(&convert(".svg"), "leaf");

    let folded = fs::read_to_string(convert(".folded")).unwrap();
    let mut deepest = 0;
    for line in folded.lines().filter(|line| !line.starts_with('#')) {
        let (stack, weight) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line:?}"));
        assert!(weight.parse::<u64>().is_ok(), "{line:?}");
        deepest = deepest.max(stack.split(';').count());
    }
    assert!(deepest > 300, "{deepest}");

    let speedscope: Value = serde_json::from_slice(&fs::read(convert(".speedscope.json")).unwrap()).unwrap();
    assert_eq!(speedscope["$schema"], "https://www.speedscope.app/file-format-schema.json");
    assert!(speedscope["shared"]["frames"].to_string().contains("leaf"));
    let first = &speedscope["profiles"][0];
    assert_eq!(first["samples"].as_array().unwrap().len(), first["weights"].as_array().unwrap().len());

    // What is written as .cpuprofile is read as what it was.
    let (before, after) = (report(&project, &input), report(&project, &convert(".cpuprofile")));
    let path = project.path().join("main.js");
    for name in ["leaf", "descend"] {
        let [before, after] = [&before, &after].map(|report| function(report, path.to_str().unwrap(), name));
        assert_eq!((&before["line"], &before["samples"]), (&after["line"], &after["samples"]), "{name}");
        assert!((number(before, "totalMs") - number(after, "totalMs")).abs() < 1.0, "{name}: {before} {after}");
    }
}

#[test]
fn conversions_that_cannot_be() {
    let project = Project::with(&[]);
    let input = project.write("in.cpuprofile", crate::bad_files::SMALL);
    let run = |output: &str| Tickmark::new(&project, ["report", "in.cpuprofile", "-o", output]).run().code(2);
    run("out.png").says(&["out.png", ".svg, .html"]);
    run("out.json").says(&["json holds the figures of a benchmark"]);
    assert!(!with_ending(&project, ".png").exists());
    run("missing/out.svg").says(&["there is no folder missing"]);
    run("in.cpuprofile").says(&["in.cpuprofile", "is the input itself"]);
    assert_eq!(fs::read(input).unwrap(), crate::bad_files::SMALL.as_bytes());
    for ending in [".html", ".svg", ".folded", ".speedscope.json", ".cpuprofile"] {
        let full = with_ending(&project, ending);
        std::os::unix::fs::symlink("/dev/full", &full).unwrap();
        run(full.to_str().unwrap()).says(&[full.to_str().unwrap(), "no ordinary file"]);
    }
}
