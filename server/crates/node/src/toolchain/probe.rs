//! Running a binary to learn what it is.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use process_wrap::tokio::{CommandWrap, KillOnDrop};
use semver::Version;
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

use super::{Env, Toolchain, Why};

/// Why a binary could not tell what it is.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// It could not be started or read.
    #[error("cannot run {}: {source}", .path.display())]
    Run {
        /// The binary.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// It did not answer; it was killed.
    #[error("{} did not answer within {} s: is it Node.js?", .path.display(), .after.as_secs())]
    Hangs {
        /// The binary.
        path: PathBuf,
        /// How long it was given.
        after: Duration,
    },
    /// It answered something else.
    #[error("{} is not a usable Node.js: {reason}", .path.display())]
    NotNode {
        /// The binary.
        path: PathBuf,
        /// What it did.
        reason: String,
    },
}

/// Time a binary gets to tell about itself; a cold start on a slow disk takes seconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks the binary, in `dir` since shims decide by directory.
pub(super) async fn probe(path: &Path, dir: &Path, env: &Env) -> Result<Toolchain, ProbeError> {
    let version = run(path, &["--version"], dir, env, PATIENCE).await?;
    let version = parse_version(&version.stdout)
        .ok_or_else(|| ProbeError::NotNode { path: path.to_owned(), reason: format!("`--version` printed {:?}", version.first_words()) })?;
    let mut found = Toolchain {
        path: path.to_owned(),
        version,
        v8_version: String::new(),
        arch: String::new(),
        lts: None,
        options: BTreeSet::new(),
        source: Why::Path,
        notice: None,
    };
    if found.version.major < super::OLDEST_MAJOR {
        return Ok(found);
    }
    let (about, v8, own) = tokio::try_join!(
        run(path, &["-p", ABOUT], dir, env, PATIENCE),
        run(path, &["--v8-options"], dir, env, PATIENCE),
        run(path, &["--help"], dir, env, PATIENCE),
    )?;
    let about: About = serde_json::from_slice(&about.stdout).map_err(|error| ProbeError::NotNode {
        path: path.to_owned(),
        reason: format!("`-p` printed {:?} ({error})", about.first_words()),
    })?;
    found.path = about.path;
    found.v8_version = about.v8;
    found.arch = about.arch;
    found.lts = about.lts.map(|name| name.to_lowercase());
    found.options = parse_options(&v8.text());
    if found.options.is_empty() {
        return Err(ProbeError::NotNode { path: path.to_owned(), reason: "`--v8-options` lists no flags".to_owned() });
    }
    found.options.extend(parse_options(&own.text()));
    Ok(found)
}

const ABOUT: &str = "JSON.stringify({ path: process.execPath, v8: process.versions.v8, \
     arch: process.arch, lts: process.release.lts })";

#[derive(Deserialize)]
struct About {
    path: PathBuf,
    v8: String,
    arch: String,
    #[serde(default)]
    lts: Option<String>,
}

/// Everything a short-lived command printed.
pub(crate) struct Captured {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    pub(crate) code: Option<i32>,
}

impl Captured {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub(crate) fn first_words(&self) -> String {
        let all = [self.stdout.as_slice(), self.stderr.as_slice()].concat();
        String::from_utf8_lossy(&all).trim().chars().take(200).collect()
    }
}

/// Runs `path` to its end and captures its output, or kills it and its group after `patience`.
pub(crate) async fn run<A: AsRef<OsStr>>(
    path: &Path,
    args: &[A],
    dir: &Path,
    env: &Env,
    patience: Duration,
) -> Result<Captured, ProbeError> {
    let failed = |source| ProbeError::Run { path: path.to_owned(), source };
    let mut command = Command::new(path);
    command
        .args(args)
        .env_clear()
        // NODE_OPTIONS may open a debugger, or preload code of the project.
        .envs(env.iter().filter(|(name, _)| *name != "NODE_OPTIONS"))
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut wrapped = CommandWrap::from(command);
    wrapped.wrap(KillOnDrop);
    #[cfg(unix)]
    wrapped.wrap(process_wrap::tokio::ProcessGroup::leader());
    #[cfg(windows)]
    wrapped.wrap(process_wrap::tokio::JobObject);
    let mut child = wrapped.spawn().map_err(failed)?;
    let (stdout, stderr) = (child.stdout().take(), child.stderr().take());
    let finish = async {
        let (stdout, stderr, status) = tokio::join!(read(stdout), read(stderr), child.wait());
        Ok::<_, io::Error>(Captured { stdout: stdout?, stderr: stderr?, code: status?.code() })
    };
    match tokio::time::timeout(patience, finish).await {
        Ok(Ok(captured)) if captured.code == Some(0) => Ok(captured),
        Ok(Ok(captured)) => Err(ProbeError::NotNode {
            path: path.to_owned(),
            reason: format!(
                "exit code {} and {:?}",
                captured.code.map_or_else(|| "none".to_owned(), |code| code.to_string()),
                captured.first_words()
            ),
        }),
        Ok(Err(source)) => Err(failed(source)),
        Err(_) => {
            if let Err(error) = child.start_kill() {
                tracing::debug!(%error, "the hanging process was gone already");
            }
            let _ = tokio::time::timeout(Duration::from_secs(2), child.wait()).await;
            Err(ProbeError::Hangs { path: path.to_owned(), after: patience })
        }
    }
}

async fn read(pipe: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut all).await?;
    }
    Ok(all)
}

fn parse_version(printed: &[u8]) -> Option<Version> {
    let text = std::str::from_utf8(printed).ok()?.trim();
    Version::parse(text.strip_prefix('v')?).ok()
}

/// Names of the flags in a help text: every `--name` that begins a line, or
/// follows a short form (`  -v, --version`). `_` and `-` are the same to V8.
fn parse_options(help: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in help.lines() {
        let Some(rest) = line.strip_prefix("  ") else { continue };
        for word in rest.trim_start().split([',', ' ']).filter(|word| !word.is_empty()) {
            if !word.starts_with('-') {
                break;
            }
            if let Some(name) = word.strip_prefix("--") {
                let name = name.split(['=', '[']).next().unwrap_or(name);
                if !name.is_empty() {
                    found.insert(name.replace('_', "-"));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_help_texts() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(parse_options(text).into_iter().collect::<Vec<_>>(), expected, "{text}");
        };
        check("  --log-deopt (log deoptimization)\n        type: bool  default: --no-log-deopt\n", &["log-deopt"]);
        check("  --log-function_events (x)\n", &["log-function-events"]);
        check("  -e, --eval=...       evaluate --not-this\n", &["eval"]);
        check("  --inspect[=[host:]port]    activate\n", &["inspect"]);
        check("Usage: node --x\n", &[]);
    }

    #[test]
    fn versions() {
        assert_eq!(parse_version(b"v20.1.2\n"), Some(Version::new(20, 1, 2)));
        assert_eq!(parse_version(b"20.1.2"), None);
        assert_eq!(parse_version(b"Usage: node"), None);
        assert!(parse_version(b"v23.0.0-nightly20240101abcdef\n").is_some());
    }
}
