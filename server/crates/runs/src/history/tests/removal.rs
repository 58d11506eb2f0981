use super::*;

fn names(history: &History) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(&history.folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_removed_run_leaves_nothing() {
    let workspace = tempfile::tempdir().unwrap();
    let history = History::new(workspace.path());
    store(&history, "1-a", "/x");
    store(&history, "2-b", "/x");
    history.remove(&RunId("1-a".into())).unwrap();
    assert_eq!(names(&history), ["2-b"]);
    let again = history.remove(&RunId("1-a".into())).unwrap_err();
    assert!(matches!(again, HistoryError::Unknown { .. }), "{again}");
    // A folder without a readable run can be removed by its name.
    fs::write(history.folder_of(&RunId("2-b".into())).join(RECORD), "{").unwrap();
    assert!(matches!(history.find("2-b"), Err(HistoryError::Unknown { .. })));
    history.remove(&history.find_to_remove("2-b").unwrap()).unwrap();
    assert_eq!(names(&history), [""; 0]);
}

#[test]
fn what_is_no_run_is_not_removed() {
    let workspace = tempfile::tempdir().unwrap();
    let history = History::new(workspace.path());
    store(&history, "1-a", "/x");
    let outside = workspace.path().join(".tickmark/outside");
    fs::create_dir_all(&outside).unwrap();
    fs::write(outside.join("kept"), "x").unwrap();
    let (draft, _) = history.begin(&RunId("3-c".into())).unwrap();
    let refused = |id: &str| history.remove(&RunId(id.into())).unwrap_err();
    for id in ["", ".", "..", "../outside", "../runs/1-a", "a/../1-a", "..\\outside", outside.to_str().unwrap()] {
        assert!(matches!(refused(id), HistoryError::BadId { .. }), "{id}");
    }
    assert!(matches!(refused("3-c"), HistoryError::BeingMeasured { .. }));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&outside, history.folder.join("2-b")).unwrap();
        assert!(matches!(refused("2-b"), HistoryError::Link { .. }));
        // A link within a run is removed, and not what it leads to.
        std::os::unix::fs::symlink(&outside, history.folder_of(&RunId("1-a".into())).join("raw/link")).unwrap();
        history.remove(&RunId("1-a".into())).unwrap();
    }
    assert!(outside.join("kept").is_file());
    drop(draft);
}

#[test]
fn a_dropped_draft_and_a_dead_process_leave_nothing() {
    let workspace = tempfile::tempdir().unwrap();
    let history = History::new(workspace.path());
    let (draft, _) = history.begin(&RunId("1".into())).unwrap();
    assert_eq!(names(&history).len(), 1);
    drop(draft);
    // Process ids end at 4194304 on Linux, so this one is dead.
    fs::create_dir_all(history.folder.join(".partial-4199999-2/raw")).unwrap();
    fs::create_dir_all(history.folder.join(".deleted-4199999-1/raw")).unwrap();
    assert_eq!(ids(&history), [""; 0]);
    drop(history.begin(&RunId("3".into())).unwrap());
    assert_eq!(names(&history), [""; 0]);
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
fn pinned_runs_are_not_pruned() {
    let workspace = tempfile::tempdir().unwrap();
    let history = History::new(workspace.path());
    for id in ["1", "2", "3", "4"] {
        store(&history, id, id);
    }
    history.set_label(&RunId("1".into()), LabelChange { pinned: Some(true), ..LabelChange::default() }).unwrap();
    // Nobody can tell whether this one is.
    fs::write(history.folder_of(&RunId("2".into())).join("label.json"), "{").unwrap();
    history.prune(&HistoryConfig { max_runs: 1, max_bytes: 0 });
    assert_eq!(ids(&history), ["4", "2", "1"]);
    history.set_label(&RunId("4".into()), LabelChange { pinned: Some(true), ..LabelChange::default() }).unwrap();
    store(&history, "5", "/x");
    history.prune(&HistoryConfig { max_runs: 1, max_bytes: 0 });
    assert_eq!(ids(&history), ["5", "4", "2", "1"]);
}
