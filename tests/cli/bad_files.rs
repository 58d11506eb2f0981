//! Files that are no profile, or a broken one: exit code 2, and a message that names the file and what is wrong.

use crate::figures;
use crate::project::{Project, newest_node};
use crate::tickmark::{Ended, Tickmark, together};
use std::fs;

/// A complete, very small CPU profile.
pub const SMALL: &str = r#"{"nodes":[
{"id":1,"callFrame":{"functionName":"(root)","scriptId":"0","url":"","lineNumber":-1,"columnNumber":-1},"hitCount":0,"children":[2]},
{"id":2,"callFrame":{"functionName":"work","scriptId":"1","url":"file:///app/a.js","lineNumber":4,"columnNumber":13},"hitCount":3}],
"startTime":1000,"endTime":4000,"samples":[2,2,2],"timeDeltas":[0,1000,1000]}"#;

fn report(bytes: &[u8]) -> Ended {
    let project = Project::with(&[]);
    project.write("a file.bin", bytes);
    Tickmark::new(&project, ["report", "a file.bin", "--format", "json"]).run()
}

#[track_caller]
fn refused(bytes: &[u8], texts: &[&str]) {
    let ended = report(bytes).code(2).says(&[&["a file.bin"], texts].concat());
    assert_eq!(ended.stdout, "");
    let message = ended.stderr.lines().next().unwrap();
    assert!(ended.stderr.len() < 2_000, "a message of {} bytes: {message}", ended.stderr.len());
}

#[test]
fn no_profile() {
    refused(b"", &["empty"]);
    refused(b"\n\n  \n", &["a file.bin"]);
    refused(b"hello\nworld\n", &["not a CPU profile, heap profile, folded stack file, V8 log or V8 trace"]);
    refused(b"{}", &["not a V8 CPU profile", "nodes"]);
    refused(b"{\"nodes\": 1}", &["not a V8 CPU profile"]);
    refused(b"[]", &["a file.bin"]);
    refused(b"\x00\x01\x02\xff\xfe", &["a file.bin"]);
    refused(b"\x7fELF\x02\x01\x01\x00", &["a file.bin"]);
    refused(b"\xff\xff\xff{\"nodes\":[]}", &["a file.bin"]);
    refused(&[b'x'; 3 << 20], &["a file.bin"]);
    let noise: Vec<u8> = (0..1u32 << 20).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    refused(&noise, &["a file.bin"]);
}

#[test]
fn what_is_left_out_of_a_log_without_samples_is_told() {
    let project = Project::with(&[("a.log", "v8-version,13,6,233,17,-node.53,0\ntick,broken\nnonsense\n")]);
    let ended = Tickmark::new(&project, ["report", "a.log"]).run().code(0);
    assert!(ended.stdout.contains("Could not be read: 1 malformed records, 1 unknown records"), "{}", ended.stdout);
}

#[test]
fn no_file() {
    let project = Project::with(&[("folder/x", "")]);
    let run = |name: &str| Tickmark::new(&project, ["report", name]).run().code(2);
    let missing = run("missing.cpuprofile").says(&["missing.cpuprofile", "No such file"]);
    assert_eq!(missing.stderr.matches("No such file").count(), 1, "{}", missing.stderr);
    run("folder").says(&["folder", "directory"]);
    run("").code(2);
}

#[test]
fn a_truncated_cpuprofile() {
    assert_eq!(report(SMALL.as_bytes()).code(0).json()["samples"], 3);
    for end in [10, 100, SMALL.len() / 2, SMALL.len() - 40, SMALL.len() - 1] {
        refused(&SMALL.as_bytes()[..end], &["not a V8 CPU profile", "line"]);
    }
    refused(SMALL.replace("\"samples\":[2,2,2]", "\"samples\":[2,\"x\",2]").as_bytes(), &["not a V8 CPU profile"]);
}

#[test]
fn a_cpuprofile_with_odd_texts() {
    // Invalid UTF-8 in a name, and a name of a megabyte.
    let odd = SMALL.replace("\"work\"", "\"w\u{1}k\"").replace('\u{1}', "?").into_bytes();
    let odd: Vec<u8> = odd.into_iter().map(|byte| if byte == b'?' { 0xFF } else { byte }).collect();
    let ended = report(&odd);
    match ended.status.code() {
        Some(0) => assert!(ended.stdout.contains("w\u{FFFD}k"), "{}", ended.stdout),
        _ => drop(ended.code(2).says(&["a file.bin", "UTF-8"])),
    }
    let long = SMALL.replace("\"work\"", &format!("\"{}\"", "w".repeat(1 << 20)));
    assert_eq!(report(long.as_bytes()).code(0).json()["samples"], 3);
}

#[test]
fn a_v8_log_that_is_cut_or_damaged() {
    let _lock = together();
    let project = Project::copy("cross-file");
    let measured = figures::profile(&project, &newest_node(), &["main.js", "--", "400"]).code(0).json();
    let log = measured["artifacts"]["raw"].as_array().unwrap().iter().find_map(|file| file.as_str().filter(|file| file.ends_with(".log")));
    let log = fs::read(log.unwrap()).unwrap();
    let whole = report(&log).code(0).json();
    let samples = |bytes: &[u8]| report(bytes).code(0).json()["samples"].as_u64().unwrap();

    // A killed program leaves a log that ends anywhere.
    let ends = [log.len() - 1, log.len() - 7, log.len() * 9 / 10];
    let left = ends.map(|end| samples(&log[..end]));
    assert!(left[0] <= whole["samples"].as_u64().unwrap() && left[2] > 0 && left[2] <= left[0], "{left:?} of {}", whole["samples"]);

    // Lines that are none, of a megabyte, or not UTF-8, are counted, and the rest is read.
    let end_of_line = log.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let damage = [&b"tick,x,y,z\ncode-creation,JS\n\xff\xfe\xfd\n"[..], &[b'q'; 1 << 20], b"\n"].concat();
    let damaged = [&log[..end_of_line], &damage, &log[end_of_line..]].concat();
    let read = report(&damaged).code(0).json();
    assert_eq!(read["samples"], whole["samples"]);
    let count = |profile: &serde_json::Value| profile["dropped"].as_object().unwrap().values().filter_map(|n| n.as_u64()).sum::<u64>();
    assert!(count(&read) >= count(&whole) + 3, "{} and {}", read["dropped"], whole["dropped"]);
}
