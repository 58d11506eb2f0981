//! Functions: labels taken apart, and scripts whose texts are those that ran.

use super::code::{Function, FunctionId};
use super::line_table::LineTable;
use super::reader::Reader;
use super::stacks::RawLocation;
use crate::read::{Scripts, source_of_url};
use profile::{Category, Frame, FrameId, Position, ProfileBuilder};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A function with its label taken apart.
pub(super) struct Resolved {
    pub(super) name: String,
    /// Of `eval`: named by its script.
    pub(super) source: profile::Source,
    has_url: bool,
    pub(super) start: Option<Position>,
    pub(super) category: Category,
    /// The lines of its script; none when its text is not known, or is not what ran.
    pub(super) lines: Option<Arc<LineTable>>,
}

impl Resolved {
    /// The URL of its script; empty for `eval`.
    pub(super) fn url(&self) -> &str {
        if self.has_url { &self.source.url } else { "" }
    }
}

/// All functions of a log.
pub(super) struct Functions {
    rows: Vec<Resolved>,
    /// Their rows in the profile, for those that it has.
    frames: Vec<Option<FrameId>>,
    pub(super) logged_texts: BTreeMap<String, Arc<str>>,
    /// URLs of scripts whose text is not what ran.
    changed: Vec<String>,
}

impl Functions {
    pub(super) fn resolve(reader: &Reader, scripts: &dyn Scripts) -> Self {
        let functions = &reader.code.functions;
        let used = functions_with_offsets(reader);
        let urls = script_urls(reader);
        let labels: Vec<Label<'_>> = functions.iter().map(|function| Label::of(function, &urls)).collect();
        let mut starts: FxHashMap<(u32, &str), Vec<(u32, Position)>> = FxHashMap::default();
        for row in used {
            if let (Some(script), Some(offset), Some(start)) = (functions[row].script, functions[row].start_offset, labels[row].start) {
                starts.entry((script, labels[row].url)).or_default().push((offset, start));
            }
        }
        let mut tables: FxHashMap<(u32, &str), Arc<LineTable>> = FxHashMap::default();
        let mut changed: Vec<String> = Vec::new();
        for (key, starts) in starts {
            let Some(text) = reader.script_texts.get(&key.0).cloned().or_else(|| scripts.text(key.1)) else { continue };
            match lines_of(&text, &starts) {
                Some(lines) => {
                    tables.insert(key, Arc::new(lines));
                }
                None => changed.push(key.1.to_owned()),
            }
        }
        let rows = functions
            .iter()
            .zip(&labels)
            .map(|(function, label)| Resolved {
                name: label.name.to_owned(),
                source: source_of(label.url, function.script),
                has_url: !label.url.is_empty(),
                start: label.start,
                category: Category::of_script(label.url),
                lines: function.script.and_then(|script| tables.get(&(script, label.url)).cloned()),
            })
            .collect::<Vec<_>>();
        changed.sort();
        changed.dedup();
        let is_own = |url: &str| !url.is_empty() && Category::of_script(url) == Category::App;
        let logged = |(script, url): (&u32, &&str)| Some((url.to_string(), reader.script_texts.get(script)?.clone()));
        let logged_texts = urls.iter().filter(|(_, url)| is_own(url)).filter_map(logged).collect();
        Self { frames: vec![None; rows.len()], rows, logged_texts, changed }
    }

    /// A function.
    pub(super) fn get(&self, function: FunctionId) -> &Resolved {
        &self.rows[function.0]
    }

    /// The row of a function in the profile, which gets it when it does not have it yet.
    pub(super) fn frame(&mut self, function: FunctionId, builder: &mut ProfileBuilder) -> FrameId {
        if let Some(known) = self.frames[function.0] {
            return known;
        }
        let resolved = &self.rows[function.0];
        let source = Some(builder.source(resolved.source.clone()));
        let frame = builder.frame(Frame { name: resolved.name.clone(), source, start: resolved.start, category: resolved.category });
        self.frames[function.0] = Some(frame);
        frame
    }

    /// The row of a function in the profile, if it has it.
    pub(super) fn known_frame(&self, function: FunctionId) -> Option<FrameId> {
        self.frames[function.0]
    }

    pub(super) fn notes(&self, n_ticks: u64, window_is_empty: bool) -> Vec<String> {
        let mut notes = Vec::new();
        for url in &self.changed {
            notes.push(format!(
                "The text of {url} is not the text that ran (a loader changed it, or it was edited meanwhile): its time is shown by \
                 function, without lines."
            ));
        }
        if n_ticks == 0 {
            notes.push("The log has no ticks: it was not written with --prof, or the program ended at once.".to_owned());
        } else if window_is_empty {
            notes.push("No tick lies in the measured window.".to_owned());
        }
        notes
    }
}

/// Code from `eval` and `new Function` has no URL; each such script is a source of its own.
fn source_of(url: &str, script: Option<u32>) -> profile::Source {
    match script {
        Some(script) if url.is_empty() => profile::Source { url: format!("(eval {script})"), path: None },
        _ => source_of_url(url),
    }
}

/// The lines of a script, when its text is the one that ran: when its functions begin where V8 says they do. Node strips a byte-order
/// mark from some scripts and not from others.
fn lines_of(text: &str, starts: &[(u32, Position)]) -> Option<LineTable> {
    let fits = |lines: &LineTable| starts.iter().all(|(offset, start)| lines.position(*offset) == Some(*start));
    let candidates = [Some(text), text.strip_prefix('\u{feff}')];
    candidates.into_iter().flatten().map(LineTable::new).find(fits)
}

/// Functions of places that are to become lines.
fn functions_with_offsets(reader: &Reader) -> FxHashSet<usize> {
    let function = |location: &RawLocation| match location {
        RawLocation::Function { function, .. } => Some(*function),
        RawLocation::Plain { .. } => None,
    };
    let of_ticks = reader.stacks.locations.iter().filter_map(function);
    of_ticks.chain(reader.decisions.functions_with_offsets()).map(|function| function.0).collect()
}

/// The URL of each script, where the log tells it, or from a label. A script's top level has no name, so its label is nothing but the
/// URL and where it begins.
fn script_urls(reader: &Reader) -> FxHashMap<u32, &str> {
    let mut urls: FxHashMap<u32, &str> = reader.script_urls.iter().map(|(script, url)| (*script, url.as_str())).collect();
    for function in &reader.code.functions {
        if let (Some(script), Some((place, _))) = (function.script, split_position(&function.label))
            && let Some(url) = place.strip_prefix(' ')
            && function.start_offset == Some(0)
        {
            urls.insert(script, url);
        }
    }
    urls
}

/// `name url:line:column`, taken apart. Names and URLs may hold blanks and colons.
#[derive(Debug, PartialEq)]
pub(super) struct Label<'a> {
    pub(super) name: &'a str,
    pub(super) url: &'a str,
    pub(super) start: Option<Position>,
}

impl<'a> Label<'a> {
    fn of(function: &'a Function, urls: &FxHashMap<u32, &str>) -> Self {
        Self::parse(&function.label, function.script.and_then(|script| urls.get(&script).copied()))
    }

    pub(super) fn parse(label: &'a str, script_url: Option<&str>) -> Self {
        let Some((place, start)) = split_position(label) else {
            return Self { name: label, url: "", start: None };
        };
        if let Some(url) = script_url
            && let Some(name) = place.strip_suffix(url).and_then(|name| name.strip_suffix(' '))
        {
            return Self { name, url: &place[name.len() + 1..], start: Some(start) };
        }
        let at = url_start(place);
        let (name, url) = at.map_or((place.trim_end(), ""), |at| (&place[..at], &place[at + 1..]));
        Self { name, url, start: Some(start) }
    }
}

/// The blank before the URL: the first one that something like a URL follows.
fn url_start(place: &str) -> Option<usize> {
    let is_url = |rest: &str| {
        let bytes = rest.as_bytes();
        rest.starts_with('/')
            || rest.split_once(':').is_some_and(|(scheme, _)| {
                scheme.len() > 1 && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
            })
            || bytes.len() > 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' && matches!(bytes[2], b'\\' | b'/')
    };
    let blanks = || place.match_indices(' ').map(|(at, _)| at);
    blanks().find(|at| is_url(&place[at + 1..])).or_else(|| blanks().next())
}

fn split_position(label: &str) -> Option<(&str, Position)> {
    let (rest, column) = label.rsplit_once(':')?;
    let (place, line) = rest.rsplit_once(':')?;
    Some((place, Position { line: line.parse().ok()?, column: column.parse().ok()? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_of_function() {
        fn check(label: &str, script_url: Option<&str>, expected: (&str, &str, u32, u32)) {
            let parsed = Label::parse(label, script_url);
            let start = parsed.start.map_or((0, 0), |start| (start.line, start.column));
            assert_eq!((parsed.name, parsed.url, start.0, start.1), expected, "{label}");
        }
        check("leaf /app/a.js:2:14", None, ("leaf", "/app/a.js", 2, 14));
        check(" /app/a.js:1:1", None, ("", "/app/a.js", 1, 1));
        check("get x file:///app/a%20b.mjs:3:8", None, ("get x", "file:///app/a%20b.mjs", 3, 8));
        check("f /app/a b, c.js:3:8", None, ("f", "/app/a b, c.js", 3, 8));
        check("odd /name /app/a.js:3:8", Some("/app/a.js"), ("odd /name", "/app/a.js", 3, 8));
        check("emit node:events:466:44", None, ("emit", "node:events", 466, 44));
        check("f evalmachine.<anonymous>:1:9", None, ("f", "evalmachine.<anonymous>", 1, 9));
        check("f :1:9", None, ("f", "", 1, 9));
        check("native", None, ("native", "", 0, 0));
        check(r"f C:\app\a.js:3:8", None, ("f", r"C:\app\a.js", 3, 8));
    }
}
