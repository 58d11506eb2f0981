//! The windowed protocol of a route: latency without the profiler, then the profile in a second process.

use super::decisions::{self, Recorded};
use super::prepared::{Part, Prepared};
use super::server::Server;
use super::store::Finished;
use super::{Phase, Steps};
use crate::collect::{LogWindows, collect};
use crate::config::{LoadConfig, RouteSample};
use crate::error::RunError;
use crate::record::{Instruments, Overhead};
use load::{Bytes, ExpectedBody, ExpectedStatus, HeaderName, HeaderValue, Limit, Method, Plan, Report, Target};
use profile::{Attribution, Profile};
use std::future::pending;
use std::time::Duration;

pub(super) async fn measure(prepared: &Prepared<'_>, method: &str, path: &str, steps: &Steps<'_>) -> Result<Finished, RunError> {
    let config = &prepared.request.config;
    let route = format!("{method} {path}");
    let empty = RouteSample::default();
    let sample = config.routes.get(&route).unwrap_or(&empty);
    let plan = plan(&route, method, path, sample, &config.load)?;
    let mut notes = prepared.notes.clone();

    steps.at(Phase::Start, 3, "Starting the program");
    let plain = Server::start(prepared, prepared.launch(&[]), &plan, &route).await?;
    steps.at(Phase::WarmUp, 8, format!("Warming up {route}"));
    let warm_up = plain.warm_up(&warming(&plain.plan, &config.load), pending()).await?;
    if !warm_up.steadiness.is_stable() {
        notes.push(format!(
            "The latency was not steady after {:.0} s of warm-up: figures may still change with time.",
            warm_up.report.duration_ms / 1e3
        ));
    }
    let measured = expecting(&plain).await?;
    steps.at(Phase::Load, 30, format!("Measuring {route}"));
    let plain_window = window(&plain, &measured, steps, Phase::Load, 30).await?;
    plain.stop().await;
    if prepared.request.instruments == Instruments::Load {
        return Ok(Finished {
            profile: Profile::default(),
            load: Some(plain_window.report),
            overhead: None,
            program: None,
            notes,
            flags: Vec::new(),
        });
    }

    let flags = prepared.profiling_flags(Part::Window)?;
    steps.at(Phase::ProfileStart, 52, "Starting the program with the profiler");
    let profiled = Server::start(prepared, prepared.launch(&flags.args), &plan, &route).await?;
    steps.at(Phase::ProfileStart, 56, format!("Warming up {route}"));
    profiled.warm_up(&warming(&profiled.plan, &config.load), pending()).await?;
    steps.at(Phase::Profile, 72, format!("Profiling {route}"));
    let mut windows = LogWindows::open(prepared.draft.raw_folder());
    let measured = Plan { target: profiled.plan.target.clone(), ..measured };
    let profiled_window = window(&profiled, &measured, steps, Phase::Profile, 72).await?;
    windows.close(prepared.draft.raw_folder());
    profiled.stop().await;

    let recorded = match prepared.request.instruments {
        Instruments::Profile | Instruments::Load => Recorded::default(),
        Instruments::Explain => decisions::of_route(prepared, &plan, &route, steps).await,
    };
    notes.extend(recorded.notes);
    steps.at(Phase::Read, 94, "Reading what V8 wrote");
    let collected = collect(prepared.draft.raw_folder(), Some(windows), prepared.recorded(), recorded.files, &prepared.toolchain).await?;
    let active = Duration::from_micros(Attribution::of(&collected).active_us());
    if active < profiled_window.cpu / 5 {
        notes.push(format!(
            "The program used {:.0} ms of processor time, but the profile has only {:.0} ms of it: processes that are started with other flags \
             are not profiled, nor is native code on threads of its own.",
            profiled_window.cpu.as_secs_f64() * 1e3,
            active.as_secs_f64() * 1e3
        ));
    }
    let overhead = overhead(&plain_window, &profiled_window);
    let load = plain_window.report;
    if load.failed > 0 {
        notes.push(format!("{} of {} requests failed: see the load figures.", load.failed, load.sent));
    }
    if load.client_limited {
        notes
            .insert(0, "The load generator was the limit, not the server: requests/s and latencies are those of the generator.".to_owned());
    }
    Ok(Finished { profile: collected, load: Some(load), overhead, program: None, notes, flags: flags.args })
}

/// A measured window.
struct Window {
    report: Report,
    /// Processor time the server used in it.
    cpu: Duration,
    /// Processor time per request, in ms, of parts of about half a second.
    cpu_ms_per_request: Vec<f64>,
}

/// Length of the parts of a window.
const PART: Duration = Duration::from_millis(500);

/// Loads a warmed-up server for one window.
async fn window(server: &Server, plan: &Plan, steps: &Steps<'_>, phase: Phase, percent: u32) -> Result<Window, RunError> {
    let Limit::Duration(length) = plan.limit else { return Err(load::LoadError::Plan(no_duration()).into()) };
    let before = server.cpu_time()?;
    let mut cpu_ms_per_request = Vec::new();
    let mut part = (Duration::ZERO, before, 0);
    let observer = |progress: &load::Progress<'_>| {
        let share = progress.elapsed.as_secs_f64() / length.as_secs_f64();
        let rate = progress.totals.completed as f64 / progress.elapsed.as_secs_f64().max(1e-3);
        steps.at(phase, percent + (20.0 * share.min(1.0)) as u32, format!("{rate:.0} requests/s"));
        if progress.elapsed.saturating_sub(part.0) >= PART
            && let Ok(cpu) = server.cpu_time()
        {
            let completed = progress.totals.completed - part.2;
            if completed > 0 {
                cpu_ms_per_request.push(cpu.saturating_sub(part.1).as_secs_f64() * 1e3 / completed as f64);
            }
            part = (progress.elapsed, cpu, progress.totals.completed);
        }
    };
    let report = server.load(plan, observer).await?;
    Ok(Window { report, cpu: server.cpu_time()?.saturating_sub(before), cpu_ms_per_request })
}

fn no_duration() -> load::PlanError {
    load::PlanError { field: "limit", problem: "a window has a duration".to_owned() }
}

fn warming(plan: &Plan, config: &LoadConfig) -> Plan {
    Plan { limit: Limit::Duration(Duration::from_millis(config.warm_up_ms)), ..plan.clone() }
}

/// How often a route is asked again whether its body is always the same. The workers of a cluster take turns, each with answers of its
/// own.
const PROBES: usize = 6;

/// The plan of the measured window: a route that has given the same body before and after the warm-up must go on giving it.
async fn expecting(server: &Server) -> Result<Plan, RunError> {
    let mut is_same = true;
    for _ in 0..PROBES {
        let again = server.probe().await?;
        is_same &= again.status == server.first.status && again.body == server.first.body;
    }
    let mut plan = server.plan.clone();
    plan.first_mut().expect.body = is_same.then(|| ExpectedBody::Exact(server.first.body.clone())).into_iter().collect();
    Ok(plan)
}

fn overhead(plain: &Window, profiled: &Window) -> Option<Overhead> {
    let per_request = |window: &Window| window.cpu.as_secs_f64() * 1e3 / window.report.completed as f64;
    let is_measured = plain.report.completed > 0 && profiled.report.completed > 0 && !plain.cpu.is_zero();
    let options = stats::ComparisonOptions::default();
    let comparison = stats::ratio_comparison(&plain.cpu_ms_per_request, &profiled.cpu_ms_per_request, &options);
    is_measured.then(|| Overhead {
        plain_cpu_ms_per_request: per_request(plain),
        profiled_cpu_ms_per_request: per_request(profiled),
        interval: comparison.ok().and_then(|comparison| comparison.interval).map(|interval| [interval.low - 1.0, interval.high - 1.0]),
    })
}

/// The request a route's pattern and sample make. The address is filled in when the port is known.
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
