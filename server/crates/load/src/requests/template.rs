use std::fmt;

use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::request::Rows;

/// Text with placeholders, ready to be written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Template {
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Text(Box<[u8]>),
    /// `{{n}}`.
    Number,
    /// `{{uuid}}`.
    Uuid,
    /// `{{name}}`, by index of the column.
    Column(usize),
}

/// How values stand in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    /// As they are.
    Plain,
    /// Percent-encoded but for the unreserved characters of RFC 3986 §2.3.
    Encoded,
}

/// Why text with placeholders cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TemplateError {
    /// `{{` without `}}`.
    Unclosed {
        /// What follows it, shortened.
        rest: String,
    },
    /// Not one of the known ones.
    Unknown { name: String, known: Vec<String> },
}

/// What the placeholders of one request stand for.
pub(super) struct Request<'a> {
    n: u64,
    row: &'a [String],
    /// Made when the first placeholder asks for it.
    uuid: std::cell::OnceCell<[u8; Hyphenated::LENGTH]>,
}

impl<'a> Request<'a> {
    /// Request `n` of a rotation of `of` requests: each round of them has one row.
    pub(super) fn new(n: u64, of: usize, rows: &'a Rows) -> Self {
        let row = match rows.rows.len() as u64 {
            0 => &[],
            count => rows.rows[(n / of as u64 % count) as usize].as_slice(),
        };
        Self { n, row, uuid: std::cell::OnceCell::new() }
    }

    fn uuid(&self) -> &[u8] {
        self.uuid.get_or_init(|| {
            let mut text = [0; Hyphenated::LENGTH];
            Uuid::new_v4().hyphenated().encode_lower(&mut text);
            text
        })
    }

    fn column(&self, column: usize) -> &str {
        self.row.get(column).map_or("", String::as_str)
    }
}

impl Template {
    /// Text as it is.
    pub(super) fn literal(text: &[u8]) -> Self {
        let mut template = Self::default();
        template.push_text(text);
        template
    }

    /// Text with placeholders; space within the braces does not count.
    pub(super) fn parse(text: &[u8], columns: &[String]) -> Result<Self, TemplateError> {
        let mut template = Self::default();
        let mut rest = text;
        while let Some(open) = memchr::memmem::find(rest, b"{{") {
            template.push_text(&rest[..open]);
            let inner = &rest[open + 2..];
            let Some(close) = memchr::memmem::find(inner, b"}}") else {
                let start = inner.len().min(30);
                return Err(TemplateError::Unclosed { rest: String::from_utf8_lossy(&inner[..start]).into_owned() });
            };
            let name = inner[..close].trim_ascii();
            template.segments.push(placeholder(name, columns)?);
            rest = &inner[close + 2..];
        }
        template.push_text(rest);
        Ok(template)
    }

    /// Appends text, which is joined with text before it.
    pub(super) fn push_text(&mut self, text: &[u8]) {
        if text.is_empty() {
            return;
        }
        if let Some(Segment::Text(last)) = self.segments.last_mut() {
            *last = [last, text].concat().into();
        } else {
            self.segments.push(Segment::Text(text.into()));
        }
    }

    /// The same with its text (not its placeholders) changed.
    pub(super) fn map_text(mut self, change: impl Fn(&[u8]) -> Vec<u8>) -> Self {
        for segment in &mut self.segments {
            if let Segment::Text(text) = segment {
                *text = change(text).into();
            }
        }
        self
    }

    /// Its parts between the bytes `at` of its text, without the space around each.
    pub(super) fn split(&self, at: u8) -> Vec<Self> {
        let mut parts = Vec::new();
        let mut last = Self::default();
        for segment in &self.segments {
            let Segment::Text(text) = segment else {
                last.segments.push(segment.clone());
                continue;
            };
            for (index, piece) in text.split(|byte| *byte == at).enumerate() {
                if index > 0 {
                    parts.push(std::mem::take(&mut last).trim());
                }
                last.push_text(piece);
            }
        }
        parts.push(last.trim());
        parts
    }

    fn trim(mut self) -> Self {
        if let Some(Segment::Text(text)) = self.segments.first_mut() {
            *text = text.trim_ascii_start().into();
        }
        if let Some(Segment::Text(text)) = self.segments.last_mut() {
            *text = text.trim_ascii_end().into();
        }
        self.segments.retain(|segment| !matches!(segment, Segment::Text(text) if text.is_empty()));
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// Its text, when it has no placeholders.
    pub(super) fn text(&self) -> Option<&[u8]> {
        match self.segments.as_slice() {
            [] => Some(&[]),
            [Segment::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The text before its first placeholder.
    pub(super) fn start(&self) -> &[u8] {
        match self.segments.first() {
            Some(Segment::Text(text)) => text,
            _ => &[],
        }
    }

    /// Whether its text has this byte.
    pub(super) fn has(&self, byte: u8) -> bool {
        self.segments.iter().any(|segment| matches!(segment, Segment::Text(text) if text.contains(&byte)))
    }

    /// The columns it names.
    pub(super) fn columns(&self) -> impl Iterator<Item = usize> + '_ {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Column(column) => Some(*column),
            _ => None,
        })
    }

    /// Bytes that [`Template::write`] will append for plain values.
    pub(super) fn len(&self, request: &Request<'_>) -> usize {
        let length = |segment: &Segment| match segment {
            Segment::Text(text) => text.len(),
            Segment::Number => request.n.checked_ilog10().unwrap_or(0) as usize + 1,
            Segment::Uuid => Hyphenated::LENGTH,
            Segment::Column(column) => request.column(*column).len(),
        };
        self.segments.iter().map(length).sum()
    }

    /// Appends the text for this request.
    pub(super) fn write(&self, request: &Request<'_>, values: Values, out: &mut Vec<u8>) {
        for segment in &self.segments {
            match segment {
                Segment::Text(text) => out.extend_from_slice(text),
                Segment::Number => write_number(request.n, out),
                Segment::Uuid => out.extend_from_slice(request.uuid()),
                Segment::Column(column) => match values {
                    Values::Plain => out.extend_from_slice(request.column(*column).as_bytes()),
                    Values::Encoded => write_encoded(request.column(*column), out),
                },
            }
        }
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unclosed { rest } => {
                write!(f, "{{{{ before {rest:?} has no }}}}: close the placeholder, or turn placeholders off for this request")
            }
            Self::Unknown { name, known } => {
                let known: Vec<_> = known.iter().map(|name| format!("{{{{{name}}}}}")).collect();
                write!(f, "{{{{{name}}}}} is not a placeholder; there are {}", known.join(", "))?;
                if known.len() == super::rules::OWN_PLACEHOLDERS.len() {
                    f.write_str(" and, with rows of a CSV file, its columns")?;
                }
                f.write_str(". Turn placeholders off for this request to send the text as it is")
            }
        }
    }
}

fn placeholder(name: &[u8], columns: &[String]) -> Result<Segment, TemplateError> {
    match name {
        b"n" => return Ok(Segment::Number),
        b"uuid" => return Ok(Segment::Uuid),
        _ => {}
    }
    columns.iter().position(|column| column.as_bytes() == name).map(Segment::Column).ok_or_else(|| TemplateError::Unknown {
        name: String::from_utf8_lossy(name).into_owned(),
        known: super::rules::OWN_PLACEHOLDERS.iter().map(|name| (*name).to_owned()).chain(columns.iter().cloned()).collect(),
    })
}

/// Appends a number in decimal.
pub(super) fn write_number(mut number: u64, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

fn write_encoded(text: &str, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte),
            _ => out.extend_from_slice(&[b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use proptest::prelude::*;

    fn rows() -> Rows {
        Rows {
            columns: vec!["id".into(), "full name".into()],
            rows: Arc::new(vec![vec!["7".into(), "Å & b/c".into()], vec!["8".into(), String::new()]]),
        }
    }

    fn write(template: &Template, n: u64, values: Values) -> String {
        let rows = rows();
        let request = Request::new(n, 1, &rows);
        let mut out = Vec::new();
        template.write(&request, values, &mut out);
        if values == Values::Plain {
            assert_eq!(out.len(), template.len(&request));
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn replaces_placeholders() {
        let check = |text: &str, n: u64, values: Values, expected: &str| {
            let template = Template::parse(text.as_bytes(), &rows().columns).unwrap();
            assert_eq!(write(&template, n, values), expected, "{text}");
        };
        check("", 0, Values::Plain, "");
        check("{{n}}", 0, Values::Plain, "0");
        check("a{{n}}b{{ n }}", 1_000, Values::Plain, "a1000b1000");
        check("{{n}}", u64::MAX, Values::Plain, "18446744073709551615");
        check("{\"id\":{{id}},\"in\":{\"n\":{{n}}}}", 3, Values::Plain, "{\"id\":8,\"in\":{\"n\":3}}");
        check("{{full name}}", 0, Values::Plain, "Å & b/c");
        check("/{{full name}}?{{id}}", 2, Values::Encoded, "/%C3%85%20%26%20b%2Fc?7");
        check("[{{full name}}]", 1, Values::Encoded, "[]");
        check("}} { } {", 1, Values::Plain, "}} { } {");
    }

    #[test]
    fn one_uuid_for_a_request() {
        let template = Template::parse(b"{{uuid}} {{uuid}}", &[]).unwrap();
        let first = write(&template, 0, Values::Encoded);
        let (a, b) = first.split_once(' ').unwrap();
        assert_eq!(a, b);
        assert_eq!(Uuid::parse_str(a).unwrap().get_version_num(), 4);
        assert_ne!(first, write(&template, 0, Values::Plain));
    }

    #[test]
    fn says_what_is_known() {
        let check = |text: &str, columns: &[String], expected: &str| {
            assert_eq!(Template::parse(text.as_bytes(), columns).unwrap_err().to_string(), expected);
        };
        let known = "there are {{n}}, {{uuid}}";
        let off = "Turn placeholders off for this request to send the text as it is";
        check("{{N}}", &[], &format!("{{{{N}}}} is not a placeholder; {known} and, with rows of a CSV file, its columns. {off}"));
        check("{{}}", &["id".into()], &format!("{{{{}}}} is not a placeholder; {known}, {{{{id}}}}. {off}"));
        check("a {{n", &[], "{{ before \"n\" has no }}: close the placeholder, or turn placeholders off for this request");
    }

    #[test]
    fn text_and_placeholders_are_told_apart() {
        let template = Template::parse(b"ab{{n}}c{{id}}", &rows().columns).unwrap();
        assert_eq!((template.start(), template.text()), (b"ab".as_slice(), None));
        assert_eq!(template.columns().collect::<Vec<_>>(), [0]);
        assert_eq!(Template::literal(b"x{{n}}").text(), Some(b"x{{n}}".as_slice()));
        assert_eq!(Template::literal(b"").text(), Some(b"".as_slice()));
    }

    #[test]
    fn splits_at_a_byte_of_its_text() {
        let check = |text: &str, expected: &[&str]| {
            let parts = Template::parse(text.as_bytes(), &rows().columns).unwrap().split(b';');
            assert_eq!(parts.iter().map(|part| write(part, 0, Values::Plain)).collect::<Vec<_>>(), expected, "{text}");
            assert!(parts.iter().zip(expected).all(|(part, text)| part.is_empty() == text.is_empty()));
        };
        check("", &[""]);
        check("a=1; b={{n}} ; ;c", &["a=1", "b=0", "", "c"]);
        check(" {{n}};{{id}}x", &["0", "7x"]);
    }

    proptest! {
        #[test]
        fn any_text_is_taken_or_refused(text in "([{}]{1,3}|n|uuid|id| |é|x){0,12}") {
            if let Ok(template) = Template::parse(text.as_bytes(), &rows().columns) {
                write(&template, 5, Values::Plain);
                write(&template, 5, Values::Encoded);
            }
        }

        #[test]
        fn same_as_replacing_one_after_the_other(
            pieces in prop::collection::vec(prop_oneof!["[a-z {}]{0,4}", Just("{{n}}".to_owned()), Just("{{id}}".to_owned())], 0..12),
            n: u64,
        ) {
            let text: String = pieces.join("|");
            let is_plain = |piece: &str| matches!(piece, "{{n}}" | "{{id}}") || !(piece.contains("{{") || piece.contains("}}"));
            prop_assume!(pieces.iter().all(|piece| is_plain(piece)));
            let expected = text.replace("{{n}}", &n.to_string()).replace("{{id}}", if n % 2 == 0 { "7" } else { "8" });
            let template = Template::parse(text.as_bytes(), &rows().columns).unwrap();
            prop_assert_eq!(write(&template, n, Values::Plain), expected);
        }
    }
}
