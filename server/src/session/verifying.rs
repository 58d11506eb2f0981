//! What a comparison of a route's baseline with the working tree found.

use ide::Verification;
use ide::benchmark::{Figure, Verdict, VerifiedFigure};
use runs::versus::{self, FigureComparison};
use runs::{RunRecord, Verified};

/// The comparison in turns that a run is of; none of a run that is of none.
pub(super) fn verification(record: &RunRecord) -> Option<Verification> {
    let versus = record.versus.as_ref()?;
    Some(Verification {
        figures: versus.figures.iter().map(verified).collect(),
        rounds: versus.rounds.len(),
        notes: versus.notes.clone(),
        finished_at_ms: record.started_at_ms + record.duration_ms,
    })
}

/// What is told at the end, for editors without lenses.
pub(super) fn news(verified: &Verified) -> String {
    let record = &verified.run.record;
    let verdict = match verification(record).as_ref().and_then(ide::lenses::verdict) {
        Some(verdict) => verdict,
        None => format!("no verdict. {}", record.notes.last().map_or("The baseline could not be run again.", String::as_str)),
    };
    format!("{} against its baseline: {verdict}", record.target)
}

fn verified(of: &FigureComparison) -> VerifiedFigure {
    VerifiedFigure {
        figure: match of.figure {
            versus::Figure::RequestsPerSecond => Figure::RequestsPerSecond,
            versus::Figure::P50Ms => Figure::P50Ms,
            versus::Figure::P99Ms => Figure::P99Ms,
            versus::Figure::ServerCpuUs => Figure::ServerCpuUs,
        },
        before: of.a,
        after: of.b,
        ratio: of.ratio,
        interval: of.interval,
        verdict: match of.verdict {
            versus::Verdict::Better => Verdict::Better,
            versus::Verdict::Worse => Verdict::Worse,
            versus::Verdict::NoDifferenceShown => Verdict::NoDifferenceShown,
            versus::Verdict::Undecided => Verdict::Undecided,
        },
    }
}
