//! Small logs, read whole.

use super::*;
use crate::read::ScriptFunction;
use profile::totals::Totals;
use profile::{Attribution, Category};

/// `/app/a.js` and `/app/lib.js`, ten columns a line.
struct Texts;

impl Scripts for Texts {
    fn text(&self, url: &str) -> Option<Arc<str>> {
        let line = "123456789\n";
        match url {
            "/app/a.js" | "/app/lib.js" | "file:///app/we%2Cird%20d%C3%AFr/a%20b.mjs" => Some(line.repeat(9).into()),
            _ => None,
        }
    }

    fn functions(&self, _: &str) -> Vec<ScriptFunction> {
        Vec::new()
    }
}

const HEAD: &str = "\
v8-version,12,4,254,21,-node.57,0
profiler,begin,1000
shared-library,/usr/lib/libc.so.6,0x9000,0xa000,0
code-creation,Builtin,2,5,0x8000,16,CallFunction_ReceiverIsAny
code-creation,Builtin,2,5,0x8100,16,ArrayPrototypeJoin
code-creation,Eval,9,10,0x100,20, /app/a.js:1:1,0xa0,~
code-source-info,0x100,7,0,90,C0O2C10O12,,
code-creation,JS,9,10,0x200,20,work /app/a.js:3:5,0xa1,~
code-source-info,0x200,7,24,60,C0O30,,
code-creation,Eval,9,10,0x300,20, /app/lib.js:1:1,0xb0,~
code-source-info,0x300,8,0,90,C0O0,,
code-creation,JS,9,10,0x400,20,leaf /app/lib.js:2:1,0xb1,~
code-source-info,0x400,8,10,30,C0O22,,
code-creation,JS,13,11,0x1000,64,work /app/a.js:3:5,0xa1,*'
code-source-info,0x1000,7,24,60,C0O30C16O21I0C32O45,F0O31,S0xb1
";

/// The functions as `name self/total tier`, the lines as `file:line self/total`, self time in ms.
fn read_text(log: &str) -> V8Log {
    read(log.as_bytes(), &Options::default(), &Texts).unwrap()
}

fn figures(log: &V8Log) -> (Vec<String>, Vec<String>) {
    let profile = &log.profile;
    assert!(profile.is_consistent());
    let totals = Totals::of(profile);
    let ms = |us: u64| us / 1000;
    let functions = totals.functions.iter().map(|row| {
        let cost = row.cost;
        format!("{} {}/{} {}", profile.frame(row.frame).name, ms(cost.self_us), ms(cost.total_us), row.tier().label())
    });
    let lines = totals.lines.iter().map(|row| {
        let url = &profile.source(row.source).url;
        let file = url.rsplit('/').next().unwrap_or(url);
        format!("{file}:{} {}/{}", row.line, ms(row.cost.self_us), ms(row.cost.total_us))
    });
    (functions.collect(), lines.collect())
}

fn check(records: &str, functions: &[&str], lines: &[&str]) -> V8Log {
    let log = read_text(&format!("{HEAD}{records}"));
    assert_eq!(figures(&log), (functions.iter().map(|s| s.to_string()).collect(), lines.iter().map(|s| s.to_string()).collect()));
    log
}

#[test]
fn ticks_in_interpreted_and_optimized_code() {
    check(
        "tick,0x8005,1000,0,0x0,0,0x205,0x10b\ntick,0x1000,2000,0,0x0,0,0x10b\n",
        &["work 2/2 ignition", " 0/2 unknown"],
        &["a.js:4 2/2", "a.js:2 0/2"],
    );
}

#[test]
fn a_bytecode_frame_is_at_its_bytecode_and_a_machine_frame_before_its_return_address() {
    let positions = "code-source-info,0x200,7,24,60,C0O30C4O45,,\ncode-source-info,0x1000,7,24,60,C0O30C4O45,,\n";
    let log = read_text(&format!("{HEAD}{positions}tick,0x8005,1,0,0x0,0,0x204\ntick,0x8005,1001,0,0x0,0,0x200\n"));
    assert_eq!(figures(&log).1, ["a.js:4 1/1", "a.js:5 1/1"]);
    let log = read_text(&format!("{HEAD}{positions}tick,0x8005,1,0,0x0,0,0x1004\n"));
    assert_eq!(figures(&log).1, ["a.js:4 1/1"]);
}

#[test]
fn an_inlined_leaf_of_another_file_gets_its_own_line() {
    let log = check(
        "tick,0x1010,1000,0,0x0,0,0x10b\ntick,0x1020,2000,0,0x0,0,0x10b\n",
        &["work 1/2 turbofan", "leaf 1/1 turbofan", " 0/2 unknown"],
        &["a.js:5 1/1", "lib.js:3 1/1", "a.js:2 0/2", "a.js:4 0/1"],
    );
    assert_eq!(Attribution::of(&log.profile).shares(), [1.0, 0.0, 0.0]);
}

#[test]
fn native_time_belongs_to_the_calling_line() {
    let log = check(
        "tick,0x8105,1000,0,0x0,0,0x1001,0x10b\ntick,0x9005,2000,0,0x0,6,0x1001,0x10b\ntick,0x9005,3000,0,0x0,3,0x1001\n",
        &["work 3/3 turbofan", " 0/2 unknown"],
        &["a.js:4 3/3", "a.js:2 0/2"],
    );
    let names: Vec<&str> = log.profile.frames.iter().map(|frame| frame.name.as_str()).collect();
    for expected in ["Array.prototype.join", "(libc.so.6)", "(compile bytecode)"] {
        assert!(names.contains(&expected), "{names:?}");
    }
}

#[test]
fn gc_program_and_idle_stay_apart() {
    let log = check("tick,0x9001,1000,0,0x0,1,0x205\ntick,0x9001,2000,0,0x0,6\ntick,0x9001,9000,0,0x0,8\n", &[], &[]);
    let sum = Attribution::of(&log.profile);
    assert_eq!((sum.gc_us, sum.program_us, sum.idle_us, sum.javascript_us()), (1000, 1000, 7000, 0));
}

#[test]
fn an_unknown_innermost_function_does_not_paint_its_caller() {
    let log = check("tick,0x8005,1000,0,0x0,0,0xdead,0x205\ntick,0xbeef,2000,0,0x0,0,0x205\n", &["work 0/2 unknown"], &["a.js:4 0/2"]);
    assert_eq!(Attribution::of(&log.profile).none_us, 2000);
}

#[test]
fn a_stack_slot_in_place_of_a_caller_is_no_function() {
    check("tick,0x9005,1000,0,0x0,0,0x7ffc2e202e10,0x1001\n", &["work 1/1 turbofan"], &["a.js:4 1/1"]);
}

#[test]
fn moved_and_reused_code() {
    check(
        "code-move,0x1000,0x5000\nsfi-move,0xb1,0xc1\ntick,0x5010,1000,0,0x0,0\n\
         code-creation,JS,9,10,0x5000,64,leaf /app/lib.js:2:1,0xc1,~\ncode-source-info,0x5000,8,10,30,C0O22,,\n\
         tick,0x8001,2000,0,0x0,0,0x5005\ncode-delete,0x5000\ntick,0x8001,3000,0,0x0,0,0x5005\n",
        &["leaf 2/2 ignition", "work 0/1 unknown"],
        &["lib.js:3 2/2", "a.js:4 0/1"],
    );
}

#[test]
fn recursion_counts_once() {
    check("tick,0x1000,1000,0,0x0,0,0x205,0x205,0x205\n", &["work 1/1 turbofan"], &["a.js:4 1/1"]);
}

#[test]
fn escaped_names_and_module_urls() {
    let log = read_text(
        "v8-version,13,6,233,17,-node.53,0\n\
         code-creation,Script,9,1,0x100,20, file:///app/we%2Cird%20d%C3%AFr/a%20b.mjs:1:1,0xa,~\ncode-source-info,0x100,3,0,90,C0O0,,\n\
         code-creation,JS,9,1,0x200,20,na\\xefve_\\u65e5, file:///app/we%2Cird%20d%C3%AFr/a%20b.mjs:2:3,0xb,~\n\
         code-source-info,0x200,3,12,40,C0O15,,\ntick,0x200,5,0,0x0,0\n",
    );
    let frame = log.profile.frames.iter().find(|frame| !frame.name.is_empty()).unwrap();
    assert_eq!(frame.name, "naïve_日,");
    assert_eq!(log.profile.source(frame.source.unwrap()).path.as_deref(), Some("/app/we,ird dïr/a b.mjs"));
    assert_eq!(log.profile.locations[0].position.map(|position| (position.line, position.column)), Some((2, 6)));
}

#[test]
fn a_text_that_is_not_what_ran_gives_no_lines() {
    // The label says 5:1, the offset is at 3:5 of the text: a loader changed it.
    let log = read_text(
        "v8-version,12,4,254,21,-node.57,0\ncode-creation,JS,9,10,0x200,20,work /app/a.js:5:1,0xa1,~\n\
         code-source-info,0x200,7,24,60,C0O30,,\ntick,0x200,5,0,0x0,0\n",
    );
    assert_eq!(log.profile.locations[0].position, None);
    assert!(log.profile.notes[0].contains("/app/a.js"), "{:?}", log.profile.notes);
}

#[test]
fn a_logged_text_wins_over_the_file() {
    let log = read_text(
        "v8-version,12,4,254,21,-node.57,0\nscript-source,7,/app/a.js,x\\x2C\\ny\\n\ncode-creation,JS,9,10,0x200,20,work /app/a.js:2:1,0xa1,~\n\
         code-source-info,0x200,7,3,4,C0O3,,\ntick,0x200,5,0,0x0,0\n",
    );
    assert_eq!(log.profile.locations[0].position.map(|position| (position.line, position.column)), Some((2, 1)));
}

#[test]
fn only_the_window_counts() {
    let before = format!("{HEAD}tick,0x1000,1000,0,0x0,0\n");
    let inside = format!("{before}tick,0x1020,2000,0,0x0,0\n");
    let all = format!("{inside}tick,0x1000,3000,0,0x0,0\n");
    let options = Options { window: Some(before.len() as u64..inside.len() as u64), ..Options::default() };
    let log = read(all.as_bytes(), &options, &Texts).unwrap();
    assert_eq!((log.n_ticks, log.profile.samples.len()), (3, 1));
    assert_eq!(figures(&log).1, ["a.js:5 1/1"]);
}

#[test]
fn roles_of_isolates() {
    fn check_role(url: &str, expected: Isolate) {
        let log = read_text(&format!("v8-version,12,4,254,21,-node.57,0\ncode-creation,Eval,9,1,0x1,1, {url}:1:1,0x2,~\n"));
        assert_eq!(log.isolate, expected);
    }
    check_role("node:internal/main/run_main_module", Isolate::Main);
    check_role("node:internal/main/worker_thread", Isolate::Worker);
    check_role("/app/a.js", Isolate::Unknown);
}

#[test]
fn what_cannot_be_read_is_counted() {
    let records =
        "tick,0x1000,zzz,0,0x0,0\nfuture-record,1\ncode-creation,JS,9,10,0x700,20,f /app/a.js:1:1,0xa9,!\ncode-move,0x1,0x2\ntick,0x10";
    let log = read_text(&format!("{HEAD}{records}"));
    let dropped: Vec<(&str, u64)> = log.profile.dropped.iter().map(|(kind, n)| (kind.as_str(), *n)).collect();
    assert_eq!(
        dropped,
        [("malformedRecords", 1), ("movesOfUnknownCode", 1), ("truncatedLines", 1), ("unknownMarkers", 1), ("unknownRecords", 1)]
    );
}

#[test]
fn garbage_is_an_error() {
    fn check_error(input: &[u8], expected: &str) {
        let error = read(input, &Options::default(), &Texts).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    check_error(b"", "empty");
    check_error(b"\xff\xfe\0garbage\nmore\n", "none of its 2 lines");
    check_error(&[b'x'; 3 << 20], "none of its 1 lines");
}

#[test]
fn a_log_without_ticks_says_why() {
    let log = read_text(HEAD);
    assert!(log.profile.notes[0].contains("--prof"), "{:?}", log.profile.notes);
    assert!(log.profile.frames.iter().all(|frame| frame.category != Category::Gc));
}

/// Records of every kind that the reader looks into.
const EVERY_KIND: &str = "\
tick,0x1010,1000,0,0x0,0,0x10b
code-creation,JS,13,30,0x7000,64,leaf /app/lib.js:2:1,0xb1,o*'
code-source-info,0x7000,8,10,30,C0O12C9O31I0C20O75I1,F0O20F1O25I0,S0xa1S0xb1
code-deopt,70,64,0x7000,1,75,deopt-eager,</app/a.js:4:6> inlined at </app/lib.js:3:2>,wrong map
code-deopt,71,64,0x7000,-1,10,dependency-change,</app/lib.js:2:1>,dependent map was deprecated
map,InitialMap,1,0x0,0x10,0x205,4,3,,Point
map,Transition,2,0x10,0x20,0x7010,4,5,,x
map-move,3,0x20,0x30
LoadIC,0x205,50,4,7,0,1,0x30,x,,
KeyedLoadIC,0x7010,51,4,7,P,N,0x30,a\\x2Cb,.OOB,slow
code-disable-optimization,leaf,too big
code-move,0x7000,0x9000
sfi-move,0xb1,0xe1
script-source,9,/app/b.js,x\\x2C\\u65e5
script-details,10,/app/c.js,0,0,
tick,0x1020,2000,0,0x0,0,0x9010,0x10b
code-delete,0x9000
";

/// Reads it with everything that can be asked for, and uses what comes out.
fn read_all(log: &[u8]) -> Option<V8Log> {
    let options = Options { shapes: true, functions_by_sfi: true, ..Options::default() };
    let log = read(log, &options, &Texts).ok()?;
    assert!(log.profile.is_consistent());
    assert!(log.functions_by_sfi.iter().all(|(_, frame)| frame.index() < log.profile.frames.len()));
    Some(log)
}

#[test]
fn every_kind_of_record_is_understood() {
    let log = read_all(format!("{HEAD}{EVERY_KIND}").as_bytes()).unwrap();
    assert_eq!(log.profile.dropped.iter().collect::<Vec<_>>(), []);
    let decisions = &log.profile.decisions;
    assert_eq!((decisions.deopts.len(), decisions.inline_caches.len(), decisions.shapes.len()), (2, 2, 1));
    let merged = profile::merge::merge(vec![("a".into(), log.profile.clone()), ("b".into(), log.profile)]);
    assert!(merged.is_consistent());
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(cut in 0usize..2000, at in 0usize..4000, noise in proptest::collection::vec(proptest::num::u8::ANY, 0..40)) {
        let mut log = format!("{HEAD}{EVERY_KIND}").into_bytes();
        let at = at.min(log.len());
        log.splice(at..(at + noise.len()).min(log.len()), noise);
        log.truncate(log.len().saturating_sub(cut % 300));
        read_all(&log);
    }

    /// Fields exchanged for others of the same log: numbers for names, addresses of one thing for those of another one.
    #[test]
    fn any_fields_are_read_without_a_panic(swaps in proptest::collection::vec((0usize..400, 0usize..400), 1..30)) {
        let text = format!("{HEAD}{EVERY_KIND}");
        let mut rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
        let fields: Vec<&str> = text.lines().flat_map(|line| line.split(',')).collect();
        for (place, field) in swaps {
            let n_rows = rows.len();
            let row = &mut rows[place % n_rows];
            let n_fields = row.len();
            row[(place / 7) % n_fields] = fields[field % fields.len()];
        }
        let text: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
        read_all(text.join("\n").as_bytes());
    }

    /// Records in another order, repeated and left out.
    #[test]
    fn any_order_of_records_is_read_without_a_panic(order in proptest::collection::vec(0usize..40, 1..80)) {
        let text = format!("{HEAD}{EVERY_KIND}");
        let rows: Vec<&str> = text.lines().collect();
        let text: Vec<&str> = order.iter().map(|row| rows[row % rows.len()]).collect();
        read_all(text.join("\n").as_bytes());
    }
}
