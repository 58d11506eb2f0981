//! `tickmark runs pin`, `unpin`, `rename` and `delete`: what a user says of runs, and how runs go.

use crate::figures;
use crate::measured::{SERVER, STACKS, profile, store};
use crate::project::{Project, newest_node};
use crate::schema;
use crate::tickmark::{Ended, Tickmark, together};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// A project with these runs of one target.
pub(crate) fn project(ids: &[&str]) -> Project {
    let project = Project::with(&[("server.js", SERVER), ("package.json", "{}")]);
    for id in ids {
        store(project.path(), id, "server.js", SERVER, &profile(&project.path().join("server.js"), &STACKS));
    }
    project
}

/// `tickmark runs ARGS`.
pub(crate) fn runs(project: &Project, args: &[&str]) -> Ended {
    Tickmark::new(project, ["runs"]).args(args).run()
}

/// `tickmark runs ARGS --format json`, as its schema says.
pub(crate) fn answer(project: &Project, schema: &str, args: &[&str]) -> Value {
    let answer = runs(project, &[args, &["--format", "json"]].concat()).code(0).json();
    schema::check(schema, &answer);
    answer
}

/// The label of each listed run, by name.
fn labels(project: &Project) -> Vec<(String, Value)> {
    let list = answer(project, "runs", &[]);
    list["runs"].as_array().unwrap().iter().map(|run| (run["id"].as_str().unwrap().to_owned(), run["label"].clone())).collect()
}

const A: &str = "20260101-101010-aaaa";
const B: &str = "20260102-101010-bbbb";
const C: &str = "20260102-111111-cccc";

#[test]
fn runs_are_named_and_pinned() {
    let project = project(&[A, B, C]);
    let none = json!({ "name": null, "pinned": false });
    assert_eq!(labels(&project), [C, B, A].map(|id| (id.to_owned(), none.clone())));
    let text = runs(&project, &[]).code(0).stdout;
    assert!(text.contains("req/s") && !text.contains("name"), "{text}");

    let named = answer(&project, "label", &["rename", "aaaa", " before the cache "]);
    assert_eq!(named["label"], json!({ "name": "before the cache", "pinned": false }));
    let pinned = answer(&project, "label", &["pin", "before the cache"]);
    assert_eq!((&pinned["runId"], &pinned["unpinned"]), (&json!(A), &json!([])));
    // A target has one baseline.
    let pinned = answer(&project, "label", &["pin", "latest"]);
    assert_eq!((&pinned["runId"], &pinned["unpinned"]), (&json!(C), &json!([A])));
    let text = runs(&project, &["list"]).code(0).stdout;
    let line = |id: &str| text.lines().find(|line| line.contains(id)).unwrap().to_owned();
    assert!(line(A).ends_with("22.1.0  before the cache") && line(C).ends_with("22.1.0  (baseline)"), "{text}");
    let text = runs(&project, &["pin", A]).code(0).stdout;
    assert_eq!(text, format!("{A} is the baseline of its target, in place of {C}\n"));
    runs(&project, &["unpin", A]).code(0);
    runs(&project, &["rename", A]).code(0);
    assert_eq!(labels(&project), [C, B, A].map(|id| (id.to_owned(), none.clone())));
}

#[test]
fn names_that_mean_no_run_or_several() {
    let project = project(&[A, B, C]);
    let before = project.run_folders();
    for command in ["pin", "unpin", "rename", "delete", "show", "compare"] {
        runs(&project, &[command, "nonsense"]).code(2).says(&["no run nonsense", "tickmark runs list"]);
        runs(&project, &[command, "20260102"]).code(2).says(&["may be any of", B, C]);
        for id in ["../x", "..", "/etc", ".gitignore", "", "a/../b"] {
            runs(&project, &[command, id]).code(2).says(&["is not the name of a run"]);
        }
    }
    runs(&project, &["rename", A, &"x".repeat(121)]).code(2).says(&["121 characters", "120"]);
    runs(&project, &["rename", A, "a\nb"]).code(2).says(&["U+000A"]);
    assert_eq!((project.run_folders(), labels(&project).len()), (before, 3));
}

#[test]
fn pinned_runs_are_deleted_only_by_force() {
    let project = project(&[A, B, C]);
    runs(&project, &["pin", A]).code(0);
    runs(&project, &["delete", B, A]).code(2).says(&[A, "pinned", "--force", "Nothing was removed"]);
    assert_eq!(project.run_folders(), [A, B, C]);
    assert_eq!(answer(&project, "deleted", &["delete", "bbbb", B])["deleted"], json!([B]));
    assert_eq!(project.run_folders(), [A, C]);
    assert_eq!(runs(&project, &["rm", "--force", A]).code(0).stdout, format!("Removed {A}\n"));
    assert_eq!(project.run_folders(), [C]);
}

#[test]
fn nothing_but_runs_is_deleted() {
    let project = project(&[A]);
    let outside = project.write("outside/kept.txt", "kept");
    symlink(outside.parent().unwrap(), project.path().join(".tickmark/runs").join(B)).unwrap();
    runs(&project, &["delete", B]).code(2).says(&[B, "is a link"]);
    symlink(outside.parent().unwrap(), project.path().join(".tickmark/runs").join(A).join("link")).unwrap();
    // A record that names something else makes its folder unreadable, and never leads there.
    let copied = project.path().join(".tickmark/runs").join(C);
    fs::create_dir(&copied).unwrap();
    let mut record: Value =
        serde_json::from_slice(&fs::read(project.path().join(".tickmark/runs").join(A).join("run.json")).unwrap()).unwrap();
    record["id"] = json!("../../outside");
    fs::write(copied.join("run.json"), record.to_string()).unwrap();
    runs(&project, &["delete", "latest"]).code(0);
    assert!(outside.is_file());
    // It can be removed by the name of its folder.
    let list = answer(&project, "runs", &[]);
    assert_eq!((list["runs"].as_array().unwrap().len(), list["broken"].as_array().unwrap().len()), (0, 2), "{list}");
    runs(&project, &["delete", C]).code(0);
    assert_eq!(project.run_folders(), [B]);
    assert!(outside.is_file());
}

#[test]
fn a_broken_label_is_told() {
    let project = project(&[A, B]);
    project.write(&format!(".tickmark/runs/{A}/label.json"), "{ \"pinned\": ");
    let list = answer(&project, "runs", &[]);
    assert_eq!((list["runs"].as_array().unwrap().len(), &list["brokenLabels"][0]["run"]), (2, &json!(A)));
    let text = runs(&project, &[]).code(0).stdout;
    assert!(text.contains(A) && text.contains("cannot be read") && text.contains("label.json"), "{text}");
    assert_eq!(labels(&project)[1].1, json!({ "name": null, "pinned": false }));
    runs(&project, &["pin", A]).code(0);
    assert_eq!(answer(&project, "runs", &[])["brokenLabels"], json!([]));
}

/// A folder that cannot be written while it is kept: by a mount of this test alone or, for who may not mount, by permissions.
struct ReadOnly {
    folder: PathBuf,
    is_mount: bool,
}

impl ReadOnly {
    fn new(folder: &Path) -> Self {
        let none = None::<&str>;
        let is_mount = unshare(CloneFlags::CLONE_NEWNS).is_ok()
            && mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none).is_ok()
            && mount(Some(folder), folder, none, MsFlags::MS_BIND, none).is_ok()
            && mount(none, folder, none, MsFlags::MS_BIND | MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY, none).is_ok();
        if !is_mount {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o555)).unwrap();
        }
        Self { folder: folder.to_owned(), is_mount }
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        match self.is_mount {
            true => umount2(&self.folder, MntFlags::MNT_DETACH).unwrap(),
            false => fs::set_permissions(&self.folder, fs::Permissions::from_mode(0o755)).unwrap(),
        }
    }
}

#[test]
fn a_run_that_cannot_be_written() {
    let project = project(&[A, B]);
    runs(&project, &["pin", A]).code(0);
    let read_only = ReadOnly::new(&project.path().join(".tickmark/runs").join(B));
    for args in [&["pin", B][..], &["rename", B, "x"]] {
        runs(&project, args).code(2).says(&[B, "label.json", "cannot be written", "make that writable"]);
    }
    // The baseline is what it was, and half a run is none.
    assert_eq!(
        labels(&project),
        [(B.to_owned(), json!({ "name": null, "pinned": false })), (A.to_owned(), json!({ "name": null, "pinned": true }))]
    );
    runs(&project, &["delete", B]).code(2).says(&["cannot remove", B]);
    assert_eq!((project.run_folders(), labels(&project).len()), (vec![A.to_owned(), B.to_owned()], 2));
    drop(read_only);
    // Nothing of it can be written: told for every run.
    let read_only = ReadOnly::new(&project.path().join(".tickmark"));
    runs(&project, &["rename", A, "x"]).code(2).says(&[A, "cannot be written"]);
    runs(&project, &["delete", B]).code(2).says(&["cannot remove", B]);
    assert_eq!(runs(&project, &[]).code(0).stdout.lines().count(), 3);
    drop(read_only);
    runs(&project, &["delete", B]).code(0);
}

#[test]
fn labels_written_by_several_processes_at_once() {
    let project = project(&[A, B, C]);
    let started: Vec<_> = (0..8)
        .flat_map(|n| {
            let name = format!("name {n}");
            let rename = Tickmark::new(&project, ["runs", "rename", A]).args([name]).start();
            let pin = Tickmark::new(&project, ["runs", "pin", [A, B, C][n % 3]]).start();
            [rename, pin]
        })
        .collect();
    for command in started {
        command.wait().code(0);
    }
    let labels = labels(&project);
    assert_eq!(labels.iter().filter(|(_, label)| label["pinned"] == true).count(), 1, "{labels:?}");
    assert!(labels[2].1["name"].as_str().unwrap().starts_with("name "), "{labels:?}");
    let list = answer(&project, "runs", &[]);
    assert_eq!((&list["brokenLabels"], &list["broken"]), (&json!([]), &json!([])));
}

#[test]
fn a_new_run_is_compared_with_the_baseline() {
    let _lock = together();
    let project = Project::with(&[("a.js", "for (let i = 0; i < 3e7; i++);\n"), ("b.js", ""), ("package.json", "{}")]);
    let node = newest_node();
    let measure = |args: &[&str]| {
        let measured = figures::profile(&project, &node, args).code(0).json();
        schema::check("profile", &measured);
        measured
    };
    let id = |run: &Value| run["runId"].as_str().unwrap().to_owned();
    let first = measure(&["a.js"]);
    assert_eq!(first["comparison"], Value::Null);
    let second = measure(&["a.js"]);
    assert_eq!((&second["comparison"]["with"], &second["comparison"]["baseline"]), (&first["runId"], &json!(false)));
    runs(&project, &["rename", &id(&first), "start"]).code(0);
    runs(&project, &["pin", &id(&first)]).code(0);
    let third = measure(&["a.js"]);
    let comparison = &third["comparison"];
    assert_eq!((&comparison["with"], &comparison["baseline"], &comparison["name"]), (&first["runId"], &json!(true), &json!("start")));
    let text = runs(&project, &["show"]).code(0).stdout;
    assert!(text.contains(&format!("Against the baseline start, run {}: active time ", id(&first))), "{text}");
    // The baseline of a target is of that target alone, and stays when old runs go.
    project.write("tickmark.json", r#"{ "history": { "maxRuns": 1 } }"#);
    assert_eq!(measure(&["b.js"])["comparison"], Value::Null);
    let left: Vec<String> = labels(&project).into_iter().map(|(id, _)| id).collect();
    assert_eq!((left.len(), left.contains(&id(&first))), (2, true), "{left:?}");
}
