use std::path::Path;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::error::RequestsError;
use super::json::Json;
use crate::expect::{Expect, ExpectedBody, ExpectedStatus};
use crate::request::RequestSpec;
use crate::target::Target;

const KEYS: [&str; 11] =
    ["method", "path", "url", "headers", "body", "bodyFile", "placeholders", "status", "expectBody", "expectContains", "expectJson"];

/// Reads a requests file: a JSON array of
///
/// ```json
/// {
///   "method": "POST",
///   "path": "/items/{{n}}",
///   "headers": { "x-key": "1", "accept": ["text/html", "text/plain"] },
///   "body": { "id": "{{uuid}}" },
///   "status": [200, 201],
///   "expectJson": { "/id": 1 }
/// }
/// ```
///
/// - `method`: GET, or POST with a body, if left out;
/// - `path`, or `url` of the origin of `target`; `/` if both are left out;
/// - `body`: a string as it is, any other JSON value as compact JSON with
///   `content-type: application/json` unless another is given; or `bodyFile`, a path
///   relative to `folder`, which is the folder of the requests file;
/// - `placeholders`: whether they are replaced (see [`super`]); true if left out;
/// - `status`: what is expected, a number or several; 200 to 299 if left out;
/// - `expectBody` to the byte (a JSON value: `expectJson` of all of it), `expectContains` a
///   string or several, `expectJson` values by JSON pointer: what must hold of the body.
///
/// # Errors
/// [`RequestsError`], with number and key of the request. Unknown keys are refused.
pub fn from_json(text: &str, folder: &Path, target: &Target) -> Result<Vec<RequestSpec>, RequestsError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let json = serde_json::from_str(text).map_err(|error| RequestsError::Syntax(format!("not JSON: {error}")))?;
    let items = match json {
        Json::Array(items) => items,
        other => {
            let text = format!("a requests file is an array of requests, as in [{{ \"path\": \"/\" }}], and this is {}", other.kind());
            return Err(RequestsError::Syntax(text));
        }
    };
    if items.is_empty() {
        return Err(RequestsError::Empty("the array has no requests: give at least one, as in [{ \"path\": \"/\" }]".into()));
    }
    (1..).zip(items).map(|(number, item)| request(number, item, folder, target)).collect()
}

/// What is wrong with the value of a key.
type Problem = String;

fn request(number: usize, item: Json, folder: &Path, target: &Target) -> Result<RequestSpec, RequestsError> {
    let wrong = |key: &str, problem: Problem| RequestsError::Request { number, key: key.to_owned(), problem };
    let entries = match item {
        Json::Object(entries) => entries,
        other => return Err(wrong("", format!("is {}, an object was expected, as in {{ \"path\": \"/\" }}", other.kind()))),
    };
    let mut spec = RequestSpec { placeholders: true, ..RequestSpec::get("/") };
    let mut seen: Vec<String> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        if seen.contains(&key) {
            return Err(wrong(&key, "is given twice: give it once".into()));
        }
        let other = match key.as_str() {
            "path" => "url",
            "url" => "path",
            "body" => "bodyFile",
            "bodyFile" => "body",
            _ => "",
        };
        if seen.iter().any(|key| key == other) {
            return Err(wrong(&key, format!("{other:?} is given too: give one of them")));
        }
        match key.as_str() {
            "bodyFile" => {
                let path = folder.join(string(value).map_err(|problem| wrong(&key, problem))?);
                spec.body = std::fs::read(&path).map_err(|error| RequestsError::BodyFile { number, path, error })?.into();
            }
            _ => take(&mut spec, &key, value, target).map_err(|problem| wrong(&key, problem))?,
        }
        seen.push(key);
    }
    let is_given = |key: &str| seen.iter().any(|seen| seen == key);
    if !is_given("method") && (is_given("body") || is_given("bodyFile")) {
        spec.method = http::Method::POST;
    }
    Ok(spec)
}

fn take(spec: &mut RequestSpec, key: &str, value: Json, target: &Target) -> Result<(), Problem> {
    match key {
        "method" => {
            let method = string(value)?;
            spec.method = method.parse().map_err(|_| format!("{method:?} is not a method: write one such as GET or POST"))?;
        }
        "path" => spec.path = string(value)?,
        "url" => spec.path = path_of(&string(value)?, target)?,
        "headers" => append_headers(&mut spec.headers, value)?,
        "body" => match value {
            Json::String(text) => spec.body = text.into_bytes().into(),
            json => {
                spec.body = to_json(&json)?;
                spec.headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
            }
        },
        "placeholders" => match value {
            Json::Bool(value) => spec.placeholders = value,
            other => return Err(format!("is {}, true or false was expected", other.kind())),
        },
        "status" => spec.expect.status = statuses(value)?,
        "expectBody" => spec.expect.body.push(match value {
            Json::String(text) => ExpectedBody::Exact(text.into_bytes().into()),
            json => ExpectedBody::Json { pointer: String::new(), value: json.into() },
        }),
        "expectContains" => expect_contains(&mut spec.expect, value)?,
        "expectJson" => expect_json(&mut spec.expect, value)?,
        _ => return Err(format!("is not known: there are {}", KEYS.join(", "))),
    }
    Ok(())
}

fn string(value: Json) -> Result<String, Problem> {
    match value {
        Json::String(text) => Ok(text),
        other => Err(format!("is {}, a string was expected", other.kind())),
    }
}

fn path_of(url: &str, target: &Target) -> Result<String, Problem> {
    let given = Target::parse(url).map_err(|error| error.to_string())?;
    if given.origin() != target.origin() || given.unix_socket().is_some_and(|socket| Some(socket) != target.unix_socket()) {
        return Err(format!(
            "{given} is not of the server that is loaded, {target}: one run loads one server; write \"path\" to send it there"
        ));
    }
    Ok(given.path().to_owned())
}

fn append_headers(headers: &mut HeaderMap, value: Json) -> Result<(), Problem> {
    let entries = match value {
        Json::Object(entries) => entries,
        other => return Err(format!("is {}, an object was expected, as in {{ \"x-key\": \"1\" }}", other.kind())),
    };
    let mut given = HeaderMap::with_capacity(entries.len());
    for (name, value) in entries {
        let header: HeaderName = name.parse().map_err(|_| format!("{name:?} is not the name of a header"))?;
        let values = match value {
            Json::Array(values) => values,
            value => vec![value],
        };
        for value in values {
            let text = match value {
                Json::String(text) => text,
                Json::Number(number) => number.to_string(),
                other => return Err(format!("{name} is {}, a string was expected", other.kind())),
            };
            given.append(
                &header,
                HeaderValue::from_bytes(text.as_bytes())
                    .map_err(|_| format!("the value of {name} has characters that no header may have, such as line ends"))?,
            );
        }
    }
    // A body has named its type, which gives way.
    for name in given.keys() {
        headers.remove(name);
    }
    let rest = std::mem::replace(headers, given);
    headers.extend(rest);
    Ok(())
}

fn to_json(value: &Json) -> Result<Bytes, Problem> {
    serde_json::to_vec(value).map(Bytes::from).map_err(|error| error.to_string())
}

fn statuses(value: Json) -> Result<ExpectedStatus, Problem> {
    let values = match value {
        Json::Array(values) if values.is_empty() => return Err("is empty: name at least one status, or leave it out for 200 to 299".into()),
        Json::Array(values) => values,
        value => vec![value],
    };
    let status = |value: Json| match &value {
        Json::Number(number) => {
            let status = number.as_u64().and_then(|status| u16::try_from(status).ok()).filter(|status| (200..1000).contains(status));
            status.ok_or_else(|| format!("{number} is not the status of a response: write one such as 200 or 404"))
        }
        other => Err(format!("is {}, a status or several were expected, as in [200, 201]", other.kind())),
    };
    values.into_iter().map(status).collect::<Result<_, _>>().map(ExpectedStatus::OneOf)
}

fn expect_contains(expect: &mut Expect, value: Json) -> Result<(), Problem> {
    let values = match value {
        Json::Array(values) => values,
        value => vec![value],
    };
    for value in values {
        expect.body.push(ExpectedBody::Contains(string(value)?.into_bytes().into()));
    }
    Ok(())
}

fn expect_json(expect: &mut Expect, value: Json) -> Result<(), Problem> {
    let entries = match value {
        Json::Object(entries) => entries,
        other => {
            return Err(format!("is {}, an object of JSON pointers was expected, as in {{ \"/items/0/id\": 1 }}", other.kind()));
        }
    };
    for (pointer, value) in entries {
        if !pointer.is_empty() && !pointer.starts_with('/') {
            return Err(format!("{pointer:?} is not a JSON pointer: it is empty or begins with /, as in /items/0/id"));
        }
        expect.body.push(ExpectedBody::Json { pointer, value: value.into() });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
