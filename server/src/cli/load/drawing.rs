//! Pictures made of characters.

use super::super::table::{grouped, time};
use ::load::{Distribution, Slice};
use std::fmt::Write;

/// Rows of a histogram at most.
const ROWS: usize = 16;
/// Characters of its longest bar.
const BAR: f64 = 40.0;
/// Characters of a line over time at most.
const LINE: usize = 60;

/// Which characters a terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Charset {
    Unicode,
    Ascii,
}

impl Charset {
    /// What the locale says (POSIX: the first of these variables that is set); Unicode when it says nothing.
    pub(in crate::cli) fn of_locale() -> Self {
        let variables = ["LC_ALL", "LC_CTYPE", "LANG"];
        let locale = variables.iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
        Self::of(locale.as_deref())
    }

    fn of(locale: Option<&str>) -> Self {
        let codeset = |locale: &str| locale.to_ascii_lowercase().replace('-', "");
        match locale {
            Some(locale) if !codeset(locale).contains("utf8") => Self::Ascii,
            _ => Self::Unicode,
        }
    }

    /// The text in these characters.
    pub(in crate::cli) fn apply(self, text: String) -> String {
        if self == Self::Unicode || text.is_ascii() {
            return text;
        }
        let mut ascii = String::with_capacity(text.len());
        for char in text.chars() {
            match char {
                'µ' => ascii.push('u'),
                '·' => ascii.push('|'),
                '–' | '−' => ascii.push('-'),
                '×' => ascii.push('x'),
                '…' => ascii.push_str("..."),
                char if char.is_ascii() => ascii.push(char),
                char => ascii.extend(char.escape_unicode()),
            }
        }
        ascii
    }

    /// Steps of a bar's last character, from almost nothing to full.
    fn eighths(self) -> &'static [char] {
        match self {
            Self::Unicode => &['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'],
            Self::Ascii => &['#'],
        }
    }

    /// Heights of a column, from almost nothing to full.
    fn heights(self) -> &'static [char] {
        match self {
            Self::Unicode => &['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
            Self::Ascii => &['_', '.', ',', '-', '=', '+', '*', '#'],
        }
    }
}

/// The distribution as rows of logarithmic width: their upper end, how many durations, bars of linear length.
pub(super) fn histogram(distribution: &Distribution, charset: Charset) -> String {
    let bins = distribution.bins(ROWS);
    let total = distribution.len();
    let most = bins.iter().map(|bin| bin.count).max().unwrap_or(0).max(1);
    let counts: Vec<String> = bins.iter().map(|bin| grouped(bin.count)).collect();
    let width = counts.iter().map(String::len).max().unwrap_or(0).max("requests".len());
    let mut out = format!("  {:>12}  {:>width$}\n", "latency to", "requests");
    for (bin, count) in bins.iter().zip(counts) {
        let share = bin.count as f64 / total as f64 * 100.0;
        let bar = bar(bin.count as f64 / most as f64, charset);
        let line = format!("  {:>12}  {count:>width$}  {share:>5.1} %  {bar}", time(bin.to_us / 1e3));
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

/// A bar for a share of the longest one. What is more than nothing is seen.
fn bar(share: f64, charset: Charset) -> String {
    let steps = charset.eighths();
    let length = (share * BAR * steps.len() as f64).round() as usize;
    let length = if share > 0.0 { length.max(1) } else { 0 };
    let mut bar = String::from(steps[steps.len() - 1]).repeat(length / steps.len());
    if let Some(last) = (length % steps.len()).checked_sub(1) {
        bar.push(steps[last]);
    }
    bar
}

/// Completed requests per second over time, with the least and the greatest; None of fewer than two slices.
pub(super) fn over_time(slices: &[Slice], charset: Charset) -> Option<String> {
    let rates = rates(slices);
    if rates.len() < 2 {
        return None;
    }
    let most = rates.iter().copied().fold(0.0, f64::max);
    let least = rates.iter().copied().fold(f64::INFINITY, f64::min);
    let heights = charset.heights();
    // The full height is the greatest rate and none is 0, so that small changes look small.
    let height = |rate: f64| ((rate / most.max(1e-9) * heights.len() as f64).ceil() as usize).checked_sub(1);
    let columns: String = rates.iter().map(|rate| height(*rate).map_or(' ', |step| heights[step.min(heights.len() - 1)])).collect();
    let number = |rate: f64| grouped(rate.round() as u64);
    Some(format!("requests/s over time  {columns}  {} to {}", number(least), number(most)))
}

/// Rates of as many slices together as fit into a line. A last one that was cut short is left out: few requests make its rate.
fn rates(slices: &[Slice]) -> Vec<f64> {
    let whole = slices.iter().filter(|slice| slice.duration_ms >= slices[0].duration_ms * 0.99);
    let whole: Vec<&Slice> = whole.collect();
    let together = whole.len().div_ceil(LINE).max(1);
    let chunks = whole.chunks(together).filter(|chunk| chunk.len() == together);
    chunks
        .map(|chunk| {
            let completed: u64 = chunk.iter().map(|slice| slice.completed).sum();
            completed as f64 / chunk.iter().map(|slice| slice.duration_ms / 1e3).sum::<f64>().max(1e-9)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_a_locale() {
        fn check(locale: Option<&str>, expected: Charset) {
            assert_eq!(Charset::of(locale), expected, "{locale:?}");
        }
        check(None, Charset::Unicode);
        check(Some("C"), Charset::Ascii);
        check(Some("POSIX"), Charset::Ascii);
        check(Some("de_DE.ISO-8859-1"), Charset::Ascii);
        check(Some("en_GB.UTF-8"), Charset::Unicode);
        check(Some("C.utf8"), Charset::Unicode);
        assert_eq!(Charset::Ascii.apply("61 µs · –1 … ä".to_owned()), "61 us | -1 ... \\u{e4}");
    }

    #[test]
    fn bars() {
        fn check(share: f64, unicode: &str, ascii: &str) {
            assert_eq!(bar(share, Charset::Unicode), unicode, "{share}");
            assert_eq!(bar(share, Charset::Ascii), ascii, "{share}");
        }
        check(0.0, "", "");
        check(1e-9, "▏", "#");
        check(0.05, "██", "##");
        check(0.0625, "██▌", "###");
        check(1.0, &"█".repeat(40), &"#".repeat(40));
    }

    #[test]
    fn a_histogram() {
        let distribution = Distribution { counts: vec![(150.0, 1), (450.0, 3), (900.0, 4)] };
        let bins = histogram(&distribution, Charset::Ascii);
        let rows: Vec<Vec<&str>> = bins.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(rows[0], ["latency", "to", "requests"]);
        assert_eq!(rows[1][2..5], ["1", "12.5", "%"]);
        assert_eq!((rows[1][5].len(), rows[rows.len() - 1][5].len()), (10, 40));
    }

    #[test]
    fn a_line_over_time() {
        let slice = |completed: u64, duration_ms| Slice {
            start_ms: 0.0,
            duration_ms,
            completed,
            failed: 0,
            mean_us: None,
            p50_us: None,
            p99_us: None,
        };
        let line = |completed: &[u64]| {
            let mut slices: Vec<Slice> = completed.iter().map(|completed| slice(*completed, 250.0)).collect();
            slices.push(slice(1, 2.0));
            over_time(&slices, Charset::Unicode)
        };
        assert_eq!(line(&[10]), None);
        assert_eq!(line(&[0, 1, 50, 100]).unwrap(), "requests/s over time   ▁▄█  0 to 400");
        // As many of them together as fit.
        let long = line(&(0..130).collect::<Vec<_>>()).unwrap();
        assert_eq!(long.chars().filter(|char| ('▁'..='█').contains(char)).count(), 43, "{long}");
    }
}
