//! A profile prepared for questions: what did this file, function or line cost?

use crate::attribution::Attribution;
use crate::handles::{FrameId, SourceId};
use crate::model::Profile;
use crate::totals::{CallEdge, FunctionTotal, LineTotal, Totals};
use rustc_hash::FxHashMap;

/// A profile with its totals, addressable by file and function. Immutable; made once per result.
#[derive(Debug)]
pub struct ProfileIndex {
    profile: Profile,
    totals: Totals,
    attribution: Attribution,
    files: FxHashMap<String, FileCosts>,
    function_rows: FxHashMap<FrameId, usize>,
    callers: FxHashMap<FrameId, Vec<usize>>,
    callees: FxHashMap<FrameId, Vec<usize>>,
}

/// Rows of [`Totals`] that lie in one file.
#[derive(Clone, Debug, Default)]
pub struct FileCosts {
    functions: Vec<usize>,
    lines: Vec<usize>,
}

impl ProfileIndex {
    /// Prepares a profile.
    pub fn new(profile: Profile) -> Self {
        let totals = Totals::of(&profile);
        let attribution = Attribution::of(&profile);
        let mut files: FxHashMap<String, FileCosts> = FxHashMap::default();
        let path = |source: SourceId| profile.source(source).path.clone();
        for (row, function) in totals.functions.iter().enumerate() {
            if let Some(path) = profile.frame(function.frame).source.and_then(path) {
                files.entry(path).or_default().functions.push(row);
            }
        }
        for (row, line) in totals.lines.iter().enumerate() {
            if let Some(path) = path(line.source) {
                files.entry(path).or_default().lines.push(row);
            }
        }
        let function_rows = totals.functions.iter().enumerate().map(|(row, function)| (function.frame, row)).collect();
        let mut callers: FxHashMap<FrameId, Vec<usize>> = FxHashMap::default();
        let mut callees: FxHashMap<FrameId, Vec<usize>> = FxHashMap::default();
        for (row, edge) in totals.edges.iter().enumerate() {
            callers.entry(edge.callee).or_default().push(row);
            callees.entry(edge.caller).or_default().push(row);
        }
        Self { profile, totals, attribution, files, function_rows, callers, callees }
    }

    /// The profile.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The profile alone again.
    pub fn into_profile(self) -> Profile {
        self.profile
    }

    /// All totals.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// How exactly the time is placed.
    pub fn attribution(&self) -> &Attribution {
        &self.attribution
    }

    /// Files of this machine with measured code.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Functions of a file, most self time first.
    pub fn functions_in(&self, path: &str) -> impl Iterator<Item = &FunctionTotal> {
        self.files.get(path).into_iter().flat_map(|file| file.functions.iter().map(|row| &self.totals.functions[*row]))
    }

    /// Lines of a file, most self time first.
    pub fn lines_in(&self, path: &str) -> impl Iterator<Item = &LineTotal> {
        self.files.get(path).into_iter().flat_map(|file| file.lines.iter().map(|row| &self.totals.lines[*row]))
    }

    /// Totals of a JavaScript function.
    pub fn function(&self, frame: FrameId) -> Option<&FunctionTotal> {
        self.function_rows.get(&frame).map(|row| &self.totals.functions[*row])
    }

    /// Calls of a function, most time first.
    pub fn callers_of(&self, frame: FrameId) -> impl Iterator<Item = &CallEdge> {
        self.edges(&self.callers, frame)
    }

    /// Calls by a function, most time first.
    pub fn callees_of(&self, frame: FrameId) -> impl Iterator<Item = &CallEdge> {
        self.edges(&self.callees, frame)
    }

    /// Share of active time, 0 to 1.
    pub fn share(&self, us: u64) -> f64 {
        let active = self.attribution.active_us();
        if active == 0 { 0.0 } else { us as f64 / active as f64 }
    }

    /// Samples of active time: what confidence refers to.
    pub fn active_samples(&self) -> u64 {
        let tree = &self.profile.tree;
        tree.ids()
            .filter(|node| self.profile.category_of(*node) != crate::Category::Idle)
            .map(|node| u64::from(tree.self_samples[node.index()]))
            .sum()
    }

    /// How many independent samples of equal weight would tell as much as the samples of active time do (L. Kish, "Survey Sampling",
    /// 1965: squared sum of weights over sum of squared weights). On a busy machine some ticks come late and weigh more than others, and
    /// then this is less than their number. Use with [`Self::share`] for intervals.
    pub fn effective_samples(&self) -> f64 {
        let samples = &self.profile.samples;
        let (mut sum, mut squares) = (0.0, 0.0);
        for (node, us) in samples.node.iter().zip(&samples.duration_us) {
            if self.profile.category_of(*node) != crate::Category::Idle {
                let weight = *us as f64;
                sum += weight;
                squares += weight * weight;
            }
        }
        if squares == 0.0 { 0.0 } else { sum * sum / squares }
    }

    fn edges<'a>(&'a self, table: &'a FxHashMap<FrameId, Vec<usize>>, frame: FrameId) -> impl Iterator<Item = &'a CallEdge> {
        table.get(&frame).into_iter().flatten().map(|row| &self.totals.edges[*row])
    }
}
