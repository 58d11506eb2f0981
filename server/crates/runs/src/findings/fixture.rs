//! Hand-made profiles for the tests of all parts.

use super::{Surroundings, Thresholds, findings};
use profile::decisions::{Compilation, Decisions, Deopt, DeoptEvent, FunctionFacts, IcState, InlineCache, Place, Recorded};
use profile::index::ProfileIndex;
use profile::{Category, Finding, Frame, FrameId, Location, Position, ProfileBuilder, Source, SourceId, Tier};

/// A profile in the making: functions of one or several files, with their self time.
pub(super) struct Fixture {
    builder: ProfileBuilder,
    pub(super) decisions: Decisions,
    pub(super) thresholds: Thresholds,
    texts: Vec<(String, String)>,
}

impl Fixture {
    pub(super) fn new() -> Self {
        let recorded = Recorded { code: true, deopts: true, inline_caches: true, shapes: true, refusals: true };
        let decisions = Decisions { recorded, ..Decisions::default() };
        Self { builder: ProfileBuilder::default(), decisions, thresholds: Thresholds::default(), texts: Vec::new() }
    }

    /// Gives a file its text.
    pub(super) fn text(&mut self, path: &str, text: &str) {
        self.texts.push((path.to_owned(), text.to_owned()));
    }

    /// A function of a file, such as `total /app/a.js 1:10`, that ran `us` itself in `tier`, 1 ms to the sample.
    pub(super) fn function(&mut self, name: &str, url: &str, start: (u32, u32), tier: Tier, us: u64) -> FrameId {
        let source = self.source(url);
        let frame = self.builder.frame(Frame {
            name: name.to_owned(),
            source: Some(source),
            start: Some(position(start)),
            category: Category::of_script(url),
        });
        let location =
            self.builder.location(Location { frame, source: Some(source), position: Some(position(start)), tier, inlined: false });
        let node = self.builder.node(None, location);
        for _ in 0..us / 1_000 {
            self.builder.sample(0, 1_000, node);
        }
        frame
    }

    fn source(&mut self, url: &str) -> SourceId {
        let path = url.starts_with('/').then(|| url.to_owned());
        self.builder.source(Source { url: url.to_owned(), path })
    }

    /// `callee` ran `us` itself, called by `caller`.
    pub(super) fn called_by(&mut self, callee: FrameId, caller: FrameId, us: u64) {
        let location = |frame| Location { frame, source: None, position: None, tier: Tier::Sparkplug, inlined: false };
        let outer = self.builder.location(location(caller));
        let inner = self.builder.location(location(callee));
        let outer = self.builder.node(None, outer);
        let node = self.builder.node(Some(outer), inner);
        for _ in 0..us / 1_000 {
            self.builder.sample(0, 1_000, node);
        }
    }

    /// A place in a function's own file.
    pub(super) fn place(&self, function: FrameId, at: (u32, u32)) -> Place {
        Place { function: Some(function), source: None, position: Some(position(at)) }
    }

    /// Code of a function was given up at these moments, each time after it had been optimised, innermost place first.
    pub(super) fn deopts(&mut self, function: FrameId, reason: &str, stack: &[Place], at_us: &[u64]) {
        let row = self.decisions.deopts.len() as u32;
        self.decisions.deopts.push(Deopt {
            function,
            tier: Tier::Turbofan,
            kind: "eager".to_owned(),
            reason: reason.to_owned(),
            stack: stack.to_vec(),
            count: at_us.len() as u32,
            first_us: at_us[0],
            last_us: at_us[at_us.len() - 1],
        });
        for at_us in at_us {
            self.decisions.deopt_events.push(DeoptEvent { deopt: row, at_us: *at_us, thread: 0 });
        }
    }

    /// A function got code at these moments.
    pub(super) fn compiled(&mut self, function: FrameId, tier: Tier, at_us: &[u64]) {
        for at_us in at_us {
            let compilation = Compilation { function, tier, osr: None, at_us: *at_us, code_bytes: 100, thread: 0 };
            self.decisions.compilations.push(compilation);
        }
    }

    /// Facts of a function of 100 bytes of bytecode.
    pub(super) fn facts(&mut self, function: FrameId, instances: u32, enclosing: Option<FrameId>) {
        let facts = FunctionFacts { function, bytecode_bytes: Some(100), instances, enclosing, disabled: None };
        self.decisions.functions.push(facts);
    }

    /// A monomorphic read of `x` that was used for the first time so often.
    pub(super) fn first_uses(&mut self, function: FrameId, at: (u32, u32), first_uses: u64) {
        self.decisions.inline_caches.push(InlineCache {
            place: self.place(function, at),
            kind: "LoadIC".to_owned(),
            key: "x".to_owned(),
            n_keys: 1,
            state: IcState::Monomorphic,
            misses: first_uses,
            first_uses,
            out_of_bounds: 0,
            transitions: Vec::new(),
            shapes: Vec::new(),
            n_shapes: 1,
        });
    }

    /// What is found.
    pub(super) fn found(mut self) -> Vec<Finding> {
        self.builder.decisions = self.decisions;
        let texts = self.texts;
        let text_of = |path: &str| texts.iter().find(|(known, _)| known == path).map(|(_, text)| text.clone());
        let index = ProfileIndex::new(self.builder.finish());
        findings(&index, &Surroundings { node_env: None, text_of: &text_of, thresholds: self.thresholds })
    }
}

pub(super) fn position((line, column): (u32, u32)) -> Position {
    Position { line, column }
}

/// Code, severity's first letter and place, such as `deopt/loop W 1:32`.
pub(super) fn shown(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|finding| {
            let position = finding.place.as_ref().and_then(|place| place.position.or(place.function_start));
            let position = position.map_or_else(|| "-".to_owned(), |position| format!("{}:{}", position.line, position.column));
            format!("{} {} {position}", finding.code, &format!("{:?}", finding.severity)[..1])
        })
        .collect()
}
