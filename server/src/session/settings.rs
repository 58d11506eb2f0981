//! The `tickmark` section of the editor's settings.

use ide::Settings;
use runs::Config;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Keys that say what is shown; all others are settings of runs, as in tickmark.json.
const SHOWN: [&str; 3] = ["hints", "lenses", "diagnostics"];

/// The editor's settings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EditorSettings {
    /// What is shown.
    pub shown: Arc<Settings>,
    /// Settings of runs that override those of the project.
    pub runs: Map<String, Value>,
}

impl EditorSettings {
    /// Reads the section. What is wrong is left at its default and told in a sentence each.
    pub fn read(section: &Value) -> (Self, Vec<String>) {
        let mut settings = Self::default();
        let mut shown = Settings::default();
        let mut problems = Vec::new();
        let Value::Object(section) = section else {
            if !section.is_null() {
                problems.push(format!("the settings `tickmark` are no object: {section}"));
            }
            return (settings, problems);
        };
        let known = serde_json::to_value(Config::default()).unwrap_or_default();
        for (key, value) in section {
            if value.is_null() || value.as_str() == Some("") {
                continue;
            }
            if SHOWN.contains(&key.as_str()) {
                match serde_json::from_value::<Settings>(Value::Object(Map::from_iter([(key.clone(), value.clone())]))) {
                    Ok(read) => match key.as_str() {
                        "hints" => shown.hints = read.hints,
                        "lenses" => shown.lenses = read.lenses,
                        _ => shown.diagnostics = read.diagnostics,
                    },
                    Err(error) => problems.push(format!("the setting `tickmark.{key}` is not valid: {error}")),
                }
            } else if known.get(key).is_some() {
                let alone = Self { runs: Map::from_iter([(key.clone(), value.clone())]), ..Self::default() };
                match alone.over(Config::default()) {
                    Ok(_) => {
                        settings.runs.insert(key.clone(), value.clone());
                    }
                    Err(error) => problems.push(error),
                }
            }
            // Others are the editor plugin's own.
        }
        settings.shown = Arc::new(shown);
        (settings, problems)
    }

    /// The project's settings with these over them.
    ///
    /// # Errors
    /// When a value is of the wrong type.
    pub fn over(&self, config: Config) -> Result<Config, String> {
        if self.runs.is_empty() {
            return Ok(config);
        }
        let mut merged = serde_json::to_value(config).map_err(|error| error.to_string())?;
        for (key, value) in &self.runs {
            let one = Value::Object(Map::from_iter([(key.clone(), value.clone())]));
            merge(&mut merged, &one);
        }
        serde_json::from_value(merged).map_err(|error| {
            let keys: Vec<&str> = self.runs.keys().map(String::as_str).collect();
            format!("the settings `tickmark.{}` are not valid: {error}", keys.join("`, `tickmark."))
        })
    }
}

/// Puts `over` over `base`, objects key by key.
fn merge(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                merge(base.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ide::settings::Shown;
    use serde_json::json;

    #[test]
    fn a_section_overrides_the_project() {
        let section = json!({ "hints": { "show": "total" }, "load": { "connections": 3 }, "node": null, "trace": { "server": "off" } });
        let (settings, problems) = EditorSettings::read(&section);
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(settings.shown.hints.show, Shown::Total);
        let mut project = Config::default();
        project.load.duration_ms = 77;
        project.entry = Some("a.js".into());
        let merged = settings.over(project.clone()).unwrap();
        project.load.connections = 3;
        assert_eq!(merged, project);
    }

    #[test]
    fn wrong_values_are_told_and_the_rest_holds() {
        fn check(section: Value, expected: &str) {
            let (settings, problems) = EditorSettings::read(&section);
            assert!(problems.len() == 1 && problems[0].contains(expected), "{problems:?}");
            assert_eq!(settings, EditorSettings::default());
        }
        check(json!({ "hints": { "show": "everything" } }), "`tickmark.hints` is not valid");
        check(json!({ "load": { "connections": "ten" }, "lenses": {} }), "`tickmark.load` are not valid");
        check(json!("x"), "no object");
    }
}
