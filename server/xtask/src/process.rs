//! Running other programs, with errors that name the command.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

/// A command line as it would be typed, for messages.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let mut line = String::new();
    for word in words {
        let word = word.to_string_lossy();
        if !line.is_empty() {
            line.push(' ');
        }
        if word.contains([' ', '\'']) || word.is_empty() {
            line.push_str(&format!("{word:?}"));
        } else {
            line.push_str(&word);
        }
    }
    match command.get_current_dir() {
        Some(folder) => format!("{line} (in {})", folder.display()),
        None => line,
    }
}

/// Prints the command, runs it with our own stdout and stderr, and fails if it fails.
pub(crate) fn stream(command: &mut Command) -> Result<()> {
    let line = shown(command);
    println!("$ {line}");
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed: {status}");
    }
    Ok(())
}

/// Runs the command and returns its stdout; fails with its stderr if it fails.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let line = shown(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{line}`"))?;
    if !output.status.success() {
        bail!("`{line}` failed: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim_end());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{line}` printed no UTF-8"))
}

/// The first file of this name on PATH.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(&file)).find(|path| path.is_file())
}

/// The cargo that runs us, in `root`.
pub(crate) fn cargo<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(root: &Path, args: I) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args).current_dir(root);
    if env::var_os("CARGO_TARGET_DIR").is_none() {
        command.env("CARGO_TARGET_DIR", root.join("target"));
    }
    command
}

/// npm in `folder`.
pub(crate) fn npm<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(folder: &Path, args: I) -> Result<Command> {
    let name = if cfg!(windows) { "npm.cmd" } else { "npm" };
    if on_path("node").is_none() || (on_path("npm").is_none() && !cfg!(windows)) {
        bail!("no `node` and `npm` on PATH; install Node.js 20 or newer, they install the rest");
    }
    let mut command = Command::new(name);
    command.args(args).current_dir(folder);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_name_the_command() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let error = capture(&mut cargo(root, ["no such task"])).expect_err("no such task");
        assert!(format!("{error:#}").contains("\"no such task\""), "{error:#}");
        let error = stream(&mut Command::new("no-such-program-here")).expect_err("no program");
        assert!(format!("{error:#}").contains("cannot start `no-such-program-here`"));
    }

    #[test]
    fn capture_returns_stdout() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let version = capture(&mut cargo(root, ["--version"])).expect("cargo runs");
        assert!(version.starts_with("cargo "), "{version}");
    }

    #[test]
    fn programs_are_found_on_path() {
        assert!(on_path("cargo").is_some());
        assert_eq!(on_path("no-such-program-here"), None);
    }
}
