//! The flags that make V8 write a complete log, for the version at hand.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::toolchain::Toolchain;

/// What the log is to contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfilingOptions {
    /// Sampling interval in microseconds of wall time; `None` takes no samples.
    pub interval_us: Option<u32>,
    /// Existing directory for the logs, one file per isolate: `isolate-<address>-<pid>-<pid>.log`.
    pub log_dir: PathBuf,
    /// Deoptimizations.
    pub deopts: bool,
    /// Inline-cache transitions. A megamorphic site can cost 15 times the CPU time.
    pub inline_caches: bool,
    /// Hidden classes, without their details.
    pub maps: bool,
    /// Parse and compile times per function.
    pub function_events: bool,
    /// Source text of every script in the log (cannot be left out on Node 18).
    pub log_source: bool,
    /// Leave Sparkplug on where its code has no line table (up to Node 24), and
    /// accept figures per function there.
    pub keep_sparkplug: bool,
    /// Print what the optimising compilers consider for inlining, and refuse, on
    /// the program's standard output: V8 cannot be told to print it elsewhere.
    /// Functions are then optimised on the main thread, so that what is printed
    /// of one is not mixed with another: up to 1.9 times the CPU time at start.
    pub inlining_traces: bool,
}

/// Flags, and the file they need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfilingFlags {
    /// To be put before the entry file.
    pub args: Vec<String>,
    /// Where V8 is told to put traces which it would otherwise print among the
    /// program's own output (up to Node 24). Not needed; remove it after the run.
    pub code_traces: Option<PathBuf>,
    /// Flags of the request that this binary does not know.
    pub unknown: Vec<String>,
}

/// Why V8 cannot be made to log there.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FlagsError {
    /// V8 would write the whole log to the program's standard output.
    #[error("the log directory {} does not exist: create it before the run", .0.display())]
    NoDirectory(PathBuf),
    /// Node takes arguments as UTF-8.
    #[error("the path of the log directory {} is not valid UTF-8: choose another one", .0.display())]
    NotUtf8(PathBuf),
    /// V8 cuts the path off, and then writes elsewhere or aborts.
    #[error("V8 takes at most {LONGEST_TRACE_PATH} bytes for the path of its code traces, and both {} and {} are longer: use a shorter log directory or TMPDIR", .log_dir.display(), .temp_dir.display())]
    PathTooLong {
        /// The log directory.
        log_dir: PathBuf,
        /// The system's directory for temporary files.
        temp_dir: PathBuf,
    },
    /// Nothing would be logged.
    #[error("this Node.js ({version}) knows none of the flags for a V8 log: its V8 was built without them")]
    NoLog {
        /// Version of Node.
        version: String,
    },
}

/// Size of V8's buffer for `--redirect-code-traces-to` less the final zero
/// (`CodeTracer::filename_`, src/diagnostics/code-tracer.h).
const LONGEST_TRACE_PATH: usize = 127;

impl ProfilingOptions {
    /// Samples every millisecond and deoptimizations, nothing that floods.
    pub fn new(log_dir: impl Into<PathBuf>) -> Self {
        Self {
            interval_us: Some(1000),
            log_dir: log_dir.into(),
            deopts: true,
            inline_caches: false,
            maps: false,
            function_events: false,
            log_source: false,
            keep_sparkplug: false,
            inlining_traces: false,
        }
    }
}

/// Builds the flags. Those the binary does not know are left out and listed,
/// since Node exits with code 9 on any of them.
pub fn profiling_flags(toolchain: &Toolchain, options: &ProfilingOptions) -> Result<ProfilingFlags, FlagsError> {
    let dir = std::path::absolute(&options.log_dir)
        .ok()
        .filter(|dir| dir.is_dir())
        .ok_or_else(|| FlagsError::NoDirectory(options.log_dir.clone()))?;
    flags_for(toolchain, options, &dir, &std::env::temp_dir())
}

fn flags_for(toolchain: &Toolchain, options: &ProfilingOptions, dir: &Path, temp_dir: &Path) -> Result<ProfilingFlags, FlagsError> {
    let text = dir.to_str().ok_or_else(|| FlagsError::NotUtf8(dir.to_owned()))?;
    if !toolchain.knows("logfile") || !toolchain.knows("log-deopt") {
        return Err(FlagsError::NoLog { version: toolchain.version.to_string() });
    }
    let major = toolchain.version.major;
    let mut wanted = Vec::new();
    if let Some(interval_us) = options.interval_us {
        wanted.push("--prof".to_owned());
        wanted.push(format!("--prof-sampling-interval={interval_us}"));
    } else {
        // Positions of code objects, which --prof implies.
        wanted.push("--log-code".to_owned());
    }
    let chosen = [
        (options.deopts, "--log-deopt"),
        (options.inline_caches, "--log-ic"),
        (options.maps, "--log-maps"),
        // 12 MB at start otherwise.
        (options.maps, "--no-log-maps-details"),
        (options.function_events, "--log-function-events"),
        (options.log_source, "--log-source-code"),
        (!options.log_source, "--no-log-source-code"),
        // Interpreted frames are put on the wrong caller otherwise.
        (major == 20, "--no-short-builtin-calls"),
        (major < 25 && !options.keep_sparkplug, "--no-sparkplug"),
        (options.inlining_traces, "--no-concurrent-recompilation"),
        // Begins and ends what is printed of a function.
        (options.inlining_traces, "--trace-opt"),
        (options.inlining_traces, "--trace-turbo-inlining"),
        // Up to Node 22 there is the flag, but no Maglev.
        (major >= 24 && options.inlining_traces, "--trace-maglev-inlining"),
    ];
    wanted.extend(chosen.into_iter().filter(|(on, _)| *on).map(|(_, flag)| flag.to_owned()));
    let separator = std::path::MAIN_SEPARATOR;
    // V8 expands %p and %t anywhere in the path, and %% to one percent sign.
    wanted.push(format!("--logfile={}{separator}%p.log", text.replace('%', "%%")));
    let mut code_traces = None;
    // Redirected, the frame of --trace-opt would be missing around what --trace-turbo-inlining prints.
    if major < 25 && options.deopts && !options.inlining_traces {
        let file = trace_file(dir, temp_dir)?;
        wanted.push("--redirect-code-traces".to_owned());
        wanted.push(format!("--redirect-code-traces-to={}", file.display()));
        code_traces = Some(file);
    }
    let (args, unknown) = wanted.into_iter().partition(|flag| toolchain.knows(name_of(flag)));
    Ok(ProfilingFlags { args, code_traces, unknown })
}

/// `--no-log-maps-details=1` → `log-maps-details`.
fn name_of(flag: &str) -> &str {
    let name = flag.trim_start_matches('-');
    let name = name.split('=').next().unwrap_or(name);
    name.strip_prefix("no-").unwrap_or(name)
}

fn trace_file(dir: &Path, temp_dir: &Path) -> Result<PathBuf, FlagsError> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let beside = dir.join("code-traces.txt");
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let elsewhere = temp_dir.join(format!("tickmark-{}-{count}.txt", std::process::id()));
    [beside, elsewhere]
        .into_iter()
        .find(|file| file.to_str().is_some_and(|text| text.len() <= LONGEST_TRACE_PATH))
        .ok_or_else(|| FlagsError::PathTooLong { log_dir: dir.to_owned(), temp_dir: temp_dir.to_owned() })
}

#[cfg(test)]
mod tests {
    use semver::Version;

    use super::*;
    use crate::toolchain::Why;

    fn toolchain(major: u64, without: &[&str]) -> Toolchain {
        let all = "prof prof-sampling-interval log-code log-deopt log-ic log-maps log-maps-details \
                   log-function-events log-source-code short-builtin-calls sparkplug logfile \
                   redirect-code-traces redirect-code-traces-to concurrent-recompilation \
                   trace-opt trace-turbo-inlining trace-maglev-inlining";
        Toolchain {
            path: "node".into(),
            version: Version::new(major, 1, 0),
            v8_version: String::new(),
            arch: "x64".into(),
            lts: None,
            options: all.split_whitespace().filter(|o| !without.contains(o)).map(str::to_owned).collect(),
            source: Why::Path,
            notice: None,
        }
    }

    fn check(major: u64, change: impl FnOnce(&mut ProfilingOptions), expected: &str) {
        let mut options = ProfilingOptions::new("/d");
        change(&mut options);
        let flags = flags_for(&toolchain(major, &[]), &options, Path::new("/d"), Path::new("/t")).unwrap();
        assert_eq!(flags.args.join(" "), expected, "Node {major}");
        assert_eq!(flags.unknown, [""; 0]);
    }

    #[test]
    fn per_version() {
        let start = "--prof --prof-sampling-interval=1000 --log-deopt --no-log-source-code";
        let redirect = "--redirect-code-traces --redirect-code-traces-to=/d/code-traces.txt";
        let plain = |_: &mut ProfilingOptions| {};
        for major in [18, 22, 24] {
            check(major, plain, &format!("{start} --no-sparkplug --logfile=/d/%p.log {redirect}"));
        }
        check(20, plain, &format!("{start} --no-short-builtin-calls --no-sparkplug --logfile=/d/%p.log {redirect}"));
        for major in [25, 26] {
            check(major, plain, &format!("{start} --logfile=/d/%p.log"));
        }
        check(22, |o| o.keep_sparkplug = true, &format!("{start} --logfile=/d/%p.log {redirect}"));
        check(
            26,
            |o| {
                o.interval_us = Some(250);
                o.inline_caches = true;
                o.maps = true;
                o.function_events = true;
                o.log_source = true;
            },
            "--prof --prof-sampling-interval=250 --log-deopt --log-ic --log-maps --no-log-maps-details \
             --log-function-events --log-source-code --logfile=/d/%p.log",
        );
        check(26, |o| o.interval_us = None, "--log-code --log-deopt --no-log-source-code --logfile=/d/%p.log");
        check(
            24,
            |o| (o.deopts, o.keep_sparkplug) = (false, true),
            "--prof --prof-sampling-interval=1000 --no-log-source-code --logfile=/d/%p.log",
        );
        let decisions = |o: &mut ProfilingOptions| {
            (o.interval_us, o.deopts, o.keep_sparkplug) = (None, false, true);
            (o.inline_caches, o.maps, o.inlining_traces) = (true, true, true);
        };
        let logged = "--log-code --log-ic --log-maps --no-log-maps-details --no-log-source-code";
        let traced = "--no-concurrent-recompilation --trace-opt --trace-turbo-inlining";
        check(22, decisions, &format!("{logged} {traced} --logfile=/d/%p.log"));
        check(24, decisions, &format!("{logged} {traced} --trace-maglev-inlining --logfile=/d/%p.log"));
    }

    #[test]
    fn unknown_flags_are_left_out_and_listed() {
        let options = ProfilingOptions::new("/d");
        let node = toolchain(22, &["sparkplug"]);
        let flags = flags_for(&node, &options, Path::new("/d"), Path::new("/t")).unwrap();
        assert_eq!(flags.unknown, ["--no-sparkplug"]);
        assert!(!flags.args.iter().any(|flag| flag.contains("sparkplug")));
        let node = toolchain(22, &["logfile"]);
        assert!(matches!(flags_for(&node, &options, Path::new("/d"), Path::new("/t")), Err(FlagsError::NoLog { .. })));
    }

    #[test]
    fn paths() {
        let options = ProfilingOptions::new("/a %p,b");
        let flags = flags_for(&toolchain(22, &[]), &options, Path::new("/a %p,b"), Path::new("/t")).unwrap();
        assert!(flags.args.contains(&"--logfile=/a %%p,b/%p.log".to_owned()), "{flags:?}");
        assert!(flags.args.contains(&"--redirect-code-traces-to=/a %p,b/code-traces.txt".to_owned()));
        let long = PathBuf::from(format!("/{}", "x".repeat(120)));
        let flags = flags_for(&toolchain(22, &[]), &options, &long, Path::new("/t")).unwrap();
        assert!(flags.code_traces.unwrap().starts_with("/t"));
        assert!(matches!(flags_for(&toolchain(22, &[]), &options, &long, &long), Err(FlagsError::PathTooLong { .. })));
        assert!(flags_for(&toolchain(26, &[]), &options, &long, &long).is_ok());
        let missing = ProfilingOptions::new("/no/such/directory");
        assert!(matches!(profiling_flags(&toolchain(22, &[]), &missing), Err(FlagsError::NoDirectory(_))));
    }
}
