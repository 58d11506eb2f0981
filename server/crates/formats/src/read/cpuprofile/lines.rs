//! Which function a line of `positionTicks` belongs to.

use super::InlinedLeaves;
use super::script_text::{imports, used_names};
use crate::read::call_frame::RawFrame;
use crate::read::{ScriptFunction, Scripts};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// Lines that a function short enough to be inlined may span, where its text is not known. V8 inlines at most 460 bytes of bytecode;
/// a line of code has about five, and comments as many lines again.
const MAX_INLINABLE_LINES: u32 = 200;

/// Scripts to look at for functions that no sample names.
const MAX_SCRIPTS: usize = 2000;

/// How deep calls are followed. Node 24 also leaves out functions between the node's and the innermost inlined one; the bytecode that
/// V8 inlines into one function, 920 bytes, leaves no room for many levels.
const MAX_INLINED_DEPTH: usize = 3;

/// Where the time of a tick belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// This line of the node's own function.
    Own,
    /// This line of a function inlined into the node's.
    Inlined(FunctionRef),
    /// The function; its line cannot be told.
    NoLine(NoLine),
}

/// Why a line cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoLine {
    /// There is no text to check it against.
    NoSource,
    /// Several functions explain it.
    Ambiguous,
    /// It is outside of the function, and nothing explains it.
    Outside,
}

impl NoLine {
    /// The kind under which it is counted.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::NoSource => "lineTicksWithoutSource",
            Self::Ambiguous => "lineTicksAmbiguous",
            Self::Outside => "lineTicksOutsideFunction",
        }
    }
}

/// A function of a script that occurs in the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct FunctionRef {
    script: usize,
    function: usize,
}

struct Script {
    text: Option<Arc<str>>,
    functions: Vec<ScriptFunction>,
    /// Byte offset of each line.
    line_starts: Vec<usize>,
    /// Names bound by imports of modules whose text is not known.
    unseen_imports: FxHashSet<String>,
}

/// The function of a frame, as far as its text is known.
struct Range {
    script: usize,
    /// None for the top level of the script.
    function: Option<usize>,
    first_line: u32,
    last_line: u32,
}

/// Places ticks. Looks at the scripts once, and at each function and line once.
pub(super) struct Lines<'a> {
    frames: &'a [RawFrame],
    inlined_leaves: InlinedLeaves,
    urls: Vec<String>,
    script_rows: FxHashMap<String, usize>,
    scripts: Vec<Script>,
    ranges: Vec<Option<Range>>,
    by_name: FxHashMap<String, Vec<FunctionRef>>,
    /// 1-based first lines of functions seen in scripts with no text, by name.
    unseen_texts: FxHashMap<&'a str, Vec<u32>>,
    /// Direct callees of a function; without a function, of the top level of a script.
    direct: FxHashMap<(usize, Option<usize>), Callees>,
    /// Direct and indirect callees of a frame.
    callees: FxHashMap<u32, Callees>,
    places: FxHashMap<(u32, u32), Place>,
}

/// What a function calls by name.
#[derive(Default)]
struct Callees {
    known: FxHashSet<FunctionRef>,
    /// First lines of those whose text is not known.
    unseen: FxHashSet<u32>,
    /// Whether modules are used of which nothing is known.
    uses_unseen_module: bool,
}

impl<'a> Lines<'a> {
    pub(super) fn new(frames: &'a [RawFrame], inlined_leaves: InlinedLeaves, scripts: &dyn Scripts) -> Self {
        let mut lines = Self {
            frames,
            inlined_leaves,
            urls: Vec::new(),
            script_rows: FxHashMap::default(),
            scripts: Vec::new(),
            ranges: Vec::new(),
            by_name: FxHashMap::default(),
            unseen_texts: FxHashMap::default(),
            direct: FxHashMap::default(),
            callees: FxHashMap::default(),
            places: FxHashMap::default(),
        };
        for frame in frames {
            let range = if frame.url.is_empty() {
                None
            } else {
                let script = lines.add_script(&frame.url, scripts);
                lines.range(script, frame)
            };
            let has_text = range.as_ref().is_some_and(|range| lines.scripts[range.script].text.is_some());
            if !has_text && !frame.url.is_empty() && !frame.name.is_empty() {
                lines.unseen_texts.entry(last_segment(&frame.name)).or_default().push(one_based(frame.line));
            }
            lines.ranges.push(range);
        }
        // A module may be in no sample, and yet have functions inlined everywhere.
        let mut script = 0;
        while script < lines.scripts.len() {
            lines.add_imports_of(script, scripts);
            script += 1;
        }
        lines
    }

    /// The place of ticks on `line` (1-based) of a node of `frame`.
    pub(super) fn place(&mut self, frame: u32, line: u32) -> Place {
        if let Some(place) = self.places.get(&(frame, line)) {
            return *place;
        }
        let place = match self.inlined_leaves {
            InlinedLeaves::OwnNode => self.place_of_own(frame, line),
            InlinedLeaves::Unknown | InlinedLeaves::OnCaller => self.place_among_inlined(frame, line),
        };
        self.places.insert((frame, line), place);
        place
    }

    /// The URL and the facts of a function.
    pub(super) fn function(&self, at: FunctionRef) -> (&str, &ScriptFunction) {
        (&self.urls[at.script], &self.scripts[at.script].functions[at.function])
    }

    fn add_script(&mut self, url: &str, scripts: &dyn Scripts) -> usize {
        if let Some(script) = self.script_rows.get(url) {
            return *script;
        }
        let script = self.scripts.len();
        self.script_rows.insert(url.to_owned(), script);
        let text = scripts.text(url);
        let functions = if text.is_some() { scripts.functions(url) } else { Vec::new() };
        for (function, facts) in functions.iter().enumerate() {
            if !facts.name.is_empty() {
                let entry = self.by_name.entry(last_segment(&facts.name).to_owned()).or_default();
                entry.push(FunctionRef { script, function });
            }
        }
        let line_starts = text.as_deref().map(line_starts).unwrap_or_default();
        self.urls.push(url.to_owned());
        self.scripts.push(Script { text, functions, line_starts, unseen_imports: FxHashSet::default() });
        script
    }

    /// Looks at the modules that a script imports by relative paths, and notes the names that come from others.
    fn add_imports_of(&mut self, script: usize, scripts: &dyn Scripts) {
        let Some(text) = self.scripts[script].text.clone() else { return };
        for import in imports(&text) {
            let mut candidates = urls_of_import(&self.urls[script], import.specifier).into_iter();
            let is_known = |url: &String| self.script_rows.get(url).is_some_and(|row| self.scripts[*row].text.is_some());
            match candidates.find(|url| is_known(url) || (self.scripts.len() < MAX_SCRIPTS && scripts.text(url).is_some())) {
                Some(url) => {
                    self.add_script(&url, scripts);
                }
                None => self.scripts[script].unseen_imports.extend(import.bindings.into_iter().map(str::to_owned)),
            }
        }
    }

    fn range(&self, script: usize, frame: &RawFrame) -> Option<Range> {
        let facts = &self.scripts[script];
        facts.text.as_ref()?;
        let (line, column) = (one_based(frame.line), one_based(frame.column));
        if (line, column) == (1, 1) && frame.name.is_empty() {
            return Some(Range {
                script,
                function: None,
                first_line: 1,
                last_line: u32::try_from(facts.line_starts.len()).unwrap_or(u32::MAX),
            });
        }
        let is_here = |function: &ScriptFunction| (function.start.line, function.start.column) == (line, column);
        let at = facts.functions.iter().position(is_here).or_else(|| {
            // Versions of V8 differ on where some functions begin; the only one of that name on that line is the one.
            let is_alike =
                |function: &ScriptFunction| function.start.line == line && last_segment(&function.name) == last_segment(&frame.name);
            let mut alike = facts.functions.iter().enumerate().filter(|(_, function)| is_alike(function));
            match (alike.next(), alike.next()) {
                (Some((only, _)), None) => Some(only),
                _ => None,
            }
        })?;
        let function = &facts.functions[at];
        Some(Range { script, function: Some(at), first_line: function.first_line, last_line: function.last_line })
    }

    fn place_of_own(&self, frame: u32, line: u32) -> Place {
        let is_own = match &self.ranges[frame as usize] {
            Some(range) => (range.first_line..=range.last_line).contains(&line),
            None => {
                let frame = &self.frames[frame as usize];
                !frame.url.is_empty() && line >= one_based(frame.line)
            }
        };
        if is_own { Place::Own } else { Place::NoLine(NoLine::Outside) }
    }

    fn place_among_inlined(&mut self, frame: u32, line: u32) -> Place {
        let Some(range) = &self.ranges[frame as usize] else { return Place::NoLine(NoLine::NoSource) };
        let (script, own) = (range.script, range.function);
        let is_in_range = (range.first_line..=range.last_line).contains(&line);
        if !self.callees.contains_key(&frame) {
            let callees = self.callees_of(script, own);
            self.callees.insert(frame, callees);
        }
        let callees = &self.callees[&frame];
        let mut candidates: FxHashSet<FunctionRef> = callees
            .known
            .iter()
            .copied()
            .filter(|at| (at.script, Some(at.function)) != (script, own) && self.has_own_line(*at, line))
            .collect();
        let mut is_own = is_in_range;
        if is_in_range {
            if let Some(nested) = self.nested_around(script, own, line) {
                // No line of this function: it can only be there through the nested one.
                is_own = false;
                candidates.insert(nested);
            } else if candidates.iter().any(|at| at.script == script) {
                // A function of one line within this one, called from it: the line is that function's.
                is_own = false;
            }
        }
        let is_maybe_unseen = callees.uses_unseen_module
            || callees.unseen.iter().any(|first| (*first..=first.saturating_add(MAX_INLINABLE_LINES)).contains(&line));
        let mut candidates = candidates.into_iter();
        match (is_own, candidates.next(), candidates.next()) {
            (true, None, _) if !is_maybe_unseen => Place::Own,
            (false, Some(only), None) if !is_maybe_unseen => Place::Inlined(only),
            (false, None, _) if !is_maybe_unseen => Place::NoLine(NoLine::Outside),
            _ => Place::NoLine(NoLine::Ambiguous),
        }
    }

    /// The functions that a function calls by name, and those that these call.
    fn callees_of(&mut self, script: usize, function: Option<usize>) -> Callees {
        let mut all = Callees::default();
        let mut level = vec![(script, function)];
        for _ in 0..MAX_INLINED_DEPTH {
            let mut next = Vec::new();
            for (script, function) in level {
                let direct = self.direct_callees_of(script, function);
                all.unseen.extend(&direct.unseen);
                all.uses_unseen_module |= direct.uses_unseen_module;
                next.extend(direct.known.iter().filter(|at| all.known.insert(**at)).map(|at| (at.script, Some(at.function))));
            }
            level = next;
        }
        all
    }

    fn direct_callees_of(&mut self, script: usize, function: Option<usize>) -> &Callees {
        let (by_name, unseen_texts, facts) = (&self.by_name, &self.unseen_texts, &self.scripts[script]);
        self.direct.entry((script, function)).or_insert_with(|| {
            let mut callees = Callees::default();
            let text = facts.text.as_deref().unwrap_or_default();
            let (first, last) = function.map_or((1, u32::MAX), |at| (facts.functions[at].first_line, facts.functions[at].last_line));
            let start_of = |line: u32| facts.line_starts.get(line.saturating_sub(1) as usize).copied().unwrap_or(text.len());
            let text = text.get(start_of(first)..start_of(last.saturating_add(1))).unwrap_or_default();
            let names = used_names(text);
            for name in &names.called {
                callees.known.extend(by_name.get(*name).into_iter().flatten());
                callees.unseen.extend(unseen_texts.get(*name).into_iter().flatten());
            }
            let is_unseen = |name: &&str| facts.unseen_imports.contains(*name);
            callees.uses_unseen_module = names.called.iter().chain(&names.bases).any(is_unseen);
            callees
        })
    }

    /// Whether a line is in a function, and not strictly within one nested in it.
    fn has_own_line(&self, at: FunctionRef, line: u32) -> bool {
        let function = &self.scripts[at.script].functions[at.function];
        (function.first_line..=function.last_line).contains(&line) && self.nested_around(at.script, Some(at.function), line).is_none()
    }

    /// The innermost function nested in another, or in the script, that has a line to itself: neither its first nor its last one, which
    /// it may share with the code around it.
    fn nested_around(&self, script: usize, outer: Option<usize>, line: u32) -> Option<FunctionRef> {
        let functions = &self.scripts[script].functions;
        let (after, last_line) = match outer {
            Some(outer) => (functions[outer].start, functions[outer].last_line),
            None => (profile::Position { line: 0, column: 0 }, u32::MAX),
        };
        functions
            .iter()
            .enumerate()
            .filter(|(at, function)| {
                Some(*at) != outer
                    && function.start > after
                    && function.last_line <= last_line
                    && function.first_line < line
                    && line < function.last_line
            })
            .max_by_key(|(_, function)| function.start)
            .map(|(function, _)| FunctionRef { script, function })
    }
}

/// Byte offsets of the lines of a text, as V8 counts them: U+2028 and U+2029 end lines too.
fn line_starts(text: &str) -> Vec<usize> {
    let mut starts = vec![0];
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' => starts.push(at + 1),
            b'\r' if bytes.get(at + 1) != Some(&b'\n') => starts.push(at + 1),
            // E2 80 A8 and E2 80 A9.
            0xa8 | 0xa9 if at >= 2 && bytes[at - 2..at] == [0xe2, 0x80] => starts.push(at + 1),
            _ => {}
        }
    }
    starts
}

/// The URLs that a relative import may mean, in Node's order; none for packages and Node's own modules.
fn urls_of_import(importer: &str, specifier: &str) -> Vec<String> {
    if !specifier.starts_with("./") && !specifier.starts_with("../") {
        return Vec::new();
    }
    let Some((mut folder, _)) = importer.rsplit_once(['/', '\\']) else { return Vec::new() };
    let mut rest = specifier;
    loop {
        if let Some(here) = rest.strip_prefix("./") {
            rest = here;
        } else if let Some(above) = rest.strip_prefix("../") {
            let Some((parent, _)) = folder.rsplit_once(['/', '\\']) else { return Vec::new() };
            (folder, rest) = (parent, above);
        } else {
            break;
        }
    }
    let endings = ["", ".js", ".mjs", ".cjs", ".ts", "/index.js"];
    endings.iter().map(|ending| format!("{folder}/{rest}{ending}")).collect()
}

/// `tiny` of `exports.tiny`, `get tiny` and `tiny`.
fn last_segment(name: &str) -> &str {
    name.rsplit(['.', ' ']).next().unwrap_or(name)
}

fn one_based(zero_based: i64) -> u32 {
    u32::try_from(zero_based.saturating_add(1).max(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
