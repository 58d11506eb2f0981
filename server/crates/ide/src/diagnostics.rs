//! Diagnostics: the hottest places, and what a run found.

mod facts;
mod findings;
mod hot;

use source::position::{ByteRange, V8Position};

use crate::settings::{DiagnosticCategory, DiagnosticSettings};
use crate::view::FileView;

/// A remark on a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// The place.
    pub range: ByteRange,
    /// How grave.
    pub severity: Severity,
    /// Stable code, such as `hot/line`.
    pub code: String,
    /// The remark.
    pub message: String,
    /// Other places it is about.
    pub related: Vec<Related>,
    /// Whether the code was changed since it was measured.
    pub stale: bool,
}

/// How grave a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A fact, hardly visible.
    Hint,
    /// A fact worth knowing.
    Information,
    /// A defect.
    Warning,
}

/// Another place of a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The place.
    pub at: RelatedAt,
    /// What it has to do with it.
    pub message: String,
}

/// Where the other place of a diagnostic is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelatedAt {
    /// In the same file, in today's text.
    Here(ByteRange),
    /// In another file, in the text that was measured.
    Elsewhere {
        /// Absolute path.
        path: String,
        /// As V8 counts; the column is at least 1.
        position: V8Position,
    },
}

/// A diagnostic with the share of active time that it is ranked by.
struct Ranked {
    share: f64,
    diagnostic: Diagnostic,
}

/// All diagnostics of a file: defects, then findings and hot places, the dearest first, then as many facts that were asked for.
pub fn diagnostics(view: &FileView, settings: &DiagnosticSettings) -> Vec<Diagnostic> {
    let mut all = found(view, settings);
    let mut facts = facts::facts(view, settings);
    // One token, one remark of a kind: a finding says more.
    let says = |found: &Ranked, fact: &Ranked| {
        let category = |ranked: &Ranked| DiagnosticCategory::of_code(&ranked.diagnostic.code);
        found.diagnostic.range == fact.diagnostic.range && category(found) == category(fact)
    };
    facts.retain(|fact| !all.iter().any(|found| says(found, fact)));
    facts.sort_by(|a, b| b.share.total_cmp(&a.share).then(a.diagnostic.range.start.cmp(&b.diagnostic.range.start)));
    facts.truncate(settings.max_per_file);
    all.extend(facts);
    all.into_iter().map(|ranked| ranked.diagnostic).collect()
}

fn found(view: &FileView, settings: &DiagnosticSettings) -> Vec<Ranked> {
    let mut all = findings::of_targets(view, settings);
    all.extend(findings::placed(view, settings));
    if settings.categories.contains(&DiagnosticCategory::Hot) {
        all.extend(hot::hot(view, settings));
    }
    let is_defect = |ranked: &Ranked| ranked.diagnostic.severity == Severity::Warning;
    all.sort_by(|a, b| {
        let by_share = is_defect(b).cmp(&is_defect(a)).then(b.share.total_cmp(&a.share));
        let key = |ranked: &Ranked| (std::cmp::Reverse(ranked.diagnostic.severity), ranked.diagnostic.range.start);
        by_share.then_with(|| key(a).cmp(&key(b))).then_with(|| a.diagnostic.code.cmp(&b.diagnostic.code))
    });
    all.truncate(settings.max_per_file);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, SERVER};

    fn check(fixture: Fixture, settings: &DiagnosticSettings, expected: &[&str]) {
        let view = fixture.view();
        let text = view.subject.document.text();
        let shown: Vec<String> = diagnostics(&view, settings)
            .iter()
            .map(|found| {
                let line = text.byte_to_line(found.range.start.0) + 1;
                format!("{line} {:?} {} +{}: {}", found.severity, found.code, found.related.len(), found.message)
            })
            .collect();
        assert_eq!(shown.len(), expected.len(), "{shown:#?}");
        for (shown, expected) in shown.iter().zip(expected) {
            assert!(shown.starts_with(expected), "{shown:?} does not start with {expected:?}");
        }
    }

    #[test]
    fn ranked_and_capped() {
        let settings = DiagnosticSettings::default();
        let function = "2 Hint hot/function +1: Hot function render: 72.5% self (72.5 ms, 29 samples), 72.5% total of GET /hello";
        let line = "3 Hint hot/line +1: Hot line in ƒ render: 60% self";
        check(Fixture::new(SERVER), &settings, &[function, line, "8 Hint hot/line +0", "4 Hint hot/line +1"]);
        check(Fixture::new(SERVER), &DiagnosticSettings { max_per_file: 2, ..settings.clone() }, &[function, line]);
        check(Fixture::new(SERVER), &DiagnosticSettings { categories: Vec::new(), ..settings }, &[]);
    }

    #[test]
    fn shares_of_one_function() {
        let settings = DiagnosticSettings::default();
        let line = "3 Hint hot/line +0: Hot line in ƒ render: 82.8% self (60 ms, 24 samples), 82.8% total of render()";
        let function = "2 Hint hot/function +0: Hot function render: 100% self (72.5 ms, 29 samples), 100% total of render()";
        check(Fixture::new(SERVER).focused("render"), &settings, &[function, line, "4 Hint hot/line +0"]);
    }

    #[test]
    fn allocations_and_a_text_that_was_written_after_the_profile() {
        let settings = DiagnosticSettings { max_per_file: 1, ..DiagnosticSettings::default() };
        let function =
            "2 Hint hot/function +1: Hot function render: 29 kB allocated by itself (72.5%), 72.5% with all it calls, of app.heapprofile";
        check(Fixture::new(SERVER).of_heap_profile(), &settings, &[function]);
        let line = "3 Hint hot/line +1: Hot line in ƒ render: 60% self (60 ms, 24 samples), 60% total of GET /hello (the file was written";
        check(Fixture::new(SERVER).written_since(), &settings, &[line]);
    }

    #[test]
    fn changed_code_has_none() {
        let changed = Fixture::new(SERVER).edited(Some(("heavy(items)", "light(items)")));
        check(changed, &DiagnosticSettings::default(), &["8 Hint hot/line", "4 Hint hot/line"]);
    }

    #[test]
    fn findings_are_warnings_at_their_route() {
        let fixture = Fixture::new(SERVER).with_target("GET", "/hello").with_finding("template/recompiled");
        let settings = DiagnosticSettings { categories: vec![DiagnosticCategory::Finding], ..DiagnosticSettings::default() };
        check(fixture, &settings, &["11 Warning template/recompiled +0: The template is compiled anew. (40% of GET /hello) Cache it."]);
    }
}
