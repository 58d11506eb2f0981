//! One frame of a folded stack.

use profile::{Category, Tier};

/// What a frame's text says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Label {
    /// Empty: anonymous.
    pub(super) name: String,
    pub(super) place: Option<Place>,
    /// Of a frame without place; none when the name alone does not tell.
    pub(super) category: Option<Category>,
    pub(super) tier: Tier,
    pub(super) is_inlined: bool,
}

/// Where a function begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) url: String,
    pub(super) line: Option<u32>,
    /// 0: not known.
    pub(super) column: u32,
}

/// What V8 calls code of JavaScript functions.
const JAVASCRIPT: [&str; 5] = ["LazyCompile:", "Function:", "JS:", "Script:", "Eval:"];

/// What V8 calls other code.
const NATIVE: [&str; 5] = ["Builtin:", "BytecodeHandler:", "RegExp:", "Stub:", "Handler:"];

/// V8's marks of tiers; `o` is for code entered in a loop, `'` for code of a concurrent compilation.
const TIERS: [(&str, Tier); 10] = [
    ("~", Tier::Ignition),
    ("^", Tier::Sparkplug),
    ("o+'", Tier::Maglev),
    ("o+", Tier::Maglev),
    ("+'", Tier::Maglev),
    ("+", Tier::Maglev),
    ("o*'", Tier::Turbofan),
    ("o*", Tier::Turbofan),
    ("*'", Tier::Turbofan),
    ("*", Tier::Turbofan),
];

pub(super) fn parse(text: &str) -> Label {
    let (text, kind) = without_kind(text);
    let is_inlined = kind == Some('i');
    let plain = |name: &str, category| {
        let name = spaced(name);
        let name = if name == "(anonymous)" { String::new() } else { name };
        Label { name, place: None, category, tier: Tier::Unknown, is_inlined }
    };
    if kind == Some('k') || NATIVE.iter().any(|prefix| text.starts_with(prefix)) {
        return plain(text, Some(Category::Native));
    }
    let unprefixed = JAVASCRIPT.iter().find_map(|prefix| text.strip_prefix(prefix));
    let code = unprefixed.unwrap_or(text);
    let (unmarked, tier) = TIERS.iter().find_map(|(mark, tier)| Some((code.strip_prefix(mark)?, *tier))).unwrap_or((code, Tier::Unknown));
    match split_place(unmarked) {
        Some((name, place)) => {
            let name = spaced(name.trim());
            let name = if name == "(anonymous)" { String::new() } else { name };
            Label { name, place: Some(place), category: None, tier, is_inlined }
        }
        // JavaScript whose place V8 does not know.
        None if unprefixed.is_some() => Label { tier, ..plain(unmarked, Some(Category::App)) },
        None => plain(text, category_of(text)),
    }
}

/// The text, and the letter of perf's `_[k]` at its end.
fn without_kind(text: &str) -> (&str, Option<char>) {
    let kind = |text: &str| {
        let (before, kind) = text.strip_suffix(']')?.rsplit_once("_[")?;
        let mut letters = kind.chars();
        let letter = letters.next().filter(char::is_ascii_lowercase)?;
        letters.next().is_none().then_some((before.len(), letter))
    };
    kind(text).map_or((text, None), |(length, letter)| (&text[..length], Some(letter)))
}

fn category_of(name: &str) -> Option<Category> {
    match name {
        "(gc)" | "(garbage collector)" | "(GC)" => Some(Category::Gc),
        "(idle)" | "(waiting)" => Some(Category::Idle),
        "(program)" | "(root)" | "(V8 API)" => Some(Category::Program),
        "(unresolved)" | "(unresolved function)" | "(unknown)" => Some(Category::Unresolved),
        "(parse)" | "(PARSER)" | "(COMPILER)" | "(BYTECODE_COMPILER)" => Some(Category::Compiler),
        "(anonymous)" => None,
        _ if name.starts_with("(compile ") => Some(Category::Compiler),
        _ if name.starts_with("(main thread") || name.starts_with("(worker ") => Some(Category::Program),
        // Libraries, and what perf could not name.
        _ if name.starts_with(['(', '[']) => Some(Category::Native),
        _ => None,
    }
}

/// The name and the place behind it.
fn split_place(text: &str) -> Option<(&str, Place)> {
    if let Some((name, place)) = text.strip_suffix(')').and_then(|text| text.rsplit_once(" ("))
        && let Some(place) = place_with_line(place)
    {
        return Some((name, place));
    }
    // An absolute path may have spaces, and begins at its first one.
    for (at, _) in text.match_indices(' ') {
        let place = &text[at + 1..];
        if is_absolute(place) {
            let without_line = || (!place.contains(' ')).then(|| Place { url: spaced(place), line: None, column: 0 });
            return Some((&text[..at], place_with_line(place).or_else(without_line)?));
        }
    }
    if is_absolute(text) {
        return Some(("", place_with_line(text)?));
    }
    let (name, place) = text.rsplit_once(' ')?;
    Some((name, place_with_line(place)?))
}

fn is_absolute(text: &str) -> bool {
    let is_drive = text.len() > 2 && text.as_bytes()[0].is_ascii_alphabetic() && matches!(text.get(1..3), Some(":\\" | ":/"));
    // A lone slash, as in a regular expression, is no path.
    let is_path = text.starts_with('/') && text[1..].contains(['/', '.']);
    let schemes = ["node:", "file://", "http://", "https://", "wasm://", "data:", "webpack:", "evalmachine."];
    is_drive || is_path || schemes.iter().any(|scheme| text.starts_with(scheme))
}

/// `file:line` or `file:line:column`.
fn place_with_line(text: &str) -> Option<Place> {
    let number = |text: &str| if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse::<u32>().ok() } else { None };
    let (file, last) = text.rsplit_once(':')?;
    let last = number(last)?;
    let (file, line, column) = match file.rsplit_once(':').and_then(|(file, line)| Some((file, number(line)?))) {
        Some((file, line)) => (file, line, last),
        None => (file, last, 0),
    };
    let is_file = file.contains(['.', '/', '\\', ':']);
    is_file.then(|| Place { url: spaced(file), line: Some(line), column })
}

fn spaced(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `name|url|line|column`, `name` alone without place; then what else there is.
    fn shown(text: &str) -> String {
        let label = parse(text);
        let mut shown = label.name;
        if let Some(place) = label.place {
            let line = place.line.map_or("?".to_owned(), |line| line.to_string());
            shown.push_str(&format!("|{}|{line}|{}", place.url, place.column));
        }
        if let Some(category) = label.category {
            shown.push_str(&format!(" {}", category.label()));
        }
        if label.tier != Tier::Unknown {
            shown.push_str(&format!(" {}", label.tier.label()));
        }
        if label.is_inlined {
            shown.push_str(" inlined");
        }
        shown
    }

    #[test]
    fn frames_of_all_tools() {
        fn check(text: &str, expected: &str) {
            assert_eq!(shown(text), expected, "{text}");
        }
        // This crate.
        check("handle lib/routes.js:10", "handle|lib/routes.js|10|0");
        check("(anonymous) src/main.js:1", "|src/main.js|1|0");
        check("get value src/a.js:3", "get value|src/a.js|3|0");
        check("f src/a\u{a0}b.js:3", "f|src/a b.js|3|0");
        check("emit node:events:500", "emit|node:events|500|0");
        check("f wasm://wasm/0a1b", "f|wasm://wasm/0a1b|?|0");
        check("RegExp: x\u{a0}12", "RegExp: x 12 native");
        check("(gc)", "(gc) gc");
        check("(compile bytecode)", "(compile bytecode) compiler");
        check("(main thread of process 3)", "(main thread of process 3) program");
        check("(anonymous)", "");
        // V8 in perf's map.
        check("LazyCompile:*render /app/my views/page.js:10:5", "render|/app/my views/page.js|10|5 turbofan");
        check("LazyCompile:~ /app/a.js:1:1", "|/app/a.js|1|1 ignition");
        check("JS:^emit node:events:465:44", "emit|node:events|465|44 sparkplug");
        check("JS:o+'f file:///app/a.mjs:3:9", "f|file:///app/a.mjs|3|9 maglev");
        check("Function:~f C:\\app\\a b.js:3:9", "f|C:\\app\\a b.js|3|9 ignition");
        check("Script:~f", "f app ignition");
        check("Builtin:ArrayMap", "Builtin:ArrayMap native");
        check("LazyCompile:*render /app/a.js:10:5_[j]", "render|/app/a.js|10|5 turbofan");
        check("do_syscall_64_[k]", "do_syscall_64 native");
        check("node::Start_[i]", "node::Start inlined");
        check("[libc.so.6]", "[libc.so.6] native");
        // 0x, and tools of other languages.
        check("~emit events.js:156:44", "emit|events.js|156|44 ignition");
        check("*add", "*add");
        check("work (app.py:12)", "work|app.py|12|0");
        check("/app/a.js:3:4", "|/app/a.js|3|4");
        // No places.
        check("main", "main");
        check("std::vector<int, 3>::at", "std::vector<int, 3>::at");
        check("at 10:30", "at 10:30");
        check("split /", "split /");
        check("", "");
        check(" ", " ");
        check("_[k]", " native");
        check("日本 a.js:99999999999", "日本 a.js:99999999999");
    }
}
