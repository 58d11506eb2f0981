//! `cargo xtask test`: everything that must hold, in one command.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{
    binary,
    process::{capture, cargo, npm, stream},
    setup, tidy,
};

/// Folders with build results that are committed, under the npm package that builds them.
const COMMITTED_BUILDS: [(&str, &str); 1] = [("editors/webview", "dist")];

/// Runs all steps, also after one has failed, and prints a summary. `Ok(false)` if one failed. With a
/// filter only the Rust tests that match it. Fails at once if something cannot be installed.
pub(crate) fn run(root: &Path, quick: bool, filter: Option<&str>) -> Result<bool> {
    let versions: &[&str] = if quick { &[setup::QUICK_NODE] } else { &setup::NODES };
    let nodes = setup::nodes(root, versions).context("cannot set up Node.js")?;
    setup::projects(root).context("cannot set up the example projects")?;

    let mut steps = Steps::default();
    if filter.is_none() {
        let rules: &[tidy::Rule] = if quick { &tidy::QUICK_RULES } else { &[] };
        steps.run("tidy", || match tidy::run(root, rules)? {
            true => Ok(()),
            false => bail!("see above"),
        });
        if !quick {
            for package in setup::EDITOR_PACKAGES {
                let folder = root.join(package);
                if folder.join("package.json").is_file() {
                    steps.run(package, || npm_package(root, &folder));
                }
            }
            for (package, build) in COMMITTED_BUILDS {
                let folder = root.join(package);
                if folder.join("package.json").is_file() {
                    steps.run(&format!("{package}/{build} is current"), || rebuild(&folder, build));
                }
            }
            let fuzz = root.join("server/fuzz/Cargo.toml");
            if fuzz.is_file() {
                steps.run("fuzz targets compile", || stream(cargo(root, ["check", "--manifest-path"]).arg(&fuzz)));
            }
        }
    }
    if !quick {
        steps.run("wrk is there", || setup::program("wrk", "the comparison of load generators").map(drop));
    }
    let mut neovim = None;
    if !quick && filter.is_none_or(|filter| filter.contains("neovim")) {
        steps.run("Neovim is there", || {
            neovim = Some(setup::neovim(root)?);
            setup::program("tmux", "the test of explanations in a terminal").map(drop)
        });
    }
    steps.run("Rust tests", || rust_tests(root, &nodes, filter, quick, neovim.as_deref()));
    Ok(steps.summary())
}

/// `npm ci`, then the type check and the tests of one package. Those in an editor run the program.
fn npm_package(root: &Path, folder: &Path) -> Result<()> {
    setup::locked_packages(folder)?;
    let chromium = setup::chromium()?;
    let tickmark = binary::tickmark(root, binary::Build::Debug)?;
    for script in ["check", "test"] {
        if setup::has_script(folder, script)? {
            stream(npm(folder, ["run", script])?.env("CHROMIUM_PATH", &chromium).env("TICKMARK_BIN", &tickmark))?;
        }
    }
    Ok(())
}

/// Builds again and fails if that changed a file of the committed build.
fn rebuild(folder: &Path, build: &str) -> Result<()> {
    setup::locked_packages(folder)?;
    let build = folder.join(build);
    if !build.is_dir() {
        bail!("{} is missing; run `npm run build` there and commit it", build.display());
    }
    let before = contents(&build)?;
    stream(&mut npm(folder, ["run", "build"])?)?;
    let changed = differences(&before, &contents(&build)?);
    if !changed.is_empty() {
        bail!("{} was not what its sources build; it is now: commit {}", build.display(), changed.join(", "));
    }
    Ok(())
}

/// A quick test leaves out those in an editor, and the comparison with another tool.
fn rust_tests(root: &Path, nodes: &[PathBuf], filter: Option<&str>, quick: bool, neovim: Option<&Path>) -> Result<()> {
    let nodes = env::join_paths(nodes).context("a path with a separator")?;
    let nextest = capture(&mut cargo(root, ["nextest", "--version"])).is_ok();
    let args: &[&str] =
        if nextest { &["nextest", "run", "--workspace", "--no-fail-fast"] } else { &["test", "--workspace", "--no-fail-fast"] };
    let mut command: Command = cargo(root, args);
    command.env("TICKMARK_TEST_NODES", nodes).args(filter);
    if let Some(neovim) = neovim {
        command.env("TICKMARK_TEST_NVIM", neovim);
    }
    if quick {
        if !nextest {
            command.arg("--");
        }
        command.args(if nextest {
            ["-E", "not (binary(neovim) or test(/against_wrk/))"]
        } else {
            ["--skip=in_neovim::", "--skip=against_wrk::"]
        });
    }
    stream(&mut command)
}

/// Path below the folder → bytes, of every file in it.
fn contents(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(current) = folders.pop() {
        let entries = fs::read_dir(&current).with_context(|| format!("cannot read {}", current.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
                files.insert(path.strip_prefix(folder).unwrap_or(&path).to_path_buf(), bytes);
            }
        }
    }
    Ok(files)
}

/// The names of files that are new, gone or changed.
fn differences(before: &BTreeMap<PathBuf, Vec<u8>>, after: &BTreeMap<PathBuf, Vec<u8>>) -> Vec<String> {
    let mut names: Vec<&PathBuf> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    names.into_iter().filter(|name| before.get(*name) != after.get(*name)).map(|name| name.display().to_string()).collect()
}

#[derive(Default)]
struct Steps {
    done: Vec<(String, Duration, Result<()>)>,
}

impl Steps {
    fn run(&mut self, name: &str, step: impl FnOnce() -> Result<()>) {
        println!("\n== {name}");
        let start = Instant::now();
        let result = step();
        if let Err(error) = &result {
            eprintln!("{name}: {error:#}");
        }
        self.done.push((name.to_owned(), start.elapsed(), result));
    }

    /// Whether all went well.
    fn summary(&self) -> bool {
        println!("\n== summary");
        for (name, time, result) in &self.done {
            let seconds = time.as_secs_f64();
            match result {
                Ok(()) => println!("ok      {name} ({seconds:.1} s)"),
                Err(error) => println!("FAILED  {name} ({seconds:.1} s): {error}"),
            }
        }
        self.done.iter().all(|(_, _, result)| result.is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_fails_the_whole_and_the_rest_is_run() {
        let mut steps = Steps::default();
        let mut ran = 0;
        steps.run("good", || Ok(()));
        assert!(steps.summary());
        steps.run("bad", || bail!("broken"));
        steps.run("after", || {
            ran += 1;
            Ok(())
        });
        assert_eq!(ran, 1);
        assert!(!steps.summary());
    }

    #[test]
    fn differences_name_new_gone_and_changed_files() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("sub")).expect("writable");
        for name in ["same", "gone", "sub/changed"] {
            fs::write(path(name), "1").expect("writable");
        }
        let before = contents(folder.path()).expect("readable");
        assert_eq!(before.len(), 3);
        assert!(differences(&before, &before).is_empty());
        fs::remove_file(path("gone")).expect("removable");
        fs::write(path("sub/changed"), "2").expect("writable");
        fs::write(path("new"), "1").expect("writable");
        let after = contents(folder.path()).expect("readable");
        assert_eq!(differences(&before, &after), ["gone", "new", "sub/changed"]);
    }
}
