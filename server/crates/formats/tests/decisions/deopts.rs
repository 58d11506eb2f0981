//! Every deopt that `--trace-deopt-verbose` prints is known, at its place and with its reason.

use crate::recording::{Recording, name, nodes, programs, shown};
use crate::traces;
use formats::read::v8_log::{Options, V8Log};
use std::path::Path;

const FLAGS: [&str; 4] = ["--trace-deopt", "--trace-deopt-verbose", "--redirect-code-traces", "--redirect-code-traces-to={folder}/traces"];

/// The deopts of a log as `kind reason: places`, each as often as it happened. V8 prints no place of lazy deopts and of dependency
/// changes, so these are compared by function.
fn logged(log: &V8Log) -> Vec<String> {
    let profile = &log.profile;
    let mut all = Vec::new();
    for deopt in &profile.decisions.deopts {
        let places: Vec<String> = deopt.stack.iter().map(|place| format!("<{}>", shown(profile, place))).collect();
        let place = match deopt.kind.as_str() {
            "lazy" | "dependency-change" => name(profile, deopt.function).to_owned(),
            _ => places.join(" inlined at "),
        };
        let outermost = deopt.stack.last().and_then(|place| place.function);
        assert_eq!(outermost, Some(deopt.function), "the outermost place is in the function: {deopt:?}");
        assert!(deopt.kind == "dependency-change" || deopt.stack.iter().all(|place| place.position.is_some()), "{deopt:?}");
        all.extend((0..deopt.count).map(|_| format!("{} {}: {place}", deopt.kind, deopt.reason)));
    }
    assert_eq!(all.len(), profile.decisions.deopt_events.len());
    all.sort();
    all
}

fn traced(recording: &Recording) -> Vec<String> {
    let trace = recording.traces();
    let mut all: Vec<String> = traces::deopts(&trace)
        .iter()
        .map(|deopt| {
            let place = if deopt.kind == "lazy" { Some(deopt.function) } else { deopt.location };
            format!("{} {}: {}", deopt.kind, deopt.reason, place.expect("V8 prints the place of a deopt that is not lazy"))
        })
        .collect();
    let changes = traces::dependency_changes(&trace, &recording.stdout);
    all.extend(changes.iter().map(|(function, reason)| format!("dependency-change {reason}: {function}")));
    all.sort();
    all
}

/// Compares the log with the trace, once as programs run, and once with the compilers on the program's own thread, where at least so many
/// deopts happen on any machine.
fn check(program: &Path, flags: &[&str], least: usize) {
    for node in nodes() {
        for concurrency in [&[][..], &["--no-concurrent-recompilation"]] {
            let recording = Recording::of(&node, program, &[&FLAGS, flags, concurrency].concat());
            let log = recording.log(&Options::default());
            assert!(log.profile.decisions.recorded.code, "{}", node.display());
            let logged = logged(&log);
            let what = format!("{} {} {concurrency:?}", node.display(), program.display());
            assert_eq!(logged, traced(&recording), "{what}");
            assert!(concurrency.is_empty() || logged.len() >= least, "{what}: {logged:?}");
        }
    }
}

#[test]
fn deopts_of_most_kinds() {
    check(&programs().join("deopt.js"), &[], 10);
}

#[test]
fn code_given_up_on_the_stack() {
    check(&programs().join("lazy.js"), &[], 3);
}

#[test]
fn deopts_in_inlined_functions_of_another_file() {
    check(&programs().join("xfile/icmain.js"), &[], 1);
}

#[test]
fn deopts_in_modules_eval_and_vm() {
    check(&programs().join("kinds.mjs"), &[], 1);
    check(&programs().join("inline.js"), &[], 1);
    check(&programs().join("ic.js"), &[], 0);
}

#[test]
fn deopts_while_the_collector_moves_code() {
    let (program, flags) = (programs().join("gcmove.js"), ["--expose-gc", "--compact-on-every-full-gc"]);
    check(&program, &flags, 0);
    for node in nodes() {
        let recording = Recording::of(&node, &program, &flags);
        let moves = recording.log_text().lines().filter(|line| line.starts_with("code-move,") || line.starts_with("sfi-move,")).count();
        assert!(moves > 100, "{}: {moves} moves", node.display());
        let log = recording.log(&Options::default());
        assert_eq!(log.profile.dropped.get("malformedRecords"), None, "{}", node.display());
        assert_eq!(log.profile.dropped.get("unknownRecords"), None, "{}", node.display());
    }
}

#[test]
fn deopts_in_files_with_odd_names() {
    let folder = tempfile::tempdir().expect("a folder");
    // Paths that look like the end of a place, and that need every escape.
    for file in ["we,ird dïr 日本/a b.js", "a> inlined at <b/x:1:2> inlined at <y.js", "back\\slash.js", "a%20b,ü.mjs"] {
        let file = folder.path().join(file);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::copy(programs().join("lazy.js"), &file).expect("a copy");
        check(&file, &[], 3);
    }
}

#[test]
fn a_function_too_big_to_optimise_says_so_in_node_18() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("huge.js");
    let body: String = (0..9000).map(|row| format!("s = (s * {} + n) | 0; if (s === {row}) s += 1;\n", row % 97 + 3)).collect();
    std::fs::write(&file, format!("function huge(n) {{ let s = n;\n{body}return s; }}\nfor (let i = 0; i < 1500; i++) huge(i);\n"))
        .expect("a file");
    for node in nodes() {
        let log = Recording::of(&node, &file, &[]).log(&Options::default());
        let rows = &log.profile.decisions.functions;
        let facts = rows.iter().find(|row| name(&log.profile, row.function) == "huge").expect("facts of the function");
        assert!(facts.bytecode_bytes.is_some_and(|bytes| bytes > 61_440), "{facts:?}");
        let expected = (crate::recording::v8_major(&log) == 10).then_some("Function is too big to be optimized");
        assert_eq!(facts.disabled.as_deref(), expected, "{}", node.display());
    }
}
