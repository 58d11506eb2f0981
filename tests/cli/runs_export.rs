//! `tickmark runs export`: stored runs as files for other tools.

use crate::figures::{function, number};
use crate::project::Project;
use crate::routes::{check_html, check_svg};
use crate::runs_manage::{answer, project, runs};
use crate::tickmark::Tickmark;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::symlink;

const ID: &str = "20260101-101010-aaaa";

fn export(project: &Project, file: &str) -> Vec<u8> {
    let told = answer(project, "export", &["export", ID, "--to", file]);
    let path = project.path().join(file);
    let bytes = fs::read(&path).unwrap();
    assert_eq!((&told["runId"], &told["path"], &told["bytes"]), (&json!(ID), &json!(path), &json!(bytes.len())));
    bytes
}

fn files(project: &Project) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(project.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_run_in_every_format() {
    let project = project(&[ID]);
    let text = |file: &str| String::from_utf8(export(&project, file)).unwrap();
    check_html(&text("run.html"));
    export(&project, "run.svg");
    check_svg(&project.path().join("run.svg"), "render");
    let folded = text("run.folded");
    let stacks = folded.lines().filter(|line| !line.starts_with('#'));
    assert_eq!(stacks.map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum::<u64>(), 100_000);
    let speedscope: Value = serde_json::from_str(&text("run.speedscope.json")).unwrap();
    let first = &speedscope["profiles"][0];
    assert_eq!((first["samples"].as_array().unwrap().len(), &first["endValue"]), (100, &json!(100_000)));
    assert!(export(&project, "run.pb.gz").starts_with(&[0x1f, 0x8b]));
    // What is written as .cpuprofile is read as what it was.
    export(&project, "run.CPUPROFILE");
    let read = Tickmark::new(&project, ["report", "run.CPUPROFILE", "--format", "json"]).run().code(0).json();
    let file = project.path().join("server.js");
    for (name, ms) in [("render", 80.0), ("hello", 20.0)] {
        assert_eq!(number(function(&read, file.to_str().unwrap(), name), "selfMs"), ms, "{name}");
    }
    // Another name, with the format said.
    let told = runs(&project, &["export", "--to", "flame", "--as", "svg"]).code(0).stdout;
    let bytes = fs::read(project.path().join("flame")).unwrap();
    assert_eq!(bytes, fs::read(project.path().join("run.svg")).unwrap());
    assert!(told.starts_with("flame · ") && told.ends_with(" bytes\n"), "{told}");
}

#[test]
fn places_and_formats_that_cannot_be() {
    let project = project(&[ID]);
    fs::create_dir(project.path().join("folder.svg")).unwrap();
    symlink("/dev/full", project.path().join("full.svg")).unwrap();
    project.write("file", "kept");
    let before = files(&project);
    let refused = |args: &[&str], texts: &[&str]| drop(runs(&project, &[&["export", ID], args].concat()).code(2).says(texts));
    refused(&["--to", "run.txt"], &["run.txt", ".cpuprofile, ", "--as"]);
    refused(&["--to", ".svg"], &["--as"]);
    refused(&["--to", "run.svg", "--as", "pdf"], &["pdf", "cpuprofile, speedscope, pprof"]);
    refused(&["--to", "missing/run.svg"], &["there is no folder", "missing"]);
    refused(&["--to", "file/run.svg"], &["there is no folder", "file"]);
    refused(&["--to", "folder.svg"], &["folder.svg", "no ordinary file"]);
    refused(&["--to", "full.svg"], &["full.svg", "no ordinary file"]);
    refused(&["--to", "/proc/run.svg"], &["cannot write /proc/run.svg"]);
    runs(&project, &["export", "nonsense", "--to", "run.svg"]).code(2).says(&["no run nonsense"]);
    runs(&project, &["export", "../x", "--to", "run.svg"]).code(2).says(&["is not the name of a run"]);
    assert_eq!((files(&project), fs::read_to_string(project.path().join("file")).unwrap()), (before, "kept".to_owned()));
    // A broken profile is told, and what was there stays.
    project.write("kept.svg", "kept");
    project.write(&format!(".tickmark/runs/{ID}/model.json"), "{");
    refused(&["--to", "kept.svg"], &["model.json"]);
    assert_eq!(fs::read_to_string(project.path().join("kept.svg")).unwrap(), "kept");
}
