//! `tickmark/runs` and what manages stored runs: `tickmark/runs/label`, `/delete` and `/export`.

use super::refused;
use super::views::known;
use crate::lsp::ext::Runs;
use crate::lsp::ext::runs::{DeleteParams, Deleted, ExportParams, Exported, LabelParams, ListedRun, NotDeleted};
use crate::session::folder::Folder;
use crate::session::loaded::Loaded;
use crate::session::{Session, blocking, real};
use ::runs::export::{ExportFormat, Origin};
use ::runs::history::Listing;
use ::runs::{History, HistoryError, LabelChange, RunId, RunLabel};
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use tower_lsp::jsonrpc::{Error, Result};

/// `tickmark/runs`.
///
/// # Errors
/// When the answer could not be made.
pub async fn runs(session: &Arc<Session>) -> Result<Runs> {
    session.look_for_runs();
    let session = Arc::clone(session);
    blocking(move |_| {
        let mut answer = Runs {
            running: session.running_changes(),
            shown: Vec::new(),
            shown_file: None,
            focus: session.focus(),
            runs: Vec::new(),
            unreadable: Vec::new(),
        };
        let mut listed = HashSet::new();
        for folder in session.folders().iter() {
            if let Some(shown) = folder.on_lines() {
                answer.shown.extend(shown.source.run_id().map(str::to_owned));
                answer.shown_file = answer.shown_file.or_else(|| shown.source.file().map(Path::to_owned));
            }
            if !listed.insert(real(folder.root())) {
                // The same folder by another name.
                continue;
            }
            let mut listing = folder.listing().unwrap_or_else(|error| {
                answer.unreadable.push(error);
                Listing::default()
            });
            // One that is kept elsewhere is listed as long as it is shown.
            let elsewhere = folder.shown().filter(|run| folder.kept_elsewhere(run).is_some()).map(|run| run.record.clone());
            for record in listing.runs.into_iter().chain(elsewhere) {
                let label = listing.labels.remove(&record.id).unwrap_or_default();
                answer.runs.push(ListedRun { record, folder: folder.root().to_owned(), label });
            }
            let broken = listing.broken.into_iter().map(|(path, why)| format!("{}: {why}", path.display()));
            answer.unreadable.extend(broken);
            let broken_labels = listing.broken_labels.into_iter().map(|(id, why)| format!("the name and pin of run {id}: {why}"));
            answer.unreadable.extend(broken_labels);
        }
        answer.runs.sort_by(|a, b| b.record.id.cmp(&a.record.id));
        answer
    })
    .await
}

/// `tickmark/runs/label`.
///
/// # Errors
/// When there is no such run, the name cannot be one, or the label cannot be written.
pub async fn label(session: &Arc<Session>, params: LabelParams) -> Result<RunLabel> {
    let work = Arc::clone(session);
    let (labelled, benchmarks_changed) = blocking(move |_| {
        let (folder, id) = stored(&work, &params.run_id).map_err(Error::invalid_params)?;
        let change = LabelChange { name: params.name, pinned: params.pinned };
        let labelled = History::new(folder.root()).set_label(&id, change).map_err(|error| match error {
            HistoryError::BadName { .. } => Error::invalid_params(error.to_string()),
            _ => refused(error.to_string()),
        })?;
        let benchmarks_changed = folder.update_benchmarks().unwrap_or_else(|error| {
            work.log_error(format!("stored runs of {}: {error}", folder.root().display()));
            false
        });
        Ok::<_, Error>((labelled, benchmarks_changed))
    })
    .await??;
    if benchmarks_changed {
        session.results_changed();
    } else {
        session.runs_changed();
    }
    Ok(labelled.label)
}

/// `tickmark/runs/delete`. What cannot be deleted does not keep the others. In place of the run that was shown, the newest one that is left
/// is shown.
///
/// # Errors
/// When the answer could not be made.
pub async fn delete(session: &Arc<Session>, params: DeleteParams) -> Result<Deleted> {
    let work = Arc::clone(session);
    let (answer, shown_changed) = blocking(move |_| {
        let mut names = params.run_ids;
        let mut seen = HashSet::new();
        names.retain(|name| seen.insert(name.clone()));
        let mut answer = Deleted::default();
        let mut removed: Vec<(Arc<Folder>, String)> = Vec::new();
        for run_id in names {
            let removal = stored(&work, &run_id).and_then(|(folder, id)| {
                History::new(folder.root()).remove(&id).map_err(|error| error.to_string())?;
                Ok((folder, id.0))
            });
            match removal {
                Ok(run) => {
                    removed.push(run);
                    answer.deleted.push(run_id);
                }
                Err(message) => answer.failed.push(NotDeleted { run_id, message }),
            }
        }
        let mut shown_changed = false;
        for folder in work.folders().iter() {
            let gone: Vec<String> = removed.iter().filter(|(of, _)| Arc::ptr_eq(of, folder)).map(|(_, id)| id.clone()).collect();
            if gone.is_empty() {
                continue;
            }
            shown_changed |= folder.forget(&gone).unwrap_or_else(|error| {
                work.log_error(format!("stored runs of {}: {error}", folder.root().display()));
                true
            });
        }
        (answer, shown_changed)
    })
    .await?;
    if shown_changed {
        session.results_changed();
    } else if !answer.deleted.is_empty() {
        session.runs_changed();
    }
    Ok(answer)
}

/// `tickmark/runs/export`: of a run, of a model that is open, or, with neither, of what the source lines show.
///
/// # Errors
/// When there is no such run or model, or the file cannot be written.
pub async fn export(session: &Arc<Session>, params: ExportParams) -> Result<Exported> {
    let session = Arc::clone(session);
    blocking(move |_| {
        let ExportParams { run_id, model, format, to } = params;
        if !to.is_absolute() {
            return Err(Error::invalid_params(format!("`to` is {}: give the absolute path of the file to write", to.display())));
        }
        let (source, root) = match (run_id, model) {
            (Some(_), Some(_)) => return Err(Error::invalid_params("both `runId` and `model` are given: name what is to be exported")),
            (None, Some(model)) => {
                let model = known(&session, &model)?;
                (model.source.clone(), model.root.clone())
            }
            (Some(run_id), None) => {
                let (folder, run) = session.find_run_and_folder(Some(&run_id)).map_err(Error::invalid_params)?;
                (Loaded::Run(run), Some(folder.root().to_owned()))
            }
            (None, None) => {
                let (folder, shown) =
                    session.on_lines().ok_or_else(|| refused("no results are shown: name a run, or measure something first"))?;
                (shown.source.clone(), Some(folder.root().to_owned()))
            }
        };
        export_profile(&source, root.as_deref(), format, &to).map_err(refused)
    })
    .await?
}

/// Writes a profile to a file; `root` is the workspace folder that it is about.
fn export_profile(source: &Loaded, root: Option<&Path>, format: ExportFormat, to: &Path) -> std::result::Result<Exported, String> {
    let results = source.results();
    let origin = match (source, root) {
        (Loaded::Run(run), Some(workspace)) => Origin::Run { record: &run.record, workspace },
        _ => Origin::Titled(&results.figures.target),
    };
    let written = ::runs::export::export(&results.index, origin, format, to).map_err(|error| error.to_string())?;
    Ok(Exported { path: written.path, bytes: written.bytes })
}

/// The folder and the name of a stored run, by that name or by the one that a command gave for a launched one.
fn stored(session: &Session, name: &str) -> std::result::Result<(Arc<Folder>, RunId), String> {
    if let Some(running) = session.running_changes().into_iter().find(|running| running.launch_id == name) {
        return Err(format!("{name} is measuring {}: stop it, or wait for its end", running.target));
    }
    let id = RunId(name.to_owned());
    for folder in session.folders().iter() {
        match History::new(folder.root()).stored_folder(&id) {
            Ok(_) => return Ok((Arc::clone(folder), id)),
            // Another folder may have it, or a launch be called so.
            Err(HistoryError::Unknown { .. }) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
    let (folder, run) = session.find_run_and_folder(Some(name))?;
    Ok((folder, run.record.id.clone()))
}
