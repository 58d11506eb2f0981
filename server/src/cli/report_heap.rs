//! A heap profile for a person at a terminal.

use super::profile_json::file;
use super::profile_text::dropped_text;
use super::table::{Align, grouped, table};
use profile::index::ProfileIndex;
use profile::{Category, Frame, Profile};
use std::fmt::Write;

/// The functions that allocated most, and how much of it was no JavaScript's.
pub(super) fn text(index: &ProfileIndex, top: usize) -> String {
    let profile = index.profile();
    let tree = &profile.tree;
    let all = tree.whole_bytes();
    let mut out = String::new();
    if all == 0 {
        out.push_str("\n  There is no sample of an allocation: V8 takes one every 512 KB, unless --heap-prof-interval says otherwise.\n");
        out.push_str(&dropped_text(&profile.dropped));
        return out;
    }
    let percent = |bytes: u64| format!("{:.1} %", bytes as f64 * 100.0 / all as f64);
    let rows: Vec<Vec<String>> = index
        .totals()
        .functions
        .iter()
        .filter(|row| row.cost.self_bytes > 0)
        .take(top)
        .map(|row| {
            let (cost, frame) = (&row.cost, profile.frame(row.frame));
            let name = if frame.name.is_empty() { "(anonymous)" } else { &frame.name };
            vec![
                percent(cost.self_bytes),
                bytes_text(cost.self_bytes),
                percent(cost.total_bytes),
                bytes_text(cost.total_bytes),
                grouped(cost.self_samples),
                name.to_owned(),
                place(profile, frame),
            ]
        })
        .collect();
    let columns = [
        ("self", Align::Right),
        ("", Align::Right),
        ("total", Align::Right),
        ("", Align::Right),
        ("samples", Align::Right),
        ("functions that allocated most", Align::Left),
        ("", Align::Left),
    ];
    let _ = writeln!(out, "\n{}", table(&columns, &rows));
    let of_javascript: u64 = index.totals().functions.iter().fold(0, |sum, row| sum.saturating_add(row.cost.self_bytes));
    let of = |category| -> u64 {
        let nodes = tree.ids().filter(|node| profile.category_of(*node) == category);
        nodes.fold(0, |sum, node| sum.saturating_add(tree.self_bytes[node.index()]))
    };
    let samples: u64 = tree.self_samples.iter().map(|n| u64::from(*n)).sum();
    let _ = writeln!(
        out,
        "  {} in {} samples · JavaScript {} · garbage collection {} · everything else {}",
        bytes_text(all),
        grouped(samples),
        percent(of_javascript),
        percent(of(Category::Gc)),
        percent(all.saturating_sub(of_javascript).saturating_sub(of(Category::Gc)))
    );
    out.push_str(&dropped_text(&profile.dropped));
    out
}

fn place(profile: &Profile, frame: &Frame) -> String {
    let file = frame.source.map(|source| file(profile, source, None)).unwrap_or_default();
    match frame.start {
        Some(start) if !file.is_empty() => format!("{file}:{}", start.line),
        _ => file,
    }
}

/// Bytes with as many digits as mean something: `512 B`, `1.50 KB`, `16.2 MB`. A KB is 1024 bytes, as in V8's own flags.
fn bytes_text(bytes: u64) -> String {
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut amount = bytes as f64 / 1024.0;
    let mut units = ["KB", "MB", "GB", "TB"].into_iter();
    let mut unit = units.next().unwrap_or_default();
    // From here on the next unit's 1 is nearer than this one's 1024.
    while amount >= 1023.5 {
        let Some(next) = units.next() else { break };
        (amount, unit) = (amount / 1024.0, next);
    }
    match amount {
        amount if amount < 10.0 => format!("{amount:.2} {unit}"),
        amount if amount < 100.0 => format!("{amount:.1} {unit}"),
        amount => format!("{amount:.0} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::bytes_text;

    #[test]
    fn bytes_for_a_person() {
        fn check(bytes: u64, expected: &str) {
            assert_eq!(bytes_text(bytes), expected, "{bytes}");
        }
        check(0, "0 B");
        check(1023, "1023 B");
        check(1024, "1.00 KB");
        check(1536 * 1024, "1.50 MB");
        check((1 << 20) - 1, "1.00 MB");
        check(700 << 20, "700 MB");
        check(u64::MAX, "16777216 TB");
    }
}
