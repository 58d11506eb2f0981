//! A tiny process that outlives us and ends the measured program when we are killed.
//!
//! A parent-death signal reaches only the direct child, and killing only that
//! one makes its children orphans which nobody can find any more by parentage.
//! So a POSIX shell in a session of its own waits on a pipe whose single write
//! end is ours. The kernel closes that end however we die; the shell then
//! walks the tree, the process group and the environments.

use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};

const SCRIPT: &str = include_str!("watchdog.sh");

/// The running watchdog of one launched program.
#[derive(Debug)]
pub(crate) struct Watchdog {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Watchdog {
    /// Starts it; `id` is the text in the environment of every process to be killed.
    ///
    /// Neither the script nor the id appear on the command line in a form that
    /// a kill-by-name for this program's name would match.
    pub(crate) fn start(id: &str) -> io::Result<Self> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "watchdog"]).current_dir("/").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // SAFETY: setsid is async-signal-safe and touches no memory of ours.
        unsafe {
            command.pre_exec(|| {
                nix::unistd::setsid()?;
                Ok(())
            });
        }
        let mut shell = command.spawn()?;
        let pipe = shell.stdin.take();
        let mut watchdog = Self { shell, pipe };
        watchdog.tell(id)?;
        Ok(watchdog)
    }

    /// The program's first process, which leads its process group.
    pub(crate) fn root(&mut self, pid: u32) -> io::Result<()> {
        self.tell(&format!("root {pid}"))
    }

    /// The first process ended and was waited for.
    pub(crate) fn reaped(&mut self) -> io::Result<()> {
        self.tell("reaped")
    }

    /// The whole tree is gone; the watchdog ends without killing anything.
    pub(crate) fn done(mut self) -> io::Result<()> {
        self.tell("done")?;
        self.pipe = None;
        self.shell.wait().map(drop)
    }

    fn tell(&mut self, line: &str) -> io::Result<()> {
        match &mut self.pipe {
            Some(pipe) => writeln!(pipe, "{line}"),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

impl Drop for Watchdog {
    /// Without [`Watchdog::done`] the pipe closes here and the script kills what is left.
    fn drop(&mut self) {
        if self.pipe.take().is_some()
            && let Err(error) = self.shell.wait()
        {
            tracing::warn!(%error, "cannot wait for the watchdog");
        }
    }
}
