//! `cargo xtask tidy`: rules of the code base that no compiler checks. Every message says what to do.

mod arrows;
mod files;
mod licences;
mod protocol;
mod text;

use std::path::Path;

use anyhow::Result;
use clap::ValueEnum;

use crate::{
    notices,
    process::{cargo, stream},
};

/// One rule, by the name it has for `--only`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Rule {
    /// Crates depend on each other, and on heavy packages, only as designed.
    Arrows,
    /// LSP types are named only in the binary.
    Lsp,
    /// Every crate is described in server/ARCHITECTURE.md.
    Architecture,
    /// Every method and command of the server is described in server/docs/protocol.md, and nothing else.
    Protocol,
    /// Source files are short.
    Length,
    /// No file or folder is named for what it might hold.
    Names,
    /// Nothing is left unfinished, and no test is skipped.
    Unfinished,
    /// What is shipped has a licence that allows it, and ours is everywhere the same.
    Licences,
    /// Nothing tracked knows the machine or registry it was made on.
    Machine,
    /// `cargo fmt --check`
    Fmt,
    /// `cargo clippy` without warnings
    Clippy,
}

/// All but the slow one.
pub(crate) const QUICK_RULES: [Rule; 10] = [
    Rule::Arrows,
    Rule::Lsp,
    Rule::Architecture,
    Rule::Protocol,
    Rule::Length,
    Rule::Names,
    Rule::Unfinished,
    Rule::Licences,
    Rule::Machine,
    Rule::Fmt,
];

/// A breach of a rule, or something to know that is none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// File relative to the repository, with forward slashes, or the name of a crate.
    place: String,
    message: String,
    /// A notice does not fail the check.
    notice: bool,
}

impl Finding {
    fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into(), notice: false }
    }
}

/// Checks these rules, all if there are none, and prints what they find. `Ok(false)` if one is broken.
pub(crate) fn run(root: &Path, only: &[Rule]) -> Result<bool> {
    let rules = if only.is_empty() { Rule::value_variants() } else { only };
    let metadata = arrows::metadata(root)?;
    let files = files::load(root)?;
    let mut good = true;
    for &rule in rules {
        let findings = match rule {
            Rule::Arrows => arrows::check(&metadata.packages),
            Rule::Architecture => {
                let map = files.iter().find(|file| file.path == "server/ARCHITECTURE.md");
                arrows::check_architecture(&metadata.packages, map.map(|file| file.text.as_str()))
            }
            Rule::Lsp => files.iter().flat_map(text::lsp).collect(),
            Rule::Protocol => protocol::check(&files),
            Rule::Length => files.iter().filter_map(text::length).collect(),
            Rule::Names => files.iter().filter_map(|file| text::name(&file.path)).collect(),
            Rule::Unfinished => files.iter().flat_map(text::unfinished).collect(),
            Rule::Licences => {
                let mut findings = licences::own(&metadata.packages, &files);
                findings.extend(licences::others(&notices::shipped(root)?));
                findings
            }
            Rule::Machine => {
                let paths = text::machine_paths(root);
                files.iter().flat_map(|file| text::machine(file, &paths)).collect()
            }
            Rule::Fmt => tool(stream(&mut cargo(root, ["fmt", "--all", "--", "--check"])), "run `cargo fmt`"),
            Rule::Clippy => tool(
                stream(&mut cargo(root, ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])),
                "repair what clippy says",
            ),
        };
        good &= report(rule, &findings);
    }
    Ok(good)
}

fn tool(result: Result<()>, advice: &str) -> Vec<Finding> {
    result.err().map(|error| Finding::new("cargo", format!("{error:#}; {advice}"))).into_iter().collect()
}

/// Prints the findings of a rule and returns whether it holds.
fn report(rule: Rule, findings: &[Finding]) -> bool {
    let name = rule.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    for finding in findings {
        let kind = if finding.notice { "notice" } else { "error" };
        eprintln!("{kind}[{name}] {}: {}", finding.place, finding.message);
    }
    let errors = findings.iter().filter(|finding| !finding.notice).count();
    println!("tidy {name}: {}", if errors == 0 { "ok".to_owned() } else { format!("{errors} error(s)") });
    errors == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quick_rules_are_all_but_clippy() {
        for rule in Rule::value_variants() {
            assert_eq!(QUICK_RULES.contains(rule), *rule != Rule::Clippy, "{rule:?}");
        }
    }

    #[test]
    fn only_errors_break_a_rule() {
        let error = Finding::new("a.rs", "bad");
        let notice = Finding { notice: true, ..Finding::new("b.rs", "long") };
        assert!(report(Rule::Length, &[]));
        assert!(report(Rule::Length, &[notice]));
        assert!(!report(Rule::Length, &[error]));
    }

    #[test]
    fn a_failed_tool_is_a_finding_with_advice() {
        assert!(tool(Ok(()), "advice").is_empty());
        let findings = tool(Err(anyhow::anyhow!("it failed")), "run it by hand");
        assert_eq!(findings, [Finding::new("cargo", "it failed; run it by hand")]);
    }
}
