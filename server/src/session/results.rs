//! Which results there are, and which are shown.

use super::folder::{Alias, Folder};
use super::loaded::{Loaded, LoadedRun};
use super::shown::Shown;
use super::{Session, blocking};
use runs::Run;
use std::path::Path;
use std::sync::Arc;

impl Session {
    /// Shows a run's results on the texts of the folder at `root`, in place of those shown before.
    pub fn set_results(self: &Arc<Self>, root: &Path, run: Run) {
        let folder = self.known_or(root, Arc::new(Folder::new(root.to_owned())));
        folder.show(folder.loaded(run));
        self.results_changed();
    }

    /// Has everything that shows results shown anew.
    pub(crate) fn results_changed(self: &Arc<Self>) {
        self.touch();
        self.runs_changed();
        let session = Arc::clone(self);
        tokio::spawn(async move {
            session.publish_all().await;
            session.refresh().await;
        });
    }

    /// Reads the stored runs of all folders and shows the newest of each. Slow.
    pub(crate) async fn load_stored(self: &Arc<Self>) {
        for folder in self.folders().iter().cloned() {
            self.load_stored_of(folder).await;
        }
    }

    pub(crate) async fn load_stored_of(self: &Arc<Self>, folder: Arc<Folder>) {
        if folder.is_unread() {
            folder.has_other_runs();
            self.load_newest_of(folder).await;
        }
    }

    /// Shows runs that others stored meanwhile, such as the command line. Does not wait for that.
    pub(crate) fn look_for_runs(self: &Arc<Self>) {
        let session = Arc::clone(self);
        tokio::spawn(async move {
            for folder in session.folders().iter().cloned() {
                if folder.has_other_runs() {
                    session.runs_changed();
                    session.load_newest_of(folder).await;
                } else if let Ok(true) = blocking(move |_| folder.look_for_changes()).await {
                    session.results_changed();
                }
            }
        });
    }

    async fn load_newest_of(self: &Arc<Self>, folder: Arc<Folder>) {
        let loaded = blocking({
            let folder = Arc::clone(&folder);
            move |_| folder.load_newest()
        })
        .await;
        match loaded {
            Ok(Ok(true)) => self.results_changed(),
            Ok(Ok(false)) => {}
            Ok(Err(error)) => self.log_error(format!("stored runs of {}: {error}", folder.root().display())),
            Err(error) => self.log_error(error.message.into_owned()),
        }
    }

    /// Folders that the editor reached through a symbolic link, and not by their own name, too.
    pub fn aliases(&self) -> Vec<Alias> {
        let folders = self.folders();
        let aliases = folders.iter().filter_map(|folder| Alias::of(folder.root()));
        aliases.filter(|alias| !folders.iter().any(|folder| folder.root() == alias.real())).collect()
    }

    /// What the source lines show, of any folder: the newest, with its folder.
    pub fn on_lines(&self) -> Option<(Arc<Folder>, Arc<Shown>)> {
        let folders = self.folders();
        let shown = folders.iter().filter_map(|folder| Some((Arc::clone(folder), folder.on_lines()?)));
        shown.max_by_key(|(_, shown)| shown.results.figures.finished_at_ms)
    }

    /// A run by the name it is stored under or launched under; the shown one without a name. Reads files.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn find_run(&self, name: Option<&str>) -> Result<Arc<LoadedRun>, String> {
        self.find_run_and_folder(name).map(|(_, run)| run)
    }

    /// As [`Self::find_run`], with the folder it was measured in.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn find_run_and_folder(&self, name: Option<&str>) -> Result<(Arc<Folder>, Arc<LoadedRun>), String> {
        let Some(name) = name else {
            let (folder, shown) = self.on_lines().ok_or("no results are shown: measure something first")?;
            return match &shown.source {
                Loaded::Run(run) => Ok((folder, Arc::clone(run))),
                Loaded::File(file) => Err(format!("the file {} is shown, which is no run", file.path.display())),
            };
        };
        let name = match self.launches.get(name) {
            Some(launch) => launch.stored().ok_or_else(|| format!("{name} has no result: {}", launch.describe()))?,
            None => name.to_owned(),
        };
        let open = self.models.run(&name);
        let mut problem = None;
        for folder in self.folders().iter() {
            // A run that a view has open is not read once more.
            if let Some(run) = open.as_ref().filter(|run| run.folder.as_ref().is_some_and(|at| at.starts_with(folder.root()))) {
                return Ok((Arc::clone(folder), Arc::clone(run)));
            }
            match folder.run(&name) {
                Ok(run) => return Ok((Arc::clone(folder), run)),
                Err(error) => problem = Some(error),
            }
        }
        Err(problem.unwrap_or_else(|| format!("there is no run {name}: no folder is open")))
    }
}
