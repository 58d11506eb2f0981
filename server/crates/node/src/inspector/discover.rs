//! Finding the WebSocket address of an inspector.

use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::InspectorError;
use crate::process::Child;

/// One entry of `/json/list`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// Opaque id.
    pub id: String,
    /// Title of the process, e.g. `server.js`.
    #[serde(default)]
    pub title: String,
    /// Main script as `file://` URL.
    #[serde(default)]
    pub url: String,
    /// `node`, or what another embedder says.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// Where to connect to.
    pub web_socket_debugger_url: String,
}

/// Larger answers are not a target list.
const LONGEST_ANSWER: u64 = 4 * 1024 * 1024;

/// Asks `http://<address>/json/list`; `address` is `host:port`.
pub async fn targets(address: &str, timeout: Duration) -> Result<Vec<Target>, InspectorError> {
    let url = format!("http://{address}/json/list");
    let failed = |reason: String| InspectorError::Connect { url: url.clone(), reason };
    let answer = match tokio::time::timeout(timeout, get(address)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => return Err(failed(error.to_string())),
        Err(_) => return Err(failed(format!("no answer within {} s", timeout.as_secs_f32()))),
    };
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| failed("the answer is not HTTP".to_owned()))?;
    let status = head.lines().next().unwrap_or_default();
    if status.split(' ').nth(1) != Some("200") {
        return Err(failed(format!("not an inspector: it answered {status:?}")));
    }
    serde_json::from_str(body).map_err(|error| failed(format!("not an inspector: {error}")))
}

/// Waits until the launched program announces its inspector on standard error.
pub async fn url_of(child: &Child, timeout: Duration) -> Result<String, InspectorError> {
    let begun = Instant::now();
    let mut pause = Duration::from_millis(5);
    loop {
        let ended = child.try_exited().is_some();
        if let Some(url) = child.inspector_urls().into_iter().next() {
            return Ok(url);
        }
        if ended || begun.elapsed() >= timeout {
            return Err(InspectorError::NotAnnounced { after: begun.elapsed(), output: child.output().last_lines(5) });
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

async fn get(address: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    // Node answers only hosts that are addresses or localhost, and keeps the connection open otherwise.
    let request = format!("GET /json/list HTTP/1.0\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let count = stream.read(&mut buffer).await?;
        answer.extend_from_slice(&buffer[..count]);
        if count == 0 || answer.len() as u64 > LONGEST_ANSWER || is_complete(&answer) {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// As many bytes as `Content-Length` says are there.
fn is_complete(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&answer[..end]);
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse::<usize>().ok())
        .is_some_and(|length| answer.len() >= end + 4 + length)
}
