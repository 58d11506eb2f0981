//! Files of a program that are not any more what was measured.

use super::{real, revision_of};
use runs::RunRecord;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Most files of a program that are looked at.
const MOST: usize = 2_000;
/// What a name in code may lack of the file's name, in the order of Node and of TypeScript.
const ENDINGS: [&str; 9] = ["", ".js", ".json", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx"];

/// One look at a workspace. Git is asked once for each revision: many routes are measured on the same one.
pub(super) struct Look<'a> {
    root: &'a Path,
    different: HashMap<String, Vec<String>>,
}

impl<'a> Look<'a> {
    pub(super) fn at(root: &'a Path) -> Self {
        Self { root, different: HashMap::new() }
    }

    /// The workspace's files that the program of a run names, through each other, and that git has otherwise for that run: relative to
    /// the workspace, sorted. None is found of a run whose code git does not have. Slow: starts git, and reads files when there are
    /// differences.
    pub(super) fn changed_files(&mut self, record: &RunRecord) -> Vec<String> {
        let Some(revision) = revision_of(record.git.as_ref()) else { return Vec::new() };
        let different = self.different.entry(revision.to_owned()).or_insert_with(|| different(self.root, revision));
        if different.is_empty() {
            return Vec::new();
        }
        let root = real(self.root);
        let named = named(&root.join(record.target.entry()));
        let mut changed: Vec<String> = different.iter().filter(|name| named.contains(&root.join(name))).cloned().collect();
        changed.sort();
        changed
    }
}

/// Names of the files of a folder that differ from a git revision, relative to the folder. Those that are gone are among them.
fn different(root: &Path, revision: &str) -> Vec<String> {
    let mut command = Command::new("git");
    command.args(["--no-optional-locks", "diff", "--name-only", "--relative", "--no-renames", "--no-ext-diff", "-z", revision, "--"]);
    command.current_dir(root).env("GIT_NO_LAZY_FETCH", "1").env("GIT_TERMINAL_PROMPT", "0");
    let Ok(output) = command.stdin(Stdio::null()).stderr(Stdio::null()).output() else { return Vec::new() };
    if !output.status.success() {
        return Vec::new();
    }
    String::from_utf8_lossy(&output.stdout).split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// A file and those that it names by a relative path, through each other, packages left out. A file that was removed is among them as the
/// name says.
fn named(entry: &Path) -> HashSet<PathBuf> {
    let mut found = HashSet::from([entry.to_owned()]);
    let mut waiting = vec![entry.to_owned()];
    while let Some(file) = waiting.pop() {
        let (Ok(text), Some(folder)) = (std::fs::read_to_string(&file), file.parent()) else { continue };
        for path in relative_paths(&text).flat_map(|path| candidates(folder, path)) {
            if found.len() < MOST && !is_of_package(&path) && found.insert(path.clone()) {
                waiting.push(path);
            }
        }
    }
    found
}

/// Texts in quotes that may be relative paths, of `require`, `import` and whatever else.
fn relative_paths(text: &str) -> impl Iterator<Item = &str> {
    let pieces = text.split(['"', '\'', '`']);
    pieces.filter(|piece| (piece.starts_with("./") || piece.starts_with("../")) && !piece.contains(char::is_whitespace))
}

/// The file that a relative path in a file of `folder` leads to; where there is none, those that it may have led to.
fn candidates(folder: &Path, path: &str) -> Vec<PathBuf> {
    let target = normal(&folder.join(path));
    let with_ending = |ending: &str| {
        let mut file = target.clone().into_os_string();
        file.push(ending);
        PathBuf::from(file)
    };
    // TypeScript's sources name each other as they are called when built.
    let of_typescript = path.strip_suffix("js").map(|stem| normal(&folder.join(format!("{stem}ts"))));
    let files = ENDINGS.iter().map(|ending| with_ending(ending)).chain(of_typescript);
    let all: Vec<PathBuf> = files.chain(["index.js", "index.ts"].map(|index| target.join(index))).collect();
    match all.iter().find(|file| file.is_file()) {
        Some(file) => vec![file.clone()],
        None => all,
    }
}

/// Without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts
}

fn is_of_package(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "node_modules")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::fs;

    fn git(folder: &Path, args: &[&str]) -> String {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgSign=false"];
        let output = Command::new("git").args(identity).args(args).current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn write(folder: &Path, name: &str, text: &str) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn record(git: &serde_json::Value) -> RunRecord {
        let record = json!({
            "schema": "tickmark/run@1", "id": "1", "target": { "kind": "route", "entry": "server.js", "method": "GET", "path": "/" },
            "instruments": "load", "startedAtMs": 0, "durationMs": 0,
            "node": { "path": "node", "version": "22.1.0", "v8Version": "12", "flags": [], "nodeEnv": null },
            "host": { "os": "linux", "arch": "x86_64", "cpus": 2 }, "git": git, "load": null, "program": null, "overhead": null,
            "serverCpuUs": null, "attribution": { "exactUs": 0, "functionUs": 0, "noneUs": 0, "gcUs": 0, "programUs": 0, "idleUs": 0 },
            "samples": 0, "dropped": {}, "notes": [], "findings": [], "comparison": null,
            "artifacts": { "html": null, "svg": null, "model": null, "raw": [] }, "sources": {}
        });
        serde_json::from_value(record).unwrap()
    }

    #[test]
    fn files_that_the_program_names() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        git(root, &["init", "--quiet"]);
        for (name, text) in [
            ("server.js", "const a = require('./lib/a');\nimport(\"./gone.js\");\nrequire('express');"),
            ("lib/a.js", "export { b } from '../shared/b.js';\nimport data from './data';"),
            ("lib/data/index.js", "1"),
            ("shared/b.ts", "import './b'"),
            ("gone.js", "1"),
            ("test/a.js", "require('../server')"),
            ("README.md", "1"),
        ] {
            write(root, name, text);
        }
        git(root, &["add", "--all"]);
        git(root, &["commit", "--quiet", "-m", "one"]);
        let commit = git(root, &["rev-parse", "HEAD"]);
        let measured = record(&json!({ "commit": commit, "dirty": false }));
        let check = |expected: &[&str]| assert_eq!(Look::at(root).changed_files(&measured), expected);
        check(&[]);
        write(root, "test/a.js", "2");
        write(root, "README.md", "2");
        check(&[]);
        write(root, "shared/b.ts", "2");
        write(root, "lib/data/index.js", "2");
        fs::remove_file(root.join("gone.js")).unwrap();
        check(&["gone.js", "lib/data/index.js", "shared/b.ts"]);
        // A commit changes no file, and what is as it was is no change.
        git(root, &["commit", "--quiet", "--all", "-m", "two"]);
        write(root, "lib/data/index.js", "1");
        check(&["gone.js", "shared/b.ts"]);
        // Changes that were not kept, no git.
        assert!(Look::at(root).changed_files(&record(&json!({ "commit": commit, "dirty": true }))).is_empty());
        assert!(Look::at(root).changed_files(&record(&serde_json::Value::Null)).is_empty());
        assert!(Look::at(tempfile::tempdir().unwrap().path()).changed_files(&measured).is_empty());
    }
}
