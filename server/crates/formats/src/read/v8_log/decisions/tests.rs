//! Small logs, and the decisions in them.

mod deopts;
mod inline_caches;

use crate::read::v8_log::{Options, V8Log, read};
use crate::read::{NoScripts, ScriptFunction, Scripts};
use profile::decisions::{IcState, Place, Recorded};
use profile::{FrameId, Tier};
use std::sync::Arc;

/// Ten columns a line.
struct Texts;

impl Scripts for Texts {
    fn text(&self, url: &str) -> Option<Arc<str>> {
        url.starts_with("/app/").then(|| "123456789\n".repeat(30).into())
    }

    fn functions(&self, _: &str) -> Vec<ScriptFunction> {
        Vec::new()
    }
}

/// `outer` (a.js 3:5, offsets 24 to 60) around `arrow` (a.js 5:1, 40 to 50), and `leaf` of lib.js; `outer`'s optimised code at 0x1000
/// has `leaf` inlined, which has `deep` inlined.
const HEAD: &str = "\
v8-version,14,6,202,34,-node.34,0
code-creation,Eval,10,10,0x100,5, /app/a.js:1:1,0xa0,~
code-source-info,0x100,7,0,90,C0O2,,
code-creation,JS,10,11,0x110,20, /app/a.js:1:1,0xa9,~
code-source-info,0x110,7,0,90,C0O2,,
code-creation,JS,10,12,0x200,30,outer /app/a.js:3:5,0xa1,~
code-source-info,0x200,7,24,60,C0O30,,
code-creation,JS,10,13,0x280,8,arrow /app/a.js:5:1,0xa2,~
code-source-info,0x280,7,40,50,C0O42,,
code-creation,JS,10,14,0x400,20,leaf /app/lib.js:2:1,0xb1,~
code-source-info,0x400,8,10,30,C0O22,,
code-creation,JS,10,15,0x500,20,deep /app/lib.js:8:1,0xb2,~
code-source-info,0x500,8,70,90,C0O72,,
code-creation,JS,13,20,0x1000,64,outer /app/a.js:3:5,0xa1,o*'
code-source-info,0x1000,7,24,60,C0O30C16O21I0C32O75I1,F0O31F1O25I0,S0xb1S0xb2
";

fn read_text(log: &str) -> V8Log {
    let log = read(log.as_bytes(), &Options { shapes: true, ..Options::default() }, &Texts).unwrap();
    assert!(log.profile.is_consistent());
    log
}

fn name(log: &V8Log, frame: FrameId) -> &str {
    &log.profile.frame(frame).name
}

/// `function file:line:column`.
fn shown(log: &V8Log, place: &Place) -> String {
    let function = place.function.map_or("?", |function| name(log, function));
    let url = place.source.map_or("?", |source| log.profile.source(source).url.as_str());
    let file = url.rsplit('/').next().unwrap_or(url);
    place.position.map_or(format!("{function} {file}"), |at| format!("{function} {file}:{}:{}", at.line, at.column))
}

fn deopts(log: &V8Log) -> Vec<String> {
    let rows = log.profile.decisions.deopts.iter();
    rows.map(|row| {
        let stack: Vec<String> = row.stack.iter().map(|place| shown(log, place)).collect();
        let function = name(log, row.function);
        format!("{function} {} {} {} x{} {}", row.tier.label(), row.kind, row.reason, row.count, stack.join(" < "))
    })
    .collect()
}

#[test]
fn compilations_in_every_tier() {
    let log = read_text(&format!("{HEAD}code-creation,JS,12,30,0x2000,50,leaf /app/lib.js:2:1,0xb1,+'\n"));
    let rows = log.profile.decisions.compilations.iter().filter(|row| ["outer", "leaf"].contains(&name(&log, row.function)));
    let rows: Vec<_> = rows.map(|row| (name(&log, row.function), row.tier, row.osr, row.at_us, row.code_bytes)).collect();
    let expected = [
        ("outer", Tier::Ignition, Some(false), 12, 30),
        ("leaf", Tier::Ignition, Some(false), 14, 20),
        ("outer", Tier::Turbofan, Some(true), 20, 64),
        ("leaf", Tier::Maglev, Some(false), 30, 50),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn the_script_around_a_module_is_no_function() {
    let log = read_text(HEAD);
    let of_module = log.profile.decisions.compilations.iter().filter(|row| name(&log, row.function).is_empty());
    assert_eq!(of_module.map(|row| row.code_bytes).collect::<Vec<_>>(), [20]);
}

#[test]
fn whether_a_loop_was_replaced_is_not_known_before_v8_14_6() {
    fn check(version: &str, marker: &str, expected: Option<bool>) {
        let log = read_text(&format!("v8-version,{version},0,0,,0\ncode-creation,JS,13,1,0x100,5,f /app/a.js:1:1,0xa0,{marker}\n"));
        assert_eq!(log.profile.decisions.compilations[0].osr, expected, "{version} {marker}");
    }
    check("14,6", "o*", Some(true));
    check("14,6", "*'", Some(false));
    check("14,1", "*", None);
    check("10,2", "*", None);
    check("99,0", "o+'", Some(true));
}

#[test]
fn facts_about_functions() {
    let log = read_text(&format!(
        "{HEAD}code-creation,JS,10,50,0x600,8,arrow /app/a.js:5:1,0xa7,~\ncode-source-info,0x600,9,40,50,C0O42,,\n\
         code-disable-optimization,leaf,too \\x2C big\ncode-disable-optimization,nobody,reason\n"
    ));
    let rows = log.profile.decisions.functions.iter().map(|row| {
        let enclosing = row.enclosing.map_or("-".to_owned(), |frame| format!("{:?}", name(&log, frame)));
        let disabled = row.disabled.as_deref().unwrap_or_default();
        format!("{:?} {:?} x{} in {enclosing} {disabled}", name(&log, row.function), row.bytecode_bytes, row.instances)
    });
    let mut rows: Vec<String> = rows.collect();
    rows.sort();
    let expected = [
        r#""" Some(20) x1 in - "#,
        r#""arrow" Some(8) x2 in "outer" "#,
        r#""deep" Some(20) x1 in - "#,
        r#""leaf" Some(20) x1 in - too , big"#,
        r#""outer" Some(30) x1 in "" "#,
    ];
    assert_eq!(rows, expected);
    assert_eq!(log.profile.dropped.get("disabledUnknownFunctions"), Some(&1));
}

#[test]
fn functions_around_others() {
    /// Functions `a`, `b`, … of one script by their ranges; of each the function around it.
    fn check(ranges: &[(u32, u32)], expected: &str) {
        let mut records = "v8-version,14,6,202,34,-node.34,0\n".to_owned();
        for (row, (start, end)) in ranges.iter().enumerate() {
            let (name, code, sfi) = (char::from(b'a' + row as u8), 0x1000 + row * 0x100, 0x10 + row);
            records += &format!("code-creation,JS,10,1,{code:#x},8,{name} /app/a.js:{}:1,{sfi:#x},~\n", row + 1);
            records += &format!("code-source-info,{code:#x},7,{start},{end},C0O{start},,\n");
        }
        let log = read_text(&records);
        let mut facts: Vec<_> = log.profile.decisions.functions.iter().collect();
        facts.sort_by_key(|row| name(&log, row.function));
        let around: String = facts.iter().map(|row| row.enclosing.map_or("-", |frame| name(&log, frame))).collect();
        assert_eq!(around, expected, "{ranges:?}");
    }
    check(&[(0, 90), (10, 50), (20, 30), (60, 80)], "-aba");
    check(&[(20, 30), (10, 50), (0, 90)], "bc-");
    // The same code twice, and something in it.
    check(&[(0, 90), (10, 50), (10, 50), (20, 30)], "-aab");
    // Ranges of a broken log.
    check(&[(0, 90), (10, 50), (20, 60), (30, 40)], "-aac");
}

#[test]
fn the_largest_function_of_a_name_is_the_one_that_is_disabled() {
    let log = read_text(&format!(
        "{HEAD}code-creation,JS,10,50,0x600,900,leaf /app/a.js:7:1,0xa7,~\ncode-creation,JS,10,51,0x2600,9,leaf /app/a.js:8:1,0xa8,~\n\
         code-disable-optimization,leaf,too big\ncode-disable-optimization,leaf,again\n"
    ));
    let disabled = log.profile.decisions.functions.iter().filter_map(|row| Some((row.bytecode_bytes?, row.disabled.as_deref()?)));
    assert_eq!(disabled.collect::<Vec<_>>(), [(900, "too big")]);
}

#[test]
fn inlined_calls_are_counted_once_a_compilation() {
    let again = "code-creation,JS,13,30,0x2000,64,outer /app/a.js:3:5,0xa1,*\n\
                 code-source-info,0x2000,7,24,60,C0O30,F0O31F1O25I0F0O31F1O25I2FO33,S0xb1S0xb2\n";
    let log = read_text(&format!("{HEAD}{again}"));
    let rows: Vec<String> = log
        .profile
        .decisions
        .inlinings
        .iter()
        .map(|row| {
            let callee = row.callee.map_or("?", |callee| name(&log, callee));
            format!("{callee} at {} in {} x{} depth {}", shown(&log, &row.call), name(&log, row.into), row.count, row.depth)
        })
        .collect();
    let expected = [
        "leaf at outer a.js:4:2 in outer x2 depth 0",
        "deep at leaf lib.js:3:6 in outer x2 depth 1",
        "? at outer a.js:4:4 in outer x1 depth 0",
    ];
    assert_eq!(rows, expected);
}

#[test]
fn what_was_recorded() {
    let flags = |recorded: Recorded| [recorded.code, recorded.deopts, recorded.inline_caches, recorded.shapes];
    let check = |records: &str, expected: [bool; 4]| {
        assert_eq!(flags(read_text(&format!("{HEAD}{records}")).profile.decisions.recorded), expected, "{records}");
    };
    check("", [true, false, false, false]);
    check("code-deopt,70,64,0x1000,0,21,deopt-eager,<unknown>,overflow\n", [true, true, false, false]);
    check("LoadIC,0xdead,9,4,7,0,1,0x10,x,,\n", [true, false, true, false]);
    check("map,InitialMap,1,0x0,0x10,0x205,4,3,,P\n", [true, false, false, true]);
    let told = Recorded { deopts: true, inline_caches: true, ..Recorded::default() };
    let log = read(HEAD.as_bytes(), &Options { recorded: Some(told), ..Options::default() }, &Texts).unwrap();
    assert_eq!(log.profile.decisions.recorded, told);
}

#[test]
fn functions_by_their_addresses() {
    let text = format!("{HEAD}sfi-move,0xa2,0xe2\ncode-creation,JS,10,90,0x900,8,other /app/a.js:9:1,0xa2,~\n");
    let log = read(text.as_bytes(), &Options { functions_by_sfi: true, ..Options::default() }, &Texts).unwrap();
    let of =
        |address: u64| -> Vec<&str> { log.functions_by_sfi.iter().filter(|row| row.0 == address).map(|row| name(&log, row.1)).collect() };
    assert_eq!((of(0xa1), of(0xa2), of(0xe2)), (vec!["outer"], vec!["arrow", "other"], vec!["arrow"]));
    assert!(read_text(&text).functions_by_sfi.is_empty());
}

#[test]
fn functions_of_node_are_left_out_unless_they_were_optimised() {
    let log = read_text(
        "v8-version,14,6,202,34,,0\ncode-creation,JS,10,1,0x100,5,cold node:fs:1:1,0xa0,~\n\
         code-creation,JS,10,1,0x200,5,hot node:fs:2:1,0xa1,~\ncode-creation,JS,13,2,0x300,5,hot node:fs:2:1,0xa1,*\n",
    );
    let names: Vec<&str> = log.profile.decisions.functions.iter().map(|row| name(&log, row.function)).collect();
    assert_eq!((names, log.profile.decisions.compilations.len()), (vec!["hot"], 2));
}

#[test]
fn a_v8_not_seen_before() {
    let log = read_text(&format!(
        "{}code-creation,JS,77,30,0x3000,50,outer /app/a.js:3:5,0xa1,#\nquantum-jump,1,2,3\nquantum-jump,4\n\
         code-deopt,70,64,0x1000,-1,30,deopt-sideways,</app/a.js:4:1>,too, much\nLoadIC,0x205,50,4,7,0,Q,0xf1,x,,\n\
         code-deopt,71,64,0x1000,-1,30,deopt-sideways,</app/a.js:4:1>,new reason\n",
        HEAD.replace("v8-version,14,6,202,34", "v8-version,99,1,2,3")
    ));
    let dropped: Vec<(&str, u64)> = log.profile.dropped.iter().map(|(kind, n)| (kind.as_str(), *n)).collect();
    assert_eq!(dropped, [("malformedRecords", 2), ("unknownMarkers", 1), ("unknownRecords", 2)]);
    assert_eq!(deopts(&log), ["outer turbofan sideways new reason x1 outer a.js:4:1"]);
    assert_eq!(log.profile.decisions.compilations.last().map(|row| row.tier), Some(Tier::Unknown));
    let note = log.profile.notes.iter().find(|note| note.contains("99.1.2.3")).unwrap();
    assert!(note.contains("quantum-jump"), "{note}");
}

#[test]
fn cut_rows_are_counted() {
    let deopt = "code-deopt,70,64,0x1000,-1,30,deopt-eager,</app/a.js:4:1>,overflow";
    let ic = "LoadIC,0x205,50,4,7,0,1,0xf1,x,,";
    let map = "map,Transition,2,0x10,0x20,0x205,4,5,,x";
    for row in [deopt, ic, map] {
        for end in 0..row.len() {
            // In the middle of the file, where another row follows, and at its end.
            let log = read_text(&format!("{HEAD}{}\n{deopt}\n{}", &row[..end], &row[..end]));
            assert!(deopts(&log).iter().any(|row| row.ends_with("outer a.js:4:1")), "{end}");
            assert_eq!(log.profile.dropped.get("truncatedLines").copied().unwrap_or_default(), u64::from(end > 0));
        }
    }
}

#[test]
fn isolates_that_share_a_file() {
    // The second isolate's records stand between those of the first one, and use its addresses.
    let other = HEAD.replace("/app/", "/other/").replace("outer", "stranger");
    let mixed: String = HEAD.lines().zip(other.lines()).map(|(one, other)| format!("{one}\n{other}\n")).collect();
    let log =
        read_text(&format!("{mixed}code-deopt,70,64,0x1000,-1,30,deopt-eager,</app/a.js:4:1>,overflow\nLoadIC,0x205,5,4,7,0,1,0xf1,x,,\n"));
    // What V8 says of itself is right; the code was the other isolate's.
    let stack = &log.profile.decisions.deopts[0].stack;
    assert_eq!(stack[0].position.map(|position| (position.line, position.column)), Some((4, 1)));
    assert_eq!(log.profile.decisions.inline_caches[0].state, IcState::Monomorphic);
}

#[test]
fn lines_of_megabytes() {
    let long = "x".repeat(3 << 20);
    let log = read_text(&format!(
        "{HEAD}code-creation,JS,13,30,0x7000,64,{long} /app/a.js:9:1,0xa5,*\n\
         code-deopt,70,64,0x7000,-1,30,deopt-eager,</{long}.js:4:1>,overflow\nLoadIC,0x205,5,4,7,0,1,0xf1,{long},,\n"
    ));
    assert_eq!(log.profile.decisions.deopts[0].stack[0].position.map(|position| position.line), Some(4));
    assert_eq!(log.profile.decisions.inline_caches[0].key.len(), long.len());
}

#[test]
fn places_without_texts_keep_the_lines_that_v8_wrote() {
    let text = format!(
        "{HEAD}code-deopt,70,64,0x1000,0,21,deopt-eager,</app/lib.js:3:2> inlined at </app/a.js:4:2>,overflow\n\
         LoadIC,0x205,51,4,7,0,1,0xf1,x,,\nLoadIC,0x1020,51,9,9,1,P,0xf2,y,,\n"
    );
    let log = read(text.as_bytes(), &Options::default(), &NoScripts).unwrap();
    assert_eq!(deopts(&log), ["outer turbofan eager overflow x1 leaf lib.js:3:2 < outer a.js:4:2"]);
    let places: Vec<String> = log.profile.decisions.inline_caches.iter().map(|row| shown(&log, &row.place)).collect();
    assert_eq!(places, ["outer a.js:4:7", "leaf lib.js"]);
    assert!(log.profile.decisions.inlinings.iter().all(|row| row.call.position.is_none() && row.call.function.is_some()));
}

#[test]
fn code_of_eval_is_one_function_a_script() {
    let log = read_text(
        "v8-version,14,6,202,34,,0\ncode-creation,JS,10,1,0x100,5,f :1:9,0xa0,~\ncode-source-info,0x100,3,8,20,C0O9,,\n\
         code-creation,JS,10,1,0x200,5,f :1:9,0xa1,~\ncode-source-info,0x200,4,8,20,C0O9,,\n\
         code-creation,JS,10,1,0x300,9,f :1:9,0xa2,~\ncode-source-info,0x300,5,8,70,C0O9,,\n",
    );
    let urls: Vec<&str> = log.profile.sources.iter().map(|source| source.url.as_str()).collect();
    assert_eq!(urls, ["(eval 3)", "(eval 4)", "(eval 5)"]);
    let instances: Vec<u32> = log.profile.decisions.functions.iter().map(|row| row.instances).collect();
    assert_eq!(instances, [2, 2, 1]);
}
