//! The end of a run that is about to come. Editors ask for lenses some time after they were told that there are others: VS Code waits
//! 250 ms at least, and 250 ms more before it shows the answer. So they are told shortly before the end, and the answer waits for it.

use super::Session;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How long before the end of its last window a run has the editor ask.
const LEAD: Duration = Duration::from_millis(200);
/// How long after that answers wait at most, when the end is later than was foreseen. VS Code waits the longer before it asks, the longer
/// its last six answers took on average: one that took so long, among quick ones, makes no difference to it.
const HOLD: Duration = Duration::from_millis(1_500);
/// How long after it was told VS Code asks; told again before that, it waits anew.
const ASKED_AFTER: Duration = Duration::from_millis(250);
/// How long after an answer that came with the end of a run the editor is told to ask once more, for what it did not ask: VS Code shows
/// an answer after 250 ms, counted anew from a later one.
const ONCE_MORE: Duration = Duration::from_millis(200);

/// When the editor was told that the end of a run is near, and who waits for it.
#[derive(Debug, Default)]
pub(super) struct Foreseen(watch::Sender<Option<Instant>>);

impl Foreseen {
    fn is_near(&self) {
        self.0.send_replace(Some(Instant::now()));
    }

    fn is_late(&self) {
        self.0.send_replace(None);
    }

    /// Lets go what waits for the end. In how long the editor is to be told to ask anew: later when it was told before the end, and is
    /// about to ask or was just answered.
    pub(super) fn came(&self) -> Duration {
        self.0.send_replace(None).map_or(Duration::ZERO, |told| ASKED_AFTER.saturating_sub(told.elapsed()) + ONCE_MORE)
    }

    async fn wait(&self) {
        if self.0.borrow().is_some() {
            // The sender lives as long as `self`.
            let _ = self.0.subscribe().wait_for(Option::is_none).await;
        }
    }
}

impl Session {
    /// Has the editor ask for lenses a little before `after` has passed, unless the run has ended by then.
    pub(super) fn foresee_end(self: &Arc<Self>, launch: &str, after: Duration) {
        let (session, launch) = (Arc::clone(self), launch.to_owned());
        tokio::spawn(async move {
            tokio::time::sleep(after.saturating_sub(LEAD)).await;
            if !session.is_running(&launch) {
                return;
            }
            session.foreseen.is_near();
            // When it has ended in between, nobody else takes that back.
            if session.is_running(&launch) {
                session.refresh_lenses(Duration::ZERO);
                tokio::time::sleep(HOLD).await;
                if !session.is_running(&launch) {
                    return;
                }
            }
            session.foreseen.is_late();
        });
    }

    /// Waits for the end of a run when it is near; no longer when it is late: then the answer is that of a run that goes on.
    pub(crate) async fn near_end(&self) {
        self.foreseen.wait().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_waits_for_an_end_that_is_not_near() {
        let foreseen = Foreseen::default();
        foreseen.wait().await;
        assert_eq!(foreseen.came(), Duration::ZERO);
        foreseen.is_near();
        foreseen.is_late();
        foreseen.wait().await;
        assert_eq!(foreseen.came(), Duration::ZERO);
    }

    #[tokio::test]
    async fn what_waits_is_let_go_by_the_end() {
        let foreseen = Arc::new(Foreseen::default());
        foreseen.is_near();
        let waiting = tokio::spawn({
            let foreseen = Arc::clone(&foreseen);
            async move { foreseen.wait().await }
        });
        while foreseen.0.receiver_count() == 0 {
            tokio::task::yield_now().await;
        }
        assert!(!waiting.is_finished());
        let once_more = foreseen.came();
        assert!(once_more >= ONCE_MORE, "the editor is about to ask: {once_more:?}");
        waiting.await.unwrap();
        assert_eq!(foreseen.came(), Duration::ZERO, "nothing waits any more");
    }
}
