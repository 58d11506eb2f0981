//! V8 logs: what `node --prof --logfile=…` writes, one file per isolate, and with `--log-deopt`, `--log-ic` and `--log-maps` what V8
//! decided about the code.
//!
//! A tick is placed as V8 itself would: program counter → code object (through every creation and move, in event order) → position
//! table → script offset, through all inlined calls. Records are documented in V8's `src/logging/log.cc`; what each Node version
//! really writes was measured on Node 18 to 26. `records` is the table of them, by V8's version.
//!
//! Decisions ([`profile::Decisions`]) are of the whole log, whatever its window: most are made before it opens.
//!
//! - Compilations, sizes of bytecode and inlined calls come from `code-creation` and `code-source-info`, so every log has them. V8 writes
//!   the table of inlined calls only for code in which an instruction has a place in one of them: what was inlined and then reduced to
//!   nothing is not in the log, only in `--trace-turbo-inlining`.
//! - `code-deopt` gives line and column of every level, which are kept even when the text is gone; the functions of the levels come from
//!   the tables of the code that was given up. Its paths are UTF-8 bytes (`\xc3\xa9`), where names elsewhere are UTF-16 units. A dependency
//!   change names a function and no place.
//! - Inline caches are counted by place. For an access in optimised code the logged line is that of the outer function, often in another
//!   file: there the place comes from the code's tables. An access in a function that the log does not tell of (Node's start-up snapshot)
//!   is counted as `unresolvedInlineCaches`. Caches that only missed before their function had a feedback vector are left out, and so are
//!   those of Node's own functions that did not become megamorphic.
//! - Shapes follow `map` rows back from the hidden classes that inline caches saw, and are read only where asked.
//! - Functions of Node itself have rows of facts and compilations only when they were optimised or have another row.

mod builtins;
mod code;
mod code_map;
mod decisions;
mod fields;
mod finish;
mod functions;
mod line_table;
mod lines;
mod reader;
mod records;
mod source_positions;
mod stacks;
#[cfg(test)]
mod tests;
pub mod ticks;
mod weights;

use super::{ReadError, Scripts};
use lines::Lines;
use profile::decisions::Recorded;
use profile::{FrameId, Profile};
use reader::Reader;
use std::collections::BTreeMap;
use std::io::Read;
use std::ops::Range;
use std::sync::Arc;
use ticks::{Libraries, TickCounter, TickCounts};

/// What to read of a log.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only ticks whose record starts in this range of the file's bytes are samples; all of them when none. The log is written line by
    /// line, so the file's size at a moment is that moment's place in the log.
    pub window: Option<Range<u64>>,
    /// What V8 was asked to tell. When none, what the log holds tells it: a log without a single deopt then looks as if deopts had not
    /// been recorded.
    pub recorded: Option<Recorded>,
    /// Whether to read hidden classes (`--log-maps`).
    pub shapes: bool,
    /// Whether to tell [`V8Log::functions_by_sfi`].
    pub functions_by_sfi: bool,
}

/// A log that was read.
#[derive(Debug)]
pub struct V8Log {
    /// The samples of the window.
    pub profile: Profile,
    /// V8's version, such as `13.6.233.17-node.53`; none when the log does not begin with it.
    pub v8_version: Option<String>,
    /// The isolate's role.
    pub isolate: Isolate,
    /// Ticks in the whole file, in and out of the window.
    pub n_ticks: u64,
    /// Texts of the program's own scripts that the log holds, by URL: what ran, where a loader changed it.
    pub logged_texts: BTreeMap<String, Arc<str>>,
    /// Every address that a function's SharedFunctionInfo ever had, in the order in which the log tells them; empty unless asked for.
    /// The garbage collector moves them, and an address may come twice. What V8's traces print is the address plus 1, the tag of a
    /// heap object.
    pub functions_by_sfi: Vec<(u64, FrameId)>,
    /// Ticks as V8's own tick processor counts them, in the whole file; none unless read by [`read_with_ticks`].
    pub ticks: Option<TickCounts>,
}

/// The role of the isolate that wrote a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolate {
    /// A process's main thread.
    Main,
    /// A worker thread.
    Worker,
    /// The log does not tell: it ended early, or is not Node's.
    Unknown,
}

/// Reads a log.
///
/// # Errors
/// When the input cannot be read, or holds not one record of a V8 log.
pub fn read(input: impl Read, options: &Options, scripts: &dyn Scripts) -> Result<V8Log, ReadError> {
    read_records(input, options, scripts, None)
}

/// Reads a log, and counts its ticks as V8's own tick processor does.
///
/// # Errors
/// As [`read`].
pub fn read_with_ticks(
    input: impl Read,
    options: &Options,
    scripts: &dyn Scripts,
    libraries: &dyn Libraries,
    detail: ticks::Detail,
) -> Result<V8Log, ReadError> {
    read_records(input, options, scripts, Some(TickCounter::new(libraries, detail)))
}

fn read_records(
    input: impl Read,
    options: &Options,
    scripts: &dyn Scripts,
    mut ticks: Option<TickCounter<'_>>,
) -> Result<V8Log, ReadError> {
    let mut lines = Lines::new(input);
    let mut reader = Reader::new(options);
    while let Some(line) = lines.next()? {
        if line.is_truncated {
            reader.drop_record("truncatedLines");
        } else if !line.bytes.is_empty() {
            reader.record(line.bytes, line.offset);
            if let Some(ticks) = &mut ticks {
                ticks.record(line.bytes);
            }
        }
    }
    if reader.n_records == 0 {
        let problem = match reader.dropped.values().sum::<u64>() {
            0 => "the file is empty".to_owned(),
            n => format!("none of its {n} lines is a record that V8 writes"),
        };
        return Err(ReadError::Format { format: "V8 log", problem });
    }
    let ticks = ticks.map(TickCounter::finish);
    Ok(V8Log { ticks, ..finish::finish(reader, options, scripts) })
}
