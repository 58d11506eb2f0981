//! A short text with tables and links, as markdown and as plain text.

use std::fmt::Write;

/// A text made of blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RichText {
    /// In order.
    pub blocks: Vec<Block>,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading.
    Title(String),
    /// A sentence or two.
    Paragraph(String),
    /// Rows of equal length; the first is the head.
    Table(Vec<Vec<String>>),
    /// A caption, and items with the place they stand for.
    Links(String, Vec<(String, Option<Place>)>),
}

/// A place to go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Absolute path.
    pub path: String,
    /// 1-based line.
    pub line: u32,
}

impl RichText {
    /// As markdown.
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        for block in &self.blocks {
            if !out.is_empty() {
                out.push('\n');
            }
            // Writing to a String cannot fail.
            let _ = match block {
                Block::Title(text) => writeln!(out, "**{}**", escaped(text)),
                Block::Paragraph(text) => writeln!(out, "{}", escaped(text)),
                Block::Table(rows) => {
                    // Aligned in the source, too: some editors show it as it is.
                    let rows: Vec<Vec<String>> = rows.iter().map(|cells| cells.iter().map(|cell| escaped(cell)).collect()).collect();
                    for (row, line) in aligned(&rows, 3).iter().enumerate() {
                        let _ = writeln!(out, "| {} |", line.join(" | "));
                        if row == 0 {
                            let dashes = |(column, cell): (usize, &String)| {
                                let width = cell.chars().count();
                                if column == 0 { "-".repeat(width) } else { format!("{}:", "-".repeat(width - 1)) }
                            };
                            let rule: Vec<String> = line.iter().enumerate().map(dashes).collect();
                            let _ = writeln!(out, "| {} |", rule.join(" | "));
                        }
                    }
                    Ok(())
                }
                Block::Links(caption, items) => {
                    let items: Vec<String> = items
                        .iter()
                        .map(|(text, place)| match place {
                            Some(place) => format!("[{}]({}#L{})", escaped(text), file_uri(&place.path), place.line),
                            None => escaped(text),
                        })
                        .collect();
                    writeln!(out, "{}: {}", escaped(caption), items.join(", "))
                }
            };
        }
        out
    }

    /// As plain text, columns padded.
    pub fn plain(&self) -> String {
        let mut out = String::new();
        for block in &self.blocks {
            if !out.is_empty() {
                out.push('\n');
            }
            let _ = match block {
                Block::Title(text) | Block::Paragraph(text) => writeln!(out, "{text}"),
                Block::Table(rows) => {
                    for line in aligned(rows, 0) {
                        let _ = writeln!(out, "{}", line.join("  ").trim_end());
                    }
                    Ok(())
                }
                Block::Links(caption, items) => {
                    let items: Vec<String> = items
                        .iter()
                        .map(|(text, place)| match place {
                            Some(place) => format!("{text} ({}:{})", place.path, place.line),
                            None => text.clone(),
                        })
                        .collect();
                    writeln!(out, "{caption}: {}", items.join(", "))
                }
            };
        }
        out
    }
}

/// The cells padded so that columns line up: the first one to the left, figures to the right; no column narrower than `least`.
fn aligned(rows: &[Vec<String>], least: usize) -> Vec<Vec<String>> {
    let columns = rows.first().map_or(0, Vec::len);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0).max(least);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let pad = |(column, (cell, width)): (usize, (&String, &usize))| match column {
        0 => format!("{cell:<width$}"),
        _ => format!("{cell:>width$}"),
    };
    rows.iter().map(|row| row.iter().zip(&widths).enumerate().map(pad).collect()).collect()
}

/// `file://` URI of an absolute path, escaped as RFC 3986 wants it.
pub fn file_uri(path: &str) -> String {
    let mut uri = "file://".to_owned();
    let path = path.replace('\\', "/");
    if !path.starts_with('/') {
        uri.push('/');
    }
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

/// Text without meaning to markdown.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' => {
                out.push('\\');
                out.push(char);
            }
            '\n' | '\r' => out.push(' '),
            _ => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        let place = Place { path: "/app/a b.js".to_owned(), line: 7 };
        let text = RichText {
            blocks: vec![
                Block::Title("render_all".to_owned()),
                Block::Table(vec![vec!["".into(), "self".into()], vec!["time".into(), "a|b".into()]]),
                Block::Links("Callers".to_owned(), vec![("f".to_owned(), Some(place)), ("(program)".to_owned(), None)]),
            ],
        };
        let markdown =
            "**render\\_all**\n\n|      | self |\n| ---- | ---: |\n| time | a\\|b |\n\nCallers: [f](file:///app/a%20b.js#L7), (program)\n";
        assert_eq!(text.markdown(), markdown);
        assert_eq!(text.plain(), "render_all\n\n      self\ntime   a|b\n\nCallers: f (/app/a b.js:7), (program)\n");
    }

    #[test]
    fn uris() {
        for (path, expected) in [("/a/größe.js", "file:///a/gr%C3%B6%C3%9Fe.js"), (r"C:\a.js", "file:///C%3A/a.js")] {
            assert_eq!(file_uri(path), expected);
        }
    }
}
