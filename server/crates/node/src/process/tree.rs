//! Which processes belong to a launched program, what they cost, and how to end them all.

use std::collections::HashSet;
use std::io;
use std::time::{Duration, Instant};

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(not(target_os = "linux"), test))]
mod portable;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(target_os = "linux"))]
use portable as system;

/// One process of a launched program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Process id.
    pub pid: u32,
    /// Id of the parent at the time of looking.
    pub parent: u32,
    /// Process group, where the platform has groups.
    pub group: Option<u32>,
    /// When it started, in an opaque unit of the platform; tells a reused pid apart.
    pub start: u64,
    /// Ended but not yet waited for by its parent.
    pub zombie: bool,
    /// User and system time of this process.
    pub cpu: Duration,
    /// User and system time of its descendants that it has already waited for.
    pub waited_cpu: Duration,
    /// Resident memory in bytes.
    pub rss_bytes: u64,
    /// Its environment carries the mark of the launch; only looked up when asked.
    pub(crate) marked: bool,
}

/// What identifies a launched program from the outside.
#[derive(Debug, Clone)]
pub(crate) struct Root {
    pub(crate) pid: u32,
    pub(crate) start: u64,
    pub(crate) mark: String,
}

/// How thoroughly to look for members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Search {
    /// By parentage and process group.
    Family,
    /// Also by the mark in the environment, which finds detached orphans.
    Marked,
}

/// Start time of a live process, or `None` when there is none with this pid.
pub(crate) fn start_of(pid: u32) -> Option<u64> {
    system::process(pid).map(|process| process.start)
}

/// The process as it is now, also when it is a zombie.
pub(crate) fn process(pid: u32) -> Option<Process> {
    system::process(pid)
}

/// Members of the program, zombies included.
pub(crate) fn members(root: &Root, search: Search) -> io::Result<Vec<Process>> {
    let mark = (search == Search::Marked).then_some(root.mark.as_str());
    Ok(select(system::snapshot(mark)?, root).into_iter().map(system::refine).collect())
}

/// A process that somebody else started, and its descendants, zombies included; nothing when it is gone or its id is another's by now.
pub(crate) fn family(pid: u32, start: u64) -> io::Result<Vec<Process>> {
    let root = Root { pid, start, mark: String::new() };
    // Its group may hold strangers, such as the other end of a pipe in a shell.
    let all = system::snapshot(None)?.into_iter().map(|process| Process { group: None, ..process });
    Ok(select(all.collect(), &root).into_iter().map(system::refine).collect())
}

fn select(mut all: Vec<Process>, root: &Root) -> Vec<Process> {
    let leader = all.iter().find(|process| process.pid == root.pid);
    let reused = leader.is_some_and(|process| process.start != root.start);
    let mut chosen: HashSet<u32> = HashSet::new();
    if leader.is_some() && !reused {
        chosen.insert(root.pid);
    }
    for process in &all {
        // While the old group lives its number cannot become a pid again, so
        // the group is the program's unless a stranger has the leader's pid.
        if process.marked || (!reused && process.group == Some(root.pid)) {
            chosen.insert(process.pid);
        }
    }
    loop {
        let before = chosen.len();
        for process in &all {
            if chosen.contains(&process.parent) {
                chosen.insert(process.pid);
            }
        }
        if chosen.len() == before {
            break;
        }
    }
    // Never ourselves: a nested run carries the outer mark, and so may we.
    let own = std::process::id();
    all.retain(|process| process.pid != own && chosen.contains(&process.pid));
    all
}

/// How a kill ended.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Killed {
    /// Processes that were sent the final signal.
    pub(crate) count: usize,
    /// Still alive when the time was up.
    pub(crate) survivors: Vec<u32>,
}

/// Ends every member and looks again until none is left or `limit` has passed. Blocks.
pub(crate) fn kill(root: &Root, limit: Duration) -> io::Result<Killed> {
    let begun = Instant::now();
    let mut hit: HashSet<(u32, u64)> = HashSet::new();
    let mut pause = Duration::from_millis(1);
    loop {
        let members: Vec<_> = members(root, Search::Marked)?.into_iter().filter(|process| !process.zombie).collect();
        let mut survivors: HashSet<u32> = members.iter().map(|process| process.pid).collect();
        // A process that is ending loses its environment, and the mark with it, before it is gone.
        survivors.extend(hit.iter().filter(|(pid, start)| is_alive(*pid, *start)).map(|(pid, _)| *pid));
        if survivors.is_empty() || begun.elapsed() > limit {
            return Ok(Killed { count: hit.len(), survivors: survivors.into_iter().collect() });
        }
        for process in members {
            // The pid may have been reused since the snapshot was taken.
            if start_of(process.pid) == Some(process.start) {
                kill_one(process.pid);
                hit.insert((process.pid, process.start));
            }
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

fn is_alive(pid: u32, start: u64) -> bool {
    process(pid).is_some_and(|process| process.start == start && !process.zombie)
}

#[cfg(unix)]
fn kill_one(pid: u32) {
    use nix::sys::signal::{Signal, kill};
    let Ok(raw) = i32::try_from(pid) else { return };
    // ESRCH (already gone) is what we want; EPERM shows up as a survivor.
    let _ = kill(nix::unistd::Pid::from_raw(raw), Signal::SIGKILL);
}

#[cfg(not(unix))]
fn kill_one(pid: u32) {
    portable::kill_one(pid);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: u32, parent: u32, group: u32, start: u64, marked: bool) -> Process {
        Process {
            pid,
            parent,
            group: Some(group),
            start,
            zombie: false,
            cpu: Duration::ZERO,
            waited_cpu: Duration::ZERO,
            rss_bytes: 0,
            marked,
        }
    }

    fn check(all: &[Process], expected: &[u32]) {
        let root = Root { pid: 100, start: 7, mark: "m".into() };
        let mut found: Vec<u32> = select(all.to_vec(), &root).iter().map(|p| p.pid).collect();
        found.sort_unstable();
        assert_eq!(found, expected);
    }

    #[test]
    fn members_by_parentage_group_and_mark() {
        let stranger = process(1, 0, 1, 0, false);
        // The child that left the group is found by its parent.
        check(
            &[stranger.clone(), process(102, 101, 102, 9, false), process(100, 50, 100, 7, false), process(101, 100, 100, 8, false)],
            &[100, 101, 102],
        );
        // Orphans of a dead root: by group, by mark, and their children.
        check(
            &[stranger.clone(), process(103, 1, 100, 8, false), process(104, 1, 104, 8, true), process(105, 104, 105, 8, false)],
            &[103, 104, 105],
        );
        // The root's pid now belongs to a stranger with a group of its own.
        check(&[stranger, process(100, 1, 100, 99, false), process(106, 100, 100, 99, false), process(104, 1, 104, 8, true)], &[104]);
    }

    #[test]
    fn both_systems_see_this_process() {
        let own = std::process::id();
        for all in [system::snapshot(None), portable::snapshot(None)] {
            let me = all.unwrap().into_iter().find(|process| process.pid == own).unwrap();
            assert_eq!(me.parent, std::os::unix::process::parent_id());
            assert!(me.rss_bytes > 100_000, "{me:?}");
            assert!(!me.zombie);
        }
        assert!(portable::process(own).is_some());
        assert_eq!(portable::process(u32::MAX - 1), None);
    }
}
