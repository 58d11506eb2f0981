//! A log for each isolate.

use crate::recording::{Recording, name, nodes, programs};
use formats::read::v8_log::{Isolate, Options};
use profile::Tier;
use profile::merge::merge;
use std::collections::BTreeSet;

#[test]
fn workers_have_logs_and_decisions_of_their_own() {
    for node in nodes() {
        let logs = Recording::of(&node, &programs().join("worker.js"), &["--no-concurrent-recompilation"]).logs(&Options::default());
        let mut roles: Vec<String> = logs.iter().map(|log| format!("{:?}", log.isolate)).collect();
        roles.sort();
        assert_eq!(roles, ["Main", "Worker", "Worker"], "{}", node.display());
        let n_workers = logs.iter().filter(|log| log.isolate == Isolate::Worker).count();
        let merged = merge(logs.into_iter().map(|log| ("thread".to_owned(), log.profile)).collect());
        assert!(merged.is_consistent());
        let of_work = merged.decisions.compilations.iter().filter(|row| name(&merged, row.function) == "workHard");
        let optimized: BTreeSet<u16> = of_work.filter(|row| row.tier == Tier::Turbofan).map(|row| row.thread).collect();
        assert!(optimized.len() >= n_workers, "{}: {optimized:?}", node.display());
        let facts = merged.decisions.functions.iter().filter(|row| name(&merged, row.function) == "workHard");
        assert_eq!(facts.map(|row| row.instances).collect::<Vec<_>>(), [1]);
    }
}
