use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::client::{Builder, SendRequest};
use h2::{Ping, Reason};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::failure;
use super::sniff::{Sniff, Sniffed};
use crate::endpoint::{Endpoint, Endpoints};
use crate::failure::{Failure, FailureKind};
use crate::plan::Protocol;
use crate::target::Target;
use crate::tls;

/// A new connection, whose frames are handled by a task of its own.
pub(super) struct Made {
    pub(super) sender: SendRequest<Bytes>,
    pub(super) state: Arc<ConnectionState>,
    pub(super) tcp: Duration,
    pub(super) tls: Option<Duration>,
    /// Streams that the server allows at a time.
    pub(super) max_streams: usize,
}

/// What is known of a connection.
#[derive(Default)]
pub(super) struct ConnectionState {
    pub(super) sniff: Arc<Sniff>,
    /// Why the server ended it (GOAWAY).
    pub(super) goodbye: OnceLock<Reason>,
    has_ended: AtomicBool,
    has_answered: AtomicBool,
}

impl ConnectionState {
    /// Whether the connection takes no further request.
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Relaxed)
    }

    pub(super) fn end(&self) {
        self.has_ended.store(true, Ordering::Relaxed);
    }

    /// Whether a response has come over it.
    pub(super) fn has_answered(&self) -> bool {
        self.has_answered.load(Ordering::Relaxed)
    }

    pub(super) fn answered(&self) {
        if !self.has_answered() {
            self.has_answered.store(true, Ordering::Relaxed);
        }
    }
}

/// How to connect.
pub(super) struct Connector<'a> {
    pub(super) endpoints: &'a Endpoints,
    pub(super) target: &'a Target,
    pub(super) tls: Option<&'a Arc<rustls::ClientConfig>>,
}

impl Connector<'_> {
    /// Connects to the first endpoint that accepts. The server has answered in HTTP/2 by
    /// then, which takes a round trip that is in no figure.
    pub(super) async fn connect(&self) -> Result<Made, Failure> {
        let first = self.endpoints.preferred();
        let mut worst: Option<Failure> = None;
        for index in first..first + self.endpoints.len() {
            let started = Instant::now();
            let endpoint = self.endpoints.get(index);
            let address = match endpoint {
                Endpoint::Tcp(address) => *address,
                Endpoint::Unix(_) => {
                    return Err(Failure::new(FailureKind::Connect, "HTTP/2 is not spoken over Unix sockets: use HTTP/1.1"));
                }
            };
            match TcpStream::connect(address).await {
                Ok(stream) => {
                    self.endpoints.worked(index);
                    return self.over(stream, started.elapsed()).await;
                }
                Err(error) => {
                    let failure = Failure::from_connect(&error, endpoint);
                    // "Refused" says more than "no IPv6 here".
                    if worst.as_ref().is_none_or(|worst| worst.kind != FailureKind::Refused) {
                        worst = Some(failure);
                    }
                }
            }
        }
        Err(worst.unwrap_or_else(|| Failure::new(FailureKind::Connect, "no address")))
    }

    async fn over(&self, stream: TcpStream, tcp: Duration) -> Result<Made, Failure> {
        stream.set_nodelay(true).map_err(|error| opening(&error))?;
        let Some(config) = self.tls else {
            return open(stream, tcp, None).await;
        };
        let name = self.target.server_name().map_err(|error| Failure::new(FailureKind::Tls, error.to_string()))?;
        let started = Instant::now();
        let offered = tls::alpn(Protocol::Http2);
        let connected = TlsConnector::from(Arc::clone(config)).connect(name, stream).await;
        let stream = connected.map_err(|error| tls::of_handshake_io(&error, offered))?;
        tls::check_alpn(stream.get_ref().1.alpn_protocol(), offered)?;
        open(stream, tcp, Some(started.elapsed())).await
    }
}

fn opening(error: &io::Error) -> Failure {
    Failure::new(FailureKind::Connect, format!("opening a connection: {error}"))
}

async fn open<S>(stream: S, tcp: Duration, tls: Option<Duration>) -> Result<Made, Failure>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let state = Arc::new(ConnectionState::default());
    let stream = Sniffed::new(stream, Arc::clone(&state.sniff));
    let broken = |error: &h2::Error| failure::of_connection(error, false, &state.sniff);
    let (sender, mut connection) = builder().handshake(stream).await.map_err(|error| broken(&error))?;
    let ping_pong = connection.ping_pong();
    let driven = Arc::clone(&state);
    let driver = tokio::spawn(async move {
        let ended = connection.await;
        if let Err(error) = &ended
            && error.is_go_away()
            && error.is_remote()
        {
            // Told before the streams are woken.
            let _ = driven.goodbye.set(error.reason().unwrap_or(Reason::NO_ERROR));
        }
        driven.end();
        ended
    });
    // Its SETTINGS come before the answer to anything else.
    if let Some(mut ping_pong) = ping_pong
        && let Err(error) = ping_pong.ping(Ping::opaque()).await
    {
        // The driver knows better why.
        return Err(match driver.await {
            Ok(Err(error)) => broken(&error),
            _ => state.sniff.not_http2().unwrap_or_else(|| broken(&error)),
        });
    }
    let max_streams = sender.current_max_send_streams();
    Ok(Made { sender, state, tcp, tls, max_streams })
}

/// Windows as large as those of browsers, so that they do not limit what a server sends; and
/// none of the limits that protect against the server: it is loaded on purpose.
fn builder() -> Builder {
    let mut builder = Builder::new();
    builder
        .initial_window_size(6 << 20)
        .initial_connection_window_size(16 << 20)
        .max_header_list_size(super::MAX_HEAD_BYTES)
        .enable_push(false)
        .data_frame_budget(usize::MAX)
        .max_local_error_reset_streams(None)
        // Frames of streams that were given up keep coming for a while.
        .max_concurrent_reset_streams(1 << 16)
        .reset_stream_duration(Duration::from_secs(60));
    builder
}
