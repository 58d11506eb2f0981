//! The values of literals and property keys, as the engine would spell them.

use ropey::Rope;
use tree_sitter::Node;

use crate::syntax::text_of;

/// The value of a string literal, or of a template without substitutions.
pub(crate) fn string_value(node: Node<'_>, text: &Rope) -> Option<String> {
    match node.kind() {
        "string" => {}
        "template_string" => {
            let mut cursor = node.walk();
            if node.named_children(&mut cursor).any(|child| child.kind() == "template_substitution") {
                return None;
            }
        }
        _ => return None,
    }
    let raw = text_of(node, text);
    let mut inner = raw.chars();
    inner.next();
    inner.next_back();
    Some(unescape(inner.as_str()))
}

/// The name a static property key gives: `a`, `'a b'`, `0x10` (`16`), `#a`. None for a computed key.
pub(crate) fn key_name(key: Node<'_>, text: &Rope) -> Option<String> {
    match key.kind() {
        "property_identifier"
        | "private_property_identifier"
        | "identifier"
        | "shorthand_property_identifier"
        | "shorthand_property_identifier_pattern" => Some(identifier(key, text)),
        "string" => string_value(key, text),
        "number" => Some(number_name(&text_of(key, text))),
        _ => None,
    }
}

/// An identifier with its unicode escapes resolved.
pub(crate) fn identifier(node: Node<'_>, text: &Rope) -> String {
    let name = text_of(node, text);
    if name.contains('\\') { unescape(&name) } else { name }
}

/// How a numeric literal is spelled as a property name.
fn number_name(literal: &str) -> String {
    let plain = literal.replace('_', "").to_ascii_lowercase();
    let plain = plain.strip_suffix('n').unwrap_or(&plain);
    let integer = match plain.get(..2) {
        Some("0x") => u64::from_str_radix(&plain[2..], 16).ok(),
        Some("0o") => u64::from_str_radix(&plain[2..], 8).ok(),
        Some("0b") => u64::from_str_radix(&plain[2..], 2).ok(),
        _ => plain.parse().ok(),
    };
    match (integer, plain.parse::<f64>()) {
        (Some(integer), _) => integer.to_string(),
        // Rust and JavaScript both print the shortest digits that round-trip; exponents start at 1e21 in JavaScript.
        (None, Ok(number)) if number.abs() < 1e21 && (number == 0.0 || number.abs() >= 1e-6) => number.to_string(),
        (None, Ok(number)) => format!("{number:e}").replace("e", if number.abs() >= 1.0 { "e+" } else { "e" }),
        (None, Err(_)) => literal.to_owned(),
    }
}

/// Resolves the escapes of a string literal or an identifier; an invalid escape stays as written.
fn unescape(raw: &str) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(raw.len());
    let mut rest = raw;
    let push = |units: &mut Vec<u16>, c: char| units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c != '\\' {
            push(&mut units, c);
            continue;
        }
        let Some(escape) = rest.chars().next() else { break };
        rest = &rest[escape.len_utf8()..];
        let digits = match escape {
            'x' => hex_digits(rest, 2).map(|digits| (digits, 2)),
            'u' => match rest.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
                Some((digits, _)) => Some((digits, digits.len() + 2)),
                None => hex_digits(rest, 4).map(|digits| (digits, 4)),
            },
            _ => None,
        };
        let code = digits.and_then(|(digits, skip)| Some((char_units(u32::from_str_radix(digits, 16).ok()?)?, skip)));
        if let Some((found, skip)) = code {
            units.extend(found);
            rest = &rest[skip..];
            continue;
        }
        match escape {
            'n' => units.push(0x0A),
            't' => units.push(0x09),
            'r' => units.push(0x0D),
            'b' => units.push(0x08),
            'f' => units.push(0x0C),
            'v' => units.push(0x0B),
            '0' => units.push(0),
            // A line continuation.
            '\n' | '\u{2028}' | '\u{2029}' => {}
            '\r' => rest = rest.strip_prefix('\n').unwrap_or(rest),
            other => push(&mut units, other),
        }
    }
    String::from_utf16_lossy(&units)
}

fn hex_digits(rest: &str, count: usize) -> Option<&str> {
    rest.get(..count).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The UTF-16 units of a code point; a lone surrogate is one unit.
fn char_units(code: u32) -> Option<Vec<u16>> {
    match char::from_u32(code) {
        Some(c) => Some(c.encode_utf16(&mut [0; 2]).to_vec()),
        None => u16::try_from(code).ok().map(|unit| vec![unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes() {
        let check = |raw: &str, expected: &str| assert_eq!(unescape(raw), expected, "{raw}");
        check("plain é", "plain é");
        check(r"a\tb\n\x41\u0042\u{1F600}\uD83D\uDE00\q\'", "a\tb\nAB😀😀q'");
        check(r"\xZZ\u12", "xZZu12");
        check("a\\\nb\\\r\nc\\", "abc");
    }

    #[test]
    fn numbers() {
        let check = |raw: &str, expected: &str| assert_eq!(number_name(raw), expected, "{raw}");
        for (raw, expected) in [
            ("42", "42"),
            ("0x10", "16"),
            ("1_000", "1000"),
            ("1.50", "1.5"),
            ("1e3", "1000"),
            ("10n", "10"),
            ("0b11", "3"),
            ("1e21", "1e+21"),
            ("1e-7", "1e-7"),
            (".5", "0.5"),
        ] {
            check(raw, expected);
        }
    }
}
