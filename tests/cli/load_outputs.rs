//! The formats of `tickmark load`, and where they go.

use crate::load_server::Server;
use crate::project::Project;
use crate::schema;
use crate::tickmark::{Ended, Tickmark};
use serde_json::Value;
use std::fs;

fn load(project: &Project, server: &Server, args: &[&str]) -> Ended {
    Tickmark::new(project, ["load", &server.url("/fast"), "-d", "600ms"]).args(args).run().code(0)
}

#[test]
fn a_line_per_slice() {
    let project = Project::with(&[]);
    let server = Server::start(&project);
    let csv = load(&project, &server, &["--format", "csv"]).stdout;
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0], ["start_ms", "duration_ms", "completed", "failed", "requests_per_second", "mean_ms", "p50_ms", "p99_ms"]);
    assert!(rows.len() >= 4 && rows.iter().all(|row| row.len() == 8), "{csv}");
    let number = |row: &[&str], column: usize| row[column].parse::<f64>().unwrap();
    assert_eq!((number(&rows[1], 0), number(&rows[2], 0)), (0.0, 250.0));
    let rate = number(&rows[1], 2) / number(&rows[1], 1) * 1e3;
    assert!(rate > 0.0 && (rate - number(&rows[1], 4)).abs() < 0.01, "{csv}");
}

#[test]
fn logs_of_hdr_histogram() {
    let project = Project::with(&[]);
    let server = Server::start(&project);
    let log = load(&project, &server, &["--format", "hdr", "--rate", "50"]).stdout;
    let intervals: Vec<Vec<&str>> = log.lines().filter(|line| !line.starts_with('#')).map(|line| line.split(',').collect()).collect();
    assert!(log.contains("#[StartTime: ") && log.contains("microseconds"), "{log}");
    assert_eq!(intervals.iter().map(|interval| interval[0]).collect::<Vec<_>>(), ["Tag=latency", "Tag=service"]);
    for interval in intervals {
        // Version 2, compressed.
        assert!(interval.len() == 5 && interval[1] == "0.000" && interval[4].starts_with("HISTFAAA"), "{log}");
        assert!(interval[2].parse::<f64>().unwrap() >= 0.6, "{log}");
    }
    let percentiles = load(&project, &server, &["--format", "hgrm"]).stdout;
    assert!(percentiles.contains("1/(1-Percentile)") && percentiles.contains("#[Max"), "{percentiles}");
}

#[test]
fn a_file_is_written_in_the_format_of_its_name() {
    let project = Project::with(&[]);
    let server = Server::start(&project);
    let written = |name: &str| fs::read_to_string(project.path().join(name)).unwrap();
    let ended = load(&project, &server, &["-o", "out.json"]);
    assert!(ended.stdout.contains("Maximum throughput") && ended.stdout.contains("Written to out.json"), "{}", ended.stdout);
    schema::check("load", &serde_json::from_str::<Value>(&written("out.json")).unwrap());
    assert_eq!(load(&project, &server, &["--output", "out.csv", "-q"]).stdout, "");
    assert!(written("out.csv").starts_with("start_ms,"));
    load(&project, &server, &["-o", "other", "--format", "hdr"]);
    assert!(written("other").contains("Tag=latency,"));
}

#[test]
fn only_ascii_where_the_terminal_has_no_more() {
    let project = Project::with(&[]);
    let server = Server::start(&project);
    let text =
        |locale: &str| Tickmark::new(&project, ["load", &server.url("/fast"), "-n", "200"]).env("LC_ALL", locale).run().code(0).stdout;
    let ascii = text("C");
    assert!(ascii.is_ascii() && ascii.contains("#######"), "{ascii}");
    let unicode = text("en_GB.UTF-8");
    assert!(unicode.contains("█████") && unicode.contains(" · "), "{unicode}");
}
