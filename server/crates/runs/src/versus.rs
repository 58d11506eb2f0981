//! Two versions of a program, benchmarked in turns.

use crate::measure::Request;
use load::Report;
use serde::Serialize;
use std::collections::BTreeMap;

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
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Versus {
    /// The version that was compared with.
    pub a: SideFacts,
    /// The version of interest.
    pub b: SideFacts,
    /// Every round's benchmarks, of A and of B, in the order of rounds.
    pub rounds: Vec<[Report; 2]>,
    /// What differs and how surely; the first one is the headline.
    pub figures: Vec<FigureComparison>,
    /// Sentences about what the comparison cannot tell.
    pub notes: Vec<String>,
}

/// What was run on one side.
#[derive(Clone, Debug, Serialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Debug, Serialize)]
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
    /// Where `ratio` lies, by a bootstrap over rounds, 95 %; none of too few rounds.
    pub interval: Option<[f64; 2]>,
    /// What follows.
    pub verdict: Verdict,
}

/// What follows from a comparison of one figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
