//! From what was read to a profile: labels to functions, script offsets to lines.

use super::code::Function;
use super::line_table::LineTable;
use super::stacks::RawLocation;
use super::weights::weigh;
use super::{Reader, V8Log};
use crate::read::{Scripts, source_of_url};
use profile::{Category, Frame, Location, Position, Profile, ProfileBuilder, SourceId, Tier};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The first V8 that leaves a gap instead of writing idle ticks.
const FIRST_V8_WITHOUT_IDLE_TICKS: u64 = 14;

pub(super) fn finish(mut reader: Reader, scripts: &dyn Scripts) -> V8Log {
    let mut builder = ProfileBuilder::default();
    let functions = Functions::resolve(&reader, scripts);
    let mut mapped = Vec::with_capacity(reader.stacks.locations.len());
    for location in &reader.stacks.locations {
        let id = match location {
            RawLocation::Plain { name, category } => builder.plain_location(name, *category),
            RawLocation::Function { function, script_offset, tier, inlined } => {
                let resolved = &functions.rows[function.0];
                let source = resolved.source.clone().map(|source| builder.source(source));
                add_place(&mut builder, resolved, source, *script_offset, *tier, *inlined)
            }
        };
        mapped.push(id);
    }

    let writes_idle_ticks = reader.v8_version.as_ref().is_none_or(|version| version[0] < FIRST_V8_WITHOUT_IDLE_TICKS);
    let idle = (!reader.stacks.samples.is_empty()).then(|| reader.stacks.idle_node());
    while mapped.len() < reader.stacks.locations.len() {
        mapped.push(builder.plain_location("(idle)", Category::Idle));
    }
    let stacks = std::mem::take(&mut reader.stacks);
    let mut tree = stacks.tree.finish();
    tree.relocate(|location| mapped[location.index()]);
    let weights = weigh(&stacks.samples, reader.interval_us, writes_idle_ticks);
    for (sample, weight) in stacks.samples.iter().zip(weights) {
        tree.add_self(sample.node, weight.own_us, 1);
        builder.samples.push(sample.time_us, weight.own_us, sample.node);
        if let Some(idle) = idle.filter(|_| weight.idle_us > 0) {
            tree.add_self(idle, weight.idle_us, 0);
            builder.samples.push(sample.time_us + weight.own_us, weight.idle_us, idle);
        }
    }

    builder.interval_us = reader.interval_us;
    for (kind, n) in &reader.dropped {
        builder.drop_records(kind, *n);
    }
    builder.drop_records("unresolvedCallers", stacks.n_unresolved_callers);
    builder.notes = functions.notes(reader.n_ticks, stacks.samples.is_empty());
    V8Log {
        profile: Profile { tree, ..builder.finish() },
        logged_texts: functions.logged_texts,
        v8_version: reader.v8_version_text,
        isolate: reader.isolate,
        n_ticks: reader.n_ticks,
    }
}

fn add_place(
    builder: &mut ProfileBuilder,
    function: &Resolved,
    source: Option<SourceId>,
    script_offset: Option<u32>,
    tier: Tier,
    inlined: bool,
) -> profile::LocationId {
    let frame = builder.frame(Frame { name: function.name.clone(), source, start: function.start, category: function.category });
    let position = script_offset.and_then(|offset| function.lines.as_ref()?.position(offset));
    builder.location(Location { frame, source, position, tier, inlined })
}

/// A function with its label taken apart.
struct Resolved {
    name: String,
    source: Option<profile::Source>,
    start: Option<Position>,
    category: Category,
    /// The lines of its script; none when its text is not known, or is not what ran.
    lines: Option<Arc<LineTable>>,
}

struct Functions {
    rows: Vec<Resolved>,
    logged_texts: BTreeMap<String, Arc<str>>,
    /// URLs of scripts whose text is not what ran.
    changed: Vec<String>,
}

impl Functions {
    fn resolve(reader: &Reader, scripts: &dyn Scripts) -> Self {
        let functions = &reader.code.functions;
        let used = used_functions(reader);
        let urls = script_urls(functions);
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
                source: Some(source_of(label.url, function.script)),
                start: label.start,
                category: Category::of_script(label.url),
                lines: function.script.and_then(|script| tables.get(&(script, label.url)).cloned()),
            })
            .collect();
        changed.sort();
        changed.dedup();
        let is_own = |url: &str| !url.is_empty() && Category::of_script(url) == Category::App;
        let logged = |(script, url): (&u32, &&str)| Some((url.to_string(), reader.script_texts.get(script)?.clone()));
        let logged_texts = urls.iter().filter(|(_, url)| is_own(url)).filter_map(logged).collect();
        Self { rows, logged_texts, changed }
    }

    fn notes(&self, n_ticks: u64, window_is_empty: bool) -> Vec<String> {
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

fn used_functions(reader: &Reader) -> FxHashSet<usize> {
    let function = |location: &RawLocation| match location {
        RawLocation::Function { function, .. } => Some(function.0),
        RawLocation::Plain { .. } => None,
    };
    reader.stacks.locations.iter().filter_map(function).collect()
}

/// The URL of each script. A script's top level has no name, so its label is nothing but the URL and where it begins.
fn script_urls(functions: &[Function]) -> FxHashMap<u32, &str> {
    let mut urls = FxHashMap::default();
    for function in functions {
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
struct Label<'a> {
    name: &'a str,
    url: &'a str,
    start: Option<Position>,
}

impl<'a> Label<'a> {
    fn of(function: &'a Function, urls: &FxHashMap<u32, &str>) -> Self {
        Self::parse(&function.label, function.script.and_then(|script| urls.get(&script).copied()))
    }

    fn parse(label: &'a str, script_url: Option<&str>) -> Self {
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
