//! What git knows of a workspace. Nothing here changes a working tree or its index.

mod kept;
mod snapshot;

use crate::record::GitFacts;
#[cfg(test)]
use crate::record::RunId;
pub(crate) use kept::{forget, keep};
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// How long git may take to tell something.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why git gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The command is missing or cannot be started.
    #[error("git cannot be started ({0}): install it, or put it into PATH")]
    NotStarted(std::io::Error),
    /// It takes too long.
    #[error("`git {command}` did not end within {:.0} s", .after.as_secs_f64())]
    TooSlow {
        /// Its arguments.
        command: String,
        /// How long was waited.
        after: Duration,
    },
    /// It says no.
    #[error("`git {command}` failed: {message}")]
    Failed {
        /// Its arguments.
        command: String,
        /// What it printed.
        message: String,
    },
    /// A file beside it could not be made.
    #[error("cannot make a copy of git's index: {0}")]
    Index(std::io::Error),
}

/// The workspace's commit, with the changes since then as a commit of their own; none outside git, or without a git command. The second
/// answer tells why changes could not be kept.
pub(crate) async fn facts(workspace: &Path) -> Option<(GitFacts, Option<String>)> {
    let head = output(workspace, &["log", "-1", "--no-show-signature", "--format=%H %ct"]).await.ok()?;
    let (commit, date) = head.trim().split_once(' ')?;
    let status = output(workspace, &["status", "--porcelain", "--untracked-files=no"]).await.ok()?;
    let dirty = !status.trim().is_empty();
    let snapshot = if dirty { Some(snapshot::snapshot(workspace, date).await) } else { None };
    let note = snapshot.as_ref().and_then(|snapshot| snapshot.as_ref().err()).map(|error| {
        format!("The uncommitted changes could not be kept, so that this run cannot be compared in turns with a later version: {error}.")
    });
    let facts = GitFacts { commit: commit.to_owned(), dirty, snapshot: snapshot.and_then(Result::ok) };
    Some((facts, note))
}

/// Those of these paths, relative to the workspace, that are neither tracked nor ignored.
pub(crate) async fn untracked(workspace: &Path, paths: &[&str]) -> Vec<String> {
    // The command line has an end.
    const MOST: usize = 500;
    let paths = &paths[..paths.len().min(MOST)];
    if paths.is_empty() {
        return Vec::new();
    }
    let args = ["--literal-pathspecs", "ls-files", "--others", "--exclude-standard", "-z", "--"];
    let args: Vec<&str> = args.iter().chain(paths).copied().collect();
    let found = output(workspace, &args).await.unwrap_or_default();
    found.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect()
}

/// What git prints in a folder.
pub(crate) async fn output(folder: &Path, args: &[impl AsRef<OsStr>]) -> Result<String, GitError> {
    run(command(folder, args), PATIENCE).await
}

/// Runs a git command; it is killed when the future is dropped.
pub(crate) async fn run(command: Command, patience: Duration) -> Result<String, GitError> {
    let shown = shown(&command);
    let mut command = tokio::process::Command::from(command);
    let output = tokio::time::timeout(patience, command.kill_on_drop(true).output()).await;
    let output = output.map_err(|_| GitError::TooSlow { command: shown.clone(), after: patience })?.map_err(GitError::NotStarted)?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(GitError::Failed { command: shown, message: String::from_utf8_lossy(&output.stderr).trim().to_owned() })
    }
}

/// A git command in a folder, without what a hook that may have started us says of another repository.
pub(crate) fn command(folder: &Path, args: &[impl AsRef<OsStr>]) -> Command {
    /// Of `git rev-parse --local-env-vars`, what names a repository or a part of it.
    const LOCAL: [&str; 7] =
        ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE"];
    let mut command = Command::new("git");
    // Reading the state must not touch the index, which another git may be using.
    command.arg("--no-optional-locks").args(args).current_dir(folder);
    command.stdin(Stdio::null()).env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0");
    LOCAL.iter().for_each(|name| {
        command.env_remove(name);
    });
    command
}

fn shown(command: &Command) -> String {
    let args: Vec<String> = command.get_args().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect();
    let text = args.join(" ");
    match text.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests;
