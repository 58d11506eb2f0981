//! Latency of the language server on a file of 10,000 lines with 2,000 measured ones: p50 and p99 of each request, from the first
//! byte sent to the last byte received, as one JSON object.

#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs, unreachable_pub, reason = "a program for measuring")]

#[path = "../../tests/support/mod.rs"]
#[allow(dead_code, reason = "shared with tests")]
mod support;

use serde_json::{Map, Value, json};
use std::fmt::Write;
use std::time::{Duration, Instant};
use support::client::{Client, Options, uri};
use support::measured::{profile, store};

const FUNCTIONS: u32 = 1_000;
const LINES_EACH: u32 = 10;
const ROUNDS: usize = 1_000;

fn main() {
    // `cargo test` builds and runs benches, too: nothing to test here.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("server.js");
    let mut text = String::new();
    for n in 0..FUNCTIONS {
        writeln!(text, "function work{n}(items) {{").unwrap();
        for line in 1..LINES_EACH - 1 {
            writeln!(text, "  items[{line}] = Math.sqrt(items[{n} % items.length] + {line}) * 'abc'.length;").unwrap();
        }
        writeln!(text, "}}").unwrap();
    }
    std::fs::write(&file, &text).unwrap();
    let names: Vec<String> = (0..FUNCTIONS).map(|n| format!("work{n}")).collect();
    let frames: Vec<[(&str, u32, u32, u32); 1]> = (0..FUNCTIONS)
        .flat_map(|n| {
            let name = names[n as usize].as_str();
            let (first, column) = (n * LINES_EACH + 1, u32::try_from("function ".len() + name.len() + 1).unwrap());
            [1, 2].map(|line| [(name, first, column, first + line)])
        })
        .collect();
    let stacks: Vec<(&[(&str, u32, u32, u32)], u32)> = frames.iter().map(|stack| (stack.as_slice(), 6)).collect();
    let run = store(folder.path(), "20261121-101530-aaaa", "server.js", &text, &profile(&file, &stacks));

    let mut options = Options::in_folder(folder.path());
    // Every measured line gets its hint, every function its lens.
    options.settings = json!({ "hints": { "minPercent": 0 }, "diagnostics": { "minPercent": 0 } });
    let mut client = Client::start(options.with(json!({ "workspace": { "configuration": true } })));
    client.expect("workspace/configuration");
    client.within(|session| session.set_results(folder.path(), run));
    client.open(&uri(&file), "javascript", &text);
    let document = json!({ "uri": uri(&file) });
    client.poll("textDocument/codeLens", json!({ "textDocument": document }), |lenses| lenses.as_array().is_some_and(|all| all.len() >= 1_000));

    let range = |first: usize, last: usize| json!({ "start": { "line": first, "character": 0 }, "end": { "line": last, "character": 0 } });
    let mut answer = Map::new();
    let mut measure = |name: &str, request: &dyn Fn(usize) -> (&'static str, Value)| {
        let mut times: Vec<Duration> = Vec::with_capacity(ROUNDS);
        for round in 0..ROUNDS {
            let (method, params) = request(round);
            let started = Instant::now();
            let result = client.request(method, params).unwrap();
            times.push(started.elapsed());
            assert!(!result.is_null(), "{name} answers something");
        }
        times.sort();
        let ms = |at: usize| times[at].as_secs_f64() * 1_000.0;
        answer.insert(name.to_owned(), json!({ "p50Ms": ms(ROUNDS / 2), "p99Ms": ms(ROUNDS * 99 / 100), "maxMs": ms(ROUNDS - 1) }));
    };
    measure("hover", &|round| {
        let line = (round as u32 * 7 % FUNCTIONS) * LINES_EACH + 1;
        ("textDocument/hover", json!({ "textDocument": document, "position": { "line": line, "character": 5 } }))
    });
    measure("inlayHintScreen", &|round| {
        let first = round * 7 % 9_900;
        ("textDocument/inlayHint", json!({ "textDocument": document, "range": range(first, first + 60) }))
    });
    measure("inlayHintFile", &|_| ("textDocument/inlayHint", json!({ "textDocument": document, "range": range(0, 10_000) })));
    measure("codeLens", &|_| ("textDocument/codeLens", json!({ "textDocument": document })));
    measure("codeAction", &|round| {
        let line = round * 7 % 9_900;
        ("textDocument/codeAction", json!({ "textDocument": document, "range": range(line, line), "context": { "diagnostics": [] } }))
    });
    println!("{}", json!({ "lines": FUNCTIONS * LINES_EACH, "measuredLines": FUNCTIONS * 2, "rounds": ROUNDS, "requests": answer }));
}
