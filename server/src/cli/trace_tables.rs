//! The tables of V8's decisions as JSON: deoptimizations, functions with their tiers, inlinings, inline caches.

use super::profile_json::{costs, file};
use ide::explanations::explanation;
use profile::decisions::{
    DecisionSeverity, Decisions, Deopt, FunctionFacts, IcTransition, InlineCache, Inlining, Place, Refusal, Shape, deopt_code,
    inlining_code, severity_of,
};
use profile::index::ProfileIndex;
use profile::totals::Cost;
use profile::{FrameId, Position, ShapeId, SourceId, Tier};
use serde_json::{Map, Value, json};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::path::Path;

/// Writes rows of one profile.
pub(super) struct Tables<'a> {
    index: &'a ProfileIndex,
    decisions: &'a Decisions,
    facts: HashMap<FrameId, &'a FunctionFacts>,
    workspace: Option<&'a Path>,
}

impl<'a> Tables<'a> {
    /// `workspace`: what files are shown relative to.
    pub(super) fn new(index: &'a ProfileIndex, workspace: Option<&'a Path>) -> Self {
        let decisions = &index.profile().decisions;
        Self { index, decisions, facts: decisions.functions.iter().map(|row| (row.function, row)).collect(), workspace }
    }

    /// Where code was given up, most time first.
    pub(super) fn deopts(&self) -> Vec<Value> {
        let mut rows: Vec<&Deopt> = self.decisions.deopts.iter().collect();
        rows.sort_by_key(|row| (Reverse(self.self_us(Some(row.function))), Reverse(row.count), row.first_us));
        rows.into_iter().map(|row| self.deopt(row)).collect()
    }

    fn deopt(&self, row: &Deopt) -> Value {
        let code = deopt_code(&row.reason);
        let (innermost, around) = match row.stack.split_first() {
            Some((innermost, around)) => (*innermost, around),
            None => (Place { function: Some(row.function), source: None, position: None }, &[][..]),
        };
        let mut object = self.place(&innermost);
        let more = json!({
            "kind": row.kind,
            "reason": row.reason,
            "count": row.count,
            "code": code,
            "advice": advice(&code),
            "benign": severity_of(&code) == DecisionSeverity::Benign,
            "tier": row.tier,
            "deoptimized": self.name(row.function),
            "inlinedInto": around.iter().map(|place| self.place(place)).collect::<Vec<_>>(),
            "firstMs": ms(row.first_us),
            "lastMs": ms(row.last_us),
            "selfPercent": self.self_percent(Some(row.function)),
        });
        extend(&mut object, more);
        Value::Object(object)
    }

    /// Functions that were compiled or have time, most time first, each with its tiers in time order.
    pub(super) fn functions(&self) -> Vec<Value> {
        let profile = self.index.profile();
        let mut tiers: HashMap<FrameId, Vec<Value>> = HashMap::new();
        for row in &self.decisions.compilations {
            let tier =
                json!({ "tier": row.tier, "atMs": ms(row.at_us), "osr": row.osr, "codeBytes": row.code_bytes, "thread": row.thread });
            tiers.entry(row.function).or_default().push(tier);
        }
        let deopts = deopts_by_function(self.decisions);
        let is_known = |frame: &FrameId| {
            tiers.contains_key(frame)
                || self.facts.contains_key(frame)
                || deopts.contains_key(frame)
                || self.index.function(*frame).is_some()
        };
        let mut frames: Vec<FrameId> = (0..profile.frames.len()).map(FrameId::new).filter(is_known).collect();
        frames.sort_by_key(|frame| Reverse(self.cost(*frame).total_us));
        frames.sort_by_key(|frame| Reverse(self.cost(*frame).self_us));
        let row = |frame: FrameId| {
            let of = profile.frame(frame);
            let mut object = costs(self.index, &self.cost(frame));
            let facts = self.facts.get(&frame);
            let more = json!({
                "name": of.name,
                "file": of.source.map(|source| file(profile, source, self.workspace)),
                "line": of.start.map(|start| start.line),
                "column": of.start.and_then(column),
                "category": of.category,
                "tier": self.index.function(frame).map_or(Tier::Unknown, |row| row.tier()),
                "tiers": tiers.remove(&frame).unwrap_or_default(),
                "deopts": deopts.get(&frame).copied().unwrap_or(0),
                "bytecodeBytes": facts.and_then(|facts| facts.bytecode_bytes),
                "instances": facts.map(|facts| facts.instances),
                "optimizationDisabled": facts.and_then(|facts| facts.disabled.as_deref()),
            });
            extend(&mut object, more);
            Value::Object(object)
        };
        frames.into_iter().map(row).collect()
    }

    /// Calls that were inlined and calls that were refused, most time of the function that holds them first.
    pub(super) fn inlinings(&self) -> Vec<Value> {
        let mut inlined: Vec<&Inlining> = self.decisions.inlinings.iter().collect();
        inlined.sort_by_key(|row| (Reverse(self.self_us(Some(row.into))), row.into.index(), row.depth));
        let mut refused: Vec<&Refusal> = self.decisions.refusals.iter().collect();
        refused.sort_by_key(|row| (Reverse(self.self_us(row.into)), row.into.map(FrameId::index)));
        let inlined = inlined.into_iter().map(|row| {
            let mut object = self.place(&row.call);
            let more = json!({
                "inlined": true,
                "reason": null,
                "code": null,
                "benign": true,
                "caller": row.call.function.map(|caller| self.name(caller)),
                "callee": row.callee.map(|callee| self.name(callee)),
                "into": self.name(row.into),
                "tier": row.tier,
                "depth": row.depth,
                "count": row.count,
                "bytecodeBytes": row.callee.and_then(|callee| self.bytecode_bytes(callee)),
            });
            extend(&mut object, more);
            Value::Object(object)
        });
        let refused = refused.into_iter().map(|row| {
            let code = inlining_code(&row.reason);
            let call = row.call.unwrap_or(Place { function: row.into, source: None, position: None });
            let mut object = self.place(&call);
            let more = json!({
                "inlined": false,
                "reason": row.reason,
                "code": code,
                "advice": advice(&code),
                "benign": severity_of(&code) == DecisionSeverity::Benign,
                "caller": call.function.or(row.into).map(|caller| self.name(caller)),
                "callee": self.name(row.callee),
                "into": row.into.map(|into| self.name(into)),
                "tier": row.tier,
                "depth": null,
                "count": row.count,
                "bytecodeBytes": row.bytecode_bytes.or_else(|| self.bytecode_bytes(row.callee)),
            });
            extend(&mut object, more);
            Value::Object(object)
        });
        inlined.chain(refused).collect()
    }

    /// Inline caches, the most degraded of the functions with most time first.
    pub(super) fn inline_caches(&self) -> Vec<Value> {
        let mut rows: Vec<&InlineCache> = self.decisions.inline_caches.iter().collect();
        rows.sort_by_key(|row| (Reverse(self.self_us(row.place.function)), Reverse(row.state), Reverse(row.misses)));
        let row = |row: &InlineCache| {
            let mut object = self.place(&row.place);
            let more = json!({
                "state": row.state,
                "kind": row.kind,
                "key": row.key,
                "keys": row.n_keys,
                "misses": row.misses,
                "shapes": row.shapes.iter().filter_map(|shape| self.shape(*shape)).collect::<Vec<_>>(),
                "shapeCount": row.n_shapes,
                "transitions": row.transitions.iter().map(|transition| self.transition(row, transition)).collect::<Vec<_>>(),
                "selfPercent": self.self_percent(row.place.function),
            });
            extend(&mut object, more);
            Value::Object(object)
        };
        rows.into_iter().map(row).collect()
    }

    fn transition(&self, cache: &InlineCache, transition: &IcTransition) -> Value {
        json!({
            "atMs": ms(transition.at_us),
            "from": transition.from,
            "to": transition.to,
            "shape": transition.shape.and_then(|shape| cache.shapes.iter().position(|known| *known == shape)),
            "slowReason": Some(&transition.slow_reason).filter(|reason| !reason.is_empty()),
        })
    }

    fn shape(&self, id: ShapeId) -> Option<Value> {
        let Shape { constructor, created_at, properties, is_dictionary } = self.decisions.shapes.get(id.index())?;
        let property = |property: &profile::decisions::ShapeProperty| {
            let mut object = property.added_at.as_ref().map_or_else(|| self.place(&NOWHERE), |place| self.place(place));
            object.insert("name".into(), json!(property.name));
            Value::Object(object)
        };
        Some(json!({
            "constructor": constructor,
            "createdAt": created_at.as_ref().map(|place| self.place(place)),
            "properties": properties.iter().map(property).collect::<Vec<_>>(),
            "isDictionary": is_dictionary,
        }))
    }

    /// `function`, `file`, `line` and `column` of a place; where only the function is known, where that begins.
    fn place(&self, place: &Place) -> Map<String, Value> {
        let profile = self.index.profile();
        let function = place.function.map(|function| profile.frame(function));
        let of_function = || (function.and_then(|frame| frame.source), function.and_then(|frame| frame.start));
        let (source, position) = match place.position {
            Some(position) => (place.source.or(function.and_then(|frame| frame.source)), Some(position)),
            None => of_function(),
        };
        let mut object = Map::new();
        object.insert("function".into(), json!(function.map(|frame| &frame.name)));
        object.insert("file".into(), json!(source.map(|source: SourceId| file(profile, source, self.workspace))));
        object.insert("line".into(), json!(position.map(|position| position.line)));
        object.insert("column".into(), json!(position.and_then(column)));
        object
    }

    fn name(&self, frame: FrameId) -> &str {
        &self.index.profile().frame(frame).name
    }

    fn bytecode_bytes(&self, frame: FrameId) -> Option<u32> {
        self.facts.get(&frame)?.bytecode_bytes
    }

    fn cost(&self, frame: FrameId) -> Cost {
        self.index.function(frame).map_or_else(Cost::default, |row| row.cost)
    }

    fn self_us(&self, frame: Option<FrameId>) -> u64 {
        frame.map_or(0, |frame| self.cost(frame).self_us)
    }

    fn self_percent(&self, frame: Option<FrameId>) -> f64 {
        (self.index.share(self.self_us(frame)) * 1e5).round() / 1e3
    }
}

const NOWHERE: Place = Place { function: None, source: None, position: None };

/// How often the code of each function was given up for a reason that is a problem.
pub(super) fn deopts_by_function(decisions: &Decisions) -> HashMap<FrameId, u64> {
    let mut counts: HashMap<FrameId, u64> = HashMap::new();
    for row in decisions.deopts.iter().filter(|row| severity_of(&deopt_code(&row.reason)) != DecisionSeverity::Benign) {
        *counts.entry(row.function).or_default() += u64::from(row.count);
    }
    counts
}

/// What the page of a code says to try first; none where there is no page.
pub(super) fn advice(code: &str) -> Option<&'static str> {
    explanation(code).map(|page| page.advice)
}

fn column(position: Position) -> Option<u32> {
    Some(position.column).filter(|column| *column > 0)
}

fn ms(us: u64) -> f64 {
    us as f64 / 1e3
}

fn extend(object: &mut Map<String, Value>, more: Value) {
    if let Value::Object(more) = more {
        object.extend(more);
    }
}
