//! What the user wants to see.

use serde::{Deserialize, Serialize};

use crate::switches::FactsCategory;

/// What to show, and from which size on. Every field may be left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// Inlay hints.
    pub hints: HintSettings,
    /// Code lenses.
    pub lenses: LensSettings,
    /// Diagnostics.
    pub diagnostics: DiagnosticSettings,
}

/// Inlay hints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HintSettings {
    /// Which time.
    pub show: Shown,
    /// In which unit.
    pub unit: Unit,
    /// Least share of active time, in percent.
    pub min_percent: f64,
    /// Least number of samples.
    pub min_samples: u64,
}

impl Default for HintSettings {
    fn default() -> Self {
        Self { show: Shown::Both, unit: Unit::Percent, min_percent: 1.0, min_samples: 5 }
    }
}

/// Which time a hint shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shown {
    /// Time of the line or function itself.
    #[serde(rename = "self")]
    SelfTime,
    /// With all it calls.
    #[serde(rename = "total")]
    Total,
    /// Time of the line or function itself; and of a line whose calls take much of the time, the total, too.
    #[serde(rename = "both")]
    Both,
    /// No hints.
    #[serde(rename = "off")]
    Off,
}

/// How a hint shows time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Unit {
    /// Share of active time.
    Percent,
    /// Time in the measuring window.
    Time,
}

/// Code lenses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LensSettings {
    /// On routes.
    pub routes: bool,
    /// On functions with results.
    pub functions: bool,
    /// On a program's entry.
    pub entry: bool,
    /// A second lens "Explain optimisation" behind each of those that measure.
    pub explain: bool,
}

impl Default for LensSettings {
    fn default() -> Self {
        Self { routes: true, functions: true, entry: true, explain: true }
    }
}

/// Diagnostics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DiagnosticSettings {
    /// Which kinds. Those of [`FactsCategory`](crate::switches::FactsCategory) are off by default; a switch of a file, folder or
    /// workspace goes before what is said here.
    pub categories: Vec<DiagnosticCategory>,
    /// Most per file: defects first, then the dearest.
    pub max_per_file: usize,
    /// Least share of active time, in percent: functions below it are silent.
    pub min_percent: f64,
    /// Least number of samples of a hot place.
    pub min_samples: u64,
    /// Whether what is found in a dependency is as grave there as in the user's own code; else it is a hint.
    pub dependencies: bool,
}

impl Default for DiagnosticSettings {
    fn default() -> Self {
        use DiagnosticCategory::*;
        let categories = vec![Hot, Finding, Deopt, Ic, Closure, Shape, Arguments, Array, Number];
        Self { categories, max_per_file: 10, min_percent: 1.0, min_samples: 5, dependencies: false }
    }
}

impl DiagnosticSettings {
    /// Whether facts of that kind are shown where no switch says otherwise.
    pub fn shows_facts(&self, facts: FactsCategory) -> bool {
        let category = match facts {
            FactsCategory::Inlining => DiagnosticCategory::Inlining,
            FactsCategory::Tier => DiagnosticCategory::Tier,
        };
        self.categories.contains(&category)
    }
}

/// Kind of a diagnostic: the part of its code before the slash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DiagnosticCategory {
    /// Where time is spent.
    Hot,
    /// Defects of no other kind.
    Finding,
    /// Optimised code that was given up.
    Deopt,
    /// Inline caches that saw too many shapes.
    Ic,
    /// Calls that were inlined or refused.
    Inlining,
    /// Compilers that ran a function, or never did.
    Tier,
    /// Functions created again and again.
    Closure,
    /// Objects of one kind with different shapes.
    Shape,
    /// Uses of `arguments`.
    Arguments,
    /// Arrays.
    Array,
    /// Numbers.
    Number,
}

impl DiagnosticCategory {
    /// The kind of a code; [`Self::Finding`] for prefixes that have none of their own.
    pub fn of_code(code: &str) -> Self {
        match code.split_once('/').map_or(code, |(prefix, _)| prefix) {
            "hot" => Self::Hot,
            "deopt" => Self::Deopt,
            "ic" => Self::Ic,
            "inlining" => Self::Inlining,
            "tier" => Self::Tier,
            "closure" => Self::Closure,
            "shape" => Self::Shape,
            "arguments" => Self::Arguments,
            "array" => Self::Array,
            "number" => Self::Number,
            _ => Self::Finding,
        }
    }

    /// The switch it obeys.
    pub fn facts(self) -> Option<FactsCategory> {
        match self {
            Self::Inlining => Some(FactsCategory::Inlining),
            Self::Tier => Some(FactsCategory::Tier),
            _ => None,
        }
    }
}
