/// Percent-encodes what a path and query must not hold; what is encoded already stays.
/// Braces too, so a path is taken apart at its placeholders before.
pub(crate) fn encode(path: &[u8]) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path {
        match byte {
            b'"' | b'<' | b'>' | b'`' | b'{' | b'}' | b'\\' | b'^' | b'|' => push(*byte, &mut encoded),
            0x21..=0x7e => encoded.push(char::from(*byte)),
            _ => push(*byte, &mut encoded),
        }
    }
    encoded
}

/// A path that begins with `/`, encoded outside of its placeholders.
pub(super) fn encode_path(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len() + 1);
    if !path.starts_with('/') {
        encoded.push('/');
    }
    let mut rest = path;
    while let Some((open, close)) = rest.find("{{").and_then(|open| Some((open, open + rest[open..].find("}}")? + 2))) {
        encoded.push_str(&encode(&rest.as_bytes()[..open]));
        encoded.push_str(&rest[open..close]);
        rest = &rest[close..];
    }
    encoded.push_str(&encode(rest.as_bytes()));
    encoded
}

/// Percent-encodes all but the unreserved characters (RFC 3986 §2.3).
pub(crate) fn encode_all(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => push(byte, &mut encoded),
        }
    }
    encoded
}

/// Text without percent-encoding; None where `%` has no two digits, or what comes out is not UTF-8.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digit = |index: usize| char::from(*after.get(index)?).to_digit(16);
        bytes.push(u8::try_from(digit(0)? * 16 + digit(1)?).ok()?);
        rest = &after[2..];
    }
    String::from_utf8(bytes).ok()
}

fn push(byte: u8, encoded: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    encoded.extend(['%', char::from(DIGITS[usize::from(byte >> 4)]), char::from(DIGITS[usize::from(byte & 15)])]);
}
