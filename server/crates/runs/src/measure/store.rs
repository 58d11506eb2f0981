//! From a measurement to a stored run.

use super::prepared::Prepared;
use crate::compare::{compare, load_differs};
use crate::error::RunError;
use crate::findings::{Surroundings, Thresholds, findings, refused_calls};
use crate::git;
use crate::history::{Draft, HistoryError};
use crate::record::{Artifacts, Instruments, NodeFacts, Overhead, ProgramFacts, Run, RunRecord, ServerCpu};
use crate::report;
use crate::scripts::read_text;
use crate::versus::Versus;
use load::Report;
use profile::index::ProfileIndex;
use profile::{Category, Profile};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// What a measurement found.
pub(crate) struct Finished {
    pub(super) profile: Profile,
    pub(super) load: Option<Report>,
    pub(super) server_cpu: Option<ServerCpu>,
    pub(super) overhead: Option<Overhead>,
    pub(super) program: Option<ProgramFacts>,
    pub(crate) versus: Option<Versus>,
    /// The note on a set-up for development, unless a finding tells of it.
    pub(super) development: Option<String>,
    pub(crate) notes: Vec<String>,
    pub(super) flags: Vec<String>,
}

impl Finished {
    /// A profile and nothing else.
    pub(super) fn new(profile: Profile, notes: Vec<String>, flags: Vec<String>) -> Self {
        Self { profile, load: None, server_cpu: None, overhead: None, program: None, versus: None, development: None, notes, flags }
    }
}

impl Prepared<'_> {
    /// Stores a measurement and gives it back as a run.
    pub(crate) async fn store(self, finished: Finished) -> Result<Run, RunError> {
        let node_env = self.node_env();
        let mut notes = finished.notes;
        if self.git.is_some() {
            let files = self.measured_files(&finished.profile);
            let files: Vec<&str> = files.iter().map(String::as_str).collect();
            notes.extend(not_tracked(&git::untracked(&self.request.workspace, &files).await));
        }
        let work = {
            let Self { request, toolchain, history, draft, id, started, host, git, .. } = self;
            let (workspace, target, limits) = (request.workspace.clone(), request.target.clone(), request.config.history.clone());
            let instruments = request.instruments;
            move || -> Result<Run, RunError> {
                let surroundings = Surroundings {
                    node_env: node_env.as_deref(),
                    text_of: &|path| read_text(Path::new(path)),
                    thresholds: Thresholds::default(),
                };
                let index = with_calls(ProfileIndex::new(finished.profile), &surroundings);
                notes.extend(index.profile().notes.iter().cloned());
                let other = history.compared_with(&target, instruments, &id);
                let version = toolchain.version.to_string();
                if let Some((other, label)) = &other
                    && other.node.version != version
                {
                    let which = if label.pinned { "baseline" } else { "run before" };
                    notes.push(format!("The {which} was on Node {}, this one is on Node {version}.", other.node.version));
                }
                let attribution = *index.attribution();
                let findings = findings(&index, &surroundings);
                let is_told = findings.iter().any(|finding| finding.code == "template/recompiled");
                notes.extend(finished.development.filter(|_| !is_told));
                if let (Some((other, _)), Some(load)) = (&other, &finished.load) {
                    notes.extend(other.load.as_ref().and_then(|before| load_differs(before, load)));
                }
                let mut record = RunRecord {
                    schema: "tickmark/run@1".to_owned(),
                    id,
                    target,
                    instruments,
                    started_at_ms: started.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64),
                    duration_ms: started.elapsed().map_or(0, |took| took.as_millis() as u64),
                    node: NodeFacts {
                        path: toolchain.path.clone(),
                        version: toolchain.version.to_string(),
                        v8_version: toolchain.v8_version.clone(),
                        flags: finished.flags.iter().map(|flag| draft.in_place(flag)).collect(),
                        node_env: node_env.clone(),
                    },
                    host,
                    git,
                    comparison: None,
                    load: finished.load,
                    program: finished.program,
                    server_cpu_us: finished.server_cpu,
                    versus: finished.versus,
                    overhead: finished.overhead,
                    attribution,
                    samples: index.active_samples(),
                    dropped: index.profile().dropped.clone(),
                    notes,
                    findings,
                    artifacts: Artifacts::default(),
                    sources: BTreeMap::new(),
                };
                record.comparison = other.map(|(other, label)| compare(&other, &label, &record));
                record.sources = copy_sources(&draft, &index, &workspace)?;
                record.artifacts = write_artifacts(&draft, &index, &record, &workspace)?;
                let folder = draft.publish(&record)?;
                history.prune(&limits);
                Ok(Run { record, profile: index.into_profile(), folder: Some(folder) })
            }
        };
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
    }

    /// The workspace's own files of a measurement, relative to it: the entry first.
    fn measured_files(&self, profile: &Profile) -> Vec<String> {
        let entry = with_slashes(self.request.target.entry());
        let paths = profile.sources.iter().filter_map(|source| source.path.as_deref());
        let own = paths.filter(|path| Category::of_script(path) == Category::App);
        let relative = own.filter_map(|path| Path::new(path).strip_prefix(&self.request.workspace).ok().map(with_slashes));
        let mut files: Vec<String> = relative.filter(|path| *path != entry).collect();
        files.sort();
        files.dedup();
        files.insert(0, entry);
        files
    }
}

/// The note on files of which git has nothing.
fn not_tracked(files: &[String]) -> Option<String> {
    let what = match files {
        [] => return None,
        [one] => one.clone(),
        [first, second] => format!("{first} and {second}"),
        [first, second, others @ ..] => format!("{first}, {second} and {} other files", others.len()),
    };
    Some(format!("git does not track {what}: a later comparison in turns cannot run this version again. `git add` is enough."))
}

/// The profile with the places of refused calls, where the texts tell them.
fn with_calls(index: ProfileIndex, surroundings: &Surroundings<'_>) -> ProfileIndex {
    if index.profile().decisions.refusals.is_empty() {
        return index;
    }
    let calls = refused_calls(&index, surroundings);
    let mut profile = index.into_profile();
    for (refusal, call) in profile.decisions.refusals.iter_mut().zip(calls) {
        refusal.call = refusal.call.or(call);
    }
    ProfileIndex::new(profile)
}

/// Copies the workspace's own measured files, so that later edits can be told from what was measured.
fn copy_sources(draft: &Draft, index: &ProfileIndex, workspace: &Path) -> Result<BTreeMap<String, PathBuf>, HistoryError> {
    let mut sources = BTreeMap::new();
    for path in index.paths() {
        let Ok(relative) = Path::new(path).strip_prefix(workspace) else { continue };
        if Category::of_script(path) != Category::App {
            continue;
        }
        let Some(text) = read_text(Path::new(path)) else { continue };
        let copy = Path::new("sources").join(format!("{}.txt", sources.len()));
        draft.write(&copy, |out| out.write_all(text.as_bytes()))?;
        sources.insert(with_slashes(relative), copy);
    }
    Ok(sources)
}

fn write_artifacts(draft: &Draft, index: &ProfileIndex, record: &RunRecord, workspace: &Path) -> Result<Artifacts, HistoryError> {
    if record.instruments == Instruments::Load {
        draft.write("report.html", |out| report::write_html(index, record, workspace, out))?;
        return Ok(Artifacts { html: Some("report.html".into()), ..Artifacts::default() });
    }
    // Where nothing ran there is nothing to draw.
    let has_samples = index.active_samples() > 0;
    let files = Artifacts {
        html: Some("report.html".into()),
        svg: has_samples.then(|| "flamegraph.svg".into()),
        model: Some("model.json".into()),
        raw: raw_files(draft),
    };
    draft.write("model.json", |out| serde_json::to_writer(out, index.profile()).map_err(io::Error::from))?;
    draft.write("report.html", |out| report::write_html(index, record, workspace, out))?;
    if has_samples {
        draft.write("flamegraph.svg", |out| report::write_svg(index, record, out))?;
    }
    Ok(files)
}

fn raw_files(draft: &Draft) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![(draft.raw_folder().to_owned(), PathBuf::from("raw"))];
    while let Some((folder, name)) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = name.join(entry.file_name());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push((entry.path(), name)),
                _ => files.push(name),
            }
        }
    }
    files.sort();
    files
}

fn with_slashes(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
