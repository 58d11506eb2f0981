//! The hottest functions of a run, across files.

use profile::Category;
use serde::Serialize;

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
            Hotspot {
                name: frame.name.clone(),
                file: frame.source.and_then(|source| profile.source(source).path.clone()),
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
}
