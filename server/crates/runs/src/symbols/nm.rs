//! What `nm` tells V8's tick processor, and more exactly what it could tell.

use super::demangle::{demangle, is_mangled};
use super::elf::{Elf, RawSymbol, Symbols, Table};
use formats::read::v8_log::ticks::{Mapping, Symbol};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What V8's tick processor gets of an `nm`'s output: `spawnSync` ends it when it has read more than 1 MiB, mostly one page later.
const OUTPUT_BYTES: usize = (1 << 20) + 4096;

/// The first V8 whose processor looks for separate debug symbols.
const READS_DEBUG_FILES: (u16, u16) = (13, 0);

/// The symbols of code that V8's processor gets, in its order: `nm -C -n -S`, then the same with `-D`, then both of the debug file.
pub(super) fn symbols(file: &Path, mappings: &[Mapping]) -> Result<Vec<Symbol>, String> {
    let elf = Elf::open(file)?;
    let (difference, code) = elf.text().map_err(|error| error.to_string())?;
    let reads_debug = mappings.iter().any(|mapping| mapping.v8_version.is_none_or(|version| version >= READS_DEBUG_FILES));
    let debug = if reads_debug { debug_file(&elf).and_then(|file| Elf::open(&file).ok()) } else { None };
    let files = [Some(&elf), debug.as_ref()].into_iter().flatten();
    let mut list = Vec::new();
    let mut names: HashMap<String, Arc<str>> = HashMap::new();
    for (file, table) in files.flat_map(|file| [(file, Table::Static), (file, Table::Dynamic)]) {
        // Names in both tables are demangled once.
        let mut symbols = file.symbols(table).map_err(|error| error.to_string())?;
        let is_wanted = |symbol: &RawSymbol| {
            let address = (symbol.address as i64).wrapping_add(difference);
            is_code(symbol) && mappings.iter().any(|mapping| lies_in_code(mapping, address, &code))
        };
        if !symbols.rows.iter().any(is_wanted) {
            continue;
        }
        symbols.read_names(file).map_err(|error| error.to_string())?;
        let order = listed(&symbols);
        let last = order.iter().rposition(is_wanted).unwrap_or_default();
        let mut output_bytes = 0;
        for symbol in &order[..=last] {
            let name = symbols.full_name(symbol);
            let name: Arc<str> = match is_mangled(&name) {
                true => names.entry(name).or_insert_with_key(|name| demangle(name).into()).clone(),
                false => name.into(),
            };
            output_bytes += line_bytes(symbol, &name);
            if output_bytes > OUTPUT_BYTES {
                break;
            }
            if is_code(symbol) {
                let address = (symbol.address as i64).wrapping_add(difference);
                list.push(Symbol { address, size: symbol.size, name });
            }
        }
    }
    Ok(list)
}

/// The symbols in the order of `nm -n`.
fn listed(symbols: &Symbols<'_>) -> Vec<RawSymbol> {
    let mut order = symbols.rows.clone();
    let key = |symbol: &RawSymbol| if symbol.class == b'U' { (false, 0) } else { (true, symbol.address) };
    order.sort_unstable_by(|a, b| key(a).cmp(&key(b)).then_with(|| symbols.name(a).cmp(symbols.name(b))));
    order
}

fn is_code(symbol: &RawSymbol) -> bool {
    matches!(symbol.class, b't' | b'T' | b'W')
}

/// Whether an address falls in what is code of the mapped file: nothing can execute elsewhere.
fn lies_in_code(mapping: &Mapping, address: i64, code: &[std::ops::Range<u64>]) -> bool {
    let address = mapping.address_of(address).and_then(|address| u64::try_from(address).ok());
    let offset = address.filter(|address| *address < mapping.end).and_then(|address| address.checked_sub(mapping.start));
    offset.is_some_and(|offset| code.iter().any(|range| range.contains(&offset)))
}

/// Length of `address size class name` with its line's end.
fn line_bytes(symbol: &RawSymbol, name: &str) -> usize {
    let size = if symbol.size == 0 || symbol.class == b'U' { 0 } else { 17 };
    16 + size + 3 + name.len() + 1
}

/// Where systems keep the debug symbols of a file, by its build id.
fn debug_file(elf: &Elf) -> Option<PathBuf> {
    let id: String = elf.build_id()?.iter().map(|byte| format!("{byte:02x}")).collect();
    let (folder, rest) = id.split_at_checked(2)?;
    let file = PathBuf::from(format!("/usr/lib/debug/.build-id/{folder}/{rest}.debug"));
    file.is_file().then_some(file)
}

/// Names of the functions at offsets of a file.
pub(super) fn functions_at(file: &Path, offsets: &[u64]) -> Result<Vec<Option<Arc<str>>>, String> {
    let elf = Elf::open(file)?;
    let debug = debug_file(&elf).and_then(|file| Elf::open(&file).ok());
    let tables = [(Some(&elf), Table::Static), (debug.as_ref(), Table::Static), (Some(&elf), Table::Dynamic)];
    let mut found: Vec<Option<Arc<str>>> = vec![None; offsets.len()];
    let mut names: HashMap<u64, Arc<str>> = HashMap::new();
    for (file, table) in tables {
        let Some(file) = file else { continue };
        if found.iter().all(Option::is_some) {
            break;
        }
        let symbols = file.symbols(table).map_err(|error| error.to_string())?;
        let mut functions: Vec<RawSymbol> = symbols.rows.iter().copied().filter(is_code).collect();
        functions.sort_unstable_by_key(|symbol| (symbol.address, symbol.size));
        for (offset, found) in offsets.iter().zip(&mut found).filter(|(_, found)| found.is_none()) {
            let Some(address) = elf.address_at(*offset) else { continue };
            let end = functions.partition_point(|symbol| symbol.address <= address);
            let Some(symbol) = functions[..end].last() else { continue };
            // A function without a size reaches to the next one.
            if symbol.size > 0 && address - symbol.address >= symbol.size {
                continue;
            }
            let name = names.entry(symbol.address).or_insert_with(|| demangle(&symbols.full_name(symbol)).into());
            *found = Some(name.clone());
        }
    }
    Ok(found)
}
