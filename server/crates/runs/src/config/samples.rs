//! Keeping sample values of a route in the project's settings, with everything else in the file as the user wrote it.

use super::{Config, ConfigError, Package, read};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Writes values of a route's parameters, by name, where the settings of a workspace are: into `tickmark.json`, else the `tickmark`
/// key of package.json, else a new `tickmark.json`. `route` is `METHOD /pattern`. Answers the file.
///
/// # Errors
/// When the settings cannot be read or written, or are not valid.
pub fn keep_params(workspace: &Path, route: &str, params: &BTreeMap<String, String>) -> Result<PathBuf, ConfigError> {
    let own = workspace.join("tickmark.json");
    let package = workspace.join("package.json");
    let (file, text, key) = match (read(&own)?, read(&package)?) {
        (Some(text), _) => (own, text, None),
        (None, Some(text)) if serde_json::from_str::<Package>(&text).is_ok_and(|package| package.tickmark.is_some()) => {
            (package, text, Some("tickmark"))
        }
        (None, _) => (own, "{}\n".to_owned(), None),
    };
    let failed = |problem: String| ConfigError { file: file.clone(), problem };
    serde_json::from_str::<Value>(&text).map_err(|error| failed(error.to_string()))?;
    let mut changed = text;
    for (name, value) in params {
        let path: Vec<&str> = key.into_iter().chain(["routes", route, "params", name]).collect();
        changed = with_text(&changed, &path, value).ok_or_else(|| failed("is no JSON object: correct it first".to_owned()))?;
    }
    // Whatever was wrong before is told before it is written over.
    let section = serde_json::from_str::<Value>(&changed).map(|whole| key.and_then(|key| whole.get(key).cloned()).unwrap_or(whole));
    let read = section.and_then(serde_json::from_value::<Config>);
    read.map_err(|error| error.to_string()).and_then(Config::checked).map_err(&failed)?;
    std::fs::write(&file, changed).map_err(|error| failed(format!("cannot be written: {error}")))?;
    Ok(file)
}

/// The JSON text with a string at a path of keys; objects on the way that are missing are made. None when the text is no object.
fn with_text(json: &str, path: &[&str], value: &str) -> Option<String> {
    let mut object = Object::at(json, skip_space(json, 0))?;
    let layout = Layout::of(json, &object);
    let (last, above) = path.split_last()?;
    for (depth, key) in above.iter().enumerate() {
        match object.member(key) {
            Some(found) => match Object::at(json, found.start) {
                Some(inner) => object = inner,
                None => return Some(replaced(json, found, &layout.nested(&path[depth + 1..], value, depth + 1, false))),
            },
            None => return Some(layout.inserted(json, &object, &path[depth..], value, depth)),
        }
    }
    match object.member(last) {
        Some(found) => Some(replaced(json, found, &quoted(value))),
        None => Some(layout.inserted(json, &object, &path[above.len()..], value, above.len())),
    }
}

fn replaced(json: &str, range: Range<usize>, by: &str) -> String {
    format!("{}{by}{}", &json[..range.start], &json[range.end..])
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// How the file is indented.
struct Layout {
    unit: String,
    line_end: &'static str,
}

impl Layout {
    fn of(json: &str, root: &Object) -> Self {
        let first = root.members.first().map(|(key, _, _)| &json[..key.start]);
        let indent = first.and_then(|before| before.rsplit_once('\n')).map(|(_, indent)| indent);
        let unit = indent.filter(|indent| !indent.is_empty() && indent.trim().is_empty()).unwrap_or("  ").to_owned();
        Self { unit, line_end: if json.contains("\r\n") { "\r\n" } else { "\n" } }
    }

    fn line(&self, depth: usize) -> String {
        format!("{}{}", self.line_end, self.unit.repeat(depth))
    }

    /// The value below these keys, which stands at a depth.
    fn nested(&self, keys: &[&str], value: &str, depth: usize, in_line: bool) -> String {
        let Some((key, rest)) = keys.split_first() else { return quoted(value) };
        let inner = self.nested(rest, value, depth + 1, in_line);
        let (before, after) = if in_line { (" ".to_owned(), " ".to_owned()) } else { (self.line(depth + 1), self.line(depth)) };
        format!("{{{before}{}: {inner}{after}}}", quoted(key))
    }

    /// The text with the first of these keys as the last member of an object at a depth.
    fn inserted(&self, json: &str, object: &Object, keys: &[&str], value: &str, depth: usize) -> String {
        let Some((key, rest)) = keys.split_first() else { return json.to_owned() };
        let Some((_, _, last)) = object.members.last() else {
            return replaced(json, object.range.clone(), &self.nested(keys, value, depth, false));
        };
        let in_line = !json[object.range.clone()].contains('\n');
        let before = if in_line { " ".to_owned() } else { self.line(depth + 1) };
        let member = format!(",{before}{}: {}", quoted(key), self.nested(rest, value, depth + 1, in_line));
        replaced(json, last.end..last.end, &member)
    }
}

/// An object of a valid JSON text.
struct Object {
    range: Range<usize>,
    /// The quoted key's place, the key, and the value's place, of each member.
    members: Vec<(Range<usize>, String, Range<usize>)>,
}

impl Object {
    /// The object that begins there, if one does.
    fn at(json: &str, start: usize) -> Option<Self> {
        let bytes = json.as_bytes();
        if bytes.get(start) != Some(&b'{') {
            return None;
        }
        let mut members = Vec::new();
        let mut at = skip_space(json, start + 1);
        while bytes.get(at)? != &b'}' {
            let key = at..end_of_value(json, at)?;
            let name: String = serde_json::from_str(&json[key.clone()]).ok()?;
            let colon = skip_space(json, key.end);
            let value = skip_space(json, colon + 1);
            let end = end_of_value(json, value)?;
            members.push((key, name, value..end));
            at = skip_space(json, end);
            if bytes.get(at)? == &b',' {
                at = skip_space(json, at + 1);
            }
        }
        Some(Self { range: start..at + 1, members })
    }

    /// The place of a member's value; of several with that key, of the one that counts.
    fn member(&self, key: &str) -> Option<Range<usize>> {
        self.members.iter().rev().find(|(_, name, _)| name == key).map(|(_, _, value)| value.clone())
    }
}

fn skip_space(json: &str, from: usize) -> usize {
    json.get(from..).map_or(json.len(), |rest| from + rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len())
}

/// Where the value that begins there ends.
fn end_of_value(json: &str, start: usize) -> Option<usize> {
    let bytes = json.as_bytes();
    let (mut depth, mut at, mut in_text) = (0_usize, start, false);
    loop {
        let byte = *bytes.get(at)?;
        match byte {
            b'\\' if in_text => at += 1,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        at += 1;
        // A number or a word ends before what cannot be part of it.
        let is_word = !in_text && !matches!(byte, b'"' | b'}' | b']');
        let goes_on = is_word && bytes.get(at).is_some_and(|next| next.is_ascii_alphanumeric() || matches!(next, b'.' | b'+' | b'-'));
        if depth == 0 && !in_text && !goes_on {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_put_where_it_belongs_and_the_rest_stays() {
        let keys = ["routes", "GET /users/:id", "params", "id"];
        let check = |before: &str, expected: &str| assert_eq!(with_text(before, &keys, "7").as_deref(), Some(expected), "{before}");
        check(
            "{}\n",
            "{\n  \"routes\": {\n    \"GET /users/:id\": {\n      \"params\": {\n        \"id\": \"7\"\n      }\n    }\n  }\n}\n",
        );
        check(
            "{\n\t\"load\": { \"connections\": [1, 2 ] },\n\t\"port\": 1.50e+3\n}",
            "{\n\t\"load\": { \"connections\": [1, 2 ] },\n\t\"port\": 1.50e+3,\n\t\"routes\": {\n\t\t\"GET /users/:id\": {\n\t\t\t\"params\": {\n\t\t\t\t\"id\": \"7\"\n\t\t\t}\n\t\t}\n\t}\n}",
        );
        check(
            r#"{ "a\"}": "{", "routes": { "GET /": {} } }"#,
            r#"{ "a\"}": "{", "routes": { "GET /": {}, "GET /users/:id": { "params": { "id": "7" } } } }"#,
        );
        check(
            r#"{"routes":{"GET /users/:id":{"params":{"id":"1","x":"2"}}}}"#,
            r#"{"routes":{"GET /users/:id":{"params":{"id":"7","x":"2"}}}}"#,
        );
        check(
            "{\r\n  \"routes\": null\r\n}\r\n",
            "{\r\n  \"routes\": {\r\n    \"GET /users/:id\": {\r\n      \"params\": {\r\n        \"id\": \"7\"\r\n      }\r\n    }\r\n  }\r\n}\r\n",
        );
    }

    #[test]
    fn the_file_that_has_the_settings_is_written() {
        fn check(files: &[(&str, &str)], expected: Result<&str, &str>) {
            let folder = tempfile::tempdir().unwrap();
            for (name, text) in files {
                std::fs::write(folder.path().join(name), text).unwrap();
            }
            let params = BTreeMap::from([("id".to_owned(), "7 \"a\"".to_owned()), ("tab".to_owned(), "x".to_owned())]);
            let kept = keep_params(folder.path(), "GET /users/:id/:tab", &params);
            match (kept, expected) {
                (Ok(file), Ok(expected)) => {
                    assert_eq!(file, folder.path().join(expected));
                    let config = Config::load(folder.path()).unwrap();
                    assert_eq!(config.routes["GET /users/:id/:tab"].params, params);
                }
                (Err(error), Err(expected)) => {
                    assert!(error.to_string().contains(expected), "{error}");
                    for (name, text) in files {
                        assert_eq!(&std::fs::read_to_string(folder.path().join(name)).unwrap(), text);
                    }
                }
                (kept, expected) => panic!("{files:?}: {kept:?}, expected {expected:?}"),
            }
        }
        check(&[], Ok("tickmark.json"));
        check(&[("package.json", r#"{"name":"x"}"#)], Ok("tickmark.json"));
        check(&[("package.json", r#"{"name":"x","tickmark":{"port":80}}"#)], Ok("package.json"));
        check(&[("tickmark.json", r#"{"port":80}"#), ("package.json", r#"{"tickmark":{}}"#)], Ok("tickmark.json"));
        check(&[("tickmark.json", r#"{"port":"#)], Err("line 1"));
        check(&[("tickmark.json", "[]")], Err("no JSON object"));
        check(&[("tickmark.json", r#"{"port":"x"}"#)], Err("invalid type"));
    }
}
