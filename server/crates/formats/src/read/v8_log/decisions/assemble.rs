//! From raw decisions to rows of a profile: functions become frames, script offsets lines.

use super::deopts::RawDeopt;
use super::inline_caches::{InlineCaches, RawCache};
use super::location;
use crate::read::source_of_url;
use crate::read::v8_log::code::{Access, At, FunctionId};
use crate::read::v8_log::fields::unescape;
use crate::read::v8_log::functions::Functions;
use crate::read::v8_log::reader::Reader;
use profile::decisions::{
    Compilation, DecisionsBuilder, Deopt, DeoptEvent, FunctionFacts, IcState, IcTransition, InlineCache, Inlining, Place, Recorded, Shape,
    ShapeProperty,
};
use profile::{Category, Frame, FrameId, ProfileBuilder, ShapeId, Tier};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::hash_map::Entry;

/// Fills `builder.decisions`, and gives the profile the functions they need. `recorded` is what the caller knows of V8's flags.
pub(in crate::read::v8_log) fn assemble(
    reader: &mut Reader,
    recorded: Option<Recorded>,
    functions: &mut Functions,
    builder: &mut ProfileBuilder,
) {
    let recorded = recorded.unwrap_or_else(|| reader.decisions.recorded());
    let inline_caches = std::mem::take(&mut reader.decisions.inline_caches);
    let mut assembly = Assembly { reader, functions, builder, decisions: DecisionsBuilder::default(), shapes: FxHashMap::default() };
    assembly.decisions.record(recorded);
    assembly.deopts();
    assembly.inlinings();
    assembly.inline_caches(inline_caches);
    assembly.functions();
    builder.decisions = assembly.decisions.finish();
}

/// Place and kind of an inline cache, and its property where the place alone does not tell accesses apart.
type CacheKey = (Place, u32, Option<Box<[u8]>>);

struct Assembly<'a> {
    reader: &'a Reader,
    functions: &'a mut Functions,
    builder: &'a mut ProfileBuilder,
    decisions: DecisionsBuilder,
    shapes: FxHashMap<u32, ShapeId>,
}

impl Assembly<'_> {
    fn frame(&mut self, function: FunctionId) -> FrameId {
        self.functions.frame(function, self.builder)
    }

    fn place(&mut self, function: Option<FunctionId>, at: At) -> Place {
        let Some(function) = function else { return Place { function: None, source: None, position: None } };
        let frame = self.frame(function);
        let resolved = self.functions.get(function);
        let source = Some(self.builder.source(resolved.source.clone()));
        let position = match at {
            At::Position(position) => Some(position),
            At::Offset(offset) => resolved.lines.as_ref().and_then(|lines| lines.position(offset)),
            At::Unknown => None,
        };
        Place { function: Some(frame), source, position }
    }

    fn access(&mut self, access: Access) -> Place {
        self.place(Some(access.function), access.at)
    }

    fn deopts(&mut self) {
        let deopts = &self.reader.decisions.deopts;
        let mut rows = Vec::with_capacity(deopts.rows.len());
        for raw in &deopts.rows {
            let (kind, _, reason) = raw.what();
            let stack = self.deopt_stack(raw);
            let (function, tier) = match raw.code {
                Some((function, tier)) => (self.frame(function), tier),
                None => (stack.last().and_then(|place| place.function).unwrap_or_else(|| self.unknown_function(&stack)), Tier::Unknown),
            };
            let deopt = Deopt {
                function,
                tier,
                kind: unescape(kind.strip_prefix(b"deopt-").unwrap_or(kind)),
                reason: unescape(reason),
                stack,
                count: raw.count,
                first_us: raw.first_us,
                last_us: raw.last_us,
            };
            rows.push(self.decisions.deopt(deopt));
        }
        for (row, at_us) in &deopts.events {
            self.decisions.deopt_event(DeoptEvent { deopt: rows[*row as usize], at_us: *at_us, thread: 0 });
        }
    }

    /// Lines are V8's own, so they are right even when the text is gone; functions come from the code's tables.
    fn deopt_stack(&mut self, raw: &RawDeopt) -> Vec<Place> {
        let (_, location, _) = raw.what();
        let levels: Vec<location::Level> = {
            let functions = &*self.functions;
            let url = |function: &Option<FunctionId>| function.map(|function| functions.get(function).url());
            location::parse(location, &raw.levels.iter().map(|(function, _)| url(function)).collect::<Vec<_>>())
        };
        let outer = raw.code.map(|(function, _)| function);
        if raw.is_of_function()
            && let Some(function) = outer
        {
            return vec![self.place(Some(function), At::Unknown)];
        }
        if levels.is_empty() {
            let known = raw.levels.iter().map(|(function, offset)| (*function, At::Offset(*offset))).collect::<Vec<_>>();
            let known = if known.is_empty() { vec![(outer, At::Unknown)] } else { known };
            return known.into_iter().map(|(function, at)| self.place(function, at)).collect();
        }
        let n_levels = levels.len();
        let has_tables = raw.levels.len() == n_levels;
        let mut stack = Vec::with_capacity(n_levels);
        for (row, level) in levels.into_iter().enumerate() {
            let is_outermost = row + 1 == n_levels;
            let function = if has_tables { raw.levels[row].0 } else { outer.filter(|_| is_outermost) };
            stack.push(match function {
                Some(function) => self.place(Some(function), At::Position(level.position)),
                None => self.place_without_function(raw, level),
            });
        }
        stack
    }

    /// A place in a function that the log does not name. Dependency changes give the function's start.
    fn place_without_function(&mut self, raw: &RawDeopt, level: location::Level) -> Place {
        let source = if level.url == "unknown" { None } else { Some(self.builder.source(source_of_url(&level.url))) };
        let function = raw.is_of_function().then(|| {
            let category = Category::of_script(&level.url);
            self.builder.frame(Frame { name: String::new(), source, start: Some(level.position), category })
        });
        Place { function, source, position: Some(level.position).filter(|_| function.is_none()) }
    }

    /// The function of code that the log does not hold, as when only deopts were recorded.
    fn unknown_function(&mut self, stack: &[Place]) -> FrameId {
        let source = stack.last().and_then(|place| place.source);
        let url = source.map(|source| self.builder.source_row(source).url.clone()).unwrap_or_default();
        let name = "(unknown function)".to_owned();
        self.builder.frame(Frame { name, source, start: None, category: Category::of_script(&url) })
    }

    fn inlinings(&mut self) {
        for (raw, count) in &self.reader.decisions.inlinings.rows {
            let into = self.frame(raw.into);
            let call = self.place(raw.caller, At::Offset(raw.call_offset));
            let callee = raw.callee.map(|callee| self.frame(callee));
            self.decisions.inlining(Inlining { into, tier: raw.tier, call, callee, depth: raw.depth, count: *count });
        }
    }

    fn inline_caches(&mut self, caches: InlineCaches) {
        let mut rows: Vec<(Place, RawCache)> = Vec::new();
        let mut index: FxHashMap<CacheKey, usize> = FxHashMap::default();
        for raw in caches.rows {
            // Without feedback vector every access misses, in every function that runs for the first time.
            let is_core = self.functions.get(raw.access.function).category == Category::NodeCore;
            if raw.state == IcState::NoFeedback || is_core && raw.state < IcState::Megamorphic {
                continue;
            }
            let place = self.access(raw.access);
            let property = place.position.is_none().then(|| raw.key.clone());
            match index.entry((place, raw.kind, property)) {
                Entry::Occupied(row) => rows[*row.get()].1.absorb(raw),
                Entry::Vacant(row) => {
                    row.insert(rows.len());
                    rows.push((place, raw));
                }
            }
        }
        for (place, raw) in rows {
            let cache = InlineCache {
                place,
                kind: unescape(&caches.kinds[raw.kind as usize]),
                key: property_name(&raw.key),
                n_keys: raw.n_keys(),
                state: raw.state,
                misses: raw.misses,
                first_uses: raw.first_uses,
                out_of_bounds: raw.out_of_bounds,
                transitions: self.transitions(&raw),
                shapes: raw.shapes.iter().map(|shape| self.shape(*shape)).collect(),
                n_shapes: raw.n_shapes(),
            };
            self.decisions.inline_cache(cache);
        }
    }

    fn transitions(&mut self, raw: &RawCache) -> Vec<IcTransition> {
        let mut transitions = Vec::with_capacity(raw.transitions.len());
        for transition in &raw.transitions {
            transitions.push(IcTransition {
                at_us: transition.at_us,
                from: transition.from,
                to: transition.to,
                shape: transition.shape.map(|shape| self.shape(shape)),
                slow_reason: unescape(&transition.slow_reason),
            });
        }
        transitions
    }

    fn shape(&mut self, row: u32) -> ShapeId {
        if let Some(known) = self.shapes.get(&row) {
            return *known;
        }
        let raw = self.reader.decisions.shapes.shape(row);
        let mut properties = Vec::with_capacity(raw.properties.len());
        for (name, place) in &raw.properties {
            properties.push(ShapeProperty { name: property_name(name), added_at: place.map(|place| self.access(place)) });
        }
        let shape = Shape {
            constructor: raw.constructor.map(unescape),
            created_at: raw.created_at.map(|place| self.access(place)),
            properties,
            is_dictionary: raw.is_dictionary,
        };
        let id = self.decisions.shape(shape);
        self.shapes.insert(row, id);
        id
    }

    /// Facts and compilations of functions: of Node's own only those that were optimised or that something else names.
    fn functions(&mut self) {
        let functions = &self.reader.code.functions;
        let mut is_wanted: Vec<bool> = (0..functions.len())
            .map(|row| {
                let function = FunctionId(row);
                self.functions.get(function).category != Category::NodeCore || self.functions.known_frame(function).is_some()
            })
            .collect();
        for compiled in &self.reader.decisions.compilations {
            is_wanted[compiled.function.0] |= matches!(compiled.tier, Tier::Maglev | Tier::Turbofan);
        }
        // Nobody wrote the script around a CommonJS module, which only makes the module's function and is labelled like it.
        let modules: FxHashSet<&str> =
            functions.iter().filter(|function| !function.is_script).map(|function| function.label.as_str()).collect();
        for (row, function) in functions.iter().enumerate() {
            is_wanted[row] &= !(function.is_script && modules.contains(function.label.as_str()));
        }
        let instances = Instances::of(self.reader);
        let enclosing = enclosing_functions(self.reader);
        for (row, function) in functions.iter().enumerate() {
            if !is_wanted[row] {
                continue;
            }
            let frame = self.frame(FunctionId(row));
            let enclosing = enclosing[row].map(|enclosing| self.frame(enclosing)).filter(|enclosing| *enclosing != frame);
            self.decisions.function(FunctionFacts {
                function: frame,
                bytecode_bytes: function.bytecode_bytes,
                instances: instances.of_function(self.reader, row),
                enclosing,
                disabled: None,
            });
        }
        self.disabled();
        for compiled in &self.reader.decisions.compilations {
            if is_wanted[compiled.function.0] {
                self.decisions.compilation(Compilation {
                    function: self.functions.frame(compiled.function, self.builder),
                    tier: compiled.tier,
                    osr: compiled.osr,
                    at_us: compiled.at_us,
                    code_bytes: compiled.code_bytes,
                    thread: 0,
                });
            }
        }
    }

    /// V8 tells the name of a function that it will not optimise, and nothing else: of several, the largest is meant, since most are
    /// refused for their size.
    fn disabled(&mut self) {
        if self.reader.decisions.disabled.is_empty() {
            return;
        }
        let mut largest: FxHashMap<String, FunctionId> = FxHashMap::default();
        for (row, function) in self.reader.code.functions.iter().enumerate() {
            let known = largest.entry(self.functions.get(FunctionId(row)).name.clone()).or_insert(FunctionId(row));
            if function.bytecode_bytes >= self.reader.code.functions[known.0].bytecode_bytes {
                *known = FunctionId(row);
            }
        }
        for (name, reason) in &self.reader.decisions.disabled {
            let Some(function) = largest.get(name) else {
                self.builder.drop_records("disabledUnknownFunctions", 1);
                continue;
            };
            let facts = FunctionFacts {
                function: self.frame(*function),
                bytecode_bytes: self.reader.code.functions[function.0].bytecode_bytes,
                instances: 1,
                enclosing: None,
                disabled: Some(reason.clone()),
            };
            self.decisions.function(facts);
        }
    }
}

/// A property as a program writes it: V8 logs symbols as `symbol("name" hash 1f)`.
fn property_name(key: &[u8]) -> String {
    let key = unescape(key);
    let symbol = key.strip_prefix("symbol(\"").and_then(|rest| rest.rsplit_once("\" hash "));
    match symbol {
        Some((name, _)) if name.starts_with('#') => name.to_owned(),
        Some((name, _)) => format!("Symbol({name})"),
        None if key.starts_with("symbol(hash ") => "Symbol()".to_owned(),
        None => key,
    }
}

/// How many functions V8 knew at each place.
struct Instances<'a> {
    counts: FxHashMap<InstanceKey<'a>, u32>,
}

/// A label. Code without a URL is told apart by its range and size as well: all of it is labelled alike.
#[derive(PartialEq, Eq, Hash)]
struct InstanceKey<'a> {
    label: &'a str,
    of_text: Option<(Option<u32>, Option<u32>, Option<u32>)>,
    /// A CommonJS module's function has the label of the script around it.
    is_script: bool,
}

impl<'a> Instances<'a> {
    fn of(reader: &'a Reader) -> Self {
        let mut counts: FxHashMap<InstanceKey<'a>, u32> = FxHashMap::default();
        for row in 0..reader.code.functions.len() {
            *counts.entry(Self::key(reader, row)).or_default() += 1;
        }
        Self { counts }
    }

    fn key(reader: &'a Reader, row: usize) -> InstanceKey<'a> {
        let function = &reader.code.functions[row];
        let has_url = !function.label.contains(" :");
        let of_text = (!has_url).then_some((function.start_offset, function.end_offset, function.bytecode_bytes));
        InstanceKey { label: &function.label, of_text, is_script: function.is_script }
    }

    fn of_function(&self, reader: &'a Reader, row: usize) -> u32 {
        self.counts.get(&Self::key(reader, row)).copied().unwrap_or(1)
    }
}

/// The function around each, by their ranges in the script.
fn enclosing_functions(reader: &Reader) -> Vec<Option<FunctionId>> {
    let functions = &reader.code.functions;
    let mut enclosing = vec![None; functions.len()];
    let mut ranges: Vec<(u32, u32, std::cmp::Reverse<u32>, usize)> = functions
        .iter()
        .enumerate()
        .filter_map(|(row, function)| Some((function.script?, function.start_offset?, std::cmp::Reverse(function.end_offset?), row)))
        .collect();
    ranges.sort_unstable();
    let mut around: Vec<(u32, u32, u32, usize)> = Vec::new();
    for (script, start, std::cmp::Reverse(end), row) in ranges {
        // Functions lie in each other or apart. Ranges that overlap otherwise are of a broken log, and are not kept: many would take long.
        while around.pop_if(|(other, _, other_end, _)| *other != script || *other_end <= start || *other_end < end).is_some() {}
        match around.last() {
            // The same function once more.
            Some((_, other_start, other_end, other)) if (*other_start, *other_end) == (start, end) => enclosing[row] = enclosing[*other],
            last => {
                enclosing[row] = last.map(|(_, _, _, row)| FunctionId(*row));
                around.push((script, start, end, row));
            }
        }
    }
    enclosing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn property_names() {
        fn check(key: &str, expected: &str) {
            assert_eq!(property_name(key.as_bytes()), expected);
        }
        check("x", "x");
        check(r"a\x2Cb\u65e5", "a,b日");
        check("symbol(\"kState\" hash 1f2e)", "Symbol(kState)");
        check("symbol(\"#priv\" hash 0)", "#priv");
        check("symbol(hash 1cd36e01)", "Symbol()");
        check("symbol(", "symbol(");
        check("12", "12");
    }
}
