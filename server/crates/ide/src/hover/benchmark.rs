//! What is known of the newest benchmark of a route.

use std::time::Duration;

use source::position::{ByteOffset, ByteRange};
use source::routes::Route;

use crate::benchmark::{BenchmarkHere, Figure, LatencyFigures, LoadFigures, Verification, VerifiedFigure};
use crate::lenses::routes::{benchmark_of, benchmark_summary, change_against_baseline, figure_verdict};
use crate::rich_text::{Block, RichText};
use crate::view::FileView;
use crate::wording::{age, change, milliseconds, number, rate, time};

/// What is said of a route at the place that registers it and at the head of its handler.
pub(super) fn at(view: &FileView, offset: ByteOffset, now_ms: u64) -> Option<(ByteRange, RichText)> {
    view.subject.routes.iter().find_map(|route| {
        let head = head(view, route);
        let range = [Some(route.range), head].into_iter().flatten().find(|range| range.start <= offset && offset <= range.end)?;
        Some((range, tell(view, benchmark_of(view, route)?, now_ms)))
    })
}

/// From the beginning of the handler to its body; as long as the text is not analysed, to the end of that line.
fn head(view: &FileView, route: &Route) -> Option<ByteRange> {
    let handler = route.handler?;
    let line_end = view.editor_line(handler.start).end.min(handler.end);
    let code = view.subject.functions.as_ref().and_then(|functions| functions.iter().find(|function| function.range == handler));
    let end = code.map_or(line_end, |code| code.header.end.min(handler.end));
    Some(ByteRange { start: handler.start, end })
}

fn tell(view: &FileView, here: &BenchmarkHere, now_ms: u64) -> RichText {
    let benchmark = &here.benchmark;
    let (method, path) = &benchmark.route;
    let mut text = RichText { blocks: vec![Block::Title(format!("Benchmark of {method} {path}: {}", benchmark_summary(benchmark)))] };
    let mut say = |sentence: String| text.blocks.push(Block::Paragraph(sentence));
    // First what forbids to take the figures for the server's.
    benchmark.notes.iter().for_each(|note| say(note.clone()));
    if here.is_stale(view.subject.document.text()) {
        say("Stale: the code of this route was changed since it was measured, or may have been.".to_owned());
    }
    if let Some(files) = benchmark.changed_since() {
        say(format!("Measured before changes in {files}, which the program loads."));
    }
    if benchmark.figures.requested_rate.is_none() {
        say(CLOSED_LOOP.to_owned());
    }
    let baseline = benchmark.baseline.as_ref().filter(|_| !here.is_baseline());
    text.blocks.push(figures(&benchmark.figures, baseline.map(|baseline| &baseline.figures)));
    let mut say = |sentence: String| text.blocks.push(Block::Paragraph(sentence));
    let ago = |finished_at_ms: u64| age(Duration::from_millis(now_ms.saturating_sub(finished_at_ms)));
    let environment = &benchmark.environment;
    let mut about = vec![ago(benchmark.finished_at_ms), format!("Node {}", environment.node_version)];
    about.push(format!("NODE_ENV {}", environment.node_env.as_deref().unwrap_or("unset")));
    if let Some(commit) = &environment.commit {
        about.push(format!("commit {}{}", commit.get(..10).unwrap_or(commit), if environment.dirty { " with changes" } else { "" }));
    }
    say(format!("Measured {}.", about.join(", ")));
    match (&benchmark.baseline, baseline) {
        (None, _) => say("Nothing is its baseline: set this benchmark as baseline before you change the code.".to_owned()),
        (Some(own), None) if own.is_kept => say("This is the baseline: verify against it after a change.".to_owned()),
        (Some(_), None) => say(format!("This is the baseline. {NOT_KEPT}")),
        (_, Some(other)) => {
            let name = other.name.as_ref().map_or_else(String::new, |name| format!(" “{name}”"));
            let baseline = format!("the baseline{name} of {}", ago(other.finished_at_ms));
            say(match change_against_baseline(benchmark) {
                Some(changed) => format!("Against {baseline}: {changed}. One run each shows a change and proves none."),
                None => format!("Not comparable with {baseline}:"),
            });
            other.differences.iter().for_each(|difference| say(difference.clone()));
            if !other.is_kept {
                say(NOT_KEPT.to_owned());
            }
        }
    }
    if let Some(verification) = &benchmark.verification {
        let stale = here.is_verification_stale(view.subject.document.text());
        verified(&mut text, verification, stale, &ago(verification.finished_at_ms));
    }
    text
}

/// What the figures of a benchmark without a rate are.
const CLOSED_LOOP: &str =
    "Maximum throughput: each connection sends its next request once the last one is answered. Latencies are those under that load.";

/// Why a baseline cannot be verified against.
const NOT_KEPT: &str = "The baseline's code is not kept, so nothing can be verified against it: that takes a git repository with a commit.";

fn figures(now: &LoadFigures, before: Option<&LoadFigures>) -> Block {
    let head = ["", "now", "baseline", "change"].map(str::to_owned).to_vec();
    let mut rows = vec![head];
    let mut row = |name: &str, value: &dyn Fn(&LoadFigures) -> Option<f64>, show: &dyn Fn(f64) -> String| {
        let Some(after) = value(now) else { return };
        let before = before.and_then(value);
        let changed = before.filter(|before| *before > 0.0).map(|before| change(after / before - 1.0).unwrap_or_else(|| "±0%".to_owned()));
        rows.push(vec![name.to_owned(), show(after), before.map(show).unwrap_or_default(), changed.unwrap_or_default()]);
    };
    let latency = |of: fn(&LatencyFigures) -> f64| move |figures: &LoadFigures| figures.latency.as_ref().map(of);
    row("req/s", &|figures| Some(figures.requests_per_second), &rate);
    row("req/s asked", &|figures| figures.requested_rate, &rate);
    row("p50", &latency(|latency| latency.p50), &milliseconds);
    row("p90", &latency(|latency| latency.p90), &milliseconds);
    row("p99", &latency(|latency| latency.p99), &milliseconds);
    row("max", &latency(|latency| latency.max), &milliseconds);
    row("CPU of the server per request", &|figures| figures.server_cpu_us, &|us| time(us.round().max(0.0) as u64));
    let count = |count: f64| number(count as u64);
    row("failed", &|figures| Some(figures.failed as f64), &count);
    row("sent", &|figures| Some(figures.sent as f64), &count);
    row("connections", &|figures| Some(figures.connections as f64), &count);
    if before.is_none() {
        rows.iter_mut().for_each(|row| row.truncate(2));
    }
    Block::Table(rows)
}

/// All figures of a verification.
fn verified(text: &mut RichText, verification: &Verification, stale: bool, ago: &str) {
    let mut rows = vec![["verified", "baseline", "now", ""].map(str::to_owned).to_vec()];
    rows.extend(verification.figures.iter().map(|figure| {
        let (name, show): (&str, fn(&VerifiedFigure, f64) -> String) = match figure.figure {
            Figure::RequestsPerSecond => ("req/s", |_, value| rate(value)),
            Figure::P50Ms => ("p50", |_, value| milliseconds(value)),
            Figure::P99Ms => ("p99", |_, value| milliseconds(value)),
            Figure::ServerCpuUs => ("CPU of the server per request", |_, value| time(value.round().max(0.0) as u64)),
        };
        vec![name.to_owned(), show(figure, figure.before), show(figure, figure.after), figure_verdict(figure)]
    }));
    let stale = if stale { " Stale: the code of this route was changed since, or may have been." } else { "" };
    let rounds = number(verification.rounds as u64);
    let about = format!("Verified against the baseline {ago}, {rounds} rounds of each in turns, intervals with 95% confidence.{stale}");
    text.blocks.push(Block::Paragraph(about));
    text.blocks.push(Block::Table(rows));
    text.blocks.extend(verification.notes.iter().cloned().map(Block::Paragraph));
}

#[cfg(test)]
mod tests {
    use crate::benchmark::{Baseline, Benchmark, Figure, LatencyFigures, LoadFigures, Verdict, Verification, VerifiedFigure};
    use crate::fixture::{Fixture, SERVER};
    use crate::hover::tests::{at, check};
    use std::sync::Arc;

    fn figures(requests_per_second: f64) -> LoadFigures {
        let latency = Some(LatencyFigures { p50: 0.412, p90: 0.9, p99: 4.12, max: 12.0 });
        LoadFigures { requests_per_second, latency, sent: 61_725, connections: 10, server_cpu_us: Some(81.0), ..LoadFigures::default() }
    }

    fn benchmarked(change: impl FnOnce(&mut Benchmark)) -> Fixture {
        Fixture::new(SERVER).benchmarked(figures(12_345.0), change)
    }

    #[test]
    fn figures_with_age_and_environment() {
        let expected = [
            "Benchmark of GET /hello: 12.3k req/s · p50 0.41 ms",
            "req/s                            12.3k\n",
            "p99                             4.1 ms\n",
            "CPU of the server per request    81 µs\n",
            "failed                               0\n",
            "Measured 3 min ago, Node 22.1.0, NODE_ENV unset, commit 0123456789.",
            "Nothing is its baseline",
        ];
        check(at(benchmarked(|_| {}), "get|('/hello'"), &expected);
        // Without a profile, too.
        check(at(Fixture::bare(SERVER).benchmarked(figures(12_345.0), |_| {}), "get|('/hello'"), &expected);
        // What is known of the function comes first.
        let both = at(benchmarked(|_| {}), "hello|(req, res)").unwrap();
        assert!(both.starts_with("ƒ hello\n"), "{both}");
        check(Some(both), &expected);
        assert!(!at(benchmarked(|_| {}), "render|(items)").unwrap().contains("Benchmark"));
    }

    #[test]
    fn what_spoils_the_figures_comes_first() {
        let limited = benchmarked(|benchmark| benchmark.notes.push("The load generator was the limit.".into()));
        let text = at(limited, "get|('/hello'").unwrap();
        assert!(text.lines().nth(2).is_some_and(|line| line == "The load generator was the limit."), "{text}");
        let edited = benchmarked(|_| {}).edited(Some(("heavy(items)", "light(items)")));
        check(at(edited, "get|('/hello'"), &["Stale: the code of this route was changed"]);
        let elsewhere = benchmarked(|benchmark| benchmark.changed_files = vec!["lib/a.js".into()]);
        check(at(elsewhere, "get|('/hello'"), &["Measured before changes in lib/a.js, which the program loads."]);
    }

    #[test]
    fn against_a_baseline() {
        let baseline = |is_kept| {
            move |benchmark: &mut Benchmark| {
                let (run_id, name, differences) = ("run-0".into(), Some("before".into()), vec!["Node differs.".into()]);
                benchmark.baseline =
                    Some(Baseline { run_id, name, finished_at_ms: 0, figures: figures(11_000.0), is_kept, is_alike: true, differences });
            }
        };
        let expected =
            ["now  baseline  change\n", "12.3k       11k    ↑12%\n", "Against the baseline “before” of 3 min ago", "Node differs."];
        check(at(benchmarked(baseline(true)), "get|('/hello'"), &expected);
        check(at(benchmarked(baseline(false)), "get|('/hello'"), &["The baseline's code is not kept"]);
        let verified = benchmarked(|benchmark| {
            baseline(true)(benchmark);
            let figure = VerifiedFigure {
                figure: Figure::RequestsPerSecond,
                before: 11_000.0,
                after: 12_320.0,
                ratio: 1.12,
                interval: Some([1.08, 1.15]),
                verdict: Verdict::Better,
            };
            let cpu = VerifiedFigure { figure: Figure::ServerCpuUs, before: 81.0, after: 80.0, verdict: Verdict::Undecided, ..figure };
            let verification =
                Verification { figures: vec![figure, cpu], rounds: 5, notes: vec!["Busy machine.".into()], ..Verification::default() };
            benchmark.verification = Some(Arc::new(verification));
        });
        let expected = ["12% faster (8% to 15%)", "81 µs", "CPU undecided", "5 rounds of each in turns", "Busy machine."];
        check(at(verified, "get|('/hello'"), &expected);
    }
}
