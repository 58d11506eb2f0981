//! Which Node.js runs the project, and what that binary can do.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

use semver::Version;

mod installed;
pub(crate) mod probe;
mod wanted;

pub use probe::ProbeError;
use wanted::{Request, Wanted};

/// Oldest major version of Node.js whose V8 records are understood.
pub const OLDEST_MAJOR: u64 = 18;

/// A snapshot of environment variables, so that a search does not depend on when it runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Env(BTreeMap<OsString, OsString>);

/// A Node.js binary that was run once and told what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolchain {
    /// The binary itself: shims of version managers are resolved.
    pub path: PathBuf,
    /// `process.version`.
    pub version: Version,
    /// `process.versions.v8`, e.g. `12.4.254.21-node.57`.
    pub v8_version: String,
    /// `process.arch`, e.g. `x64`.
    pub arch: String,
    /// Code name of its long-term-support line in lower case, e.g. `iron`.
    pub lts: Option<String>,
    /// Names of the flags it knows, V8's and Node's, without dashes in front.
    pub options: BTreeSet<String>,
    /// Why this one was taken.
    pub source: Why,
    /// Something the user should know about the choice.
    pub notice: Option<String>,
}

/// Why a binary was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The user named it.
    Setting,
    /// A file of the project asks for a version, and this one satisfies it.
    Project {
        /// The asking file.
        file: PathBuf,
        /// What it says.
        wanted: String,
    },
    /// First `node` in `PATH`.
    Path,
    /// Not in `PATH`, but a version manager has it.
    Installed {
        /// Name of the version manager.
        manager: &'static str,
    },
}

/// Why there is no usable Node.js.
#[derive(Debug, thiserror::Error)]
pub enum ToolchainError {
    /// Nothing in `PATH` and nothing from a version manager.
    #[error(
        "no Node.js found: no `node` in the {directories} directories of PATH and none from nvm, fnm, volta, n, asdf, mise or nodenv. Install Node.js {OLDEST_MAJOR} or later, or name the binary in the setting `node`"
    )]
    NotFound {
        /// How many directories of `PATH` were looked into.
        directories: usize,
    },
    /// The setting names something that does not exist.
    #[error("the setting `node` names {}, where there is no Node.js binary. Correct or remove the setting", .path.display())]
    Setting {
        /// What it names.
        path: PathBuf,
    },
    /// Older than [`OLDEST_MAJOR`].
    #[error("Node.js {version} ({}) is too old: {OLDEST_MAJOR} or later is needed. {advice}", .path.display())]
    TooOld {
        /// The binary.
        path: PathBuf,
        /// Its version.
        version: Version,
        /// What to do.
        advice: String,
    },
    /// It does not behave like Node.js.
    #[error(transparent)]
    Probe(#[from] ProbeError),
}

/// Finds the Node.js for the project at `workspace_dir`.
///
/// Order: the setting; else what the project asks for (`.nvmrc`,
/// `.node-version`, `.tool-versions` and `volta.node` of package.json, the
/// nearest upwards; else the nearest `engines.node`), satisfied by `PATH`'s
/// node if it can be, else by the newest installed version that fits; else
/// `PATH`'s node, with a notice when the project asked for another one.
pub async fn find(workspace_dir: &Path, setting: Option<&Path>, env: &Env) -> Result<Toolchain, ToolchainError> {
    if let Some(setting) = setting {
        let path = installed::from_setting(workspace_dir, setting).ok_or_else(|| ToolchainError::Setting { path: setting.to_owned() })?;
        let mut found = probe::probe(&path, workspace_dir, env).await?;
        found.source = Why::Setting;
        return young_enough(found, "Choose a newer one in the setting `node`");
    }
    let on_path = match installed::on_path(env) {
        Some(path) => Some(probe::probe(&path, workspace_dir, env).await),
        None => None,
    };
    let installed = installed::all(env);
    let mut notices = Vec::new();
    let request = match wanted::request(workspace_dir, env) {
        Ok(request) => request,
        Err(problem) => {
            notices.push(problem);
            None
        }
    };
    if let Some(request) = request {
        if let Some(Ok(node)) = &on_path
            && request.satisfied_by_path(node)
        {
            let mut node = node.clone();
            node.source = request.why();
            return young_enough(with(node, notices), &advice(&installed));
        }
        for candidate in request.candidates(&installed) {
            match probe::probe(&candidate.path, workspace_dir, env).await {
                Ok(mut node) => {
                    node.source = request.why();
                    return young_enough(with(node, notices), &advice(&installed));
                }
                Err(error) => notices.push(error.to_string()),
            }
        }
        notices.push(not_satisfied(&request, on_path.as_ref().and_then(|node| node.as_ref().ok())));
    }
    match on_path {
        Some(Ok(node)) => young_enough(with(node, notices), &advice(&installed)),
        // A broken `node` in PATH is what the user's own shell would meet too.
        Some(Err(error)) => Err(error.into()),
        None => newest_installed(workspace_dir, env, &installed, notices).await,
    }
}

/// Runs the named binary and asks it what it is; not older than [`OLDEST_MAJOR`].
pub async fn inspect(path: &Path, dir: &Path, env: &Env) -> Result<Toolchain, ToolchainError> {
    let mut found = probe::probe(path, dir, env).await?;
    found.source = Why::Setting;
    young_enough(found, "Use a newer one")
}

impl Env {
    /// The environment of this process.
    pub fn current() -> Self {
        std::env::vars_os().collect()
    }

    /// Value of a variable; an empty one counts as absent.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// All variables.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// The home directory.
    pub(crate) fn home(&self) -> Option<PathBuf> {
        self.get("HOME").or_else(|| self.get("USERPROFILE")).map(PathBuf::from)
    }
}

impl<N: Into<OsString>, V: Into<OsString>> FromIterator<(N, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl Toolchain {
    /// Whether the binary knows a flag, given without dashes in front.
    pub fn knows(&self, option: &str) -> bool {
        self.options.contains(option)
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting => f.write_str("named by the setting `node`"),
            Self::Project { file, wanted } => write!(f, "{} asks for {wanted}", file.display()),
            Self::Path => f.write_str("first in PATH"),
            Self::Installed { manager } => write!(f, "installed by {manager}"),
        }
    }
}

async fn newest_installed(
    dir: &Path,
    env: &Env,
    installed: &[installed::Installed],
    mut notices: Vec<String>,
) -> Result<Toolchain, ToolchainError> {
    let mut sorted: Vec<_> = installed.iter().collect();
    sorted.sort_by(|a, b| b.version.cmp(&a.version));
    for candidate in sorted {
        match probe::probe(&candidate.path, dir, env).await {
            Ok(mut node) => {
                node.source = Why::Installed { manager: candidate.manager };
                notices.push(format!("No `node` in PATH: using {} of {}.", candidate.version, candidate.manager));
                return young_enough(with(node, notices), "Install a newer one");
            }
            Err(error) => notices.push(error.to_string()),
        }
    }
    let directories = env.get("PATH").map_or(0, |path| std::env::split_paths(path).count());
    Err(ToolchainError::NotFound { directories })
}

fn not_satisfied(request: &Request, used: Option<&Toolchain>) -> String {
    let used = match used {
        Some(node) => format!("using {} from PATH ({})", node.version, node.path.display()),
        None => "looking for another one".to_owned(),
    };
    let why = match &request.wanted {
        Wanted::Unknown => "which is not a version that can be resolved here",
        _ => "which is not installed",
    };
    format!("{} asks for Node.js {}, {why}: {used}.", request.file.display(), request.text)
}

fn with(mut node: Toolchain, notices: Vec<String>) -> Toolchain {
    if !notices.is_empty() {
        node.notice = Some(notices.join(" "));
    }
    node
}

fn advice(installed: &[installed::Installed]) -> String {
    match installed.iter().filter(|one| one.version.major >= OLDEST_MAJOR).max_by_key(|one| &one.version) {
        Some(one) => format!(
            "{} is installed by {}: put it first in PATH or name {} in the setting `node`",
            one.version,
            one.manager,
            one.path.display()
        ),
        None => "Install a newer one, or name one in the setting `node`".to_owned(),
    }
}

fn young_enough(node: Toolchain, advice: &str) -> Result<Toolchain, ToolchainError> {
    if node.version.major >= OLDEST_MAJOR {
        return Ok(node);
    }
    Err(ToolchainError::TooOld { path: node.path, version: node.version, advice: advice.to_owned() })
}
