//! The tracked files of a working tree as a commit that no branch has.

use super::{GitError, PATIENCE, command, output, run};
use std::fs::{self, File, FileTimes};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// How long git may take to read the changed files.
const LONGER: Duration = Duration::from_secs(30);

/// Makes a commit of the tracked files as they are now, on top of HEAD, whose date in seconds it gets: equal changes make equal commits.
///
/// `git stash create` makes one too, but writes the index anew, and refuses in the middle of a merge. Here all changes go to a copy of
/// the index.
pub(super) async fn snapshot(workspace: &Path, date: &str) -> Result<String, GitError> {
    let path = |text: String| workspace.join(text.trim_end_matches(['\n', '\r']));
    let top = path(output(workspace, &["rev-parse", "--show-toplevel"]).await?);
    let index = path(output(workspace, &["rev-parse", "--git-path", "index"]).await?);
    let copy = IndexCopy::of(&index).map_err(GitError::Index)?;
    // What else an index may be bound to is left alone, and no setting about line ends refuses a file.
    let add = [
        "-c",
        "core.splitIndex=false",
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.untrackedCache=false",
        "-c",
        "core.safecrlf=false",
        "add",
        "--update",
    ];
    run(copy.used_by(command(&top, &add)), LONGER).await?;
    let tree = run(copy.used_by(command(&top, &["write-tree"])), PATIENCE).await?;
    let mut commit = command(&top, &["commit-tree", tree.trim(), "-p", "HEAD", "-m", "Working tree as Tickmark measured it"]);
    // There may be no identity, and none of the user's is needed.
    for role in ["AUTHOR", "COMMITTER"] {
        commit.env(format!("GIT_{role}_NAME"), "Tickmark").env(format!("GIT_{role}_EMAIL"), "tickmark@localhost");
        commit.env(format!("GIT_{role}_DATE"), format!("@{date} +0000"));
    }
    Ok(run(commit, PATIENCE).await?.trim().to_owned())
}

/// A copy of an index, removed when dropped.
struct IndexCopy(PathBuf);

impl IndexCopy {
    fn of(index: &Path) -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("tickmark-index-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        let mut from = File::open(index)?;
        let _ = fs::remove_file(&path);
        let mut to = File::create_new(&path)?;
        let copy = Self(path);
        io::copy(&mut from, &mut to)?;
        // A file that changed in the very moment of the index's own time is read again by git, which a younger index would hide.
        to.set_times(FileTimes::new().set_modified(from.metadata()?.modified()?))?;
        Ok(copy)
    }

    fn used_by(&self, mut command: Command) -> Command {
        command.env("GIT_INDEX_FILE", &self.0);
        command
    }
}

impl Drop for IndexCopy {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
        let mut lock = self.0.clone().into_os_string();
        lock.push(".lock");
        // Left behind only by a git that was killed.
        let _ = fs::remove_file(lock);
    }
}
