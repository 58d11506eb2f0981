use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use hyper::http::uri::PathAndQuery;

/// Where requests go: an `http://` address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    host: String,
    port: u16,
    path: PathAndQuery,
}

/// Why an address cannot be a target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// Not `http://`.
    #[error("{url}: only http:// addresses can be loaded{hint}", hint = scheme_hint(.url))]
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
        "{host} is {address}, which is not this machine: load is only sent to loopback addresses \
         (127.0.0.0/8, ::1, localhost), because a load test of someone else's server is an attack; \
         allow remote hosts explicitly if this one is yours"
    )]
    NotLoopback {
        /// Host given.
        host: String,
        /// Its address outside of the loopback range.
        address: IpAddr,
    },
}

impl Target {
    /// Reads `http://host[:port][/path][?query]`; the port defaults to 80.
    ///
    /// Characters that a path must not hold (spaces, non-ASCII) are percent-encoded;
    /// a fragment is dropped, as browsers do.
    ///
    /// # Errors
    /// [`TargetError::Scheme`], [`TargetError::Invalid`].
    pub fn parse(url: &str) -> Result<Self, TargetError> {
        let url = url.trim();
        let rest = url
            .get(..7)
            .filter(|scheme| scheme.eq_ignore_ascii_case("http://"))
            .map(|_| &url[7..])
            .ok_or_else(|| TargetError::Scheme { url: url.into() })?;
        let invalid = |problem: &str| TargetError::Invalid { url: url.into(), problem: problem.into() };
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.contains('@') {
            return Err(invalid("credentials in the address are not supported, send an authorization header"));
        }
        let (host, port) = match authority.strip_prefix('[') {
            Some(bracketed) => {
                let (host, port) = bracketed.split_once(']').ok_or_else(|| invalid("the ] of the IPv6 address is missing"))?;
                let host = host.parse::<Ipv6Addr>().map_err(|_| invalid("what is in [ ] is not an IPv6 address"))?;
                (host.to_string(), port)
            }
            None => {
                let end = authority.find(':').unwrap_or(authority.len());
                let (host, port) = authority.split_at(end);
                (host.to_ascii_lowercase(), port)
            }
        };
        if host.is_empty() || host.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(invalid("the host is missing, as in http://localhost:3000/"));
        }
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => 80,
            Some(port) => port.parse().ok().filter(|port| *port != 0).ok_or_else(|| invalid("the port is not a number from 1 to 65535"))?,
            None => return Err(invalid("there is something between the host and the port")),
        };
        Self::new(&host, port, path).map_err(|error| match error {
            TargetError::Invalid { problem, .. } => invalid(&problem),
            other => other,
        })
    }

    /// A target by its parts; `path` may have a query, and starts with `/` or is empty.
    ///
    /// # Errors
    /// [`TargetError::Invalid`] when the path is none.
    pub fn new(host: &str, port: u16, path: &str) -> Result<Self, TargetError> {
        let slash = if path.starts_with('/') { "" } else { "/" };
        let encoded = format!("{slash}{}", encode(path));
        let path = PathAndQuery::try_from(encoded)
            .map_err(|error| TargetError::Invalid { url: path.into(), problem: format!("the path cannot be sent: {error}") })?;
        Ok(Self { host: host.into(), port, path })
    }

    /// Host name or address, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Path and query as they are sent.
    pub fn path(&self) -> &str {
        self.path.as_str()
    }

    pub(crate) fn path_and_query(&self) -> &PathAndQuery {
        &self.path
    }

    /// Host and port as the `Host` header spells them.
    pub(crate) fn authority(&self) -> String {
        let host = match self.host.contains(':') {
            true => format!("[{}]", self.host),
            false => self.host.clone(),
        };
        match self.port {
            80 => host,
            port => format!("{host}:{port}"),
        }
    }

    /// All addresses of the host, in the resolver's order. What is checked is what
    /// is connected to, so that a name cannot change in between.
    pub(crate) async fn resolve(&self, allowed_hosts: &[String]) -> Result<Vec<SocketAddr>, TargetError> {
        let unresolved = |problem: String| TargetError::Unresolved { host: self.host.clone(), problem };
        let found: Vec<SocketAddr> =
            tokio::net::lookup_host((self.host.as_str(), self.port)).await.map_err(|error| unresolved(error.to_string()))?.collect();
        let mut addresses: Vec<SocketAddr> = Vec::with_capacity(found.len());
        for address in found {
            let address = SocketAddr::new(reachable(address.ip()), address.port());
            if !address.ip().is_loopback() && !allowed_hosts.iter().any(|host| host.eq_ignore_ascii_case(&self.host)) {
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
        write!(f, "http://{}{}", self.authority(), self.path)
    }
}

/// Servers print the address they listen on; 0.0.0.0 and :: mean this machine.
fn reachable(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) if v4.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(v6) if v6.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    }
}

fn encode(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'"' | b'<' | b'>' | b'`' | b'{' | b'}' | b'\\' | b'^' | b'|' => {
                encoded.push_str(&format!("%{byte:02X}"));
            }
            0x21..=0x7e => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn scheme_hint(url: &str) -> &'static str {
    let starts = |prefix: &str| url.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    if starts("https://") {
        ", TLS is not supported yet: load the server behind the proxy directly"
    } else if url.contains("://") {
        ""
    } else {
        ", as in http://localhost:3000/"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_addresses() {
        let check = |url: &str, expected: &str| {
            let target = Target::parse(url).unwrap();
            assert_eq!(format!("{} {} {}", target.host(), target.port(), target.path()), expected);
        };
        check("http://localhost:3000/hello?x=1", "localhost 3000 /hello?x=1");
        check("HTTP://LOCALHOST", "localhost 80 /");
        check("http://127.0.0.1:8080?q", "127.0.0.1 8080 /?q");
        check("http://[::1]:99/a", "::1 99 /a");
        check("http://localhost:1/a b/é#part", "localhost 1 /a%20b/%C3%A9");
        check("http://localhost:1/a%20b", "localhost 1 /a%20b");
    }

    #[test]
    fn says_what_is_wrong() {
        let check = |url: &str, part: &str| {
            let message = Target::parse(url).unwrap_err().to_string();
            assert!(message.contains(part), "{url}: {message}");
        };
        check("https://localhost/", "TLS");
        check("localhost:3000", "as in http://");
        check("ftp://localhost", "only http://");
        check("é", "only http://");
        check("http://", "host is missing");
        check("http:///path", "host is missing");
        check("http://localhost:0/", "port");
        check("http://localhost:70000/", "port");
        check("http://localhost:/", "port");
        check("http://u:p@localhost/", "credentials");
        check("http://[::1/", "]");
        check("http://[nonsense]/", "IPv6");
    }

    #[test]
    fn displays_what_it_parses() {
        for url in ["http://localhost:3000/a?b=c", "http://[::1]:4000/", "http://a/"] {
            assert_eq!(Target::parse(url).unwrap().to_string(), url);
        }
    }

    #[tokio::test]
    async fn only_this_machine_unless_allowed() {
        let resolve = async |url: &str, allowed: &[String]| Target::parse(url).unwrap().resolve(allowed).await;
        for url in ["http://localhost:1", "http://127.9.8.7:1", "http://[::1]:1", "http://[::ffff:127.0.0.1]:1"] {
            assert!(resolve(url, &[]).await.is_ok(), "{url}");
        }
        let any = resolve("http://0.0.0.0:1", &[]).await.unwrap();
        assert_eq!(any, ["127.0.0.1:1".parse().unwrap()]);
        // A documentation address; nothing is sent.
        let remote = resolve("http://192.0.2.1:1", &[]).await.unwrap_err();
        assert!(matches!(remote, TargetError::NotLoopback { .. }));
        assert!(remote.to_string().contains("192.0.2.1"));
        assert!(resolve("http://192.0.2.1:1", &["192.0.2.1".to_owned()]).await.is_ok());
    }
}
