//! Where and on what a run was made.

use crate::record::{GitFacts, HostFacts};
use std::path::Path;
use std::process::Stdio;

/// The machine.
pub(crate) fn host() -> HostFacts {
    HostFacts {
        os: std::env::consts::OS.to_owned(),
        arch: std::env::consts::ARCH.to_owned(),
        cpus: std::thread::available_parallelism().map_or(1, usize::from),
        cpu_model: None,
        governor: None,
        load_average: None,
    }
}

/// The workspace's commit; none outside git, or without a git command.
pub(crate) async fn git(workspace: &Path) -> Option<GitFacts> {
    let commit = git_output(workspace, &["rev-parse", "HEAD"]).await?;
    let status = git_output(workspace, &["status", "--porcelain", "--untracked-files=no"]).await?;
    Some(GitFacts { commit: commit.trim().to_owned(), dirty: !status.trim().is_empty(), snapshot: None })
}

async fn git_output(workspace: &Path, args: &[&str]) -> Option<String> {
    let mut command = tokio::process::Command::new("git");
    // Reading the state must not touch the index, which another git may be using.
    command.arg("--no-optional-locks").args(args).current_dir(workspace).stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(std::time::Duration::from_secs(10), command.output()).await.ok()?.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
