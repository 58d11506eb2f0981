//! Findings: what a run shows that is worth telling, with its place and its share of time.

use crate::model::Position;
use serde::{Deserialize, Serialize};

/// Something worth telling. Findings name files, not handles: they are kept in a run's record and outlive its profile in memory.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Stable code, such as `deopt/wrong-map`; its prefix up to the slash is its category.
    pub code: String,
    /// Of a pattern, the code of the event that it repeats: of a loop of deoptimizations, that of their reason. Its page has the better
    /// advice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<String>,
    /// How grave.
    #[serde(default)]
    pub severity: FindingSeverity,
    /// One sentence on what is.
    pub message: String,
    /// One sentence on what to do; empty to use that of what it repeats, else of the code.
    pub advice: String,
    /// Share of active time that the function spends itself, or that the defect explains, 0 to 1.
    pub share: f64,
    /// How often it happened; 0 where counting makes no sense.
    #[serde(default)]
    pub count: u64,
    /// Where; none when it is about the whole program.
    #[serde(default)]
    pub place: Option<FindingPlace>,
    /// Other places it is about: the positions of the inlining stack, the other construction site.
    #[serde(default)]
    pub related: Vec<RelatedPlace>,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FindingSeverity {
    /// A fact, hardly visible.
    Hint,
    /// A fact worth knowing.
    Information,
    /// A defect.
    #[default]
    Warning,
}

/// A place named so that it outlives the profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FindingPlace {
    /// Absolute path, or the URL when it is no file of this machine.
    pub file: String,
    /// Name of the function around it, as V8 shows it; empty for an anonymous one.
    pub function: String,
    /// Where the function begins, its parameter list; none when not known.
    pub function_start: Option<Position>,
    /// The exact place, the start of a token; none when only the function is known.
    pub position: Option<Position>,
}

/// Another place of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RelatedPlace {
    /// The place.
    pub place: FindingPlace,
    /// What it has to do with it.
    pub message: String,
}
