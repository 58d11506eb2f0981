//! V8's traces, as far as these tests compare them. Read here and not by the project's own reader, so that neither's mistake hides one of
//! the other.

/// A deopt of `--trace-deopt-verbose`.
#[derive(Debug)]
pub(crate) struct TracedDeopt<'a> {
    /// `eager`, `lazy`, …
    pub(crate) kind: &'a str,
    pub(crate) reason: &'a str,
    /// The function whose code it was.
    pub(crate) function: &'a str,
    /// `<file:line:column> inlined at …`; V8 does not print it for lazy ones.
    pub(crate) location: Option<&'a str>,
}

/// Every `[bailout (kind: deopt-eager, reason: …): begin. deoptimizing 0x… <JSFunction name (sfi = 0x…)>, …` and the line
/// `;;; deoptimize at …` behind it.
pub(crate) fn deopts(trace: &str) -> Vec<TracedDeopt<'_>> {
    let mut deopts = Vec::new();
    // A line about dependent code has no end of its own, so a bailout may stand behind it.
    for part in trace.split("[bailout (kind: deopt-").skip(1) {
        let (kind, rest) = part.split_once(", reason: ").expect("a reason");
        let (reason, rest) = rest.split_once("): begin. deoptimizing ").expect("the beginning of a bailout");
        let (head, rest) = rest.split_once('\n').expect("a whole line");
        let function = between(head, "<JSFunction", " (sfi = ").trim_start();
        let location = rest.split_once(";;; deoptimize at ").and_then(|(_, rest)| rest.lines().next()).map(str::trim_end);
        deopts.push(TracedDeopt { kind, reason, function, location });
    }
    deopts
}

/// Every `[marking dependent code 0x… (0x… <SharedFunctionInfo name>) (opt id 3) for deoptimization, reason: …]`, as function and
/// reason. V8 prints the first half to its trace and the second one to the output.
pub(crate) fn dependency_changes<'a>(trace: &'a str, stdout: &'a str) -> Vec<(&'a str, &'a str)> {
    let functions = trace.split("[marking dependent code ").skip(1).map(|part| between(part, "<SharedFunctionInfo", ">").trim_start());
    let reasons = stdout.split(" for deoptimization, reason: ").skip(1).map(|part| part.split(']').next().unwrap_or_default());
    let (functions, reasons): (Vec<&str>, Vec<&str>) = (functions.collect(), reasons.collect());
    assert_eq!(functions.len(), reasons.len(), "both halves of every line: {functions:?} {reasons:?}");
    functions.into_iter().zip(reasons).collect()
}

/// What a compilation inlined.
#[derive(Debug, Default)]
pub(crate) struct Compilation {
    /// Tagged address of the compiled function's SharedFunctionInfo.
    pub(crate) into: u64,
    pub(crate) is_maglev: bool,
    /// Tagged addresses of those that were inlined, in order.
    pub(crate) callees: Vec<u64>,
}

/// Compilations that ended in code, of a trace in which they do not overlap (`--no-concurrent-recompilation`).
pub(crate) fn compilations(trace: &str) -> Vec<Compilation> {
    let mut compilations = Vec::new();
    let mut current: Option<Compilation> = None;
    let mut maglev_names_its_inlinings = false;
    for line in trace.lines() {
        if line.starts_with("[compiling method ") {
            current = Some(Compilation {
                into: address(between(line, "(sfi = ", ")")),
                is_maglev: line.contains("(target MAGLEV)"),
                callees: Vec::new(),
            });
        } else if line.starts_with("[completed compiling ") || line.starts_with("[optimizing ") && line.contains(" - took ") {
            compilations.extend(current.take());
        } else if let Some(inlining) = line.strip_prefix("== Inlining ") {
            maglev_names_its_inlinings = true;
            let compilation = current.as_mut().expect("inside of a compilation");
            compilation.callees.push(address(inlining.split(' ').next().unwrap_or_default()));
        } else if let Some(inlining) = line.strip_prefix("  greedy inlining ") {
            // V8 14 prints the line above as well.
            let compilation = current.as_mut().expect("inside of a compilation");
            if !maglev_names_its_inlinings {
                compilation.callees.push(address(between(inlining, "{", " ")));
            }
        } else if let Some(inlining) = line.strip_prefix("Inlining 0x") {
            let (callee, into) = inlining.split_once(" into ").expect("what it is inlined into");
            let compilation = current.as_mut().expect("inside of a compilation");
            assert_eq!(address(between(into, "{", " ")), compilation.into, "{line}");
            compilation.callees.push(address(between(callee, "{", " ")));
        }
    }
    compilations
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before:?} in {text:?}"));
    rest.split_once(after).unwrap_or_else(|| panic!("no {after:?} in {rest:?}")).0
}

fn address(text: &str) -> u64 {
    u64::from_str_radix(text.trim_start_matches("0x"), 16).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}
