//! The Node binaries tests run with.

use std::path::PathBuf;
use std::process::Command;

/// A Node binary and its major version.
pub(crate) struct Node {
    pub(crate) path: PathBuf,
    pub(crate) major: u32,
}

/// The binaries of `TICKMARK_TEST_NODES` (separated as `PATH` is), or `node` of `PATH`; newest first.
pub(crate) fn nodes() -> Vec<Node> {
    let paths: Vec<PathBuf> = match std::env::var_os("TICKMARK_TEST_NODES") {
        Some(list) => std::env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()).collect(),
        None => vec![on_path().expect("these tests need Node.js: set TICKMARK_TEST_NODES or put node into PATH")],
    };
    assert!(!paths.is_empty(), "TICKMARK_TEST_NODES is empty");
    let mut nodes: Vec<Node> = paths.into_iter().map(|path| Node { major: major(&path), path }).collect();
    nodes.sort_by_key(|node| std::cmp::Reverse(node.major));
    nodes
}

fn on_path() -> Option<PathBuf> {
    let name = if cfg!(windows) { "node.exe" } else { "node" };
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
}

fn major(path: &PathBuf) -> u32 {
    let output = Command::new(path).arg("--version").output();
    let output = output.unwrap_or_else(|error| panic!("{} does not run: {error}; set TICKMARK_TEST_NODES", path.display()));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let major = text.trim().strip_prefix('v').and_then(|version| version.split('.').next()).and_then(|major| major.parse().ok());
    major.unwrap_or_else(|| panic!("{} --version printed {text:?}", path.display()))
}
