//! Tokens of the measured text in today's.

use source::anchor::{AnchorState, Anchors};
use source::position::{ByteOffset, ByteRange};

use crate::measured::{MeasuredFile, PlaceHere};
use crate::view::FileView;

/// How many sites of a line are looked at for the one whose names lead over an offset.
const MAX_ON_LINE: usize = 64;

/// A [`Site`](crate::measured::Site) in today's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlacedSite {
    /// Index in [`MeasuredFile::sites`].
    pub measured: usize,
    /// Its token.
    pub token: ByteRange,
    /// The token with the names that lead to it; the token alone on a line that was changed.
    pub chain: ByteRange,
    /// Whether the function around it was changed since; at the top level, its line.
    pub stale: bool,
}

/// A token in today's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlacedToken {
    /// Where it is.
    pub range: ByteRange,
    /// Whether its line reads differently since.
    pub line_changed: bool,
    /// Whether the function around it does; at the top level, its line.
    pub stale: bool,
}

/// A token of the measured text in today's; none when it was edited away, or the function around it was.
pub(crate) fn token(view: &FileView, place: PlaceHere) -> Option<PlacedToken> {
    let (measured, anchors) = view.subject.measured.as_ref()?;
    find(view, measured, anchors, place)
}

/// All sites that are still there, in the order of today's text.
pub(crate) fn sites(view: &FileView) -> Vec<PlacedSite> {
    let Some((measured, anchors)) = &view.subject.measured else { return Vec::new() };
    let mut placed: Vec<PlacedSite> = measured
        .sites
        .iter()
        .enumerate()
        .filter_map(|(row, site)| {
            let PlacedToken { range, line_changed, stale } =
                find(view, measured, anchors, PlaceHere { token: site.token.range, function: site.function })?;
            // On a line that reads as measured, everything is as far from its token as it was.
            let (before, behind) = (site.token.range.start.0 - site.token.chain.start.0, site.token.chain.end.0 - site.token.range.end.0);
            let chain = match line_changed {
                true => range,
                false => ByteRange { start: ByteOffset(range.start.0.saturating_sub(before)), end: ByteOffset(range.end.0 + behind) },
            };
            Some(PlacedSite { measured: row, token: range, chain, stale })
        })
        .collect();
    placed.sort_by_key(|site| (site.token.start, site.token.end));
    placed
}

/// The site whose token an offset is in or at the end of; else the one with the shortest names over it.
pub(crate) fn site_at(sites: &[PlacedSite], offset: ByteOffset) -> Option<&PlacedSite> {
    let behind = sites.partition_point(|site| site.token.start <= offset);
    let near = &sites[behind.saturating_sub(MAX_ON_LINE)..sites.len().min(behind + MAX_ON_LINE)];
    let holds = |range: &ByteRange| range.start <= offset && offset <= range.end;
    let length = |range: ByteRange| range.end.0 - range.start.0;
    near.iter()
        .filter(|site| holds(&site.chain))
        // The end of a token may be the start of the next one: that one is meant.
        .min_by_key(|site| (!holds(&site.token), site.token.end == offset, length(site.chain), site.token.start))
}

fn find(view: &FileView, measured: &MeasuredFile, anchors: &Anchors, place: PlaceHere) -> Option<PlacedToken> {
    let anchor = anchors.position(place.token.start).filter(|anchor| anchor.state != AnchorState::Gone)?;
    let line_changed = anchor.state == AnchorState::Changed;
    let start = anchor.range.start.0;
    let end = start + (place.token.end.0 - place.token.start.0);
    if line_changed {
        let (then, now) = (measured.document.text(), view.subject.document.text());
        let same = now.get_byte_slice(start..end)? == then.get_byte_slice(place.token.start.0..place.token.end.0)?;
        // `x` is not in `xy` nor in `yx`.
        let is_name = |char: char| char.is_alphanumeric() || matches!(char, '_' | '$' | '\u{200c}' | '\u{200d}');
        let (first, last) = (now.try_byte_to_char(start).ok()?, now.try_byte_to_char(end).ok()?);
        let goes_on = |inside: Option<char>, outside: Option<char>| inside.is_some_and(is_name) && outside.is_some_and(is_name);
        let longer = goes_on(now.get_char(first), first.checked_sub(1).and_then(|before| now.get_char(before)))
            || goes_on(last.checked_sub(1).and_then(|last| now.get_char(last)), now.get_char(last));
        if !same || longer {
            return None;
        }
    }
    let function = place.function.and_then(|range| anchors.function(range)).map(|anchor| anchor.state);
    let stale = match function {
        Some(AnchorState::Gone) => return None,
        Some(state) => state == AnchorState::Changed,
        None => line_changed,
    };
    Some(PlacedToken { range: ByteRange { start: ByteOffset(start), end: ByteOffset(end) }, line_changed, stale })
}
