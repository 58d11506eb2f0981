//! What V8 wrote, to one profile in terms of original sources.

mod decisions;

use crate::error::RunError;
use crate::originals::Originals;
use crate::scripts::ScriptTexts;
use crate::symbols::MachineLibraries;
use formats::read::{ReadError, collapsed, cpuprofile, heapprofile, v8_log, v8_trace};
use node::toolchain::Toolchain;
use profile::decisions::Recorded;
use profile::{Profile, merge::merge, remap::remap};
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::ops::Range;
use std::path::{Path, PathBuf};
use v8_log::ticks::{Detail, Libraries, NoLibraries, TickCounts};
use v8_log::{Isolate, V8Log};

/// The part of each log of a folder that was written while a window was open. V8 flushes line by line, so a file's size is its time.
#[derive(Debug, Default)]
pub(crate) struct LogWindows {
    windows: HashMap<PathBuf, Range<u64>>,
}

impl LogWindows {
    /// Opens the window now.
    pub(crate) fn open(folder: &Path) -> Self {
        Self { windows: sizes(folder).map(|(file, size)| (file, size..size)).collect() }
    }

    /// Closes it now. A log that began meanwhile belongs to it from its start.
    pub(crate) fn close(&mut self, folder: &Path) {
        for (file, size) in sizes(folder) {
            self.windows.entry(file).or_insert(0..0).end = size;
        }
    }
}

fn sizes(folder: &Path) -> impl Iterator<Item = (PathBuf, u64)> {
    logs(folder).into_iter().filter_map(|file| {
        let size = std::fs::metadata(&file).ok()?.len();
        Some((file, size))
    })
}

fn logs(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut logs: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|extension| extension == "log")).collect();
    logs.sort();
    logs
}

/// What the process left that recorded what would disturb a measurement.
#[derive(Debug)]
pub(crate) struct DecisionFiles {
    /// The folder of its logs.
    pub(crate) folder: PathBuf,
    /// Its standard output, with V8's traces in it.
    pub(crate) traces: PathBuf,
}

/// Reads all logs of a run: samples of the windows, and of the whole time what V8 was asked to tell.
pub(crate) async fn collect(
    folder: &Path,
    windows: Option<LogWindows>,
    recorded: Recorded,
    decisions: Option<DecisionFiles>,
    toolchain: &Toolchain,
) -> Result<Profile, RunError> {
    let logs = logs(folder);
    if logs.is_empty() {
        return Err(RunError::NoLog { exit: "ended".to_owned(), output: String::new() });
    }
    let mut notes = Vec::new();
    let builtin = node::natives::builtin_sources(toolchain).await.unwrap_or_else(|error| {
        notes.push(format!("Node's own modules are shown by function, without lines: {error}"));
        HashMap::new()
    });
    let work = move || {
        let texts = ScriptTexts::new(builtin);
        let mut threads = Vec::new();
        for file in logs {
            let window = windows.as_ref().map(|windows| windows.windows.get(&file).cloned().unwrap_or(0..0));
            let options = v8_log::Options { window, recorded: Some(recorded), shapes: recorded.shapes, functions_by_sfi: false };
            let log = read_log(&file, &options, &texts).map_err(|source| RunError::Read { file: file.clone(), source })?;
            threads.push((process_id(&file), log));
        }
        let mut profile = merged(threads, &texts);
        profile.notes.extend(notes);
        if let Some(files) = decisions {
            decisions::add_files(&mut profile, &files, &texts);
        }
        Ok(original(profile, &texts))
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

fn read_log(file: &Path, options: &v8_log::Options, texts: &ScriptTexts) -> Result<V8Log, ReadError> {
    v8_log::read(File::open(file)?, options, texts)
}

fn merged(threads: Vec<(Option<u32>, V8Log)>, texts: &ScriptTexts) -> Profile {
    for (_, log) in &threads {
        texts.prefer(log.logged_texts.iter().map(|(url, text)| (url.clone(), text.clone())));
    }
    // Threads that did nothing in the window, such as a cluster's primary, would only be empty labels: what is of them are decisions.
    let is_alone = threads.len() == 1;
    let is_busy = |(_, log): &(Option<u32>, V8Log)| is_alone || !log.profile.samples.is_empty();
    let (mut threads, idle): (Vec<_>, Vec<_>) = threads.into_iter().partition(is_busy);
    threads.sort_by_key(|(process, log)| (log.isolate != Isolate::Main, *process));
    let mut n_workers = 0;
    let labelled = threads.into_iter().map(|(process, log)| {
        let process = process.map_or_else(String::new, |process| format!(" of process {process}"));
        let label = match log.isolate {
            Isolate::Main => format!("(main thread{process})"),
            Isolate::Worker | Isolate::Unknown => {
                n_workers += 1;
                format!("(worker {n_workers}{process})")
            }
        };
        (label, log.profile)
    });
    let labelled: Vec<_> = labelled.collect();
    let n_busy = labelled.len();
    let mut profile = merge(labelled);
    for (row, (_, log)) in idle.into_iter().enumerate() {
        let thread = u16::try_from(n_busy + row).unwrap_or(u16::MAX);
        decisions::add(&mut profile, &log.profile, &log.profile.decisions, thread);
    }
    profile
}

/// The profile in terms of original sources.
fn original(profile: Profile, texts: &ScriptTexts) -> Profile {
    let mut originals = Originals::of(&profile, texts);
    let notes = std::mem::take(&mut originals.notes);
    let mut profile = if originals.is_empty() { profile } else { remap(&profile, &originals) };
    profile.notes.extend(notes);
    profile
}

/// The process of a log named `isolate-<address>-<pid>-<pid>.log`.
fn process_id(file: &Path) -> Option<u32> {
    file.file_stem()?.to_str()?.rsplit('-').next()?.parse().ok()
}

/// A profile file that was read.
#[derive(Debug)]
pub struct ProfileFile {
    /// What kind of file it is, for a person.
    pub format: &'static str,
    /// Its profile, in terms of original sources.
    pub profile: Profile,
    /// Of a V8 log, its ticks as V8's own tick processor counts them, in terms of what ran.
    pub ticks: Option<TickCounts>,
}

/// How much of a file tells what it is. A trace may begin with what its program printed.
const START_BYTES: usize = 64 << 10;

/// What is wanted of a V8 log. Other files are read as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Its profile, and ticks by what was executing, C++ functions not told from their libraries.
    Profile,
    /// Ticks with their callers; the profile has no samples.
    Ticks,
    /// Both.
    All,
}

/// Reads a `.cpuprofile`, a `.heapprofile`, folded stacks, a V8 log, or what V8's trace flags print, told apart by their content.
///
/// # Errors
/// When the file cannot be read, or is none of them.
pub fn read_profile(file: &Path, wanted: Wanted) -> Result<ProfileFile, RunError> {
    let error = |source| RunError::Read { file: file.to_owned(), source };
    let mut input = File::open(file).map_err(|source| error(source.into()))?;
    let mut start = vec![0u8; START_BYTES];
    let length = read_start(&mut input, &mut start).map_err(|source| error(source.into()))?;
    let start = &start[..length];
    input.rewind().map_err(|source| error(source.into()))?;
    let texts = ScriptTexts::default();
    let trace = |input: &File| {
        v8_trace::read(input).map(|trace| ProfileFile { format: "V8 trace", profile: original(trace.profile, &texts), ticks: None })
    };
    let is_log = start.starts_with(b"v8-version,");
    if !is_log && v8_trace::is_trace(start) {
        return trace(&input).map_err(error);
    }
    let first = start.iter().find(|byte| !byte.is_ascii_whitespace() && !matches!(byte, 0xEF | 0xBB | 0xBF));
    if first == Some(&b'{') {
        return read_json(&input, start, &texts).map_err(error);
    }
    if !is_log && (collapsed::is_folded(start, length < START_BYTES) || has_folded_name(file)) {
        let profile = collapsed::read(&input).map_err(error)?;
        return Ok(ProfileFile { format: "folded stack file", profile: original(profile, &texts), ticks: None });
    }
    let (detail, libraries): (_, &dyn Libraries) = match wanted {
        Wanted::Profile => (Detail::Innermost, &NoLibraries),
        Wanted::Ticks | Wanted::All => (Detail::Callers, &MachineLibraries),
    };
    let window = (wanted == Wanted::Ticks).then_some(0..0);
    let options = v8_log::Options { window, shapes: wanted != Wanted::Ticks, ..v8_log::Options::default() };
    match v8_log::read_with_ticks(&input, &options, &texts, libraries, detail) {
        Ok(mut log) => {
            let ticks = log.ticks.take();
            Ok(ProfileFile { format: "V8 log", profile: original(merged(vec![(None, log)], &texts), &texts), ticks })
        }
        Err(no_log @ ReadError::Format { .. }) => {
            // The program printed much before V8 did.
            input.rewind().map_err(|source| error(source.into()))?;
            match trace(&input) {
                Ok(trace) => Ok(trace),
                Err(ReadError::Format { problem, .. }) if length > 0 => {
                    let problem = format!(
                        "it begins with neither `{{` nor `v8-version,`, and {problem}. Give what node --cpu-prof, node --heap-prof, \
                         node --prof or V8's --trace-… flags wrote, or folded stacks"
                    );
                    Err(error(ReadError::Format { format: "CPU profile, heap profile, folded stack file, V8 log or V8 trace", problem }))
                }
                Err(_) => Err(error(no_log)),
            }
        }
        Err(other) => Err(error(other)),
    }
}

/// Reads a profile in JSON. Where the start does not tell which one it is, it is read as either.
fn read_json(mut input: &File, start: &[u8], texts: &ScriptTexts) -> Result<ProfileFile, ReadError> {
    let heap = |input: &File| {
        let profile = heapprofile::read(BufReader::new(input))?;
        Ok(ProfileFile { format: "heap profile", profile: original(profile, texts), ticks: None })
    };
    if heapprofile::is_heap_profile(start) {
        return heap(input);
    }
    match cpuprofile::read(BufReader::new(input), texts) {
        Ok(profile) => Ok(ProfileFile { format: "CPU profile", profile: original(profile, texts), ticks: None }),
        Err(no_cpu_profile @ ReadError::Format { .. }) => {
            input.rewind()?;
            heap(input).map_err(|_| no_cpu_profile)
        }
        Err(other) => Err(other),
    }
}

fn has_folded_name(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "folded" || extension == "collapsed")
}

fn read_start(input: &mut File, start: &mut [u8]) -> std::io::Result<usize> {
    let mut length = 0;
    while length < start.len() {
        match input.read(&mut start[length..])? {
            0 => break,
            n => length += n,
        }
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn process_of_a_log() {
        assert_eq!(process_id(Path::new("/x/isolate-0x7d1cd00-12255-12255.log")), Some(12255));
        assert_eq!(process_id(Path::new("v8.log")), None);
    }

    #[test]
    fn formats_are_told_by_content() {
        const TRACE: &str = "[completed compiling 0x20 <JSFunction f (sfi = 0x2b)> (target MAGLEV) - took 0.000, 0.175, 0.003 ms]\n";
        const LOG: &str = "v8-version,13,6,233,17,-node.53,0\nv8-platform,linux,linux\n";
        let folder = tempfile::tempdir().unwrap();
        let check = |text: &str, expected: Result<&str, &str>| {
            let file = folder.path().join("file");
            std::fs::write(&file, text).unwrap();
            let found = read_profile(&file, Wanted::All).map(|read| read.format).map_err(|error| match error {
                RunError::Read { source, .. } => source.to_string(),
                other => other.to_string(),
            });
            assert_eq!(found.as_deref().map_err(String::as_str), expected, "{}", &text[..text.len().min(200)]);
        };
        check(
            r#"{"nodes":[{"id":1,"callFrame":{"functionName":"(root)"}}],"startTime":0,"endTime":1,"samples":[],"timeDeltas":[]}"#,
            Ok("CPU profile"),
        );
        let head = r#""head":{"callFrame":{"functionName":"(root)"},"selfSize":0,"children":[]}"#;
        check(&format!("{{{head}}}"), Ok("heap profile"));
        check(&format!("{{\"x\":\"{}\",{head}}}", "x".repeat(START_BYTES)), Ok("heap profile"));
        check("# unit: microseconds\nmain;render a.js:3 12\n(gc) 1\n", Ok("folded stack file"));
        check(&"main;render 12\n".repeat(10_000), Ok("folded stack file"));
        check(&format!("server;listening on port 3000\n{TRACE}"), Ok("V8 trace"));
        check(LOG, Ok("V8 log"));
        check(&format!("{LOG}{TRACE}"), Ok("V8 log"));
        check(TRACE, Ok("V8 trace"));
        check(&format!("{{\"level\":30}}\n{TRACE}"), Ok("V8 trace"));
        check(&format!("{}{TRACE}", "the program's own output\n".repeat(10_000)), Ok("V8 trace"));
        check("", Err("not a V8 log: the file is empty"));
        check(
            "hello\n",
            Err(
                "not a CPU profile, heap profile, folded stack file, V8 log or V8 trace: it begins with neither `{` nor `v8-version,`, and none of its 1 lines is a line of --trace-opt, --trace-deopt, --trace-turbo-inlining or --trace-maglev-inlining. Give what node --cpu-prof, node --heap-prof, node --prof or V8's --trace-… flags wrote, or folded stacks",
            ),
        );
    }

    #[test]
    fn windows_follow_the_sizes_of_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("a.log"), "12345").unwrap();
        std::fs::write(path("a.traces"), "x").unwrap();
        let mut windows = LogWindows::open(folder.path());
        std::fs::write(path("a.log"), "123456789").unwrap();
        std::fs::write(path("b.log"), "123").unwrap();
        windows.close(folder.path());
        assert_eq!(windows.windows, HashMap::from([(path("a.log"), 5..9), (path("b.log"), 0..3)]));
    }
}
