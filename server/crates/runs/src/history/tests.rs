mod labels;
mod removal;

use super::*;
use crate::config::HistoryConfig;
use crate::record::{Artifacts, HostFacts, NodeFacts};

fn record(id: &str, path: &str) -> RunRecord {
    RunRecord {
        schema: "tickmark/run@1".into(),
        id: RunId(id.into()),
        target: Target::Route { entry: "a.js".into(), method: "GET".into(), path: path.into() },
        instruments: Instruments::Profile,
        started_at_ms: 0,
        duration_ms: 0,
        node: NodeFacts { path: "node".into(), version: "22.0.0".into(), v8_version: "12".into(), flags: vec![], node_env: None },
        host: HostFacts { os: "linux".into(), arch: "x64".into(), cpus: 2, cpu_model: None, governor: None, load_average: None },
        git: None,
        load: None,
        program: None,
        server_cpu_us: None,
        versus: None,
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
    let (previous, label) = history.compared_with(target, Instruments::Profile, id).unwrap();
    assert_eq!((&*previous.id.0, label), ("1-a", RunLabel::default()));
    assert!(history.compared_with(target, Instruments::Explain, id).is_none());
    assert!(history.compared_with(target, Instruments::Profile, &RunId("1-a".into())).is_none());
}

#[test]
fn a_run_is_found_by_its_name_and_what_means_it() {
    let workspace = tempfile::tempdir().unwrap();
    let history = History::new(workspace.path());
    for id in ["20260101-101010-abcd", "20260101-111111-abce", "20260202-101010-wxyz"] {
        store(&history, id, "/x");
    }
    let named = LabelChange { name: Some(Some("before the cache".into())), ..LabelChange::default() };
    history.set_label(&RunId("20260101-111111-abce".into()), named).unwrap();
    let check = |name: &str, expected: &str| assert_eq!(history.find(name).unwrap().0, expected, "{name}");
    check("latest", "20260202-101010-wxyz");
    check("20260101-101010-abcd", "20260101-101010-abcd");
    check("20260202", "20260202-101010-wxyz");
    check("abce", "20260101-111111-abce");
    check("before the cache", "20260101-111111-abce");
    let refused = |name: &str| history.find(name).unwrap_err().to_string();
    assert_eq!(refused("20260101"), "20260101 may be any of 20260101-111111-abce, 20260101-101010-abcd: write more of its name");
    for name in ["", "../x", "a/b", "..", ".partial-1-x", "C:x"] {
        assert!(matches!(history.find(name), Err(HistoryError::BadId { .. })), "{name}");
        assert!(matches!(history.load(&RunId(name.into())), Err(HistoryError::BadId { .. })), "{name}");
    }
    assert!(refused("nonsense").starts_with("there is no run nonsense in "), "{}", refused("nonsense"));
    let (draft, _) = history.begin(&RunId("20260303-101010-aaaa".into())).unwrap();
    assert!(matches!(history.find("20260303-101010-aaaa"), Err(HistoryError::BeingMeasured { .. })));
    drop(draft);
    assert!(matches!(history.find("20260303-101010-aaaa"), Err(HistoryError::Unknown { .. })));
}

#[test]
fn a_folder_that_was_renamed_is_no_run() {
    let workspace = tempfile::tempdir().unwrap();
    let history = History::new(workspace.path());
    store(&history, "1-a", "/x");
    // What removes runs by the name in their record would remove something else.
    let (from, to) = (history.folder_of(&RunId("1-a".into())), history.folder_of(&RunId("2-b".into())));
    fs::rename(from, &to).unwrap();
    let listing = history.list().unwrap();
    assert_eq!((listing.runs.len(), &listing.broken[0].0), (0, &to));
    assert!(listing.broken[0].1.contains("\"1-a\""), "{}", listing.broken[0].1);
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
