//! One more process, for the decisions that would disturb a measurement.
//!
//! Every miss of an inline cache is a line of V8's log: a place that sees thousands of shapes writes 45 MB per second and makes the program
//! 15 times slower. Refused inlining is only printed, and only tells its caller when functions are optimised one at a time. So these are
//! recorded where no time is taken, for as long as decisions are being made, and up to a size.

use super::prepared::{Decisions, Prepared};
use super::server::Server;
use super::{Cancel, Phase, Steps};
use crate::collect::DecisionFiles;
use crate::error::RunError;
use crate::history::size_of;
use load::{Limit, Plan};
use node::process::StopSignal;
use std::path::Path;
use std::time::{Duration, Instant};

/// Requests after which what is going to be optimised has been. On Node 20 one request of an Express server writes 8 KB.
const ENOUGH_REQUESTS: u64 = 5_000;

/// How long a program may take to end by itself after it was told to.
const GRACE: Duration = Duration::from_secs(3);

/// What the process left, with sentences for the user.
#[derive(Default)]
pub(super) struct Recorded {
    pub(super) files: Option<DecisionFiles>,
    pub(super) notes: Vec<String>,
}

/// How the process ended.
enum End {
    /// As it was to.
    Done,
    /// It ran well, and something is to be told.
    Told(String),
    /// It wrote too much.
    Flooded,
}

/// Records the decisions of a route: load until its latency is steady. A failure costs the run these facts and nothing else.
pub(super) async fn of_route(prepared: &Prepared<'_>, plan: &Plan, route: &str, steps: &Steps<'_>) -> Recorded {
    steps.at(Phase::Decisions, 92, format!("Recording V8's decisions on {route}"));
    let drive = async |launch| {
        let server = Server::start(prepared, launch, plan, route).await?;
        let plan = Plan { limit: Limit::Requests(ENOUGH_REQUESTS), ..server.plan.clone() };
        let longest = Duration::from_millis(prepared.request.config.load.warm_up_ms);
        let driven = server.warm_up(&plan, tokio::time::sleep(longest)).await;
        server.stop().await;
        driven.map(|_| End::Done)
    };
    record(prepared, drive).await
}

/// Records the decisions of a program, which runs to its end once more; `wall` is how long it took before.
pub(super) async fn of_program(prepared: &Prepared<'_>, wall: Duration, cancel: &Cancel, steps: &Steps<'_>) -> Recorded {
    steps.at(Phase::Decisions, 60, "Running the program again, for V8's decisions");
    // Functions are optimised on the main thread here, and every inline-cache miss is written.
    let longest = wall * 4 + Duration::from_secs(10);
    let drive = async |mut launch: node::process::Launch| {
        launch.port = node::process::PortVariable::Inherited;
        let child = launch.spawn().await?;
        let is_late = tokio::select! {
            _ = child.exited() => false,
            () = cancel.finished() => false,
            () = tokio::time::sleep(longest) => true,
        };
        let exit = child.stop(StopSignal::Interrupt, GRACE).await.exit;
        Ok(match exit {
            _ if is_late => End::Told(format!(
                "The program's second run was ended after {:.0} s: inline caches and refused inlining are those until then.",
                longest.as_secs_f64()
            )),
            Some(exit) if !exit.success() && !exit.by_sampler() && !cancel.is_finishing() => End::Told(format!(
                "The program's second run did not end well ({exit}): inline caches and refused inlining are those until then. Its last \
                 output:\n{}",
                child.output().last_lines(20)
            )),
            _ => End::Done,
        })
    };
    record(prepared, drive).await
}

/// Starts the process, watches how much it writes, and names what it left.
async fn record(prepared: &Prepared<'_>, drive: impl AsyncFnOnce(node::process::Launch) -> Result<End, RunError>) -> Recorded {
    let Decisions { launch, folder, traces } = match prepared.decisions() {
        Ok(decisions) => decisions,
        Err(error) => return Recorded { files: None, notes: vec![not_recorded(&error)] },
    };
    let limit = prepared.request.config.explain.max_log_bytes;
    let begun = Instant::now();
    let end = tokio::select! {
        end = drive(launch) => end,
        // The process is killed with the future that held it.
        () = outgrown(&folder, limit) => Ok(End::Flooded),
    };
    let notes = match end {
        Ok(End::Done) => Vec::new(),
        Ok(End::Told(note)) => vec![note],
        Ok(End::Flooded) => vec![flooded(limit, begun.elapsed())],
        Err(error) => vec![not_recorded(&error)],
    };
    Recorded { files: Some(DecisionFiles { folder, traces }), notes }
}

fn not_recorded(error: &RunError) -> String {
    format!("Inline caches, shapes and refused inlining may be missing, for the program could not be run once more: {error}")
}

/// The note on a program that wrote more than it may.
pub(super) fn flooded(limit: u64, after: Duration) -> String {
    format!(
        "The log of inline caches reached {:.0} MB after {:.1} s, and the process was ended there: inline caches, shapes and refused inlining \
         are those until then. `explain.maxLogBytes` in tickmark.json sets the limit.",
        limit as f64 / 1e6,
        after.as_secs_f64()
    )
}

/// Waits until a folder holds more than `limit` bytes.
pub(super) async fn outgrown(folder: &Path, limit: u64) {
    /// At 45 MB per second some 2 MB.
    const PAUSE: Duration = Duration::from_millis(50);
    while size_of(folder) <= limit {
        tokio::time::sleep(PAUSE).await;
    }
}
