//! The parent-death signal, which stands in for the watchdog.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{Launch, tree};

const PARENT: &str = "TICKMARK_TEST_SIGNAL_PARENT";

fn node() -> PathBuf {
    let named = std::env::var_os("TICKMARK_TEST_NODES");
    let first = named.and_then(|list| std::env::split_paths(&list).next());
    first.unwrap_or_else(|| "node".into())
}

/// Not a test by itself: the launching process which the next test kills.
#[tokio::test]
async fn launches_without_watchdog() {
    let Some(dir) = std::env::var_os(PARENT) else { return };
    let dir = Path::new(&dir);
    let mut launch = Launch::new(node(), dir.join("main.js"), dir);
    launch.without_watchdog = true;
    let child = launch.spawn().await.unwrap();
    std::fs::write(dir.join("pid.tmp"), child.pid().to_string()).unwrap();
    std::fs::rename(dir.join("pid.tmp"), dir.join("pid")).unwrap();
    child.exited().await;
}

#[test]
fn the_kernel_kills_the_program_without_watchdog() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("main.js"), "setInterval(() => {}, 1000)").unwrap();
    let mut launcher = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "process::death::launches_without_watchdog", "--nocapture"])
        .env(PARENT, dir.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let pid: u32 = eventually("start", || std::fs::read_to_string(dir.path().join("pid")).ok()).parse().unwrap();
    let alive = || tree::process(pid).is_some_and(|process| !process.zombie);
    assert!(alive());
    launcher.kill().unwrap();
    launcher.wait().unwrap();
    eventually("end", || (!alive()).then_some(()));
}

fn eventually<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "never happened: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
