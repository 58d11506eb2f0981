//! What comes in, cut into messages that the protocol library can read.
//!
//! The library ends at the first frame it cannot decode: its reader yields an error and then the end of the stream. So frames are
//! checked before it sees them, and a bad one is replaced by a request that [`Guard`](super::guard::Guard) answers with an error.

use serde::Deserialize;
use serde_json::{Value, json};
use std::future::Future;
use std::io::Read;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::sync::oneshot;
use tower_lsp::jsonrpc::{Request, Response};

/// The method that stands for a message that could not be read.
pub(super) const MALFORMED: &str = "$tickmark/malformed";

/// Longest message, in bytes. A length beyond that is an error of the sender, and waiting for its end would be for ever.
const MAX_BODY: usize = 512 << 20;

/// How a frame begins, as all editors write it.
const NAME: &[u8] = b"Content-Length:";

/// Longest header, in bytes.
const MAX_HEADER: usize = 4 << 10;

/// Standard input, read by a thread of its own: a thread of the runtime that waits for input could not be ended with it.
pub(super) fn stdin() -> impl AsyncRead + Unpin + Send + 'static {
    let (reader, mut writer) = tokio::io::duplex(64 << 10);
    let (chunks, mut incoming) = tokio::sync::mpsc::channel::<Vec<u8>>(4);
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        let mut buffer = vec![0; 64 << 10];
        loop {
            match input.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) if chunks.blocking_send(buffer[..n].to_vec()).is_err() => break,
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    tracing::error!(%error, "standard input cannot be read");
                    break;
                }
            }
        }
    });
    tokio::spawn(async move {
        while let Some(chunk) = incoming.recv().await {
            if writer.write_all(&chunk).await.is_err() {
                break;
            }
        }
    });
    reader
}

/// The messages of `input`, all of which the library can read, and the end of `input`.
pub(super) fn checked_frames(input: impl AsyncRead + Unpin + Send + 'static) -> (DuplexStream, impl Future<Output = ()>) {
    let (reader, writer) = tokio::io::duplex(1 << 20);
    let (ended, end) = oneshot::channel();
    tokio::spawn(async move {
        if let Err(error) = forward(input, writer).await {
            tracing::debug!(%error, "the connection to the editor broke");
        }
        // Nobody may be waiting for it any more.
        let _ = ended.send(());
    });
    (reader, async {
        let _ = end.await;
    })
}

/// What the library reads, in the order in which it tries.
#[derive(Deserialize)]
#[serde(untagged)]
enum Message {
    Response(#[expect(dead_code, reason = "read to see whether it can be")] Response),
    Request(#[expect(dead_code, reason = "read to see whether it can be")] Request),
}

async fn forward(mut input: impl AsyncRead + Unpin, mut output: impl AsyncWrite + Unpin) -> std::io::Result<()> {
    let mut buffer = Vec::new();
    let mut in_garbage = false;
    loop {
        let mut taken = 0;
        loop {
            let (used, frame) = next_frame(&buffer[taken..]);
            taken += used;
            // However many pieces it comes in, one complaint about it is enough.
            let was_in_garbage = in_garbage;
            in_garbage = match frame {
                Frame::Garbage => true,
                Frame::Incomplete => in_garbage,
                Frame::Body(..) | Frame::Bad(_) => false,
            };
            match frame {
                Frame::Garbage if was_in_garbage => {}
                Frame::Garbage => {
                    let problem = "what came has no header `Content-Length: N` and an empty line";
                    tracing::warn!(problem, "the editor's messages cannot be read");
                    write_frame(&mut output, malformed(&Value::Null, -32700, problem).to_string().as_bytes()).await?;
                }
                Frame::Incomplete => break,
                Frame::Body(start, end) => {
                    let body = &buffer[taken - used + start..taken - used + end];
                    match replacement(body) {
                        None => write_frame(&mut output, body).await?,
                        Some(other) => write_frame(&mut output, other.to_string().as_bytes()).await?,
                    }
                }
                Frame::Bad(problem) => {
                    tracing::warn!(problem, "a message from the editor cannot be read");
                    write_frame(&mut output, malformed(&Value::Null, -32700, &problem).to_string().as_bytes()).await?;
                }
            }
        }
        buffer.drain(..taken);
        if input.read_buf(&mut buffer).await? == 0 {
            return output.shutdown().await;
        }
    }
}

async fn write_frame(output: &mut (impl AsyncWrite + Unpin), body: &[u8]) -> std::io::Result<()> {
    output.write_all(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes()).await?;
    output.write_all(body).await
}

#[derive(Debug, PartialEq)]
enum Frame {
    /// More input is needed.
    Incomplete,
    /// Where the body is.
    Body(usize, usize),
    /// What is wrong.
    Bad(String),
    /// No frame at all.
    Garbage,
}

/// The first frame of `input`, and how many bytes it takes.
fn next_frame(input: &[u8]) -> (usize, Frame) {
    let Some(header_end) = find(input, b"\r\n\r\n").map(|at| at + 4).filter(|end| *end <= MAX_HEADER) else {
        if input.len() <= MAX_HEADER {
            return (0, Frame::Incomplete);
        }
        // The end may be the beginning of a header of which the rest is still to come.
        let skipped = resync(input).min(input.len() - NAME.len());
        return (skipped, Frame::Garbage);
    };
    let header = String::from_utf8_lossy(&input[..header_end]);
    let mut length = None;
    for line in header.split("\r\n").filter(|line| !line.is_empty()) {
        if let Some((name, value)) = line.split_once(':')
            && name.trim().eq_ignore_ascii_case("content-length")
        {
            length = Some(value.trim().parse::<usize>());
        }
    }
    let length = match length {
        Some(Ok(length)) if length <= MAX_BODY => length,
        Some(Ok(length)) => {
            return (header_end, Frame::Bad(format!("a message of {length} bytes; at most {MAX_BODY} are read")));
        }
        Some(Err(error)) => return (header_end, Frame::Bad(format!("Content-Length is not a number: {error}"))),
        None => {
            // The next header may begin within what was taken for this one.
            let skipped = resync(&input[..header_end]);
            return (skipped, Frame::Garbage);
        }
    };
    // Garbage before a good header would be part of its first line; what follows it is good.
    match header_end.checked_add(length) {
        Some(end) if end <= input.len() => (end, Frame::Body(header_end, end)),
        _ => (0, Frame::Incomplete),
    }
}

/// How many bytes to skip to the next header; all, when there is none.
fn resync(input: &[u8]) -> usize {
    find(&input[1..], NAME).map_or(input.len(), |at| at + 1)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// What to hand on instead of a message that the library cannot read.
fn replacement(body: &[u8]) -> Option<Value> {
    let error = match serde_json::from_slice::<Message>(body) {
        Ok(_) => return None,
        Err(error) => error,
    };
    Some(match serde_json::from_slice::<Value>(body) {
        Err(error) => {
            tracing::warn!(%error, "a message from the editor is not JSON");
            malformed(&Value::Null, -32700, &format!("not valid JSON: {error}"))
        }
        Ok(value) => {
            tracing::warn!(%error, "a message from the editor is not JSON-RPC");
            let id = value.get("id").filter(|id| id.is_string() || id.is_i64()).cloned().unwrap_or(Value::Null);
            malformed(&id, -32600, "not a JSON-RPC 2.0 request, notification or response")
        }
    })
}

fn malformed(id: &Value, code: i64, problem: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": MALFORMED, "params": { "code": code, "problem": problem } })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn messages(input: &[u8]) -> Vec<String> {
        let mut output = Vec::new();
        forward(input, &mut output).await.unwrap();
        let mut rest = output.as_slice();
        let mut bodies = Vec::new();
        while let (used, Frame::Body(start, end)) = next_frame(rest) {
            let value: Value = serde_json::from_slice(&rest[start..end]).unwrap();
            let id = value.get("id").map_or("-".to_owned(), Value::to_string);
            let code = value.pointer("/params/code").map_or(String::new(), |code| format!(" {code}"));
            bodies.push(format!("{id} {}{code}", value["method"].as_str().unwrap_or("response")));
            rest = &rest[used..];
        }
        assert!(rest.is_empty());
        bodies
    }

    fn frame(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[tokio::test]
    async fn bad_messages_are_replaced_and_good_ones_pass() {
        async fn check(input: String, expected: &[&str]) {
            let good = frame(r#"{"jsonrpc":"2.0","method":"good"}"#);
            let mut expected = expected.to_vec();
            expected.push("- good");
            assert_eq!(messages((input.clone() + &good).as_bytes()).await, expected, "{input}");
        }
        check(frame(r#"{"jsonrpc":"2.0","id":1,"result":[null]}"#), &["1 response"]).await;
        check(frame("{"), &["null $tickmark/malformed -32700"]).await;
        check(frame("[]"), &["null $tickmark/malformed -32600"]).await;
        check(frame(r#"{"id":7,"method":"x"}"#), &["7 $tickmark/malformed -32600"]).await;
        check(frame(r#"{"jsonrpc":"2.0","id":1.5,"method":"x"}"#), &["null $tickmark/malformed -32600"]).await;
        check(frame(&("[".repeat(5_000) + &"]".repeat(5_000))), &["null $tickmark/malformed -32700"]).await;
        check(frame(r#"{"jsonrpc":"2.0","method":"\ud800"}"#), &["null $tickmark/malformed -32700"]).await;
        check(frame(""), &["null $tickmark/malformed -32700"]).await;
        check("Content-Length: 99999999999999\r\n\r\n".into(), &["null $tickmark/malformed -32700"]).await;
        check("Content-Length: x\r\n\r\n".into(), &["null $tickmark/malformed -32700"]).await;
        check("Foo: 1\r\n\r\n".into(), &["null $tickmark/malformed -32700"]).await;
        check("content-length: 34\r\nContent-Type: text/x\r\n\r\n{\"jsonrpc\":\"2.0\",\"method\":\"lower\"}".into(), &["- lower"]).await;
        check("x".repeat(9_000), &["null $tickmark/malformed -32700"]).await;
        check("garbage".into(), &["null $tickmark/malformed -32700"]).await;
    }
}
