use std::io::{self, Read, Write};

use mio::event::Source;
use mio::net::TcpStream;
#[cfg(unix)]
use mio::net::UnixStream;
use mio::{Interest, Registry, Token};

use crate::endpoint::Endpoint;
use crate::failure::{Failure, FailureKind};
use crate::tls::{TlsSession, failure_of};

/// A connection to an endpoint, with TLS or without.
pub(crate) struct Stream {
    socket: Socket,
    tls: Option<Box<TlsSession>>,
}

/// A socket that does not block.
enum Socket {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Stream {
    /// Begins to connect. `token` is told once whenever the connection gets ready to be read or
    /// written: it is then to be used until it would block.
    ///
    /// # Errors
    /// Those of the system; `WouldBlock` when a Unix socket takes no more connections for now.
    pub(crate) fn connect(endpoint: &Endpoint, tls: Option<Box<TlsSession>>, registry: &Registry, token: Token) -> io::Result<Self> {
        let mut socket = match endpoint {
            Endpoint::Tcp(address) => {
                let stream = TcpStream::connect(*address)?;
                stream.set_nodelay(true)?;
                Socket::Tcp(stream)
            }
            #[cfg(unix)]
            Endpoint::Unix(path) => Socket::Unix(UnixStream::connect(path)?),
            #[cfg(not(unix))]
            Endpoint::Unix(_) => return Err(io::Error::new(io::ErrorKind::Unsupported, "this system has no Unix sockets")),
        };
        registry.register(&mut socket, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self { socket, tls })
    }

    /// Whether the connection is made; ask again when it is ready to be written.
    ///
    /// # Errors
    /// Why it could not be made.
    pub(crate) fn is_connected(&self) -> io::Result<bool> {
        let (error, peer) = match &self.socket {
            Socket::Tcp(stream) => (stream.take_error()?, stream.peer_addr().map(|_| ())),
            #[cfg(unix)]
            Socket::Unix(stream) => (stream.take_error()?, stream.peer_addr().map(|_| ())),
        };
        match (error, peer) {
            (Some(error), _) => Err(error),
            (None, Ok(())) => Ok(true),
            (None, Err(error)) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
            // Some systems say so of a connection under way.
            (None, Err(error)) if error.kind() == io::ErrorKind::InvalidInput => Ok(false),
            (None, Err(error)) => Err(error),
        }
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// As much of the TLS handshake as the socket lets; whether it is done.
    pub(crate) fn handshake(&mut self) -> Result<bool, Failure> {
        match &mut self.tls {
            Some(tls) => tls.handshake(&mut self.socket),
            None => Ok(true),
        }
    }

    pub(crate) fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match &mut self.tls {
            None => self.socket.read(into),
            Some(tls) => tls.read(&mut self.socket, into),
        }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.tls {
            None => self.socket.write(bytes),
            Some(tls) => tls.write(&mut self.socket, bytes),
        }
    }

    /// Hands what has been encrypted to the socket, as far as it takes it; whether all is out.
    pub(crate) fn flush(&mut self) -> io::Result<bool> {
        match &mut self.tls {
            None => Ok(true),
            Some(tls) if !tls.wants_write() => Ok(true),
            Some(tls) => tls.flush(&mut self.socket),
        }
    }

    /// Says goodbye where the protocol has words for it; the connection ends when dropped.
    pub(crate) fn say_goodbye(&mut self) {
        if let Some(tls) = &mut self.tls {
            tls.close(&mut self.socket);
        }
    }
}

/// The failure of a connection that could not be made.
pub(crate) fn connect_failure(error: &io::Error, endpoint: &Endpoint) -> Failure {
    let hint = match (error.kind(), endpoint) {
        (io::ErrorKind::AddrNotAvailable, _) => {
            "all local ports are in use, also by connections that ended within the last minute (TIME_WAIT): \
             keep connections alive, send fewer requests per second, or widen net.ipv4.ip_local_port_range"
        }
        // The file of a server's socket comes with the server.
        (io::ErrorKind::NotFound, Endpoint::Unix(path)) => {
            return Failure::new(FailureKind::Refused, format!("there is no socket at {}: is the server up?", path.display()));
        }
        _ if is_out_of_files(error) => "raise the limit of open files (ulimit -n) or use fewer connections",
        _ => return Failure::from_connect(error, endpoint),
    };
    Failure::new(FailureKind::Connect, format!("connecting to {endpoint}: {error}; {hint}"))
}

#[cfg(unix)]
fn is_out_of_files(error: &io::Error) -> bool {
    use nix::errno::Errno;
    error.raw_os_error().is_some_and(|code| [Errno::EMFILE, Errno::ENFILE].contains(&Errno::from_raw(code)))
}

#[cfg(not(unix))]
fn is_out_of_files(_: &io::Error) -> bool {
    false
}

/// The failure of a connection that broke.
pub(crate) fn broken(error: &io::Error) -> Failure {
    failure_of(error).unwrap_or_else(|| Failure::new(FailureKind::Reset, format!("the connection broke: {error}")))
}

impl Read for Socket {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(into),
            #[cfg(unix)]
            Self::Unix(stream) => stream.read(into),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            #[cfg(unix)]
            Self::Unix(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Source for Socket {
    fn register(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.register(registry, token, interests),
            #[cfg(unix)]
            Self::Unix(stream) => stream.register(registry, token, interests),
        }
    }

    fn reregister(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.reregister(registry, token, interests),
            #[cfg(unix)]
            Self::Unix(stream) => stream.reregister(registry, token, interests),
        }
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.deregister(registry),
            #[cfg(unix)]
            Self::Unix(stream) => stream.deregister(registry),
        }
    }
}
