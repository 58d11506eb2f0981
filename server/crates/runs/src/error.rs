//! Why a run gave no result.

use crate::config::ConfigError;
use crate::history::HistoryError;
use std::path::PathBuf;

/// Why a run gave no result. Messages say what happened, where, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The user stopped it.
    #[error("the run was stopped")]
    Cancelled,
    /// The settings are not valid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The entry is not a file.
    #[error("there is no file {}: name the program's file, or set \"entry\" in tickmark.json", .0.display())]
    NoEntry(PathBuf),
    /// A route has parameters and nobody said what to put there.
    #[error(
        "{route} needs a value for {}: write into tickmark.json\n{example}",
        .missing.iter().map(|name| format!(":{name}")).collect::<Vec<_>>().join(", ")
    )]
    MissingSample {
        /// `METHOD /pattern`.
        route: String,
        /// Names of the parameters without a value.
        missing: Vec<String>,
        /// What to write.
        example: String,
    },
    /// A sample value makes no request.
    #[error("the sample of {route} in tickmark.json: {problem}")]
    BadSample {
        /// `METHOD /pattern`.
        route: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// No usable Node.
    #[error(transparent)]
    Toolchain(#[from] node::toolchain::ToolchainError),
    /// V8 cannot log.
    #[error(transparent)]
    Flags(#[from] node::flags::FlagsError),
    /// The program cannot be started.
    #[error(transparent)]
    Spawn(#[from] node::process::SpawnError),
    /// The program cannot be reached.
    #[error(transparent)]
    Listen(#[from] node::ports::ListenError),
    /// The program's processes cannot be looked at.
    #[error(transparent)]
    Tree(#[from] node::process::TreeError),
    /// The route does not answer.
    #[error(transparent)]
    Probe(#[from] load::ProbeError),
    /// The route answers, but not as expected.
    #[error("{route} answered {status}{}. {advice}", excerpt(.body))]
    Status {
        /// `METHOD /path`.
        route: String,
        /// The status.
        status: u16,
        /// Start of the body.
        body: String,
        /// What to do.
        advice: String,
    },
    /// One of several requests does not answer.
    #[error("{name} failed: {source}")]
    Request {
        /// Which, such as `request 2 of 3, POST /echo,`.
        name: String,
        /// Why.
        source: Box<RunError>,
    },
    /// Only servers are benchmarked.
    #[error("{0} is no route: only a route can be benchmarked, with its program as \"entry\"")]
    NotARoute(String),
    /// Git does not tell what is asked.
    #[error(transparent)]
    Git(#[from] crate::git::GitError),
    /// The version to compare with cannot be run.
    #[error(transparent)]
    Revision(#[from] crate::revision::RevisionError),
    /// A comparison of nothing.
    #[error("a comparison needs at least one round, better ten: --rounds 10")]
    NoRounds,
    /// A comparison in turns ended with a round that failed.
    #[error("round {round}, {side}: {source}")]
    Round {
        /// What the side is called.
        side: String,
        /// From 1.
        round: usize,
        /// Why.
        source: Box<RunError>,
    },
    /// Requests failed where all have to succeed.
    #[error("{failed} of {sent} requests failed, and answers that differ in kind cannot be compared{}", .example.as_ref().map_or_else(String::new, |example| format!("; the first: {example}")))]
    RequestsFailed {
        /// Requests without the expected answer.
        failed: u64,
        /// All requests.
        sent: u64,
        /// What happened to the first one.
        example: Option<String>,
    },
    /// The window is too short for a single answer.
    #[error(
        "none of {sent} requests was answered within the window: make it longer, with \"load\": {{\"durationMs\": …}} in tickmark.json"
    )]
    NothingCompleted {
        /// All requests.
        sent: u64,
    },
    /// Nothing to verify against.
    #[error("{0} has no baseline to verify against: benchmark it, and set that run as the baseline")]
    NoBaseline(String),
    /// The load could not be sent.
    #[error(transparent)]
    Load(#[from] load::LoadError),
    /// The program died while it was driven.
    #[error("the program ended ({exit}) while it was measured. Its last output:\n{output}")]
    Died {
        /// How.
        exit: node::process::Exit,
        /// The end of its output.
        output: String,
    },
    /// The program ended before V8 wrote anything.
    #[error("the program ended ({exit}) and V8 wrote no log. Its last output:\n{output}")]
    NoLog {
        /// How.
        exit: String,
        /// The end of its output.
        output: String,
    },
    /// A profile could not be read.
    #[error("{}: {source}", .file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: formats::read::ReadError,
    },
    /// The result could not be kept anywhere.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// A file could not be made.
    #[error("cannot write {}: {source}{}", .path.display(), crate::history::advice(.source))]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

fn excerpt(body: &str) -> String {
    let line = body.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(200) {
        _ if line.is_empty() => String::new(),
        Some((end, _)) => format!(": {}…", &line[..end]),
        None => format!(": {line}"),
    }
}
