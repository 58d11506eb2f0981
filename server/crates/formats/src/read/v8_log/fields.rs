//! Fields of a log record.
//!
//! V8's `log-utils.cc` writes ASCII, fields split by `,`, with `\x2C` for a comma, `\n`, `\\`, `\xHH` for one UTF-16 unit up to 0xFF and
//! `\uHHHH` for any other.

/// Splits a record at its commas.
pub(super) fn split(record: &[u8]) -> impl Iterator<Item = &[u8]> {
    record.split(|byte| *byte == b',')
}

/// An address: `0x` and hexadecimal digits.
pub(super) fn address(field: &[u8]) -> Option<u64> {
    let digits = field.strip_prefix(b"0x")?;
    if digits.is_empty() || digits.len() > 16 {
        return None;
    }
    let mut value = 0u64;
    for byte in digits {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'A'..=b'F' => byte - b'A' + 10,
            _ => return None,
        };
        value = value << 4 | u64::from(digit);
    }
    Some(value)
}

/// A non-negative decimal number.
pub(super) fn number(field: &[u8]) -> Option<u64> {
    if field.is_empty() || field.len() > 19 {
        return None;
    }
    let mut value = 0u64;
    for byte in field {
        value = value * 10 + u64::from(byte.is_ascii_digit().then(|| byte - b'0')?);
    }
    Some(value)
}

/// The text of a field. Unpaired surrogates and invalid UTF-8 become U+FFFD; an escape that is none stays as it is.
pub(super) fn unescape(field: &[u8]) -> String {
    if !field.contains(&b'\\') {
        return String::from_utf8_lossy(field).into_owned();
    }
    let mut text = String::with_capacity(field.len());
    let mut units: Vec<u16> = Vec::new();
    let mut rest = field;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        if at > 0 {
            flush(&mut units, &mut text);
            text.push_str(&String::from_utf8_lossy(&rest[..at]));
        }
        rest = &rest[at + 1..];
        let (unit, length) = match rest.first() {
            Some(b'n') => (u16::from(b'\n'), 1),
            Some(b'\\') => (u16::from(b'\\'), 1),
            Some(b'x') => hex_unit(rest, 2),
            Some(b'u') => hex_unit(rest, 4),
            _ => (u16::from(b'\\'), 0),
        };
        units.push(unit);
        rest = &rest[length..];
    }
    flush(&mut units, &mut text);
    text.push_str(&String::from_utf8_lossy(rest));
    text
}

/// The text of a field that V8 wrote byte by byte: there `\xHH` is a byte of UTF-8. So are locations of `code-deopt`.
pub(super) fn unescape_bytes(field: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        bytes.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        let (byte, length) = match rest.first() {
            Some(b'n') => (b'\n', 1),
            Some(b'x') => {
                let (unit, length) = hex_unit(rest, 2);
                (unit as u8, length)
            }
            Some(b'\\') => (b'\\', 1),
            _ => (b'\\', 0),
        };
        bytes.push(byte);
        rest = &rest[length..];
    }
    bytes.extend_from_slice(rest);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The unit of `xHH` or `uHHHH`, and the escape's length after the backslash.
fn hex_unit(escape: &[u8], digits: usize) -> (u16, usize) {
    let hex = escape.get(1..=digits).and_then(|hex| std::str::from_utf8(hex).ok());
    match hex.and_then(|hex| u16::from_str_radix(hex, 16).ok()) {
        Some(unit) => (unit, digits + 1),
        None => (u16::from(b'\\'), 0),
    }
}

fn flush(units: &mut Vec<u16>, text: &mut String) {
    if !units.is_empty() {
        text.push_str(&String::from_utf16_lossy(units));
        units.clear();
    }
}

/// Length of the common end of two texts.
pub(in crate::read::v8_log) fn common_suffix(a: &[u8], b: &[u8]) -> usize {
    const CHUNK: usize = 32;
    let chunks = a.rchunks_exact(CHUNK).zip(b.rchunks_exact(CHUNK)).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[..a.len() - chunks * CHUNK], &b[..b.len() - chunks * CHUNK]);
    chunks * CHUNK + a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_addresses() {
        assert_eq!(address(b"0x7f1387dc0000"), Some(0x7f13_87dc_0000));
        assert_eq!(address(b"0xFFFFFFFFFFFFFFFF"), Some(u64::MAX));
        for bad in [&b""[..], b"0x", b"7f", b"0xg", b"0x11112222333344445"] {
            assert_eq!(address(bad), None);
        }
        assert_eq!(number(b"1000"), Some(1000));
        for bad in [&b""[..], b"-1", b"1x", b"99999999999999999999"] {
            assert_eq!(number(bad), None);
        }
    }

    #[test]
    fn escapes() {
        fn check(field: &[u8], expected: &str) {
            assert_eq!(unescape(field), expected);
        }
        check(br"plain /a b.js:1:2", "plain /a b.js:1:2");
        check(br"we\x2Cird d\xefr \xe9\u65e5\u672c/a b.js", "we,ird dïr é日本/a b.js");
        check(br"\ud83d\ude00 back\\slash \n", "😀 back\\slash \n");
        check(br"\ud83d lone", "\u{fffd} lone");
        check(br"\q \x2 \", r"\q \x2 \");
        check(b"\xff\\x41", "\u{fffd}A");
    }

    #[test]
    fn escapes_of_bytes() {
        fn check(field: &[u8], expected: &str) {
            assert_eq!(unescape_bytes(field), expected);
        }
        check(br"we\x2Cird d\xc3\xafr \xc3\xa9\xe6\x97\xa5\\\n", "we,ird dïr é日\\\n");
        check(br"\xff \x4 \", "\u{fffd} \\x4 \\");
    }
}
