//! A server that was running already.

use node::ports::{RunningServer, running_server};
use node::toolchain::{Env, inspect};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What is known from outside of a running server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerFacts {
    /// Process id; of a cluster, its first process.
    pub pid: u32,
    /// Its binary; none when that is not there any more.
    pub executable: Option<PathBuf>,
    /// Version of Node.js, such as `22.23.3`; none of anything else.
    pub node_version: Option<String>,
    /// Version of V8, such as `12.4.254.21-node.57`.
    pub v8_version: Option<String>,
    /// `NODE_ENV` as it was given at its start.
    pub node_env: Option<String>,
    #[serde(skip)]
    server: RunningServer,
}

/// The server that listens on a TCP port of this machine. Its binary is run once to tell its version when it is Node.js. None where the
/// platform does not tell (all but Linux), when nobody listens there, and for a process of another user.
pub async fn of_server(port: u16) -> Option<ServerFacts> {
    let server = tokio::task::spawn_blocking(move || running_server(port)).await.ok()??;
    let node = match server.executable.as_deref().filter(|_| server.is_node()) {
        Some(executable) => inspect(executable, executable.parent().unwrap_or(Path::new("/")), &Env::current()).await.ok(),
        None => None,
    };
    Some(ServerFacts {
        pid: server.pid,
        executable: server.executable.clone(),
        node_version: node.as_ref().map(|node| node.version.to_string()),
        v8_version: node.map(|node| node.v8_version),
        node_env: server.node_env.clone(),
        server,
    })
}

impl ServerFacts {
    /// Processor time used so far by the server and the processes it started; none when it is gone. Asked before and after a run it gives
    /// what the run took.
    pub fn cpu_time(&self) -> Option<Duration> {
        self.server.cpu_time()
    }

    /// The note on a server that runs as for development; `powered_by` is its header `X-Powered-By`.
    pub fn development_note(&self, powered_by: Option<&str>) -> Option<String> {
        self.node_version.as_ref()?;
        let note = super::development_setup(self.node_env.as_deref(), powered_by, |_| false)?;
        Some(format!("{note} Start it with NODE_ENV=production to measure what users will meet."))
    }
}
