//! What V8 wrote, to one profile in terms of original sources.

use crate::error::RunError;
use crate::originals::Originals;
use crate::scripts::ScriptTexts;
use formats::read::{ReadError, cpuprofile, v8_log};
use node::toolchain::Toolchain;
use profile::{Profile, merge::merge, remap::remap};
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::ops::Range;
use std::path::{Path, PathBuf};
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

/// Reads all logs of a run.
pub(crate) async fn collect(folder: &Path, windows: Option<LogWindows>, toolchain: &Toolchain) -> Result<Profile, RunError> {
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
            let read = File::open(&file).map_err(ReadError::from);
            let log = read.and_then(|input| v8_log::read(input, &v8_log::Options { window }, &texts));
            threads.push((process_id(&file), log.map_err(|source| RunError::Read { file, source })?));
        }
        let mut profile = finish(threads, &texts);
        profile.notes.extend(notes);
        Ok(profile)
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

fn finish(threads: Vec<(Option<u32>, V8Log)>, texts: &ScriptTexts) -> Profile {
    for (_, log) in &threads {
        texts.prefer(log.logged_texts.iter().map(|(url, text)| (url.clone(), text.clone())));
    }
    // Threads that did nothing in the window, such as a cluster's primary, would only be empty labels.
    let is_alone = threads.len() == 1;
    let mut threads: Vec<_> = threads.into_iter().filter(|(_, log)| is_alone || !log.profile.samples.is_empty()).collect();
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
    original(merge(labelled.collect()), texts)
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
}

/// Reads a `.cpuprofile` or a V8 log, told apart by their content.
///
/// # Errors
/// When the file cannot be read, or is neither.
pub fn read_profile(file: &Path) -> Result<ProfileFile, RunError> {
    let error = |source| RunError::Read { file: file.to_owned(), source };
    let mut input = File::open(file).map_err(|source| error(source.into()))?;
    let mut start = [0u8; 512];
    let length = read_start(&mut input, &mut start).map_err(|source| error(source.into()))?;
    input.rewind().map_err(|source| error(source.into()))?;
    let texts = ScriptTexts::default();
    let first = start[..length].iter().find(|byte| !byte.is_ascii_whitespace() && !matches!(byte, 0xEF | 0xBB | 0xBF));
    if first == Some(&b'{') {
        let profile = cpuprofile::read(BufReader::new(input), &texts).map_err(error)?;
        return Ok(ProfileFile { format: "CPU profile", profile: original(profile, &texts) });
    }
    let log = v8_log::read(input, &v8_log::Options::default(), &texts).map_err(error)?;
    Ok(ProfileFile { format: "V8 log", profile: finish(vec![(None, log)], &texts) })
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
