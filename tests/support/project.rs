//! Projects to measure, each test with its own copy, and the Node binaries to measure them with.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A Node binary.
#[derive(Clone, Debug)]
pub struct Node {
    pub path: PathBuf,
    pub major: u32,
}

/// The Node binaries of `TICKMARK_TEST_NODES`, else the one on PATH; oldest first.
pub fn nodes() -> Vec<Node> {
    let paths: Vec<PathBuf> = match env::var_os("TICKMARK_TEST_NODES") {
        Some(list) => env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()).collect(),
        None => vec!["node".into()],
    };
    let mut nodes: Vec<Node> = paths.into_iter().map(node).collect();
    assert!(!nodes.is_empty(), "TICKMARK_TEST_NODES names no Node binary");
    nodes.sort_by_key(|node| node.major);
    nodes
}

/// The newest Node there is.
pub fn newest_node() -> Node {
    nodes().pop().unwrap()
}

/// The oldest Node there is.
pub fn oldest_node() -> Node {
    nodes().remove(0)
}

fn node(path: PathBuf) -> Node {
    let output = Command::new(&path).args(["-p", "process.execPath + '\\n' + process.versions.node"]).output();
    let output = output.unwrap_or_else(|error| panic!("cannot run {}: {error}; set TICKMARK_TEST_NODES", path.display()));
    let text = String::from_utf8(output.stdout).unwrap();
    let (path, version) = text.trim().split_once('\n').unwrap_or_else(|| panic!("{} printed {text:?}", path.display()));
    Node { path: path.into(), major: version.split('.').next().unwrap().parse().unwrap() }
}

/// A project in a temporary folder of its own.
#[derive(Debug)]
pub struct Project {
    folder: tempfile::TempDir,
    path: PathBuf,
}

impl Project {
    /// A copy of a folder below `tests/projects`. Packages of npm are linked: nothing writes to them.
    pub fn copy(name: &str) -> Self {
        let source = projects().join(name);
        let project = Self::with(&[]);
        copy_folder(&source, project.path());
        if source.join("package-lock.json").is_file() {
            let modules = source.join("node_modules");
            assert!(modules.is_dir(), "{} is missing: `cargo xtask test` installs it, or run `npm ci` there", modules.display());
            std::os::unix::fs::symlink(modules, project.path().join("node_modules")).unwrap();
        }
        project
    }

    /// A project of these files.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::Builder::new().prefix("tickmark-test-").tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        let project = Self { folder, path };
        for (name, text) in files {
            project.write(name, text);
        }
        project
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// The lines of a file that end in a comment with this mark, 1-based.
    pub fn marked_lines(&self, name: &str, mark: &str) -> Vec<u64> {
        let text = fs::read_to_string(self.path.join(name)).unwrap();
        let lines = text.lines().enumerate().filter(|(_, line)| line.trim_end().ends_with(mark));
        let lines: Vec<u64> = lines.map(|(row, _)| row as u64 + 1).collect();
        assert!(!lines.is_empty(), "{name} has no line marked {mark}");
        lines
    }

    /// Names in the folder of runs, hidden ones too.
    pub fn run_folders(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path.join(".tickmark/runs")).into_iter().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn projects() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/projects")
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let entry = entry.unwrap();
        let name = entry.file_name();
        if name == "node_modules" || name == ".tickmark" {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &to.join(&name));
        } else {
            fs::copy(entry.path(), to.join(&name)).unwrap();
        }
    }
}
