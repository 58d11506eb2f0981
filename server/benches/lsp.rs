//! Latency of the language server on a file of 10,000 lines with 2,000 measured ones: p50 and p99 of each request, from the first
//! byte sent to the last byte received, as one JSON object.

#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs, unreachable_pub, reason = "a program for measuring")]

#[path = "../../tests/support/mod.rs"]
#[allow(dead_code, reason = "shared with tests")]
mod support;

use runs::Run;
use serde_json::{Map, Value, json};
use source::document::Change;
use source::position::{Encoding, LspPosition};
use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};
use support::client::{Client, Options, uri};
use support::measured::{Stack, profile, store};
use tickmark::session::text::OpenText;

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
    // As in programs, few places are hot and many are warm: the n-th hottest has 1/n of the samples of the first.
    let samples = |rank: usize| 5 + u32::try_from(5_000 / (rank + 1)).unwrap();
    let stacks: Vec<(Stack<'_>, u32)> =
        frames.iter().enumerate().map(|(n, stack)| (stack.as_slice(), samples((n * 787) % frames.len()))).collect();
    let run = store(folder.path(), "20261121-101530-aaaa", "server.js", &text, &profile(&file, &stacks));

    // At the default thresholds, then with a hint on every measured line and a lens on every function.
    let default = latencies(folder.path(), &text, &run, Value::Null, 1);
    let all = json!({ "hints": { "minPercent": 0 }, "diagnostics": { "minPercent": 0 } });
    let everything = latencies(folder.path(), &text, &run, all, 1_000);
    println!(
        "{}",
        json!({
            "lines": FUNCTIONS * LINES_EACH, "measuredLines": FUNCTIONS * 2, "rounds": ROUNDS, "requests": default, "noThreshold": everything,
        })
    );
}

fn latencies(root: &Path, text: &str, run: &Run, settings: Value, lenses: usize) -> Value {
    let file = root.join("server.js");
    let mut options = Options::in_folder(root);
    options.settings = settings;
    let mut client = Client::start(options.with(json!({ "workspace": { "configuration": true } })));
    client.expect("workspace/configuration");
    client.within(|session| session.set_results(root, run.clone()));
    client.open(&uri(&file), "javascript", text);
    let document = json!({ "uri": uri(&file) });
    client.poll("textDocument/codeLens", json!({ "textDocument": document }), |found| {
        found.as_array().is_some_and(|all| all.len() >= lenses)
    });

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
    let mut times: Vec<f64> = Vec::new();
    for round in 0..100 {
        let started = Instant::now();
        client.edit(&uri(&file), round + 2, [500, 0], [500, 0], "x");
        client.request("textDocument/inlayHint", json!({ "textDocument": document, "range": range(480, 540) })).unwrap();
        times.push(started.elapsed().as_secs_f64() * 1_000.0);
    }
    answer.insert("inlayHintAfterEdit".to_owned(), summary(times));
    // What of that holds up other requests: taking the change in.
    let mut text = OpenText::opened(uri(&file).parse().unwrap(), "javascript", 1, text).unwrap();
    let mut times: Vec<f64> = Vec::new();
    for round in 0..100 {
        let at = LspPosition { line: 500, character: 0 };
        let change = Change { range: Some((at, at)), text: "x".to_owned() };
        let started = Instant::now();
        text = text.changed(round + 2, &[change], Encoding::Utf16).0;
        times.push(started.elapsed().as_secs_f64() * 1_000.0);
    }
    answer.insert("takingChangeIn".to_owned(), summary(times));
    Value::Object(answer)
}

fn summary(mut times_ms: Vec<f64>) -> Value {
    times_ms.sort_by(f64::total_cmp);
    let last = times_ms.len() - 1;
    json!({ "p50Ms": times_ms[last / 2], "p99Ms": times_ms[last * 99 / 100], "maxMs": times_ms[last] })
}
