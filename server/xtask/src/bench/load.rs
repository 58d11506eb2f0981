//! HTTP load generators against the same server, one after the other.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::measure::{median, run_captured};
use crate::{process::on_path, setup};

const ROUNDS: usize = 3;
const SECONDS: u32 = 5;
const CONNECTIONS: u32 = 10;

/// Reads the number of answered requests from what a tool printed.
type Completed = fn(&str) -> Result<f64>;

/// Requests per second and the client's CPU time per request of each tool, `GET /fast` of hello-server.
pub(crate) fn run(root: &Path, tickmark: &Path) -> Result<()> {
    let node = setup::node(root, super::NODE)?;
    let packages = setup::bench_packages(root)?;
    let server = Server::start(&node, &root.join("tests/projects/hello-server/server.js"))?;
    let url = format!("http://127.0.0.1:{}/fast", server.port);
    let (connections, seconds) = (CONNECTIONS.to_string(), SECONDS.to_string());

    let mut tools: Vec<(&str, Command, Completed)> = Vec::new();
    let mut ours = Command::new(tickmark);
    ours.args(["load", &url, "--connections", &connections, "--duration", &format!("{seconds}s")]).args(["--format", "json", "--quiet"]);
    tools.push(("tickmark load", ours, tickmark_completed));
    let mut autocannon = Command::new(&node);
    autocannon
        .arg(packages.join("node_modules/autocannon/autocannon.js"))
        .args(["--json", "--no-progress", "--connections", &connections, "--duration", &seconds, &url])
        .stderr(Stdio::null());
    tools.push(("autocannon", autocannon, autocannon_completed));
    match on_path("wrk") {
        Some(path) => {
            let mut wrk = Command::new(path);
            wrk.args(["--threads", "1", "--connections", &connections, "--duration", &format!("{seconds}s"), &url]);
            tools.push(("wrk", wrk, wrk_completed));
        }
        None => println!("wrk is not on PATH and is left out"),
    }

    let mut results: Vec<(Vec<f64>, Vec<f64>)> = vec![Default::default(); tools.len()];
    for round in 1..=ROUNDS {
        for ((name, command, completed), (rates, cpus)) in tools.iter_mut().zip(&mut results) {
            let (usage, printed) = run_captured(command)?;
            let completed = completed(&printed).with_context(|| format!("{name} printed {printed:?}"))?;
            if completed < 1.0 {
                bail!("{name} got no answer; it printed {printed:?}");
            }
            rates.push(completed / f64::from(SECONDS));
            cpus.push(usage.cpu.as_secs_f64() * 1e6 / completed);
            println!("  round {round}: {name}: {:.0} req/s", completed / f64::from(SECONDS));
        }
    }

    println!("{url}, {CONNECTIONS} connections, median of {ROUNDS} rounds of {SECONDS} s");
    println!("{:<16} {:>9} {:>16} {:>8} {:>8}", "", "req/s", "client µs/req", "req/s ×", "CPU ×");
    let figures = |(rates, cpus): &(Vec<f64>, Vec<f64>)| (median(rates.iter().copied()), median(cpus.iter().copied()));
    let (our_rate, our_cpu) = figures(&results[0]);
    for ((name, ..), result) in tools.iter().zip(&results) {
        let (rate, cpu) = figures(result);
        println!("{name:<16} {rate:>9.0} {cpu:>16.2} {:>8.2} {:>8.2}", rate / our_rate, cpu / our_cpu);
    }
    Ok(())
}

/// A server that is killed when this is dropped.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Starts it on a free port and waits for the line in which it says which.
    fn start(node: &Path, entry: &Path) -> Result<Self> {
        let mut child = Command::new(node)
            .arg(entry)
            .env("PORT", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", entry.display()))?;
        let stdout = child.stdout.take();
        let mut server = Self { child, port: 0 };
        let stdout = stdout.context("no stdout")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        server.port = line
            .trim()
            .strip_prefix("listening on ")
            .and_then(|port| port.parse().ok())
            .with_context(|| format!("{} said {line:?} and not its port", entry.display()))?;
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn tickmark_completed(printed: &str) -> Result<f64> {
    let result: Value = serde_json::from_str(printed)?;
    let load = result.get("load").filter(|load| load.is_object()).unwrap_or(&result);
    load["completed"].as_f64().context("there is no `completed`")
}

/// Its `requests` are counted by the second, `2xx` and `non2xx` by the answer.
fn autocannon_completed(printed: &str) -> Result<f64> {
    let result: Value = serde_json::from_str(printed)?;
    let count = |key: &str| result[key].as_f64().with_context(|| format!("there is no `{key}`"));
    if count("non2xx")? > 0.0 || count("errors")? > 0.0 {
        bail!("it counted errors");
    }
    count("2xx")
}

fn wrk_completed(printed: &str) -> Result<f64> {
    if printed.contains("Non-2xx") || printed.contains("Socket errors") {
        bail!("it counted errors");
    }
    printed
        .lines()
        .find_map(|line| line.split_once(" requests in "))
        .context("there is no `… requests in …`")?
        .0
        .trim()
        .parse()
        .context("the requests are no number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_tools_print() {
        assert_eq!(tickmark_completed(r#"{"schema":"tickmark/load@1","completed":12}"#).expect("flat"), 12.0);
        assert_eq!(tickmark_completed(r#"{"load":{"completed":7}}"#).expect("nested"), 7.0);
        assert_eq!(tickmark_completed(r#"{"load":null,"completed":8}"#).expect("null"), 8.0);
        assert!(tickmark_completed("{}").is_err());
        assert_eq!(autocannon_completed(r#"{"2xx":5,"non2xx":0,"errors":0}"#).expect("good"), 5.0);
        assert!(autocannon_completed(r#"{"2xx":5,"non2xx":1,"errors":0}"#).is_err());
        assert!(autocannon_completed(r#"{"2xx":5}"#).is_err());
        let wrk = "Running 3s test\n  1 threads\n  8310 requests in 3.00s, 2MB read\nRequests/sec: 2767.1\n";
        assert_eq!(wrk_completed(wrk).expect("good"), 8310.0);
        assert!(wrk_completed(&format!("{wrk}  Non-2xx or 3xx responses: 3\n")).is_err());
        assert!(wrk_completed("").is_err());
    }
}
