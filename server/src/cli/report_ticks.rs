//! Ticks of a V8 log as `node --prof-process` counts them.

use super::table::grouped;
use formats::read::v8_log::ticks::{BOTTOM_UP_CUTOFF_PERCENT, CallerTicks, LibraryTicks, NamedTicks, TickCounts};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

/// Most functions of a library that the text tells.
const LIBRARY_FUNCTIONS: usize = 20;

/// The totals, as lines below the hot functions.
pub(super) fn summary_text(ticks: &TickCounts) -> String {
    let part = |name: &str, n: u64| format!("{name} {} ({} %)", grouped(n), fixed(percent(n, ticks.total)));
    let mut out = format!(
        "  {} ticks as `node --prof-process` counts them: {}\n",
        grouped(ticks.total),
        [
            part("JavaScript", ticks.javascript),
            part("C++ and shared libraries", ticks.cpp + ticks.shared_libraries),
            part("unaccounted", ticks.unaccounted),
        ]
        .join(" · ")
    );
    let _ = writeln!(out, "  {}, counted above where they are; all sections: --ticks", part("Garbage collection", ticks.gc));
    out
}

/// All sections, in the form of `node --prof-process`, and what is known beyond them.
pub(super) fn sections_text(ticks: &TickCounts, file: &Path) -> String {
    let total = ticks.total;
    let mut out =
        format!("Statistical profiling result from {}, ({total} ticks, {} unaccounted, 0 excluded).\n", file.display(), ticks.unaccounted);
    if total == 0 {
        return out;
    }
    let outside = total - ticks.shared_libraries;
    header(&mut out, "Shared libraries");
    for row in &ticks.libraries {
        line(&mut out, &row.name, row.ticks, total, None);
    }
    header(&mut out, "JavaScript");
    for row in &ticks.functions {
        line(&mut out, &row.label, row.ticks, total, Some(outside));
    }
    header(&mut out, "C++");
    for row in &ticks.cpp_functions {
        line(&mut out, &row.name, row.ticks, total, Some(outside));
    }
    header(&mut out, "Summary");
    line(&mut out, "JavaScript", ticks.javascript, total, Some(outside));
    line(&mut out, "C++", ticks.cpp, total, Some(outside));
    line(&mut out, "GC", ticks.gc, total, Some(outside));
    line(&mut out, "Shared libraries", ticks.shared_libraries, total, None);
    if ticks.unaccounted > 0 {
        line(&mut out, "Unaccounted", ticks.unaccounted, total, None);
    }
    out.push_str("\n [C++ entry points]:\n   ticks    cpp   total   name\n");
    let entries = ticks.cpp_entry_points.iter().map(|row| row.ticks).sum();
    for row in &ticks.cpp_entry_points {
        line(&mut out, &row.name, row.ticks, entries, Some(total));
    }
    let _ = write!(
        out,
        "\n [Bottom up (heavy) profile]:\n  Note: percentage shows a share of a particular caller in the total\n  amount of its parent calls.\n  \
         Callers occupying less than {BOTTOM_UP_CUTOFF_PERCENT:.1}% are not shown.\n\n   ticks parent  name\n"
    );
    for row in &ticks.bottom_up {
        caller(&mut out, row, 0);
        out.push('\n');
    }
    beyond(&mut out, ticks);
    out
}

/// What V8's own processor does not tell.
fn beyond(out: &mut String, ticks: &TickCounts) {
    if ticks.libraries.iter().any(|library| !library.functions.is_empty()) {
        out.push_str(" [Functions of shared libraries]:\n   ticks  total           name\n");
        for library in &ticks.libraries {
            functions(out, library, ticks.total);
        }
        out.push('\n');
    }
    if !ticks.unaccounted_in.is_empty() {
        out.push_str(" [Unaccounted, but in a shared library]:\n   ticks  total           name\n");
        for library in &ticks.unaccounted_in {
            functions(out, library, ticks.total);
        }
        out.push('\n');
    }
    for (library, why) in &ticks.without_symbols {
        let _ = writeln!(out, "  Note: functions of {library} are not known: {why}");
    }
}

fn functions(out: &mut String, library: &LibraryTicks, total: u64) {
    if library.functions.is_empty() {
        return line(out, &library.name, library.ticks, total, None);
    }
    line(out, &library.name, library.ticks, total, None);
    for row in library.functions.iter().take(LIBRARY_FUNCTIONS) {
        line(out, &format!("  {}", row.name), row.ticks, total, None);
    }
    let rest: u64 = library.functions.iter().skip(LIBRARY_FUNCTIONS).map(|row| row.ticks).sum();
    if rest > 0 {
        line(out, &format!("  ({} more functions)", library.functions.len() - LIBRARY_FUNCTIONS), rest, total, None);
    }
}

fn header(out: &mut String, title: &str) {
    let _ = write!(out, "\n [{title}]:\n   ticks  total  nonlib   name\n");
}

fn line(out: &mut String, name: &str, ticks: u64, total: u64, of_others: Option<u64>) {
    let of_others = of_others.map_or_else(|| " ".repeat(8), |others| format!("{:>5}%  ", fixed(percent(ticks, others))));
    let _ = writeln!(out, "  {ticks:>5}  {:>5}%  {of_others}{name}", fixed(percent(ticks, total)));
}

fn caller(out: &mut String, row: &CallerTicks, indent: usize) {
    let _ = writeln!(out, "  {:>5}  {:>5}%  {}{}", row.ticks, fixed(row.percent), " ".repeat(indent), row.label);
    for row in &row.callers {
        caller(out, row, indent + 2);
    }
}

fn percent(ticks: u64, total: u64) -> f64 {
    if total == 0 { 0.0 } else { ticks as f64 * 100.0 / total as f64 }
}

/// One digit behind the point, as JavaScript's `toFixed(1)`: halves go up, and only .25 and .75 are halves exactly.
fn fixed(value: f64) -> String {
    let is_half = (value * 4.0).fract() == 0.0 && (value * 2.0).fract() != 0.0;
    format!("{:.1}", if is_half { value + 0.05 } else { value })
}

/// The counts as the key `ticks` of `tickmark/profile@1`.
pub(super) fn json(ticks: &TickCounts) -> Value {
    let share = |n: u64| (percent(n, ticks.total) * 1e3).round() / 1e3;
    let named = |rows: &[NamedTicks]| -> Vec<Value> {
        rows.iter().map(|row| json!({ "name": &*row.name, "ticks": row.ticks, "percent": share(row.ticks) })).collect()
    };
    let libraries = |rows: &[LibraryTicks]| -> Vec<Value> {
        rows.iter()
            .map(|row| json!({ "name": &*row.name, "ticks": row.ticks, "percent": share(row.ticks), "functions": named(&row.functions) }))
            .collect()
    };
    let functions: Vec<Value> = ticks
        .functions
        .iter()
        .map(|row| {
            let place = row.place.as_ref();
            json!({
                "label": &*row.label,
                "kind": &*row.kind,
                "name": row.name,
                "file": place.map(|(source, _)| source.path.as_ref().unwrap_or(&source.url)),
                "line": place.map(|(_, start)| start.line),
                "column": place.map(|(_, start)| start.column),
                "tier": row.tier,
                "ticks": row.ticks,
                "percent": share(row.ticks),
            })
        })
        .collect();
    let without_symbols: Vec<Value> =
        ticks.without_symbols.iter().map(|(library, reason)| json!({ "name": library, "reason": reason })).collect();
    json!({
        "total": ticks.total,
        "unaccounted": ticks.unaccounted,
        "gc": ticks.gc,
        "summary": { "javascript": ticks.javascript, "cpp": ticks.cpp, "sharedLibraries": ticks.shared_libraries },
        "functions": functions,
        "sharedLibraries": libraries(&ticks.libraries),
        "cpp": named(&ticks.cpp_functions),
        "cppEntryPoints": named(&ticks.cpp_entry_points),
        "bottomUp": ticks.bottom_up.iter().map(caller_json).collect::<Vec<Value>>(),
        "unaccountedIn": libraries(&ticks.unaccounted_in),
        "withoutSymbols": without_symbols,
    })
}

fn caller_json(row: &CallerTicks) -> Value {
    json!({
        "label": &*row.label,
        "ticks": row.ticks,
        "percent": (row.percent * 1e3).round() / 1e3,
        "callers": row.callers.iter().map(caller_json).collect::<Vec<Value>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::fixed;

    #[test]
    fn digits_as_in_javascript() {
        fn check(value: f64, expected: &str) {
            assert_eq!(fixed(value), expected, "{value}");
        }
        check(6.25, "6.3");
        check(18.75, "18.8");
        check(12.5, "12.5");
        check(0.15, "0.1");
        check(100.0, "100.0");
        check(93.75, "93.8");
        check(0.05, "0.1");
    }
}
