//! `tickmark load`

use crate::project::Project;
use crate::schema;
use crate::tickmark::Tickmark;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A server of HTTP/1.1 that answers every tenth request with 503; it counts what it was asked.
struct Server {
    port: u16,
    asked: Arc<AtomicU64>,
}

impl Server {
    fn start(fails: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let count = Arc::clone(&count);
                std::thread::spawn(move || {
                    let stream = stream.unwrap();
                    let mut requests = BufReader::new(stream.try_clone().unwrap());
                    let mut stream = stream;
                    while let Some(body) = request(&mut requests) {
                        let is_bad = count.fetch_add(1, Ordering::SeqCst) % 10 == 9 && fails;
                        let status = if is_bad { "503 Service Unavailable" } else { "200 OK" };
                        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                        if stream.write_all(answer.as_bytes()).is_err() {
                            break;
                        }
                    }
                });
            }
        });
        Self { port, asked }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/path", self.port)
    }
}

/// Reads one request; gives what to answer: its first line, a header and its body.
fn request(stream: &mut impl BufRead) -> Option<String> {
    let (mut length, mut header, mut first) = (0, String::new(), String::new());
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim();
        match line.split_once(": ") {
            _ if line.is_empty() => break,
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().unwrap(),
            Some((name, value)) if name.eq_ignore_ascii_case("x-test") => header = value.to_owned(),
            _ if first.is_empty() => first = line.to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(format!("{first}|{header}|{}", String::from_utf8_lossy(&body)))
}

#[test]
fn every_request_is_in_the_balance() {
    let project = Project::with(&[]);
    let server = Server::start(true);
    let args = ["load", &server.url(), "-n", "500", "-c", "4", "-m", "post", "-H", "X-Test: v", "-b", "body", "--format", "json"];
    // Some requests fail: exit code 1, and all figures.
    let report = Tickmark::new(&project, args).run().code(1).json();
    schema::check("load", &report);
    let asked = server.asked.load(Ordering::SeqCst);
    assert_eq!((report["sent"].as_u64(), report["failed"].as_u64(), report["completed"].as_u64()), (Some(asked), Some(50), Some(450)));
    assert_eq!(
        (&report["statuses"]["200"], &report["statuses"]["503"], &report["errors"]["status"]),
        (&450.into(), &50.into(), &50.into())
    );
    assert_eq!(report["failures"][0]["body"], "POST /path HTTP/1.1|v|body");
    assert_eq!(report["connections"], 4);
}

#[test]
fn a_duration_ends_the_load_and_what_was_in_flight_is_told() {
    let project = Project::with(&[]);
    let server = Server::start(false);
    let report = Tickmark::new(&project, ["load", &server.url(), "-d", "300ms", "--format", "json"]).run().code(0).json();
    schema::check("load", &report);
    let of = |key: &str| report[key].as_u64().unwrap();
    assert_eq!(of("sent"), of("completed") + of("failed") + of("unfinished"));
    assert!(of("completed") > 10 && of("failed") == 0, "{report}");
    let seconds = report["durationMs"].as_f64().unwrap() / 1e3;
    assert!((report["requestsPerSecond"].as_f64().unwrap() - of("completed") as f64 / seconds).abs() < 1.0);
    let text = Tickmark::new(&project, ["load", &server.url(), "-n", "50"]).run().code(0).stdout;
    assert!(text.contains("requests/s") && text.contains("p99"), "{text}");
}

#[test]
fn other_machines_are_refused() {
    let project = Project::with(&[]);
    // An address for documentation: nothing would answer, and nothing is asked.
    let texts = ["192.0.2.1", "not this machine", "--allow-host"];
    Tickmark::new(&project, ["load", "http://192.0.2.1:8080/"]).run().code(2).says(&texts);
}

#[test]
fn addresses_that_are_none() {
    let project = Project::with(&[]);
    for (address, texts) in [
        ("nonsense", &["nonsense", "http://"][..]),
        ("https://localhost/", &["https://localhost/", "only http://"]),
        ("http://127.0.0.1:99999/", &["99999"]),
        ("http://", &["http://"]),
    ] {
        Tickmark::new(&project, ["load", address]).run().code(2).says(texts);
    }
    Tickmark::new(&project, ["load", "http://127.0.0.1:1/", "-c", "0"]).run().code(2).says(&["connections"]);
    Tickmark::new(&project, ["load", "http://127.0.0.1:1/", "-H", "x"]).run().code(2).says(&["--header x", "`Name: value`"]);
    Tickmark::new(&project, ["load", "http://127.0.0.1:1/", "-m", "a b"]).run().code(2).says(&["--method a b"]);
}

#[test]
fn a_server_that_is_not_there() {
    let project = Project::with(&[]);
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let address = format!("http://127.0.0.1:{port}/");
    Tickmark::new(&project, ["load", &address]).run().code(1).says(&[&address, "refused"]);
}

#[test]
fn ctrl_c_ends_the_load_with_its_figures() {
    let project = Project::with(&[]);
    let server = Server::start(false);
    let running = Tickmark::new(&project, ["load", &server.url(), "-d", "600s", "--format", "json"]).start();
    crate::tickmark::until("some requests were answered", || server.asked.load(Ordering::SeqCst) > 50);
    running.signal(nix::sys::signal::Signal::SIGINT);
    let report = running.wait().code(0).json();
    assert!(report["completed"].as_u64().unwrap() > 40, "{report}");
}
