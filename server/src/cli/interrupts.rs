//! Being asked to end, by Ctrl-C or a signal.

use std::time::{Duration, Instant};

/// What comes so soon after a Ctrl-C is the same one: a terminal sends it to all processes, and `npx` or `timeout` once more to us.
const ECHO: Duration = Duration::from_millis(250);

/// How somebody outside wants us to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

/// Waits for being asked, again and again.
#[derive(Debug, Default)]
pub(super) struct Interrupts {
    last: Option<Instant>,
}

impl Interrupts {
    /// The next time that somebody asks; none when the system cannot tell.
    pub(super) async fn next(&mut self) -> Option<Ask> {
        loop {
            let asked = asked_to_end().await?;
            let is_echo = asked == Ask::Interrupt && self.last.is_some_and(|last| last.elapsed() < ECHO);
            self.last = Some(Instant::now());
            if !is_echo {
                return Some(asked);
            }
        }
    }

    /// The same, for ever where the system cannot tell.
    pub(super) async fn asked(&mut self) {
        if self.next().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

async fn asked_to_end() -> Option<Ask> {
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<Option<()>>();
    tokio::select! {
        result = tokio::signal::ctrl_c() => result.ok().map(|()| Ask::Interrupt),
        _ = terminated => Some(Ask::Terminate),
    }
}
