//! A heap profile for a person at a terminal.

use super::profile_json::file;
use super::profile_text::dropped_text;
use super::table::{Align, grouped, table};
use profile::counts::bytes;
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
        out.push_str("\n  There is no sample of an allocation: V8 takes one every 512 KiB, unless --heap-prof-interval says otherwise.\n");
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
                bytes(cost.self_bytes),
                percent(cost.total_bytes),
                bytes(cost.total_bytes),
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
        bytes(all),
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
