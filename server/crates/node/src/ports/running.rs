//! A server that somebody else started.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::holder;
use crate::process::{family, start_of};

/// A process that listens and was not started by us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningServer {
    /// Process id; of a cluster, its first process.
    pub pid: u32,
    /// Its short name.
    pub name: String,
    /// Its binary, if that is still there.
    pub executable: Option<PathBuf>,
    /// `NODE_ENV` as it was given at its start; a program may have changed it since.
    pub node_env: Option<String>,
    start: u64,
}

/// The process of ours that listens on a TCP port of this machine. None where the platform does not tell (all but Linux), when nobody
/// listens there, and for a process of another user, which is none of our business.
pub fn running_server(port: u16) -> Option<RunningServer> {
    let holder = holder(port)?;
    let start = start_of(holder.pid)?;
    if !is_ours(holder.pid) {
        return None;
    }
    let folder = PathBuf::from(format!("/proc/{}", holder.pid));
    // Of a binary that was replaced the link names a file that is not there.
    let executable = std::fs::read_link(folder.join("exe")).ok().filter(|path| path.is_file());
    let environment = std::fs::read(folder.join("environ")).unwrap_or_default();
    Some(RunningServer { pid: holder.pid, name: holder.name, executable, node_env: variable(&environment, "NODE_ENV"), start })
}

impl RunningServer {
    /// Whether its binary is Node.js, by its name.
    pub fn is_node(&self) -> bool {
        let stem = self.executable.as_deref().and_then(Path::file_stem);
        stem.is_some_and(|stem| stem == "node" || stem == "nodejs")
    }

    /// User and system time used so far by it and its descendants, as [`crate::process::Child::cpu_time`] has it; none when it is gone.
    pub fn cpu_time(&self) -> Option<Duration> {
        let family = family(self.pid, self.start).ok()?;
        let is_there = family.iter().any(|process| process.pid == self.pid);
        is_there.then(|| family.iter().map(|process| process.cpu + process.waited_cpu).sum())
    }
}

#[cfg(unix)]
fn is_ours(pid: u32) -> bool {
    use std::os::unix::fs::MetadataExt;
    let own = std::fs::metadata("/proc/self");
    std::fs::metadata(format!("/proc/{pid}")).is_ok_and(|facts| own.is_ok_and(|own| own.uid() == facts.uid()))
}

#[cfg(not(unix))]
fn is_ours(_pid: u32) -> bool {
    false
}

/// A variable of an environment as procfs has it: `NAME=value`, each ended by a zero byte. An empty value counts as none.
fn variable(environment: &[u8], name: &str) -> Option<String> {
    let value = environment.split(|byte| *byte == 0).find_map(|entry| entry.strip_prefix(name.as_bytes())?.strip_prefix(b"="))?;
    (!value.is_empty()).then(|| String::from_utf8_lossy(value).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_an_environment() {
        let check = |name, expected: Option<&str>| {
            assert_eq!(variable(b"A=1\0NODE_ENV=production\0EMPTY=\0X=a=b", name).as_deref(), expected, "{name}");
        };
        check("NODE_ENV", Some("production"));
        check("X", Some("a=b"));
        check("EMPTY", None);
        check("NODE", None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_listens() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = running_server(port).unwrap();
        assert_eq!((server.pid, server.is_node()), (std::process::id(), false));
        assert_eq!(server.executable, std::env::current_exe().ok());
        drop(listener);
        assert_eq!(running_server(port), None);
    }
}
