//! Measurements that were launched: never awaited by a handler.

mod ending;

use super::folder::Folder;
use super::verifying::news;
use super::{Session, real};
use crate::lsp::ext::{RunChanged, RunChangedNotification, RunKind, RunStatus};
use ending::{End, Problem, show_run};
use ide::Running;
use runs::{Cancel, Config, History, Instruments, Phase, Progress, Request, Target};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Once};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tower_lsp::ls_types::notification::Progress as ProgressNotification;
use tower_lsp::ls_types::*;

/// How long an editor may take to make a progress bar before the run goes on without.
const PROGRESS_BAR: Duration = Duration::from_secs(2);

/// A measurement that was launched.
#[derive(Debug)]
pub struct Launch {
    root: PathBuf,
    target: Target,
    kind: RunKind,
    status: RunStatus,
    problem: Option<Problem>,
    /// The stored run's name.
    run_id: Option<String>,
    token: ProgressToken,
    cancel: Cancel,
    task: Option<AbortHandle>,
}

impl Launch {
    /// The name its result is stored under; none before it has one.
    pub fn stored(&self) -> Option<String> {
        self.run_id.clone()
    }

    /// What became of it, in a sentence.
    pub fn describe(&self) -> String {
        match self.status {
            RunStatus::Started => format!("measuring {}", self.target),
            RunStatus::Finished => format!("{} was measured", self.target),
            RunStatus::Stopped => "it was stopped".to_owned(),
            RunStatus::Failed => self.problem.as_ref().map_or_else(|| "it failed".to_owned(), |problem| problem.summary.clone()),
        }
    }

    fn changed(&self, id: &str) -> RunChanged {
        RunChanged {
            launch_id: id.to_owned(),
            run_id: self.run_id.clone(),
            status: self.status,
            kind: self.kind,
            target: self.target.clone(),
            folder: self.root.clone(),
            message: self.problem.as_ref().map(|problem| problem.message.clone()),
            summary: self.problem.as_ref().map(|problem| problem.summary.clone()),
            place: self.problem.as_ref().and_then(|problem| problem.place.clone()),
        }
    }
}

/// What is to be measured.
#[derive(Debug)]
pub struct Order {
    /// In which folder.
    pub folder: Arc<Folder>,
    /// What.
    pub target: Target,
    /// What to find out.
    pub work: Work,
    /// How.
    pub config: Config,
    /// The progress bar the editor made for the command; else one is asked for.
    pub token: Option<ProgressToken>,
}

/// What is to be found out.
#[derive(Clone, Copy, Debug)]
pub enum Work {
    /// What a run records.
    Run(Instruments),
    /// Whether a route differs from its baseline.
    Verify,
}

impl Work {
    fn kind(self) -> RunKind {
        match self {
            Self::Run(Instruments::Profile) => RunKind::Profile,
            Self::Run(Instruments::Explain) => RunKind::Explain,
            Self::Run(Instruments::Load) => RunKind::Load,
            Self::Verify => RunKind::Verify,
        }
    }

    fn title(self, target: &Target) -> String {
        match self.kind() {
            RunKind::Profile => format!("Profiling {target}"),
            RunKind::Explain => format!("Explaining {target}"),
            RunKind::Load => format!("Benchmarking {target}"),
            RunKind::Verify => format!("Verifying {target} against its baseline"),
        }
    }

    /// How long after a step of a run its end is to be expected, where that can be told: the windows of routes have a known length, and
    /// nothing long follows the last one, nor the end of a program.
    fn end_after(self, target: &Target, phase: Phase, window: Duration) -> Option<Duration> {
        let is_route = matches!(target, Target::Route { .. });
        match (self, phase) {
            (_, Phase::Read | Phase::Store) => Some(Duration::ZERO),
            (Self::Run(Instruments::Profile), Phase::Profile) | (Self::Run(Instruments::Load), Phase::Load) if is_route => Some(window),
            _ => None,
        }
    }
}

impl Session {
    /// Launches a measurement and answers its name at once.
    ///
    /// # Errors
    /// When the workspace is not trusted, or when one is going on: two at a time would measure one another.
    pub fn launch(self: &Arc<Self>, order: Order) -> Result<String, String> {
        self.may_run()?;
        if self.measuring.swap(true, Ordering::AcqRel) {
            let what = self.running().pop().map_or_else(|| "another measurement".to_owned(), |(_, running)| running.target);
            return Err(format!("{what} is being measured, and two measurements at a time would disturb one another: wait, or stop it"));
        }
        let id = format!("launch-{}", self.next_launch.fetch_add(1, Ordering::Relaxed));
        let launch = Launch {
            root: order.folder.root().to_owned(),
            target: order.target.clone(),
            kind: order.work.kind(),
            status: RunStatus::Started,
            problem: None,
            run_id: None,
            token: order.token.clone().unwrap_or_else(|| NumberOrString::String(format!("tickmark/{id}"))),
            cancel: Cancel::default(),
            task: None,
        };
        let (cancel, token) = (launch.cancel.clone(), launch.token.clone());
        self.launches.insert(id.clone(), launch);
        self.touch();
        let task = tokio::spawn(Arc::clone(self).follow(id.clone(), order, cancel, token));
        if let Some(mut launch) = self.launches.get_mut(&id) {
            launch.task = Some(task.abort_handle());
        }
        let session = Arc::clone(self);
        let name = id.clone();
        tokio::spawn(async move {
            // Ends also when the run panics or is aborted.
            if let Err(error) = task.await {
                let message =
                    if error.is_cancelled() { "it was ended with the server".to_owned() } else { format!("a defect of Tickmark: {error}") };
                session.ended(&name, End::failed(message)).await;
            }
        });
        Ok(id)
    }

    /// Whether programs of the workspace may be started.
    ///
    /// # Errors
    /// When the user does not trust it.
    pub fn may_run(&self) -> Result<(), String> {
        match self.facts().restricted {
            true => Err("this workspace is restricted, and measuring runs its code: trust the workspace first".to_owned()),
            false => Ok(()),
        }
    }

    /// Everything that is being measured, with its folder.
    pub fn running(&self) -> Vec<(PathBuf, Running)> {
        let mut all: Vec<(PathBuf, Running)> = self
            .launches
            .iter()
            .filter(|launch| launch.status == RunStatus::Started)
            .map(|launch| {
                let route = match &launch.target {
                    Target::Route { method, path, .. } => Some((method.clone(), path.clone())),
                    Target::Program { .. } => None,
                };
                let entry = Some(launch.target.entry().to_string_lossy().replace('\\', "/"));
                (launch.root.clone(), Running { id: launch.key().clone(), target: launch.target.to_string(), route, entry })
            })
            .collect();
        all.sort_by(|(_, a), (_, b)| a.id.cmp(&b.id));
        all
    }

    pub(super) fn is_running(&self, id: &str) -> bool {
        self.launches.get(id).is_some_and(|launch| launch.status == RunStatus::Started)
    }

    /// What is being measured, as the notification tells it.
    pub fn running_changes(&self) -> Vec<RunChanged> {
        let running = self.launches.iter().filter(|launch| launch.status == RunStatus::Started);
        running.map(|launch| launch.changed(launch.key())).collect()
    }

    /// Asks a run, or all, to end; a program's run gives what was measured so far. Says how many were asked.
    pub fn stop_runs(&self, id: Option<&str>) -> usize {
        let running = self.launches.iter().filter(|launch| launch.status == RunStatus::Started);
        let asked = running.filter(|launch| id.is_none_or(|id| launch.key() == id)).map(|launch| match launch.target {
            Target::Route { .. } => launch.cancel.cancel(),
            Target::Program { .. } => launch.cancel.finish(),
        });
        asked.count()
    }

    /// Stops every run without waiting for it.
    pub(crate) fn cancel_runs(&self) {
        self.launches.iter().for_each(|launch| launch.cancel.cancel());
    }

    /// Stops the run of a progress bar.
    pub(crate) fn cancel_progress(&self, token: &ProgressToken) {
        for launch in self.launches.iter().filter(|launch| launch.token == *token) {
            launch.cancel.cancel();
        }
    }

    /// Stops everything and waits until it has ended; what does not end in time is killed.
    pub(crate) async fn stop_everything(&self, within: Duration) {
        self.cancel_runs();
        let tasks: Vec<AbortHandle> = self.launches.iter().filter_map(|launch| launch.task.clone()).collect();
        let ended = async {
            while !tasks.iter().all(AbortHandle::is_finished) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(within, ended).await.is_err() {
            tracing::warn!("a measurement did not end in time and is killed");
            tasks.iter().for_each(AbortHandle::abort);
            // What an aborted run has started is killed as it is dropped.
            let dropped = async {
                while !tasks.iter().all(AbortHandle::is_finished) {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            let _ = tokio::time::timeout(within, dropped).await;
        }
    }

    async fn follow(self: Arc<Self>, id: String, order: Order, cancel: Cancel, token: ProgressToken) {
        let Order { folder, target, work, config, token: given } = order;
        let root = folder.root().to_owned();
        self.notify(&id).await;
        let title = work.title(&target);
        let (steps, received) = mpsc::unbounded_channel();
        let showing = tokio::spawn(Arc::clone(&self).show_progress(token, given.is_some(), title, received));
        self.refresh().await;
        let window = Duration::from_millis(config.load.duration_ms);
        let (session, launch, measured, foreseen) = (Arc::clone(&self), id.clone(), target.clone(), Once::new());
        // The receiver ends only after this.
        let progress = move |step: Progress| {
            if let Some(after) = work.end_after(&measured, step.phase, window) {
                foreseen.call_once(|| session.foresee_end(&launch, after));
            }
            drop(steps.send(step));
        };
        let instruments = match work {
            Work::Run(instruments) => instruments,
            Work::Verify => Instruments::Load,
        };
        // Node names files without symbolic links: only so are those of the workspace known as its own.
        let workspace = real(folder.root());
        let request = Request { workspace, target, instruments, config, plan: None, output: None };
        let end = match work {
            Work::Run(_) => match runs::measure(request, cancel, progress).await {
                Ok(run) => show_run(folder, run, None).await,
                Err(error) => End::of(error, &root),
            },
            Work::Verify => match runs::verify(&History::new(folder.root()), request, cancel, progress).await {
                Ok(verified) => {
                    let news = news(&verified);
                    show_run(folder, verified.run, Some(news)).await
                }
                Err(error) => End::of(error, &root),
            },
        };
        // It ends with the sender that the run held, so that the bar is gone before the end is told.
        if showing.await.is_err() {
            tracing::warn!("progress could not be shown");
        }
        self.ended(&id, end).await;
    }

    async fn ended(self: &Arc<Self>, id: &str, end: End) {
        let End { status, run_id, problem, news } = end;
        let Some(target) = self.launches.get_mut(id).map(|mut launch| {
            (launch.status, launch.run_id, launch.problem) = (status, run_id, problem.clone());
            launch.target.clone()
        }) else {
            return;
        };
        self.measuring.store(false, Ordering::Release);
        if let Some(problem) = problem {
            self.log(MessageType::ERROR, format!("Measuring {target}: {}", problem.message));
            if !self.facts().shows_failures {
                self.show(MessageType::ERROR, format!("Measuring {target}: {}", problem.summary));
            }
        }
        if let Some(news) = news {
            self.show(MessageType::INFO, news);
        }
        self.results_changed_now().await;
        self.notify(id).await;
        if status == RunStatus::Finished {
            self.runs_changed();
        }
    }

    async fn results_changed_now(self: &Arc<Self>) {
        self.touch();
        let lenses_after = self.foreseen.came();
        self.publish_all().await;
        self.refresh_lenses(lenses_after);
        self.refresh_all_but_lenses();
    }

    async fn notify(&self, id: &str) {
        let Some(changed) = self.launches.get(id).map(|launch| launch.changed(id)) else { return };
        self.client().send_notification::<RunChangedNotification>(changed).await;
    }

    async fn make_bar(&self, token: &ProgressToken) -> bool {
        let made = self.client().create_work_done_progress(token.clone());
        matches!(tokio::time::timeout(PROGRESS_BAR, made).await, Ok(Ok(())))
    }

    /// Shows a run's steps in the editor's own bar of a command, or in one that is asked for: the run does not wait for it.
    async fn show_progress(
        self: Arc<Self>,
        token: ProgressToken,
        has_bar: bool,
        title: String,
        mut steps: mpsc::UnboundedReceiver<Progress>,
    ) {
        let has_bar = has_bar || (self.facts().progress && self.make_bar(&token).await);
        let token = has_bar.then_some(token);
        let send = async |value: WorkDoneProgress| {
            if let Some(token) = token.clone() {
                let value = ProgressParamsValue::WorkDone(value);
                self.client().send_notification::<ProgressNotification>(ProgressParams { token, value }).await;
            }
        };
        send(WorkDoneProgress::Begin(WorkDoneProgressBegin { title, cancellable: Some(true), message: None, percentage: Some(0) })).await;
        while let Some(mut step) = steps.recv().await {
            // Only the newest counts.
            while let Ok(newer) = steps.try_recv() {
                step = newer;
            }
            send(WorkDoneProgress::Report(WorkDoneProgressReport {
                cancellable: Some(true),
                message: Some(step.message),
                percentage: Some(step.percent.min(100)),
            }))
            .await;
        }
        send(WorkDoneProgress::End(WorkDoneProgressEnd { message: None })).await;
    }
}

/// The target of a route or program whose entry is at `path`.
pub fn relative_entry(root: &Path, path: &Path) -> Result<PathBuf, String> {
    super::relative(root, path)
        .map(PathBuf::from)
        .ok_or_else(|| format!("{} is not in the workspace folder {}", path.display(), root.display()))
}
