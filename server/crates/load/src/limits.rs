//! How many sockets this process may have.

use crate::plan::PlanError;

/// Files a thread has open besides its connections: what it waits with, and what wakes it.
#[cfg(any(unix, test))]
const PER_THREAD: u64 = 4;

/// Files that anything else may open meanwhile.
#[cfg(any(unix, test))]
const SPARE: u64 = 32;

/// What is to be done to have so many files open.
#[cfg(any(unix, test))]
#[derive(Debug, PartialEq, Eq)]
enum Room {
    Enough,
    /// The soft limit must be raised.
    Raise,
    TooLittle,
}

/// Raises the limit of open files where a run needs that.
///
/// # Errors
/// It cannot be raised far enough.
#[cfg(unix)]
pub(crate) fn make_room(connections: usize, threads: usize) -> Result<(), PlanError> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return Ok(()) };
    let needed = needed(connections, threads, open_files());
    let is_raised = || {
        // Some systems have a lower limit than they tell.
        [hard, needed].iter().any(|limit| setrlimit(Resource::RLIMIT_NOFILE, *limit, hard).is_ok())
    };
    match room(needed, soft, hard) {
        Room::Enough => Ok(()),
        Room::Raise if is_raised() => Ok(()),
        _ => Err(too_little(connections, needed, hard)),
    }
}

/// Nothing to do: sockets are not files here.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub(crate) fn make_room(_: usize, _: usize) -> Result<(), PlanError> {
    Ok(())
}

#[cfg(any(unix, test))]
fn needed(connections: usize, threads: usize, open: u64) -> u64 {
    connections as u64 + PER_THREAD * threads as u64 + open + SPARE
}

#[cfg(any(unix, test))]
fn room(needed: u64, soft: u64, hard: u64) -> Room {
    if needed <= soft {
        Room::Enough
    } else if needed <= hard {
        Room::Raise
    } else {
        Room::TooLittle
    }
}

#[cfg(any(unix, test))]
fn too_little(connections: usize, needed: u64, hard: u64) -> PlanError {
    let problem = format!(
        "{connections} need {needed} open files, and this process may have {hard}: raise the limit (ulimit -n {needed}, \
         where the hard limit allows it) or use fewer connections"
    );
    PlanError { field: "connections", problem }
}

/// Files this process has open; where the system does not tell, what is usual.
#[cfg(unix)]
fn open_files() -> u64 {
    ["/proc/self/fd", "/dev/fd"].iter().find_map(|path| std::fs::read_dir(path).ok()).map_or(64, |entries| entries.count() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_done() {
        let check = |connections, soft, hard, expected| {
            assert_eq!(room(needed(connections, 1, 20), soft, hard), expected, "{connections} {soft} {hard}");
        };
        check(10, 1024, 4096, Room::Enough);
        check(968, 1024, 1024, Room::Enough);
        check(969, 1024, 1024, Room::TooLittle);
        check(969, 1024, 1025, Room::Raise);
        check(50_000, 1024, u64::MAX, Room::Raise);
    }

    #[test]
    fn says_how_many_and_what_to_do() {
        let message = too_little(10_000, 10_056, 4096).to_string();
        for part in ["connections: 10000", "10056", "4096", "ulimit -n 10056"] {
            assert!(message.contains(part), "{message}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn knows_open_files() {
        let before = open_files();
        let _file = std::fs::File::open("/dev/null").unwrap();
        assert!(before >= 3 && open_files() > before - 3);
    }
}
