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
    tables: Tables,
}

#[derive(Debug)]
enum Tables {
    Raw { positions: Box<[u8]>, inlinings: Box<[u8]> },
    Parsed { positions: Vec<PositionRow>, inlinings: Vec<InliningRow> },
}

impl SourcePositions {
    /// The function table holds addresses of the moment, so the functions are looked up by the caller, now.
    pub(super) fn new(script: u32, positions: &[u8], inlinings: &[u8], functions: Vec<Option<FunctionId>>) -> Self {
        Self { script, functions, tables: Tables::Raw { positions: positions.into(), inlinings: inlinings.into() } }
    }

    /// The inlining stack at an offset into the code, innermost first; empty when the tables do not tell.
    pub(super) fn stack_at(&mut self, code_offset: u64) -> Vec<Level> {
        self.parse();
        let Tables::Parsed { positions, inlinings } = &self.tables else { return Vec::new() };
        let row = positions.partition_point(|row| u64::from(row.code_offset) <= code_offset);
        let Some(row) = positions.get(row.saturating_sub(1)) else { return Vec::new() };
        let mut stack = Vec::new();
        let (mut script_offset, mut inlining) = (row.script_offset, row.inlining);
        while let Some(id) = inlining {
            // A parent that does not come from an earlier step would be a cycle, as only a broken log has it.
            let Some(row) = inlinings.get(id as usize).filter(|_| stack.len() <= inlinings.len()) else { return Vec::new() };
            let function = row.function.and_then(|function| self.functions.get(function as usize).copied().flatten());
            let function = function.map_or(InlinedFunction::Unknown, InlinedFunction::Inlined);
            stack.push(Level { function, script_offset });
            (script_offset, inlining) = (row.call_offset, row.parent);
        }
        stack.push(Level { function: InlinedFunction::Outer, script_offset });
        stack
    }

    fn parse(&mut self) {
        if let Tables::Raw { positions, inlinings } = &self.tables {
            self.tables = Tables::Parsed { positions: parse_positions(positions), inlinings: parse_inlinings(inlinings) };
        }
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
