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
    /// A caption, and items below each other, each of pieces with the place they stand for. As plain text the pieces stand for
    /// themselves: they name their place.
    List(String, Vec<Vec<(String, Option<Place>)>>),
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
                        let _ = writeln!(out, "| {} |", spaced(line, COLUMN_GAP).join(" | "));
                        if row == 0 {
                            let dashes = |(column, cell): (usize, &String)| {
                                let width = cell.chars().count();
                                if column == 0 { "-".repeat(width) } else { format!("{}:", "-".repeat(width - 1)) }
                            };
                            let rule: Vec<String> = line.iter().enumerate().map(dashes).collect();
                            let _ = writeln!(out, "| {} |", spaced(&rule, "-").join(" | "));
                        }
                    }
                    Ok(())
                }
                Block::Links(caption, items) => {
                    let items: Vec<String> = items.iter().map(linked).collect();
                    writeln!(out, "{}: {}", escaped(caption), items.join(", "))
                }
                Block::List(caption, items) => {
                    let _ = writeln!(out, "{}:\n", escaped(caption));
                    items.iter().try_for_each(|pieces| writeln!(out, "- {}", pieces.iter().map(linked).collect::<String>()))
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
                    let items: Vec<String> = items.iter().map(placed).collect();
                    writeln!(out, "{caption}: {}", items.join(", "))
                }
                Block::List(caption, items) => {
                    let _ = writeln!(out, "{caption}:");
                    items
                        .iter()
                        .try_for_each(|pieces| writeln!(out, "- {}", pieces.iter().map(|(text, _)| text.as_str()).collect::<String>()))
                }
            };
        }
        out
    }
}

fn linked((text, place): &(String, Option<Place>)) -> String {
    match place {
        Some(place) => format!("[{}]({}#L{})", escaped(text), file_uri(&place.path), place.line),
        None => escaped(text),
    }
}

fn placed((text, place): &(String, Option<Place>)) -> String {
    match place {
        Some(place) => format!("{text} ({}:{})", place.path, place.line),
        None => text.clone(),
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

/// What keeps the figures of two columns apart: VS Code leaves no space between the cells of a table.
const COLUMN_GAP: &str = "&emsp;";

/// The cells of a line, with `gap` before each figure that follows another one.
fn spaced(line: &[String], gap: &str) -> Vec<String> {
    line.iter().enumerate().map(|(column, cell)| if column > 1 { format!("{gap}{cell}") } else { cell.clone() }).collect()
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

/// Text without meaning to markdown, but for code between backquotes.
fn escaped(text: &str) -> String {
    let pieces: Vec<&str> = text.split('`').collect();
    // An odd backquote is a character of a name.
    let has_code = pieces.len() % 2 == 1;
    let mut out = String::with_capacity(text.len());
    for (row, piece) in pieces.iter().enumerate() {
        let is_code = has_code && row % 2 == 1 && !piece.trim().is_empty();
        if row > 0 && !is_code && !(has_code && row % 2 == 0 && !pieces[row - 1].trim().is_empty()) {
            out.push_str("\\`");
        }
        match is_code {
            true => code(piece, &mut out),
            false => escape(piece, &mut out),
        }
    }
    out
}

/// A code span; a pipe would still end a table's cell.
fn code(text: &str, out: &mut String) {
    out.push('`');
    out.push_str(&text.replace(['\n', '\r'], " ").replace('|', "\\|"));
    out.push('`');
}

fn escape(text: &str, out: &mut String) {
    for char in text.chars() {
        match char {
            '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' => {
                out.push('\\');
                out.push(char);
            }
            '\n' | '\r' => out.push(' '),
            _ => out.push(char),
        }
    }
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
                Block::Links("Callers".to_owned(), vec![("f".to_owned(), Some(place.clone())), ("(program)".to_owned(), None)]),
                Block::List("Shapes".to_owned(), vec![vec![("{x}, ".to_owned(), None), ("x".to_owned(), Some(place))]]),
            ],
        };
        let markdown = "**render\\_all**\n\n|      | self |\n| ---- | ---: |\n| time | a\\|b |\n\nCallers: [f](file:///app/a%20b.js#L7), (program)\n\
            \nShapes:\n\n- {x}, [x](file:///app/a%20b.js#L7)\n";
        assert_eq!(text.markdown(), markdown);
        assert_eq!(
            text.plain(),
            "render_all\n\n      self\ntime   a|b\n\nCallers: f (/app/a b.js:7), (program)\n\
            \nShapes:\n- {x}, x\n"
        );
    }

    #[test]
    fn columns_of_figures_are_apart() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let table = Block::Table(vec![row(["", "share", "time"]), row(["self", "1%", "2 ms"])]);
        let expected = "|      | share | &emsp;time |\n| ---- | ----: | ----: |\n| self |    1% | &emsp;2 ms |\n";
        assert_eq!(RichText { blocks: vec![table] }.markdown(), expected);
    }

    #[test]
    fn uris() {
        for (path, expected) in [("/a/größe.js", "file:///a/gr%C3%B6%C3%9Fe.js"), (r"C:\a.js", "file:///C%3A/a.js")] {
            assert_eq!(file_uri(path), expected);
        }
    }

    #[test]
    fn code_and_characters_of_markdown() {
        fn check(text: &str, expected: &str) {
            assert_eq!(escaped(text), expected, "{text}");
        }
        check("Read of `a_b[0]`: *", "Read of `a_b[0]`: \\*");
        check("a lone ` is a character_", "a lone \\` is a character\\_");
        check("`` is empty", "\\`\\` is empty");
        check("`a` and `b|c`", "`a` and `b\\|c`");
    }
}
