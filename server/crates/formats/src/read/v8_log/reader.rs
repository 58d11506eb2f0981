//! Records to tables, in event order.

use super::code::{self, CodeKind, CodeTable};
use super::decisions::{Compiled, Miss, Recorder};
use super::fields::{address, number, split, unescape};
use super::records::{Handling, RecordTable, V8Version};
use super::source_positions::{SourcePositions, function_addresses};
use super::stacks::{self, Stacks};
use super::{Isolate, Options, builtins};
use profile::{Position, Tier};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

/// The state of reading.
pub(super) struct Reader {
    window: Option<Range<u64>>,
    reads_shapes: bool,
    records: RecordTable,
    pub(super) code: CodeTable,
    pub(super) stacks: Stacks,
    pub(super) decisions: Recorder,
    pub(super) script_texts: FxHashMap<u32, Arc<str>>,
    pub(super) script_urls: FxHashMap<u32, String>,
    pub(super) v8_version: Option<V8Version>,
    pub(super) v8_version_text: Option<String>,
    pub(super) isolate: Isolate,
    pub(super) interval_us: u64,
    pub(super) n_records: u64,
    pub(super) n_ticks: u64,
    pub(super) dropped: BTreeMap<&'static str, u64>,
    /// Names of records that the table does not have; the first few.
    pub(super) unknown_kinds: BTreeSet<String>,
}

impl Reader {
    pub(super) fn new(options: &Options) -> Self {
        let mut code = CodeTable::default();
        code.addresses = options.functions_by_sfi.then(Vec::new);
        Self {
            window: options.window.clone(),
            reads_shapes: options.shapes,
            records: RecordTable::of(None),
            code,
            stacks: Stacks::default(),
            decisions: Recorder::default(),
            script_texts: FxHashMap::default(),
            script_urls: FxHashMap::default(),
            v8_version: None,
            v8_version_text: None,
            isolate: Isolate::Unknown,
            interval_us: 1000,
            n_records: 0,
            n_ticks: 0,
            dropped: BTreeMap::new(),
            unknown_kinds: BTreeSet::new(),
        }
    }

    pub(super) fn drop_record(&mut self, kind: &'static str) {
        *self.dropped.entry(kind).or_default() += 1;
    }

    pub(super) fn record(&mut self, record: &[u8], offset: u64) {
        let mut fields = split(record);
        let kind = fields.next().unwrap_or_default();
        let Some(handling) = self.records.handling(kind) else {
            self.drop_record("unknownRecords");
            self.note_unknown(kind);
            return;
        };
        let understood = match handling {
            Handling::Tick => self.tick(record, offset),
            Handling::CodeCreation { tells_osr } => self.code_creation(record, tells_osr),
            Handling::CodeSourceInfo => self.code_source_info(fields),
            Handling::CodeMove => self.code_move(fields),
            Handling::FunctionMove => self.sfi_move(fields),
            Handling::CodeDelete => self.code_delete(fields),
            Handling::CodeDeopt => self.code_deopt(record),
            Handling::CodeDisabled => self.code_disabled(fields),
            Handling::InlineCache => self.inline_cache(kind, fields),
            Handling::Map if self.reads_shapes => self.map(fields),
            Handling::MapMove if self.reads_shapes => self.map_move(fields),
            Handling::MapCreate if self.reads_shapes => self.map_create(fields),
            Handling::Map | Handling::MapMove | Handling::MapCreate | Handling::Ignored(_) => Some(()),
            Handling::ScriptSource => self.script_source(record),
            Handling::ScriptDetails => self.script_details(fields),
            Handling::SharedLibrary => self.shared_library(fields),
            Handling::Profiler => self.profiler(fields),
            Handling::Version => self.version(fields),
        };
        match understood {
            Some(()) => self.n_records += 1,
            None => self.drop_record("malformedRecords"),
        }
    }

    /// Keeps the first few names of unknown records. Only what looks like a name: a broken line begins with anything.
    fn note_unknown(&mut self, kind: &[u8]) {
        let is_name = (1..40).contains(&kind.len()) && kind.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
        if is_name && self.unknown_kinds.len() < 5 {
            self.unknown_kinds.insert(String::from_utf8_lossy(kind).into_owned());
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
    fn code_creation(&mut self, record: &[u8], tells_osr: bool) -> Option<()> {
        let mut fields = record.splitn(7, |byte| *byte == b',').skip(1);
        let code_type = fields.next()?;
        let at_us = fields.nth(1).and_then(number).unwrap_or_default();
        let (start, size) = (fields.next().and_then(address)?, fields.next().and_then(number)?);
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
                let marker = code::parse_marker(marker.unwrap_or_default());
                if marker.tier.is_none() {
                    self.drop_record("unknownMarkers");
                }
                let tier = marker.tier.unwrap_or(Tier::Unknown);
                let name = unescape(name);
                if self.isolate == Isolate::Unknown {
                    self.isolate = isolate_of(&name);
                }
                let function = self.code.function(sfi, name);
                let code_bytes = u32::try_from(size).unwrap_or(u32::MAX);
                let known = &mut self.code.functions[function.0];
                known.is_script = matches!(code_type, b"Script" | b"Eval");
                if tier == Tier::Ignition {
                    known.bytecode_bytes = Some(code_bytes);
                }
                let osr = (tells_osr || marker.is_osr).then_some(marker.is_osr);
                self.decisions.compiled(Compiled { function, tier, osr, at_us, code_bytes });
                CodeKind::JavaScript { function, tier }
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
        let end = fields.next()?;
        let end = number(end).and_then(|end| u32::try_from(end).ok());
        let positions = fields.next()?;
        let inlinings = fields.next().unwrap_or_default();
        let functions = fields.next().unwrap_or_default();
        self.stacks.code_changed();
        let functions = function_addresses(functions).map(|sfi| self.code.function_at(sfi?)).collect();
        self.code.set_positions(code, (start, end), SourcePositions::new(script, positions, inlinings, functions));
        if !inlinings.is_empty()
            && let Some(code) = self.code.optimized_at(code)
        {
            self.decisions.inlined(&code);
        }
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

    /// `code-deopt,time,code size,code,inlining,script offset,kind,location,reason`
    fn code_deopt(&mut self, record: &[u8]) -> Option<()> {
        let mut fields = record.splitn(7, |byte| *byte == b',').skip(1);
        let at_us = fields.next().and_then(number)?;
        let code = fields.nth(1).and_then(address)?;
        let inlining = fields.next().and_then(number).and_then(|inlining| u32::try_from(inlining).ok());
        let script_offset = fields.next().and_then(number).and_then(|offset| u32::try_from(offset).ok());
        let what = fields.next()?;
        self.decisions.deoptimized(self.code.optimized_at(code).as_ref(), at_us, inlining, script_offset, what)
    }

    /// `code-disable-optimization,name,reason`
    fn code_disabled<'a>(&mut self, mut fields: impl Iterator<Item = &'a [u8]>) -> Option<()> {
        let name = unescape(fields.next()?);
        self.decisions.disabled(name, unescape(fields.next()?));
        Some(())
    }

    /// `…IC,pc,time,line,column,old state,new state,map,key,modifier,slow reason`
    fn inline_cache<'a>(&mut self, kind: &[u8], mut fields: impl Iterator<Item = &'a [u8]>) -> Option<()> {
        let pc = fields.next().and_then(address)?;
        let at_us = fields.next().and_then(number)?;
        let position = position(fields.next()?, fields.next()?);
        let miss = Miss::parse(at_us, fields)?;
        if !self.decisions.missed(kind, pc, position, &miss, &mut self.code) {
            self.drop_record("unresolvedInlineCaches");
        }
        Some(())
    }

    /// `map,type,time,from,to,pc,line,column,reason,name`
    fn map<'a>(&mut self, mut fields: impl Iterator<Item = &'a [u8]>) -> Option<()> {
        let change = fields.next()?;
        let _time = fields.next().and_then(number)?;
        let (from, to) = (fields.next().and_then(address)?, fields.next().and_then(address)?);
        let pc = fields.next().and_then(address)?;
        let position = position(fields.next()?, fields.next()?);
        let (reason, name) = (fields.next()?, fields.next().unwrap_or_default());
        let place = if pc == 0 { None } else { self.code.access(pc, position) };
        if !self.decisions.shapes.changed(change, from, to, place, reason, name) {
            self.drop_record("shapesBeyondLimit");
        }
        Some(())
    }

    /// `map-move,time,from,to`
    fn map_move<'a>(&mut self, mut fields: impl Iterator<Item = &'a [u8]>) -> Option<()> {
        let _time = fields.next().and_then(number)?;
        let (from, to) = (fields.next().and_then(address)?, fields.next().and_then(address)?);
        self.decisions.shapes.relocate(from, to);
        Some(())
    }

    /// `map-create,time,map`
    fn map_create<'a>(&mut self, mut fields: impl Iterator<Item = &'a [u8]>) -> Option<()> {
        let _time = fields.next().and_then(number)?;
        let map = fields.next().and_then(address)?;
        self.decisions.shapes.created(map);
        Some(())
    }

    /// `script-source,script,url,text`: the text's commas are escaped.
    fn script_source(&mut self, record: &[u8]) -> Option<()> {
        let mut fields = record.splitn(4, |byte| *byte == b',').skip(1);
        let script = fields.next().and_then(number).and_then(|script| u32::try_from(script).ok())?;
        let url = unescape(fields.next()?);
        let text = unescape(fields.next()?);
        self.script_texts.insert(script, text.into());
        self.script_urls.insert(script, url);
        Some(())
    }

    /// `script-details,script,url,line offset,column offset,source map`
    fn script_details<'a>(&mut self, mut fields: impl Iterator<Item = &'a [u8]>) -> Option<()> {
        let script = fields.next().and_then(number).and_then(|script| u32::try_from(script).ok())?;
        self.script_urls.insert(script, unescape(fields.next()?));
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
            && let Some(interval_us) = fields.next().and_then(number).filter(|interval| INTERVALS_US.contains(interval))
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
        let part = |at: usize| u16::try_from(numbers[at]).unwrap_or(u16::MAX);
        self.v8_version = Some((part(0), part(1)));
        self.records = RecordTable::of(self.v8_version);
        Some(())
    }
}

/// Sampling intervals that make sense, in µs: up to an hour.
const INTERVALS_US: std::ops::RangeInclusive<u64> = 1..=3_600_000_000;

/// Line and column as V8 logs them; -1 where it knows none.
fn position(line: &[u8], column: &[u8]) -> Option<Position> {
    let (line, column) = (number(line)?, number(column)?);
    Some(Position { line: u32::try_from(line).ok()?, column: u32::try_from(column).ok()? })
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
