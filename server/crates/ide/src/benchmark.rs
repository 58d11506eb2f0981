//! The newest benchmark of a route, its baseline, and a verification against it, as far as they are shown in a text.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use source::Rope;
use source::document::Document;
use source::functions::{FunctionKind, Functions, functions};
use source::position::ByteRange;
use source::routes::{Route, routes_with};

use crate::lenses::request_method;

/// The newest benchmark of a route.
#[derive(Clone, Debug, PartialEq)]
pub struct Benchmark {
    /// The run's name.
    pub run_id: String,
    /// Method and path.
    pub route: (String, String),
    /// The file that was started, relative to the workspace, with forward slashes.
    pub entry: String,
    /// What was measured.
    pub figures: LoadFigures,
    /// Where it was measured.
    pub environment: Environment,
    /// Sentences about what the benchmark cannot tell, the gravest first.
    pub notes: Vec<String>,
    /// When it ended, in ms since 1970-01-01 UTC.
    pub finished_at_ms: u64,
    /// Files that the program loads, besides the one of the route, and that are other ones than were measured; relative to the workspace.
    pub changed_files: Vec<String>,
    /// What the route's benchmarks are compared with; none before the user chose one.
    pub baseline: Option<Baseline>,
    /// The newest verification against that baseline.
    pub verification: Option<Arc<Verification>>,
}

impl Benchmark {
    /// Since which changes in other files it is out of date: `lib/a.js`, `lib/a.js and lib/b.js`, `lib/a.js and 4 other files`. None
    /// when there are none.
    pub fn changed_since(&self) -> Option<String> {
        match &self.changed_files[..] {
            [] => None,
            [one] => Some(one.clone()),
            [first, second] => Some(format!("{first} and {second}")),
            [first, others @ ..] => Some(format!("{first} and {} other files", others.len())),
        }
    }
}

/// What a benchmark measured. Times in ms.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadFigures {
    /// Completed requests per second.
    pub requests_per_second: f64,
    /// Distribution of latencies; none when no request was completed.
    pub latency: Option<LatencyFigures>,
    /// Requests without the expected response.
    pub failed: u64,
    /// Requests begun.
    pub sent: u64,
    /// Connections used at a time.
    pub connections: usize,
    /// Requests per second that were asked for, of an open loop; none in a closed loop, whose rate is the greatest that the server takes.
    pub requested_rate: Option<f64>,
    /// Whether the load generator was the limit, not the server.
    pub client_limited: bool,
    /// Processor time of the server per request, in µs; none when not recorded.
    pub server_cpu_us: Option<f64>,
}

/// Latencies in ms.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LatencyFigures {
    /// Median.
    pub p50: f64,
    /// 90th percentile.
    pub p90: f64,
    /// 99th percentile.
    pub p99: f64,
    /// Greatest.
    pub max: f64,
}

/// Where a benchmark ran.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Such as `22.23.3`.
    pub node_version: String,
    /// `NODE_ENV` as the program saw it.
    pub node_env: Option<String>,
    /// Full hash of the commit; none outside git.
    pub commit: Option<String>,
    /// Whether files differed from the commit.
    pub dirty: bool,
}

/// What the benchmarks of a route are compared with.
#[derive(Clone, Debug, PartialEq)]
pub struct Baseline {
    /// The run's name; that of the benchmark itself when it is the baseline.
    pub run_id: String,
    /// What the user calls it.
    pub name: Option<String>,
    /// When it ended, in ms since 1970-01-01 UTC.
    pub finished_at_ms: u64,
    /// What it measured.
    pub figures: LoadFigures,
    /// Whether its code is kept, so that it can be run again in turns with today's.
    pub is_kept: bool,
    /// Whether it was loaded in the same way: else the same figures mean something else.
    pub is_alike: bool,
    /// Sentences about what differs besides the code.
    pub differences: Vec<String>,
}

/// Result of a comparison in turns of the baseline's code with the working tree's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verification {
    /// Figures of both, the headline first.
    pub figures: Vec<VerifiedFigure>,
    /// How often each of the two was measured.
    pub rounds: usize,
    /// Sentences about what it cannot tell.
    pub notes: Vec<String>,
    /// When it ended, in ms since 1970-01-01 UTC.
    pub finished_at_ms: u64,
}

/// A figure of both sides of a verification.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VerifiedFigure {
    /// Which.
    pub figure: Figure,
    /// Of the baseline.
    pub before: f64,
    /// Of the working tree.
    pub after: f64,
    /// After through before.
    pub ratio: f64,
    /// Where `ratio` lies, with 95 % confidence; none of too few rounds.
    pub interval: Option<[f64; 2]>,
    /// What follows.
    pub verdict: Verdict,
}

/// What a verification compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// Completed requests per second.
    RequestsPerSecond,
    /// Median latency, in ms.
    P50Ms,
    /// 99th percentile of latency, in ms.
    P99Ms,
    /// Processor time of the server per request, in µs.
    ServerCpuUs,
}

/// What follows from a comparison of one figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Certainly, and by enough to matter.
    Better,
    /// Certainly, and by enough to matter.
    Worse,
    /// A difference that would matter is ruled out.
    NoDifferenceShown,
    /// More rounds are needed.
    Undecided,
}

/// A benchmark and the code of its file as it was measured.
#[derive(Clone, Debug)]
pub struct BenchmarkHere {
    /// The benchmark.
    pub benchmark: Arc<Benchmark>,
    /// The routes' code as it was benchmarked; none when not known.
    pub codes: Option<Arc<RouteCodes>>,
    /// The same as it was verified.
    pub verified_codes: Option<Arc<RouteCodes>>,
}

impl BenchmarkHere {
    /// Whether the route's code is another one than was benchmarked, or may be.
    pub fn is_stale(&self, text: &Rope) -> bool {
        is_stale(self.codes.as_deref(), &self.benchmark.route, text)
    }

    /// The same of the verification.
    pub fn is_verification_stale(&self, text: &Rope) -> bool {
        self.benchmark.verification.is_some() && is_stale(self.verified_codes.as_deref(), &self.benchmark.route, text)
    }

    /// Whether the benchmark is the baseline itself.
    pub fn is_baseline(&self) -> bool {
        self.benchmark.baseline.as_ref().is_some_and(|baseline| baseline.run_id == self.benchmark.run_id)
    }
}

fn is_stale(codes: Option<&RouteCodes>, route: &(String, String), text: &Rope) -> bool {
    codes.and_then(|codes| codes.0.get(route)).is_none_or(|pieces| {
        let text = text.to_string();
        !pieces.iter().all(|piece| text.contains(piece))
    })
}

/// The code of each route of a text: its handler, and the functions of the same text that are reached from there by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteCodes(HashMap<(String, String), Vec<String>>);

impl RouteCodes {
    /// Those of a text. Slow: parses it.
    pub fn of(document: &Document) -> Self {
        let (syntax, text) = (document.syntax(), document.text());
        let functions = functions(syntax, text);
        let all = text.to_string();
        let code_of = |route: &Route| {
            let key = (request_method(route).to_owned(), route.path.clone());
            (key, reached(&all, &functions, route.handler.unwrap_or(route.range)))
        };
        Self(routes_with(syntax, text, &functions).iter().map(code_of).collect())
    }
}

/// The code in `range` and the functions that are reached from there by name, through each other, too.
fn reached(text: &str, functions: &Functions, range: ByteRange) -> Vec<String> {
    let piece = |range: ByteRange| text.get(range.start.0..range.end.0).unwrap_or_default();
    let named: Vec<_> = functions.iter().filter(|function| function.kind != FunctionKind::Toplevel && !function.name.is_empty()).collect();
    let mut pieces = vec![piece(range)];
    let mut ranges = HashSet::from([range]);
    let mut next = 0;
    while let Some(&code) = pieces.get(next) {
        let words: HashSet<&str> = words(code).collect();
        let is_called = |name: &str| words.contains(name.rsplit('.').next().unwrap_or(name));
        for function in named.iter().filter(|function| is_called(&function.name)) {
            if ranges.insert(function.range) {
                pieces.push(piece(function.range));
            }
        }
        next += 1;
    }
    pieces.into_iter().map(str::to_owned).collect()
}

/// What may be identifiers.
fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|char: char| !(char.is_alphanumeric() || matches!(char, '_' | '$'))).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use source::syntax::Language;

    const TEXT: &str = "\
const app = require('express')();
function inner(x) { return x + 1; }
function render(items) { return items.map(inner); }
function other() { return 2; }
app.get('/hello', hello);
app.get('/inline', (req, res) => res.send(other()));
function hello(req, res) { res.send(render(req.items)); }
app.get('/elsewhere', require('./elsewhere').handler);
";

    fn here(measured: &str, route: (&str, &str)) -> BenchmarkHere {
        let benchmark = Benchmark {
            run_id: "run-1".into(),
            route: (route.0.into(), route.1.into()),
            entry: "server.js".into(),
            figures: LoadFigures::default(),
            environment: Environment::default(),
            notes: Vec::new(),
            finished_at_ms: 0,
            changed_files: Vec::new(),
            baseline: None,
            verification: None,
        };
        let codes = RouteCodes::of(&Document::new(Language::JavaScript, 1, measured));
        BenchmarkHere { benchmark: Arc::new(benchmark), codes: Some(Arc::new(codes)), verified_codes: None }
    }

    #[test]
    fn stale_when_the_handler_or_what_it_reaches_was_changed() {
        fn check(path: &str, old: &str, new: &str, expected: bool) {
            assert!(TEXT.contains(old), "{old}");
            let now = Rope::from_str(&TEXT.replacen(old, new, 1));
            assert_eq!(here(TEXT, ("GET", path)).is_stale(&now), expected, "{path}: {old:?} to {new:?}");
        }
        check("/hello", "x + 1", "x + 1", false);
        check("/hello", "res.send(render", "res.json(render", true);
        check("/hello", "items.map", "[...items].map", true);
        check("/hello", "x + 1", "x + 2", true);
        // Not reached from there; moved.
        check("/hello", "return 2", "return 3", false);
        check("/hello", "function render", "\n\nfunction render", false);
        check("/inline", "return 2", "return 3", true);
        check("/inline", "x + 1", "x + 2", false);
        check("/elsewhere", "'./elsewhere'", "'./nowhere'", true);
    }

    #[test]
    fn what_is_not_known_may_be_another_code() {
        let text = Rope::from_str(TEXT);
        assert!(here(TEXT, ("GET", "/gone")).is_stale(&text));
        let unknown = BenchmarkHere { codes: None, ..here(TEXT, ("GET", "/hello")) };
        assert!(unknown.is_stale(&text));
        assert!(!here(TEXT, ("GET", "/hello")).is_verification_stale(&text), "there is none");
    }
}
