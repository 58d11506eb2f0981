//! Processor time of the whole machine.

use crate::report::Machine;

/// Time of all processors since the machine was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MachineTime {
    processors: usize,
    /// In the system's clock ticks.
    busy: u64,
    idle: u64,
}

impl MachineTime {
    /// Until now; None where the system does not tell.
    pub(crate) fn now() -> Option<Self> {
        if !cfg!(target_os = "linux") {
            return None;
        }
        Self::read(&std::fs::read_to_string("/proc/stat").ok()?)
    }

    /// Of `/proc/stat` (proc_stat(5)): a line of all processors, then one of each.
    fn read(stat: &str) -> Option<Self> {
        let lines = stat.lines().take_while(|line| line.starts_with("cpu"));
        let all = stat.lines().next()?.strip_prefix("cpu ")?;
        // user nice system idle iowait irq softirq steal; guest time is part of user.
        let ticks: Vec<u64> = all.split_whitespace().take(8).map(str::parse).collect::<Result<_, _>>().ok()?;
        let idle = ticks.get(3)? + ticks.get(4).unwrap_or(&0);
        Some(Self { processors: lines.count().checked_sub(1)?, busy: ticks.iter().sum::<u64>() - idle, idle })
    }

    /// What was used since `start`.
    pub(crate) fn since(&self, start: &Self) -> Machine {
        let busy = self.busy.saturating_sub(start.busy) as f64;
        let idle = self.idle.saturating_sub(start.idle) as f64;
        // Ticks are coarse: a run may be over before one has passed.
        Machine { processors: self.processors, busy_share: busy / (busy + idle).max(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_proc_stat() {
        let start = MachineTime::read("cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 50 0 25 400 25 0 0 0 0 0\ncpu1 1 2 3 4\nintr 1 2\n").unwrap();
        assert_eq!(start, MachineTime { processors: 2, busy: 150, idle: 850 });
        let end = MachineTime { busy: 180, idle: 860, ..start };
        assert_eq!(end.since(&start), Machine { processors: 2, busy_share: 0.75 });
        assert_eq!(start.since(&start).busy_share, 0.0);
        for text in ["", "cpu", "cpu  1 2", "cpu  a b c d e"] {
            assert_eq!(MachineTime::read(text), None, "{text}");
        }
    }
}
