//! The comment that names a file's source map.

/// The URL of the `sourceMappingURL` comment a generated file ends with: `//# sourceMappingURL=…`, `//@ …` as it once was, or
/// `/*# … */`. Only white space and other comments may follow it, so what merely looks like one inside the code is none.
pub fn source_map_url(text: &str) -> Option<&str> {
    let mut rest = text.trim_end();
    while !rest.is_empty() {
        let line_start =
            rest.rfind(['\n', '\r', '\u{2028}', '\u{2029}']).map_or(0, |end| end + rest[end..].chars().next().map_or(1, char::len_utf8));
        let line = rest[line_start..].trim_start();
        if let Some(url) = line_comment_url(line) {
            return Some(url);
        }
        let before = if line.starts_with("//") || line.is_empty() {
            line_start
        } else if let Some(inside) = rest.strip_suffix("*/") {
            let start = inside.rfind("/*")?;
            if let Some(url) = comment_url(&inside[start + 2..]) {
                return Some(url);
            }
            start
        } else {
            return None;
        };
        rest = rest[..before].trim_end();
    }
    None
}

/// The URL of a `//` comment at the end of a line, code before it or not.
fn line_comment_url(line: &str) -> Option<&str> {
    let name = line.rfind("sourceMappingURL=")?;
    let start = line[..name].rfind("//")?;
    comment_url(&line[start + 2..])
}

/// The URL of a comment's text: a sign, the name, and a URL that has nothing a URL cannot have. A quote there means the "comment" is
/// part of a string.
fn comment_url(comment: &str) -> Option<&str> {
    let text = comment.strip_prefix(['#', '@'])?;
    let url = text.trim_start_matches([' ', '\t']).strip_prefix("sourceMappingURL=")?.trim();
    let possible = !url.is_empty() && !url.contains(|char: char| char.is_whitespace() || matches!(char, '"' | '\'' | '`'));
    possible.then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        fn check(text: &str, expected: Option<&str>) {
            assert_eq!(source_map_url(text), expected, "{text:?}");
        }
        check("f();\n//# sourceMappingURL=out.js.map", Some("out.js.map"));
        check("f();\r\n//# sourceMappingURL=out.js.map\r\n\r\n", Some("out.js.map"));
        check("f();\n//@ sourceMappingURL=old.map\n", Some("old.map"));
        check("f();\n//#\tsourceMappingURL=tab.map\n", Some("tab.map"));
        check("f();\n/*# sourceMappingURL=block.map */\n", Some("block.map"));
        check("f();\n/*# sourceMappingURL=block.map\n*/", Some("block.map"));
        check("f(); //# sourceMappingURL=same-line.map", Some("same-line.map"));
        check("f(); /*# sourceMappingURL=same-line.map */", Some("same-line.map"));
        check("f();\u{2028}//# sourceMappingURL=a.map", Some("a.map"));
        // The last one, whatever comments are behind it.
        check("//# sourceMappingURL=a.map\n//# sourceMappingURL=b.map\n", Some("b.map"));
        check("f();\n//# sourceMappingURL=a.map\n//# debugId=1\n/* (c)\n * us */\n", Some("a.map"));
        check("//# sourceMappingURL=data:application/json;base64,//8=", Some("data:application/json;base64,//8="));
        check("//# sourceMappingURL=https://host/a.map", Some("https://host/a.map"));
        // Not at the end, not a comment, not a URL.
        check("//# sourceMappingURL=a.map\nf();\n", None);
        check("x = '//# sourceMappingURL=a.map'", None);
        check("x = `\n//# sourceMappingURL=a.map\n`;\n", None);
        check("x = \"\\\n//# sourceMappingURL=a.map\"", None);
        check("//# sourceMappingURL=a b.map", None);
        check("//# sourceMappingURL=", None);
        check("// sourceMappingURL=a.map", None);
        check("f(); // the end", None);
        check("*/", None);
        check("", None);
    }
}
