//! Places of a file of which V8's decisions, or the stacks, tell something.

use std::collections::{BTreeMap, HashMap};

use profile::decisions::Place;
use profile::tree::Visit;
use profile::{FrameId, LocationId};
use source::calls::calls_within;
use source::position::{ByteOffset, ByteRange};
use source::tokens::{Token, token_at};

use super::Joined;
use crate::results::Measure;
use crate::timeline::is_benign;

/// A token with what is known of it.
#[derive(Clone, Debug)]
pub struct Site {
    /// Where, in the measured text.
    pub token: Token,
    /// The function around it; none at the top level.
    pub function: Option<ByteRange>,
    /// Rows of `inline_caches`.
    pub caches: Vec<u32>,
    /// Rows of `deopts` that happened here: the innermost place is here. V8's normal work is left out.
    pub deopts: Vec<u32>,
    /// Rows of `inlinings` of this call.
    pub inlinings: Vec<u32>,
    /// Rows of `refusals` of this call.
    pub refusals: Vec<u32>,
    /// Rows of `refusals` that may be of this call: V8 names function and callee only, and there are several such calls.
    pub perhaps_refused: Vec<u32>,
    /// What is called from here, most time first.
    pub targets: Vec<CallTarget>,
}

/// What a call was seen to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallTarget {
    /// The function.
    pub callee: FrameId,
    /// Time in it and all it calls when called from here, in µs; once per stack. Bytes of a profile of allocations.
    pub total: u64,
}

/// Sites by where their token begins.
struct Sites<'j, 'a> {
    joined: &'j Joined<'a>,
    found: BTreeMap<usize, Site>,
    tokens: HashMap<(ByteOffset, String), Option<Token>>,
}

/// All sites of the file.
pub(super) fn join(joined: &Joined<'_>) -> Vec<Site> {
    let mut sites = Sites { joined, found: BTreeMap::new(), tokens: HashMap::new() };
    let decisions = &joined.results.index.profile().decisions;
    for (row, cache) in rows(&decisions.inline_caches) {
        sites.at(&cache.place, &cache.key, |site| site.caches.push(row));
    }
    for (row, deopt) in rows(&decisions.deopts) {
        if let Some(place) = deopt.stack.first().filter(|_| !is_benign(&deopt.reason)) {
            sites.at(place, "", |site| site.deopts.push(row));
        }
    }
    for (row, inlining) in rows(&decisions.inlinings) {
        sites.at(&inlining.call, "", |site| site.inlinings.push(row));
    }
    for (row, refusal) in rows(&decisions.refusals) {
        if let Some(call) = &refusal.call {
            sites.at(call, "", |site| site.refusals.push(row));
        }
    }
    sites.refusals_by_name();
    sites.call_targets();
    sites.found.into_values().collect()
}

fn rows<T>(table: &[T]) -> impl Iterator<Item = (u32, &T)> {
    (0..).zip(table)
}

impl Sites<'_, '_> {
    fn at(&mut self, place: &Place, key: &str, add: impl FnOnce(&mut Site)) {
        if let Some(byte) = self.joined.byte_of_place(place) {
            self.at_byte(byte, key, add);
        }
    }

    fn at_byte(&mut self, byte: ByteOffset, key: &str, add: impl FnOnce(&mut Site)) {
        let measured = self.joined.measured;
        let token = *self
            .tokens
            .entry((byte, key.to_owned()))
            .or_insert_with(|| token_at(measured.syntax(), measured.text(), byte, Some(key).filter(|key| !key.is_empty())));
        let Some(token) = token else { return };
        let function = self.joined.function_at(token.range.start);
        add(self.found.entry(token.range.start.0).or_insert_with(|| Site {
            token,
            function,
            caches: Vec::new(),
            deopts: Vec::new(),
            inlinings: Vec::new(),
            refusals: Vec::new(),
            perhaps_refused: Vec::new(),
            targets: Vec::new(),
        }));
    }

    /// Refusals of which V8 tells only who calls whom: the calls of that name.
    fn refusals_by_name(&mut self) {
        let joined = self.joined;
        let profile = joined.results.index.profile();
        let unplaced: Vec<(u32, ByteRange, &str)> = rows(&profile.decisions.refusals)
            .filter(|(_, refusal)| refusal.call.is_none_or(|call| call.position.is_none()))
            .filter_map(|(row, refusal)| {
                let caller = (*joined.by_frame.get(&refusal.into?)?)?;
                let callee = profile.frames.get(refusal.callee.index())?.name.rsplit('.').next()?;
                (!callee.is_empty()).then_some((row, joined.functions[caller].range, callee))
            })
            .collect();
        if unplaced.is_empty() {
            return;
        }
        let (syntax, text) = (joined.measured.syntax(), joined.measured.text());
        let whole = ByteRange { start: ByteOffset(0), end: ByteOffset(text.len_bytes()) };
        let mut calls: HashMap<(usize, usize, String), Vec<ByteOffset>> = HashMap::new();
        for call in calls_within(syntax, text, joined.code, whole) {
            if let Some(range) = call.function.and_then(|index| joined.code.get(index)).map(|function| function.range) {
                calls.entry((range.start.0, range.end.0, call.name)).or_default().push(call.callee.start);
            }
        }
        for (row, caller, callee) in unplaced {
            let Some(found) = calls.get(&(caller.start.0, caller.end.0, callee.to_owned())) else { continue };
            for call in found {
                let only = found.len() == 1;
                self.at_byte(*call, "", |site| if only { site.refusals.push(row) } else { site.perhaps_refused.push(row) });
            }
        }
    }

    /// What the stacks say is called from where. A callee counts once per stack, however often it is on it.
    fn call_targets(&mut self) {
        let joined = self.joined;
        let profile = joined.results.index.profile();
        let bytes: HashMap<LocationId, ByteOffset> = profile
            .locations
            .iter()
            .enumerate()
            .filter_map(|(row, location)| Some((LocationId::new(row), joined.byte_of(location.source, location.position)?)))
            .collect();
        if bytes.is_empty() {
            return;
        }
        let subtree = match self.joined.results.measure {
            Measure::Cpu => profile.tree.subtree_us(),
            Measure::Allocated => profile.tree.subtree_bytes(),
        };
        let mut totals: HashMap<(ByteOffset, FrameId), (u32, u64)> = HashMap::new();
        profile.tree.walk(|node, visit| {
            let Some(call) = profile.tree.parent(node).and_then(|caller| bytes.get(&profile.tree.location(caller))) else { return };
            let (depth, total) = totals.entry((*call, profile.frame_of(node))).or_default();
            match visit {
                Visit::Enter => {
                    if *depth == 0 {
                        *total = total.saturating_add(subtree[node.index()]);
                    }
                    *depth += 1;
                }
                Visit::Leave => *depth = depth.saturating_sub(1),
            }
        });
        let mut totals: Vec<(ByteOffset, CallTarget)> = totals
            .into_iter()
            .filter(|((_, callee), _)| profile.frame(*callee).source.is_some())
            .map(|((call, callee), (_, total))| (call, CallTarget { callee, total }))
            .collect();
        totals.sort_by_key(|(call, target)| (*call, std::cmp::Reverse(target.total), target.callee));
        for (call, target) in totals {
            self.at_byte(call, "", |site| site.targets.push(target));
        }
    }
}
