//! The newest benchmark of each route of a folder: apart from the profile that the source lines show, which a benchmark never replaces.

mod changes;

use super::lineage::locked;
use super::loaded::measured_text;
use super::verifying::verification;
use super::{Shared, real, relative};
use changes::Look;
use dashmap::DashMap;
use ide::benchmark::{Baseline, Environment, LatencyFigures, LoadFigures};
use ide::{Benchmark, BenchmarkHere, RouteCodes};
use load::Report;
use runs::history::Listing;
use runs::record::GitFacts;
use runs::{History, Instruments, RunId, RunLabel, RunRecord, Target};
use source::document::Document;
use source::routes::Route;
use source::syntax::Language;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// What is known of a folder's benchmarks.
#[derive(Debug, Default)]
pub(super) struct Benchmarks {
    newest: Shared<Vec<Known>>,
    /// The newest run when results were taken off the texts: it and those before are not shown.
    cleared: Mutex<Option<RunId>>,
    codes: DashMap<(RunId, PathBuf), Option<Arc<RouteCodes>>>,
    /// None are shown, so that git is not started.
    restricted: AtomicBool,
}

/// The newest benchmark of a route.
#[derive(Clone, Debug)]
struct Known {
    benchmark: Arc<Benchmark>,
    record: Arc<RunRecord>,
    /// The newest one that was compared with the baseline in turns.
    verified: Option<Arc<RunRecord>>,
}

impl Benchmarks {
    /// Shows none from now on.
    pub(super) fn restrict(&self) {
        self.restricted.store(true, Ordering::Release);
        self.newest.set(Vec::new());
    }

    /// Shows what the stored runs say; says whether that is something else than before.
    pub(super) fn update(&self, listing: &Listing) -> bool {
        if self.restricted.load(Ordering::Acquire) {
            return false;
        }
        let cleared = locked(&self.cleared).clone();
        let known = self.newest.get();
        let mut newest: Vec<Known> = Vec::new();
        for record in listing.runs.iter().filter(|record| is_benchmark(record)) {
            let is_known = newest.iter().any(|known| known.record.target == record.target);
            if is_known || cleared.as_ref().is_some_and(|cleared| record.id <= *cleared) {
                continue;
            }
            let baseline = listing.baseline(&record.target, Instruments::Load);
            let verified = baseline.and_then(|baseline| verified(listing, baseline));
            if let Some(mut benchmark) = benchmark(record, baseline.map(|baseline| (baseline, listing.label(&baseline.id))), verified) {
                // Those are looked for apart, which is slow.
                if let Some(known) = known.iter().find(|known| known.record.id == record.id) {
                    benchmark.changed_files.clone_from(&known.benchmark.changed_files);
                }
                let verified = verified.cloned().map(Arc::new);
                newest.push(Known { benchmark: Arc::new(benchmark), record: Arc::new(record.clone()), verified });
            }
        }
        self.newest.update(|known| {
            let is_changed = known.len() != newest.len() || known.iter().zip(&newest).any(|(a, b)| a.benchmark != b.benchmark);
            *known = newest;
            is_changed
        })
    }

    /// Looks which files of the benchmarked programs were changed since; says whether they are others than before. Slow: starts git.
    pub(super) fn look_for_changes(&self, root: &Path) -> bool {
        let mut look = Look::at(root);
        let found: Vec<_> = self.newest.get().iter().map(|known| (known.record.id.clone(), look.changed_files(&known.record))).collect();
        self.newest.update(|newest| {
            let mut is_changed = false;
            for (id, files) in found {
                // Another one may have come meanwhile.
                let known = newest.iter_mut().find(|known| known.record.id == id && known.benchmark.changed_files != files);
                if let Some(known) = known {
                    Arc::make_mut(&mut known.benchmark).changed_files = files;
                    is_changed = true;
                }
            }
            is_changed
        })
    }

    /// Takes all that is stored by now off the texts; says whether there was any.
    pub(super) fn clear(&self) -> bool {
        let newest = self.newest.get().iter().map(|known| known.record.id.clone()).max();
        let had = newest.is_some();
        let mut cleared = locked(&self.cleared);
        *cleared = cleared.take().max(newest);
        self.newest.set(Vec::new());
        had
    }

    /// The benchmarks of these routes, which the file at `path` of the folder at `root` has. Reads files the first time.
    pub(super) fn of(&self, root: &Path, path: &Path, routes: &[Route]) -> Vec<BenchmarkHere> {
        let is_of = |(method, name): &(String, String)| {
            routes.iter().any(|route| route.path == *name && ide::lenses::request_method(route) == method)
        };
        let own = relative(root, path).or_else(|| relative(&real(root), &real(path)));
        let here = |known: &Known| {
            let mut benchmark = Arc::clone(&known.benchmark);
            // Of the file itself it is known which code matters.
            if own.as_ref().is_some_and(|own| benchmark.changed_files.contains(own)) {
                Arc::make_mut(&mut benchmark).changed_files.retain(|file| Some(file) != own.as_ref());
            }
            let codes = self.codes(root, path, &known.record);
            let verified_codes = known.verified.as_ref().and_then(|record| self.codes(root, path, record));
            BenchmarkHere { benchmark, codes, verified_codes }
        };
        self.newest.get().iter().filter(|known| is_of(&known.benchmark.route)).map(here).collect()
    }

    /// The code of a file's routes as it was benchmarked.
    fn codes(&self, root: &Path, path: &Path, record: &RunRecord) -> Option<Arc<RouteCodes>> {
        let key = (record.id.clone(), path.to_owned());
        if let Some(found) = self.codes.get(&key) {
            return found.clone();
        }
        let folder = History::new(root).folder_of(&record.id);
        let text = measured_text(record, Some(&folder), root, path).or_else(|| committed_text(record, root, path));
        let codes = text.and_then(|text| codes_of(path, &text));
        self.codes.insert(key, codes.clone());
        codes
    }
}

/// The code of a text's routes. Slow: parses it.
fn codes_of(path: &Path, text: &str) -> Option<Arc<RouteCodes>> {
    Some(Arc::new(RouteCodes::of(&Document::new(Language::for_path(path)?, 0, text))))
}

/// Whether a run tells how fast a route answers, and no more.
pub fn is_benchmark(record: &RunRecord) -> bool {
    record.instruments == Instruments::Load
}

/// The newest run that was compared with a baseline in turns.
fn verified<'a>(listing: &'a Listing, baseline: &RunRecord) -> Option<&'a RunRecord> {
    let is_with = |record: &&RunRecord| record.comparison.as_ref().is_some_and(|comparison| comparison.with == baseline.id);
    let of_target = listing.runs.iter().filter(|record| is_benchmark(record) && record.target == baseline.target);
    of_target.filter(|record| record.versus.is_some()).find(is_with)
}

/// The git revision that has the code of a run; none when it was not kept.
fn revision_of(git: Option<&GitFacts>) -> Option<&str> {
    let git = git?;
    // Without a copy, what differed from the commit is lost.
    git.snapshot.as_deref().or((!git.dirty).then_some(git.commit.as_str()))
}

/// A file of the folder at `root` as git has it for a run. Slow: starts git.
fn committed_text(record: &RunRecord, root: &Path, path: &Path) -> Option<String> {
    let revision = revision_of(record.git.as_ref())?;
    let name = relative(root, path).or_else(|| relative(&real(root), &real(path)))?;
    let mut command = Command::new("git");
    command.arg("--no-optional-locks").arg("show").arg(format!("{revision}:./{name}")).current_dir(root);
    // A partial clone would ask the network, and the network for a password.
    command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_TERMINAL_PROMPT", "0");
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).ok())?
}

fn benchmark(record: &RunRecord, baseline: Option<(&RunRecord, RunLabel)>, verified: Option<&RunRecord>) -> Option<Benchmark> {
    let Target::Route { entry, method, path } = &record.target else { return None };
    let report = record.load.as_ref()?;
    let baseline = baseline.and_then(|(before, label)| {
        Some(Baseline {
            run_id: before.id.0.clone(),
            name: label.name,
            finished_at_ms: before.started_at_ms + before.duration_ms,
            figures: load_figures(before)?,
            is_kept: revision_of(before.git.as_ref()).is_some(),
            is_alike: is_alike(before.load.as_ref()?, report),
            differences: runs::differences(before, record),
        })
    });
    Some(Benchmark {
        run_id: record.id.0.clone(),
        route: (method.clone(), path.clone()),
        entry: entry.to_string_lossy().replace('\\', "/"),
        figures: load_figures(record)?,
        environment: Environment {
            node_version: record.node.version.clone(),
            node_env: record.node.node_env.clone(),
            commit: record.git.as_ref().map(|git| git.commit.clone()),
            dirty: record.git.as_ref().is_some_and(|git| git.dirty),
        },
        notes: notes(record, report),
        finished_at_ms: record.started_at_ms + record.duration_ms,
        changed_files: Vec::new(),
        baseline,
        verification: verified.and_then(verification).map(Arc::new),
    })
}

fn load_figures(record: &RunRecord) -> Option<LoadFigures> {
    let report = record.load.as_ref()?;
    Some(LoadFigures {
        requests_per_second: report.requests_per_second,
        latency: report.latency_ms.map(|ms| LatencyFigures { p50: ms.p50, p90: ms.p90, p99: ms.p99, max: ms.max }),
        failed: report.failed,
        sent: report.sent,
        connections: report.connections,
        requested_rate: report.requested_rate,
        client_limited: report.client_limited,
        server_cpu_us: record.server_cpu_us.as_ref().map(|cpu| cpu.mean),
    })
}

/// What must be known of the figures, the gravest first, then what the run says of itself.
fn notes(record: &RunRecord, report: &Report) -> Vec<String> {
    let mut notes: Vec<String> = report.notes().into_iter().filter(|note| note.kind.spoils()).map(|note| note.text).collect();
    let others = record.notes.iter().filter(|note| !notes.contains(note)).cloned().collect::<Vec<_>>();
    notes.extend(others);
    notes
}

/// Whether the same was asked of the server in both: else the same figures mean something else.
fn is_alike(before: &Report, after: &Report) -> bool {
    let asked = |report: &Report| (report.requested_rate, report.connections, report.in_flight, report.protocol);
    asked(before) == asked(after)
}
