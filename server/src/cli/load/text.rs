//! A report for a person at a terminal.

use super::super::table::{grouped, time};
use super::drawing::{Charset, histogram, over_time};
use ::load::{FEWEST_BEYOND, NoteKind, Report};
use std::collections::HashSet;
use std::fmt::Write;

/// Failures that are shown with what the server said.
const MOST_FAILURES: usize = 5;
/// Characters of a body that are shown.
const MOST_OF_BODY: usize = 200;

/// Characters of a line of a note, as of the help texts.
const WIDTH: usize = 110;

/// How a report is shown.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct Shown<'a> {
    /// Percentiles, ascending, 0 to 100.
    pub(in crate::cli) percentiles: &'a [f64],
    pub(in crate::cli) charset: Charset,
    /// Sentences of what spoils the run and its report does not know.
    pub(in crate::cli) notes: &'a [String],
}

impl Shown<'_> {
    /// The usual percentiles, in characters of this terminal.
    pub(in crate::cli) fn usual() -> Self {
        Self { percentiles: &::load::PERCENTILES, charset: Charset::of_locale(), notes: &[] }
    }
}

/// The report: what spoils it, its headline, distribution, course, balance, failures, connections, generator, and what bounds it.
pub(in crate::cli) fn text(report: &Report, shown: &Shown<'_>) -> String {
    let mut out = String::new();
    let (spoilers, bounds): (Vec<_>, Vec<_>) = report.notes_for(shown.percentiles).into_iter().partition(|note| note.kind.spoils());
    for note in &spoilers {
        out.push_str(&wrapped("  ! ", &note.text));
    }
    for note in shown.notes {
        out.push_str(&wrapped("  ! ", note));
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out.push_str(&if report.open_loop { open_loop(report, shown) } else { closed_loop(report, shown) });
    for note in bounds.iter().filter(|note| note.kind == NoteKind::ClosedLoopTail) {
        out.push_str(&wrapped("  ", &note.text));
    }
    if !report.latency_counts.is_empty() {
        let _ = write!(out, "\n{}", histogram(&report.latency_counts, shown.charset));
    }
    if let Some(line) = over_time(&report.slices, shown.charset) {
        let _ = writeln!(out, "\n  {line}");
    }
    let _ = writeln!(out, "\n{}", counts(report).trim_end());
    out.push_str(&failures(report));
    out.push_str(&connections(report));
    out.push_str(&generator(report));
    for note in bounds.iter().filter(|note| note.kind != NoteKind::ClosedLoopTail) {
        out.push_str(&wrapped("  ~ ", &note.text));
    }
    shown.charset.apply(out)
}

/// How it was loaded: `closed loop, 10 connections`, `open loop at 2,000 requests/s, 10 connections`.
pub(super) fn describe(report: &Report) -> String {
    let pace = match (report.ramp, report.requested_rate) {
        (Some([from, to]), _) => format!("open loop from {} to {} requests/s", rate(from), rate(to)),
        (None, Some(requested)) => format!("open loop at {} requests/s", rate(requested)),
        (None, None) => "closed loop".to_owned(),
    };
    format!("{pace}, {} connections, {:.1} s", grouped(report.connections as u64), report.duration_ms / 1e3)
}

fn closed_loop(report: &Report, shown: &Shown<'_>) -> String {
    if report.completed == 0 {
        return "  No request completed, so there is no throughput.\n".to_owned();
    }
    let mut out = format!("  Maximum throughput: {} requests/s\n", rate(report.requests_per_second));
    if let Some(latency) = report.latency_ms {
        let percentiles = shown.percentiles.iter().filter_map(|percent| {
            let ms = report.latency_counts.percentile_ms(*percent)?;
            Some(format!("{} {}", name(report, *percent), time(ms)))
        });
        let figures: Vec<String> = percentiles.chain([format!("max {}", time(latency.max))]).collect();
        out.push('\n');
        out.push_str(&listed("  Latency at that throughput: ", &figures));
    }
    out
}

fn open_loop(report: &Report, shown: &Shown<'_>) -> String {
    let mut rows = [vec![String::new()], vec!["latency".to_owned()], vec!["service time".to_owned()]];
    for percent in shown.percentiles {
        rows[0].push(name(report, *percent));
        for (row, counts) in [(1, &report.latency_counts), (2, &report.service_counts)] {
            rows[row].push(counts.percentile_ms(*percent).map(time).unwrap_or_default());
        }
    }
    rows[0].extend(["max", "mean"].map(str::to_owned));
    for (row, figures) in [(1, &report.latency_ms), (2, &report.service_ms)] {
        let cells = figures.map_or([String::new(), String::new()], |figures| [time(figures.max), time(figures.mean)]);
        rows[row].extend(cells);
    }
    let mut out = String::new();
    if report.latency_ms.is_none() {
        out.push_str("  No request completed, so there is no latency.\n");
    } else {
        let widths: Vec<usize> =
            (0..rows[0].len()).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect();
        for row in rows.iter().take(if report.service_ms.is_some() { 3 } else { 2 }) {
            let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| match column {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            });
            let _ = writeln!(out, "  {}", cells.collect::<Vec<_>>().join("   ").trim_end());
        }
        out.push_str("  Latency counts from the time a request was due, service time from when it was sent.\n");
    }
    if let Some(requested) = report.requested_rate {
        let _ = writeln!(
            out,
            "\n  Sent {} of {} requests/s asked for{} ({:.1} %); {} requests/s completed",
            rate(report.achieved_rate),
            rate(requested),
            if report.ramp.is_some() { " on average" } else { "" },
            report.achieved_rate / requested.max(1e-9) * 100.0,
            rate(report.requests_per_second)
        );
    }
    out
}

/// `p99`, or `p99.9~` when it rests on too few requests.
fn name(report: &Report, percent: f64) -> String {
    let is_weak = percent < 100.0 && report.latency_counts.beyond(percent) < FEWEST_BEYOND;
    format!("p{percent}{}", if is_weak { "~" } else { "" })
}

fn counts(report: &Report) -> String {
    let mut out = format!(
        "  {} sent = {} completed + {} failed + {} unfinished, in {:.1} s",
        grouped(report.sent),
        grouped(report.completed),
        grouped(report.failed),
        grouped(report.unfinished),
        report.duration_ms / 1e3
    );
    if report.retried > 0 {
        let _ = write!(out, "; {} sent again, as the server had closed the idle connection", grouped(report.retried));
    }
    out.push('\n');
    let statuses: Vec<String> = report.statuses.iter().map(|(status, count)| format!("{status} ×{}", grouped(*count))).collect();
    let bytes = format!("{} of bodies, {}/s", bytes(report.received_bytes as f64), bytes(per_second(report, report.received_bytes)));
    let _ = writeln!(out, "  Status {} · {bytes}", if statuses.is_empty() { "none".to_owned() } else { statuses.join(", ") });
    out
}

/// By kind, and the first different ones with what the server said.
fn failures(report: &Report) -> String {
    if report.failed == 0 {
        return String::new();
    }
    let kinds: Vec<String> = report.errors.iter().map(|(kind, count)| format!("{} ×{}", kind.name(), grouped(*count))).collect();
    let mut out = format!("\n  Failures: {}\n", kinds.join(", "));
    let mut told = HashSet::new();
    for failure in report.failures.iter().filter(|failure| told.insert((&failure.message, &failure.body))).take(MOST_FAILURES) {
        let status = failure.status.map(|status| format!(" {status}")).unwrap_or_default();
        let _ =
            writeln!(out, "    at {}  {}{status}: {}", time(failure.at_ms), failure.kind.name(), printable(&failure.message, MOST_OF_BODY));
        if !failure.body.trim().is_empty() {
            let _ = writeln!(out, "      body: {}", printable(&failure.body, MOST_OF_BODY));
        }
    }
    out.push('\n');
    out
}

fn connections(report: &Report) -> String {
    let in_flight = match (report.in_flight, report.protocol) {
        (1, _) => String::new(),
        (n, ::load::Protocol::Http1) => format!(", {n} requests in flight on each"),
        (n, ::load::Protocol::Http2) => format!(", {n} streams on each"),
    };
    let protocol = match report.protocol {
        ::load::Protocol::Http1 => "HTTP/1.1",
        ::load::Protocol::Http2 => "HTTP/2",
    };
    let used = format!("{} at a time{in_flight}, {} made", grouped(report.connections as u64), grouped(report.connects));
    let mut parts = vec![used, protocol.to_owned()];
    for (what, times) in [("connecting", report.connect_ms), ("TLS handshake", report.tls_ms)] {
        if let Some(times) = times {
            parts.push(format!("{what} p50 {}, max {}", time(times.p50), time(times.max)));
        }
    }
    listed("  Connections: ", &parts)
}

fn generator(report: &Report) -> String {
    let generator = &report.generator;
    let mut parts = Vec::new();
    if let Some(us) = generator.cpu_us_per_request {
        parts.push(format!("{} of CPU per request", time(us / 1e3)));
    }
    if let Some(share) = generator.cpu_share {
        parts.push(format!("{:.0} % of a core", share * 100.0));
    }
    parts.push(format!("busy {:.0} % of the time", generator.busy_share * 100.0));
    if let Some(share) = generator.waiting_share {
        parts.push(format!("waited {:.1} % for a processor", share * 100.0));
    }
    let lag = if report.open_loop { "sent late by" } else { "woken late by" };
    parts.push(format!("{lag} {} on average, {} at most", time(generator.lag_ms.mean), time(generator.lag_ms.max)));
    let threads = if generator.threads == 1 { "1 thread".to_owned() } else { format!("{} threads", generator.threads) };
    parts.insert(0, threads);
    listed("  Load generator: ", &parts)
}

/// Words in lines of at most [`WIDTH`] characters, the first one after `start` and the others as far in.
pub(super) fn wrapped(start: &str, text: &str) -> String {
    // A number stays with its unit.
    let text = text.replace(" %", "\u{a0}%");
    lines(start, text.split(' '), " ").replace('\u{a0}', " ")
}

/// The same of a list, whose parts stay whole.
pub(super) fn listed(start: &str, parts: &[String]) -> String {
    lines(start, parts.iter().map(String::as_str), " · ")
}

fn lines<'a>(start: &str, pieces: impl Iterator<Item = &'a str>, separator: &str) -> String {
    let indent = " ".repeat(start.chars().count());
    let mut out = String::new();
    let mut line = start.to_owned();
    let mut is_first = true;
    for piece in pieces {
        if !is_first && line.chars().count() + separator.chars().count() + piece.chars().count() > WIDTH {
            let _ = writeln!(out, "{line}{}", separator.trim_end());
            line = format!("{indent}{piece}");
        } else {
            if !is_first {
                line.push_str(separator);
            }
            line.push_str(piece);
        }
        is_first = false;
    }
    let _ = writeln!(out, "{line}");
    out
}

/// Without control characters and others that change how a line is shown, in one line of at most `most` characters.
pub(super) fn printable(text: &str, most: usize) -> String {
    let mut shown = String::new();
    for (row, char) in text.trim().chars().enumerate() {
        if row == most {
            shown.push('…');
            break;
        }
        match char {
            // Directions of text: what follows would be shown elsewhere.
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => shown.extend(char.escape_unicode()),
            char if char.is_control() => shown.extend(char.escape_default()),
            char => shown.push(char),
        }
    }
    shown
}

/// Requests per second: whole ones, or three digits of few.
pub(super) fn rate(per_second: f64) -> String {
    match per_second {
        rate if rate < 9.995 => format!("{rate:.2}"),
        rate if rate < 99.95 => format!("{rate:.1}"),
        rate => grouped(rate.round() as u64),
    }
}

fn per_second(report: &Report, count: u64) -> f64 {
    count as f64 / (report.duration_ms / 1e3).max(1e-9)
}

fn bytes(count: f64) -> String {
    match count {
        count if count < 1e3 => format!("{count:.0} B"),
        count if count < 1e6 => format!("{:.1} kB", count / 1e3),
        count if count < 1e9 => format!("{:.1} MB", count / 1e6),
        count => format!("{:.2} GB", count / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_said_cannot_disturb_the_terminal() {
        fn check(text: &str, expected: &str) {
            assert_eq!(printable(text, 10), expected);
        }
        check(" a\u{1b}[31m\r\nb ", "a\\u{1b}[31m\\r\\nb");
        check("0123456789A", "0123456789…");
        check("x\u{202e}y\u{0}", "x\\u{202e}y\\u{0}");
        check("ä✓", "ä✓");
    }

    #[test]
    fn notes_in_lines() {
        let text = wrapped("  ! ", &"seven77 ".repeat(20));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines[0].starts_with("  ! seven77") && lines[1].starts_with("    seven77"), "{text}");
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert_eq!(wrapped("  ", "a"), "  a\n");
        let number = wrapped("", &format!("{} 7.1 % b", "x".repeat(WIDTH - 5)));
        assert_eq!(number.lines().nth(1), Some("7.1 % b"), "{number}");
        let list = listed("A: ", &["b c".repeat(20), "d e".repeat(20), "f".to_owned()]);
        assert_eq!(list, format!("A: {} ·\n   {} · f\n", "b c".repeat(20), "d e".repeat(20)));
    }

    #[test]
    fn rates() {
        assert_eq!([rate(0.2), rate(9.996), rate(12.34), rate(99.96), rate(41_203.4)], ["0.20", "10.0", "12.3", "100", "41,203"]);
    }
}
