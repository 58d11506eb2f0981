//! Lenses of a route: profile, explain, benchmark, and what its benchmark leads to.

use source::routes::{Method, Route};

use super::{Command, Lens, stop_lens, summary, with_explain};
use crate::actions::Action;
use crate::benchmark::{Benchmark, BenchmarkHere, Figure, LoadFigures, Verdict, Verification, VerifiedFigure};
use crate::settings::LensSettings;
use crate::view::FileView;
use crate::wording;

/// Title of what has benchmarks compared with this one from now on.
const SET_BASELINE: &str = "Set as baseline";
/// A rate below this share of the requested one is told.
const ACHIEVED: f64 = 0.99;

/// The method to request a route with.
pub fn request_method(route: &Route) -> &str {
    match &route.method {
        // A handler of every method answers the commonest one.
        Method::Any => "GET",
        Method::Named(name) => name,
    }
}

/// The lenses of a route, at most four: the last one is the next step after its benchmark. While it is being measured, one that stops that.
pub(crate) fn lenses(view: &FileView, route: &Route, settings: &LensSettings) -> Vec<Lens> {
    let profile = profile_lens(view, route);
    if matches!(profile.command, Command::StopRun { .. }) {
        return vec![profile];
    }
    let (method, path) = (request_method(route).to_owned(), route.path.clone());
    let explain = Command::ExplainRoute { method: method.clone(), path: path.clone(), entry: None };
    let mut lenses: Vec<Lens> = with_explain(profile, Some(explain), settings).collect();
    let here = benchmark_of(view, route);
    let lens = |title: String, command: Command| Lens { range: route.range, title, command };
    let title = benchmark_title(view, &method, &path, here);
    lenses.push(lens(title, Command::BenchmarkRoute { method: method.clone(), path: path.clone() }));
    let Some(here) = here else { return lenses };
    match &here.benchmark.baseline {
        Some(baseline) if baseline.is_kept => {
            let title = verify_title(view, here);
            lenses.push(lens(title, Command::VerifyBaseline { method, path }));
        }
        Some(_) if here.is_baseline() => {}
        _ => lenses.push(lens(SET_BASELINE.to_owned(), set_baseline(here))),
    }
    lenses
}

/// What makes the newest benchmark the baseline in place of an older one, which has no lens.
pub(crate) fn new_baseline(view: &FileView, route: &Route) -> Option<Action> {
    let here = benchmark_of(view, route)?;
    let is_older = here.benchmark.baseline.is_some() && !here.is_baseline();
    let is_running = matches!(profile_lens(view, route).command, Command::StopRun { .. });
    (is_older && !is_running).then(|| Action { title: SET_BASELINE.to_owned(), command: set_baseline(here) })
}

fn set_baseline(here: &BenchmarkHere) -> Command {
    let (method, path) = here.benchmark.route.clone();
    Command::SetBaseline { run_id: here.benchmark.run_id.clone(), method, path }
}

/// The newest benchmark of a route.
pub(crate) fn benchmark_of<'a>(view: &'a FileView, route: &Route) -> Option<&'a BenchmarkHere> {
    view.subject.benchmarks.iter().find(|here| {
        let (method, path) = &here.benchmark.route;
        method == request_method(route) && *path == route.path && is_started(view, &here.benchmark.entry)
    })
}

/// Whether that file is the one that is started to measure this file's routes.
fn is_started(view: &FileView, entry: &str) -> bool {
    view.subject.starts.as_deref().is_none_or(|starts| starts == entry)
}

/// What profiles a route, or stops what is being measured of it.
fn profile_lens(view: &FileView, route: &Route) -> Lens {
    let (method, path) = (request_method(route), route.path.as_str());
    let is_this = |other: &Option<(String, String)>| other.as_ref().is_some_and(|(m, p)| m == method && p == path);
    let is_of_entry = |entry: &Option<String>| entry.as_deref().is_none_or(|entry| is_started(view, entry));
    let running = view.subject.running.iter().find(|running| is_this(&running.route) && is_of_entry(&running.entry));
    if let Some(running) = running {
        return stop_lens(route.range, running);
    }
    let figures = view.subject.targets.iter().find(|figures| is_this(&figures.route) && is_started(view, &figures.entry));
    let mut title = format!("▶ Profile {method} {path}");
    if let Some(summary) = figures.map(|figures| summary(figures)).filter(|summary| !summary.is_empty()) {
        title = format!("{title} · {summary}");
    }
    Lens { range: route.range, title, command: Command::ProfileRoute { method: method.to_owned(), path: path.to_owned() } }
}

fn benchmark_title(view: &FileView, method: &str, path: &str, here: Option<&BenchmarkHere>) -> String {
    let title = format!("Benchmark {method} {path}");
    let Some(here) = here else { return title };
    let mut parts = vec![title, benchmark_summary(&here.benchmark)];
    if here.is_baseline() {
        parts.push("baseline ✓".to_owned());
    } else if let Some(change) = change_against_baseline(&here.benchmark) {
        parts.push(format!("{change} vs baseline"));
    }
    let is_stale = here.is_stale(view.subject.document.text());
    if let Some(files) = here.benchmark.changed_since().filter(|_| !is_stale) {
        parts.push(format!("before changes in {files}"));
    }
    let title = parts.join(" · ");
    if is_stale { format!("stale · {title}") } else { title }
}

/// `12.3k req/s · p50 0.41 ms` at full throughput, `500 req/s asked · p99 4.1 ms` at a rate. What spoils the figures comes first.
pub(crate) fn benchmark_summary(benchmark: &Benchmark) -> String {
    let figures = &benchmark.figures;
    let mut parts = Vec::new();
    if figures.client_limited {
        parts.push("limited by the generator".to_owned());
    }
    if figures.failed > 0 {
        parts.push(format!("{} failed", wording::number(figures.failed)));
    }
    parts.push(match figures.requested_rate {
        Some(asked) if figures.requests_per_second < asked * ACHIEVED => {
            format!("{} of {} req/s", wording::rate(figures.requests_per_second), wording::rate(asked))
        }
        Some(asked) => format!("at {} req/s", wording::rate(asked)),
        None => format!("{} req/s", wording::rate(figures.requests_per_second)),
    });
    if let Some(latency) = &figures.latency {
        // At full throughput the tail says how long the queue was, and the queue how many connections there were.
        let (name, ms) = if figures.requested_rate.is_some() { ("p99", latency.p99) } else { ("p50", latency.p50) };
        parts.push(format!("{name} {}", wording::milliseconds(ms)));
    }
    parts.join(" · ")
}

/// How the headline changed: `↑12%` of the requests per second, `p99 ↓8%` of an open loop. None where that cannot be told.
pub(crate) fn change_against_baseline(benchmark: &Benchmark) -> Option<String> {
    let baseline = benchmark.baseline.as_ref().filter(|baseline| baseline.is_alike)?;
    let p99 = |figures: &LoadFigures| figures.latency.map(|latency| latency.p99);
    let (name, before, after) = match benchmark.figures.requested_rate {
        Some(_) => ("p99 ", p99(&baseline.figures)?, p99(&benchmark.figures)?),
        None => ("", baseline.figures.requests_per_second, benchmark.figures.requests_per_second),
    };
    let change = (before > 0.0).then(|| after / before - 1.0)?;
    Some(format!("{name}{}", wording::change(change).unwrap_or_else(|| "±0%".to_owned())))
}

fn verify_title(view: &FileView, here: &BenchmarkHere) -> String {
    let title = "Verify against baseline".to_owned();
    let Some(verification) = &here.benchmark.verification else { return title };
    let stale = if here.is_verification_stale(view.subject.document.text()) { "stale · " } else { "" };
    match verdict(verification) {
        Some(verdict) => format!("{stale}{title} · {verdict}"),
        None => title,
    }
}

/// What a verification found, by its headline: `12% faster (8% to 15%)`.
pub fn verdict(verification: &Verification) -> Option<String> {
    verification.figures.first().map(figure_verdict)
}

/// What follows of one figure, in words: `p99 12% lower (8% to 15%)`, `no difference shown`, `undecided`.
pub(crate) fn figure_verdict(figure: &VerifiedFigure) -> String {
    let (name, more, less) = match figure.figure {
        Figure::RequestsPerSecond => ("", "faster", "slower"),
        Figure::P50Ms => ("p50 ", "higher", "lower"),
        Figure::P99Ms => ("p99 ", "higher", "lower"),
        Figure::ServerCpuUs => ("CPU ", "higher", "lower"),
    };
    match figure.verdict {
        Verdict::NoDifferenceShown => format!("{name}no difference shown"),
        Verdict::Undecided => format!("{name}undecided"),
        Verdict::Better | Verdict::Worse => {
            let is_more = figure.ratio >= 1.0;
            let size = |ratio: f64| wording::percent(((ratio - 1.0) * if is_more { 1.0 } else { -1.0 }).max(0.0));
            let interval = figure.interval.map(|[low, high]| if is_more { [low, high] } else { [high, low] });
            let interval = interval.map_or_else(String::new, |[from, to]| format!(" ({} to {})", size(from), size(to)));
            format!("{name}{} {}{interval}", size(figure.ratio), if is_more { more } else { less })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmark::{Baseline, LatencyFigures};
    use crate::fixture::{Fixture, SERVER};

    fn closed(requests_per_second: f64, p50: f64) -> LoadFigures {
        let latency = Some(LatencyFigures { p50, p90: p50 * 2.0, p99: p50 * 4.0, max: p50 * 8.0 });
        LoadFigures { requests_per_second, latency, sent: 1_000, connections: 10, ..LoadFigures::default() }
    }

    fn baseline(run_id: &str, figures: LoadFigures) -> Baseline {
        let (run_id, is_kept) = (run_id.to_owned(), true);
        Baseline { run_id, name: None, finished_at_ms: 0, figures, is_kept, is_alike: true, differences: Vec::new() }
    }

    fn figure(ratio: f64, interval: [f64; 2], verdict: Verdict) -> VerifiedFigure {
        VerifiedFigure { figure: Figure::RequestsPerSecond, before: 100.0, after: 100.0 * ratio, ratio, interval: Some(interval), verdict }
    }

    /// The lenses of `GET /hello` after a benchmark, without those of profiling and explaining.
    fn check(change: impl FnOnce(&mut Benchmark), expected: &[&str]) {
        check_in(Fixture::new(SERVER), change, expected);
    }

    fn check_in(fixture: Fixture, change: impl FnOnce(&mut Benchmark), expected: &[&str]) {
        let view = fixture.benchmarked(closed(12_345.0, 0.412), change).view();
        let route = view.subject.routes.iter().find(|route| route.path == "/hello").unwrap();
        let all = lenses(&view, route, &LensSettings::default());
        assert!(all.len() <= 4, "{all:?}");
        assert_eq!(all[..2].iter().map(|lens| lens.title.as_str()).collect::<Vec<_>>(), ["▶ Profile GET /hello", "Explain optimisation"]);
        assert_eq!(all[2..].iter().map(|lens| lens.title.as_str()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_benchmark_and_its_baseline() {
        let benchmark = "Benchmark GET /hello · 12.3k req/s · p50 0.41 ms";
        check(|_| {}, &[benchmark, "Set as baseline"]);
        let own = |benchmark: &mut Benchmark| benchmark.baseline = Some(baseline(&benchmark.run_id, benchmark.figures.clone()));
        check(own, &[&format!("{benchmark} · baseline ✓"), "Verify against baseline"]);
        let not_kept = |benchmark: &mut Benchmark| {
            own(benchmark);
            benchmark.baseline.as_mut().unwrap().is_kept = false;
        };
        check(not_kept, &[&format!("{benchmark} · baseline ✓")]);
        let older = |benchmark: &mut Benchmark| benchmark.baseline = Some(baseline("run-0", closed(11_000.0, 0.5)));
        check(older, &[&format!("{benchmark} · ↑12% vs baseline"), "Verify against baseline"]);
        let older_not_kept = |benchmark: &mut Benchmark| {
            older(benchmark);
            benchmark.baseline.as_mut().unwrap().is_kept = false;
        };
        check(older_not_kept, &[&format!("{benchmark} · ↑12% vs baseline"), "Set as baseline"]);
        let alike = |benchmark: &mut Benchmark| benchmark.baseline = Some(baseline("run-0", closed(12_340.0, 0.5)));
        check(alike, &[&format!("{benchmark} · ±0% vs baseline"), "Verify against baseline"]);
        let different = |benchmark: &mut Benchmark| {
            older(benchmark);
            benchmark.baseline.as_mut().unwrap().is_alike = false;
        };
        check(different, &[benchmark, "Verify against baseline"]);
    }

    #[test]
    fn what_spoils_the_figures_comes_first() {
        let limited = |benchmark: &mut Benchmark| (benchmark.figures.client_limited, benchmark.figures.failed) = (true, 1_234);
        let expected = "Benchmark GET /hello · limited by the generator · 1,234 failed · 12.3k req/s · p50 0.41 ms";
        check(limited, &[expected, "Set as baseline"]);
        let edited = Fixture::new(SERVER).edited(Some(("heavy(items)", "light(items)")));
        let stale = "stale · Benchmark GET /hello · 12.3k req/s · p50 0.41 ms";
        check_in(edited.clone(), |_| {}, &[stale, "Set as baseline"]);
        let changed = |files: &[&str]| {
            let files = files.iter().map(|file| (*file).to_owned()).collect();
            move |benchmark: &mut Benchmark| benchmark.changed_files = files
        };
        let fresh = "Benchmark GET /hello · 12.3k req/s · p50 0.41 ms";
        for (files, expected) in [
            (&["lib/a.js"][..], "lib/a.js"),
            (&["lib/a.js", "lib/b.js"], "lib/a.js and lib/b.js"),
            (&["lib/a.js", "lib/b.js", "lib/c.js"], "lib/a.js and 2 other files"),
        ] {
            check(changed(files), &[&format!("{fresh} · before changes in {expected}"), "Set as baseline"]);
        }
        check_in(edited, changed(&["lib/a.js"]), &[stale, "Set as baseline"]);
    }

    #[test]
    fn an_open_loop() {
        let at = |asked: f64| move |benchmark: &mut Benchmark| benchmark.figures.requested_rate = Some(asked);
        check(at(12_345.0), &["Benchmark GET /hello · at 12.3k req/s · p99 1.6 ms", "Set as baseline"]);
        check(at(20_000.0), &["Benchmark GET /hello · 12.3k of 20k req/s · p99 1.6 ms", "Set as baseline"]);
        let compared = |benchmark: &mut Benchmark| {
            at(12_345.0)(benchmark);
            benchmark.baseline = Some(baseline("run-0", closed(12_345.0, 0.5)));
        };
        check(compared, &["Benchmark GET /hello · at 12.3k req/s · p99 1.6 ms · p99 ↓18% vs baseline", "Verify against baseline"]);
    }

    #[test]
    fn verdicts() {
        fn check(figure: VerifiedFigure, expected: &str) {
            assert_eq!(figure_verdict(&figure), expected);
        }
        check(figure(1.12, [1.08, 1.15], Verdict::Better), "12% faster (8% to 15%)");
        check(figure(0.88, [0.85, 0.925], Verdict::Worse), "12% slower (7.5% to 15%)");
        check(figure(1.004, [0.99, 1.01], Verdict::NoDifferenceShown), "no difference shown");
        check(figure(1.1, [0.9, 1.3], Verdict::Undecided), "undecided");
        let p99 = VerifiedFigure { figure: Figure::P99Ms, ..figure(0.88, [0.85, 0.92], Verdict::Better) };
        check(p99, "p99 12% lower (8% to 15%)");
        check(VerifiedFigure { interval: None, ..figure(1.12, [1.0, 1.0], Verdict::Better) }, "12% faster");
    }

    #[test]
    fn a_verification() {
        fn verified(benchmark: &mut Benchmark) {
            benchmark.baseline = Some(baseline("run-0", closed(11_000.0, 0.5)));
            let figures = vec![figure(1.12, [1.08, 1.15], Verdict::Better)];
            benchmark.verification = Some(std::sync::Arc::new(Verification { figures, ..Verification::default() }));
        }
        let title = "Benchmark GET /hello · 12.3k req/s · p50 0.41 ms · ↑12% vs baseline";
        check(verified, &[title, "Verify against baseline · 12% faster (8% to 15%)"]);
        let edited = Fixture::new(SERVER).edited(Some(("heavy(items)", "light(items)")));
        let stale = [&format!("stale · {title}"), "stale · Verify against baseline · 12% faster (8% to 15%)"];
        check_in(edited, verified, &stale);
    }

    #[test]
    fn while_it_is_measured_there_is_nothing_else() {
        let view = Fixture::new(SERVER).benchmarked(closed(1.0, 1.0), |_| {}).with_running("GET", "/hello").view();
        let all = lenses(&view, &view.subject.routes[0], &LensSettings::default());
        assert_eq!(all.iter().map(|lens| lens.title.as_str()).collect::<Vec<_>>(), ["■ Stop measuring GET /hello"]);
    }
}
