//! What every run needs before anything is started.

use super::{Phase, Request, Steps};
use crate::environment;
use crate::error::RunError;
use crate::git;
use crate::history::{Draft, History};
use crate::record::{GitFacts, HostFacts, Instruments, RunId};
use node::flags::{ProfilingFlags, ProfilingOptions, profiling_flags};
use node::process::{Launch, PortVariable};
use node::toolchain::{Env, Toolchain};
use profile::decisions::Recorded;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A run that is about to begin: the entry is a file, Node was found, the folder of the result exists.
pub(crate) struct Prepared<'a> {
    pub(crate) request: &'a Request,
    pub(crate) toolchain: Toolchain,
    pub(super) history: History,
    pub(super) draft: Draft,
    pub(super) id: RunId,
    pub(super) started: SystemTime,
    /// Sentences for the user.
    pub(crate) notes: Vec<String>,
    /// The machine as it was before anything was started.
    pub(super) host: HostFacts,
    /// The workspace's commit at that time.
    pub(crate) git: Option<GitFacts>,
    pub(super) entry: PathBuf,
    command: Command,
}

/// What is measured of a profiled process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A time when it runs, without its start.
    Window,
    /// All of it.
    All,
}

/// What a profiled process is started with.
pub(super) struct ProfiledWith {
    pub(super) args: Vec<String>,
    /// V8 writes its code traces here when the run's own folder has too long a name.
    _temporary: Option<RemovedOnDrop>,
}

/// The process that records what would disturb a measurement.
pub(super) struct Decisions {
    pub(super) launch: Launch,
    /// V8's logs.
    pub(super) folder: PathBuf,
    /// Standard output, with V8's traces in it.
    pub(super) traces: PathBuf,
}

struct RemovedOnDrop(PathBuf);

impl Drop for RemovedOnDrop {
    fn drop(&mut self) {
        // It is there only if V8 wrote something.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// What package.json says about starting the entry; nothing when it does not name it.
#[derive(Default)]
struct Command {
    node_args: Vec<String>,
    args: Vec<String>,
    env: BTreeMap<String, String>,
    cwd: Option<PathBuf>,
}

impl<'a> Prepared<'a> {
    pub(crate) async fn new(request: &'a Request, steps: &Steps<'_>) -> Result<Self, RunError> {
        // Finding Node and what git knows is a part of how long a run takes.
        let started = SystemTime::now();
        let entry = request.workspace.join(request.target.entry());
        if !entry.is_file() {
            return Err(RunError::NoEntry(entry));
        }
        steps.at(Phase::Start, 0, "Finding Node.js");
        let host = environment::machine();
        let env = Env::current();
        let found = node::toolchain::find(&request.workspace, request.config.node.as_deref(), &env);
        let (toolchain, git) = tokio::join!(found, git::facts(&request.workspace));
        let (toolchain, (git, not_kept)) = (toolchain?, git.unzip());
        let history = History::new(&request.workspace);
        let id = RunId::new(started);
        let (draft, notice) = history.begin(&id)?;
        // Counts of decisions do not depend on how busy the machine is.
        let busy = environment::busy_before(&host).filter(|_| request.instruments != Instruments::Explain);
        let notes = toolchain.notice.iter().cloned().chain(notice).chain(not_kept.flatten()).chain(busy).collect();
        let command = command_of(&request.workspace, &entry);
        Ok(Self { request, toolchain, history, draft, id, started, notes, host, git, entry, command })
    }

    /// How to start the program: with `node_args` of our own, as package.json and the settings say otherwise.
    pub(super) fn launch(&self, node_args: &[String]) -> Launch {
        let config = &self.request.config;
        let cwd = config.cwd.as_ref().map(|cwd| self.request.workspace.join(cwd));
        let cwd = cwd.or_else(|| self.command.cwd.clone()).unwrap_or_else(|| self.request.workspace.clone());
        let mut launch = Launch::new(&self.toolchain.path, &self.entry, cwd);
        let user_args = self.command.node_args.iter().chain(&config.node_args);
        launch.node_args = node_args.iter().chain(user_args).map(OsString::from).collect();
        launch.args = self.args().into_iter().map(OsString::from).collect();
        for (name, value) in self.environment() {
            launch.env.insert(name.into(), value.map(OsString::from));
        }
        launch.port = match config.port {
            Some(port) => PortVariable::Fixed(port),
            None => PortVariable::Ephemeral,
        };
        launch.lines = self.request.output.clone();
        launch
    }

    /// The program's arguments: those of the target, else of the settings, else of package.json.
    fn args(&self) -> Vec<String> {
        if let crate::Target::Program { args, .. } = &self.request.target
            && !args.is_empty()
        {
            return args.clone();
        }
        if self.request.config.args.is_empty() { self.command.args.clone() } else { self.request.config.args.clone() }
    }

    fn environment(&self) -> BTreeMap<String, Option<String>> {
        let mut env: BTreeMap<String, Option<String>> =
            self.command.env.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect();
        env.extend(self.request.config.env.clone());
        env
    }

    /// The note on a server that runs as for development; `is_used` tells whether it uses a package.
    pub(super) fn development_note(&self, first: &load::Probe, is_used: impl Fn(&str) -> bool) -> Option<String> {
        if self.request.instruments == Instruments::Explain {
            return None;
        }
        let powered_by = first.headers.get("x-powered-by").and_then(|header| header.to_str().ok());
        let note = environment::development_setup(self.node_env().as_deref(), powered_by, is_used)?;
        Some(format!("{note} {}", environment::SET_NODE_ENV))
    }

    /// `NODE_ENV` as the program sees it.
    pub(crate) fn node_env(&self) -> Option<String> {
        match self.environment().remove("NODE_ENV") {
            Some(value) => value,
            None => std::env::var("NODE_ENV").ok(),
        }
        .filter(|value| !value.is_empty())
    }

    /// The flags for a profiled process, of which a window or all is measured. Loaders change what runs, so with one the scripts' texts
    /// are logged.
    pub(super) fn profiling_flags(&self, part: Part) -> Result<ProfiledWith, RunError> {
        let config = &self.request.config;
        let mut options = self.logging(self.draft.raw_folder());
        match self.request.instruments {
            Instruments::Profile | Instruments::Load => {
                options.interval_us = Some(config.profile.interval_us);
                options.keep_sparkplug = config.profile.keep_sparkplug;
            }
            // The tiers are to be those of the program as it is; lines are not needed to rank functions.
            Instruments::Explain => {
                options.interval_us = Some(config.explain.interval_us);
                options.keep_sparkplug = true;
                (options.inline_caches, options.maps) = (self.is_once(), self.is_once());
            }
        }
        let ProfilingFlags { mut args, code_traces, .. } = profiling_flags(&self.toolchain, &options)?;
        if part == Part::Window {
            args.extend(self.without_snapshot());
        }
        let outside = code_traces.filter(|file| !file.starts_with(self.draft.raw_folder()));
        Ok(ProfiledWith { args, _temporary: outside.map(RemovedOnDrop) })
    }

    /// What the profiled process is asked to tell.
    pub(super) fn recorded(&self) -> Recorded {
        Recorded { code: true, deopts: true, inline_caches: self.is_once(), shapes: self.is_once(), refusals: false }
    }

    /// Whether everything is to be recorded in one process.
    pub(super) fn is_once(&self) -> bool {
        let is_program = matches!(self.request.target, crate::Target::Program { .. });
        is_program && self.request.instruments == Instruments::Explain && self.request.config.explain.once
    }

    /// How to start the process for decisions. Nothing that it prints reaches the user.
    pub(super) fn decisions(&self) -> Result<Decisions, RunError> {
        let folder = self.draft.raw_folder().join("decisions");
        std::fs::create_dir_all(&folder).map_err(|source| RunError::Write { path: folder.clone(), source })?;
        let mut options = self.logging(&folder);
        options.interval_us = None;
        options.deopts = false;
        options.keep_sparkplug = true;
        (options.inline_caches, options.maps, options.inlining_traces) = (true, true, true);
        let traces = folder.join("inlining.txt");
        let mut args = profiling_flags(&self.toolchain, &options)?.args;
        args.extend(self.without_snapshot());
        let mut launch = self.launch(&args);
        launch.lines = None;
        launch.stdout_file = Some(traces.clone());
        Ok(Decisions { launch, folder, traces })
    }

    /// V8 does not log the functions of Node's start-up snapshot, so their time would be nobody's, up to 8 % of a server's on Node 22, and
    /// so would be a fifth of all inline caches. Without the snapshot a start takes some 30 ms more, which nothing that is measured has in
    /// it. All of Node 18 to 26 know the flag, though `--help` does not tell.
    fn without_snapshot(&self) -> Option<String> {
        (!self.user_args().any(|arg| arg.contains("snapshot"))).then(|| "--no-node-snapshot".to_owned())
    }

    fn logging(&self, folder: &Path) -> ProfilingOptions {
        let mut options = ProfilingOptions::new(folder);
        options.log_source = self.request.config.profile.log_source || self.has_loader();
        options
    }

    fn user_args(&self) -> impl Iterator<Item = &String> {
        self.command.node_args.iter().chain(&self.request.config.node_args)
    }

    fn has_loader(&self) -> bool {
        const LOADERS: [&str; 6] = ["--import", "--require", "-r", "--loader", "--experimental-loader", "--experimental-transform-types"];
        let is_loader = |arg: &str| LOADERS.iter().any(|loader| arg == *loader || arg.starts_with(&format!("{loader}=")));
        let options = self.environment().remove("NODE_OPTIONS").flatten().or_else(|| std::env::var("NODE_OPTIONS").ok());
        self.user_args().any(|arg| is_loader(arg)) || options.is_some_and(|options| options.split_whitespace().any(is_loader))
    }
}

fn command_of(workspace: &Path, entry: &Path) -> Command {
    let Ok(entries) = node::entry::entries(workspace, None) else { return Command::default() };
    let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let wanted = canonical(entry);
    match entries.found.into_iter().find(|found| canonical(&found.path) == wanted) {
        Some(found) => Command { node_args: found.node_args, args: found.args, env: found.env, cwd: Some(found.cwd) },
        None => Command::default(),
    }
}
