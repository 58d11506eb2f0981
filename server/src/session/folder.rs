//! One folder of the workspace and its runs.

use super::lineage::locked;
use super::settings::EditorSettings;
use super::switches::Switches;
use super::{Shared, real, relative};
use dashmap::DashMap;
use ide::{FactsCategory, FactsScope, FactsShown, MeasuredFile, RunFigures, RunResults};
use node::entry::{Entries, Entry, entries};
use profile::Category;
use profile::flame::FlameTree;
use profile::index::ProfileIndex;
use runs::history::Listing;
use runs::record::Change;
use runs::{Config, History, Run, RunId, RunRecord, Target};
use source::document::Document;
use source::syntax::Language;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::SystemTime;

/// One folder of the workspace.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    shown: Shared<Option<Arc<LoadedRun>>>,
    targets: Shared<Vec<Arc<RunFigures>>>,
    /// A run that was asked for and is not the shown one.
    other: Shared<Option<Arc<LoadedRun>>>,
    package: Shared<Option<Package>>,
    switches: Switches,
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
            shown: Shared::default(),
            targets: Shared::default(),
            other: Shared::default(),
            package: Shared::default(),
            switches: Switches::default(),
            looked: AtomicBool::new(false),
            runs_changed: Mutex::default(),
        }
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
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

    /// The run whose results are shown.
    pub fn shown(&self) -> Option<Arc<LoadedRun>> {
        self.shown.get().as_ref().clone()
    }

    /// Figures of the newest run of each target.
    pub fn targets(&self) -> Arc<Vec<Arc<RunFigures>>> {
        self.targets.get()
    }

    /// Shows a run.
    pub fn show(&self, run: Arc<LoadedRun>) {
        let figures = Arc::clone(&run.results.figures);
        self.targets.update(|targets| {
            targets.retain(|other| !same_target(other, &figures));
            targets.push(figures);
        });
        self.shown.set(Some(run));
    }

    /// Takes results off the texts; says whether there were any. Runs stay stored.
    pub fn clear(&self) -> bool {
        let had = self.shown().is_some() || !self.targets().is_empty();
        self.shown.set(None);
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

    /// Reads the newest stored run and figures of all, unless it is shown already; says whether it is now.
    pub(crate) fn load_newest(&self) -> Result<bool, String> {
        let listing = self.listing()?;
        let Some(newest) = listing.runs.first() else { return Ok(false) };
        if self.shown().is_some_and(|shown| shown.record.id >= newest.id) {
            return Ok(false);
        }
        let run = History::new(&self.root).load(&newest.id).map_err(|error| error.to_string())?;
        let mut targets: Vec<Arc<RunFigures>> = Vec::new();
        for record in &listing.runs {
            let figures = figures(record);
            if !targets.iter().any(|other| same_target(other, &figures)) {
                targets.push(Arc::new(figures));
            }
        }
        // A run that ended while these were read is newer.
        if self.shown().is_none_or(|shown| shown.record.id < run.record.id) {
            self.shown.set(Some(Arc::new(LoadedRun::new(run))));
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
        let run = Arc::new(LoadedRun::new(run));
        self.other.set(Some(Arc::clone(&run)));
        Ok(run)
    }

    /// Forgets what package.json and tickmark.json said.
    pub fn forget_package(&self) {
        self.package.set(None);
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
        let is_entry = listens || is_package_entry || configured.as_deref() == Some(path);
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

fn same_target(a: &RunFigures, b: &RunFigures) -> bool {
    (&a.route, &a.entry, &a.target) == (&b.route, &b.entry, &b.target)
}

/// A run, ready for questions.
#[derive(Debug)]
pub struct LoadedRun {
    /// All but its bulk.
    pub record: RunRecord,
    /// Its profile.
    pub results: Arc<RunResults>,
    /// Its folder; none when it could not be stored.
    pub folder: Option<PathBuf>,
    flame: OnceLock<FlameTree>,
    files: DashMap<PathBuf, Option<Arc<MeasuredFile>>>,
}

impl LoadedRun {
    /// Prepares a run.
    pub fn new(run: Run) -> Self {
        let Run { record, profile, folder } = run;
        let results = Arc::new(RunResults::new(figures(&record), Arc::new(ProfileIndex::new(profile))));
        Self { record, results, folder, flame: OnceLock::new(), files: DashMap::new() }
    }

    /// Its call tree, without waiting.
    pub fn flame(&self) -> &FlameTree {
        self.flame.get_or_init(|| FlameTree::of(self.results.index.profile(), |category| category != Category::Idle))
    }

    /// The report with the flamegraph.
    pub fn html(&self) -> Option<PathBuf> {
        let html = self.folder.as_ref()?.join(self.record.artifacts.html.as_ref()?);
        html.is_file().then_some(html)
    }

    /// What was measured in a file of the workspace folder at `root`; none when nothing was, or the text that was measured is not
    /// known. Reads files the first time.
    pub fn measured(&self, root: &Path, path: &Path) -> Option<Arc<MeasuredFile>> {
        if let Some(found) = self.files.get(path) {
            return found.clone();
        }
        let found = self.read_measured(root, path).map(Arc::new);
        self.files.insert(path.to_owned(), found.clone());
        found
    }

    fn read_measured(&self, root: &Path, path: &Path) -> Option<MeasuredFile> {
        let as_named = path.to_string_lossy();
        // Node names files without symbolic links; editors do not.
        let resolved = real(path);
        let resolved = resolved.to_string_lossy();
        let measured_path = [as_named.as_ref(), resolved.as_ref()].into_iter().find(|path| self.results.tells_of(path))?;
        let text = self.measured_text(root, path)?;
        let document = Document::new(Language::for_path(path)?, 0, &text);
        MeasuredFile::new(Arc::clone(&self.results), measured_path, &document)
    }

    /// The text of a file as it was measured: the run's copy, else the file itself unless it was written later.
    fn measured_text(&self, root: &Path, path: &Path) -> Option<String> {
        let name = relative(root, path).or_else(|| relative(&real(root), &real(path)));
        let copy = name.and_then(|name| self.record.sources.get(&name)).zip(self.folder.as_ref()).map(|(copy, folder)| folder.join(copy));
        if let Some(text) = copy.and_then(|copy| std::fs::read_to_string(copy).ok()) {
            return Some(text);
        }
        let written = std::fs::metadata(path).and_then(|facts| facts.modified()).ok()?;
        let started = std::time::UNIX_EPOCH + std::time::Duration::from_millis(self.record.started_at_ms);
        if written > started {
            tracing::info!("{} was changed since run {} and there is no copy of what was measured", path.display(), self.record.id);
            return None;
        }
        std::fs::read_to_string(path).ok()
    }
}

/// The figures of a run that are shown.
pub fn figures(record: &RunRecord) -> RunFigures {
    let comparison = record.comparison.as_ref();
    let relative = |change: Option<Change>| change.map(|change| change.relative());
    let is_route = matches!(record.target, Target::Route { .. });
    RunFigures {
        run_id: record.id.0.clone(),
        target: record.target.to_string(),
        route: match &record.target {
            Target::Route { method, path, .. } => Some((method.clone(), path.clone())),
            Target::Program { .. } => None,
        },
        entry: record.target.entry().to_string_lossy().replace('\\', "/"),
        requests_per_second: record.load.as_ref().map(|load| load.requests_per_second),
        p99_ms: record.load.as_ref().and_then(|load| load.latency_ms.as_ref()).map(|latency| latency.p99),
        requests_per_second_change: comparison.and_then(|comparison| relative(comparison.requests_per_second)),
        p99_change: comparison.and_then(|comparison| relative(comparison.p99_ms)),
        active_ms: (!is_route).then(|| record.attribution.active_us() as f64 / 1_000.0),
        active_change: comparison.and_then(|comparison| relative(comparison.active_ms)),
        node_version: record.node.version.clone(),
        finished_at_ms: record.started_at_ms + record.duration_ms,
        findings: record.findings.clone(),
        notes: record.notes.clone(),
    }
}
