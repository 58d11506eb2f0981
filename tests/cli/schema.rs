//! The documented JSON: what is printed follows `server/schemas`, and those follow the program.

use jsonschema::{Retrieve, Uri, Validator};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};

/// Fails unless a value follows a schema, such as `profile`.
#[track_caller]
pub fn check(schema: &str, value: &Value) {
    let problems: Vec<String> = problems(schema, value);
    assert!(problems.is_empty(), "not as {schema}.schema.json says:\n{}", problems.join("\n"));
}

fn problems(schema: &str, value: &Value) -> Vec<String> {
    let validator = validator(schema);
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path)).collect()
}

fn validator(name: &str) -> Validator {
    let schema = read(name);
    let dialect = jsonschema::draft202012::meta::validate(&schema);
    assert!(dialect.is_ok(), "{name}.schema.json: {dialect:?}");
    let options = jsonschema::options().with_base_uri(format!("schemas:/{name}.schema.json")).with_retriever(Schemas);
    options.build(&schema).unwrap()
}

/// Finds `$ref`s to other schemas of the folder.
struct Schemas;

impl Retrieve for Schemas {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn Error + Send + Sync>> {
        Ok(serde_json::from_slice(&std::fs::read(folder().join(uri.path().as_str().trim_start_matches('/')))?)?)
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("server/schemas")
}

fn read(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder().join(format!("{name}.schema.json"))).unwrap()).unwrap()
}

#[test]
fn settings_follow_their_schema() {
    let all = json!({
        "$schema": "config.schema.json", "entry": "server.js", "args": ["a"], "node": "/usr/bin/node", "nodeArgs": ["--import=tsx"],
        "env": { "A": "1", "B": null }, "cwd": ".", "port": 3000,
        "routes": {
            "GET /users/:id": {
                "params": { "id": "1" }, "query": "a=1", "headers": { "accept": "*/*" }, "body": { "any": [1, null] }, "status": 404
            }
        },
        "load": { "connections": 1, "durationMs": 1, "warmUpMs": 1, "timeoutMs": 1, "startTimeoutMs": 1 },
        "profile": { "intervalUs": 100, "keepSparkplug": true, "logSource": true },
        "explain": { "intervalUs": 100, "maxLogBytes": 5_000_000, "once": true },
        "history": { "maxRuns": 1, "maxBytes": 1 }
    });
    check("config", &all);
    check("config", &json!({}));
    let config: runs::Config = serde_json::from_value(all.clone()).unwrap();
    // Every key is in the example, so every key is in the schema.
    assert_eq!(serde_json::to_value(config).unwrap(), all);
    // Both refuse what the other refuses.
    for bad in [
        json!({ "entri": "a.js" }),
        json!({ "port": "3000" }),
        json!({ "port": 70_000 }),
        json!({ "routes": { "GET /": { "param": {} } } }),
        json!({ "load": { "duration": 1 } }),
        json!({ "env": { "A": 1 } }),
        json!({ "explain": { "shapes": true } }),
    ] {
        assert!(!problems("config", &bad).is_empty(), "{bad}");
        assert!(serde_json::from_value::<runs::Config>(bad.clone()).is_err(), "{bad}");
    }
}

#[test]
fn defaults_of_the_schema_are_those_of_the_program() {
    let schema = read("config");
    let defaults = serde_json::to_value(runs::Config::default()).unwrap();
    for section in ["load", "profile", "explain", "history"] {
        let properties = schema["properties"][section]["properties"].as_object().unwrap();
        for (key, property) in properties {
            assert_eq!(property["default"], defaults[section][key], "{section}.{key}");
        }
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(keys(&schema["properties"][section]["properties"]), keys(&defaults[section]));
    }
}

#[test]
fn settings_of_editors_follow_their_schema() {
    let schema = read("editor");
    let defaults = serde_json::to_value(ide::Settings::default()).unwrap();
    check("editor", &defaults);
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(keys(&schema["properties"]), keys(&defaults));
    let takes =
        |section: &str, key: &str, value: &Value| serde_json::from_value::<ide::Settings>(json!({ section: { key: value } })).is_ok();
    for (section, properties) in schema["properties"].as_object().unwrap() {
        let properties = &properties["properties"];
        assert_eq!(keys(properties), keys(&defaults[section]), "{section}");
        for (key, property) in properties.as_object().unwrap() {
            assert_eq!(property["default"].as_f64(), defaults[section][key].as_f64(), "{section}.{key}");
            if !property["default"].is_number() {
                assert_eq!(property["default"], defaults[section][key], "{section}.{key}");
            }
            for word in property["enum"].as_array().into_iter().flatten() {
                assert!(takes(section, key, word), "{section}.{key}: {word}");
            }
            for word in property["items"]["enum"].as_array().into_iter().flatten() {
                assert!(takes(section, key, &json!([word])), "{section}.{key}: {word}");
            }
            assert!(!takes(section, key, &json!("anything else")), "{section}.{key}");
        }
    }
}

#[test]
fn a_schema_refuses_what_lacks_a_key() {
    let complete = json!({
        "schema": "tickmark/profile@1", "samples": 0, "intervalUs": null, "activeMs": 0.0,
        "attribution": { "exact": 1.0, "function": 0.0, "none": 0.0 }, "dropped": {}, "functions": [], "lines": [],
        "other": { "gcMs": 0.0, "programMs": 0.0, "idleMs": 0.0 }, "load": null, "artifacts": {}, "notes": []
    });
    check("profile", &complete);
    for key in complete.as_object().unwrap().keys() {
        let mut lacking = complete.clone();
        lacking.as_object_mut().unwrap().remove(key);
        assert!(!problems("profile", &lacking).is_empty(), "without {key}");
    }
    let mut more = complete;
    more["addedLater"] = json!(1);
    check("profile", &more);
}
