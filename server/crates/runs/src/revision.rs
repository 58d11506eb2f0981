//! Another version of the workspace's code, in a folder of its own.

mod links;

use crate::git::{GitError, command, output, run};
use crate::target::Target;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Begins the names of folders of other versions; the process and a number follow.
const PREFIX: &str = "tickmark-revision-";
/// How long git may take to write a version's files.
const CHECKOUT: Duration = Duration::from_secs(300);
/// Files that say which dependencies there are.
const LOCK_FILES: [&str; 6] = ["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"];

/// Why another version of the code cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum RevisionError {
    /// No repository, or no git.
    #[error("{} is not in a git repository with commits ({source}): only versions that git has can be compared", .folder.display())]
    NoRepository {
        /// The workspace.
        folder: PathBuf,
        /// What git says.
        source: GitError,
    },
    /// Git does not know it.
    #[error("git knows no revision {revision}: name a commit, a branch, a tag, or such as HEAD~1")]
    Unknown {
        /// As it was asked for.
        revision: String,
    },
    /// The program is not in it.
    #[error("{} is not in {revision}: compare with a revision that has it", .entry.display())]
    NoEntry {
        /// As it was asked for.
        revision: String,
        /// The program, relative to the workspace.
        entry: PathBuf,
    },
    /// The program is made by a build, whose results git does not keep.
    #[error(
        "git ignores {}: both sides would run the same build. Compare a program that git keeps, such as the source with a loader, or commit \
         the build",
        .entry.display()
    )]
    Ignored {
        /// The program, relative to the workspace.
        entry: PathBuf,
    },
    /// Git fails.
    #[error("cannot check {revision} out: {source}")]
    Checkout {
        /// As it was asked for.
        revision: String,
        /// What git says.
        source: GitError,
    },
    /// What git ignores cannot be linked.
    #[error("cannot link {} into the folder of the other version: {source}", .path.display())]
    Link {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// A version that can be run: git has it, and the program in it.
#[derive(Clone, Debug)]
pub(crate) struct Revision {
    /// As it was asked for.
    name: String,
    /// Full hash.
    pub(crate) commit: String,
    workspace: PathBuf,
    /// The repository's folder.
    top: PathBuf,
    /// The workspace within it.
    inside: PathBuf,
}

/// A version's files in a temporary folder. Dropping it removes them, and what git has noted of them.
#[derive(Debug)]
pub(crate) struct Checkout {
    top: PathBuf,
    folder: PathBuf,
    /// The workspace as it is in this version.
    pub(crate) workspace: PathBuf,
    /// Sentences about what is not as it was in this version.
    pub(crate) notes: Vec<String>,
}

impl Revision {
    /// Finds a version and the program in it.
    ///
    /// # Errors
    /// When it cannot be run; see [`RevisionError`].
    pub(crate) async fn find(workspace: &Path, name: &str, target: &Target) -> Result<Self, RevisionError> {
        let no_repository = |source| RevisionError::NoRepository { folder: workspace.to_owned(), source };
        let line = |text: String| PathBuf::from(text.trim_end_matches(['\n', '\r']));
        let top = line(output(workspace, &["rev-parse", "--show-toplevel"]).await.map_err(no_repository)?);
        let inside = line(output(workspace, &["rev-parse", "--show-prefix"]).await.map_err(no_repository)?);
        output(workspace, &["rev-parse", "--verify", "--quiet", "HEAD"]).await.map_err(no_repository)?;
        let commit = output(workspace, &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{name}^{{commit}}")]).await;
        let commit = commit.map_err(|_| RevisionError::Unknown { revision: name.to_owned() })?.trim().to_owned();
        let entry = target.entry();
        if output(workspace, &["check-ignore", "--quiet", "--", &entry.to_string_lossy()]).await.is_ok() {
            return Err(RevisionError::Ignored { entry: entry.clone() });
        }
        let object = format!("{commit}:./{}", entry.to_string_lossy().replace('\\', "/"));
        if output(workspace, &["cat-file", "-e", &object]).await.is_err() {
            return Err(RevisionError::NoEntry { revision: name.to_owned(), entry: entry.clone() });
        }
        Ok(Self { name: name.to_owned(), commit, workspace: workspace.to_owned(), top, inside })
    }

    /// Writes the version's files to a temporary folder, with links to what git ignores (node_modules, .env, builds) in the working tree.
    ///
    /// # Errors
    /// When git or the file system fails.
    pub(crate) async fn check_out(&self) -> Result<Checkout, RevisionError> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        sweep(&self.top).await;
        let name = format!("{PREFIX}{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let temporary = std::env::temp_dir();
        // Programs see the path as the system has it.
        let folder = temporary.canonicalize().unwrap_or(temporary).join(name);
        let checkout = Checkout { top: self.top.clone(), workspace: folder.join(&self.inside), folder, notes: Vec::new() };
        let failed = |source| RevisionError::Checkout { revision: self.name.clone(), source };
        // A project's hooks are not to run for this.
        let hooks = if cfg!(windows) { "core.hooksPath=NUL" } else { "core.hooksPath=/dev/null" };
        let mut add = command(&self.top, &["-c", hooks, "worktree", "add", "--quiet", "--detach", "--force"]);
        add.arg(&checkout.folder).arg(&self.commit);
        run(add, CHECKOUT).await.map_err(failed)?;
        let ignored = ignored(&self.top).await.map_err(failed)?;
        let revision = self.clone();
        let work = move || revision.complete(checkout, &ignored);
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
    }

    fn complete(&self, mut checkout: Checkout, ignored: &[String]) -> Result<Checkout, RevisionError> {
        links::link_all(&self.top, &checkout.folder, ignored)?;
        let read = |folder: &Path, name: &str| fs::read(folder.join(name)).ok();
        let at_top = [(&self.top, &checkout.folder), (&self.workspace, &checkout.workspace)];
        let differs = |name: &str| at_top.iter().any(|(now, then)| read(now, name) != read(then, name));
        if let Some(name) = LOCK_FILES.into_iter().find(|name| differs(name)) {
            checkout.notes.push(format!(
                "{name} of {} differs, but its dependencies are those of the working tree: what other versions of packages change is not seen.",
                self.name
            ));
        }
        let builds = links::builds(ignored);
        if !builds.is_empty() {
            checkout.notes.push(format!(
                "git ignores {}, so {} runs with what the working tree has there.",
                builds.join(" and "),
                self.name
            ));
        }
        Ok(checkout)
    }
}

/// What git ignores in a repository, relative to it, folders as a whole and with a slash at their end; and packages that it should ignore.
async fn ignored(top: &Path) -> Result<Vec<String>, GitError> {
    let list = async |args: &[&str]| {
        let text = output(top, &[&["ls-files", "--others", "--exclude-standard", "--directory", "-z"], args].concat()).await?;
        Ok::<Vec<String>, GitError>(text.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
    };
    let mut found = list(&["--ignored"]).await?;
    found.extend(list(&[]).await?.into_iter().filter(|path| path.trim_end_matches('/').rsplit('/').next() == Some("node_modules")));
    Ok(found)
}

/// Removes the folders of processes that were killed.
async fn sweep(top: &Path) {
    let Ok(list) = output(top, &["worktree", "list", "--porcelain"]).await else { return };
    for folder in list.lines().filter_map(|line| line.strip_prefix("worktree ")).map(PathBuf::from) {
        let owner = folder.file_name().and_then(|name| name.to_str()?.strip_prefix(PREFIX)?.split('-').next()?.parse().ok());
        if owner.is_some_and(|owner: u32| !crate::history::is_alive(owner)) {
            remove(top, &folder);
        }
    }
}

/// Removes a folder that we made, and what git has noted of it. `git worktree prune` would also forget folders of the user's that are not
/// mounted at the moment.
fn remove(top: &Path, folder: &Path) {
    // Links are removed, and not what they lead to.
    let removed = fs::remove_dir_all(folder);
    let mut forget = command(top, &["worktree", "remove", "--force"]);
    forget.arg(folder).stdout(Stdio::null()).stderr(Stdio::null());
    let forgotten = forget.status().is_ok_and(|status| status.success());
    if let Err(error) = removed
        && folder.exists()
    {
        tracing::warn!(%error, "{} could not be removed", folder.display());
    }
    if !forgotten {
        tracing::warn!("`git worktree remove {}` failed", folder.display());
    }
}

impl Drop for Checkout {
    /// Blocks for some milliseconds, of a large repository for some tenths of a second.
    fn drop(&mut self) {
        remove(&self.top, &self.folder);
    }
}

#[cfg(test)]
mod tests;
