//! What the user wants to see.

use serde::Deserialize;

/// What to show, and from which size on. Every field may be left out.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Deserialize)]
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
        Self { show: Shown::SelfTime, unit: Unit::Percent, min_percent: 1.0, min_samples: 5 }
    }
}

/// Which time a hint shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Shown {
    /// Time of the line or function itself.
    #[serde(rename = "self")]
    SelfTime,
    /// With all it calls.
    #[serde(rename = "total")]
    Total,
    /// No hints.
    #[serde(rename = "off")]
    Off,
}

/// How a hint shows time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Unit {
    /// Share of active time.
    Percent,
    /// Time in the measuring window.
    Time,
}

/// Code lenses.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LensSettings {
    /// On routes.
    pub routes: bool,
    /// On functions with results.
    pub functions: bool,
    /// On a program's entry.
    pub entry: bool,
}

impl Default for LensSettings {
    fn default() -> Self {
        Self { routes: true, functions: true, entry: true }
    }
}

/// Diagnostics.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DiagnosticSettings {
    /// Which kinds: `hot` (where time is spent), `finding` (defects).
    pub categories: Vec<DiagnosticCategory>,
    /// Most per file, the dearest first.
    pub max_per_file: usize,
    /// Least share of active time, in percent.
    pub min_percent: f64,
    /// Least number of samples.
    pub min_samples: u64,
}

impl Default for DiagnosticSettings {
    fn default() -> Self {
        Self { categories: vec![DiagnosticCategory::Hot, DiagnosticCategory::Finding], max_per_file: 10, min_percent: 1.0, min_samples: 5 }
    }
}

/// Kind of a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DiagnosticCategory {
    /// Where time is spent.
    Hot,
    /// Defects.
    Finding,
}
