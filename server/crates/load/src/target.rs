use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use rustls::pki_types::ServerName;

mod parse;
mod percent;

pub(crate) use percent::{decode, encode, encode_all};

/// Where requests go: an `http://` or `https://` address, possibly through a Unix socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    is_tls: bool,
    /// Name, or address without brackets.
    host: String,
    port: u16,
    /// Path and query, begins with `/`; placeholders are still in it.
    path: String,
    unix_socket: Option<PathBuf>,
}

/// Why an address cannot be a target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// None of the schemes that are spoken.
    #[error("{url}: only http:// and https:// addresses can be loaded{hint}", hint = parse::scheme_hint(.url))]
    Scheme {
        /// The address given.
        url: String,
    },
    /// The address cannot be read.
    #[error("{url}: {problem}")]
    Invalid {
        /// The address given.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The host's name has no address.
    #[error("the host {host} cannot be resolved: {problem}")]
    Unresolved {
        /// Host given.
        host: String,
        /// What the resolver says.
        problem: String,
    },
    /// The host is not this machine.
    #[error(
        "{} not this machine. Load is only sent to this machine (127.0.0.0/8, ::1, Unix sockets), because a load test of \
         someone else's server is an attack on it. If the server is yours, or you may load it, name its host: --allow-host {host}",
        subject(.host, .address)
    )]
    NotLoopback {
        /// Host given.
        host: String,
        /// Its address outside of the loopback range.
        address: IpAddr,
    },
}

impl Target {
    /// Reads an address:
    ///
    /// - `http://host[:port][/path][?query]`, port 80 if none is given;
    /// - `https://…`, port 443;
    /// - `http+unix://%2Ftmp%2Fapp.sock/path`: through the Unix socket whose
    ///   percent-encoded path stands in place of the host, which then is `localhost`.
    ///
    /// Characters that a path must not hold (spaces, non-ASCII) are percent-encoded, but
    /// for those of placeholders, `{{…}}`; a fragment is dropped, as browsers do. Hosts with
    /// letters beyond ASCII are refused, with the advice to write them as `xn--…`.
    ///
    /// # Errors
    /// [`TargetError::Scheme`], [`TargetError::Invalid`].
    pub fn parse(url: &str) -> Result<Self, TargetError> {
        parse::parse(url.trim())
    }

    /// An `http` target by its parts; `path` may have a query, and starts with `/` or is empty.
    ///
    /// # Errors
    /// [`TargetError::Invalid`] when host or port cannot be used.
    pub fn new(host: &str, port: u16, path: &str) -> Result<Self, TargetError> {
        let invalid = |problem: String| TargetError::Invalid { url: host.into(), problem };
        if port == 0 {
            return Err(invalid("port 0 cannot be connected to".into()));
        }
        if host.parse::<Ipv6Addr>().is_err() {
            parse::check_host(host).map_err(invalid)?;
        }
        Ok(Self { is_tls: false, host: host.into(), port, path: percent::encode_path(path), unix_socket: None })
    }

    /// The same target through a Unix socket of this machine; `host` stays what the server is told.
    #[must_use]
    pub fn with_unix_socket(self, path: impl Into<PathBuf>) -> Self {
        Self { unix_socket: Some(path.into()), ..self }
    }

    /// Host name or address, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Path and query as they are sent, but for placeholders.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether it is `https`.
    pub fn is_tls(&self) -> bool {
        self.is_tls
    }

    /// The Unix socket that connections go through, if they do.
    pub fn unix_socket(&self) -> Option<&Path> {
        self.unix_socket.as_deref()
    }

    /// The name that a certificate must be for.
    ///
    /// # Errors
    /// [`TargetError::Invalid`] when the host is no name of the DNS, nor an address.
    pub(crate) fn server_name(&self) -> Result<ServerName<'static>, TargetError> {
        ServerName::try_from(self.host.clone()).map_err(|_| TargetError::Invalid {
            url: self.to_string(),
            problem: format!("a certificate cannot be for {}: use a name of the DNS, or an address", self.host),
        })
    }

    /// Scheme, host and port.
    pub(crate) fn origin(&self) -> (bool, &str, u16) {
        (self.is_tls, &self.host, self.port)
    }

    /// Host and port as the `Host` header spells them: the port only when it is not the
    /// scheme's (RFC 9110 §4.2.3, §7.2).
    pub(crate) fn authority(&self) -> String {
        let host = match self.host.contains(':') {
            true => format!("[{}]", self.host),
            false => self.host.clone(),
        };
        match self.port {
            port if port == parse::default_port(self.is_tls) => host,
            port => format!("{host}:{port}"),
        }
    }

    /// All addresses of the host, in the resolver's order; none for a Unix socket, which
    /// is of this machine. What is checked is what is connected to, so that a name cannot
    /// change in between. `allowed_hosts` are compared without regard to case, brackets and
    /// a final dot.
    ///
    /// # Errors
    /// [`TargetError::Unresolved`], [`TargetError::NotLoopback`].
    pub(crate) async fn resolve(&self, allowed_hosts: &[String]) -> Result<Vec<SocketAddr>, TargetError> {
        if self.unix_socket.is_some() {
            return Ok(Vec::new());
        }
        let unresolved = |problem: String| TargetError::Unresolved { host: self.host.clone(), problem };
        let found: Vec<SocketAddr> =
            tokio::net::lookup_host((self.host.as_str(), self.port)).await.map_err(|error| unresolved(error.to_string()))?.collect();
        let is_allowed = allowed_hosts.iter().any(|host| bare(host).eq_ignore_ascii_case(bare(&self.host)));
        let mut addresses: Vec<SocketAddr> = Vec::with_capacity(found.len());
        for address in found {
            let address = SocketAddr::new(reachable(address.ip()), address.port());
            if !address.ip().is_loopback() && !is_allowed {
                return Err(TargetError::NotLoopback { host: self.host.clone(), address: address.ip() });
            }
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        if addresses.is_empty() {
            return Err(unresolved("it has no address".into()));
        }
        Ok(addresses)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_tls { "https" } else { "http" };
        match &self.unix_socket {
            Some(socket) if self.origin() == (false, "localhost", 80) => {
                write!(f, "http+unix://{}{}", percent::encode_all(&socket.to_string_lossy()), self.path)
            }
            Some(socket) => write!(f, "{scheme}://{}{} through {}", self.authority(), self.path, socket.display()),
            None => write!(f, "{scheme}://{}{}", self.authority(), self.path),
        }
    }
}

/// "example.com is 192.0.2.1, which is", and less for an address.
fn subject(host: &str, address: &IpAddr) -> String {
    match address.to_string() == host {
        true => format!("{host} is"),
        false => format!("{host} is {address}, which is"),
    }
}

/// A host as it is compared.
fn bare(host: &str) -> &str {
    let host = host.trim();
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.strip_suffix('.').unwrap_or(host)
}

/// Servers print the address they listen on; 0.0.0.0 and :: mean this machine.
fn reachable(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) if v4.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(v6) if v6.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    }
}

#[cfg(test)]
mod tests;
