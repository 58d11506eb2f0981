//! Functions of the libraries that a V8 log names, from the files on this machine.
//!
//! Only ELF files of 64 bits are read: for other systems' libraries V8's ticks are counted under the library's path.

mod demangle;
mod elf;
mod nm;

use elf::Elf;
use formats::read::v8_log::ticks::{Libraries, Library, Mapping, Symbol};
use std::path::PathBuf;
use std::sync::Arc;

/// The libraries of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct MachineLibraries;

impl Libraries for MachineLibraries {
    fn open(&self, path: &str, mappings: &[Mapping]) -> Result<Box<dyn Library>, String> {
        if !path.starts_with('/') {
            return Err("it is no file".to_owned());
        }
        let file = PathBuf::from(path);
        let elf = Elf::open(&file)?;
        if !mappings.iter().all(|mapping| elf.can_be_mapped(mapping.end.saturating_sub(mapping.start))) {
            return Err("the file of this machine is another one than the log's: its mapped parts differ in size".to_owned());
        }
        Ok(Box::new(File { file, mappings: mappings.to_vec() }))
    }
}

/// The file of a library; read when asked, and not kept: the tables of Node's executable are larger than many logs.
struct File {
    file: PathBuf,
    mappings: Vec<Mapping>,
}

impl Library for File {
    fn symbols(&self) -> Vec<Symbol> {
        nm::symbols(&self.file, &self.mappings).unwrap_or_else(|problem| {
            tracing::warn!(file = %self.file.display(), %problem, "symbols cannot be read");
            Vec::new()
        })
    }

    fn functions_at(&self, offsets: &[u64]) -> Vec<Option<Arc<str>>> {
        nm::functions_at(&self.file, offsets).unwrap_or_else(|problem| {
            tracing::warn!(file = %self.file.display(), %problem, "symbols cannot be read");
            Vec::new()
        })
    }
}

#[cfg(test)]
mod tests;
