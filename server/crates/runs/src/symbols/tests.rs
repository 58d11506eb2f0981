use super::MachineLibraries;
use formats::read::v8_log::ticks::{Libraries, Mapping};
use std::sync::Arc;

/// This test's own executable, mapped as V8 would log it.
fn own() -> (String, Vec<Mapping>) {
    let path = std::env::current_exe().unwrap().to_str().unwrap().to_owned();
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mappings = maps.lines().filter(|line| line.ends_with(&path)).filter_map(|line| {
        let mut fields = line.split_ascii_whitespace();
        let (start, end) = fields.next()?.split_once('-')?;
        let (rights, offset) = (fields.next()?, fields.next()?);
        let [start, end, offset] = [start, end, offset].map(|hex| u64::from_str_radix(hex, 16).unwrap());
        rights.contains('x').then_some(Mapping { start: start - offset, end, slide: 0, v8_version: None })
    });
    let mappings: Vec<Mapping> = mappings.collect();
    (path, mappings)
}

#[test]
#[cfg(target_os = "linux")]
fn functions_of_this_executable() {
    let (path, mappings) = own();
    let library = MachineLibraries.open(&path, &mappings).unwrap();
    let own_address = functions_of_this_executable as fn() as usize as u64;
    let mapping = mappings.iter().find(|mapping| (mapping.start..mapping.end).contains(&own_address)).unwrap();
    let found: Vec<Option<Arc<str>>> = library.functions_at(&[own_address - mapping.start, 0, u64::MAX]);
    let name = found[0].as_deref().unwrap();
    assert!(name.contains("functions_of_this_executable"), "{name}");
    assert_eq!(found[1..], [None, None]);
    // Of so many the processor gets only the first.
    let symbols = library.symbols();
    assert!(symbols.len() > 100, "{}", symbols.len());
}

#[test]
fn files_that_cannot_be_the_library() {
    fn check(path: &str, mapping_bytes: u64, expected: &str) {
        let mapping = Mapping { start: 0x40_0000, end: 0x40_0000 + mapping_bytes, slide: 0, v8_version: Some((13, 6)) };
        let problem = MachineLibraries.open(path, &[mapping]).err().unwrap_or_default();
        assert!(problem.contains(expected), "{path}: {problem}");
    }
    check("[vdso]", 0x2000, "it is no file");
    check("C:\\node.exe", 0x2000, "it is no file");
    check("/missing/libx.so", 0x2000, "this machine has no such file");
    check("/proc", 0x2000, "it is no file");
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [("text", &b"no ELF at all"[..]), ("cut", b"\x7fELF\x02\x01\x01"), ("empty", b"")] {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        check(file.to_str().unwrap(), 0x2000, "it is no ELF file of 64 bits");
    }
    #[cfg(target_os = "linux")]
    check(&own().0, 0x123_4000, "is another one than the log's");
}
