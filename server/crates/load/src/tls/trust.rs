//! Which certificates of servers are taken.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::problem;
use crate::plan::PlanError;

/// Takes certificates of the authorities of this machine and of the `given` ones.
///
/// A certificate that is itself among `given` is taken whoever signed it and whatever it says it is
/// for: what `openssl req -x509` makes by default is an authority's certificate, which servers of
/// developers show nevertheless. Its dates and names are checked all the same.
///
/// # Errors
/// [`PlanError`] when one of `given` cannot be read.
pub(super) fn authorities(
    given: Vec<CertificateDer<'static>>,
    algorithms: WebPkiSupportedAlgorithms,
) -> Result<Arc<dyn ServerCertVerifier>, PlanError> {
    let mut roots = RootCertStore::empty();
    // What the machine has and cannot be read is another program's problem; a server that needs
    // it is an unknown issuer's, which the failure says.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for (index, certificate) in given.iter().enumerate() {
        roots.add(certificate.clone()).map_err(|error| problem("tls.ca_pem", format!("certificate {} of it: {error}", index + 1)))?;
    }
    Ok(Arc::new(Authorities { roots, given, algorithms }))
}

/// Takes every certificate, one that nobody can read included. That the server has the key of
/// what it shows is checked as far as it can be read.
pub(super) fn anything(algorithms: WebPkiSupportedAlgorithms) -> Arc<dyn ServerCertVerifier> {
    Arc::new(Anything { algorithms })
}

#[derive(Debug)]
struct Authorities {
    roots: RootCertStore,
    given: Vec<CertificateDer<'static>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Authorities {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let certificate = ParsedCertificate::try_from(end_entity)?;
        let signed = verify_server_cert_signed_by_trust_anchor(&certificate, &self.roots, intermediates, now, self.algorithms.all);
        // Dates are checked before anything else that can fail.
        let in_time = !matches!(signed, Err(Error::InvalidCertificate(ref error)) if is_about_dates(error));
        if !(in_time && self.given.iter().any(|given| given == end_entity)) {
            signed?;
        }
        verify_server_name(&certificate, server_name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn is_about_dates(error: &CertificateError) -> bool {
    use CertificateError::{Expired, ExpiredContext, NotValidYet, NotValidYetContext};
    matches!(error, Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. })
}

#[derive(Debug)]
struct Anything {
    algorithms: WebPkiSupportedAlgorithms,
}

impl Anything {
    fn unless_unreadable(
        certificate: &CertificateDer<'_>,
        verified: Result<HandshakeSignatureValid, Error>,
    ) -> Result<HandshakeSignatureValid, Error> {
        match verified {
            Err(Error::InvalidCertificate(_)) if ParsedCertificate::try_from(certificate).is_err() => {
                Ok(HandshakeSignatureValid::assertion())
            }
            verified => verified,
        }
    }
}

impl ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Self::unless_unreadable(certificate, verify_tls12_signature(message, certificate, signature, &self.algorithms))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Self::unless_unreadable(certificate, verify_tls13_signature(message, certificate, signature, &self.algorithms))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
