//! What a run found: on its token, or at the route or entry that was measured.

use std::collections::HashMap;

use profile::finding::{Finding, FindingSeverity, RelatedPlace};
use source::position::{ByteOffset, ByteRange, V8Position};

use super::{Diagnostic, Ranked, Related, RelatedAt, Severity};
use crate::explanations::advice;
use crate::lenses::request_method;
use crate::measured::{FoundHere, MeasuredFile, PlaceHere};
use crate::placed;
use crate::settings::{DiagnosticCategory, DiagnosticSettings};
use crate::view::FileView;
use crate::wording::percent;

/// Most findings that another one on the same token names.
const MAX_ALSO: usize = 3;

/// Findings in this file, each on its token. Of several of one category on one token the gravest speaks, and names the others.
pub(super) fn placed(view: &FileView, settings: &DiagnosticSettings) -> Vec<Ranked> {
    let Some(measured) = view.measured() else { return Vec::new() };
    // Without samples there are no shares to go by.
    let has_shares = measured.results.index.attribution().active_us() > 0;
    let mut tokens: HashMap<(usize, usize, DiagnosticCategory), Ranked> = HashMap::new();
    let mut also: HashMap<(usize, usize, DiagnosticCategory), Vec<Related>> = HashMap::new();
    for found in &measured.findings {
        let Some(finding) = measured.results.figures.findings.get(found.row) else { continue };
        let quiet = has_shares && finding.share * 100.0 < settings.min_percent;
        if quiet || !is_shown(view, settings, &finding.code) {
            continue;
        }
        let Some(next) = on_token(view, measured, found, finding, settings) else { continue };
        let range = next.diagnostic.range;
        let key = (range.start.0, range.end.0, DiagnosticCategory::of_code(&finding.code));
        let rank = |ranked: &Ranked| (ranked.diagnostic.severity, ranked.share);
        match tokens.get_mut(&key) {
            None => {
                tokens.insert(key, next);
            }
            Some(first) => {
                // They come with the dearest first, so only severity can change the order.
                let other = if rank(&next).0 > rank(first).0 { std::mem::replace(first, next) } else { next };
                let message = format!("also here, {}: {}", other.diagnostic.code, other.diagnostic.message);
                also.entry(key).or_default().push(Related { at: RelatedAt::Here(range), message });
            }
        }
    }
    let with_others = |(key, mut ranked): ((usize, usize, DiagnosticCategory), Ranked)| {
        ranked.diagnostic.related.extend(also.remove(&key).unwrap_or_default().into_iter().take(MAX_ALSO));
        ranked
    };
    tokens.into_iter().map(with_others).collect()
}

/// Whether findings with that code are shown here.
fn is_shown(view: &FileView, settings: &DiagnosticSettings, code: &str) -> bool {
    let category = DiagnosticCategory::of_code(code);
    match category.facts() {
        Some(facts) => view.subject.facts.of(facts).is_on(settings.shows_facts(facts)),
        None => settings.categories.contains(&category),
    }
}

fn on_token(
    view: &FileView,
    measured: &MeasuredFile,
    found: &FoundHere,
    finding: &Finding,
    settings: &DiagnosticSettings,
) -> Option<Ranked> {
    let token = placed::token(view, found.place)?;
    let mut message = finding.message.clone();
    let advice = advice(finding);
    if !advice.is_empty() {
        message = format!("{message} {advice}");
    }
    if token.stale {
        let what = if found.place.function.is_some() { "function" } else { "line" };
        message = format!("{message} (measured before this {what} was changed)");
    }
    // Editors list nothing of a hint: somebody reads a dependency, but changes the code that calls it.
    let is_listed = !token.stale && (settings.dependencies || !in_package(&measured.path));
    let severity = match finding.severity {
        _ if !is_listed => Severity::Hint,
        FindingSeverity::Hint => Severity::Hint,
        FindingSeverity::Information => Severity::Information,
        FindingSeverity::Warning => Severity::Warning,
    };
    let related = finding.related.iter().zip(&found.related).filter_map(|(related, here)| elsewhere(view, measured, related, *here));
    let diagnostic =
        Diagnostic { range: token.range, severity, code: finding.code.clone(), message, related: related.collect(), stale: token.stale };
    Some(Ranked { share: finding.share, diagnostic })
}

/// Another place: today's in this file, none when it was edited away; that of the measured text in others.
fn elsewhere(view: &FileView, measured: &MeasuredFile, related: &RelatedPlace, here: Option<PlaceHere>) -> Option<Related> {
    let at = match here {
        Some(here) => RelatedAt::Here(placed::token(view, here)?.range),
        None if related.place.file == measured.path => return None,
        None => {
            let position = related.place.position.or(related.place.function_start);
            let position = position.map_or((1, 1), |position| (position.line, position.column.max(1)));
            RelatedAt::Elsewhere { path: related.place.file.clone(), position: V8Position { line: position.0, column: position.1 } }
        }
    };
    Some(Related { at, message: related.message.clone() })
}

/// What the newest run of each target found about the whole of it, where that target is in this file: at its route, else at the top
/// of the file started. Defects of packages are shown there, too: nobody has those files open.
pub(super) fn of_targets(view: &FileView, settings: &DiagnosticSettings) -> Vec<Ranked> {
    let mut all = Vec::new();
    for figures in view.subject.targets.iter() {
        let same_entry = view.subject.starts.as_deref().is_none_or(|starts| starts == figures.entry);
        let of_target = |(method, path): &(String, String)| {
            view.subject.routes.iter().find(|route| request_method(route) == method && route.path == *path)
        };
        let route = figures.route.as_ref().filter(|_| same_entry).and_then(of_target).map(|route| route.range);
        let top = || {
            let is_started = view.subject.entry.as_deref() == Some(figures.entry.as_str());
            (figures.route.is_none() && is_started).then(|| view.editor_line(ByteOffset(0)))
        };
        let Some(range) = route.or_else(top) else { continue };
        let findings = figures.findings.iter().filter(|finding| is_of_target(finding) && is_shown(view, settings, &finding.code));
        all.extend(findings.map(|finding| of_target_at(range, finding, &figures.target)));
    }
    all
}

fn is_of_target(finding: &Finding) -> bool {
    finding.place.as_ref().is_none_or(|place| finding.severity == FindingSeverity::Warning && in_package(&place.file))
}

/// Whether a file is of a dependency.
fn in_package(file: &str) -> bool {
    file.contains("/node_modules/") || file.contains("\\node_modules\\")
}

fn of_target_at(range: ByteRange, finding: &Finding, target: &str) -> Ranked {
    let share = percent(finding.share);
    let message = format!("{} ({share} of {target}) {}", finding.message, advice(finding)).trim_end().to_owned();
    let severity = match finding.severity {
        FindingSeverity::Hint => Severity::Hint,
        FindingSeverity::Information => Severity::Information,
        FindingSeverity::Warning => Severity::Warning,
    };
    let related = finding.place.iter().map(|place| {
        let position = place.position.or(place.function_start).map_or((1, 1), |position| (position.line, position.column.max(1)));
        let at = RelatedAt::Elsewhere { path: place.file.clone(), position: V8Position { line: position.0, column: position.1 } };
        Related { at, message: "here".to_owned() }
    });
    let related = related.collect();
    Ranked { share: finding.share, diagnostic: Diagnostic { range, severity, code: finding.code.clone(), message, related, stale: false } }
}

#[cfg(test)]
mod tests;
