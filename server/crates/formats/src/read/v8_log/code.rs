//! The code objects and functions of a log.

use super::code_map::CodeMap;
use super::source_positions::{InlinedFunction, Level, SourcePositions};
use profile::{Position, Tier};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Row of [`CodeTable::functions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct FunctionId(pub(super) usize);

/// What a code object is.
#[derive(Debug)]
pub(super) enum CodeKind {
    /// A function in one of its tiers.
    JavaScript { function: FunctionId, tier: Tier },
    /// A compiled regular expression, by its pattern.
    RegExp(Arc<str>),
    /// A builtin; named when it is one that a program calls knowingly.
    Builtin(Option<Arc<str>>),
    /// Machine code that runs JavaScript but is no function of it: bytecode handlers, stubs.
    Plumbing,
}

/// A function, as the log tells of it.
#[derive(Debug)]
pub(super) struct Function {
    /// Name, URL, line and column in one text, as V8 writes them.
    pub(super) label: String,
    /// Its script.
    pub(super) script: Option<u32>,
    /// Offset of its start in the script, in UTF-16 code units.
    pub(super) start_offset: Option<u32>,
    /// Offset of its end.
    pub(super) end_offset: Option<u32>,
    /// Length of its bytecode; none when it was compiled before the log began.
    pub(super) bytecode_bytes: Option<u32>,
    /// Whether it is the top level of a script: of a CommonJS module only the expression that makes the module's function.
    pub(super) is_script: bool,
}

/// Optimised code whose positions are known, to be looked at.
#[derive(Debug)]
pub(super) struct OptimizedCode<'a> {
    /// The function that owns it.
    pub(super) function: FunctionId,
    /// The compiler.
    pub(super) tier: Tier,
    /// Its tables; none when the log does not hold them.
    pub(super) positions: Option<&'a mut SourcePositions>,
}

/// A level of a JavaScript stack inside one code object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// The function; none when V8 does not name an inlined one.
    pub(super) function: Option<FunctionId>,
    /// Offset in the function's script, in UTF-16 code units; none when the code has no position table.
    pub(super) script_offset: Option<u32>,
    /// The code's tier.
    pub(super) tier: Tier,
    /// Whether the function was inlined.
    pub(super) inlined: bool,
}

/// A place in a function as the log gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum At {
    /// Line and column.
    Position(Position),
    /// Offset in the function's script, in UTF-16 code units.
    Offset(u32),
    /// Nothing but the function is known.
    Unknown,
}

/// A property access and the like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Access {
    /// The function.
    pub(super) function: FunctionId,
    /// The place in it.
    pub(super) at: At,
}

#[derive(Debug)]
struct Code {
    kind: CodeKind,
    positions: Option<SourcePositions>,
}

/// What lies at an address.
#[derive(Debug)]
pub(super) enum Found {
    /// JavaScript: the inlining stack, innermost first.
    JavaScript(Vec<Place>),
    /// A regular expression.
    RegExp(Arc<str>),
    /// A builtin.
    Builtin(Option<Arc<str>>),
    /// Machine code that runs JavaScript.
    Plumbing,
    /// A shared library or the executable.
    Library(Arc<str>),
    /// Nothing that the log tells of.
    Nothing,
}

/// All code of a log at the current record.
#[derive(Debug, Default)]
pub(super) struct CodeTable {
    code: CodeMap<Code>,
    libraries: Vec<(u64, u64, Arc<str>)>,
    pub(super) functions: Vec<Function>,
    by_sfi: FxHashMap<u64, FunctionId>,
    /// Every address that a function ever had, where asked.
    pub(super) addresses: Option<Vec<(u64, FunctionId)>>,
    generation: u64,
}

impl CodeTable {
    /// The function of a SharedFunctionInfo; a new one when the address is new or now holds another function.
    pub(super) fn function(&mut self, sfi: u64, label: String) -> FunctionId {
        if let Some(known) = self.by_sfi.get(&sfi)
            && self.functions[known.0].label == label
        {
            return *known;
        }
        let id = FunctionId(self.functions.len());
        let unknown = Function { label, script: None, start_offset: None, end_offset: None, bytecode_bytes: None, is_script: false };
        self.functions.push(unknown);
        self.place_function(sfi, id);
        id
    }

    fn place_function(&mut self, sfi: u64, function: FunctionId) {
        self.by_sfi.insert(sfi, function);
        if let Some(addresses) = &mut self.addresses {
            addresses.push((sfi, function));
        }
    }

    /// The function whose SharedFunctionInfo is at an address now.
    pub(super) fn function_at(&self, sfi: u64) -> Option<FunctionId> {
        self.by_sfi.get(&sfi).copied()
    }

    /// Grows whenever code was made, moved or removed.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    pub(super) fn create(&mut self, start: u64, size: u64, kind: CodeKind) {
        self.generation += 1;
        self.code.insert(start, size, Code { kind, positions: None });
    }

    /// Gives the code at an address its tables. `range` is the function's, in its script.
    pub(super) fn set_positions(&mut self, start: u64, range: (Option<u32>, Option<u32>), positions: SourcePositions) {
        self.generation += 1;
        let Some(code) = self.code.at(start) else { return };
        if let CodeKind::JavaScript { function, .. } = code.kind {
            let function = &mut self.functions[function.0];
            function.script = Some(positions.script);
            (function.start_offset, function.end_offset) = range;
        }
        code.positions = Some(positions);
    }

    /// The JavaScript code that starts at an address.
    pub(super) fn optimized_at(&mut self, start: u64) -> Option<OptimizedCode<'_>> {
        let code = self.code.at(start)?;
        let CodeKind::JavaScript { function, tier } = code.kind else { return None };
        Some(OptimizedCode { function, tier, positions: code.positions.as_mut() })
    }

    /// The place of an access whose program counter, line and column V8 logs. In optimised code V8 gives the counter behind the call
    /// and the line of the outer function, so there the tables decide. None when the log does not tell of the code or of the inlined
    /// function; line and column are none where V8 knows none.
    pub(super) fn access(&mut self, pc: u64, position: Option<Position>) -> Option<Access> {
        let (_, code) = self.code.find(pc)?;
        if let CodeKind::JavaScript { function, tier: Tier::Ignition | Tier::Sparkplug | Tier::Unknown } = code.kind {
            return Some(Access { function, at: position.map_or(At::Unknown, At::Position) });
        }
        let Found::JavaScript(places) = self.find(pc.saturating_sub(1)) else { return None };
        let innermost = places.first()?;
        Some(Access { function: innermost.function?, at: innermost.script_offset.map_or(At::Unknown, At::Offset) })
    }

    pub(super) fn relocate(&mut self, from: u64, to: u64) -> bool {
        self.generation += 1;
        self.code.relocate(from, to)
    }

    pub(super) fn relocate_function(&mut self, from: u64, to: u64) {
        if let Some(function) = self.by_sfi.remove(&from) {
            self.place_function(to, function);
        }
    }

    pub(super) fn remove(&mut self, start: u64) {
        self.generation += 1;
        self.code.remove(start);
    }

    pub(super) fn add_library(&mut self, start: u64, end: u64, name: &str) {
        self.libraries.push((start, end, name.into()));
    }

    /// What a frame on the stack executes. Bytecode frames hold the bytecode that is executing (`BytecodeArray::GetFirstBytecodeAddress`
    /// plus its offset), machine frames the address to return to, which is behind the call and may belong to the next thing.
    pub(super) fn find_caller(&mut self, address: u64) -> Found {
        let is_bytecode = |code: &Code| matches!(code.kind, CodeKind::JavaScript { tier: Tier::Ignition, .. });
        let at_address = self.code.find(address).is_some_and(|(_, code)| is_bytecode(code));
        self.find(if at_address { address } else { address.saturating_sub(1) })
    }

    /// What executes at an address.
    pub(super) fn find(&mut self, address: u64) -> Found {
        let Some((start, code)) = self.code.find(address) else {
            let library = self.libraries.iter().find(|(start, end, _)| (*start..*end).contains(&address));
            return library.map_or(Found::Nothing, |(_, _, name)| Found::Library(name.clone()));
        };
        let (function, tier) = match &code.kind {
            CodeKind::JavaScript { function, tier } => (*function, *tier),
            CodeKind::RegExp(pattern) => return Found::RegExp(pattern.clone()),
            CodeKind::Builtin(name) => return Found::Builtin(name.clone()),
            CodeKind::Plumbing => return Found::Plumbing,
        };
        let levels = code.positions.as_mut().map(|positions| positions.stack_at(address - start)).unwrap_or_default();
        if levels.is_empty() {
            return Found::JavaScript(vec![Place { function: Some(function), script_offset: None, tier, inlined: false }]);
        }
        let place = |level: &Level| Place {
            function: match level.function {
                InlinedFunction::Outer => Some(function),
                InlinedFunction::Inlined(function) => Some(function),
                InlinedFunction::Unknown => None,
            },
            script_offset: Some(level.script_offset),
            tier,
            inlined: level.function != InlinedFunction::Outer,
        };
        Found::JavaScript(levels.iter().map(place).collect())
    }
}

/// The tier of a code marker, as V8's `ComputeMarker` writes it: `~` Ignition, `^` Sparkplug, `+` Maglev, `*` TurboFan; since V8 13 with
/// `'` behind context-specialised code, since 14.6 with `o` before on-stack replacements. The tier is none for a marker of a V8 not known
/// yet.
pub(super) fn parse_marker(marker: &[u8]) -> Marker {
    let is_osr = marker.starts_with(b"o");
    let marker = marker.strip_prefix(b"o").unwrap_or(marker);
    let tier = match marker.strip_suffix(b"'").unwrap_or(marker) {
        b"~" | b"" => Some(Tier::Ignition),
        b"^" => Some(Tier::Sparkplug),
        b"+" => Some(Tier::Maglev),
        b"*" => Some(Tier::Turbofan),
        _ => None,
    };
    Marker { tier, is_osr }
}

/// What a code marker says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    /// The compiler; none for one that is not known.
    pub(super) tier: Option<Tier>,
    /// Whether it begins with the letter of on-stack replacements.
    pub(super) is_osr: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tier_of_every_marker() {
        fn check(marker: &str, expected: Option<Tier>) {
            let is_osr = marker.starts_with('o');
            assert_eq!(parse_marker(marker.as_bytes()), Marker { tier: expected, is_osr }, "{marker}");
        }
        check("~", Some(Tier::Ignition));
        check("^", Some(Tier::Sparkplug));
        for marker in ["+", "+'", "o+", "o+'"] {
            check(marker, Some(Tier::Maglev));
        }
        for marker in ["*", "*'", "o*", "o*'"] {
            check(marker, Some(Tier::Turbofan));
        }
        check("!", None);
    }

    #[test]
    fn an_sfi_address_used_again_is_another_function() {
        let mut code = CodeTable::default();
        let a = code.function(8, "a /x.js:1:1".into());
        assert_eq!(code.function(8, "a /x.js:1:1".into()), a);
        assert_ne!(code.function(8, "b /x.js:9:1".into()), a);
    }

    #[test]
    fn an_inlined_function_is_found_after_its_info_moved() {
        let mut code = CodeTable::default();
        let outer = code.function(0x10, "outer /a.js:1:1".into());
        let leaf = code.function(0x20, "leaf /b.js:1:1".into());
        code.create(0x1000, 0x100, CodeKind::JavaScript { function: outer, tier: Tier::Turbofan });
        let inlined = vec![code.function_at(0x20)];
        code.set_positions(0x1000, (Some(0), None), SourcePositions::new(1, b"C0O5I0", b"F0O9", inlined));
        code.relocate_function(0x20, 0x30);
        code.relocate(0x1000, 0x5000);
        let Found::JavaScript(places) = code.find(0x5004) else { panic!("code was moved") };
        let shown: Vec<_> = places.iter().map(|place| (place.function, place.script_offset, place.inlined)).collect();
        assert_eq!(shown, [(Some(leaf), Some(5), true), (Some(outer), Some(9), false)]);
        assert!(matches!(code.find(0x1004), Found::Nothing));
    }
}
