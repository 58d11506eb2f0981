//! `tickmark report`: heap profiles and folded stacks.

use crate::bad_files::SMALL;
use crate::figures::{function, number};
use crate::project::{Project, nodes};
use crate::schema;
use crate::tickmark::{Ended, Tickmark, together};
use std::fs;
use std::process::Command;

/// Keeps some MB that `fill` allocated, and nothing else of its own.
const PROGRAM: &str = "const kept = (globalThis.kept = []);
function fill(n) { for (let i = 0; i < n; i++) kept.push({ i, text: [i, i] }); }
fill(1e5);
";

fn report(project: &Project, args: &[&str]) -> Ended {
    Tickmark::new(project, ["report"]).args(args).run()
}

#[test]
fn a_heap_profile_of_every_node() {
    let _lock = together();
    for node in nodes() {
        let project = Project::with(&[("main.js", PROGRAM)]);
        let args = ["--heap-prof", "--heap-prof-interval=16384", "--heap-prof-name=x.heapprofile", "main.js"];
        assert!(Command::new(&node.path).args(args).current_dir(project.path()).status().unwrap().success());

        let text = report(&project, &["x.heapprofile"]).code(0).stdout;
        assert!(text.contains("heap profile") && text.contains(" MB") && text.contains("fill"), "Node {}: {text}", node.major);
        assert!(!text.contains(" ms"), "Node {}: {text}", node.major);
        let json = report(&project, &["x.heapprofile", "--format", "json"]).code(0).json();
        schema::check("profile", &json);
        let rows = json["functions"].as_array().unwrap();
        let fill = rows.iter().find(|row| row["name"] == "fill").unwrap();
        assert!(number(fill, "selfBytes") > 3e6 && number(fill, "selfMs") == 0.0, "Node {}: {fill}", node.major);

        report(&project, &["x.heapprofile", "-o", "out.folded"]).code(0);
        let again = report(&project, &["out.folded", "--format", "json"]).code(0).json();
        // V8 before Node 22 forgets the URL of the program's main script, and a name alone is no JavaScript in folded stacks.
        let rows = again["functions"].as_array().unwrap();
        let same = rows.iter().find(|row| row["name"] == "fill");
        assert!(node.major < 22 || same.is_some(), "Node {}: {again}", node.major);
        assert!(same.is_none_or(|same| same["selfBytes"] == fill["selfBytes"]), "Node {}: {same:?} {fill}", node.major);
        report(&project, &["x.heapprofile", "-o", "out.pb.gz"]).code(0);
        assert_eq!(fs::read(project.path().join("out.pb.gz")).unwrap()[..2], [0x1f, 0x8b]);
        report(&project, &["x.heapprofile", "-o", "out.cpuprofile"]).code(2).says(&["no CPU time", "pprof"]);
    }
}

#[test]
fn folded_stacks_are_read_back() {
    let project = Project::with(&[("in.cpuprofile", SMALL), ("other.folded", "main;work 3\nmain 1\n")]);
    report(&project, &["in.cpuprofile", "-o", "out.folded"]).code(0);
    let before = report(&project, &["in.cpuprofile", "--format", "json"]).code(0).json();
    let after = report(&project, &["out.folded", "--format", "json"]).code(0).json();
    schema::check("profile", &after);
    assert_eq!(function(&after, "a.js", "work")["selfMs"], function(&before, "/app/a.js", "work")["selfMs"]);

    let text = report(&project, &["other.folded"]).code(0).stdout;
    assert!(text.contains("folded stack file") && text.contains("75.0 %") && text.contains("1 ms"), "{text}");
}
