//! A server made of raw bytes, so that it can misbehave.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use load::{Limit, LoadError, Plan, Report, Target};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";

/// A listening server; dropped, it stops listening and drops its connections.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) accepted: Arc<AtomicUsize>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Server {
    /// Serves every connection with `handler`, on a thread of its own.
    pub(crate) fn start<F, H>(handler: H) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
        H: Fn(Client) -> F + Send + 'static,
    {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let accepted = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&accepted);
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                stream.set_nodelay(true).unwrap();
                connections.spawn(handler(Client { stream, pending: Vec::new() }));
            }
        });
        Self { address, accepted, runtime: Some(runtime) }
    }

    /// Answers every request on every connection with the same bytes.
    pub(crate) fn answering(bytes: &'static str) -> Self {
        Self::start(move |mut client| async move { while client.request().await.is_some() && client.send(bytes).await {} })
    }

    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    pub(crate) fn plan(&self, requests: u64) -> Plan {
        plan(self.address, requests)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The server's end of a connection.
pub(crate) struct Client {
    stream: TcpStream,
    pending: Vec<u8>,
}

impl Client {
    /// The head of the next request, None when the client is gone.
    pub(crate) async fn request(&mut self) -> Option<String> {
        loop {
            if let Some(end) = find(&self.pending, b"\r\n\r\n") {
                let head: Vec<u8> = self.pending.drain(..end + 4).collect();
                return Some(String::from_utf8(head).unwrap());
            }
            let mut buffer = [0; 4096];
            match self.stream.read(&mut buffer).await {
                Ok(0) | Err(_) => return None,
                Ok(read) => self.pending.extend_from_slice(&buffer[..read]),
            }
        }
    }

    /// The next `length` bytes, after a head.
    pub(crate) async fn body(&mut self, length: usize) -> Vec<u8> {
        while self.pending.len() < length {
            let read = self.stream.read_buf(&mut self.pending).await.unwrap();
            assert!(read > 0, "the client has gone in the middle of a body");
        }
        self.pending.drain(..length).collect()
    }

    /// Sends bytes; false when the client is gone.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).await.is_ok()
    }

    /// The bare stream, before anything was read from it.
    pub(crate) fn into_stream(self) -> TcpStream {
        assert!(self.pending.is_empty());
        self.stream
    }

    /// Ends the connection with a reset instead of an orderly close.
    pub(crate) fn reset(self) {
        self.stream.set_zero_linger().unwrap();
    }

    /// Waits until the client has gone, without reading what it sends.
    pub(crate) async fn gone_unread(self) {
        use tokio::io::Interest;
        while self.stream.ready(Interest::READABLE).await.is_ok_and(|ready| !ready.is_read_closed()) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Waits until the client has gone.
    pub(crate) async fn gone(mut self) {
        while self.request().await.is_some() {}
    }
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

/// A plan for `requests` GETs over one connection.
pub(crate) fn plan(address: SocketAddr, requests: u64) -> Plan {
    let target = Target::parse(&format!("http://{address}/path?x=1")).unwrap();
    let mut plan = Plan::get(target);
    plan.connections = 1;
    plan.limit = Limit::Requests(requests);
    plan.timeout = Duration::from_secs(20);
    plan
}

/// Runs a plan to its end, and checks what holds for every report.
pub(crate) async fn run(plan: &Plan) -> (Report, Option<LoadError>) {
    let result = load::run(plan, std::future::pending(), |_| {}).await;
    let (report, error) = match result {
        Ok(report) => (report, None),
        Err(error) => match error.report() {
            Some(report) => (report.clone(), Some(error)),
            None => panic!("{error}"),
        },
    };
    check_balance(&report);
    (report, error)
}

/// What holds for every report, whatever the server did.
pub(crate) fn check_balance(report: &Report) {
    let ended = report.completed + report.failed + report.unfinished;
    assert_eq!(report.sent, ended, "{report:#?}");
    assert_eq!(report.errors.values().sum::<u64>(), report.failed);
    assert!(report.statuses.values().sum::<u64>() >= report.completed);
    assert!(report.statuses.values().sum::<u64>() <= report.sent);
    let slices = |count: fn(&load::Slice) -> u64| report.slices.iter().map(count).sum::<u64>();
    assert_eq!(slices(|slice| slice.completed), report.completed);
    assert_eq!(slices(|slice| slice.failed), report.failed);
    let length: f64 = report.slices.iter().map(|slice| slice.duration_ms).sum();
    assert!((length - report.duration_ms).abs() < 1e-3, "{length}");
    assert_eq!(report.latency_ms.is_some(), report.completed > 0);
    if let Some(latency) = report.latency_ms {
        let ordered = [latency.min, latency.p50, latency.p90, latency.p99, latency.p999, latency.max];
        assert!(ordered.is_sorted(), "{latency:?}");
        assert!(latency.min <= latency.mean && latency.mean <= latency.max);
    }
}
