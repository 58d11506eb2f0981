//! Keeping sample values of a route in the project's settings, with everything else in the file as the user wrote it.

use super::{Config, ConfigError, Package, read};
use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstRootNode};
use serde_json::Value;
use std::collections::BTreeMap;
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
    let path: Vec<&str> = key.into_iter().chain(["routes", route, "params"]).collect();
    let changed = with_texts(&text, &path, params).ok_or_else(|| failed("is no JSON object: correct it first".to_owned()))?;
    // Whatever was wrong before is told before it is written over.
    let section = serde_json::from_str::<Value>(&changed).map(|whole| key.and_then(|key| whole.get(key).cloned()).unwrap_or(whole));
    let read = section.and_then(serde_json::from_value::<Config>);
    let config = read.map_err(|error| error.to_string()).and_then(Config::checked).map_err(&failed)?;
    let kept = config.routes.get(route).map(|route| &route.params);
    if !params.iter().all(|(name, value)| kept.and_then(|kept| kept.get(name)) == Some(value)) {
        return Err(failed(format!("has a key on the way to the parameters of {route} twice: correct it first")));
    }
    std::fs::write(&file, changed).map_err(|error| failed(format!("cannot be written: {error}")))?;
    Ok(file)
}

/// The JSON text with strings in the object at a path of keys; objects on the way that are missing are made. None when the text is no object.
fn with_texts(json: &str, path: &[&str], texts: &BTreeMap<String, String>) -> Option<String> {
    let root = CstRootNode::parse(json, &ParseOptions::default()).ok()?;
    let mut object = root.object_value()?;
    for key in path {
        object = object.object_value_or_set(key);
    }
    for (name, text) in texts {
        let text = CstInputValue::String(text.clone());
        match object.get(name) {
            Some(member) => member.set_value(text),
            None => drop(object.append(name, text)),
        }
    }
    Some(root.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_put_where_it_belongs_and_the_rest_stays() {
        let keys = ["routes", "GET /users/:id", "params"];
        let texts = BTreeMap::from([("id".to_owned(), "7".to_owned())]);
        let check = |before: &str, expected: &str| assert_eq!(with_texts(before, &keys, &texts).as_deref(), Some(expected), "{before}");
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
            "{ \"a\\\"}\": \"{\", \"routes\": {\n    \"GET /\": {},\n    \"GET /users/:id\": {\n      \"params\": {\n        \"id\": \"7\"\n      }\n    }\n  } }",
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
        check(&[("tickmark.json", r#"{"routes":{},"routes":{}}"#)], Err("twice"));
        check(&[("tickmark.json", "[]")], Err("no JSON object"));
        check(&[("tickmark.json", r#"{"port":"x"}"#)], Err("invalid type"));
    }
}
