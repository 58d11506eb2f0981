//! What the tests share: a small server in a repository.

use runs::versus::{Code, Side};
use runs::{Config, Instruments, Progress, Request, Target};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A server whose route spins for some time, given in thousands of steps, and depends on a package.
const SERVER: &str = "const http = require('http'), work = require('./work');
http.createServer((request, response) => {
  if (request.url === '/missing') response.statusCode = 404;
  for (let i = 0; i < work.steps * 1000; i++) work.sum = (work.sum + i) % 1000003;
  response.end(process.env.ANSWER || work.answer);
}).listen(process.env.PORT);";

/// The module that the versions of the server differ in.
pub(crate) fn work(steps: u32) -> String {
    format!("module.exports = {{ steps: {steps}, sum: 0, answer: require('greeting') }};")
}

/// The first of `TICKMARK_TEST_NODES`, or the `node` of `PATH`.
pub(crate) fn node() -> Option<PathBuf> {
    let listed = std::env::var_os("TICKMARK_TEST_NODES")?;
    std::env::split_paths(&listed).next()
}

pub(crate) struct Project {
    folder: tempfile::TempDir,
    pub(crate) workspace: PathBuf,
}

impl Project {
    /// A repository with the workspace in a folder of it, and one commit.
    pub(crate) fn new(steps: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let workspace = folder.path().canonicalize().unwrap().join("app");
        let project = Self { folder, workspace };
        project.git(&["init", "--quiet", "--initial-branch", "main", ".."]);
        project.write("../.gitignore", "node_modules\n");
        project.write("server.js", SERVER);
        project.write("node_modules/greeting/index.js", "module.exports = 'hello';");
        project.write("work.js", &work(steps));
        project.commit("one");
        project
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.workspace.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        std::fs::create_dir_all(&self.workspace).unwrap();
        let mut command = Command::new("git");
        command.args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgSign=false"]);
        let output = command.args(args).current_dir(&self.workspace).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "--all", ".."]);
        self.git(&["commit", "--quiet", "-m", message]);
    }

    pub(crate) fn commit_empty(&self) {
        self.git(&["commit", "--quiet", "--allow-empty", "-m", "nothing"]);
    }

    /// A short benchmark of `GET /`.
    pub(crate) fn request(&self) -> Request {
        let mut config = Config { node: node(), ..Config::default() };
        (config.load.warm_up_ms, config.load.duration_ms, config.load.connections) = (300, 500, 4);
        Request {
            workspace: self.workspace.clone(),
            target: Target::Route { entry: "server.js".into(), method: "GET".into(), path: "/".into() },
            instruments: Instruments::Load,
            config,
            plan: None,
            output: None,
        }
    }

    /// Nothing but the repository and its one working tree is left.
    pub(crate) fn assert_tidy(&self) {
        assert_eq!(self.git(&["worktree", "list", "--porcelain"]).matches("worktree ").count(), 1);
        assert_eq!(partial_runs(&self.workspace), [""; 0]);
        assert!(self.folder.path().is_dir());
    }
}

fn partial_runs(workspace: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(workspace.join(".tickmark/runs")).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().into_string().unwrap()).filter(|name| name.starts_with('.')).collect()
}

pub(crate) fn side(label: &str, code: Code) -> Side {
    Side { label: label.to_owned(), code, env: BTreeMap::new() }
}

pub(crate) fn quiet(_: Progress) {}
