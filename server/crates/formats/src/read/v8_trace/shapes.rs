//! The shapes of trace lines, of V8 10.2 to 14.6.
//!
//! Sources: `CompilerTracer` in V8's `src/codegen/compiler.cc`, `Deoptimizer::Trace…` in `src/deoptimizer/deoptimizer.cc`,
//! `src/execution/tiering-manager.cc`, `src/compiler/js-inlining-heuristic.cc`, `src/compiler/js-inlining.cc`,
//! `src/maglev/maglev-graph-builder.cc` and `maglev-inlining.cc`; what each Node version really prints was seen on Node 18 to 26.

use super::scan::{Function, Scan};
use memchr::memmem;
use profile::Tier;

/// What a trace line tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Record<'a> {
    /// A compilation begins. Before V8 11 it is not told whether on another thread.
    Compiling { function: Function<'a>, tier: Tier, osr: bool, concurrent: Option<bool> },
    /// A compilation ended well. Before V8 11 it is not told whether it was OSR.
    Compiled { function: Function<'a>, tier: Tier, osr: Option<bool>, times_us: [u64; 3] },
    /// A compilation ended without code.
    Aborted { function: Function<'a>, tier: Tier },
    /// V8 will not optimise a function any more.
    Disabled { function: Function<'a>, reason: &'a [u8] },
    /// Code is given up as it runs.
    Deopt { kind: &'a [u8], reason: &'a [u8], function: Function<'a>, tier: Tier },
    /// Code is given up because something it relies on changed.
    Dependency { reason: &'a [u8], function: Function<'a>, tier: Tier },
    /// Where: `<f:l:c> inlined at <f:l:c>`. Behind [`Record::Deopt`] in verbose traces.
    DeoptPlace(&'a [u8]),
    /// End of what a verbose trace tells of a deopt.
    DeoptEnd,
    /// TurboFan looks at a callee.
    Considering(Function<'a>),
    /// TurboFan refuses a callee; none when V8 does not name it.
    Refused { callee: Option<Function<'a>>, reason: &'a [u8] },
    /// TurboFan refuses the call that it looks at, because a function would be inlined into itself.
    Recursive,
    /// TurboFan will inline everything at this call, because it is small.
    SmallSite,
    /// TurboFan inlined.
    Inlined { callee: Function<'a>, into: Function<'a> },
    /// TurboFan changed its mind.
    NotInlined { callee: Function<'a>, into: Function<'a>, reason: &'a [u8] },
    /// TurboFan lists what it may inline; since V8 14.6 with the budget used and its limit.
    Candidates { budget: Option<(u32, u32)> },
    /// An entry of that list.
    Candidate,
    /// A callee of that entry, with the bytes of bytecode that it would cost; none when V8 does not name it.
    Target { callee: Option<Function<'a>>, bytecode_bytes: Option<u32>, inlined_bytes: u32 },
    /// Maglev refuses a callee.
    MaglevRefused { callee: Function<'a>, reason: &'a [u8] },
    /// Maglev inlines a small callee; V8 13 tells nothing more of it.
    MaglevSmall(Function<'a>),
    /// Maglev inlined.
    MaglevInlined(Function<'a>),
    /// A trace line that tells no decision.
    Other,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Parsed<'a> {
    /// A trace line.
    Record(Record<'a>),
    /// It begins as only a trace line does, and does not go on as one.
    Malformed,
    /// The program's.
    Program,
}

type Parse = for<'a> fn(Scan<'a>) -> Option<Record<'a>>;

/// How lines begin, and how they go on. The first beginning that fits counts.
const SHAPES: [(&str, Parse); 49] = [
    ("[bailout (kind: ", deopt),
    ("[bailout end. ", |mut scan| scan.rest_before(" ms]").map(|_| Record::DeoptEnd)),
    (";;; deoptimize at <", |scan| scan.0.ends_with(b">").then_some(Record::DeoptPlace(scan.0))),
    ("[compiling method 0x", compiling),
    ("[completed compiling 0x", compiled),
    ("[completed optimizing 0x", |mut scan| function_line(&mut scan).map(|_| Record::Other)),
    ("[optimizing 0x", compiled),
    ("[aborted optimizing 0x", aborted),
    ("[aborted compiling 0x", aborted),
    ("[marking dependent code 0x", dependency),
    ("[marking 0x", |mut scan| {
        scan.js_function()?;
        scan.tag(" for optimi")?;
        bracket(scan)
    }),
    ("[disabled optimization for 0x", disabled),
    ("[not marking function ", |scan| ends_with(scan, " for optimization: already queued]")),
    ("[not yet optimizing ", bracket),
    ("[delaying optimization of ", |scan| ends_with(scan, ", IC changed]")),
    ("[resetting ticks for 0x", bracket),
    ("[evicting optimized code marked for deoptimization (", bracket),
    ("[deoptimize marked code in all contexts]", |scan| scan.end().map(|()| Record::Other)),
    ("[deoptimize all code in all contexts]", |scan| scan.end().map(|()| Record::Other)),
    ("[removing optimized code for: ", bracket),
    ("[OSR - ", bracket),
    ("[optimization status (", bracket),
    ("Considering for inlining ", |_| Some(Record::Other)),
    ("Considering 0x", |mut scan| {
        let callee = scan.handle("} for inlining with 0x")?;
        ends_with(scan, ">}").map(|_| Record::Considering(callee))
    }),
    ("Cannot consider 0x", refused),
    ("Not considering 0x", refused),
    ("Not considering call site #", |mut scan| {
        scan.number()?;
        scan.tag(":")?;
        scan.until(", because ")?;
        match scan.0 {
            b"of recursive inlining" => Some(Record::Recursive),
            b"polymorphic inlining is disabled" => Some(Record::Refused { callee: None, reason: scan.0 }),
            _ => None,
        }
    }),
    ("Inlining small function(s) at call site #", |mut scan| {
        scan.number()?;
        scan.tag(":")?;
        scan.0.iter().all(u8::is_ascii_alphanumeric).then_some(Record::SmallSite)
    }),
    ("Inlining 0x", |mut scan| {
        let callee = scan.handle("} into 0x")?;
        scan.0 = scan.0.strip_suffix(b" (inside try-block)").unwrap_or(scan.0);
        let into = into(&mut scan)?;
        scan.tag("}")?;
        scan.end()?;
        Some(Record::Inlined { callee, into })
    }),
    ("Not inlining 0x", |mut scan| {
        let callee = scan.handle("} into 0x")?;
        scan.until(" {")?;
        let into = scan.shared_function("} because ")?;
        Some(Record::NotInlined { callee, into, reason: scan.0 })
    }),
    ("Inlinee contains ", |scan| ends_with(scan, "linking to surrounding exception handler.")),
    ("Budget used: ", |mut scan| {
        let used = scan.number()?;
        scan.tag("/")?;
        let limit = scan.number()?;
        scan.tag(" -- ")?;
        scan.number()?;
        scan.tag(" candidate(s) for inlining:")?;
        scan.end()?;
        Some(Record::Candidates { budget: Some((used, limit)) })
    }),
    ("- candidate: JS", |scan| ends_with(scan, " target(s):").map(|_| Record::Candidate)),
    ("- target: 0x", target),
    ("cannot inline 0x", |mut scan| {
        let callee = scan.handle("}: ")?;
        (!scan.0.is_empty()).then_some(Record::MaglevRefused { callee, reason: scan.0 })
    }),
    ("greedy inlining 0x", |mut scan| {
        let callee = scan.handle("}: small function")?;
        Some(Record::MaglevSmall(callee))
    }),
    ("== Inlining 0x", |mut scan| scan.shared_function("").map(Record::MaglevInlined)),
    ("== Finished inlining", |_| Some(Record::Other)),
    (">> Small budget exhausted (", |_| Some(Record::Other)),
    ("Concurrent maglev has been disabled for tracing.", |scan| scan.end().map(|()| Record::Other)),
    ("reading input frame ", |scan| ends_with(scan, "; inputs:")),
    ("reading FeedbackVector (slot ", |scan| ends_with(scan, ")")),
    ("translating interpreted frame ", |mut scan| scan.until(" => bytecode_offset=").map(|_| Record::Other)),
    ("translating ", |mut scan| scan.until(", frame_size=").map(|_| Record::Other)),
    ("Feedback updated from deoptimization at <", |mut scan| scan.until(">, ").map(|_| Record::Other)),
    ("Feedback updated from deoptimization at ", |_| Some(Record::Other)),
    ("Inlining JS-to-Wasm wrapper for Wasm function [", |_| Some(Record::Other)),
    // The rest of a line into which another thread wrote.
    ("<JSFunction ", |_| None),
    ("<SharedFunctionInfo ", |_| None),
];

/// What a line is. Indentation and marks of quotation before it do not matter.
pub(super) fn parse(line: &[u8]) -> Parsed<'_> {
    let line = unquoted(line);
    let line = line.trim_ascii_start();
    let Some(first) = line.first() else { return Parsed::Program };
    if !matches!(
        first,
        b'[' | b'C' | b'I' | b'N' | b'B' | b'F' | b'-' | b'c' | b'g' | b'=' | b';' | b'r' | b't' | b'<' | b'>' | b'0'..=b'9'
    ) {
        return Parsed::Program;
    }
    if first.is_ascii_digit() {
        let mut scan = Scan(line);
        let is_list = scan.number().is_some() && scan.0 == b" candidate(s) for inlining:";
        return if is_list { Parsed::Record(Record::Candidates { budget: None }) } else { Parsed::Program };
    }
    for (start, parse) in &SHAPES {
        if let Some(rest) = line.strip_prefix(start.as_bytes()) {
            // Numbers and places are read with what introduces them.
            let kept = if start.ends_with("0x") { 2 } else { usize::from(start.ends_with('<')) };
            let scan = Scan(&line[line.len() - rest.len() - kept..]);
            return parse(scan).map_or(Parsed::Malformed, Parsed::Record);
        }
    }
    Parsed::Program
}

/// Where in a line that begins with something else a trace line begins: a program that writes without ending its line is followed by
/// V8 on the same line.
pub(super) fn find_inside(line: &[u8]) -> Option<usize> {
    const BRACKETS: [&[u8]; 6] =
        [b"[bailout (kind: ", b"[compiling method 0x", b"[completed ", b"[optimizing 0x", b"[aborted ", b"[marking "];
    const WORDS: [&[u8]; 2] = [b"Considering ", b"Inlining "];
    let is_start = |at: &usize| *at > 0 && BRACKETS.iter().any(|start| line[*at..].starts_with(start));
    let bracket = memchr::memchr_iter(b'[', line).find(is_start);
    let word = memmem::find_iter(line, b"ing 0x").find_map(|at| {
        let word = WORDS.iter().find(|word| line[..at + 4].ends_with(word))?;
        Some(at + 4 - word.len()).filter(|start| *start > 0)
    });
    match (bracket, word) {
        (Some(bracket), Some(word)) => Some(bracket.min(word)),
        (found, None) | (None, found) => found,
    }
}

/// The line without `> ` and `| ` of quotations; the indentation behind them stays.
pub(super) fn unquoted(line: &[u8]) -> &[u8] {
    let mut line = line;
    while let [b'>' | b'|', b' ', rest @ ..] = line {
        line = rest;
    }
    line
}

fn ends_with<'a>(scan: Scan<'a>, end: &str) -> Option<Record<'a>> {
    scan.0.ends_with(end.as_bytes()).then_some(Record::Other)
}

fn bracket(scan: Scan<'_>) -> Option<Record<'_>> {
    ends_with(scan, "]")
}

/// `bailout (kind: deopt-eager, reason: wrong map): begin. deoptimizing 0x… <JSFunction …>, 0x… <Code MAGLEV>, opt id …]`
fn deopt(mut scan: Scan<'_>) -> Option<Record<'_>> {
    let kind = scan.until(", reason: ")?;
    let reason = scan.until("): begin. deoptimizing ")?;
    let function = scan.js_function()?;
    scan.tag(", ")?;
    let mut code = scan;
    let tier = match code.hex() {
        Some(_) => {
            code.tag(" <Code ")?;
            let tier = code.tier()?;
            code.tag(">, ")?;
            scan = code;
            tier
        }
        // V8 10 has one optimising compiler.
        None => Tier::Turbofan,
    };
    scan.tag("opt id ")?;
    scan.until(", bytecode offset ")?;
    let is_kind = !kind.is_empty() && kind.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'-');
    let is_whole = scan.0.ends_with(b"]");
    (is_kind && is_whole).then_some(Record::Deopt { kind: kind.strip_prefix(b"deopt-").unwrap_or(kind), reason, function, tier })
}

/// `marking dependent code 0x… <Code MAGLEV> (0x… <SharedFunctionInfo f>) (opt id 3) for deoptimization, reason: …]`
fn dependency(mut scan: Scan<'_>) -> Option<Record<'_>> {
    scan.hex()?;
    let mut code = scan;
    let mut tier = Tier::Turbofan;
    if code.tag(" <Code ").is_some() {
        tier = code.tier()?;
        code.tag(">")?;
        scan = code;
    }
    scan.tag(" (")?;
    let function = scan.shared_function(") (opt id ")?;
    scan.until(") for deoptimization, reason: ")?;
    let reason = scan.rest_before("]")?;
    Some(Record::Dependency { reason, function, tier })
}

fn function_line<'a>(scan: &mut Scan<'a>) -> Option<(Function<'a>, Tier)> {
    let function = scan.js_function()?;
    scan.tag(" (target ")?;
    let tier = scan.tier()?;
    scan.tag(")")?;
    scan.0.ends_with(b"]").then_some((function, tier))
}

fn compiling(mut scan: Scan<'_>) -> Option<Record<'_>> {
    let (function, tier) = function_line(&mut scan)?;
    let (osr, concurrent) = match scan.0 {
        b" using Turbofan]" => (false, None),
        b" using Turbofan OSR]" => (true, None),
        b", mode: ConcurrencyMode::kSynchronous]" => (false, Some(false)),
        b" OSR, mode: ConcurrencyMode::kSynchronous]" => (true, Some(false)),
        b", mode: ConcurrencyMode::kConcurrent]" => (false, Some(true)),
        b" OSR, mode: ConcurrencyMode::kConcurrent]" => (true, Some(true)),
        _ => return None,
    };
    Some(Record::Compiling { function, tier, osr, concurrent })
}

/// Of V8 10, `[optimizing` is the end of a compilation; later versions have a word for it and tell OSR.
fn compiled(mut scan: Scan<'_>) -> Option<Record<'_>> {
    let (function, tier) = function_line(&mut scan)?;
    let osr = if scan.tag(" OSR").is_some() { Some(true) } else { None };
    scan.tag(" - took ")?;
    let mut times_us = [0; 3];
    for (at, time) in times_us.iter_mut().enumerate() {
        if at > 0 {
            scan.tag(", ")?;
        }
        *time = scan.milliseconds()?;
    }
    (scan.0 == b" ms]").then_some(Record::Compiled { function, tier, osr, times_us })
}

fn aborted(mut scan: Scan<'_>) -> Option<Record<'_>> {
    let (function, tier) = function_line(&mut scan)?;
    scan.until(" because: ")?;
    Some(Record::Aborted { function, tier })
}

/// `0x… <SharedFunctionInfo f>, reason: …]`
fn disabled(mut scan: Scan<'_>) -> Option<Record<'_>> {
    let function = scan.shared_function(", reason: ")?;
    let reason = scan.rest_before("]")?;
    Some(Record::Disabled { function, reason })
}

fn refused(mut scan: Scan<'_>) -> Option<Record<'_>> {
    let mut named = scan;
    let callee = match named.handle("} for inlining (") {
        Some(callee) => {
            scan = named;
            Some(callee)
        }
        None => {
            scan.until("} for inlining (")?;
            None
        }
    };
    let reason = scan.rest_before(")")?;
    let reason = reason.strip_prefix(b"reason: ").unwrap_or(reason);
    (!reason.is_empty()).then_some(Record::Refused { callee, reason })
}

fn into<'a>(scan: &mut Scan<'a>) -> Option<Function<'a>> {
    // `0x` was read with what is before it.
    scan.until(" {")?;
    let rest = scan.0.strip_suffix(b"}")?;
    let function = Scan(rest).shared_function("")?;
    scan.0 = b"}";
    Some(function)
}

/// `0x… {0x… <SharedFunctionInfo f>}, bytecode size: 40, existing opt code's inlined bytecode size: 0`
fn target(mut scan: Scan<'_>) -> Option<Record<'_>> {
    let mut named = scan;
    if let Some(callee) = named.handle("}, bytecode size: ") {
        let bytecode_bytes = named.number()?;
        let inlined_bytes = match named.tag(", existing opt code's inlined bytecode size: ") {
            Some(()) => named.number()?,
            None => 0,
        };
        named.end()?;
        return Some(Record::Target { callee: Some(callee), bytecode_bytes: Some(bytecode_bytes), inlined_bytes });
    }
    let bare = scan.rest_before("}, no bytecode")?;
    let callee = Scan(bare).handle("").or_else(|| {
        let mut bare = Scan(bare);
        bare.until(" {")?;
        bare.shared_function("")
    });
    Some(Record::Target { callee, bytecode_bytes: None, inlined_bytes: 0 })
}
