//! Code lenses: what can be measured, and what was.

use source::functions::FunctionKind;
use source::position::{ByteOffset, ByteRange};
use source::routes::{Method, Route};

use profile::Tier;

use crate::results::RunFigures;
use crate::settings::{HintSettings, LensSettings};
use crate::view::{FileView, Running};
use crate::wording;

/// A line of text above the code, with what a click does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lens {
    /// The code it belongs to.
    pub range: ByteRange,
    /// Its text.
    pub title: String,
    /// What a click does.
    pub command: Command,
}

/// Something the user can have done. The file is the one it was offered in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Measure a route.
    ProfileRoute {
        /// HTTP method in capitals.
        method: String,
        /// Its path.
        path: String,
    },
    /// Measure the file as a program.
    ProfileEntry,
    /// Stop a run.
    StopRun {
        /// Its name.
        run_id: String,
    },
    /// Show a run's flamegraph.
    ShowFlamegraph {
        /// Its name.
        run_id: String,
    },
    /// Take the results off the texts.
    ClearResults,
}

/// All lenses of a file. `sizes` decides which functions are worth one.
pub fn lenses(view: &FileView, settings: &LensSettings, sizes: &HintSettings) -> Vec<Lens> {
    let mut lenses = Vec::new();
    if settings.entry {
        lenses.extend(entry_lens(view));
    }
    if settings.routes {
        lenses.extend(view.subject.routes.iter().map(|route| route_lens(view, route)));
    }
    if settings.functions {
        lenses.extend(function_lenses(view, sizes));
    }
    lenses
}

/// The method to request a route with.
pub fn request_method(route: &Route) -> &str {
    match &route.method {
        // A handler of every method answers the commonest one.
        Method::Any => "GET",
        Method::Named(name) => name,
    }
}

/// The lens of a route.
pub fn route_lens(view: &FileView, route: &Route) -> Lens {
    let (method, path) = (request_method(route), route.path.as_str());
    let is_this = |other: &Option<(String, String)>| other.as_ref().is_some_and(|(m, p)| m == method && p == path);
    let same_entry = |entry: &str| view.subject.starts.as_deref().is_none_or(|starts| starts == entry);
    let running = view.subject.running.iter().find(|running| is_this(&running.route) && running.entry.as_deref().is_none_or(same_entry));
    if let Some(running) = running {
        return stop_lens(route.range, running);
    }
    let figures = view.subject.targets.iter().find(|figures| is_this(&figures.route) && same_entry(&figures.entry));
    let mut title = format!("▶ Profile {method} {path}");
    if let Some(summary) = figures.map(|figures| summary(figures)).filter(|summary| !summary.is_empty()) {
        title = format!("{title} · {summary}");
    }
    Lens { range: route.range, title, command: Command::ProfileRoute { method: method.to_owned(), path: path.to_owned() } }
}

fn entry_lens(view: &FileView) -> Option<Lens> {
    let entry = view.subject.entry.as_deref()?;
    let top = view.editor_line(ByteOffset(0));
    let range = ByteRange { start: top.start, end: top.start };
    let running = view.subject.running.iter().find(|running| running.route.is_none() && running.entry.as_deref() == Some(entry));
    if let Some(running) = running {
        return Some(stop_lens(range, running));
    }
    let mut title = format!("▶ Profile {}", entry.rsplit('/').next().unwrap_or(entry));
    let figures = view.subject.targets.iter().find(|figures| figures.route.is_none() && figures.entry == entry);
    if let Some(summary) = figures.map(|figures| summary(figures)).filter(|summary| !summary.is_empty()) {
        title = format!("{title} · {summary}");
    }
    Some(Lens { range, title, command: Command::ProfileEntry })
}

fn stop_lens(range: ByteRange, running: &Running) -> Lens {
    let title = format!("■ Stop profiling {}", running.target);
    Lens { range, title, command: Command::StopRun { run_id: running.id.clone() } }
}

/// `5.8k req/s · p99 4.1 ms ↓12%`: the change is that of the figure before it, against the run before.
pub fn summary(figures: &RunFigures) -> String {
    let mut parts = Vec::new();
    let with_change = |text: String, change: Option<f64>| match change.and_then(wording::change) {
        Some(change) => format!("{text} {change}"),
        None => text,
    };
    if let Some(rate) = figures.requests_per_second {
        // One change is enough to read; that of the rate only where the latency has none.
        let change = if figures.p99_change.is_some() { None } else { figures.requests_per_second_change };
        parts.push(with_change(format!("{} req/s", wording::rate(rate)), change));
    }
    if let Some(p99) = figures.p99_ms {
        parts.push(with_change(format!("p99 {}", wording::milliseconds(p99)), figures.p99_change));
    }
    if let Some(active) = figures.active_ms {
        parts.push(with_change(format!("active {}", wording::milliseconds(active)), figures.active_change));
    }
    parts.join(" · ")
}

fn function_lenses<'a>(view: &'a FileView, sizes: &'a HintSettings) -> impl Iterator<Item = Lens> + 'a {
    view.measured_functions().filter_map(move |(placed, function)| {
        let measured = view.measured()?;
        let cost = &function.cost;
        let enough = cost.total_samples >= sizes.min_samples && measured.share(cost.total_us) * 100.0 >= sizes.min_percent;
        if function.kind == FunctionKind::Toplevel || !enough {
            return None;
        }
        let (own, total) = (wording::percent(measured.share(cost.self_us)), wording::percent(measured.share(cost.total_us)));
        let mut title = format!("self {own} · total {total}");
        if function.tier != Tier::Unknown {
            title = format!("{title} · {}", function.tier.label());
        }
        if placed.stale {
            title = format!("stale · {title}");
        }
        let run_id = measured.results.figures.run_id.clone();
        Some(Lens { range: placed.header, title, command: Command::ShowFlamegraph { run_id } })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, SERVER};

    fn check(fixture: Fixture, expected: &[&str]) {
        let view = fixture.view();
        let text = view.subject.document.text();
        let shown: Vec<String> = lenses(&view, &LensSettings::default(), &HintSettings::default())
            .iter()
            .map(|lens| format!("{}: {}", text.byte_to_line(lens.range.start.0) + 1, lens.title))
            .collect();
        assert_eq!(shown, expected);
    }

    const RENDER: &str = "2: self 72.5% · total 72.5% · turbofan";
    const HELLO: &str = "7: self 15% · total 87.5% · ignition";

    #[test]
    fn routes_and_functions() {
        check(Fixture::new(SERVER), &["11: ▶ Profile GET /hello", RENDER, HELLO]);
        let measured = "11: ▶ Profile GET /hello · 5.8k req/s · p99 4.1 ms ↓12%";
        check(Fixture::new(SERVER).with_target("GET", "/hello"), &[measured, RENDER, HELLO]);
        check(Fixture::new(SERVER).with_target("POST", "/hello"), &["11: ▶ Profile GET /hello", RENDER, HELLO]);
    }

    #[test]
    fn entry_and_running() {
        check(Fixture::new("listen();\n").with_entry("src/server.js"), &["1: ▶ Profile server.js"]);
        check(Fixture::new(SERVER).with_running("GET", "/hello"), &["11: ■ Stop profiling GET /hello", RENDER, HELLO]);
    }

    #[test]
    fn changed_function_is_stale() {
        let fixture = Fixture::new(SERVER).edited(Some(("heavy(items)", "light(items)")));
        check(fixture, &["11: ▶ Profile GET /hello", "2: stale · self 72.5% · total 72.5% · turbofan", HELLO]);
    }

    #[test]
    fn summaries() {
        let figures = RunFigures { requests_per_second: Some(940.0), requests_per_second_change: Some(0.08), ..RunFigures::default() };
        assert_eq!(summary(&figures), "940 req/s ↑8%");
        let program = RunFigures { active_ms: Some(1_240.0), active_change: Some(-0.2), ..RunFigures::default() };
        assert_eq!(summary(&program), "active 1.2 s ↓20%");
    }
}
