//! `tickmark runs pin`, `unpin` and `rename`

use super::super::{Format, Outcome, print_json, print_text};
use ::runs::history::Labelled;
use ::runs::{History, LabelChange, RunId};
use serde_json::json;

pub(super) fn pin(history: &History, run: &str, pinned: bool, format: Format) -> anyhow::Result<Outcome> {
    let id = history.find(run)?;
    let labelled = history.set_label(&id, LabelChange { pinned: Some(pinned), ..LabelChange::default() })?;
    let text = match (pinned, &labelled.unpinned[..]) {
        (true, []) => format!("{id} is the baseline of its target\n"),
        (true, before) => {
            let before: Vec<&str> = before.iter().map(|id| id.0.as_str()).collect();
            format!("{id} is the baseline of its target, in place of {}\n", before.join(", "))
        }
        (false, _) => format!("{id} is no baseline: new runs are compared with the previous one\n"),
    };
    print(&id, &labelled, &text, format)
}

pub(super) fn rename(history: &History, run: &str, name: Option<String>, format: Format) -> anyhow::Result<Outcome> {
    let id = history.find(run)?;
    let labelled = history.set_label(&id, LabelChange { name: Some(name), ..LabelChange::default() })?;
    let text = match &labelled.label.name {
        Some(name) => format!("{id} is called {name}\n"),
        None => format!("{id} has no name\n"),
    };
    print(&id, &labelled, &text, format)
}

fn print(id: &RunId, labelled: &Labelled, text: &str, format: Format) -> anyhow::Result<Outcome> {
    let Labelled { label, unpinned } = labelled;
    match format {
        Format::Json => print_json(&json!({ "schema": "tickmark/label@1", "runId": id, "label": label, "unpinned": unpinned }))?,
        Format::Text => print_text(text)?,
    }
    Ok(Outcome::Success)
}
