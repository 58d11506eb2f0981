//! What each code of a diagnostic means: one documented page per code, embedded into the program.
//!
//! The pages are `server/docs/codes/<category>/<slug>.md`; their README describes the structure and holds the one table that says
//! which codes are defects, facts, or no problem at all.

mod page;
mod pages;

/// See [`profile::decisions`], where the rows of logs and traces get their codes.
pub use profile::decisions::{DecisionSeverity as Severity, deopt_code, inlining_code};

use page::Parts;
use pages::PAGES;
use profile::Finding;
use profile::decisions::severity_of;
use std::collections::HashMap;
use std::sync::LazyLock;

/// The page of one code, in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Stable code: `<category>/<slug>`, such as `deopt/wrong-map`.
    pub code: &'static str,
    /// A few words, without a full stop.
    pub title: &'static str,
    /// One or more sentences: what happened.
    pub meaning: &'static str,
    /// What in a program usually leads to it.
    pub cause: &'static str,
    /// One sentence of at most 160 characters: what to try first.
    pub advice: &'static str,
    /// Reason texts of V8 that this page is about, exactly as V8 writes them; empty for codes that are Tickmark's own.
    pub reasons: Vec<&'static str>,
    /// The whole page, Markdown.
    pub page: &'static str,
    /// Whether it is a problem.
    pub severity: Severity,
}

impl Explanation {
    /// The page's file, relative to the root of Tickmark's repository, with forward slashes.
    pub fn page_path(&self) -> String {
        format!("server/docs/codes/{}.md", self.code)
    }
}

/// The explanation of a code. A `deopt/…` code that no page knows has none: say V8's own text then.
pub fn explanation(code: &str) -> Option<&'static Explanation> {
    let at = BY_CODE.get(code)?;
    ALL.get(*at)
}

/// What to do about a finding: its own words, else those of the page about the event that it repeats, else those of its code's page.
/// Empty when none knows.
pub fn advice(finding: &Finding) -> &str {
    if !finding.advice.is_empty() {
        return &finding.advice;
    }
    let page = finding.repeats.as_deref().and_then(explanation).or_else(|| explanation(&finding.code));
    page.map_or("", |page| page.advice)
}

/// All explanations, by category, then by slug.
pub fn all() -> impl Iterator<Item = &'static Explanation> {
    ALL.iter()
}

/// A page that does not parse is left out here; `every_page_is_whole` keeps that from happening.
static ALL: LazyLock<Vec<Explanation>> = LazyLock::new(|| PAGES.iter().filter_map(|(code, page)| explain(code, page).ok()).collect());

static BY_CODE: LazyLock<HashMap<&'static str, usize>> =
    LazyLock::new(|| ALL.iter().enumerate().map(|(at, explanation)| (explanation.code, at)).collect());

fn explain(code: &'static str, page: &'static str) -> Result<Explanation, page::PageError> {
    let Parts { title, meaning, cause, advice, reasons } = Parts::of(page)?;
    Ok(Explanation { code, title, meaning, cause, advice, reasons, page, severity: severity_of(code) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn every_page_is_whole() {
        for (code, page) in PAGES {
            let explanation = explain(code, page).unwrap_or_else(|error| panic!("{code}: {error}"));
            let parts = [explanation.title, explanation.meaning, explanation.cause, explanation.advice];
            assert!(parts.iter().all(|part| !part.trim().is_empty()), "{code}: an empty part in {parts:?}");
            assert!(explanation.advice.chars().count() <= 160, "{code}: the advice is longer than 160 characters: {}", explanation.advice);
            assert!(explanation.advice.ends_with('.'), "{code}: the advice is no sentence: {}", explanation.advice);
            assert!(!explanation.title.ends_with('.'), "{code}: the title ends with a full stop");
            assert!(page.contains("\n```js"), "{code}: no example");
        }
        assert_eq!(all().count(), PAGES.len());
    }

    #[test]
    fn reasons_lead_to_their_page() {
        for explanation in all() {
            let code_of = if explanation.code.starts_with("inlining/") { inlining_code } else { deopt_code };
            for reason in &explanation.reasons {
                assert_eq!(code_of(reason), explanation.code, "`{reason}` stands on the page of {}", explanation.code);
            }
            let own = !explanation.code.starts_with("deopt/") || explanation.code == "deopt/loop";
            assert!(own || !explanation.reasons.is_empty(), "{}: no reason text", explanation.code);
        }
    }

    #[test]
    fn each_text_says_something_of_its_own() {
        let mut titles = BTreeSet::new();
        let mut meanings = BTreeSet::new();
        for explanation in all() {
            assert!(titles.insert(explanation.title), "{}: title of another page", explanation.code);
            assert!(meanings.insert(explanation.meaning), "{}: meaning of another page", explanation.code);
        }
    }

    #[test]
    fn every_file_is_embedded() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/codes");
        let mut files = BTreeSet::new();
        for category in std::fs::read_dir(&folder).expect("docs/codes").map(|entry| entry.expect("entry").path()) {
            if !category.is_dir() {
                assert_eq!(category.file_name().and_then(|name| name.to_str()), Some("README.md"), "a page outside a category");
                continue;
            }
            for page in std::fs::read_dir(&category).expect("category").map(|entry| entry.expect("entry").path()) {
                assert_eq!(page.extension().and_then(|extension| extension.to_str()), Some("md"), "{}", page.display());
                let of = |path: &Path| path.file_stem().and_then(|name| name.to_str()).expect("UTF-8").to_owned();
                files.insert(format!("{}/{}", of(&category), of(&page)));
            }
        }
        let embedded: BTreeSet<String> = PAGES.iter().map(|(code, _)| (*code).to_owned()).collect();
        assert_eq!(embedded.len(), PAGES.len(), "a page is listed twice");
        assert_eq!(files, embedded, "left: files of server/docs/codes; right: src/explanations/pages.rs");
    }

    #[test]
    fn the_table_of_severities_lists_each_code_once() {
        let readme = include_str!("../../../docs/codes/README.md");
        let mut listed = BTreeSet::new();
        for row in readme.lines().filter(|line| line.starts_with("| [`")) {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let code = cells[1].split('`').nth(1).expect("a code");
            assert_eq!(cells[1], format!("[`{code}`]({code}.md)"));
            assert!(["benign", "fact", "defect if repeated", "defect"].contains(&cells[2]), "{row}");
            assert!(!cells[3].is_empty(), "no reason why: {row}");
            assert!(listed.insert(code), "{code} has two rows");
        }
        assert_eq!(listed, PAGES.iter().map(|(code, _)| *code).collect(), "left: README.md; right: pages");
    }

    #[test]
    fn each_refusal_has_a_page() {
        for (words, code) in profile::decisions::inlining_codes() {
            assert!(explanation(&code).is_some(), "`{words}` leads to {code}, which has no page");
        }
    }

    #[test]
    fn a_pause_for_on_stack_replacement_is_no_problem() {
        let osr = explanation(&deopt_code("prepare for on stack replacement (OSR)")).expect("a page");
        assert_eq!(osr.severity, Severity::Benign);
        assert_eq!(explanation("deopt/loop").expect("a page").severity, Severity::Defect);
        assert_eq!(explanation("deopt/of-the-future"), None);
    }
}
