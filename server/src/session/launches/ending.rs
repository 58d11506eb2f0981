//! How measurements end, and what is told of one that failed.

use crate::lsp::ext::{FilePlace, RunStatus};
use crate::session::benchmarks::is_benchmark;
use crate::session::blocking;
use crate::session::folder::Folder;
use runs::{Failure, Place, Run, RunError, RunRecord};
use std::path::Path;
use std::sync::Arc;

/// How something that was launched ended.
pub(super) struct End {
    pub(super) status: RunStatus,
    pub(super) run_id: Option<String>,
    /// Why it failed.
    pub(super) problem: Option<Problem>,
    /// What it found, for editors without lenses.
    pub(super) news: Option<String>,
}

/// Why something that was launched failed.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    /// All of it, with the end of what the program printed.
    pub(super) message: String,
    /// In one line.
    pub(super) summary: String,
    pub(super) place: Option<FilePlace>,
}

impl End {
    pub(super) fn failed(message: String) -> Self {
        let problem = Problem { summary: message.clone(), message, place: None };
        Self { status: RunStatus::Failed, run_id: None, problem: Some(problem), news: None }
    }

    pub(super) fn of(error: RunError, root: &Path) -> Self {
        if matches!(error, RunError::Cancelled) {
            return Self { status: RunStatus::Stopped, run_id: None, problem: None, news: None };
        }
        let Failure { summary, place } = error.failure(root);
        let place = place.map(|Place { path, line, column }| FilePlace { path, line, column });
        let problem = Problem { message: error.to_string(), summary, place };
        Self { status: RunStatus::Failed, run_id: None, problem: Some(problem), news: None }
    }
}

/// Shows a run that has ended: a profile on the source lines, a benchmark beside it.
pub(super) async fn show_run(folder: Arc<Folder>, run: Run, news: Option<String>) -> End {
    let run_id = Some(run.record.id.0.clone());
    let shown = blocking(move |_| {
        if is_benchmark(&run.record) {
            return folder.update_benchmarks().map(|_| news);
        }
        let run = folder.loaded(run);
        let news = news.or_else(|| folder.kept_elsewhere(&run).map(|kept| only_kept_in(kept, &run.record, folder.root())));
        folder.show(run);
        Ok(news)
    });
    match shown.await {
        Ok(Ok(news)) => End { status: RunStatus::Finished, run_id, problem: None, news },
        Ok(Err(problem)) => End { run_id, ..End::failed(problem) },
        Err(error) => End { run_id, ..End::failed(error.message.into_owned()) },
    }
}

fn only_kept_in(kept: &Path, record: &RunRecord, root: &Path) -> String {
    format!("The run of {} is kept in {} only, for {} cannot be written.", record.target, kept.display(), root.join(".tickmark").display())
}
