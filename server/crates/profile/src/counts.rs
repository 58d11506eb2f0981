//! Counts for a person.

/// A count with separators: `12,345`.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count with its word: `1 miss`, `2 misses`.
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// A number of bytes with at most one decimal: `340 B`, `12.4 kB`, `1.2 MB`; a kB is 1,000 bytes.
pub fn bytes(bytes: u64) -> String {
    let (unit_bytes, unit) = match bytes {
        0..1_000 => return format!("{bytes} B"),
        1_000..999_950 => (1e3, "kB"),
        999_950..999_950_000 => (1e6, "MB"),
        _ => (1e9, "GB"),
    };
    let amount = format!("{:.1}", bytes as f64 / unit_bytes);
    format!("{} {unit}", amount.strip_suffix(".0").unwrap_or(&amount))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        fn check(size: u64, expected: &str) {
            assert_eq!(bytes(size), expected);
        }
        check(0, "0 B");
        check(999, "999 B");
        check(1_000, "1 kB");
        check(12_431, "12.4 kB");
        check(999_949, "999.9 kB");
        check(999_950, "1 MB");
        check(1_240_000, "1.2 MB");
        check(73_500_000_000, "73.5 GB");
    }

    #[test]
    fn separators_and_words() {
        let shown = [0, 12, 123, 1_234, 123_456, 1_234_567].map(number);
        assert_eq!(shown, ["0", "12", "123", "1,234", "123,456", "1,234,567"]);
        assert_eq!([counted(1, "miss", "misses"), counted(1_200, "miss", "misses")], ["1 miss", "1,200 misses"]);
    }
}
