//! Facts without a finding, where the user asked for them: which compilers ran a function, and which calls were inlined.

use profile::FrameId;
use profile::decisions::Inlining;
use source::functions::FunctionKind;

use super::{Diagnostic, Ranked, Severity};
use crate::measured::{MeasuredFile, MeasuredFunction, Site};
use crate::settings::DiagnosticSettings;
use crate::switches::FactsCategory;
use crate::timeline::timeline;
use crate::view::{FileView, PlacedFunction};
use crate::wording::name;

/// Tiers of functions, and calls that were inlined, in functions that are not silent. Changed functions have none.
pub(super) fn facts(view: &FileView, settings: &DiagnosticSettings) -> Vec<Ranked> {
    let is_on = |facts| view.subject.facts.of(facts).is_on(settings.shows_facts(facts));
    let mut all = Vec::new();
    let Some(measured) = view.measured() else { return all };
    if is_on(FactsCategory::Tier) {
        all.extend(view.measured_functions().filter_map(|(placed, function)| tiers(measured, placed, function, settings)));
    }
    if is_on(FactsCategory::Inlining) {
        let sites = view.sites().iter().filter(|placed| !placed.stale);
        all.extend(sites.filter_map(|placed| {
            let site = measured.sites.get(placed.measured)?;
            let (share, message) = inlined(measured, site, settings)?;
            let diagnostic = Diagnostic {
                range: placed.token,
                severity: Severity::Hint,
                code: "inlining/inlined".into(),
                message,
                related: Vec::new(),
                stale: false,
            };
            Some(Ranked { share, diagnostic })
        }));
    }
    all
}

fn share_of(measured: &MeasuredFile, function: &MeasuredFunction, settings: &DiagnosticSettings) -> Option<f64> {
    let share = measured.own_share(&function.cost);
    (share > 0.0 && share * 100.0 >= settings.min_percent).then_some(share)
}

fn tiers(measured: &MeasuredFile, placed: &PlacedFunction, function: &MeasuredFunction, settings: &DiagnosticSettings) -> Option<Ranked> {
    if placed.stale || function.kind == FunctionKind::Toplevel {
        return None;
    }
    let share = share_of(measured, function, settings)?;
    let timeline = timeline(&measured.results.index.profile().decisions, &function.decided)?;
    let message = format!("ƒ {}: {}.", name(&function.name), timeline.text);
    let code = "tier/timeline".to_owned();
    Some(Ranked {
        share,
        diagnostic: Diagnostic { range: placed.header, severity: Severity::Hint, code, message, related: Vec::new(), stale: false },
    })
}

/// `render` was inlined here by turbofan (213 bytes of bytecode), and by maglev.
fn inlined(measured: &MeasuredFile, site: &Site, settings: &DiagnosticSettings) -> Option<(f64, String)> {
    let profile = measured.results.index.profile();
    let decisions = &profile.decisions;
    let rows: Vec<&Inlining> = site.inlinings.iter().filter_map(|row| decisions.inlinings.get(*row as usize)).collect();
    let caller = rows.iter().find_map(|row| row.call.function)?;
    let caller = measured.row_of(caller).and_then(|row| measured.functions.get(row))?;
    let share = share_of(measured, caller, settings)?;
    let mut callees: Vec<Option<FrameId>> = rows.iter().map(|row| row.callee).collect();
    callees.sort();
    callees.dedup();
    let told = callees.iter().map(|callee| {
        let mut tiers: Vec<_> = rows.iter().filter(|row| row.callee == *callee).map(|row| row.tier).collect();
        tiers.sort();
        tiers.dedup();
        let tiers: Vec<&str> = tiers.iter().map(|tier| tier.label()).collect();
        let label = callee.map_or("a function that V8 does not name", |callee| name(&profile.frame(callee).name));
        let facts = callee.and_then(|callee| decisions.functions.iter().find(|facts| facts.function == callee));
        let bytes = facts.and_then(|facts| facts.bytecode_bytes).map_or_else(String::new, |bytes| format!(", {bytes} bytes of bytecode"));
        format!("ƒ {label} ({}{bytes})", tiers.join(", "))
    });
    let told: Vec<String> = told.collect();
    Some((share, format!("Inlined here: {}.", told.join("; "))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::diagnostics;
    use crate::fixture::{Fixture, SERVER, decisions};
    use crate::settings::DiagnosticCategory;

    fn check(edit: Option<(&str, &str)>, category: DiagnosticCategory, expected: &[&str]) {
        let settings = DiagnosticSettings { categories: vec![category], ..DiagnosticSettings::default() };
        let view = Fixture::new(SERVER).decided(decisions::of_render).edited(edit).view();
        let text = view.subject.document.text();
        let shown: Vec<String> = diagnostics(&view, &settings)
            .iter()
            .map(|found| format!("{} {}: {}", found.code, text.byte_slice(found.range.start.0..found.range.end.0), found.message))
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn tiers_at_the_header() {
        let shown = "tier/timeline function render(items) : ƒ render: ignition 0–12 ms → maglev at 12 ms → turbofan (OSR) at 31 ms ✕ wrong map at 48 ms → \
                     turbofan at 60 ms ✕ not a Smi at 70 ms.";
        check(None, DiagnosticCategory::Tier, &[shown]);
        check(Some(("heavy(items)", "light(items)")), DiagnosticCategory::Tier, &[]);
    }

    #[test]
    fn inlined_calls_at_their_callee() {
        check(None, DiagnosticCategory::Inlining, &["inlining/inlined render: Inlined here: ƒ render (turbofan, 213 bytes of bytecode)."]);
        check(Some(("send(render", "sent(render")), DiagnosticCategory::Inlining, &[]);
    }

    #[test]
    fn nothing_where_nobody_asked() {
        check(None, DiagnosticCategory::Closure, &[]);
    }
}
