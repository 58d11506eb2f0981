//! What a folder still shows of runs that were removed.

use super::{Folder, same_target};
use crate::session::benchmarks::is_benchmark;
use crate::session::loaded::{Loaded, LoadedRun, figures};
use crate::session::shown::Shown;
use runs::history::Listing;
use runs::{History, RunRecord};
use std::sync::Arc;

impl Folder {
    /// Takes removed runs off the texts and shows the newest one that is left in place of the one that was shown; figures of targets are
    /// those of the newest run that is left. Says whether anything that was shown changed. Reads files.
    ///
    /// # Errors
    /// When the runs that are left cannot be read: then nothing takes the place of those that are gone.
    pub(crate) fn forget(&self, removed: &[String]) -> Result<bool, String> {
        let is_gone = |id: Option<&str>| id.is_some_and(|id| removed.iter().any(|gone| gone == id));
        self.other.update(|other| *other = other.take().filter(|run| !is_gone(Some(&run.record.id.0))));
        let (listing, problem) = match self.listing() {
            Ok(listing) => (listing, None),
            Err(problem) => (Listing::default(), Some(problem)),
        };
        let benchmarks_changed = self.benchmarks.update(&listing);
        let left: Vec<RunRecord> = listing.runs.into_iter().filter(|record| !is_benchmark(record)).collect();
        let figures_changed = self.targets.update(|targets| {
            let (gone, mut kept): (Vec<_>, Vec<_>) = std::mem::take(targets).into_iter().partition(|of| is_gone(of.run_id.as_deref()));
            let newest = |gone: &Arc<ide::RunFigures>| left.iter().map(figures).find(|of| same_target(of, gone)).map(Arc::new);
            kept.extend(gone.iter().filter_map(newest));
            *targets = kept;
            !gone.is_empty()
        });
        let before = self.on_lines().filter(|shown| is_gone(shown.source.run_id()));
        let results_changed = before.is_some_and(|before| {
            let next = self.newest_of(&left).map(|run| Arc::new(Shown::whole(Loaded::Run(run))));
            self.on_lines.update(|shown| {
                // A run that ended meanwhile stays.
                let is_shown = shown.as_ref().is_some_and(|shown| Arc::ptr_eq(shown, &before));
                if is_shown {
                    *shown = next;
                }
                is_shown
            })
        });
        match problem {
            Some(problem) => Err(problem),
            None => Ok(figures_changed || results_changed || benchmarks_changed),
        }
    }

    /// The newest of these runs that can be read.
    fn newest_of(&self, runs: &[RunRecord]) -> Option<Arc<LoadedRun>> {
        let history = History::new(self.root());
        let run = runs.iter().find_map(|record| match history.load(&record.id) {
            Ok(run) => Some(run),
            Err(error) => {
                tracing::warn!(%error, "not shown");
                None
            }
        });
        run.map(|run| self.loaded(run))
    }
}
