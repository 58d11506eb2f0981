//! Where a program listens, seen from outside: its own code is not touched.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::process::{Child, Exit, TreeError};

#[cfg(target_os = "linux")]
mod linux;
mod running;

pub use running::{RunningServer, running_server};

/// The sockets a program listens on, the inspector's left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listening {
    /// TCP, as bound (may be `0.0.0.0` or `::`), sorted.
    pub ports: Vec<SocketAddr>,
    /// Unix sockets; an abstract one begins with `@`.
    pub unix_sockets: Vec<PathBuf>,
}

/// A process that already listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Process id.
    pub pid: u32,
    /// Its short name.
    pub name: String,
}

/// Why there is no port to talk to.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The program ended first.
    #[error("the program ended ({exit}) after {} ms, before it listened on a port. Its last output:\n{output}", .exit.after.as_millis())]
    Exited {
        /// How.
        exit: Exit,
        /// The end of its output.
        output: String,
    },
    /// Time is up.
    #[error("the program listens on no TCP port after {:.1} s. If it needs longer, raise the timeout; if it needs arguments or environment variables to start its server, name them in the run's settings. Its last output:\n{output}", .after.as_secs_f32())]
    NoPort {
        /// How long was waited.
        after: Duration,
        /// The end of its output.
        output: String,
    },
    /// It listens, but not on the expected port.
    #[error("the program listens on {}, not on the expected port {expected}. Correct the port in the run's settings or leave it out", list(.found))]
    OtherPort {
        /// The expected port.
        expected: u16,
        /// Where it listens.
        found: Vec<SocketAddr>,
    },
    /// No TCP port but a Unix socket.
    #[error("the program listens only on the Unix socket {}: make it listen on a TCP port for the measurement", .paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", "))]
    OnlyUnixSocket {
        /// The sockets.
        paths: Vec<PathBuf>,
    },
    /// Several ports, and nobody said which.
    #[error("the program listens on more than one port ({}): name the one to measure", list(.found))]
    SeveralPorts {
        /// All of them.
        found: Vec<SocketAddr>,
    },
    /// `EADDRINUSE`.
    #[error("{} is already in use{}. Stop the other program or choose another port. The program printed: {line}", .port.map_or_else(|| "the address".to_owned(), |port| format!("port {port}")), .holder.as_ref().map_or_else(String::new, |holder| format!(" by {} (pid {})", holder.name, holder.pid)))]
    InUse {
        /// The port, if the message tells.
        port: Option<u16>,
        /// Who has it, if that can be found out.
        holder: Option<Holder>,
        /// What the program printed.
        line: String,
    },
    /// Sockets of other processes cannot be listed on this platform.
    #[error("cannot find out on this platform where the program listens: name its port in the run's settings")]
    Unsupported,
    /// The process tree could not be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

/// A set of sockets counts as complete when it has not changed for this long.
const SETTLED: Duration = Duration::from_millis(60);

/// Where the program's tree listens at this moment (Linux).
///
/// In a cluster the primary process owns the sockets. Ports of inspectors the
/// tree announced are left out.
pub fn listening(child: &Child) -> Result<Listening, ListenError> {
    #[cfg(target_os = "linux")]
    {
        let pids: Vec<u32> = child.processes()?.iter().map(|process| process.pid).collect();
        let mut found = linux::listening(&pids);
        let inspectors: BTreeSet<u16> = child.inspector_urls().iter().filter_map(|url| port_of_url(url)).collect();
        found.ports.retain(|address| !inspectors.contains(&address.port()));
        Ok(found)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = child;
        Err(ListenError::Unsupported)
    }
}

/// Waits until the program listens on a TCP port, or on the `expected` one.
///
/// Where sockets cannot be listed, an `expected` port is tried by connecting to
/// it, and without one the answer is [`ListenError::Unsupported`].
pub async fn wait_for_listen(child: &Child, timeout: Duration, expected: Option<u16>) -> Result<Listening, ListenError> {
    let begun = Instant::now();
    let mut pause = Duration::from_millis(5);
    let mut last = Listening::default();
    let mut since = begun;
    loop {
        let exit = child.try_exited();
        let now = match (listening(child), expected) {
            (Err(ListenError::Unsupported), Some(port)) => by_connecting(port).await,
            (found, _) => found?,
        };
        if now != last {
            last = now;
            since = Instant::now();
        }
        let wanted = match expected {
            Some(port) => last.ports.iter().any(|address| address.port() == port),
            None => !last.ports.is_empty(),
        };
        if wanted && (expected.is_some() || since.elapsed() >= SETTLED) {
            return Ok(last);
        }
        if let Some(exit) = exit {
            // A launcher may have left its server behind.
            if !exit.success() || child.processes()?.is_empty() {
                return Err(in_use(child).unwrap_or_else(|| ListenError::Exited { exit, output: child.output().last_lines(20) }));
            }
        }
        if begun.elapsed() >= timeout {
            return if wanted { Ok(last) } else { Err(too_late(child, begun.elapsed(), last, expected)) };
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

impl Listening {
    /// The address to talk to: of the expected port, or of the only one.
    pub fn address(&self, expected: Option<u16>) -> Result<SocketAddr, ListenError> {
        let numbers: BTreeSet<u16> = self.ports.iter().map(SocketAddr::port).collect();
        let port = match expected {
            Some(port) if numbers.contains(&port) => port,
            Some(expected) => {
                return Err(ListenError::OtherPort { expected, found: self.ports.clone() });
            }
            None if numbers.len() > 1 => {
                return Err(ListenError::SeveralPorts { found: self.ports.clone() });
            }
            None => numbers.first().copied().ok_or_else(|| ListenError::OnlyUnixSocket { paths: self.unix_sockets.clone() })?,
        };
        // IPv4 sorts first; both families of one port are the same server.
        let bound = self.ports.iter().find(|address| address.port() == port);
        bound.copied().map(reachable).ok_or(ListenError::Unsupported)
    }
}

/// The address to connect to for a bound one: `0.0.0.0` is reached at `127.0.0.1`, `::` at `::1`.
pub fn reachable(bound: SocketAddr) -> SocketAddr {
    let ip = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, bound.port())
}

/// The process that listens on a TCP port, if it can be found out (Linux, own processes).
pub fn holder(port: u16) -> Option<Holder> {
    #[cfg(target_os = "linux")]
    {
        linux::holder(port)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = port;
        None
    }
}

fn too_late(child: &Child, after: Duration, last: Listening, expected: Option<u16>) -> ListenError {
    if let Some(error) = in_use(child) {
        return error;
    }
    match expected {
        Some(expected) if !last.ports.is_empty() => ListenError::OtherPort { expected, found: last.ports },
        _ if !last.unix_sockets.is_empty() => ListenError::OnlyUnixSocket { paths: last.unix_sockets },
        _ => ListenError::NoPort { after, output: child.output().last_lines(20) },
    }
}

fn in_use(child: &Child) -> Option<ListenError> {
    let lines = child.address_in_use();
    // Node's own message names the address; `code: 'EADDRINUSE'` below it does not.
    let line = lines.iter().find(|line| port_in_message(line).is_some()).or(lines.first())?;
    let port = port_in_message(line);
    Some(ListenError::InUse { port, holder: port.and_then(holder), line: line.clone() })
}

/// `listen EADDRINUSE: address already in use :::3000` → 3000.
fn port_in_message(line: &str) -> Option<u16> {
    let after = line.split("EADDRINUSE").nth(1)?;
    let address = after.split_whitespace().rfind(|word| word.contains(':') && !word.starts_with(':') || word.starts_with(":::"))?;
    let digits = address.rsplit(':').next()?;
    digits.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().ok()
}

#[cfg_attr(not(target_os = "linux"), expect(dead_code))]
fn port_of_url(url: &str) -> Option<u16> {
    let authority = url.strip_prefix("ws://")?.split('/').next()?;
    authority.rsplit(':').next()?.parse().ok()
}

async fn by_connecting(port: u16) -> Listening {
    let mut ports = Vec::new();
    for ip in [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)] {
        let address = SocketAddr::new(ip, port);
        let connecting = tokio::net::TcpStream::connect(address);
        if let Ok(Ok(_)) = tokio::time::timeout(Duration::from_secs(1), connecting).await {
            ports.push(address);
        }
    }
    Listening { ports, unix_sockets: Vec::new() }
}

fn list(addresses: &[SocketAddr]) -> String {
    addresses.iter().map(SocketAddr::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages() {
        let check = |line, expected| assert_eq!(port_in_message(line), expected, "{line}");
        check("Error: listen EADDRINUSE: address already in use :::3000", Some(3000));
        check("Error: listen EADDRINUSE: address already in use 127.0.0.1:80", Some(80));
        check("Error: listen EADDRINUSE: address already in use 127.0.0.1:80.", Some(80));
        check("Error: listen EADDRINUSE: address already in use /tmp/x.sock", None);
        check("  code: 'EADDRINUSE',", None);
        check("fine", None);
    }

    #[test]
    fn which_address() {
        let address = |text: &str| text.parse::<SocketAddr>().unwrap();
        let listening =
            |ports: &[&str]| Listening { ports: ports.iter().map(|text| address(text)).collect(), unix_sockets: vec!["/s".into()] };
        let check = |ports: &[&str], expected, answer: Option<&str>| {
            assert_eq!(listening(ports).address(expected).ok(), answer.map(address), "{ports:?}");
        };
        check(&["0.0.0.0:1"], None, Some("127.0.0.1:1"));
        check(&["[::]:1"], None, Some("[::1]:1"));
        check(&["127.0.0.1:1", "[::1]:1"], None, Some("127.0.0.1:1"));
        check(&["127.0.0.1:1", "127.0.0.1:2"], None, None);
        check(&["127.0.0.1:1", "127.0.0.1:2"], Some(2), Some("127.0.0.1:2"));
        check(&["127.0.0.1:1"], Some(2), None);
        check(&[], None, None);
        let several = listening(&["127.0.0.1:1", "127.0.0.1:2"]).address(None).unwrap_err();
        assert!(several.to_string().contains("127.0.0.1:1, 127.0.0.1:2"), "{several}");
    }

    #[test]
    fn inspector_ports() {
        assert_eq!(port_of_url("ws://127.0.0.1:9229/0f-a"), Some(9229));
        assert_eq!(port_of_url("ws://[::1]:9230/0f-a"), Some(9230));
        assert_eq!(port_of_url("http://x"), None);
    }
}
