//! What a person is told of a run that failed: a sentence, and where in a file the cause is.

use crate::error::RunError;
use node::ports::ListenError;
use std::path::{Path, PathBuf};

/// Longest line of a program that is repeated in a sentence, in characters.
const MAX_LINE_CHARS: usize = 160;
/// How many lines after its first one the stack of an error may begin: messages can have several.
const MAX_MESSAGE_LINES: usize = 12;

/// A failure in short. The whole is the error's own text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// One line, such as `the program ended (exit code 1): TypeError: x is not a function (server.js:12)`.
    pub summary: String,
    /// Where the program threw, when that is in a file.
    pub place: Option<Place>,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Absolute.
    pub path: PathBuf,
    /// 1-based.
    pub line: u32,
    /// 1-based, in UTF-16 code units; 1 when not known.
    pub column: u32,
}

impl RunError {
    /// The failure in short, for a program in `workspace`.
    pub fn failure(&self, workspace: &Path) -> Failure {
        let whole = self.to_string();
        let Some(output) = self.output() else {
            return Failure { summary: first_sentence(&whole).to_owned(), place: None };
        };
        let before = whole.split(" Its last output:").next().unwrap_or(&whole);
        match thrown(output) {
            Some(Thrown { error, place }) => {
                let place = place.map(|place| within(place, workspace));
                let at = place.as_ref().map_or_else(String::new, |place| format!(" ({}:{})", shown(&place.path, workspace), place.line));
                let ended = self.exit().map_or_else(|| format!("{before} It printed"), |exit| format!("the program ended ({exit})"));
                Failure { summary: format!("{ended}: {}{at}", excerpt(&error)), place }
            }
            None => {
                let last = output.lines().rev().find(|line| !line.trim().is_empty());
                let printed = last.map_or_else(String::new, |line| format!(" It printed: {}", excerpt(line.trim())));
                Failure { summary: format!("{before}{printed}"), place: None }
            }
        }
    }

    /// The end of what the program printed, where that is part of the error.
    fn output(&self) -> Option<&str> {
        match self {
            Self::Died { output, .. }
            | Self::NoLog { output, .. }
            | Self::Listen(ListenError::Exited { output, .. } | ListenError::NoPort { output, .. }) => Some(output),
            Self::Request { source, .. } | Self::Round { source, .. } => source.output(),
            _ => None,
        }
    }

    /// How the program ended, where it did.
    fn exit(&self) -> Option<String> {
        match self {
            Self::Died { exit, .. } | Self::Listen(ListenError::Exited { exit, .. }) => Some(exit.to_string()),
            Self::NoLog { exit, .. } => Some(exit.clone()),
            Self::Request { source, .. } | Self::Round { source, .. } => source.exit(),
            _ => None,
        }
    }
}

struct Thrown {
    /// Such as `TypeError: x is not a function`.
    error: String,
    place: Option<Place>,
}

/// The first error with a stack that Node printed. What is left of the output may begin in its middle.
fn thrown(output: &str) -> Option<Thrown> {
    let lines: Vec<&str> = output.lines().collect();
    let is_frame = |line: &str| line.trim_start().starts_with("at ");
    let (first, frames) = lines.iter().enumerate().filter(|(_, line)| is_error(line)).find_map(|(at, _)| {
        let after = lines.get(at + 1..(at + 1 + MAX_MESSAGE_LINES).min(lines.len()))?;
        Some((at, at + 1 + after.iter().position(|line| is_frame(line))?))
    })?;
    let stack = lines[frames..].iter().take_while(|line| is_frame(line));
    // Where a text cannot be parsed, the stack is Node's own; the place is above the error then.
    let header = || lines[..first].iter().rev().find_map(|line| place_of(line.trim()));
    let mut in_files = stack.filter_map(|frame| frame_place(frame)).peekable();
    let outermost_reason = in_files.peek().cloned();
    let own = in_files.find(|place| !place.path.components().any(|part| part.as_os_str() == "node_modules"));
    let error = lines[first].trim().trim_start_matches("Uncaught ").to_owned();
    Some(Thrown { error, place: own.or(outermost_reason).or_else(header) })
}

/// Whether a line is the first of an error, such as `TypeError [ERR_X]: text` or `Error`.
fn is_error(line: &str) -> bool {
    let line = line.trim().trim_start_matches("Uncaught ");
    let name_end = line.find(|char: char| !(char.is_alphanumeric() || matches!(char, '_' | '$' | '.'))).unwrap_or(line.len());
    let (name, rest) = line.split_at(name_end);
    let is_name = name.ends_with("Error") || name.ends_with("Exception");
    is_name && (rest.is_empty() || rest.starts_with(':') || rest.starts_with(" ["))
}

/// The file of a frame such as `    at handler (/app/server.js:12:5)` or `    at file:///app/server.mjs:1:7`.
fn frame_place(frame: &str) -> Option<Place> {
    let frame = frame.trim().strip_prefix("at ")?;
    let inner = frame.rsplit_once('(').and_then(|(_, inner)| inner.strip_suffix(')'));
    place_of(inner.unwrap_or_else(|| frame.strip_prefix("async ").unwrap_or(frame)))
}

/// `PATH:LINE:COLUMN` or `PATH:LINE` with an absolute path or the URL of a file.
fn place_of(text: &str) -> Option<Place> {
    let (rest, last) = text.rsplit_once(':')?;
    let last: u32 = last.parse().ok()?;
    let (path, line, column) = match rest.rsplit_once(':').and_then(|(path, line)| Some((path, line.parse::<u32>().ok()?))) {
        Some((path, line)) => (path, line, last),
        None => (rest, last, 1),
    };
    let path = PathBuf::from(formats::read::source_of_url(path).path?);
    (path.is_absolute() && line > 0).then_some(Place { path, line, column: column.max(1) })
}

/// Node names files without symbolic links; here they are named as the workspace is.
fn within(mut place: Place, workspace: &Path) -> Place {
    let real = std::fs::canonicalize(workspace);
    if let Some(inside) = real.ok().and_then(|real| Some(place.path.strip_prefix(real).ok()?.to_owned())) {
        place.path = workspace.join(inside);
    }
    place
}

fn shown(path: &Path, workspace: &Path) -> String {
    path.strip_prefix(workspace).unwrap_or(path).display().to_string()
}

fn first_sentence(whole: &str) -> &str {
    whole.lines().next().unwrap_or_default()
}

fn excerpt(line: &str) -> String {
    match line.char_indices().nth(MAX_LINE_CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests;
