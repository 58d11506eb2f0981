//! The working tree against the baseline of a route.

use crate::error::RunError;
use crate::history::{History, RunLabel};
use crate::measure::{Benchmark, Cancel, Prepared, Progress, Request};
use crate::record::{Instruments, Run, RunRecord};
use crate::versus::{Code, Figure, Placed, ROUNDS, Schedule, Side, Versus, conclude, one, rounds};
use std::collections::BTreeMap;

/// What became of a baseline.
#[derive(Debug)]
pub struct Verified {
    /// The run that was the baseline.
    pub baseline: RunRecord,
    /// The working tree's benchmark, stored: the round that is in the middle. Its record has the comparison.
    pub run: Run,
    /// The comparison in turns; none when the baseline's code could not be run again, which a note of the run tells.
    pub versus: Option<Versus>,
}

/// Benchmarks the baseline's code and the working tree in turns, and stores the working tree's as a run. Where the baseline's code cannot be
/// run again (no git, or its changes were not kept), only the working tree is benchmarked, and the stored figures stand beside it without
/// a verdict.
///
/// # Errors
/// [`RunError::NoBaseline`], and as [`crate::versus::versus`].
pub async fn verify(
    history: &History,
    request: Request,
    cancel: Cancel,
    progress: impl Fn(Progress) + Send + Sync,
) -> Result<Verified, RunError> {
    let listing = history.list()?;
    let baseline = listing.baseline(&request.target, Instruments::Load).cloned();
    let baseline = baseline.ok_or_else(|| RunError::NoBaseline(request.target.to_string()))?;
    let label = listing.label(&baseline.id);
    let schedule = Schedule { rounds: ROUNDS, cancel: &cancel, progress: &progress };
    let work = async {
        let now = Side { label: "the working tree".to_owned(), code: Code::WorkingTree, env: BTreeMap::new() };
        let now = Placed::new(&request, &now).await?;
        let before = match side_of(&baseline, &label) {
            Ok(side) => match Placed::new(&request, &side).await {
                Ok(placed) => Ok(placed),
                Err(RunError::Revision(error)) => Err(error.to_string()),
                Err(error) => return Err(error),
            },
            Err(why) => Err(why),
        };
        match before {
            Ok(before) => in_turns(&baseline, before, &now, &schedule).await,
            Err(why) => alone(&baseline, &why, &now, &schedule).await,
        }
    };
    tokio::select! {
        verified = work => verified,
        () = cancel.cancelled() => Err(RunError::Cancelled),
    }
}

/// The code and the environment of a baseline.
fn side_of(baseline: &RunRecord, label: &RunLabel) -> Result<Side, String> {
    let git = baseline.git.as_ref().ok_or("it was measured outside of git")?;
    let commit = match (&git.snapshot, git.dirty) {
        (Some(snapshot), _) => snapshot,
        (None, false) => &git.commit,
        (None, true) => return Err("its uncommitted changes were not kept".to_owned()),
    };
    let name = label.name.as_ref().map_or_else(|| format!("the baseline of {}", baseline.id.date()), |name| format!("the baseline {name}"));
    let env = BTreeMap::from([("NODE_ENV".to_owned(), baseline.node.node_env.clone())]);
    Ok(Side { label: name, code: Code::Revision(commit.clone()), env })
}

async fn in_turns(baseline: &RunRecord, before: Placed, now: &Placed, schedule: &Schedule<'_>) -> Result<Verified, RunError> {
    let sides = [&before, now];
    let prepared = [before.prepare().await?, now.prepare().await?];
    let taken = rounds(sides, &prepared, schedule).await?;
    let mut versus = conclude(sides, &prepared, &taken);
    let version = prepared[1].toolchain.version.to_string();
    if baseline.node.version != version {
        versus.notes.push(format!("The baseline was on Node {}; Node {version} ran the working tree now.", baseline.node.version));
    }
    let [_, prepared] = prepared;
    let own = taken.into_iter().map(|[_, own]| own).collect();
    let run = store(prepared, own, Some(versus.slim()), None).await?;
    Ok(Verified { baseline: baseline.clone(), run, versus: Some(versus) })
}

async fn alone(baseline: &RunRecord, why: &str, now: &Placed, schedule: &Schedule<'_>) -> Result<Verified, RunError> {
    let prepared = now.prepare().await?;
    let mut own = Vec::with_capacity(schedule.rounds);
    for round in 0..schedule.rounds {
        own.push(one(&now.label, &prepared, round, [round, schedule.rounds], schedule).await?);
    }
    let note = format!(
        "The baseline's code could not be run again: {why}. Its stored figures stand beside those of now without a verdict, for they also \
         have what has changed of the machine since then."
    );
    let run = store(prepared, own, None, Some(note)).await?;
    Ok(Verified { baseline: baseline.clone(), run, versus: None })
}

/// Stores the benchmark that is in the middle by its headline.
async fn store(prepared: Prepared<'_>, mut rounds: Vec<Benchmark>, versus: Option<Versus>, note: Option<String>) -> Result<Run, RunError> {
    let headline = |benchmark: &Benchmark| Figure::headline(benchmark).unwrap_or(f64::NAN);
    rounds.sort_by(|a, b| headline(a).total_cmp(&headline(b)));
    let middle = rounds.len() / 2;
    let mut finished = rounds.into_iter().nth(middle).ok_or(RunError::NoRounds)?.finished(&prepared);
    finished.versus = versus;
    finished.notes.extend(note);
    prepared.store(finished).await
}
