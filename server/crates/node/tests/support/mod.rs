//! What the tests with a real Node.js share.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "shared by test binaries, not every one uses everything")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use node::process::{Child, Launch};
use node::toolchain::{self, Env, Toolchain};

/// How long a condition may take on a loaded machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The binaries of `TICKMARK_TEST_NODES`, or `node` of `PATH`.
pub fn nodes() -> Vec<PathBuf> {
    if let Some(list) = std::env::var_os("TICKMARK_TEST_NODES") {
        let all: Vec<PathBuf> = std::env::split_paths(&list).collect();
        assert!(!all.is_empty(), "TICKMARK_TEST_NODES is empty");
        for path in &all {
            assert!(path.is_file(), "TICKMARK_TEST_NODES: {} does not exist", path.display());
        }
        return all;
    }
    let path = std::env::var_os("PATH").expect("PATH");
    let node = std::env::split_paths(&path).map(|dir| dir.join("node")).find(|path| path.is_file());
    vec![node.expect("these tests need Node.js: set TICKMARK_TEST_NODES or put node into PATH")]
}

pub fn node() -> PathBuf {
    nodes().swap_remove(0)
}

pub async fn toolchain(node: &Path) -> Toolchain {
    toolchain::inspect(node, Path::new("/"), &Env::current()).await.expect("a usable Node.js")
}

/// A directory with one program in it.
pub struct Program {
    pub dir: tempfile::TempDir,
}

impl Program {
    pub fn new(text: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("main.js"), text).unwrap();
        Self { dir }
    }

    pub fn launch(&self) -> Launch {
        self.launch_with(&node())
    }

    pub fn launch_with(&self, node: &Path) -> Launch {
        Launch::new(node, self.dir.path().join("main.js"), self.dir.path())
    }

    pub async fn start(&self) -> Child {
        self.launch().spawn().await.unwrap()
    }
}

/// Waits for a condition; fails with `what` when it never holds.
pub async fn eventually<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(begun.elapsed() < PATIENCE, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until the program has printed a line with this beginning; the rest of it.
pub async fn printed(child: &Child, start: &str) -> String {
    eventually(&format!("{start:?} in the output"), || {
        let output = child.output();
        let line = output.stdout.lines().find_map(|line| line.strip_prefix(start).map(str::to_owned));
        // Only whole lines.
        line.filter(|_| output.stdout.ends_with('\n'))
    })
    .await
}

/// Whether the process exists and is neither a zombie (`Z`) nor being taken down (`X`).
pub fn alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    let state = |stat: &str| stat.rfind(')').and_then(|name_end| stat[name_end..].chars().nth(2));
    stat.is_ok_and(|stat| !matches!(state(&stat), Some('Z' | 'X')))
}

pub async fn all_dead(pids: &[u32]) {
    for &pid in pids {
        eventually(&format!("the end of process {pid}"), || (!alive(pid)).then_some(())).await;
    }
}

/// Pids in a line like `1 2 3`.
pub fn numbers(text: &str) -> Vec<u32> {
    text.split_whitespace().map(|word| word.parse().unwrap()).collect()
}

/// A cluster whose worker starts a detached process, with and without our environment.
pub const FAMILY: &str = "
    const cluster = require('cluster'), { spawn } = require('child_process');
    const idle = 'process.on(\"SIGTERM\", () => {}); setInterval(() => {}, 1000)';
    if (cluster.isPrimary) {
      process.on('SIGTERM', () => {});
      const pids = [process.pid];
      for (let i = 0; i < 2; i++) {
        const worker = cluster.fork();
        pids.push(worker.process.pid);
        worker.on('message', (more) => { pids.push(...more); if (pids.length === 7) console.log('pids ' + pids.join(' ')); });
      }
    } else {
      process.on('SIGTERM', () => {});
      process.on('disconnect', () => {});
      const options = { detached: true, stdio: 'ignore' };
      const one = spawn(process.execPath, ['-e', idle], options);
      const two = spawn(process.execPath, ['-e', idle], { ...options, env: {} });
      process.send([one.pid, two.pid]);
      setInterval(() => {}, 1000);
    }";
