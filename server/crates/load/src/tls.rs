//! TLS of `https:` targets, on rustls: what is trusted, and sessions over sockets that do not block.
//!
//! Sessions are resumed (TLS 1.3 tickets, TLS 1.2 session ids) as a browser does, so that a run
//! without keep-alive makes full handshakes only until the first tickets have come.

mod failure;
mod greeting;
mod session;
#[cfg(test)]
mod tests;
mod trust;

use std::sync::Arc;

use rustls::client::{ClientConfig, Resumption};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::plan::{PlanError, Protocol, TlsOptions};

pub(crate) use failure::{check_alpn, failure_of, of_handshake_io};
pub(crate) use greeting::is_answered as is_spoken;
pub(crate) use session::TlsSession;

/// Sessions kept for resumption. One server is loaded, with eight tickets at most in rustls.
const SESSIONS: usize = 8;

/// What all TLS connections of a run share. Without `insecure` the certificates of this machine are
/// trusted, and `ca_pem` besides; a machine without any is no error before a server shows its own.
///
/// # Errors
/// [`PlanError`] of the field `tls.ca_pem` when it holds no certificate or a broken one.
pub(crate) fn client_config(options: &TlsOptions, protocol: Protocol) -> Result<Arc<ClientConfig>, PlanError> {
    let provider = Arc::new(ring::default_provider());
    let given = options.ca_pem.as_deref().map(certificates).transpose()?.unwrap_or_default();
    let algorithms = provider.signature_verification_algorithms;
    let verifier = if options.insecure { trust::anything(algorithms) } else { trust::authorities(given, algorithms)? };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| problem("tls", error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn(protocol).to_vec()];
    config.resumption = Resumption::in_memory_sessions(SESSIONS);
    Ok(Arc::new(config))
}

/// How ALPN (RFC 7301) calls a protocol.
pub(crate) fn alpn(protocol: Protocol) -> &'static [u8] {
    match protocol {
        Protocol::Http1 => b"http/1.1",
        Protocol::Http2 => b"h2",
    }
}

impl TlsOptions {
    /// Whether the certificates can be trusted, as far as that is known before a server shows its own.
    ///
    /// # Errors
    /// `ca_pem` holds no certificate, or a broken one.
    pub fn check(&self) -> Result<(), PlanError> {
        client_config(self, Protocol::default()).map(drop)
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, PlanError> {
    let broken = |error: rustls::pki_types::pem::Error| problem("tls.ca_pem", format!("this is not PEM: {error}"));
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(broken)?;
    if certificates.is_empty() {
        let key = if find(pem, b"PRIVATE KEY-----") { " but a private key" } else { "" };
        return Err(problem("tls.ca_pem", format!("it holds no certificate{key}: `-----BEGIN CERTIFICATE-----` is expected")));
    }
    Ok(certificates)
}

fn find(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

fn problem(field: &'static str, problem: String) -> PlanError {
    PlanError { field, problem }
}
