//! Findings of a run that lie in one file.

use profile::decisions::Place;
use profile::finding::FindingPlace;
use profile::{Finding, Position};
use source::functions::FunctionKind;
use source::position::ByteRange;
use source::tokens::{first_token, name_of, token_at};
use source::v8_lines::ByteOrderMark;

use super::{Joined, byte_of};

/// A finding in the measured text.
#[derive(Clone, Debug)]
pub struct FoundHere {
    /// Row of [`RunFigures::findings`](crate::results::RunFigures::findings).
    pub row: usize,
    /// The token it is about.
    pub place: PlaceHere,
    /// Where its other places are; none for those in other files.
    pub related: Vec<Option<PlaceHere>>,
}

/// A place in the measured text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaceHere {
    /// Its token.
    pub token: ByteRange,
    /// The function around it; none at the top level.
    pub function: Option<ByteRange>,
}

impl FoundHere {
    /// All its places in this file.
    pub fn places(&self) -> impl Iterator<Item = PlaceHere> + '_ {
        std::iter::once(self.place).chain(self.related.iter().flatten().copied())
    }
}

/// The findings of this file, the dearest first. A finding whose place the text does not have is left out: it is another text.
pub(super) fn join(joined: &Joined<'_>) -> Vec<FoundHere> {
    let findings = &joined.results.figures.findings;
    let mut found: Vec<FoundHere> = findings
        .iter()
        .enumerate()
        .filter_map(|(row, finding)| {
            let place = place_here(joined, finding.place.as_ref()?)?;
            let related = finding.related.iter().map(|related| place_here(joined, &related.place)).collect();
            Some(FoundHere { row, place, related })
        })
        .collect();
    let share = |found: &FoundHere| findings.get(found.row).map_or(0.0, |finding: &Finding| finding.share);
    found.sort_by(|a, b| share(b).total_cmp(&share(a)));
    found
}

/// The exact token, else the name of the function.
fn place_here(joined: &Joined<'_>, place: &FindingPlace) -> Option<PlaceHere> {
    if place.file != joined.path {
        return None;
    }
    let (syntax, text) = (joined.measured.syntax(), joined.measured.text());
    // A finding names a file, not a script. Scripts of one file differ by what became of a byte-order mark at most.
    let v8_lines = joined.v8_lines.values().next().cloned().unwrap_or_else(|| joined.measured.v8_lines(ByteOrderMark::Kept));
    let start = place.function_start.and_then(|start| byte_of(&v8_lines, start));
    let exact = place.position.filter(|position| Some(*position) != place.function_start).and_then(|position| {
        let byte = byte_of(&v8_lines, position)?;
        Some(token_at(syntax, text, byte, key_at(joined, position))?.range)
    });
    let function = || {
        let function = joined.code.by_v8_name(&place.function, start?)?;
        if function.kind == FunctionKind::Toplevel {
            return first_token(syntax, text).map(|token| PlaceHere { token, function: None });
        }
        name_of(syntax, text, function).map(|token| PlaceHere { token, function: Some(function.range) })
    };
    let here = |token: ByteRange| PlaceHere { token, function: joined.function_at(token.start) };
    exact.map(here).or_else(function)
}

/// The property that is read or written at a position, where the run recorded inline caches; of several, the one that missed most.
fn key_at<'a>(joined: &Joined<'a>, position: Position) -> Option<&'a str> {
    let profile = joined.results.index.profile();
    let is_here = |place: &Place| {
        let own = || profile.frames.get(place.function?.index())?.source;
        place.position == Some(position) && place.source.or_else(own).is_some_and(|source| joined.v8_lines.contains_key(&source))
    };
    let caches = profile.decisions.inline_caches.iter().filter(|cache| is_here(&cache.place));
    caches.max_by_key(|cache| cache.misses).map(|cache| cache.key.as_str())
}
