//! One function, wherever it was called.

use crate::frames::FrameTable;
use crate::tree::{N_TIERS, tier_rows};
use crate::wire::{FrameInfo, LineInfo, Measure, Related};
use profile::tree::Visit;
use profile::{FrameId, Location, NodeId, Profile, SourceId};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;

const MOST_LINES: usize = 20;
const MOST_RELATED: usize = 50;

/// The figures of a function. Native code that JavaScript calls directly is self value of that JavaScript, as everywhere on source lines;
/// recursion counts once per stack.
#[derive(Debug, Default)]
pub(crate) struct FunctionFigures {
    pub(crate) self_value: u64,
    pub(crate) total_value: u64,
    pub(crate) self_samples: u64,
    pub(crate) total_samples: u64,
    pub(crate) tiers: [u64; N_TIERS],
    lines: FxHashMap<(SourceId, u32), Sum>,
    callers: FxHashMap<FrameId, Sum>,
    callees: FxHashMap<FrameId, Sum>,
}

/// What one line, caller or callee adds up to.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    own: u64,
    total: u64,
    samples: u64,
    /// How many of it are on the stack that is being looked at.
    on_stack: u32,
}

impl Sum {
    fn enter(&mut self, total: u64, samples: u64) {
        if self.on_stack == 0 {
            self.total = self.total.saturating_add(total);
            self.samples += samples;
        }
        self.on_stack += 1;
    }
}

impl FunctionFigures {
    /// Adds up a function of a profile in one walk.
    pub(crate) fn new(profile: &Profile, frame: FrameId, measure: Measure) -> Self {
        let tree = &profile.tree;
        let (own, total) = match measure {
            Measure::Cpu => (&tree.self_us, tree.subtree_us()),
            Measure::Allocated => (&tree.self_bytes, tree.subtree_bytes()),
        };
        let samples = tree.subtree_samples();
        let value = |column: &[u64], node: NodeId| column.get(node.index()).copied().unwrap_or(0);
        let mut out = Self::default();
        let mut on_stack = 0u32;
        tree.walk(|node, visit| {
            let here = profile.frame_of(node);
            let caller = tree.parent(node).map(|caller| profile.frame_of(caller));
            let line = line_of(profile.location(tree.location(node))).filter(|_| here == frame);
            let from = caller.filter(|_| here == frame);
            let to = (caller == Some(frame)).then_some(here);
            let (total, samples) = (value(&total, node), samples[node.index()]);
            match visit {
                Visit::Enter => {
                    line.into_iter().for_each(|line| out.lines.entry(line).or_default().enter(total, samples));
                    from.into_iter().for_each(|from| out.callers.entry(from).or_default().enter(total, samples));
                    to.into_iter().for_each(|to| out.callees.entry(to).or_default().enter(total, samples));
                    if here == frame && on_stack == 0 {
                        out.total_value = out.total_value.saturating_add(total);
                        out.total_samples += samples;
                    }
                    on_stack += u32::from(here == frame);
                }
                Visit::Leave => {
                    on_stack -= u32::from(here == frame);
                    let left = [
                        line.and_then(|line| out.lines.get_mut(&line)),
                        from.and_then(|from| out.callers.get_mut(&from)),
                        to.and_then(|to| out.callees.get_mut(&to)),
                    ];
                    left.into_iter().flatten().for_each(|sum| sum.on_stack -= 1);
                }
            }
        });
        out.add_own(profile, frame, own);
        out
    }

    /// Adds self values: of nodes whose time is the function's.
    fn add_own(&mut self, profile: &Profile, frame: FrameId, own: &[u64]) {
        let tree = &profile.tree;
        let is_javascript = profile.frame(frame).category.is_javascript();
        let tier_of = tier_rows(profile);
        let mut owner_of: Vec<Option<NodeId>> = Vec::with_capacity(tree.len());
        for node in tree.ids() {
            let category = profile.category_of(node);
            let owner = if category.is_javascript() {
                Some(node)
            } else {
                tree.parent(node).filter(|_| category.belongs_to_caller()).and_then(|caller| owner_of[caller.index()])
            };
            owner_of.push(owner);
            let owner = if is_javascript { owner } else { Some(node) };
            let Some(owner) = owner.filter(|owner| profile.frame_of(*owner) == frame) else { continue };
            let value = own.get(node.index()).copied().unwrap_or(0);
            let location = tree.location(owner);
            self.self_value = self.self_value.saturating_add(value);
            self.self_samples += u64::from(tree.self_samples[node.index()]);
            let tier = &mut self.tiers[tier_of[location.index()]];
            *tier = tier.saturating_add(value);
            if let Some(line) = line_of(profile.location(location)) {
                let sum = self.lines.entry(line).or_default();
                sum.own = sum.own.saturating_add(value);
            }
        }
    }

    /// The lines with most value.
    pub(crate) fn hottest_lines(&self, profile: &Profile) -> Vec<LineInfo> {
        let mut lines: Vec<(&(SourceId, u32), &Sum)> = self.lines.iter().filter(|(_, sum)| sum.total > 0).collect();
        lines.sort_unstable_by_key(|(place, sum)| (Reverse((sum.own, sum.total)), **place));
        lines.truncate(MOST_LINES);
        let info = |((source, line), sum): (&(SourceId, u32), &Sum)| {
            let source = profile.source(*source);
            let path = source.path.as_ref().unwrap_or(&source.url).clone();
            LineInfo { path, line: *line, self_value: sum.own as f64, total_value: sum.total as f64, samples: sum.samples }
        };
        lines.into_iter().map(info).collect()
    }

    /// Who calls it, most value first.
    pub(crate) fn callers(&self, frames: &FrameTable) -> Vec<Related> {
        related(&self.callers, frames)
    }

    /// What it calls, most value first.
    pub(crate) fn callees(&self, frames: &FrameTable) -> Vec<Related> {
        related(&self.callees, frames)
    }
}

fn line_of(location: &Location) -> Option<(SourceId, u32)> {
    Some((location.source?, location.position?.line))
}

fn related(sums: &FxHashMap<FrameId, Sum>, frames: &FrameTable) -> Vec<Related> {
    let mut sums: Vec<(FrameId, u64)> = sums.iter().map(|(frame, sum)| (*frame, sum.total)).filter(|(_, total)| *total > 0).collect();
    sums.sort_unstable_by_key(|(frame, total)| (Reverse(*total), *frame));
    sums.truncate(MOST_RELATED);
    let info = |frame: FrameId| -> Option<&FrameInfo> { frames.get(frames.id_of(frame)?) };
    sums.into_iter().filter_map(|(frame, total)| Some(Related { frame: info(frame)?.clone(), value: total as f64 })).collect()
}
