//! A program that runs to its end.

use super::decisions::{self, Recorded, flooded, outgrown};
use super::prepared::{Part, Prepared};
use super::store::Finished;
use super::{Cancel, Phase, Steps};
use crate::collect::collect;
use crate::error::RunError;
use crate::record::{Instruments, ProgramFacts};
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
    let raw = prepared.draft.raw_folder();
    let limit = prepared.request.config.explain.max_log_bytes;
    let mut ended_at_limit = false;
    let ended_by_user = tokio::select! {
        _ = child.exited() => false,
        () = cancel.finished() => true,
        () = outgrown(raw, limit), if prepared.is_once() => {
            ended_at_limit = true;
            false
        }
    };
    let stopped = child.stop(StopSignal::Interrupt, GRACE).await;
    let output = child.output().last_lines(20);
    let exit = stopped.exit.map_or_else(|| "did not end".to_owned(), |exit| exit.to_string());
    let program = ProgramFacts {
        wall_ms: begun.elapsed().as_secs_f64() * 1e3,
        exit_code: stopped.exit.and_then(|exit| exit.code),
        ended_by_user,
        ended_at_limit,
        ended_by_sampler: stopped.exit.is_some_and(|exit| exit.by_sampler()),
        exit,
    };

    let mut notes = prepared.notes.clone();
    if ended_at_limit {
        notes.push(flooded(limit, begun.elapsed()));
    } else if program.ended_by_sampler {
        notes.push(
            "The program ended by the last signal of V8's own sampler (SIGPROF), as Node 18 does now and then. What was measured is whole; \
             the program's exit code is not known."
                .to_owned(),
        );
    } else if !program.ended_well() {
        notes.push(format!("The program did not end well ({}). Its last output:\n{output}", program.exit));
    }
    let recorded = match prepared.request.instruments {
        Instruments::Explain if !prepared.is_once() => again(prepared, &program, cancel, steps).await,
        _ => Recorded::default(),
    };
    notes.extend(recorded.notes);
    steps.at(Phase::Read, 80, "Reading what V8 wrote");
    let collected = match collect(raw, None, prepared.recorded(), recorded.files, &prepared.toolchain).await {
        Err(RunError::NoLog { .. }) => return Err(RunError::NoLog { exit: program.exit, output }),
        collected => collected?,
    };
    Ok(Finished { program: Some(program), ..Finished::new(collected, notes, flags.args) })
}

/// The second run, for the decisions that would disturb the first. Who ended the first one is waiting for its result, and a program that
/// fails once is not made to fail twice.
async fn again(prepared: &Prepared<'_>, program: &ProgramFacts, cancel: &Cancel, steps: &Steps<'_>) -> Recorded {
    let reason = match program {
        ProgramFacts { ended_by_user: true, .. } => "it was ended by hand",
        ProgramFacts { exit_code: Some(0), .. } | ProgramFacts { ended_by_sampler: true, .. } => {
            return decisions::of_program(prepared, Duration::from_secs_f64(program.wall_ms / 1e3), cancel, steps).await;
        }
        _ => "it did not end well",
    };
    let note = format!(
        "Inline caches, shapes and refused inlining were not recorded: the program was not run again for them, since {reason}. With \
         \"explain\": {{\"once\": true}} in tickmark.json, or `--once`, inline caches are recorded in the only run."
    );
    Recorded { files: None, notes: vec![note] }
}
