//! Runs of the binary: started, watched, ended; and what they must not leave behind.

use super::project::Project;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Longest time for one command. Nothing here takes long: what does, hangs.
const LIMIT: Duration = Duration::from_secs(120);

/// Variable that marks everything that a command has started.
const MARK: &str = "TICKMARK_TEST_MARK";

/// Windows that are as short as a test can bear.
pub const SHORT: [&str; 4] = ["-d", "1s", "--warm-up", "1s"];

/// A command line of tickmark.
#[derive(Debug)]
pub struct Tickmark {
    command: Command,
    mark: String,
}

/// A command that runs.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: Drain,
    stderr: Drain,
    mark: String,
}

/// A command that has ended.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
    mark: String,
}

impl Tickmark {
    /// `tickmark ARGS` in a project's folder.
    pub fn new<S: AsRef<OsStr>>(project: &Project, args: impl IntoIterator<Item = S>) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let mark = format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let mut command = Command::new(env!("CARGO_BIN_EXE_tickmark"));
        command.args(args).current_dir(project.path()).env(MARK, &mark);
        for variable in ["NODE_ENV", "NODE_OPTIONS", "PORT", "TICKMARK_LOG"] {
            command.env_remove(variable);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { command, mark }
    }

    /// With more arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    /// With a variable of its environment.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Starts it.
    pub fn start(mut self) -> Running {
        let mut child = self.command.spawn().unwrap();
        let stdout = Drain::of(child.stdout.take().unwrap());
        let stderr = Drain::of(child.stderr.take().unwrap());
        Running { child, stdout, stderr, mark: self.mark }
    }

    /// Runs it to its end.
    pub fn run(self) -> Ended {
        self.start().wait()
    }
}

impl Running {
    /// Sends a signal to tickmark alone.
    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
    }

    /// Waits until standard error has a text.
    pub fn until_printed(&mut self, text: &str) {
        let deadline = Instant::now() + LIMIT;
        while !self.stderr.text().contains(text) {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("ended ({status}) before it printed {text:?}:\n{}", self.stderr.text());
            }
            assert!(Instant::now() < deadline, "never printed {text:?}:\n{}", self.stderr.text());
            pause();
        }
    }

    /// Waits for its end.
    pub fn wait(mut self) -> Ended {
        let deadline = Instant::now() + LIMIT;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > deadline {
                self.child.kill().unwrap();
                panic!("did not end within {LIMIT:?}; printed:\n{}{}", self.stdout.text(), self.stderr.text());
            }
            pause();
        };
        Ended { status, stdout: self.stdout.finish(), stderr: self.stderr.finish(), mark: self.mark }
    }
}

impl Ended {
    /// Fails unless it ended with this exit code.
    #[track_caller]
    pub fn code(self, expected: i32) -> Self {
        assert_eq!(self.status.code(), Some(expected), "{}\n{}\n{}", self.status, self.stdout, self.stderr);
        self
    }

    /// Fails unless standard error has all of these texts, and starts a line with `error: `.
    #[track_caller]
    pub fn says(self, texts: &[&str]) -> Self {
        assert!(self.stderr.lines().any(|line| line.starts_with("error: ")), "no error in:\n{}", self.stderr);
        for text in texts {
            assert!(self.stderr.contains(text), "{text:?} is not in:\n{}", self.stderr);
        }
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}:\n{}\n{}", self.stdout, self.stderr))
    }

    /// Fails if a process that this command started is still there, or half a run.
    #[track_caller]
    pub fn leaves_nothing(self, project: &Project) -> Self {
        self.leaves_no_process();
        let partial: Vec<String> = project.run_folders().into_iter().filter(|name| name.starts_with('.')).collect();
        assert!(partial.is_empty(), "left {partial:?}");
        self
    }

    /// Fails if a process that this command started is still there. One that is just ending has a moment for it.
    #[track_caller]
    pub fn leaves_no_process(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let left = marked(&self.mark);
            if left.is_empty() {
                return;
            }
            assert!(Instant::now() < deadline, "left running: {left:?}\n{}", self.stderr);
            pause();
        }
    }
}

/// Command lines of the processes with this mark in their environment.
fn marked(mark: &str) -> Vec<String> {
    let wanted = format!("{MARK}={mark}");
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let path = entry.path();
        // Those that end while we look, and those of other users, cannot be read.
        let Ok(environment) = fs::read(path.join("environ")) else { continue };
        if environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes()) {
            let command = fs::read(path.join("cmdline")).unwrap_or_default();
            found.push(String::from_utf8_lossy(&command).replace('\0', " "));
        }
    }
    found
}

/// A stream that is read as it comes.
#[derive(Debug)]
struct Drain {
    bytes: Arc<Mutex<Vec<u8>>>,
    thread: std::thread::JoinHandle<()>,
}

impl Drain {
    fn of(mut stream: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let thread = std::thread::spawn({
            let bytes = Arc::clone(&bytes);
            move || {
                let mut block = [0; 65536];
                while let Ok(n) = stream.read(&mut block) {
                    if n == 0 {
                        break;
                    }
                    bytes.lock().unwrap().extend_from_slice(&block[..n]);
                }
            }
        });
        Self { bytes, thread }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }

    fn finish(self) -> String {
        self.thread.join().unwrap();
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }
}

/// Between two looks at something that is waited for.
pub fn pause() {
    std::thread::sleep(Duration::from_millis(10));
}

/// Waits for something to become true.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < deadline, "not within 30 s: {what}");
        pause();
    }
}

/// The machine for one test alone, as long as this is kept: those that compare times would disturb each other.
#[must_use]
pub fn alone() -> File {
    let file = lock_file();
    file.lock().unwrap();
    file
}

/// The machine together with other tests, but with none that must be [`alone`].
#[must_use]
pub fn together() -> File {
    let file = lock_file();
    file.lock_shared().unwrap();
    file
}

fn lock_file() -> File {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("measuring.lock");
    File::options().create(true).truncate(false).write(true).open(path).unwrap()
}
