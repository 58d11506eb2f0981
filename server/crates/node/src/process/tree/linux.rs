//! Processes from procfs; formats from proc_pid_stat(5) and proc_pid_environ(5).

use std::fs;
use std::io;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use nix::unistd::{Pid, SysconfVar, sysconf};

use super::Process;

/// Every process; with a `mark`, also whose environment contains it.
pub(super) fn snapshot(mark: Option<&str>) -> io::Result<Vec<Process>> {
    let mut all = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // Processes end while we look: a missing file is not an error.
        if let Some(mut found) = process(pid) {
            found.marked = mark.is_some_and(|mark| carries(pid, mark));
            all.push(found);
        }
    }
    Ok(all)
}

/// One process, zombies included.
pub(super) fn process(pid: u32) -> Option<Process> {
    parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Replaces the tick-grained CPU time by the process clock, which counts nanoseconds.
pub(super) fn refine(mut process: Process) -> Process {
    let clock = i32::try_from(process.pid).ok().and_then(|pid| ClockId::pid_cpu_clock_id(Pid::from_raw(pid)).ok());
    if let Some(time) = clock.and_then(|clock| clock_gettime(clock).ok()) {
        let precise = Duration::from(time);
        // A zombie's clock may read zero; its stat does not.
        if precise > process.cpu {
            process.cpu = precise;
        }
    }
    process
}

fn carries(pid: u32, mark: &str) -> bool {
    fs::read(format!("/proc/{pid}/environ"))
        .is_ok_and(|environment| environment.windows(mark.len()).any(|window| window == mark.as_bytes()))
}

fn parse_stat(text: &str) -> Option<Process> {
    let pid = text.split(' ').next()?.parse().ok()?;
    // The command name may hold spaces and parentheses; the last one closes it.
    let fields: Vec<&str> = text.get(text.rfind(')')? + 2..)?.split_ascii_whitespace().collect();
    // Field numbers of the manual are 1-based and `state` is 3.
    let field = |number: usize| fields.get(number - 3).copied();
    let number = |at: usize| field(at)?.parse::<u64>().ok();
    let ticks = |first: usize| {
        let per_second = sysconf(SysconfVar::CLK_TCK).ok().flatten().unwrap_or(100).max(1);
        let sum = number(first)?.checked_add(number(first + 1)?)?;
        Some(Duration::from_secs_f64(sum as f64 / per_second as f64))
    };
    let page = sysconf(SysconfVar::PAGE_SIZE).ok().flatten().unwrap_or(4096);
    Some(Process {
        pid,
        parent: field(4)?.parse().ok()?,
        group: field(5)?.parse().ok(),
        zombie: matches!(field(3)?, "Z" | "X"),
        cpu: ticks(14)?,
        waited_cpu: ticks(16)?,
        start: number(22)?,
        rss_bytes: number(24)? * u64::try_from(page).unwrap_or(4096),
        marked: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stat_with_a_nasty_name() {
        let text = "42 (a) b (c) Z 7 8 9 0 -1 4194560 1 2 3 4 150 50 30 20 20 0 1 0 12345 1000 3 18446744073709551615\n";
        let process = parse_stat(text).unwrap();
        assert_eq!((process.pid, process.parent, process.group), (42, 7, Some(8)));
        assert!(process.zombie);
        assert_eq!(process.start, 12345);
        assert_eq!(process.cpu, Duration::from_secs(2));
        assert_eq!(process.waited_cpu, Duration::from_millis(500));
        assert_eq!(parse_stat("42 (x"), None);
        assert_eq!(parse_stat(""), None);
    }
}
