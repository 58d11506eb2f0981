//! V8 logs: what `node --prof --logfile=…` writes, one file per isolate.
//!
//! A tick is placed as V8 itself would: program counter → code object (through every creation and move, in event order) → position
//! table → script offset, through all inlined calls. Records are documented in V8's `src/logging/log.cc`; what each Node version
//! really writes was measured on Node 18 to 26.

mod builtins;
mod code;
mod code_map;
mod fields;
mod finish;
mod line_table;
mod lines;
mod source_positions;
mod stacks;
#[cfg(test)]
mod tests;
mod weights;

use super::{ReadError, Scripts};
use code::{CodeKind, CodeTable};
use fields::{address, number, split, unescape};
use lines::Lines;
use profile::Profile;
use source_positions::{SourcePositions, function_addresses};
use stacks::Stacks;
use std::collections::BTreeMap;
use std::io::Read;
use std::ops::Range;
use std::sync::Arc;

/// What to read of a log.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only ticks whose record starts in this range of the file's bytes are samples; all of them when none. The log is written line by
    /// line, so the file's size at a moment is that moment's place in the log.
    pub window: Option<Range<u64>>,
}

/// A log that was read.
#[derive(Debug)]
pub struct V8Log {
    /// The samples of the window.
    pub profile: Profile,
    /// V8's version, such as `13.6.233.17-node.53`; none when the log does not begin with it.
    pub v8_version: Option<String>,
    /// The isolate's role.
    pub isolate: Isolate,
    /// Ticks in the whole file, in and out of the window.
    pub n_ticks: u64,
    /// Texts of the program's own scripts that the log holds, by URL: what ran, where a loader changed it.
    pub logged_texts: BTreeMap<String, Arc<str>>,
}

/// The role of the isolate that wrote a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolate {
    /// A process's main thread.
    Main,
    /// A worker thread.
    Worker,
    /// The log does not tell: it ended early, or is not Node's.
    Unknown,
}

/// Reads a log.
///
/// # Errors
/// When the input cannot be read, or holds not one record of a V8 log.
pub fn read(input: impl Read, options: &Options, scripts: &dyn Scripts) -> Result<V8Log, ReadError> {
    let mut lines = Lines::new(input);
    let mut reader = Reader::new(options.window.clone());
    while let Some(line) = lines.next()? {
        if line.is_truncated {
            reader.drop_record("truncatedLines");
        } else if !line.bytes.is_empty() {
            reader.record(line.bytes, line.offset);
        }
    }
    if reader.n_records == 0 {
        let problem = match reader.dropped.values().sum::<u64>() {
            0 => "the file is empty".to_owned(),
            n => format!("none of its {n} lines is a record that V8 writes"),
        };
        return Err(ReadError::Format { format: "V8 log", problem });
    }
    Ok(finish::finish(reader, scripts))
}

/// The state of reading.
struct Reader {
    window: Option<Range<u64>>,
    code: CodeTable,
    stacks: Stacks,
    script_texts: rustc_hash::FxHashMap<u32, Arc<str>>,
    v8_version: Option<Vec<u64>>,
    v8_version_text: Option<String>,
    isolate: Isolate,
    interval_us: u64,
    n_records: u64,
    n_ticks: u64,
    dropped: BTreeMap<&'static str, u64>,
}

impl Reader {
    fn new(window: Option<Range<u64>>) -> Self {
        Self {
            window,
            code: CodeTable::default(),
            stacks: Stacks::default(),
            script_texts: Default::default(),
            v8_version: None,
            v8_version_text: None,
            isolate: Isolate::Unknown,
            interval_us: 1000,
            n_records: 0,
            n_ticks: 0,
            dropped: BTreeMap::new(),
        }
    }

    fn drop_record(&mut self, kind: &'static str) {
        *self.dropped.entry(kind).or_default() += 1;
    }

    fn record(&mut self, record: &[u8], offset: u64) {
        let mut fields = split(record);
        let kind = fields.next().unwrap_or_default();
        let understood = match kind {
            b"tick" => self.tick(record, offset),
            b"code-creation" => self.code_creation(record),
            b"code-source-info" => self.code_source_info(fields),
            b"code-move" => self.code_move(fields),
            b"sfi-move" => self.sfi_move(fields),
            b"code-delete" => self.code_delete(fields),
            b"script-source" => self.script_source(record),
            b"shared-library" => self.shared_library(fields),
            b"profiler" => self.profiler(fields),
            b"v8-version" => self.version(fields),
            _ if is_ignored(kind) => Some(()),
            _ => {
                self.drop_record("unknownRecords");
                return;
            }
        };
        match understood {
            Some(()) => self.n_records += 1,
            None => self.drop_record("malformedRecords"),
        }
    }

    fn tick(&mut self, record: &[u8], offset: u64) -> Option<()> {
        let tick = stacks::Tick::parse(record)?;
        self.n_ticks += 1;
        if self.window.as_ref().is_none_or(|window| window.contains(&offset)) {
            self.stacks.tick(&tick, &mut self.code);
        }
        Some(())
    }

    /// `code-creation,type,kind,time,address,size,name[,sfi,marker]`: commas in the names of functions are not escaped.
    fn code_creation(&mut self, record: &[u8]) -> Option<()> {
        let mut fields = record.splitn(7, |byte| *byte == b',').skip(1);
        let code_type = fields.next()?;
        let (start, size) = (fields.nth(2).and_then(address)?, fields.next().and_then(number)?);
        let label = fields.next()?;
        let mut ends = label.rsplitn(3, |byte| *byte == b',');
        let (marker, function, name) = (ends.next(), ends.next(), ends.next());
        let (name, function) = match (function.and_then(address), name) {
            (Some(function), Some(name)) => (name, Some(function)),
            _ => (label, None),
        };
        self.stacks.code_changed();
        let kind = match (function, code_type) {
            (Some(sfi), _) => {
                let tier = code::tier_of_marker(marker.unwrap_or_default());
                if tier.is_none() {
                    self.drop_record("unknownMarkers");
                }
                let name = unescape(name);
                if self.isolate == Isolate::Unknown {
                    self.isolate = isolate_of(&name);
                }
                let function = self.code.function(sfi, name);
                CodeKind::JavaScript { function, tier: tier.unwrap_or(profile::Tier::Unknown) }
            }
            (None, b"RegExp") => CodeKind::RegExp(unescape(name).into()),
            (None, b"Builtin") => CodeKind::Builtin(builtins::shown_name(name)),
            (None, _) => CodeKind::Plumbing,
        };
        self.code.create(start, size, kind);
        Some(())
    }

    /// `code-source-info,address,script,start,end,positions,inlinings,functions`
    fn code_source_info<'a>(&mut self, mut fields: impl Iterator<Item = &'a [u8]>) -> Option<()> {
        let code = fields.next().and_then(address)?;
        let script = fields.next().and_then(number).and_then(|script| u32::try_from(script).ok())?;
        let start = fields.next().and_then(number).and_then(|start| u32::try_from(start).ok());
        let _end = fields.next()?;
        let positions = fields.next()?;
        let inlinings = fields.next().unwrap_or_default();
        let functions = fields.next().unwrap_or_default();
        self.stacks.code_changed();
        let functions = function_addresses(functions).map(|sfi| self.code.function_at(sfi?)).collect();
        self.code.set_positions(code, start, SourcePositions::new(script, positions, inlinings, functions));
        Some(())
    }

    fn code_move<'a>(&mut self, mut fields: impl Iterator<Item = &'a [u8]>) -> Option<()> {
        let (from, to) = (fields.next().and_then(address)?, fields.next().and_then(address)?);
        self.stacks.code_changed();
        if !self.code.relocate(from, to) {
            self.drop_record("movesOfUnknownCode");
        }
        Some(())
    }

    fn sfi_move<'a>(&mut self, mut fields: impl Iterator<Item = &'a [u8]>) -> Option<()> {
        let (from, to) = (fields.next().and_then(address)?, fields.next().and_then(address)?);
        self.code.relocate_function(from, to);
        Some(())
    }

    fn code_delete<'a>(&mut self, mut fields: impl Iterator<Item = &'a [u8]>) -> Option<()> {
        let start = fields.next().and_then(address)?;
        self.stacks.code_changed();
        self.code.remove(start);
        Some(())
    }

    /// `script-source,script,url,text`: the text's commas are escaped.
    fn script_source(&mut self, record: &[u8]) -> Option<()> {
        let mut fields = record.splitn(4, |byte| *byte == b',').skip(1);
        let script = fields.next().and_then(number).and_then(|script| u32::try_from(script).ok())?;
        let _url = fields.next()?;
        let text = unescape(fields.next()?);
        self.script_texts.insert(script, text.into());
        Some(())
    }

    /// `shared-library,path,start,end,slide`
    fn shared_library<'a>(&mut self, mut fields: impl Iterator<Item = &'a [u8]>) -> Option<()> {
        let path = unescape(fields.next()?);
        let (start, end) = (fields.next().and_then(address)?, fields.next().and_then(address)?);
        let name = path.rsplit(['/', '\\']).next().unwrap_or(&path);
        self.code.add_library(start, end, name);
        Some(())
    }

    /// `profiler,begin,interval` or `profiler,end`
    fn profiler<'a>(&mut self, mut fields: impl Iterator<Item = &'a [u8]>) -> Option<()> {
        if fields.next()? == b"begin"
            && let Some(interval_us) = fields.next().and_then(number).filter(|interval| *interval > 0)
        {
            self.interval_us = interval_us;
        }
        Some(())
    }

    /// `v8-version,major,minor,build,patch,embedder,candidate`
    fn version<'a>(&mut self, fields: impl Iterator<Item = &'a [u8]>) -> Option<()> {
        let fields: Vec<&[u8]> = fields.collect();
        let numbers: Vec<u64> = fields.iter().take(4).map_while(|field| number(field)).collect();
        if numbers.len() < 4 {
            return None;
        }
        let dotted: Vec<String> = numbers.iter().map(u64::to_string).collect();
        self.v8_version_text = Some(dotted.join(".") + &unescape(fields.get(4).copied().unwrap_or_default()));
        self.v8_version = Some(numbers);
        Some(())
    }
}

/// Node runs a process's main thread and its workers from different internal scripts.
fn isolate_of(function_name: &str) -> Isolate {
    if function_name.contains(" node:internal/main/worker_thread:") {
        Isolate::Worker
    } else if function_name.contains(" node:internal/main/") {
        Isolate::Main
    } else {
        Isolate::Unknown
    }
}

/// Records that a CPU profile does not need.
fn is_ignored(kind: &[u8]) -> bool {
    const KINDS: [&[u8]; 33] = [
        b"active-runtime-timer",
        b"code-deopt",
        b"code-disable-optimization",
        b"compilation-cache",
        b"current-time",
        b"delete",
        b"feedback-vector",
        b"function",
        b"heap-available",
        b"heap-capacity",
        b"heap-sample-begin",
        b"heap-sample-end",
        b"heap-sample-item",
        b"map",
        b"map-create",
        b"map-details",
        b"map-move",
        b"new",
        b"script",
        b"script-details",
        b"shared-library-end",
        b"timer-event",
        b"timer-event-end",
        b"timer-event-start",
        b"v8-platform",
        b"bytecode-flush",
        b"code-allocation",
        b"suspect-read",
        b"snapshot-pos",
        b"api",
        b"wasm-code",
        b"StoreInArrayLiteralIC",
        b"DefineKeyedOwnIC",
    ];
    KINDS.contains(&kind) || kind.ends_with(b"IC")
}
