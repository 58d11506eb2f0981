//! No Node, wrong settings, no place to write: an error that says what happened and what to do.

use crate::figures;
use crate::project::{Project, newest_node};
use crate::tickmark::{SHORT, Tickmark, together};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn executable(project: &Project, name: &str, text: &str) -> String {
    let path = project.write(name, text);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

fn hello() -> Project {
    Project::with(&[("hello.js", "console.log('hello');\n"), ("package.json", "{}")])
}

#[test]
fn no_node() {
    let project = hello();
    let empty = project.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let nowhere = Tickmark::new(&project, ["profile", "hello.js"]).env("PATH", &empty).env("HOME", &empty);
    let nowhere = ["NVM_DIR", "FNM_DIR", "VOLTA_HOME", "N_PREFIX", "ASDF_DATA_DIR", "MISE_DATA_DIR", "NODENV_ROOT", "XDG_DATA_HOME"]
        .into_iter()
        .fold(nowhere, |command, name| command.env(name, &empty));
    nowhere.run().code(2).says(&["no Node.js found", "PATH", "Install Node.js 18 or later"]).leaves_nothing(&project);
    let named = Tickmark::new(&project, ["profile", "hello.js", "--node", "bin/missing"]).run();
    named.code(2).says(&["bin/missing", "no Node.js binary"]).leaves_nothing(&project);
    assert_eq!(project.run_folders(), [""; 0]);
}

#[test]
fn a_node_that_is_too_old_or_none() {
    let project = hello();
    let old =
        "#!/bin/sh\ncase \"$*\" in\n*-p*|*-e*) echo '{\"node\":\"16.20.2\",\"v8\":\"9.4.146.26-node.26\"}' ;;\n*) echo v16.20.2 ;;\nesac\n";
    let old = executable(&project, "old", old);
    let ended = Tickmark::new(&project, ["profile", "hello.js", "--node", &old]).run();
    ended.code(2).says(&["Node.js 16.20.2", &old, "is too old: 18 or later is needed"]).leaves_nothing(&project);
    for (name, text) in [("other", "#!/bin/sh\necho hello\n"), ("fails", "#!/bin/sh\nexit 3\n")] {
        let path = executable(&project, name, text);
        let ended = Tickmark::new(&project, ["profile", "hello.js", "--node", &path]).run();
        ended.code(2).says(&[&path, "is not a usable Node.js"]).leaves_nothing(&project);
    }
}

#[test]
fn an_entry_that_is_none() {
    let project = hello();
    let run = |args: &[&str]| Tickmark::new(&project, ["profile"]).args(args).run().code(2);
    run(&["missing.js"]).says(&["there is no file", "missing.js"]);
    let nothing = run(&[]);
    nothing.says(&["says which file to run", "tickmark.json"]);
    run(&["hello.js", "--route", "hello"]).says(&["'GET /path'"]);
    run(&["hello.js", "--route", "GET /", "-H", "nonsense"]).says(&["--header nonsense", "`Name: value`"]);
    run(&["hello.js", "--route", "GET /", "-H", "a b: c"]).says(&["`a b` is not a header name"]);
    run(&["hello.js", "--env", "=x"]).says(&["--env =x"]);
    run(&["hello.js", "-d", "soon"]).says(&["soon", "`5s`"]);
    run(&["hello.js", "--route", "GET /", "-c", "0"]).says(&["connections"]);
    run(&["hello.js", "--workspace", "missing"]).says(&["there is no folder", "missing"]);
    assert_eq!(project.run_folders(), [""; 0]);
}

#[test]
fn a_route_without_a_sample_shows_what_to_write() {
    let project = Project::copy("hello-server");
    let run = || {
        let node = newest_node();
        Tickmark::new(&project, ["profile", "server.js", "--route", "GET /users/:id", "--format", "json", "--node"])
            .args([&node.path])
            .args(SHORT)
    };
    let ended =
        run().run().code(2).says(&["GET /users/:id needs a value for :id", "tickmark.json", "--param id="]).leaves_nothing(&project);
    // What it shows is what it takes.
    let start = ended.stderr.find("\n{").unwrap() + 1;
    let end = ended.stderr.rfind("\n}").unwrap() + 2;
    let example: Value = serde_json::from_str(&ended.stderr[start..end]).unwrap();
    assert_eq!(example["routes"]["GET /users/:id"]["params"]["id"], "1");
    project.write("tickmark.json", example.to_string());
    let _lock = together();
    run().run().code(0).leaves_nothing(&project);
}

#[test]
fn settings_that_cannot_be_read() {
    let project = hello();
    let check = |text: &[u8], texts: &[&str]| {
        project.write("tickmark.json", text);
        let ended = Tickmark::new(&project, ["profile", "hello.js"]).run().code(2);
        ended.says(&[&[project.path().join("tickmark.json").to_str().unwrap()], texts].concat()).leaves_nothing(&project);
    };
    check(b"{ \"entry\": ", &["line 1"]);
    check(b"{\n  \"entri\": \"a.js\"\n}", &["unknown field `entri`", "line 2"]);
    check(b"{ \"port\": \"x\" }", &["u16", "line 1"]);
    check(b"{ \"entry\": \"\xff\" }", &["UTF-8"]);
    check(b"{ \"entry\": \"hello.js\", \"profile\": { \"intervalUs\": 0 } }", &["intervalUs", "50"]);
}

/// The folder of runs cannot be made: the result is kept elsewhere, and the run says so.
#[test]
fn a_workspace_that_cannot_be_written() {
    let _lock = together();
    let project = hello();
    project.write(".tickmark", "a file is in the way");
    let ended = figures::profile(&project, &newest_node(), &["hello.js"]).code(0);
    ended.leaves_no_process();
    let measured = ended.json();
    let folder = Path::new(measured["artifacts"]["folder"].as_str().unwrap());
    assert!(folder.join("report.html").is_file());
    assert!(!folder.starts_with(project.path()), "{}", folder.display());
    let note = measured["notes"].to_string();
    assert!(note.contains("cannot be written") && note.contains(folder.to_str().unwrap()), "{note}");
    fs::remove_dir_all(folder).unwrap();
    Tickmark::new(&project, ["runs", "list"]).run().code(2).says(&[".tickmark"]);
}

/// Mounts a file system on a folder for this test alone. False where the kernel does not let us: then the caller tests what it can.
fn mount_for_us(target: &Path, options: &str) -> bool {
    let is_ours = unshare(CloneFlags::CLONE_NEWNS).is_ok()
        && mount(None::<&str>, "/", None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>).is_ok();
    is_ours && mount(Some("tmpfs"), target, Some("tmpfs"), MsFlags::empty(), Some(options)).is_ok()
}

/// A folder with a file system of its own while it is kept.
struct Mounted<'a>(&'a Path);

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        nix::mount::umount2(self.0, nix::mount::MntFlags::MNT_DETACH).unwrap();
    }
}

#[test]
fn a_read_only_file_system() {
    let _lock = together();
    let project = hello();
    let folder = project.path().join(".tickmark");
    fs::create_dir(&folder).unwrap();
    let mounted = mount_for_us(&folder, "ro").then(|| Mounted(&folder));
    if mounted.is_none() {
        // Who may not mount is held back by permissions.
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    }
    let measured = figures::profile(&project, &newest_node(), &["hello.js"]).code(0).json();
    let kept = Path::new(measured["artifacts"]["folder"].as_str().unwrap()).to_owned();
    assert!(kept.join("run.json").is_file() && !kept.starts_with(project.path()));
    assert!(measured["notes"].to_string().contains("cannot be written"), "{}", measured["notes"]);
    fs::remove_dir_all(kept).unwrap();
    drop(mounted);
}

#[test]
fn a_full_disk() {
    let _lock = together();
    let project = hello();
    let folder = project.path().join(".tickmark");
    // An earlier run, which must survive.
    fs::create_dir(&folder).unwrap();
    let is_small = mount_for_us(&folder, "size=6m");
    if is_small {
        let _mounted = Mounted(&folder);
        let earlier = figures::profile(&project, &newest_node(), &["hello.js"]).code(0).json()["runId"].clone();
        // Fills the rest but for a little.
        let file = fs::File::create(folder.join("filling")).unwrap();
        let mut filling = std::io::BufWriter::with_capacity(4096, file);
        let error = std::iter::repeat_with(|| std::io::Write::write_all(&mut filling, &[1; 4096])).find_map(Result::err).unwrap();
        assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
        drop(filling.into_parts());
        fs::File::options()
            .write(true)
            .open(folder.join("filling"))
            .unwrap()
            .set_len(fs::metadata(folder.join("filling")).unwrap().len() - 60_000)
            .unwrap();
        let ended = figures::profile(&project, &newest_node(), &["hello.js"]).code(2).leaves_nothing(&project);
        let ended = ended.says(&["cannot", ".tickmark", "No space left on device", "free"]);
        assert_eq!(ended.stdout, "");
        assert_eq!(project.run_folders(), [earlier.as_str().unwrap()]);
    }
    // Standard output on a full disk.
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_tickmark"))
        .args(["runs", "list"])
        .current_dir(project.path())
        .stdout(fs::File::options().write(true).open("/dev/full").unwrap())
        .output()
        .unwrap();
    assert_eq!(status.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&status.stderr).contains("No space left on device"), "{status:?}");
}
