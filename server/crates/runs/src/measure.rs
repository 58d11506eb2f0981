//! One measurement, from start to stored result.

mod benchmark;
mod decisions;
mod prepared;
mod program;
mod request;
mod route;
mod server;
mod store;
mod window;

use crate::config::Config;
use crate::error::RunError;
use crate::record::{Instruments, Run};
use crate::target::Target;
pub(crate) use benchmark::{Benchmark, benchmark};
pub(crate) use prepared::Prepared;
pub use request::plan_of_route;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// What to measure, and how.
#[derive(Clone)]
pub struct Request {
    /// The workspace's folder: where `.tickmark` lies, and what files are shown relative to.
    pub workspace: PathBuf,
    /// What to measure.
    pub target: Target,
    /// What to find out.
    pub instruments: Instruments,
    /// The settings.
    pub config: Config,
    /// How a route is benchmarked ([`Instruments::Load`]), in place of the plan that the settings make. Its target is where the program
    /// listens, whatever it says.
    pub plan: Option<load::Plan>,
    /// Receives what the program prints; it is dropped when none.
    pub output: Option<OutputSink>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("workspace", &self.workspace).field("target", &self.target).finish_non_exhaustive()
    }
}

/// Receives the lines a measured program prints.
pub type OutputSink = node::process::LineSink;

/// Ends a run when asked. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Cancel {
    sender: Arc<tokio::sync::watch::Sender<Asked>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
enum Asked {
    Nothing,
    Finish,
    Cancel,
}

impl Default for Cancel {
    fn default() -> Self {
        Self { sender: Arc::new(tokio::sync::watch::Sender::new(Asked::Nothing)) }
    }
}

impl Cancel {
    /// Asks the run to stop; it ends its processes and gives [`RunError::Cancelled`].
    pub fn cancel(&self) {
        self.sender.send_replace(Asked::Cancel);
    }

    /// Asks a program's run to end the program now, and a benchmark to end its window, and give what was measured so far; a benchmark that
    /// has not come so far gives [`RunError::Cancelled`]. Other runs of a route take no notice.
    pub fn finish(&self) {
        self.sender.send_if_modified(|asked| {
            let is_news = *asked == Asked::Nothing;
            if is_news {
                *asked = Asked::Finish;
            }
            is_news
        });
    }

    /// Whether the run was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        *self.sender.borrow() == Asked::Cancel
    }

    /// Whether the run was asked to finish or to stop.
    pub fn is_finishing(&self) -> bool {
        *self.sender.borrow() != Asked::Nothing
    }

    /// Waits until the run is asked to stop.
    pub async fn cancelled(&self) {
        self.asked(Asked::Cancel).await;
    }

    /// Waits until the run is asked to finish or to stop.
    pub async fn finished(&self) {
        self.asked(Asked::Finish).await;
    }

    async fn asked(&self, least: Asked) {
        let mut receiver = self.sender.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = receiver.wait_for(|asked| *asked >= least).await;
    }
}

/// What a run is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Finding Node and starting the program.
    Start,
    /// Driving the route until its latency is steady.
    WarmUp,
    /// Measuring latency, without the profiler.
    Load,
    /// Starting the program again, with the profiler, and warming it up.
    ProfileStart,
    /// Profiling.
    Profile,
    /// Starting the program once more, for the decisions that would disturb a measurement.
    Decisions,
    /// Reading what V8 wrote.
    Read,
    /// Storing the result.
    Store,
}

/// A step of a run, for a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// What it is doing.
    pub phase: Phase,
    /// How far the whole run is, 0 to 100; an estimate.
    pub percent: u32,
    /// A short text.
    pub message: String,
}

/// Measures. Everything it started is ended when it returns or is dropped.
///
/// # Errors
/// See [`RunError`].
pub async fn measure(request: Request, cancel: Cancel, progress: impl Fn(Progress) + Send + Sync) -> Result<Run, RunError> {
    let steps = Steps { report: &progress };
    let work = async {
        let prepared = Prepared::new(&request, &steps).await?;
        let finished = match &request.target {
            _ if request.instruments == Instruments::Load => benchmark(&prepared, &cancel, &steps).await?.finished(&prepared),
            Target::Route { method, path, .. } => route::measure(&prepared, method, path, &steps).await?,
            Target::Program { .. } => program::measure(&prepared, &cancel, &steps).await?,
        };
        steps.at(Phase::Store, 96, "Storing the result");
        prepared.store(finished).await
    };
    tokio::select! {
        run = work => run,
        () = cancel.cancelled() => Err(RunError::Cancelled),
    }
}

/// Where the steps of a run are told.
pub(crate) struct Steps<'a> {
    pub(crate) report: &'a (dyn Fn(Progress) + Send + Sync),
}

impl Steps<'_> {
    fn at(&self, phase: Phase, percent: u32, message: impl Into<String>) {
        (self.report)(Progress { phase, percent, message: message.into() });
    }
}
