//! Two versions of a program, benchmarked in turns.
//!
//! What drifts (temperature, other programs, the clock of the processor) meets both versions alike when they take turns, and every round is
//! a process of its own, since what one process happens to get (its memory, the order in which code is optimised) stays with it.

mod figures;
mod rounds;

use crate::error::RunError;
use crate::measure::{Benchmark, Cancel, Prepared, Progress, Request, Steps};
use crate::record::Instruments;
use crate::revision::{Checkout, Revision};
use figures::figures;
use load::Report;
pub(crate) use rounds::{Schedule, one, rounds};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Rounds that show a difference of some percent on a quiet machine.
pub const ROUNDS: usize = 8;

/// Which versions are compared, and how.
#[derive(Clone, Debug)]
pub struct VersusRequest {
    /// The benchmark of each round: a route, [`crate::Instruments::Load`].
    pub request: Request,
    /// The version that is compared with.
    pub a: Side,
    /// The version of interest.
    pub b: Side,
    /// Rounds of one benchmark each, A and B in turns, each in a process of its own.
    pub rounds: usize,
}

/// One of two versions.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// What it is called in texts, such as `main~1` or `NODE_ENV=production`.
    pub label: String,
    /// Which code.
    pub code: Code,
    /// Environment variables besides those of the settings; none removes one.
    pub env: BTreeMap<String, Option<String>>,
}

/// Which code is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// What the workspace's folder holds now.
    WorkingTree,
    /// A git revision, in a folder of its own, with what git ignores (node_modules) as the workspace has it.
    Revision(String),
}

/// The result of a comparison in turns.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Versus {
    /// The version that was compared with.
    pub a: SideFacts,
    /// The version of interest.
    pub b: SideFacts,
    /// Every round's benchmarks, of A and of B, in the order of rounds.
    pub rounds: Vec<[Report; 2]>,
    /// Processor time of the server per request in µs, of A and of B, in the order of rounds; none where the system does not tell.
    #[serde(default)]
    pub server_cpu_us: Vec<[Option<f64>; 2]>,
    /// What differs and how surely. The first one is the headline, chosen by the kind of load and not by what it shows; the verdict on B is
    /// its verdict. The others are not corrected for their number.
    pub figures: Vec<FigureComparison>,
    /// Sentences about what the comparison cannot tell.
    pub notes: Vec<String>,
}

/// What was run on one side.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SideFacts {
    /// As asked.
    pub label: String,
    /// Full hash of the commit; none for a working tree outside git.
    pub commit: Option<String>,
    /// `NODE_ENV` as the program saw it.
    pub node_env: Option<String>,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Figure {
    /// Completed requests per second (closed loop).
    RequestsPerSecond,
    /// Median latency in ms.
    P50Ms,
    /// 99th percentile of latency in ms (open loop).
    P99Ms,
    /// Processor time of the server per request, in microseconds.
    ServerCpuUs,
}

/// One figure of both sides.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FigureComparison {
    /// Which.
    pub figure: Figure,
    /// Median over the rounds of A.
    pub a: f64,
    /// Median over the rounds of B.
    pub b: f64,
    /// B through A: the geometric mean over the rounds.
    pub ratio: f64,
    /// Where `ratio` lies, by Student's t over the rounds, 95 %, for this figure by itself; none of fewer than three rounds.
    pub interval: Option<[f64; 2]>,
    /// What follows.
    pub verdict: Verdict,
}

/// What follows from a comparison of one figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// B is better, certainly and by enough to matter.
    Better,
    /// B is worse, certainly and by enough to matter.
    Worse,
    /// A difference that would matter is ruled out.
    NoDifferenceShown,
    /// More rounds are needed.
    Undecided,
}

/// Benchmarks two versions in turns: A and B, then B and A, and so on, each time in a fresh process that is warmed up first. Everything it
/// made is removed when it returns or is dropped: processes, and the folders of other versions.
///
/// # Errors
/// [`RunError::Revision`] when a version cannot be run, [`RunError::Round`] with the side and the round when a program fails or does not
/// answer as expected, [`RunError::Cancelled`], and as [`crate::measure`].
pub async fn versus(request: VersusRequest, cancel: Cancel, progress: impl Fn(Progress) + Send + Sync) -> Result<Versus, RunError> {
    let work = async {
        let sides = [&request.a, &request.b];
        let [a, b] = [Placed::new(&request.request, sides[0]).await?, Placed::new(&request.request, sides[1]).await?];
        let schedule = Schedule { rounds: request.rounds, cancel: &cancel, progress: &progress };
        let prepared = [a.prepare().await?, b.prepare().await?];
        let taken = rounds([&a, &b], &prepared, &schedule).await?;
        Ok(conclude([&a, &b], &prepared, &taken))
    };
    tokio::select! {
        versus = work => versus,
        () = cancel.cancelled() => Err(RunError::Cancelled),
    }
}

/// A side whose code is where it can be run.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) label: String,
    request: Request,
    /// Of another revision; of the working tree git tells when it is prepared.
    commit: Option<String>,
    checkout: Option<Checkout>,
}

impl Placed {
    pub(crate) async fn new(request: &Request, side: &Side) -> Result<Self, RunError> {
        let mut request = Request { instruments: Instruments::Load, ..request.clone() };
        request.config.env.extend(side.env.clone());
        let label = side.label.clone();
        let Code::Revision(name) = &side.code else { return Ok(Self { label, request, commit: None, checkout: None }) };
        let revision = Revision::find(&request.workspace, name, &request.target).await?;
        let checkout = revision.check_out().await?;
        request.workspace.clone_from(&checkout.workspace);
        Ok(Self { label, request, commit: Some(revision.commit), checkout: Some(checkout) })
    }

    pub(crate) async fn prepare(&self) -> Result<Prepared<'_>, RunError> {
        Prepared::new(&self.request, &Steps { report: &|_| {} }).await
    }

    fn facts(&self, prepared: &Prepared<'_>) -> SideFacts {
        let commit = self.commit.clone().or_else(|| prepared.git.as_ref().map(|git| git.commit.clone()));
        SideFacts { label: self.label.clone(), commit, node_env: prepared.node_env() }
    }
}

/// What follows from the rounds.
pub(crate) fn conclude(sides: [&Placed; 2], prepared: &[Prepared<'_>; 2], taken: &[[Benchmark; 2]]) -> Versus {
    let mut notes: Vec<String> = Vec::new();
    let mut tell = |note: String| {
        if !notes.contains(&note) {
            notes.push(note);
        }
    };
    if let Some([Benchmark { body: Some(a), .. }, Benchmark { body: Some(b), .. }]) = taken.first()
        && a != b
    {
        let labels = [&sides[0].label, &sides[1].label];
        tell(format!(
            "The answers differ: {} gave a body of {} bytes, {} one of {} bytes. They may not have done the same work.",
            labels[0],
            a.len(),
            labels[1],
            b.len()
        ));
    }
    sides.iter().filter_map(|side| side.checkout.as_ref()).for_each(|checkout| checkout.notes.iter().cloned().for_each(&mut tell));
    let versions = prepared.each_ref().map(|side| &side.toolchain.version);
    if versions[0] != versions[1] {
        tell(format!("{} ran on Node {}, {} on Node {}.", sides[0].label, versions[0], sides[1].label, versions[1]));
    }
    prepared.iter().flat_map(|side| &side.notes).cloned().for_each(&mut tell);
    let limited = taken.iter().flatten().filter(|taken| taken.report().client_limited).count();
    if limited > 0 {
        tell(format!(
            "In {limited} of {} benchmarks the load generator was the limit, not the server: a difference may be hidden by it.",
            taken.len() * 2
        ));
    }
    let unsteady = taken.iter().flatten().filter(|taken| !taken.notes.is_empty()).count();
    if unsteady > 0 {
        tell(format!("In {unsteady} of {} benchmarks the latency was not steady after the warm-up.", taken.len() * 2));
    }
    let (figures, undecided) = figures(taken);
    notes.extend(undecided);
    let [a, b] = [sides[0].facts(&prepared[0]), sides[1].facts(&prepared[1])];
    Versus {
        a,
        b,
        rounds: taken.iter().map(|pair| pair.each_ref().map(|benchmark| benchmark.report().clone())).collect(),
        server_cpu_us: taken.iter().map(|pair| pair.each_ref().map(Benchmark::server_cpu_us)).collect(),
        figures,
        notes,
    }
}

impl Versus {
    /// The same without what takes room: distributions and slices of the rounds.
    pub(crate) fn slim(&self) -> Self {
        let mut slim = self.clone();
        for report in slim.rounds.iter_mut().flatten() {
            report.latency_counts = Default::default();
            report.slices = Vec::new();
        }
        slim
    }
}
