use super::*;
use crate::record::{Artifacts, HostFacts, NodeFacts};
use std::collections::BTreeMap;

fn record(id: &str, path: &str) -> RunRecord {
    RunRecord {
        schema: "tickmark/run@1".into(),
        id: RunId(id.into()),
        target: Target::Route { entry: "a.js".into(), method: "GET".into(), path: path.into() },
        instruments: Instruments::Profile,
        started_at_ms: 0,
        duration_ms: 0,
        node: NodeFacts { path: "node".into(), version: "22.0.0".into(), v8_version: "12".into(), flags: vec![], node_env: None },
        host: HostFacts { os: "linux".into(), arch: "x64".into(), cpus: 2 },
        git: None,
        load: None,
        program: None,
        overhead: None,
        attribution: Default::default(),
        samples: 0,
        dropped: BTreeMap::new(),
        notes: vec![],
        findings: vec![],
        comparison: None,
        artifacts: Artifacts { model: Some("model.json".into()), ..Artifacts::default() },
        sources: BTreeMap::new(),
    }
}

fn store(history: &History, id: &str, path: &str) {
    let record = record(id, path);
    let (draft, notice) = history.begin(&record.id).unwrap();
    assert_eq!(notice, None);
    draft.write("model.json", |out| serde_json::to_writer(out, &Profile::default()).map_err(io::Error::from)).unwrap();
    draft.publish(&record).unwrap();
}

fn ids(history: &History) -> Vec<String> {
    history.list().unwrap().runs.into_iter().map(|record| record.id.0).collect()
}

#[test]
fn runs_are_kept_newest_first_and_out_of_git() {
    let workspace = tempfile::tempdir().unwrap();
    let history = History::new(workspace.path());
    assert_eq!(ids(&history), [""; 0]);
    store(&history, "1-a", "/x");
    store(&history, "2-b", "/y");
    store(&history, "3-c", "/x");
    assert_eq!(ids(&history), ["3-c", "2-b", "1-a"]);
    assert_eq!(fs::read_to_string(workspace.path().join(".tickmark/.gitignore")).unwrap(), "*\n");
    let newest = history.load(&history.find("latest").unwrap()).unwrap();
    let RunRecord { target, id, .. } = &newest.record;
    assert_eq!(history.previous(target, Instruments::Profile, id).unwrap().id.0, "1-a");
    assert!(history.previous(target, Instruments::Explain, id).is_none());
    history.remove(&RunId("2-b".into())).unwrap();
    assert_eq!(ids(&history), ["3-c", "1-a"]);
}

#[test]
fn a_broken_run_does_not_break_the_list() {
    let workspace = tempfile::tempdir().unwrap();
    let history = History::new(workspace.path());
    store(&history, "1-a", "/x");
    let broken = history.folder_of(&RunId("0-broken".into()));
    fs::create_dir_all(&broken).unwrap();
    fs::write(broken.join(RECORD), "{\"schema\":").unwrap();
    let listing = history.list().unwrap();
    assert_eq!(listing.runs.len(), 1);
    assert_eq!(listing.broken[0].0, broken);
    fs::write(history.folder_of(&RunId("1-a".into())).join("model.json"), "[]").unwrap();
    assert!(matches!(history.load(&RunId("1-a".into())), Err(HistoryError::Broken { .. })));
    assert!(matches!(history.load(&RunId("9".into())), Err(HistoryError::Unknown { .. })));
}

#[test]
fn a_dropped_draft_and_a_dead_process_leave_nothing() {
    let workspace = tempfile::tempdir().unwrap();
    let history = History::new(workspace.path());
    let folder = workspace.path().join(".tickmark/runs");
    let (draft, _) = history.begin(&RunId("1".into())).unwrap();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    drop(draft);
    // Process ids end at 4194304 on Linux, so this one is dead.
    fs::create_dir_all(folder.join(".partial-4199999-2/raw")).unwrap();
    drop(history.begin(&RunId("3".into())).unwrap());
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn old_runs_are_pruned_and_the_newest_stays() {
    let workspace = tempfile::tempdir().unwrap();
    let history = History::new(workspace.path());
    for id in ["1", "2", "3"] {
        store(&history, id, "/x");
    }
    history.prune(&HistoryConfig { max_runs: 2, ..HistoryConfig::default() });
    assert_eq!(ids(&history), ["3", "2"]);
    history.prune(&HistoryConfig { max_bytes: 0, ..HistoryConfig::default() });
    assert_eq!(ids(&history), ["3"]);
}

#[test]
fn a_workspace_that_cannot_be_written() {
    let workspace = tempfile::tempdir().unwrap();
    fs::write(workspace.path().join(".tickmark"), "a file is in the way").unwrap();
    let history = History::new(workspace.path());
    let id = RunId(format!("test-{}", std::process::id()));
    let (draft, notice) = history.begin(&id).unwrap();
    let folder = draft.publish(&record(&id.0, "/x")).unwrap();
    assert!(notice.unwrap().contains(&folder.display().to_string()));
    assert!(folder.join(RECORD).is_file());
    fs::remove_dir_all(folder).unwrap();
}
