//! Launching, draining, measuring and ending real programs.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "functions beside the tests are tests too")]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use node::process::{PortVariable, SpawnError, StopSignal, Stream};
use support::{FAMILY, PATIENCE, Program, alive, all_dead, eventually, node, numbers, printed};

const LONG: Duration = PATIENCE;
const SHORT: Duration = Duration::from_millis(200);

#[tokio::test]
async fn a_program_that_exits_at_once() {
    let program = Program::new("console.log('hello'); console.error('bye'); process.exitCode = 3");
    let child = program.start().await;
    let exit = child.exited().await;
    assert_eq!((exit.code, exit.signal), (Some(3), None));
    assert_eq!(exit.to_string(), "exit code 3");
    assert!(exit.cpu.unwrap() > Duration::from_millis(5), "{exit:?}");
    assert_eq!(child.try_exited(), Some(exit));
    let output = child.output();
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("hello\n", "bye\n"));
    let report = child.stop(StopSignal::Terminate, LONG).await;
    assert_eq!((report.exit, report.graceful, report.killed), (Some(exit), true, 0));
}

#[tokio::test]
async fn what_cannot_be_started() {
    let program = Program::new("");
    let mut launch = program.launch();
    launch.node = "/no/such/node".into();
    let error = launch.spawn().await.unwrap_err();
    assert!(matches!(&error, SpawnError::Os { .. }) && error.to_string().contains("/no/such/node"), "{error}");
    let mut launch = program.launch();
    launch.cwd = "/no/such/dir".into();
    assert!(matches!(launch.spawn().await, Err(SpawnError::WorkingDirectory { .. })));
}

#[tokio::test]
async fn megabytes_of_output_do_not_block() {
    let program = Program::new(
        "const line = 'x'.repeat(1023) + '\\n';
         for (let i = 0; i < 20000; i++) { process.stdout.write(line); if (i % 2) process.stderr.write(line); }
         console.log('end');",
    );
    let lines = Arc::new(Mutex::new(0_u64));
    let seen = Arc::clone(&lines);
    let mut launch = program.launch();
    launch.keep_output_bytes = 1000;
    launch.lines = Some(Arc::new(move |stream, _| {
        if stream == Stream::Stdout {
            *seen.lock().unwrap() += 1;
        }
    }));
    let child = launch.spawn().await.unwrap();
    assert!(tokio::time::timeout(LONG, child.exited()).await.expect("it must not block").success());
    eventually("all output drained", || (*lines.lock().unwrap() == 20001).then_some(())).await;
    let output = child.output();
    assert_eq!((output.stdout_bytes, output.stderr_bytes), (20000 * 1024 + 4, 10000 * 1024));
    assert_eq!(output.stdout.len(), 1000);
    assert!(output.stdout.ends_with("x\nend\n"));
}

#[tokio::test]
async fn standard_output_to_a_file() {
    let program = Program::new("console.log('x'.repeat(300000)); console.error('bye')");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.txt");
    let mut launch = program.launch();
    launch.stdout_file = Some(file.clone());
    let child = launch.spawn().await.unwrap();
    assert!(tokio::time::timeout(LONG, child.exited()).await.expect("it must not block").success());
    let output = child.output();
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", "bye\n"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "x".repeat(300_000) + "\n");
    let mut launch = program.launch();
    launch.stdout_file = Some(folder.path().join("missing/out.txt"));
    let error = launch.spawn().await.unwrap_err().to_string();
    assert!(error.contains("missing/out.txt"), "{error}");
}

#[tokio::test]
async fn a_polite_program_ends_by_itself() {
    let program = Program::new(
        "for (const signal of ['SIGTERM', 'SIGINT'])
           process.on(signal, () => { console.log('got ' + signal); process.exit(7); });
         setInterval(() => {}, 1000); console.log('ready');",
    );
    for (signal, name) in [(StopSignal::Terminate, "SIGTERM"), (StopSignal::Interrupt, "SIGINT")] {
        let child = program.start().await;
        printed(&child, "ready").await;
        let report = child.stop(signal, LONG).await;
        assert_eq!(report.exit.unwrap().code, Some(7));
        assert!(report.graceful && report.killed == 0 && report.survivors.is_empty(), "{report:?}");
        assert!(child.output().stdout.contains(&format!("got {name}")));
    }
}

#[tokio::test]
async fn a_program_that_ignores_sigterm_is_killed() {
    let program = Program::new("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('ready');");
    let child = program.start().await;
    printed(&child, "ready").await;
    let report = child.stop(StopSignal::Terminate, SHORT).await;
    assert_eq!(report.exit.unwrap().signal, Some(9));
    assert_eq!(report.exit.unwrap().to_string(), "signal 9 (SIGKILL)");
    assert!(!report.graceful && report.killed == 1 && report.took >= SHORT, "{report:?}");
    assert!(!alive(child.pid()));
}

#[tokio::test]
async fn who_sent_the_last_signal() {
    for (signal, by_sampler) in [("SIGPROF", true), ("SIGTERM", false)] {
        let program = Program::new(&format!("process.kill(process.pid, '{signal}'); setInterval(() => {{}}, 1000)"));
        let exit = program.start().await.exited().await;
        assert_eq!((exit.success(), exit.by_sampler()), (false, by_sampler), "{exit}");
    }
}

#[tokio::test]
async fn stopping_ends_detached_grandchildren() {
    let program = Program::new(FAMILY);
    let child = program.start().await;
    let pids = numbers(&printed(&child, "pids ").await);
    assert_eq!(pids.len(), 7);
    let report = child.stop(StopSignal::Terminate, SHORT).await;
    // The detached ones may not have come to ignore SIGTERM yet.
    assert!(report.killed >= 3 && report.survivors.is_empty(), "{report:?}");
    assert!(pids.iter().all(|&pid| !alive(pid)));
}

#[tokio::test]
async fn dropping_ends_everything() {
    let program = Program::new(FAMILY);
    let child = program.start().await;
    let pids = numbers(&printed(&child, "pids ").await);
    drop(child);
    assert!(pids.iter().all(|&pid| !alive(pid)));
}

#[tokio::test]
async fn orphans_of_an_ended_program_are_found() {
    let program = Program::new(
        "const { spawn } = require('child_process');
         const one = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
         one.unref(); console.log('pids ' + one.pid);",
    );
    let child = program.start().await;
    let pids = numbers(&printed(&child, "pids ").await);
    child.exited().await;
    assert!(alive(pids[0]));
    let report = child.stop(StopSignal::Terminate, LONG).await;
    // The orphan obeys SIGTERM or, when the program's end was before, SIGKILL.
    assert!(report.survivors.is_empty() && report.exit.unwrap().success(), "{report:?}");
    all_dead(&pids).await;
}

#[tokio::test]
async fn cpu_time_of_the_tree() {
    let burn = "const end = process.cpuUsage().user + 300_000; while (process.cpuUsage().user < end);";
    let program = Program::new(&format!(
        "{burn} console.log('mine');
         require('child_process').spawnSync(process.execPath, ['-e', `{burn}`]); console.log('both');
         process.on('SIGTERM', () => process.exit(0)); setInterval(() => {{}}, 1000);"
    ));
    let child = program.start().await;
    let start = child.cpu_time().unwrap();
    printed(&child, "mine").await;
    let mine = child.cpu_time().unwrap();
    assert!(mine >= start + Duration::from_millis(250), "{start:?} {mine:?}");
    printed(&child, "both").await;
    let both = child.cpu_time().unwrap();
    assert!(both >= mine + Duration::from_millis(250), "{mine:?} {both:?}");
    assert!(child.rss_bytes().unwrap() > 20 << 20);
    let exit = child.stop(StopSignal::Terminate, LONG).await.exit.unwrap();
    // stat counts in clock ticks.
    assert!(exit.cpu.unwrap() + Duration::from_millis(40) >= both, "{exit:?} {both:?}");
    assert!(child.cpu_time().unwrap() >= both);
}

#[tokio::test]
async fn the_environment_of_the_program() {
    let program = Program::new("console.log('env ' + [process.env.PORT, process.env.EXTRA, process.env.HOME].join())");
    let print = |change: fn(&mut node::process::Launch)| {
        let mut launch = program.launch();
        launch.env.insert("HOME".into(), None);
        launch.env.insert("EXTRA".into(), Some("x".into()));
        change(&mut launch);
        async move { printed(&launch.spawn().await.unwrap(), "env ").await }
    };
    assert_eq!(print(|_| {}).await, "0,x,");
    assert_eq!(print(|launch| launch.port = PortVariable::Fixed(81)).await, "81,x,");
    assert_eq!(print(|launch| drop(launch.env.insert("PORT".into(), Some("82".into())))).await, "82,x,");
}

const PARENT: &str = "TICKMARK_TEST_PARENT";

/// Not a test by itself: the launching process which the next test kills.
#[tokio::test]
async fn launches_and_waits() {
    let Some(dir) = std::env::var_os(PARENT) else { return };
    let launch = node::process::Launch::new(node(), std::path::Path::new(&dir).join("main.js"), &dir);
    let child = launch.spawn().await.unwrap();
    let pids = printed(&child, "pids ").await;
    std::fs::write(std::path::Path::new(&dir).join("pids.tmp"), pids).unwrap();
    std::fs::rename(std::path::Path::new(&dir).join("pids.tmp"), std::path::Path::new(&dir).join("pids")).unwrap();
    child.exited().await;
}

#[tokio::test]
async fn nothing_outlives_a_killed_launcher() {
    let program = Program::new(FAMILY);
    let mut launcher = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "launches_and_waits", "--nocapture"])
        .env(PARENT, program.dir.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let file = program.dir.path().join("pids");
    let pids = eventually("the family has started", || std::fs::read_to_string(&file).ok()).await;
    let pids = numbers(&pids);
    assert!(pids.len() == 7 && pids.iter().all(|&pid| alive(pid)));
    launcher.kill().unwrap();
    launcher.wait().unwrap();
    all_dead(&pids).await;
}
