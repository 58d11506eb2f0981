//! Each reason in the tables of a supported Node binary has a page.
//!
//! V8 keeps the texts of its reasons in arrays of pointers, `kDeoptimizeReasonStrings` of `DeoptimizeReasonToString`
//! (`src/deoptimizer/deoptimize-reason.cc`): one, and from V8 13 on a second one for reasons of lazy deopts. The arrays are
//! local symbols of Node's official binaries.

mod support;

use ide::explanations::{deopt_code, explanation};
use object::read::elf::ElfFile64;
use object::{Object, ObjectSection, ObjectSymbol};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

const TABLE: &str = "kDeoptimizeReasonStrings";

#[test]
fn the_tables_of_real_binaries_have_pages() {
    for node in support::nodes() {
        let bytes = std::fs::read(&node.path).unwrap_or_else(|error| panic!("{}: {error}", node.path.display()));
        let found = reasons_in(&bytes).unwrap_or_else(|reason| panic!("{}: {reason}", node.path.display()));
        assert!(found.contains("wrong map") && found.len() > 40, "{}: read {found:?}", node.path.display());

        let without_page: Vec<&str> =
            found.iter().map(String::as_str).filter(|reason| explanation(&deopt_code(reason)).is_none()).collect();
        assert!(without_page.is_empty(), "Node {} has reasons without a page in server/docs/codes/deopt: {without_page:?}", node.major);

        let file = list_of(node.major);
        let listed = std::fs::read_to_string(&file)
            .unwrap_or_else(|error| panic!("{}: {error}; write the reasons of Node {} there: {found:#?}", file.display(), node.major));
        let listed: BTreeSet<String> = listed.lines().map(str::to_owned).collect();
        assert_eq!(found, listed, "left: the tables of {}; right: {}", node.path.display(), file.display());
    }
}

#[test]
fn the_lists_of_all_supported_versions_have_pages() {
    let mut versions = 0;
    for entry in std::fs::read_dir(lists()).expect("tests/reasons") {
        let file = entry.expect("entry").path();
        for reason in std::fs::read_to_string(&file).expect("readable").lines() {
            let explanation = explanation(&deopt_code(reason)).unwrap_or_else(|| panic!("{}: `{reason}` has no page", file.display()));
            assert_eq!(explanation.reasons, [reason], "{}: the page names another reason", explanation.code);
        }
        versions += 1;
    }
    assert!(versions >= 6, "Node 18, 20, 22, 24, 25 and 26 have lists; found {versions}");
}

#[test]
fn pages_name_the_versions_that_have_their_reason() {
    let mut versions: HashMap<String, BTreeSet<u32>> = HashMap::new();
    for entry in std::fs::read_dir(lists()).expect("tests/reasons") {
        let file = entry.expect("entry").path();
        let name = file.file_stem().and_then(|name| name.to_str()).expect("UTF-8").to_owned();
        let major: u32 = name.strip_prefix("node-").and_then(|major| major.parse().ok()).expect("node-NN.txt");
        for reason in std::fs::read_to_string(&file).expect("readable").lines() {
            versions.entry(deopt_code(reason)).or_default().insert(major);
        }
    }
    assert!(versions.len() > 90);
    for (code, majors) in versions {
        let page = explanation(&code).unwrap_or_else(|| panic!("{code} has no page")).page;
        let line = page.lines().find_map(|line| line.strip_prefix("- Node: ")).unwrap_or_else(|| panic!("{code}: no line `- Node:`"));
        let named = line.split(|character: char| !character.is_ascii_digit()).filter_map(|word| word.parse().ok());
        assert_eq!(named.collect::<BTreeSet<u32>>(), majors, "{code}: left: the page; right: tests/reasons");
    }
}

fn lists() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reasons")
}

fn list_of(major: u32) -> PathBuf {
    lists().join(format!("node-{major}.txt"))
}

/// The texts both tables of a binary point to.
fn reasons_in(bytes: &[u8]) -> Result<BTreeSet<String>, String> {
    let elf: ElfFile64<'_> = ElfFile64::parse(bytes).map_err(|error| format!("this test reads 64-bit ELF binaries: {error}"))?;
    let tables: Vec<(u64, u64)> = elf
        .symbols()
        .filter(|symbol| symbol.name().is_ok_and(|name| name.contains("DeoptimizeReasonToString") && name.contains(TABLE)))
        .map(|symbol| (symbol.address(), symbol.size()))
        .collect();
    if tables.is_empty() {
        return Err(format!("no symbol {TABLE}; the binary is stripped: use one of nodejs.org"));
    }
    // In a position-independent binary the addresses are written by the loader.
    let relocated: HashMap<u64, u64> = elf
        .dynamic_relocations()
        .into_iter()
        .flatten()
        .filter_map(|(address, relocation)| Some((address, u64::try_from(relocation.addend()).ok()?)))
        .collect();
    let mut texts = BTreeSet::new();
    for (table, size) in tables {
        for slot in (table..table + size).step_by(8) {
            let in_place = u64::from_le_bytes(at(&elf, slot, 8)?.try_into().map_err(|_| "a pointer has 8 bytes")?);
            let text = if in_place == 0 { relocated.get(&slot).copied().unwrap_or(0) } else { in_place };
            let rest = at(&elf, text, 1).map_err(|error| format!("{error} (entry at {slot:#x})"))?;
            let end = rest.iter().position(|byte| *byte == 0).ok_or("a text without end")?;
            texts.insert(String::from_utf8_lossy(&rest[..end]).into_owned());
        }
    }
    Ok(texts)
}

/// The bytes from an address to the end of its section; `least` of them, or an error.
fn at<'data>(elf: &ElfFile64<'data>, address: u64, least: u64) -> Result<&'data [u8], String> {
    let section = elf.sections().find(|section| (section.address()..section.address() + section.size()).contains(&address));
    let section = section.ok_or_else(|| format!("no section has address {address:#x}"))?;
    let bytes = section.data().map_err(|error| error.to_string())?;
    let offset = usize::try_from(address - section.address()).map_err(|error| error.to_string())?;
    let rest = bytes.get(offset..).filter(|rest| rest.len() as u64 >= least);
    let rest = rest.ok_or_else(|| format!("the section of {address:#x} ends too early"))?;
    Ok(if least == 8 { &rest[..8] } else { rest })
}
