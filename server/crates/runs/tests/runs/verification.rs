use crate::project::{Project, quiet, work};
use runs::versus::{Figure, Verdict};
use runs::{Cancel, History, LabelChange, RunError, measure, verify};

fn pin() -> LabelChange {
    LabelChange { pinned: Some(true), ..LabelChange::default() }
}

#[tokio::test]
async fn a_baseline_with_changes_is_run_again() {
    let project = Project::new(10);
    // Never committed: only the snapshot has it.
    project.write("work.js", &work(1_000));
    let baseline = measure(project.request(), Cancel::default(), quiet).await.unwrap().record;
    let snapshot = baseline.git.clone().unwrap().snapshot.unwrap();
    let history = History::new(&project.workspace);
    history.set_label(&baseline.id, pin()).unwrap();
    let references = || project.git(&["for-each-ref", "--format=%(objectname)", "refs/tickmark"]);
    assert_eq!(references(), snapshot);

    project.write("work.js", &work(10));
    let mut request = project.request();
    (request.config.load.warm_up_ms, request.config.load.duration_ms) = (200, 300);
    let verified = verify(&history, request, Cancel::default(), quiet).await.unwrap();
    let versus = verified.versus.unwrap();
    let headline = &versus.figures[0];
    assert_eq!((headline.figure, headline.verdict), (Figure::RequestsPerSecond, Verdict::Better), "{headline:?}");
    assert_eq!(versus.a.commit, Some(snapshot));
    assert_eq!(verified.baseline.id, baseline.id);
    let stored = history.load(&verified.run.record.id).unwrap().record;
    assert_eq!(stored.comparison.as_ref().map(|comparison| (&comparison.with, comparison.baseline)), Some((&baseline.id, true)));
    let kept = stored.versus.unwrap();
    assert_eq!((kept.rounds.len(), kept.figures[0].verdict), (versus.rounds.len(), Verdict::Better));
    let middle = stored.load.unwrap().requests_per_second;
    assert!(versus.rounds.iter().any(|[_, now]| (now.requests_per_second / middle - 1.0).abs() < 1e-9));

    // The commit is kept as long as the run is a baseline.
    let unpin = LabelChange { pinned: Some(false), ..LabelChange::default() };
    history.set_label(&baseline.id, unpin).unwrap();
    assert_eq!(references(), "");
    history.set_label(&baseline.id, pin()).unwrap();
    assert_eq!(references(), baseline.git.unwrap().snapshot.unwrap());
    history.remove(&baseline.id).unwrap();
    assert_eq!(references(), "");
    project.assert_tidy();
}

#[tokio::test]
async fn a_baseline_without_its_code_has_no_verdict() {
    let project = Project::new(0);
    let history = History::new(&project.workspace);
    let error = verify(&history, project.request(), Cancel::default(), quiet).await.unwrap_err();
    assert!(matches!(error, RunError::NoBaseline(_)), "{error}");
    std::fs::rename(project.workspace.join("../.git"), project.workspace.join("../hidden")).unwrap();
    let mut request = project.request();
    (request.config.load.warm_up_ms, request.config.load.duration_ms) = (100, 300);
    let baseline = measure(request.clone(), Cancel::default(), quiet).await.unwrap().record;
    history.set_label(&baseline.id, pin()).unwrap();
    let verified = verify(&history, request, Cancel::default(), quiet).await.unwrap();
    assert!(verified.versus.is_none() && verified.run.record.versus.is_none());
    let notes = verified.run.record.notes.join("\n");
    assert!(notes.contains("it was measured outside of git"), "{notes}");
    assert!(verified.run.record.comparison.is_some_and(|comparison| comparison.baseline));
}
