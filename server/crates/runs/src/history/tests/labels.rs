use super::*;

fn named(name: &str) -> LabelChange {
    LabelChange { name: Some(Some(name.to_owned())), pinned: None }
}

fn pinned(pinned: bool) -> LabelChange {
    LabelChange { name: None, pinned: Some(pinned) }
}

fn run(id: &str) -> RunId {
    RunId(id.into())
}

fn pins(history: &History) -> Vec<String> {
    history.list().unwrap().labels.into_iter().filter(|(_, label)| label.pinned).map(|(id, _)| id.0).collect()
}

#[test]
fn a_run_has_a_name_and_a_pin() {
    let workspace = tempfile::tempdir().unwrap();
    let history = History::new(workspace.path());
    store(&history, "1", "/x");
    assert_eq!(history.label(&run("1")).unwrap(), RunLabel::default());
    let labelled = history.set_label(&run("1"), named("  before the cache\t")).unwrap();
    assert_eq!(labelled.label, RunLabel { name: Some("before the cache".into()), pinned: false });
    history.set_label(&run("1"), pinned(true)).unwrap();
    let label = RunLabel { name: Some("before the cache".into()), pinned: true };
    assert_eq!(history.label(&run("1")).unwrap(), label);
    assert_eq!(history.list().unwrap().label(&run("1")), label);
    // Named anew, it stays pinned; and no name is none.
    for none in [Some(None), Some(Some(" ".into()))] {
        history.set_label(&run("1"), named("x")).unwrap();
        history.set_label(&run("1"), LabelChange { name: none, pinned: None }).unwrap();
        assert_eq!(history.label(&run("1")).unwrap(), RunLabel { name: None, pinned: true });
    }
    let files: Vec<_> = fs::read_dir(history.folder_of(&run("1"))).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files.iter().filter(|name| name.to_string_lossy().contains("label")).count(), 1, "{files:?}");
}

#[test]
fn names_that_are_none() {
    let workspace = tempfile::tempdir().unwrap();
    let history = History::new(workspace.path());
    store(&history, "1", "/x");
    let check = |name: &str, problem: &str| {
        let error = history.set_label(&run("1"), named(name)).unwrap_err().to_string();
        assert!(error.contains(problem), "{name:?}: {error}");
        assert_eq!(history.label(&run("1")).unwrap(), RunLabel::default());
    };
    check(&"ä".repeat(121), "it has 121 characters, and 120 is the most");
    check("a\nb", "U+000A");
    check("a\u{1b}[31m", "U+001B");
    check("a\u{202e}b", "U+202E");
    check("a\u{2028}b", "U+2028");
    history.set_label(&run("1"), named(&"ä".repeat(120))).unwrap();
    for unknown in ["2", "../1", ""] {
        assert!(history.set_label(&run(unknown), named("x")).is_err(), "{unknown}");
    }
}

#[test]
fn a_target_has_one_baseline_and_runs_are_compared_with_it() {
    let workspace = tempfile::tempdir().unwrap();
    let history = History::new(workspace.path());
    for (id, path) in [("1", "/x"), ("2", "/x"), ("3", "/y"), ("4", "/x")] {
        store(&history, id, path);
    }
    history.set_label(&run("3"), pinned(true)).unwrap();
    assert_eq!(history.set_label(&run("1"), pinned(true)).unwrap().unpinned, []);
    let target = record("", "/x").target;
    let with = |id: &str| {
        let (other, label) = history.compared_with(&target, Instruments::Profile, &run(id)).unwrap();
        (other.id.0, label.pinned)
    };
    assert_eq!([with("5"), with("2")], [("1".to_owned(), true), ("1".to_owned(), true)]);
    // The baseline itself has nothing before it.
    assert!(history.compared_with(&target, Instruments::Profile, &run("1")).is_none());
    assert_eq!(history.set_label(&run("2"), pinned(true)).unwrap().unpinned, [run("1")]);
    assert_eq!(pins(&history), ["2", "3"]);
    assert_eq!(with("5"), ("2".to_owned(), true));
    history.set_label(&run("2"), pinned(false)).unwrap();
    assert_eq!(pins(&history), ["3"]);
    assert_eq!(with("5"), ("4".to_owned(), false));
}

#[test]
fn a_broken_label_is_told_and_counts_as_empty() {
    for text in ["", "{", "[]", "{\"name\": 1}", "{\"schema\":\"x\",\"pinned\":\"yes\"}"] {
        let workspace = tempfile::tempdir().unwrap();
        let history = History::new(workspace.path());
        store(&history, "1", "/x");
        let file = history.folder_of(&run("1")).join("label.json");
        fs::write(&file, text).unwrap();
        let listing = history.list().unwrap();
        assert_eq!((listing.runs.len(), listing.labels.len(), &listing.broken_labels[0].0), (1, 0, &run("1")), "{text}");
        assert!(listing.broken_labels[0].1.contains("label.json"), "{listing:?}");
        assert!(matches!(history.label(&run("1")), Err(HistoryError::Broken { .. })), "{text}");
        // Whoever says something anew repairs it.
        assert_eq!(history.set_label(&run("1"), pinned(false)).unwrap().label, RunLabel::default());
        assert_eq!(history.list().unwrap().broken_labels, []);
    }
}

/// As many servers at once, each through a history of its own.
#[test]
fn labels_that_are_written_at_the_same_time() {
    let workspace = tempfile::tempdir().unwrap();
    let ids = ["1", "2", "3", "4"];
    for id in ids {
        store(&History::new(workspace.path()), id, "/x");
    }
    std::thread::scope(|scope| {
        for (row, id) in ids.into_iter().enumerate() {
            let root = workspace.path();
            scope.spawn(move || {
                let history = History::new(root);
                for n in 0..50 {
                    // Two threads for each of two runs: one names, one pins; all pins are of one target.
                    let shared = run(ids[row % 2]);
                    let change = if row < 2 { named(&format!("{id} {n}")) } else { pinned(n % 5 != 4) };
                    history.set_label(&shared, change).unwrap();
                    assert!(history.list().unwrap().broken_labels.is_empty());
                }
                history.set_label(&run(id), pinned(true)).unwrap();
            });
        }
    });
    let history = History::new(workspace.path());
    assert_eq!(pins(&history).len(), 1);
    // A pin never took a name away.
    let names: Vec<_> = ids[..2].iter().map(|id| history.label(&run(id)).unwrap().name.unwrap()).collect();
    assert_eq!(names, ["1 49", "2 49"]);
}

#[test]
fn a_label_that_cannot_be_written_changes_nothing() {
    let workspace = tempfile::tempdir().unwrap();
    let history = History::new(workspace.path());
    store(&history, "1", "/x");
    store(&history, "2", "/x");
    history.set_label(&run("1"), pinned(true)).unwrap();
    // A folder in the way of the file: also who may write everything cannot write there.
    let in_the_way = history.folder_of(&run("2")).join("label.json/x");
    fs::create_dir_all(&in_the_way).unwrap();
    let error = history.set_label(&run("2"), pinned(true)).unwrap_err();
    assert!(matches!(&error, HistoryError::NotLabelled { id, .. } if *id == run("2")), "{error}");
    assert_eq!(pins(&history), ["1"]);
    assert_eq!(history.list().unwrap().broken_labels.len(), 1);
}
