use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1;
use hyper::http::response::Parts;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::failure::{Failure, FailureKind};

/// Takes a response as it comes.
pub(crate) trait Sink {
    /// Status and headers have come.
    fn head(&mut self, parts: &Parts);
    /// A part of the body has come; an error ends the exchange and the connection.
    fn chunk(&mut self, bytes: &[u8]) -> Result<(), Failure>;
}

/// How an exchange ended without a response.
pub(crate) enum Broken {
    /// The connection had closed before anything was written: send elsewhere.
    Unsent,
    /// The request may have reached the server.
    Failed(Failure),
}

/// One HTTP/1.1 connection.
///
/// Its protocol driver is polled by the exchange itself, not by a task of its own:
/// no hand-over between tasks sits between the clock and the socket.
pub(crate) struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    driver: Driver,
    traffic: Arc<Traffic>,
    exchanges: u64,
}

/// Addresses of a target, tried from the one that worked last.
pub(crate) struct Addresses {
    addresses: Vec<SocketAddr>,
    preferred: AtomicUsize,
}

impl Addresses {
    pub(crate) fn new(addresses: Vec<SocketAddr>) -> Self {
        Self { addresses, preferred: AtomicUsize::new(0) }
    }

    /// Connects to the first address that accepts.
    pub(crate) async fn connect(&self) -> Result<Connection, Failure> {
        let first = self.preferred.load(Ordering::Relaxed);
        let mut worst: Option<Failure> = None;
        for step in 0..self.addresses.len() {
            let index = (first + step) % self.addresses.len();
            let address = self.addresses[index];
            match TcpStream::connect(address).await {
                Ok(stream) => {
                    self.preferred.store(index, Ordering::Relaxed);
                    return Connection::open(stream).await;
                }
                Err(error) => {
                    let failure = Failure::from_connect(&error, address);
                    // "Refused" says more than "no IPv6 here".
                    if worst.as_ref().is_none_or(|worst| worst.kind != FailureKind::Refused) {
                        worst = Some(failure);
                    }
                }
            }
        }
        Err(worst.unwrap_or_else(|| Failure::new(FailureKind::Connect, "no address")))
    }
}

impl Connection {
    /// Largest head (status line and headers) accepted, in bytes.
    const MAX_HEAD: usize = 256 << 10;

    async fn open(stream: TcpStream) -> Result<Self, Failure> {
        let broken = |error: &dyn std::fmt::Display| Failure::new(FailureKind::Connect, format!("opening a connection: {error}"));
        stream.set_nodelay(true).map_err(|error| broken(&error))?;
        let traffic = Arc::new(Traffic::default());
        let io = Metered { stream, traffic: Arc::clone(&traffic) };
        let (sender, driver) =
            http1::Builder::new().max_buf_size(Self::MAX_HEAD).handshake(TokioIo::new(io)).await.map_err(|error| broken(&error))?;
        Ok(Self { sender, driver: Driver { connection: Some(Box::pin(driver)), failure: None }, traffic, exchanges: 0 })
    }

    /// Whether the connection can take a request (again); false when the server has
    /// closed it meanwhile, as it may.
    ///
    /// # Errors
    /// When the server has closed a new connection, or has sent something nobody
    /// asked for.
    pub(crate) async fn ready(&mut self) -> Result<bool, Failure> {
        let ready = std::future::poll_fn(|cx| {
            self.driver.drive(cx, &self.traffic);
            self.sender.poll_ready(cx)
        })
        .await;
        let Some(failure) = self.driver.failure.take() else {
            return Ok(ready.is_ok());
        };
        match failure.kind {
            FailureKind::Reset | FailureKind::Closed if self.is_reused() => Ok(false),
            FailureKind::Reset | FailureKind::Closed => Err(failure),
            _ => Err(self.traffic.invalid(match self.is_reused() {
                true => "bytes after the end of a response",
                false => "bytes before any request",
            })),
        }
    }

    /// Whether a response has come over this connection before.
    pub(crate) fn is_reused(&self) -> bool {
        self.exchanges > 0
    }

    /// Bytes received since the last exchange began.
    pub(crate) fn received(&self) -> u64 {
        self.traffic.received.load(Ordering::Relaxed)
    }

    /// Sends a request and feeds `sink` with the response to its last byte.
    pub(crate) async fn exchange(&mut self, request: Request<Full<Bytes>>, sink: &mut impl Sink) -> Result<(), Broken> {
        let Self { sender, driver, traffic, .. } = self;
        traffic.received.store(0, Ordering::Relaxed);
        let mut response = std::pin::pin!(sender.try_send_request(request));
        let response: Response<Incoming> = std::future::poll_fn(|cx| {
            driver.drive(cx, traffic);
            response.as_mut().poll(cx)
        })
        .await
        .map_err(|mut error| match error.take_message() {
            Some(_) if driver.failure.is_none() => Broken::Unsent,
            _ => Broken::Failed(driver.failure(error.error(), traffic)),
        })?;
        let (parts, mut body) = response.into_parts();
        sink.head(&parts);
        let announced = body.size_hint().exact();
        let mut received = 0;
        while !body.is_end_stream() {
            let frame = std::future::poll_fn(|cx| {
                let mut body = Pin::new(&mut body);
                if let Poll::Ready(frame) = body.as_mut().poll_frame(cx) {
                    return Poll::Ready(frame);
                }
                driver.drive(cx, traffic);
                body.poll_frame(cx)
            });
            match frame.await {
                Some(Ok(frame)) => {
                    if let Some(bytes) = frame.data_ref() {
                        received += bytes.len() as u64;
                        sink.chunk(bytes).map_err(Broken::Failed)?;
                    }
                }
                Some(Err(error)) => {
                    return Err(Broken::Failed(driver.failure(&error, traffic)));
                }
                None => break,
            }
        }
        if let Some(announced) = announced.filter(|announced| *announced != received) {
            return Err(Broken::Failed(Failure::new(
                FailureKind::Truncated,
                format!("the body ended after {received} of {announced} bytes"),
            )));
        }
        self.exchanges += 1;
        Ok(())
    }
}

type Http1 = http1::Connection<TokioIo<Metered>, Full<Bytes>>;

/// The protocol state machine, until it ends.
struct Driver {
    connection: Option<Pin<Box<Http1>>>,
    failure: Option<Failure>,
}

impl Driver {
    fn drive(&mut self, cx: &mut Context<'_>, traffic: &Traffic) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        if let Poll::Ready(end) = connection.as_mut().poll(cx) {
            self.connection = None;
            if let Err(error) = end {
                let received = traffic.received.load(Ordering::Relaxed);
                self.failure = Some(Failure::from_hyper(&error, received));
            }
        }
    }

    /// The failure behind `error`: what ended the connection, if that is known.
    fn failure(&mut self, error: &hyper::Error, traffic: &Traffic) -> Failure {
        let received = traffic.received.load(Ordering::Relaxed);
        let mut failure = match self.failure.take() {
            Some(failure) if error.is_canceled() => failure,
            _ => Failure::from_hyper(error, received),
        };
        if failure.kind == FailureKind::InvalidResponse {
            failure = traffic.invalid(&failure.message);
        }
        failure
    }
}

struct Traffic {
    /// Bytes received since the last exchange began.
    received: AtomicU64,
    /// The first of them, to show what is not HTTP.
    start: Mutex<[u8; Traffic::START]>,
}

impl Traffic {
    const START: usize = 128;

    /// The failure of a response that is none, with its start.
    fn invalid(&self, problem: &str) -> Failure {
        let received = usize::try_from(self.received.load(Ordering::Relaxed));
        let length = received.unwrap_or(usize::MAX).min(Self::START);
        let start = self.start.lock().unwrap_or_else(PoisonError::into_inner);
        let start = String::from_utf8_lossy(&start[..length]);
        Failure::new(FailureKind::InvalidResponse, format!("{problem}; what came starts with {start:?}"))
    }
}

impl Default for Traffic {
    fn default() -> Self {
        Self { received: AtomicU64::new(0), start: Mutex::new([0; Self::START]) }
    }
}

/// A stream that knows what has come over it.
struct Metered {
    stream: TcpStream,
    traffic: Arc<Traffic>,
}

impl AsyncRead for Metered {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let poll = Pin::new(&mut self.stream).poll_read(cx, buffer);
        let new = &buffer.filled()[before..];
        if !new.is_empty() {
            let traffic = &self.traffic;
            let length = new.len() as u64;
            let known = traffic.received.fetch_add(length, Ordering::Relaxed);
            if let Some(room) = Traffic::START.checked_sub(known as usize).filter(|room| *room > 0) {
                let take = room.min(new.len());
                let at = known as usize;
                let mut start = traffic.start.lock().unwrap_or_else(PoisonError::into_inner);
                start[at..at + take].copy_from_slice(&new[..take]);
            }
        }
        poll
    }
}

impl AsyncWrite for Metered {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, slices: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
