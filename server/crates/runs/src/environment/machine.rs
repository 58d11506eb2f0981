//! The machine, and what else it was doing.

use crate::record::HostFacts;
use std::path::Path;

/// This machine at this moment: a run asks before it starts anything.
pub fn machine() -> HostFacts {
    HostFacts {
        os: std::env::consts::OS.to_owned(),
        arch: std::env::consts::ARCH.to_owned(),
        cpus: std::thread::available_parallelism().map_or(1, usize::from),
        cpu_model: cpu_model(),
        governor: read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        load_average: read("/proc/loadavg").as_deref().and_then(first_number),
    }
}

/// The note on a machine that did something else before the run, told by its load average.
pub(crate) fn busy_before(host: &HostFacts) -> Option<String> {
    let load = host.load_average.filter(|load| *load > host.cpus as f64 / 2.0)?;
    Some(format!(
        "The machine was busy in the minute before the start (load average {load:.1} on {} processors): figures may be worse than on a \
         quiet one, and scatter more.",
        host.cpus
    ))
}

fn read(path: impl AsRef<Path>) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn first_number(text: &str) -> Option<f64> {
    text.split_whitespace().next()?.parse().ok()
}

/// Of `/proc/cpuinfo`; on ARM only some kernels tell.
#[cfg(target_os = "linux")]
fn cpu_model() -> Option<String> {
    model_in(&read("/proc/cpuinfo")?)
}

#[cfg(target_os = "macos")]
fn cpu_model() -> Option<String> {
    let output = std::process::Command::new("/usr/sbin/sysctl").args(["-n", "machdep.cpu.brand_string"]).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn cpu_model() -> Option<String> {
    std::env::var("PROCESSOR_IDENTIFIER").ok()
}

#[cfg(any(target_os = "linux", test))]
fn model_in(cpuinfo: &str) -> Option<String> {
    let value = |name: &str| {
        let lines = cpuinfo.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(key, _)| key.trim() == name).map(|(_, value)| value.trim()).find(|value| !value.is_empty())
    };
    ["model name", "Model", "Hardware", "cpu model"].into_iter().find_map(value).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_of_processors() {
        fn check(cpuinfo: &str, expected: Option<&str>) {
            assert_eq!(model_in(cpuinfo).as_deref(), expected);
        }
        check("processor\t: 0\nmodel\t\t: 1\nmodel name\t: AMD EPYC 7763: 64\n\nmodel name\t: other\n", Some("AMD EPYC 7763: 64"));
        check("processor\t: 0\nBogoMIPS\t: 108\n\nModel\t\t: Raspberry Pi 4\n", Some("Raspberry Pi 4"));
        check("processor\t: 0\nmodel name\t:\n", None);
    }

    #[test]
    fn a_busy_machine_is_told() {
        fn check(load_average: Option<f64>, cpus: usize, expected: bool) {
            let note = busy_before(&HostFacts { load_average, cpus, ..machine() });
            assert_eq!(note.is_some(), expected, "{load_average:?} {cpus}: {note:?}");
        }
        check(None, 1, false);
        check(Some(0.5), 1, false);
        check(Some(0.51), 1, true);
        check(Some(2.0), 4, false);
        check(Some(2.1), 4, true);
        assert_eq!(first_number("0.52 0.58 0.59 1/467 12345"), Some(0.52));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_machine() {
        let host = machine();
        assert!(host.load_average.is_some_and(|load| load >= 0.0), "{host:?}");
        assert!(host.cpus >= 1);
    }
}
