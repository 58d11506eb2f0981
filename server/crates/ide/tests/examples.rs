//! The examples of the pages are true: the program before makes V8 report what the page is about, the program after does not.

mod support;

use ide::explanations::{Explanation, all, deopt_code, inlining_code};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::Node;

/// A fence's words behind `js triggers`. See server/docs/codes/README.md.
struct Trigger {
    /// The code V8's output shows; the page's own unless `as=` names another.
    code: &'static str,
    /// The function that is deoptimised, or whose call is not inlined; for `ic` codes the property.
    name: &'static str,
    versions: &'static str,
    flags: Vec<&'static str>,
    concurrent: bool,
}

struct Example {
    page: &'static Explanation,
    trigger: Trigger,
    before: &'static str,
    after: &'static str,
}

/// Each program runs with the newest version that has Maglev and with the newest one that has not.
#[test]
fn examples_show_what_their_pages_say() {
    let nodes = support::nodes();
    let examples: Vec<Example> = all().filter_map(example).collect();
    let mut runs: Vec<(&Example, &Node)> = Vec::new();
    for with_maglev in [true, false] {
        let nodes = || nodes.iter().filter(|node| (node.major >= 24) == with_maglev);
        let newest = |example: &Example| nodes().find(|node| matches(example.trigger.versions, node.major));
        let before = runs.len();
        runs.extend(examples.iter().filter_map(|example| Some((example, newest(example)?))));
        let found = runs.len() - before;
        assert!(found >= 10 || nodes().next().is_none(), "only {found} examples are for these versions of Node: measure more with them");
    }

    let folder = tempfile::tempdir().expect("a folder");
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((example, node)) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(failure) = check(example, node, folder.path()) {
                        failures.lock().expect("no panics").push(format!("{} with Node {}: {failure}", example.page.code, node.major));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("no panics");
    assert!(failures.is_empty(), "{} of {} examples failed:\n{}", failures.len(), runs.len(), failures.join("\n"));
}

#[test]
fn every_refusal_has_a_code() {
    let folder = tempfile::tempdir().expect("a folder");
    for node in support::nodes() {
        let mut codes = BTreeSet::new();
        let examples = all().filter(|page| page.code.starts_with("inlining/")).filter_map(example);
        for example in examples.filter(|example| matches(example.trigger.versions, node.major)) {
            let reported = run(&example, &node, folder.path(), "refusals", example.before).unwrap_or_else(|failure| panic!("{failure}"));
            for line in reported.output.lines() {
                let Some((code, function)) = refusal(line) else { continue };
                let of = example.page.code;
                assert_ne!(code, "inlining/not-inlineable", "Node {}, {of}: V8's words for {function} have no code: {line}", node.major);
                codes.insert(code);
            }
        }
        let least = if node.major < 24 { 2 } else { 4 };
        assert!(codes.len() >= least, "Node {}: V8 refused for {codes:?} only", node.major);
    }
}

#[test]
fn fences_are_understood() {
    let examples: Vec<Example> = all().filter_map(example).collect();
    assert!(examples.len() >= 80, "{} pages have a program that is run", examples.len());
    for page in all().filter(|page| page.code.starts_with("deopt/")) {
        let run = examples.iter().any(|example| example.page.code == page.code);
        let said = page.page.contains("\n- Example: not reproduced by this program; ");
        assert!(run != said, "{}: the example is run: {run}; the page says that it is not: {said}", page.code);
    }
}

#[test]
fn versions_of_fences() {
    let check = |versions, major, expected| assert_eq!(matches(versions, major), expected, "{versions} {major}");
    check("node>=22", 22, true);
    check("node>=22", 20, false);
    check("node=18,20", 20, true);
    check("node=18,20", 2, false);
}

fn check(example: &Example, node: &Node, folder: &Path) -> Result<(), String> {
    let run = |which: &str, program: &str| run(example, node, folder, which, program);
    let before = run("before", example.before)?;
    if !before.shows(example)? {
        return Err(format!("the program before does not show it; V8 reported {:?}", before.events));
    }
    let after = run("after", example.after)?;
    if after.shows(example)? { Err("the program after shows it as well".to_owned()) } else { Ok(()) }
}

/// What V8 reported: a code and the name of a function or property.
struct Reported {
    events: Vec<(String, String)>,
    output: String,
}

impl Reported {
    /// `[completed optimizing 0x… <JSFunction parse (sfi = 0x…)>, target TURBOFAN]`, in the words of the version.
    fn compiled(&self, name: &str, tier: &str) -> bool {
        let function = format!("<JSFunction {name} ");
        self.output.lines().any(|line| line.starts_with("[completed ") && line.contains(&function) && line.contains(tier))
    }

    fn shows(&self, example: &Example) -> Result<bool, String> {
        let name = example.trigger.name;
        match example.trigger.code {
            "deopt/loop" => {
                let times = |event: &(String, String)| self.events.iter().filter(|other| *other == event).count();
                Ok(self.events.iter().any(|event| event.1 == name && times(event) >= 3))
            }
            // What V8 never says: the function was compiled.
            "tier/too-big-to-optimise" => Ok(!self.compiled(name, "TURBOFAN")),
            "tier/never-optimised" | "closure/recreated" => Ok(!self.compiled(name, "")),
            // V8 says nothing: the callee was a candidate and was not taken.
            "inlining/budget-exceeded" => {
                let function = format!("<SharedFunctionInfo {name}>");
                let line =
                    |beginning: &str| self.output.lines().any(|line| line.trim_start().starts_with(beginning) && line.contains(&function));
                let taken = self.output.lines().any(|line| line.starts_with("Inlining 0x") && line.contains(&format!("{function}}} into")));
                Ok(line("- target: ") && !taken)
            }
            code => {
                if let Some((unknown, function)) = self.events.iter().find(|(code, _)| code == "inlining/not-inlineable") {
                    return Err(format!("V8 refused {function} with words that have no code ({unknown}):\n{}", self.output));
                }
                Ok(self.events.iter().any(|(reported, function)| reported == code && (function == name || function == "?")))
            }
        }
    }
}

fn run(example: &Example, node: &Node, folder: &Path, which: &str, program: &str) -> Result<Reported, String> {
    let trigger = &example.trigger;
    let stem = format!("{}-{which}-{}", example.page.code.replace('/', "-"), node.major);
    let file = folder.join(format!("{stem}.js"));
    let log = folder.join(format!("{stem}.log"));
    std::fs::write(&file, program).map_err(|error| error.to_string())?;
    let mut command = Command::new(&node.path);
    command.env_remove("NODE_OPTIONS");
    if !trigger.concurrent {
        command.arg("--single-threaded");
    }
    let category = trigger.code.split('/').next().unwrap_or_default();
    match category {
        "deopt" => drop(command.arg("--trace-deopt")),
        "inlining" if node.major < 24 => drop(command.arg("--trace-turbo-inlining")),
        "inlining" => drop(command.args(["--trace-turbo-inlining", "--trace-maglev-inlining"])),
        "tier" | "closure" => drop(command.arg("--trace-opt")),
        "ic" => drop(command.args(["--log-ic", "--no-logfile-per-isolate"]).arg(format!("--logfile={}", log.display()))),
        other => return Err(format!("no program can show a code of {other}")),
    }
    let output = command.args(&trigger.flags).arg(&file).output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!("the program {which} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr)));
    }
    let output = match category {
        "ic" => std::fs::read_to_string(&log).map_err(|error| error.to_string())?,
        _ => String::from_utf8_lossy(&output.stdout).into_owned(),
    };
    let events = match category {
        "deopt" => output.lines().filter_map(deopt).collect(),
        "inlining" => output.lines().filter_map(refusal).collect(),
        _ => output.lines().filter_map(state).collect(),
    };
    Ok(Reported { events, output })
}

/// `[bailout (kind: deopt-eager, reason: wrong map): begin. deoptimizing 0x… <JSFunction area (sfi = 0x…)>, …`, and
/// `[marking dependent code 0x… (0x… <SharedFunctionInfo area>) (opt id 1) for deoptimization, reason: code dependencies]`.
fn deopt(line: &str) -> Option<(String, String)> {
    if let Some((_, rest)) = line.strip_prefix("[bailout ").and_then(|rest| rest.split_once("reason: ")) {
        let (reason, rest) = rest.split_once("): begin")?;
        let (_, function) = rest.split_once("<JSFunction")?;
        let (name, _) = function.split_once("(sfi")?;
        return Some((deopt_code(reason), name.trim().to_owned()));
    }
    let (marked, reason) = line.strip_prefix("[marking dependent code ")?.split_once("for deoptimization, reason: ")?;
    Some((deopt_code(reason.strip_suffix(']')?), shared_function(marked).unwrap_or_default().to_owned()))
}

/// Lines that say why a call is not inlined; `?` where they name no function.
fn refusal(line: &str) -> Option<(String, String)> {
    let refusals = ["cannot inline ", "Cannot consider ", "Not considering ", "Not inlining "];
    if !refusals.iter().any(|beginning| line.trim_start_matches([' ', '>']).starts_with(beginning)) {
        return None;
    }
    let reason =
        line.split_once(">}").or_else(|| line.split_once("JSCall")).or_else(|| line.split_once("JSConstruct")).map(|(_, rest)| rest)?;
    Some((inlining_code(reason.trim_start_matches([':', ' '])), shared_function(line).unwrap_or("?").to_owned()))
}

fn shared_function(line: &str) -> Option<&str> {
    line.split_once("<SharedFunctionInfo")?.1.split_once('>').map(|(name, _)| name.trim())
}

/// `LoadIC,pc,time,line,column,old state,new state,map,property,…`.
fn state(line: &str) -> Option<(String, String)> {
    let fields: Vec<&str> = line.split(',').collect();
    let code = match (*fields.first()?, *fields.get(6)?) {
        ("LoadIC", "P") => "ic/polymorphic",
        ("LoadIC", "N") => "ic/megamorphic",
        _ => return None,
    };
    Some((code.to_owned(), (*fields.get(8)?).to_owned()))
}

fn matches(versions: &str, major: u32) -> bool {
    match versions.strip_prefix("node>=") {
        Some(least) => least.parse().is_ok_and(|least: u32| major >= least),
        None => versions.strip_prefix("node=").is_some_and(|list| list.split(',').any(|one| one.parse() == Ok(major))),
    }
}

fn example(page: &'static Explanation) -> Option<Example> {
    let (_, rest) = page.page.split_once("\n```js triggers ")?;
    let (words, rest) = rest.split_once('\n')?;
    let (before, rest) = rest.split_once("\n```")?;
    let (_, rest) = rest.split_once("\n```js\n")?;
    let (after, _) = rest.split_once("\n```")?;
    let mut trigger = Trigger { code: page.code, name: "", versions: "", flags: Vec::new(), concurrent: false };
    for word in words.split(' ') {
        match word.split_once('=') {
            Some(("function" | "property", name)) => trigger.name = name,
            Some(("node" | "node>", _)) => trigger.versions = word,
            Some(("as", code)) => trigger.code = code,
            Some(("flags", flags)) => trigger.flags = flags.split(',').collect(),
            None if word == "concurrent" => trigger.concurrent = true,
            _ => panic!("{}: the fence has an unknown word `{word}`", page.code),
        }
    }
    assert!(!trigger.name.is_empty() && !trigger.versions.is_empty(), "{}: incomplete fence `{words}`", page.code);
    Some(Example { page, trigger, before, after })
}
