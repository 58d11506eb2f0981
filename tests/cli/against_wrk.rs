//! `tickmark load` and wrk against the same server: what both can measure, they measure alike.

use crate::project::{Project, newest_node};
use crate::tickmark::{Tickmark, together};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// Its work takes the same time whoever asks, and more than a client's. Where the client is what requests wait for, the two differ:
/// wrk counts the time that answers wait for wrk to make connections, Tickmark takes answers first.
const SERVER: &str = "const server = require('http').createServer((request, response) => {\n\
    for (const end = performance.now() + 0.3; performance.now() < end;);\n\
    response.end('hello');\n\
    });\n\
    server.listen(0, '127.0.0.1', () => console.log(server.address().port));\n";

/// Rounds of both, in turns.
const ROUNDS: usize = 3;

/// A busy machine may disturb one comparison; a generator that measures something else differs in all.
const ATTEMPTS: usize = 4;

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(project: &Project) -> (Server, String) {
    let mut child = Command::new(newest_node().path).arg("server.js").current_dir(project.path()).stdout(Stdio::piped()).spawn().unwrap();
    let mut port = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
    (Server(child), format!("http://127.0.0.1:{}/", port.trim()))
}

/// The median latency that wrk prints, in ms.
fn of_wrk(args: &[&str], url: &str) -> f64 {
    let output = Command::new("wrk").args(["-t1", "-c10", "-d1s", "--latency"]).args(args).arg(url).output();
    let text = String::from_utf8(output.expect("wrk, which `cargo xtask test` installs").stdout).unwrap();
    let median = text.lines().find_map(|line| line.trim().strip_prefix("50%")).unwrap_or_else(|| panic!("{text}")).trim();
    let split = median.find(|c: char| c.is_alphabetic()).unwrap();
    let unit = match &median[split..] {
        "us" => 1e-3,
        "ms" => 1.0,
        "s" => 1e3,
        unit => panic!("{unit}"),
    };
    median[..split].parse::<f64>().unwrap() * unit
}

fn of_tickmark(project: &Project, args: &[&str], url: &str) -> f64 {
    let ended = Tickmark::new(project, ["load", url, "-c", "10", "-d", "1s", "--format", "json", "--quiet"]).args(args).run().code(0);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(report["failed"], 0);
    report["latencyMs"]["p50"].as_f64().unwrap()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The medians of both within 20 %.
fn check(ours: &[&str], theirs: &[&str]) {
    let _lock = together();
    let project = Project::with(&[("server.js", SERVER)]);
    let (_server, url) = serve(&project);
    let mut seen = Vec::new();
    for _ in 0..ATTEMPTS {
        let rounds: (Vec<f64>, Vec<f64>) = (0..ROUNDS).map(|_| (of_tickmark(&project, ours, &url), of_wrk(theirs, &url))).unzip();
        let (ours, theirs) = (median(rounds.0), median(rounds.1));
        if (ours / theirs - 1.0).abs() < 0.2 {
            return;
        }
        seen.push((ours, theirs));
    }
    panic!("medians in ms, ours and wrk's: {seen:?}");
}

#[test]
fn connections_that_are_kept() {
    check(&[], &[]);
}

/// A tool that counts the connecting, or that waits for the end of the connection, is far off here.
#[test]
fn a_connection_for_each_request() {
    check(&["--no-keepalive"], &["-H", "Connection: close"]);
}
