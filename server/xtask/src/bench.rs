//! `cargo xtask bench`: Tickmark side by side with the tools people use for the same, on the same input.
//! Each measurement is repeated in turn (A B A B …) and the median is shown, so that a machine that is
//! slow for a while is slow for all.

mod inputs;
mod load;
mod measure;

use std::{path::Path, process::Command};

use anyhow::Result;
use clap::ValueEnum;

use crate::{
    binary::{Build, tickmark},
    process::{cargo, npm, stream},
    setup,
};
use measure::{Usage, median, rounds};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Name {
    /// Reading a V8 log of 100 MB: `tickmark report` and `node --prof-process`
    V8log,
    /// Reading a CPU profile of 200 MB: `tickmark report` and `JSON.parse`
    Cpuprofile,
    /// The language server: latency of answers, before and after edits, and its start
    Lsp,
    /// HTTP load: `tickmark load` and autocannon, and wrk and oha where they are, against Node and nginx
    Load,
    /// The flamegraph's drawing: `npm run bench` of editors/webview
    Flamegraph,
    /// VS Code: from a run's end to its lenses, a large flamegraph's first paint, typing with results and without
    Editor,
}

/// The version whose log is read, and that reads it with `--prof-process`.
const NODE: &str = "22.23.3";

/// How often each tool reads each file.
const ROUNDS: usize = 3;

const V8_LOG_BYTES: u64 = 100_000_000;
const CPU_PROFILE_BYTES: u64 = 210_000_000;

/// Runs these benches, all if there are none.
pub(crate) fn run(root: &Path, names: &[Name]) -> Result<()> {
    let names = if names.is_empty() { Name::value_variants() } else { names };
    for &name in names {
        println!("\n== {}", name.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default());
        match name {
            Name::V8log => v8_log(root)?,
            Name::Cpuprofile => cpu_profile(root)?,
            Name::Load => load::run(root, &tickmark(root, Build::Release)?)?,
            Name::Lsp => stream(&mut cargo(root, ["bench", "--package", "tickmark", "--bench", "lsp"]))?,
            Name::Flamegraph => {
                let folder = root.join("editors/webview");
                setup::locked_packages(&folder)?;
                let chromium = setup::chromium()?;
                stream(npm(&folder, ["run", "bench"])?.env("CHROMIUM_PATH", chromium))?;
            }
            Name::Editor => editor(root)?,
        }
    }
    Ok(())
}

fn editor(root: &Path) -> Result<()> {
    let folder = root.join("editors/vscode");
    setup::locked_packages(&folder)?;
    let chromium = setup::chromium()?;
    let tickmark = tickmark(root, Build::Release)?;
    stream(npm(&folder, ["run", "--silent", "package"])?.env("TICKMARK_BIN", tickmark))?;
    stream(npm(&folder, ["run", "--silent", "bench"])?.env("CHROMIUM_PATH", chromium))
}

/// `tickmark report FILE`, to JSON.
fn report(tickmark: &Path, file: &Path) -> Command {
    let mut command = Command::new(tickmark);
    command.arg("report").arg(file).args(["--format", "json", "--quiet"]);
    command
}

fn v8_log(root: &Path) -> Result<()> {
    let node = setup::node(root, NODE)?;
    let log = inputs::v8_log(root, &node, V8_LOG_BYTES)?;
    let tickmark = tickmark(root, Build::Release)?;
    let mut theirs = Command::new(&node);
    theirs.arg("--prof-process").arg(&log);
    let mut tools = [("tickmark report", report(&tickmark, &log)), ("node --prof-process", theirs)];
    print_table(&log, &rounds(ROUNDS, &mut tools)?)
}

fn cpu_profile(root: &Path) -> Result<()> {
    let node = setup::node(root, NODE)?;
    let profile = inputs::cpu_profile(root, CPU_PROFILE_BYTES)?;
    let tickmark = tickmark(root, Build::Release)?;
    let program = "const p = JSON.parse(require('node:fs').readFileSync(process.argv[1], 'utf8'));\
                   console.log(p.nodes.length, p.samples.length)";
    let mut theirs = Command::new(&node);
    theirs.args(["--max-old-space-size=8192", "-e", program]).arg(&profile);
    let mut tools = [("tickmark report", report(&tickmark, &profile)), ("JSON.parse in Node", theirs)];
    print_table(&profile, &rounds(ROUNDS, &mut tools)?)
}

/// Time, CPU and memory of each, and how many times those of the first.
fn print_table(input: &Path, results: &[(&str, Vec<Usage>)]) -> Result<()> {
    let megabytes = std::fs::metadata(input)?.len() as f64 / 1e6;
    println!("{} ({megabytes:.0} MB), median of {} rounds", input.display(), results[0].1.len());
    println!("{:<22} {:>9} {:>9} {:>9} {:>7} {:>7} {:>7}", "", "wall s", "CPU s", "peak MB", "wall ×", "CPU ×", "peak ×");
    let figures = |usages: &[Usage]| {
        [
            median(usages.iter().map(|usage| usage.wall.as_secs_f64())),
            median(usages.iter().map(|usage| usage.cpu.as_secs_f64())),
            median(usages.iter().map(|usage| usage.peak_bytes as f64 / 1e6)),
        ]
    };
    let ours = figures(&results[0].1);
    for (name, usages) in results {
        let its = figures(usages);
        let ratio = |at: usize| its[at] / ours[at];
        println!("{name:<22} {:>9.2} {:>9.2} {:>9.0} {:>7.2} {:>7.2} {:>7.2}", its[0], its[1], its[2], ratio(0), ratio(1), ratio(2));
    }
    Ok(())
}
