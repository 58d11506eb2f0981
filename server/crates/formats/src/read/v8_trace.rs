//! Traces: what `--trace-opt`, `--trace-deopt`, `--trace-turbo-inlining`, `--trace-maglev-inlining` and their verbose forms print,
//! mixed with what the program prints.
//!
//! A line counts only if it has the shape of a trace line from its first to its last character. A line that begins as nothing but a
//! trace line does and goes on otherwise is dropped and counted; everything else is the program's. Colours of terminals, indentation,
//! `> ` of quotations and Windows' line ends do not matter, and a trace line may follow a line that the program did not end.
//!
//! A trace tells no time, and mostly no place: functions are told apart by the address of their SharedFunctionInfo. A function that the
//! garbage collector moved shows as two.

mod compilations;
mod inlining;
mod lines;
#[cfg(test)]
mod property_tests;
mod refusals;
mod scan;
mod shapes;
mod tables;
#[cfg(test)]
mod tests;

pub use refusals::{Joined, refusals};

use super::ReadError;
use compilations::Compilations;
use inlining::Inlining;
use lines::Lines;
use memchr::memchr;
use profile::decisions::{Place, Refusal};
use profile::{FrameId, Profile, Tier};
use scan::Function;
use shapes::{Parsed, Record};
use std::io::Read;
use tables::Tables;

/// A trace that was read.
#[derive(Clone, Debug, Default)]
pub struct V8Trace {
    /// Functions as frames, and what V8 decided about them: no samples, and every time is 0. `dropped` counts `malformedTraceLines`,
    /// `truncatedLines`, `strayTraceLines` (each of them a line), and what could not be told of lines that were understood:
    /// `unknownPlaces`, `refusalsOfUnknownFunction`, `functionsBeyondLimit`, `eventsBeyondLimit`.
    pub profile: Profile,
    /// The address of each frame's SharedFunctionInfo as the trace prints it, which is one more than in V8's log.
    pub addresses: Vec<u64>,
    /// Compilations, each with its row in the profile's decisions.
    pub compilations: Vec<TracedCompilation>,
    /// Inlined calls. Those whose `into` is known are in the profile's decisions as well.
    pub inlinings: Vec<TracedInlining>,
    /// Refused calls; all of them are in the profile's decisions as well.
    pub refusals: Vec<TracedRefusal>,
    /// Compilations that ended without code.
    pub n_aborted: u64,
    /// Lines of the text: those of the trace, of the program, and dropped ones.
    pub n_lines: u64,
    /// Lines that were understood.
    pub n_trace_lines: u64,
    /// Lines of something else.
    pub n_program_lines: u64,
    /// Trace lines that follow text of the program on the same line.
    pub n_mixed_lines: u64,
}

/// A compilation that gave code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TracedCompilation {
    /// The function.
    pub function: FrameId,
    /// Which compiler.
    pub tier: Tier,
    /// Whether it replaces code in a running loop; none where the trace does not tell.
    pub osr: Option<bool>,
    /// Time to prepare it, on the program's thread.
    pub prepare_us: u64,
    /// Time to do it, on a thread of the compiler, unless concurrent recompilation is off.
    pub execute_us: u64,
    /// Time to finish it, on the program's thread.
    pub finalize_us: u64,
}

/// A callee that was inlined into a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TracedInlining {
    /// The function that was compiled; none when the trace does not tell, as of Maglev without `--trace-opt`, or of compilations that
    /// ran at the same time.
    pub into: Option<FrameId>,
    /// What was inlined.
    pub callee: FrameId,
    /// The compiler.
    pub tier: Tier,
    /// How many calls, over all compilations: one line each.
    pub n_calls: u64,
    /// In how many compilations; where the trace does not tell them apart, how many calls.
    pub n_compilations: u32,
}

/// A callee that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedRefusal {
    /// The function that was compiled; none when the trace does not tell.
    pub into: Option<FrameId>,
    /// What was refused.
    pub callee: FrameId,
    /// The compiler.
    pub tier: Tier,
    /// Why, in V8's words, with the figures of the first time. TurboFan prints nothing when its budget is used up: that is told from its
    /// lists of candidates.
    pub reason: String,
    /// Length of the callee's bytecode, where the trace tells it.
    pub bytecode_bytes: Option<u32>,
    /// How many lines (or candidates) said so: V8 may look at a call several times.
    pub n_lines: u64,
    /// In how many compilations; where the trace does not tell them apart, how many lines.
    pub n_compilations: u32,
}

/// Reads a trace.
///
/// # Errors
/// When the input cannot be read, or holds no trace line at all.
pub fn read(input: impl Read) -> Result<V8Trace, ReadError> {
    let trace = read_output(input)?;
    if trace.n_trace_lines == 0 {
        let problem = if trace.n_lines == 0 {
            "the file is empty".to_owned()
        } else if trace.profile.dropped.is_empty() {
            format!(
                "none of its {} lines is a line of --trace-opt, --trace-deopt, --trace-turbo-inlining or --trace-maglev-inlining",
                trace.n_lines
            )
        } else {
            format!(
                "of its {} lines none is a whole trace line, {} begin like one and are cut or changed",
                trace.n_lines,
                trace.n_lines - trace.n_program_lines
            )
        };
        return Err(ReadError::Format { format: "V8 trace", problem });
    }
    Ok(trace)
}

/// Reads what a traced program printed: it is no error when V8 had nothing to tell.
///
/// # Errors
/// When the input cannot be read, or is text in UTF-16.
pub fn read_output(input: impl Read) -> Result<V8Trace, ReadError> {
    let mut lines = Lines::new(input);
    let mut reader = Reader::default();
    let mut uncoloured = Vec::new();
    while let Some(line) = lines.next()? {
        let mut bytes = line.bytes;
        if reader.n_lines == 0 {
            if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
                let problem = "the text is in UTF-16: save it as UTF-8".to_owned();
                return Err(ReadError::Format { format: "V8 trace", problem });
            }
            bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        }
        if memchr(0x1B, bytes).is_some() {
            without_colours(bytes, &mut uncoloured);
            bytes = &uncoloured;
        }
        reader.line(bytes, line.is_cut || line.is_unfinished);
    }
    Ok(reader.finish())
}

/// Whether a text is a trace, from its beginning: one whole line of it has the shape of a trace line that tells a decision.
pub fn is_trace(beginning: &[u8]) -> bool {
    let beginning = beginning.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(beginning);
    let end = beginning.iter().rposition(|byte| *byte == b'\n').unwrap_or(beginning.len());
    let mut uncoloured = Vec::new();
    beginning[..end].split(|byte| *byte == b'\n').any(|line| {
        let mut line = line.strip_suffix(b"\r").unwrap_or(line);
        if memchr(0x1B, line).is_some() {
            without_colours(line, &mut uncoloured);
            line = &uncoloured;
        }
        let Parsed::Record(record) = shapes::parse(line) else { return false };
        // These tell nothing alone.
        !matches!(record, Record::Other | Record::Candidate | Record::SmallSite | Record::DeoptPlace(_))
    })
}

/// The state of reading.
#[derive(Default)]
struct Reader {
    tables: Tables,
    compilations: Compilations,
    inlining: Inlining,
    /// The deopt of the line before, until it is known whether its place follows.
    deopt: Option<PendingDeopt>,
    /// Whether the frames of a verbose deopt are being printed.
    is_in_frames: bool,
    /// Whether places of deopts follow in this trace.
    has_places: bool,
    /// Whether two deopts came without a place between them though places follow: isolates print at the same time.
    is_torn: bool,
    has_maglev_inlinings: bool,
    n_aborted: u64,
    n_lines: u64,
    n_trace_lines: u64,
    n_program_lines: u64,
    n_mixed_lines: u64,
}

#[derive(Debug)]
struct PendingDeopt {
    function: FrameId,
    tier: Tier,
    kind: Box<[u8]>,
    reason: Box<[u8]>,
}

impl Reader {
    fn line(&mut self, line: &[u8], is_partial: bool) {
        self.n_lines += 1;
        if self.is_in_frames && is_of_frames(line) {
            self.n_trace_lines += 1;
            return;
        }
        let parsed = shapes::parse(line);
        match parsed {
            Parsed::Record(record) => return self.record(&record),
            Parsed::Malformed => self.tables.drop_record(if is_partial { "truncatedLines" } else { "malformedTraceLines" }),
            Parsed::Program => {}
        }
        // Behind something that V8 or the program did not end.
        let inside = shapes::find_inside(line).and_then(|at| line.get(at..));
        match inside.map(shapes::parse) {
            Some(Parsed::Record(record)) if parsed == Parsed::Program => {
                self.n_mixed_lines += 1;
                self.record(&record);
            }
            Some(Parsed::Record(record)) => {
                self.apply(&record);
            }
            Some(Parsed::Malformed) if parsed == Parsed::Program && is_partial => self.tables.drop_record("truncatedLines"),
            _ if parsed == Parsed::Program => self.n_program_lines += 1,
            _ => {}
        }
    }

    fn record(&mut self, record: &Record<'_>) {
        if self.apply(record) {
            self.n_trace_lines += 1;
        } else {
            self.tables.drop_record("strayTraceLines");
        }
    }

    /// Takes what a line tells. False when it only means something behind another one, which is not there.
    fn apply(&mut self, record: &Record<'_>) -> bool {
        if let Record::DeoptPlace(places) = *record {
            self.has_places = true;
            let Some(deopt) = self.deopt.take() else { return false };
            self.is_in_frames = true;
            let is_torn = std::mem::take(&mut self.is_torn);
            self.add_deopt(&deopt, (!is_torn).then_some(places));
            return true;
        }
        self.is_in_frames &= matches!(record, Record::Other);
        if let Some(deopt) = self.deopt.take() {
            self.is_torn = self.has_places && matches!(record, Record::Deopt { .. });
            self.add_deopt(&deopt, None);
        }
        match *record {
            Record::Compiling { function, tier, osr, concurrent } => {
                self.tables.profile.decisions.recorded.code = true;
                if let Some(function) = self.tables.function(&function) {
                    self.compilations.begin(function, tier, osr, concurrent);
                }
            }
            Record::Compiled { function, tier, osr, times_us } => self.compiled(&function, tier, osr, times_us),
            Record::Aborted { function, tier } => {
                self.n_aborted += 1;
                if let Some(function) = self.tables.function(&function) {
                    self.compilations.end(function, tier, None);
                }
            }
            Record::Disabled { function, reason } => {
                if let Some(function) = self.tables.function(&function) {
                    self.tables.disabled(function, reason);
                }
            }
            Record::Deopt { kind, reason, function, tier } => {
                let function = self.tables.function(&function);
                self.deopt = function.map(|function| PendingDeopt { function, tier, kind: kind.into(), reason: reason.into() });
            }
            Record::Dependency { reason, function, tier } => {
                if let Some(function) = self.tables.function(&function) {
                    self.tables.deopt(function, tier, b"dependency-change", reason, None);
                }
            }
            Record::DeoptEnd | Record::Other => {}
            _ => {
                self.has_maglev_inlinings |= matches!(record, Record::MaglevInlined(_));
                self.inlining.record(record, &self.compilations, &mut self.tables);
            }
        }
        true
    }

    fn compiled(&mut self, function: &Function<'_>, tier: Tier, osr: Option<bool>, times_us: [u64; 3]) {
        let Some(function) = self.tables.function(function) else { return };
        let is_current = self.compilations.current().is_some();
        let begun = self.compilations.end(function, tier, osr);
        if let Some(begun) = &begun
            && is_current
        {
            self.inlining.end(begun.id, function, &mut self.tables);
        }
        let osr = osr.or(begun.map(|begun| begun.osr));
        let [prepare_us, execute_us, finalize_us] = times_us;
        self.tables.compilation(TracedCompilation { function, tier, osr, prepare_us, execute_us, finalize_us });
    }

    fn add_deopt(&mut self, deopt: &PendingDeopt, places: Option<&[u8]>) {
        self.tables.deopt(deopt.function, deopt.tier, &deopt.kind, &deopt.reason, places);
    }

    fn finish(mut self) -> V8Trace {
        if let Some(deopt) = self.deopt.take() {
            self.add_deopt(&deopt, None);
        }
        let Tables { mut profile, addresses, compilations, mut inlinings, small_inlinings, refusals, dropped, .. } = self.tables;
        if !self.has_maglev_inlinings {
            inlinings.extend(small_inlinings);
        }
        let mut n_unplaced = 0;
        for inlining in &inlinings {
            match inlining.into {
                Some(into) => profile.decisions.inlinings.push(profile::decisions::Inlining {
                    into,
                    tier: inlining.tier,
                    call: Place { function: None, source: None, position: None },
                    callee: Some(inlining.callee),
                    depth: 0,
                    count: inlining.n_compilations,
                }),
                None => n_unplaced += inlining.n_calls,
            }
        }
        profile.decisions.refusals = refusals
            .iter()
            .map(|refusal| Refusal {
                into: refusal.into,
                callee: refusal.callee,
                tier: refusal.tier,
                reason: refusal.reason.clone(),
                bytecode_bytes: refusal.bytecode_bytes,
                call: None,
                count: refusal.n_compilations,
            })
            .collect();
        let n_unplaced_refusals: u64 = refusals.iter().filter(|refusal| refusal.into.is_none()).map(|refusal| refusal.n_lines).sum();
        if n_unplaced + n_unplaced_refusals > 0 {
            profile.notes.push(format!(
                "{} decisions about inlining do not tell their caller. Traces with --trace-opt and --no-concurrent-recompilation do, as long as no two \
                 threads compile at once.",
                n_unplaced + n_unplaced_refusals
            ));
        }
        profile.dropped.extend(dropped.into_iter().map(|(kind, n)| (kind.to_owned(), n)));
        V8Trace {
            profile,
            addresses,
            compilations,
            inlinings,
            refusals,
            n_aborted: self.n_aborted,
            n_lines: self.n_lines,
            n_trace_lines: self.n_trace_lines,
            n_program_lines: self.n_program_lines,
            n_mixed_lines: self.n_mixed_lines,
        }
    }
}

/// Whether a line is of the frames that a verbose deopt prints: they are indented, and hold no further decision.
fn is_of_frames(line: &[u8]) -> bool {
    shapes::unquoted(line).starts_with(b"  ") && !line.trim_ascii_start().starts_with(b";;;")
}

/// The line without escape sequences of terminals (ECMA-48, control sequences).
fn without_colours(line: &[u8], plain: &mut Vec<u8>) {
    plain.clear();
    let mut rest = line;
    while let Some(at) = memchr(0x1B, rest) {
        plain.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(sequence) = rest.strip_prefix(b"[") {
            let length = sequence.iter().take_while(|byte| (0x20..0x40).contains(*byte)).count();
            rest = sequence.get(length + 1..).unwrap_or_default();
        }
    }
    plain.extend_from_slice(rest);
}
