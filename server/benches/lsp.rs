//! Latency of the language server on a file of 10,000 lines, with 2,000 measured ones and 1,000 functions of which V8's decisions are
//! known: p50 and p99 of each request, from the first byte sent to the last byte received; the start of the program; and the analysis
//! of a text. One JSON object.

#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs, unreachable_pub, reason = "a program for measuring")]

#[path = "../../tests/support/mod.rs"]
#[allow(dead_code, reason = "shared with tests")]
mod support;

use profile::decisions::{Compilation, Deopt, DeoptEvent, IcState, InlineCache, Place, Recorded};
use profile::{Finding, FrameId, Position, Profile, Tier, finding::FindingPlace};
use runs::Run;
use serde_json::{Map, Value, json};
use source::document::{Change, Document};
use source::functions::functions;
use source::position::{Encoding, LspPosition};
use source::routes::routes_with;
use source::syntax::Language;
use std::fmt::Write;
use std::io::{Read, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::client::{Client, Options, uri};
use support::measured::{Stack, profile, store};
use tickmark::session::text::OpenText;

const FUNCTIONS: u32 = 1_000;
const LINES_EACH: u32 = 10;
const ROUNDS: usize = 1_000;
const EDITS: usize = 100;

/// Between two changes: so fast types a fast typist.
const TYPING: Duration = Duration::from_millis(60);

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
    let mut profile = profile(&file, &stacks);
    decide(&mut profile, &text);
    let mut run = store(folder.path(), "20261121-101530-aaaa", "server.js", &text, &profile);
    run.record.findings = findings(&profile);

    // At the default thresholds, then with a hint on every measured line and a lens on every function.
    let default = latencies(folder.path(), &text, &run, Value::Null, 1);
    let all = json!({ "hints": { "minPercent": 0 }, "diagnostics": { "minPercent": 0 } });
    let everything = latencies(folder.path(), &text, &run, all, 1_000);
    println!(
        "{}",
        json!({
            "lines": FUNCTIONS * LINES_EACH, "measuredLines": FUNCTIONS * 2, "rounds": ROUNDS,
            "initializeFromProcessStart": starts(),
            "requests": default,
            "noThreshold": everything,
            "analysis": { "measuredFile": analysis(&text), "expressFile": analysis(&express()) },
        })
    );
}

/// What a run that explains finds in every function: three compilations, a deoptimization, and two inline caches.
fn decide(profile: &mut Profile, text: &str) {
    let lines: Vec<&str> = text.lines().collect();
    let column = |line: u32, name: &str| u32::try_from(lines[line as usize - 1].find(name).unwrap() + 1).unwrap();
    let decisions = &mut profile.decisions;
    decisions.recorded = Recorded { code: true, deopts: true, inline_caches: true, shapes: true, refusals: true };
    for (row, frame) in profile.frames.iter().enumerate() {
        let (function, Some(start)) = (FrameId::new(row), frame.start) else { continue };
        let place = |line: u32, name: &str| {
            let position = Some(Position { line, column: column(line, name) });
            Place { function: Some(function), source: frame.source, position }
        };
        for (tier, at_us) in [(Tier::Ignition, 1_000), (Tier::Maglev, 5_000), (Tier::Turbofan, 9_000)] {
            decisions.compilations.push(Compilation { function, tier, osr: None, at_us, code_bytes: 400, thread: 0 });
        }
        let deopt = u32::try_from(decisions.deopts.len()).unwrap();
        decisions.deopt_events.push(DeoptEvent { deopt, at_us: 12_000, thread: 0 });
        decisions.deopts.push(Deopt {
            function,
            tier: Tier::Turbofan,
            kind: "eager".into(),
            reason: "wrong map".into(),
            stack: vec![place(start.line + 1, "sqrt")],
            count: 1,
            first_us: 12_000,
            last_us: 12_000,
        });
        for line in [start.line + 1, start.line + 2] {
            decisions.inline_caches.push(InlineCache {
                place: place(line, "sqrt"),
                kind: "LoadIC".into(),
                key: "sqrt".into(),
                n_keys: 1,
                state: IcState::Megamorphic,
                misses: 1_000,
                first_uses: 1,
                out_of_bounds: 0,
                transitions: Vec::new(),
                shapes: Vec::new(),
                n_shapes: 0,
            });
        }
    }
}

fn findings(profile: &Profile) -> Vec<Finding> {
    let deopts = profile.decisions.deopts.iter();
    deopts
        .map(|deopt| {
            let frame = profile.frame(deopt.function);
            let file = profile.source(frame.source.unwrap()).url.clone();
            let (function, function_start, position) = (frame.name.clone(), frame.start, deopt.stack[0].position);
            let place = Some(FindingPlace { file, function, function_start, position });
            let (code, message) = ("deopt/wrong-map".to_owned(), "Given up once.".to_owned());
            Finding { code, message, share: 0.02, place, ..Finding::default() }
        })
        .collect()
}

fn latencies(root: &Path, text: &str, run: &Run, settings: Value, lenses: usize) -> Value {
    let file = root.join("server.js");
    let mut options = Options::in_folder(root);
    options.settings = settings;
    options.ignored.extend(["workspace/codeLens/refresh", "workspace/inlayHint/refresh"]);
    let refresh = json!({ "refreshSupport": true });
    let capabilities = json!({ "workspace": { "configuration": true, "codeLens": refresh, "inlayHint": refresh } });
    let mut client = Client::start(options.with(capabilities));
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
    measure("hoverFunction", &|round| {
        let line = round as u32 * 7 % FUNCTIONS * LINES_EACH;
        ("textDocument/hover", json!({ "textDocument": document, "position": { "line": line, "character": 11 } }))
    });
    measure("hoverAccess", &|round| {
        let line = (round as u32 * 7 % FUNCTIONS) * LINES_EACH + 1;
        ("textDocument/hover", json!({ "textDocument": document, "position": { "line": line, "character": 19 } }))
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
    // The change and the question about it, as editors send them: one behind the other.
    let mut version = 1;
    let mut after_edit = |client: &mut Client, name: &str, method: &str, params: Value, pause: Duration| {
        let mut times: Vec<f64> = Vec::new();
        for _ in 0..EDITS {
            version += 1;
            std::thread::sleep(pause);
            let started = Instant::now();
            client.edit(&uri(&file), version, [505, 0], [505, 0], if version % 20 == 0 { "\n" } else { "x" });
            let answer = client.request(method, params.clone()).unwrap();
            times.push(started.elapsed().as_secs_f64() * 1_000.0);
            assert!(!answer.is_null(), "{name} answers something");
        }
        answer.insert(name.to_owned(), summary(times));
    };
    let position = json!({ "line": 11, "character": 5 });
    let questions = [
        ("hover", "textDocument/hover", json!({ "textDocument": document, "position": position })),
        ("inlayHint", "textDocument/inlayHint", json!({ "textDocument": document, "range": range(480, 540) })),
        ("codeLens", "textDocument/codeLens", json!({ "textDocument": document })),
    ];
    for (name, method, params) in questions {
        after_edit(&mut client, &format!("{name}AfterEdit"), method, params.clone(), TYPING);
        after_edit(&mut client, &format!("{name}AfterEditInBurst"), method, params, Duration::ZERO);
    }
    // Many changes at once, and a question behind them.
    let mut times: Vec<f64> = Vec::new();
    for _ in 0..20 {
        let started = Instant::now();
        for _ in 0..200 {
            version += 1;
            client.edit(&uri(&file), version, [505, 0], [505, 0], "x");
        }
        client.request("textDocument/inlayHint", json!({ "textDocument": document, "range": range(480, 540) })).unwrap();
        times.push(started.elapsed().as_secs_f64() * 1_000.0);
    }
    answer.insert("changes200".to_owned(), summary(times));
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

/// From the start of the process to the whole answer to `initialize`.
fn starts() -> Value {
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "processId": null, "capabilities": {} } });
    let request = request.to_string();
    let mut times: Vec<f64> = Vec::new();
    for _ in 0..30 {
        let started = Instant::now();
        let mut server = Command::new(env!("CARGO_BIN_EXE_tickmark"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (mut input, mut output) = (server.stdin.take().unwrap(), server.stdout.take().unwrap());
        write!(input, "Content-Length: {}\r\n\r\n{request}", request.len()).unwrap();
        let mut answer = Vec::new();
        let mut bytes = [0; 4096];
        while !complete(&answer) {
            let read = output.read(&mut bytes).unwrap();
            assert!(read > 0, "the server answers");
            answer.extend_from_slice(&bytes[..read]);
        }
        times.push(started.elapsed().as_secs_f64() * 1_000.0);
        server.kill().unwrap();
        server.wait().unwrap();
    }
    summary(times)
}

fn complete(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    head.trim_start_matches("Content-Length: ").parse() == Ok(body.len())
}

/// The text of a server with 200 routes in 10,000 lines.
fn express() -> String {
    let mut text = "const express = require('express');\nconst app = express();\nconst cache = new Map();\n".to_owned();
    for n in 0..1_000 {
        if n % 5 == 0 {
            writeln!(
                text,
                "app.get('/items/{n}/:id', async (req, res) => {{\n  const found = cache.get(req.params.id) ?? work{n}(req.query);"
            )
            .unwrap();
        } else {
            writeln!(text, "function work{n}(query) {{\n  const found = cache.get(query.id);").unwrap();
        }
        writeln!(text, "  const {{ first, second = 1 }} = found;\n  if (found === undefined && first < second) {{\n    return null;\n  }}")
            .unwrap();
        writeln!(
            text,
            "  const items = [first, second].map((item) => `${{item}} ${{item.length}}`);\n  cache.set(first.id, items.join(', '));"
        )
        .unwrap();
        writeln!(text, "  return {{ items, count: items.length }};\n}}{}", if n % 5 == 0 { ");" } else { "" }).unwrap();
    }
    text
}

fn analysis(text: &str) -> Value {
    let (mut all, mut parsing, mut again, mut routing): (Vec<f64>, Vec<f64>, Vec<f64>, Vec<f64>) = Default::default();
    let ms = |since: Instant| since.elapsed().as_secs_f64() * 1_000.0;
    for _ in 0..15 {
        let document = Document::new(Language::JavaScript, 1, text);
        let started = Instant::now();
        let syntax = document.syntax();
        parsing.push(ms(started));
        let started = Instant::now();
        let found = functions(syntax, document.text());
        all.push(ms(started));
        let started = Instant::now();
        std::hint::black_box(routes_with(syntax, document.text(), &found));
        routing.push(ms(started));
        let at = LspPosition { line: 5_000, character: 0 };
        let changed = document.apply(2, &[Change { range: Some((at, at)), text: " ".to_owned() }], Encoding::Utf16).document;
        let started = Instant::now();
        std::hint::black_box(changed.syntax());
        again.push(ms(started));
    }
    json!({ "parse": summary(parsing), "parseAgain": summary(again), "functions": summary(all), "routes": summary(routing) })
}

fn summary(mut times_ms: Vec<f64>) -> Value {
    times_ms.sort_by(f64::total_cmp);
    let last = times_ms.len() - 1;
    json!({ "p50Ms": times_ms[last / 2], "p99Ms": times_ms[last * 99 / 100], "maxMs": times_ms[last] })
}
