//! Sentences: V8's reasons in plain English, numbers with their units.

pub(super) use profile::counts::{counted, number};

/// Why code was given up, as the part of a sentence behind "because". `code` is the expression it happened at.
pub(super) fn because(reason: &str, code: Option<&str>) -> String {
    let at = code.map_or_else(|| "an expression".to_owned(), |code| format!("`{code}`"));
    let insufficient = reason.starts_with("Insufficient type feedback") || reason == "First use of catch block";
    let clause = match reason {
        "wrong map" | "missing map" | "wrong instance type" | "map changed during operation" => {
            format!("an object of another shape came to {at}")
        }
        "deprecated map" | "instance migration failed" => format!("an object of a shape that V8 has replaced came to {at}"),
        "not a Smi" => format!("{at} met a value that is no small integer"),
        "not a heap number" | "not a Number or Oddball" | "not a Number or Boolean" | "not a Number or Undefined" => {
            format!("{at} met a value that is no number")
        }
        "not a BigInt64" | "BigInt too big" => format!("{at} met a BigInt of more than 64 bits"),
        "overflow" => format!("{at} gave an integer of more than 32 bits, which V8 keeps as a floating-point number"),
        "not int32" | "not unsigned int32" | "not AdditiveSafeInteger" => {
            format!("{at} met a number that does not fit the integers its code was made for")
        }
        "lost precision" | "lost precision or NaN" | "NaN" => {
            format!("{at} met a fraction or a number too large, and its code was made for integers")
        }
        "minus zero" => format!("{at} gave minus zero, which is no integer"),
        "division by zero" => format!("{at} divided by zero"),
        "out of bounds" | "not an array index" => format!("{at} went outside the array"),
        "hole" | "hole or undefined" | "no initial element" => format!("{at} met a hole in the array"),
        "wrong call target" | "wrong feedback cell" | "wrong call target constructor" => {
            format!("{at} called another function than before")
        }
        "wrong name" | "unexpected name in keyed access" => format!("{at} used another property name than before"),
        "wrong value" | "value mismatch" => format!("{at} met another value than the one its code was made for"),
        "the array length changed" => format!("{at} met an array whose length changed meanwhile"),
        "not a String" | "not a String or a string wrapper" | "not a string wrapper" | "not a String or oddball" => {
            format!("{at} met a value that is no string")
        }
        "not a sequential one-byte String" => format!("{at} met a string of another kind than before"),
        "not a Symbol" => format!("{at} met a value that is no symbol"),
        "not a JavaScript object" | "not a JavaScript object, Null or Undefined" | "Smi" => format!("{at} met a value that is no object"),
        "Storing to a constant field" => format!("{at} changed a property that had always had the same value"),
        "dependent field type constness changed" => "a property that had always had the same value was changed".to_owned(),
        "dependent field representation changed" | "dependent field type changed" => {
            "a property got a value of another kind, so that V8 keeps it in another form".to_owned()
        }
        "dependent prototype chain changed" => "a prototype that its code relied on was changed".to_owned(),
        "dependent map was deprecated" | "dependent initial map changed" => "a shape that its code relied on was replaced".to_owned(),
        "dependent property cell changed" => "a global variable that its code took for constant was changed".to_owned(),
        "dependent context cell state changed"
        | "dependent script context slot property changed"
        | "const tracking let constness invalidated" => "a variable that its code took for constant was assigned".to_owned(),
        "code dependencies" => "something that its code relied on was changed: a shape, a prototype or a constant".to_owned(),
        "(unknown)" => "its code was marked as invalid while it waited for a call".to_owned(),
        _ if reason.starts_with("dependent ") => "something that its code relied on was changed".to_owned(),
        _ if insufficient => format!("{at} ran for the first time after the code was made"),
        _ => format!("{at} was not as its code assumed"),
    };
    let reason = if reason.is_empty() {
        "no reason given"
    } else {
        reason.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')).unwrap_or(reason)
    };
    format!("{clause} ({reason})")
}

/// "once", "twice", "37 times".
pub(super) fn times(count: u64) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{} times", number(count)),
    }
}

/// A duration: "340 µs", "12 ms", "1.2 s".
pub(super) fn duration(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..1_000_000 => format!("{} ms", us / 1_000),
        _ => format!("{:.1} s", us as f64 / 1e6),
    }
}

/// With a capital letter in front, as a sentence begins.
pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_in_words() {
        fn check(reason: &str, code: Option<&str>, expected: &str) {
            assert_eq!(because(reason, code), expected);
        }
        check("wrong map", Some("o.x"), "an object of another shape came to `o.x` (wrong map)");
        check(
            "Insufficient type feedback for call",
            Some("f(x)"),
            "`f(x)` ran for the first time after the code was made (Insufficient type feedback for call)",
        );
        check("dependent moon phase", None, "something that its code relied on was changed (dependent moon phase)");
        check("the moon is full", None, "an expression was not as its code assumed (the moon is full)");
        check("(unknown)", None, "its code was marked as invalid while it waited for a call (unknown)");
        check("", None, "an expression was not as its code assumed (no reason given)");
    }

    #[test]
    fn numbers_and_durations() {
        let shown = [0, 12, 123, 1_234, 123_456, 1_234_567].map(number);
        assert_eq!(shown, ["0", "12", "123", "1,234", "123,456", "1,234,567"]);
        assert_eq!([0, 999, 1_000, 999_999, 1_250_000].map(duration), ["0 µs", "999 µs", "1 ms", "999 ms", "1.2 s"]);
        assert_eq!([1, 2, 3].map(times), ["once", "twice", "3 times"]);
    }
}
