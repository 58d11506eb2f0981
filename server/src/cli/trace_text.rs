//! A recording of V8's decisions for a person at a terminal.

use super::profile_text::{dropped_text, heading, load_text, notes_and_files, overhead_text};
use super::table::{grouped, ms};
use super::trace_json::shown_file;
use profile::decisions::{DecisionSeverity, Decisions, IcState, deopt_code, inlining_code, severity_of};
use profile::finding::{FindingPlace, FindingSeverity};
use profile::index::ProfileIndex;
use profile::{Finding, Tier};
use runs::findings::{Surroundings, Thresholds, findings};
use runs::{Run, RunRecord};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Most other places that are printed of a finding.
const MOST_RELATED: usize = 4;

/// Which findings are shown.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// Only these categories; all when there is none.
    pub(super) categories: Vec<String>,
    /// Least share of time, 0 to 1; that of the run when none.
    pub(super) min_share: Option<f64>,
    /// How many are printed.
    pub(super) top: usize,
}

impl Shown {
    /// The findings of a run that are shown, most important first. Another least share than the run's own means to look again.
    pub(super) fn findings(&self, run: &Run, index: &ProfileIndex) -> Vec<Finding> {
        let found = match self.min_share {
            None => run.record.findings.clone(),
            Some(share) => {
                let text_of = |path: &str| measured_text(run, path);
                let thresholds = Thresholds { fact_share: share, defect_share: share };
                let node_env = run.record.node.node_env.as_deref();
                findings(index, &Surroundings { node_env, text_of: &text_of, thresholds })
            }
        };
        found.into_iter().filter(|finding| self.is_wanted(finding)).collect()
    }

    pub(super) fn is_wanted(&self, finding: &Finding) -> bool {
        let category = finding.code.split('/').next().unwrap_or_default();
        self.categories.is_empty() || self.categories.iter().any(|wanted| wanted == category)
    }
}

/// The text of a file as it was measured: the run's copy, else what is on disk now.
fn measured_text(run: &Run, path: &str) -> Option<String> {
    let folder = run.folder.as_ref()?;
    // `.tickmark/runs/<id>` lies in the workspace; a run that is kept elsewhere has no workspace to be relative to.
    let workspace = folder.ancestors().nth(3)?;
    let copies: &BTreeMap<String, PathBuf> = &run.record.sources;
    let relative = Path::new(path).strip_prefix(workspace).ok().map(|relative| relative.to_string_lossy().replace('\\', "/"));
    let copy = relative.and_then(|relative| copies.get(&relative)).map(|copy| folder.join(copy));
    std::fs::read_to_string(copy.as_deref().unwrap_or(Path::new(path))).ok()
}

/// A run as text.
pub(super) fn text(run: &Run, workspace: &Path, shown: &Shown) -> String {
    let record = &run.record;
    let index = ProfileIndex::new(run.profile.clone());
    let mut out = heading(record);
    if let Some(load) = &record.load {
        out.push_str(&load_text(load));
    }
    if let Some(program) = &record.program {
        let _ = writeln!(out, "  Ran {} · {}", ms(program.wall_ms), program.exit);
    }
    let findings = shown.findings(run, &index);
    out.push_str(&findings_text(&findings, Some(workspace), shown.top));
    out.push_str(&counts_text(&run.profile.decisions));
    let _ = writeln!(out, "  {:<17} {}, one each {}", "Samples", grouped(record.samples), ms(run.profile.interval_us as f64 / 1e3));
    out.push_str(&dropped_text(&record.dropped));
    out.push_str(&cost_text(record));
    out.push_str(&notes_and_files(run));
    out
}

fn cost_text(record: &RunRecord) -> String {
    // A program runs once with the recording, so there is nothing to compare.
    if record.load.is_some() { overhead_text(record) } else { String::new() }
}

/// Findings, most time first; under each what it says and the other places it is about. Those of one code and function are one entry, the
/// first in its words and the others by their places. `!` marks defects.
pub(super) fn findings_text(findings: &[Finding], workspace: Option<&Path>, top: usize) -> String {
    let groups = groups(findings);
    let mut out = String::from("\n");
    if findings.is_empty() {
        out.push_str("  Nothing to tell: no decision of V8 costs this program a noticeable share of its time.\n");
    }
    for group in groups.iter().take(top) {
        let finding = group[0];
        let mark = if finding.severity == FindingSeverity::Warning { '!' } else { ' ' };
        let _ = writeln!(out, "{mark} {}", line(finding, workspace));
        let _ = writeln!(out, "      {}", finding.message.replace('\n', "\n      "));
        for related in finding.related.iter().take(MOST_RELATED) {
            let _ = writeln!(out, "      {}  {}", at(&related.place, workspace), related.message);
        }
        if finding.related.len() > MOST_RELATED {
            let _ = writeln!(out, "      and {} more", finding.related.len() - MOST_RELATED);
        }
        if let Some(others) = others(group) {
            let _ = writeln!(out, "      Likewise in {} at {others}", called(finding));
        }
    }
    if groups.len() > top {
        let _ = writeln!(out, "  and {} more: `--top {}` shows all", groups.len() - top, groups.len());
    }
    if let Some(first) = findings.first() {
        let _ = writeln!(out, "  `tickmark explain CODE` tells more, such as `tickmark explain {}`.", first.code);
    }
    out.push('\n');
    out
}

/// Findings of one code in one function, in the order of the first of each.
fn groups(findings: &[Finding]) -> Vec<Vec<&Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    let mut rows = HashMap::new();
    for finding in findings {
        let Some(place) = &finding.place else {
            groups.push(vec![finding]);
            continue;
        };
        let row = *rows.entry((&finding.code, &place.file, &place.function, place.function_start)).or_insert(groups.len());
        match groups.get_mut(row) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

/// The places of a group but the first: `114:18 ×6, 148:17 ×5 and 3 more`.
fn others(group: &[&Finding]) -> Option<String> {
    const MOST: usize = 8;
    let mut places: Vec<String> = Vec::new();
    for finding in &group[1..] {
        let Some(position) = finding.place.as_ref().and_then(|place| place.position.or(place.function_start)) else { continue };
        let count = if finding.count > 0 { format!(" ×{}", grouped(finding.count)) } else { String::new() };
        let place = format!("{}:{}{count}", position.line, position.column);
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let more = places.len().saturating_sub(MOST);
    places.truncate(MOST);
    match (places.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(places.join(", ")),
        (false, more) => Some(format!("{} and {more} more", places.join(", "))),
    }
}

/// The function around a finding's place, for a person.
fn called(finding: &Finding) -> &str {
    match finding.place.as_ref().map(|place| place.function.as_str()) {
        None | Some("") => "an anonymous function",
        Some(name) => name,
    }
}

/// `src/total.js:12:9  deopt wrong map ×37  in total (12 % of the time)  → advice`.
fn line(finding: &Finding, workspace: Option<&Path>) -> String {
    let mut parts = Vec::new();
    if let Some(place) = &finding.place {
        parts.push(at(place, workspace));
    }
    let mut what = finding.code.replacen('/', " ", 1).replace('-', " ");
    if finding.count > 0 {
        let _ = write!(what, " ×{}", grouped(finding.count));
    }
    parts.push(what);
    let share = share(finding.share);
    match &finding.place {
        Some(_) => parts.push(format!("in {} ({share} of the time)", called(finding))),
        None => parts.push(format!("({share} of the time)")),
    }
    let advice = ide::explanations::advice(finding);
    if !advice.is_empty() {
        parts.push(format!("→ {advice}"));
    }
    parts.join("  ")
}

/// `file:line:col`, as far as it is known.
fn at(place: &FindingPlace, workspace: Option<&Path>) -> String {
    let file = shown_file(place, workspace);
    match place.position.or(place.function_start) {
        Some(position) if position.column > 0 => format!("{file}:{}:{}", position.line, position.column),
        Some(position) => format!("{file}:{}", position.line),
        None => file,
    }
}

/// `12 %`; below ten with one digit more, since there it matters.
fn share(share: f64) -> String {
    let percent = share * 100.0;
    if percent >= 9.95 { format!("{percent:.0} %") } else { format!("{percent:.1} %") }
}

/// A line per table: how much was recorded.
pub(super) fn counts_text(decisions: &Decisions) -> String {
    let recorded = decisions.recorded;
    let mut out = String::new();
    let mut line = |name: &str, is_recorded: bool, text: String| {
        let text = if is_recorded { text } else { "not recorded".to_owned() };
        let _ = writeln!(out, "  {name:<17} {text}");
    };
    let benign = |code: String| severity_of(&code) == DecisionSeverity::Benign;
    let total: u64 = decisions.deopts.iter().map(|row| u64::from(row.count)).sum();
    let harmless: u64 = decisions.deopts.iter().filter(|row| benign(deopt_code(&row.reason))).map(|row| u64::from(row.count)).sum();
    line(
        "Deoptimizations",
        recorded.deopts,
        format!("{} at {} places · {} of them no problem", grouped(total), grouped(decisions.deopts.len() as u64), grouped(harmless)),
    );
    let mut tiers = [0u64; Tier::ALL.len()];
    for row in &decisions.compilations {
        if let Some(at) = Tier::ALL.iter().position(|tier| *tier == row.tier) {
            tiers[at] += 1;
        }
    }
    let tiers = Tier::ALL.iter().zip(tiers).filter(|(_, n)| *n > 0).map(|(tier, n)| format!("{} {}", grouped(n), tier.label()));
    let compilations = Some(tiers.collect::<Vec<_>>().join(", ")).filter(|tiers| !tiers.is_empty());
    line("Compilations", recorded.code, compilations.unwrap_or_else(|| "none".to_owned()));
    line("Inlined calls", recorded.code, grouped(decisions.inlinings.len() as u64));
    let harmless = decisions.refusals.iter().filter(|row| benign(inlining_code(&row.reason))).count();
    line(
        "Refused calls",
        recorded.refusals,
        format!("{} · {} of them no problem", grouped(decisions.refusals.len() as u64), grouped(harmless as u64)),
    );
    let in_state = |state: IcState| grouped(decisions.inline_caches.iter().filter(|row| row.state == state).count() as u64);
    let misses: u64 = decisions.inline_caches.iter().map(|row| row.misses).sum();
    line(
        "Inline caches",
        recorded.inline_caches,
        format!(
            "{} that missed, {} times · {} megamorphic, {} polymorphic",
            grouped(decisions.inline_caches.len() as u64),
            grouped(misses),
            in_state(IcState::Megamorphic),
            in_state(IcState::Polymorphic)
        ),
    );
    line("Shapes", recorded.shapes, grouped(decisions.shapes.len() as u64));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use profile::Position;

    fn finding(code: &str, advice: &str, share: f64, count: u64, function: Option<&str>) -> Finding {
        let place = function.map(|function| FindingPlace {
            file: "/w/src/total.js".into(),
            function: function.into(),
            function_start: None,
            position: Some(Position { line: 12, column: 9 }),
        });
        Finding { code: code.into(), message: "It happened.".into(), advice: advice.into(), share, count, place, ..Finding::default() }
    }

    #[test]
    fn line_of_a_finding() {
        fn check(finding: &Finding, expected: &str) {
            assert_eq!(line(finding, Some(Path::new("/w"))), expected);
        }
        check(
            &finding("deopt/wrong-map", "Do it.", 0.12, 37, Some("total")),
            "src/total.js:12:9  deopt wrong map ×37  in total (12 % of the time)  → Do it.",
        );
        check(
            &finding("ic/of-the-future", "", 0.0123, 0, Some("")),
            "src/total.js:12:9  ic of the future  in an anonymous function (1.2 % of the time)",
        );
        check(&finding("template/x", "Do it.", 0.6, 0, None), "template x  (60 % of the time)  → Do it.");
        // Where a finding has no words of its own, those of its page.
        let text = line(&finding("deopt/wrong-map", "", 0.5, 1, Some("f")), None);
        assert!(text.contains("/w/src/total.js:12:9  deopt wrong map ×1  in f (50 % of the time)  → "), "{text}");
    }

    #[test]
    fn what_is_left_out_is_told() {
        let findings = ["a", "b", "c"].map(|function| finding("deopt/wrong-map", "Do it.", 0.12, 37, Some(function)));
        let text = findings_text(&findings, None, 2);
        assert_eq!(text.matches("×37").count(), 2);
        assert!(text.contains("and 1 more: `--top 3`"), "{text}");
        assert!(text.contains("! /w/src/total.js"), "{text}");
    }

    #[test]
    fn one_code_in_one_function_is_one_entry() {
        let at = |line: u32, code: &str, function: &str| {
            let mut finding = finding(code, "Do it.", 0.1, 2, Some(function));
            finding.place.as_mut().unwrap().position = Some(Position { line, column: 3 });
            finding
        };
        let findings = [at(1, "ic/megamorphic", "f"), at(5, "deopt/loop", "f"), at(2, "ic/megamorphic", "f"), at(9, "ic/megamorphic", "g")];
        let text = findings_text(&findings, None, 9);
        let entries: Vec<&str> = text.lines().filter(|line| line.contains("→")).map(|line| line.split("  ").nth(1).unwrap()).collect();
        assert_eq!(entries.len(), 3, "{text}");
        assert!(text.contains("Likewise in f at 2:3 ×2\n"), "{text}");
        let many: Vec<Finding> = (0..20).map(|line| at(line, "ic/megamorphic", "f")).collect();
        assert!(findings_text(&many, None, 9).contains("8:3 ×2 and 11 more\n"));
    }

    #[test]
    fn categories_are_those_before_the_slash() {
        let of = |categories: &[&str]| Shown { categories: categories.iter().map(ToString::to_string).collect(), ..Shown::default() };
        let one = finding("ic/megamorphic", "", 0.0, 0, None);
        assert!(of(&[]).is_wanted(&one) && of(&["deopt", "ic"]).is_wanted(&one));
        assert!(!of(&["deopt"]).is_wanted(&one) && !of(&["i"]).is_wanted(&one));
    }
}
