//! One folder of the workspace and its runs.

mod alias;
mod removed;

use super::benchmarks::{Benchmarks, is_benchmark};
use super::lineage::locked;
use super::loaded::{Loaded, LoadedFile, LoadedRun, figures};
use super::settings::EditorSettings;
use super::shown::Shown;
use super::switches::Switches;
use super::{Shared, relative};
pub use alias::Alias;
use ide::{BenchmarkHere, FactsCategory, FactsScope, FactsShown, RunFigures};
use node::entry::{Entries, Entry, entries};
use runs::history::Listing;
use runs::{Config, History, Run, RunId};
use source::routes::Route;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

/// One folder of the workspace.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    on_lines: Shared<Option<Arc<Shown>>>,
    /// The newest run that was ever shown: only later ones are shown without being asked for.
    newest: Mutex<Option<RunId>>,
    targets: Shared<Vec<Arc<RunFigures>>>,
    benchmarks: Benchmarks,
    /// A run that was asked for and is not the shown one.
    other: Shared<Option<Arc<LoadedRun>>>,
    package: Shared<Option<Package>>,
    switches: Switches,
    /// The editor's settings for this folder, where it has its own.
    settings: Shared<Option<Arc<EditorSettings>>>,
    /// Whether the stored runs were looked at, and when their folder had been changed then.
    looked: AtomicBool,
    runs_changed: Mutex<Option<SystemTime>>,
}

/// What package.json and tickmark.json say. Read when first asked for, and again after they changed.
#[derive(Clone, Debug)]
struct Package {
    entries: Arc<Entries>,
    config: Result<Config, String>,
}

/// What a file is to its folder's programs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// Its path relative to the folder, when it is a program's entry.
    pub entry: Option<String>,
    /// The file that is started to measure its routes, relative to the folder.
    pub starts: Option<String>,
}

impl Folder {
    /// A folder of which nothing is known.
    pub fn new(root: PathBuf) -> Self {
        Self {
            root,
            on_lines: Shared::default(),
            newest: Mutex::default(),
            targets: Shared::default(),
            benchmarks: Benchmarks::default(),
            other: Shared::default(),
            package: Shared::default(),
            switches: Switches::default(),
            settings: Shared::default(),
            looked: AtomicBool::new(false),
            runs_changed: Mutex::default(),
        }
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The editor's settings for this folder; none when those of the session hold.
    pub(crate) fn settings(&self) -> Option<Arc<EditorSettings>> {
        self.settings.get().as_ref().clone()
    }

    pub(crate) fn set_settings(&self, settings: Option<EditorSettings>) {
        self.settings.set(settings.map(Arc::new));
    }

    /// A run of this folder, ready for questions, with its files named as the editor names them.
    pub(crate) fn loaded(&self, mut run: Run) -> Arc<LoadedRun> {
        if let Some(alias) = Alias::of(&self.root) {
            alias.rename_in_profile(&mut run.profile);
            alias.rename_in_findings(&mut run.record.findings);
            run.folder = run.folder.map(|folder| alias.named(folder));
        }
        Arc::new(LoadedRun::new(run))
    }

    /// Where a run is kept when its folder cannot be written; none when it is with the others.
    pub(crate) fn kept_elsewhere<'a>(&self, run: &'a LoadedRun) -> Option<&'a Path> {
        run.folder.as_deref().filter(|kept| !kept.starts_with(&self.root))
    }

    /// Whether nobody has looked at the stored runs yet; from now on somebody has.
    pub(crate) fn is_unread(&self) -> bool {
        !self.looked.swap(true, Ordering::AcqRel)
    }

    /// Which facts the user asked for in a file.
    pub fn facts_shown(&self, path: &Path) -> FactsShown {
        self.switches.of(&self.root, path)
    }

    /// Shows or hides facts in a file, its folder or the whole workspace folder, and keeps that for the next session. Writes a file.
    ///
    /// # Errors
    /// When it could not be kept; it holds for this session all the same.
    pub fn switch_facts(&self, path: &Path, scope: FactsScope, category: FactsCategory, on: bool) -> Result<(), String> {
        self.switches.set(&self.root, path, scope, category, on)
    }

    /// Whether a run was stored or removed since this was asked last. Reads one directory entry.
    pub(crate) fn has_other_runs(&self) -> bool {
        let runs = self.root.join(".tickmark").join("runs");
        let changed = std::fs::metadata(runs).and_then(|facts| facts.modified()).ok();
        std::mem::replace(&mut *locked(&self.runs_changed), changed) != changed
    }

    /// What the source lines show.
    pub fn on_lines(&self) -> Option<Arc<Shown>> {
        self.on_lines.get().as_ref().clone()
    }

    /// The run whose results are shown; none while a file's are.
    pub fn shown(&self) -> Option<Arc<LoadedRun>> {
        match &self.on_lines()?.source {
            Loaded::Run(run) => Some(Arc::clone(run)),
            Loaded::File(_) => None,
        }
    }

    /// Figures of the newest run of each target.
    pub fn targets(&self) -> Arc<Vec<Arc<RunFigures>>> {
        self.targets.get()
    }

    /// The newest benchmarks of these routes of the file at `path`. Reads files the first time.
    pub fn benchmarks(&self, path: &Path, routes: &[Route]) -> Vec<BenchmarkHere> {
        self.benchmarks.of(&self.root, path, routes)
    }

    /// Shows the newest benchmarks that are stored, with today's baselines; says whether there are others than before. Reads files.
    ///
    /// # Errors
    /// When the stored runs cannot be read.
    pub fn update_benchmarks(&self) -> Result<bool, String> {
        Ok(self.benchmarks.update(&self.listing()?) | self.look_for_changes())
    }

    /// Shows no benchmarks from now on: what is told of them comes from git.
    pub(super) fn restrict(&self) {
        self.benchmarks.restrict();
    }

    /// Looks which files of the benchmarked programs were changed since; says whether they are others than before. Slow: starts git.
    pub(crate) fn look_for_changes(&self) -> bool {
        self.benchmarks.look_for_changes(&self.root)
    }

    /// Shows a run that has a profile, all of it.
    pub fn show(&self, run: Arc<LoadedRun>) {
        let figures = Arc::clone(&run.results.figures);
        let mut newest = locked(&self.newest);
        *newest = newest.take().max(Some(run.record.id.clone()));
        self.targets.update(|targets| {
            targets.retain(|other| !same_target(other, &figures));
            targets.push(figures);
        });
        self.on_lines.set(Some(Arc::new(Shown::whole(Loaded::Run(run)))));
    }

    /// Shows a file's profile, all of it. Figures of targets stay.
    pub fn show_file(&self, file: Arc<LoadedFile>) {
        self.on_lines.set(Some(Arc::new(Shown::whole(Loaded::File(file)))));
    }

    /// Shows the same profile in another way, unless another one is shown by now; says whether it was done.
    pub fn replace(&self, before: &Arc<Shown>, now: Arc<Shown>) -> bool {
        self.on_lines.update(|shown| {
            let is_shown = shown.as_ref().is_some_and(|shown| Arc::ptr_eq(shown, before));
            if is_shown {
                *shown = Some(now);
            }
            is_shown
        })
    }

    /// Has percentages of everything again; says whether they were not.
    pub fn clear_focus(&self) -> bool {
        let focused = self.on_lines().filter(|shown| shown.focus().is_some());
        focused.is_some_and(|shown| self.replace(&shown, Arc::new(Shown::whole(shown.source.clone()))))
    }

    /// Takes results off the texts; says whether there were any. Runs stay stored.
    pub fn clear(&self) -> bool {
        let had = self.benchmarks.clear() | self.on_lines().is_some() | !self.targets().is_empty();
        self.on_lines.set(None);
        self.targets.set(Vec::new());
        had
    }

    /// Stored runs.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn listing(&self) -> Result<Listing, String> {
        History::new(&self.root).list().map_err(|error| error.to_string())
    }

    /// Reads the newest stored profile and figures of all, unless it or a later one was shown already, and the newest benchmarks; says
    /// whether anything is shown that was not.
    pub(crate) fn load_newest(&self) -> Result<bool, String> {
        let listing = self.listing()?;
        let has_other_benchmarks = self.benchmarks.update(&listing) | self.look_for_changes();
        let Some(newest) = listing.newest_profiled() else { return Ok(has_other_benchmarks) };
        if locked(&self.newest).as_ref().is_some_and(|shown| *shown >= newest.id) {
            return Ok(has_other_benchmarks);
        }
        let run = History::new(&self.root).load(&newest.id).map_err(|error| error.to_string())?;
        let targets = newest_of_each_target(&listing);
        let run = self.loaded(run);
        let mut newest = locked(&self.newest);
        // A run that ended while these were read is newer.
        if newest.as_ref().is_none_or(|shown| *shown < run.record.id) {
            *newest = Some(run.record.id.clone());
            self.on_lines.set(Some(Arc::new(Shown::whole(Loaded::Run(run)))));
            self.targets.set(targets);
        }
        Ok(true)
    }

    /// A stored run.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn run(&self, name: &str) -> Result<Arc<LoadedRun>, String> {
        let known = [self.shown(), self.other.get().as_ref().clone()];
        if let Some(run) = known.into_iter().flatten().find(|run| run.record.id.0 == name) {
            return Ok(run);
        }
        // A name is one folder's name, never a way to another place.
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\']) {
            return Err(format!("{name:?} is not the name of a run"));
        }
        let run = History::new(&self.root).load(&RunId(name.to_owned())).map_err(|error| error.to_string())?;
        let run = self.loaded(run);
        self.other.set(Some(Arc::clone(&run)));
        Ok(run)
    }

    /// Forgets what package.json and tickmark.json said.
    pub fn forget_package(&self) {
        self.package.set(None);
    }

    /// Forgets it where package.json named what was not there: it may have been written or built since.
    pub(crate) fn forget_missing(&self) {
        let named_missing = |package: &Package| package.entries.found.is_empty() || !package.entries.skipped.is_empty();
        if self.package.get().as_ref().as_ref().is_some_and(named_missing) {
            self.forget_package();
        }
    }

    /// The settings for runs: those of the folder's file, overridden by the editor's. Reads files.
    ///
    /// # Errors
    /// When they are not valid.
    pub fn config(&self, settings: &EditorSettings) -> Result<Config, String> {
        settings.over(self.package().config?)
    }

    /// The entries that package.json names.
    pub fn entries(&self) -> Arc<Entries> {
        self.package().entries
    }

    /// What a file is to the folder's programs; `listens` says whether its text starts a server.
    pub fn role_of(&self, path: &Path, listens: bool, settings: &EditorSettings) -> Role {
        let Some(own) = relative(&self.root, path) else { return Role::default() };
        let configured = self.config(settings).ok().and_then(|config| config.entry).map(|entry| self.root.join(entry));
        let entries = self.entries();
        let is_package_entry = entries.found.iter().any(|entry| entry.path == path);
        let starts = match &configured {
            Some(entry) => relative(&self.root, entry),
            None if listens || is_package_entry => Some(own.clone()),
            None => entries.found.first().and_then(|entry| relative(&self.root, &entry.path)).or_else(|| Some(own.clone())),
        };
        let was_measured = |of: &Arc<RunFigures>| of.route.is_none() && of.entry == own;
        let is_entry = listens || is_package_entry || configured.as_deref() == Some(path) || self.targets().iter().any(was_measured);
        Role { entry: is_entry.then_some(own), starts }
    }

    /// What package.json says beside the name of that entry: arguments, flags, variables.
    pub fn entry(&self, path: &Path) -> Option<Entry> {
        self.entries().found.iter().find(|entry| entry.path == path).cloned()
    }

    fn package(&self) -> Package {
        if let Some(package) = self.package.get().as_ref() {
            return package.clone();
        }
        let entries = entries(&self.root, None).unwrap_or_else(|error| {
            tracing::warn!(%error, "entries of {}", self.root.display());
            Entries::default()
        });
        let config = Config::load(&self.root).map_err(|error| error.to_string());
        let package = Package { entries: Arc::new(entries), config };
        self.package.set(Some(package.clone()));
        package
    }
}

/// Figures of the newest run of each target.
fn newest_of_each_target(listing: &Listing) -> Vec<Arc<RunFigures>> {
    let mut targets: Vec<Arc<RunFigures>> = Vec::new();
    for record in listing.runs.iter().filter(|record| !is_benchmark(record)) {
        let figures = figures(record);
        if !targets.iter().any(|other| same_target(other, &figures)) {
            targets.push(Arc::new(figures));
        }
    }
    targets
}

fn same_target(a: &RunFigures, b: &RunFigures) -> bool {
    (&a.route, &a.entry, &a.target) == (&b.route, &b.entry, &b.target)
}
