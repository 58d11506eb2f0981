//! Every pattern as V8 shows it: one program with functions that have it, and twins that do not.

use super::{Surroundings, Thresholds, findings};
use crate::scripts::{ScriptTexts, read_text};
use formats::read::{v8_log, v8_trace};
use node::flags::{ProfilingOptions, profiling_flags};
use node::toolchain::{Env, inspect};
use profile::index::ProfileIndex;
use profile::{Finding, Position, Profile, Tier};
use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// `/*code*/` stands before the token where that code must be found. Nothing of these codes may be found in functions named `good…`.
const PROGRAM: &str = include_str!("real/patterns.js");
/// A module that the program loads again and again.
const MODULE: &str = include_str!("real/reloaded.js");

/// The patterns; what else V8 does with a program is its own affair.
const PATTERNS: [&str; 12] = [
    "deopt/loop",
    "ic/megamorphic",
    "shape/property-order",
    "shape/property-added-later",
    "closure/recreated",
    "arguments/leaked",
    "array/out-of-bounds",
    "number/smi-overflow",
    "inlining/too-big",
    "tier/too-big-to-optimise",
    "tier/never-optimised",
    "inlining/recursive",
];

fn nodes() -> Vec<PathBuf> {
    let listed = std::env::var_os("TICKMARK_TEST_NODES").unwrap_or_else(|| "node".into());
    std::env::split_paths(&listed).collect()
}

/// What `node::process::Exit::by_sampler` tells of Node 18.
fn killed_by_sampler(status: ExitStatus) -> bool {
    std::os::unix::process::ExitStatusExt::signal(&status) == Some(27)
}

/// Runs a program and gives what is found in it, and the profile.
fn found_on(node: &Path, folder: &Path) -> (Vec<Finding>, Profile) {
    let logs = folder.join("logs");
    std::fs::create_dir(&logs).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let toolchain = runtime.block_on(inspect(node, folder, &Env::current()));
    let toolchain = toolchain.unwrap_or_else(|error| panic!("{}: {error}; set TICKMARK_TEST_NODES", node.display()));
    let options = ProfilingOptions {
        interval_us: Some(500),
        deopts: true,
        inline_caches: true,
        maps: true,
        inlining_traces: true,
        ..ProfilingOptions::new(&logs)
    };
    let flags = profiling_flags(&toolchain, &options).unwrap();
    assert_eq!(flags.unknown, Vec::<String>::new());
    let output = Command::new(&toolchain.path).args(&flags.args).arg(folder.join("patterns.js")).current_dir(folder).output().unwrap();
    if killed_by_sampler(output.status) {
        std::fs::remove_dir_all(&logs).unwrap();
        return found_on(node, folder);
    }
    assert!(output.status.success(), "{}: {}: {}", node.display(), output.status, String::from_utf8_lossy(&output.stderr));
    let log =
        std::fs::read_dir(&logs).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.extension().is_some_and(|end| end == "log"));
    let texts = ScriptTexts::default();
    let options = v8_log::Options { shapes: true, functions_by_sfi: true, ..v8_log::Options::default() };
    let log = v8_log::read(File::open(log.unwrap()).unwrap(), &options, &texts).unwrap();
    let trace = v8_trace::read_output(&output.stdout[..]).unwrap();
    let mut profile = log.profile;
    profile.decisions.refusals = v8_trace::refusals(&trace, &log.functions_by_sfi, &profile).refusals;
    let index = ProfileIndex::new(profile);
    let text_of = |path: &str| read_text(Path::new(path));
    let found = findings(&index, &Surroundings { node_env: None, text_of: &text_of, thresholds: Thresholds::NONE });
    (found, index.into_profile())
}

/// Whether V8 optimised the function, which on a busy machine it now and then does with code that is made anew as often as `plain`.
fn is_optimised(profile: &Profile, name: &str) -> bool {
    let compilations = &profile.decisions.compilations;
    compilations.iter().any(|code| matches!(code.tier, Tier::Maglev | Tier::Turbofan) && profile.frame(code.function).name == name)
}

/// The codes of a program's marks, and the places of what follows them.
fn marks(program: &str) -> BTreeSet<(String, Position)> {
    let mut marks = BTreeSet::new();
    for (line, text) in program.lines().enumerate() {
        let mut rest = text;
        while let Some((_, behind)) = rest.split_once("/*") {
            let (code, after) = behind.split_once("*/").expect("a mark ends on its line");
            let column = text.len() - after.len() + 1;
            marks.insert((code.to_owned(), Position { line: line as u32 + 1, column: column as u32 }));
            rest = after;
        }
    }
    marks
}

#[test]
fn every_pattern_is_found_and_no_twin() {
    for node in nodes() {
        let folder = tempfile::tempdir().unwrap();
        // V8 tells the path as the system has it.
        let path = folder.path().canonicalize().unwrap();
        std::fs::write(path.join("patterns.js"), PROGRAM).unwrap();
        std::fs::write(path.join("reloaded.js"), MODULE).unwrap();
        let (found, profile) = found_on(&node, &path);
        let shown: Vec<String> = found.iter().map(|finding| format!("{} {:?}: {}", finding.code, finding.place, finding.message)).collect();
        let shown = shown.join("\n");
        for (code, position) in marks(PROGRAM) {
            let at = |finding: &&Finding| {
                let place = finding.place.as_ref();
                finding.code == code && place.is_some_and(|place| place.position.or(place.function_start) == Some(position))
            };
            let is_found = found.iter().any(|finding| at(&finding));
            assert!(is_found, "{}: no {code} at {}:{}, but\n{shown}", node.display(), position.line, position.column);
        }
        let plain = |finding: &&Finding| {
            finding.code == "tier/never-optimised" && finding.place.as_ref().is_some_and(|place| place.function == "plain")
        };
        let is_told = found.iter().any(|finding| plain(&finding));
        assert_ne!(is_told, is_optimised(&profile, "plain"), "{}: of `plain`: told {is_told}, but\n{shown}", node.display());
        for finding in found.iter().filter(|finding| PATTERNS.contains(&finding.code.as_str())) {
            let function = finding.place.as_ref().map_or("", |place| &place.function);
            assert!(!function.starts_with("good"), "{}: {} in {function}: {}", node.display(), finding.code, finding.message);
        }
    }
}
