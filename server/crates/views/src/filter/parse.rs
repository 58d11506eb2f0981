//! Text into a filter.

use super::nearest::nearest;
use super::{Figure, FigureTest, Filter, Needle, Operator, Recorded, Term, Test, TextTest};
use crate::wire::QueryError;
use profile::{Category, Tier};
use regex::RegexBuilder;
use std::ops::Range;

/// Largest program of a regular expression, in bytes.
const REGEX_BYTES: usize = 1 << 20;

const TEXT_KEYS: [&str; 4] = ["file", "name", "category", "tier"];
const FIGURE_KEYS: [&str; 6] = ["self", "total", "samples", "selfBytes", "totalBytes", "change"];

impl Filter {
    /// Reads a filter; an empty one matches everything.
    ///
    /// # Errors
    /// When it is not of the language, or asks for figures that were not recorded: where it is wrong, and what would be right.
    pub fn parse(text: &str, recorded: Recorded) -> Result<Self, QueryError> {
        let mut parser = Parser { text, at: 0, recorded };
        let mut terms = Vec::new();
        while let Some(term) = parser.term()? {
            terms.push(term);
        }
        Ok(Self { terms })
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    recorded: Recorded,
}

/// A key and what separates it from its value.
struct Keyed<'a> {
    key: &'a str,
    separator: &'a str,
}

impl<'a> Parser<'a> {
    fn error<T>(&self, span: Range<usize>, message: impl Into<String>) -> Result<T, QueryError> {
        let units = |text: &str| u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX);
        Err(QueryError { message: message.into(), at: units(&self.text[..span.start]), length: units(&self.text[span]) })
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// From here to the next space.
    fn word(&self) -> &'a str {
        let rest = self.rest();
        rest.split_once(|c: char| u8::try_from(c).is_ok_and(is_space)).map_or(rest, |(word, _)| word)
    }

    fn term(&mut self) -> Result<Option<Term>, QueryError> {
        self.at += self.rest().bytes().take_while(|byte| is_space(*byte)).count();
        if self.rest().is_empty() {
            return Ok(None);
        }
        let is_negated = self.rest().starts_with('-');
        if is_negated {
            let minus = self.at..self.at + 1;
            self.at += 1;
            let word = self.word();
            if word.is_empty() {
                return self.error(minus, "`-` needs a term right after it, such as `-file:node_modules`");
            }
            if word.starts_with('-') {
                let message = "one `-` is enough; to look for text that begins with `-`, write it in quotes";
                return self.error(self.at..self.at + word.len(), message);
            }
        }
        let test = self.test()?;
        Ok(Some(Term { is_negated, test }))
    }

    fn test(&mut self) -> Result<Test, QueryError> {
        if self.rest().starts_with('"') {
            return Ok(Test::Text(TextTest::Anywhere(Needle::new(self.quoted()?))));
        }
        let word = self.word();
        if let Some(keyed) = keyed(word) {
            return self.keyed_test(word, &keyed);
        }
        let span = self.at..self.at + word.len();
        if word.starts_with('/') {
            return self.pattern_or_path(word, span);
        }
        let operand = word.trim_start_matches(['>', '<', '=']);
        if operand.len() < word.len() && operand.trim_start_matches('-').chars().next().is_none_or(|c| c.is_ascii_digit()) {
            return self.error(span, "a comparison has no space in it: write `self>2%`");
        }
        self.at = span.end;
        Ok(Test::Text(TextTest::Anywhere(Needle::new(word.to_owned()))))
    }

    fn keyed_test(&mut self, word: &str, keyed: &Keyed<'a>) -> Result<Test, QueryError> {
        let key_span = self.at..self.at + keyed.key.len();
        let head = self.at..key_span.end + keyed.separator.len();
        let is_key = |known: &&&str| known.eq_ignore_ascii_case(keyed.key);
        let is_search = keyed.separator == ":";
        if let Some(key) = TEXT_KEYS.iter().find(is_key) {
            if !is_search {
                return self.error(head, format!("`{key}` is a text, which has no size: write `{key}:` and the text"));
            }
            self.at = head.end;
            return self.text_test(key, head);
        }
        if let Some(key) = FIGURE_KEYS.iter().find(is_key) {
            if is_search {
                return self.error(head, format!("`{key}` is a figure: compare it, as in `{}`", example(key)));
            }
            self.needs_recorded(key, key_span)?;
            let figure = self.figure_test(key, keyed.separator, head, word)?;
            self.at += word.len();
            return Ok(Test::Figure(figure));
        }
        let keys = TEXT_KEYS.map(|key| format!("{key}:")).into_iter().chain(FIGURE_KEYS.map(str::to_owned)).collect::<Vec<_>>();
        let meant = match nearest(keyed.key, TEXT_KEYS.into_iter().chain(FIGURE_KEYS)) {
            Some(key) if TEXT_KEYS.contains(&key) => format!("did you mean `{key}:`?"),
            Some(key) => format!("did you mean `{}`?", example(key)),
            None => format!("there are {}.", keys.join(", ")),
        };
        self.error(key_span, format!("there is no key `{}`; {meant} To look for this text itself, write it in quotes", keyed.key))
    }

    fn needs_recorded(&self, key: &str, span: Range<usize>) -> Result<(), QueryError> {
        let lacking = match key {
            "self" | "total" if !self.recorded.cpu => "this profile has no CPU time: compare `selfBytes` or `totalBytes`",
            "selfBytes" | "totalBytes" if !self.recorded.allocations => "this profile has no allocations: compare `self` or `total`",
            "change" if !self.recorded.comparison => "`change` needs a profile to compare with: choose one first",
            _ => return Ok(()),
        };
        self.error(span, lacking)
    }

    /// The value of a text key, which begins here.
    fn text_test(&mut self, key: &str, head: Range<usize>) -> Result<Test, QueryError> {
        let start = self.at;
        let value = if self.rest().starts_with('"') {
            self.quoted_or_empty()?
        } else {
            let word = self.word();
            self.at += word.len();
            word.to_owned()
        };
        if value.is_empty() {
            return self.error(head.start..self.at, format!("`{key}:` needs a text right after it"));
        }
        let needle = |value: String| Needle::new(value);
        Ok(match key {
            "file" => Test::Text(TextTest::File(needle(value))),
            "name" => Test::Text(TextTest::Name(needle(value))),
            "category" => {
                let known = |category: &Category| letters(category.label()) == letters(&value);
                match Category::ALL.iter().find(|category| known(category)) {
                    Some(category) => Test::Text(TextTest::Category(*category)),
                    None => return self.unknown_value(start, "category", &value, &Category::ALL.map(Category::label)),
                }
            }
            _ => match Tier::ALL.iter().find(|tier| letters(tier.label()) == letters(&value)) {
                Some(tier) => Test::Figure(FigureTest::Tier(*tier)),
                None => return self.unknown_value(start, "tier", &value, &Tier::ALL.map(Tier::label)),
            },
        })
    }

    fn unknown_value<T>(&self, start: usize, what: &str, value: &str, known: &[&str]) -> Result<T, QueryError> {
        let meant = nearest(value, known.iter().copied()).map_or_else(String::new, |known| format!(" Did you mean `{known}`?"));
        let known: Vec<String> =
            known.iter().map(|known| if known.contains(' ') { format!("\"{known}\"") } else { (*known).to_owned() }).collect();
        self.error(start..self.at, format!("there is no {what} `{value}`: they are {}.{meant}", known.join(", ")))
    }

    fn figure_test(&self, key: &str, operator: &str, head: Range<usize>, word: &str) -> Result<FigureTest, QueryError> {
        let value = &word[head.len()..];
        let (start, end) = (head.end, head.end + value.len());
        if value.is_empty() {
            return self.error(head, format!("`{key}{operator}` needs a number right after it, as in `{}`", example(key)));
        }
        let number_length = number_length(value);
        let (number, unit) = value.split_at(number_length);
        let is_allowed = !number.starts_with('-') || key == "change";
        let number = match number.parse::<f64>() {
            Ok(number) if is_allowed => number,
            _ => return self.error(start..end, format!("`{value}` is no number that `{key}` can have: write it as in `{}`", example(key))),
        };
        let (figure, factor) = match unit_of(key, unit) {
            Some(found) => found,
            None if unit.is_empty() => return self.error(start..end, format!("{value} of what? Write one of the units {}", units_of(key))),
            None if key == "samples" => return self.error(start + number_length..end, "`samples` is a number without a unit"),
            None => return self.error(start + number_length..end, format!("`{key}` has no unit `{unit}`: it has {}", units_of(key))),
        };
        let operator = match operator {
            ">" => Operator::Greater,
            ">=" => Operator::GreaterOrEqual,
            "<" => Operator::Less,
            "<=" => Operator::LessOrEqual,
            _ => Operator::Equal,
        };
        Ok(FigureTest::Compare { figure, operator, value: number * factor })
    }

    fn pattern_or_path(&mut self, word: &str, span: Range<usize>) -> Result<Test, QueryError> {
        let inner = &word[1..];
        let closed = inner.strip_suffix("/i").map(|body| (body, true)).or_else(|| inner.strip_suffix('/').map(|body| (body, false)));
        let is_escaped = |body: &str| body.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
        match closed.filter(|(body, _)| !is_escaped(body)) {
            Some(("", _)) => self.error(span, "the regular expression between `/` and `/` is empty"),
            Some((body, ignores_case)) => match RegexBuilder::new(body).case_insensitive(ignores_case).size_limit(REGEX_BYTES).build() {
                Ok(pattern) => {
                    self.at = span.end;
                    Ok(Test::Text(TextTest::Pattern(pattern)))
                }
                Err(error) => {
                    // The last line of several says what is wrong; the others draw where.
                    let error = error.to_string();
                    let problem = error.lines().last().unwrap_or_default();
                    self.error(span, format!("not a regular expression: {}", problem.trim_start_matches("error: ")))
                }
            },
            None if closed.is_none() && inner.contains('/') => {
                self.at = span.end;
                Ok(Test::Text(TextTest::Anywhere(Needle::new(word.to_owned()))))
            }
            None => self.error(
                span,
                "a regular expression ends with `/` and has no spaces: write `\\s` for one. To look for this text itself, write it in quotes",
            ),
        }
    }

    /// The text in the quotes that begin here.
    fn quoted(&mut self) -> Result<String, QueryError> {
        let start = self.at;
        let text = self.quoted_or_empty()?;
        if text.is_empty() { self.error(start..self.at, "there is no text between the quotes") } else { Ok(text) }
    }

    fn quoted_or_empty(&mut self) -> Result<String, QueryError> {
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += at + 1;
                    let word = self.word();
                    if !word.is_empty() {
                        return self.error(self.at..self.at + word.len(), "a space is missing after the closing quote");
                    }
                    return Ok(text);
                }
                '\\' => match chars.next() {
                    Some((_, c @ ('"' | '\\'))) => text.push(c),
                    // A backslash before anything else is itself, as in Windows paths.
                    Some((_, c)) => text.extend(['\\', c]),
                    None => break,
                },
                c => text.push(c),
            }
        }
        self.error(self.at..self.text.len(), "the closing `\"` is missing")
    }
}

/// A key with `:` or an operator at the start of a word. Names and paths that merely look so are none: `node:fs`, `C:\x`, `a::b`, `http://x`.
fn keyed(word: &str) -> Option<Keyed<'_>> {
    let length = word.bytes().take_while(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-')).count();
    let (key, rest) = word.split_at(length);
    if !key.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let separator = [":", ">=", "<=", ">", "<", "="].into_iter().find(|separator| rest.starts_with(separator))?;
    let value = &rest[separator.len()..];
    let is_known = TEXT_KEYS.iter().any(|known| known.eq_ignore_ascii_case(key));
    let is_place = separator == ":"
        && (key == "node" || (key.len() == 1 && value.starts_with(['/', '\\'])) || value.starts_with(':') || value.starts_with("//"));
    (is_known || !is_place).then_some(Keyed { key, separator: &rest[..separator.len()] })
}

/// Length of the number at the start: `-`, digits, and digits behind a point.
fn number_length(value: &str) -> usize {
    let digits = |from: usize| value.as_bytes()[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sign = usize::from(value.starts_with('-'));
    let whole = sign + digits(sign);
    if value[whole..].starts_with('.') { whole + 1 + digits(whole + 1) } else { whole }
}

/// What a key with this unit compares, and what one of the unit is in the figure's unit.
fn unit_of(key: &str, unit: &str) -> Option<(Figure, f64)> {
    let unit = unit.to_lowercase();
    let power_of = |units: [&str; 4], unit: &str| units.iter().position(|known| *known == unit).map(|power| power as i32);
    let bytes = |unit: &str| {
        let decimal = power_of(["b", "kb", "mb", "gb"], unit).map(|power| 1000f64.powi(power));
        decimal.or_else(|| power_of(["b", "kib", "mib", "gib"], unit).map(|power| 1024f64.powi(power)))
    };
    let us = |unit: &str| match unit {
        // Micro sign and Greek mu; lower case of the first is itself.
        "us" | "µs" | "μs" => Some(1.0),
        "ms" => Some(1e3),
        "s" => Some(1e6),
        _ => None,
    };
    match (key, unit.as_str()) {
        ("self", "%") => Some((Figure::SelfPercent, 1.0)),
        ("total", "%") => Some((Figure::TotalPercent, 1.0)),
        ("selfBytes", "%") => Some((Figure::SelfBytesPercent, 1.0)),
        ("totalBytes", "%") => Some((Figure::TotalBytesPercent, 1.0)),
        ("change", "%") => Some((Figure::ChangePercent, 1.0)),
        ("samples", "") => Some((Figure::Samples, 1.0)),
        ("self", unit) => us(unit).map(|factor| (Figure::SelfUs, factor)),
        ("total", unit) => us(unit).map(|factor| (Figure::TotalUs, factor)),
        ("selfBytes", unit) => bytes(unit).map(|factor| (Figure::SelfBytes, factor)),
        ("totalBytes", unit) => bytes(unit).map(|factor| (Figure::TotalBytes, factor)),
        _ => None,
    }
}

/// The units of a key, for a person.
fn units_of(key: &str) -> &'static str {
    match key {
        "self" | "total" => "%, us, ms, s",
        "selfBytes" | "totalBytes" => "%, B, kB, MB, GB, KiB, MiB, GiB",
        _ => "%",
    }
}

fn example(key: &str) -> String {
    match key {
        "self" => "self>2%",
        "total" => "total>=10ms",
        "samples" => "samples>20",
        "selfBytes" => "selfBytes>1MB",
        "totalBytes" => "totalBytes>1MB",
        _ => "change>1%",
    }
    .to_owned()
}

/// Only the letters, small: `nodeCore`, `node-core` and `node core` are one.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphabetic()).map(|c| c.to_ascii_lowercase()).collect()
}
