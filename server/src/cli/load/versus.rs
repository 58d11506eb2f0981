//! `tickmark load --compare`: two versions of a program, benchmarked in turns.

use super::super::Outcome;
use super::super::entry::failed;
use super::super::table::{Align, table, time};
use super::args::{Args, ComparisonArgs};
use super::drawing::Charset;
use super::started::{self, watched};
use super::text::{rate, wrapped};
use super::values::Output;
use ::runs::versus::{Code, Figure, FigureComparison, ROUNDS, Side, SideFacts, Verdict, Versus, VersusRequest, versus};
use ::runs::{RunError, Target};
use anyhow::bail;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

pub(super) async fn run(args: &Args, entry: Option<&Path>) -> anyhow::Result<Outcome> {
    let format = args.result.format();
    if !matches!(format, Output::Text | Output::Json) {
        bail!("a comparison is printed as text or json: the other formats are of one run");
    }
    if args.started.no_save {
        bail!("--no-save: the runs of a comparison are kept in no case; leave it out");
    }
    let request = started::request(args, entry)?;
    let target = request.target.clone();
    let [a, b] = sides(&args.comparison)?;
    let rounds = args.comparison.rounds.map_or(ROUNDS, usize::from);
    let compare = |request, cancel, progress| versus(VersusRequest { request, a, b, rounds }, cancel, progress);
    let compared = match watched(request, args.result.quiet, compare).await {
        Err(RunError::Cancelled) => return Ok(Outcome::Interrupted),
        compared => compared.map_err(failed)?,
    };
    args.result.deliver(|format| match format {
        Output::Json => {
            let mut value = serde_json::to_value(&compared)?;
            value["schema"] = "tickmark/versus@1".into();
            value["target"] = serde_json::to_value(&target)?;
            Ok(format!("{value:#}\n"))
        }
        _ => Ok(Charset::of_locale().apply(text(&compared, &target))),
    })?;
    let is_slower = compared.figures.first().is_some_and(|figure| figure.verdict == Verdict::Worse);
    let has_failed = compared.rounds.iter().flatten().any(|report| report.failed > 0);
    let is_failure = has_failed || (is_slower && args.comparison.fail_if_slower);
    Ok(if is_failure { Outcome::Failure } else { Outcome::Success })
}

/// The version compared with, and the one of interest.
fn sides(args: &ComparisonArgs) -> anyhow::Result<[Side; 2]> {
    let side = |label: &str, code, env| Side { label: label.to_owned(), code, env };
    if let Some(revision) = &args.compare {
        let before = side(revision, Code::Revision(revision.clone()), BTreeMap::new());
        return Ok([before, side("working tree", Code::WorkingTree, BTreeMap::new())]);
    }
    let mut env = BTreeMap::new();
    for variable in &args.compare_env {
        let (name, value) = match variable.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (variable.as_str(), None),
        };
        if name.is_empty() {
            bail!("--compare-env {variable}: the name of the variable is missing");
        }
        env.insert(name.to_owned(), value);
    }
    let label = |(name, value): (&String, &Option<String>)| match value {
        Some(value) => format!("{name}={value}"),
        None => format!("no {name}"),
    };
    let labels: Vec<String> = env.iter().map(label).collect();
    Ok([side("as it is", Code::WorkingTree, BTreeMap::new()), side(&labels.join(" "), Code::WorkingTree, env)])
}

/// The verdict, the medians of both sides with the interval of their ratio, and every round.
pub(super) fn text(versus: &Versus, target: &Target) -> String {
    let seconds = versus.rounds.first().map_or(0.0, |[report, _]| report.duration_ms / 1e3);
    let mut out = format!("{} · {} rounds of {seconds:.1} s in turns\n\n", target.title(), versus.rounds.len());
    for (letter, side) in [("A", &versus.a), ("B", &versus.b)] {
        let _ = writeln!(out, "  {letter}  {}", side_text(side));
    }
    if let Some(headline) = versus.figures.first() {
        let _ = writeln!(out, "\n  B: {}", in_words(headline));
    }
    let columns = [
        ("median", Align::Left),
        ("A", Align::Right),
        ("B", Align::Right),
        ("B / A", Align::Right),
        ("95 % within", Align::Left),
        ("", Align::Left),
    ];
    let rows: Vec<Vec<String>> = versus
        .figures
        .iter()
        .map(|figure| {
            let interval = figure.interval.map(|[low, high]| format!("{low:.3} to {high:.3}")).unwrap_or_default();
            let (a, b) = (shown(figure.figure, figure.a), shown(figure.figure, figure.b));
            vec![name(figure.figure).to_owned(), a, b, format!("{:.3}", figure.ratio), interval, in_words(figure)]
        })
        .collect();
    let _ = writeln!(out, "\n{}", table(&columns, &rows).trim_end());
    if let [headline, _, ..] = &versus.figures[..] {
        let headline = name(headline.figure);
        let basis = format!("The verdict goes by {headline} alone; each interval is 95 % by itself, so another may differ by chance.");
        out.push_str(&wrapped("  ", &basis));
    }
    let figures: Vec<Figure> = versus.figures.iter().map(|figure| figure.figure).collect();
    let mut columns = vec![("round", Align::Right)];
    for figure in &figures {
        columns.extend([(name(*figure), Align::Right), ("", Align::Right)]);
    }
    let rounds = versus.rounds.iter().enumerate().map(|(round, reports)| {
        let mut row = vec![(round + 1).to_string()];
        for figure in &figures {
            row.extend(
                [0, 1].map(|side| of_round(versus, *figure, round, reports, side).map(|value| shown(*figure, value)).unwrap_or_default()),
            );
        }
        row
    });
    let _ = writeln!(out, "\n{}", table(&columns, &rounds.collect::<Vec<_>>()).trim_end());
    if !versus.notes.is_empty() {
        out.push('\n');
    }
    for note in &versus.notes {
        out.push_str(&wrapped("  Note: ", note));
    }
    out
}

fn side_text(side: &SideFacts) -> String {
    let commit = side.commit.as_ref().map(|commit| format!("commit {}", commit.chars().take(10).collect::<String>()));
    let node_env = side.node_env.as_ref().map(|value| format!("NODE_ENV={value}")).filter(|set| *set != side.label);
    [Some(side.label.clone()), commit, node_env].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// A figure of one side of one round.
fn of_round(versus: &Versus, figure: Figure, round: usize, reports: &[::load::Report; 2], side: usize) -> Option<f64> {
    let report = &reports[side];
    match figure {
        Figure::RequestsPerSecond => Some(report.requests_per_second),
        Figure::P50Ms => report.latency_ms.map(|latency| latency.p50),
        Figure::P99Ms => report.latency_ms.map(|latency| latency.p99),
        Figure::ServerCpuUs => versus.server_cpu_us.get(round).and_then(|sides| sides[side]),
    }
}

fn name(figure: Figure) -> &'static str {
    match figure {
        Figure::RequestsPerSecond => "requests/s",
        Figure::P50Ms => "p50",
        Figure::P99Ms => "p99",
        Figure::ServerCpuUs => "server's CPU per request",
    }
}

fn shown(figure: Figure, value: f64) -> String {
    match figure {
        Figure::RequestsPerSecond => rate(value),
        Figure::P50Ms | Figure::P99Ms => time(value),
        Figure::ServerCpuUs => time(value / 1e3),
    }
}

/// What follows, such as `12 % faster (8.1 to 15 %)`.
fn in_words(comparison: &FigureComparison) -> String {
    let [more, less] = match comparison.figure {
        Figure::RequestsPerSecond => ["faster", "slower"],
        Figure::P50Ms | Figure::P99Ms => ["longer", "shorter"],
        Figure::ServerCpuUs => ["more", "less"],
    };
    let change = |ratio: f64| {
        let percent = ((ratio - 1.0) * 100.0).abs();
        if percent < 10.0 { format!("{percent:.1}") } else { format!("{percent:.0}") }
    };
    match comparison.verdict {
        Verdict::NoDifferenceShown => "no difference shown".to_owned(),
        Verdict::Undecided => "undecided: more rounds may tell (--rounds)".to_owned(),
        Verdict::Better | Verdict::Worse => {
            let is_more = comparison.ratio > 1.0;
            let interval = comparison.interval.map(|[low, high]| if is_more { [low, high] } else { [high, low] });
            let interval = interval.map(|[from, to]| format!(" ({} to {} %)", change(from), change(to))).unwrap_or_default();
            format!("{} % {}{interval}", change(comparison.ratio), if is_more { more } else { less })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_in_words() {
        fn check(figure: Figure, ratio: f64, interval: [f64; 2], verdict: Verdict, expected: &str) {
            let comparison = FigureComparison { figure, a: 1.0, b: ratio, ratio, interval: Some(interval), verdict };
            assert_eq!(in_words(&comparison), expected);
        }
        use Figure::{P50Ms, RequestsPerSecond, ServerCpuUs};
        check(RequestsPerSecond, 1.12, [1.081, 1.15], Verdict::Better, "12 % faster (8.1 to 15 %)");
        check(RequestsPerSecond, 0.88, [0.85, 0.92], Verdict::Worse, "12 % slower (8.0 to 15 %)");
        check(P50Ms, 0.5, [0.4, 0.6], Verdict::Better, "50 % shorter (40 to 60 %)");
        check(ServerCpuUs, 1.05, [1.03, 1.07], Verdict::Worse, "5.0 % more (3.0 to 7.0 %)");
        check(P50Ms, 1.0, [0.99, 1.01], Verdict::NoDifferenceShown, "no difference shown");
        check(P50Ms, 1.0, [0.8, 1.2], Verdict::Undecided, "undecided: more rounds may tell (--rounds)");
    }

    #[test]
    fn versions_of_a_command_line() {
        let sides = |compare: Option<&str>, env: &[&str]| {
            let compare_env = env.iter().map(|variable| (*variable).to_owned()).collect();
            sides(&ComparisonArgs { compare: compare.map(str::to_owned), compare_env, rounds: None, fail_if_slower: false })
        };
        let [a, b] = sides(Some("HEAD~1"), &[]).unwrap();
        assert_eq!((a.code, b.code), (Code::Revision("HEAD~1".to_owned()), Code::WorkingTree));
        let [a, b] = sides(None, &["NODE_ENV=production", "DEBUG"]).unwrap();
        assert_eq!((a.env.len(), b.label.as_str()), (0, "no DEBUG NODE_ENV=production"));
        assert_eq!(b.env["NODE_ENV"].as_deref(), Some("production"));
        assert!(sides(None, &["=x"]).is_err());
    }
}
