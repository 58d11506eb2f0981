use std::io::{self, Read, Write};
use std::sync::Arc;

use rustls::ClientConnection;
use rustls::client::ClientConfig;
use rustls::pki_types::ServerName;

use super::failure;
use crate::failure::Failure;

/// TLS over a socket that does not block.
///
/// Takes from the socket only in [`Self::handshake`] and [`Self::read`], and gives to it in all but
/// `read`. Wait for the socket to be readable always, to be writable while [`Self::wants_write`].
/// What the socket has given is partly kept here: after an event, read until `WouldBlock`.
///
/// Takes 8 KB of memory between requests, half of them for records that come.
pub(crate) struct TlsSession {
    pub(super) connection: ClientConnection,
    /// Offered by ALPN; the server must not choose anything else.
    offered: Vec<u8>,
}

impl TlsSession {
    pub(crate) fn new(config: &Arc<ClientConfig>, name: ServerName<'static>) -> Result<Self, Failure> {
        let offered = config.alpn_protocols.first().cloned().unwrap_or_default();
        let connection = ClientConnection::new(Arc::clone(config), name).map_err(|error| failure::of_handshake(&error, &offered))?;
        Ok(Self { connection, offered })
    }

    /// As much of the handshake as the socket lets; whether it is done. Else call again when
    /// the socket is ready.
    ///
    /// # Errors
    /// [`crate::FailureKind::Tls`], with what to do about it.
    pub(crate) fn handshake(&mut self, socket: &mut (impl Read + Write)) -> Result<bool, Failure> {
        loop {
            let flushed = self.flush(socket).map_err(|error| failure::of_transport(&error))?;
            if !self.connection.is_handshaking() {
                if flushed {
                    failure::check_alpn(self.connection.alpn_protocol(), &self.offered)?;
                }
                return Ok(flushed);
            }
            match self.connection.read_tls(socket) {
                Ok(0) => return Err(failure::closed_in_handshake()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(failure::of_transport(&error)),
            }
            if let Err(error) = self.connection.process_new_packets() {
                // Tells the server why, if the socket takes it now.
                let _ = self.flush(socket);
                return Err(failure::of_handshake(&error, &self.offered));
            }
        }
    }

    /// Reads what has been decrypted or can be now: `WouldBlock` when that is nothing, 0 at the end
    /// (with or without `close_notify`: HTTP says itself where a response ends).
    ///
    /// # Errors
    /// Those of the socket, and `InvalidData` around a [`rustls::Error`], for which
    /// [`super::failure_of`] has words.
    pub(crate) fn read(&mut self, socket: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.connection.reader().read(into) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
                read => return read,
            }
            match self.connection.read_tls(socket) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            self.connection.process_new_packets().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        }
    }

    /// Encrypts as many of `bytes` as there is room for and gives to the socket what it takes. A
    /// result above 0 is taken over here: only [`Self::flush`] says when it is out.
    ///
    /// # Errors
    /// Those of the socket; `WouldBlock` when nothing could be taken over.
    pub(crate) fn write(&mut self, socket: &mut impl Write, bytes: &[u8]) -> io::Result<usize> {
        let flushed = self.flush(socket)?;
        if !flushed {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let taken = self.connection.writer().write(bytes)?;
        self.flush(socket)?;
        Ok(taken)
    }

    /// Gives to the socket what it takes; whether all is out.
    ///
    /// # Errors
    /// Those of the socket but `WouldBlock`.
    pub(crate) fn flush(&mut self, socket: &mut impl Write) -> io::Result<bool> {
        while self.connection.wants_write() {
            match self.connection.write_tls(socket) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Whether something waits for the socket to be writable: after reading, too (an update of
    /// keys is answered).
    pub(crate) fn wants_write(&self) -> bool {
        self.connection.wants_write()
    }

    /// Says goodbye (`close_notify`), as far as the socket takes it now.
    pub(crate) fn close(&mut self, socket: &mut impl Write) {
        self.connection.send_close_notify();
        // The connection ends either way.
        let _ = self.flush(socket);
    }
}
