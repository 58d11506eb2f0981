//! Small logs. That counts are equal to Node's is tested on real ones, from the command line.

use super::*;
use crate::read::NoScripts;
use crate::read::v8_log::fields::common_suffix;
use crate::read::v8_log::{Options, V8Log, read_with_ticks};

/// A library with two functions, `a` at 0x100 and `b` at 0x200, of 0x10 bytes each.
struct OneLibrary;

struct TwoFunctions;

impl Libraries for OneLibrary {
    fn open(&self, path: &str, _: &[Mapping]) -> Result<Box<dyn Library>, String> {
        if path == "/lib/x.so" { Ok(Box::new(TwoFunctions)) } else { Err("this machine has no such file".to_owned()) }
    }
}

impl Library for TwoFunctions {
    fn symbols(&self) -> Vec<Symbol> {
        [("a", 0x100), ("b", 0x200)].map(|(name, address)| Symbol { address, size: 0x10, name: name.into() }).into()
    }

    fn functions_at(&self, offsets: &[u64]) -> Vec<Option<Arc<str>>> {
        offsets.iter().map(|offset| (*offset >= 0x300).then(|| "hidden".into())).collect()
    }
}

fn log(text: &str) -> V8Log {
    read_with_ticks(text.as_bytes(), &Options::default(), &NoScripts, &OneLibrary, Detail::Callers).unwrap()
}

fn counts(text: &str) -> TickCounts {
    log(text).ticks.unwrap()
}

/// Every row with ticks, in order.
fn rows(counts: &TickCounts) -> Vec<String> {
    let functions = counts.functions.iter().map(|row| format!("{} {}", row.ticks, row.label));
    let cpp = counts.cpp_functions.iter().map(|row| format!("{} C++ {}", row.ticks, row.name));
    let libraries = counts.libraries.iter().map(|row| format!("{} library {}", row.ticks, row.name));
    functions.chain(cpp).chain(libraries).collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(rows(&counts(text)), expected, "{text}");
}

const CODE: &str = "v8-version,12,4,254,21,-node.57,0\n\
    shared-library,/lib/x.so,0x10000,0x20000,0\n\
    code-creation,JS,9,1,0x100000,256,f /a.js:1:2,0x900000,~\n\
    code-creation,JS,12,1,0x200000,256,f /a.js:1:2,0x900000,*\n\
    code-creation,JS,9,1,0x300000,256, /a.js:3:4,0x900100,^\n\
    code-creation,Builtin,2,1,0x400000,256,ArrayMap\n\
    code-creation,BytecodeHandler,2,1,0x500000,256,Add\n\
    code-creation,RegExp,4,1,0x600000,256,a\\x2Cb\n";

#[test]
fn ticks_by_what_they_are_in() {
    check(
        &format!(
            "{CODE}tick,0x100010,1,0,0x0,0\ntick,0x200010,2,0,0x0,0\ntick,0x200020,3,0,0x0,0\ntick,0x300010,4,0,0x0,0\n\
             tick,0x400010,5,0,0x0,0\ntick,0x600010,6,0,0x0,1\ntick,0x10105,7,0,0x0,5\ntick,0x10405,8,0,0x0,5\n"
        ),
        &[
            "2 JS: *f /a.js:1:2",
            "1 RegExp: a,b",
            "1 JS: ~f /a.js:1:2",
            "1 JS: ^<anonymous> /a.js:3:4",
            "1 Builtin: ArrayMap",
            "1 C++ a",
            "1 library /lib/x.so",
        ],
    );
}

#[test]
fn totals_and_places() {
    let counts = counts(&format!("{CODE}tick,0x200010,1,0,0x0,1\ntick,0x999,2,0,0x0,8\ntick,0x10405,3,0,0x0,5\ntick,0x10505,3,0,0x0,5\n"));
    assert_eq!((counts.total, counts.gc, counts.unaccounted), (4, 1, 1));
    assert_eq!((counts.javascript, counts.cpp, counts.shared_libraries), (1, 0, 2));
    let function = &counts.functions[0];
    assert_eq!((&*function.kind, function.tier, function.name.as_str()), ("JS", Some(Tier::Turbofan), "f"));
    let (source, start) = function.place.as_ref().unwrap();
    assert_eq!((source.path.as_deref(), start.line, start.column), (Some("/a.js"), 1, 2));
    assert_eq!(counts.libraries[0].functions, [NamedTicks { name: "hidden".into(), ticks: 2 }]);
}

#[test]
fn handlers_and_unknown_callers_are_not_shown() {
    let counts = counts(&format!("{CODE}tick,0x500010,1,0,0x0,0,0x100010,0x123,0x400010\ntick,0x500010,2,0,0x0,0\n"));
    assert_eq!(rows(&counts), ["1 JS: ~f /a.js:1:2"]);
    assert_eq!(counts.total, 2);
    assert_eq!(&*counts.bottom_up[0].callers[0].label, "Builtin: ArrayMap");
    assert!(counts.bottom_up[0].callers[0].callers.is_empty());
}

#[test]
fn callbacks_and_frameless_functions() {
    // In a callback the callback's address counts; else a top of stack in a function is its frame, one in other code is not.
    check(&format!("{CODE}tick,0x200010,1,1,0x10205,6\n"), &["1 C++ b"]);
    let frameless = counts(&format!("{CODE}tick,0x400010,1,0,0x200010,0,0x300010\ntick,0x400010,1,0,0x600010,0,0x300010\n"));
    let callers: Vec<&str> = frameless.bottom_up[0].callers.iter().map(|row| &*row.label).collect();
    assert_eq!(callers, ["JS: ^<anonymous> /a.js:3:4", "JS: *f /a.js:1:2"]);
}

#[test]
fn callers_of_consecutive_ticks() {
    let ticks = "tick,0x10105,1,0,0x0,5,0x10205,0x200010,0x300010\n\
                 tick,0x10105,2,0,0x0,5,overflow,0x200010,0x300010\n\
                 tick,0x10105,3,0,0x0,5,0x1200010,0x300010\n\
                 tick,0x10105,4,0,0x0,5,0x300010\n\
                 tick,0x10105,5,0,0x0,5\n";
    let counts = counts(&format!("{CODE}{ticks}"));
    let show = |row: &CallerTicks| format!("{} {}", row.ticks, row.label);
    let callers: Vec<String> = counts.bottom_up[0].callers.iter().map(show).collect();
    assert_eq!(show(&counts.bottom_up[0]), "5 a");
    assert_eq!(callers, ["2 JS: ^<anonymous> /a.js:3:4", "1 b", "1 JS: *f /a.js:1:2"]);
    // The outermost C++ function before anything else; none where there is nothing else.
    assert_eq!(counts.cpp_entry_points, [("a", 3), ("b", 1)].map(|(name, ticks)| NamedTicks { name: name.into(), ticks }));
}

#[test]
fn code_that_moves_and_addresses_used_again() {
    let tick = "tick,0x100010,1,0,0x0,0\n";
    check(&format!("{CODE}code-move,0x100000,0x700000\n{tick}tick,0x700010,2,0,0x0,0\n"), &["1 JS: ~f /a.js:1:2"]);
    let again = "code-creation,JS,9,1,0x0ffff0,64,g /a.js:9:9,0x900200,~\n";
    check(&format!("{CODE}{tick}{again}{tick}"), &["1 JS: ~g /a.js:9:9", "1 JS: ~f /a.js:1:2"]);
    // A function's place used by another one gives its old code the new name too.
    let renamed = "code-creation,JS,9,1,0x700000,64,g /a.js:9:9,0x900000,~\n";
    check(&format!("{CODE}{renamed}{tick}"), &["1 JS: ~g /a.js:9:9"]);
    let moved = "sfi-move,0x900000,0x900800\ncode-creation,JS,9,1,0x700000,64,g /a.js:9:9,0x900000,~\n";
    check(&format!("{CODE}{moved}{tick}"), &["1 JS: ~f /a.js:1:2"]);
}

#[test]
fn names_that_come_twice() {
    let twice = "code-creation,RegExp,4,1,0x700000,256,a\\x2Cb\n";
    check(&format!("{CODE}{twice}tick,0x700010,1,0,0x0,0\ntick,0x600010,1,0,0x0,0\n"), &["1 RegExp: a,b {1}", "1 RegExp: a,b"]);
}

#[test]
fn markers() {
    fn check_marker(marker: &str, label: &str) {
        check(&format!("code-creation,JS,9,1,0x100000,256,f /a.js:1:2,0x900000,{marker}\ntick,0x100010,1,0,0x0,0\n"), &[label]);
    }
    for (marker, shown) in [("+", "+"), ("+'", "+"), ("o+'", "+"), ("*", "*"), ("*'", "*"), ("o*", "*"), ("^", "^"), ("~", "~"), ("", "")] {
        check_marker(marker, &format!("1 JS: {shown}f /a.js:1:2"));
    }
    // V8's own processor gives up on the row.
    check_marker("!", "1 JS: !f /a.js:1:2");
}

#[test]
fn a_comma_in_a_name() {
    check("code-creation,JS,9,1,0x100000,256,\\xe9,\\xfc /a.js:1:2,0x900000,*\ntick,0x100010,1,0,0x0,0\n", &["1 JS: *é,ü /a.js:1:2"]);
}

#[test]
fn an_executable_mapped_in_pieces() {
    let pieces = "shared-library,/lib/x.so,0x10000,0x11000,0\nshared-library,/lib/x.so,0x10000,0x20000,0\n";
    let counts = counts(&format!("{pieces}tick,0x10405,1,0,0x0,5\ntick,0x18000,2,0,0x0,5\n"));
    assert_eq!(rows(&counts), ["1 library /lib/x.so"]);
    assert_eq!(counts.unaccounted, 1);
    let functions = vec![NamedTicks { name: "hidden".into(), ticks: 1 }];
    assert_eq!(counts.unaccounted_in, [LibraryTicks { name: "/lib/x.so".into(), ticks: 1, functions }]);
}

#[test]
fn libraries_that_are_not_here() {
    let counts = counts("shared-library,/other/y.so,0x10000,0x20000,0\ntick,0x10105,1,0,0x0,5\n");
    assert_eq!(rows(&counts), ["1 library /other/y.so"]);
    assert_eq!(counts.without_symbols, [("/other/y.so".to_owned(), "this machine has no such file".to_owned())]);
}

#[test]
fn damaged_logs() {
    // Cut in a row, in a tick, rows of two isolates in one line, and an empty line: what is left counts.
    let damaged = "tick,0x100010,1,0,0x0,0\n\ntick,0x1000\ntick,0x100010,1,0,tick,0x100010,1,0,0x0,0\ncode-creation,JS,9\nshared-library,/z\n\
                   v8-version,x\ncode-move,0x1\ntick,0x100010,7,0,0x0,0\ntick,0x100010,8,0,0x0";
    let log = log(&format!("{CODE}{damaged}"));
    let counts = log.ticks.unwrap();
    assert_eq!(rows(&counts), ["2 JS: ~f /a.js:1:2"]);
    assert_eq!((counts.total, log.n_ticks), (2, 2));
    assert_eq!(log.profile.dropped.get("malformedRecords"), Some(&6));
}

#[test]
fn parents_below_one_percent_are_not_shown() {
    let mut text = CODE.to_owned();
    for at in 0..200 {
        let caller = if at == 0 { "0x300010" } else { "0x200010" };
        text.push_str(&format!("tick,0x400010,{at},0,0x0,0,{caller}\n"));
    }
    let counts = counts(&text);
    let callers: Vec<(&str, u64)> = counts.bottom_up[0].callers.iter().map(|row| (&*row.label, row.ticks)).collect();
    assert_eq!(callers, [("JS: *f /a.js:1:2", 199)]);
}

#[test]
fn common_ends() {
    fn check(a: &str, b: &str, expected: usize) {
        assert_eq!(common_suffix(a.as_bytes(), b.as_bytes()), expected);
    }
    check("", "", 0);
    check("abc", "xbc", 2);
    check("abc", "abc", 3);
    let long = "0x1234,".repeat(30);
    check(&format!("1{long}"), &format!("2{long}"), 210);
    check(&format!("1{long}"), &long, 210);
}
