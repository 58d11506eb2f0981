//! The tables of `code-source-info`: machine-code offset to script offset, through inlining.

use super::code::FunctionId;

/// One row of the position table: from `code_offset` on, the code executes `script_offset` of an inlined or of the outer function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PositionRow {
    code_offset: u32,
    script_offset: u32,
    inlining: Option<u32>,
}

/// One inlined call: which function, where it is called, and inside which other inlined call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct InliningRow {
    function: Option<u32>,
    call_offset: u32,
    parent: Option<u32>,
}

/// A level of an inlining stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Level {
    /// Which function it is.
    pub(super) function: InlinedFunction,
    /// Offset in the script of that function, in UTF-16 code units.
    pub(super) script_offset: u32,
}

/// The function of a [`Level`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InlinedFunction {
    /// The function that owns the code.
    Outer,
    /// An inlined function.
    Inlined(FunctionId),
    /// An inlined function that V8 does not name, or that the log does not tell of.
    Unknown,
}

/// The source information of one code object, parsed when it is first needed.
#[derive(Debug)]
pub(super) struct SourcePositions {
    /// The script of the outer function.
    pub(super) script: u32,
    /// The inlined functions; a [`InliningRow::function`] is a row of it.
    functions: Vec<Option<FunctionId>>,
    positions: Positions,
    inlinings: Box<[InliningRow]>,
}

/// The position table, parsed when it is first needed: most code is never met by a tick.
#[derive(Debug)]
enum Positions {
    Raw(Box<[u8]>),
    Parsed(Vec<PositionRow>),
}

/// A call that was inlined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InlinedCall {
    /// The function that makes the call.
    pub(super) caller: InlinedFunction,
    /// The call's offset in the script of `caller`.
    pub(super) call_offset: u32,
    /// The function that was inlined; none when V8 does not name it, or the log does not tell of it.
    pub(super) callee: Option<FunctionId>,
    /// How many inlined calls are around it.
    pub(super) depth: u16,
}

impl SourcePositions {
    /// The function table holds addresses of the moment, so the functions are looked up by the caller, now.
    pub(super) fn new(script: u32, positions: &[u8], inlinings: &[u8], functions: Vec<Option<FunctionId>>) -> Self {
        let inlinings = if inlinings.is_empty() { Vec::new() } else { parse_inlinings(inlinings) };
        Self { script, functions, positions: Positions::Raw(positions.into()), inlinings: inlinings.into() }
    }

    /// The inlining stack at an offset into the code, innermost first; empty when the tables do not tell.
    pub(super) fn stack_at(&mut self, code_offset: u64) -> Vec<Level> {
        if let Positions::Raw(table) = &self.positions {
            self.positions = Positions::Parsed(parse_positions(table));
        }
        let Positions::Parsed(positions) = &self.positions else { return Vec::new() };
        let row = positions.partition_point(|row| u64::from(row.code_offset) <= code_offset);
        let Some(row) = positions.get(row.saturating_sub(1)) else { return Vec::new() };
        self.stack_of(row.inlining, row.script_offset)
    }

    /// The inlining stack of a script offset in an inlined call, innermost first; empty when the tables do not have the call.
    pub(super) fn stack_of(&self, mut inlining: Option<u32>, mut script_offset: u32) -> Vec<Level> {
        let mut stack = Vec::new();
        while let Some(id) = inlining {
            // More levels than calls would be a cycle, as only a broken log has it.
            let Some(row) = self.inlinings.get(id as usize).filter(|_| stack.len() <= self.inlinings.len()) else { return Vec::new() };
            stack.push(Level { function: self.function_of(row), script_offset });
            (script_offset, inlining) = (row.call_offset, row.parent);
        }
        stack.push(Level { function: InlinedFunction::Outer, script_offset });
        stack
    }

    /// All inlined calls, outer ones before the inner ones.
    pub(super) fn inlined_calls(&self) -> impl Iterator<Item = InlinedCall> {
        let mut depths: Vec<u16> = Vec::with_capacity(self.inlinings.len());
        self.inlinings.iter().map(move |row| {
            // V8 numbers a call after the one that it is in.
            let parent = row.parent.and_then(|parent| Some((self.inlinings.get(parent as usize)?, depths.get(parent as usize)?)));
            let (caller, depth) = match parent {
                Some((parent, depth)) => (self.function_of(parent), depth.saturating_add(1)),
                None if row.parent.is_some() => (InlinedFunction::Unknown, 1),
                None => (InlinedFunction::Outer, 0),
            };
            depths.push(depth);
            let callee = row.function.and_then(|function| self.functions.get(function as usize).copied().flatten());
            InlinedCall { caller, call_offset: row.call_offset, callee, depth }
        })
    }

    fn function_of(&self, row: &InliningRow) -> InlinedFunction {
        let function = row.function.and_then(|function| self.functions.get(function as usize).copied().flatten());
        function.map_or(InlinedFunction::Unknown, InlinedFunction::Inlined)
    }
}

/// `C<code offset>O<script offset>[I<inlining>]…`
fn parse_positions(table: &[u8]) -> Vec<PositionRow> {
    let mut cursor = Cursor(table);
    let mut rows = Vec::new();
    while let Some(code_offset) = cursor.tagged(b'C') {
        let Some(script_offset) = cursor.tagged(b'O') else { break };
        rows.push(PositionRow { code_offset, script_offset, inlining: cursor.tagged(b'I') });
    }
    rows.sort_by_key(|row| row.code_offset);
    rows
}

/// `F[<function>]O<script offset>[I<parent>]…`
fn parse_inlinings(table: &[u8]) -> Vec<InliningRow> {
    let mut cursor = Cursor(table);
    let mut rows = Vec::new();
    while cursor.tag(b'F') {
        let function = cursor.number();
        let Some(call_offset) = cursor.tagged(b'O') else { break };
        rows.push(InliningRow { function, call_offset, parent: cursor.tagged(b'I') });
    }
    rows
}

/// Addresses of SharedFunctionInfos: `S0x<address>…`
pub(super) fn function_addresses(table: &[u8]) -> impl Iterator<Item = Option<u64>> {
    table.split(|byte| *byte == b'S').skip(1).map(super::fields::address)
}

struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn tag(&mut self, tag: u8) -> bool {
        match self.0.split_first() {
            Some((first, rest)) if *first == tag => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    fn number(&mut self) -> Option<u32> {
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let value = super::fields::number(&self.0[..digits]).and_then(|value| u32::try_from(value).ok());
        self.0 = &self.0[digits..];
        value
    }

    fn tagged(&mut self, tag: u8) -> Option<u32> {
        if self.tag(tag) { self.number() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tables: [&str; 3], code_offset: u64, expected: &str) {
        let functions = function_addresses(tables[2].as_bytes()).map(|address| address.map(|address| FunctionId(address as usize)));
        let mut positions = SourcePositions::new(1, tables[0].as_bytes(), tables[1].as_bytes(), functions.collect());
        let stack: Vec<String> = positions
            .stack_at(code_offset)
            .iter()
            .map(|level| match level.function {
                InlinedFunction::Outer => format!("outer@{}", level.script_offset),
                InlinedFunction::Inlined(function) => format!("{:x}@{}", function.0, level.script_offset),
                InlinedFunction::Unknown => format!("?@{}", level.script_offset),
            })
            .collect();
        assert_eq!(stack.join(" < "), expected, "{tables:?} at {code_offset}");
    }

    #[test]
    fn inlining_stack_innermost_first() {
        let tables = ["C11O2731C36O2655I1C71O2706I0C87O2759", "F0O2746F1O2691I0", "S0xfe148S0xfe100"];
        check(tables, 11, "outer@2731");
        check(tables, 35, "outer@2731");
        check(tables, 40, "fe100@2655 < fe148@2691 < outer@2746");
        check(tables, 71, "fe148@2706 < outer@2746");
        check(tables, 1_000_000, "outer@2759");
        check(tables, 0, "outer@2731");
    }

    #[test]
    fn inlined_calls_with_their_callers() {
        fn check(inlinings: &str, expected: &[&str]) {
            let functions = vec![Some(FunctionId(10)), Some(FunctionId(11)), None];
            let positions = SourcePositions::new(1, b"", inlinings.as_bytes(), functions);
            let calls = positions.inlined_calls().map(|call| {
                let caller = match call.caller {
                    InlinedFunction::Outer => "outer".to_owned(),
                    InlinedFunction::Inlined(function) => function.0.to_string(),
                    InlinedFunction::Unknown => "?".to_owned(),
                };
                let callee = call.callee.map_or("?".to_owned(), |function| function.0.to_string());
                format!("{caller}@{} {callee} {}", call.call_offset, call.depth)
            });
            assert_eq!(calls.collect::<Vec<_>>(), expected);
        }
        check("F0O5F1O9I0F0O7I1", &["outer@5 10 0", "10@9 11 1", "11@7 10 2"]);
        check("FO5F2O6F9O7", &["outer@5 ? 0", "outer@6 ? 0", "outer@7 ? 0"]);
        check("F0O5I0F1O6I7", &["?@5 10 1", "?@6 11 1"]);
        check("", &[]);
    }

    #[test]
    fn odd_tables() {
        check(["", "", ""], 5, "");
        check(["C3O9I0", "FO7", ""], 5, "?@9 < outer@7");
        check(["C3O9I0", "F5O7", "S0x1"], 5, "?@9 < outer@7");
        check(["C3O9I4", "F0O7", "S0x1"], 5, "");
        check(["C3O9I0", "F0O7I0", "S0x1"], 5, "");
        check(["C3O9C2O5garbage", "", ""], 2, "outer@5");
        check(["C99999999999O5", "", ""], 2, "");
    }
}
