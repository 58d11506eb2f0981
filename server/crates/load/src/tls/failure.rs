//! What went wrong in TLS, and what to do about it.

use std::error::Error as _;
use std::io;

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible};

use super::alpn;
use crate::failure::{Failure, FailureKind};
use crate::plan::Protocol;
use crate::spoken::Spoken;

/// The failure behind an error of [`super::TlsSession::read`] or of tokio-rustls, if TLS is its reason.
pub(crate) fn failure_of(error: &io::Error) -> Option<Failure> {
    let error = error.get_ref()?.downcast_ref::<Error>()?;
    Some(tls(match error {
        Error::AlertReceived(alert) => alert_text(*alert),
        other => format!("the TLS connection broke: {other}"),
    }))
}

/// The failure of a handshake that ended with this error of rustls or of the socket.
pub(crate) fn of_handshake_io(error: &io::Error, offered: &[u8]) -> Failure {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(error) => of_handshake(error, offered),
        None if error.kind() == io::ErrorKind::UnexpectedEof => closed_in_handshake(),
        None => of_transport(error),
    }
}

pub(super) fn of_handshake(error: &Error, offered: &[u8]) -> Failure {
    tls(match error {
        Error::InvalidMessage(_) => return Spoken::Plain.failure(FailureKind::Tls),
        Error::AlertReceived(AlertDescription::NoApplicationProtocol) | Error::NoApplicationProtocol => return refused_protocol(offered),
        Error::InvalidCertificate(error) => certificate_text(error),
        Error::AlertReceived(alert) => alert_text(*alert),
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13 | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => "the server speaks neither TLS 1.2 nor TLS 1.3".to_owned(),
        other => format!("the TLS handshake failed: {other}"),
    })
}

pub(super) fn of_transport(error: &io::Error) -> Failure {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    match error.kind() {
        BrokenPipe | ConnectionAborted | ConnectionReset => tls("the server reset the connection in the TLS handshake".to_owned()),
        _ => tls(format!("the TLS handshake failed: {error}")),
    }
}

pub(super) fn closed_in_handshake() -> Failure {
    tls("the server closed the connection in the TLS handshake; if it speaks HTTP without TLS, use http://".to_owned())
}

/// # Errors
/// When the server chose something else than what was `offered`, or nothing where HTTP/2 was.
pub(crate) fn check_alpn(chosen: Option<&[u8]>, offered: &[u8]) -> Result<(), Failure> {
    match chosen {
        Some(chosen) if chosen == offered => Ok(()),
        // A server without ALPN speaks HTTP/1.1 (RFC 9113 §3.2).
        None if offered == alpn(Protocol::Http1) => Ok(()),
        _ => Err(refused_protocol(offered)),
    }
}

/// The server wants the other version of HTTP.
fn refused_protocol(offered: &[u8]) -> Failure {
    let spoken = if offered == alpn(Protocol::Http2) { Spoken::Http1 } else { Spoken::Http2 };
    spoken.failure(FailureKind::Tls)
}

fn certificate_text(error: &CertificateError) -> String {
    use CertificateError as E;
    let trust = "--insecure takes any certificate";
    match error {
        E::Expired => format!("the server's certificate has expired; renew it, or {trust}"),
        E::ExpiredContext { time, not_after } => {
            format!("the server's certificate has expired {} ago; renew it, or {trust}", span(time, not_after))
        }
        E::NotValidYet => format!("the server's certificate is not valid yet; check the clock, or {trust}"),
        E::NotValidYetContext { time, not_before } => {
            format!("the server's certificate is not valid before {} from now; check the clock, or {trust}", span(not_before, time))
        }
        E::UnknownIssuer => {
            format!("the issuer of the server's certificate is not known here; name its authority with --ca FILE, or {trust}")
        }
        E::NotValidForName => format!("the server's certificate is for another host; {trust}"),
        E::NotValidForNameContext { expected, presented } if presented.is_empty() => {
            format!("the server's certificate is not for {}: it names no host (subjectAltName); {trust}", expected.to_str())
        }
        E::NotValidForNameContext { expected, presented } => {
            let names: Vec<_> = presented.iter().map(|name| readable_name(name)).collect();
            format!("the server's certificate is not for {} but for {}; load one of these, or {trust}", expected.to_str(), names.join(", "))
        }
        // Errors that rustls only passes on have no words of their own.
        E::Other(other) => match other.source().map(ToString::to_string).unwrap_or_else(|| other.to_string()).as_str() {
            "UnsupportedCertVersion" => format!("the server's certificate is of a version before 3 (made without extensions); {trust}"),
            "CaUsedAsEndEntity" => {
                format!("the server shows the certificate of an authority as its own; trust it with --ca FILE, or {trust}")
            }
            other => format!("the server's certificate cannot be used: {other}; {trust}"),
        },
        other => format!("the server's certificate cannot be used: {other}; {trust}"),
    }
}

/// `DnsName("a")` as rustls gives them → `a`.
fn readable_name(name: &str) -> &str {
    name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).map_or(name, |inner| inner.trim_matches('"'))
}

fn span(later: &UnixTime, earlier: &UnixTime) -> String {
    let seconds = later.as_secs().saturating_sub(earlier.as_secs());
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

fn alert_text(alert: AlertDescription) -> String {
    use AlertDescription as A;
    match alert {
        A::CertificateRequired => "the server wants a certificate of the client, which cannot be given".to_owned(),
        A::UnrecognisedName => "the server does not know the host's name (SNI)".to_owned(),
        A::ProtocolVersion => "the server speaks neither TLS 1.2 nor TLS 1.3".to_owned(),
        A::HandshakeFailure => "the server refused the TLS handshake: it may want other ciphers, or a certificate of the client".to_owned(),
        alert => format!("the server ended the TLS connection ({alert:?})"),
    }
}

fn tls(message: String) -> Failure {
    Failure::new(FailureKind::Tls, message)
}
