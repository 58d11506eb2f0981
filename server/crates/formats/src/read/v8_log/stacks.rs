//! Ticks to stacks.

use super::code::{CodeTable, Found, FunctionId, Place};
use super::fields::{address, common_suffix, number};
use profile::tree::CallTreeBuilder;
use profile::{Category, LocationId, NodeId, Tier};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// V8's `StateTag` (`include/v8-unwinder.h`), as ticks carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum VmState {
    JavaScript,
    Gc,
    Parser,
    BytecodeCompiler,
    Compiler,
    AtomicsWait,
    Idle,
    Other,
}

impl VmState {
    fn of(number: u64) -> Self {
        match number {
            0 => Self::JavaScript,
            1 => Self::Gc,
            2 => Self::Parser,
            3 => Self::BytecodeCompiler,
            4 => Self::Compiler,
            7 => Self::AtomicsWait,
            8 | 10 => Self::Idle,
            _ => Self::Other,
        }
    }
}

/// A tick record: `tick,pc,time,is external,top of stack or external callback,state[,overflow],stack…`.
#[derive(Debug)]
pub(super) struct Tick<'a> {
    pc: u64,
    time_us: u64,
    state: VmState,
    /// Return addresses, innermost caller first, as text.
    stack: &'a [u8],
}

impl<'a> Tick<'a> {
    pub(super) fn parse(record: &'a [u8]) -> Option<Self> {
        let mut fields = record.splitn(7, |byte| *byte == b',').skip(1);
        let pc = fields.next().and_then(address)?;
        let time_us = fields.next().and_then(number)?;
        let is_external = fields.next()?;
        let _callback = fields.next().and_then(address)?;
        let state = fields.next().and_then(number)?;
        if !matches!(is_external, b"0" | b"1") {
            return None;
        }
        let stack = fields.next().unwrap_or_default();
        Some(Self { pc, time_us, state: VmState::of(state), stack: stack.strip_prefix(b"overflow,").unwrap_or(stack) })
    }
}

/// End of the addresses V8 takes for its heap (`OS::GetRandomMmapAddr`, 46 bits on 64-bit systems). Functions that the log does not tell
/// of come from Node's start-up snapshot and have only bytecode, which lies in the heap. Above it, an address that is no code is one
/// that V8 misread: in calls from optimised code to C++, Node 18 and 20 give a stack slot as the innermost caller, and the next caller
/// is the JavaScript that made the call.
const HEAP_END: u64 = 1 << 46;

/// What a location is, before the scripts' texts are known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum RawLocation {
    /// A place in a function.
    Function { function: FunctionId, script_offset: Option<u32>, tier: Tier, inlined: bool },
    /// A pseudo-frame or native function.
    Plain { name: Arc<str>, category: Category },
}

/// A sample in the window.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawSample {
    pub(super) time_us: u64,
    pub(super) node: NodeId,
    pub(super) is_idle: bool,
}

/// Interned stacks and the samples that refer to them.
#[derive(Debug, Default)]
pub(super) struct Stacks {
    pub(super) tree: CallTreeBuilder,
    pub(super) locations: Vec<RawLocation>,
    pub(super) samples: Vec<RawSample>,
    /// Callers on stacks that lie in no code the log tells of: functions of Node's start-up snapshot.
    pub(super) n_unresolved_callers: u64,
    location_rows: FxHashMap<RawLocation, LocationId>,
    /// What was found at a caller's address, since the code last changed.
    callers: FxHashMap<u64, Caller>,
    chains: Vec<LocationId>,
    code_changed: bool,
    /// The last tick's callers, outermost first, and their text.
    last_path: Vec<Step>,
    last_stack: Vec<u8>,
}

/// What lies at a caller's address.
#[derive(Clone, Copy, Debug)]
enum Caller {
    /// A range of [`Stacks::chains`], outermost first.
    JavaScript(u32, u32),
    /// A builtin or C++ frame between JavaScript frames.
    Native,
    /// Nothing that the log tells of.
    Unresolved,
}

/// A caller on the path to a tick's stack.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// Bytes from its field's start to the end of the record.
    from_end: usize,
    /// The node reached with it; none when no JavaScript was met so far.
    node: Option<NodeId>,
    is_unresolved: bool,
}

impl Stacks {
    /// To be called when any code was made, moved or removed.
    pub(super) fn code_changed(&mut self) {
        self.code_changed = true;
    }

    /// Adds a tick.
    pub(super) fn tick(&mut self, tick: &Tick<'_>, code: &mut CodeTable) {
        if self.code_changed {
            self.code_changed = false;
            self.last_path.clear();
            if !self.callers.is_empty() {
                self.callers.clear();
                self.chains.clear();
            }
        }
        let node = match tick.state {
            VmState::Gc => self.root("(gc)", Category::Gc),
            VmState::Idle => self.root("(idle)", Category::Idle),
            _ => self.stack(tick, code),
        };
        self.samples.push(RawSample { time_us: tick.time_us, node, is_idle: tick.state == VmState::Idle });
    }

    fn stack(&mut self, tick: &Tick<'_>, code: &mut CodeTable) -> NodeId {
        let (callers, innermost_is_unresolved) = self.callers_node(tick.stack, code);
        let found = code.find(tick.pc);
        let leaf: (Arc<str>, Category) = match (tick.state, found) {
            (_, Found::JavaScript(places)) => {
                let mut node = callers;
                for place in places.iter().rev() {
                    let location = self.place(place);
                    node = Some(self.tree.child(node, location));
                }
                return node.unwrap_or_else(|| self.root("(unresolved)", Category::Unresolved));
            }
            // The innermost JavaScript function is not known: its caller's line must not have its time.
            (VmState::JavaScript | VmState::Other, _) if innermost_is_unresolved => ("(unresolved)".into(), Category::Unresolved),
            (VmState::JavaScript, Found::Nothing) => ("(unresolved)".into(), Category::Unresolved),
            (VmState::Parser, _) if callers.is_some() => ("(parse)".into(), Category::Compiler),
            (VmState::BytecodeCompiler, _) if callers.is_some() => ("(compile bytecode)".into(), Category::Compiler),
            (VmState::Compiler, _) if callers.is_some() => ("(compile optimized)".into(), Category::Compiler),
            (VmState::AtomicsWait, _) => ("Atomics.wait".into(), Category::Native),
            (_, Found::RegExp(pattern)) => (format!("RegExp: {pattern}").into(), Category::Native),
            (_, Found::Builtin(Some(name))) if callers.is_some() => (name, Category::Native),
            (_, Found::Library(name)) if callers.is_some() => (format!("({name})").into(), Category::Native),
            (_, _) => match callers {
                Some(node) => return node,
                None => ("(program)".into(), Category::Program),
            },
        };
        let location = self.location(RawLocation::Plain { name: leaf.0, category: leaf.1 });
        self.tree.child(callers, location)
    }

    /// The node of a tick's callers, and whether the innermost caller is a function that the log does not tell of. Consecutive ticks
    /// mostly share their outer frames, which are not even parsed again.
    fn callers_node(&mut self, stack: &[u8], code: &mut CodeTable) -> (Option<NodeId>, bool) {
        let shared_bytes = common_suffix(&self.last_stack, stack);
        let is_start = |from_end: usize| from_end == stack.len() || stack[stack.len() - from_end - 1] == b',';
        let inside = self.last_path.partition_point(|step| step.from_end < shared_bytes);
        let is_whole = |step: &Step| step.from_end == shared_bytes && is_start(shared_bytes);
        self.last_path.truncate(inside + usize::from(self.last_path.get(inside).is_some_and(is_whole)));
        let mut from_end = self.last_path.last().map_or(0, |step| step.from_end + 1);
        let rest = &stack[..stack.len().saturating_sub(from_end)];
        for field in rest.rsplit(|byte| *byte == b',') {
            from_end += field.len();
            if !field.is_empty() {
                match address(field) {
                    Some(address) => {
                        let parent = self.last_path.last().and_then(|step| step.node);
                        let step = self.step(from_end, address, parent, code);
                        self.last_path.push(step);
                    }
                    None => self.n_unresolved_callers += 1,
                }
            }
            from_end += 1;
        }
        self.last_stack.clear();
        self.last_stack.extend_from_slice(stack);
        self.last_path.last().map_or((None, false), |step| (step.node, step.is_unresolved))
    }

    fn step(&mut self, from_end: usize, address: u64, parent: Option<NodeId>, code: &mut CodeTable) -> Step {
        let caller = match self.callers.get(&address) {
            Some(caller) => *caller,
            None => {
                let caller = self.caller(address, code);
                self.callers.insert(address, caller);
                caller
            }
        };
        let mut node = parent;
        if let Caller::JavaScript(start, end) = caller {
            for row in start..end {
                node = Some(self.tree.child(node, self.chains[row as usize]));
            }
        }
        Step { from_end, node, is_unresolved: matches!(caller, Caller::Unresolved) }
    }

    fn caller(&mut self, address: u64, code: &mut CodeTable) -> Caller {
        match code.find_caller(address) {
            Found::JavaScript(places) => {
                let start = self.chains.len() as u32;
                for place in places.iter().rev() {
                    let location = self.place(place);
                    self.chains.push(location);
                }
                Caller::JavaScript(start, self.chains.len() as u32)
            }
            Found::Nothing if address < HEAP_END => {
                self.n_unresolved_callers += 1;
                Caller::Unresolved
            }
            _ => Caller::Native,
        }
    }

    fn place(&mut self, place: &Place) -> LocationId {
        self.location(match place.function {
            Some(function) => {
                RawLocation::Function { function, script_offset: place.script_offset, tier: place.tier, inlined: place.inlined }
            }
            None => RawLocation::Plain { name: "(unresolved)".into(), category: Category::Unresolved },
        })
    }

    fn root(&mut self, name: &str, category: Category) -> NodeId {
        let location = self.location(RawLocation::Plain { name: name.into(), category });
        self.tree.child(None, location)
    }

    /// The node of waiting.
    pub(super) fn idle_node(&mut self) -> NodeId {
        self.root("(idle)", Category::Idle)
    }

    fn location(&mut self, location: RawLocation) -> LocationId {
        if let Some(known) = self.location_rows.get(&location) {
            return *known;
        }
        let id = LocationId::new(self.locations.len());
        self.locations.push(location.clone());
        self.location_rows.insert(location, id);
        id
    }
}
