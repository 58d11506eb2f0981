//! The location of a `code-deopt` record: `<file:line:column> inlined at <file:line:column>…`, innermost first.

use crate::read::v8_log::fields::unescape_bytes;
use profile::Position;

/// A level of a location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Level {
    /// The script; `unknown` for one without a URL, such as that of `eval`.
    pub(super) url: String,
    /// The place in it.
    pub(super) position: Position,
}

const NEXT: &str = " inlined at <";

/// The levels of a location as it stands in the log; none when it has none, as `<unknown>`. `urls` are the scripts that the levels
/// should be in: paths may hold anything, even ` inlined at <`.
pub(super) fn parse(location: &[u8], urls: &[Option<&str>]) -> Vec<Level> {
    let text = unescape_bytes(location);
    let Some(mut rest) = text.strip_prefix('<') else { return Vec::new() };
    let mut levels = Vec::new();
    loop {
        let expected = urls.get(levels.len()).copied().flatten().filter(|url| !url.is_empty());
        let by_url = expected.and_then(|url| Some((url.len(), end_of_level(rest.strip_prefix(url)?)?)));
        let found = by_url.or_else(|| {
            // The first place where a level can end: a path that looks like one is cut, and then no level's file is known.
            rest.match_indices(':').find_map(|(at, _)| Some((at, end_of_level(&rest[at..])?)))
        });
        let Some((at, (position, after))) = found else { return Vec::new() };
        levels.push(Level { url: rest[..at].to_owned(), position });
        match after.strip_prefix(NEXT) {
            Some(next) => rest = next,
            None => return levels,
        }
    }
}

/// Reads `:line:column>`, which must end the location or be followed by the next level.
fn end_of_level(text: &str) -> Option<(Position, &str)> {
    let (line, rest) = digits(text.strip_prefix(':')?)?;
    let (column, rest) = digits(rest.strip_prefix(':')?)?;
    let rest = rest.strip_prefix('>')?;
    (rest.is_empty() || rest.starts_with(NEXT)).then_some((Position { line, column }, rest))
}

fn digits(text: &str) -> Option<(u32, &str)> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    Some((text[..length].parse().ok()?, &text[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_innermost_first() {
        fn check(location: &str, urls: &[Option<&str>], expected: &[&str]) {
            let levels = parse(location.as_bytes(), urls);
            let shown: Vec<_> =
                levels.iter().map(|level| format!("{} {}:{}", level.url, level.position.line, level.position.column)).collect();
            assert_eq!(shown, expected, "{location}");
        }
        check(
            "</a.js:86:36> inlined at </a.js:87:32> inlined at <file:///b.mjs:1:2>",
            &[],
            &["/a.js 86:36", "/a.js 87:32", "file:///b.mjs 1:2"],
        );
        check(r"</we\x2Cird d\xc3\xafr \xe6\x97\xa5/a.js:2:32>", &[], &["/we,ird dïr 日/a.js 2:32"]);
        check("<unknown:1:5> inlined at </a.js:3:4>", &[Some("")], &["unknown 1:5", "/a.js 3:4"]);
        check(r"<C:\\app\\a.js:1:5>", &[], &[r"C:\app\a.js 1:5"]);
        let odd = "/x:1:2> inlined at <y.js";
        check(&format!("<{odd}:3:4> inlined at <{odd}:5:6>"), &[Some(odd), Some(odd)], &[&format!("{odd} 3:4"), &format!("{odd} 5:6")]);
        for broken in ["", "<unknown>", "</a.js:1>", "</a.js:1:2", "/a.js:1:2>", "</a.js:1:2> inlined at <", "<:99999999999:1>"] {
            check(broken, &[], &[]);
        }
    }
}
