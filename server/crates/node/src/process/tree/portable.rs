//! Processes through sysinfo, for systems without procfs.

use std::io;
use std::time::Duration;

use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};

use super::Process;

/// Every process; with a `mark`, also whose environment contains it.
pub(super) fn snapshot(mark: Option<&str>) -> io::Result<Vec<Process>> {
    let system = refreshed(ProcessesToUpdate::All, mark.is_some()).map_err(io::Error::other)?;
    Ok(system.processes().values().filter(|process| process.thread_kind().is_none()).map(|process| convert(process, mark)).collect())
}

/// One process, zombies included.
pub(super) fn process(pid: u32) -> Option<Process> {
    let pid = Pid::from_u32(pid);
    refreshed(ProcessesToUpdate::Some(&[pid]), false).ok()?.process(pid).map(|process| convert(process, None))
}

/// sysinfo's figures are already the best it has.
#[cfg(not(target_os = "linux"))]
pub(super) fn refine(process: Process) -> Process {
    process
}

/// Ends one process where there are no signals.
#[cfg(not(unix))]
pub(super) fn kill_one(pid: u32) {
    let pid = Pid::from_u32(pid);
    if let Ok(system) = refreshed(ProcessesToUpdate::Some(&[pid]), false)
        && let Some(process) = system.process(pid)
    {
        process.kill();
    }
}

fn refreshed(which: ProcessesToUpdate<'_>, environment: bool) -> Result<System, sysinfo::Error> {
    let mut kind = ProcessRefreshKind::nothing().with_cpu().with_memory();
    if environment {
        kind = kind.with_environ(UpdateKind::Always);
    }
    let mut system = System::new()?;
    system.refresh_processes_specifics(which, true, kind);
    Ok(system)
}

fn convert(process: &sysinfo::Process, mark: Option<&str>) -> Process {
    let pid = process.pid().as_u32();
    Process {
        pid,
        parent: process.parent().map_or(0, Pid::as_u32),
        group: group_of(pid),
        start: process.start_time(),
        zombie: matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead),
        cpu: Duration::from_millis(process.accumulated_cpu_time()),
        // Not reported here: a tree loses the time of children that ended.
        waited_cpu: Duration::ZERO,
        rss_bytes: process.memory(),
        marked: mark.is_some_and(|mark| process.environ().iter().any(|pair| pair.to_string_lossy().contains(mark))),
    }
}

#[cfg(unix)]
fn group_of(pid: u32) -> Option<u32> {
    let pid = nix::unistd::Pid::from_raw(i32::try_from(pid).ok()?);
    let group = nix::unistd::getpgid(Some(pid)).ok()?;
    u32::try_from(group.as_raw()).ok()
}

#[cfg(not(unix))]
fn group_of(_pid: u32) -> Option<u32> {
    None
}
