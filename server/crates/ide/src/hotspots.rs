//! The hottest functions of a run, across files.

use profile::index::ProfileIndex;
use profile::{Category, FrameId};
use serde::Serialize;
use std::collections::HashSet;

use crate::results::RunResults;

/// A hot function.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Hotspot {
    /// Name as V8 shows it; empty for an anonymous function.
    pub name: String,
    /// Absolute path; none for Node's own code.
    pub file: Option<String>,
    /// 1-based line of the measured text, until the server puts it where it is in an open one; 0 when not known.
    pub line: u32,
    /// 1-based column in UTF-16 code units; 0 when not known.
    pub column: u32,
    /// What kind of code.
    pub category: Category,
    /// Time of the function itself, in ms.
    pub self_ms: f64,
    /// With all it calls, in ms.
    pub total_ms: f64,
    /// Share of active time, or of allocations where only those were measured, in percent.
    pub self_percent: f64,
    /// The same with all it calls.
    pub total_percent: f64,
    /// Samples behind the self time.
    pub samples: u64,
    /// The tier with most self time.
    pub tier: &'static str,
    /// Of a function that is in no file, where the way to it is: the nearest function with a file on the calls that cost most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<Caller>,
}

/// A function that calls a hot one, perhaps through others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Caller {
    /// Name as V8 shows it; empty for an anonymous function.
    pub name: String,
    /// Absolute path.
    pub file: String,
    /// As [`Hotspot::line`].
    pub line: u32,
    /// As [`Hotspot::column`].
    pub column: u32,
}

/// The nearest function of a file up the calls with most time.
fn caller_in_file(index: &ProfileIndex, of: FrameId) -> Option<Caller> {
    let profile = index.profile();
    let mut seen = HashSet::from([of]);
    let mut next = of;
    loop {
        let callers: Vec<FrameId> = index.callers_of(next).map(|edge| edge.caller).collect();
        for caller in &callers {
            let frame = profile.frame(*caller);
            if let Some(file) = frame.source.and_then(|source| profile.source(source).path.clone()) {
                let (line, column) = frame.start.map_or((0, 0), |start| (start.line, start.column));
                return Some(Caller { name: frame.name.clone(), file, line, column });
            }
        }
        // Calls can be recursive.
        next = callers.into_iter().find(|caller| seen.insert(*caller))?;
    }
}

/// The `limit` functions with most self time.
pub fn hotspots(results: &RunResults, limit: usize) -> Vec<Hotspot> {
    let (index, profile) = (&results.index, results.index.profile());
    let ms = |us: u64| us as f64 / 1_000.0;
    index
        .totals()
        .functions
        .iter()
        .take(limit)
        .map(|total| {
            let frame = profile.frame(total.frame);
            let cost = &total.cost;
            let file = frame.source.and_then(|source| profile.source(source).path.clone());
            Hotspot {
                caller: if file.is_none() { caller_in_file(index, total.frame) } else { None },
                name: frame.name.clone(),
                file,
                line: frame.start.map_or(0, |start| start.line),
                column: frame.start.map_or(0, |start| start.column),
                category: frame.category,
                self_ms: ms(cost.self_us),
                total_ms: ms(cost.total_us),
                self_percent: results.share(results.own(cost)) * 100.0,
                total_percent: results.share(results.total(cost)) * 100.0,
                samples: cost.self_samples,
                tier: total.tier().label(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, SERVER};
    use profile::{Frame, Location, Position, ProfileBuilder, Source, Tier};

    #[test]
    fn most_self_time_first() {
        let view = Fixture::new(SERVER).view();
        let measured = view.measured().unwrap();
        let shown: Vec<String> = hotspots(&measured.results, 1)
            .iter()
            .map(|spot| format!("{} {:?}:{} {:.1}% {}", spot.name, spot.file.as_deref(), spot.line, spot.self_percent, spot.tier))
            .collect();
        assert_eq!(shown, [r#"render Some("/app/server.js"):2 72.5% turbofan"#]);
    }

    #[test]
    fn a_function_of_no_file_has_a_caller_in_one() {
        let mut builder = ProfileBuilder::default();
        let file = builder.source(Source { url: "/app/a.js".into(), path: Some("/app/a.js".into()) });
        let node = builder.source(Source { url: "node:net".into(), path: None });
        let mut function = |name: &str, source, line| {
            let start = Some(Position { line, column: 1 });
            let frame = builder.frame(Frame { name: name.into(), source: Some(source), start, category: Category::App });
            let location = Location { frame, source: Some(source), position: None, tier: Tier::Turbofan, inlined: false };
            (frame, builder.location(location))
        };
        let (_, outer) = function("handler", file, 7);
        let (write, inner) = function("write", node, 3);
        let (writev, innermost) = function("writevGeneric", node, 9);
        let outer = builder.node(None, outer);
        let inner = builder.node(Some(outer), inner);
        // It calls itself, too.
        let first = builder.node(Some(inner), innermost);
        let second = builder.node(Some(first), innermost);
        builder.sample(0, 10, first);
        builder.sample(10, 50, second);
        let index = ProfileIndex::new(builder.finish());
        let expected = Some(Caller { name: "handler".into(), file: "/app/a.js".into(), line: 7, column: 1 });
        assert_eq!(caller_in_file(&index, writev), expected);
        assert_eq!(caller_in_file(&index, write), expected);
    }
}
