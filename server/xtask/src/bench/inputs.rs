//! Big inputs for the readers, made once and kept under `.tools/bench`.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{process::stream, setup};

/// A log of V8's profiler of at least so many bytes, of the TypeScript compiler at work, with the flags that
/// Tickmark profiles with.
pub(crate) fn v8_log(root: &Path, node: &Path, bytes: u64) -> Result<PathBuf> {
    let folder = folder(root)?;
    let log = folder.join(format!("v8-{}mb.log", bytes / 1_000_000));
    if log.is_file() {
        return Ok(log);
    }
    let unfinished = folder.join("v8-unfinished.log");
    let packages = setup::bench_packages(root)?;
    println!("making {} with {}", log.display(), node.display());
    stream(
        Command::new(node)
            .args(["--prof", "--prof-sampling-interval=100", "--log-deopt", "--no-log-source-code", "--no-sparkplug"])
            .arg("--redirect-code-traces")
            .arg(format!("--redirect-code-traces-to={}", folder.join("code-traces.txt").display()))
            .arg("--no-logfile-per-isolate")
            .arg(format!("--logfile={}", unfinished.display()))
            .arg(root.join("server/xtask/workloads/transpile.js"))
            .arg(packages.join("node_modules/typescript"))
            .arg(&unfinished)
            .arg(bytes.to_string()),
    )?;
    keep(&unfinished, &log, bytes)
}

/// A CPU profile of at least so many bytes: a deep tree of many functions, and samples all over it.
pub(crate) fn cpu_profile(root: &Path, bytes: u64) -> Result<PathBuf> {
    let folder = folder(root)?;
    let profile = folder.join(format!("synthetic-{}mb.cpuprofile", bytes / 1_000_000));
    if profile.is_file() {
        return Ok(profile);
    }
    println!("making {}", profile.display());
    let unfinished = folder.join("unfinished.cpuprofile");
    let file = File::create(&unfinished).with_context(|| format!("cannot create {}", unfinished.display()))?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    // Half of the bytes for nodes of about 240 bytes, half for samples and deltas of about 11.
    write_cpu_profile(&mut out, bytes / 440, bytes / 20)?;
    out.flush()?;
    drop(out);
    keep(&unfinished, &profile, bytes)
}

fn folder(root: &Path) -> Result<PathBuf> {
    let folder = root.join(".tools/bench");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}

/// Gives a complete file its name.
fn keep(unfinished: &Path, name: &Path, at_least: u64) -> Result<PathBuf> {
    let size = fs::metadata(unfinished).with_context(|| format!("no {} was made", unfinished.display()))?.len();
    if size < at_least {
        bail!("{} has {size} bytes and should have {at_least}", unfinished.display());
    }
    fs::rename(unfinished, name).with_context(|| format!("cannot rename {}", unfinished.display()))?;
    Ok(name.to_path_buf())
}

/// The format of `node --cpu-prof`. Node 1 is the root; ids count up; the depth wanders up to 200.
fn write_cpu_profile(out: &mut impl Write, nodes: u64, samples: u64) -> Result<()> {
    const MAX_DEPTH: usize = 200;
    let nodes = nodes.max(2);
    let mut random = Random(0x2545_f491_4f6c_dd1d);

    // The path from the root to the newest node; each new node hangs somewhere on its lower part.
    let mut children: Vec<Vec<u64>> = vec![Vec::new(); usize::try_from(nodes)? + 1];
    let mut path = vec![1_u64];
    for id in 2..=nodes {
        let up = if path.len() >= MAX_DEPTH { 20 + random.below(MAX_DEPTH as u64 - 40) } else { random.below(4) / 2 };
        path.truncate((path.len() - usize::try_from(up)?.min(path.len() - 1)).max(1));
        let parent = path[path.len() - 1];
        children[usize::try_from(parent)?].push(id);
        path.push(id);
    }

    write!(out, "{{\"nodes\":[")?;
    for id in 1..=nodes {
        let function = random.below(8_000);
        if id > 1 {
            write!(out, ",")?;
        }
        let (name, script, url, line, column) = if id == 1 {
            ("(root)".to_owned(), 0, String::new(), -1, -1)
        } else {
            let script = 100 + function / 40;
            (
                format!("handleRequest{function}"),
                script,
                format!("file:///project/src/services/module-{script}/controller.js"),
                i64::try_from(function % 40)? * 12,
                i64::try_from(function % 7)? * 4,
            )
        };
        write!(
            out,
            "{{\"id\":{id},\"callFrame\":{{\"functionName\":\"{name}\",\"scriptId\":\"{script}\",\"url\":\"{url}\",\
             \"lineNumber\":{line},\"columnNumber\":{column}}},\"hitCount\":{}",
            random.below(40)
        )?;
        let own = &children[usize::try_from(id)?];
        if !own.is_empty() {
            write!(out, ",\"children\":[")?;
            write_list(out, own.iter().copied())?;
            write!(out, "]")?;
        }
        if line >= 0 {
            write!(
                out,
                ",\"positionTicks\":[{{\"line\":{},\"ticks\":{}}}]",
                line + 1 + i64::try_from(random.below(10))?,
                1 + random.below(40)
            )?;
        }
        write!(out, "}}")?;
    }

    let start = 1_000_000_u64;
    let deltas: Vec<u64> = (0..samples).map(|_| 90 + random.below(40)).collect();
    let end = start + deltas.iter().sum::<u64>();
    write!(out, "],\"startTime\":{start},\"endTime\":{end},\"samples\":[")?;
    write_list(out, (0..samples).map(|_| 1 + random.below(nodes)))?;
    write!(out, "],\"timeDeltas\":[")?;
    write_list(out, deltas.iter().copied())?;
    write!(out, "]}}")?;
    Ok(())
}

fn write_list(out: &mut impl Write, mut values: impl Iterator<Item = u64>) -> Result<()> {
    if let Some(first) = values.next() {
        write!(out, "{first}")?;
    }
    for value in values {
        write!(out, ",{value}")?;
    }
    Ok(())
}

/// xorshift64*: the same file every time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn the_profile_is_a_deep_tree_with_samples_on_its_nodes() {
        let mut bytes = Vec::new();
        write_cpu_profile(&mut bytes, 5_000, 2_000).expect("it fits");
        let profile: Value = serde_json::from_slice(&bytes).expect("it is JSON");
        let nodes = profile["nodes"].as_array().expect("nodes");
        assert_eq!(nodes.len(), 5_000);
        let mut depth = vec![0_u64; nodes.len() + 1];
        let mut with_parent = 0;
        for node in nodes {
            let id = node["id"].as_u64().expect("id") as usize;
            for child in node["children"].as_array().into_iter().flatten() {
                let child = child.as_u64().expect("child") as usize;
                // Parents come first, so their depth is known.
                assert!(child > id && depth[child] == 0);
                depth[child] = depth[id] + 1;
                with_parent += 1;
            }
        }
        assert_eq!(with_parent, 4_999, "one root");
        let deepest = depth.iter().max().copied().unwrap_or(0);
        assert!((150..=200).contains(&deepest), "{deepest}");
        let samples = profile["samples"].as_array().expect("samples");
        assert_eq!(samples.len(), 2_000);
        assert!(samples.iter().all(|id| (1..=5_000).contains(&id.as_u64().unwrap_or(0))));
        assert_eq!(profile["timeDeltas"].as_array().map(Vec::len), Some(2_000));
    }

    #[test]
    fn an_input_that_is_too_small_is_refused() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let (from, to) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&from, "123").expect("writable");
        assert!(keep(&from, &to, 4).is_err());
        assert_eq!(keep(&from, &to, 3).expect("big enough"), to);
        assert!(keep(&from, &to, 3).is_err(), "it was renamed");
    }
}
