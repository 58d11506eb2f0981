//! `tickmark runs export`

use super::super::{Format, Outcome, print_json, print_text};
use ::runs::History;
use ::runs::export::{ExportFormat, Origin, export};
use anyhow::bail;
use profile::counts::counted;
use profile::index::ProfileIndex;
use serde_json::json;
use std::path::Path;

pub(super) fn run(
    history: &History,
    workspace: &Path,
    run: &str,
    to: &Path,
    wanted: Option<ExportFormat>,
    format: Format,
) -> anyhow::Result<Outcome> {
    let Some(wanted) = wanted.or_else(|| ExportFormat::of_path(to)) else {
        let endings: Vec<&str> = ExportFormat::ALL.into_iter().map(ExportFormat::ending).collect();
        bail!("{} ends in none of {}: name the file so, or say the format with --as", to.display(), endings.join(", "));
    };
    let run = history.load(&history.find(run)?)?;
    let index = ProfileIndex::new(run.profile);
    let written = export(&index, Origin::Run { record: &run.record, workspace }, wanted, to)?;
    match format {
        Format::Json => print_json(&json!({
            "schema": "tickmark/export@1",
            "runId": run.record.id,
            "format": wanted,
            "path": std::path::absolute(&written.path)?,
            "bytes": written.bytes,
        }))?,
        Format::Text => print_text(&format!("{} · {}\n", written.path.display(), counted(written.bytes, "byte", "bytes")))?,
    }
    Ok(Outcome::Success)
}

/// A format by its name.
pub(super) fn format(text: &str) -> Result<ExportFormat, String> {
    let names = || ExportFormat::ALL.into_iter().map(ExportFormat::name).collect::<Vec<_>>().join(", ");
    ExportFormat::by_name(&text.to_lowercase()).ok_or_else(|| format!("write one of {}", names()))
}
