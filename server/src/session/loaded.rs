//! Profiles in memory: of runs, and of files.

use super::folder::Alias;
use super::{real, relative};
use ide::{RunFigures, RunResults};
use profile::Category;
use profile::flame::FlameTree;
use profile::index::ProfileIndex;
use runs::record::Change;
use runs::{Run, RunRecord, Target, Wanted};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A profile, ready for questions, and where it is from.
#[derive(Clone, Debug)]
pub enum Loaded {
    /// A run.
    Run(Arc<LoadedRun>),
    /// A file.
    File(Arc<LoadedFile>),
}

/// A text as it was measured.
#[derive(Clone, Debug)]
pub struct MeasuredText {
    /// The text.
    pub text: String,
    /// Whether it was written after the profile, so that it may be another one than was measured.
    pub written_since: bool,
}

impl Loaded {
    /// Its profile.
    pub fn results(&self) -> &Arc<RunResults> {
        match self {
            Self::Run(run) => &run.results,
            Self::File(file) => &file.results,
        }
    }

    /// The run's name; none of a file.
    pub fn run_id(&self) -> Option<&str> {
        match self {
            Self::Run(run) => Some(&run.record.id.0),
            Self::File(_) => None,
        }
    }

    /// The file; none of a run.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Run(_) => None,
            Self::File(file) => Some(&file.path),
        }
    }

    /// Whether it is the same profile in memory.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(self.results(), other.results())
    }

    /// A file's path as the profile names it: Node names files without symbolic links, editors do not. None when the profile tells
    /// nothing of it.
    pub fn path_of(&self, path: &Path) -> Option<String> {
        let tells_of = |path: &Path| path.to_str().filter(|path| self.results().tells_of(path)).map(str::to_owned);
        tells_of(path).or_else(|| tells_of(&real(path)))
    }

    /// The text of a file of the workspace folder at `root` as it was measured; none when it is not known. Reads files.
    pub fn text(&self, root: &Path, path: &Path) -> Option<MeasuredText> {
        match self {
            Self::Run(run) => run.text(root, path).map(|text| MeasuredText { text, written_since: false }),
            Self::File(file) => file.text(path),
        }
    }
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
}

impl LoadedRun {
    /// Prepares a run.
    pub fn new(run: Run) -> Self {
        let Run { record, profile, folder } = run;
        let results = Arc::new(RunResults::new(Arc::new(figures(&record)), Arc::new(ProfileIndex::new(profile))));
        Self { record, results, folder, flame: OnceLock::new() }
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

    fn text(&self, root: &Path, path: &Path) -> Option<String> {
        let text = measured_text(&self.record, self.folder.as_deref(), root, path);
        if text.is_none() {
            tracing::info!("{} was changed since run {} and there is no copy of what was measured", path.display(), self.record.id);
        }
        text
    }
}

/// A profile file, ready for questions.
#[derive(Debug)]
pub struct LoadedFile {
    /// Where it is.
    pub path: PathBuf,
    /// What kind of file it is, for a person.
    pub format: &'static str,
    /// Its profile.
    pub results: Arc<RunResults>,
    written_at: SystemTime,
}

impl LoadedFile {
    /// Reads a file, and names the files in it as the editor does. Slow.
    ///
    /// # Errors
    /// When it cannot be read, or is no profile.
    pub fn read(path: &Path, aliases: &[Alias]) -> Result<Self, String> {
        let is_endless = |facts: &std::fs::Metadata| !facts.is_file() && !facts.is_dir();
        if std::fs::metadata(path).is_ok_and(|facts| is_endless(&facts)) {
            return Err(format!("{} is a device or a pipe: give a file", path.display()));
        }
        // Before it is read: a file that is written meanwhile is older than its text then.
        let written_at = written_at(path).unwrap_or(UNIX_EPOCH);
        let mut read = runs::read_profile(path, Wanted::Profile).map_err(|error| error.to_string())?;
        aliases.iter().for_each(|alias| alias.rename_in_profile(&mut read.profile));
        let since_epoch = written_at.duration_since(UNIX_EPOCH).unwrap_or_default();
        let figures = RunFigures {
            target: path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned()),
            finished_at_ms: u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX),
            notes: read.profile.notes.clone(),
            ..RunFigures::default()
        };
        let results = Arc::new(RunResults::new(Arc::new(figures), Arc::new(ProfileIndex::new(read.profile))));
        Ok(Self { path: path.to_owned(), format: read.format, results, written_at })
    }

    /// As if it had been read.
    #[cfg(test)]
    pub(super) fn of_results(path: &str, results: RunResults) -> Self {
        Self { path: path.into(), format: "CPU profile", results: Arc::new(results), written_at: UNIX_EPOCH }
    }

    /// The text on disk: nobody kept another one.
    fn text(&self, path: &Path) -> Option<MeasuredText> {
        let text = std::fs::read_to_string(path).ok()?;
        Some(MeasuredText { text, written_since: written_at(path)? > self.written_at })
    }

    /// Writes the report with the flamegraph to the workspace folder at `root`, in Tickmark's own folder there, and tells where it is.
    ///
    /// # Errors
    /// When it cannot be written, or the profile has no CPU time to draw.
    pub fn write_html(&self, root: &Path) -> Result<PathBuf, String> {
        let title = &self.results.figures.target;
        if self.results.measure == ide::Measure::Allocated {
            return Err(format!("{title} has allocations and no CPU time: there is no flamegraph file of those"));
        }
        let write = || -> io::Result<PathBuf> {
            let reports = runs::history::own_folder(root)?.join("reports");
            std::fs::create_dir_all(&reports)?;
            let path = reports.join(format!("{title}.html"));
            let mut out = BufWriter::new(File::create(&path)?);
            runs::write_report(&self.results.index, title, &mut out)?;
            out.flush()?;
            Ok(path)
        };
        write().map_err(|error| format!("the flamegraph of {title} cannot be written below {}: {error}", root.display()))
    }

    /// Whether files of the folder at `root` are in the profile.
    pub fn is_about(&self, root: &Path) -> bool {
        let roots = [root.to_owned(), real(root)];
        self.results.index.paths().any(|path| roots.iter().any(|root| Path::new(path).starts_with(root)))
    }
}

/// A text as a run measured it: the copy in the run's folder, else the file itself unless it was written later.
pub(super) fn measured_text(record: &RunRecord, folder: Option<&Path>, root: &Path, path: &Path) -> Option<String> {
    let name = relative(root, path).or_else(|| relative(&real(root), &real(path)));
    let copy = name.and_then(|name| record.sources.get(&name)).zip(folder).map(|(copy, folder)| folder.join(copy));
    if let Some(text) = copy.and_then(|copy| std::fs::read_to_string(copy).ok()) {
        return Some(text);
    }
    let started = UNIX_EPOCH + Duration::from_millis(record.started_at_ms);
    if written_at(path)? > started { None } else { std::fs::read_to_string(path).ok() }
}

fn written_at(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|facts| facts.modified()).ok()
}

/// The figures of a run that are shown.
pub fn figures(record: &RunRecord) -> RunFigures {
    let comparison = record.comparison.as_ref();
    let relative = |change: Option<Change>| change.map(|change| change.relative());
    let is_route = matches!(record.target, Target::Route { .. });
    RunFigures {
        run_id: Some(record.id.0.clone()),
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
