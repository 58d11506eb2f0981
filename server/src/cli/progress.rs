//! Progress on standard error, only when that is a terminal.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;

/// A line that tells what a run is doing; nothing when standard error is not a terminal.
pub(super) struct Line {
    bar: ProgressBar,
}

impl Line {
    pub(super) fn new() -> Self {
        if !std::io::stderr().is_terminal() {
            return Self { bar: ProgressBar::hidden() };
        }
        let bar = ProgressBar::new(100);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {percent:>3} % {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(std::time::Duration::from_millis(100));
        Self { bar }
    }

    pub(super) fn show(&self, progress: &runs::Progress) {
        self.tell(u64::from(progress.percent), progress.message.clone());
    }

    /// How far it is, 0 to 100, and a short text.
    pub(super) fn tell(&self, percent: u64, message: String) {
        self.bar.set_position(percent);
        self.bar.set_message(message);
    }

    /// Prints a line of the program above the progress.
    pub(super) fn print_above(&self, line: &str) {
        self.bar.suspend(|| {
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "{line}");
        });
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
