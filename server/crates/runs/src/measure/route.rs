//! The windowed protocol of a route: latency without the profiler, then the profile in a second process.

use super::decisions::{self, Recorded};
use super::prepared::{Part, Prepared};
use super::request::plan_of_route;
use super::server::Server;
use super::store::Finished;
use super::window::{Shown, Window, constant_body, expecting, unsteady, warming, window};
use super::{Phase, Steps};
use crate::collect::{LogWindows, collect};
use crate::error::RunError;
use crate::findings::package_of;
use crate::record::{Instruments, Overhead};
use load::Plan;
use profile::Attribution;
use std::future::pending;
use std::time::Duration;

pub(super) async fn measure(prepared: &Prepared<'_>, method: &str, path: &str, steps: &Steps<'_>) -> Result<Finished, RunError> {
    let config = &prepared.request.config;
    let route = format!("{method} {path}");
    let plan = plan_of_route(&route, method, path, config)?;
    let longest = Duration::from_millis(config.load.warm_up_ms);
    let mut notes = prepared.notes.clone();

    steps.at(Phase::Start, 3, "Starting the program");
    let plain = Server::start(prepared, prepared.launch(&[]), &plan, &route).await?;
    steps.at(Phase::WarmUp, 8, format!("Warming up {route}"));
    notes.extend(unsteady(&plain.warm_up(&warming(&plain.plan, longest), pending()).await?));
    let measured = expecting(&plain.plan, constant_body(&plain).await?);
    steps.at(Phase::Load, 30, format!("Measuring {route}"));
    let plain_window = window(&plain, &measured, pending(), &Shown { steps, phase: Phase::Load, percent: [30, 50] }).await?;
    let first = plain.first.clone();
    plain.stop().await;

    let flags = prepared.profiling_flags(Part::Window)?;
    steps.at(Phase::ProfileStart, 52, "Starting the program with the profiler");
    let profiled = Server::start(prepared, prepared.launch(&flags.args), &plan, &route).await?;
    steps.at(Phase::ProfileStart, 56, format!("Warming up {route}"));
    profiled.warm_up(&warming(&profiled.plan, longest), pending()).await?;
    steps.at(Phase::Profile, 72, format!("Profiling {route}"));
    let mut windows = LogWindows::open(prepared.draft.raw_folder());
    let measured = Plan { target: profiled.plan.target.clone(), ..measured };
    let shown = Shown { steps, phase: Phase::Profile, percent: [72, 92] };
    let profiled_window = window(&profiled, &measured, pending(), &shown).await?;
    windows.close(prepared.draft.raw_folder());
    profiled.stop().await;

    let recorded = match prepared.request.instruments {
        Instruments::Profile | Instruments::Load => Recorded::default(),
        Instruments::Explain => decisions::of_route(prepared, &plan, &route, steps).await,
    };
    notes.extend(recorded.notes);
    steps.at(Phase::Read, 94, "Reading what V8 wrote");
    let collected = collect(prepared.draft.raw_folder(), Some(windows), prepared.recorded(), recorded.files, &prepared.toolchain).await?;
    let active = Duration::from_micros(Attribution::of(&collected).active_us());
    if active < profiled_window.cpu / 5 {
        notes.push(format!(
            "The program used {:.0} ms of processor time, but the profile has only {:.0} ms of it: processes that are started with other flags \
             are not profiled, nor is native code on threads of its own.",
            profiled_window.cpu.as_secs_f64() * 1e3,
            active.as_secs_f64() * 1e3
        ));
    }
    let overhead = overhead(&plain_window, &profiled_window);
    let server_cpu = plain_window.server_cpu();
    let load = plain_window.report;
    if load.failed > 0 {
        notes.push(format!("{} of {} requests failed: see the load figures.", load.failed, load.sent));
    }
    if load.client_limited {
        notes
            .insert(0, "The load generator was the limit, not the server: requests/s and latencies are those of the generator.".to_owned());
    }
    let is_used = |package: &str| collected.sources.iter().any(|source| package_of(&source.url) == Some(package));
    let development = prepared.development_note(&first, is_used);
    Ok(Finished { load: Some(load), server_cpu, overhead, development, ..Finished::new(collected, notes, flags.args) })
}

fn overhead(plain: &Window, profiled: &Window) -> Option<Overhead> {
    let per_request = |window: &Window| window.cpu.as_secs_f64() * 1e3 / window.report.completed as f64;
    let is_measured = plain.report.completed > 0 && profiled.report.completed > 0 && !plain.cpu.is_zero();
    let options = stats::ComparisonOptions::default();
    let comparison = stats::ratio_comparison(&plain.cpu_ms_per_request, &profiled.cpu_ms_per_request, &options);
    is_measured.then(|| Overhead {
        plain_cpu_ms_per_request: per_request(plain),
        profiled_cpu_ms_per_request: per_request(profiled),
        interval: comparison.ok().and_then(|comparison| comparison.interval).map(|interval| [interval.low - 1.0, interval.high - 1.0]),
    })
}
