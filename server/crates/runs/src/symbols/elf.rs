//! Symbol tables of ELF files.

use object::elf;
use object::read::elf::{FileHeader as _, ProgramHeader as _, SectionHeader as _, Sym as _};
use object::read::{ReadCache, SectionIndex, StringTable};
use object::{Endianness, SymbolIndex};
use std::fs::File;
use std::ops::Range;
use std::path::Path;

type Header = elf::FileHeader64<Endianness>;

const PAGE_BYTES: u64 = 4096;

/// A file, open.
#[derive(Debug)]
pub(super) struct Elf {
    cache: ReadCache<File>,
    /// File offsets of segments with code, and what is to be added to an offset for the address in the file.
    code_segments: Vec<(Range<u64>, i64)>,
}

/// A table of symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Static,
    Dynamic,
}

/// A symbol that `nm` lists.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawSymbol {
    pub(super) address: u64,
    pub(super) size: u64,
    /// Its class, as `nm` prints it: only those of code, `tTwW`, `U` of undefined ones, and `?` for all others.
    pub(super) class: u8,
    name: u32,
    row: u32,
}

/// A table's symbols, and their names.
#[derive(Debug)]
pub(super) struct Symbols<'a> {
    pub(super) rows: Vec<RawSymbol>,
    strings: StringTable<'a, &'a ReadCache<File>>,
    /// All names, where they were asked for. They are the largest part of many files.
    names: Option<&'a [u8]>,
    /// Version of each row of a dynamic table, `@…` included.
    versions: Vec<String>,
    string_section: SectionIndex,
}

impl<'a> Symbols<'a> {
    /// The name as the table has it.
    pub(super) fn name(&self, symbol: &RawSymbol) -> &'a [u8] {
        match self.names {
            Some(names) => {
                let name = names.get(symbol.name as usize..).unwrap_or_default();
                memchr::memchr(0, name).map_or(name, |end| &name[..end])
            }
            None => self.strings.get(symbol.name).unwrap_or_default(),
        }
    }

    /// Reads all names at once.
    pub(super) fn read_names(&mut self, elf: &'a Elf) -> object::Result<()> {
        let (header, endian) = elf.header()?;
        let sections = header.sections(endian, &elf.cache)?;
        self.names = Some(sections.section(self.string_section)?.data(endian, &elf.cache)?);
        Ok(())
    }

    /// The name with its version.
    pub(super) fn full_name(&self, symbol: &RawSymbol) -> String {
        let name = String::from_utf8_lossy(self.name(symbol));
        let version = self.versions.get(symbol.row as usize).map_or("", String::as_str);
        format!("{name}{version}")
    }
}

impl Elf {
    /// Opens a file.
    pub(super) fn open(file: &Path) -> Result<Self, String> {
        let open = File::open(file).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => "this machine has no such file".to_owned(),
            _ => format!("the file cannot be read: {error}"),
        })?;
        if !open.metadata().is_ok_and(|metadata| metadata.is_file()) {
            return Err("it is no file".to_owned());
        }
        let cache = ReadCache::new(open);
        let code_segments = code_segments(&cache).map_err(|error| format!("it is no ELF file of 64 bits: {error}"))?;
        Ok(Self { cache, code_segments })
    }

    /// Whether a mapping of this length with code in it can be of this file. V8 gives its length from the file's first byte on.
    pub(super) fn can_be_mapped(&self, length: u64) -> bool {
        self.code_segments.iter().any(|(range, _)| range.end.div_ceil(PAGE_BYTES) * PAGE_BYTES == length)
    }

    /// The address, in the file's own terms, of what is at an offset of it.
    pub(super) fn address_at(&self, offset: u64) -> Option<u64> {
        let (_, shift) = self.code_segments.iter().find(|(range, _)| range.contains(&offset))?;
        offset.checked_add_signed(*shift)
    }

    fn header(&self) -> object::Result<(&Header, Endianness)> {
        let header = Header::parse(&self.cache)?;
        let endian = header.endian()?;
        Ok((header, endian))
    }

    /// File offset of `.text` minus its address; and the file offsets of all sections with code.
    pub(super) fn text(&self) -> object::Result<(i64, Vec<Range<u64>>)> {
        let (header, endian) = self.header()?;
        let sections = header.sections(endian, &self.cache)?;
        let mut difference = 0;
        let mut code = Vec::new();
        for section in sections.iter() {
            let (offset, size) = (section.sh_offset(endian), section.sh_size(endian));
            if section.sh_flags(endian) & u64::from(elf::SHF_EXECINSTR) != 0 {
                code.push(offset..offset.saturating_add(size));
            }
            if sections.section_name(endian, section)? == b".text" {
                difference = (offset as i64).wrapping_sub(section.sh_addr(endian) as i64);
            }
        }
        Ok((difference, code))
    }

    /// The id that the linker gave the file.
    pub(super) fn build_id(&self) -> Option<Vec<u8>> {
        let (header, endian) = self.header().ok()?;
        let sections = header.sections(endian, &self.cache).ok()?;
        for section in sections.iter() {
            let Ok(Some(mut notes)) = section.notes(endian, &self.cache) else { continue };
            while let Ok(Some(note)) = notes.next() {
                if note.name() == elf::ELF_NOTE_GNU && note.n_type(endian) == elf::NT_GNU_BUILD_ID {
                    return Some(note.desc().to_vec());
                }
            }
        }
        None
    }

    /// A table's symbols but those of sections and files, in the table's order.
    pub(super) fn symbols(&self, table: Table) -> object::Result<Symbols<'_>> {
        let (header, endian) = self.header()?;
        let sections = header.sections(endian, &self.cache)?;
        let kind = match table {
            Table::Static => elf::SHT_SYMTAB,
            Table::Dynamic => elf::SHT_DYNSYM,
        };
        let symbols = sections.symbols(endian, &self.cache, kind)?;
        let mut found = Symbols {
            rows: Vec::with_capacity(symbols.len()),
            strings: symbols.strings(),
            names: None,
            versions: Vec::new(),
            string_section: symbols.string_section(),
        };
        if symbols.is_empty() {
            return Ok(found);
        }
        let mut is_code = Vec::with_capacity(sections.len());
        for section in sections.iter() {
            is_code.push(section_is_code(sections.section_name(endian, section)?, section.sh_flags(endian)));
        }
        for (row, symbol) in symbols.enumerate() {
            if matches!(symbol.st_type(), elf::STT_SECTION | elf::STT_FILE) || row.0 == 0 {
                continue;
            }
            let section = symbol.st_shndx(endian);
            let in_code = is_code.get(usize::from(section)).copied().unwrap_or(false);
            found.rows.push(RawSymbol {
                address: symbol.st_value(endian),
                size: symbol.st_size(endian),
                class: class(symbol.st_bind(), symbol.st_type(), section, in_code),
                name: symbol.st_name(endian),
                row: u32::try_from(row.0).unwrap_or(u32::MAX),
            });
        }
        if table == Table::Dynamic
            && let Some(versions) = sections.versions(endian, &self.cache)?
        {
            found.versions = (0..symbols.len())
                .map(|row| {
                    let index = versions.version_index(endian, SymbolIndex(row));
                    let Ok(Some(version)) = versions.version(index) else { return String::new() };
                    let is_undefined = symbols.symbol(SymbolIndex(row)).is_ok_and(|symbol| symbol.is_undefined(endian));
                    let at = if index.is_hidden() || is_undefined { "@" } else { "@@" };
                    format!("{at}{}", String::from_utf8_lossy(version.name()))
                })
                .collect();
        }
        Ok(found)
    }
}

fn code_segments(cache: &ReadCache<File>) -> object::Result<Vec<(Range<u64>, i64)>> {
    let header = Header::parse(cache)?;
    let endian = header.endian()?;
    let segments = header.program_headers(endian, cache)?.iter();
    let code = segments.filter(|segment| segment.p_type(endian) == elf::PT_LOAD && segment.p_flags(endian) & elf::PF_X != 0);
    Ok(code
        .map(|segment| {
            let offset = segment.p_offset(endian);
            let shift = (segment.p_vaddr(endian) as i64).wrapping_sub(offset as i64);
            (offset..offset.saturating_add(segment.p_filesz(endian)), shift)
        })
        .collect())
}

/// Whether `nm` calls symbols of a section `t` (`coff_section_type`, `decode_section_type` of libbfd).
fn section_is_code(name: &[u8], flags: u64) -> bool {
    let starts = [&b".text"[..], b".init", b".fini", b"code"].into_iter().any(|start| {
        let next = name.strip_prefix(start).map(|rest| rest.first());
        next.is_some_and(|next| next.is_none_or(|byte| matches!(byte, b'.' | b'$' | b'0'..=b'9')))
    });
    starts || flags & u64::from(elf::SHF_EXECINSTR) != 0
}

/// `bfd_decode_symclass`, as far as V8's tick processor can tell classes apart.
fn class(binding: u8, kind: u8, section: u16, in_code: bool) -> u8 {
    match (section, binding) {
        (elf::SHN_UNDEF, _) => b'U',
        (elf::SHN_COMMON, _) => b'?',
        (_, elf::STB_GNU_UNIQUE) => b'?',
        _ if kind == elf::STT_GNU_IFUNC => b'?',
        (_, elf::STB_WEAK) if kind == elf::STT_OBJECT => b'?',
        (_, elf::STB_WEAK) => b'W',
        (_, elf::STB_GLOBAL) if in_code => b'T',
        (_, elf::STB_LOCAL) if in_code => b't',
        _ => b'?',
    }
}
