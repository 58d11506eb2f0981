//! `tickmark load` of a running server: figures, exit codes, Ctrl-C.

use crate::load_server::Server;
use crate::project::Project;
use crate::schema;
use crate::tickmark::{Ended, Tickmark, until};
use nix::sys::signal::Signal;
use serde_json::Value;

fn load(project: &Project, args: &[&str]) -> Ended {
    Tickmark::new(project, ["load"]).args(args).run()
}

/// The JSON of a load, with this exit code.
#[track_caller]
fn report(project: &Project, code: i32, args: &[&str]) -> Value {
    let report = load(project, &[args, &["--format", "json"]].concat()).code(code).json();
    schema::check("load", &report);
    let of = |key: &str| report[key].as_u64().unwrap();
    assert_eq!(of("sent"), of("completed") + of("failed") + of("unfinished"), "{report}");
    report
}

fn kinds(report: &Value) -> Vec<&str> {
    report["notes"].as_array().unwrap().iter().map(|note| note["kind"].as_str().unwrap()).collect()
}

#[test]
fn every_request_is_in_the_balance() {
    let project = Project::with(&[]);
    let server = Server::start(&project);
    let args = ["-n", "500", "-c", "4", "-m", "post", "-H", "X-Test: v", "-b", "body"];
    // Some requests fail: exit code 1, and all figures.
    let report = report(&project, 1, &[&[server.url("/flaky").as_str()][..], &args].concat());
    let log = server.log();
    let of = |key: &str| report[key].as_u64().unwrap();
    assert_eq!((of("sent"), of("failed"), of("completed"), of("connections"), log.len()), (500, 50, 450, 4, 500));
    let counts = (&report["statuses"]["200"], &report["statuses"]["503"], &report["errors"]["status"]);
    assert_eq!(counts, (&450.into(), &50.into(), &50.into()));
    assert_eq!(report["failures"][0]["body"], "over\u{1b}[31mloaded");
    assert!(kinds(&report).contains(&"failures"), "{report}");
    assert_eq!((&log[0]["method"], &log[0]["headers"]["x-test"], &log[0]["body"]), (&"POST".into(), &"v".into(), &"body".into()));
}

#[test]
fn a_closed_loop_tells_its_throughput() {
    let project = Project::with(&[]);
    let server = Server::start(&project);
    let url = server.url("/fast");
    let report = report(&project, 0, &[&url, "-d", "500ms", "--percentiles", "50,99.9"]);
    let seconds = report["durationMs"].as_f64().unwrap() / 1e3;
    let completed = report["completed"].as_f64().unwrap();
    assert!((report["requestsPerSecond"].as_f64().unwrap() - completed / seconds).abs() < 1.0, "{report}");
    assert_eq!(
        (&report["openLoop"], &report["target"]["url"], &report["target"]["requests"][0]),
        (&false.into(), &url.as_str().into(), &"GET /fast".into())
    );
    let percents: Vec<f64> = report["percentiles"].as_array().unwrap().iter().map(|p| p["percent"].as_f64().unwrap()).collect();
    assert_eq!(percents, [50.0, 99.9]);
    assert_eq!(report["percentiles"][0]["latencyMs"], report["latencyMs"]["p50"]);
    assert_eq!(kinds(&report).last(), Some(&"closedLoopTail"));

    let text = load(&project, &[&url, "-n", "300"]).code(0).stdout;
    let first = text.find("Maximum throughput: ").unwrap();
    assert!(first < text.find("Latency at that throughput: p50 ").unwrap() && text.contains("--rate "), "{text}");
    assert!(text.contains("300 sent = 300 completed + 0 failed + 0 unfinished"), "{text}");
    assert!(text.contains("p99~"), "three requests are beyond it:\n{text}");
    let quiet = load(&project, &[&url, "-n", "300", "--quiet"]).code(0);
    assert!(!quiet.stdout.contains("http://") && quiet.stderr.is_empty(), "{}{}", quiet.stdout, quiet.stderr);
}

#[test]
fn an_open_loop_tells_its_latencies() {
    let project = Project::with(&[]);
    let server = Server::start(&project);
    let report = report(&project, 0, &[&server.url("/slow"), "--rate", "40", "-d", "1s"]);
    assert_eq!((&report["openLoop"], &report["requestedRate"]), (&true.into(), &40.0.into()));
    assert!(report["serviceMs"]["p50"].as_f64().unwrap() >= 49.0, "{report}");
    assert!(report["percentiles"][0]["serviceMs"].is_number(), "{report}");
    assert!(!kinds(&report).contains(&"closedLoopTail"), "{report}");
    let text = load(&project, &[&server.url("/slow"), "-R", "10..40", "--ramp", "500ms", "-d", "1s"]).code(0).stdout;
    for part in [
        "service time",
        "open loop from 10.0 to 40.0 requests/s",
        "requests/s asked for on average",
        "Latency counts from the time a request was due",
    ] {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
    assert!(!text.contains("Maximum throughput"), "{text}");
}

#[test]
fn failures_are_shown_with_what_the_server_said() {
    let project = Project::with(&[]);
    let server = Server::start(&project);
    let text = load(&project, &[&server.url("/flaky"), "-n", "100"]).code(1).stdout;
    for part in ["10 of 100 requests failed", "status ×10", "503 ×10", "body: over\\u{1b}[31mloaded"] {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
    assert!(text.find("! ").unwrap() < text.find("Maximum throughput").unwrap(), "{text}");
    let redirected = report(&project, 1, &[&server.url("/moved"), "-n", "10"]);
    assert!(kinds(&redirected).contains(&"redirects"), "{redirected}");
    report(&project, 0, &[&server.url("/moved"), "-n", "10", "--expect-status", "302"]);
}

#[test]
fn too_many_failures_end_the_load() {
    let project = Project::with(&[]);
    let server = Server::start(&project);
    let args = [&server.url("/flaky"), "-d", "60s", "-c", "2", "--bail", "3"];
    let ended = load(&project, &[&args[..], &["--format", "json"]].concat()).code(1).says(&["failed", "more than the 2 tolerated"]);
    let report = ended.json();
    schema::check("load", &report);
    assert!(report["failed"].as_u64().unwrap() >= 3 && kinds(&report).contains(&"run"), "{report}");
}

#[test]
fn ctrl_c_ends_the_load_with_its_figures() {
    let project = Project::with(&[]);
    let server = Server::start(&project);
    let running = Tickmark::new(&project, ["load", &server.url("/fast"), "-d", "600s", "--format", "json"]).start();
    until("some requests were answered", || server.log().len() > 50);
    running.signal(Signal::SIGINT);
    let report = running.wait().code(130).json();
    schema::check("load", &report);
    assert_eq!(report["interrupted"], true);
    assert!(report["completed"].as_u64().unwrap() > 40 && kinds(&report).contains(&"interrupted"), "{report}");
}

#[test]
fn ctrl_c_ends_a_warm_up_with_nothing() {
    let project = Project::with(&[]);
    let server = Server::start(&project);
    let args = ["load", &server.url("/stuck"), "--warm-up", "600s", "--timeout", "600s"];
    let running = Tickmark::new(&project, args).start();
    until("it has begun", || !server.log().is_empty());
    running.signal(Signal::SIGINT);
    assert_eq!(running.wait().code(130).stdout, "");
}

#[test]
fn a_warm_up_is_no_part_of_the_figures() {
    let project = Project::with(&[]);
    let server = Server::start(&project);
    let report = report(&project, 0, &[&server.url("/fast"), "-n", "20", "--warm-up", "300ms"]);
    assert_eq!(report["sent"], 20);
    assert!(server.log().len() > 40, "{}", server.log().len());
}
