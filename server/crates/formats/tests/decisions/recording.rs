//! A program that runs with V8's log and traces.

use formats::read::v8_log::{self, Options, V8Log};
use formats::read::{ScriptFunction, Scripts, source_of_url};
use profile::decisions::Place;
use profile::{FrameId, Profile};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;

/// The binaries of `TICKMARK_TEST_NODES`, or `node` of `PATH`.
pub(crate) fn nodes() -> Vec<PathBuf> {
    let list = std::env::var_os("TICKMARK_TEST_NODES").unwrap_or_else(|| "node".into());
    let nodes: Vec<PathBuf> = std::env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()).collect();
    assert!(!nodes.is_empty(), "TICKMARK_TEST_NODES is empty");
    nodes
}

/// The folder of the programs.
pub(crate) fn programs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/projects/v8-decisions").canonicalize().expect("the programs are there")
}

/// What a run left behind.
pub(crate) struct Recording {
    folder: TempDir,
    /// What V8 and the program printed.
    pub(crate) stdout: String,
}

impl Recording {
    /// Runs a program to its end, with a log of its code.
    pub(crate) fn of(node: &Path, program: &Path, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let stdout = folder.path().join("stdout");
        let mut command = Command::new(node);
        command.args(["--log-code", "--log-deopt", "--no-log-source-code"]);
        command.arg(format!("--logfile={}", folder.path().join("v8.log").display()));
        command.args(flags.iter().map(|flag| flag.replace("{folder}", &folder.path().display().to_string())));
        command.arg(program).stdout(File::create(&stdout).expect("a file"));
        let status = command.status().unwrap_or_else(|error| {
            panic!("{} does not run: {error}; set TICKMARK_TEST_NODES to Node binaries, or put node into PATH", node.display())
        });
        assert!(status.success(), "{} {} ended with {status}", node.display(), program.display());
        Self { stdout: text(&stdout), folder }
    }

    /// The traces that `--redirect-code-traces-to={folder}/traces` kept off the output. V8 makes the file when it has something to say.
    pub(crate) fn traces(&self) -> String {
        let file = self.folder.path().join("traces");
        if file.exists() { text(&file) } else { String::new() }
    }

    /// The log of the only isolate, as it stands.
    pub(crate) fn log_text(&self) -> String {
        let files = self.log_files();
        assert_eq!(files.len(), 1);
        text(&files[0])
    }

    fn log_files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.path()).expect("the folder");
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "log"));
        files.sort();
        files
    }

    /// The log of every isolate.
    pub(crate) fn logs(&self, options: &Options) -> Vec<V8Log> {
        let files = self.log_files();
        files.iter().map(|file| v8_log::read(File::open(file).expect("the log"), options, &Files).expect("a log")).collect()
    }

    /// The log of the only isolate.
    pub(crate) fn log(&self, options: &Options) -> V8Log {
        let mut logs = self.logs(options);
        assert_eq!(logs.len(), 1);
        let log = logs.remove(0);
        assert!(log.profile.is_consistent());
        log
    }
}

fn text(file: &Path) -> String {
    let bytes = std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Texts as they are on disk.
struct Files;

impl Scripts for Files {
    fn text(&self, url: &str) -> Option<Arc<str>> {
        Some(std::fs::read_to_string(source_of_url(url).path?).ok()?.into())
    }

    fn functions(&self, _: &str) -> Vec<ScriptFunction> {
        Vec::new()
    }
}

/// The major version of V8.
pub(crate) fn v8_major(log: &V8Log) -> u32 {
    let version = log.v8_version.as_deref().expect("a version");
    version.split('.').next().and_then(|major| major.parse().ok()).expect("a number")
}

/// A function's name.
pub(crate) fn name(profile: &Profile, frame: FrameId) -> &str {
    &profile.frame(frame).name
}

/// `file:line:column` as V8 prints it.
pub(crate) fn shown(profile: &Profile, place: &Place) -> String {
    let url = place.source.map_or("unknown", |source| profile.source(source).url.as_str());
    let url = if url.starts_with("(eval ") { "unknown" } else { url };
    let position = place.position.map_or_else(|| "?".to_owned(), |position| format!("{}:{}", position.line, position.column));
    format!("{url}:{position}")
}
