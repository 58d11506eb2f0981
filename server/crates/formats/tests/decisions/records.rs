//! Every record that a supported Node writes is in the reader's table.

use crate::recording::{Recording, nodes, programs};
use formats::read::v8_log::Options;

/// Everything that V8 can be asked to log, in a program with every kind of function.
#[test]
fn every_record_is_known() {
    for node in nodes() {
        let flags = ["--log-all", "--prof", "--log-ic", "--log-maps", "--no-log-maps-details", "--log-function-events"];
        let recording = Recording::of(&node, &programs().join("kinds.mjs"), &flags);
        let log = recording.log(&Options { shapes: true, ..Options::default() });
        let what = ["unknownRecords", "malformedRecords", "unknownMarkers", "truncatedLines", "movesOfUnknownCode"];
        let dropped = what.map(|kind| log.profile.dropped.get(kind).copied().unwrap_or_default());
        assert_eq!(dropped, [0; 5], "{}: {:?}", node.display(), log.profile.dropped);
        let recorded = log.profile.decisions.recorded;
        assert!(recorded.code && recorded.inline_caches && recorded.shapes, "{recorded:?}");
        // The row's text is in the log, so the test would see a record that is not known.
        assert!(recording.log_text().lines().any(|line| line.starts_with("feedback-vector,")), "{}", node.display());
    }
}
