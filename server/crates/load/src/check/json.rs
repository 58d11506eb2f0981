use serde_json::{Number, Value};

use super::quoted;

/// How the value at a JSON pointer differs from the one wanted.
pub(super) fn difference(body: &Value, pointer: &str, wanted: &Value) -> Option<String> {
    let place = if pointer.is_empty() { "the body" } else { pointer };
    match body.pointer(pointer) {
        None => Some(format!("the body has nothing at {pointer}, {} was expected there", text(wanted))),
        Some(found) if is_same(found, wanted) => None,
        Some(found) => Some(format!("{place} is {}, {} was expected", text(found), text(wanted))),
    }
}

fn text(value: &Value) -> String {
    quoted(value.to_string().as_bytes())
}

fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => is_same_number(a, b),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b)),
        (Value::Object(a), Value::Object(b)) => a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| is_same(a, b))),
        (a, b) => a == b,
    }
}

/// Integers are compared as such: as floats, neighbours beyond 2⁵³ would be equal.
fn is_same_number(a: &Number, b: &Number) -> bool {
    let integer = |number: &Number| number.as_i128();
    match (integer(a), integer(b)) {
        (Some(a), Some(b)) => a == b,
        _ => a.as_f64() == b.as_f64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_by_pointer() {
        let body = serde_json::json!({ "items": [{ "name": "a/b", "n": 1.0 }, { "n": 9_007_199_254_740_993_u64 }], "a/b": true });
        let check = |pointer: &str, wanted: Value, expected: Option<&str>| {
            assert_eq!(difference(&body, pointer, &wanted).as_deref(), expected, "{pointer}");
        };
        check("/items/0/n", 1.into(), None);
        check("/items/0", serde_json::json!({ "n": 1, "name": "a/b" }), None);
        check("/items/1/n", 9_007_199_254_740_993_u64.into(), None);
        check("/items/1/n", 9_007_199_254_740_992_u64.into(), Some("/items/1/n is 9007199254740993, 9007199254740992 was expected"));
        check("/a~1b", true.into(), None);
        check("/items/0/name", "c".into(), Some("/items/0/name is \"a/b\", \"c\" was expected"));
        check("/items/2", Value::Null, Some("the body has nothing at /items/2, null was expected there"));
        check("/items/0", serde_json::json!({ "n": 1 }), Some("/items/0 is {\"n\":1.0,\"name\":\"a/b\"}, {\"n\":1} was expected"));
        let all = difference(&body, "", &Value::Null).unwrap();
        assert!(all.starts_with("the body is {\"a/b\":true,") && all.ends_with("]}, null was expected"), "{all}");
    }
}
