//! Which of V8's decisions are a problem.
//!
//! The one table that decides it is `server/docs/codes/README.md`, where its reader finds the reasons too.

use rustc_hash::FxHashMap;
use std::sync::LazyLock;

/// Whether a decision is a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DecisionSeverity {
    /// No problem: part of V8's normal work, or caused by a tool.
    Benign,
    /// Worth knowing where time is spent; nothing needs to be wrong.
    Fact,
    /// Normal once or twice while a program warms up; a defect if it comes again and again in the same function.
    DefectIfRepeated,
    /// Costs time whenever it is found.
    Defect,
}

const README: &str = include_str!("../../../../docs/codes/README.md");

static TABLE: LazyLock<FxHashMap<&'static str, DecisionSeverity>> = LazyLock::new(|| README.lines().filter_map(row).collect());

/// Whether a decision with this code ([`deopt_code`](super::deopt_code), [`inlining_code`](super::inlining_code)) is a problem. A code
/// that the table does not list, of a V8 not known yet, is a [`DecisionSeverity::Fact`] for a refused inlining, and else
/// [`DecisionSeverity::DefectIfRepeated`].
pub fn severity_of(code: &str) -> DecisionSeverity {
    let rule = if code.starts_with("inlining/") { DecisionSeverity::Fact } else { DecisionSeverity::DefectIfRepeated };
    TABLE.get(code).copied().unwrap_or(rule)
}

/// ``| [`deopt/wrong-map`](deopt/wrong-map.md) | defect if repeated | … |``.
fn row(line: &'static str) -> Option<(&'static str, DecisionSeverity)> {
    let (code, rest) = line.strip_prefix("| [`")?.split_once('`')?;
    let severity = match rest.split('|').nth(1)?.trim() {
        "benign" => DecisionSeverity::Benign,
        "fact" => DecisionSeverity::Fact,
        "defect if repeated" => DecisionSeverity::DefectIfRepeated,
        "defect" => DecisionSeverity::Defect,
        _ => return None,
    };
    Some((code, severity))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decisions::deopt_code;

    #[test]
    fn severity_of_a_code() {
        fn check(code: &str, expected: DecisionSeverity) {
            assert_eq!(severity_of(code), expected, "{code}");
        }
        check(&deopt_code("prepare for on stack replacement (OSR)"), DecisionSeverity::Benign);
        check(&deopt_code("JS debugger attached"), DecisionSeverity::Benign);
        check(&deopt_code("embedded weak objects cleared"), DecisionSeverity::Benign);
        check(&deopt_code("wrong map"), DecisionSeverity::DefectIfRepeated);
        check(&deopt_code("a reason of the future"), DecisionSeverity::DefectIfRepeated);
        check("deopt/loop", DecisionSeverity::Defect);
        check("inlining/cold-call", DecisionSeverity::Benign);
        check("inlining/of-the-future", DecisionSeverity::Fact);
    }
}
