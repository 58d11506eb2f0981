use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::target::{Target, TargetError};

/// Something to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Tcp(SocketAddr),
    /// A Unix domain socket.
    Unix(PathBuf),
}

/// The endpoints of a target; never empty. They are tried from the one that worked last.
#[derive(Debug)]
pub(crate) struct Endpoints {
    all: Vec<Endpoint>,
    preferred: AtomicUsize,
}

impl Endpoints {
    /// Those of `target`.
    ///
    /// # Errors
    /// [`TargetError`] when it has none or may not be loaded.
    pub(crate) async fn of(target: &Target, allowed_hosts: &[String]) -> Result<Self, TargetError> {
        let all = match target.unix_socket() {
            Some(path) => vec![Endpoint::Unix(path.to_path_buf())],
            None => target.resolve(allowed_hosts).await?.into_iter().map(Endpoint::Tcp).collect(),
        };
        Ok(Self { all, preferred: AtomicUsize::new(0) })
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Index of the one to try first; the others follow in turn, modulo [`Self::len`].
    pub(crate) fn preferred(&self) -> usize {
        self.preferred.load(Ordering::Relaxed)
    }

    pub(crate) fn get(&self, index: usize) -> &Endpoint {
        &self.all[index % self.all.len()]
    }

    /// Takes note that a connection to it has been made.
    pub(crate) fn worked(&self, index: usize) {
        let index = index % self.all.len();
        if self.preferred() != index {
            self.preferred.store(index, Ordering::Relaxed);
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => path.display().fmt(f),
        }
    }
}
