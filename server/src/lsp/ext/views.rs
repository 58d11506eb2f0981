//! What views ask: models that are opened, asked and closed, and what of them is shown on the source lines.

use load::{Note, Report};
use runs::versus::Versus;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::PathBuf;
use tower_lsp::ls_types::{Position, TextDocumentIdentifier};
use views::wire::{FrameInfo, Overview};

/// Parameters of `tickmark/views/open`. With neither a run nor a file, what is shown on the source lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OpenParams {
    /// A stored run's name, or the name that a command gave for a launched one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// A file instead: absolute path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// The run to compare with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare_with: Option<String>,
}

/// The answer of `tickmark/views/open`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Opened {
    /// The model's name until it is closed: `model-1`.
    pub model: String,
    /// The run it is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// The file it is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// What was measured; of a file, its name.
    pub title: String,
    /// With which Node, when, how many samples.
    pub subtitle: String,
    /// What it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared: Option<Compared>,
    /// The workspace folder that the profile's files lie in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root: Option<PathBuf>,
    /// Facts about the measurement, as the stand-alone page has them.
    pub meta: Value,
    /// The whole report of a benchmark, which has no profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<Box<LoadReport>>,
    /// The comparison with its baseline, in turns, that a benchmark is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub versus: Option<Box<Versus>>,
    /// What is to be known before anything is drawn.
    pub overview: Overview,
}

/// What a load generator measured, with what must be known of it, the gravest first.
#[derive(Clone, Debug, Serialize)]
pub struct LoadReport {
    /// The figures.
    #[serde(flatten)]
    pub report: Report,
    /// See [`Report::notes`].
    pub notes: Vec<Note>,
}

/// What a model is compared with.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Compared {
    /// The run.
    pub run_id: String,
    /// What was measured, and when.
    pub title: String,
    /// The whole report of a benchmark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<Box<LoadReport>>,
}

/// Parameters of methods about a model as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelParams {
    /// As `tickmark/views/open` answered it.
    pub model: String,
}

/// A question about a model: the parameters of `tickmark/views/boxes`, `search`, `details` and `table`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asked<R> {
    /// As `tickmark/views/open` answered it.
    pub model: String,
    /// The question.
    #[serde(flatten)]
    pub request: R,
}

/// Parameters of `tickmark/views/frameAt`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FrameAtParams {
    /// As `tickmark/views/open` answered it.
    pub model: String,
    /// An open text.
    pub text_document: TextDocumentIdentifier,
    /// A place in it as it is now.
    pub position: Position,
}

/// The answer of `tickmark/views/frameAt`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameAt {
    /// The model's function around that place; none when the model has none of it.
    pub frame: Option<FrameInfo>,
}

/// The answer of `tickmark/views/apply`: what the source lines show now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Applied {
    /// The run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// The file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
}

/// Parameters of `tickmark/focus`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FocusParams {
    /// As `tickmark/views/open` answered it.
    pub model: String,
    /// The function's number in the model; null: percentages of everything again.
    pub frame: Option<u32>,
}

/// The answer of `tickmark/focus`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FocusAnswer {
    /// What percentages are of now; none: of everything.
    pub focus: Option<Focus>,
}

/// The function that percentages are of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Focus {
    /// The function; its number is that of the model it was chosen in.
    pub frame: FrameInfo,
    /// Its name for a person: `render()`.
    pub label: String,
    /// Share of active time of stacks through it, in percent.
    pub share_percent: f64,
}
