//! Commits of measured working trees that git is not to throw away: those of baselines.

use super::{PATIENCE, command, shown};
use crate::record::RunId;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Keeps a commit as long as the run is a baseline. Where that fails, git may remove it after some weeks.
pub(crate) fn keep(workspace: &Path, id: &RunId, commit: &str) {
    quietly(command(workspace, &["update-ref", &reference(id), commit]));
}

/// Lets git remove the run's commit.
pub(crate) fn forget(workspace: &Path, id: &RunId) {
    quietly(command(workspace, &["update-ref", "-d", &reference(id)]));
}

fn reference(id: &RunId) -> String {
    format!("refs/tickmark/{id}")
}

fn quietly(mut command: Command) {
    const PAUSE: Duration = Duration::from_millis(2);
    let shown = shown(&command);
    let started = Instant::now();
    let mut child = match command.stdout(Stdio::null()).stderr(Stdio::null()).spawn() {
        Ok(child) => child,
        Err(error) => return tracing::warn!(%error, "git {shown}"),
    };
    loop {
        match child.try_wait() {
            Ok(None) if started.elapsed() < PATIENCE => std::thread::sleep(PAUSE),
            Ok(Some(status)) if status.success() => return,
            Ok(Some(status)) => return tracing::warn!(%status, "git {shown}"),
            Ok(None) | Err(_) => {
                // Both fail only when it has ended meanwhile.
                let _ = child.kill();
                let _ = child.wait();
                return tracing::warn!("git {shown} did not end");
            }
        }
    }
}
