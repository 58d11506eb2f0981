//! A launched Node.js program: its output, its cost, its end — with everything it started.
//!
//! Who ends the tree when we die ourselves: on Unix a [watchdog](watchdog) that
//! sees a pipe of ours close. A parent-death signal (Linux) is set only when no
//! watchdog could be started, because it kills the first process before anybody
//! can walk its tree. On Windows the job object closes with us. Becoming a
//! subreaper instead was ruled out: it is a property of the whole process, so
//! we would inherit orphans of every library, and it ends with us.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

#[cfg(all(test, target_os = "linux"))]
mod death;
mod output;
mod supervise;
mod tree;
#[cfg(unix)]
mod watchdog;

pub use output::{OutputTail, Stream};
use supervise::Shared;
pub use tree::Process;
use tree::{Root, Search};
pub(crate) use tree::{family, start_of};

/// Name of the environment variable that marks every process of a launch.
pub const MARK_VARIABLE: &str = "TICKMARK_RUN";

/// Receives every complete line the program prints, without its line end.
pub type LineSink = Arc<dyn Fn(Stream, &str) + Send + Sync>;

/// What `PORT` the program sees in its environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PortVariable {
    /// `PORT=0`: programs that read it as text bind an ephemeral port. Those
    /// that turn it into a number first (`+process.env.PORT || 3000`) take
    /// their default. A `PORT` set through [`Launch::env`] wins.
    #[default]
    Ephemeral,
    /// `PORT=<n>`.
    Fixed(u16),
    /// As in our own environment.
    Inherited,
}

/// How to start a program.
#[derive(Clone)]
pub struct Launch {
    /// The Node binary.
    pub node: PathBuf,
    /// Flags before the entry file, for Node and V8.
    pub node_args: Vec<OsString>,
    /// The program's file, or a directory with a package.json.
    pub entry: PathBuf,
    /// Arguments for the program.
    pub args: Vec<OsString>,
    /// Working directory.
    pub cwd: PathBuf,
    /// Changes to the inherited environment; `None` removes a variable.
    pub env: BTreeMap<OsString, Option<OsString>>,
    /// The `PORT` variable.
    pub port: PortVariable,
    /// How many bytes of the end of each stream are kept.
    pub keep_output_bytes: usize,
    /// Called for every line, on the thread that drains the pipes: must not block.
    pub lines: Option<LineSink>,
    /// A file to be made, to which all of standard output goes, unread and
    /// uncut: `lines` and [`OutputTail`] then have standard error only.
    pub stdout_file: Option<PathBuf>,
    #[cfg(test)]
    pub(crate) without_watchdog: bool,
}

/// Why a program could not be started.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// The working directory is not a directory.
    #[error("cannot start {}: working directory {} does not exist or is not a directory", .entry.display(), .cwd.display())]
    WorkingDirectory {
        /// What was to be started.
        entry: PathBuf,
        /// The missing directory.
        cwd: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot start {}: {source}", .node.display())]
    Os {
        /// The Node binary.
        node: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
}

/// How the first process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    /// Exit code, unless a signal ended it.
    pub code: Option<i32>,
    /// Number of the signal that ended it.
    pub signal: Option<i32>,
    /// From start to end.
    pub after: Duration,
    /// User and system time of it and of the children it waited for, where the
    /// platform tells (Linux).
    pub cpu: Option<Duration>,
}

impl Exit {
    /// Exit code 0.
    pub fn success(&self) -> bool {
        self.code == Some(0)
    }

    /// SIGPROF, the signal of V8's sampler. Node 18 under `--prof` now and then (1–3 of 100 on a busy machine) dies of the last one, because
    /// its sampler takes the handler away while that signal is under way. By then the program has ended and its `exit` handlers have run;
    /// only its exit code is lost. Seen on no later version.
    pub fn by_sampler(&self) -> bool {
        self.code.is_none() && self.signal.and_then(signal_name) == Some("SIGPROF")
    }
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.code, self.signal) {
            (Some(code), _) => write!(f, "exit code {code}"),
            (None, Some(signal)) => match signal_name(signal) {
                Some(name) => write!(f, "signal {signal} ({name})"),
                None => write!(f, "signal {signal}"),
            },
            (None, None) => f.write_str("unknown exit status"),
        }
    }
}

/// How to ask a program to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StopSignal {
    /// SIGTERM, what a process manager sends.
    #[default]
    Terminate,
    /// SIGINT, what Ctrl-C sends.
    Interrupt,
}

/// What [`Child::stop`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopReport {
    /// The end of the first process; `None` only if even SIGKILL had no effect in time.
    pub exit: Option<Exit>,
    /// It ended within the grace period (or before), not by SIGKILL.
    pub graceful: bool,
    /// Processes of the tree that had to be killed.
    pub killed: usize,
    /// Processes that are still there in spite of SIGKILL.
    pub survivors: Vec<u32>,
    /// How long stopping took.
    pub took: Duration,
}

/// Why the tree of a program could not be looked at.
#[derive(Debug, thiserror::Error)]
#[error("cannot list the processes of the program (pid {pid}): {source}")]
pub struct TreeError {
    /// The first process.
    pub pid: u32,
    /// The reason.
    pub source: std::io::Error,
}

/// A running program. Dropping it kills the whole tree.
pub struct Child {
    shared: Arc<Shared>,
    exit: watch::Receiver<Option<Exit>>,
}

/// How long SIGKILL may take until a process counts as a survivor.
const KILL_LIMIT: Duration = Duration::from_secs(5);

impl Launch {
    /// Starts `entry` with `node` in `cwd`, nothing else changed.
    pub fn new(node: impl Into<PathBuf>, entry: impl Into<PathBuf>, cwd: impl Into<PathBuf>) -> Self {
        Self {
            node: node.into(),
            node_args: Vec::new(),
            entry: entry.into(),
            args: Vec::new(),
            cwd: cwd.into(),
            env: BTreeMap::new(),
            port: PortVariable::default(),
            keep_output_bytes: 64 * 1024,
            lines: None,
            stdout_file: None,
            #[cfg(test)]
            without_watchdog: false,
        }
    }

    /// Starts it: standard input is empty, both outputs are drained from now on.
    pub async fn spawn(self) -> Result<Child, SpawnError> {
        if !self.cwd.is_dir() {
            return Err(SpawnError::WorkingDirectory { entry: self.entry, cwd: self.cwd });
        }
        let (shared, exit) = supervise::start(self).await?;
        Ok(Child { shared, exit })
    }
}

impl Child {
    /// Id of the first process, which is also its process group.
    pub fn pid(&self) -> u32 {
        self.shared.root.pid
    }

    /// The text which the environment of every process of the tree contains.
    pub fn mark(&self) -> &str {
        &self.shared.root.mark
    }

    /// When it was started.
    pub fn started(&self) -> Instant {
        self.shared.started
    }

    /// Waits for the end of the first process. Its children may live on.
    pub async fn exited(&self) -> Exit {
        let mut exit = self.exit.clone();
        loop {
            if let Some(exit) = *exit.borrow_and_update() {
                return exit;
            }
            if exit.changed().await.is_err() {
                // The supervising thread ended without a status: it panicked.
                return Exit { code: None, signal: None, after: self.shared.started.elapsed(), cpu: None };
            }
        }
    }

    /// The end of the first process, if it has ended.
    pub fn try_exited(&self) -> Option<Exit> {
        *self.exit.borrow()
    }

    /// What the program printed last.
    pub fn output(&self) -> OutputTail {
        self.shared.output.tail()
    }

    /// The `ws://` addresses the program announced with `Debugger listening on`.
    pub fn inspector_urls(&self) -> Vec<String> {
        self.shared.output.inspector_urls()
    }

    /// Lines that said `EADDRINUSE`, in order, at most a few.
    pub(crate) fn address_in_use(&self) -> Vec<String> {
        self.shared.output.address_in_use()
    }

    /// The processes of the tree now, by parentage and process group. Zombies are left out.
    pub fn processes(&self) -> Result<Vec<Process>, TreeError> {
        let mut all = self.members(Search::Family)?;
        all.retain(|process| !process.zombie);
        Ok(all)
    }

    /// User and system time used so far by the tree: every process of it plus
    /// the children that were waited for. Never less than an earlier answer.
    ///
    /// Resolution on Linux is nanoseconds for live processes and a clock tick
    /// (10 ms) for ended children; elsewhere milliseconds, without ended children.
    /// A process that left both the tree and the group is not counted.
    pub fn cpu_time(&self) -> Result<Duration, TreeError> {
        let mut sum = Duration::ZERO;
        let mut root_seen = false;
        for process in self.members(Search::Family)? {
            root_seen |= process.pid == self.pid();
            sum += process.cpu + process.waited_cpu;
        }
        if !root_seen {
            sum += self.try_exited().and_then(|exit| exit.cpu).unwrap_or_default();
        }
        Ok(self.shared.raise_cpu(sum))
    }

    /// Resident memory of all processes of the tree, in bytes. Shared pages count in each.
    pub fn rss_bytes(&self) -> Result<u64, TreeError> {
        Ok(self.processes()?.iter().map(|process| process.rss_bytes).sum())
    }

    /// Asks every process of the tree to end, waits up to `grace`, then kills what is left.
    ///
    /// On Windows there is nothing to ask with: `grace` is not waited for.
    pub async fn stop(&self, signal: StopSignal, grace: Duration) -> StopReport {
        let begun = Instant::now();
        let graceful = self.ask_and_wait(signal, grace).await;
        let shared = Arc::clone(&self.shared);
        let killed = tokio::task::spawn_blocking(move || shared.kill(KILL_LIMIT)).await.unwrap_or_default();
        let exit = tokio::time::timeout(KILL_LIMIT, self.exited()).await.ok();
        StopReport { exit, graceful: graceful && exit.is_some(), killed: killed.count, survivors: killed.survivors, took: begun.elapsed() }
    }

    async fn ask_and_wait(&self, signal: StopSignal, grace: Duration) -> bool {
        let before = self.try_exited().is_some();
        if !self.shared.ask(signal) {
            return before;
        }
        let wait = async {
            self.exited().await;
            let mut pause = Duration::from_millis(5);
            // Its children may still be tidying up.
            while self.members(Search::Marked).is_ok_and(|all| all.iter().any(|process| !process.zombie)) {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_millis(50));
            }
        };
        let _ = tokio::time::timeout(grace, wait).await;
        self.try_exited().is_some()
    }

    fn members(&self, search: Search) -> Result<Vec<Process>, TreeError> {
        tree::members(&self.shared.root, search).map_err(|source| TreeError { pid: self.pid(), source })
    }
}

impl std::fmt::Debug for Child {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Child").field("root", &self.shared.root).field("exit", &*self.exit.borrow()).finish()
    }
}

impl Drop for Child {
    /// Kills the tree and blocks until it is gone: milliseconds, at most two seconds.
    fn drop(&mut self) {
        let killed = self.shared.kill(Duration::from_secs(2));
        if !killed.survivors.is_empty() {
            tracing::warn!(survivors = ?killed.survivors, "processes survived SIGKILL");
        }
    }
}

/// Identifies the tree of a launch to the rest of the crate.
fn new_root(pid: u32, mark: String) -> Root {
    Root { pid, start: tree::start_of(pid).unwrap_or_default(), mark }
}

#[cfg(unix)]
fn signal_name(signal: i32) -> Option<&'static str> {
    nix::sys::signal::Signal::try_from(signal).ok().map(nix::sys::signal::Signal::as_str)
}

#[cfg(not(unix))]
fn signal_name(_signal: i32) -> Option<&'static str> {
    None
}
