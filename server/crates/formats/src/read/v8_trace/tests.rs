use super::*;
use profile::decisions::inlining_code;

fn trace(text: &str) -> V8Trace {
    let trace = read_output(text.as_bytes()).unwrap();
    assert!(trace.profile.is_consistent());
    let dropped: u64 =
        ["malformedTraceLines", "truncatedLines", "strayTraceLines"].iter().filter_map(|kind| trace.profile.dropped.get(*kind)).sum();
    assert_eq!(trace.n_trace_lines + trace.n_program_lines + dropped, trace.n_lines, "{text}");
    trace
}

fn name(trace: &V8Trace, id: FrameId) -> String {
    let name = trace.profile.frame(id).name.clone();
    if name.is_empty() { "(anonymous)".to_owned() } else { name }
}

/// `function tier kind: reason ×n at f:l:c < f:l:c`
fn deopts(trace: &V8Trace) -> Vec<String> {
    let place = |place: &Place| {
        place.position.map_or("?".to_owned(), |position| {
            let url = place.source.map_or("", |source| &trace.profile.source(source).url);
            format!("{url}:{}:{}", position.line, position.column)
        })
    };
    let row = |row: &profile::decisions::Deopt| {
        assert_eq!(row.stack.last().unwrap().function, Some(row.function));
        let stack: Vec<String> = row.stack.iter().map(place).collect();
        format!("{} {} {}: {} ×{} at {}", name(trace, row.function), row.tier.label(), row.kind, row.reason, row.count, stack.join(" < "))
    };
    trace.profile.decisions.deopts.iter().map(row).collect()
}

/// `into < callee tier: reason ×compilations/lines`
fn refused(trace: &V8Trace) -> Vec<String> {
    let row = |row: &TracedRefusal| {
        let into = row.into.map_or("?".to_owned(), |into| name(trace, into));
        let (callee, tier) = (name(trace, row.callee), row.tier.label());
        let bytes = row.bytecode_bytes.map_or(String::new(), |bytes| format!(" ({bytes} bytes)"));
        format!("{into} < {callee} {tier}: {}{bytes} ×{}/{}", row.reason, row.n_compilations, row.n_lines)
    };
    trace.refusals.iter().map(row).collect()
}

/// `into < callee tier ×compilations/calls`
fn inlined(trace: &V8Trace) -> Vec<String> {
    let row = |row: &TracedInlining| {
        let into = row.into.map_or("?".to_owned(), |into| name(trace, into));
        format!("{into} < {} {} ×{}/{}", name(trace, row.callee), row.tier.label(), row.n_compilations, row.n_calls)
    };
    trace.inlinings.iter().map(row).collect()
}

#[test]
fn deopts_of_each_version() {
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(deopts(&trace(text)), expected, "{text}");
    }
    // Node 18: no code object.
    check(
        "[bailout (kind: deopt-eager, reason: overflow): begin. deoptimizing 0x10a8809a4c99 <JSFunction warm (sfi = 0x26bba431d831)>, opt id 2, bytecode offset 23, deopt exit 6, FP to SP delta 104, caller SP 0x7ffc09d86648, pc 0x000005284bf5]\n",
        &["warm turbofan eager: overflow ×1 at ?"],
    );
    // Node 20, anonymous.
    check(
        "[bailout (kind: deopt-eager, reason: wrong map): begin. deoptimizing 0x10 <JSFunction (sfi = 0x27)>, 0x0fbc <Code TURBOFAN>, opt id 4, bytecode offset 23, deopt exit 2, FP to SP delta 104, caller SP 0x7ffe856b4778, pc 0x7f1b60005703]\n",
        &["(anonymous) turbofan eager: wrong map ×1 at ?"],
    );
    // Node 26, verbose, with `--trace-file-names`; twice.
    let verbose = "\
[bailout (kind: deopt-eager, reason: prepare for on stack replacement (OSR)): begin. deoptimizing 0x19401d36ea71 <JSFunction warm </app/deopt.js> (sfi = 0x2c64efd6f409)>, 0x3fdca3c42ac1 <Code MAGLEV>, opt id 3, bytecode offset 23, deopt exit 18, FP to SP delta 104, caller SP 0x7ffe44bef3a8, pc 0x7f40f000506d]
            ;;; deoptimize at </app/deopt.js:8:21> inlined at </app/deopt.js:3:51>
  reading input frame warm => bytecode_offset=16, args=3, height=1, retval=0(#0); inputs:
      0: 0x2b27cc06ebc1 ;  [fp -  16]  0x2b27cc06ebc1 <JSFunction warm (sfi = 0x383cbe26f409)>
    0x7ffe856b4770: [top +  96] <- 0xea6000000000 <Smi 60000> ;  stack parameter (input #3)
    -------------------------
Feedback updated from deoptimization at </app/deopt.js:111:34>, out of bounds
  reading FeedbackVector (slot 2)
[bailout end. code_invalidation: unaffected, took 0.202 ms]
";
    check(&verbose.repeat(2), &["warm maglev eager: prepare for on stack replacement (OSR) ×2 at /app/deopt.js:8:21 < /app/deopt.js:3:51"]);
    check(
        "[marking dependent code 0x1 (0x2 <SharedFunctionInfo>) (opt id 3) for deoptimization, reason: code dependencies]\n\
         [marking dependent code 0x1 <Code TURBOFAN_JS> (0x2 <SharedFunctionInfo get a)>) (opt id 3) for deoptimization, reason: dependent field representation changed]\n",
        &[
            "(anonymous) turbofan dependency-change: code dependencies ×1 at ?",
            "get a) turbofan dependency-change: dependent field representation changed ×1 at ?",
        ],
    );
    check(
        "[bailout (kind: deopt-lazy-after-fastcall, reason: (unknown)): begin. deoptimizing 0x10 <JSFunction f (sfi = 0x27)>, 0x0fbc <Code QUICK>, opt id 4, bytecode offset 23, deopt exit 2, FP to SP delta 104, caller SP 0x7ffe, pc 0x7f]\n",
        &["f unknown lazy-after-fastcall: (unknown) ×1 at ?"],
    );
}

#[test]
fn the_file_of_a_function_is_told_by_its_deopts() {
    let trace = trace(
        "[bailout (kind: deopt-eager, reason: overflow): begin. deoptimizing 0x1 <JSFunction f (sfi = 0x2)>, 0x3 <Code MAGLEV>, opt id 3, bytecode offset 23, deopt exit 18, pc 0x7]
            ;;; deoptimize at <file:///app/in.mjs:8:21> inlined at <node:internal/fs:3:51>\n",
    );
    let frame = &trace.profile.frames[0];
    assert_eq!(trace.profile.source(frame.source.unwrap()).url, "node:internal/fs");
    assert_eq!(frame.category, profile::Category::NodeCore);
    assert_eq!(trace.profile.sources[0].path.as_deref(), Some("/app/in.mjs"));
}

#[test]
fn compilations_of_each_version() {
    fn check(text: &str, expected: &[&str]) {
        let trace = trace(text);
        let row = |row: &TracedCompilation| {
            format!(
                "{} {} osr {:?} {}/{}/{}",
                name(&trace, row.function),
                row.tier.label(),
                row.osr,
                row.prepare_us,
                row.execute_us,
                row.finalize_us
            )
        };
        assert_eq!(trace.compilations.iter().map(row).collect::<Vec<_>>(), expected, "{text}");
        let decisions = &trace.profile.decisions.compilations;
        assert!(decisions.iter().zip(&trace.compilations).all(|(row, traced)| (row.function, row.osr) == (traced.function, traced.osr)));
        assert_eq!(decisions.len(), expected.len());
    }
    // Node 18: the second one was concurrent.
    check(
        "[compiling method 0x1 <JSFunction warm (sfi = 0x2)> (target TURBOFAN) using Turbofan OSR]
[optimizing 0x1 <JSFunction warm (sfi = 0x2)> (target TURBOFAN) - took 0.005, 1.192, 0.026 ms]
[marking 0x1 <JSFunction g (sfi = 0x3)> for optimization to TURBOFAN, ConcurrencyMode::kConcurrent, reason: small function]
[compiling method 0x1 <JSFunction g (sfi = 0x3)> (target TURBOFAN) using Turbofan]
[completed optimizing 0x1 <JSFunction g (sfi = 0x3)> (target TURBOFAN)]
[optimizing 0x1 <JSFunction g (sfi = 0x3)> (target TURBOFAN) - took 0.005, 12, 0.026 ms]
",
        &["warm turbofan osr Some(true) 5/1192/26", "g turbofan osr Some(false) 5/12000/26"],
    );
    // Node 24; the last line has no beginning.
    check(
        "[compiling method 0x20 <JSFunction warm (sfi = 0x2b)> (target TURBOFAN_JS) OSR, mode: ConcurrencyMode::kConcurrent]
[completed compiling 0x20 <JSFunction warm (sfi = 0x2b)> (target TURBOFAN_JS) OSR - took 0.024, 2.067, 0.027 ms]
[completed optimizing 0x20 <JSFunction warm (sfi = 0x2b)> (target TURBOFAN_JS) OSR]
[completed compiling 0x20 <JSFunction get dbl (sfi = 0x3b)> (target MAGLEV) - took 0.000, 0.175, 0.003 ms]
",
        &["warm turbofan osr Some(true) 24/2067/27", "get dbl maglev osr None 0/175/3"],
    );
    let aborted = trace(
        "[aborted optimizing 0x2 <JSFunction f (sfi = 0x2)> (target TURBOFAN_JS) because: Bailed out due to dependency change - took 0.017, 3.362, 0.008 ms]
[aborted compiling 0x2 <JSFunction (sfi = 0x7)> (target MAGLEV) because: Job got cancelled]
[disabled optimization for 0x9 <SharedFunctionInfo huge>, reason: Function is too big to be optimized]\n",
    );
    assert_eq!((aborted.n_aborted, aborted.compilations.len()), (2, 0));
    assert_eq!(aborted.profile.decisions.functions[0].disabled.as_deref(), Some("Function is too big to be optimized"));
    // One address, used by two functions; each is told once.
    let line = |name| format!("[disabled optimization for 0x9 <SharedFunctionInfo {name}>, reason: {name}]\n");
    let disabled = trace(&["f", "g", "f", "g"].map(line).concat());
    let rows = disabled.profile.decisions.functions.iter().map(|row| (row.function.index(), row.disabled.as_deref().unwrap()));
    assert_eq!(rows.collect::<Vec<_>>(), [(0, "f"), (1, "g")]);
    assert_eq!(disabled.addresses, [9, 9]);
}

const SYNC: &str = "[compiling method 0x20 <JSFunction f (sfi = 0x2)> (target TURBOFAN_JS), mode: ConcurrencyMode::kSynchronous]\n";
const SYNC_END: &str = "[completed compiling 0x20 <JSFunction f (sfi = 0x2)> (target TURBOFAN_JS) - took 0.024, 2.067, 0.027 ms]\n";
const MAGLEV: &str = "[compiling method 0x20 <JSFunction f (sfi = 0x2)> (target MAGLEV), mode: ConcurrencyMode::kSynchronous]\n";
const MAGLEV_END: &str = "[completed compiling 0x20 <JSFunction f (sfi = 0x2)> (target MAGLEV) - took 0.024, 2.067, 0.027 ms]\n";

#[test]
fn refusals_of_turbofan() {
    fn check(lines: &str, expected: &[&str]) {
        assert_eq!(refused(&trace(&format!("{SYNC}{lines}{SYNC_END}"))), expected, "{lines}");
    }
    let number = "Cannot consider 0x7 {0x3 <SharedFunctionInfo big>} for inlining (reason: 5)\n";
    check(number, &["f < big turbofan: exceeds bytecode limit ×1/1"]);
    check(&number.repeat(3), &["f < big turbofan: exceeds bytecode limit ×1/3"]);
    check(&format!("{number}{SYNC_END}{SYNC}{number}"), &["f < big turbofan: exceeds bytecode limit ×2/2"]);
    check(
        "Cannot consider 0x7 {0x3 <SharedFunctionInfo>} for inlining (reason: exceeds bytecode limit)\n",
        &["f < (anonymous) turbofan: exceeds bytecode limit ×1/1"],
    );
    check("Cannot consider 0x7 {0x3 <SharedFunctionInfo g>} for inlining (no bytecode)\n", &["f < g turbofan: no bytecode ×1/1"]);
    check(
        "Not considering 0x7 {0x3 <SharedFunctionInfo g>} for inlining (feedback vector changed)\n",
        &["f < g turbofan: feedback vector changed ×1/1"],
    );
    check(
        "Not inlining 0x7 {0x3 <SharedFunctionInfo g>} into 0x8 {0x2 <SharedFunctionInfo f>} because it had its optimization disabled.\n",
        &["f < g turbofan: it had its optimization disabled. ×1/1"],
    );
    // Two at the same time.
    let other = SYNC.replace("f (sfi = 0x2)", "worker (sfi = 0x9)");
    check(&format!("{other}{number}"), &["? < big turbofan: exceeds bytecode limit ×1/1"]);
    let concurrent = SYNC.replace("kSynchronous", "kConcurrent");
    assert_eq!(refused(&trace(&format!("{concurrent}{number}{SYNC_END}"))), ["? < big turbofan: exceeds bytecode limit ×1/1"]);
    assert_eq!(refused(&trace(number)), ["? < big turbofan: exceeds bytecode limit ×1/1"]);
    assert_eq!(refused(&trace(&format!("{MAGLEV}{number}{MAGLEV_END}"))), ["? < big turbofan: exceeds bytecode limit ×1/1"]);
    let unnamed = trace("Cannot consider 0x7 {0x3 <FeedbackCell[many closures]>} for inlining (no feedback vector)\n");
    assert_eq!(unnamed.profile.dropped["refusalsOfUnknownFunction"], 1);
}

#[test]
fn the_callee_of_a_recursive_call() {
    fn check(lines: &str, expected: &[&str]) {
        let trace = trace(&format!("{SYNC}{lines}Not considering call site #31:JSCall, because of recursive inlining\n{SYNC_END}"));
        assert_eq!(refused(&trace), expected, "{lines}");
        let n_unknown = trace.profile.dropped.get("refusalsOfUnknownFunction").copied().unwrap_or(0);
        assert_eq!(n_unknown, u64::from(expected.is_empty()));
    }
    let considering = |sfi: &str, name: &str| {
        format!("Considering 0x1 {{{sfi} <SharedFunctionInfo {name}>}} for inlining with 0x7 {{0x8 <FeedbackVector[4]>}}\n")
    };
    let (f, g, h) = (considering("0x2", "f"), considering("0x3", "g"), considering("0x4", "h"));
    check(&f, &["f < f turbofan: recursive inlining ×1/1"]);
    check(&format!("{f}{g}"), &["f < f turbofan: recursive inlining ×1/1"]);
    // In an inlined function that calls itself.
    let inlined = "Inlining small function(s) at call site #20:JSCall\nInlining 0x2 {0x3 <SharedFunctionInfo g>} into 0x2 {0x2 <SharedFunctionInfo f>}\n";
    check(&format!("{inlined}{h}{g}"), &["f < g turbofan: recursive inlining ×1/1"]);
    check(&format!("{g}{h}"), &[]);
    check("", &[]);
}

#[test]
fn inlinings_of_turbofan() {
    let trace = trace(&format!(
        "{SYNC}Inlining small function(s) at call site #26:JSConstruct
Inlining 0x1 {{0x3 <SharedFunctionInfo g>}} into 0x2 {{0x2 <SharedFunctionInfo f>}}
Inlining 0x1 {{0x4 <SharedFunctionInfo <instance_members_initializer>>}} into 0x2 {{0x2 <SharedFunctionInfo f>}} (inside try-block)
Inlining 0x1 {{0x3 <SharedFunctionInfo g>}} into 0x2 {{0x2 <SharedFunctionInfo f>}}
{SYNC_END}Inlining 0x1 {{0x5 <SharedFunctionInfo größe>}} into 0x2 {{0x9 <SharedFunctionInfo>}}\n"
    ));
    assert_eq!(
        inlined(&trace),
        ["f < g turbofan ×1/2", "f < <instance_members_initializer> turbofan ×1/1", "(anonymous) < größe turbofan ×1/1"]
    );
    assert_eq!(trace.profile.decisions.inlinings.len(), 3);
}

#[test]
fn candidates_that_exceed_the_budget() {
    fn check(lines: &str, expected: &[&str]) {
        let trace = trace(&format!("{SYNC}{lines}{SYNC_END}"));
        assert_eq!(refused(&trace), expected, "{lines}");
        for row in &trace.refusals {
            assert_eq!(inlining_code(&row.reason), "inlining/budget-exceeded");
        }
    }
    let candidate = |sfi: &str, bytes: u32| {
        format!(
            "- candidate: JSCall node #120 with frequency 0.999475, 1 target(s):\n  - target: 0x1 {{{sfi} <SharedFunctionInfo c{bytes}>}}, bytecode size: {bytes}, existing opt code's inlined bytecode size: 0\n"
        )
    };
    let inlined =
        |sfi: &str, bytes: u32| format!("Inlining 0x1 {{{sfi} <SharedFunctionInfo c{bytes}>}} into 0x2 {{0x2 <SharedFunctionInfo f>}}\n");
    let (a, b) = (candidate("0x3", 400), candidate("0x4", 450));
    // Nothing is over: both fit, but their calls vanished.
    check(&format!("2 candidate(s) for inlining:\n{a}{b}"), &[]);
    let reason = "budget exhausted: maximum inlined bytecode size (920)";
    check(
        &format!("2 candidate(s) for inlining:\n{a}{b}{}1 candidate(s) for inlining:\n{b}", inlined("0x3", 400)),
        &[&format!("f < c450 turbofan: {reason} (450 bytes) ×1/1")],
    );
    // In front of the one that was inlined.
    check(
        &format!("Budget used: 500/920 -- 2 candidate(s) for inlining:\n{a}{}{}", candidate("0x5", 40), inlined("0x5", 40)),
        &[&format!("f < c400 turbofan: {reason} (400 bytes) ×1/1")],
    );
    check(&format!("Budget used: 500/2000 -- 1 candidate(s) for inlining:\n{a}"), &[]);
    // Without the compilation nothing is known of the budget.
    assert!(trace(&format!("Budget used: 900/920 -- 1 candidate(s) for inlining:\n{a}")).refusals.is_empty());
}

#[test]
fn maglev() {
    // Node 24 tells only what is small or refused.
    let node24 = trace(&format!(
        "Concurrent maglev has been disabled for tracing.\n{MAGLEV}  greedy inlining 0x7 {{0x3 <SharedFunctionInfo g>}}: small function, skipping max-depth
  cannot inline 0x7 {{0x4 <SharedFunctionInfo tooBig>}}: 5
  cannot inline 0x7 {{0x5 <SharedFunctionInfo b>}}: big function, size (213) >= max-size (100)
  cannot inline 0x7 {{0x6 <SharedFunctionInfo get dbl>}}: call frequency (0) < minimum threshold (0.95)
  cannot inline 0x7 {{0x6 <SharedFunctionInfo get dbl>}}: call frequency (0.5) < minimum threshold (0.95)
{MAGLEV_END}"
    ));
    assert_eq!(inlined(&node24), ["f < g maglev ×1/1"]);
    assert_eq!(
        refused(&node24),
        [
            "f < tooBig maglev: exceeds bytecode limit ×1/1",
            "f < b maglev: big function, size (213) >= max-size (100) (213 bytes) ×1/1",
            "f < get dbl maglev: call frequency (0) < minimum threshold (0.95) ×1/2",
        ]
    );
    // Node 26 tells small ones twice, and without `--trace-opt` not of what.
    let node26 = trace(
        "  greedy inlining 0x7 {0x3 <SharedFunctionInfo g>}: small function, skipping max-depth
== Inlining 0x3 <SharedFunctionInfo g>
== Inlining 0x4 <SharedFunctionInfo>
  cannot inline 0x7 {0x4 <SharedFunctionInfo>}: maximum inlined bytecode size\n",
    );
    assert_eq!(inlined(&node26), ["? < g maglev ×1/1", "? < (anonymous) maglev ×1/1"]);
    assert!(node26.profile.decisions.inlinings.is_empty());
    assert_eq!(node26.profile.notes.len(), 1, "{:?}", node26.profile.notes);
}

#[test]
fn lines_that_tell_no_decision() {
    let text = "[not marking function f (BASELINE) for optimization: already queued]
[not marking function  for optimization: already queued]
[not yet optimizing repeated, not enough ticks: 0/2 and ICs changed]
[delaying optimization of f, IC changed]
[OSR - setting osr urgency. function: warm, old urgency: 0, new urgency: 1]
[OSR - entry. function: warm, osr offset: 18, pc offset: 38]
[optimization status (budget from MAGLEV) warm BASELINE ^TF 1:m]
[evicting optimized code marked for deoptimization (unlinking code marked for deopt) for 0x2 <SharedFunctionInfo>]
[deoptimize marked code in all contexts]
[resetting ticks for 0x2 <SharedFunctionInfo tokenize> from 1 due to IC change: Monomorphic]
[marking 0x1 <JSFunction g (sfi = 0x3)> for optimization to TURBOFAN, ConcurrencyMode::kConcurrent, reason: small function]
";
    let trace = trace(text);
    assert_eq!((trace.n_trace_lines, trace.n_program_lines), (11, 0));
    assert!(trace.profile.decisions.deopts.is_empty() && trace.profile.frames.is_empty());
}

const DEOPT: &str = "[bailout (kind: deopt-eager, reason: wrong map): begin. deoptimizing 0x10 <JSFunction f (sfi = 0x27)>, 0x0fbc <Code MAGLEV>, opt id 4, bytecode offset 23, deopt exit 2, FP to SP delta 104, caller SP 0x7ffe856b4778, pc 0x7f1b60005703]";

#[test]
fn mixed_with_the_program() {
    fn check(text: &str, n_deopts: u32, n_program: u64, n_mixed: u64, n_dropped: u64) {
        let trace = trace(text);
        let found: u32 = trace.profile.decisions.deopts.iter().map(|row| row.count).sum();
        let dropped: u64 = trace.profile.dropped.values().sum();
        assert_eq!((found, trace.n_program_lines, trace.n_mixed_lines, dropped), (n_deopts, n_program, n_mixed, n_dropped), "{text}");
    }
    check(&format!("hello\n{DEOPT}\nbye\n"), 1, 2, 0, 0);
    check(&format!("hello\r\n{DEOPT}\r\n\r\n"), 1, 2, 0, 0);
    check(&format!("\u{feff}{DEOPT}\n"), 1, 0, 0, 0);
    check(DEOPT, 1, 0, 0, 0);
    check(&format!("\x1b[32m{DEOPT}\x1b[0m\n\x1b[1;31mred\x1b[K\n"), 1, 1, 0, 0);
    check(&format!("    {DEOPT}\n> {DEOPT}\n> > \t{DEOPT}\n"), 3, 0, 0, 0);
    // The program did not end its line.
    check(&format!("10%\r20% {DEOPT}\n"), 1, 0, 1, 0);
    check("..... [compiling method 0x1 <JSFunction f (sfi = 0x2)> (target MAGLEV), mode: ConcurrencyMode::kConcurrent]\n", 0, 0, 1, 0);
    // Cut at the end.
    check(&format!("{DEOPT}\n{}", &DEOPT[..100]), 1, 0, 0, 1);
    check(&format!("{DEOPT}\n{}", &DEOPT[..20]), 1, 0, 0, 1);
    check(&format!("{DEOPT}\n{}", &DEOPT[..5]), 1, 1, 0, 0);
    check(&format!("{DEOPT}\nabc{}", &DEOPT[..10]), 1, 1, 0, 0);
    check(&format!("{DEOPT}\nabc{}", &DEOPT[..90]), 1, 0, 0, 1);
    // Two threads at the same time.
    check(&format!("{}{DEOPT}\n", &DEOPT[..70]), 1, 0, 0, 1);
    let torn = "[compiling method 0x1 Considering 0x1 {0x2 <SharedFunctionInfo g>} for inlining with 0x7 {0x8 <FeedbackVector[0]>}\n<JSFunction f (sfi = 0x2)> (target MAGLEV), mode: ConcurrencyMode::kConcurrent]\n";
    check(torn, 0, 0, 0, 2);
    // A line without end, as of a program that prints its data.
    check(&format!("{DEOPT}\n{}\n{DEOPT}\n", "x".repeat(3 << 20)), 2, 1, 0, 0);
}

#[test]
fn programs_that_print_what_looks_like_a_trace() {
    fn check(line: &str, n_program: u64, n_dropped: u64) {
        let trace = trace(&format!("{line}\n"));
        let dropped: u64 = trace.profile.dropped.values().sum();
        assert_eq!((trace.n_program_lines, dropped), (n_program, n_dropped), "{line}");
        assert_eq!(trace.profile.decisions.deopts.len() + trace.refusals.len() + trace.inlinings.len(), 0, "{line}");
    }
    check("[bailout of the bank: 700 billion]", 1, 0);
    check("[OSR-1] started", 1, 0);
    check("Inlining small things is fun", 1, 0);
    check("Inlining 0 into 1", 1, 0);
    check("Considering the time", 1, 0);
    check("- candidate: Ada", 1, 0);
    check("  - target: 100", 1, 0);
    check("3 candidate(s) for the job", 1, 0);
    check("  cannot inline images", 1, 0);
    check("== Inlining ==", 1, 0);
    check(";;; a comment", 1, 0);
    check("[marking the exams]", 1, 0);
    check("{\"line\": \"[compiling method 0x1\"}", 1, 0);
    check(&format!("\"{DEOPT}\""), 1, 0);
    // Only V8 begins a line so.
    check("[bailout (kind: deopt-eager, reason: I say so)]", 0, 1);
    check(&format!("{DEOPT}!"), 0, 1);
    check(&DEOPT.replace("deopt-eager", "Deopt Eager"), 0, 1);
    check("Inlining 0x7 {0x3 <SharedFunctionInfo g>} into 0x8 {0x2 <SharedFunctionInfo f>} twice", 0, 1);
    check("  cannot inline 0x7 {0x3 <SharedFunctionInfo g>}", 0, 1);
    check("            ;;; deoptimize at </app/deopt.js:8:21>", 0, 1);
}

#[test]
fn what_is_no_trace() {
    fn check(bytes: &[u8], expected: &str) {
        assert_eq!(read(bytes).unwrap_err().to_string(), expected);
    }
    check(b"", "not a V8 trace: the file is empty");
    check(
        b"hello\nworld\n",
        "not a V8 trace: none of its 2 lines is a line of --trace-opt, --trace-deopt, --trace-turbo-inlining or --trace-maglev-inlining",
    );
    check(&DEOPT.as_bytes()[..60], "not a V8 trace: of its 1 lines none is a whole trace line, 1 begin like one and are cut or changed");
    check(b"\xFF\xFE[\0b\0", "not a V8 trace: the text is in UTF-16: save it as UTF-8");
    assert_eq!(read_output(b"hello\n".as_slice()).unwrap().n_program_lines, 1);
}

#[test]
fn traces_are_told_by_their_beginning() {
    assert!(is_trace(format!("Server listening\n\x1b[32m> {DEOPT}\r\nbye").as_bytes()));
    assert!(is_trace(DEOPT.as_bytes()));
    assert!(is_trace(b"  cannot inline 0x7 {0x3 <SharedFunctionInfo g>}: direct recursion\n"));
    assert!(!is_trace(format!("x\n{}", &DEOPT[..100]).as_bytes()));
    assert!(!is_trace(b"v8-version,13,6,233,17,-node.53,0\nv8-platform,linux,linux\n"));
    assert!(!is_trace(b"{\"nodes\":[]}"));
    assert!(!is_trace(b"            ;;; deoptimize at </app/deopt.js:3:23>\n"));
    assert!(!is_trace(b""));
}

#[test]
fn isolates_that_deoptimise_at_the_same_time_get_no_wrong_place() {
    let place = "            ;;; deoptimize at </app/deopt.js:8:21>\n";
    let end = "[bailout end. took 0.202 ms]\n";
    let other = DEOPT.replace("f (sfi = 0x27)", "g (sfi = 0x28)");
    let trace = trace(&format!("{DEOPT}\n{place}{end}{DEOPT}\n{other}\n{place}{place}"));
    assert_eq!(
        deopts(&trace),
        ["f maglev eager: wrong map ×1 at /app/deopt.js:8:21", "f maglev eager: wrong map ×1 at ?", "g maglev eager: wrong map ×1 at ?"]
    );
}
