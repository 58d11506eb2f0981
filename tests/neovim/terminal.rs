//! A terminal: a server of tmux of its own, whose screen is read.

use crate::editor::{Editor, on_path};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long something may take to appear.
const LIMIT: Duration = Duration::from_secs(60);

/// A terminal with Neovim in it. Dropping it ends both.
#[derive(Debug)]
pub struct Terminal {
    tmux: PathBuf,
    socket: String,
}

impl Terminal {
    /// Opens a file in Neovim.
    pub fn open(editor: &Editor, file: &Path) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let tmux = on_path("tmux").expect("no tmux: `cargo xtask test` installs it on Debian, else install it by hand");
        let socket = format!("tickmark-test-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let terminal = Self { tmux, socket };
        let mut words = vec!["new-session", "-d", "-s", "main", "-x", "140", "-y", "40", "-c", file.parent().unwrap().to_str().unwrap()];
        let variables: Vec<String> = editor.environment().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut command = vec!["env".to_owned()];
        command.extend(variables);
        command.extend(editor.command(file));
        words.extend(command.iter().map(String::as_str));
        terminal.tmux(&words);
        terminal.tmux(&["set", "-g", "escape-time", "0"]);
        terminal.tmux(&["set", "-g", "status", "off"]);
        terminal.tmux(&["resize-window", "-t", "main", "-x", "140", "-y", "40"]);
        terminal
    }

    /// Presses keys, named as tmux names them; other words are typed.
    pub fn press(&self, keys: &[&str]) {
        for key in keys {
            self.tmux(&["send-keys", "-t", "main", key]);
        }
    }

    /// The screen as text.
    pub fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-t", "main"])
    }

    /// Waits until a line of the screen has all of these texts.
    #[track_caller]
    pub fn see(&self, texts: &[&str]) -> String {
        self.until(&format!("a line with {texts:?}"), |screen| {
            screen.lines().find(|line| texts.iter().all(|text| line.contains(text))).map(str::to_owned)
        })
    }

    /// Waits until something is found on the screen.
    #[track_caller]
    pub fn until<T>(&self, what: &str, find: impl Fn(&str) -> Option<T>) -> T {
        let deadline = Instant::now() + LIMIT;
        loop {
            let screen = self.screen();
            if let Some(found) = find(&screen) {
                return found;
            }
            assert!(Instant::now() < deadline, "{what} did not appear within {LIMIT:?}:\n{screen}");
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    #[track_caller]
    fn tmux(&self, words: &[&str]) -> String {
        let output = Command::new(&self.tmux)
            .args(["-L", &self.socket, "-f", "/dev/null", "-u"])
            .args(words)
            .env("LC_ALL", "C.UTF-8")
            .output()
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", self.tmux.display()));
        assert!(output.status.success(), "tmux {words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Not `tmux()`: a panic here would hide the first one.
        let _ = Command::new(&self.tmux).args(["-L", &self.socket, "kill-server"]).output();
    }
}
