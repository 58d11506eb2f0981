//! The time of nodes, divided among lines.

use super::InlinedLeaves;
use super::frames::{Frames, Kind};
use super::json::Raw;
use super::lines::{Lines, NoLine, Place};
use super::model::Nodes;
use super::tree::{Forest, NO_ROW};
use crate::read::Scripts;
use profile::ProfileBuilder;
use std::collections::BTreeSet;

/// How many files a note names.
const MAX_NAMED_FILES: usize = 5;

/// Divides the time of nodes among lines.
pub(super) struct Divider<'a> {
    raw: &'a Raw,
    forest: &'a Forest,
    nodes: &'a Nodes,
    frames: &'a Frames,
    inlined_leaves: InlinedLeaves,
    scripts: &'a dyn Scripts,
    /// Made when the first ticks need it: looking at scripts is expensive.
    lines: Option<Lines<'a>>,
    /// URLs of files whose lines could not be checked.
    unverified: BTreeSet<&'a str>,
}

impl<'a> Divider<'a> {
    pub(super) fn new(
        raw: &'a Raw,
        forest: &'a Forest,
        nodes: &'a Nodes,
        frames: &'a Frames,
        inlined_leaves: InlinedLeaves,
        scripts: &'a dyn Scripts,
    ) -> Self {
        Self { raw, forest, nodes, frames, inlined_leaves, scripts, lines: None, unverified: BTreeSet::new() }
    }

    /// What to tell the user about files whose lines could not be checked. Node's own files never can, and are not named.
    pub(super) fn note(&self) -> Option<String> {
        let urls: Vec<&str> = self.unverified.iter().copied().filter(|url| !url.starts_with("node:")).collect();
        let (named, others) = urls.split_at(urls.len().min(MAX_NAMED_FILES));
        let more = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
        (!named.is_empty()).then(|| {
            format!(
                "The source of {}{more} was not found, or differs from what ran: its time is shown by function, not by line",
                named.join(", ")
            )
        })
    }

    /// Gives the time and samples of a row's lines to their nodes, and returns what is left.
    pub(super) fn divide(&mut self, row: usize, us: u64, samples: u32, builder: &mut ProfileBuilder) -> (u64, u32) {
        let raw = self.raw;
        let ticks = raw.ticks_of(row);
        if ticks.is_empty() {
            return (us, samples);
        }
        // A native function's ticks carry the line of the JavaScript that called it.
        let (mut code_row, mut frame, mut natives) = (row, raw.frame[row], Vec::new());
        while self.frames.kind(frame) == Kind::Native && self.forest.parent[code_row] != NO_ROW {
            natives.push(self.frames.location(frame));
            code_row = self.forest.parent[code_row] as usize;
            frame = raw.frame[code_row];
        }
        if self.frames.kind(frame) != Kind::JavaScript {
            return (us, samples);
        }
        let Some(base) = self.nodes.get(code_row) else { return (us, samples) };
        let lines = self.lines.get_or_insert_with(|| Lines::new(&raw.frames, self.inlined_leaves, self.scripts));

        let mut sorted = ticks.to_vec();
        sorted.sort_unstable();
        let n_ticks: u64 = sorted.iter().map(|(_, ticks)| u64::from(*ticks)).sum();
        let whole = u128::from(n_ticks.max(raw.hits[row]));
        // Shares are differences of rounded running sums, so that they add up exactly.
        let part = |amount: u64, ticks: u64| u64::try_from(u128::from(amount) * u128::from(ticks) / whole).unwrap_or(amount);
        let (mut done, mut left_us, mut left_samples) = (0u64, us, samples);
        for same_line in sorted.chunk_by(|a, b| a.0 == b.0) {
            let line = same_line[0].0;
            let ticks: u64 = same_line.iter().map(|(_, ticks)| u64::from(*ticks)).sum();
            let line_us = part(us, done + ticks) - part(us, done);
            let line_samples = part(u64::from(samples), done + ticks) - part(u64::from(samples), done);
            done += ticks;
            let (parent, location) = match lines.place(frame, line) {
                Place::NoLine(reason) => {
                    builder.drop_records(reason.kind(), ticks);
                    if reason == NoLine::NoSource {
                        self.unverified.insert(&raw.frames[frame as usize].url);
                    }
                    continue;
                }
                Place::Own => (self.nodes.parent_of(code_row, self.forest), self.frames.on_line(frame, line)),
                Place::Inlined(function) => {
                    let (url, function) = lines.function(function);
                    (Some(base), Some(self.frames.inlined_on_line(url, function, line, builder)))
                }
            };
            let Some(location) = location else { continue };
            let location = builder.location(location);
            let mut node = builder.node(parent, location);
            for native in natives.iter().rev() {
                node = builder.node(Some(node), *native);
            }
            let line_samples = u32::try_from(line_samples).unwrap_or(left_samples);
            builder.add_self(node, line_us, line_samples);
            left_us -= line_us;
            left_samples -= line_samples;
        }
        (left_us, left_samples)
    }
}
