//! Counting, record by record.

use super::calls::Calls;
use super::code::{Code, Dynamic, MAGLEV, TURBOFAN};
use super::libraries::{Static, StaticCode};
use super::{Detail, LabelId, LabelKind, Labels, Libraries, Mapping};
use crate::read::v8_log::code::parse_marker;
use crate::read::v8_log::fields::{address, common_suffix, number, split, unescape};
use crate::read::v8_log::records::V8Version;
use profile::{NodeId, Tier};
use rustc_hash::FxHashMap;

/// What lies at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frame {
    Nothing,
    /// A handler of a bytecode: never shown.
    BytecodeHandler,
    /// A function of JavaScript.
    Function(LabelId),
    /// Other code that V8 made.
    Code(LabelId),
    Cpp(LabelId),
    Library(LabelId),
}

impl Frame {
    fn label(self) -> Option<LabelId> {
        match self {
            Self::Nothing | Self::BytecodeHandler => None,
            Self::Function(label) | Self::Code(label) | Self::Cpp(label) | Self::Library(label) => Some(label),
        }
    }
}

/// A caller on the last tick's stack.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// Bytes from its field's start to the end of the record.
    from_end: usize,
    frame: Frame,
    /// The node reached with it.
    node: Option<NodeId>,
}

/// Counts while a log is read.
pub(in crate::read::v8_log) struct TickCounter<'a> {
    detail: Detail,
    pub(super) total: u64,
    pub(super) gc: u64,
    pub(super) unaccounted: u64,
    v8_version: Option<V8Version>,
    code: Code,
    pub(super) static_code: StaticCode<'a>,
    pub(super) labels: Labels,
    pub(super) calls: Calls,
    pub(super) entry_points: FxHashMap<LabelId, u64>,
    /// Innermost program counters in libraries, and whether the processor does not account for them.
    pub(super) in_libraries: FxHashMap<(u64, bool), u64>,
    unknown: Option<LabelId>,
    /// What was found at an address, since the code last changed.
    found: FxHashMap<u64, Frame>,
    /// The same for libraries, which do not change.
    found_static: FxHashMap<u64, Frame>,
    /// The last tick's callers, outermost first, and their text.
    path: Vec<Step>,
    last_stack: Vec<u8>,
    /// Callers of this tick only: start from the end, and address where it is one. Outermost first.
    new_callers: Vec<(usize, Option<u64>)>,
    new_frames: Vec<Frame>,
}

impl<'a> TickCounter<'a> {
    pub(in crate::read::v8_log) fn new(libraries: &'a dyn Libraries, detail: Detail) -> Self {
        Self {
            detail,
            total: 0,
            gc: 0,
            unaccounted: 0,
            v8_version: None,
            code: Code::default(),
            static_code: StaticCode::new(libraries),
            labels: Labels::default(),
            calls: Calls::default(),
            entry_points: FxHashMap::default(),
            in_libraries: FxHashMap::default(),
            unknown: None,
            found: FxHashMap::default(),
            found_static: FxHashMap::default(),
            path: Vec::new(),
            last_stack: Vec::new(),
            new_callers: Vec::new(),
            new_frames: Vec::new(),
        }
    }

    /// Takes note of a record. What cannot be understood is counted by the other reader of the log.
    pub(in crate::read::v8_log) fn record(&mut self, record: &[u8]) {
        let kind = record.split(|byte| *byte == b',').next().unwrap_or_default();
        let _ = match kind {
            b"tick" => self.tick(record),
            b"code-creation" => self.code_creation(record),
            b"code-move" => self.relocate(record),
            b"sfi-move" => self.relocate(record),
            b"code-delete" if self.is_old_processor() => self.delete(record),
            b"shared-library" => self.shared_library(record),
            b"v8-version" => self.version(record),
            _ => None,
        };
    }

    /// Whether the processor is that of Node 18 or 20, whose map of code is another.
    fn is_old_processor(&self) -> bool {
        self.v8_version.is_some_and(|version| version < (12, 0))
    }

    fn version(&mut self, record: &[u8]) -> Option<()> {
        let mut fields = split(record).skip(1).map(|field| number(field).and_then(|part| u16::try_from(part).ok()));
        self.v8_version = Some((fields.next()??, fields.next()??));
        Some(())
    }

    /// `shared-library,path,start,end,slide`
    fn shared_library(&mut self, record: &[u8]) -> Option<()> {
        let mut fields = split(record).skip(1);
        let path = unescape(fields.next()?);
        let (start, end) = (fields.next().and_then(address)?, fields.next().and_then(address)?);
        let slide = fields.next().and_then(number).unwrap_or(0);
        self.static_code.add(path.as_str().into(), Mapping { start, end, slide, v8_version: self.v8_version });
        self.found_static.clear();
        self.code_changed();
        Some(())
    }

    /// `code-creation,type,kind,time,address,size,name[,sfi,marker]`
    fn code_creation(&mut self, record: &[u8]) -> Option<()> {
        let mut fields = record.splitn(7, |byte| *byte == b',').skip(1);
        let kind = std::str::from_utf8(fields.next()?).ok()?;
        let (start, size) = (fields.nth(2).and_then(address)?, fields.next().and_then(number)?);
        let label = fields.next()?;
        self.code_changed();
        let mut ends = label.rsplitn(3, |byte| *byte == b',');
        let (marker, function, name) = (ends.next(), ends.next().and_then(address), ends.next());
        match (function, name, kind) {
            (_, _, "RegExp") | (None, _, _) | (_, None, _) => {
                // A regular expression's pattern is all that follows up to a comma, and commas in it are escaped.
                let name = split(label).next().unwrap_or_default();
                self.code.create(kind, &unescape(name), start, size);
            }
            (Some(sfi), Some(name), _) => {
                let marker = marker.unwrap_or_default();
                let tier = parse_marker(marker).tier;
                let prefix: &str = match tier {
                    _ if marker.is_empty() => "",
                    Some(Tier::Ignition) => "~",
                    Some(Tier::Sparkplug) => "^",
                    Some(Tier::Maglev) => MAGLEV,
                    Some(Tier::Turbofan) => TURBOFAN,
                    _ => &String::from_utf8_lossy(marker),
                };
                let is_old = self.is_old_processor();
                self.code.create_function(kind, &unescape(name), start, size, sfi, (prefix, tier.unwrap_or(Tier::Unknown)), is_old);
            }
        }
        Some(())
    }

    fn relocate(&mut self, record: &[u8]) -> Option<()> {
        let mut fields = split(record).skip(1);
        let (from, to) = (fields.next().and_then(address)?, fields.next().and_then(address)?);
        self.code_changed();
        self.code.relocate(from, to);
        Some(())
    }

    fn delete(&mut self, record: &[u8]) -> Option<()> {
        let start = split(record).nth(1).and_then(address)?;
        self.code_changed();
        self.code.remove(start);
        Some(())
    }

    fn code_changed(&mut self) {
        self.path.clear();
        if !self.found.is_empty() {
            self.found.clear();
        }
    }

    /// `tick,pc,time,is external,top of stack or external callback,state[,overflow],stack…`
    fn tick(&mut self, record: &[u8]) -> Option<()> {
        let mut fields = record.splitn(7, |byte| *byte == b',').skip(1);
        let pc = fields.next().and_then(address)?;
        let _time_us = fields.next().and_then(number)?;
        let is_external = match fields.next()? {
            b"0" => false,
            b"1" => true,
            _ => return None,
        };
        let top_of_stack = fields.next().and_then(address)?;
        let state = fields.next().and_then(number)?;
        let stack = fields.next().unwrap_or_default();
        self.total += 1;
        if state == GC {
            self.gc += 1;
        }
        // In a callback from V8 the program counter may be anywhere below it.
        let pc = if is_external { top_of_stack } else { pc };
        let frameless = match top_of_stack {
            0 => None,
            _ if is_external => None,
            address => match self.find(address) {
                frame @ Frame::Function(_) => Some(frame),
                _ => None,
            },
        };
        let innermost = self.find(pc);
        if self.detail == Detail::Callers {
            self.callers(stack);
        }
        if matches!(innermost, Frame::Library(_)) {
            *self.in_libraries.entry((pc, false)).or_default() += 1;
        }
        if innermost == Frame::Nothing {
            self.unaccounted += 1;
            if self.static_code.has_page(pc) {
                *self.in_libraries.entry((pc, true)).or_default() += 1;
            }
        }
        if self.detail == Detail::Callers {
            self.entry_point(innermost, frameless);
        }

        let mut node = self.path.last().and_then(|step| step.node);
        if let Some(label) = frameless.and_then(Frame::label) {
            node = Some(self.calls.child(node, label));
        }
        let label = match innermost {
            Frame::Nothing => Some(self.unknown_label()),
            frame => frame.label(),
        };
        if let Some(label) = label {
            node = Some(self.calls.child(node, label));
        }
        if let Some(node) = node {
            self.calls.add(node);
        }
        Some(())
    }

    fn unknown_label(&mut self) -> LabelId {
        *self.unknown.get_or_insert_with(|| self.labels.intern("UNKNOWN", || LabelKind::Unknown))
    }

    /// Brings [`Self::path`] to a tick's stack. Consecutive ticks mostly share their outer frames, which are not even parsed again.
    fn callers(&mut self, stack: &[u8]) {
        let shared_bytes = common_suffix(&self.last_stack, stack);
        let is_boundary = |from_end: usize| from_end == stack.len() || stack[stack.len() - from_end - 1] == b',';
        let shared = self.path.partition_point(|step| step.from_end < shared_bytes);
        let shared = match self.path.get(shared) {
            Some(step) if step.from_end == shared_bytes && is_boundary(shared_bytes) => shared + 1,
            _ => shared,
        };
        self.path.truncate(shared);
        let rest = match self.path.last() {
            Some(step) => &stack[..(stack.len() - step.from_end).saturating_sub(1)],
            None => stack,
        };
        self.new_callers.clear();
        let mut from_end = stack.len() - rest.len();
        for field in rest.rsplit(|byte| *byte == b',') {
            from_end += field.len();
            if !field.is_empty() && field[0] != b'o' {
                self.new_callers.push((from_end, address(field)));
            }
            from_end += 1;
        }
        // The processor looks innermost frames up first, and numbers names that come twice in that order.
        self.new_frames.clear();
        for row in (0..self.new_callers.len()).rev() {
            let frame = self.new_callers[row].1.map_or(Frame::Nothing, |address| self.find_caller(address));
            self.new_frames.push(frame);
        }
        let mut node = self.path.last().and_then(|step| step.node);
        for ((from_end, _), frame) in self.new_callers.iter().zip(self.new_frames.iter().rev()) {
            if let Some(label) = frame.label() {
                node = Some(self.calls.child(node, label));
            }
            self.path.push(Step { from_end: *from_end, frame: *frame, node });
        }
        self.last_stack.clear();
        self.last_stack.extend_from_slice(stack);
    }

    /// The last C++ function before anything else, from the innermost frame outwards.
    fn entry_point(&mut self, innermost: Frame, frameless: Option<Frame>) {
        let mut last = match innermost {
            Frame::Cpp(label) => Some(label),
            Frame::Library(_) => None,
            _ => return,
        };
        for frame in frameless.into_iter().chain(self.path.iter().rev().map(|step| step.frame)) {
            match (frame, last) {
                (Frame::Cpp(label), _) => last = Some(label),
                (_, Some(last)) => {
                    *self.entry_points.entry(last).or_default() += 1;
                    return;
                }
                (_, None) => {}
            }
        }
    }

    /// What is at a caller's address: the same ones come again and again.
    fn find_caller(&mut self, address: u64) -> Frame {
        if let Some(known) = self.found.get(&address) {
            return *known;
        }
        let frame = self.find(address);
        self.found.insert(address, frame);
        frame
    }

    fn find(&mut self, address: u64) -> Frame {
        if let Some(known) = self.found_static.get(&address) {
            return *known;
        }
        if self.static_code.has_page(address) {
            let frame = match self.static_code.find(address) {
                Some(Static::Cpp(name)) => Frame::Cpp(self.labels.intern(&name, || LabelKind::Cpp)),
                Some(Static::Library(path)) => Frame::Library(self.labels.intern(&path, || LabelKind::Library)),
                None => Frame::Nothing,
            };
            self.found_static.insert(address, frame);
            return frame;
        }
        match self.code.find(address, &mut self.labels) {
            Some(Dynamic::Function(label)) => Frame::Function(label),
            Some(Dynamic::Other(label)) => Frame::Code(label),
            Some(Dynamic::BytecodeHandler) => Frame::BytecodeHandler,
            None => Frame::Nothing,
        }
    }
}

/// State of a tick during garbage collection.
const GC: u64 = 1;
