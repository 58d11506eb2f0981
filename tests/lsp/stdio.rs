//! The binary itself, on standard input and output.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

struct Server {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Server {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_tickmark"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (input, output) = (process.stdin.take(), BufReader::new(process.stdout.take().unwrap()));
        Self { process, input, output }
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        write!(self.input.as_mut().unwrap(), "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    }

    /// The answer with that id; other messages are passed over.
    fn answer(&mut self, id: &Value) -> Value {
        loop {
            let mut length = 0;
            loop {
                let mut line = String::new();
                assert!(self.output.read_line(&mut line).unwrap() > 0, "the server closed its output");
                match line.trim().strip_prefix("Content-Length: ") {
                    Some(number) => length = number.parse().unwrap(),
                    None if line.trim().is_empty() => break,
                    None => panic!("not a header: {line}"),
                }
            }
            let mut body = vec![0; length];
            self.output.read_exact(&mut body).unwrap();
            let message: Value = serde_json::from_slice(&body).unwrap();
            if message.get("method").is_none() && message["id"] == *id {
                return message;
            }
        }
    }

    fn greet(&mut self) {
        self.send(&json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "capabilities": {} } }));
        assert_eq!(self.answer(&json!(1))["result"]["serverInfo"]["name"], "tickmark");
        self.send(&json!({ "jsonrpc": "2.0", "method": "initialized", "params": {} }));
    }

    fn end(&mut self) -> ExitStatus {
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < until, "the server does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already, unless the test failed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn exit_ends_the_process_though_its_input_stays_open() {
    let mut server = Server::start();
    server.greet();
    server.send(&json!({ "jsonrpc": "2.0", "id": 2, "method": "shutdown" }));
    assert_eq!(server.answer(&json!(2))["result"], Value::Null);
    server.send(&json!({ "jsonrpc": "2.0", "method": "exit" }));
    assert!(server.end().success());
}

#[test]
fn exit_without_shutdown_is_a_failure() {
    let mut server = Server::start();
    server.greet();
    server.send(&json!({ "jsonrpc": "2.0", "method": "exit" }));
    assert_eq!(server.end().code(), Some(1));
}

#[cfg(target_os = "linux")]
#[test]
fn the_end_of_the_editor_ends_the_process_though_its_input_stays_open() {
    let mut editor = Command::new("sleep").arg("600").spawn().unwrap();
    let mut server = Server::start();
    let params = json!({ "processId": editor.id(), "capabilities": {} });
    server.send(&json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params }));
    server.answer(&json!(1));
    assert!(server.process.try_wait().unwrap().is_none());
    editor.kill().unwrap();
    editor.wait().unwrap();
    assert!(server.end().success());
}

#[test]
fn the_end_of_the_input_ends_the_process() {
    let mut server = Server::start();
    server.greet();
    server.input = None;
    assert!(server.end().success());
}

#[test]
fn garbage_does_not_end_the_process() {
    let mut server = Server::start();
    server.greet();
    server.input.as_mut().unwrap().write_all(b"Content-Length: 3\r\n\r\n{]}").unwrap();
    assert_eq!(server.answer(&Value::Null)["error"]["code"], -32700);
    server.send(&json!({ "jsonrpc": "2.0", "id": 3, "method": "shutdown", "params": {} }));
    assert_eq!(server.answer(&json!(3))["result"], Value::Null);
    server.input = None;
    assert!(server.end().success());
}
