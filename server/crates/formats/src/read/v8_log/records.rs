//! Which records V8 writes, in which versions, and what is done with each.
//!
//! The names are those of `src/logging/log.cc` and `src/logging/log-event-list`/`code-events.h`; versions are V8's, measured on Node 18
//! (10.2), 20 (11.3), 22 (12.4), 24 (13.6), 25 (14.1) and 26 (14.6). A record that is not in the table is counted and does no harm, and
//! so is one of a V8 not known yet: the newest row of a name holds for all later versions.

use rustc_hash::FxHashMap;

/// V8's version as far as records depend on it: major and minor.
pub(super) type V8Version = (u16, u16);

/// What is done with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Handling {
    /// A sample.
    Tick,
    /// Code that was made. `tells_osr`: whether markers tell on-stack replacements.
    CodeCreation { tells_osr: bool },
    /// Position and inlining tables of the code that was made last at their address.
    CodeSourceInfo,
    /// Code that was moved by the garbage collector.
    CodeMove,
    /// A SharedFunctionInfo that was moved.
    FunctionMove,
    /// Code that is gone.
    CodeDelete,
    /// Optimised code that was given up.
    CodeDeopt,
    /// A function that V8 will not optimise.
    CodeDisabled,
    /// A miss of an inline cache.
    InlineCache,
    /// A hidden class that was made from another one; read only where asked.
    Map,
    /// A hidden class that was moved; read only where asked.
    MapMove,
    /// A hidden class at an address; read only where asked.
    MapCreate,
    /// The text of a script.
    ScriptSource,
    /// The URL of a script.
    ScriptDetails,
    /// A library or the executable.
    SharedLibrary,
    /// Begin and end of sampling.
    Profiler,
    /// V8's version.
    Version,
    /// Knowingly not read, because of what the text says.
    Ignored(&'static str),
}

/// A row of the table.
#[derive(Debug)]
struct Record {
    /// The first field; `*` at its start stands for anything.
    name: &'static str,
    /// The first version that writes it so, or the oldest one measured.
    since: V8Version,
    /// The first version that does not any more.
    until: Option<V8Version>,
    handling: Handling,
}

const NODE_18: V8Version = (10, 2);
const NODE_20: V8Version = (11, 3);
const NODE_22: V8Version = (12, 4);
/// The newest version that the table was measured with.
pub(super) const NEWEST_KNOWN: V8Version = (14, 6);

/// Code markers begin with `o` in on-stack replacements.
const MARKS_OSR: V8Version = (14, 6);

const fn row(name: &'static str, since: V8Version, handling: Handling) -> Record {
    Record { name, since, until: None, handling }
}

const fn ignored(name: &'static str, since: V8Version, why: &'static str) -> Record {
    row(name, since, Handling::Ignored(why))
}

const MEMORY: &str = "sizes of V8's heap, no decision about code";
const TIMERS: &str = "time of V8's own phases: ticks carry the state they fall in";
const SAMPLES_OF_HEAP: &str = "heap samples of V8 before 8, kept for logs of old tools";

/// Every record. Of rows of one name with overlapping versions the last one holds.
const RECORDS: &[Record] = &[
    row("tick", NODE_18, Handling::Tick),
    Record { name: "code-creation", since: NODE_18, until: Some(MARKS_OSR), handling: Handling::CodeCreation { tells_osr: false } },
    row("code-creation", MARKS_OSR, Handling::CodeCreation { tells_osr: true }),
    row("code-source-info", NODE_18, Handling::CodeSourceInfo),
    row("code-move", NODE_18, Handling::CodeMove),
    row("sfi-move", NODE_18, Handling::FunctionMove),
    row("code-delete", NODE_18, Handling::CodeDelete),
    row("code-deopt", NODE_18, Handling::CodeDeopt),
    row("code-disable-optimization", NODE_18, Handling::CodeDisabled),
    row("*IC", NODE_18, Handling::InlineCache),
    row("map", NODE_18, Handling::Map),
    row("map-move", NODE_22, Handling::MapMove),
    row("map-create", NODE_18, Handling::MapCreate),
    ignored("map-details", NODE_18, "a dump for people of what `map` tells, 90 % of such a log"),
    row("script-source", NODE_18, Handling::ScriptSource),
    row("script-details", NODE_18, Handling::ScriptDetails),
    ignored("script", NODE_18, "when a script was parsed"),
    ignored("function", NODE_18, "when a function was parsed and compiled, and how long: `code-creation` tells its tiers"),
    ignored("compilation-cache", NODE_22, "hits of the compilation cache: a function compiled afresh shows by its SharedFunctionInfo"),
    ignored("feedback-vector", NODE_18, "a dump of feedback without places, taken when optimised code is installed"),
    row("shared-library", NODE_18, Handling::SharedLibrary),
    ignored("shared-library-end", NODE_18, "end of the list of libraries"),
    row("profiler", NODE_18, Handling::Profiler),
    row("v8-version", NODE_18, Handling::Version),
    ignored("v8-platform", NODE_18, "the operating system"),
    ignored("new", NODE_18, MEMORY),
    ignored("delete", NODE_18, MEMORY),
    ignored("heap-capacity", NODE_18, MEMORY),
    ignored("heap-available", NODE_18, MEMORY),
    ignored("heap-sample-begin", NODE_18, SAMPLES_OF_HEAP),
    ignored("heap-sample-item", NODE_18, SAMPLES_OF_HEAP),
    ignored("heap-sample-end", NODE_18, SAMPLES_OF_HEAP),
    ignored("active-runtime-timer", NODE_18, TIMERS),
    ignored("current-time", NODE_18, TIMERS),
    ignored("timer-event", NODE_18, TIMERS),
    ignored("timer-event-start", NODE_18, TIMERS),
    ignored("timer-event-end", NODE_18, TIMERS),
    ignored("bytecode-flush", NODE_18, "bytecode thrown away: the next `code-creation` tells that it was needed again"),
    ignored("code-allocation", NODE_18, "an allocation, followed by `code-creation`"),
    ignored("code-disassemble", NODE_18, "a listing of machine code, only with --log-all"),
    ignored("snapshot-pos", NODE_18, "positions in V8's own snapshot"),
    ignored("suspect-read", NODE_18, "a check of V8's embedders"),
    ignored("api", NODE_18, "a call of V8's embedding interface"),
    ignored("wasm-code", NODE_20, "WebAssembly is not JavaScript: its time is shown as native"),
];

/// What to do with each record, for the version of a log.
#[derive(Debug)]
pub(super) struct RecordTable {
    exact: FxHashMap<&'static [u8], Handling>,
    suffixes: Vec<(&'static [u8], Handling)>,
}

impl RecordTable {
    /// The rows of a version; those of the newest known one when the log does not tell its own. A record that its version should not
    /// write is handled as its nearest row says.
    pub(super) fn of(version: Option<V8Version>) -> Self {
        let mut exact: FxHashMap<&'static [u8], (bool, Handling)> = FxHashMap::default();
        let mut suffixes = Vec::new();
        for record in RECORDS {
            let fits = version.is_none_or(|version| version >= record.since && record.until.is_none_or(|until| version < until));
            if let Some(suffix) = record.name.strip_prefix('*') {
                suffixes.push((suffix.as_bytes(), record.handling));
                continue;
            }
            let known = exact.entry(record.name.as_bytes()).or_insert((fits, record.handling));
            // Rows are in order of their versions: of none that fits, the oldest is the nearest to an older version.
            if fits {
                *known = (fits, record.handling);
            }
        }
        Self { exact: exact.into_iter().map(|(name, (_, handling))| (name, handling)).collect(), suffixes }
    }

    /// What to do with a record; none for one that the table does not have.
    pub(super) fn handling(&self, name: &[u8]) -> Option<Handling> {
        let by_suffix = || self.suffixes.iter().find(|(suffix, _)| name.ends_with(suffix)).map(|(_, handling)| *handling);
        self.exact.get(name).copied().or_else(by_suffix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handling_by_version() {
        fn check(version: Option<V8Version>, name: &str, expected: Option<Handling>) {
            assert_eq!(RecordTable::of(version).handling(name.as_bytes()), expected, "{name} of {version:?}");
        }
        check(Some((10, 2)), "code-creation", Some(Handling::CodeCreation { tells_osr: false }));
        check(Some((14, 5)), "code-creation", Some(Handling::CodeCreation { tells_osr: false }));
        check(Some((14, 6)), "code-creation", Some(Handling::CodeCreation { tells_osr: true }));
        check(Some((99, 0)), "code-creation", Some(Handling::CodeCreation { tells_osr: true }));
        check(Some((9, 4)), "code-creation", Some(Handling::CodeCreation { tells_osr: false }));
        check(None, "code-creation", Some(Handling::CodeCreation { tells_osr: true }));
        check(Some((10, 2)), "map-move", Some(Handling::MapMove));
        for name in ["LoadIC", "KeyedStoreIC", "StoreInArrayLiteralIC", "DefineKeyedOwnIC", "CloneObjectIC"] {
            check(Some((12, 4)), name, Some(Handling::InlineCache));
        }
        check(Some((12, 4)), "future-record", None);
        check(Some((12, 4)), "", None);
    }

    #[test]
    fn rows_are_in_order_and_say_why_they_are_ignored() {
        for (at, record) in RECORDS.iter().enumerate() {
            assert!(record.until.is_none_or(|until| until > record.since), "{}", record.name);
            if let Some(earlier) = RECORDS[..at].iter().rfind(|earlier| earlier.name == record.name) {
                assert_eq!(earlier.until, Some(record.since), "{}: a gap or an overlap of versions", record.name);
            }
            if let Handling::Ignored(why) = record.handling {
                assert!(why.len() > 8, "{}", record.name);
            }
        }
    }
}
