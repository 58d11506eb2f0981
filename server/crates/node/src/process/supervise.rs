//! The thread that owns one launched program.
//!
//! It spawns, drains and waits, on a runtime of its own: a busy or ended
//! runtime of the caller cannot stop the draining, and dropping a child needs
//! no runtime. It lives until the program has ended, which a Linux
//! parent-death signal requires, as that is tied to the spawning *thread*.

use std::io;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::sync::{oneshot, watch};

use super::output::{Output, Stream};
use super::tree::{self, Killed, Root, Search};
#[cfg(unix)]
use super::watchdog::Watchdog;
use super::{Exit, Launch, MARK_VARIABLE, PortVariable, SpawnError, StopSignal};

/// What the handle and the supervising thread both know.
pub(super) struct Shared {
    pub(super) root: Root,
    pub(super) output: Arc<Output>,
    pub(super) started: Instant,
    /// The tree was seen to be empty; never look for it again, its pid may be reused.
    gone: AtomicBool,
    /// Greatest CPU time told so far, in nanoseconds.
    cpu_ns: AtomicU64,
    #[cfg(unix)]
    watchdog: Mutex<Option<Watchdog>>,
}

/// Starts the program; the receiver turns to `Some` when its first process has ended.
pub(super) async fn start(launch: Launch) -> Result<(Arc<Shared>, watch::Receiver<Option<Exit>>), SpawnError> {
    let node = launch.node.clone();
    let failed = |source| SpawnError::Os { node: node.clone(), source };
    let (tell, told) = oneshot::channel();
    std::thread::Builder::new().name("node-child".to_owned()).spawn(move || run(launch, tell)).map_err(failed)?;
    match told.await {
        Ok(result) => result.map_err(failed),
        Err(_) => Err(failed(io::Error::other("the supervising thread ended at once"))),
    }
}

impl Shared {
    /// Sends the asking signal to every member. False when there is no such thing here.
    pub(super) fn ask(&self, signal: StopSignal) -> bool {
        if self.gone.load(Ordering::Acquire) {
            return false;
        }
        #[cfg(unix)]
        {
            use nix::sys::signal::{Signal, kill};
            let signal = match signal {
                StopSignal::Terminate => Signal::SIGTERM,
                StopSignal::Interrupt => Signal::SIGINT,
            };
            for process in tree::members(&self.root, Search::Marked).unwrap_or_default() {
                if let Ok(pid) = i32::try_from(process.pid)
                    && tree::start_of(process.pid) == Some(process.start)
                {
                    // Already gone is fine; a refusal shows when killing.
                    let _ = kill(nix::unistd::Pid::from_raw(pid), signal);
                }
            }
            true
        }
        #[cfg(not(unix))]
        {
            let _ = signal;
            false
        }
    }

    /// Kills the tree, and releases the watchdog once nothing is left. Blocks.
    pub(super) fn kill(&self, limit: Duration) -> Killed {
        if self.gone.load(Ordering::Acquire) {
            return Killed::default();
        }
        let killed = match tree::kill(&self.root, limit) {
            Ok(killed) => killed,
            Err(error) => {
                tracing::error!(%error, pid = self.root.pid, "cannot list the processes to be killed");
                Killed { count: 0, survivors: vec![self.root.pid] }
            }
        };
        if killed.survivors.is_empty() {
            self.gone.store(true, Ordering::Release);
            #[cfg(unix)]
            if let Some(watchdog) = self.watchdog.lock().unwrap_or_else(PoisonError::into_inner).take()
                && let Err(error) = watchdog.done()
            {
                tracing::debug!(%error, "the watchdog was gone already");
            }
        }
        killed
    }

    /// Remembers the greatest CPU time and returns it.
    pub(super) fn raise_cpu(&self, now: Duration) -> Duration {
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(self.cpu_ns.fetch_max(now, Ordering::AcqRel).max(now))
    }

    fn reaped(&self) {
        #[cfg(unix)]
        if let Some(watchdog) = self.watchdog.lock().unwrap_or_else(PoisonError::into_inner).as_mut()
            && let Err(error) = watchdog.reaped()
        {
            tracing::debug!(%error, "the watchdog is gone");
        }
    }
}

type Told = oneshot::Sender<io::Result<(Arc<Shared>, watch::Receiver<Option<Exit>>)>>;

fn run(launch: Launch, tell: Told) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = tell.send(Err(error));
            return;
        }
    };
    runtime.block_on(async {
        let (mut child, shared) = match spawn(&launch) {
            Ok(spawned) => spawned,
            Err(error) => {
                let _ = tell.send(Err(error));
                return;
            }
        };
        let (publish, exit) = watch::channel(None);
        let stdout = drain(child.stdout().take(), Stream::Stdout, Arc::clone(&shared.output));
        let stderr = drain(child.stderr().take(), Stream::Stderr, Arc::clone(&shared.output));
        let abandoned = tell.send(Ok((Arc::clone(&shared), exit))).is_err();
        if abandoned {
            // The caller's future was dropped while we spawned.
            shared.kill(Duration::from_secs(2));
        }
        let mut drained = tokio::spawn(async { tokio::join!(stdout, stderr) });
        let ended = wait(&mut child, &shared).await;
        shared.reaped();
        // The last words belong to the exit, but a grandchild may hold the pipes open.
        let _ = tokio::time::timeout(Duration::from_millis(250), &mut drained).await;
        publish.send_replace(Some(ended));
        if !drained.is_finished() {
            let _ = drained.await;
        }
    });
}

fn spawn(launch: &Launch) -> io::Result<(Box<dyn ChildWrapper>, Arc<Shared>)> {
    let id = new_id();
    let mark = match std::env::var(MARK_VARIABLE) {
        // A run inside a run: the outer one must still find this tree.
        Ok(outer) => format!("{outer}:{id}"),
        Err(_) => id.clone(),
    };
    let stdout = match &launch.stdout_file {
        Some(file) => {
            let made = std::fs::File::create(file);
            Stdio::from(made.map_err(|error| io::Error::new(error.kind(), format!("cannot write {}: {error}", file.display())))?)
        }
        None => Stdio::piped(),
    };
    let mut command = Command::new(&launch.node);
    command
        .args(&launch.node_args)
        .arg(&launch.entry)
        .args(&launch.args)
        .current_dir(&launch.cwd)
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(Stdio::piped());
    match launch.port {
        PortVariable::Ephemeral => drop(command.env("PORT", "0")),
        PortVariable::Fixed(port) => drop(command.env("PORT", port.to_string())),
        PortVariable::Inherited => {}
    }
    for (name, value) in &launch.env {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.env(MARK_VARIABLE, mark);
    #[cfg(unix)]
    let mut watchdog = start_watchdog(launch, &id);
    #[cfg(target_os = "linux")]
    if watchdog.is_none() {
        die_with_this_thread(&mut command);
    }
    let mut wrapped = CommandWrap::from(command);
    wrapped.wrap(KillOnDrop);
    #[cfg(unix)]
    wrapped.wrap(process_wrap::tokio::ProcessGroup::leader());
    #[cfg(windows)]
    wrapped.wrap(process_wrap::tokio::JobObject);
    let started = Instant::now();
    let spawned = wrapped.spawn();
    #[cfg(unix)]
    if spawned.is_err()
        && let Some(watchdog) = watchdog.take()
    {
        let _ = watchdog.done();
    }
    let child = spawned?;
    let pid = child.id().ok_or_else(|| io::Error::other("the process has no id"))?;
    #[cfg(unix)]
    if let Some(watchdog) = &mut watchdog
        && let Err(error) = watchdog.root(pid)
    {
        tracing::warn!(%error, "the watchdog is gone");
    }
    let shared = Arc::new(Shared {
        root: super::new_root(pid, id),
        output: Arc::new(Output::new(launch.keep_output_bytes, launch.lines.clone())),
        started,
        gone: AtomicBool::new(false),
        cpu_ns: AtomicU64::new(0),
        #[cfg(unix)]
        watchdog: Mutex::new(watchdog),
    });
    Ok((child, shared))
}

#[cfg(unix)]
fn start_watchdog(launch: &Launch, id: &str) -> Option<Watchdog> {
    #[cfg(test)]
    if launch.without_watchdog {
        return None;
    }
    match Watchdog::start(id) {
        Ok(watchdog) => Some(watchdog),
        Err(error) => {
            tracing::warn!(%error, entry = %launch.entry.display(), "no watchdog: if we are killed, processes the program started may live on");
            None
        }
    }
}

/// The kernel kills the program when the thread that spawned it ends.
#[cfg(target_os = "linux")]
fn die_with_this_thread(command: &mut Command) {
    use nix::sys::signal::Signal;
    let parent = nix::unistd::getpid();
    // SAFETY: prctl and getppid are async-signal-safe and touch no memory of ours.
    unsafe {
        command.pre_exec(move || {
            nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
            // The parent may have died between fork and prctl.
            if nix::unistd::getppid() == parent { Ok(()) } else { Err(io::ErrorKind::Interrupted.into()) }
        });
    }
}

async fn drain(pipe: Option<impl AsyncRead + Unpin>, stream: Stream, output: Arc<Output>) {
    let Some(mut pipe) = pipe else { return };
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match pipe.read(&mut buffer).await {
            Ok(0) => break,
            Ok(count) => output.push(stream, &buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                tracing::warn!(%error, ?stream, "reading the program's output failed");
                break;
            }
        }
    }
    output.end(stream);
}

async fn wait(child: &mut Box<dyn ChildWrapper>, shared: &Shared) -> Exit {
    let cpu = cost_at_end(shared.root.pid).await;
    let after = shared.started.elapsed();
    let status = child.wait().await;
    let (code, signal) = match &status {
        Ok(status) => (status.code(), signal_of(status)),
        Err(error) => {
            tracing::error!(%error, pid = shared.root.pid, "cannot wait for the program");
            (None, None)
        }
    };
    Exit { code, signal, after, cpu }
}

/// Waits until the process is a zombie and reads what it used before it is reaped.
#[cfg(target_os = "linux")]
async fn cost_at_end(pid: u32) -> Option<Duration> {
    use nix::sys::wait::{Id, WaitPidFlag, waitid};
    let raw = nix::unistd::Pid::from_raw(i32::try_from(pid).ok()?);
    let (tell, told) = oneshot::channel();
    std::thread::Builder::new()
        .name("node-exit".to_owned())
        .spawn(move || {
            let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
            let mut result = waitid(Id::Pid(raw), flags);
            while result == Err(nix::errno::Errno::EINTR) {
                result = waitid(Id::Pid(raw), flags);
            }
            let zombie = tree::process(pid).filter(|process| process.zombie && result.is_ok());
            let _ = tell.send(zombie.map(|process| process.cpu + process.waited_cpu));
        })
        .ok()?;
    told.await.ok().flatten()
}

#[cfg(not(target_os = "linux"))]
async fn cost_at_end(_pid: u32) -> Option<Duration> {
    None
}

#[cfg(unix)]
fn signal_of(status: &std::process::ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(status)
}

#[cfg(not(unix))]
fn signal_of(_status: &std::process::ExitStatus) -> Option<i32> {
    None
}

/// Differs between launches, processes and machines' boots.
fn new_id() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{}-{now:x}-{count}.", std::process::id())
}
