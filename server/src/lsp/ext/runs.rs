//! The management of stored runs: names, baselines, deletion and export.

use runs::export::ExportFormat;
use runs::{RunLabel, RunRecord};
use serde::{Deserialize, Deserializer, Serialize};
use std::path::PathBuf;
use tower_lsp::ls_types::notification::Notification;

/// `tickmark/runsChanged`: the list of runs, their labels, what is shown or the focus changed. To be answered by asking `tickmark/runs`.
#[derive(Debug)]
pub enum RunsChangedNotification {}

impl Notification for RunsChangedNotification {
    type Params = RunsChanged;
    const METHOD: &'static str = "tickmark/runsChanged";
}

/// Parameters of `tickmark/runsChanged`: an empty object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunsChanged {}

/// A stored run in the answer of `tickmark/runs`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedRun {
    /// What `run.json` says.
    #[serde(flatten)]
    pub record: RunRecord,
    /// The folder that it was measured in, as the editor names it.
    pub folder: PathBuf,
    /// What the user calls it, and whether it is the baseline of its target.
    pub label: RunLabel,
}

/// Parameters of `tickmark/runs/label`. What is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LabelParams {
    /// A stored run's name, or the name that a command gave for a launched one.
    pub run_id: String,
    /// What to call it; null takes the name away.
    #[serde(default, deserialize_with = "given")]
    pub name: Option<Option<String>>,
    /// Whether it is the baseline of its target: comparisons are with it. The one before is none any more.
    #[serde(default)]
    pub pinned: Option<bool>,
}

/// A key that is there, be it null.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

/// Parameters of `tickmark/runs/delete`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteParams {
    /// Names of runs. Pinned ones are deleted, too: it is the client that asks the user.
    pub run_ids: Vec<String>,
}

/// The answer of `tickmark/runs/delete`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deleted {
    /// Runs that are gone.
    pub deleted: Vec<String>,
    /// Those that are not.
    pub failed: Vec<NotDeleted>,
}

/// A run that could not be deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotDeleted {
    /// Its name, as it was asked for.
    pub run_id: String,
    /// Why.
    pub message: String,
}

/// Parameters of `tickmark/runs/export`: of a stored run, or of a model that is open.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportParams {
    /// A stored run's name, or the name that a command gave for a launched one.
    #[serde(default)]
    pub run_id: Option<String>,
    /// A model instead, as `tickmark/views/open` named it.
    #[serde(default)]
    pub model: Option<String>,
    /// `cpuprofile`, `speedscope`, `pprof`, `folded`, `svg` or `html`.
    pub format: ExportFormat,
    /// Absolute path of the file to write; one that is there is replaced.
    pub to: PathBuf,
}

/// The answer of `tickmark/runs/export`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exported {
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
}
