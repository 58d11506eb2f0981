//! What the two optimising compilers tell about calls they look at.

use super::compilations::Compilations;
use super::scan::Function;
use super::shapes::Record;
use super::tables::Tables;
use profile::decisions::inlineability;
use profile::{FrameId, Tier};

/// TurboFan's `--max-inlined-bytecode-size-cumulative`, which traces tell since V8 14.6 only.
const DEFAULT_BUDGET: u32 = 920;

/// TurboFan's `--reserve-inline-budget-scale-factor`: so much of the budget has to be left for a candidate.
const RESERVE_FACTOR: f64 = 1.2;

/// Largest `--max-inlined-bytecode-size-small` of the versions known: what a small function costs at most.
const MAX_SMALL_BYTES: u32 = 30;

/// Most functions that can be the target of one call that TurboFan considers (`kMaxCallPolymorphism`).
const MAX_TARGETS: usize = 4;

/// Most candidates of a list that are kept.
const MAX_CANDIDATES: usize = 4096;

/// The state of TurboFan's inlining in the compilation that runs, as far as it can be told from a trace.
#[derive(Debug, Default)]
pub(super) struct Inlining {
    /// The compilation; everything below is of it.
    compilation: Option<u64>,
    /// What was considered directly before, last one last; not more than can belong to one call.
    considered: Vec<FrameId>,
    /// Whether everything that is inlined next is of a call whose targets are small.
    is_small: bool,
    used_bytes: u32,
    budget: u32,
    list: Vec<Candidate>,
    is_list_open: bool,
    /// Targets of the candidate that is being inlined.
    taken: Vec<(FrameId, u32)>,
    /// What was inlined; may be incomplete.
    inlined: Vec<FrameId>,
}

#[derive(Debug, Default)]
struct Candidate {
    targets: Vec<(FrameId, u32)>,
    /// What all of its targets cost.
    bytes: u32,
}

impl Inlining {
    /// Takes what a line tells.
    pub(super) fn record(&mut self, record: &Record<'_>, compilations: &Compilations, tables: &mut Tables) {
        let (into, current) = match compilations.current() {
            Some(open) => (Some((open.function, open.tier)), Some(open.id)),
            None => (None, None),
        };
        if self.compilation != current {
            *self = Self { compilation: current, budget: DEFAULT_BUDGET, ..Self::default() };
        }
        tables.profile.decisions.recorded.refusals = true;
        let (into, open_tier) = (into.map(|(function, _)| function), into.map(|(_, tier)| tier));
        // A line of one compiler while the other one compiles is of a compilation that was not announced.
        let belongs = |tier: Tier| if open_tier.is_some_and(|open| open == tier) { (into, current) } else { (None, None) };
        if !matches!(record, Record::Target { .. } | Record::Candidate) {
            self.is_list_open = false;
        }
        let considered = match record {
            Record::Considering(_) => Vec::new(),
            _ => std::mem::take(&mut self.considered),
        };
        match *record {
            Record::Considering(callee) => {
                if let Some(callee) = tables.function(&callee) {
                    if self.considered.len() == MAX_TARGETS {
                        self.considered.remove(0);
                    }
                    self.considered.push(callee);
                }
            }
            Record::Refused { callee, reason } => {
                let reason = words(reason);
                let (into, current) = belongs(Tier::Turbofan);
                match callee.and_then(|callee| tables.function(&callee)) {
                    Some(callee) => tables.refusal(into, current, callee, Tier::Turbofan, &reason, None),
                    None => tables.drop_record("refusalsOfUnknownFunction"),
                }
            }
            Record::Recursive => {
                let (into, current) = belongs(Tier::Turbofan);
                match self.recursive_callee(&considered, into) {
                    Some(callee) => tables.refusal(into, current, callee, Tier::Turbofan, "recursive inlining", None),
                    None => tables.drop_record("refusalsOfUnknownFunction"),
                }
            }
            Record::SmallSite => self.is_small = true,
            Record::Inlined { callee, into } => self.inlined(&callee, &into, current, tables),
            Record::NotInlined { callee, into: named, reason } => {
                let named = tables.function(&named);
                let current = if named == into { current } else { None };
                if let Some(callee) = tables.function(&callee) {
                    tables.refusal(named, current, callee, Tier::Turbofan, &String::from_utf8_lossy(reason), None);
                }
            }
            Record::Candidates { budget } => {
                self.judge_list(None, into, tables);
                if let Some((used_bytes, budget)) = budget {
                    (self.used_bytes, self.budget) = (used_bytes, budget);
                }
                self.is_small = false;
                self.is_list_open = true;
            }
            Record::Candidate if self.is_list_open => {
                self.is_list_open = self.list.len() < MAX_CANDIDATES;
                if self.is_list_open {
                    self.list.push(Candidate::default());
                }
            }
            Record::Target { callee, bytecode_bytes, inlined_bytes } if self.is_list_open => {
                if let (Some(callee), Some(bytes), Some(candidate)) =
                    (callee.and_then(|callee| tables.function(&callee)), bytecode_bytes, self.list.last_mut())
                    && candidate.targets.len() < MAX_TARGETS
                {
                    candidate.targets.push((callee, bytes));
                    candidate.bytes = candidate.bytes.saturating_add(bytes).saturating_add(inlined_bytes);
                }
            }
            Record::MaglevRefused { callee, reason } => {
                let (into, current) = belongs(Tier::Maglev);
                let reason = words(reason);
                let bytes = size_in(&reason);
                if let Some(callee) = tables.function(&callee) {
                    tables.refusal(into, current, callee, Tier::Maglev, &reason, bytes);
                }
            }
            Record::MaglevSmall(callee) | Record::MaglevInlined(callee) => {
                let (into, current) = belongs(Tier::Maglev);
                let is_small = matches!(record, Record::MaglevSmall(_));
                if let Some(callee) = tables.function(&callee) {
                    tables.inlining(into, current, callee, Tier::Maglev, is_small);
                }
            }
            _ => {}
        }
    }

    /// The compilation of `into` with this number ended well: what is left of its candidates was not inlined.
    pub(super) fn end(&mut self, compilation: u64, into: FrameId, tables: &mut Tables) {
        if self.compilation == Some(compilation) {
            self.judge_list(None, Some(into), tables);
        }
        *self = Self::default();
    }

    fn inlined(&mut self, callee: &Function<'_>, into: &Function<'_>, current: Option<u64>, tables: &mut Tables) {
        let (Some(callee), Some(into)) = (tables.function(callee), tables.function(into)) else { return };
        tables.inlining(Some(into), current, callee, Tier::Turbofan, false);
        if self.inlined.len() < MAX_CANDIDATES {
            self.inlined.push(callee);
        }
        let is_callee = |target: &&(FrameId, u32)| target.0 == callee;
        if !self.is_small
            && let Some(at) = self.list.iter().position(|candidate| candidate.targets.iter().any(|target| is_callee(&target)))
        {
            self.taken = std::mem::take(&mut self.list[at].targets);
            self.judge_list(Some(at), Some(into), tables);
        }
        let bytes = self.taken.iter().find(is_callee).map_or(MAX_SMALL_BYTES, |(_, bytes)| *bytes);
        self.used_bytes = self.used_bytes.saturating_add(bytes);
        self.is_small = false;
    }

    /// The callee of a refusal that does not name it: the only target, or the only one that is around the call.
    fn recursive_callee(&self, considered: &[FrameId], into: Option<FrameId>) -> Option<FrameId> {
        if let [only] = considered {
            return Some(*only);
        }
        let mut around = considered.iter().filter(|callee| Some(**callee) == into || self.inlined.contains(callee));
        let found = around.next()?;
        around.all(|other| other == found).then_some(*found)
    }

    /// TurboFan goes through its list from the start, passes over what exceeds the budget, inlines the first candidate that does not,
    /// and then makes a new list of those behind it. So what is in front of the inlined one, and everything if none was inlined,
    /// exceeded the budget, unless the call had vanished by then: that is excluded by computing the budget.
    fn judge_list(&mut self, inlined: Option<usize>, into: Option<FrameId>, tables: &mut Tables) {
        let list = std::mem::take(&mut self.list);
        let passed = &list[..inlined.unwrap_or(list.len())];
        if self.compilation.is_none() {
            return;
        }
        for candidate in passed {
            let needed = f64::from(candidate.bytes) * RESERVE_FACTOR;
            if f64::from(self.used_bytes) + needed > f64::from(self.budget) {
                let reason = format!("budget exhausted: maximum inlined bytecode size ({})", self.budget);
                for (callee, bytes) in &candidate.targets {
                    tables.refusal(into, self.compilation, *callee, Tier::Turbofan, &reason, Some(*bytes));
                }
            }
        }
    }
}

/// V8's words for a number, or the words that are there.
fn words(reason: &[u8]) -> String {
    let text = String::from_utf8_lossy(reason);
    match text.parse().ok().and_then(inlineability) {
        Some(words) => words.to_owned(),
        None => text.into_owned(),
    }
}

/// `big function, size (213) >= …`
fn size_in(reason: &str) -> Option<u32> {
    reason.strip_prefix("big function, size (")?.split(')').next()?.parse().ok()
}
