//! Time, CPU and memory of a child process.

use std::{
    fs,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::process::shown;

/// What a process used, with the children it waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// From start to end.
    pub(crate) wall: Duration,
    /// User and system time.
    pub(crate) cpu: Duration,
    /// The most memory that was resident at once, of the process itself. Only Linux tells.
    pub(crate) peak_bytes: u64,
}

/// Runs the command to its end with its stdout thrown away, and fails if it fails.
pub(crate) fn run(command: &mut Command) -> Result<Usage> {
    let (usage, _) = finish(command.stdout(Stdio::null()))?;
    Ok(usage)
}

/// Like [`run`], and returns what it printed.
pub(crate) fn run_captured(command: &mut Command) -> Result<(Usage, String)> {
    finish(command.stdout(Stdio::piped()))
}

fn finish(command: &mut Command) -> Result<(Usage, String)> {
    let line = shown(command);
    let cpu_before = children_cpu()?;
    let start = Instant::now();
    let mut child = command.stdin(Stdio::null()).stderr(Stdio::inherit()).spawn().with_context(|| format!("cannot start `{line}`"))?;
    let stdout = child.stdout.take();
    let reader = thread::spawn(move || stdout.map_or(Ok(String::new()), std::io::read_to_string));
    let mut peak_bytes = 0;
    let status = loop {
        peak_bytes = peak_bytes.max(peak_resident(child.id()).unwrap_or(0));
        if let Some(status) = child.try_wait()? {
            break status;
        }
        thread::sleep(Duration::from_millis(2));
    };
    let wall = start.elapsed();
    let cpu = children_cpu()?.saturating_sub(cpu_before);
    let printed = match reader.join() {
        Ok(printed) => printed.with_context(|| format!("cannot read what `{line}` printed"))?,
        Err(_) => bail!("reading what `{line}` printed panicked"),
    };
    if !status.success() {
        bail!("`{line}` failed: {status}");
    }
    Ok((Usage { wall, cpu, peak_bytes }, printed))
}

/// Runs all these commands in turn, this many times; the results in the same order.
pub(crate) fn rounds<'a>(count: usize, tools: &mut [(&'a str, Command)]) -> Result<Vec<(&'a str, Vec<Usage>)>> {
    let mut results: Vec<(&str, Vec<Usage>)> = tools.iter().map(|(name, _)| (*name, Vec::new())).collect();
    for round in 1..=count {
        for ((name, command), (_, usages)) in tools.iter_mut().zip(&mut results) {
            let usage = run(command)?;
            println!("  round {round}: {name}: {:.2} s", usage.wall.as_secs_f64());
            usages.push(usage);
        }
    }
    Ok(results)
}

/// The middle one, or the mean of the two middle ones. NaN of nothing.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    match (values.len(), values.len() / 2) {
        (0, _) => f64::NAN,
        (len, middle) if len % 2 == 1 => values[middle],
        (_, middle) => (values[middle - 1] + values[middle]) / 2.0,
    }
}

/// CPU time of all children that have ended and were waited for. They are run one at a time here.
#[cfg(unix)]
fn children_cpu() -> Result<Duration> {
    use nix::sys::{
        resource::{UsageWho, getrusage},
        time::TimeValLike,
    };
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).context("getrusage")?;
    let microseconds = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(u64::try_from(microseconds).unwrap_or(0)))
}

#[cfg(not(unix))]
fn children_cpu() -> Result<Duration> {
    bail!("benches measure CPU time with getrusage; run them on Linux or macOS")
}

/// The high-water mark of resident memory so far; see proc_pid_status(5). It only grows, so the last
/// value before the end is the peak but for what was touched in the last moment.
fn peak_resident(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0].into_iter()), 2.5);
        assert!(median([].into_iter()).is_nan());
    }

    // The other tests of this binary wait for children too, so a lower bound is all that holds.
    #[cfg(target_os = "linux")]
    #[test]
    fn usage_is_that_of_the_child() {
        let program = "data=$(head -c 20000000 /dev/zero | tr '\\0' x); i=0; \
                       while [ $i -lt 50000 ]; do i=$((i+1)); done; echo ${#data}";
        let (usage, printed) = run_captured(Command::new("sh").args(["-c", program])).expect("sh");
        assert_eq!(printed, "20000000\n");
        assert!(usage.peak_bytes > 20_000_000, "{usage:?}");
        assert!(usage.cpu > Duration::ZERO && usage.wall > Duration::ZERO, "{usage:?}");
    }

    #[test]
    fn a_failure_is_an_error() {
        let error = run(Command::new("git").arg("no-such-command").stderr(Stdio::null())).expect_err("fails");
        assert!(format!("{error:#}").contains("git no-such-command"), "{error:#}");
    }
}
