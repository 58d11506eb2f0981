//! What shares are of, when they are not of everything.

use profile::{FrameId, Position, Profile};

use crate::wording;

/// Longest name in a label, in characters: it stands behind every hint.
const MAX_NAME: usize = 24;

/// The function that shares are of: only stacks through it count.
#[derive(Clone, Debug, PartialEq)]
pub struct Focus {
    /// Its name for a person: `render()`.
    pub label: String,
    /// Share of active time of stacks through it, 0 to 1; of allocations where those are measured.
    pub share: f64,
}

impl Focus {
    /// What is said about it and the way back.
    pub fn way_back(&self) -> String {
        format!("Percentages are of {} · show everything", self.label)
    }
}

/// A function's name as shares are said to be of it: `render()`; `(anonymous) server.js:12` for one without a name.
pub fn label_of(profile: &Profile, frame: FrameId) -> String {
    let frame = profile.frame(frame);
    let is_function = frame.category.is_javascript();
    if !is_function && !frame.name.is_empty() {
        return shortened(&frame.name);
    }
    if !frame.name.is_empty() {
        return format!("{}()", shortened(&frame.name));
    }
    let url = frame.source.map(|source| profile.source(source).url.as_str()).unwrap_or_default();
    let file = url.rsplit(['/', '\\']).next().unwrap_or_default();
    if frame.start == Some(Position { line: 1, column: 1 }) && !file.is_empty() {
        return format!("{file} (top level)");
    }
    match frame.start {
        Some(start) if !file.is_empty() => format!("{} {file}:{}", wording::name(""), start.line),
        _ => wording::name("").to_owned(),
    }
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= MAX_NAME {
        return name.to_owned();
    }
    let mut short: String = name.chars().take(MAX_NAME - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use profile::{Category, Frame, ProfileBuilder, Source};

    use super::*;

    #[test]
    fn labels() {
        fn check(name: &str, start: Option<(u32, u32)>, category: Category, expected: &str) {
            let mut builder = ProfileBuilder::default();
            let source = builder.source(Source { url: "file:///app/server.js".into(), path: None });
            let start = start.map(|(line, column)| Position { line, column });
            let frame = builder.frame(Frame { name: name.into(), source: Some(source), start, category });
            assert_eq!(label_of(&builder.finish(), frame), expected);
        }
        check("render", Some((2, 16)), Category::App, "render()");
        check("aVeryLongNameOfSomeFunctionInAPackage", None, Category::App, "aVeryLongNameOfSomeFunc…()");
        check("", Some((12, 3)), Category::App, "(anonymous) server.js:12");
        check("", Some((1, 1)), Category::App, "server.js (top level)");
        check("", None, Category::App, "(anonymous)");
        check("(garbage collector)", None, Category::Gc, "(garbage collector)");
    }
}
