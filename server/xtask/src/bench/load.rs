//! HTTP load generators against the same servers, in turns.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::measure::{Usage, median, run_captured};
use crate::{process::on_path, setup};

const ROUNDS: usize = 3;
const SECONDS: u32 = 4;

/// Reads the number of answered requests from what a tool printed.
type Completed = fn(&str) -> Result<f64>;

/// One way to load a server.
struct Scenario {
    connections: u32,
    /// Requests in flight on each connection.
    pipelining: u32,
    keep_alive: bool,
}

const SCENARIOS: [Scenario; 5] = [
    Scenario { connections: 10, pipelining: 1, keep_alive: true },
    Scenario { connections: 100, pipelining: 1, keep_alive: true },
    Scenario { connections: 10, pipelining: 10, keep_alive: true },
    Scenario { connections: 10, pipelining: 1, keep_alive: false },
    Scenario { connections: 10_000, pipelining: 1, keep_alive: true },
];

/// Above it, only tools that are made for so many are asked.
const MANY_CONNECTIONS: u32 = 1000;

struct Tool {
    name: &'static str,
    command: Command,
    completed: Completed,
}

/// Requests per second, the client's CPU time per request and its memory, of each tool: against nginx if it is
/// there, which is quicker than any client, and against a Node server.
pub(crate) fn run(root: &Path, tickmark: &Path) -> Result<()> {
    let node = setup::node(root, super::NODE)?;
    let packages = setup::bench_packages(root)?;
    let autocannon = packages.join("node_modules/autocannon/autocannon.js");
    let mut servers = vec![("Node", Server::node(&node, &root.join("tests/projects/hello-server/server.js"))?, "/fast")];
    match on_path("nginx") {
        Some(nginx) => servers.insert(0, ("nginx", Server::nginx(&nginx)?, "/")),
        None => println!("nginx is not on PATH: without it the server is slower than the clients"),
    }
    for tool in ["wrk", "oha"] {
        if on_path(tool).is_none() {
            println!("{tool} is not on PATH and is left out");
        }
    }
    for scenario in &SCENARIOS {
        for (name, server, path) in &servers {
            if scenario.connections > MANY_CONNECTIONS && *name == "Node" && servers.len() > 1 {
                continue;
            }
            let url = format!("http://127.0.0.1:{}{path}", server.port);
            println!("\n{name}, {}", scenario.title());
            compare(&mut scenario.tools(tickmark, (&node, &autocannon), &url))?;
        }
    }
    Ok(())
}

impl Scenario {
    fn title(&self) -> String {
        let pipelining = if self.pipelining > 1 { format!(", {} in flight on each", self.pipelining) } else { String::new() };
        let keep_alive = if self.keep_alive { "" } else { ", a new one for each request" };
        format!("{} connections{pipelining}{keep_alive}, median of {ROUNDS} rounds of {SECONDS} s", self.connections)
    }

    fn tools(&self, tickmark: &Path, (node, autocannon): (&Path, &Path), url: &str) -> Vec<Tool> {
        let (connections, pipelining) = (self.connections.to_string(), self.pipelining.to_string());
        let seconds = format!("{SECONDS}s");
        let mut ours = Command::new(tickmark);
        ours.args(["load", url, "--connections", &connections, "--duration", &seconds, "--format", "json", "--quiet"]);
        match self.keep_alive {
            true => ours.args(["--pipelining", &pipelining]),
            false => ours.arg("--no-keepalive"),
        };
        let mut tools = vec![Tool { name: "tickmark load", command: ours, completed: tickmark_completed }];
        if let Some(path) = on_path("wrk")
            && self.pipelining == 1
        {
            let mut wrk = Command::new(path);
            wrk.args(["--threads", "1", "--connections", &connections, "--duration", &seconds, "--timeout", "10", url]);
            if !self.keep_alive {
                wrk.args(["--header", "Connection: close"]);
            }
            tools.push(Tool { name: "wrk", command: wrk, completed: wrk_completed });
        }
        if let Some(path) = on_path("oha")
            && self.pipelining == 1
        {
            let mut oha = Command::new(path);
            oha.args(["--no-tui", "--output-format", "json", "-z", &seconds, "-c", &connections]);
            oha.args((!self.keep_alive).then_some("--disable-keepalive")).arg(url);
            tools.push(Tool { name: "oha", command: oha, completed: oha_completed });
        }
        if self.connections <= MANY_CONNECTIONS {
            let mut command = Command::new(node);
            command.arg(autocannon).args(["--json", "--no-progress", "--connections", &connections, "--duration", &SECONDS.to_string()]);
            command.args(["--pipelining", &pipelining]).stderr(Stdio::null());
            if !self.keep_alive {
                command.args(["--headers", "Connection=close"]);
            }
            command.arg(url);
            tools.push(Tool { name: "autocannon", command, completed: autocannon_completed });
        }
        tools
    }
}

/// Runs the tools in turns and prints a table, with ratios to the first.
fn compare(tools: &mut [Tool]) -> Result<()> {
    let mut results: Vec<Vec<(f64, Usage)>> = vec![Vec::new(); tools.len()];
    for _ in 0..ROUNDS {
        for (tool, results) in tools.iter_mut().zip(&mut results) {
            let (usage, printed) = run_captured(&mut tool.command)?;
            let completed = (tool.completed)(&printed).with_context(|| format!("{} printed {printed:?}", tool.name))?;
            if completed < 1.0 {
                bail!("{} got no answer; it printed {printed:?}", tool.name);
            }
            results.push((completed, usage));
        }
    }
    println!("{:<16} {:>9} {:>16} {:>8} {:>8} {:>8}", "", "req/s", "client µs/req", "peak MB", "CPU ×", "peak ×");
    let figures = |results: &[(f64, Usage)]| {
        let of = |figure: fn(&(f64, Usage)) -> f64| median(results.iter().map(figure));
        let rate = of(|(completed, _)| completed / f64::from(SECONDS));
        (rate, of(|(completed, usage)| usage.cpu.as_secs_f64() * 1e6 / completed), of(|(_, usage)| usage.peak_bytes as f64 / 1e6))
    };
    let (_, our_cpu, our_peak) = figures(&results[0]);
    for (tool, results) in tools.iter().zip(&results) {
        let (rate, cpu, peak) = figures(results);
        println!("{:<16} {rate:>9.0} {cpu:>16.2} {peak:>8.1} {:>8.2} {:>8.2}", tool.name, cpu / our_cpu, peak / our_peak);
    }
    Ok(())
}

/// A server that is killed when this is dropped.
struct Server {
    child: Child,
    port: u16,
    /// Its configuration.
    folder: Option<PathBuf>,
}

impl Server {
    /// Starts nginx with one worker and an answer of 12 bytes, and waits until it listens.
    fn nginx(binary: &Path) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let folder = std::env::temp_dir().join(format!("tickmark-bench-nginx-{port}"));
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let places =
            ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|name| format!("{name}_temp_path {0}/{name};", folder.display()));
        let text = format!(
            "daemon off; master_process off; worker_processes 1; worker_rlimit_nofile 30000; pid {0}/pid; error_log stderr crit;\n\
             events {{ worker_connections 25000; }}\n\
             http {{ access_log off; keepalive_requests 1000000000; {1}\n\
             server {{ listen 127.0.0.1:{port} backlog=16384; location / {{ default_type text/plain; return 200 \"hello world\\n\"; }} }} }}\n",
            folder.display(),
            places.join(" ")
        );
        let config = folder.join("nginx.conf");
        fs::write(&config, text).with_context(|| format!("cannot write {}", config.display()))?;
        let child = Command::new(binary).arg("-c").arg(&config).arg("-p").arg(&folder).stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        let server = Self { child: child.with_context(|| format!("cannot start {}", binary.display()))?, port, folder: Some(folder) };
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if Instant::now() > deadline {
                bail!("nginx does not listen on port {port}");
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(server)
    }

    /// Starts a program of Node's on a free port and waits for the line in which it says which.
    fn node(node: &Path, entry: &Path) -> Result<Self> {
        let mut child = Command::new(node)
            .arg(entry)
            .env("PORT", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", entry.display()))?;
        let stdout = child.stdout.take();
        let mut server = Self { child, port: 0, folder: None };
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
        if let Some(folder) = &self.folder {
            // What is left lies in the system's temporary folder.
            let _ = fs::remove_dir_all(folder);
        }
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

/// Its answers by status; what was under way at the end counts as an error that says so.
fn oha_completed(printed: &str) -> Result<f64> {
    let result: Value = serde_json::from_str(printed)?;
    let statuses = result["statusCodeDistribution"].as_object().context("there is no `statusCodeDistribution`")?;
    if statuses.keys().any(|status| !status.starts_with('2')) {
        bail!("it counted errors");
    }
    Ok(statuses.values().filter_map(Value::as_f64).sum())
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
        assert_eq!(oha_completed(r#"{"statusCodeDistribution":{"200":5}}"#).expect("good"), 5.0);
        assert!(oha_completed(r#"{"statusCodeDistribution":{"200":5,"500":1}}"#).is_err());
        let wrk = "Running 3s test\n  1 threads\n  8310 requests in 3.00s, 2MB read\nRequests/sec: 2767.1\n";
        assert_eq!(wrk_completed(wrk).expect("good"), 8310.0);
        assert!(wrk_completed(&format!("{wrk}  Non-2xx or 3xx responses: 3\n")).is_err());
        assert!(wrk_completed("").is_err());
    }
}
