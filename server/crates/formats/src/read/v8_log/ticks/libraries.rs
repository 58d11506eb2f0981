//! Libraries, the executable and their functions, as V8's tick processor keeps them (`CodeMap.statics_`, `libraries_` and `pages_`, filled
//! by `CppEntriesProvider.parseVmSymbols`).

use std::collections::BTreeMap;
use std::sync::Arc;

/// A `shared-library` row: a mapping with code in it, its start moved down by its offset in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Address of the file's first byte, had it been mapped whole.
    pub start: u64,
    /// Address behind the mapping.
    pub end: u64,
    /// What V8 says addresses in the file are to be moved by.
    pub slide: u64,
    /// V8's version, major and minor, as far as the log tells it.
    pub v8_version: Option<(u16, u16)>,
}

impl Mapping {
    /// Where V8's tick processor looks for an address of the file, which it has less the address of `.text`, plus its file offset.
    pub fn address_of(&self, address: i64) -> Option<i64> {
        let length = self.end.saturating_sub(self.start);
        // Until Node 22 the slide was taken off first; it is 0 on Linux.
        let is_old = self.v8_version.is_some_and(|version| version < (13, 0));
        let below = if is_old { self.start.saturating_sub(self.slide) } else { self.start };
        let is_relative = i128::from(address) < i128::from(below.min(length));
        address.checked_add_unsigned(if is_relative { self.start } else { self.slide })
    }
}

/// A function of a library, as `nm -C -n -S` lists it for V8's tick processor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Its address as the file has it, less the address of `.text`, plus the file offset of `.text`.
    pub address: i64,
    /// Its length in bytes; 0 when the file does not tell.
    pub size: u64,
    /// Its name, demangled.
    pub name: Arc<str>,
}

/// The file of a library on this machine.
pub trait Library {
    /// What V8's tick processor learns of it from `nm`, in that order.
    fn symbols(&self) -> Vec<Symbol>;

    /// The demangled names of the functions at offsets in the file; none where it has no symbol.
    fn functions_at(&self, offsets: &[u64]) -> Vec<Option<Arc<str>>>;
}

/// The libraries of this machine. A reader never opens files itself.
pub trait Libraries {
    /// The library at a path, if it can be the one that was mapped so.
    ///
    /// # Errors
    /// Why its functions are not known, for a person.
    fn open(&self, path: &str, mappings: &[Mapping]) -> Result<Box<dyn Library>, String>;
}

/// No library at all: everything in one is counted under its path.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLibraries;

impl Libraries for NoLibraries {
    fn open(&self, _: &str, _: &[Mapping]) -> Result<Box<dyn Library>, String> {
        Err("the files of libraries were not asked for".to_owned())
    }
}

/// What lies at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Static {
    /// A C++ function, by name.
    Cpp(Arc<str>),
    /// A library or the executable, by path.
    Library(Arc<str>),
}

/// Where an address lies, as the file tells it.
#[derive(Clone, Debug)]
pub(super) struct FoundFunction {
    pub(super) library: Arc<str>,
    pub(super) function: Option<Arc<str>>,
}

/// A library that was looked for; or why it cannot be read.
struct Opened {
    path: Arc<str>,
    library: Result<Box<dyn Library>, String>,
}

struct Row {
    path: Arc<str>,
    mapping: Mapping,
    is_read: bool,
}

/// V8's pages.
const PAGE_BITS: u32 = 12;

/// Everything mapped from files.
pub(super) struct StaticCode<'a> {
    libraries: &'a dyn Libraries,
    rows: Vec<Row>,
    entries: BTreeMap<u64, (u64, Arc<str>)>,
    functions: BTreeMap<u64, (u64, Arc<str>)>,
    opened: Vec<Opened>,
}

impl<'a> StaticCode<'a> {
    pub(super) fn new(libraries: &'a dyn Libraries) -> Self {
        Self { libraries, rows: Vec::new(), entries: BTreeMap::new(), functions: BTreeMap::new(), opened: Vec::new() }
    }

    /// A `shared-library` row. Of several with one start the processor keeps the first.
    pub(super) fn add(&mut self, path: Arc<str>, mapping: Mapping) {
        self.entries.entry(mapping.start).or_insert((mapping.end, path.clone()));
        self.rows.push(Row { path, mapping, is_read: false });
    }

    /// Whether an address is in a page of any library, where the processor looks for no other code.
    pub(super) fn has_page(&self, address: u64) -> bool {
        self.row_at_page(address).is_some()
    }

    fn row_at_page(&self, address: u64) -> Option<usize> {
        let page = address >> PAGE_BITS;
        let has = |row: &Row| (row.mapping.start >> PAGE_BITS..=row.mapping.end >> PAGE_BITS).contains(&page);
        self.rows.iter().position(has)
    }

    /// What lies at an address in a page of a library.
    pub(super) fn find(&mut self, address: u64) -> Option<Static> {
        if let Some(row) = self.row_at_page(address) {
            self.read(row);
        }
        let at = |map: &BTreeMap<u64, (u64, Arc<str>)>| {
            let (_, (end, name)) = map.range(..=address).next_back()?;
            (address < *end).then(|| name.clone())
        };
        at(&self.functions).map(Static::Cpp).or_else(|| at(&self.entries).map(Static::Library))
    }

    /// Reads the functions of a row's library, for all its rows.
    fn read(&mut self, row: usize) {
        if self.rows[row].is_read {
            return;
        }
        let path = self.rows[row].path.clone();
        let opened = self.open(&path);
        let symbols = match &self.opened[opened].library {
            Ok(library) => library.symbols(),
            Err(_) => Vec::new(),
        };
        for row in &mut self.rows {
            if row.path == path && !std::mem::replace(&mut row.is_read, true) {
                add_symbols(&mut self.functions, &symbols, &row.mapping);
            }
        }
    }

    fn open(&mut self, path: &Arc<str>) -> usize {
        if let Some(known) = self.opened.iter().position(|known| known.path == *path) {
            return known;
        }
        let mappings: Vec<Mapping> = self.rows.iter().filter(|row| row.path == *path).map(|row| row.mapping).collect();
        self.opened.push(Opened { path: path.clone(), library: self.libraries.open(path, &mappings) });
        self.opened.len() - 1
    }

    /// Libraries that were looked into in vain, and why.
    pub(super) fn without_symbols(&self) -> Vec<(String, String)> {
        let failed = |opened: &Opened| Some((opened.path.to_string(), opened.library.as_ref().err()?.clone()));
        self.opened.iter().filter_map(failed).collect()
    }

    /// The library around each address, and the function as its file tells it.
    pub(super) fn functions_at(&mut self, addresses: &[u64]) -> Vec<Option<FoundFunction>> {
        let mut found = vec![None; addresses.len()];
        let mut by_path: BTreeMap<Arc<str>, Vec<(usize, u64)>> = BTreeMap::new();
        for (at, address) in addresses.iter().enumerate() {
            // Of mappings with one start the innermost one tells most, but all give the same offset.
            let row = self.rows.iter().find(|row| (row.mapping.start..row.mapping.end).contains(address));
            if let Some(row) = row {
                by_path.entry(row.path.clone()).or_default().push((at, address - row.mapping.start));
            }
        }
        for (path, places) in by_path {
            let opened = self.open(&path);
            let offsets: Vec<u64> = places.iter().map(|(_, offset)| *offset).collect();
            let names = match &self.opened[opened].library {
                Ok(library) => library.functions_at(&offsets),
                Err(_) => Vec::new(),
            };
            for (row, (at, _)) in places.iter().enumerate() {
                found[*at] = Some(FoundFunction { library: path.clone(), function: names.get(row).cloned().flatten() });
            }
        }
        found
    }
}

/// `CppEntriesProvider.parseVmSymbols` with `CodeMap.addStaticCode`: a function without a size reaches to the next one, of several at
/// one address the first counts, and none reaches out of its mapping.
fn add_symbols(functions: &mut BTreeMap<u64, (u64, Arc<str>)>, symbols: &[Symbol], mapping: &Mapping) {
    let (start, end) = (mapping.start, mapping.end);
    let in_range = |from: i64, to: i64, (start, end): (i64, i64)| from >= start && to <= end;
    let (Ok(start), Ok(end)) = (i64::try_from(start), i64::try_from(end)) else { return };
    let range = (start, end);
    let mut last_added: Option<(i64, i64)> = None;
    let mut open: Option<(i64, &Arc<str>)> = None;
    let mut put = |from: i64, to: i64, name: &Arc<str>| {
        if let (Ok(from), Ok(to)) = (u64::try_from(from), u64::try_from(to)) {
            functions.entry(from).or_insert_with(|| (to, name.clone()));
        }
    };
    let ends = symbols.iter().map(|symbol| (mapping.address_of(symbol.address), Some(symbol))).chain([(Some(end), None)]);
    for (from, symbol) in ends {
        let Some(from) = from else { continue };
        if let Some((open_from, name)) = open.take()
            && open_from < from
        {
            let is_new = last_added.is_none_or(|added| !in_range(open_from, from, added));
            if is_new && in_range(open_from, from, range) {
                put(open_from, from, name);
                last_added = Some((open_from, from));
            }
        }
        match symbol {
            Some(Symbol { size: 0, name, .. }) => open = Some((from, name)),
            Some(Symbol { size, name, .. }) => {
                let Some(to) = from.checked_add_unsigned(*size) else { continue };
                if last_added.is_none_or(|(added, _)| added != from) && in_range(from, to, range) {
                    put(from, to, name);
                    last_added = Some((from, to));
                }
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(symbols: &[(i64, u64, &str)], mapping: (u64, u64), expected: &[(u64, u64, &str)]) {
        let symbols: Vec<Symbol> =
            symbols.iter().map(|(address, size, name)| Symbol { address: *address, size: *size, name: (*name).into() }).collect();
        let mut functions = BTreeMap::new();
        add_symbols(&mut functions, &symbols, &Mapping { start: mapping.0, end: mapping.1, slide: 0, v8_version: None });
        let functions: Vec<(u64, u64, &str)> = functions.iter().map(|(start, (end, name))| (*start, *end, &**name)).collect();
        assert_eq!(functions, expected);
    }

    #[test]
    fn functions_of_a_library() {
        // Relocatable: addresses are relative.
        check(
            &[(0x10, 0x10, "a"), (0x20, 0, "b"), (0x30, 8, "c")],
            (0x1000, 0x2000),
            &[(0x1010, 0x1020, "a"), (0x1020, 0x1030, "b"), (0x1030, 0x1038, "c")],
        );
        // An executable at its own address.
        check(&[(0x4010, 0x10, "a")], (0x4000, 0x5000), &[(0x4010, 0x4020, "a")]);
        // Aliases, and functions beyond the mapping.
        check(&[(0x10, 4, "first"), (0x10, 8, "second"), (0xff8, 0x10, "out")], (0x1000, 0x2000), &[(0x1010, 0x1014, "first")]);
        // The last one without a size reaches to the end; one inside of what was added is no function of its own.
        check(
            &[(0x10, 0x20, "a"), (0x18, 0, "inner"), (0x20, 0, "last")],
            (0x1000, 0x2000),
            &[(0x1010, 0x1030, "a"), (0x1020, 0x2000, "last")],
        );
        // The list of dynamic symbols begins anew.
        check(&[(0x100, 0, "z"), (0x10, 4, "a")], (0x1000, 0x2000), &[(0x1010, 0x1014, "a")]);
        check(&[(-8, 4, "before")], (0x1000, 0x2000), &[]);
        check(&[(i64::MAX, u64::MAX, "far")], (0x1000, u64::MAX), &[]);
    }
}
