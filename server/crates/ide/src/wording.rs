//! Numbers and times as short text.

pub use profile::counts::{bytes, counted, number};
use std::time::Duration;

/// A share as percent with at most one decimal: `12.4%`, `31%`, `under 0.1%`.
pub fn percent(share: f64) -> String {
    let tenths = (share * 1000.0).round();
    if tenths <= 0.0 {
        return if share > 0.0 { "under 0.1%".to_owned() } else { "0%".to_owned() };
    }
    decimal(tenths) + "%"
}

/// From one share to another: `45.3–48.8%`, `0–0.1%`.
pub fn percent_span(low: f64, high: f64) -> String {
    // A bound that small is none.
    let low = if (low * 1000.0).round() <= 0.0 { 0.0 } else { low };
    let (low, high) = (percent(low), percent(high));
    if low == high { high } else { format!("{}–{}", low.trim_end_matches('%'), high.trim_start_matches("under ")) }
}

/// A time: `12.4 ms`, `1.2 s`, `340 µs`.
pub fn time(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..1_000_000 => decimal((us as f64 / 100.0).round()) + " ms",
        _ => decimal((us as f64 / 100_000.0).round()) + " s",
    }
}

/// A moment since an isolate's start: `340 µs` is `0.3 ms`, then `12 ms`, `12.4 s`.
pub fn moment(us: u64) -> String {
    let (number, unit) = moment_parts(us);
    format!("{number} {unit}")
}

/// From one moment to another: `0–12 ms`.
pub fn span(from_us: u64, until_us: u64) -> String {
    let ((from, from_unit), (until, until_unit)) = (moment_parts(from_us), moment_parts(until_us));
    if (&from, from_unit) == (&until, until_unit) {
        return format!("{from} {from_unit}");
    }
    if from_unit == until_unit { format!("{from}–{until} {until_unit}") } else { format!("{from} {from_unit}–{until} {until_unit}") }
}

fn moment_parts(us: u64) -> (String, &'static str) {
    match us {
        0..9_950 => (decimal((us as f64 / 100.0).round()), "ms"),
        9_950..9_999_500 => (format!("{:.0}", us as f64 / 1_000.0), "ms"),
        _ => (decimal((us as f64 / 100_000.0).round()), "s"),
    }
}

/// A latency in ms with two or three digits: `4.1 ms`, `0.38 ms`, `0.062 ms`, `1.2 s`.
pub fn milliseconds(ms: f64) -> String {
    if ms < 0.1 {
        format!("{ms:.3} ms")
    } else if ms < 1.0 {
        format!("{ms:.2} ms")
    } else if ms < 100.0 {
        decimal((ms * 10.0).round()) + " ms"
    } else if ms < 1_000.0 {
        format!("{ms:.0} ms")
    } else {
        decimal((ms / 100.0).round()) + " s"
    }
}

/// A rate: `5.8k`, `940`, `1.2M`.
pub fn rate(per_second: f64) -> String {
    if per_second < 10.0 {
        decimal((per_second * 10.0).round())
    } else if per_second < 999.5 {
        format!("{per_second:.0}")
    } else if per_second < 999_500.0 {
        decimal((per_second / 100.0).round()) + "k"
    } else {
        decimal((per_second / 100_000.0).round()) + "M"
    }
}

/// A relative change: `↓12%`, `↑8%`; nothing below 1 %.
pub fn change(relative: f64) -> Option<String> {
    let percent = (relative.abs() * 100.0).round();
    (percent >= 1.0).then(|| format!("{}{percent:.0}%", if relative < 0.0 { '↓' } else { '↑' }))
}

/// How long ago: `just now`, `3 min ago`, `2 h ago`, `5 days ago`.
pub fn age(age: Duration) -> String {
    match age.as_secs() {
        0..60 => "just now".to_owned(),
        seconds @ 60..3_600 => format!("{} min ago", seconds / 60),
        seconds @ 3_600..172_800 => format!("{} h ago", seconds / 3_600),
        seconds => format!("{} days ago", seconds / 86_400),
    }
}

/// A function's name for a person.
pub fn name(name: &str) -> &str {
    if name.is_empty() { "(anonymous)" } else { name }
}

fn decimal(tenths: f64) -> String {
    if tenths % 10.0 == 0.0 { format!("{:.0}", tenths / 10.0) } else { format!("{:.1}", tenths / 10.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (share, expected) in [(0.1236, "12.4%"), (0.31, "31%"), (0.00001, "under 0.1%"), (0.0, "0%"), (1.0, "100%")] {
            assert_eq!(percent(share), expected);
        }
        for (low, high, expected) in
            [(0.4531, 0.4882, "45.3–48.8%"), (0.00001, 0.001, "0–0.1%"), (0.0, 0.0001, "0–0.1%"), (0.9, 0.9, "90%"), (0.99, 1.0, "99–100%")]
        {
            assert_eq!(percent_span(low, high), expected);
        }
        for (us, expected) in [(340, "340 µs"), (12_431, "12.4 ms"), (1_240_000, "1.2 s"), (2_000, "2 ms")] {
            assert_eq!(time(us), expected);
        }
        for (ms, expected) in
            [(0.0615, "0.061 ms"), (0.384, "0.38 ms"), (1.0, "1 ms"), (4.12, "4.1 ms"), (123.4, "123 ms"), (1_240.0, "1.2 s")]
        {
            assert_eq!(milliseconds(ms), expected);
        }
        for (us, expected) in [(0, "0 ms"), (340, "0.3 ms"), (12_431, "12 ms"), (9_960, "10 ms"), (12_431_000, "12.4 s")] {
            assert_eq!(moment(us), expected);
        }
        for (from, until, expected) in
            [(0, 12_000, "0–12 ms"), (4_500, 48_000, "4.5–48 ms"), (5_000, 20_000_000, "5 ms–20 s"), (21_100, 21_200, "21 ms")]
        {
            assert_eq!(span(from, until), expected);
        }
        assert_eq!([0, 999, 1_000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([1, 2].map(|n| counted(n, "miss", "misses")), ["1 miss", "2 misses"]);
        for (n, expected) in [(5_812.0, "5.8k"), (2_000.0, "2k"), (940.0, "940"), (999.7, "1k"), (1_200_000.0, "1.2M"), (3.25, "3.3")] {
            assert_eq!(rate(n), expected);
        }
        for (relative, expected) in [(-0.12, Some("↓12%")), (0.081, Some("↑8%")), (0.004, None)] {
            assert_eq!(change(relative).as_deref(), expected);
        }
        for (seconds, expected) in [(5, "just now"), (200, "3 min ago"), (7_300, "2 h ago"), (500_000, "5 days ago")] {
            assert_eq!(age(Duration::from_secs(seconds)), expected);
        }
    }
}
