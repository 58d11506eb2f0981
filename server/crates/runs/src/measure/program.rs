//! A program that runs to its end.

use super::prepared::{Part, Prepared};
use super::store::Finished;
use super::{Cancel, Phase, Steps};
use crate::collect::collect;
use crate::error::RunError;
use crate::record::ProgramFacts;
use node::process::StopSignal;
use std::time::{Duration, Instant};

/// How long a program may take to end by itself when the user ends the measurement.
const GRACE: Duration = Duration::from_secs(3);

pub(super) async fn measure(prepared: &Prepared<'_>, cancel: &Cancel, steps: &Steps<'_>) -> Result<Finished, RunError> {
    let flags = prepared.profiling_flags(Part::All)?;
    steps.at(Phase::Profile, 10, "Running the program with the profiler");
    let mut launch = prepared.launch(&flags.args);
    launch.port = node::process::PortVariable::Inherited;
    let begun = Instant::now();
    let child = launch.spawn().await?;
    let ended_by_user = tokio::select! {
        _ = child.exited() => false,
        () = cancel.finished() => true,
    };
    let stopped = child.stop(StopSignal::Interrupt, GRACE).await;
    let output = child.output().last_lines(20);
    let exit = stopped.exit.map_or_else(|| "did not end".to_owned(), |exit| exit.to_string());
    let program = ProgramFacts {
        wall_ms: begun.elapsed().as_secs_f64() * 1e3,
        exit_code: stopped.exit.and_then(|exit| exit.code),
        ended_by_user,
        exit,
    };

    steps.at(Phase::Read, 80, "Reading what V8 wrote");
    let collected = match collect(prepared.draft.raw_folder(), None, &prepared.toolchain).await {
        Err(RunError::NoLog { .. }) => return Err(RunError::NoLog { exit: program.exit, output }),
        collected => collected?,
    };
    let mut notes = prepared.notes.clone();
    if program.exit_code != Some(0) && !ended_by_user {
        notes.push(format!("The program did not end well ({}). Its last output:\n{output}", program.exit));
    }
    Ok(Finished { profile: collected, load: None, overhead: None, program: Some(program), notes, flags: flags.args })
}
