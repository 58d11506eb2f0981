use std::sync::Arc;

use super::rules;
use crate::request::Rows;

/// Why a CSV text gives no rows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowsError {
    /// There is no text.
    #[error("line 1: there is no header line: name the columns in the first line, as in id,name")]
    NoHeader,
    /// A column cannot be named so.
    #[error("line 1: {problem}")]
    Column {
        /// What is wrong with its name, and what would do.
        problem: String,
    },
    /// There is only the header line.
    #[error("line 2: there are no rows after the header line: give at least one")]
    NoRows,
    /// A row has more or fewer values than there are columns.
    #[error(
        "line {line}: the row has {found} values and the header line {expected}: give each row {expected}, and put those \
         that hold a comma in quotation marks"
    )]
    Ragged {
        /// Line on which the row begins, from 1.
        line: u64,
        /// Number of columns.
        expected: usize,
        /// Number of values.
        found: usize,
    },
    /// A quotation mark is not closed: what follows it would be one value.
    #[error("line {line}: a quotation mark in this row is not closed: close it, or write a quotation mark within a value twice")]
    Unclosed {
        /// Line on which the row begins, from 1.
        line: u64,
    },
    /// The text cannot be read as CSV.
    #[error("line {line}: {problem}")]
    Syntax {
        /// Line, from 1.
        line: u64,
        /// What the reader says.
        problem: String,
    },
}

impl Rows {
    /// Reads CSV (RFC 4180): the first line names the columns, the others are rows. A byte
    /// order mark is skipped, as are empty lines (an empty value of a single column is `""`).
    ///
    /// # Errors
    /// [`RowsError`], with the line.
    pub fn from_csv(text: &str) -> Result<Self, RowsError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let header = reader.headers().map_err(|error| syntax(&error))?;
        let mut columns: Vec<String> = Vec::with_capacity(header.len());
        for name in header {
            let name = name.trim();
            if let Some(problem) = rules::wrong_column(name, &columns) {
                return Err(RowsError::Column { problem });
            }
            columns.push(name.to_owned());
        }
        if columns.is_empty() {
            return Err(RowsError::NoHeader);
        }
        let is_quote_open = text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1;
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| syntax(&error))?;
            let line = || record.position().map_or(0, |position| line_at(text, position));
            // A single quotation mark within a value is one, unless it swallows lines.
            if is_quote_open && record.iter().next_back().is_some_and(|value| value.contains('\n')) && record_is_last(text, &record) {
                return Err(RowsError::Unclosed { line: line() });
            }
            if record.len() != columns.len() {
                return Err(RowsError::Ragged { line: line(), expected: columns.len(), found: record.len() });
            }
            rows.push(record.iter().map(str::to_owned).collect());
        }
        if rows.is_empty() {
            return Err(RowsError::NoRows);
        }
        Ok(Self { columns, rows: Arc::new(rows) })
    }
}

/// Line of the record at this position, which may be that of empty lines before it.
fn line_at(text: &str, position: &csv::Position) -> u64 {
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = text.get(start..).unwrap_or_default();
    let empty = rest.len() - rest.trim_start_matches(['\r', '\n']).len();
    position.line() + rest[..empty].bytes().filter(|byte| *byte == b'\n').count() as u64
}

/// Whether the record's last value reaches to the end of the text.
fn record_is_last(text: &str, record: &csv::StringRecord) -> bool {
    record.iter().next_back().is_some_and(|value| text.ends_with(value))
}

fn syntax(error: &csv::Error) -> RowsError {
    RowsError::Syntax { line: error.position().map_or(1, csv::Position::line), problem: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_rows() {
        let check = |text: &str, columns: &[&str], expected: &[&[&str]]| {
            let rows = Rows::from_csv(text).unwrap();
            assert_eq!(rows.columns, columns, "{text}");
            assert_eq!(*rows.rows, expected, "{text}");
        };
        check("id,name\n1,a\n2,b\n", &["id", "name"], &[&["1", "a"], &["2", "b"]]);
        check("\u{feff}id\r\n1\r\n\r\n2", &["id"], &[&["1"], &["2"]]);
        check(" id , name\n\"a,b\", c \n", &["id", "name"], &[&["a,b", " c "]]);
        check("id,name\n\"two\nlines\",\"say \"\"a\"\"\"\n", &["id", "name"], &[&["two\nlines", "say \"a\""]]);
        check("size\n5\" disk\n\"\"\n", &["size"], &[&["5\" disk"], &[""]]);
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        let check = |text: &str, expected: &str| {
            let message = Rows::from_csv(text).unwrap_err().to_string();
            assert!(message.starts_with(expected), "{text:?}: {message}");
        };
        check("", "line 1: there is no header line");
        check("\u{feff}\n\n", "line 1: there is no header line");
        check("id,name\n", "line 2: there are no rows");
        check("id,id\n1,2\n", "line 1: there are two columns id");
        check("id,\n1,2\n", "line 1: column 2 has no name");
        check("id,n\n1,2\n", "line 1: the column n has the name of a placeholder");
        check("{{id}}\n1\n", "line 1: the column \"{{id}}\" cannot be a placeholder");
        check("id,name\n1,a\n\n2\n", "line 4: the row has 1 values and the header line 2");
        check("id\n\"a\nb\"\n1,2\n", "line 4: the row has 2 values and the header line 1");
        check("id,name\n1,a\n2,\"b\n3,c\n", "line 3: a quotation mark in this row is not closed");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(rows in prop::collection::vec(("[a\", \n\r]{0,4}", "[é;'\"]{0,3}"), 1..6)) {
            let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
            writer.write_record(["a", "b"]).unwrap();
            for (a, b) in &rows {
                writer.write_record([a, b]).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let expected: Vec<Vec<String>> = rows.into_iter().map(|(a, b)| vec![a, b]).collect();
            prop_assert_eq!(&*Rows::from_csv(&text).unwrap().rows, &expected);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[a\",\n\r;{}é]{0,40}") {
            if let Ok(rows) = Rows::from_csv(&text) {
                prop_assert!(rules::check_rows(&rows).is_ok());
            }
        }
    }
}
