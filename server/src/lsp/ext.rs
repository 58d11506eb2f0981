//! Tickmark's own commands, methods and notifications. `server/docs/protocol.md` documents them for clients.

pub mod runs;
pub mod views;

use self::runs::ListedRun;
use self::views::Focus;
use ::runs::Target;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use tower_lsp::ls_types::notification::Notification;
use tower_lsp::ls_types::{TextDocumentIdentifier, Uri};

/// Commands of `workspace/executeCommand`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Measure a route: [`ProfileRouteArguments`] → [`Launched`].
    ProfileRoute,
    /// Measure a program: [`ProfileEntryArguments`] → [`Launched`].
    ProfileEntry,
    /// Measure a route with all that V8 tells of its decisions: [`ProfileRouteArguments`] → [`Launched`].
    ExplainRoute,
    /// The same of a program: [`ProfileEntryArguments`] → [`Launched`].
    ExplainEntry,
    /// Measure how fast a route answers: [`ProfileRouteArguments`] → [`Launched`].
    BenchmarkRoute,
    /// Make a benchmark or another run the baseline of its target: [`BaselineArguments`] → [`runs::RunLabel`](::runs::RunLabel).
    SetBaseline,
    /// Compare a route's baseline with the working tree in turns: [`ProfileRouteArguments`] → [`Launched`].
    VerifyBaseline,
    /// Show or hide facts about inlining or tiers: [`ToggleFactsArguments`] → null.
    ToggleFacts,
    /// Stop a run, or all: [`RunArguments`] → `{ "stopped": n }`.
    StopRun,
    /// Take the results off the texts; runs stay stored. → null.
    ClearResults,
    /// Open a run's flamegraph, of the shown run by default: [`FlamegraphArguments`] → `{ "path", "uri" }`.
    ShowFlamegraph,
    /// The hottest functions of what is shown: [`HotspotsArguments`] → `[Hotspot]`.
    Hotspots,
    /// Percentages of everything again, in every folder. → null.
    ClearFocus,
}

impl Command {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::ProfileRoute,
        Self::ProfileEntry,
        Self::ExplainRoute,
        Self::ExplainEntry,
        Self::BenchmarkRoute,
        Self::SetBaseline,
        Self::VerifyBaseline,
        Self::ToggleFacts,
        Self::StopRun,
        Self::ClearResults,
        Self::ShowFlamegraph,
        Self::Hotspots,
        Self::ClearFocus,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::ProfileRoute => "tickmark.profileRoute",
            Self::ProfileEntry => "tickmark.profileEntry",
            Self::ExplainRoute => "tickmark.explainRoute",
            Self::ExplainEntry => "tickmark.explainEntry",
            Self::BenchmarkRoute => "tickmark.benchmarkRoute",
            Self::SetBaseline => "tickmark.setBaseline",
            Self::VerifyBaseline => "tickmark.verifyBaseline",
            Self::ToggleFacts => "tickmark.toggleFacts",
            Self::StopRun => "tickmark.stopRun",
            Self::ClearResults => "tickmark.clearResults",
            Self::ShowFlamegraph => "tickmark.showFlamegraph",
            Self::Hotspots => "tickmark.hotspots",
            Self::ClearFocus => "tickmark.clearFocus",
        }
    }

    /// By its name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|command| command.name() == name)
    }
}

/// The argument of [`Command::ProfileRoute`], [`Command::ExplainRoute`], [`Command::BenchmarkRoute`] and [`Command::VerifyBaseline`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileRouteArguments {
    /// The file that registers the route.
    pub uri: Uri,
    /// HTTP method.
    pub method: String,
    /// The route's path, such as `/users/:id`.
    pub path: String,
    /// The file to start, relative to the workspace folder; the one that the file belongs to when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// Values of the route's parameters by name, to be kept in the project's settings from now on.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
}

/// The argument of [`Command::ProfileEntry`] and [`Command::ExplainEntry`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileEntryArguments {
    /// The program's file.
    pub uri: Uri,
    /// The program instead, relative to the workspace folder of that file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
}

/// The argument of [`Command::ToggleFacts`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ToggleFactsArguments {
    /// A file: itself, its folder or its workspace is meant.
    pub uri: Uri,
    /// `file`, `folder` or `workspace`.
    pub scope: String,
    /// `inlining` or `tier`.
    pub category: String,
    /// Whether such facts are shown from now on.
    pub on: bool,
}

/// The argument of [`Command::SetBaseline`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BaselineArguments {
    /// A stored run's name, or the name that a command gave for a launched one.
    pub run_id: String,
}

/// The argument of commands about a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RunArguments {
    /// A stored run's name, or the name that a command gave for a launched one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
}

/// The argument of [`Command::ShowFlamegraph`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FlamegraphArguments {
    /// A stored run's name, or the name that a command gave for a launched one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// The function that a view of the run is to select: its [`FrameInfo`](::views::wire::FrameInfo) has this id. The stand-alone page
    /// selects none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame: Option<usize>,
}

/// The argument of [`Command::Hotspots`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HotspotsArguments {
    /// Whether the editor is to show the first of them as a message, too: for editors that show no answers.
    pub message: bool,
}

impl Default for HotspotsArguments {
    fn default() -> Self {
        Self { message: true }
    }
}

/// The answer to a command that launched a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Launched {
    /// The launch's name, `launch-1`. [`RunChanged`] tells under which name the run was stored; every command takes either.
    pub run_id: String,
}

/// `tickmark/runChanged`: a run began or ended.
#[derive(Debug)]
pub enum RunChangedNotification {}

impl Notification for RunChangedNotification {
    type Params = RunChanged;
    const METHOD: &'static str = "tickmark/runChanged";
}

/// Parameters of `tickmark/runChanged`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunChanged {
    /// The launch's name, as the command answered it.
    pub launch_id: String,
    /// The stored run's name; only when finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// What became of it.
    pub status: RunStatus,
    /// What is found out.
    pub kind: RunKind,
    /// What is measured.
    pub target: Target,
    /// In which folder.
    pub folder: PathBuf,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The same in one line, without what the program printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Where the program threw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<FilePlace>,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FilePlace {
    /// Absolute.
    pub path: PathBuf,
    /// 1-based.
    pub line: u32,
    /// 1-based, in UTF-16 code units.
    pub column: u32,
}

/// What is found out by something that was launched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RunKind {
    /// Where time goes.
    Profile,
    /// Why.
    Explain,
    /// How fast a route answers.
    Load,
    /// Whether a route differs from its baseline. What is stored is the working tree's benchmark, with the comparison.
    Verify,
}

/// What became of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RunStatus {
    /// It began.
    Started,
    /// Its result is stored and shown.
    Finished,
    /// It was stopped.
    Stopped,
    /// It gave no result.
    Failed,
}

/// Parameters of `tickmark/heat`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeatParams {
    /// An open text.
    pub text_document: TextDocumentIdentifier,
}

/// The answer of `tickmark/heat`: what the lines of a text cost, for marks beside them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Heat {
    /// Lines that ran and read as they were measured, in the order of the text.
    pub lines: Vec<HeatLine>,
}

/// What a line costs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeatLine {
    /// 0-based.
    pub line: u32,
    /// Share of active time of the line itself, in percent.
    pub self_percent: f64,
    /// With all it calls, in percent.
    pub total_percent: f64,
    /// Share of the calls that are made on it, in percent, where they leave the file or are one of several lines of their function. 0 of
    /// a line that only hands on to code of this file, and of lines of dependencies.
    pub calls_percent: f64,
    /// Samples behind the total time.
    pub samples: u64,
    /// Whether the function around it was changed since.
    pub stale: bool,
}

/// The answer of `tickmark/runs`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Runs {
    /// What is being measured.
    pub running: Vec<RunChanged>,
    /// The run whose results are shown, of each folder that has one.
    pub shown: Vec<String>,
    /// The file whose profile is shown instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shown_file: Option<PathBuf>,
    /// What percentages are of; none: of everything.
    pub focus: Option<Focus>,
    /// Stored runs, newest first.
    pub runs: Vec<ListedRun>,
    /// Stored runs that cannot be read, and why.
    pub unreadable: Vec<String>,
}

/// Parameters of `tickmark/callTree`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallTreeParams {
    /// The run; the shown one when left out.
    #[serde(default)]
    pub run_id: Option<String>,
    /// The node whose callees are asked for; the outermost functions when left out.
    #[serde(default)]
    pub node: Option<u32>,
    /// How many callees to skip.
    #[serde(default)]
    pub offset: usize,
    /// Most callees to answer; at most 500.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// The answer of `tickmark/callTree`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallTreePage {
    /// The run.
    pub run_id: String,
    /// Active time of the run, in ms: what percentages refer to.
    pub active_ms: f64,
    /// How many callees there are.
    pub total: usize,
    /// Some of them, most total time first.
    pub nodes: Vec<CallTreeNode>,
}

/// A function below the same callers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallTreeNode {
    /// To ask for its callees.
    pub id: u32,
    /// Name as V8 shows it; empty for an anonymous function.
    pub name: String,
    /// Absolute path, or a `node:` URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// 1-based; 0 when not known.
    pub line: u32,
    /// 1-based, in UTF-16 code units; 0 when not known.
    pub column: u32,
    /// What kind of code.
    pub category: profile::Category,
    /// The tier with most self time.
    pub tier: profile::Tier,
    /// Time of the function itself, in ms.
    pub self_ms: f64,
    /// With all it calls, in ms.
    pub total_ms: f64,
    /// Samples behind the total time.
    pub samples: u64,
    /// How many functions it calls.
    pub child_count: usize,
}
