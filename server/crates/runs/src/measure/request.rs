//! The request that a route's pattern and its sample in tickmark.json make.

use crate::config::{Config, LoadConfig, RouteSample};
use crate::error::RunError;
use load::{Bytes, ExpectedStatus, HeaderName, HeaderValue, Limit, Method, Plan, Target};
use std::time::Duration;

/// The plan of a route's measured window, as the settings have it. The address is filled in when the port is known.
///
/// # Errors
/// [`RunError::MissingSample`], [`RunError::BadSample`].
pub fn plan_of_route(route: &str, method: &str, path: &str, config: &Config) -> Result<Plan, RunError> {
    let empty = RouteSample::default();
    plan(route, method, path, config.routes.get(route).unwrap_or(&empty), &config.load)
}

fn plan(route: &str, method: &str, path: &str, sample: &RouteSample, config: &LoadConfig) -> Result<Plan, RunError> {
    let bad = |problem: String| RunError::BadSample { route: route.to_owned(), problem };
    let path = concrete_path(route, path, sample)?;
    let mut plan = Plan::get(Target::new("127.0.0.1", 1, &path).map_err(|error| bad(error.to_string()))?);
    let request = plan.first_mut();
    request.method = match method {
        "ANY" | "*" => Method::GET,
        method => method.parse().map_err(|_| bad(format!("{method} is not an HTTP method")))?,
    };
    for (name, value) in &sample.headers {
        let name: HeaderName = name.parse().map_err(|_| bad(format!("`{name}` is not a header name")))?;
        let value: HeaderValue =
            value.parse().map_err(|_| bad(format!("the value of header {name} has characters that no header may have")))?;
        request.headers.append(name, value);
    }
    match &sample.body {
        None => {}
        Some(serde_json::Value::String(text)) => request.body = Bytes::from(text.clone().into_bytes()),
        Some(json) => {
            request.body = Bytes::from(json.to_string().into_bytes());
            request.headers.entry("content-type").or_insert(HeaderValue::from_static("application/json"));
        }
    }
    if let Some(status) = sample.status {
        request.expect.status = ExpectedStatus::OneOf(vec![status]);
    }
    plan.connections = config.connections;
    plan.limit = Limit::Duration(Duration::from_millis(config.duration_ms));
    plan.timeout = Duration::from_millis(config.timeout_ms);
    Ok(plan)
}

/// The pattern with sample values in place of `:name`, `:name?`, `*` and `:name(…)`.
fn concrete_path(route: &str, pattern: &str, sample: &RouteSample) -> Result<String, RunError> {
    let mut missing = Vec::new();
    let mut path = String::new();
    for segment in pattern.split('/').skip(1) {
        let Some((before, parameter)) = segment.split_once(':') else {
            let name = segment.strip_prefix('*');
            match name.map(|name| (name, sample.params.get(if name.is_empty() { "*" } else { name }))) {
                None => path.push_str(&format!("/{segment}")),
                Some((_, Some(value))) => path.push_str(&format!("/{value}")),
                // A wildcard matches anything: `/` and no more is as good a sample as any.
                Some((_, None)) => path.push('/'),
            }
            continue;
        };
        let name: String = parameter.chars().take_while(|char| char.is_alphanumeric() || matches!(char, '_' | '$')).collect();
        let after = parameter[name.len()..].trim_end_matches(['?', '+', '*']);
        let after = if after.starts_with(['(', '{']) { after.rsplit_once([')', '}']).map_or("", |(_, after)| after) } else { after };
        match sample.params.get(&name) {
            Some(value) => path.push_str(&format!("/{before}{}{after}", encoded(value))),
            None if parameter[name.len()..].starts_with('?') => {}
            None => missing.push(name),
        }
    }
    if !missing.is_empty() {
        let params: serde_json::Map<_, _> = missing.iter().map(|name| (name.clone(), serde_json::json!("1"))).collect();
        let example = serde_json::json!({ "routes": { route: { "params": params } } });
        return Err(RunError::MissingSample { route: route.to_owned(), missing, example: format!("{example:#}") });
    }
    if path.is_empty() {
        path.push('/');
    }
    if let Some(query) = &sample.query {
        path.push('?');
        path.push_str(query.trim_start_matches('?'));
    }
    Ok(path)
}

/// A value as one segment of a path.
fn encoded(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => encoded.push(byte as char),
            b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' | b':' | b'@' => {
                encoded.push(byte as char);
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(params: &[(&str, &str)]) -> RouteSample {
        let params = params.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        RouteSample { params, ..RouteSample::default() }
    }

    #[test]
    fn path_of_a_sample() {
        fn check(pattern: &str, params: &[(&str, &str)], expected: &str) {
            assert_eq!(concrete_path(pattern, pattern, &sample(params)).unwrap(), expected, "{pattern}");
        }
        check("/", &[], "/");
        check("/hello", &[], "/hello");
        check("/users/:id", &[("id", "4 2/ü")], "/users/4%202%2F%C3%BC");
        check("/users/:id/posts/:post", &[("id", "1"), ("post", "2")], "/users/1/posts/2");
        check("/files/:name.json", &[("name", "a")], "/files/a.json");
        check("/users/:id(\\d+)", &[("id", "7")], "/users/7");
        check("/a/:b?", &[], "/a");
        check("/static/*", &[], "/static/");
        check("/static/*path", &[("path", "x/y")], "/static/x/y");
    }

    #[test]
    fn a_missing_value_is_asked_for() {
        let error = concrete_path("GET /users/:id", "/users/:id", &sample(&[])).unwrap_err().to_string();
        assert!(error.starts_with("GET /users/:id needs a value for :id: write into tickmark.json"), "{error}");
        let (_, example) = error.split_once('\n').unwrap();
        let config: crate::Config = serde_json::from_str(example).unwrap();
        assert_eq!(concrete_path("GET /users/:id", "/users/:id", &config.routes["GET /users/:id"]).unwrap(), "/users/1");
    }

    #[test]
    fn bad_samples_are_told() {
        let mut bad = sample(&[]);
        bad.headers.insert("a b".into(), "x".into());
        let error = plan("GET /", "GET", "/", &bad, &LoadConfig::default()).unwrap_err().to_string();
        assert_eq!(error, "the sample of GET / in tickmark.json: `a b` is not a header name");
    }

    #[test]
    fn a_json_body_names_its_type() {
        let mut sample = sample(&[]);
        sample.body = Some(serde_json::json!({ "a": 1 }));
        let plan = plan("POST /", "POST", "/", &sample, &LoadConfig::default()).unwrap();
        assert_eq!(
            (&plan.first().body[..], plan.first().headers["content-type"].to_str().unwrap()),
            (&br#"{"a":1}"#[..], "application/json")
        );
    }
}
