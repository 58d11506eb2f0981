//! Text tables.

pub(super) use profile::counts::number as grouped;

/// How a column is aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// Rows of cells under headings, each column as wide as its widest cell; the last column is not padded.
pub(super) fn table(columns: &[(&str, Align)], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([columns[column].0.chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let heading: Vec<String> = columns.iter().map(|(heading, _)| (*heading).to_owned()).collect();
    let mut text = String::new();
    for row in std::iter::once(&heading).chain(rows) {
        let mut line = String::from(" ");
        for (column, cell) in row.iter().enumerate() {
            let padding = " ".repeat(widths[column].saturating_sub(cell.chars().count()));
            line.push(' ');
            match columns[column].1 {
                Align::Left => {
                    line.push_str(cell);
                    line.push_str(&padding);
                }
                Align::Right => {
                    line.push_str(&padding);
                    line.push_str(cell);
                }
            }
            line.push(' ');
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A time in ms with as many digits as mean something: `0.061 ms`, `4.13 ms`, `132 ms`.
pub(super) fn ms(value: f64) -> String {
    match value {
        value if value < 1.0 => format!("{value:.3} ms"),
        value if value < 100.0 => format!("{value:.2} ms"),
        value => format!("{value:.0} ms"),
    }
}

/// A time given in ms, to three digits in its own unit: `61.5 µs`, `4.13 ms`, `1.44 s`.
pub(super) fn time(ms: f64) -> String {
    // Where rounding to three digits reaches the next unit.
    let (value, unit) = match ms {
        ms if ms < 0.9995 => (ms * 1e3, "µs"),
        ms if ms < 999.5 => (ms, "ms"),
        ms => (ms / 1e3, "s"),
    };
    let decimals = match value {
        value if value < 9.995 => 2,
        value if value < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [vec!["1".to_owned(), "ä b".to_owned(), "x".to_owned()], vec!["100".to_owned(), "c".to_owned(), "yy".to_owned()]];
        let text = table(&[("n", Align::Right), ("name", Align::Left), ("end", Align::Left)], &rows);
        assert_eq!(text, "    n  name  end\n    1  ä b   x\n  100  c     yy\n");
    }

    #[test]
    fn numbers() {
        assert_eq!([grouped(5), grouped(1234), grouped(1_234_567)], ["5", "1,234", "1,234,567"]);
        assert_eq!([ms(0.0612), ms(4.129), ms(132.4)], ["0.061 ms", "4.13 ms", "132 ms"]);
    }

    #[test]
    fn times() {
        fn check(ms: f64, expected: &str) {
            assert_eq!(time(ms), expected, "{ms}");
        }
        check(0.000_4, "0.40 µs");
        check(0.0615, "61.5 µs");
        check(0.999_4, "999 µs");
        check(0.999_6, "1.00 ms");
        check(9.996, "10.0 ms");
        check(132.4, "132 ms");
        check(999.6, "1.00 s");
        check(1440.0, "1.44 s");
        check(75_000.0, "75.0 s");
    }
}
