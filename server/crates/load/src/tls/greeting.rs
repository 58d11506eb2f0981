//! Whether a server speaks TLS that says nothing to requests without it: so do those of OpenSSL, Node's among them.

use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConnection;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::client_config;
use crate::endpoint::{Endpoint, Endpoints};
use crate::plan::{Protocol, TlsOptions};
use crate::spoken::Spoken;
use crate::target::Target;

/// Longest wait for the answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether the greeting of TLS (ClientHello) is answered in TLS, over a connection of its own.
pub(crate) async fn is_answered(target: &Target, endpoints: &Endpoints) -> bool {
    let Some(greeting) = greeting(target) else { return false };
    let answered = async {
        match endpoints.get(endpoints.preferred()) {
            Endpoint::Tcp(address) => is_answered_by(TcpStream::connect(address).await?, &greeting).await,
            #[cfg(unix)]
            Endpoint::Unix(path) => is_answered_by(tokio::net::UnixStream::connect(path).await?, &greeting).await,
            #[cfg(not(unix))]
            Endpoint::Unix(_) => Ok(false),
        }
    };
    matches!(tokio::time::timeout(PATIENCE, answered).await, Ok(Ok(true)))
}

fn greeting(target: &Target) -> Option<Vec<u8>> {
    let config = client_config(&TlsOptions { ca_pem: None, insecure: true }, Protocol::Http1).ok()?;
    let mut client = ClientConnection::new(Arc::clone(&config), target.server_name().ok()?).ok()?;
    let mut greeting = Vec::new();
    client.write_tls(&mut greeting).ok()?;
    Some(greeting)
}

async fn is_answered_by(mut stream: impl AsyncRead + AsyncWrite + Unpin, greeting: &[u8]) -> std::io::Result<bool> {
    stream.write_all(greeting).await?;
    let mut start = [0; 2];
    stream.read_exact(&mut start).await?;
    Ok(Spoken::of_start(&start) == Some(Spoken::Tls))
}
